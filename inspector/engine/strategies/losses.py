"""The losses of the strategies, each one a Keras loss over the same loss at a timestep."""

from typing import Any

import keras
from keras import ops

from inspector.core.arrays import AnyArray
from inspector.core.strategy_code import OWN_LOSS

SPARSE = "sparse_categorical_crossentropy"


class PerTimestep(keras.losses.Loss):
    """Another loss's value at each timestep, reduced by Keras: mask and sample weights count.

    Args:
        base: The loss whose `call` gives the loss at each timestep.
        reduction: As in Keras.
    """

    def __init__(self, base: keras.losses.Loss, reduction: str = "sum_over_batch_size") -> None:
        """Takes name and dtype of `base`."""
        super().__init__(name=base.name, reduction=reduction, dtype=base.dtype)
        self.base = base

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each timestep; axes behind the time axis are averaged."""
        loss = self.base.call(y_true, y_pred)
        axes = tuple(range(2, len(loss.shape)))
        return ops.mean(loss, axis=axes) if axes else loss


class OverGiven(PerTimestep):
    """Averages over the timesteps with a weight, whatever mask arrives.

    Without sample weights the value is mean(loss), with weights w it is sum(loss * w) / sum(w), and
    0 where no weight is above 0.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the average."""
        loss = self.call(*self.converted(y_true, y_pred))
        if sample_weight is None:
            return ops.mean(loss)
        weight = ops.convert_to_tensor(sample_weight, dtype=loss.dtype)
        return ops.divide_no_nan(ops.sum(loss * weight), ops.sum(weight))

    def converted(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Targets and predictions in the dtype of the loss, as `Loss.__call__` converts them."""
        return (
            ops.convert_to_tensor(y_true, dtype=self.dtype),
            ops.convert_to_tensor(y_pred, dtype=self.dtype),
        )


class FromTargets(OverGiven):
    """Finds padding in `y_true` and leaves it out of the sum, whatever mask arrives.

    Args:
        base: The loss at a timestep.
        padding: What stands at padding in the targets, shaped like one timestep of them; None
            where the batch has no padding to go by.
        over_all: Divide by all timesteps instead of the real ones: the common mistake.
    """

    def __init__(
        self, base: keras.losses.Loss, padding: AnyArray | None, over_all: bool = False
    ) -> None:
        """Remembers what padding looks like."""
        super().__init__(base)
        self.padding, self.over_all = padding, over_all

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the sum over real timesteps, divided."""
        y_true, y_pred = self.converted(y_true, y_pred)
        loss = self.call(y_true, y_pred)
        real = ops.cast(self._real(y_true, loss), loss.dtype)
        count = ops.size(loss) if self.over_all else ops.sum(real)
        return ops.divide_no_nan(ops.sum(loss * real), ops.cast(count, loss.dtype))

    def _real(self, y_true: Any, loss: Any) -> Any:
        if self.padding is None:
            return ops.ones_like(loss)
        differs = ops.not_equal(y_true, ops.convert_to_tensor(self.padding, dtype=y_true.dtype))
        axes = tuple(range(2, len(y_true.shape)))
        return ops.any(differs, axis=axes) if axes else differs


def sparse_settings(base: Any) -> dict[str, Any] | None:
    """The settings of a sparse cross-entropy, but for `ignore_class`; None for other losses."""
    function = getattr(base, "fn", None)
    known = function is keras.losses.sparse_categorical_crossentropy
    if not known and not isinstance(base, keras.losses.SparseCategoricalCrossentropy):
        return None
    kept = getattr(base, "_fn_kwargs", {})
    return {name: kept[name] for name in ("from_logits", "axis") if name in kept}


def ignoring_class(base: Any, padding_class: int) -> keras.losses.Loss:
    """The sparse cross-entropy `base` with `ignore_class`, reduced as Keras does by default."""
    settings = sparse_settings(base) or {}
    settings.pop("axis", None)
    return keras.losses.SparseCategoricalCrossentropy(
        ignore_class=padding_class, dtype=base.dtype, **settings
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
            for name, value in getattr(base, "_fn_kwargs", {}).items()
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
