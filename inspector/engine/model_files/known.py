"""The whitelist: which classes and functions of Keras a file may name, and in which place.

A name that stands here is looked up in the module that stands here, never in the module that the
file says; the file's module only tells whether it means Keras's own class. What is not here is
refused, whatever Keras would do with it.
"""

import re
from dataclasses import dataclass

from inspector.engine.seam.names import SHORT_NAMES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS = _words("Functional Model Sequential")
CELLS = _words("GRUCell LSTMCell SimpleRNNCell StackedRNNCells")
WRAPPERS = _words("Bidirectional TimeDistributed SpectralNormalization")
RECURRENT = _words(
    "Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN",
)
LAYERS = (
    CELLS
    | WRAPPERS
    | RECURRENT
    | _words(
        """
        Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
        AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization CategoryEncoding
        Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
        Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU
        EinsumDense Embedding Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
        GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer
        LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum
        Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization ReLU
        RepeatVector Rescaling Reshape ReversibleEmbedding SeparableConv1D SeparableConv2D Softmax
        SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract UnitNormalization
        UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
        """
    )
)

OPERATIONS: dict[str, frozenset[str]] = {
    "numpy": _words(
        """
        Abs Absolute Add All Amax Amin Any Append Arctan Arctan2 Argmax Argmin Argsort Average
        BroadcastTo Ceil Clip Concatenate Copy Cos Cosh CountNonzero Cumprod Cumsum Diff Divide
        DivideNoNan Dot Einsum Equal Exp ExpandDims Expm1 Flip Floor FloorDivide FullLike GetItem
        Greater GreaterEqual Hstack Isclose Isfinite Isinf Isnan Less LessEqual Log Log10 Log1p Log2
        Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Median Min
        Minimum Mod Moveaxis Multiply NanToNum Negative NotEqual OnesLike Outer Pad Power Prod
        Ravel Reciprocal Repeat Reshape Roll Round Sign Sin Sinh Sort Split Sqrt Square Squeeze
        Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile Transpose Tril
        Triu TrueDivide Trunc Var Vstack Where ZerosLike
        """
    ),
    "nn": _words(
        """
        AveragePool Celu DotProductAttention Elu Gelu Glu HardSigmoid HardSilu HardTanh
        LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Normalize OneHot RMSNorm Relu
        Relu6 Selu Sigmoid Silu SoftShrink Softmax Softplus Softsign Sparsemax Squareplus
        TanhShrink Threshold
        """
    ),
    "core": _words("Cast ConvertToTensor SaturateCast Slice StopGradient"),
    "math": _words("Erf Logsumexp Rsqrt TopK"),
    "linalg": _words("Norm"),
}

ACTIVATIONS = _words(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink
    softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh
    tanh_shrink threshold
    """
)
_INITIALIZERS = _words(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal
    VarianceScaling Zeros
    """
)
_LOSS_CLASSES = _words(
    """
    BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge CosineSimilarity Dice Hinge Huber
    KLDivergence LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError
    MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky
    """
)
_LOSS_FUNCTIONS = _words(
    """
    binary_crossentropy binary_focal_crossentropy categorical_crossentropy
    categorical_focal_crossentropy categorical_generalized_cross_entropy categorical_hinge
    cosine_similarity dice hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson
    sparse_categorical_crossentropy squared_hinge tversky
    """
)
_SHORT = tuple(sorted({**SHORT_NAMES, "bce": "binary_crossentropy"}.items()))
_METRIC_CLASSES = _words(
    """
    AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
    CategoricalCrossentropy CategoricalHinge CosineSimilarity F1Score FBetaScore FalseNegatives
    FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError
    MeanAbsolutePercentageError MeanIoU MeanSquaredError MeanSquaredLogarithmicError OneHotIoU
    OneHotMeanIoU Poisson Precision PrecisionAtRecall R2Score Recall RecallAtPrecision
    RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalAccuracy
    SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity
    SquaredHinge TopKCategoricalAccuracy TrueNegatives TruePositives
    """
)
_METRIC_FUNCTIONS = _LOSS_FUNCTIONS | _words(
    """
    accuracy acc binary_accuracy categorical_accuracy ce crossentropy
    sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy
    """
)


@dataclass(frozen=True)
class Place:
    """A place in a description where a class or a function of Keras may be named.

    Attributes:
        word: What belongs there, in words.
        module: Public module of Keras in which all of them are.
        classes: Names of the classes allowed there.
        functions: Names of the functions allowed there.
        short: Other names of functions.
    """

    word: str
    module: str
    classes: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    short: tuple[tuple[str, str], ...] = ()


ACTIVATION = Place("activation", "keras.activations", functions=ACTIVATIONS)
INITIALIZER = Place("initializer", "keras.initializers", classes=_INITIALIZERS)
REGULARIZER = Place(
    "regularizer", "keras.regularizers", classes=_words("L1 L1L2 L2 OrthogonalRegularizer")
)
CONSTRAINT = Place(
    "constraint", "keras.constraints", classes=_words("MaxNorm MinMaxNorm NonNeg UnitNorm")
)
LOSS = Place("loss", "keras.losses", _LOSS_CLASSES, _LOSS_FUNCTIONS, _SHORT)
METRIC = Place(
    "metric",
    "keras.metrics",
    _METRIC_CLASSES,
    _METRIC_FUNCTIONS,
    _SHORT,
)
OPTIMIZER = Place(
    "optimizer",
    "keras.optimizers",
    classes=_words("Adadelta Adagrad Adam AdamW Adamax Ftrl Lamb Lion Nadam RMSprop SGD"),
)

_ENDINGS = (
    ("activation", ACTIVATION),
    ("_initializer", INITIALIZER),
    ("_regularizer", REGULARIZER),
    ("_constraint", CONSTRAINT),
)


def place_of(key: str) -> Place | None:
    """Returns what belongs under a key of a layer's description, if it is not a plain value."""
    return next((place for ending, place in _ENDINGS if key.endswith(ending)), None)


DTYPES = _words(
    "bfloat16 bool float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64"
)
DTYPE_POLICIES = DTYPES | _words("mixed_float16 mixed_bfloat16")

_FAMILY = r"(keras|tf_keras|tensorflow\.keras|tensorflow\.python\.keras)(\.src)?"
_OWN_MODULES = {
    "layers": re.compile(rf"{_FAMILY}(\.(layers|engine)(\.\w+)*)?"),
    "models": re.compile(rf"{_FAMILY}(\.(models|engine)(\.\w+)*)?"),
    "operations": re.compile(r"keras\.(src\.)?ops\.(\w+)"),
    "dtype_policies": re.compile(rf"{_FAMILY}(\.(dtype_policies|mixed_precision)(\.\w+)*)?"),
}


def is_own_module(module: object, family: str) -> bool:
    """True if a module named in a file means Keras's own `family` (or the file names none)."""
    if module is None:
        return True
    if not isinstance(module, str):
        return False
    pattern = _OWN_MODULES.get(family)
    if pattern is None:
        # Functions were saved under `builtins` by some versions.
        pattern = re.compile(rf"builtins|{_FAMILY}(\.{family}(\.\w+)*)?")
    return pattern.fullmatch(module) is not None


_TEXT = "Save the part of the model that comes after the text is turned into ids."
_LAMBDA = "Replace it by a layer of Keras or by a class of your own, registered with Keras."
_RUNS_CODE = ("calls functions that the file names", "Replace it by layers of Keras.")

REFUSED: dict[str, tuple[str, str]] = {
    "Lambda": ("is a Lambda layer: code from the file that would run here", _LAMBDA),
    "TFSMLayer": (
        "loads a SavedModel from a path in the file",
        "Masks cannot be seen inside a SavedModel; put the layers themselves into the model.",
    ),
    "FlaxLayer": ("runs another framework's code", "Replace it by layers of Keras."),
    "JaxLayer": ("runs another framework's code", "Replace it by layers of Keras."),
    "TorchModuleWrapper": ("runs another framework's code", "Replace it by layers of Keras."),
    "TextVectorization": ("turns text into ids and may read files", _TEXT),
    "StringLookup": ("turns text into ids and may read files", _TEXT),
    "IntegerLookup": ("looks words up and may read files", _TEXT),
    "Hashing": ("turns text into ids", _TEXT),
    "HashedCrossing": ("turns text into ids", _TEXT),
    "TFOpLambda": (
        "is an operation on tensors as Keras 2 stored it, which Keras 3 cannot read",
        "Build the model again in Keras 3, load its weights, and save it there.",
    ),
    "CuDNNLSTM": (
        "is a GPU-only layer of Keras 2",
        "Build the model with LSTM instead, load its weights in Keras 2, and save it again.",
    ),
    "CuDNNGRU": (
        "is a GPU-only layer of Keras 2",
        "Build the model with GRU(reset_after=True), load its weights in Keras 2, save it again.",
    ),
    "Merge": (
        "is a layer of Keras 1",
        "Build the model again with Add, Concatenate or the like, and load its weights.",
    ),
}
REFUSED["SlicingOpLambda"] = REFUSED["TensorFlowOpLayer"] = REFUSED["TFOpLambda"]
for _name in ("Switch", "Cond", "Map", "Scan", "AssociativeScan", "WhileLoop", "ForiLoop"):
    REFUSED[_name] = _RUNS_CODE
REFUSED["VectorizedMap"] = REFUSED["JVP"] = _RUNS_CODE
