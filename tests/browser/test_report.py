"""The report in a browser without a network: figures in both themes, on paper, and no complaint."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from inspector.core.inspection import Inspection
from inspector.files.atlases import atlas_versions, read_atlas
from inspector.views.atlas_report import atlas_report
from inspector.views.palette import DARK, LIGHT, rgb
from tests.views import compare_made, made
from tests.views.conftest import hostile


class Reader:
    """Opens reports from files, offline, and notes what the console says and what is asked for."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self, inspection: Inspection, *, scheme: str = "light", width: int = 1366) -> Page:
        html = inspection.to_html(date="2026-01-02")
        return self.open_file(html, "mask-map", scheme=scheme, width=width)

    def open_file(self, html: str, first: str, *, scheme: str = "light", width: int = 1366) -> Page:
        path = self._folder / "report.html"
        path.write_text(html, encoding="utf-8")
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            offline=True,
        )
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        page.locator(f"#{first} .main-svg").first.wait_for()
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    found = Reader(browser, tmp_path)
    yield found
    for context in browser.contexts:
        context.close()
    assert not found.complaints
    assert all(url.startswith(("file:", "data:", "blob:")) for url in found.requests)


def css(colour: str) -> str:
    return "rgb({}, {}, {})".format(*rgb(colour))


def assert_drawn(page: Page, scheme: str, figures: int) -> None:
    """Every figure has its room, in the colours of the theme."""
    places = page.locator("[data-figure]")
    assert places.count() >= figures
    for position in range(places.count()):
        box = places.nth(position).locator(".main-svg").first.bounding_box()
        assert box is not None and box["width"] > 600 and box["height"] > 60
    theme = DARK if scheme == "dark" else LIGHT
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == css(theme.page)


# Words of a figure that Plotly draws, and of the averages, which are HTML.
IS_WRITTEN_IN = """colour => {
  const words = [...document.querySelectorAll("#mask-map .textpoint text")];
  const name = document.querySelector("#averages b");
  return words.some(word => getComputedStyle(word).fill === colour)
    && getComputedStyle(name).color === colour;
}"""


# To draw a report costs more than two seconds of computing: one is looked at in several ways.


def test_every_figure_is_drawn_in_the_theme_of_the_reader_and_follows_it(
    reader: Reader, tmp_path: Path
) -> None:
    inspection = made.the_question()
    page = reader.open(inspection)
    assert_drawn(page, "light", 4)
    assert page.locator("[data-figure]").count() == 4
    bars = page.locator("#averages [role=figure]")
    assert bars.evaluate("bars => bars.getBoundingClientRect().width") > 600
    assert page.evaluate(IS_WRITTEN_IN, css(LIGHT.text))

    found = page.evaluate("JSON.parse(document.getElementById('inspection').textContent)")
    assert found == json.loads(inspection.to_json()), "the whole answer is in the page"
    assert_a_table_can_be_saved(page, tmp_path)

    page.emulate_media(color_scheme="dark")
    # While the figure is drawn anew there may be no word at all.
    page.wait_for_function(IS_WRITTEN_IN, arg=css(DARK.text))


def assert_a_table_can_be_saved(page: Page, folder: Path) -> None:
    page.locator("section", has=page.locator("#averages")).locator("summary").click()
    with page.expect_download() as saving:
        page.locator("a[download='averages.csv']").click()
    saving.value.save_as(folder / "averages.csv")
    lines = (folder / "averages.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "average,value,numerator,divisor,how,equals Keras value"
    assert len(lines) == 5


def test_a_dark_report_is_light_on_paper_and_nothing_is_cut(reader: Reader) -> None:
    page = reader.open(made.the_question(), scheme="dark")
    assert_drawn(page, "dark", 4)
    assert page.evaluate(IS_WRITTEN_IN, css(DARK.text))
    widths = page.evaluate(
        """() => {
            window.dispatchEvent(new Event("beforeprint"));
            return [...document.querySelectorAll("[data-figure]")].map(
                place => place.querySelector(".main-svg").getBoundingClientRect().width);
        }"""
    )
    assert all(width <= 700 for width in widths)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == css(LIGHT.page)
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_names_and_sentences_run_nothing(reader: Reader) -> None:
    page = reader.open(hostile())
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.wait_for_timeout(200)
    assert not dialogs
    assert page.locator("img").count() == 0
    assert page.locator("a:not([download])").count() == 0


def test_a_phone_scrolls_figures_not_the_page(reader: Reader) -> None:
    page = reader.open(made.the_question(), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("kind", ["comparison", "atlas"])
def test_other_reports_are_drawn_without_a_network_too(reader: Reader, kind: str) -> None:
    if kind == "comparison":
        html, first = compare_made.a_comparison().to_html(date="2026-01-02"), "strategies-grid"
    else:
        html, first = atlas_report(read_atlas(atlas_versions()[0]), "all"), "atlas-map"
    page = reader.open_file(html, first)
    assert_drawn(page, "light", 1)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "colour => getComputedStyle(document.body).backgroundColor === colour", arg=css(DARK.page)
    )
    assert_drawn(page, "dark", 1)
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
