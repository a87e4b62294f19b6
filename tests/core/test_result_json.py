"""A whole inspection goes to JSON and comes back the same; nothing else comes out of JSON."""

import base64
import json
import zlib
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inspector.core.digest import digest
from inspector.core.inspection import Inspection
from inspector.core.result_json import FORMAT, decoded, encoded
from inspector.errors import InspectorError
from tests.views import made
from tests.views.conftest import MAKERS


def there_and_back(inspection: Inspection) -> Inspection:
    return decoded(json.loads(json.dumps(encoded(inspection), allow_nan=False)))


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_everything_comes_back(name: str) -> None:
    inspection = MAKERS[name]()
    found = there_and_back(inspection)
    assert digest(found) == digest(inspection)
    assert found.to_dict() == inspection.to_dict()
    assert str(found) == str(inspection)


def test_every_structure_of_a_batch_comes_back() -> None:
    question = made.the_question()
    ids = np.zeros((2, 5), np.int64)
    batch = replace(
        question.batch,
        x={"words": ids, "$array": ids.astype(np.float16)},
        y=(ids, ids.astype(np.uint8)),
        sample_weight=ids.astype(np.float64),
        vocabulary=("a", "\ud800"),
    )
    found = there_and_back(replace(question, batch=batch))
    assert digest(found.batch) == digest(batch)
    assert isinstance(found.batch.x, dict) and not found.batch.x["words"].flags.writeable


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.uint8, np.bool_, ">i4"]),
        st.tuples(st.just(2), st.integers(1, 4), st.integers(0, 3)),
    )
)
def test_numbers_come_back_to_the_last_bit(array: np.ndarray) -> None:
    question = made.the_question()
    found = there_and_back(replace(question, batch=replace(question.batch, x=array)))
    assert isinstance(found.batch.x, np.ndarray)
    native = array.astype(array.dtype.newbyteorder("="))
    assert found.batch.x.dtype == native.dtype
    assert found.batch.x.tobytes() == native.tobytes()


def test_numbers_that_numpy_does_not_know_come_back_as_float32() -> None:
    narrow = pytest.importorskip("ml_dtypes").bfloat16  # TensorFlow brings it along
    question = made.the_question()
    x, y = (np.asarray(a, narrow) for a in (question.batch.x, question.batch.y))
    inspection = replace(question, batch=replace(question.batch, x=x / 3, y=y))
    found = there_and_back(inspection)
    for name in ("x", "y"):
        array = getattr(found.batch, name)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, getattr(inspection.batch, name).astype(np.float32))
    assert digest(found) == digest(inspection)


def test_other_bytes_are_refused() -> None:
    question = made.the_question()
    batch = replace(question.batch, x=np.zeros((2, 5), "V2"))
    with pytest.raises(TypeError, match="no JSON"):
        encoded(replace(question, batch=batch))


def test_what_is_not_a_number_comes_back() -> None:
    question = made.the_question()
    ledger = question.losses
    assert ledger is not None
    odd = replace(ledger, keras_value=float("nan"), output_value=float("-inf"))
    found = there_and_back(replace(question, ledgers=(odd,))).losses
    assert found is not None and found.keras_value != found.keras_value
    assert found.output_value == float("-inf")


def test_a_new_field_is_noticed() -> None:
    value = encoded(made.the_question())
    name, parts = value["inspection"]["$value"]
    assert name == "Inspection" and set(parts) == {field.name for field in fields(Inspection)}


def array_of(dtype: str, shape: list[int], content: bytes) -> dict[str, Any]:
    return {"$array": [dtype, shape, base64.b64encode(zlib.compress(content)).decode()]}


DAMAGED: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "another format": {"format": "mask-inspector/0"},
    "no inspection": {"format": FORMAT},
    "a part": {"format": FORMAT, "inspection": {"$value": ["Fix", {"sentence": "", "code": ""}]}},
    "an unknown class": {"format": FORMAT, "inspection": {"$value": ["Path", {}]}},
    "an unknown kind": {"format": FORMAT, "inspection": {"$call": ["eval", "1"]}},
    "two kinds": {"format": FORMAT, "inspection": {"$tuple": [], "$dict": []}},
    "a missing field": {"format": FORMAT, "inspection": {"$value": ["Inspection", {}]}},
    "an unknown member": {"format": FORMAT, "inspection": {"$enum": ["Cause", "x"]}},
    "objects": {"format": FORMAT, "inspection": array_of("|O", [1], b"\0" * 8)},
    "too short": {"format": FORMAT, "inspection": array_of("<f4", [3], b"\0" * 4)},
    "too large": {"format": FORMAT, "inspection": array_of("<f4", [2**40], b"")},
    "below zero": {"format": FORMAT, "inspection": array_of("<f4", [-1], b"")},
    "not packed": {"format": FORMAT, "inspection": {"$array": ["<f4", [1], "AAAA"]}},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_refused(name: str) -> None:
    with pytest.raises(InspectorError, match="inspection"):
        decoded(DAMAGED[name])


def test_a_bomb_is_not_unpacked() -> None:
    bomb = array_of("<f4", [1], b"\0" * 2**26)
    value = encoded(made.the_question())
    value["inspection"]["$value"][1]["batch"]["$value"][1]["x"] = bomb
    with pytest.raises(InspectorError):
        decoded(value)
