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
from tests.views import compare_made, made
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


Path = tuple[str | int, ...]
ARRAY = array_of("<f4", [2, 5], b"\0" * 40)
# Where (from the inspection, by field and by position in a tuple), what stands there then, words.
CHANGED: dict[str, tuple[Path, Any, str]] = {
    "no batch": (("batch",), None, "`batch` of Inspection is null. It must be a value of Batch."),
    "a batch that is text": (("batch",), "x", "`batch` of Inspection is text."),
    "numbers for the truth": (("batch", "valid"), ARRAY, "`valid` of Batch is an array of float32"),
    "a name that is a number": (("model_name",), 3, "`model_name` of Inspection is a whole number"),
    "truth that is a number": (("nan",), 1, "`nan` of Inspection is a whole number. It must be tr"),
    "ledgers in a list": (("ledgers",), [], "`ledgers` of Inspection is a list of 0. It must be a"),
    "a ledger that is none": (("ledgers", 0), None, "`ledgers`[0] of Inspection is null."),
    "a loss that is text": (("ledgers", 0, "keras_value"), "1", "`keras_value` of LossLedger is t"),
    "a size that is a fraction": (("ledgers", 0, "batch_size"), 2.5, "`batch_size` of LossLedger "),
    "a size that is true": (("ledgers", 0, "batch_size"), True, "`batch_size` of LossLedger is tr"),
    "an average of another kind": (("ledgers", 0, "averages", 1, "name"), "x", "a value of"),
    "steps of text": (("trace", "steps"), {"$tuple": ["a"]}, "`steps`[0] of Trace is text. It mus"),
    "an outcome by its value": (("trace", "steps", 0, "outcome"), "kept", "a value of Outcome."),
    "the wrong value": (("diagnosis", "findings", 0, "fix"), {"$value": ["Versions", {
        "inspector": "", "keras": "", "tensorflow": ""}]}, "`fix` of Finding is a value of V"),
    "metrics of numbers": (("metrics",), {"$dict": [["a", 1]]}, "`metrics`['a'] of Inspection is"),
    "metrics by number": (("metrics",), {"$dict": [[1, "a"]]}, "a key of `metrics` of Inspection"),
    "tokens of numbers": (("batch", "tokens"), {"$tuple": [{"$tuple": [1]}]}, "`tokens`[0][0] of"),
    "versions that are null": (("trace", "versions"), None, "`versions` of Trace is null."),
}  # fmt: skip


def changed(path: Path, value: Any) -> dict[str, Any]:
    """A result in which one thing was changed by hand."""
    result = encoded(made.the_question())
    place: Any = result
    for step in ("inspection", *path[:-1]):
        place = _inside(place)[step]
    _inside(place)[path[-1]] = value
    return result


def _inside(place: Any) -> Any:
    if "$value" in place:
        return place["$value"][1]
    return place.get("$tuple", place)


@pytest.mark.parametrize("name", CHANGED)
def test_a_field_of_another_type_is_named(name: str) -> None:
    path, value, words = CHANGED[name]
    with pytest.raises(InspectorError) as told:
        decoded(changed(path, value))
    assert words in str(told.value)
    assert str(told.value).startswith("The inspection is damaged: ") and told.value.todo


def test_a_field_that_is_missing_or_unknown_is_named() -> None:
    for change, words in (
        (lambda parts: parts.pop("batch"), "`batch` of Inspection is missing. It must be a value"),
        (lambda parts: parts.update(more=1), "Inspection has a field `more`. Its fields are batch"),
    ):
        result = encoded(made.the_question())
        change(result["inspection"]["$value"][1])
        with pytest.raises(InspectorError, match=words):
            decoded(result)


def test_a_field_with_a_default_may_be_missing() -> None:
    result = encoded(made.the_question())
    del result["inspection"]["$value"][1]["model_digests"]
    assert isinstance(decoded(result), Inspection)


def test_a_comparison_is_checked_as_well() -> None:
    result = encoded(compare_made.a_comparison())
    result["comparison"]["$value"][1]["results"]["$tuple"][0]["$value"][1]["keras_value"] = "1"
    with pytest.raises(InspectorError, match="The comparison is damaged: `keras_value` of Strat"):
        decoded(result)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = array_of("<f4", [1], b"\0" * 2**26)
    value = encoded(made.the_question())
    value["inspection"]["$value"][1]["batch"]["$value"][1]["x"] = bomb
    with pytest.raises(InspectorError):
        decoded(value)
