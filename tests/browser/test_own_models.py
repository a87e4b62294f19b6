"""Models that people bring, in a real browser: upload one, paste code, get an error, mend it."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_main_path import settled, verdict

BROKEN = """\
from keras import Sequential, layers

model = Sequential([
    layers.Embedding(20, 8, mask_zero=True),
    layers.LSTM(8, return_sequence=True),
    layers.Dense(20, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
"""


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Code that builds the model")


def listing(page: Page) -> Locator:
    return page.locator(".st-key-listing")


def choose(page: Page, kind: str) -> None:
    page.get_by_role("radio", name=kind, exact=True).or_(
        page.get_by_role("button", name=kind, exact=True)
    ).first.click()
    settled(page)


def drawn(page: Page) -> None:
    """Waits for what is drawn last: to leave earlier breaks off what is being loaded."""
    page.get_by_test_id("stMermaidChart").first.wait_for(state="attached")
    page.wait_for_timeout(2000)
    page.wait_for_load_state("networkidle")


def paste(page: Page, code: str) -> None:
    editor(page).fill(code)
    editor(page).press("Control+Enter")
    settled(page)


def test_code_is_pasted_refused_mended_and_its_line_marked(visit: Visit) -> None:
    page = visit.open()
    choose(page, "Code")
    expect(listing(page)).to_contain_text("▼ 9")
    paste(page, BROKEN)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("return_sequence")
    expect(listing(page)).to_contain_text("✗ 5")
    expect(listing(page)).to_contain_text("Did you mean return_sequences?")
    assert editor(page).input_value() == BROKEN
    paste(page, BROKEN.replace("return_sequence=", "return_sequences="))
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    expect(listing(page)).not_to_contain_text("✗")
    paste(page, BROKEN.replace("return_sequence=True", "return_sequences=False"))
    expect(page.get_by_test_id("stAlert").first).to_contain_text("uses the mask up")
    expect(listing(page)).to_contain_text("▽ 5")
    drawn(page)


def test_a_link_carries_the_code_and_the_values_it_asks_for(visit: Visit) -> None:
    page = visit.open("?from=Code")
    paste(page, BROKEN.replace("return_sequence=", "return_sequences=").replace("20", "vocab"))
    expect(page.get_by_test_id("stAlert").first).to_contain_text("vocab")
    box = page.get_by_role("textbox", name="vocab")
    box.fill("12")
    box.press("Enter")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    settled(page)
    before, code = verdict(page), editor(page).input_value()
    assert "vocab, 8" in code
    drawn(page)
    page.reload()
    expect(editor(page)).to_have_value(code)
    expect(page.get_by_role("textbox", name="vocab")).to_have_value("12")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    assert verdict(page) == before
    drawn(page)


def test_a_model_is_uploaded_and_opened_on_a_click(visit: Visit, project: Path) -> None:
    page = visit.open("?from=File")
    page.locator("input[type=file]").set_input_files(project / "sample_data" / "question.keras")
    button = page.get_by_role("button", name="Load this model")
    button.wait_for()
    assert page.get_by_role("figure").count() == 0
    button.click()
    expect(page.get_by_role("figure").first).to_be_visible()
    assert "stops at encoder" in verdict(page)
    page.wait_for_function("() => location.search.includes('file=')")
    drawn(page)
    page.reload()
    expect(page.get_by_text("Links do not carry files")).to_be_visible()
