import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from inspector.core.batch import Batch
from inspector.core.digest import digest
from inspector.core.requests import InspectOptions, InspectRequest, ModelChoices, SentenceChoices
from inspector.worker.wire import Packed, pack, unpack

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    npst.arrays(np.float32, (2, 3), elements=st.floats(-1, 1, width=32)),
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def _batch(**changes: Any) -> Batch:
    parts: dict[str, Any] = {
        "x": np.array([[0, 0, 1, 2, 2], [0, 2, 1, 2, 2]]),
        "y": None,
        "valid": np.array([[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]]),
        "tokens": (tuple("##abb"), tuple("#babb")),
    }
    return Batch(**parts | changes)


@given(VALUES)
def test_a_copy_has_the_same_digest_and_survives_packing(value: Any) -> None:
    assert digest(copy.deepcopy(value)) == digest(value)
    assert digest(pickle.loads(pickle.dumps(value))) == digest(value)
    assert digest(unpack(pack(value))) == digest(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("ab", "c"), ("a", "bc"), id="where strings are cut"),
        pytest.param((("a",), "b"), ("a", ("b",)), id="nesting"),
        pytest.param(1, 1.0, id="int and float"),
        pytest.param(1, True, id="int and bool"),
        pytest.param("1", 1, id="text and number"),
        pytest.param(None, "None", id="None and its name"),
        pytest.param(np.zeros((2, 3)), np.zeros((3, 2)), id="shape"),
        pytest.param(np.zeros(4, np.int32), np.zeros(4, np.float32), id="dtype"),
        pytest.param({"a": "b"}, ["a", "b"], id="dictionary and list"),
        pytest.param(ModelChoices(seed=0), ModelChoices(seed=1), id="a field"),
        pytest.param(SentenceChoices("a", "b"), SentenceChoices("b", "a"), id="swapped fields"),
        pytest.param(
            InspectRequest(_batch()),
            InspectRequest(_batch(x=np.array([[0, 0, 1, 2, 2], [0, 2, 1, 2, 1]]))),
            id="one token",
        ),
        pytest.param(
            InspectRequest(_batch()),
            InspectRequest(_batch(), options=InspectOptions(leaks=False)),
            id="options",
        ),
    ],
)
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("value", [{1, 2}, object(), np.array([None])])
def test_what_has_no_digest_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="digest"):
        digest(value)


def test_a_batch_comes_back_read_only() -> None:
    batch = _batch()
    # As it comes out of the pipe.
    received = unpack(Packed(tuple(bytes(part) for part in pack(batch).parts)))
    assert received.tokens == batch.tokens
    np.testing.assert_array_equal(received.valid, batch.valid)
    assert not received.x.flags.writeable
    assert not received.valid.flags.writeable
