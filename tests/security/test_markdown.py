"""Text of others becomes Markdown in one way only: escaped. The law, read from the code itself."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from inspector.views.markdown import Markdown, code, literal, markdown, markdown_table, small
from inspector.views.tokens import plain, plain_code
from tests.hostile import MARKDOWN

UI = Path(__file__).resolve().parents[2] / "inspector" / "ui"
SAFE = {"markdown", "literal", "code", "small", "markdown_table", "plain", "plain_code"}
"""Functions that make text safe, each for its own kind of place."""
DRAWN = {"listing", "averages_html", "mermaid"}
"""Functions that escape for the format that they write; the tests of the views hold them to it."""

READS_MARKDOWN = {
    "label": ("markdown", "literal", "code", "small"),
    "body": ("markdown", "literal", "code", "small"),
    "help": ("markdown",),
    "text": ("markdown", "literal"),
    "data": ("markdown_table", "overview_table"),
    "format_func": ("markdown",),
}
HARMLESS = {
    *("action", "border", "default", "delta", "disabled", "gap", "height", "icon", "index"),
    *("key", "kwargs", "args", "max_chars", "max_upload_size", "max_value", "min_value"),
    *("on_change", "on_click", "options", "shortcut", "step", "type", "value", "width", "bind"),
    *(
        "selection_mode",
        "label_visibility",
        "live",
        "required",
        "format",
        "horizontal",
        "query_params",
    ),
    *("hide_index", "anchor", "language", "config", "theme", "expanded", "use_container_width"),
    *("vertical_alignment", "horizontal_alignment", "file_name", "mime", "figure_or_data", "page"),
}
NO_TEXT = {
    *("cache_resource", "columns", "component", "container", "empty", "fragment", "navigation"),
    *("rerun", "skeleton", "stop", "switch_page", "clear", "pop", "setdefault", "get", "to_dict"),
    *("update", "set_page_config", "Page"),
}
"""Calls of Streamlit that show no text of others: labels of pages are literals of the router."""


def as_read(shown: str) -> str:
    """What a reader sees of escaped text: backslashes and joiners are not there."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown).replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN)
def test_hostile_text_reads_as_it_is(text: str) -> None:
    assert as_read(literal(text)).split() == plain(text).split()
    literal(text).encode("utf-8")
    assert "\n" not in markdown(text)
    assert markdown(markdown(text)) is not None


@given(some.text())
def test_no_text_has_a_mark_that_is_read(text: str) -> None:
    shown = literal(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]{}<>#|~$&]", shown)
    assert not re.search(r":material/|https?:|www\.|:[\w+-]+:|@\w", shown)
    assert as_read(shown).strip() == plain(text).replace("\N{WORD JOINER}", "").strip()


@given(some.text("`a \\[", max_size=12))
def test_no_text_leaves_its_code_span(text: str) -> None:
    shown = code(text)
    fence = re.match("`+", shown)[0]
    assert shown.endswith(fence)
    inner = shown[len(fence) : -len(fence)]
    assert fence not in [run for run in re.findall("`+", inner)]
    assert (plain(text) or "∅") in inner


@given(some.text("`a*[] ", max_size=20))
def test_of_a_sentence_only_its_code_is_read(text: str) -> None:
    outside = re.sub(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", markdown(text))
    assert not re.search(r"(?<!\\)(?:\\\\)*[*\[\]]", outside)


def test_what_is_put_into_markdown_is_escaped_once() -> None:
    bold = Markdown("**{}** {n:,} {name}")
    assert bold.format("[a](b)", n=1234, name=code("`")) == r"**\[a\](b)** 1,234 `` ` ``"
    assert "*a*" + Markdown("*b*") + "*c*" == r"\*a\**b*\*c\*"
    assert Markdown("\n").join(["*", Markdown("*")]) == "\\*\n*"
    assert isinstance("a" + Markdown("b"), Markdown)
    assert markdown(Markdown("*a*")) == "*a*"


@pytest.mark.parametrize("token", ["[", "]", "]["])
def test_a_bracket_in_code_does_not_end_small_text_too_early(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert small(text) == text


@pytest.mark.parametrize("token", ["#", "[PAD]", "`` ` ``"])
def test_all_other_text_is_small(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert small(text) == f":small[{markdown(text)}]"


def test_every_text_of_a_table_is_escaped() -> None:
    table = markdown_table(pd.DataFrame({"[a](b)": ["*", 1]}))
    assert list(table.columns) == [r"\[a\](b)"] and list(table.iloc[:, 0]) == [r"\*", 1]


def test_code_keeps_its_lines_and_tabs() -> None:
    assert plain_code("if a:\n\tb\x1b\ud800") == "if a:\n\tb\N{REPLACEMENT CHARACTER}\ufffd"


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(UI.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_constant(node: ast.expr) -> bool:
    """Text of our own: a literal, or a constant of a module, which holds literals."""
    if isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Constant) or bool(re.fullmatch("_?[A-Z][A-Z0-9_]*", name_of(node)))


def is_safe(node: ast.expr, makers: set[str]) -> bool:
    if isinstance(node, ast.IfExp):
        return is_safe(node.body, makers) and is_safe(node.orelse, makers)
    if isinstance(node, ast.Lambda):
        return is_safe(node.body, makers)
    return is_constant(node) or (isinstance(node, ast.Call) and name_of(node.func) in makers)


PLAIN = {"alt": {"plain"}, "placeholder": {"plain"}}
OF_METHOD = {
    "text": {"body": {"plain", "plain_code"}},
    "code": {"body": {"plain_code"}},
    "html": {"body": {"listing", "averages_html"}},
    "latex": {"body": set()},
    "mermaid_chart": {"body": {"mermaid"}, "source": {"mermaid"}},
    "dataframe": {"data": None},
    "download_button": {"data": None},
    "selectbox": {"format_func": {"plain"}},
    "plotly_chart": {},
}
FORMULA = "strategy.formula"
"""LaTeX of the catalogue of strategies; a strategy of the user's own has one of ours."""


def faults_of(call: ast.Call) -> Iterator[str]:
    method = name_of(call.func)
    signature = inspect.signature(getattr(st, method)).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in signature):
        yield f"{method} takes anything, and reads it as Markdown"
    parameters = [parameter.name for parameter in signature]
    pairs = list(zip(parameters, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            if not is_constant(keyword.value):
                yield f"**{ast.unparse(keyword.value)}"
        else:
            pairs.append((keyword.arg, keyword.value))
    for name, value in pairs:
        if name in HARMLESS:
            continue
        makers = {**READS_MARKDOWN, **PLAIN, **OF_METHOD.get(method, {})}.get(name, ())
        if makers is None or ast.unparse(value) == FORMULA:
            continue
        if not is_safe(value, set(makers)):
            yield f"{name}={ast.unparse(value)}"


def calls_of_streamlit(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of a method that Streamlit has, of `st` or of a place on the page."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            # `map` is of pandas: there are no maps of the world here.
            method = node.func.attr
            if method.startswith("_") or method == "map" or owner in ("ast", "json", "re", "time"):
                continue
            if callable(getattr(st, method, None)):
                yield node


def test_every_text_that_a_page_shows_is_escaped() -> None:
    faults = []
    for path, tree in modules():
        for call in calls_of_streamlit(tree):
            if call.func.attr in NO_TEXT:
                continue
            faults += [f"{path.name}:{call.lineno}: {fault}" for fault in faults_of(call)]
    assert not faults, "\n".join(faults)


SLIPS = (
    'st.error(f"Not {name}")',
    "place.markdown(text)",
    "st.button(text)",
    "st.info(TEXT if good else text)",
    'st.selectbox("Model", names, help=text)',
    'st.pills("Which", names, format_func=labels.__getitem__)',
    "st.table(table)",
    "st.code(text)",
    "st.html(text)",
    'st.text_input("Name", placeholder=text)',
    'st.text_input("Name", **options)',
    "st.metric(text, 1)",
    "st.toast(text)",
    "st.tabs(names)",
    "st.badge(text)",
    "st.write(text)",
)


@pytest.mark.parametrize("slip", SLIPS)
def test_the_law_sees_a_text_that_is_not_escaped(slip: str) -> None:
    (call,) = calls_of_streamlit(ast.parse(slip))
    assert call.func.attr not in NO_TEXT and list(faults_of(call))


def test_only_literals_are_called_markdown() -> None:
    faults = []
    for path in sorted(UI.parent.rglob("*.py")):
        if path.name == "markdown.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) == "Markdown":
                parts = [
                    part.value if isinstance(part, ast.FormattedValue) else part
                    for text in node.args
                    for part in (text.values if isinstance(text, ast.JoinedStr) else [text])
                ]
                if node.keywords or not all(
                    is_constant(ast.Name(name_of(part).lstrip("_")) if name_of(part) else part)
                    for part in parts
                ):
                    faults.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    assert not faults, "\n".join(faults)
