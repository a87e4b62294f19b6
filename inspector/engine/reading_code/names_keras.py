"""The whitelist of Keras: layers, losses, optimizers and what belongs to them.

Names that this version of Keras does not have are left out.
"""

from collections.abc import Callable
from typing import Any

import keras

from inspector.engine.reading_code.values import Kind, Known
from inspector.engine.short_names import SHORT_NAMES

LAYERS = (
    "Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveMaxPooling1D Add "
    "AdditiveAttention AlphaDropout Attention Average AveragePooling1D AveragePooling2D "
    "AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BatchNormalization Bidirectional "
    "CategoryEncoding Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D "
    "Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution2D Convolution3D "
    "Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot "
    "Dropout ELU EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise "
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D "
    "GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization "
    "GroupQueryAttention Hashing Identity InputLayer IntegerLookup LSTM LSTMCell Lambda "
    "LayerNormalization LeakyReLU Masking MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D "
    "MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute "
    "RMSNormalization RNN ReLU RepeatVector Rescaling Reshape ReversibleEmbedding SeparableConv1D "
    "SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN SimpleRNNCell Softmax "
    "SpatialDropout1D SpatialDropout2D SpatialDropout3D StackedRNNCells "
    "StringLookup Subtract TextVectorization TimeDistributed UnitNormalization UpSampling1D "
    "UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D"
).split()
LAYER_FUNCTIONS = "add average concatenate dot maximum minimum multiply subtract".split()
ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
    "leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink "
    "softmax softplus softsign sparse_plus sparsemax squareplus swish tanh tanh_shrink threshold"
).split()
INITIALIZERS = (
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer "
    "LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform "
    "TruncatedNormal VarianceScaling Zeros constant glorot_normal glorot_uniform he_normal "
    "he_uniform identity lecun_normal lecun_uniform ones orthogonal random_normal random_uniform "
    "truncated_normal variance_scaling zeros"
).split()
REGULARIZERS = "L1 L1L2 L2 OrthogonalRegularizer l1 l1_l2 l2 orthogonal_regularizer".split()
CONSTRAINTS = "MaxNorm MinMaxNorm NonNeg UnitNorm max_norm min_max_norm non_neg unit_norm".split()
OPTIMIZERS = (
    "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam RMSprop SGD"
).split()
SCHEDULES = (
    "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay "
    "PolynomialDecay"
).split()
LOSSES = (
    "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
    "CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Dice Hinge Huber "
    "KLDivergence LogCosh MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson "
    "SparseCategoricalCrossentropy SquaredHinge Tversky binary_crossentropy "
    "binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
    "categorical_hinge cosine_similarity dice hinge huber kl_divergence log_cosh "
    "mean_absolute_error mean_absolute_percentage_error mean_squared_error "
    "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge tversky"
).split()
METRICS = (
    "AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy "
    "CategoricalCrossentropy CategoricalHinge CosineSimilarity F1Score FBetaScore FalseNegatives "
    "FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanIoU MeanSquaredError MeanSquaredLogarithmicError Poisson "
    "Precision PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError "
    "SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy "
    "SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum "
    "TopKCategoricalAccuracy TrueNegatives TruePositives binary_accuracy binary_crossentropy "
    "categorical_accuracy categorical_crossentropy cosine_similarity kl_divergence "
    "mean_absolute_error mean_squared_error sparse_categorical_accuracy "
    "sparse_categorical_crossentropy sparse_top_k_categorical_accuracy top_k_categorical_accuracy"
).split()

ALIASES = {
    "keras.layers": {
        "CuDNNLSTM": "LSTM",
        "CuDNNGRU": "GRU",
        "Convolution1D": "Conv1D",
        "Convolution2D": "Conv2D",
    },
    "keras.losses": {**SHORT_NAMES, "cosine": "cosine_similarity"},
    "keras.metrics": {name: SHORT_NAMES[name] for name in ("mse", "MSE", "mae", "MAE")},
}
REDUCTIONS = {
    "NONE": "none",
    "SUM": "sum",
    "SUM_OVER_BATCH_SIZE": "sum_over_batch_size",
    "AUTO": "sum_over_batch_size",
}


def _take(module: Any, path: str, names: list[str], kind: Kind) -> dict[str, Any]:
    found = {}
    for name in names:
        value: Callable[..., Any] | None = getattr(module, name, None)
        if value is not None:
            found[name] = Known(f"{path}.{name}", value, kind, value)
    for alias, name in ALIASES.get(path, {}).items():
        if name in found:
            found[alias] = found[name]
    return found


def keras_tables() -> dict[str, dict[str, Any]]:
    """Returns the whitelisted names of each of Keras's modules."""
    layer, thing, op = Kind.LAYER, Kind.OBJECT, Kind.OP
    tables = {
        "keras.layers": _take(keras.layers, "keras.layers", LAYERS + LAYER_FUNCTIONS, layer),
        "keras.initializers": _take(keras.initializers, "keras.initializers", INITIALIZERS, thing),
        "keras.regularizers": _take(keras.regularizers, "keras.regularizers", REGULARIZERS, thing),
        "keras.constraints": _take(keras.constraints, "keras.constraints", CONSTRAINTS, thing),
        "keras.optimizers": _take(keras.optimizers, "keras.optimizers", OPTIMIZERS, thing),
        "keras.optimizers.schedules": _take(
            keras.optimizers.schedules, "keras.optimizers.schedules", SCHEDULES, thing
        ),
        "keras.losses": _take(keras.losses, "keras.losses", LOSSES, thing),
        "keras.metrics": _take(keras.metrics, "keras.metrics", METRICS, thing),
        "keras.activations": _take(keras.activations, "keras.activations", ACTIVATIONS, op),
        "keras.losses.Reduction": dict(REDUCTIONS),
    }
    for path in ("keras.losses", "keras.metrics"):
        # A function works on tensors; a class makes an object.
        tables[path] = {
            name: known if isinstance(known.function, type) else _as_operation(known)
            for name, known in tables[path].items()
        }
    return tables


def _as_operation(known: Known) -> Known:
    return Known(known.path, known.function, Kind.OP, known.function)
