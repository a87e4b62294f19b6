"""Layers that users write themselves: right ones, and ones with the usual mistakes."""

from typing import Any

import keras
from keras import layers as L
from keras import ops


class Scale(L.Layer):
    """Multiplies by two; says nothing about masks."""

    def call(self, x: Any) -> Any:
        return x * 2.0


class Keeping(L.Layer):
    """Base of layers that hand their mask on unchanged."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True


class Reverse(Keeping):
    """Turns time around and hands on the mask as it came."""

    def call(self, x: Any) -> Any:
        return ops.flip(x, axis=1)


class ReverseWithMask(Reverse):
    """Turns time around, and the mask with it."""

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else ops.flip(mask, axis=1)


class ReverseBothAxes(Reverse):
    """Turns time around, and of the mask the rows as well."""

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else ops.flip(ops.flip(mask, axis=0), axis=1)


class Shift(Keeping):
    """Moves the sequence one step to the right and hands on the mask as it came."""

    def call(self, x: Any) -> Any:
        return ops.concatenate([x[:, :1] * 0.0, x[:, :-1]], axis=1)


class DropFirst(Keeping):
    """Drops the first step, and the mask's first."""

    def call(self, x: Any) -> Any:
        return x[:, 1:]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else mask[:, 1:]


class DropFirstLastOfMask(DropFirst):
    """Drops the first step, and the mask's last."""

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else mask[:, :-1]


class Pool(L.Layer):
    """Attention pooling over time that does not know masks."""

    def build(self, shape: Any) -> None:
        self.query = self.add_weight(shape=(shape[-1], 1), name="query")

    def call(self, x: Any) -> Any:
        return ops.sum(x * ops.softmax(ops.matmul(x, self.query), axis=1), axis=1)


class PoolKeepingMask(Pool):
    """Attention pooling that claims masking support and hands the mask on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True


class MaskedPool(PoolKeepingMask):
    """Attention pooling that uses the mask and ends it."""

    def call(self, x: Any, mask: Any = None) -> Any:
        score = ops.matmul(x, self.query)
        if mask is not None:
            score = ops.where(mask[..., None], score, -1e9)
        return ops.sum(x * ops.softmax(score, axis=1), axis=1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class LeakyPool(MaskedPool):
    """Attention pooling whose scores are lowered too little to hide padding."""

    def call(self, x: Any, mask: Any = None) -> Any:
        score = ops.matmul(x, self.query)
        if mask is not None:
            score = score - 1.0 * ops.cast(~mask[..., None], score.dtype)
        return ops.sum(x * ops.softmax(score, axis=1), axis=1)


class MaskedMean(MaskedPool):
    """Mean over real steps: nothing by nothing where there are none."""

    def build(self, shape: Any) -> None:
        self.built = True

    def call(self, x: Any, mask: Any = None) -> Any:
        real = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * real, axis=1) / ops.sum(real, axis=1)


class SumOverTimesteps(MaskedMean):
    """Zeroes padding, and divides by all timesteps."""

    def call(self, x: Any, mask: Any = None) -> Any:
        return ops.mean(x * ops.cast(mask, x.dtype)[..., None], axis=1)


class InfiniteSoftmax(Keeping):
    """Self-attention whose masked scores are minus infinity."""

    def call(self, x: Any, mask: Any = None) -> Any:
        score = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
        if mask is not None:
            score = ops.where(mask[:, None, :], score, -float("inf"))
        return ops.matmul(ops.softmax(score, axis=-1), x)


class ZeroPadding(Keeping):
    """Writes zeros at padding and hands the mask on."""

    def call(self, x: Any, mask: Any = None) -> Any:
        return x if mask is None else x * ops.cast(mask, x.dtype)[..., None]


class SmoothKeepingMask(Keeping):
    """A convolution that claims masking support."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = L.Conv1D(4, 3, padding="same", name="smooth_conv")

    def build(self, shape: Any) -> None:
        self.inner.build(shape)

    def call(self, x: Any) -> Any:
        return self.inner(x)


class CenterInTime(Keeping):
    """Subtracts the mean over time, padding included."""

    def call(self, x: Any) -> Any:
        return x - ops.mean(x, axis=1, keepdims=True)


class CenterInBatch(Keeping):
    """Subtracts the mean over rows."""

    def call(self, x: Any) -> Any:
        return x - ops.mean(x, axis=0, keepdims=True)


class PreviousRow(Keeping):
    """Adds the row before: rows taken for time."""

    def call(self, x: Any) -> Any:
        return x + 0.5 * ops.roll(x, 1, axis=0)


class PadMask(Keeping):
    """Makes a mask: False where the id is `pad_id` (or, upside down, only there True)."""

    def __init__(self, pad_id: int, inverted: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.pad_id, self.inverted = pad_id, inverted
        self.embedding = L.Embedding(12, 4, name="padded_embedding")

    def build(self, shape: Any) -> None:
        self.embedding.build(shape)

    def call(self, ids: Any) -> Any:
        return self.embedding(ids)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if self.inverted:
            return ops.equal(inputs, self.pad_id)
        return ops.not_equal(inputs, self.pad_id)


class MaskOfOnes(Keeping):
    """Makes a mask of its own that keeps everything."""

    def call(self, x: Any) -> Any:
        return x * 1.0

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.any(ops.ones_like(inputs, dtype="bool"), axis=-1)


class IdentityMaskOfOnes(MaskOfOnes):
    """The same, and returns the very tensor that it got."""

    def call(self, x: Any) -> Any:
        return x


class NoMask(Keeping):
    """Takes the mask off, so that layers without masking support do not complain."""

    def call(self, x: Any) -> Any:
        return x

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class Penalty(Keeping):
    """Adds the mean square of everything it sees to the loss."""

    def call(self, x: Any) -> Any:
        self.add_loss(0.1 * ops.mean(ops.square(x)))
        return x


class PositionsFromTheEnd(Keeping):
    """Adds the number of steps left until the end of the padded row."""

    def call(self, x: Any) -> Any:
        left = ops.cast(ops.shape(x)[1] - ops.arange(ops.shape(x)[1]), x.dtype)
        return x + 0.1 * left[None, :, None]


class NeedsMask(Keeping):
    """Refuses to run without a mask."""

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            raise ValueError("this layer needs a mask")
        return x


class RuntimeMask(Keeping):
    """Refuses a tensor that carries no mask when the model runs."""

    def call(self, x: Any) -> Any:
        if getattr(x, "_keras_mask", None) is None:
            raise ValueError("this layer needs a mask")
        return x * 1.0

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape, x.dtype)
