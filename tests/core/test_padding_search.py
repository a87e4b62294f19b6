"""Padding is found with its evidence, or asked for; it is never guessed silently."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from inspector.core.padding_search import (
    Certainty,
    MaskerHint,
    PaddingGuess,
    find_padding,
    is_mask,
    is_shifted,
    target_padding,
)

LENGTHS = [4, 9, 6, 7]
VALID = np.arange(9) < np.array(LENGTHS)[:, None]
RNG = np.random.default_rng(0)
IDS = np.where(VALID, RNG.integers(1, 30, VALID.shape), 0)
VECTORS = np.where(VALID[..., None], RNG.random((4, 9, 3)), 0.0)
MASKING = MaskerHint(-1.0, "masking", "mask_value=-1")
EMBEDDING = MaskerHint(0, "embedding", "mask_zero=True")


def _left(array: np.ndarray) -> np.ndarray:
    """The same rows, padded before."""
    return array[:, ::-1]


Guess = Callable[[], PaddingGuess | None]

FOUND: dict[str, tuple[Guess, np.ndarray, Certainty, str]] = {
    "id 0 after": (lambda: find_padding(IDS), VALID, Certainty.ASSUMED, "id 0"),
    "id 0 before": (lambda: find_padding(_left(IDS)), _left(VALID), Certainty.ASSUMED, "id 0"),
    "id 0 that an embedding masks": (
        lambda: find_padding(IDS, [EMBEDDING]),
        VALID,
        Certainty.KNOWN,
        "`embedding` has `mask_zero=True`",
    ),
    "zero vectors": (lambda: find_padding(VECTORS), VALID, Certainty.ASSUMED, "zero vectors"),
    "the value of a Masking": (
        lambda: find_padding(np.where(VALID[..., None], VECTORS, -1), [MASKING]),
        VALID,
        Certainty.KNOWN,
        "the value -1",
    ),
    "zeros behind a Masking of -1": (
        lambda: find_padding(VECTORS, [MASKING]),
        VALID,
        Certainty.ASSUMED,
        "zero vectors",
    ),
    "another id": (
        lambda: find_padding(np.where(VALID, IDS, 39)),
        VALID,
        Certainty.ASKED,
        "runs of 39",
    ),
    "a real class as one-hot": (
        lambda: find_padding(np.eye(31)[np.where(VALID, IDS, 30)]),
        VALID,
        Certainty.ASKED,
        r"class 30 \(one-hot\)",
    ),
    "another value in vectors": (
        lambda: find_padding(np.where(VALID[..., None], VECTORS, 999.0)),
        VALID,
        Certainty.ASKED,
        "the value 999",
    ),
    "empty texts": (
        lambda: find_padding(np.where(VALID, "word", "")),
        VALID,
        Certainty.KNOWN,
        "the text ''",
    ),
    "a padding token": (
        lambda: find_padding(np.where(VALID, "word", "[PAD]")),
        VALID,
        Certainty.KNOWN,
        r"the text '\[PAD\]'",
    ),
    "float ids": (
        lambda: find_padding(IDS.astype("float32"), are_ids=True),
        VALID,
        Certainty.ASSUMED,
        "id 0",
    ),
    "targets of -100": (
        lambda: target_padding(np.where(VALID, IDS, -100), IDS, VALID),
        VALID,
        Certainty.KNOWN,
        "-100",
    ),
}


@pytest.mark.parametrize(("guess", "valid", "certainty", "words"), FOUND.values(), ids=FOUND)
def test_padding_is_found_with_its_evidence(
    guess: Guess, valid: np.ndarray, certainty: Certainty, words: str
) -> None:
    padding = guess()
    assert padding is not None
    assert_array_equal(padding.valid, valid)
    assert padding.certainty is certainty
    assert re.search(words, padding.evidence)
    assert (padding.question is None) == (certainty is Certainty.KNOWN)


NOTHING: dict[str, Guess] = {
    "full rows": lambda: find_padding(np.where(VALID, IDS, IDS.max() + VALID.cumsum(1))),
    "one number a row": lambda: find_padding(np.arange(4)),
    "features": lambda: find_padding(RNG.random((4, 9))),
    "no rows": lambda: find_padding(np.zeros((0, 3), int)),
    "no timesteps": lambda: find_padding(np.zeros((3, 0), int)),
    "texts of a whole row": lambda: find_padding(np.array(["a", "b"])),
    "targets without padding of their own": lambda: target_padding(IDS % 4 + 1, IDS, VALID),
    "targets that are numbers": lambda: target_padding(RNG.random((4, 9, 2)), IDS, VALID),
}


@pytest.mark.parametrize("guess", NOTHING.values(), ids=NOTHING)
def test_nothing_is_found_where_nothing_is(guess: Guess) -> None:
    assert guess() is None


def test_a_zero_at_the_start_of_every_row_is_only_asked_for() -> None:
    positions = np.tile(np.arange(5), (3, 1))
    padding = find_padding(positions)
    assert padding is not None and padding.certainty is Certainty.ASKED


def test_a_zero_that_is_a_real_id_too_is_only_asked_for() -> None:
    flags = RNG.integers(0, 2, (20, 12))
    padding = find_padding(flags)
    assert padding is not None and padding.certainty is Certainty.ASKED
    assert padding.question is not None and padding.question.endswith("is that padding?")


@pytest.mark.parametrize(
    ("array", "name", "expected"),
    [
        (VALID, "anything", True),
        (VALID.astype("int32"), "attention_mask", True),
        (VALID.astype("float32"), "padding_mask", True),
        (_left(VALID).astype(int), "mask", True),
        (VALID.astype("int32"), "flags", False),
        (RNG.integers(0, 2, (20, 12)), "mask", False),
        (IDS, "mask", False),
        (np.zeros((3, 4), bool), "mask", False),
    ],
)
def test_a_mask_is_known_by_its_form_and_name(array: np.ndarray, name: str, expected: bool) -> None:
    assert is_mask(array, name) is expected


@pytest.mark.parametrize("side", ["after", "before"])
def test_targets_one_timestep_later_have_padding_of_their_own(side: str) -> None:
    tokens = np.array([[3, 1, 2, 4, 0, 0, 0], [5, 1, 5, 2, 3, 1, 6], [2, 9, 0, 0, 0, 0, 0]])
    tokens = tokens if side == "after" else np.array([np.roll(r, (r == 0).sum()) for r in tokens])
    x, y = tokens[:, :-1], tokens[:, 1:]
    padding = target_padding(y, x, x != 0)
    assert padding is not None and padding.certainty is Certainty.KNOWN
    assert_array_equal(padding.valid, y != 0)


def test_targets_that_copy_the_input_are_not_later() -> None:
    assert not is_shifted(IDS, IDS, VALID)
    assert not is_shifted(np.where(VALID, 3, 0), np.where(VALID, 3, 0), VALID)


@given(
    st.lists(st.integers(1, 8), min_size=2, max_size=4),
    st.sampled_from(["after", "before"]),
    st.sampled_from([-1.0, 0.0, 7.5]),
    st.integers(0, 2**16),
)
def test_the_value_that_a_layer_masks_is_always_found(
    lengths: list[int], side: str, value: float, seed: int
) -> None:
    valid = np.arange(max(lengths)) < np.array(lengths)[:, None]
    valid = valid if side == "after" else _left(valid)
    vectors = np.random.default_rng(seed).uniform(0.1, 0.9, (*valid.shape, 2))
    array = np.where(valid[..., None], vectors, value)
    padding = find_padding(array, [MaskerHint(value, "masking", f"mask_value={value:g}")])
    if valid.all():
        assert padding is None
    else:
        assert padding is not None and padding.certainty is Certainty.KNOWN
        assert_array_equal(padding.valid, valid)


@given(
    st.lists(st.integers(1, 8), min_size=3, max_size=5).filter(lambda n: len(set(n)) > 1),
    st.sampled_from(["after", "before"]),
    st.sampled_from([0, 39]),
    st.integers(0, 2**16),
)
def test_ids_are_found_or_asked_for(lengths: list[int], side: str, filler: int, seed: int) -> None:
    valid = np.arange(max(lengths) + 2) < np.array(lengths)[:, None]
    valid = valid if side == "after" else _left(valid)
    ids = np.where(valid, np.random.default_rng(seed).integers(1, 30, valid.shape), filler)
    padding = find_padding(ids)
    assert padding is not None
    assert_array_equal(padding.valid, valid)
    assert padding.certainty is not Certainty.KNOWN and padding.question is not None
