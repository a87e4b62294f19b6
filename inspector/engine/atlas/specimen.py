"""One layer on one masked sequence: runs it with other padding, and compares."""

import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.atlas import TimeAxis
from inspector.engine.atlas.making import Call, Setting
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor

WIDTH = 4
# Padding before, after, on both sides, and none: some layers only mix to one side.
VALID: BoolArray = np.array(
    [[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 1, 1, 1, 1, 0]], bool
)
MORE = 2
"""Timesteps of padding that are added at each end."""


@dataclass(frozen=True, eq=False)
class Content:
    """What stands in a sequence.

    Attributes:
        values: (rows, timesteps, width), or ids (rows, timesteps).
        valid: bool (rows, timesteps), True at real timesteps.
    """

    values: AnyArray
    valid: BoolArray


class Specimen:
    """A built layer with fixed weights."""

    def __init__(self, setting: Setting) -> None:
        """Makes the layer, builds it on the first call, and gives it weights of ordinary size."""
        self.setting = setting
        self._layer = setting.layer.build()
        self.plain = self._plain_content()
        self.warned = False
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            self._call(self.plain, training=False)
        self.warned = any("does not support mask" in str(warning.message) for warning in heard)
        random = np.random.default_rng(7)
        for variable in self._layer.trainable_variables:
            variable.assign(random.normal(0.0, 0.5, variable.shape))
        self._state = [(v, v.numpy()) for v in self._layer.non_trainable_variables]

    @property
    def output_valid(self) -> BoolArray | None:
        """The truth on the time axis of the output; None where there is no such axis."""
        return output_valid(self.plain.valid, self.setting.time_axis)

    def mask(self) -> AnyArray | None:
        """The mask that the layer hands on."""
        mask = keras_private.get_mask(self._run(self.plain, False))
        return None if mask is None else np.asarray(mask)

    def real_outputs(self, content: Content, training: bool) -> AnyArray:
        """What the layer returns at real timesteps, from the same state each time."""
        self._restore()
        return self._real(self._run(content, training), content)

    def draws(self) -> bool:
        """True if two runs in training differ by random numbers alone."""
        first = self.real_outputs(self.plain, True)
        seeds = [pair for pair in self._state if "seed_generator" in pair[0].path]
        if not seeds:
            return False
        self._restore(but={id(variable) for variable, _ in seeds})
        return differ(first, self._real(self._run(self.plain, True), self.plain))

    def other_content(self, seed: int) -> Content:
        """The same real timesteps, with other content at padding."""
        random = np.random.default_rng(seed)
        values = self.plain.values
        noise = random.normal(0.0, 3.0, values.shape).astype(values.dtype)
        return Content(np.where(self.plain.valid[..., None], values, noise), self.plain.valid)

    def longer(self) -> Content:
        """The same rows with more padding at both ends."""
        widths = ((0, 0), (MORE, MORE))
        valid = np.pad(self.plain.valid, widths)
        if self.plain.values.ndim == 2:
            return Content(np.pad(self.plain.values, widths), valid)
        values = np.broadcast_to(self._padding(), (*valid.shape, WIDTH)).copy()
        values[valid] = self.plain.values[self.plain.valid]
        return Content(values, valid)

    def _padding(self) -> AnyArray:
        """The vector at padding: as from an embedding, or zeros where the layer finds it."""
        vector = np.array([2.0, -1.5, 3.0, -2.5], np.float32)
        return vector * (not self.setting.makes)

    def _plain_content(self) -> Content:
        random = np.random.default_rng(3)
        if self.setting.call is Call.IDS:
            return Content(np.where(VALID, random.integers(1, 9, VALID.shape), 0), VALID)
        values = random.normal(0.0, 1.0, (*VALID.shape, WIDTH)).astype("float32")
        return Content(np.where(VALID[..., None], values, self._padding()), VALID)

    def _run(self, content: Content, training: bool) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It was heard at the first call.
            return self._call(content, training)

    def _call(self, content: Content, training: bool) -> Any:
        setting = self.setting
        values = content.values
        if setting.cells:
            values = values.reshape(*content.valid.shape, *setting.cells)
        first = to_tensor(values)
        if setting.call is not Call.IDS and not setting.makes:
            keras_private.set_mask(first, to_tensor(content.valid))
        arguments: tuple[Any, ...] = (first,)
        if setting.call is Call.LOOKING:
            arguments = (first, first)
        elif setting.call is Call.BOTH:
            other = keras.ops.tanh(first) if setting.other_unmasked else keras.ops.elu(first)
            if not setting.other_unmasked:
                keras_private.set_mask(other, to_tensor(content.valid))
            arguments = ([first, other],)
        return keras_private.flatten(self._layer(*arguments, training=training))[0]

    def _real(self, outputs: Any, content: Content) -> AnyArray:
        values = np.asarray(keras.ops.convert_to_numpy(outputs))
        real = output_valid(content.valid, self.setting.time_axis)
        return values if real is None else values[real]

    def _restore(self, but: set[int] | None = None) -> None:
        for variable, value in self._state:
            if id(variable) not in (but or ()):
                variable.assign(value)


def differ(first: AnyArray, second: AnyArray) -> bool:
    """True if two results differ by more than float error, or in how many there are."""
    if first.shape != second.shape:
        return True
    scale = max(1.0, float(np.abs(first).max(initial=0.0)))
    return bool(np.abs(first - second).max(initial=0.0) > 1e-4 * scale)


def output_valid(valid: BoolArray, axis: TimeAxis) -> BoolArray | None:
    """Returns which timesteps of the output hold something of a real one."""
    rows = len(valid)
    if axis is TimeAxis.GONE:
        return None
    if axis is TimeAxis.HALVED:
        return np.asarray(valid.reshape(rows, -1, 2).any(axis=-1))
    if axis is TimeAxis.CROPPED:
        return valid[:, 1:-1]
    if axis is TimeAxis.WIDENED:
        return np.pad(valid, ((0, 0), (1, 1)))
    if axis is TimeAxis.DOUBLED:
        return np.repeat(valid, 2, axis=1)
    if axis is TimeAxis.JOINED:
        return np.concatenate([valid, valid], axis=1)
    if axis is TimeAxis.THIRDS:
        # Each of the three looks at a stretch; where they overlap, the longer one counts.
        edges = [(i * valid.shape[1] // 3, -(-(i + 1) * valid.shape[1] // 3)) for i in range(3)]
        return np.stack([valid[:, a:b].any(axis=1) for a, b in edges], axis=1)
    return valid
