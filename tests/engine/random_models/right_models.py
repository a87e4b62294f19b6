"""Models in which nothing is wrong: padding is masked, left out of the loss, and leaks nowhere.

Every one must pass in silence: no error and no warning. Each entry makes its model on its own data.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.engine.random_models import own_layers
from tests.engine.random_models.subject import Array

WIDTH, WORDS, CLASSES = 4, 9, 5
VALID = np.arange(6)[None] < np.array([[6], [4], [2], [3]])
LEFT = VALID[:, ::-1].copy()
INSIDE = np.array(
    [[1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0]], bool
)
SHORT = np.arange(4)[None] < np.array([[3], [4], [1], [2]])


@dataclass
class RightModel:
    """A compiled model and its batch."""

    model: Any
    x: Any
    y: Any
    options: dict[str, Any] = field(default_factory=dict)


RIGHT: dict[str, Callable[[], RightModel]] = {}


def numbers(*shape: int, seed: int = 5) -> Array:
    """Random numbers, the same ones every time."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def tokens(valid: Array = VALID, seed: int = 2) -> Array:
    """Ids with 0 at padding and nowhere else."""
    drawn = np.random.default_rng(seed).integers(1, WORDS, valid.shape)
    return np.where(valid, drawn, 0).astype("int32")


def classes(valid: Array = VALID, padding: int = 0) -> Array:
    """Targets: a class at real timesteps, `padding` elsewhere."""
    return np.where(valid, 1 + tokens(np.ones_like(valid), 4) % (CLASSES - 1), padding)


def filled(valid: Array, value: float, features: int = 3) -> Array:
    """Vectors that hold `value` at padding."""
    return np.where(valid[..., None], numbers(*valid.shape, features), value).astype("float32")


def words(name: str = "tokens", timesteps: int | None = None) -> Any:
    """An input of ids."""
    return keras.Input((timesteps,), dtype="int32", name=name)


def embedded(tensor: Any, masked: bool = True) -> Any:
    """Ids as vectors."""
    return layers.Embedding(WORDS, WIDTH, mask_zero=masked)(tensor)


def compiled(inputs: Any, outputs: Any, loss: Any = "mse", **options: Any) -> Any:
    """A model with random weights, biases too."""
    model = inputs if outputs is None else keras.Model(inputs, outputs)
    rng = np.random.default_rng(11)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape).astype("float32"))
    model.compile("sgd", loss, **options)
    return model


def right(function: Callable[[], RightModel]) -> Callable[[], RightModel]:
    """Registers a right model by the name of its function."""
    RIGHT[function.__name__] = function
    return function


def _tagger(name: str, make: Callable[[], Any], valid: Array = VALID) -> None:
    """Ids, a masked embedding, one layer over timesteps, a class for each."""

    def built() -> RightModel:
        start = words()
        end = layers.Dense(CLASSES, "softmax")(make()(embedded(start)))
        model = compiled(
            start, end, "sparse_categorical_crossentropy", weighted_metrics=["accuracy"]
        )
        return RightModel(model, tokens(valid), classes(valid), {"valid": valid})

    RIGHT[name] = built


def _classifier(name: str, make: Callable[[], Any], valid: Array = VALID) -> None:
    """Ids, a masked embedding, and a layer that ends the time axis with the mask in use."""

    def built() -> RightModel:
        start = words()
        end = layers.Dense(1)(make()(embedded(start)))
        return RightModel(
            compiled(start, end), tokens(valid), numbers(len(valid), 1), {"valid": valid}
        )

    RIGHT[name] = built


_tagger("lstm", lambda: layers.LSTM(WIDTH, return_sequences=True))
_tagger("gru_left", lambda: layers.GRU(WIDTH, return_sequences=True), LEFT)
_tagger("rnn_inside", lambda: layers.SimpleRNN(WIDTH, return_sequences=True), INSIDE)
_tagger("bidirectional", lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True)))
_tagger(
    "bidirectional_sum_left",
    lambda: layers.Bidirectional(layers.GRU(WIDTH, return_sequences=True), merge_mode="sum"),
    LEFT,
)
_tagger(
    "stacked_cells",
    lambda: layers.RNN([layers.GRUCell(3), layers.LSTMCell(WIDTH)], return_sequences=True),
)
_tagger("recurrent_dropout", lambda: layers.LSTM(4, return_sequences=True, recurrent_dropout=0.2))
_tagger("zero_output", lambda: layers.LSTM(4, return_sequences=True, zero_output_for_mask=True))
_tagger("dense_only", lambda: layers.Dense(WIDTH, "tanh"))
_tagger("time_distributed", lambda: layers.TimeDistributed(layers.Dense(WIDTH)))
_tagger("layer_norm", layers.LayerNormalization)
_tagger("dropout", lambda: layers.Dropout(0.4))
_tagger("spatial_dropout", lambda: layers.SpatialDropout1D(0.4))
_tagger("rescaling", lambda: layers.Rescaling(2.0))
_tagger("batch_norm", layers.BatchNormalization)
_tagger("regularized", lambda: layers.Dense(WIDTH, kernel_regularizer="l2"))
_tagger("own_scale", own_layers.Scale)
_tagger("own_center", own_layers.Center)
_tagger("own_block", lambda: own_layers.Block(WIDTH))
_classifier("last_lstm", lambda: layers.LSTM(WIDTH))
_classifier("last_gru_left", lambda: layers.GRU(WIDTH), LEFT)
_classifier("last_bidirectional", lambda: layers.Bidirectional(layers.LSTM(2)))
_classifier("average", layers.GlobalAveragePooling1D)
_classifier("own_mean_inside", own_layers.MaskedMean, INSIDE)
_classifier("own_attention_pooling", own_layers.AttentionPooling)


@right
def own_positions_after() -> RightModel:
    start = words()
    end = layers.Dense(1)(own_layers.IdsToVectors(WORDS, WIDTH, 12)(start))
    return RightModel(compiled(start, end), tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def residual_of_layers() -> RightModel:
    start = words()
    h = embedded(start)
    end = layers.Dense(1)(layers.Add()([h, layers.Dense(WIDTH, "tanh")(h)]))
    return RightModel(compiled(start, end), tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def two_branches_joined() -> RightModel:
    start = words()
    h = embedded(start)
    joined = layers.Concatenate()([layers.GRU(3, return_sequences=True)(h), h])
    model = compiled(start, layers.Dense(1)(joined), "mae")
    return RightModel(model, tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def self_attention() -> RightModel:
    start = words()
    h = embedded(start)
    end = layers.Dense(1)(layers.MultiHeadAttention(2, 3)(h, h))
    return RightModel(compiled(start, end), tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def cross_attention() -> RightModel:
    query, value = words("query"), words("value")
    attended = layers.MultiHeadAttention(2, 3)(embedded(query), embedded(value))
    model = compiled([query, value], layers.Dense(1)(attended))
    truths = [SHORT, VALID]
    x = [tokens(SHORT), tokens(VALID, 3)]
    return RightModel(model, x, numbers(4, 4, 1), {"valid": truths, "target_valid": SHORT})


@right
def nested_functional() -> RightModel:
    inside = keras.Input((None, WIDTH))
    inner = keras.Model(inside, layers.GRU(3, return_sequences=True)(layers.Dense(3)(inside)))
    start = words()
    end = layers.Dense(1)(inner(embedded(start)))
    return RightModel(compiled(start, end), tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def sequential() -> RightModel:
    stack = [words(), layers.Embedding(WORDS, WIDTH, mask_zero=True)]
    stack += [layers.LSTM(3, return_sequences=True), layers.Dense(1)]
    model = compiled(keras.Sequential(stack), None)
    return RightModel(model, tokens(), numbers(4, 6, 1), {"valid": VALID})


@right
def subclassed() -> RightModel:
    class Tagger(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = layers.Embedding(WORDS, WIDTH, mask_zero=True)
            self.reader = layers.GRU(3, return_sequences=True)
            self.head = layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.head(self.reader(self.embedding(x)))

    model = Tagger()
    model(tokens())
    return RightModel(compiled(model, None), tokens(), numbers(4, 6, 1), {"valid": VALID})


def _masking(name: str, value: float) -> None:
    def built() -> RightModel:
        start = keras.Input((None, 3))
        h = layers.GRU(WIDTH, return_sequences=True)(layers.Masking(value)(start))
        model = compiled(start, layers.Dense(1)(h))
        return RightModel(model, filled(VALID, value), numbers(4, 6, 1), {"valid": VALID})

    RIGHT[name] = built


_masking("masking_zero", 0.0)
_masking("masking_minus_one", -1.0)
_masking("masking_999", 999.0)


@right
def masking_behind_dense() -> RightModel:
    start = keras.Input((6, 3))
    h = layers.Masking()(layers.Dense(WIDTH, use_bias=False)(start))
    model = compiled(start, layers.Dense(1)(layers.GRU(3, return_sequences=True)(h)))
    return RightModel(model, filled(VALID, 0.0), numbers(4, 6, 1), {"valid": VALID})


@right
def mask_as_input() -> RightModel:
    frames, mask = keras.Input((None, 3), name="frames"), keras.Input((None,), dtype="bool")
    end = layers.Dense(1)(layers.GRU(3)(frames, mask=mask))
    model = compiled([frames, mask], end)
    return RightModel(model, [filled(VALID, 0.0), VALID], numbers(4, 1), {"valid": [VALID, VALID]})


@right
def weights_take_padding_out() -> RightModel:
    start = words()
    end = layers.Dense(1)(layers.Dense(WIDTH, "tanh")(embedded(start, False)))
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    weight = VALID.astype("float32")
    options = {"valid": VALID, "sample_weight": weight}
    return RightModel(compiled(start, end, loss), tokens(), numbers(4, 6, 1), options)


@right
def fractional_weights_over_a_mask() -> RightModel:
    start = words()
    end = layers.Dense(1)(layers.GRU(3, return_sequences=True)(embedded(start)))
    weight = np.random.default_rng(3).choice([0.5, 1.0, 1.5], VALID.shape) * VALID
    options = {"valid": VALID, "sample_weight": weight.astype("float32")}
    return RightModel(compiled(start, end), tokens(), numbers(4, 6, 1), options)


@right
def weights_of_rows() -> RightModel:
    start = words()
    end = layers.Dense(1)(layers.GRU(3)(embedded(start)))
    options = {"valid": VALID, "sample_weight": np.array([1, 2, 0.5, 1], "float32")}
    return RightModel(compiled(start, end), tokens(), numbers(4, 1), options)


def _ignored(name: str, ignored: int) -> None:
    def built() -> RightModel:
        start = words()
        end = layers.Dense(CLASSES)(layers.GRU(3, return_sequences=True)(embedded(start)))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignored)
        y = classes(VALID, ignored)
        return RightModel(compiled(start, end, loss), tokens(), y, {"valid": VALID})

    RIGHT[name] = built


_ignored("ignore_class_0", 0)
_ignored("ignore_class_minus_1", -1)
_ignored("ignore_class_minus_100", -100)


def masked_mean(y_true: Any, y_pred: Any) -> Any:
    """Cross-entropy over the timesteps whose target is not 0."""
    each = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
    keep = ops.cast(ops.not_equal(y_true, 0), each.dtype)
    return ops.sum(each * keep) / ops.sum(keep)


@right
def loss_over_targets() -> RightModel:
    start = words()
    end = layers.Dense(CLASSES, "softmax")(layers.Dense(3)(embedded(start, False)))
    return RightModel(compiled(start, end, masked_mean), tokens(), classes(), {"valid": VALID})


@right
def repeated_decoder_with_loss_over_targets() -> RightModel:
    start = words()
    state = layers.RepeatVector(4)(layers.GRU(3)(embedded(start)))
    end = layers.Dense(CLASSES, "softmax")(layers.GRU(3, return_sequences=True)(state))
    options = {"valid": VALID, "target_valid": SHORT}
    return RightModel(compiled(start, end, masked_mean), tokens(), classes(SHORT), options)


@right
def next_token() -> RightModel:
    text = tokens(np.arange(7)[None] < np.array([[7], [5], [3], [4]]))
    start = words()
    end = layers.Dense(WORDS, "softmax")(layers.GRU(3, return_sequences=True)(embedded(start)))
    x, y = text[:, :-1], text[:, 1:]
    options = {"valid": x != 0, "target_valid": y != 0}
    return RightModel(compiled(start, end, masked_mean), x, y, options)


@right
def two_outputs() -> RightModel:
    start = words()
    h = layers.GRU(3, return_sequences=True)(embedded(start))
    ends = [layers.Dense(1, name="each")(h), layers.Dense(2, name="other")(h)]
    model = compiled(start, ends, ["mse", "mae"], loss_weights=[1.0, 0.5])
    y = [numbers(4, 6, 1), numbers(4, 6, 2)]
    return RightModel(model, tokens(), y, {"valid": VALID, "target_valid": [VALID, VALID]})


@right
def output_dictionary() -> RightModel:
    start = words()
    end = {
        "tags": layers.Dense(1, name="tags")(layers.GRU(3, return_sequences=True)(embedded(start)))
    }
    model = compiled(start, end, {"tags": "mse"})
    return RightModel(model, tokens(), {"tags": numbers(4, 6, 1)}, {"valid": VALID})


@right
def two_inputs_pooled() -> RightModel:
    first, second = words("first"), words("second")
    ends = [layers.GRU(3)(embedded(first)), layers.GlobalAveragePooling1D()(embedded(second))]
    model = compiled([first, second], layers.Dense(1)(layers.Concatenate()(ends)))
    x = [tokens(VALID), tokens(SHORT, 3)]
    return RightModel(model, x, numbers(4, 1), {"valid": [VALID, SHORT]})


@right
def siamese() -> RightModel:
    embedding, reader = layers.Embedding(WORDS, WIDTH, mask_zero=True), layers.LSTM(3)
    starts = [words("first"), words("second")]
    ends = [reader(embedding(start)) for start in starts]
    model = compiled(starts, layers.Dense(1)(layers.Concatenate()(ends)))
    x = [tokens(VALID), tokens(LEFT, 3)]
    return RightModel(model, x, numbers(4, 1), {"valid": [VALID, LEFT]})


@right
def features_first() -> RightModel:
    flat, start = keras.Input((5,), name="flat"), words("words")
    ends = [layers.Dense(3)(flat), layers.GRU(3)(embedded(start))]
    model = compiled([flat, start], layers.Dense(1)(layers.Concatenate()(ends)))
    return RightModel(model, [numbers(4, 5), tokens()], numbers(4, 1), {"valid": [None, VALID]})


@right
def image_first_by_name() -> RightModel:
    image, start = keras.Input((5, 5, 1), name="image"), words("words")
    pixels = layers.Flatten()(layers.Conv2D(2, 3)(image))
    ends = [layers.Dense(3)(pixels), layers.LSTM(3)(embedded(start))]
    model = compiled({"image": image, "words": start}, layers.Dense(1)(layers.Concatenate()(ends)))
    x = {"image": numbers(4, 5, 5, 1), "words": tokens()}
    return RightModel(model, x, numbers(4, 1), {"valid": {"words": VALID}})


@right
def decoder_with_its_mask_passed() -> RightModel:
    source, target = words("source"), words("target")
    state = layers.GRU(WIDTH)(embedded(source))
    h = embedded(target)
    mask = ops.not_equal(target, 0)
    reader = layers.GRU(WIDTH, return_sequences=True)
    end = layers.Dense(1)(reader(h, initial_state=state, mask=mask))
    model = compiled([source, target], end)
    x = [tokens(VALID), tokens(SHORT, 3)]
    options = {"valid": [VALID, SHORT], "target_valid": SHORT}
    return RightModel(model, x, numbers(4, 4, 1), options)
