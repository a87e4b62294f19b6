"""A batch file in a real browser: uploaded, seen, shared; a large one stopped and paged through."""

import io
import re
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page, expect

from inspector.core.presets import PRESETS
from tests.browser.conftest import Visit
from tests.browser.test_main_path import mask_map, settled, verdict

TABLE = "review,stars\n##abb,5\n#babb,1\n"
TAGGER = quote(PRESETS["tagger"].title)
_WATCH = """
window.seen = [];
new MutationObserver(() => {
  const found = document.body.innerText.match(/Inspecting the rows: ([\\d,]+) of/);
  if (found) window.seen.push(+found[1].replaceAll(",", ""));
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


def upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_test_id("stFileUploader").locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_file_is_uploaded_mapped_and_seen(visit: Visit) -> None:
    page = visit.open("?data=File", wait=False)
    expect(page.get_by_text("Choose a batch file in the sidebar")).to_be_visible()
    upload(page, "reviews.csv", TABLE.encode())
    expect(page.get_by_text("say which one it is")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("Sentences")).click()
    page.get_by_role("option", name="review").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("stops at encoder")
    settled(page)
    assert "rows of 5 timesteps. The mask stops at encoder" in page.get_by_role(
        "figure", name=re.compile("Mask map")
    ).get_attribute("aria-label")
    expect(page.get_by_text("2 rows of 5 timesteps, 30 % of it padding")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This link shows the batch file reviews.csv")).to_be_visible()


def test_a_sample_fits_a_window_and_a_phone(visit: Visit) -> None:
    page = visit.open("?data=File&sample=names.csv")
    figure = page.get_by_role("figure", name=re.compile("Lengths of 200 rows"))
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(figure).to_be_visible()
        # A narrow window is seen by the page, which is then drawn once more.
        page.wait_for_function(
            "width => { const all = [...document.querySelectorAll('[role=figure]')];"
            "return all.length && all.every(e => e.getBoundingClientRect().width <= width) }",
            arg=width,
        )
        settled(page)
        overflow = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
        assert overflow <= 0
        assert "stops at encoder" in verdict(page)


def test_a_large_batch_is_stopped_begun_again_and_paged_through(visit: Visit) -> None:
    rows, timesteps = 20_000, 64
    random = np.random.default_rng(0)
    valid = np.arange(timesteps) < random.integers(1, timesteps + 1, (rows, 1))
    stream = io.BytesIO()
    x = np.where(valid, random.integers(1, 50, valid.shape), 0).astype(np.int8)
    np.savez_compressed(stream, x=x, y=x % 5)
    page = visit.open(f"?data=File&model={TAGGER}", wait=False)
    page.evaluate(_WATCH)
    expect(page.get_by_text("Choose a batch file in the sidebar")).to_be_visible()
    upload(page, "large.npz", stream.getvalue())
    page.get_by_role("button", name="Stop here").click()
    expect(page.get_by_text("The inspection was stopped")).to_be_visible()
    page.evaluate("window.seen = []")
    page.get_by_role("button", name="Inspect all rows again").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Nothing is wrong")
    expect(page.get_by_role("figure", name=re.compile("All 20,000 rows at once"))).to_be_visible()
    settled(page)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen) and seen[-1] <= rows
    page.get_by_text("highest loss first").click()
    settled(page)
    page.get_by_role("spinbutton", name=re.compile("Page")).fill("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rows 64 to 95 of 20,000 in this order")).to_be_visible()
    assert mask_map(page)
