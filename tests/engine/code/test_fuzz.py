"""Whatever is pasted: a model or one of our errors, in bounded time."""

import ast
import time
import warnings

from hypothesis import given, settings
from hypothesis import strategies as st

import inspector
from inspector.errors import InspectorError
from tests.engine.code.sources import BAD, GOOD, PLAIN

SOURCES = [case.source for case in GOOD]
SOURCES += [case.source for case in BAD if isinstance(case.source, str) and len(case.source) < 2000]
TOKENS = (
    "( ) [ ] { } , : = == . * ** - + / // % @ -> := ' \" \\ \n \t # 0 1 -1 10**9 1e400 None True "
    "lambda def for in if else while with try class return yield import from as del global not "
    "model Input Dense LSTM Embedding x i layers ops K tf np keras __class__ _x eval open range "
    "len Sequential Model compile fit shape units return_sequences=True é \x00 \ud800 \u2028 ０"
).split(" ")
PIECES = sorted({line for text in SOURCES for line in text.splitlines()})
EXTREMES = (
    "0 -1 1.5 10**9 -10**9 '' 'x' None True [] {} () [[]] ... 1e308 float('nan') float('inf') "
    "range(10**9) [0]*10**5 ops.zeros ops.ones((3,2)) layers.LSTM(2) layers keras np lambda:0 "
    "(None,None) (0,) {'a':layers} np.zeros((10**6,10**6)) model Model Sequential()"
).split()
LIMITS = inspector.CodeLimits(steps=20_000, layers=40, parameters=200_000, values=10**7, seconds=4)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good or bad source with pieces deleted, doubled, moved or replaced."""
    text = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(
            st.one_of(
                st.just(""),
                st.sampled_from(TOKENS),
                st.just(text[start:end] * 2),
                st.text(max_size=3),
                st.sampled_from(PIECES),
            )
        )
        text = text[:start] + piece + text[end:]
    return text


@st.composite
def lines_shuffled(draw: st.DrawFn) -> str:
    """Lines of several sources in any order."""
    lines = [
        line
        for text in draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3))
        for line in text.splitlines()
    ]
    kept = draw(st.lists(st.sampled_from(lines), max_size=12)) if lines else []
    return "\n".join(kept)


def _expressions(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Where expressions stand in a tree: parent, field, and index in a list."""
    found: list[tuple[ast.AST, str, int | None]] = []
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if isinstance(value, ast.expr) and field not in ("target", "format_spec"):
                found.append((parent, field, None))
            if isinstance(value, list) and field in ("args", "elts", "values", "comparators"):
                found += [
                    (parent, field, i) for i, v in enumerate(value) if isinstance(v, ast.expr)
                ]
    return found


def _parts() -> list[str]:
    trees = [ast.parse(case.source) for case in PLAIN]
    texts = {
        ast.unparse(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        and not any(isinstance(inner, (ast.Starred, ast.Slice)) for inner in ast.walk(node))
    }
    return sorted(text for text in texts if len(text) < 60) + EXTREMES


PARTS = _parts()


@st.composite
def exchanged(draw: st.DrawFn) -> str:
    """A good source in which expressions are exchanged: it still parses, and means nonsense."""
    tree = ast.parse(draw(st.sampled_from([case.source for case in PLAIN])))
    for _ in range(draw(st.integers(1, 3))):
        parent, field, index = draw(st.sampled_from(_expressions(tree)))
        new = ast.parse(draw(st.sampled_from(PARTS)), mode="eval").body
        if index is None:
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index] = new
    try:
        return ast.unparse(tree)
    except (ValueError, AttributeError):
        return ""


def _read(text: str) -> None:
    start = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = inspector.model_from_code(text, limits=LIMITS).model
        assert model.built
    except InspectorError as error:
        assert str(error)
        line = getattr(error, "line", None)
        assert line is None or line >= 1
    # Generous: a limit that does not hold would take minutes.
    assert time.monotonic() - start < 30


@settings(max_examples=250)
@given(mutated())
def test_a_mutated_source_is_read_or_refused(text: str) -> None:
    _read(text)


@settings(max_examples=120)
@given(lines_shuffled())
def test_lines_in_any_order_are_read_or_refused(text: str) -> None:
    _read(text)


@settings(max_examples=200)
@given(exchanged())
def test_nonsense_that_parses_is_read_or_refused(text: str) -> None:
    _read(text)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read(text)
