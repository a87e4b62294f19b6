"""Layers as people write them: with and without `supports_masking`, makers, blocks, penalties."""

from typing import Any

import keras
from keras import layers, ops


class Scale(layers.Layer):
    """Elementwise, and passes the mask on or destroys it."""

    def __init__(self, passes: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = passes

    def call(self, x: Any) -> Any:
        return ops.tanh(x * 1.3 + 0.1)


class Positions(layers.Layer):
    """Adds a learned vector for each position."""

    def __init__(self, length: int, width: int, passes: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = passes
        self.table = self.add_weight(shape=(length, width), initializer="normal", name="table")

    def call(self, x: Any) -> Any:
        return x + self.table[: ops.shape(x)[1]]


class Center(layers.Layer):
    """Takes the mean over time off; with the mask it leaves padding out."""

    def __init__(self, masked: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking, self.masked = True, masked

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None or not self.masked:
            return x - ops.mean(x, axis=1, keepdims=True)
        keep = ops.cast(mask, x.dtype)[..., None]
        mean = ops.sum(x * keep, 1, keepdims=True) / (ops.sum(keep, 1, keepdims=True) + 1e-6)
        return x - mean


class CenterRows(layers.Layer):
    """Takes the mean over the rows of the batch off: rows depend on each other."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x: Any) -> Any:
        return x - 0.5 * ops.mean(x, axis=0, keepdims=True)


class MaskedMean(layers.Layer):
    """Mean over real timesteps; ends the time axis and the mask."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.mean(x, axis=1)
        keep = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * keep, 1) / (ops.sum(keep, 1) + 1e-6)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None


class AttentionPooling(layers.Layer):
    """A weighted mean over time; with the mask it gives padding no weight."""

    def __init__(self, masked: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking, self.masked = True, masked
        self.score = layers.Dense(1, name="score")

    def build(self, shape: Any) -> None:
        self.score.build(shape)

    def call(self, x: Any, mask: Any = None) -> Any:
        scores = self.score(x)
        if mask is not None and self.masked:
            scores = scores - 1e9 * (1.0 - ops.cast(mask, x.dtype)[..., None])
        return ops.sum(ops.softmax(scores, axis=1) * x, axis=1)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None


class EndMask(layers.Layer):
    """Identity that ends the mask on purpose."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x: Any) -> Any:
        return x * 1.0

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None


class OtherMask(layers.Layer):
    """Identity with a mask of its own: all True, turned around, or shifted by one."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking, self.kind = True, kind

    def call(self, x: Any) -> Any:
        return x * 1.0

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            return None
        if self.kind == "all":
            return ops.ones_like(mask)
        return ops.flip(mask, axis=1) if self.kind == "turned" else ops.roll(mask, 1, axis=1)


class IdsToVectors(layers.Layer):
    """Token and position embedding in one; makes a mask from the ids, or does not."""

    def __init__(
        self, vocabulary: int, width: int, length: int, makes: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        self.supports_masking, self.makes = True, makes
        self.token = layers.Embedding(vocabulary, width, name="token")
        self.position = layers.Embedding(length, width, name="position")

    def build(self, shape: Any) -> None:
        self.token.build(shape)
        self.position.build((None,))

    def call(self, x: Any) -> Any:
        return self.token(x) + self.position(ops.arange(ops.shape(x)[1]))

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return ops.not_equal(x, 0) if self.makes else None


class Block(layers.Layer):
    """Attention and a dense layer with residuals, in the manner of a Transformer encoder."""

    def __init__(self, width: int, uses: bool = True, passes: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking, self.uses = passes, uses
        self.attention = layers.MultiHeadAttention(2, width, name="attention")
        self.norm = layers.LayerNormalization(name="norm")
        self.dense = layers.Dense(width, "tanh", name="dense")

    def build(self, shape: Any) -> None:
        self.attention.build(shape, shape)
        self.norm.build(shape)
        self.dense.build(shape)

    def call(self, x: Any, mask: Any = None) -> Any:
        keep = None if mask is None or not self.uses else mask[:, None, :]
        # The tensor without its mask, so that nothing is handed to the layer inside by itself.
        bare = x * 1.0
        h = self.norm(bare + self.attention(bare, bare, attention_mask=keep))
        return h + self.dense(h)


class Penalty(layers.Layer):
    """Adds a penalty on activations, those of padding included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x: Any) -> Any:
        self.add_loss(0.01 * ops.mean(ops.square(x)))
        return x * 1.0


class Replay(keras.Model):
    """A subclassed model that makes the calls of a recorded program on real tensors."""

    def __init__(self, program: Any, inputs: Any, outputs: Any, held: Any, **options: Any) -> None:
        super().__init__(**options)
        self.program, self.ins, self.outs = program, inputs, outputs
        self.held = list(held)

    def call(self, x: Any) -> Any:
        slots = dict(zip(self.ins, keras.tree.flatten(x), strict=True))
        for function, taken, made in self.program:
            slots[made] = function(*(slots[number] for number in taken))
        outs = [slots[number] for number in self.outs]
        return outs[0] if len(outs) == 1 else outs
