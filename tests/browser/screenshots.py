"""Makes the pictures of the README: `python -m tests.browser.screenshots`, or some by name."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import AppServer, chromium_path, serving

PROJECT = Path(__file__).resolve().parents[2]
PICTURES = PROJECT / ".github" / "screenshots"
Shot = tuple[str, str, tuple[int, int], str, int]
SHOTS: tuple[Shot, ...] = (
    ("inspect-light", "light", (1366, 900), "", 2),
    ("inspect-dark", "dark", (1366, 900), "", 2),
    ("inspect-phone", "light", (390, 844), "", 2),
    ("compare-light", "light", (1366, 2210), "compare", 1),
)
"""Name, colours, size of the window, page, and how many figures it has at least."""


def main() -> None:
    """Starts the app, takes a picture of the first screen in every theme and width."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serving(PROJECT) as server:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        wanted = sys.argv[1:]
        for shot in SHOTS:
            if not wanted or shot[0] in wanted:
                _take(browser, server, shot)
        browser.close()


def _take(browser: Browser, server: AppServer, shot: Shot) -> None:
    name, scheme, size, path, figures = shot
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(f"{server.url}/{path}")
    page.get_by_test_id("stAlert").first.wait_for(timeout=90_000)
    page.locator(".js-plotly-plot").nth(figures - 1).wait_for(timeout=90_000)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=90_000)
    page.wait_for_timeout(1000)  # Figures fade in.
    page.screenshot(path=PICTURES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
