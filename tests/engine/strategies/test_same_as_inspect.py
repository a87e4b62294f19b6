"""For one rule, a comparison and an inspection give the same numbers: they share the pass."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

import inspector
from inspector.core.batch import Batch
from inspector.core.comparison import StrategyResult
from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName
from inspector.core.requests import SentenceChoices
from inspector.engine.forward.losses import COMPILED
from inspector.engine.forward.rows import forward
from inspector.engine.strategies.catalogue import as_it_is
from inspector.engine.strategies.compared import compared_on
from tests.engine.strategies.making import dense_tagger, ids_batch, mixing_tagger, preset

ROWS = ((0, 0, 1, 2), (0, 3, 1, 1), (0, 0, 0, 2), (1, 2, 3, 1), (0, 1, 3, 2))
Case = tuple[keras.Model, Batch]


def over_real(y: object, p: object) -> object:
    """Divides by the number of real timesteps by itself."""
    real = keras.ops.cast(keras.ops.not_equal(y, 0), "float32")
    loss = keras.losses.sparse_categorical_crossentropy(y, p) * real
    return keras.ops.sum(loss) / keras.ops.sum(real)


def zeros_at_padding(y: object, p: object) -> object:
    """The same, with the time axis kept: zeros at padding, the rest made larger."""
    real = keras.ops.cast(keras.ops.not_equal(y, 0), "float32")
    return keras.losses.sparse_categorical_crossentropy(y, p) * real / keras.ops.mean(real)


def with_loss(loss: object) -> Callable[[], Case]:
    def make() -> Case:
        model = dense_tagger(mask_zero=False)
        model.compile("sgd", loss)
        return model, ids_batch(ROWS)

    return make


def half(dtype: str, mask_zero: bool) -> Callable[[], Case]:
    return lambda: (dense_tagger(mask_zero, dtype=dtype), ids_batch(ROWS))


def weighted() -> Case:
    weights = np.linspace(0.5, 2, 20, dtype=np.float32).reshape(5, 4)
    batch = ids_batch(ROWS)
    return dense_tagger(), Batch(batch.x, batch.y, batch.valid, batch.valid, sample_weight=weights)


def second_of_two_outputs() -> Case:
    seed = keras.initializers.GlorotUniform
    ids = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Embedding(4, 5, mask_zero=True, embeddings_initializer=seed(3))(ids)
    first = keras.layers.Dense(1, kernel_initializer=seed(5), name="score")(hidden)
    second = keras.layers.Dense(4, "softmax", kernel_initializer=seed(4), name="tag")(hidden)
    model = keras.Model(ids, {"score": first, "tag": second})
    model.compile("sgd", {"tag": "sparse_categorical_crossentropy"}, loss_weights={"tag": 0.5})
    batch = ids_batch(ROWS)
    return model, Batch(batch.x, {"tag": batch.y}, batch.valid, batch.valid)


CASES: dict[str, Callable[[], Case]] = {
    "a mask that arrives": lambda: (dense_tagger(), ids_batch(ROWS)),
    "padding leaks": lambda: (mixing_tagger(), ids_batch(ROWS)),
    "half precision": half("mixed_float16", False),
    "half precision, masked": half("mixed_float16", True),
    "half precision, bfloat16": half("mixed_bfloat16", False),
    "a loss that divides by itself": with_loss(over_real),
    "a loss that writes zeros": with_loss(zeros_at_padding),
    "no reduction": with_loss(keras.losses.SparseCategoricalCrossentropy(reduction=None)),
    "sample weights": weighted,
    "one loss of two outputs": second_of_two_outputs,
    "a preset whose mask stops": lambda: preset("question", SentenceChoices()),
    "a preset with a loss of its own": lambda: preset("cure", SentenceChoices()),
}


def inspected(model: keras.Model, batch: Batch, batch_size: int | None) -> Inspection:
    return inspector.inspect(
        model,
        batch.x,
        batch.y,
        valid=batch.valid,
        target_valid=batch.target_valid,
        sample_weight=batch.sample_weight,
        batch_size=batch_size,
    )


@pytest.mark.parametrize("batch_size", [None, 2], ids=["at once", "in chunks of 2 rows"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_model_as_it_is_gives_what_the_inspection_says(
    case: Callable[[], Case], batch_size: int | None
) -> None:
    model, batch = case()
    inspection = inspected(model, batch, batch_size)
    result = inspector.compare(model, batch, ["propagated"], batch_size=batch_size).results[0]
    ledger = inspection.losses
    assert ledger is not None
    np.testing.assert_array_equal(result.loss, ledger.loss)
    if ledger.exact:
        np.testing.assert_array_equal(result.weight, ledger.weight)
    else:
        assert result.weight is None
    assert result.keras_value == pytest.approx(ledger.keras_value, rel=1e-6)
    assert result.mean_over_valid == ledger.average(AverageName.VALID).value
    assert result.mean_over_all == ledger.average(AverageName.ALL).value
    assert result.divisor == ledger.divisor
    assert result.counts_padding == ledger.counts_padding
    assert result.ignores_valid == ledger.ignores_valid
    assert result.mask_at_loss == inspection.trace.mask_at_loss_state
    _same_leak(result, inspection)


def _same_leak(result: StrategyResult, inspection: Inspection) -> None:
    assert inspection.leaks is not None
    content = inspection.leaks.effect("content")
    assert content is not None and content.measured
    assert result.leaks == content.beyond_float_error
    assert result.leak_size == (content.largest_change if content.beyond_float_error else 0.0)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_rule_of_the_compiled_loss_is_what_the_model_minimises(
    case: Callable[[], Case],
) -> None:
    model, batch = case()
    on = compared_on(model, batch, 2, None, leaks=False)
    rule = as_it_is(on, "propagated")
    one = forward(on.question, (rule,), calls=False).losses["propagated"][0]
    other = forward(on.question, (COMPILED,)).losses[COMPILED.key][0]
    np.testing.assert_array_equal(one.loss, other.loss)
    np.testing.assert_allclose(one.weight, other.weight, rtol=1e-6)
    np.testing.assert_array_equal(one.influence, other.influence)
    assert one.exact == other.exact and one.value == pytest.approx(other.value, rel=1e-6)
