"""Hostile text in a real browser: in links, files and results it is read, never obeyed."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from inspector.app import RESULT_VARIABLE
from inspector.core.diagnosis.causes import Fix
from inspector.core.diagnosis.findings import Finding, Severity
from inspector.core.link_text import packed_text
from inspector.views.tokens import plain
from tests.browser.serving import AppServer, serving
from tests.browser.test_batch_file import upload
from tests.hostile import IMAGE, MARKDOWN
from tests.views.conftest import hostile

PLACES = ("alert", "body", "small", "code", "label", "option", "title", "progress", "sentence")
OBEYED = (
    "a, img, script, style, svg:not([data-testid] svg):not([class*=st-]), .katex, em, del, hr, "
    "h1, h2, h3, blockquote, pre, table, .stMarkdownColoredText, .stMarkdownBadge, .shimmer"
)
QUESTION_FILE = Path(__file__).resolve().parents[2] / "sample_data" / "question.keras"
ATTACK = f"` {IMAGE} :red[x] [b](http://leak.invalid/l) <img src=http://leak.invalid/h.png>"


class Watch:
    """What a page asked for that it should not, and what ran in it."""

    def __init__(self, page: Page, home: str) -> None:
        self.strangers: list[str] = []
        self.ran: list[str] = []
        self._home = urlsplit(home).netloc
        page.on("request", self._note)
        page.on("dialog", lambda dialog: (self.ran.append(dialog.message), dialog.dismiss()))

    def _note(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "file") and address.netloc != self._home:
            self.strangers.append(request.url)


@pytest.fixture
def visit_watched(browser: Browser) -> Iterator[Callable[[AppServer, str], tuple[Page, Watch]]]:
    """Opens an address of a server; what it asked of others is looked at in the end."""
    watches: list[Watch] = []

    def opened(server: AppServer, address: str = "/") -> tuple[Page, Watch]:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.set_default_timeout(90_000)
        watch = Watch(page, server.url)
        watches.append(watch)
        page.goto(server.url + address)
        return page, watch

    yield opened
    for context in browser.contexts:
        context.close()
    assert watches
    for watch in watches:
        assert not watch.strangers and not watch.ran


def at_rest(page: Page) -> None:
    """Waits until the page is drawn and has loaded what it wants to load."""
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=120_000)
    page.wait_for_timeout(700)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=120_000)


def without_fault(page: Page) -> None:
    at_rest(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    # Links of our own may carry what was typed.
    abroad = page.evaluate("[...document.links].map(a => a.host).filter(h => h.includes('leak'))")
    assert not abroad
    # The diagram of layers is a picture that the browser itself has drawn.
    pictures = page.locator("[data-testid=stMarkdownContainer] img:not([src^='blob:'])")
    expect(pictures).to_have_count(0)
    assert "Traceback" not in page.inner_text("body")


def words(text: str) -> str:
    return "".join(text.replace("\N{WORD JOINER}", "").replace("`", "").split())


def test_hostile_text_is_shown_as_it_is(project: Path, visit_watched: Callable) -> None:
    with serving(project, "tests/browser/shows_hostile_text.py") as server:
        page, _ = visit_watched(server)
        page.get_by_text("the end", exact=True).wait_for()
        at_rest(page)
        for place in PLACES:  # Some elements load their code when they are first drawn.
            expect(page.locator(f".st-key-{place}0")).to_contain_text("leak.invalid")
        faults = []
        for at, (name, text) in enumerate(MARKDOWN.items()):
            for place in PLACES:
                element = page.locator(f".st-key-{place}{at}")
                shown = words(element.inner_text()).removeprefix("keyboard_arrow_right")
                if shown != words(plain(text)):
                    faults.append(f"{place}, {name}: {shown}")
                if element.locator(OBEYED).count():
                    faults.append(f"{place}, {name}: {element.inner_html()}")
        cells = page.locator(".st-key-table td").all_inner_texts()
        assert [words(cell) for cell in cells] == [words(plain(t)) for t in MARKDOWN.values()]
        assert not page.locator(".st-key-table").locator("a, img, em, del, .katex").count()
        assert not faults, "\n".join(faults)


def code_link(code: str, **more: str) -> str:
    return "/?" + urlencode({"from": "Code", "code": packed_text(code), **more})


LINKS = {
    "a batch file": "/?" + urlencode({"data": "File", "data_file": f"0123456789abcdef {ATTACK}"}),
    "a digest": "/?" + urlencode({"data": "File", "data_file": IMAGE.replace(" ", "") + " a.csv"}),
    "a model file": "/?" + urlencode({"from": "File", "file": f"0123456789abcdef {ATTACK}"}),
    "a digest of a model": "/?" + urlencode({"from": "File", "file": f"{IMAGE} a.keras"}),
    "an error of code": code_link(f'raise ValueError("{IMAGE}")'),
    "code that cannot be read": code_link(f"model = Nothing('{IMAGE}')[{IMAGE!r}]"),
    "code that is no code": code_link(f"`{IMAGE}` ]({IMAGE}) :red[x]"),
    "names of layers": code_link(
        "from keras import Sequential, layers\nmodel = Sequential([layers.Embedding(9, 4, "
        f"mask_zero=True, name={ATTACK!r}), layers.LSTM(4)])\nmodel.compile('adam', 'mse')"
    ),
    "names that are asked for": code_link(
        "from keras import Sequential, layers\nmodel = Sequential([layers.Dense(d['"
        + IMAGE
        + "'])])",
        names=json.dumps({f"d[{IMAGE!r}]": IMAGE, IMAGE: "1", "\ud800": "1"}),
    ),
    "sentences": "/?" + urlencode({"sentences": f"{ATTACK}\n#{IMAGE}\n", "padding": "#"}),
    "padding": "/?" + urlencode({"sentences": "![](x) b", "padding": IMAGE, "timestep": "word"}),
    "targets": "/?" + urlencode({"targets": "typed target sentences", "target_text": ATTACK}),
    "choices that are none": "/?"
    + urlencode({key: ATTACK for key in ("model", "loss", "targets", "units", "order", "data")}),
    "half a character": "/?sentences=%ED%A0%80&model=%ED%A0%80&data_file=%ED%A0%80&code=%ED%A0%80",
    "a loss on Compare": "/compare?" + urlencode({"my_loss": f"def f(y_true, y_pred): `{IMAGE}`"}),
    "a name of a loss": "/compare?"
    + urlencode({"my_loss": f"def f(a, b):\n    raise TypeError({ATTACK!r})", "baseline": IMAGE}),
    "sentences of the tour": "/learn?" + urlencode({"tour_sentences": ATTACK, "tour": IMAGE}),
    "choices of layers": "/layers?" + urlencode({"only": ATTACK, "layer": IMAGE, "keras": IMAGE}),
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_asks_nobody_else(link: str, server: AppServer, visit_watched: Callable) -> None:
    page, _ = visit_watched(server, link)
    without_fault(page)


ROWS = [{"text": "##abb", ATTACK: 1}, {"text": "#babb", IMAGE: 2}]
FILES = {
    "rows.json": json.dumps(ROWS).encode(),
    "keys.json": json.dumps({ATTACK: [1], IMAGE: [2], "x": [[1, 2], [3]]}).encode(),
    "half.json": b'[{"text": "ab", "\\ud800": 1}, {"text": "\\udc00#"}]',
    "lines.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in (ROWS[0], [IMAGE], 3)),
    "columns.csv": f'text,"{IMAGE}","{IMAGE} b"\n##abb,1,2\n#babb,2,3\n'.encode(),
    "labels.csv": f'text,label\n##abb,"{IMAGE}"\n#babb,"[x](http://leak.invalid)"\n'.encode(),
    f"{IMAGE.replace('/', '')} `x.csv": b"text\n##abb\n#babb\n",
    "unknown.txt": f"{ATTACK}\n{IMAGE}\n".encode(),
}


@pytest.mark.parametrize("name", FILES, ids=ascii)
def test_a_batch_file_asks_nobody_else(
    name: str, server: AppServer, visit_watched: Callable
) -> None:
    page, _ = visit_watched(server, "/?data=File")
    expect(page.get_by_text("Choose a batch file in the sidebar")).to_be_visible()
    upload(page, name, FILES[name])
    expect(page.get_by_text("Choose a batch file in the sidebar")).to_have_count(0)
    without_fault(page)


def model_named(name: str) -> bytes:
    """The sample with another name of its encoder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(QUESTION_FILE) as before, zipfile.ZipFile(stream, "w") as after:
        for entry in before.namelist():
            content = before.read(entry)
            if entry == "config.json":
                content = content.replace(b'"encoder"', json.dumps(name).encode())
            after.writestr(entry, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name", [f"` {IMAGE}", f"`` {IMAGE} ` [a](http://leak.invalid)", "a\ud800"], ids=ascii
)
def test_a_model_file_asks_nobody_else(
    name: str, server: AppServer, visit_watched: Callable
) -> None:
    page, _ = visit_watched(server, "/?from=File")
    expect(page.get_by_text("Choose a model file at the side")).to_be_visible()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").first.set_input_files(
        {"name": f"{IMAGE}.keras".replace("/", ""), "mimeType": "x/y", "buffer": model_named(name)}
    )
    page.get_by_role("button", name="Load this model").click()
    expect(page.get_by_text("Choose a model file at the side")).to_have_count(0)
    without_fault(page)


def test_a_result_asks_nobody_else(project: Path, tmp_path: Path, visit_watched: Callable) -> None:
    found = hostile()
    finding = Finding("code", Severity.WRONG, ATTACK, 1, ATTACK, Fix(ATTACK, f"{ATTACK}\n\ud800"))
    note = replace(finding, severity=Severity.NOTE)
    diagnosis = replace(found.diagnosis, verdict=ATTACK, findings=(finding, note))
    batch = replace(found.batch, notes=(ATTACK,), source=ATTACK)
    found = replace(found, diagnosis=diagnosis, batch=batch, model_name=ATTACK, code=(ATTACK,))
    path = tmp_path / "[x](http:··leak.invalid).html"
    path.write_text(found.to_html(), encoding="utf-8")
    with serving(project, **{RESULT_VARIABLE: str(path)}) as server:
        page, _ = visit_watched(server, "/")
        at_rest(page)
        for summary in page.locator("summary").all():
            summary.click()
            at_rest(page)
        without_fault(page)
        page.goto(path.as_uri().replace("%5B", quote("[")))
        page.wait_for_timeout(1500)
