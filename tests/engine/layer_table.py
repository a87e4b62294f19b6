"""Every layer of `keras.layers`: how to run it on a masked sequence, or why that cannot be."""

from collections.abc import Callable
from typing import Any

from keras import layers as L

FEATURES = 4
TIMESTEPS = 6

SEQUENCE: dict[str, Callable[[], Any]] = {
    "Activation": lambda: L.Activation("relu"),
    "ActivityRegularization": lambda: L.ActivityRegularization(0.1),
    "AdaptiveAveragePooling1D": lambda: L.AdaptiveAveragePooling1D(2),
    "AdaptiveMaxPooling1D": lambda: L.AdaptiveMaxPooling1D(2),
    "AlphaDropout": lambda: L.AlphaDropout(0.2, seed=1),
    "AveragePooling1D": lambda: L.AveragePooling1D(2),
    "BatchNormalization": lambda: L.BatchNormalization(),
    "Bidirectional": lambda: L.Bidirectional(L.LSTM(3, return_sequences=True)),
    "Conv1D": lambda: L.Conv1D(3, 3, padding="same"),
    "Conv1DTranspose": lambda: L.Conv1DTranspose(3, 3, padding="same"),
    "Cropping1D": lambda: L.Cropping1D(1),
    "Dense": lambda: L.Dense(3),
    "DepthwiseConv1D": lambda: L.DepthwiseConv1D(3, padding="same"),
    "Dropout": lambda: L.Dropout(0.2, seed=1),
    "ELU": lambda: L.ELU(),
    "EinsumDense": lambda: L.EinsumDense("abc,cd->abd", (None, 3)),
    "Flatten": lambda: L.Flatten(),
    "GRU": lambda: L.GRU(3, return_sequences=True),
    "GaussianDropout": lambda: L.GaussianDropout(0.2, seed=1),
    "GaussianNoise": lambda: L.GaussianNoise(0.2, seed=1),
    "GlobalAveragePooling1D": lambda: L.GlobalAveragePooling1D(),
    "GlobalMaxPooling1D": lambda: L.GlobalMaxPooling1D(),
    "GroupNormalization": lambda: L.GroupNormalization(groups=2),
    "Identity": lambda: L.Identity(),
    "LSTM": lambda: L.LSTM(3),
    "Lambda": lambda: L.Lambda(lambda x: x * 2.0),
    "LayerNormalization": lambda: L.LayerNormalization(),
    "LeakyReLU": lambda: L.LeakyReLU(),
    "Masking": lambda: L.Masking(),
    "MaxPooling1D": lambda: L.MaxPooling1D(2),
    "Normalization": lambda: L.Normalization(mean=0.1, variance=2.0),
    "PReLU": lambda: L.PReLU(shared_axes=[1]),
    "Permute": lambda: L.Permute((2, 1)),
    "RMSNormalization": lambda: L.RMSNormalization(),
    "RNN": lambda: L.RNN(L.SimpleRNNCell(3), return_sequences=True),
    "ReLU": lambda: L.ReLU(),
    "Rescaling": lambda: L.Rescaling(2.0),
    "Reshape": lambda: L.Reshape((TIMESTEPS, 2, 2)),
    "SeparableConv1D": lambda: L.SeparableConv1D(3, 3, padding="same"),
    "SimpleRNN": lambda: L.SimpleRNN(3, return_sequences=True),
    "SpatialDropout1D": lambda: L.SpatialDropout1D(0.2, seed=1),
    "SpectralNormalization": lambda: L.SpectralNormalization(L.Dense(3)),
    "TimeDistributed": lambda: L.TimeDistributed(L.Dense(3)),
    "UnitNormalization": lambda: L.UnitNormalization(),
    "UpSampling1D": lambda: L.UpSampling1D(2),
    "ZeroPadding1D": lambda: L.ZeroPadding1D(1),
}
"""One argument: the masked sequence (rows, TIMESTEPS, FEATURES)."""

PAIR: dict[str, Callable[[], Any]] = {
    "Add": lambda: L.Add(),
    "AdditiveAttention": lambda: L.AdditiveAttention(),
    "Attention": lambda: L.Attention(),
    "Average": lambda: L.Average(),
    "Concatenate": lambda: L.Concatenate(),
    "Dot": lambda: L.Dot(axes=2),
    "Maximum": lambda: L.Maximum(),
    "Minimum": lambda: L.Minimum(),
    "Multiply": lambda: L.Multiply(),
    "Subtract": lambda: L.Subtract(),
}
"""A list of two: the masked sequence twice."""

QUERY_VALUE: dict[str, Callable[[], Any]] = {
    "GroupQueryAttention": lambda: L.GroupQueryAttention(4, 2, 1),
    "MultiHeadAttention": lambda: L.MultiHeadAttention(2, 4),
}
"""Called as layer(sequence, sequence)."""

IDS: dict[str, Callable[[], Any]] = {
    "Embedding": lambda: L.Embedding(10, 3, mask_zero=True),
    "ReversibleEmbedding": lambda: L.ReversibleEmbedding(10, 3, mask_zero=True),
}
"""One argument: ids (rows, TIMESTEPS)."""

RAISES: dict[str, Callable[[], Any]] = {"Softmax": lambda: L.Softmax()}
"""Fails on a masked sequence: its mask is one of features, (rows, TIMESTEPS, FEATURES)."""

OTHER_SHAPE = "takes images or volumes, no sequence of vectors"
ABSTRACT = "a base class, a cell or a wrapper that does nothing by itself"
DATA = "prepares raw data (text, images, categories) before a model; masks do not reach it"
NO_SEQUENCE: dict[str, str] = {
    "AbstractRNN": ABSTRACT,
    "Input": "makes the input of a model",
    "InputLayer": "makes the input of a model",
    "Layer": ABSTRACT,
    "Wrapper": ABSTRACT,
    "GRUCell": ABSTRACT,
    "LSTMCell": ABSTRACT,
    "SimpleRNNCell": ABSTRACT,
    "StackedRNNCells": ABSTRACT,
    "RepeatVector": "takes vectors (rows, features), which have no time axis",
    "ConvLSTM1D": OTHER_SHAPE,
    "ConvLSTM2D": OTHER_SHAPE,
    "ConvLSTM3D": OTHER_SHAPE,
    "FlaxLayer": "runs code of another framework",
    "JaxLayer": "runs code of another framework",
    "TorchModuleWrapper": "runs code of another framework",
    "TFSMLayer": "runs a saved graph, in which no mask can be seen",
    "CategoryEncoding": DATA,
    "Discretization": DATA,
    "HashedCrossing": DATA,
    "Hashing": DATA,
    "IntegerLookup": DATA,
    "StringLookup": DATA,
    "TextVectorization": DATA,
    "MelSpectrogram": DATA,
    "STFTSpectrogram": DATA,
    "Pipeline": DATA,
}
