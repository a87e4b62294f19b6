"""The cure: a loss that finds padding in `y_true`, where no mask arrives."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mask_inspector")
class LossOverRealTimesteps(keras.losses.Loss):
    """A loss averaged over real timesteps; padding is found in `y_true`.

    `call` gives the loss of every timestep, padding too. The value is

        sum(loss * real) / sum(real),   real = 0 where y_true is padding, else 1

    and 0, not NaN, where no timestep is real. With sample weights w it is
    sum(loss * w * real) / sum(w * real).

    Args:
        loss: Name of the loss at one timestep, for example `categorical_crossentropy`.
        padding_class: Class that stands for padding in `y_true`; None where padding is the zero
            vector.
        name: Name of the loss.
        reduction: Keras's reduction; dividing by the sum of the weights is what makes the average
            one over real timesteps.
        dtype: As in `keras.losses.Loss`.

    Example:
        >>> model.compile(loss=LossOverRealTimesteps("categorical_crossentropy", padding_class=2))
    """

    def __init__(
        self,
        loss: str = "categorical_crossentropy",
        padding_class: int | None = None,
        name: str = "loss_over_real_timesteps",
        reduction: str = "mean_with_sample_weight",
        dtype: Any = None,
    ) -> None:
        """Looks up the loss function by name."""
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.loss = loss
        self.padding_class = padding_class
        self._function = keras.losses.get(loss)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of every timestep, (rows, timesteps)."""
        return self._function(y_true, y_pred)

    def real_timesteps(self, y_true: Any, y_pred: Any) -> Any:
        """Returns 1 at real timesteps and 0 at padding, (rows, timesteps)."""
        if len(y_true.shape) < len(y_pred.shape) or y_true.shape[-1] != y_pred.shape[-1]:
            if len(y_true.shape) == len(y_pred.shape):
                y_true = ops.squeeze(y_true, axis=-1)  # (rows, timesteps, 1): a class a timestep
            real = ops.not_equal(y_true, self.padding_class)
        else:
            padding = ops.zeros(y_true.shape[-1:], y_true.dtype)
            if self.padding_class is not None:
                padding = ops.one_hot(self.padding_class, y_true.shape[-1], dtype=y_true.dtype)
            real = ops.any(ops.not_equal(y_true, padding), axis=-1)
        return ops.cast(real, self.dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the average over real timesteps."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        weight = self.real_timesteps(y_true, ops.convert_to_tensor(y_pred))
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            if len(sample_weight.shape) == 1:
                sample_weight = ops.expand_dims(sample_weight, axis=-1)  # one weight a row
            weight = weight * sample_weight
        return super().__call__(y_true, y_pred, sample_weight=weight)

    def get_config(self) -> dict[str, Any]:
        """Returns what is needed to save and load the loss."""
        return {**super().get_config(), "loss": self.loss, "padding_class": self.padding_class}
