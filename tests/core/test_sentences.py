"""Typed sentences become batches."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, PaddingSide, SentenceChoices, TargetKind, TokenKind
from inspector.core.text.sentences import batch_from_choices, batch_from_sentences
from inspector.errors import BatchError, InspectorError, LimitError

A, B, PAD, ZERO = [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]


def choices(text: str, **changes: Any) -> SentenceChoices:
    return replace(SentenceChoices(text=text), **changes)


def rows(batch: Batch) -> list[str]:
    assert batch.tokens is not None
    return ["".join(row) for row in batch.tokens]


def test_the_batch_of_the_question() -> None:
    batch = batch_from_choices(SentenceChoices())
    np.testing.assert_array_equal(batch.x, [[ZERO, ZERO, A, B, B], [ZERO, B, A, B, B]])
    np.testing.assert_array_equal(batch.y, [[PAD, PAD, A, B, B], [PAD, B, A, B, B]])
    np.testing.assert_array_equal(batch.valid, [[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]])
    np.testing.assert_array_equal(batch.target_valid, batch.valid)
    assert batch.vocabulary == batch.target_vocabulary == ("a", "b", "#")
    assert batch.notes[0] == ("Every `#` is padding: 3 of 10 timesteps, at the start of 2 rows.")


def test_padding_as_a_class_of_its_own_in_x() -> None:
    batch = batch_from_choices(choices("#a", encoding=Encoding.ONE_HOT_PADDING_CLASS))
    np.testing.assert_array_equal(batch.x, [[[0, 1], [1, 0]]])
    np.testing.assert_array_equal(batch.y, batch.x)


def test_ids_have_0_for_padding_in_x_and_y() -> None:
    batch = batch_from_choices(choices("##abb\n#babb", encoding=Encoding.IDS))
    np.testing.assert_array_equal(batch.x, [[0, 0, 1, 2, 2], [0, 2, 1, 2, 2]])
    np.testing.assert_array_equal(batch.y, batch.x)
    assert batch.vocabulary == ("#", "a", "b")


SIDES = {
    "before": (PaddingSide.BEFORE, ["##a", "abc"]),
    "after": (PaddingSide.AFTER, ["a##", "abc"]),
    "as typed": (PaddingSide.AS_TYPED, ["a##", "abc"]),
}


@pytest.mark.parametrize(("side", "expected"), SIDES.values(), ids=SIDES)
def test_shorter_lines_are_filled_and_the_notes_say_so(
    side: PaddingSide, expected: list[str]
) -> None:
    batch = batch_from_choices(choices("a\nabc", side=side))
    assert rows(batch) == expected
    np.testing.assert_array_equal(
        batch.valid, [[token != "#" for token in row] for row in expected]
    )
    note = next(note for note in batch.notes if "filled" in note)
    assert "1 to 3 timesteps" in note
    assert ("no side was chosen" in note) == (side is PaddingSide.AS_TYPED)


PLACES = {
    "start": ("#a", "at the start of 1 row."),
    "end": ("a#", "at the end of 1 row."),
    "inside": ("a#b", "between real tokens of 1 row."),
    "both ends": ("#a#", "at the start of 1 row, at the end of 1 row."),
    "everywhere": ("##", "everywhere in 1 row."),
    "everywhere and start": ("##\n#a", "at the start of 1 row, everywhere in 1 row."),
    "nowhere": ("ab", "The padding `#` does not occur: all 2 timesteps are real."),
    "nowhere in one": ("a", "The padding `#` does not occur: the only timestep is real."),
    "in one": ("#", "Every `#` is padding: 1 of 1 timestep, everywhere in 1 row."),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_notes_say_where_padding_is(text: str, expected: str) -> None:
    assert batch_from_choices(choices(text)).notes[0].endswith(expected)


@pytest.mark.parametrize(
    ("padding", "named"),
    [(" ", "Every space is"), ("\u3000", "Every ideographic space is"), ("`", "Every `` ` `` is")],
)
def test_padding_that_would_not_show_is_named(padding: str, named: str) -> None:
    batch = batch_from_choices(choices(f"{padding}a\nab", padding_char=padding))
    assert batch.notes[0].startswith(named)


def test_words_are_tokens_and_padding_may_be_a_word() -> None:
    batch = batch_from_choices(
        choices("<pad> good  film\nbad", tokens=TokenKind.WORD, padding_char="<pad>")
    )
    assert batch.tokens == (("<pad>", "good", "film"), ("bad", "<pad>", "<pad>"))
    np.testing.assert_array_equal(batch.valid, [[0, 1, 1], [1, 0, 0]])


def test_next_token_is_real_only_between_two_real_timesteps() -> None:
    batch = batch_from_choices(
        choices("##abb\na#bb#", targets=TargetKind.NEXT_TOKEN, encoding=Encoding.IDS)
    )
    np.testing.assert_array_equal(batch.y, [[0, 0, 2, 2, 0], [0, 0, 2, 0, 0]])
    np.testing.assert_array_equal(batch.target_valid, [[0, 0, 1, 1, 0], [0, 0, 1, 0, 0]])
    assert batch.target_tokens == (("#", "#", "b", "b", "#"), ("#", "#", "b", "#", "#"))


def test_typed_targets_have_their_own_length_padding_and_vocabulary() -> None:
    batch = batch_from_choices(
        choices("##abb\n#babb", targets=TargetKind.TYPED, target_text="xy\nxyz#\n")
    )
    assert batch.target_tokens == (("x", "y", "#", "#"), ("x", "y", "z", "#"))
    np.testing.assert_array_equal(batch.target_valid, [[1, 1, 0, 0], [1, 1, 1, 0]])
    assert batch.target_vocabulary == ("x", "y", "z", "#")
    assert np.shape(batch.y) == (2, 4, 4)
    assert batch.timesteps == 5


LABELS = {
    "typed words": ("good\nbad", ("bad", "good"), [1, 0]),
    "integers by value": ("10\n9", ("9", "10"), [1, 0]),
    "not quite integers": ("--1\n10", ("--1", "10"), [0, 1]),
    "derived": ("", ("a", "b"), [0, 1]),
}


@pytest.mark.parametrize(("typed", "classes", "ids"), LABELS.values(), ids=LABELS)
def test_labels(typed: str, classes: tuple[str, ...], ids: list[int]) -> None:
    made = choices("#ab\nba#", targets=TargetKind.LABEL, target_text=typed, encoding=Encoding.IDS)
    batch = batch_from_choices(made)
    assert batch.target_vocabulary == classes
    assert batch.target_valid is None
    np.testing.assert_array_equal(batch.y, ids)
    vectors = batch_from_choices(replace(made, encoding=Encoding.ONE_HOT)).y
    np.testing.assert_array_equal(vectors, np.eye(len(classes))[ids])


def test_a_derived_label_of_nothing_but_padding_is_the_padding() -> None:
    batch = batch_from_choices(choices("a\n#", targets=TargetKind.LABEL))
    assert batch.target_vocabulary == ("#", "a")


EDGES = {
    "only padding": ("###\n###", (2, 3, 1)),
    "one row": ("abc", (1, 3, 4)),
    "one timestep": ("a\n#", (2, 1, 2)),
    "lone surrogate": ("a\ud800", (1, 2, 3)),
    "null character": ("a\x00#", (1, 3, 3)),
    "windows line ends": ("ab\r\n#b\r\n", (2, 2, 3)),
    "blank lines": ("\nab\n\n  \n#b\n\n", (2, 2, 3)),
    "byte order mark": ("\ufeffab", (1, 2, 3)),
    "emoji": ("👩‍👩‍👧a\n🇩🇪#", (2, 2, 4)),
    "separator inside a line": ("a\u2028b", (1, 3, 4)),
    "vocabulary of 5,000": ("".join(chr(0x4E00 + i) for i in range(5000)), (1, 5000, 5001)),
}


@pytest.mark.parametrize(("text", "shape"), EDGES.values(), ids=EDGES)
def test_odd_but_correct_input(text: str, shape: tuple[int, ...]) -> None:
    batch = batch_from_choices(choices(text))
    assert np.shape(batch.x) == shape


def test_a_lone_surrogate_is_replaced_and_noted() -> None:
    batch = batch_from_choices(choices("a\ud800"))
    assert batch.tokens == (("a", "\ufffd"),)
    assert any("1 lone surrogate" in note for note in batch.notes)


def test_spaces_may_be_padding() -> None:
    batch = batch_from_choices(choices("  a\n   \nbab", padding_char=" "))
    np.testing.assert_array_equal(batch.valid, [[0, 0, 1], [0, 0, 0], [1, 1, 1]])


def test_the_vocabulary_does_not_depend_on_the_order_of_typing() -> None:
    first = batch_from_choices(choices("abc#"))
    second = batch_from_choices(choices("c#ba\ncccc"))
    assert first.vocabulary == second.vocabulary == ("a", "b", "c", "#")


TYPED = {"targets": TargetKind.TYPED}
BAD: dict[str, tuple[SentenceChoices, str]] = {
    "empty": (choices(""), "no sentences.*at least one line"),
    "blank": (choices(" \n\n"), "no sentences"),
    "no padding character": (choices("a", padding_char=""), "padding character is empty"),
    "two padding characters": (choices("a", padding_char="##"), "`##`.*exactly one character"),
    "padding words": (choices("a", padding_char="a b", tokens=TokenKind.WORD), "one word"),
    "no typed targets": (choices("a", **TYPED), "0 target sentences for 1 sentence"),
    "too few typed targets": (
        choices("a\nb", target_text="a", **TYPED),
        "is 1 target sentence for 2",
    ),
    "too many labels": (
        choices("a", targets=TargetKind.LABEL, target_text="x\ny"),
        "are 2 labels for 1 sentence",
    ),
}


@pytest.mark.parametrize(("made", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_explained(made: SentenceChoices, message: str) -> None:
    with pytest.raises(BatchError, match=message) as caught:
        batch_from_choices(made)
    assert caught.value.expected


LARGE = {
    "100,000 characters": (choices("a" * 100_000), "100,000 timesteps.*8,192"),
    "100,000 rows": (choices("a\n" * 100_000), "100,000 sentences.*16,384"),
    "cells": (choices("a" * 8_000 + "\na" * 20), "168,000 cells.*65,536"),
    "characters": (choices("a" * 2_000_000), "2,000,000 characters"),
    "one-hot vectors": (
        choices(
            "\n".join("".join(chr(0x4E00 + r * 500 + i) for i in range(500)) for r in range(20))
        ),
        "10,001 different tokens.*Choose integer ids",
    ),
}


@pytest.mark.parametrize(("made", "message"), LARGE.values(), ids=LARGE)
def test_limits_are_stated(made: SentenceChoices, message: str) -> None:
    with pytest.raises(LimitError, match=re.compile(message, re.DOTALL)):
        batch_from_choices(made)


def test_the_public_function_takes_lists_text_kinds_and_labels() -> None:
    np.testing.assert_array_equal(batch_from_sentences("ab\n#b").valid, [[1, 1], [0, 1]])
    typed = batch_from_sentences(["ab", "b"], ["x", "yz"], side="before", encoding="ids")
    np.testing.assert_array_equal(typed.target_valid, [[0, 1], [1, 1]])
    labels = batch_from_sentences(["ab", "b"], [1, 0], encoding="ids")
    np.testing.assert_array_equal(labels.y, [1, 0])
    shifted = batch_from_sentences(["ab"], TargetKind.NEXT_TOKEN, encoding="ids")
    np.testing.assert_array_equal(shifted.y, [[2, 0]])
    assert batch_from_sentences(["ab", ""]).valid.sum() == 2


def test_the_public_function_explains_wrong_arguments() -> None:
    with pytest.raises(BatchError, match="`side` is 'left'.*`before`"):
        batch_from_sentences(["a"], side="left")
    with pytest.raises(BatchError, match="`targets` is the string"):
        batch_from_sentences(["a"], "next")
    with pytest.raises(BatchError, match="not strings"):
        batch_from_sentences([1, 2])  # type: ignore[list-item]


@given(
    text=st.text(alphabet=st.sampled_from("ab#\n é\u0301👍🏽\ud800"), max_size=30),
    padding=st.sampled_from(["#", " ", "a", "é"]),
    side=st.sampled_from(PaddingSide),
    tokens=st.sampled_from(TokenKind),
    targets=st.sampled_from(TargetKind),
    encoding=st.sampled_from(Encoding),
)
def test_any_text_is_a_consistent_batch_or_a_clear_error(
    text: str,
    padding: str,
    side: PaddingSide,
    tokens: TokenKind,
    targets: TargetKind,
    encoding: Encoding,
) -> None:
    made = SentenceChoices(text, padding, side, tokens, targets, text, encoding)
    try:
        batch = batch_from_choices(made)
    except InspectorError as error:
        assert error.got and error.expected
        return
    assert batch.tokens is not None
    assert [[token != padding for token in row] for row in batch.tokens] == batch.valid.tolist()
    x = np.asarray(batch.x)
    if encoding is Encoding.IDS:
        np.testing.assert_array_equal(x != 0, batch.valid)
    elif encoding is Encoding.ONE_HOT:
        np.testing.assert_array_equal(x.any(axis=-1), batch.valid)
    else:
        np.testing.assert_array_equal(x.sum(axis=-1), np.ones(batch.valid.shape))
    if batch.target_valid is not None:
        y = np.asarray(batch.y)
        ids = y if encoding is Encoding.IDS else y.argmax(axis=-1)
        padding_class = 0 if encoding is Encoding.IDS else y.shape[-1] - 1
        np.testing.assert_array_equal(ids != padding_class, batch.target_valid)
