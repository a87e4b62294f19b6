"""A random model with its batch, from a seed."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from tests.engine.random_models import batches, losses, own_layers, steps
from tests.engine.random_models.graph import Graph, Stream
from tests.engine.random_models.subject import Array, InputSpec, OutputSpec, Subject

VOCABULARY = 9
WIDTH = 4


@dataclass
class Draft:
    """What is known of a model while it is made."""

    graph: Graph
    rows: int
    tensors: list[Any]
    inputs: list[InputSpec]
    raw_first: bool = False

    @property
    def rng(self) -> np.random.Generator:
        """The source of chance."""
        return self.graph.rng


def make(seed: int) -> Subject:
    """Returns the model that belongs to a seed.

    Keras itself refuses some of what is drawn; then another draw belongs to the seed.
    """
    for attempt in range(20):
        try:
            return _drawn(seed, attempt)
        except ValueError as error:
            last = error
    raise last


def _drawn(seed: int, attempt: int) -> Subject:
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng([seed, attempt])
    draft = Draft(Graph(rng), int(rng.integers(3, 6)), [], [])
    shapes = ["chain"] * 11 + ["two_inputs"] * 5 + ["repeated"] * 2 + ["two_outputs"] * 3
    shape = str(rng.choice(shapes))
    draft.graph.kinds.append(shape)
    if shape == "two_inputs":
        ends = two_inputs(draft)
    elif shape == "repeated":
        ends = [repeated(draft)]
    else:
        stream = body(draft, sequence_input(draft, "tokens"))
        ends = [stream]
        if shape == "two_outputs":
            other = stream if draft.graph.chance(0.4) else body(draft, stream)
            ends = [stream, other]
            if draft.graph.chance(0.6):
                at = int(rng.integers(2))
                ends[at] = steps.pooled(draft.graph, ends[at])
    if shape == "chain" and draft.graph.chance(0.35):
        ends = [steps.pooled(draft.graph, ends[0])]
    return finished(draft, seed, ends)


def body(draft: Draft, stream: Stream) -> Stream:
    """A few random steps."""
    for _ in range(int(draft.rng.integers(0, 4))):
        stream = steps.random_step(draft.graph, stream)
    return stream


# ---------------------------------------------------------------------------------------- inputs


def sequence_input(
    draft: Draft, name: str, valid: Array | None = None, plain: bool = False
) -> Stream:
    """An input with padding, and what turns it into vectors; `plain` makes the usual kinds only."""
    rng, graph = draft.rng, draft.graph
    if valid is None:
        timesteps = draft.rows if graph.chance(0.12) else int(rng.integers(4, 8))
        side = str(rng.choice(batches.SIDES))
        graph.kinds.append(side)
        valid = batches.random_valid(rng, draft.rows, timesteps, side)
    kinds = ["ids_masked"] * 5 + ["ids_plain"] * 3
    if not plain:
        kinds += ["own_ids", "own_ids_unmasked", "ids_last", "ids_last_masked", "one_hot"]
        kinds += ["masking", "masking", "masking_minus", "vectors", "vectors_filled"]
        kinds += ["masking_one_hot", "dense_masking", "dense_masking_biased"]
    kind = str(rng.choice(kinds))
    graph.kinds.append(kind)
    if "ids" in kind:
        return id_input(draft, name, valid, kind)
    return vector_input(draft, name, valid, kind)


def add_input(
    draft: Draft, name: str, array: Array, valid: Array | None, is_mask: bool = False
) -> Stream:
    """A Keras input for an array."""
    fixed = valid is None or draft.graph.chance(0.4)
    shape = array.shape[1:] if fixed else (None, *array.shape[2:])
    if valid is not None and fixed:
        draft.graph.fixed_length = True
    tensor = keras.Input(shape, dtype=str(array.dtype), name=name)
    draft.tensors.append(tensor)
    draft.inputs.append(InputSpec(name, array, valid, is_mask))
    return draft.graph.input(tensor, valid, len(draft.inputs) - 1)


def id_input(draft: Draft, name: str, valid: Array, kind: str) -> Stream:
    """Ids and an embedding."""
    graph, padding = draft.graph, VOCABULARY - 1 if "last" in kind else 0
    low = "last" in kind and graph.chance(0.5)
    array = batches.ids(draft.rng, valid, VOCABULARY, padding)
    if low:
        array = np.where(array == 0, 1, array).astype("int32")
    stream = add_input(draft, name, array, valid)
    if kind.startswith("own"):
        makes = kind == "own_ids"
        layer: Any = own_layers.IdsToVectors(
            VOCABULARY, WIDTH, 12, makes, name=graph.name("own_ids")
        )
    else:
        masked = kind.endswith("masked")
        layer = layers.Embedding(VOCABULARY, WIDTH, mask_zero=masked, name=graph.name("embedding"))
    if kind == "ids_last_masked":
        graph.causes[layer.name] = {"mask_never_fires" if low else "masks_real_steps"}
        if not low and (array != 0).all():
            graph.causes[layer.name] = {"mask_never_fires"}
    return graph.apply(kind, layer, stream)


def vector_input(draft: Draft, name: str, valid: Array, kind: str) -> Stream:
    """Vectors, behind a `Masking` or not."""
    graph, rng = draft.graph, draft.rng
    if "one_hot" in kind:
        array = batches.one_hot(rng, valid, WIDTH, 0)
    else:
        padding = {"masking_minus": -1.0, "vectors_filled": -2.0}.get(kind, 0.0)
        array = batches.vectors(rng, valid, 3, padding)
    stream = add_input(draft, name, array, valid)
    if kind.startswith("dense_masking"):
        dense = layers.Dense(WIDTH, use_bias=kind.endswith("biased"), name=graph.name("projection"))
        stream = graph.apply("projection", dense, stream)
    if "masking" in kind:
        value = -1.0 if kind == "masking_minus" else 0.0
        layer = layers.Masking(value, name=graph.name("masking"))
        if kind in ("masking_one_hot", "dense_masking_biased"):
            graph.causes[layer.name] = {"mask_never_fires"}
        stream = graph.apply(kind, layer, stream)
        if kind == "dense_masking":
            draft.inputs[stream.source or 0].protected_by = layer.name
    return stream


def flat_input(draft: Draft, name: str) -> Stream:
    """Features or an image: an input without timesteps, as vectors (rows, width)."""
    graph, rng = draft.graph, draft.rng
    if graph.chance(0.5):
        graph.kinds.append("features")
        stream = add_input(draft, name, rng.normal(size=(draft.rows, 6)).astype("float32"), None)
    else:
        graph.kinds.append("image")
        image = rng.normal(size=(draft.rows, 5, 5, 1)).astype("float32")
        stream = add_input(draft, name, image, None)
        conv = layers.Conv2D(2, 3, name=graph.name("conv2d"))
        stream = graph.apply("conv2d", conv, stream, valid=None)
        stream = graph.apply("flat", layers.Flatten(name=graph.name("pixels")), stream, valid=None)
    dense = layers.Dense(WIDTH, "tanh", name=graph.name("features"))
    return graph.apply("features", dense, stream, valid=None)


# ------------------------------------------------------------------------------------ two inputs


def two_inputs(draft: Draft) -> list[Stream]:
    """Two inputs and how they come together."""
    kinds = ["pooled", "pooled", "flat_first", "flat_second", "cross", "decoder", "siamese"]
    kind = str(draft.rng.choice([*kinds, "mask_input", "other_lengths", "summed"]))
    draft.graph.kinds.append(kind)
    return {
        "pooled": both_pooled,
        "other_lengths": both_pooled,
        "flat_first": lambda d: beside_flat(d, True),
        "flat_second": lambda d: beside_flat(d, False),
        "cross": cross_attention,
        "decoder": decoder,
        "siamese": siamese,
        "mask_input": mask_input,
        "summed": summed,
    }[kind](draft)


def _joined(graph: Graph, *streams: Stream) -> Stream:
    layer = layers.Concatenate(name=graph.name("joined"))
    return graph.apply(
        "joined", lambda *tensors: layer(list(tensors)), *streams, valid=None, layer=layer
    )


def both_pooled(draft: Draft) -> list[Stream]:
    """Two sequences, each pooled."""
    first = steps.pooled(draft.graph, body(draft, sequence_input(draft, "first")))
    second = steps.pooled(draft.graph, body(draft, sequence_input(draft, "second")))
    return [_joined(draft.graph, first, second)]


def beside_flat(draft: Draft, flat_first: bool) -> list[Stream]:
    """A sequence beside features or an image."""
    if flat_first:
        flat = flat_input(draft, "flat")
        sequence = body(draft, sequence_input(draft, "sequence"))
    else:
        sequence = body(draft, sequence_input(draft, "sequence"))
        flat = flat_input(draft, "flat")
    return [_joined(draft.graph, steps.pooled(draft.graph, sequence), flat)]


def cross_attention(draft: Draft) -> list[Stream]:
    """One sequence attends to another; the output has the timesteps of the first."""
    graph = draft.graph
    query = body_of_per_step(draft, sequence_input(draft, "query", plain=True))
    value = body_of_per_step(draft, sequence_input(draft, "value", plain=True))
    layer = layers.MultiHeadAttention(2, 3, output_shape=WIDTH, name=graph.name("cross"))
    attended = graph.apply("cross", lambda q, v: layer(q, v), query, value, layer=layer)
    if graph.chance(0.6):
        attended = steps.merge(graph, attended, query)
    return [attended if graph.chance(0.7) else steps.pooled(graph, attended)]


def body_of_per_step(draft: Draft, stream: Stream) -> Stream:
    """At most one harmless step."""
    if draft.graph.chance(0.5):
        names = [n for n in sorted(steps.PER_STEP) if n != "own_positions"]
        return steps.PER_STEP[draft.graph.pick(*names)](draft.graph, stream)
    return stream


def decoder(draft: Draft) -> list[Stream]:
    """An encoder's state starts a decoder, which then gets no mask from Keras."""
    graph = draft.graph
    source = sequence_input(draft, "source", plain=True)
    target = sequence_input(draft, "target", plain=True)
    encoder = layers.GRU(WIDTH, name=graph.name("encoder"))
    state = graph.apply("encoder", encoder, source, valid=None)
    layer = layers.GRU(WIDTH, return_sequences=True, name=graph.name("decoder"))
    return [
        graph.apply("decoder", lambda t, s: layer(t, initial_state=s), target, state, layer=layer)
    ]


def siamese(draft: Draft) -> list[Stream]:
    """Shared layers read two inputs."""
    graph, rng = draft.graph, draft.rng
    masked = graph.chance(0.6)
    embedding = layers.Embedding(VOCABULARY, WIDTH, mask_zero=masked, name=graph.name("shared"))
    reader = graph.pick(
        layers.LSTM(WIDTH, name="reader"), layers.GlobalAveragePooling1D(name="reader")
    )
    timesteps = [int(rng.integers(4, 7)) for _ in range(2)]
    timesteps[1] = timesteps[0] if graph.chance(0.5) else timesteps[1]
    ends = []
    for name, length in zip(("first", "second"), timesteps, strict=True):
        valid = batches.random_valid(rng, draft.rows, length, str(rng.choice(batches.SIDES)))
        array = batches.ids(rng, valid, VOCABULARY, 0)
        stream = graph.apply("shared", embedding, add_input(draft, name, array, valid))
        ends.append(graph.apply("reader", reader, stream, valid=None))
    return [_joined(graph, *ends)]


def mask_input(draft: Draft) -> list[Stream]:
    """Frames beside an input that is their mask, passed as `mask=`."""
    graph, rng = draft.graph, draft.rng
    valid = batches.random_valid(rng, draft.rows, int(rng.integers(4, 7)), "post")
    frames = add_input(draft, "frames", batches.vectors(rng, valid, 3, 0.0), valid)
    mask = add_input(draft, "frame_mask", valid.copy(), valid, is_mask=True)
    layer = layers.GRU(WIDTH, return_sequences=True, name=graph.name("masked"))
    stream = graph.apply("masked", lambda f, m: layer(f, mask=m), frames, mask, layer=layer)
    return [steps.pooled(graph, stream) if graph.chance(0.5) else stream]


def summed(draft: Draft) -> list[Stream]:
    """Two embeddings of the same timesteps, padded alike, added."""
    graph = draft.graph
    first = sequence_input(draft, "words", plain=True)
    second = sequence_input(draft, "tags", first.valid, plain=True)
    if graph.chance(0.5):
        second = steps.PER_STEP["dense"](graph, second)
    return [body(draft, steps.merge(graph, first, second))]


def repeated(draft: Draft) -> Stream:
    """An encoder, its state repeated, and a decoder with timesteps of its own."""
    graph, rng = draft.graph, draft.rng
    stream = steps.pooled(graph, body(draft, sequence_input(draft, "tokens")))
    length = int(rng.integers(3, 7))
    valid = batches.random_valid(rng, draft.rows, length, "post")
    layer = layers.RepeatVector(length, name=graph.name("repeat"))
    stream = graph.apply("repeat", layer, stream, valid=valid, source=None)
    kind = graph.pick("lstm", "gru", "dense")
    return {**steps.RECURRENT, **steps.PER_STEP}[kind](graph, stream)


# --------------------------------------------------------------------------------------- outputs


def head(draft: Draft, stream: Stream, name: str) -> tuple[Stream, losses.LossChoice, bool]:
    """The last layer, and a loss for it; True if predictions are probabilities."""
    graph, rng = draft.graph, draft.rng
    timed = isinstance(stream.valid, np.ndarray)
    valid = stream.valid if timed else None
    shape = (draft.rows, stream.timesteps) if timed else (draft.rows,)
    kind = graph.pick("classes", "classes", "logits", "binary", "value", "pair", "flat")
    if kind == "flat" and (not timed or name != "out"):
        kind = "value"
    graph.kinds.append(f"head_{kind}")
    units = {"classes": losses.CLASSES, "logits": losses.CLASSES, "pair": 2}.get(kind, 1)
    activation = {"classes": "softmax", "binary": "sigmoid"}.get(kind)
    dense = layers.Dense(units, activation, name=name if kind != "flat" else graph.name("score"))
    stream = graph.apply("head", dense, stream)
    if kind == "flat":
        stream = graph.apply("flat", lambda h: h[..., 0], stream)
    if kind in ("classes", "logits"):
        choice = losses.for_classes(rng, shape, valid, kind == "logits")
    elif kind == "binary":
        choice = losses.for_binary(rng, (*shape, 1), valid)
    else:
        choice = losses.for_values(rng, shape if kind == "flat" else (*shape, units), valid)
    graph.kinds.append(choice.kind)
    return stream, choice, kind in ("classes", "binary")


def finished(draft: Draft, seed: int, ends: list[Stream]) -> Subject:
    """Heads, losses, weights, metrics, and the batch."""
    graph, rng = draft.graph, draft.rng
    names = ["out"] if len(ends) == 1 else ["first_out", "second_out"]
    made = [head(draft, end, name) for end, name in zip(ends, names, strict=True)]
    outputs = [
        OutputSpec(
            name=name,
            target=choice.target,
            valid=stream.valid if isinstance(stream.valid, np.ndarray) else None,
            moves_with=stream.source,
            per_step=choice.per_step,
            open_loss=choice.open_loss,
            probabilities=probabilities,
        )
        for name, (stream, choice, probabilities) in zip(names, made, strict=True)
    ]
    subclassed = len(draft.inputs) == 1 and len(ends) == 1 and graph.chance(0.25)
    model = built(draft, [stream for stream, _, _ in made], subclassed)
    options: dict[str, Any] = {}
    batch_size = None
    if len(outputs) == 1:
        add_weights(draft, outputs[0])
        if graph.chance(0.12):
            batch_size = int(rng.integers(1, draft.rows))
            graph.kinds.append("batches")
    compiled(draft, model, outputs, [choice.loss for _, choice, _ in made])
    x, valid = batch_inputs(draft)
    options["valid"] = valid
    truths = [output.valid for output in outputs]
    if len(outputs) > 1:
        options["target_valid"] = truths
    elif truths[0] is not None:
        options["target_valid"] = truths[0]
    targets = [output.target for output in outputs]
    randomize(model, rng)
    return Subject(
        seed=seed,
        kinds=list(dict.fromkeys(graph.kinds)),
        model=model,
        x=x,
        y=targets[0] if len(targets) == 1 else targets,
        sample_weight=outputs[0].weight,
        inputs=draft.inputs,
        outputs=outputs,
        options=options,
        batch_size=batch_size,
        time_map=graph.time_map,
        causes=graph.causes,
        raw_first=draft.raw_first,
        subclassed=subclassed,
        fixed_length=graph.fixed_length and not subclassed,
    )


def built(draft: Draft, ends: list[Stream], subclassed: bool) -> Any:
    """The model, functional or replayed by a subclass."""
    tensors = [stream.tensor for stream in ends]
    if not subclassed:
        inputs = draft.tensors[0] if len(draft.tensors) == 1 else draft.tensors
        return keras.Model(inputs, tensors[0] if len(tensors) == 1 else tensors)
    draft.graph.kinds.append("subclassed")
    draft.raw_first = not isinstance(draft.graph.program[0][0], layers.Layer)
    slots = [1 + i for i in range(len(draft.inputs))]
    model = own_layers.Replay(
        draft.graph.program, slots, [stream.slot for stream in ends], draft.graph.held
    )
    model(draft.inputs[0].array)
    return model


def add_weights(draft: Draft, output: OutputSpec) -> None:
    """Sample weights of some rank, or none."""
    graph, rng = draft.graph, draft.rng
    if graph.chance(0.62):
        return
    if output.valid is None:
        output.weight = rng.choice([0.5, 1.0, 2.0], draft.rows).astype("float32")
        graph.kinds.append("weights_rows")
        return
    shape = output.valid.shape
    kind = graph.pick("rows", "truth", "truth", "fractions", "everywhere")
    graph.kinds.append(f"weights_{kind}")
    fractions = rng.choice([0.25, 0.5, 2.0], shape).astype("float32")
    output.weight = {
        "rows": rng.choice([0.5, 1.0, 2.0], draft.rows).astype("float32"),
        "truth": output.valid.astype("float32"),
        "fractions": fractions * output.valid,
        "everywhere": fractions,
    }[kind]


def compiled(draft: Draft, model: Any, outputs: list[OutputSpec], chosen: list[Any]) -> None:
    """Compiles with losses, loss weights and metrics."""
    graph = draft.graph
    options: dict[str, Any] = {"loss": chosen[0] if len(chosen) == 1 else chosen}
    if len(chosen) > 1 and graph.chance(0.4):
        factors = [float(graph.pick(1.0, 0.5, 2.0)) for _ in chosen]
        options["loss_weights"] = factors
        for output, factor in zip(outputs, factors, strict=True):
            output.loss_weight = factor
    first = outputs[0]
    integers = first.target.dtype.kind == "i"
    plain = first.valid is None or first.target.ndim == 3 or integers
    in_range = not integers or first.target.min() >= 0
    if len(outputs) == 1 and plain and in_range and graph.chance(0.4):
        metric = "accuracy" if integers else graph.pick("mae", "mse")
        options[graph.pick("metrics", "weighted_metrics")] = [metric]
        graph.kinds.append(f"metric_{metric}")
    model.compile("sgd", **options)


def batch_inputs(draft: Draft) -> tuple[Any, Any]:
    """`x` and `valid`, as arrays, lists or dictionaries."""
    arrays = [spec.array for spec in draft.inputs]
    truths = [spec.valid for spec in draft.inputs]
    if len(arrays) == 1:
        return arrays[0], truths[0]
    if draft.graph.chance(0.3):
        names = [spec.name for spec in draft.inputs]
        known = {n: t for n, t in zip(names, truths, strict=True) if t is not None}
        return dict(zip(names, arrays, strict=True)), known
    return arrays, truths


def randomize(model: Any, rng: np.random.Generator) -> None:
    """Weights and statistics away from where they start, biases too."""
    for variable in model.trainable_variables:
        variable.assign(rng.normal(0, 0.6, variable.shape).astype("float32"))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(rng.normal(0, 0.3, layer.moving_mean.shape))
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, layer.moving_variance.shape))
