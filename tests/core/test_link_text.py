"""Text in a link: what goes in comes out, and nothing else does any harm."""

import base64
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.link_text import MOST_CHARACTERS, MOST_PACKED, packed_text, unpacked_text


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_what_is_packed_is_unpacked(text: str) -> None:
    packed = packed_text(text)
    assert packed is not None and unpacked_text(packed) == text
    assert packed.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=200))
def test_anything_is_read_or_refused(packed: str) -> None:
    text = unpacked_text(packed)
    assert text is None or isinstance(text, str)


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "!!",
        "A",
        _packed(b"a" * 3_000_000),
        _packed(b"a" * (MOST_CHARACTERS + 1)),
        _packed(b"\xff\xfe"),
        _packed("\ud800".encode("utf-8", "surrogatepass")),
        _packed(b"abc")[:-4],
        "A" * (MOST_PACKED + 1),
    ],
    ids=[
        "nothing",
        "no base64",
        "too short",
        "a bomb",
        "too long",
        "no text",
        "half a character",
        "cut",
        "huge",
    ],
)
def test_what_is_damaged_or_huge_is_refused(packed: str) -> None:
    assert unpacked_text(packed) is None


def test_a_text_that_would_not_fit_is_not_packed() -> None:
    noise = "".join(random.Random(0).choices("abcdefghijklmnop", k=30_000))
    assert packed_text(noise) is None
    assert packed_text("a" * 5_000_000) is None
    assert packed_text("x = 1\n" * 3_000) is not None
