"""What a stream of timesteps may go through, each with what it does to time."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.engine.random_models import own_layers
from tests.engine.random_models.graph import Graph, Stream
from tests.engine.random_models.subject import UNKNOWN

Step = Callable[[Graph, Stream], Stream]


def _layer(kind: str, make: Callable[[Graph, Stream, str], Any]) -> Step:
    """A step that is one layer and leaves time as it is."""

    def step(graph: Graph, stream: Stream) -> Stream:
        return graph.apply(kind, make(graph, stream, graph.name(kind)), stream)

    return step


PER_STEP: dict[str, Step] = {
    "dense": _layer("dense", lambda g, s, n: layers.Dense(4, "tanh", name=n)),
    "time_distributed": _layer(
        "time_distributed", lambda g, s, n: layers.TimeDistributed(layers.Dense(4), name=n)
    ),
    "layer_norm": _layer("layer_norm", lambda g, s, n: layers.LayerNormalization(name=n)),
    "activation": _layer("activation", lambda g, s, n: layers.Activation("tanh", name=n)),
    "dropout": _layer("dropout", lambda g, s, n: layers.Dropout(0.3, name=n)),
    "spatial_dropout": _layer("spatial", lambda g, s, n: layers.SpatialDropout1D(0.3, name=n)),
    "batch_norm": _layer("batch_norm", lambda g, s, n: layers.BatchNormalization(name=n)),
    "unit_norm": _layer("unit_norm", lambda g, s, n: layers.UnitNormalization(name=n)),
    "prelu": _layer("prelu", lambda g, s, n: layers.PReLU(shared_axes=[1], name=n)),
    "leaky": _layer("leaky", lambda g, s, n: layers.LeakyReLU(name=n)),
    "identity": _layer("identity", lambda g, s, n: layers.Identity(name=n)),
    "noise": _layer("noise", lambda g, s, n: layers.GaussianNoise(0.2, name=n)),
    "rescaling": _layer("rescaling", lambda g, s, n: layers.Rescaling(0.5, 0.1, name=n)),
    "regularized": _layer(
        "regularized", lambda g, s, n: layers.Dense(4, kernel_regularizer="l2", name=n)
    ),
    "own_scale": _layer("own_scale", lambda g, s, n: own_layers.Scale(name=n)),
    "own_positions": _layer(
        "own_positions", lambda g, s, n: own_layers.Positions(40, s.width, name=n)
    ),
}

RECURRENT: dict[str, Step] = {
    "lstm": _layer("lstm", lambda g, s, n: layers.LSTM(4, return_sequences=True, name=n)),
    "gru": _layer("gru", lambda g, s, n: layers.GRU(4, return_sequences=True, name=n)),
    "rnn": _layer("rnn", lambda g, s, n: layers.SimpleRNN(4, return_sequences=True, name=n)),
    "recurrent_dropout": _layer(
        "lstm_drop",
        lambda g, s, n: layers.LSTM(4, return_sequences=True, recurrent_dropout=0.2, name=n),
    ),
    "zero_output": _layer(
        "lstm_zero",
        lambda g, s, n: layers.LSTM(4, return_sequences=True, zero_output_for_mask=True, name=n),
    ),
    "bidirectional": _layer(
        "bidirectional",
        lambda g, s, n: layers.Bidirectional(
            layers.GRU(2, return_sequences=True),
            merge_mode=g.pick("concat", "sum", "mul", "ave"),
            name=n,
        ),
    ),
    "stacked_cells": _layer(
        "stacked",
        lambda g, s, n: layers.RNN(
            [layers.GRUCell(3), layers.SimpleRNNCell(4)], return_sequences=True, name=n
        ),
    ),
    "own_center": _layer("own_center", lambda g, s, n: own_layers.Center(name=n)),
    "own_block": _layer("own_block", lambda g, s, n: own_layers.Block(s.width, name=n)),
}

MIXING: dict[str, Step] = {
    "conv": _layer("conv", lambda g, s, n: layers.Conv1D(4, 3, padding="same", name=n)),
    "causal": _layer("causal", lambda g, s, n: layers.Conv1D(4, 2, padding="causal", name=n)),
    "separable": _layer(
        "separable", lambda g, s, n: layers.SeparableConv1D(4, 3, padding="same", name=n)
    ),
    "depthwise": _layer(
        "depthwise", lambda g, s, n: layers.DepthwiseConv1D(3, padding="same", name=n)
    ),
    "pooling": _layer(
        "pooling", lambda g, s, n: layers.AveragePooling1D(3, 1, padding="same", name=n)
    ),
    "max_pooling": _layer(
        "max_pooling", lambda g, s, n: layers.MaxPooling1D(3, 1, padding="same", name=n)
    ),
    "own_center_all": _layer("own_mean", lambda g, s, n: own_layers.Center(False, name=n)),
    "own_block_all": _layer("own_blind", lambda g, s, n: own_layers.Block(s.width, False, name=n)),
    "center_rows": _layer("center_rows", lambda g, s, n: own_layers.CenterRows(name=n)),
}

DROPPING: dict[str, Step] = {
    "own_scale_bare": _layer("own_bare", lambda g, s, n: own_layers.Scale(False, name=n)),
    "own_positions_bare": _layer(
        "own_table", lambda g, s, n: own_layers.Positions(40, s.width, False, name=n)
    ),
    "end_mask": _layer("end_mask", lambda g, s, n: own_layers.EndMask(name=n)),
    "times_two": lambda g, s: g.apply("times_two", lambda h: h * 2.0, s),
    "ops_relu": lambda g, s: g.apply("ops_relu", ops.relu, s),
    "ops_tanh": lambda g, s: g.apply("ops_tanh", ops.tanh, s),
}


def other_mask(graph: Graph, stream: Stream) -> Stream:
    """A layer that hands on a mask of its own."""
    kind = graph.pick("all", "turned", "shifted")
    name = graph.name("own_mask")
    causes = {
        "all": {"mask_overwritten", "mask_never_fires"},
        "turned": {"mask_misaligned", "mask_overwritten"},
        "shifted": {"mask_misaligned", "mask_overwritten"},
    }
    graph.causes[name] = causes[kind] | {"masks_real_steps", "mask_misaligned"}
    return graph.apply(f"own_mask_{kind}", own_layers.OtherMask(kind, name=name), stream)


def self_attention(graph: Graph, stream: Stream) -> Stream:
    """Attention of a sequence to itself, with or without a residual."""
    kind = graph.pick("mha", "mha", "attention", "additive")
    name = graph.name(kind)
    if kind == "mha":
        layer = layers.MultiHeadAttention(2, 3, name=name)
    else:
        layer = (
            layers.Attention(name=name)
            if kind == "attention"
            else layers.AdditiveAttention(name=name)
        )

    def call(h: Any) -> Any:
        return layer(h, h) if kind == "mha" else layer([h, h])

    attended = graph.apply(kind, call, stream, layer=layer)
    if graph.chance(0.6):
        return merge(graph, attended, stream)
    return attended


def merge(graph: Graph, first: Stream, second: Stream) -> Stream:
    """Joins two streams of the same timesteps."""
    alike = first.width == second.width
    kind = graph.pick("add", "concatenate", "plus") if alike else "concatenate"
    if kind == "plus":
        return graph.apply("plus", lambda a, b: a + b, first, second)
    layer = (layers.Add if kind == "add" else layers.Concatenate)(name=graph.name(kind))
    return graph.apply(kind, lambda a, b: layer([a, b]), first, second, layer=layer)


def skip(graph: Graph, stream: Stream) -> Stream:
    """A branch and a merge with what was before it."""
    table = {**PER_STEP, **RECURRENT, **DROPPING, **MIXING}
    branch = table[graph.pick(*sorted(table))](graph, stream)
    return merge(graph, *((branch, stream) if graph.chance(0.5) else (stream, branch)))


def nested(graph: Graph, stream: Stream) -> Stream:
    """A functional or sequential model as a layer."""
    shape = tuple(stream.tensor.shape[1:])
    inside: list[Any] = [layers.Dense(4), layers.GRU(4, return_sequences=True)]
    if graph.chance(0.4):
        inside.insert(1, layers.Conv1D(4, 3, padding="same"))
    if graph.chance(0.5):
        model = keras.Sequential([keras.Input(shape), *inside], name=graph.name("inner"))
    else:
        start = keras.Input(shape)
        end = start
        for layer in inside:
            end = layer(end)
        model = keras.Model(start, end, name=graph.name("inner"))
    return graph.apply("nested", model, stream)


def crop(graph: Graph, stream: Stream) -> Stream:
    """Takes timesteps off an end, by a layer or a slice."""
    if stream.timesteps < 4:
        return stream
    kind = graph.pick("cropping", "slice", "stride")
    if kind == "cropping":
        layer = layers.Cropping1D((1, 0), name=graph.name("cropping"))
        return graph.apply(kind, layer, stream, valid=stream.valid[:, 1:], source=None)
    if kind == "slice":
        return graph.apply(
            kind, lambda h: h[:, :-1], stream, valid=stream.valid[:, :-1], source=None
        )
    return graph.apply(kind, lambda h: h[:, ::2], stream, valid=stream.valid[:, ::2], source=None)


def lengthen(graph: Graph, stream: Stream) -> Stream:
    """Adds zeros at an end, or repeats every timestep."""
    if graph.chance(0.5):
        layer = layers.ZeroPadding1D((1, 0), name=graph.name("zero"))
        valid = np.pad(stream.valid, ((0, 0), (1, 0)))
        return graph.apply("zero_padding", layer, stream, valid=valid, source=None)
    layer = layers.UpSampling1D(2, name=graph.name("upsampling"))
    valid = np.repeat(stream.valid, 2, axis=1)
    return graph.apply("upsampling", layer, stream, valid=valid, source=None)


def turned(graph: Graph, stream: Stream) -> Stream:
    """Turns time around."""
    valid = stream.valid[:, ::-1]
    flipped = graph.apply("flip", lambda h: ops.flip(h, axis=1), stream, valid=valid, source=None)
    return flipped


def strided(graph: Graph, stream: Stream) -> Stream:
    """A convolution or pooling with strides: which of its timesteps are real is open."""
    if stream.timesteps < 4:
        return stream
    if graph.chance(0.5):
        layer: Any = layers.Conv1D(4, 2, strides=2, name=graph.name("strided"))
    else:
        layer = layers.MaxPooling1D(2, name=graph.name("pool"))
    return graph.apply("strided", layer, stream, valid=UNKNOWN, source=None)


MOVING: dict[str, Step] = {"crop": crop, "lengthen": lengthen, "turned": turned}
STRUCTURE: dict[str, Step] = {
    "self_attention": self_attention,
    "skip": skip,
    "nested": nested,
    "other_mask": other_mask,
}


def random_step(graph: Graph, stream: Stream) -> Stream:
    """One step, drawn so that about half of the models stay right."""
    groups: list[tuple[float, dict[str, Step]]] = [
        (0.36, PER_STEP),
        (0.22, RECURRENT),
        (0.11, MIXING),
        (0.10, DROPPING),
        (0.16, STRUCTURE),
        (0.05, MOVING),
    ]
    weights = np.array([share for share, _ in groups])
    table = groups[int(graph.rng.choice(len(groups), p=weights / weights.sum()))][1]
    return table[graph.pick(*sorted(table))](graph, stream)


def pooled(graph: Graph, stream: Stream) -> Stream:
    """Ends the time axis."""
    kind = graph.pick(
        "average",
        "average",
        "max",
        "last",
        "last",
        "bidirectional",
        "own_mean",
        "own_attention",
        "own_attention_all",
        "ops_mean",
        "ops_max",
        "first_step",
        "flatten",
    )
    made = {
        "average": lambda n: layers.GlobalAveragePooling1D(name=n),
        "max": lambda n: layers.GlobalMaxPooling1D(name=n),
        "last": lambda n: graph.pick(layers.LSTM, layers.GRU, layers.SimpleRNN)(4, name=n),
        "bidirectional": lambda n: layers.Bidirectional(layers.LSTM(2), name=n),
        "own_mean": lambda n: own_layers.MaskedMean(name=n),
        "own_attention": lambda n: own_layers.AttentionPooling(name=n),
        "own_attention_all": lambda n: own_layers.AttentionPooling(False, name=n),
    }
    if kind in made:
        return graph.apply(
            f"pool_{kind}", made[kind](graph.name(f"pool_{kind}")), stream, valid=None
        )
    if kind == "flatten" and stream.tensor.shape[1] is not None:
        layer = layers.Flatten(name=graph.name("flatten"))
        return graph.apply("flatten", layer, stream, valid=None)
    functions = {
        "ops_max": lambda h: ops.max(h, axis=1),
        "first_step": lambda h: h[:, 0],
    }
    function = functions.get(kind, lambda h: ops.mean(h, axis=1))
    return graph.apply(kind, function, stream, valid=None)
