"""Layers made of layers, as in tutorials."""

from typing import Any

import keras
from keras import layers as L
from keras import ops

from tests.engine.maskcases.custom_layers import Keeping


class ExampleBlock(L.Layer):
    """The Transformer block of the well-known example, without dropout."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.attention = L.MultiHeadAttention(2, 4)
        self.up, self.down = L.Dense(8, activation="relu"), L.Dense(4)
        self.norm1, self.norm2 = L.LayerNormalization(), L.LayerNormalization()

    def build(self, shape: Any) -> None:
        self.attention.build(shape, shape)
        self.up.build(shape)
        self.down.build((*shape[:-1], 8))
        self.norm1.build(shape)
        self.norm2.build(shape)

    def call(self, x: Any) -> Any:
        middle = self.norm1(x + self.attention(x, x))
        return self.norm2(middle + self.down(self.up(middle)))


class MaskedBlock(ExampleBlock):
    """The same with masking support: the mask goes to attention by hand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        keep = None if mask is None else mask[:, None, :]
        middle = self.norm1(x + self.attention(x, x, attention_mask=keep))
        return self.norm2(middle + self.down(self.up(middle)))


class RecurrentBlock(L.Layer):
    """Two recurrent layers; says nothing about masks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = L.GRU(4, return_sequences=True)
        self.second = L.LSTM(4, return_sequences=True)

    def build(self, shape: Any) -> None:
        self.first.build(shape)
        self.second.build((*shape[:-1], 4))

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))


class Encoder(L.Layer):
    """Ids to states: embedding and LSTM, perhaps a convolution."""

    def __init__(self, convolve: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.tokens = L.Embedding(12, 4, mask_zero=True, name="tokens")
        self.recurrent = L.LSTM(4, return_sequences=True, name="recurrent")
        self.mix = L.Conv1D(4, 3, padding="same", name="mix") if convolve else None

    def build(self, shape: Any) -> None:
        self.tokens.build(shape)
        self.recurrent.build((*shape, 4))
        if self.mix is not None:
            self.mix.build((*shape, 4))

    def call(self, ids: Any) -> Any:
        if self.mix is not None:
            return self.mix(self.tokens(ids))
        return self.recurrent(self.tokens(ids))


class Latents(Keeping):
    """Two learned queries that attend to the sequence; ends the mask."""

    def build(self, shape: Any) -> None:
        self.queries = self.add_weight(shape=(2, shape[-1]), name="queries")

    def call(self, x: Any, mask: Any = None) -> Any:
        score = ops.einsum("qf,btf->bqt", self.queries, x)
        if mask is not None:
            score = ops.where(mask[:, None, :], score, -1e9)
        return ops.einsum("bqt,btf->bqf", ops.softmax(score, axis=-1), x)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class FloatMask(Keeping):
    """An embedding whose mask is made of numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.embedding = L.Embedding(12, 4, name="float_embedding")

    def build(self, shape: Any) -> None:
        self.embedding.build(shape)

    def call(self, ids: Any) -> Any:
        return self.embedding(ids)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.cast(ops.not_equal(inputs, 0), "float32")


class TokensAndPositions(L.Layer):
    """The embedding of the well-known Transformer example: adds positions with an operator."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.token = L.Embedding(12, 4, mask_zero=True, name="token")
        self.position = L.Embedding(16, 4, name="position")

    def build(self, shape: Any) -> None:
        self.token.build(shape)
        self.position.build(shape)

    def call(self, ids: Any) -> Any:
        return self.token(ids) + self.position(ops.arange(ops.shape(ids)[1]))


class TokensAndPositionsWithMask(TokensAndPositions):
    """The same with `compute_mask`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.token.compute_mask(inputs)


class Tagger(keras.Model):
    """A subclassed tagger, by the book."""

    def __init__(self, scale: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.embed = L.Embedding(12, 4, mask_zero=True, name="embed")
        self.recurrent = L.LSTM(4, return_sequences=True, name="recurrent")
        self.top = L.Dense(1, name="top")
        self.scale = scale

    def call(self, ids: Any) -> Any:
        x = self.embed(ids)
        return self.top(self.recurrent(x * 2.0 if self.scale else x))
