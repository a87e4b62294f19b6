"""Files sent to the server's own address, by pages that no browser draws."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from inspector.ui.uploads import NO_UPLOADS, SESSION_BYTES

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20
BIG = bytes(20 * MEBIBYTE)


@dataclass(frozen=True)
class Server:
    """A running app."""

    port: int
    pid: int

    def size(self) -> int:
        """Resident bytes of the server, without the processes that it has started."""
        return int(psutil.Process(self.pid).memory_info().rss)


@dataclass(frozen=True)
class Page:
    """A page that is open."""

    server: Server
    session: str
    cookie: str

    def send(self, content: bytes, *, method: str = "PUT", path: str = "", name: str = "") -> int:
        """Sends a file to the address for uploads; returns the status of the answer."""
        path = path or f"/_stcore/upload_file/{self.session}/{name or secrets.token_hex(8)}"
        mark = secrets.token_hex(8)
        start = f'--{mark}\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}{path}",
            start.encode() + content + f"\r\n--{mark}--\r\n".encode(),
            {
                "Content-Type": f"multipart/form-data; boundary={mark}",
                "Cookie": f"_streamlit_xsrf={self.cookie}",
                "X-Xsrftoken": self.cookie,
            },
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            return 0  # Refused while we were still sending.


@contextmanager
def serving(project: Path, **environment: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=project,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.1)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def page(server: Server) -> Iterator[Page]:
    """Opens a page without running it: the address takes files as soon as it is connected."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_stcore/health") as answer:
        cookie = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    with connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        additional_headers={"Cookie": f"_streamlit_xsrf={cookie}"},
        subprotocols=["streamlit", cookie],  # type: ignore[list-item]
        origin=f"http://127.0.0.1:{server.port}",  # type: ignore[arg-type]
        max_size=None,
    ) as connection:
        yield Page(server, _session(connection), cookie)


def _session(connection: ClientConnection) -> str:
    """Asks for a run, since only its first message names the session."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    connection.send(message.SerializeToString())
    while True:
        forward = ForwardMsg()
        data = connection.recv(timeout=60)
        forward.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if forward.HasField("new_session"):
            return str(forward.new_session.initialize.session_id)


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    with serving(project) as server:
        yield server


@pytest.fixture(scope="module")
def closed(project: Path) -> Iterator[Server]:
    with serving(project, **{NO_UPLOADS: "1"}) as server:
        yield server


CLOSED = {
    "a file": {},
    "a small file": {"content": b"a"},
    "a file by POST": {"method": "POST"},
    "with a slash behind": {"path": "/_stcore/upload_file/{session}/a/"},
    "with a query": {"path": "/_stcore/upload_file/{session}/a?b=c"},
    "with an encoded letter": {"path": "/_stcore/upload%5Ffile/{session}/a"},
    "of no session": {"path": "/_stcore/upload_file/none/a"},
    "by an unknown method": {"method": "PATCH"},
}


@pytest.mark.parametrize("name", CLOSED)
def test_where_uploads_are_off_the_address_takes_nothing(closed: Server, name: str) -> None:
    options = dict(CLOSED[name])
    content = options.pop("content", BIG)
    with page(closed) as opened:
        if "path" in options:
            options["path"] = options["path"].replace("{session}", opened.session)
        before = closed.size()
        assert opened.send(content, **options) in (0, 403, 405)  # type: ignore[arg-type]
        assert closed.size() - before < 10 * MEBIBYTE


def test_an_upload_is_taken_where_uploads_are_on(server: Server) -> None:
    with page(server) as opened:
        assert opened.send(b"text\n##abb\n") == 204
        forged = Page(server, opened.session, "2|00000000|00|1")
        assert forged.send(b"a") in (204, 403)
        assert Page(server, opened.session, "").send(b"a") == 403
        assert opened.send(b"a", path="/_stcore/upload_file/none/a") == 400


def test_a_page_that_sends_files_without_an_end_does_not_grow_the_server(server: Server) -> None:
    with page(server) as opened:
        opened.send(BIG)
        before = server.size()
        assert {opened.send(BIG) for _ in range(25)} == {204}
        assert server.size() - before < SESSION_BYTES + 150 * MEBIBYTE


def test_the_same_file_again_and_again_does_not_either(server: Server) -> None:
    with page(server) as opened:
        opened.send(BIG, name="same")
        before = server.size()
        assert {opened.send(BIG, name="same") for _ in range(10)} == {204}
        assert server.size() - before < SESSION_BYTES


def test_a_visitor_with_many_pages_does_not_either(server: Server) -> None:
    before = server.size()
    with ExitStack() as pages:
        opened = [pages.enter_context(page(server)) for _ in range(8)]
        one = opened[0]
        for other in opened:
            same = Page(server, other.session, one.cookie)
            assert [same.send(BIG) for _ in range(5)] == [204] * 5
        assert server.size() - before < 3 * SESSION_BYTES + 100 * MEBIBYTE


def test_what_a_page_has_sent_goes_with_it(server: Server) -> None:
    sizes = []
    for _ in range(4):
        with page(server) as opened:
            assert opened.send(BIG) == 204
        sizes.append(server.size())
    assert max(sizes) - sizes[0] < 3 * len(BIG)


def test_too_large_a_file_is_refused(server: Server) -> None:
    with page(server) as opened:
        assert opened.send(bytes(51 * MEBIBYTE)) in (0, 413)
