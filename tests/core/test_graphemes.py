"""User-perceived characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.text.tokens import graphemes, replace_surrogates

CASES = {
    "ascii": ("##abb", ["#", "#", "a", "b", "b"]),
    "empty": ("", []),
    "combining accent": ("e\u0301a", ["e\u0301", "a"]),
    "skin tone": ("👍🏽a", ["👍🏽", "a"]),
    "family joined": ("👩‍👩‍👧b", ["👩‍👩‍👧", "b"]),
    "two flags": ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
    "one and a half flags": ("🇩🇪🇫", ["🇩🇪", "🇫"]),
    "keycap": ("1\ufe0f\u20e32", ["1\ufe0f\u20e3", "2"]),
    "hangul jamo": (
        "\u1112\u1161\u11ab\u1100\u1173\u11af",
        ["\u1112\u1161\u11ab", "\u1100\u1173\u11af"],
    ),
    "hangul syllables": ("한글", ["한", "글"]),
    "han": ("漢字", ["漢", "字"]),
    "hebrew with points": ("שָׁל", ["שָׁ", "ל"]),
    "hindi conjunct": ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
    "line end of two characters": ("a\r\nb", ["a", "\r\n", "b"]),
    "accent first": ("\u0301a", ["\u0301", "a"]),
    "control then accent": ("\t\u0301", ["\t", "\u0301"]),
    "regional flag": ("🏴\U000e0067\U000e007f.", ["🏴\U000e0067\U000e007f", "."]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_splits_as_a_reader_sees_it(text: str, expected: list[str]) -> None:
    assert graphemes(text) == expected


@given(st.text(alphabet=st.characters()))
def test_nothing_is_lost_or_empty(text: str) -> None:
    clusters = graphemes(text)
    assert "".join(clusters) == text
    assert all(clusters)


def test_a_pile_of_marks_is_cut() -> None:
    clusters = graphemes("a" + "\u0301" * 1000)
    assert max(map(len, clusters)) == 64
    assert sum(map(len, clusters)) == 1001


def test_lone_surrogates_are_replaced_and_counted() -> None:
    assert replace_surrogates("a\ud800b\udfff") == ("a\ufffdb\ufffd", 2)
    assert replace_surrogates("a😀") == ("a😀", 0)
