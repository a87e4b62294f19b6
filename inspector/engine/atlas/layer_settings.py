"""Sensible arguments for the layers that take a sequence, and why the others are left out.

Nothing here says what a layer does to a mask: that is measured.
"""

from collections.abc import Iterable

from inspector.core.atlas import TimeAxis
from inspector.engine.atlas.making import Call, Made, NamedFunction, Setting, made

UNKNOWN = "no arguments for it are known here yet"


def _settings() -> Iterable[Setting]:
    yield from (Setting(layer) for layer in _PER_TIMESTEP)
    yield from (Setting(layer) for layer in _MIXING)
    yield from _recurrent()
    yield from _merging()
    yield from _moving_time()
    yield from _attending()
    yield from _making_masks()
    yield Setting(made("Softmax"), variant="over features")
    yield Setting(made("Softmax", axis=1), variant="over timesteps")


_PER_TIMESTEP = (
    made("Activation", "tanh"),
    made("ActivityRegularization", l2=0.1),
    made("AlphaDropout", 0.3),
    made("BatchNormalization"),
    made("Dense", 3),
    made("Dropout", 0.3),
    made("ELU"),
    made("EinsumDense", "btw,wu->btu", (None, 3)),
    made("GaussianDropout", 0.3),
    made("GaussianNoise", 0.3),
    made("Identity"),
    made("Lambda", NamedFunction("relu")),
    made("LayerNormalization"),
    made("LeakyReLU"),
    made("Normalization", mean=0.1, variance=2.0),
    made("PReLU", shared_axes=[1]),
    made("RMSNormalization"),
    made("ReLU"),
    made("Rescaling", 2.0),
    made("SpatialDropout1D", 0.3),
    made("SpectralNormalization", made("Dense", 3)),
    made("TimeDistributed", made("Dense", 3)),
    made("UnitNormalization"),
)
_MIXING = (
    made("Conv1DTranspose", 4, 3, padding="same"),
    made("DepthwiseConv1D", 3, padding="same"),
    made("GroupNormalization", 2),
    made("Reshape", (-1, 2, 2)),
    made("SeparableConv1D", 4, 3, padding="same"),
)


def _recurrent() -> Iterable[Setting]:
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield from _both_ways(made(name, 3))
    yield from _both_ways(made("RNN", made("GRUCell", 3)))
    inner = made("LSTM", 3, return_sequences=True)
    yield Setting(made("Bidirectional", inner), variant="every timestep")
    last = made("Bidirectional", made("LSTM", 3))
    yield Setting(last, time_axis=TimeAxis.GONE, variant="last timestep")
    for dimensions, cells in ((1, (2, 2)), (2, (2, 2, 1)), (3, (2, 2, 1, 1))):
        for setting in _both_ways(made(f"ConvLSTM{dimensions}D", 2, 1)):
            yield Setting(
                setting.layer, Call.ALONE, setting.time_axis, setting.variant, cells=cells
            )


def _both_ways(layer: Made) -> Iterable[Setting]:
    every = made(layer.name, *layer.arguments, return_sequences=True)
    yield Setting(every, variant="every timestep")
    yield Setting(layer, time_axis=TimeAxis.GONE, variant="last timestep")


def _merging() -> Iterable[Setting]:
    names = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
    for layer in (*(made(name) for name in names), made("Dot", 2)):
        yield Setting(layer, Call.BOTH, variant="both inputs masked")
        yield Setting(layer, Call.BOTH, variant="second input unmasked", other_unmasked=True)
    joined = made("Concatenate", axis=1)
    yield Setting(joined, Call.BOTH, TimeAxis.JOINED, variant="one after the other")


def _moving_time() -> Iterable[Setting]:
    for kind in ("Average", "Max"):
        yield Setting(made(f"{kind}Pooling1D", 2), time_axis=TimeAxis.HALVED)
        yield Setting(made(f"Adaptive{kind}Pooling1D", 3), time_axis=TimeAxis.THIRDS)
        yield Setting(made(f"Global{kind}Pooling1D"), time_axis=TimeAxis.GONE)
    yield Setting(made("Conv1D", 4, 3, padding="same"), variant="padding same")
    yield Setting(made("Conv1D", 4, 3, padding="causal"), variant="padding causal")
    cropped = TimeAxis.CROPPED
    yield Setting(made("Conv1D", 4, 3), time_axis=cropped, variant="padding valid")
    yield Setting(made("Cropping1D", (1, 1)), time_axis=cropped)
    yield Setting(made("Flatten"), time_axis=TimeAxis.GONE)
    yield Setting(made("Permute", (2, 1)), time_axis=TimeAxis.GONE)
    yield Setting(made("UpSampling1D", 2), time_axis=TimeAxis.DOUBLED)
    yield Setting(made("ZeroPadding1D", 1), time_axis=TimeAxis.WIDENED)


def _attending() -> Iterable[Setting]:
    for name in ("Attention", "AdditiveAttention"):
        layer = made(name)
        yield Setting(layer, Call.BOTH, variant="both inputs masked")
        yield Setting(layer, Call.BOTH, variant="second input unmasked", other_unmasked=True)
    yield Setting(made("MultiHeadAttention", 2, 2), Call.LOOKING)
    yield Setting(made("GroupQueryAttention", 2, 2, 1), Call.LOOKING)


def _making_masks() -> Iterable[Setting]:
    yield Setting(made("Masking"), makes=True)
    for name in ("Embedding", "ReversibleEmbedding"):
        yield Setting(made(name, 9, 4, mask_zero=True), Call.IDS, variant="mask_zero")
        yield Setting(made(name, 9, 4), Call.IDS, variant="default")


SETTINGS: tuple[Setting, ...] = tuple(_settings())

_LEFT_OUT = {
    "it takes images, not sequences": "AdaptiveAveragePooling2D AdaptiveMaxPooling2D AugMix "
    "AutoContrast AveragePooling2D CenterCrop ContrastLimitedAdaptiveHistogramEqualization Conv2D "
    "Conv2DTranspose Cropping2D CutMix DepthwiseConv2D Equalization GlobalAveragePooling2D "
    "GlobalMaxPooling2D MaxNumBoundingBoxes MaxPooling2D MixUp RandAugment RandomBrightness "
    "RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform "
    "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert "
    "RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness "
    "RandomShear RandomTranslation RandomZoom Resizing SeparableConv2D Solarization "
    "SpatialDropout2D UpSampling2D ZeroPadding2D",
    "it takes volumes, not sequences": "AdaptiveAveragePooling3D AdaptiveMaxPooling3D "
    "AveragePooling3D Conv3D Conv3DTranspose Cropping3D GlobalAveragePooling3D GlobalMaxPooling3D "
    "MaxPooling3D SpatialDropout3D UpSampling3D ZeroPadding3D",
    "it takes sound, before there is a mask": "MelSpectrogram STFTSpectrogram",
    "it takes raw data, before there is a mask": "CategoryEncoding Discretization HashedCrossing "
    "Hashing IntegerLookup StringLookup TextVectorization",
    "it is the input itself": "InputLayer",
    "it takes one vector a row, so there is no mask left": "RepeatVector",
    "it runs once a timestep inside RNN": "GRUCell LSTMCell SimpleRNNCell StackedRNNCells",
    "it runs a model of another framework or a saved one": "FlaxLayer JaxLayer TFSMLayer "
    "TorchModuleWrapper",
    "it is made of other layers, and does what they do": "Pipeline",
    "it is a base class": "Layer Wrapper",
}
LEFT_OUT: dict[str, str] = {
    name: reason for reason, names in _LEFT_OUT.items() for name in names.split()
}
"""Class -> why it is not measured."""
