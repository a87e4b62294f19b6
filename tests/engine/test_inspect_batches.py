"""`inspector.inspect` on every kind of batch: edges, dtypes, failures, and what it refuses."""

import json
import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import inspector
from inspector.core.inspection import Inspection
from inspector.errors import BatchError, InspectorError, ModelError

SPARSE = "sparse_categorical_crossentropy"
RANDOM = np.random.default_rng(3)
X = RANDOM.integers(1, 9, (4, 6))
X[0, 3:] = X[1, 5:] = X[2, 1:] = 0
VALID = X != 0
Y = RANDOM.integers(0, 3, (4, 6))


def tagger(dtype: Any = None, hidden: layers.Layer | None = None) -> keras.Model:
    inputs = keras.Input((None,), dtype="int32")
    embedded = layers.Embedding(9, 4, mask_zero=True, name="embed", dtype=dtype)(inputs)
    read = (hidden or layers.SimpleRNN(4, return_sequences=True, dtype=dtype))(embedded)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax", dtype=dtype)(read))
    model.compile(loss=SPARSE)
    return model


def vector_tagger() -> keras.Model:
    inputs = keras.Input((None, 3))
    read = layers.SimpleRNN(3, return_sequences=True)(layers.Masking()(inputs))
    model = keras.Model(inputs, read)
    model.compile(loss="mse")
    return model


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return tagger()


def inspect(model: keras.Model, x: Any, y: Any = None, **options: Any) -> Inspection:
    """Without leak tests, which cost most and are tested elsewhere."""
    return inspector.inspect(model, x, y, **{"leaks": False, **options})


def value_of(inspection: Inspection) -> float:
    assert inspection.losses is not None and inspection.losses.keras_value is not None
    return inspection.losses.keras_value


def evaluated(model: keras.Model, x: Any, y: Any) -> float:
    return float(model.evaluate(x, y, batch_size=64, verbose=0))


GAPPY = np.array(
    [[1, 1, 0, 1, 0, 0], [0, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1]], bool
)


def test_padding_is_found_at_both_ends_and_said(model: keras.Model) -> None:
    ids = np.where(GAPPY, X + 1, 0) % 9
    ids[GAPPY & (ids == 0)] = 1
    batch = inspect(model, ids).batch
    # A gap is not at an end of a row: id 0 may be a real token there.
    at_an_end = np.array(
        [[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1]], bool
    )
    np.testing.assert_array_equal(batch.valid, at_an_end)
    assert [note for note in batch.notes if "Padding was not given" in note]


def test_padding_of_vectors_is_found_and_a_given_one_is_taken(model: keras.Model) -> None:
    x = (RANDOM.normal(size=(4, 6, 3)) * VALID[..., None]).astype("float32")
    x[3, :, 0] = 0.0  # one zero of three makes no zero vector
    np.testing.assert_array_equal(inspect(vector_tagger(), x).batch.valid, VALID)
    given = inspect(model, X, Y, valid=GAPPY)
    np.testing.assert_array_equal(given.batch.valid, GAPPY)
    assert not [note for note in given.batch.notes if "not given" in note]


def test_no_time_axis_is_said() -> None:
    inputs = keras.Input((5,))
    plain = keras.Model(inputs, layers.Dense(1)(inputs))
    plain.compile(loss="mse")
    inspection = inspector.inspect(plain, RANDOM.normal(size=(4, 5)), np.zeros((4, 1)))
    assert [note for note in inspection.batch.notes if "no input has a time axis" in note.lower()]
    assert inspection.findings == ()


FORMS = {
    "lists": (X.tolist(), Y.tolist(), VALID.tolist()),
    "tensors": (tf.constant(X), tf.constant(Y), tf.constant(VALID)),
    "small integers": (X.astype("int8"), Y.astype("uint8"), VALID.astype("int32")),
    "floats": (X.astype("float64"), Y.astype("float32"), VALID.astype("float64")),
    "Fortran order": (np.asfortranarray(X), np.asfortranarray(Y), np.asfortranarray(VALID)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_data_gives_the_same_answer(form: str, model: keras.Model) -> None:
    x, y, valid = FORMS[form]
    found, wanted = inspect(model, x, y, valid=valid), inspect(model, X, Y, valid=VALID)
    assert value_of(found) == pytest.approx(value_of(wanted), rel=1e-6)
    np.testing.assert_array_equal(found.batch.valid, VALID)
    assert found.to_dict()["loss"]["divisor"] == "valid"


def test_float64_data_is_what_keras_makes_of_it() -> None:
    model = vector_tagger()
    x, y = RANDOM.normal(size=(4, 6, 3)) * VALID[..., None], RANDOM.normal(size=(4, 6, 3))
    assert x.dtype == y.dtype == np.float64
    assert value_of(inspect(model, x, y)) == pytest.approx(evaluated(model, x, y), rel=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_other_precisions(policy: str) -> None:
    model = tagger(policy)
    inspection = inspector.inspect(model, X, Y)
    assert value_of(inspection) == pytest.approx(evaluated(model, X, Y), rel=2e-3)
    assert inspection.to_dict()["loss"]["divisor"] == "valid"
    assert inspection.findings == ()


EDGES = {
    "one row": (X[:1], Y[:1]),
    "one timestep": (X[:, :1], Y[:, :1]),
    "one timestep, some padding": (X[:, 3:4], Y[:, 3:4]),
    "one row of one timestep": (X[:1, :1], Y[:1, :1]),
    "a row of padding": (np.concatenate([X[:3], 0 * X[:1]]), Y),
    "no padding": (np.maximum(X, 1), Y),
    "padding on the left": (X[:, ::-1], Y),
}


@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge: str, model: keras.Model) -> None:
    x, y = EDGES[edge]
    inspection = inspector.inspect(model, x, y)
    said = inspection.to_dict()
    assert value_of(inspection) == pytest.approx(evaluated(model, x, y), rel=1e-6)
    assert said["mask_at_loss"] == "correct" and said["loss"]["divisor"] == "valid"
    assert said["leak"]["predictions"] is False and said["leak"]["pad_invariant"] is True
    codes = [finding.code for finding in inspection.findings]
    assert codes == (["empty_rows"] if not (x != 0).any(axis=1).all() else [])
    # A batch without padding shows nothing wrong, and acquits nobody either.
    assert inspection.diagnosis.healthy is bool((x == 0).any())


def test_nothing_but_padding(model: keras.Model) -> None:
    inspection = inspector.inspect(model, 0 * X, Y)
    said = inspection.to_dict()
    assert value_of(inspection) == evaluated(model, 0 * X, Y) == 0.0
    assert said["loss"]["mean_over_valid"] is None and said["leak"]["pad_invariant"] is None
    assert inspection.diagnosis.verdict.startswith("Every timestep of this batch is padding")
    assert "0, the mean over real timesteps" not in inspection.diagnosis.verdict


def _rows_of_their_own_length() -> tuple[list[list[int]], None]:
    return [[int(token) for token in row if token] for row in X], None


SOURCES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "a dataset": lambda: (tf.data.Dataset.from_tensor_slices((X, Y)).batch(4), None),
    "a dataset in smaller batches": lambda: (
        tf.data.Dataset.from_tensor_slices((X, Y)).batch(2),
        None,
    ),
    "a generator": lambda: (iter([(X, Y)]), None),
    "ragged targets left out": _rows_of_their_own_length,
    "a ragged tensor": lambda: (tf.ragged.constant(_rows_of_their_own_length()[0]), Y),
}


@pytest.mark.parametrize("source", SOURCES)
def test_what_fit_takes_is_inspected_as_its_arrays_are(source: str, model: keras.Model) -> None:
    x, y = SOURCES[source]()
    longest = int((X != 0).sum(axis=1).max())
    uneven = "ragged" in source
    arrays = X[:, :longest] if uneven else X
    targets = None if source == "ragged targets left out" else Y[:, : arrays.shape[1]]
    y = targets if uneven else y
    inspection = inspector.inspect(model, x, y)
    size = 2 if "smaller" in source else None
    expected = inspector.inspect(model, arrays, targets, batch_size=size).to_dict()
    said = inspection.to_dict()
    for name in ("batch", "steps", "stop", "mask_at_loss", "leak", "verdict", "findings"):
        assert said[name] == expected[name], name
    assert (said["loss"] is None) == (targets is None)
    if targets is not None:
        assert said["loss"]["keras_value"] == pytest.approx(expected["loss"]["keras_value"])
    words = "different lengths" if uneven else "looked at"
    assert any(words in note for note in inspection.batch.notes)


# Arguments that are refused: what is passed, the class of the error, and what its message says.
X_AND_Y = {"x": X, "y": Y}
REFUSED: dict[str, tuple[dict[str, Any], type[InspectorError], str]] = {
    "no x": ({"x": None}, BatchError, "x"),
    "no rows": ({"x": X[:0], "y": Y[:0]}, BatchError, "at least one row"),
    "a number": ({"x": 3}, BatchError, "row"),
    "no timesteps": ({"x": X[:, :0], "y": None}, BatchError, "at least 1"),
    "rows of other features": (
        {"x": [np.ones((2, 3)), np.ones((1, 2))], "y": None},
        BatchError,
        "differ in more than length",
    ),
    "objects": ({"x": np.array([[object()]], object)}, BatchError, "holds object values"),
    "texts": ({"x": np.array([["a"]], object)}, BatchError, "holds texts.*must hold numbers"),
    "a dataset and targets": (
        {"x": tf.data.Dataset.from_tensors(X)},
        BatchError,
        "targets and weights together with its inputs",
    ),
    "a generator and targets": (
        {"x": (row for row in X)},
        BatchError,
        "targets and weights together with its inputs",
    ),
    "a generator of nothing": ({"x": iter(()), "y": None}, BatchError, "yields no batch"),
    "inputs of other rows": ({"x": [X, X[:2]]}, BatchError, r"\[2, 4\] rows"),
    "y of other rows": ({"y": Y[:3]}, BatchError, "`y` has shape \\(3, 6\\)"),
    "valid transposed": ({"valid": VALID.T}, BatchError, r"\(6, 4\).*\(4, 6\).*transposed"),
    "valid of other rows": ({"valid": VALID[:2]}, BatchError, r"`valid` has shape \(2, 6\)"),
    "valid of one row": ({"valid": VALID[0]}, BatchError, r"`valid` has shape \(6,\)"),
    "valid of lengths": ({"valid": VALID * 3}, BatchError, "values other than 0 and 1"),
    "target_valid shorter": ({"target_valid": VALID[:, :3]}, BatchError, r"`target_valid`.*4, 3"),
    "target_valid of other rows": ({"target_valid": VALID[:2]}, BatchError, "`target_valid`"),
    "target_valid of one row": ({"target_valid": VALID[0]}, BatchError, "`target_valid`"),
    "sample_weight of other rows": ({"sample_weight": np.ones(3)}, BatchError, "`sample_weight`"),
    "tokens of other rows": ({"tokens": [["a"] * 6]}, BatchError, "`tokens` has 1 rows"),
    "batch_size 0": ({"batch_size": 0}, BatchError, "`batch_size` is 0"),
    "half a row": ({"batch_size": 2.5}, BatchError, "`batch_size` is 2.5"),
    "no such loss": ({"loss": "nonsense"}, ModelError, "nonsense"),
    "no model": ({"model": "model.keras"}, ModelError, "`model` is a str.*keras.Model"),
    "a layer": ({"model": layers.Dense(3)}, ModelError, "`model` is a Dense"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, model: keras.Model) -> None:
    changes, error, message = REFUSED[case]
    arguments = {"model": model, **X_AND_Y, **changes}
    with pytest.raises(error) as raised:
        inspect(arguments.pop("model"), arguments.pop("x"), arguments.pop("y"), **arguments)
    assert type(raised.value) is error and re.search(message, str(raised.value))
    assert raised.value.got and raised.value.expected


class Failing(layers.Layer):
    """Fails, but only when the model runs."""

    def call(self, x: Any) -> Any:
        return keras.ops.reshape(x, (-1, 7, 7))

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


def failing_loss(y_true: Any, y_pred: Any) -> Any:
    raise ValueError("this loss fails")


class FailingMetric(keras.metrics.Metric):
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        raise ValueError("this metric fails")

    def result(self) -> Any:
        return 0.0


def test_a_failing_layer_is_named() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not support mask")
        model = tagger(hidden=Failing(name="failing"))
    inspection = inspect(model, X, Y)
    assert inspection.raises is not None and inspection.raises.at == "failing"
    assert "\x1b" not in inspection.raises.message
    assert [f.code for f in inspection.findings if f.severity.value == "wrong"] == ["raises"]
    assert "failing" in inspection.diagnosis.verdict


def test_an_id_out_of_range_is_named() -> None:
    inspection = inspect(tagger(), X + 100, Y)
    assert inspection.raises is not None and inspection.raises.at == "embed"
    assert "not in [0, 9)" in inspection.raises.message


def test_a_failing_loss_leaves_the_trace(model: keras.Model) -> None:
    for loss, y in ((failing_loss, Y), (SPARSE, np.zeros((4, 5), int)), (SPARSE, Y + 100)):
        inspection = inspect(model, X, y, loss=loss)
        assert inspection.raises is not None and inspection.raises.at == "loss"
        assert inspection.losses is None and inspection.trace.steps
        assert [f.code for f in inspection.findings] == ["raises"]


def test_a_failing_metric_is_told_apart() -> None:
    model = tagger()
    model.compile(loss=SPARSE, metrics=[FailingMetric()])
    inspection = inspect(model, X, Y)
    assert inspection.raises is not None and inspection.raises.at == "metrics"


def test_json_holds_everything_and_no_nan(tmp_path: Path, model: keras.Model) -> None:
    inspection = inspector.inspect(model, X, Y, tokens=[["a"] * 6] * 4)
    said = inspection.to_dict()
    path = tmp_path / "inspection.json"
    assert json.loads(inspection.to_json(path)) == said
    assert json.loads(path.read_text(encoding="utf-8")) == said
    assert set(said) >= set(
        "versions batch steps stop mask_at_loss symbolic_mask loss leak metrics nan raises "
        "false_warnings findings".split()
    )
    assert said["batch"] == {"rows": 4, "timesteps": 6, "valid": 15, "padding": 9}
    assert inspection.batch.tokens == (("a",) * 6,) * 4


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ([["a"] * 6, ["b"] * 2, ["c"] * 6, ["d"] * 6], "Row 1 of `tokens` has 2 tokens"),
        ([1, 2, 3, 4], "`tokens` is a list"),
        ([["a"] * 6], "`tokens` has 1 rows"),
    ],
)
def test_there_is_a_token_for_every_timestep(model: keras.Model, tokens: list, said: str) -> None:
    with pytest.raises(BatchError, match=said):
        inspector.inspect(model, X, Y, tokens=tokens)


def test_not_a_number_becomes_null(model: keras.Model) -> None:
    broken = tagger()
    broken.layers[-1].bias.assign([math.nan, 0.0, 0.0])
    inspection = inspector.inspect(broken, X, Y)
    said = json.loads(json.dumps(inspection.to_dict(), allow_nan=False))
    assert said["nan"] is True and said["loss"]["keras_value"] is None
    assert said["loss"]["divisor"] is None
    assert "nan_predictions" in [finding["code"] for finding in said["findings"]]


def test_no_warning_of_destroyed_masks_comes_from_inspecting() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not support mask")
        model = tagger(hidden=layers.Conv1D(4, 3, padding="same", name="mixing"))
    warnings.simplefilter("error")
    said = inspector.inspect(model, X, Y).to_dict()
    assert said["stop"]["cause"] == "layer_does_not_support_masking"
    assert said["raises"] is None
