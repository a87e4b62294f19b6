"""The main path in a real browser: start, type, switch model, dark theme, a phone, a reload."""

import re

from playwright.sync_api import Locator, Page, expect

from inspector.core.presets import PRESETS
from tests.browser.conftest import Visit


def verdict(page: Page) -> str:
    return page.get_by_test_id("stAlert").first.inner_text()


def mask_map(page: Page) -> str:
    """The words of the mask map, as a reader hears them who does not see it."""
    figure = page.get_by_role("figure", name="Mask map of").first
    figure.wait_for()
    return figure.get_attribute("aria-label") or ""


def sentences(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Sentences", exact=True)


def settled(page: Page) -> None:
    """Waits until no run of the page is under way."""
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=60_000
    )


def type_sentences(page: Page, text: str) -> None:
    box = sentences(page)
    box.fill(text)
    box.press("Control+Enter")
    page.wait_for_function(
        "text => new URLSearchParams(location.search).get('sentences') === text", arg=text
    )
    settled(page)


def choose_model(page: Page, title: str) -> None:
    page.get_by_role("combobox", name=re.compile("Model")).click()
    page.get_by_role("option", name=title).click()
    page.wait_for_function(
        "title => new URLSearchParams(location.search).get('model') === title", arg=title
    )
    settled(page)


# While a figure is drawn anew there may be no word at all.
INK_IS_LIGHT = """() => {
    const word = [...document.querySelectorAll('.textpoint text')].at(-1);
    const rgb = word && getComputedStyle(word).fill.match(/\\d+/g);
    return rgb && +rgb[0] + +rgb[1] + +rgb[2] > 380
}"""


def ink(page: Page) -> list[int]:
    """Red, green and blue of the first word beside a figure."""
    colour = page.locator(".textpoint text").last.evaluate("e => getComputedStyle(e).fill")
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


# To open the page costs five seconds of computing: what needs no page of its own follows on one.


def test_the_first_screen_shows_where_the_mask_stops_in_the_theme_that_is_chosen(
    visit: Visit,
) -> None:
    page = visit.open()
    assert "stops at encoder" in verdict(page)
    assert "2 rows of 5 timesteps. The mask stops at encoder" in mask_map(page)
    line = page.locator(".scatterlayer .js-line").first
    box = line.bounding_box()
    assert box is not None
    assert box["y"] < 900, "the line where the mask stops is on the first screen"
    settled(page)
    assert sum(ink(page)) < 380, "the theme of the system is light"
    page.get_by_test_id("stMainMenu").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    page.wait_for_function(INK_IS_LIGHT)


def test_typing_another_model_and_a_reload_from_the_link(visit: Visit) -> None:
    page = visit.open()
    assert "The mask stops at encoder" in mask_map(page)
    type_sentences(page, "###ab\n#abba\nabbab")
    expect(page.get_by_role("figure").first).to_have_attribute(
        "aria-label", re.compile("3 rows of 5 timesteps")
    )
    expect(page.get_by_text("4 of 15 timesteps")).to_be_visible()

    choose_model(page, PRESETS["answer"].title)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    settled(page)
    assert "stops" not in mask_map(page)
    choose_model(page, PRESETS["attention"].title)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("stops at multiply")

    choose_model(page, PRESETS["conv"].title)
    type_sentences(page, "#é\nab\nb#")
    page.get_by_role("figure", name="3 rows of 2 timesteps").first.wait_for()
    settled(page)
    before = verdict(page), mask_map(page), sentences(page).input_value()
    page.reload()
    page.get_by_test_id("stAlert").first.wait_for()
    settled(page)
    assert before == (verdict(page), mask_map(page), sentences(page).input_value())
    assert before[2] == "#é\nab\nb#"


def test_a_phone_gets_a_page_without_sideways_scrolling(visit: Visit) -> None:
    page = visit.open(width=390)
    mask_map(page)
    settled(page)
    overflow = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    assert overflow <= 0
    # The page is drawn once more as soon as it knows that the window is narrow.
    page.wait_for_function(
        "() => { const box = document.querySelector('[role=figure]')?.getBoundingClientRect();"
        "return box && box.width > 0 && box.width <= 390 }"
    )
    settled(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    type_sentences(page, "#a\nbb")
    expect(page.get_by_role("figure").first).to_have_attribute(
        "aria-label", re.compile("2 rows of 2 timesteps")
    )


def test_a_lone_surrogate_in_a_link_gives_a_page_in_the_theme_of_the_system(visit: Visit) -> None:
    page = visit.open("?sentences=%ED%A0%80a%0Ab%23")
    page.emulate_media(color_scheme="dark")  # While the page is drawn.
    assert verdict(page)
    assert "\N{REPLACEMENT CHARACTER}" in sentences(page).input_value()
    mask_map(page)
    page.wait_for_function(INK_IS_LIGHT)


def test_a_training_can_be_stopped_half_way(visit: Visit) -> None:
    text = "%0A".join(["ab" * 60 + "%23" * 20] * 40)
    page = visit.open(f"?sentences={text}&units=128&steps=200", wait=False)
    page.get_by_role("button", name="Stop here").click()
    page.get_by_test_id("stAlert").first.wait_for()
    settled(page)
    steps = int(page.evaluate("() => new URLSearchParams(location.search).get('steps') ?? '0'"))
    assert 0 <= steps < 200
    assert "stops at encoder" in verdict(page)
