"""Every built-in Keras layer on a masked sequence: what is said of it, against brute force.

Brute force calls the layers directly: it replaces the content of padding with the mask kept, runs
each row alone at its true length, and changes the targets at padding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

import inspector

# Building models whose masks are destroyed is what these tests are for.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

RANDOM = np.random.default_rng(4)
ROWS, TIMESTEPS, WIDTH = 4, 6, 4
VALID = np.arange(TIMESTEPS) < np.array([[6], [4], [2], [3]])
X = np.where(VALID, RANDOM.integers(1, 9, VALID.shape), 0)

Apply = Callable[[Any], Any]


@dataclass(frozen=True)
class Layer:
    """How a layer is put on a masked sequence (rows, timesteps, width).

    Attributes:
        make: Returns the layer.
        call: Calls it; by default with the sequence alone.
        output_valid: The truth on its output's time axis, from that of its input.
    """

    make: Callable[[], layers.Layer]
    call: Callable[[layers.Layer, Any], Any] = lambda layer, h: layer(h)
    output_valid: Callable[[np.ndarray], np.ndarray] = lambda valid: valid


def merging(make: Callable[[], layers.Layer]) -> Layer:
    return Layer(make, lambda layer, h: layer([h, h]))


def looking(make: Callable[[], layers.Layer]) -> Layer:
    return Layer(make, lambda layer, h: layer(h, h))


def pooling(make: Callable[[], layers.Layer]) -> Layer:
    return Layer(make, output_valid=lambda valid: valid.reshape(len(valid), -1, 2).any(-1))


def in_a_row(layer: layers.Layer, h: Any) -> Any:
    """Convolutional recurrent layers take a row of cells at each timestep."""
    cells = layers.TimeDistributed(layers.Reshape((2, 2)), name="cells")(h)
    return layers.TimeDistributed(layers.Reshape((4,)), name="flat")(layer(cells))


sequences = {"return_sequences": True}
TAKES: dict[str, Layer] = {
    "Activation": Layer(lambda: layers.Activation("tanh")),
    "ActivityRegularization": Layer(lambda: layers.ActivityRegularization(l2=0.1)),
    "AdaptiveAveragePooling1D": pooling(lambda: layers.AdaptiveAveragePooling1D(3)),
    "AdaptiveMaxPooling1D": pooling(lambda: layers.AdaptiveMaxPooling1D(3)),
    "Add": merging(layers.Add),
    "AdditiveAttention": merging(layers.AdditiveAttention),
    "AlphaDropout": Layer(lambda: layers.AlphaDropout(0.3)),
    "Attention": merging(layers.Attention),
    "Average": merging(layers.Average),
    "AveragePooling1D": pooling(lambda: layers.AveragePooling1D(2)),
    "BatchNormalization": Layer(layers.BatchNormalization),
    "Bidirectional": Layer(lambda: layers.Bidirectional(layers.SimpleRNN(2, **sequences))),
    "Concatenate": merging(layers.Concatenate),
    "Conv1D": Layer(lambda: layers.Conv1D(4, 3, padding="same")),
    "Conv1DTranspose": Layer(lambda: layers.Conv1DTranspose(4, 3, padding="same")),
    "ConvLSTM1D": Layer(lambda: layers.ConvLSTM1D(2, 1, **sequences), in_a_row),
    "Cropping1D": Layer(lambda: layers.Cropping1D((1, 1)), output_valid=lambda v: v[:, 1:-1]),
    "Dense": Layer(lambda: layers.Dense(3)),
    "DepthwiseConv1D": Layer(lambda: layers.DepthwiseConv1D(3, padding="same")),
    "Dot": Layer(lambda: layers.Dot(2), lambda layer, h: layer([h, h])),
    "Dropout": Layer(lambda: layers.Dropout(0.3)),
    "ELU": Layer(layers.ELU),
    "EinsumDense": Layer(lambda: layers.EinsumDense("btw,wu->btu", (None, 3))),
    "Flatten": Layer(layers.Flatten),
    "GRU": Layer(lambda: layers.GRU(3, **sequences)),
    "GaussianDropout": Layer(lambda: layers.GaussianDropout(0.3)),
    "GaussianNoise": Layer(lambda: layers.GaussianNoise(0.3)),
    "GlobalAveragePooling1D": Layer(layers.GlobalAveragePooling1D),
    "GlobalMaxPooling1D": Layer(layers.GlobalMaxPooling1D),
    "GroupNormalization": Layer(lambda: layers.GroupNormalization(2)),
    "GroupedQueryAttention": looking(lambda: layers.GroupQueryAttention(2, 2, 1)),
    "Identity": Layer(layers.Identity),
    "LSTM": Layer(lambda: layers.LSTM(3)),
    "Lambda": Layer(lambda: layers.Lambda(lambda h: h * 2.0)),
    "LayerNormalization": Layer(layers.LayerNormalization),
    "LeakyReLU": Layer(layers.LeakyReLU),
    "Masking": Layer(layers.Masking),
    "MaxPooling1D": pooling(lambda: layers.MaxPooling1D(2)),
    "Maximum": merging(layers.Maximum),
    "Minimum": merging(layers.Minimum),
    "MultiHeadAttention": looking(lambda: layers.MultiHeadAttention(2, 2)),
    "Multiply": merging(layers.Multiply),
    "Normalization": Layer(lambda: layers.Normalization(mean=0.1, variance=2.0)),
    "PReLU": Layer(lambda: layers.PReLU(shared_axes=[1])),
    "Permute": Layer(lambda: layers.Permute((1, 2))),
    "RMSNormalization": Layer(layers.RMSNormalization),
    "RNN": Layer(lambda: layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(3)], **sequences)),
    "ReLU": Layer(layers.ReLU),
    "Rescaling": Layer(lambda: layers.Rescaling(2.0, 0.5)),
    "Reshape": Layer(lambda: layers.Reshape((-1, 2, 2))),
    "SeparableConv1D": Layer(lambda: layers.SeparableConv1D(4, 3, padding="same")),
    "SimpleRNN": Layer(lambda: layers.SimpleRNN(3, **sequences)),
    "SpatialDropout1D": Layer(lambda: layers.SpatialDropout1D(0.3)),
    "SpectralNormalization": Layer(lambda: layers.SpectralNormalization(layers.Dense(3))),
    "Subtract": Layer(layers.Subtract, lambda layer, h: layer([h, layers.ReLU(name="other")(h)])),
    "TimeDistributed": Layer(lambda: layers.TimeDistributed(layers.Dense(3))),
    "UnitNormalization": Layer(layers.UnitNormalization),
    "UpSampling1D": Layer(
        lambda: layers.UpSampling1D(2), output_valid=lambda v: np.repeat(v, 2, axis=1)
    ),
    "ZeroPadding1D": Layer(
        lambda: layers.ZeroPadding1D(1), output_valid=lambda v: np.pad(v, ((0, 0), (1, 1)))
    ),
}
OTHERS = {
    "images": "AdaptiveAveragePooling2D AdaptiveMaxPooling2D AugMix AutoContrast AveragePooling2D "
    "CenterCrop ContrastLimitedAdaptiveHistogramEqualization Conv2D Conv2DTranspose Cropping2D "
    "CutMix DepthwiseConv2D Equalization GlobalAveragePooling2D GlobalMaxPooling2D "
    "MaxNumBoundingBoxes MaxPooling2D MixUp Pipeline RandAugment RandomBrightness "
    "RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform "
    "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert "
    "RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness "
    "RandomShear RandomTranslation RandomZoom Resizing SeparableConv2D Solarization "
    "SpatialDropout2D UpSampling2D ZeroPadding2D",
    "volumes": "AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D Conv3D "
    "Conv3DTranspose Cropping3D GlobalAveragePooling3D GlobalMaxPooling3D MaxPooling3D "
    "SpatialDropout3D UpSampling3D ZeroPadding3D",
    "sequences of images or volumes; the one for rows of cells is tested": "ConvLSTM2D ConvLSTM3D",
    "sound": "MelSpectrogram STFTSpectrogram",
    "raw data, before there is a mask": "CategoryEncoding Discretization HashedCrossing Hashing "
    "IntegerLookup StringLookup TextVectorization",
    "ids, and makes the mask; tested below": "Embedding ReversibleEmbedding",
    "nothing: it is the input": "InputLayer",
    "refuses the mask of a sequence; tested below": "Softmax",
    "one vector a row": "RepeatVector",
    "one timestep; tested inside `RNN`": "GRUCell LSTMCell SimpleRNNCell StackedRNNCells",
    "what another framework, a saved model or a base class wants": "FlaxLayer JaxLayer Layer "
    "TFSMLayer TorchModuleWrapper Wrapper",
}


# Older versions of Keras have a few less.
CLASSES = {
    value.__name__
    for value in vars(layers).values()
    if isinstance(value, type) and issubclass(value, layers.Layer)
}


def test_no_layer_of_keras_is_missing() -> None:
    others = [name for names in OTHERS.values() for name in names.split()]
    # A new one has to be looked at, and put into one of the tables.
    assert CLASSES - set(TAKES) - set(others) == set()
    assert not set(TAKES) & set(others)


class Built:
    """A model around one layer, and the same layers to be called by hand."""

    def __init__(self, name: str) -> None:
        keras.utils.set_random_seed(2)
        self.known, self.layer = TAKES[name], TAKES[name].make()
        self.embed = layers.Embedding(9, WIDTH, mask_zero=True, name="embed")
        self.head = layers.Dense(2, name="head")
        inputs = keras.Input((None,), dtype="int32")
        self.needs_length = name in ("Flatten", "Dot")
        if self.needs_length:
            inputs = keras.Input((TIMESTEPS,), dtype="int32")
        self.model = keras.Model(inputs, self.after(self.embed(inputs)))
        random = np.random.default_rng(1)
        for variable in self.model.trainable_weights:
            variable.assign(random.normal(0, 0.5, variable.shape))
        self.model.compile("sgd", "mse", jit_compile=False)
        self.y = random.normal(size=self.model(X).shape).astype("float32")
        timed = self.y.ndim >= 3
        self.valid = self.known.output_valid(VALID) if timed else None

    def after(self, hidden: Any) -> Any:
        return self.head(self.known.call(self.layer, hidden))

    def mask_handed_on(self) -> np.ndarray | None:
        mask = get_keras_mask(self.known.call(self.layer, self.embed(X)))
        return None if mask is None else np.asarray(mask)

    def real(self, outputs: Any) -> np.ndarray:
        values = np.asarray(outputs)
        return values if self.valid is None else values[self.valid]

    def content_leaks(self) -> bool:
        before = self.embed(X)
        mask = get_keras_mask(before)
        plain, moved = self.real(self.after(before)), 0.0
        for seed in range(4):
            noise = np.random.default_rng(seed).normal(0, 3, before.shape).astype("float32")
            other = tf.where(VALID[..., None], before, noise)
            set_keras_mask(other, mask)
            moved = max(moved, float(np.abs(self.real(self.after(other)) - plain).max()))
        return moved > 1e-4

    def pad_invariant(self) -> bool | None:
        """Each row alone, where the time axis is the input's or gone."""
        if self.needs_length:
            return None
        whole, worst = np.asarray(self.model(X)), 0.0
        for row in range(ROWS):
            alone = np.asarray(self.after(self.embed(X[row][VALID[row]][None])))[0]
            wanted = whole[row] if self.valid is None else whole[row][self.valid[row]]
            if alone.shape != wanted.shape:
                return None
            worst = max(worst, float(np.abs(alone - wanted).max()))
        return worst < 1e-3

    def loss(self, y: Any, predictions: Any = None) -> float:
        predictions = self.model(X) if predictions is None else predictions
        return float(self.model.compute_loss(X, y, predictions))

    def counts(self) -> tuple[bool, bool] | None:
        """Whether targets at padding count, and whether some at real timesteps do not."""
        if self.valid is None:
            return None
        predictions = self.model(X)  # with their mask; targets do not change them
        plain, moved = self.loss(self.y, predictions), np.zeros(self.valid.shape, bool)
        for cell in np.argwhere(np.ones_like(self.valid)):
            other = self.y.copy()
            other[tuple(cell)] += 1.0
            moved[tuple(cell)] = abs(self.loss(other, predictions) - plain) > 1e-6
        return bool((moved & ~self.valid).any()), bool((self.valid & ~moved).any())


@pytest.mark.parametrize("name", sorted(TAKES.keys() & CLASSES))
def test_what_is_said_agrees_with_brute_force(name: str) -> None:
    built = Built(name)
    inspection = inspector.inspect(built.model, X, built.y, valid=VALID, target_valid=built.valid)
    said = inspection.to_dict()
    assert said["raises"] is None and inspection.losses is not None
    step = next(s for s in inspection.trace.steps if s.name == built.layer.name)
    assert step.class_name == name

    mask = built.mask_handed_on()
    assert (step.handed_on is None) == (mask is None)
    if mask is not None:
        np.testing.assert_array_equal(step.handed_on, mask)
    assert said["loss"]["keras_value"] == pytest.approx(built.loss(built.y), rel=1e-5)
    counts = built.counts()
    if counts is not None:
        told = (said["loss"]["counts_padding"], said["loss"]["ignores_valid"])
        assert told == counts
    leaks = built.content_leaks()
    assert said["leak"]["predictions"] is leaks
    assert said["leak"]["first_layer"] == (built.layer.name if leaks else None)
    assert said["leak"]["pad_invariant"] is built.pad_invariant()
    assert said["leak"]["batch_dependent"] is False
    assert inspection.diagnosis.healthy is not (leaks or told_wrong(said))


def told_wrong(said: dict[str, Any]) -> bool:
    return bool(said["loss"]["counts_padding"] or said["loss"]["ignores_valid"])


def test_a_layer_that_cannot_take_the_mask_of_a_sequence_is_named() -> None:
    inputs = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(9, WIDTH, mask_zero=True)(inputs)
    model = keras.Model(inputs, layers.Softmax(name="softmax")(hidden))
    with pytest.raises(ValueError, match="broadcastable"):
        model(X)
    raises = inspector.inspect(model, X, valid=VALID).raises
    assert raises is not None and raises.at == "softmax" and "broadcastable" in raises.message


@pytest.mark.parametrize("name", sorted(CLASSES & {"Embedding", "ReversibleEmbedding"}))
@pytest.mark.parametrize("mask_zero", [True, False])
def test_a_layer_of_ids_makes_the_mask_or_none(name: str, mask_zero: bool) -> None:
    inputs = keras.Input((None,), dtype="int32")
    maker = getattr(layers, name)(9, WIDTH, mask_zero=mask_zero)
    said = inspector.inspect(keras.Model(inputs, maker(inputs)), X, valid=VALID).to_dict()
    assert said["mask_at_loss"] == ("correct" if mask_zero else "absent")
    assert (said["stop"] is None) is mask_zero and said["leak"]["predictions"] is False
