"""The report: whole, escaped, self-contained, the same bytes for the same input."""

import base64
import datetime
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspector.core.diagnosis.causes import Failure, Fix
from inspector.core.diagnosis.findings import Finding, Severity
from inspector.core.digest import ModelDigests
from inspector.core.inspection import Inspection
from inspector.views.report_page import embeddable, json_block
from inspector.views.report_tables import MOST_ROWS, folded_table, table_html
from tests.views import made
from tests.views.conftest import HOSTILE, MAKERS

DATE = "2026-01-02"
VOID = {"br", "meta", "link"}


class Reading(HTMLParser):
    """What a browser would make of the file: tags, ids, texts, script elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._script: dict[str, str | None] | None = None
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        self._script = dict(attrs) if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts.append((self._script, data))
            self._script = None
        elif "style" not in self.open:
            self.texts.append(data)

    @property
    def ids(self) -> list[str]:
        return [value for _, name, value in self.attributes if name == "id"]

    def block(self, identifier: str) -> object:
        found = [text for attrs, text in self.scripts if attrs.get("id") == identifier]
        assert len(found) == 1
        return json.loads(found[0])


@pytest.fixture(scope="module")
def read() -> dict[str, Reading]:
    return {name: Reading(make().to_html(date=DATE)) for name, make in MAKERS.items()}


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_page_is_whole_and_runs_three_scripts_of_ours(
    name: str, read: dict[str, Reading]
) -> None:
    found = read[name]
    assert len(found.ids) == len(set(found.ids)), "ids are unique"
    running = [text for attrs, text in found.scripts if attrs.get("type") != "application/json"]
    assert len(running) == 3
    policy = next(
        value for tag, key, value in found.attributes if (tag, key) == ("meta", "content")
    )
    for script in running:
        hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{hashed}'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_nothing_is_loaded_and_nothing_of_a_user_becomes_markup(
    name: str, read: dict[str, Reading]
) -> None:
    found = read[name]
    assert not {"img", "iframe", "object", "form", "svg", "base"} & set(found.seen)
    assert not [at for _, at, _ in found.attributes if at.startswith("on") or at == "src"]
    links = [value for _, at, value in found.attributes if at == "href"]
    assert all(link.startswith("data:") for link in links)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_same_input_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = MAKERS[name]().to_html(tmp_path / "a.html", date=DATE)
    second = MAKERS[name]().to_html(date=datetime.date(2026, 1, 2))
    assert first == second
    assert (tmp_path / "a.html").read_bytes() == second.encode("utf-8")


def test_another_batch_or_date_gives_other_bytes(question: Inspection) -> None:
    html = question.to_html(date=DATE)
    assert question.to_html(date="2026-01-03") != html
    x = np.array(question.batch.x)
    x[0, 4, 0] += 1
    other = replace(question, batch=replace(question.batch, x=x))
    assert other.to_html(date=DATE) != html


def test_the_page_says_what_the_inspection_says(read: dict[str, Reading]) -> None:
    question = made.the_question()
    said = " ".join(read["question"].texts).replace("\N{NO-BREAK SPACE}", " ")
    assert question.diagnosis.verdict in said
    for finding in question.findings:
        assert finding.message.replace("\N{NO-BREAK SPACE}", " ") in said
        assert finding.fix.sentence in said
        assert finding.fix.code in said
    for words in ("Keras 3.15.1", "TensorFlow 2.21.0", DATE, "batch (SHA-256)", "counts padding"):
        assert words in said


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_result_and_the_figures_are_in_the_page(name: str, read: dict[str, Reading]) -> None:
    found = read[name]
    assert found.block("inspection") == json.loads(MAKERS[name]().to_json())
    places = [i for i in found.ids if f"{i}-light" in found.ids]
    assert places[0] == "mask-map"
    for place in places:
        for theme in ("light", "dark"):
            figure = found.block(f"{place}-{theme}")
            assert isinstance(figure, dict) and set(figure) == {"data", "layout"}


def test_figures_carry_the_numbers(read: dict[str, Reading]) -> None:
    figure = read["question"].block("loss-map-light")
    assert isinstance(figure, dict)
    cells = next(trace for trace in figure["data"] if trace["name"] == "loss")
    ledger = made.the_question().losses
    assert ledger is not None and ledger.loss is not None
    assert cells["z"][1][1:] == pytest.approx(ledger.loss[1][1:].tolist())


def test_each_output_has_figures_of_its_own(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    two = replace(question, ledgers=(ledger, replace(ledger, output="<b>tags</b>")))
    found = Reading(two.to_html(date=DATE))
    assert {"loss-map", "loss-map-1", "averages", "averages-1"} <= set(found.ids)
    assert "Loss at every timestep (<b>tags</b>)" in found.texts


@pytest.mark.parametrize(("rows", "again"), [(20, False), (21, True)])
def test_the_first_sentences_of_many_are_drawn_again(rows: int, again: bool) -> None:
    found = Reading(made.the_question(made.a_batch(["##abb"] * rows)).to_html(date=DATE))
    assert ("mask-map-first" in found.ids) is again
    if again:
        assert f"Rows 0 to 7 of {rows} are shown." in found.texts


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_text_may_stand_anywhere(text: str, question: Inspection) -> None:
    attack = f"</script><script>alert(1)</script>{text}"
    finding = Finding("code", Severity.WRONG, attack, 3, attack, Fix(attack, f"{attack}\n{attack}"))
    diagnosis = replace(question.diagnosis, verdict=attack, findings=(finding,))
    batch = replace(question.batch, source=attack, notes=(attack,))
    inspection = replace(
        question,
        batch=batch,
        diagnosis=diagnosis,
        model_name=attack,
        raises=Failure(attack, attack),
        metrics={attack: "masked"},
    )
    html = inspection.to_html(date=attack)
    found = Reading(html)
    assert len([1 for attrs, _ in found.scripts if "type" not in attrs]) == 3
    assert "<script>alert" not in html
    assert "\x00" not in html and "\u202e" not in html
    html.encode("utf-8")
    block = found.block("inspection")
    assert isinstance(block, dict) and block["findings"][0]["message"] == attack


def test_the_digests_of_a_model_stand_in_the_page(question: Inspection) -> None:
    html = replace(question, model_digests=ModelDigests("abc123", "def456")).to_html(date=DATE)
    assert "model configuration" in html and "abc123" in html and "def456" in html
    assert "model configuration" not in question.to_html(date=DATE)


def test_json_in_a_script_element_means_the_same() -> None:
    value = {"a": "</script><!-- & \u2028 \ud800 é"}
    text = json_block(value)
    assert not set("<>&") & set(text) and text.isascii()
    assert json.loads(text) == value
    assert json.loads(embeddable('"<\u2029>"')) == "<\u2029>"


def test_a_table_is_escaped_and_numbers_stand_right() -> None:
    table = pd.DataFrame(
        {"<i>": ["<b>", None], "n": [1.25, float("nan")], "yes": [True, False], "line": [1, 2]}
    )
    table["maybe"] = pd.array([1, None], dtype="Int64")
    html = table_html(table)
    assert "&lt;i&gt;" in html and "&lt;b&gt;" in html and "<b>" not in html
    assert '<td class="number">1.25' in html and "nan" not in html
    assert "<td>yes</td>" in html and "<NA>" not in html and "None" not in html


def test_a_long_table_is_cut_and_its_file_is_not() -> None:
    table = pd.DataFrame({"n": range(MOST_ROWS + 50)})
    html = folded_table(table, "numbers")
    assert html.count("<tr>") == MOST_ROWS + 1
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 50} rows." in html
    found = re.search(r"base64,([^\"]+)", html)
    assert found is not None
    lines = base64.b64decode(found[1]).decode("utf-8-sig").splitlines()
    assert len(lines) == MOST_ROWS + 51


def test_a_huge_table_has_no_file() -> None:
    html = folded_table(pd.DataFrame({"n": ["x" * 1000] * 2000}), "numbers")
    assert "base64" not in html and "too large for a report" in html
