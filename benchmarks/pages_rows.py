"""What the app costs in the browser, against an echo page and an empty page."""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser

from benchmarks.browser import Edit, Tab, chromium, drawn_alone, new_tab, run
from benchmarks.measure import Result
from benchmarks.server import PAGES, ROOT, Server, serving
from benchmarks.sockets import sessions_at
from inspector.core.presets import PRESETS

APP = ROOT / "app.py"
EMPTY, ECHO, DEEP = PAGES / "empty.py", PAGES / "echo.py", PAGES / "deep.py"
CHARTS = PAGES / "charts.py"
SESSIONS = 10


def text_of(turn: int, rows: int = 2, timesteps: int = 12, letters: str = "ab") -> str:
    """Sentences in which two turns in a row differ by a character or two, and none is repeated.

    The turn is written in the letters, as in a number with that many digits.
    """
    row = "".join(letters[(turn >> place) % 2] for place in range(timesteps - 4))
    lines = [f"{'#' * (2 - number % 2)}{letters}{row}" for number in range(rows)]
    return "\n".join(line.ljust(timesteps, letters[0])[:timesteps] for line in lines)


async def _edits(tabs: list[Tab], count: int, rows: int, timesteps: int) -> list[list[Edit]]:
    """Edits the tabs in turns; the first two of each are not counted."""
    edits: list[list[Edit]] = [[] for _ in tabs]
    for turn in range(count + 2):
        for tab, taken in zip(tabs, edits, strict=True):
            edit = await tab.edit(text_of(turn, rows, timesteps))
            if turn >= 2:
                taken.append(edit)
    return edits


def _median(edits: list[Edit], name: str) -> float:
    return statistics.median(getattr(edit, name) for edit in edits)


def _edit_results(what: str, ours: list[Edit], echo: list[Edit], target: float) -> list[Result]:
    total, plain = _median(ours, "milliseconds"), _median(echo, "milliseconds")
    shown = _median(ours, "figures")
    sent = _median(ours, "received") / 1000
    return [
        Result(what, total, plain, "ms", target, "echo page"),
        Result(f"{what}: all figures drawn", shown, plain, "ms", target, "echo page"),
        Result(f"{what}: sent to the browser", sent, None, "kB", 500.0),
    ]


def edit(times: int) -> list[Result]:
    """One character of 2 x 12 cells; and what a page with as many charts costs without ours."""

    async def measure() -> list[Result]:
        async with chromium() as browser:
            with serving(APP) as app, serving(ECHO) as echo, serving(CHARTS) as charts:
                tabs = [await new_tab(browser, server.url) for server in (app, echo, charts)]
                ours, plain, bare = await _edits(tabs, 20 * times, 2, 12)
                specs = await _charts(app.url, 20 * times, 2, 12)
            figures = await drawn_alone(browser, specs)
        what = "edit, the echo page with two charts of six cells"
        times_of = [_median(edits, "milliseconds") for edits in (bare, plain)]
        floor = Result(what, *times_of, "ms", None, "echo page")
        what = "edit, 2 x 12 cells"
        return [*_edit_results(what, ours, plain, 2.0), _alone(what, figures, plain), floor]

    return run(measure())


async def _charts(url: str, count: int, rows: int, timesteps: int) -> list[list[str]]:
    """The figures of `count` edits, as the server sends them."""
    specs = []
    async with sessions_at(url, 1) as (session,):
        for turn in range(count):
            await session.edit(text_of(turn, rows, timesteps))
            specs.append(session.charts)
    return specs


def _alone(what: str, figures: list[float], echo: list[Edit]) -> Result:
    what = f"{what}: its figures, drawn by Plotly alone on an empty page"
    plain = _median(echo, "milliseconds")
    return Result(what, statistics.median(figures), plain, "ms", None, "echo page")


def layers(times: int) -> list[Result]:
    """12 and 40 layers at 32 x 128, against the echo page with the same text."""

    async def measure() -> list[Result]:
        results = []
        async with chromium() as browser:
            for count, target in ((12, 2.5), (40, 3.0)):
                with serving(DEEP) as deep, serving(ECHO) as echo:
                    urls = f"{deep.url}?layers={count}", echo.url
                    tabs = [await new_tab(browser, url) for url in urls]
                    ours, plain = await _edits(tabs, 10 * times, 32, 128)
                    specs = await _charts(urls[0], 10 * times, 32, 128)
                figures = await drawn_alone(browser, specs)
                what = f"edit, {count} layers, 32 x 128"
                results += [*_edit_results(what, ours, plain, target), _alone(what, figures, plain)]
        return results

    return run(measure())


def paint(times: int) -> list[Result]:
    """The shell, with a server that has just been started, and again when it is warm."""

    async def painted(browser: Browser, url: str) -> float:
        tab = await new_tab(browser, url)
        first = await tab.number("first")
        await tab.page.context.close()
        return first

    async def measure() -> list[Result]:
        cold: dict[Path, list[float]] = {APP: [], EMPTY: []}
        warm: dict[Path, list[float]] = {APP: [], EMPTY: []}
        async with chromium() as browser:
            for page in [APP, EMPTY] * (3 * times):
                with serving(page) as server:
                    cold[page].append(await painted(browser, server.url))
                    warm[page] += [await painted(browser, server.url) for _ in range(3)]
        return [
            Result(what, *(statistics.median(found[p]) for p in (APP, EMPTY)), "ms", 1.5, "empty")
            for what, found in (("first paint, fresh server", cold), ("first paint, warm", warm))
        ]

    return run(measure())


@dataclass(frozen=True)
class _Crowd:
    """Edits of all sessions, and how often a page did not show just its own letters."""

    edits: list[Edit]
    strange: int


async def _at_once(browser: Browser, server: Server, count: int, drawn: bool) -> _Crowd:
    """Sessions, each with two letters of its own, that send an edit at the same moment."""
    tabs = [await new_tab(browser, server.url, figures=drawn) for _ in range(SESSIONS)]
    pairs = [f"{chr(ord('a') + 2 * i)}{chr(ord('b') + 2 * i)}" for i in range(SESSIONS)]
    edits: list[Edit] = []
    strange = 0
    for turn in range(count + 1):
        for tab, letters in zip(tabs, pairs, strict=True):
            await tab.write(text_of(turn, letters=letters))
        sent = await asyncio.gather(*(tab.press() for tab in tabs))
        shown = await asyncio.gather(*(tab.letters() for tab in tabs))
        strange += sum(found != set(pair) for found, pair in zip(shown, pairs, strict=True))
        edits += sent if turn else []
    for tab in tabs:
        await tab.page.context.close()
    return _Crowd(edits, strange)


def sessions(times: int) -> list[Result]:
    """Ten sessions that edit at once, against ten sessions of the echo page.

    Without a browser each, because ten people have ten machines to draw on and share the server
    only; then in ten tabs of one browser, to see what each shows.
    """

    async def measure() -> list[Result]:
        async with chromium() as browser:
            with serving(APP) as app:
                ours = await _crowd(app, 8 * times)
                drawn = await _at_once(browser, app, 2, drawn=True)
            with serving(ECHO) as echo:
                plain = await _crowd(echo, 8 * times)
                bare = await _at_once(browser, echo, 6 * times, drawn=True)
        what = "ten sessions edit at once"
        medians = [statistics.median(taken) for taken in (ours, plain)]
        on_one = [_median(crowd.edits, "milliseconds") for crowd in (drawn, bare)]
        return [
            Result(what, *medians, "ms", 1.5, "ten echo pages"),
            Result(f"{what}, one browser draws all", *on_one, "ms", None, "ten echo pages"),
            Result("pages that showed other letters than theirs", drawn.strange, None, "", 0.0),
        ]

    return run(measure())


async def _crowd(server: Server, count: int) -> list[float]:
    """Milliseconds to the end of each edit of sessions that send one at the same moment."""
    taken: list[float] = []
    async with sessions_at(server.url, SESSIONS) as opened:
        for turn in range(count + 2):
            texts = (
                text_of(turn, letters="abcdefghijklmnopqrst"[2 * i :][:2]) for i in range(SESSIONS)
            )
            edits = (session.edit(text) for session, text in zip(opened, texts, strict=True))
            found = await asyncio.gather(*edits)
            taken += found if turn >= 2 else []
    return taken


def work(times: int) -> list[Result]:
    """What one edit costs the server and the engine, beyond an edit of the echo page."""
    count = 30 * times

    async def spent(page: Path) -> tuple[float, float]:
        with serving(page) as server:
            async with sessions_at(server.url, 1) as (session,):
                for turn in range(3):
                    await session.edit(text_of(turn))
                before = server.work()
                taken = [await session.edit(text_of(3 + turn)) for turn in range(count)]
                return (server.work() - before) * 1000 / count, statistics.median(taken)

    async def measure() -> list[Result]:
        (ours, answered), (plain, echoed) = await spent(APP), await spent(ECHO)
        what = "edit, 2 x 12 cells, without a browser"
        beyond = f"{what}: processor time of server and engine, beyond the echo page"
        return [
            Result(beyond, ours - plain, None, "ms", 30.0),
            Result(f"{what}: to the last message", answered, echoed, "ms", None, "echo page"),
        ]

    return run(measure())


def memory(times: int) -> list[Result]:
    """Server and engine after 200 edits and 20 model changes, against 20 edits and each preset."""

    async def change_model(browser: Browser, server: Server, turn: int) -> None:
        # By its link, as a shared one: a new session each, which must be let go of as well.
        titles = [preset.title for preset in PRESETS.values()]
        link = f"{server.url}?{urlencode({'model': titles[turn % len(titles)]})}"
        tab = await new_tab(browser, link)
        await tab.page.context.close()

    async def measure() -> list[Result]:
        async with chromium() as browser:
            with serving(APP) as server:
                tab = await new_tab(browser, server.url)
                for turn in range(len(PRESETS)):
                    await change_model(browser, server, turn)
                for turn in range(20):
                    await tab.edit(text_of(turn))
                before = server.memory()
                for turn in range(200 * times):
                    await tab.edit(text_of(20 + turn))
                    if turn % 10 == 0:
                        await change_model(browser, server, turn // 10)
                after = server.memory()
        return [
            Result(f"{who}, 200 edits, 20 models", a / 1e6, b / 1e6, "MB", 1.1, "before them")
            for who, a, b in zip(("server", "worker"), after, before, strict=True)
        ]

    return run(measure())
