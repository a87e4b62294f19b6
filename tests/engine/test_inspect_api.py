"""`inspector.inspect` as people call it: every kind of model, batch and argument."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import inspector
from inspector.core.inspection import Inspection
from inspector.errors import BatchError

# Building models whose masks are destroyed is what these tests are for.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

SPARSE = "sparse_categorical_crossentropy"
RANDOM = np.random.default_rng(3)
X = RANDOM.integers(1, 9, (4, 6))
X[0, 3:] = X[1, 5:] = X[2, 1:] = 0
VALID = X != 0
Y = RANDOM.integers(0, 3, (4, 6))
VECTORS = RANDOM.normal(size=(4, 6, 3)).astype("float32") * VALID[..., None]
SCORES = RANDOM.normal(size=(4, 1)).astype("float32")


def ids(name: str | None = None) -> Any:
    return keras.Input((None,), dtype="int32", name=name)


def embed() -> layers.Layer:
    return layers.Embedding(9, 4, mask_zero=True)


def read(**options: Any) -> layers.Layer:
    return layers.SimpleRNN(4, return_sequences=True, **options)


def tags(name: str | None = None) -> layers.Layer:
    return layers.Dense(3, activation="softmax", name=name)


def tagger(loss: Any = SPARSE, **options: Any) -> keras.Model:
    inputs = ids()
    model = keras.Model(inputs, tags()(read()(embed()(inputs))))
    if loss is not None:
        model.compile(loss=loss, **options)
    return model


@pytest.fixture(scope="module")
def shared_tagger() -> keras.Model:
    return tagger()


def inspect(model: keras.Model, x: Any, y: Any = None, **options: Any) -> Inspection:
    """Without leak tests, which cost most and are tested elsewhere."""
    return inspector.inspect(model, x, y, **{"leaks": False, **options})


def evaluated(model: keras.Model, x: Any, y: Any, **options: Any) -> float:
    options = {"batch_size": 64, **options}
    return float(model.evaluate(x, y, verbose=0, return_dict=True, **options)["loss"])


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.read, self.tags = embed(), read(), tags()

    def call(self, x: Any) -> Any:
        return self.tags(self.read(self.embed(x)))


def sequential() -> tuple[keras.Model, Any]:
    return keras.Sequential([embed(), read(), tags()]), X


def subclassed() -> tuple[keras.Model, Any]:
    return Subclassed(), X


def nested() -> tuple[keras.Model, Any]:
    inner = keras.Sequential([embed(), read()], name="inner")
    inputs = ids()
    return keras.Model(inputs, tags()(inner(inputs))), X


def shared() -> tuple[keras.Model, Any]:
    inputs, reader = ids(), read(name="reader")
    return keras.Model(inputs, tags()(reader(reader(embed()(inputs))))), X


def two_inputs(structure: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    words, vectors = ids("words"), keras.Input((None, 3), name="vectors")
    joined = layers.Concatenate()([embed()(words), layers.Masking()(vectors)])
    return structure(words, vectors), tags()(read()(joined))


def dictionary() -> tuple[keras.Model, Any]:
    inputs, outputs = two_inputs(lambda words, vectors: {"words": words, "vectors": vectors})
    return keras.Model(inputs, outputs), {"vectors": VECTORS, "words": X}


def listed() -> tuple[keras.Model, Any]:
    inputs, outputs = two_inputs(lambda words, vectors: [words, vectors])
    return keras.Model(inputs, outputs), [X, VECTORS]


KINDS = {f.__name__: f for f in (sequential, subclassed, nested, shared, dictionary, listed)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model(kind: str) -> None:
    model, x = KINDS[kind]()
    model.compile(loss=SPARSE)
    inspection = inspector.inspect(model, x, Y)
    said = inspection.to_dict()
    assert said["loss"]["keras_value"] == pytest.approx(evaluated(model, x, Y), rel=1e-6)
    assert said["loss"]["divisor"] == "valid"
    assert said["mask_at_loss"] == "correct" and said["raises"] is None
    assert said["leak"]["predictions"] is False and said["leak"]["pad_invariant"] is True
    assert said["findings"] == [] and inspection.diagnosis.healthy
    names = [step.name for step in inspection.trace.steps]
    if kind == "shared":
        assert names.count("reader") == 2
    if kind == "nested":
        assert {step.path for step in inspection.trace.steps} == {(), ("inner",)}
        assert names.index("inner") > max(i for i, s in enumerate(inspection.trace.steps) if s.path)


Outputs = Callable[[Any, Any], Any]


def two_outputs(structure: Outputs, **compiled: Any) -> keras.Model:
    inputs = ids()
    hidden = read()(embed()(inputs))
    score = layers.Dense(1, name="score")(layers.GlobalAveragePooling1D()(hidden))
    model = keras.Model(inputs, structure(tags("tags")(hidden), score))
    model.compile(**compiled)
    return model


# structure of the outputs, what it is compiled with, targets, and the ledgers that are wanted
OUTPUTS: dict[str, tuple[Outputs, Any, Any, list[str]]] = {
    "list": (lambda t, s: [t, s], dict(loss=[SPARSE, "mse"]), [Y, SCORES], ["tags", "score"]),
    "weighted": (
        lambda t, s: [t, s],
        dict(loss=[SPARSE, "mse"], loss_weights=[0.5, 2.0]),
        [Y, SCORES],
        ["tags", "score"],
    ),
    "pooled output first": (
        lambda t, s: [s, t],
        dict(loss=["mse", SPARSE]),
        [SCORES, Y],
        ["score", "tags"],
    ),
    "dictionary": (
        lambda t, s: {"tags": t, "score": s},
        dict(loss={"tags": SPARSE, "score": "mse"}),
        {"score": SCORES, "tags": Y},
        ["tags", "score"],
    ),
    "one of two": (lambda t, s: [t, s], dict(loss=[SPARSE, None]), [Y, SCORES], ["tags"]),
    "one of a dictionary": (
        lambda t, s: {"tags": t, "score": s},
        dict(loss={"tags": SPARSE}),
        {"tags": Y},
        ["tags"],
    ),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_several_outputs_have_a_ledger_each(case: str) -> None:
    structure, compiled, y, wanted = OUTPUTS[case]
    model = two_outputs(structure, **compiled)
    inspection = inspector.inspect(model, X, y, leaks=case == "pooled output first")
    ledgers = {ledger.output: ledger for ledger in inspection.ledgers}
    assert sorted(ledgers) == sorted(wanted)
    value = evaluated(model, X, y)
    assert inspection.losses is not None
    assert inspection.losses.keras_value == pytest.approx(value, rel=1e-6)
    parts = sum(ledger.output_value for ledger in inspection.ledgers)
    assert parts + inspection.losses.penalty == pytest.approx(value, rel=1e-6)
    said = inspection.to_dict()
    assert list(said["outputs"]) == [ledger.output for ledger in inspection.ledgers]
    assert said["outputs"]["tags"]["divisor"] == "valid"
    assert said["outputs"]["tags"]["counts_padding"] is False
    if "score" in wanted:
        assert said["outputs"]["score"]["divisor"] == "per_sequence"
    first = inspection.ledgers[0].output
    # The mask at the loss is that of the output whose loss is told.
    assert (said["mask_at_loss"] == "correct") == (first == "tags")
    assert said["findings"] == []


def test_an_uncompiled_model_has_no_loss_but_a_trace_and_leaks() -> None:
    said = inspector.inspect(tagger(None), X, Y).to_dict()
    assert said["loss"] is None and said["outputs"] == {}
    assert said["mask_at_loss"] == "correct"
    assert said["leak"] == {
        "predictions": False,
        "loss": None,
        "first_layer": None,
        "pad_invariant": True,
        "batch_dependent": False,
    }


def mean_square(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


LOSSES = {"name": "mse", "object": keras.losses.MeanSquaredError(), "function": mean_square}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("compiled", [None, "mae"], ids=["uncompiled", "compiled otherwise"])
def test_a_loss_given_by_hand(loss: str, compiled: str | None) -> None:
    model = tagger(compiled)
    inspection = inspect(model, X, VECTORS, loss=LOSSES[loss])
    assert bool(model.compiled) is (compiled is not None)
    model.compile(loss="mse")
    assert inspection.losses is not None
    assert inspection.losses.keras_value == pytest.approx(evaluated(model, X, VECTORS), rel=1e-6)
    assert inspection.losses.divisor is not None and inspection.losses.divisor.value == "valid"


def classifier() -> keras.Model:
    inputs = ids()
    model = keras.Model(inputs, tags()(layers.SimpleRNN(4)(embed()(inputs))))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=SPARSE)
    return model


def test_class_weight_is_what_fit_makes_of_it() -> None:
    model, labels, weight = classifier(), Y[:, 0], {0: 1.0, 1: 2.0, 2: 5.0}
    found = inspect(model, X, labels, class_weight=weight).losses
    fitted = model.fit(X, labels, class_weight=weight, batch_size=4, verbose=0)
    assert found is not None
    assert found.keras_value == pytest.approx(fitted.history["loss"][0], rel=1e-6)
    plain = inspect(model, X, labels).losses
    assert plain is not None and found.keras_value != pytest.approx(plain.keras_value)


def test_class_weight_and_sample_weight_together_are_refused_as_fit_refuses_them() -> None:
    options: dict[str, Any] = dict(class_weight={0: 1.0, 1: 2.0, 2: 5.0}, sample_weight=np.ones(4))
    with pytest.raises(BatchError, match="class_weight.*sample_weight"):
        inspect(classifier(), X, Y[:, 0], **options)


WEIGHTS = RANDOM.uniform(0.5, 2.0, (4, 6)).astype("float32")
SAMPLE_WEIGHTS = {
    "everywhere": (WEIGHTS, "weights_over_valid"),
    "zero at padding": (VALID.astype("float32"), "valid"),
    "zero at real steps too": (WEIGHTS * (np.arange(6) > 0), "weights_over_valid"),
}


@pytest.mark.parametrize("case", SAMPLE_WEIGHTS)
def test_sample_weight(case: str, shared_tagger: keras.Model) -> None:
    weight, divisor = SAMPLE_WEIGHTS[case]
    inspection = inspect(shared_tagger, X, Y, sample_weight=weight)
    value = evaluated(shared_tagger, X, Y, sample_weight=weight)
    ledger = inspection.losses
    assert ledger is not None and ledger.divisor is not None
    assert ledger.keras_value == pytest.approx(value, rel=1e-6)
    assert ledger.divisor.value == divisor
    assert ledger.ignores_valid is (case == "zero at real steps too")
    # The weights are the user's own wish: nothing is wrong.
    assert inspection.findings == ()


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 100])
def test_batch_size(batch_size: int, shared_tagger: keras.Model) -> None:
    ledger = inspect(shared_tagger, X, Y, batch_size=batch_size).losses
    assert ledger is not None and ledger.divisor is not None
    value = evaluated(shared_tagger, X, Y, batch_size=batch_size)
    assert ledger.keras_value == pytest.approx(value, rel=1e-6)
    assert ledger.batch_size == min(batch_size, 4)
    assert ledger.divisor.value == ("valid" if batch_size >= 4 else "batchwise")


def test_training_with_dropout_measures_the_same_loss_as_evaluate() -> None:
    inputs = ids()
    hidden = read()(layers.Dropout(0.5)(embed()(inputs)))
    model = keras.Model(inputs, tags()(hidden))
    model.compile(loss=SPARSE)
    inspection = inspector.inspect(model, X, Y, training=True)
    assert inspection.losses is not None and inspection.leaks is not None
    assert inspection.losses.keras_value == pytest.approx(evaluated(model, X, Y), rel=1e-6)
    assert inspection.leaks.training and not inspection.leaks.predictions
    assert inspection.findings == ()
