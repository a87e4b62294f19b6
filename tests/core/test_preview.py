"""What is said of a batch before a model sees it."""

import re

import numpy as np
import pytest

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.requests import UPLOAD_LIMITS, Encoding, TargetKind
from inspector.core.text.preview import (
    as_vectors,
    preview_of,
    tokens_of,
    warnings_of,
    with_targets,
    without_tokens,
)
from inspector.core.text.sentences import batch_from_sentences
from inspector.errors import LimitError

X = np.array([[0, 5, 6], [7, 0, 0]], np.int32)
VALID = np.array([[True, True, True], [True, False, False]])


def of(x: AnyArray, valid: AnyArray) -> Batch:
    return Batch(x=np.array(x, np.int32), y=None, valid=np.array(valid, bool))


WARNED: dict[str, tuple[Batch, list[str]]] = {
    "nothing wrong": (of([[5, 0]], [[1, 0]]), []),
    "rows of padding": (of([[5, 0], [0, 0]], [[1, 0], [0, 0]]), ["1 row is nothing but padding"]),
    "the id of padding": (of(X, VALID), ["padding id 0 stands at 1 real timestep, too"]),
    "another id": (of([[5, 1]], [[1, 0]]), ["Padding is id 1; .* masks id 0 only"]),
    "0 is real": (of([[0, 1]], [[1, 0]]), ["id 0 only, which stands at 1 real timestep"]),
    "no padding": (of([[5, 1]], [[1, 1]]), ["no padding in this batch"]),
}


@pytest.mark.parametrize(("batch", "said"), WARNED.values(), ids=WARNED)
def test_likely_mistakes_are_named(batch: Batch, said: list[str]) -> None:
    found = warnings_of(batch)
    assert len(found) == len(said)
    for sentence, words in zip(found, said, strict=True):
        assert re.search(words, sentence)


def test_a_preview_counts_rows_lengths_and_padding() -> None:
    preview = preview_of(of(X, VALID), rows=1)
    assert (preview.rows, preview.timesteps) == (2, 3)
    assert preview.lengths.tolist() == [0, 1, 0, 1]
    assert preview.padding == pytest.approx(2 / 6)
    assert preview.first == ((3, "0 5 6", ""),)
    assert preview.shapes == (("x", (2, 3)),)
    typed = preview_of(batch_from_sentences(["ab#", "b##"], ["good", "bad"]))
    assert typed.first[0] == (2, "ab#", "good")


def test_targets_are_made_where_a_file_has_none() -> None:
    batch = of(X, VALID)
    same = with_targets(batch, TargetKind.SAME)
    np.testing.assert_array_equal(same.y, X)
    np.testing.assert_array_equal(same.target_valid, VALID)
    following = with_targets(batch, TargetKind.NEXT_TOKEN)
    np.testing.assert_array_equal(following.y, [[5, 6, 0], [0, 0, 0]])
    np.testing.assert_array_equal(following.target_valid, [[1, 1, 0], [0, 0, 0]])
    assert with_targets(batch, TargetKind.LABEL).y is None
    assert with_targets(same, TargetKind.NEXT_TOKEN).y is same.y


def test_ids_become_vectors_with_padding_as_zeros_or_as_a_class() -> None:
    batch = of(X, VALID)
    zeros = as_vectors(batch, Encoding.ONE_HOT, UPLOAD_LIMITS)
    assert np.shape(zeros.x) == (2, 3, 8)
    np.testing.assert_array_equal(np.asarray(zeros.x).any(axis=-1), VALID)
    classes = as_vectors(batch, Encoding.ONE_HOT_PADDING_CLASS, UPLOAD_LIMITS)
    np.testing.assert_array_equal(np.asarray(classes.x).argmax(axis=-1), X)
    wide = of(np.full((100, 100), 100_000), np.ones((100, 100)))
    with pytest.raises(LimitError, match="One-hot"):
        as_vectors(wide, Encoding.ONE_HOT, UPLOAD_LIMITS)


def test_tokens_come_back_from_the_vocabulary() -> None:
    batch = batch_from_sentences(["ab#", "bbb"], encoding="ids")
    bare = without_tokens(batch)
    assert bare.tokens is None and bare.target_tokens is None
    assert tokens_of(bare) == batch.tokens
    assert tokens_of(of(X, VALID)) is None
