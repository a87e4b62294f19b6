"""Memory that runs out, and an answer that nobody wants: never told as a fault of the model."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import inspector
from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.requests import Watch
from inspector.core.strategies import STRATEGIES, StrategyName
from inspector.engine.forward.model_pass import (
    FEW_TIMESTEPS,
    ModelPass,
    PassInputs,
    PassPlan,
    TracedFunction,
)
from inspector.engine.inspection import callback
from inspector.engine.inspection import inspect as inspecting
from inspector.engine.training import train
from inspector.errors import Cancelled, LimitError

ROWS, TIMESTEPS = 2, 4
NO_MEMORY: dict[str, Callable[[], Exception]] = {
    "TensorFlow's": lambda: tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"),
    "Python's": lambda: MemoryError("Unable to allocate 9 TiB"),
}


class Greedy(keras.layers.Layer):
    """Needs more memory than there is, once the model is built, where `short` says so.

    Attributes:
        calls: How often it was called since.
    """

    def __init__(self, error: Callable[[], Exception], short: Callable[[Any], bool]) -> None:
        super().__init__(name="greedy")
        self.supports_masking = True
        self.error, self.short, self.calls = error, short, -1

    def call(self, x: Any) -> Any:
        self.calls += self.calls >= 0
        if self.calls > 0 and self.short(x):
            raise self.error()
        return x


def always(x: Any) -> bool:
    return True


def never(x: Any) -> bool:
    return False


def model_of(layer: Greedy) -> keras.Model:
    inputs = keras.Input((None, 1))
    model = keras.Model(inputs, keras.layers.Dense(1)(layer(keras.layers.Masking()(inputs))))
    model.compile(loss="mse")
    layer.calls = 0
    return model


def rows() -> AnyArray:
    x = np.ones((ROWS, TIMESTEPS, 1), np.float32)
    x[1, 2:] = 0
    return x


def batch() -> Batch:
    return Batch(rows(), rows(), rows()[..., 0] != 0, rows()[..., 0] != 0)


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
def test_what_needs_too_much_memory_is_not_run_again_eagerly(error: Any) -> None:
    layer = Greedy(error, always)
    model = model_of(layer)  # Held here: a pass does not hold it.
    running = ModelPass(model, PassPlan(), None)
    with pytest.raises(type(error())):
        running.run(PassInputs(rows()))
    assert layer.calls == 1 and not running.function.eager

    runner = TracedFunction(layer.call)
    with pytest.raises(type(error())):
        runner(tf.zeros((1, FEW_TIMESTEPS + 1)))
    assert layer.calls == 2 and not runner.eager


def any_length(x: Any) -> bool:
    return x.shape[1] is None


def part_of_a_row(x: Any) -> bool:
    return x.shape[1] is not None and x.shape[1] < TIMESTEPS


RUNS: dict[str, tuple[Callable[[Any], bool], Callable[[keras.Model], object]]] = {
    "inspected": (always, lambda model: inspector.inspect(model, rows(), rows())),
    "without a loss": (always, lambda model: inspector.inspect(model, rows())),
    "a row alone": (any_length, lambda model: inspector.inspect(model, rows(), rows())),
    "compared": (part_of_a_row, lambda model: inspector.compare(model, batch(), ["alone"])),
    "trained": (always, lambda model: train(model, batch(), 1)),
    "trained alone": (
        part_of_a_row,
        lambda model: inspector.train_strategies(model, batch(), ["alone"], 1),
    ),
}


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
@pytest.mark.parametrize(("short", "work"), RUNS.values(), ids=RUNS)
def test_too_little_memory_is_told_as_such(error: Any, short: Any, work: Any) -> None:
    with pytest.raises(LimitError, match="not enough memory: .*llocat.* Use fewer rows"):
        work(model_of(Greedy(error, short)))


@pytest.mark.parametrize("step", ["build_loss", "forward", "metric_masking", "LeakTests"])
def test_a_stop_is_heard_at_every_step(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: Any, **named: Any) -> Any:
        raise Cancelled("Stopped.")

    monkeypatch.setattr(inspecting, step, stopped)
    with pytest.raises(Cancelled):
        inspector.inspect(model_of(Greedy(MemoryError, never)), rows(), rows())


def test_a_comparison_that_is_stopped_does_not_blame_the_model() -> None:
    told: list[str] = []
    title = STRATEGIES[StrategyName.ALONE].title
    watch = Watch(lambda done, total, what: told.append(what), lambda: title in told)
    with pytest.raises(Cancelled):
        inspector.compare(model_of(Greedy(MemoryError, never)), batch(), ["alone"], watch=watch)


def test_a_training_goes_on_where_there_is_no_memory_for_a_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []

    def short(*arguments: Any, **named: Any) -> Any:
        looks.append(1)
        raise LimitError("There is not enough memory.")

    monkeypatch.setattr(callback, "inspect", short)
    watching = inspector.MaskInspector(rows(), rows())
    with pytest.warns(RuntimeWarning, match="was not inspected: There is not enough memory"):
        model_of(Greedy(MemoryError, never)).fit(
            rows(), rows(), batch_size=1, epochs=2, callbacks=[watching], verbose=0
        )
    assert len(looks) == 3 and not watching.inspections and watching.history == {"epoch": []}
