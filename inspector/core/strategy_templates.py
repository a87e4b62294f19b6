"""The texts that the code of the strategies is made of: plain Keras, with places to fill."""

_NO_MASK = '''
per_timestep = $loss

class OverAllTimesteps(keras.losses.Loss):
    """Averages over all timesteps, whatever mask arrives."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return keras.ops.mean(per_timestep.call(y_true, y_pred))

model.compile(loss=OverAllTimesteps()$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
'''

_PROPAGATED = """
model.compile(loss=$compiled$factor)
value = model.evaluate(
    x, y, batch_size=$size, verbose=0, return_dict=True$weights
)["loss"]
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

model.compile(loss=FromTargets()$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
'''

_SAMPLE_WEIGHT = """
real = $valid.astype("float32")
model.compile(loss=$loss$factor)
value = model.evaluate(
    x, y, sample_weight=real, batch_size=$size, verbose=0, return_dict=True
)["loss"]
"""

_IGNORE_CLASS = """
model.compile(loss=$loss$factor)
value = model.evaluate(x, y, batch_size=$size, verbose=0, return_dict=True)["loss"]
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

_ALONE = """
$rebuild
total, count = 0.0, 0
for $each:
    if real.any():$prepare
        told = $alone.evaluate(row[real][None], $target, verbose=0, return_dict=True$cut)
        total, count = total + $times * told["loss"], count + $counted
value = total / count
"""

REBUILD = '''
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
SHORT = """
        short = type(model).from_config(of_length(model.get_config(), int(real.sum())))
        short.set_weights(model.get_weights())
        short.compile(loss=$loss$factor)"""

TEMPLATES = {
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
"""The code of each strategy, by the value of its name."""
