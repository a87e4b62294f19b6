"""The pages beside the first one, and what can be taken along, in a browser."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from inspector.files.results import load_result
from tests.browser.conftest import Visit
from tests.browser.test_main_path import sentences, settled, type_sentences


def no_sideways_scrolling(page: Page) -> bool:
    overflow = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    return bool(overflow <= 0)


def test_the_pages_are_reached_from_the_top_and_keep_what_was_typed(visit: Visit) -> None:
    page = visit.open()
    type_sentences(page, "#ab\nabb")
    page.get_by_role("link", name="Layers").click()
    page.wait_for_url(re.compile(r"/layers\b"))
    the_layers_are_found_filtered_and_shown_in_plain_keras(page)
    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name="Padding, masks and the loss")).to_be_visible()
    the_tour_moves_on_and_its_figures_with_it(page)
    page.get_by_role("link", name="Look at it").nth(1).click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    assert sentences(page).input_value() == "#ab\nabb"


def the_layers_are_found_filtered_and_shown_in_plain_keras(page: Page) -> None:
    figure = page.get_by_role("figure").first
    figure.locator(".main-svg").first.wait_for()
    settled(page)
    page.get_by_role("combobox", name="One layer").fill("GlobalMax")
    page.get_by_role("option", name="GlobalMaxPooling1D").click()
    expect(page.get_by_text("The mask is lost here. Keras warns")).to_be_visible()
    page.get_by_text("See it in plain Keras").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("layers.GlobalMaxPooling1D()")
    page.get_by_role("combobox", name="Show").click()
    page.get_by_role("option", name="false warning").click()
    expect(figure).to_have_attribute("aria-label", re.compile(r"\b2 lines"))
    page.wait_for_function("() => location.search.includes('only=')")
    settled(page)
    assert no_sideways_scrolling(page)


def the_tour_moves_on_and_its_figures_with_it(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("heading", name="1. A batch is a rectangle").wait_for()
    for at, title in ((2, "A layer marks the padding"), (3, "The loss leaves padding out")):
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("heading", name=f"{at}. {title}")).to_be_visible()
    page.get_by_role("figure", name="Averages. Keras value").wait_for()
    settled(page)
    assert "tour=3" in page.url
    assert no_sideways_scrolling(page)
    page.set_viewport_size({"width": 1366, "height": 900})
    # The page runs once more for its new width; a link that is pressed meanwhile leads nowhere.
    page.wait_for_timeout(1_000)
    settled(page)


def test_the_report_and_the_code_are_taken_along(
    visit: Visit, browser: Browser, tmp_path: Path
) -> None:
    page = visit.open()
    settled(page)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save the report").click()
    path = tmp_path / saving.value.suggested_filename
    saving.value.save_as(path)
    found = load_result(path)
    verdict = page.get_by_test_id("stAlert").first.inner_text()
    assert "encoder" in verdict and found.diagnosis.stop is not None
    complaints: list[str] = []
    reader = browser.new_context(offline=True).new_page()
    reader.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    reader.on("pageerror", lambda error: complaints.append(str(error)))
    reader.goto(path.as_uri())
    reader.locator("#mask-map .main-svg").first.wait_for()
    said = reader.locator("#verdict").inner_text()
    assert verdict.replace("`", "").endswith(said.replace("`", ""))  # after the icon's name
    assert len(said) > 50
    assert not complaints

    page.get_by_text("Code for this page", exact=True).click()
    code = page.get_by_test_id("stCode").filter(has_text="keras_value = model.evaluate(")
    expect(code).to_contain_text("layers.RepeatVector(y.shape[1]")
    assert no_sideways_scrolling(page)
