"""From the strategies asked for to their plans on a model and a batch."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from inspector.core.strategies import STRATEGIES, Strategy, StrategyName, custom_strategy
from inspector.core.strategy_code import OWN_LOSS, Placeholders
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.catalogue import LOSS_TREATMENTS, Custom
from inspector.engine.strategies.catalogue_data import DATA_TREATMENTS
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.plan import Plan, Refusal, Treatment
from inspector.engine.strategies.rebuild import fixed_timesteps
from inspector.errors import InspectorError

TREATMENTS = {one.identifier: one for one in (*LOSS_TREATMENTS, *DATA_TREATMENTS)}


def asked_strategies(strategies: Sequence[Any] | None) -> list[tuple[Strategy, Treatment]]:
    """Each strategy asked for, with what applies it.

    Args:
        strategies: `StrategyName`, their values, or losses; None for all that there are.

    Raises:
        InspectorError: One of them is unknown, or there are none.
    """
    wanted: list[Any] = list(STRATEGIES) if strategies is None else list(strategies)
    asked: dict[str, tuple[Strategy, Treatment]] = {}
    customs = 0
    for item in wanted:
        if callable(item):
            customs += 1
            title = getattr(item, "__name__", None) or getattr(item, "name", "loss")
            strategy = custom_strategy(str(title), position=customs)
            asked[strategy.key] = (strategy, Custom(strategy.key, item))
        else:
            strategy = _known(item)
            asked[strategy.key] = (strategy, TREATMENTS[strategy.identifier])
    if not asked:
        raise InspectorError("No strategy was asked for.", "There must be at least one.")
    return list(asked.values())


def _known(item: Any) -> Strategy:
    try:
        return STRATEGIES[StrategyName(item)]
    except (ValueError, KeyError):
        names = ", ".join(name.value for name in STRATEGIES)
        raise InspectorError(
            f"There is no strategy {item!r}.", f"It must be one of {names}, or a loss function."
        ) from None


def plans_for(on: Compared, strategies: Sequence[Any] | None) -> list[Plan]:
    """Plans every strategy asked for.

    Raises:
        InspectorError: One of them is unknown, or there are none.
    """
    values = placeholders(on)
    return [_plan(on, strategy, one, values) for strategy, one in asked_strategies(strategies)]


def _plan(on: Compared, strategy: Strategy, treatment: Treatment, values: Placeholders) -> Plan:
    strategy, applied = strategy.for_model(values), treatment.apply(on)
    if isinstance(applied, Refusal):
        return Plan(strategy, treatment, reason=applied.reason, values=values)
    return Plan(strategy, treatment, rule=applied, values=values)


def placeholders(on: Compared) -> Placeholders:
    """What the code of strategies says of a model and a batch."""
    loss, settings = code_of(on.base)
    truth, main, rows = on.truth, on.main_input, len(on.valid)
    return Placeholders(
        loss=loss,
        settings=settings,
        target_padding=on.target_mark.as_code,
        input_padding=on.input_mark.as_code,
        vectors=truth is not None and on.y.ndim > 2,
        input_vectors=main is not None and main.ndim > 2,
        reverse=on.side == "before",
        timed=truth is not None and on.y.shape[:2] == on.valid.shape,
        own_padding=truth is not None and not np.array_equal(truth, on.valid),
        fixed_length=fixed_timesteps(on.model, on.valid.shape[1]) is not None,
        batch_size="len(y)" if on.batch_size >= rows else str(on.batch_size),
        own_weights=on.sample_weight is not None,
        loss_weight=on.factor,
    )


def code_of(base: Any) -> tuple[str, str]:
    """A loss as code: its class, and what it is made with."""
    named = type(base).__name__
    settings = ""
    if named == "LossFunctionWrapper":
        function = getattr(base.fn, "__name__", "")
        named = _CLASSES.get(function, "")
    elif type(base).__module__.startswith("keras"):
        settings = ", ".join(
            f"{name}={value!r}"
            for name, value in keras_private.loss_arguments(base).items()
            if value not in (False, None, -1, 0.0)
        )
    else:
        named = ""
    if not named or not hasattr(keras.losses, named):
        return OWN_LOSS, ""
    return f"keras.losses.{named}", settings


_CLASSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_squared_error": "MeanSquaredError",
}
