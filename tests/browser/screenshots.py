"""Makes the pictures of the README: `python -m tests.browser.screenshots`."""

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import AppServer, chromium_path, serving

PROJECT = Path(__file__).resolve().parents[2]
PICTURES = PROJECT / ".github" / "screenshots"
SHOTS = (
    ("inspect-light", "light", 1366, 900),
    ("inspect-dark", "dark", 1366, 900),
    ("inspect-phone", "light", 390, 844),
)


def main() -> None:
    """Starts the app, takes a picture of the first screen in every theme and width."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serving(PROJECT) as server:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, scheme, width, height in SHOTS:
            _take(browser, server, name, scheme, (width, height))
        browser.close()


def _take(
    browser: Browser, server: AppServer, name: str, scheme: str, size: tuple[int, int]
) -> None:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(server.url)
    page.get_by_test_id("stAlert").first.wait_for(timeout=90_000)
    page.locator(".js-plotly-plot").nth(2).wait_for(timeout=90_000)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=90_000)
    page.wait_for_timeout(1000)  # Figures fade in.
    page.screenshot(path=PICTURES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
