"""One way to write a number, and no token that breaks a figure or a file."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.views.numbers import amount, number, share
from inspector.views.tokens import clip, escaped, in_cell, label, plain, shown, wrapped


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "undefined"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.0, "0"),
        (1.1, "1.100"),
        (7.0, "7.000"),
        (-0.5, "−0.5000"),
        (12345.6, "12,346"),
        (-9999.96, "−10,000"),
        (1e12, "1.000e12"),
        (1e-9, "1.000e-9"),
        (0.99999, "1.000"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (0.3, "30 %"),
        (1.0, "100 %"),
        (0.0321, "3.2 %"),
        (1e-6, "< 0.1 %"),
        (None, "undefined"),
        (math.nan, "–"),
    ],
)
def test_shares(value: float | None, text: str) -> None:
    assert share(value).replace("\N{NO-BREAK SPACE}", " ") == text


def test_amounts() -> None:
    assert amount(1, "row") == "1 row"
    assert amount(2000, "row") == "2,000 rows"
    assert amount(2, "loss", "losses") == "2 losses"


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("", "∅"),
        (" ", "␣"),
        ("a b", "a␣b"),
        ("\n", "↵"),
        ("\t", "⇥"),
        ("\x00", "\ufffd"),
        ("\ud800", "\ufffd"),
        ("\u202ea", "\ufffda"),
        ("\u0301", "◌\u0301"),
        ("א", "\u2068א\u2069"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("abcdefghij", "abcd…"),
    ],
)
def test_tokens_are_visible(token: str, text: str) -> None:
    assert shown(token, 5) == text


@given(st.text())
def test_nothing_typed_reaches_plotly_as_markup(text: str) -> None:
    for safe in (escaped(text), label(text), *wrapped(text, 20)):
        assert "<" not in safe and ">" not in safe and "$" not in safe
        assert safe.count("&") == sum(
            safe.count(entity) for entity in ("&amp;", "&lt;", "&gt;", "&#36;")
        )


@given(st.text(), st.integers(1, 12))
def test_a_token_is_short_and_can_be_encoded(text: str, limit: int) -> None:
    token = shown(text, limit)
    token.encode("utf-8")
    assert token
    assert not set(token) & set("\n\r\t\0\u202e")


def test_a_pile_of_marks_is_cut() -> None:
    assert len(clip("e" + "\u0301" * 50, 3)) <= 5


@given(st.text())
def test_a_cell_of_a_csv_is_no_formula(text: str) -> None:
    assert in_cell(text).lstrip()[:1] not in {"=", "+", "-", "@"}


def test_a_cell_of_a_csv_stays_as_it_was() -> None:
    assert in_cell("naïve café") == "naïve café"
    assert in_cell("=1+1") == "'=1+1"
    assert plain("a\nb") == "a b"
