"""Plain Keras code of every strategy: what to write instead of using this package.

The code expects `model`, `x`, `y` and `valid` (True at real timesteps); `target_valid` where the
targets are padded otherwise than the input; `sample_weight` where the batch has some. It leaves
what Keras reports in `value`. Tests run it and compare that with the comparison.

Each strategy has a template and a function that fills it for a model and a batch.
"""

from dataclasses import dataclass
from string import Template

OWN_LOSS, OWN_COMPILED = "YourLoss", "your_loss"
"""Stand in the code for a loss that is none of Keras's own: a class whose `call` gives the loss at
every timestep, and what the model was compiled with."""


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
        behind: Names of the layers that the mask is put back behind.
        reverse: Padding comes first, so that a mask from lengths has to be reversed.
        timed: The targets have the timesteps of the input.
        own_padding: The targets are padded otherwise than the input.
        fixed_length: The model is built for one number of timesteps.
        batch_size: Rows per batch, as code.
        own_weights: The batch has sample weights.
        loss_weight: What the loss is multiplied by.
    """

    loss: str = "keras.losses.CategoricalCrossentropy"
    settings: str = ""
    target_padding: str = "[0, 0, 1]"
    input_padding: str = "[0, 0, 0]"
    vectors: bool = True
    input_vectors: bool = True
    behind: tuple[str, ...] = ("repeat",)
    reverse: bool = True
    timed: bool = True
    own_padding: bool = False
    fixed_length: bool = True
    batch_size: str = "len(y)"
    own_weights: bool = False
    loss_weight: float = 1.0

    def loss_with(self, *settings: str) -> str:
        """Returns code that makes the loss, with further settings as code."""
        return f"{self.loss}({', '.join(filter(None, [self.settings, *settings]))})"

    @property
    def compiled(self) -> str:
        """The loss that the model was compiled with, as code."""
        return OWN_COMPILED if self.loss == OWN_LOSS else self.loss_with()

    @property
    def moved_weights(self) -> str:
        """The argument for sample weights of a batch whose padding was moved."""
        if not self.own_weights:
            return ""
        moved = "other_side(sample_weight)" if self.timed else "sample_weight"
        return f", sample_weight={moved}"

    @property
    def texts(self) -> dict[str, str]:
        """What templates may name, by their names in them."""
        differs = "keras.ops.not_equal(inputs[1], padding)"
        factor = self.loss_weight
        return {
            "loss": self.loss_with(),
            "compiled": self.compiled,
            "factor": "" if factor == 1.0 else f", loss_weights={factor!r}",
            "size": self.batch_size,
            "weights": ", sample_weight=sample_weight" if self.own_weights else "",
            "target_padding": self.target_padding,
            "input_padding": self.input_padding,
            "behind": "behind " + " and ".join(f"`{name}`" for name in self.behind),
            "names": repr(self.behind),
            "real": "keras.ops.any(real, axis=-1)" if self.vectors else "real",
            "input_real": f"keras.ops.any({differs}, axis=-1)" if self.input_vectors else differs,
            "valid": "target_valid" if self.own_padding else "valid",
            "moved": "other_side(y)" if self.timed else "y",
            "moved_weights": self.moved_weights,
        }


def script(template: str, values: Placeholders, **more: str) -> str:
    """Returns a template filled for a model and a batch, behind the imports that it needs.

    Args:
        template: Code in which `$name` stands for what `Placeholders.texts` or `more` call so.
        values: What is known of model and batch.
        more: What only this strategy names, or names otherwise.
    """
    text = Template(template).substitute(values.texts | more)
    head = "import keras\n" + ("import numpy as np\n" if "np." in text else "")
    if OWN_LOSS in text:
        head += (
            f"\n# `{OWN_LOSS}` stands for the loss that the model was compiled with, as a class\n"
        )
        head += "# whose `call` gives the loss at every timestep.\n"
    if OWN_COMPILED in text:
        head += f"\n# `{OWN_COMPILED}` stands for the loss that the model was compiled with.\n"
    return f"{head}\n{text.strip()}\n"


_NO_MASK = '''
per_timestep = $loss

class OverAllTimesteps(keras.losses.Loss):
    """Averages over all timesteps, whatever mask arrives."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return keras.ops.mean(per_timestep.call(y_true, y_pred))

model.compile(loss=OverAllTimesteps()$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
'''


def no_mask(values: Placeholders) -> str:
    """Returns code for the mean over all timesteps."""
    return script(_NO_MASK, values)


_PROPAGATED = """
model.compile(loss=$compiled$factor)
value = model.evaluate(
    x, y, batch_size=$size, verbose=0, return_dict=True$weights
)["loss"]
"""


def propagated(values: Placeholders) -> str:
    """Returns code for the model as it is."""
    return script(_PROPAGATED, values)


_FROM_TARGETS = '''
per_timestep = $loss

class FromTargets(keras.losses.Loss):
    """Finds padding in y_true and leaves it out."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        real = keras.ops.not_equal(y_true, keras.ops.cast($target_padding, y_true.dtype))
        real = keras.ops.cast($real, "float32")
        loss = per_timestep.call(y_true, y_pred) * real
        return keras.ops.sum(loss) / $divisor

model.compile(loss=FromTargets()$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
'''


def loss_from_targets(values: Placeholders) -> str:
    """Returns code for a loss that finds padding in the targets."""
    return script(_FROM_TARGETS, values, divisor="keras.ops.maximum(keras.ops.sum(real), 1)")


def loss_over_all(values: Placeholders) -> str:
    """Returns code for the same loss, divided by all timesteps."""
    divisor = 'keras.ops.cast(keras.ops.size(real), "float32")'
    return script(_FROM_TARGETS, values, divisor=divisor)


_SAMPLE_WEIGHT = """
real = $valid.astype("float32")
model.compile(loss=$loss$factor)
value = model.evaluate(
    x, y, sample_weight=real, batch_size=$size, verbose=0, return_dict=True
)["loss"]
"""


def sample_weight(values: Placeholders) -> str:
    """Returns code for sample weights of 0 and 1."""
    return script(_SAMPLE_WEIGHT, values)


def sample_weight_mean(values: Placeholders) -> str:
    """Returns code for sample weights, divided by their sum."""
    loss = values.loss_with('reduction="mean_with_sample_weight"')
    return script(_SAMPLE_WEIGHT, values, loss=loss)


_IGNORE_CLASS = """
model.compile(loss=$loss$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
"""


def ignore_class(values: Placeholders) -> str:
    """Returns code for the sparse cross-entropy that ignores the class of padding."""
    settings = [f"ignore_class={values.target_padding}", *filter(None, [values.settings])]
    loss = f"keras.losses.SparseCategoricalCrossentropy({', '.join(settings)})"
    return script(_IGNORE_CLASS, values, loss=loss)


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

# Where the model is built, $behind:
#     hidden = PutMaskBack(padding=$input_padding)([hidden, inputs])
# Here the layers of a finished Sequential or Functional model are called once more.
def call(layer, *arguments, **options):
    hidden = layer(*arguments, **options)
    if layer.name not in $names:
        return hidden
    return PutMaskBack(padding=$input_padding)([hidden, inputs])

inputs = keras.Input(batch_shape=model.inputs[0].shape, dtype=model.inputs[0].dtype)
same = keras.Model(model.inputs[0], model.outputs[0])
again = keras.models.clone_model(
    same, inputs, clone_function=lambda layer: layer, call_function=call
)
again.compile(loss=$compiled$factor)
value = again.evaluate(x, y, batch_size=$size, verbose=0$weights)
'''


def mask_put_back(values: Placeholders) -> str:
    """Returns code for a layer that puts the mask back."""
    return script(_MASK_PUT_BACK, values)


_LENGTHS = '''
per_timestep = $loss

class OverMask(keras.losses.Loss):
    """Averages over the timesteps that a mask keeps."""

    def __call__(self, y_true, y_pred, sample_weight):
        loss = per_timestep.call(y_true, y_pred) * sample_weight
        return keras.ops.sum(loss) / keras.ops.maximum(keras.ops.sum(sample_weight), 1)

lengths = $valid.sum(axis=1)
mask = np.arange($valid.shape[1]) < lengths[:, None]  # as if padding came last$turn

model.compile(loss=OverMask()$factor)
weight = mask.astype("float32")
value = model.evaluate(
    x, y, sample_weight=weight, batch_size=$size, verbose=0, return_dict=True
)["loss"]
'''


def lengths_reversed(values: Placeholders) -> str:
    """Returns code for a mask from lengths."""
    turn = "\nmask = mask[:, ::-1]  # padding comes first here" if values.reverse else ""
    return script(_LENGTHS, values, turn=turn)


def lengths_rows_reversed(values: Placeholders) -> str:
    """Returns code for the same mask with its rows reversed too: the mistake."""
    turned = "[::-1, ::-1]" if values.reverse else "[::-1]"
    turn = f"\nmask = mask{turned}  # wrong: this gives every sentence another one's mask"
    return script(_LENGTHS, values, turn=turn)


_OTHER_SIDE = """
def other_side(array):
    moved = []
    for row, real in zip(array, valid):
        first, second = (real, ~real) if not real[0] else (~real, real)
        moved.append(np.concatenate([row[first], row[second]]))
    return np.stack(moved)

model.compile(loss=$compiled$factor)
value = model.evaluate(
    other_side(x), $moved, batch_size=$size, verbose=0, return_dict=True$moved_weights
)["loss"]
"""


def other_side(values: Placeholders) -> str:
    """Returns code for the same batch with its padding at the other end."""
    return script(_OTHER_SIDE, values)


_ALONE = """
$rebuild
total, count = 0.0, 0
for $each:
    if real.any():$prepare
        told = $alone.evaluate(row[real][None], $target, verbose=0, return_dict=True$cut)
        total, count = total + $times * told["loss"], count + $counted
value = total / count
"""

_REBUILD = '''
def of_length(value, length):
    """The configuration of the model for another number of timesteps."""
    if isinstance(value, (list, tuple)):
        return type(value)(of_length(item, length) for item in value)
    if not isinstance(value, dict):
        return value
    found = {name: of_length(item, length) for name, item in value.items()}
    found.pop("build_config", None)
    shape = found.get("batch_shape")
    if shape and shape[1:2] in ([x.shape[1]], (x.shape[1],)):
        found["batch_shape"] = [shape[0], length, *shape[2:]]
    if found.get("class_name") == "RepeatVector" and found["config"]["n"] == x.shape[1]:
        found["config"] = {**found["config"], "n": length}
    return found
'''

_SHORT = """
        short = type(model).from_config(of_length(model.get_config(), int(real.sum())))
        short.set_weights(model.get_weights())
        short.compile(loss=$loss$factor)"""


def alone(values: Placeholders) -> str:
    """Returns code for every sentence without its padding."""
    pieces = {
        "each": "row, target, real in zip(x, y, valid)",
        "target": "target[real][None]" if values.timed else "target[None]",
        "times": "real.sum()" if values.timed else "1",
        "counted": "real.sum()" if values.timed else "1",
        "cut": "",
    }
    if values.own_padding:
        pieces |= {
            "each": "row, target, real, wanted in zip(x, y, valid, target_valid)",
            "counted": "wanted[real].sum()",
            "cut": ", sample_weight=weights",
        }
    prepared = _SHORT if values.fixed_length else ""
    if values.own_padding:
        prepared += '\n        weights = wanted[real][None].astype("float32")'
    pieces |= {
        "rebuild": _REBUILD if values.fixed_length else "model.compile(loss=$loss$factor)",
        "prepare": prepared,
        "alone": "short" if values.fixed_length else "model",
    }
    return script(Template(_ALONE).safe_substitute(pieces), values)
