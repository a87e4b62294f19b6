"""What may be uploaded, and how much of it the server keeps.

For public hosting, the server's environment can switch uploads off. The widgets on the pages are
only one way to the server: files arrive at an address of its own, which takes them from anybody
with an open page. So the same is enforced there, before a byte is read.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from inspector.ui.visitors import XSRF_COOKIE, browser_of

NO_UPLOADS = "MASK_INSPECTOR_NO_UPLOADS"
NO_MODEL_UPLOADS = "MASK_INSPECTOR_NO_MODEL_UPLOADS"
_OFF = ("", "0", "false", "no", "off")

SESSION_BYTES = 110 * 2**20
"""What a page may keep: a batch and a model of 50 MB each."""
VISITOR_BYTES = 3 * SESSION_BYTES
ALL_BYTES = 12 * SESSION_BYTES
_SENDING_OF_A_SESSION, _SENDING = 2, 12

_ADDRESS = re.compile(r"/_stcore/upload_file(?:/([^/]*)/([^/]*))?")
_READING = ("GET", "HEAD", "OPTIONS", "DELETE")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def uploads_allowed() -> bool:
    """True unless the environment switches all uploads off, batches and models."""
    return not _set(NO_UPLOADS)


def model_uploads_allowed() -> bool:
    """True unless the environment switches uploads of models off, or all uploads."""
    return uploads_allowed() and not _set(NO_MODEL_UPLOADS)


def _set(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() not in _OFF


@dataclass(frozen=True)
class _Upload:
    """A file that the server keeps.

    Attributes:
        session: The page that sent it.
        visitor: Who sent it: the address, and the browser at that address.
        size: Its bytes.
    """

    session: str
    visitor: tuple[str, str]
    size: int


class UploadGate:
    """Stands before the server (ASGI): takes uploads only as far as they are allowed.

    A page may keep so many bytes, and a visitor, and all together. Where a new file is more than
    that, the oldest files of the page go, of the visitor, or of the visitor who has most: nobody is
    locked out by the files of others, and the server does not grow.
    """

    def __init__(self, app: Application) -> None:
        """Stands before `app`."""
        self._app = app
        self._kept: OrderedDict[tuple[str, str], _Upload] = OrderedDict()
        self._sending: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        address = _ADDRESS.search(scope["path"]) if scope["type"] == "http" else None
        if address is None or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        session, file = address[1] or "", address[2] or ""
        if not uploads_allowed():
            await _refuse(send, HTTPStatus.FORBIDDEN, "Uploads are switched off on this server.")
        elif (
            self._sending.count(session) >= _SENDING_OF_A_SESSION or len(self._sending) >= _SENDING
        ):
            await _refuse(send, HTTPStatus.TOO_MANY_REQUESTS, "Too many files at once.")
        else:
            self._sending.append(session)
            try:
                await self._app(scope, receive, send)
            finally:
                self._sending.remove(session)
                self._note(session, file, _visitor(scope))

    def _note(self, session: str, file: str, visitor: tuple[str, str]) -> None:
        """Notes a file that was taken, and drops the oldest of those that are too many."""
        self._kept = OrderedDict(
            (key, upload) for key, upload in self._kept.items() if _kept_size(*key) is not None
        )
        size = _kept_size(session, file)
        if size is None:
            return  # It was refused.
        self._kept.pop((session, file), None)
        self._kept[session, file] = _Upload(session, visitor, size)
        while self._size(session=session) > SESSION_BYTES:
            self._drop(session=session)
        while self._size(visitor=visitor) > VISITOR_BYTES:
            self._drop(visitor=visitor)
        while self._size() > ALL_BYTES:
            owners = {upload.visitor for upload in self._kept.values()}
            self._drop(visitor=max(owners, key=lambda owner: self._size(visitor=owner)))

    def _size(self, **of: object) -> int:
        return sum(upload.size for upload in self._kept.values() if _matches(upload, of))

    def _drop(self, **of: object) -> None:
        session, file = next(key for key, upload in self._kept.items() if _matches(upload, of))
        del self._kept[session, file]
        _manager().remove_file(session, file)


def _matches(upload: _Upload, of: dict[str, object]) -> bool:
    return all(getattr(upload, name) == value for name, value in of.items())


def _kept_size(session: str, file: str) -> int | None:
    """The bytes of a file that the server keeps, or None: pages that close take theirs along."""
    records = _manager().get_files(session, [file])
    return len(records[0].data) if records else None


def _manager() -> MemoryUploadedFileManager:
    """Where Streamlit keeps what was uploaded."""
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager


def _visitor(scope: Scope) -> tuple[str, str]:
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                continue
    cookie = cookies.get(XSRF_COOKIE)
    client = scope.get("client")
    return client[0] if client else "", browser_of(cookie.value if cookie else "")


async def _refuse(send: Send, status: HTTPStatus, text: str) -> None:
    """Answers without reading what is sent, and closes the connection."""
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
