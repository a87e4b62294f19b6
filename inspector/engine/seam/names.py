"""The whitelist of Keras's names: what pasted code may use, and what model files may name.

Names that the installed Keras does not have are left out where they are looked up.
"""

SHORT_NAMES = {
    "mse": "mean_squared_error",
    "MSE": "mean_squared_error",
    "mae": "mean_absolute_error",
    "MAE": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "MAPE": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "MSLE": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "KLD": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "cosine_proximity": "cosine_similarity",
}
"""Names of losses and metrics that Keras 2 took beside those of today."""

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


# Left out: what loops while it runs (scan, while_loop, map), calls back (custom_gradient), reads
# values (convert_to_numpy) or hands out uninitialised memory (empty).
OPERATIONS = (
    "abs absolute add all amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 "
    "arctanh argmax argmin argsort array average average_pool batch_normalization "
    "binary_crossentropy broadcast_to cast categorical_crossentropy ceil celu clip concatenate "
    "cond conj conv convert_to_tensor copy cos cosh count_nonzero cross cumprod cumsum diag "
    "diagonal digitize divide divide_no_nan dot dot_product_attention dtype einsum elu equal "
    "erf exp exp2 expand_dims expm1 eye flip floor floor_divide full full_like gelu get_item glu "
    "greater greater_equal hard_sigmoid hard_silu hard_swish hard_tanh hstack identity isfinite "
    "isinf isnan layer_normalization leaky_relu less less_equal linspace log log10 log1p log2 "
    "log_sigmoid log_softmax logaddexp logical_and logical_not logical_or logical_xor logsumexp "
    "matmul max max_pool maximum mean meshgrid min minimum mod moments moveaxis multi_hot multiply "
    "nan_to_num ndim negative norm normalize not_equal one_hot ones ones_like outer pad power prod "
    "ravel reciprocal relu relu6 repeat reshape roll round rsqrt scatter scatter_update select "
    "selu separable_conv shape sigmoid sign silu sin sinh size slice slice_update softmax softplus "
    "softsign sort sparse_categorical_crossentropy split sqrt square squeeze stack std "
    "stop_gradient subtract sum swapaxes swish take take_along_axis tan tanh tensordot tile top_k "
    "transpose tri tril triu true_divide trunc unstack var vdot vstack where zeros zeros_like"
).split()
RANDOM = "normal uniform truncated_normal randint dropout".split()

FRAGMENT_NAMES = sorted(
    {
        *INITIALIZERS,
        *REGULARIZERS,
        *ACTIVATIONS,
        *LOSSES,
        *SCHEDULES,
        *OPTIMIZERS,
        *METRICS,
        *LAYERS,
        *LAYER_FUNCTIONS,
        *"Input Model Sequential to_categorical pad_sequences layers models optimizers losses "
        "metrics initializers regularizers constraints activations ops keras numpy".split(),
    }
)
"""Names that a fragment of code may use without importing them, to suggest the nearest."""
