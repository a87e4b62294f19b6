"""Plain Keras code of every strategy: what to write instead of using this package.

The code expects `model`, `x`, `y` and `valid` (True at real timesteps). Tests run it and compare
its value with the one of the comparison.
"""

from dataclasses import dataclass
from string import Template

OWN_LOSS = "YourLoss"
"""Stands in the code for a loss that is none of Keras's own."""


@dataclass(frozen=True)
class Placeholders:
    """What the code says of the model and batch at hand.

    Attributes:
        loss: Class of the loss, as code: `keras.losses.CategoricalCrossentropy`.
        settings: What the class is made with, as code: `from_logits=True`.
        target_padding: What stands at padding in the targets, as code: `[0, 0, 1]`, `0`.
        input_padding: The same for the input.
        vectors: Targets are vectors, not class ids.
        input_vectors: The input holds vectors, not ids.
        behind: Name of the layer that the mask is put back behind.
        reverse: Padding comes first, so that a mask from lengths has to be reversed.
    """

    loss: str = "keras.losses.CategoricalCrossentropy"
    settings: str = ""
    target_padding: str = "[0, 0, 1]"
    input_padding: str = "[0, 0, 0]"
    vectors: bool = True
    input_vectors: bool = True
    behind: str = "repeat"
    reverse: bool = True


_NO_MASK = '''
per_timestep = $loss

class OverAllTimesteps(keras.losses.Loss):
    """Averages over all timesteps, whatever mask arrives."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return keras.ops.mean(per_timestep.call(y_true, y_pred))

model.compile(loss=OverAllTimesteps())
value = model.evaluate(x, y, batch_size=len(y))
'''

_PROPAGATED = """
model.compile(loss=$loss)
value = model.evaluate(x, y, batch_size=len(y))
"""

_FROM_TARGETS = '''
per_timestep = $loss

class FromTargets(keras.losses.Loss):
    """Finds padding in y_true and leaves it out."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        real = keras.ops.not_equal(y_true, keras.ops.cast($target_padding, y_true.dtype))
        real = keras.ops.cast($real, "float32")
        loss = per_timestep.call(y_true, y_pred) * real
        return keras.ops.sum(loss) / $divisor

model.compile(loss=FromTargets())
value = model.evaluate(x, y, batch_size=len(y))
'''

_SAMPLE_WEIGHT = """
model.compile(loss=$loss)
value = model.evaluate(x, y, sample_weight=valid.astype("float32"), batch_size=len(y))
"""

_IGNORE_CLASS = """
model.compile(loss=$loss)
value = model.evaluate(x, y, batch_size=len(y))
"""

_MASK_PUT_BACK = '''
class PutMaskBack(keras.layers.Layer):
    """Hands on its first input with a mask that it finds in the second, the model's input."""

    def __init__(self, padding, **options):
        super().__init__(**options)
        self.padding, self.supports_masking = padding, True

    def call(self, inputs):
        return keras.ops.copy(inputs[0])

    def compute_mask(self, inputs, mask=None):
        padding = keras.ops.cast(self.padding, inputs[1].dtype)
        return $input_real

# Where the model is built, behind the layer `$behind`:
#     hidden = PutMaskBack(padding=$input_padding)([hidden, inputs])
model.compile(loss=$loss)
value = model.evaluate(x, y, batch_size=len(y))
'''

_LENGTHS = '''
per_timestep = $loss

class OverMask(keras.losses.Loss):
    """Averages over the timesteps that a mask keeps."""

    def __call__(self, y_true, y_pred, sample_weight):
        loss = per_timestep.call(y_true, y_pred) * sample_weight
        return keras.ops.sum(loss) / keras.ops.maximum(keras.ops.sum(sample_weight), 1)

lengths = valid.sum(axis=1)
mask = np.arange(valid.shape[1]) < lengths[:, None]  # as if padding came last$turn

model.compile(loss=OverMask())
value = model.evaluate(x, y, sample_weight=mask.astype("float32"), batch_size=len(y))
'''

_OTHER_SIDE = """
def other_side(array):
    moved = []
    for row, real in zip(array, valid):
        first, second = (real, ~real) if not real[0] else (~real, real)
        moved.append(np.concatenate([row[first], row[second]]))
    return np.stack(moved)

model.compile(loss=$loss)
value = model.evaluate(other_side(x), other_side(y), batch_size=len(y))
"""

_ALONE = """
model.compile(loss=$loss)
total = 0.0
for row, target, real in zip(x, y, valid):
    if real.any():
        total += real.sum() * model.evaluate(row[real][None], target[real][None])
value = total / valid.sum()
"""

_TEMPLATES = {
    "no_mask": _NO_MASK,
    "propagated": _PROPAGATED,
    "loss_from_targets": _FROM_TARGETS,
    "loss_over_all": _FROM_TARGETS,
    "sample_weight": _SAMPLE_WEIGHT,
    "sample_weight_mean": _SAMPLE_WEIGHT,
    "ignore_class": _IGNORE_CLASS,
    "mask_put_back": _MASK_PUT_BACK,
    "lengths_reversed": _LENGTHS,
    "lengths_rows_reversed": _LENGTHS,
    "other_side": _OTHER_SIDE,
    "alone": _ALONE,
}


def code_for(key: str, values: Placeholders) -> str:
    """Returns the code of a strategy for the loss and the padding at hand.

    Args:
        key: Value of a `StrategyName`.
        values: What stands in it.
    """
    differs = "keras.ops.not_equal(inputs[1], padding)"
    over_all = 'keras.ops.cast(keras.ops.size(real), "float32")'
    text = Template(_TEMPLATES[key]).substitute(
        loss=_loss(key, values),
        target_padding=values.target_padding,
        input_padding=values.input_padding,
        behind=values.behind,
        real="keras.ops.any(real, axis=-1)" if values.vectors else "real",
        input_real=f"keras.ops.any({differs}, axis=-1)" if values.input_vectors else differs,
        divisor=over_all if key == "loss_over_all" else "keras.ops.maximum(keras.ops.sum(real), 1)",
        turn=_turn(key, values.reverse),
    )
    head = "import keras\n" + ("import numpy as np\n" if "np." in text else "")
    if values.loss == OWN_LOSS and OWN_LOSS in text:
        head += f"\n# `{OWN_LOSS}` stands for the loss that the model was compiled with.\n"
    return f"{head}\n{text.strip()}\n"


def _loss(key: str, values: Placeholders) -> str:
    settings = [values.settings] if values.settings else []
    if key == "sample_weight_mean":
        settings.append('reduction="mean_with_sample_weight"')
    if key == "ignore_class":
        loss = "keras.losses.SparseCategoricalCrossentropy"
        return f"{loss}({', '.join([f'ignore_class={values.target_padding}', *settings])})"
    return f"{values.loss}({', '.join(settings)})"


def _turn(key: str, reverse: bool) -> str:
    if key == "lengths_rows_reversed":
        turned = "[::-1, ::-1]" if reverse else "[::-1]"
        return f"\nmask = mask{turned}  # wrong: this gives every sentence another one's mask"
    return "\nmask = mask[:, ::-1]  # padding comes first here" if reverse else ""


PLAIN_CODE = {key: code_for(key, Placeholders()) for key in _TEMPLATES}
"""The code of every strategy for the model and the batch of the question."""
