"""A server of our own and a browser; without a browser the tests skip, or fail on demand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.serving import AppServer, chromium_path, serving

expect.set_options(timeout=60_000)
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        message = "there is no Chromium here; install it, or set CHROMIUM to its path"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=LAUNCH)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(project: Path) -> Iterator[AppServer]:
    with serving(project) as running:
        yield running


class Visit:
    """One visitor: pages of the app, and everything that their console complained about."""

    def __init__(self, browser: Browser, server: AppServer) -> None:
        self._browser, self._server = browser, server
        self.complaints: list[str] = []

    def open(
        self, query: str = "", *, width: int = 1366, scheme: str = "light", wait: bool = True
    ) -> Page:
        """Opens the app, and waits until the verdict is there unless told not to."""
        page = self._browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.set_default_timeout(60_000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._note_failed)
        page.goto(f"{self._server.url}/{query}")
        if wait:
            page.get_by_test_id("stAlert").first.wait_for()
        return page

    def _note_failed(self, request: Request) -> None:
        # Aborted: the page itself needs it no longer, because it was left or drew something else.
        if request.failure != "net::ERR_ABORTED" and not request.url.startswith("blob:"):
            self.complaints.append(request.url)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture
def visit(browser: Browser, server: AppServer) -> Iterator[Visit]:
    visitor = Visit(browser, server)
    yield visitor
    for context in browser.contexts:
        context.close()
    assert not visitor.complaints
