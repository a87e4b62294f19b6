"""Text, HTML, tables, diagram and phrases."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest

from inspector.core.diagnosis.causes import Cause, Stop
from inspector.core.diagnosis.findings import Severity
from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, Divisor
from inspector.core.trace import MaskState, Outcome
from inspector.views import phrases
from inspector.views.diagram import diagram_alt, mermaid
from inspector.views.html import fragment
from inspector.views.tables import findings_table, steps_table
from inspector.views.text import WIDTH, render
from tests.views import made


class Tags(HTMLParser):
    """Collects tags and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("br",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("words", "members"),
    [
        (phrases.OUTCOMES, Outcome),
        (phrases.OUTCOME_MEANINGS, Outcome),
        (phrases.DIVISORS, Divisor),
        (phrases.AVERAGES, AverageName),
        (phrases.MASK_STATES, MaskState),
        (phrases.SEVERITIES, Severity),
    ],
    ids=["outcomes", "meanings", "divisors", "averages", "states", "severities"],
)
def test_every_member_has_words(words: dict, members: type) -> None:
    assert set(words) == set(members)
    assert all(words.values())


@pytest.mark.parametrize("cause", list(Cause), ids=lambda cause: cause.value)
def test_every_cause_makes_a_sentence(cause: Cause) -> None:
    stop = Stop("layer", cause, "layer")
    said = f"{phrases.stop_title(stop, Outcome.LOST)}: {phrases.stop_reason(stop)}."
    assert "layer" in said and ".." not in said and "  " not in said
    assert "to blame: inner" in phrases.stop_reason(Stop("layer", cause, "inner"))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (Cause.MASK_MISALIGNED, "The mask at the loss is wrong: it belongs to other timesteps"),
        (Cause.MASK_WRONG_RANK, "The mask at the loss is wrong: it has a shape that does not fit"),
        (Cause.NO_MASK_CREATED, "There is no mask: nothing in the model makes a mask"),
    ],
)
def test_a_fault_at_no_layer_is_told_from_a_mask_that_is_missing(cause: Cause, said: str) -> None:
    stop = Stop(None, cause, None)
    assert f"{phrases.stop_title(stop, None)}: {phrases.stop_reason(stop)}".startswith(said)


def test_the_glossary_explains_the_words_of_the_figures() -> None:
    for word in ("valid", "padding", "mask", "target_valid", "stop", "leak", "Keras value"):
        assert phrases.GLOSSARY[word].endswith(".")
    for name in phrases.AVERAGES.values():
        assert name in phrases.GLOSSARY


@pytest.mark.parametrize(
    ("inspection", "said"),
    [
        (made.the_question(), "No mask reaches the loss: padding counts in it, with 30 %"),
        (made.a_right_model(), "The right mask reaches the loss: padding does not count in it."),
        (made.a_classifier(), "The output has no time axis"),
        (made.a_wrong_mask(), "A wrong mask reaches the loss"),
    ],
    ids=["question", "right", "classifier", "wrong mask"],
)
def test_what_reaches_the_loss(inspection: Inspection, said: str) -> None:
    found = phrases.at_loss(inspection.trace, inspection.losses)
    assert found.replace("\N{NO-BREAK SPACE}", " ").startswith(said)


def test_the_terminal_shows_the_whole_answer(question: Inspection) -> None:
    lines = render(question).splitlines()
    assert lines[0] == question.diagnosis.verdict
    stop = next(at for at, line in enumerate(lines) if line.startswith("  >>> "))
    assert "The mask stops at encoder" in lines[stop]
    assert lines[stop - 2].split()[2:7] == ["×", "×", "o", "o", "o"]
    assert lines[stop + 1].startswith("  encoder (LSTM)") and " = " in lines[stop + 1]
    assert any(re.match(r"  mean over all +1\.040 = sum of all losses", line) for line in lines)
    assert any("[wrong] Padding has 30 % of the weight" in line for line in lines)


def test_the_terminal_keeps_its_width(any_inspection: Inspection) -> None:
    text = render(any_inspection)
    for line in text.splitlines():
        drawn = [mark for mark in line if unicodedata.category(mark) not in ("Mn", "Cf")]
        assert len(drawn) <= WIDTH
    assert "\x1b" not in text and "\u202e" not in text
    text.encode("utf-8")


def test_html_is_whole_and_escaped(any_inspection: Inspection) -> None:
    html = fragment(any_inspection)
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert not tags.open
    assert tags.seen <= {"div", "style", "p", "b", "ol", "li", "br", "pre", "span", "code",
                          "figure", "figcaption", "svg", "g", "path", "text",
                         "tspan"}  # fmt: skip
    assert tags.attributes <= {"class", "width", "height", "viewbox", "role", "aria-label", "d",
                               "x", "y", "dx", "style"}  # fmt: skip
    assert "url(" not in html and "@import" not in html, "nothing is fetched"
    html.encode("utf-8")


def test_a_notebook_draws_both_maps(question: Inspection) -> None:
    masks, losses = re.findall(r"<figure>.*?</figure>", fragment(question))
    assert "The mask stops at encoder" in masks
    assert "Mask map of 5 calls on 2 rows of 5 timesteps." in masks
    kept, masked, unmasked = (
        sum(path.count("M") for path in re.findall(rf'class="{kind}" d="([^"]*)"', masks))
        for kind in "kmn"
    )
    assert (kept, masked, unmasked) == (14, 6, 20), "input and masking; two bands without a mask"
    assert masks.count("no time axis") == 2
    cells = re.findall(r'class="(s\d|t)" d="([^"]*)"', losses.split('class="y"')[0])
    assert sum(path.count("M") for kind, path in cells if kind == "t") == 3, "padding is grey"


def test_a_notebook_gets_the_first_rows_and_timesteps_of_a_large_batch() -> None:
    html = fragment(made.forty_layers())
    assert "of 32 rows and the first 40 of 128 timesteps." in html
    assert len(html) < 100_000


def test_the_diagram_draws_the_path_of_the_mask(question: Inspection) -> None:
    lines = [line.strip() for line in mermaid(question).splitlines()]
    assert lines[0] == "flowchart TD"
    for line in ("start -.-> n0", "n0 ==> n1", "n1 -.-> n2", "n4 -.-> finish"):
        assert line in lines
    assert any(line.startswith('n1["encoder<br/>LSTM<br/>') and "lost" in line for line in lines)
    assert "classDef lost stroke:#D55E00,stroke-width:4px" in lines
    right = mermaid(made.a_right_model())
    assert right.count("==>") == 3 and right.count("-.->") == 1


def test_a_diagram_holds_only_lines_of_its_own(any_inspection: Inspection) -> None:
    node = r"(start|finish|gap|n\d+)"
    shape = r'(\["[^"\n<>`]*(<br/>[^"\n<>`]*)*"\](:::\w+)?|\(\["[^"\n<>`]*(<br/>[^"\n<>`]*)*"\]\))'
    allowed = re.compile(
        rf"  {node}{shape}|  {node} (==>|-\.->) {node}|  classDef \w+ [\w#:,.\- ]+"
    )
    for line in mermaid(any_inspection).splitlines()[1:]:
        assert allowed.fullmatch(line), line
        assert "%%" not in line


def test_a_nested_model_is_one_box() -> None:
    text = mermaid(made.nested_model())
    assert "Block, 2 calls inside" in text and "scale" not in text


def test_a_long_chain_leaves_out_its_middle() -> None:
    text = mermaid(made.a_right_model(layers=399))
    assert text.count("]:::") == 160 and "240 more calls" in text
    assert text.count("gap[") == 1 and "==> gap" in text and "gap ==>" in text


def test_the_alt_text_of_the_diagram(question: Inspection) -> None:
    alt = diagram_alt(question)
    assert "masking creates the mask, encoder loses the mask" in alt and alt.endswith(".")


def test_findings_as_a_table(question: Inspection) -> None:
    table = findings_table(question)
    assert table["severity"].tolist() == ["wrong"] and table["line"].tolist() == [3]
    assert table["code"].tolist() == ["model.compile(loss=masked_loss)"]
    assert findings_table(made.a_right_model()).empty


def test_calls_as_a_table(any_inspection: Inspection) -> None:
    table = steps_table(any_inspection)
    assert len(table) == len(any_inspection.trace.steps)
    text = table.to_csv(index=False)
    text.encode("utf-8")
    assert not re.search(r'(^|,)"?[=+@]', text, re.MULTILINE)


def test_states_of_masks_in_words(question: Inspection) -> None:
    table = steps_table(question).set_index("layer")
    assert table.loc["encoder", "mask received"] == "right"
    assert table.loc["encoder", "mask handed on"] == "no time axis"
    assert table.loc["decoder", "mask handed on"] == "no mask"
