"""Strategies side by side in a real browser: compare, train, stop, replay, and leave."""

import re
import time
from collections.abc import Iterator

import psutil
from playwright.sync_api import Page, expect

from inspector.ui import compare_text
from tests.browser.conftest import Visit
from tests.browser.serving import AppServer
from tests.browser.test_main_path import settled, type_sentences

SOME = "&".join(
    f"strategies={compare_text.STRATEGY_LABELS[name].replace(' ', '+')}"
    for name in ("propagated", "loss_from_targets", "loss_over_all")
)


def compare_page(visit: Visit, query: str = "", **window: object) -> Page:
    """Opens the page by its link."""
    page = visit.open(f"compare?{query}", **window)  # type: ignore[arg-type]
    page.get_by_role("figure", name=re.compile("Heatmap of")).wait_for(timeout=120_000)
    settled(page)
    # Streamlit looks for its own files below the page first, and says so in the console.
    visit.complaints[:] = [text for text in visit.complaints if "404" not in text]
    return page


def workers(server: AppServer) -> list[psutil.Process]:
    """The engine's processes of this server."""
    port = f"--server.port={server.url.rpartition(':')[2]}"
    for process in psutil.process_iter(["cmdline"]):
        if port in (process.info["cmdline"] or []):
            return process.children(recursive=True)
    return []


def busy_seconds(processes: list[psutil.Process], over: float) -> float:
    """How many seconds of computing the processes do in the next `over` seconds."""

    def spent() -> Iterator[float]:
        for process in processes:
            try:
                times = process.cpu_times()
                yield times.user + times.system
            except psutil.NoSuchProcess:
                yield 0.0

    before = list(spent())
    time.sleep(over)
    return sum(max(0.0, now - then) for now, then in zip(spent(), before, strict=True))


def test_strategies_are_compared_on_what_was_typed(visit: Visit) -> None:
    page = visit.open("")
    type_sentences(page, "##ab\n#bab")
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("figure", name=re.compile("Heatmap of 11"))).to_be_visible(
        timeout=120_000
    )
    assert "sentences=" in page.url
    expect(page.get_by_text("Not possible here")).to_be_visible()
    page.get_by_text(compare_text.MAPS).click()
    expect(page.get_by_role("figure", name=re.compile("small maps"))).to_be_visible()
    page.get_by_role("button", name="no mask", exact=True).click()
    expect(page.get_by_role("figure", name=re.compile("Heatmap of 10"))).to_be_visible()
    assert "strategies=as+the+model+is" in page.url
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 1366


def test_training_is_watched_stopped_replayed_and_left(visit: Visit, server: AppServer) -> None:
    other = visit.open("")
    page = compare_page(visit, f"{SOME}&train=500")
    page.get_by_role("button", name=compare_text.TRAIN, exact=True).click()
    expect(page.get_by_test_id("stProgress")).to_contain_text(
        re.compile("Step .*left"), timeout=120_000
    )
    type_sentences(other, "###ab\n#bbab")
    # Another session was answered while the training runs on.
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile("Step .*left"))
    page.get_by_role("button", name=compare_text.STOP, exact=True).click()
    begun = time.monotonic()
    expect(page.get_by_text(re.compile(r"Stopped after \d+ steps of 500"))).to_be_visible()
    assert time.monotonic() - begun < 2.0
    expect(page.get_by_role("figure", name=re.compile("3 strategies over"))).to_be_visible()
    page.get_by_role("slider", name=compare_text.REPLAY_STEP).press("Home")
    expect(page.get_by_role("figure", name=re.compile("after 0 steps"))).to_be_visible()
    page.get_by_role("button", name=compare_text.GO_ON).click()
    expect(page.get_by_test_id("stProgress").first).to_be_visible()
    page.close()
    other.close()
    time.sleep(2.0)
    assert busy_seconds(workers(server), 1.0) < 0.3, "training goes on though nobody looks"


def test_the_page_fits_a_phone(visit: Visit) -> None:
    page = compare_page(visit, SOME, width=390)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        settled(page)
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 390
