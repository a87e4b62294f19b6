"""The presets as code in plain Keras, with the seeds that give the very weights of the app."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelChoices

LEARNING_RATE = 0.01


class Seeds:
    """One seed for each set of weights, in the order in which the app draws them."""

    def __init__(self, seed: int) -> None:
        """Starts where the app starts."""
        self._generator = np.random.default_rng(seed)

    def __next__(self) -> int:
        """Returns the next seed."""
        return int(self._generator.integers(2**31))

    def glorot(self) -> str:
        """Returns code for the initial weights of a kernel."""
        return f"init.GlorotUniform({next(self)})"


@dataclass(frozen=True)
class Size:
    """What the code of a preset takes from the batch.

    Attributes:
        units: Width of the layers.
        classes: Number of classes of the targets.
        ids: The input is ids, not vectors.
    """

    units: int
    classes: int
    ids: bool


def preset_code(choices: ModelChoices, batch: Batch) -> str:
    """Returns code that builds and compiles the preset for arrays `x`, `y` and `tokens`."""
    preset = PRESETS[choices.preset]
    classes = _classes(batch)
    units = choices.units if choices.units is not None else preset.units or classes
    size = Size(units, classes, getattr(batch.x, "ndim", 0) == 2)
    loss = choices.loss or preset.losses[0]
    lines = ["import keras", "from keras import initializers as init", "from keras import layers"]
    lines += ["", *_BUILDERS[choices.preset](size, Seeds(choices.seed))]
    told = f'"{loss}"'
    if choices.preset == "cure":
        lines += ["", "", *_cure(loss, batch)]
        told = "loss_over_real_timesteps"
    lines += [f"model.compile(optimizer=keras.optimizers.Adam({LEARNING_RATE}), loss={told})"]
    return "\n".join(lines)


def _classes(batch: Batch) -> int:
    if batch.target_vocabulary:
        return len(batch.target_vocabulary)
    y = np.asarray(batch.y)
    one_more = 2 if batch.target_valid is None else 3
    return int(y.shape[-1] if y.ndim == one_more else y.max() + 1)


def _cure(loss: str, batch: Batch) -> Iterator[str]:
    y, real = np.asarray(batch.y), np.asarray(batch.target_valid)
    yield "def loss_over_real_timesteps(y_true, y_pred):"
    yield '    """The loss over real timesteps; padding is found in y_true."""'
    if y.ndim == 2:
        yield f"    real = keras.ops.not_equal(y_true, {_padding_class(y, real, 0)})"
    elif not y[~real].any() and not real.all():
        yield "    real = keras.ops.any(y_true != 0, axis=-1)"
    else:
        number = _padding_class(y.argmax(-1), real, y.shape[-1] - 1)
        yield f"    real = keras.ops.not_equal(keras.ops.argmax(y_true, axis=-1), {number})"
    yield '    real = keras.ops.cast(real, "float32")'
    yield f"    loss = keras.losses.{loss}(y_true, y_pred)"
    yield "    return keras.ops.divide_no_nan(keras.ops.sum(loss * real), keras.ops.sum(real))"
    yield ""
    yield ""


def _padding_class(ids: AnyArray, real: AnyArray, usual: int) -> int:
    found = ids[~real]
    return int(found[0]) if found.size else usual


def _input(size: Size, timesteps: str = "None") -> str:
    if size.ids:
        return 'inputs = keras.Input((None,), dtype="int32")'
    return f"inputs = keras.Input(({timesteps}, x.shape[2]))"


def _embedding(size: Size, seeds: Seeds) -> str:
    weights = f"init.RandomUniform(-0.05, 0.05, {next(seeds)})"
    return (
        f"embedded = layers.Embedding(\n    len(tokens), {size.units}, mask_zero=True, "
        f'embeddings_initializer={weights}, name="embedding"\n)(inputs)'
    )


def _lstm(units: int, name: str, seeds: Seeds, more: str = "") -> str:
    return (
        f"layers.LSTM(\n    {units},{more}\n    kernel_initializer={seeds.glorot()},\n"
        f'    recurrent_initializer=init.Orthogonal(seed={next(seeds)}),\n    name="{name}",\n)'
    )


def _dense(units: int, name: str, seeds: Seeds, activation: str = "") -> str:
    more = f' activation="{activation}",' if activation else ""
    return (
        f'layers.Dense(\n    {units},{more} kernel_initializer={seeds.glorot()}, name="{name}"\n)'
    )


def _model(size: Size, seeds: Seeds, last: str) -> Iterator[str]:
    head = _dense(size.classes, "probabilities", seeds, "softmax")
    yield f"model = keras.Model(inputs, {head}({last}))"


_EVERY = "\n    return_sequences=True,"
_MASKING = 'masked = layers.Masking(0.0, name="masking")(inputs)'


def _autoencoder(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size, "x.shape[1]")
    yield _MASKING
    yield f"encoded = {_lstm(size.units, 'encoder', seeds)}(masked)"
    yield 'repeated = layers.RepeatVector(y.shape[1], name="repeat")(encoded)'
    yield f"decoded = {_lstm(size.units, 'decoder', seeds, _EVERY)}(repeated)"
    yield from _model(size, seeds, "decoded")


def _one_lstm(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _MASKING
    yield f"model = keras.Model(inputs, {_lstm(size.classes, 'lstm', seeds, _EVERY)}(masked))"


def _tagger(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _embedding(size, seeds)
    yield f"forward = {_lstm(size.units, 'forward', seeds, _EVERY)}"
    back = f"{_EVERY}\n    go_backwards=True,"
    yield f"backward = {_lstm(size.units, 'backward', seeds, back)}"
    wrapped = 'layers.Bidirectional(forward, backward_layer=backward, name="bidirectional")'
    yield f"both_ways = {wrapped}(embedded)"
    yield from _model(size, seeds, "both_ways")


def _classifier(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _embedding(size, seeds)
    yield f"encoded = {_lstm(size.units, 'encoder', seeds)}(embedded)"
    yield from _model(size, seeds, "encoded")


def _attended(size: Size, seeds: Seeds, source: str) -> Iterator[str]:
    width = max(1, size.units // 2)
    yield f'attention = layers.MultiHeadAttention(2, {width}, name="attention")'
    yield f"attended = attention({source}, {source})"
    yield "kernels = [weight for weight in attention.weights if len(weight.shape) == 3]"
    yield f"for kernel, seed in zip(kernels, {[next(seeds) for _ in range(4)]}):"
    yield "    kernel.assign(init.GlorotUniform(seed)(kernel.shape))"


def _scaled_attention(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _embedding(size, seeds)
    yield f"scaled = embedded * {size.units} ** 0.5  # here the mask is lost"
    yield from _attended(size, seeds, "scaled")
    yield from _model(size, seeds, "attended")


def _convolution(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _embedding(size, seeds) if size.ids else _MASKING
    yield (
        f'mixed = layers.Conv1D(\n    {size.units}, 3, padding="same", activation="relu",\n'
        f'    kernel_initializer={seeds.glorot()},\n    name="convolution",\n)'
        f"({'embedded' if size.ids else 'masked'})"
    )
    yield from _model(size, seeds, "mixed")


def _transformer(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _embedding(size, seeds)
    yield 'normalized = layers.LayerNormalization(name="attention_norm")(embedded)'
    yield from _attended(size, seeds, "normalized")
    yield 'summed = layers.Add(name="attention_sum")([embedded, attended])'
    yield 'normalized = layers.LayerNormalization(name="feed_forward_norm")(summed)'
    yield f"widened = {_dense(4 * size.units, 'widen', seeds, 'relu')}(normalized)"
    yield f"narrowed = {_dense(size.units, 'narrow', seeds)}(widened)"
    yield 'block = layers.Add(name="feed_forward_sum")([summed, narrowed])'
    yield from _model(size, seeds, "block")


def _never_fires(size: Size, seeds: Seeds) -> Iterator[str]:
    yield _input(size)
    yield _MASKING
    yield f"read = {_lstm(size.units, 'lstm', seeds, _EVERY)}(masked)"
    yield from _model(size, seeds, "read")


_BUILDERS: dict[str, Callable[[Size, Seeds], Iterator[str]]] = {
    "question": _autoencoder,
    "answer": _one_lstm,
    "cure": _autoencoder,
    "tagger": _tagger,
    "classifier": _classifier,
    "attention": _scaled_attention,
    "conv": _convolution,
    "transformer": _transformer,
    "never_fires": _never_fires,
}
