"""A headless browser that says when a page was painted and when it has followed an edit."""

import asyncio
import json
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError
from plotly.offline import get_plotlyjs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUIET_MILLISECONDS = 400
WAIT_SECONDS = 120.0

# Notes when the area of the page was first filled and last changed, and its figures last changed.
# Attributes count only where Plotly paints with them; those of Streamlit (stale, focus) are noise.
OBSERVE = """
window.bench = {first: null, last: 0, figures: 0, pressed: 0};
addEventListener('keydown', event => {
  if (event.key === 'Enter') bench.pressed = performance.now();
}, true);
const drawn = r => (r.addedNodes.length || r.type === 'attributes')
  && r.target.closest?.('.js-plotly-plot, [data-testid="stHtml"]');
new MutationObserver(records => {
  const main = document.querySelector('[data-testid="stMain"]');
  if (!main || !records.some(r => main.contains(r.target))) return;
  bench.last = performance.now();
  if (records.some(drawn)) bench.figures = bench.last;
  if (bench.first === null && main.innerText.trim()) bench.first = bench.last;
}).observe(document, {
  subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ['href', 'xlink:href', 'd']
});
"""
# Until the browser is about to show them.
DRAW = """async figures => {
  const start = performance.now();
  for (const [at, {data, layout}] of figures.entries()) {
    const place = document.getElementById('figure' + at);
    await Plotly.react(place, data, {...layout, datarevision: start}, {displaylogo: false});
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
AT_REST = """quiet => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app && app.getAttribute('data-test-script-state') === 'notRunning'
    && performance.now() - Math.max(bench.last, bench.pressed) > quiet;
}"""


@dataclass
class Traffic:
    """What went over a page's websocket.

    Attributes:
        received: Bytes that the browser received.
        sent_at: When it last sent something.
        received_at: When it last received something.
        script_ended: Set when the server says that the page's script ran to its end. The page
            itself does not show runs that are over before it draws.
    """

    received: int = 0
    sent_at: float = 0.0
    received_at: float = 0.0
    script_ended: asyncio.Event = field(default_factory=asyncio.Event)

    def on_sent(self, _: "str | bytes") -> None:
        """Notes a frame that the browser sends."""
        self.sent_at = time.perf_counter()

    def on_received(self, payload: "str | bytes") -> None:
        """Notes a frame that the browser receives."""
        self.received_at = time.perf_counter()
        self.received += len(payload)
        if isinstance(payload, bytes):
            message = ForwardMsg.FromString(payload)
            early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if message.WhichOneof("type") == "script_finished" and message.script_finished != early:
                self.script_ended.set()


@dataclass(frozen=True)
class Edit:
    """What one edit took.

    Attributes:
        milliseconds: From the key press to the last change of the page.
        figures: Milliseconds to the last change in a figure.
        server: Milliseconds from the message to the server to the last message back.
        received: Bytes sent to the browser.
    """

    milliseconds: float
    figures: float
    server: float
    received: int


@dataclass
class Tab:
    """One browser session on a page with a text area.

    Attributes:
        page: The page.
        traffic: What went over its websocket.
    """

    page: Page
    traffic: Traffic = field(default_factory=Traffic)

    async def open(self, url: str) -> None:
        """Opens the page and waits until it is at rest."""
        self.page.on("websocket", self._listen)
        await self.page.add_init_script(OBSERVE)
        await self.page.goto(url)
        await self.page.wait_for_function("bench.first !== null", timeout=WAIT_SECONDS * 1000)
        await self.at_rest()

    async def at_rest(self) -> None:
        """Waits until the script has run and nothing changes any more."""
        await asyncio.wait_for(self.traffic.script_ended.wait(), WAIT_SECONDS)
        await self.page.wait_for_function(
            AT_REST, arg=QUIET_MILLISECONDS, timeout=WAIT_SECONDS * 1000, polling=50
        )

    async def number(self, name: str) -> float:
        """One of the page's notes, in milliseconds since it was opened."""
        return float(await self.page.evaluate(f"bench.{name}"))

    async def letters(self) -> set[str]:
        """The letters in the cells of the figures."""
        texts = await self.page.locator(".js-plotly-plot text").all_text_contents()
        cells = (re.fullmatch(r"([a-z])\s*[×·]?", text.strip()) for text in texts)
        return {cell[1] for cell in cells if cell}

    async def write(self, text: str) -> None:
        """Puts text into the first text area; nothing is sent yet."""
        try:
            await self.page.locator("textarea").first.fill(text)
        except PlaywrightError as error:
            shown = await self.page.locator("body").inner_text()
            raise RuntimeError(f"the page has no text area; it shows: {shown[:500]}") from error

    async def press(self) -> Edit:
        """Sends the text and waits until the page has followed."""
        self.traffic.received = 0
        self.traffic.script_ended.clear()
        area = self.page.locator("textarea").first
        await area.press("Control+Enter")
        await self.at_rest()
        pressed, last = await self.number("pressed"), await self.number("last")
        figures = await self.number("figures")
        server = (self.traffic.received_at - self.traffic.sent_at) * 1000
        return Edit(last - pressed, figures - pressed, server, self.traffic.received)

    async def edit(self, text: str) -> Edit:
        """Types `text` and waits until the page has followed."""
        await self.write(text)
        return await self.press()

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", self.traffic.on_sent)
        socket.on("framereceived", self.traffic.on_received)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of the system, headless."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def new_tab(browser: Browser, url: str, figures: bool = True) -> Tab:
    """Opens `url` in a session of its own; without `figures`, Plotly is not loaded."""
    context = await browser.new_context(viewport={"width": 1366, "height": 900})
    if not figures:
        await context.route("**/PlotlyChart*.js", lambda route: route.abort())
    tab = Tab(await context.new_page())
    await tab.open(url)
    return tab


async def drawn_alone(browser: Browser, turns: list[list[str]]) -> list[float]:
    """Milliseconds that plotly.js takes for the figures of each turn, where nothing else is.

    The figures stay in the page and are updated, which is the quickest way; two turns are not
    counted.
    """
    page = await browser.new_page(viewport={"width": 1366, "height": 900})
    await page.set_content("".join(f"<div id='figure{n}'></div>" for n in range(len(turns[0]))))
    await page.add_script_tag(content=get_plotlyjs())
    taken = [
        float(await page.evaluate(DRAW, [json.loads(spec) for spec in turn])) for turn in turns
    ]
    await page.close()
    return taken[2:]


def run(coroutine: Any) -> Any:
    """Runs a coroutine to its end."""
    return asyncio.run(coroutine)
