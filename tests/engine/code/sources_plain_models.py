"""Models in every style, as Keras 3 takes them."""

from tests.engine.code.case import Good

PLAIN_MODELS = [
    Good(
        "sequential_list",
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input(shape=(None,), dtype="int32"),
    layers.Embedding(1000, 32, mask_zero=True),
    layers.Bidirectional(layers.LSTM(16, return_sequences=True)),
    layers.Dense(9, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
""",
        "Embedding Bidirectional Dense",
        (None, None, 9),
        lines={
            "embedding": 5,
            "bidirectional": 6,
            "forward_lstm": 6,
            "backward_lstm": 6,
            "dense": 7,
        },
        loss="sparse_categorical_crossentropy",
    ),
    Good(
        "sequential_add",
        """\
from keras.models import Sequential
from keras.layers import Input, LSTM, Dense, Dropout, TimeDistributed
model = Sequential()
model.add(Input((10, 4)))
model.add(LSTM(8, return_sequences=True))
model.add(Dropout(0.2))
model.add(LSTM(8, return_sequences=True, dropout=0.1))
model.add(TimeDistributed(Dense(2, activation='softmax')))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['acc'])
""",
        "LSTM Dropout LSTM TimeDistributed",
        (None, 10, 2),
        lines={"lstm": 5, "lstm_1": 7},
        loss="categorical_crossentropy",
    ),
    Good(
        "import_tf_keras",
        """\
import tensorflow as tf
inputs = tf.keras.Input(shape=(7,), dtype="int32", name="ids")
x = tf.keras.layers.Embedding(50, 8, mask_zero=True, name="words")(inputs)
x = tf.keras.layers.GRU(4, name="encoder")(x)
outputs = tf.keras.layers.Dense(1, activation="sigmoid", name="head")(x)
model = tf.keras.Model(inputs=inputs, outputs=outputs, name="classifier")
model.compile(optimizer="adam", loss="binary_crossentropy")
""",
        "InputLayer Embedding GRU Dense",
        (None, 1),
        lines={"words": 3, "encoder": 4, "head": 5},
        loss="binary_crossentropy",
    ),
    Good(
        "import_aliases",
        """\
import tensorflow.keras.layers as L, tensorflow.keras.models as M
from tensorflow import keras as k
i = L.Input([None, 2])
m = M.Model(i, L.SimpleRNN(3, return_sequences=True)(L.Masking()(i)))
m.compile(k.optimizers.SGD(0.1), k.losses.MeanSquaredError())
""",
        "InputLayer Masking SimpleRNN",
        (None, None, 3),
        lines={"masking": 4},
    ),
    Good(
        "import_star",
        """\
from keras.layers import *
from keras.models import *
a = Input((4, 2))
b = Dense(3)(a)
model = Model(a, b)
""",
        "InputLayer Dense",
        (None, 4, 3),
        loss=None,
    ),
    Good(
        "operators_and_slices",
        """\
import keras
from keras import layers, ops
ids = keras.Input((12,), dtype="int32")
x = layers.Embedding(100, 16, mask_zero=True)(ids)
x = x * 16 ** 0.5
x = x + 1.0 - x / 2
last = x[:, -1, :]
first = x[:, 0]
both = ops.concatenate([first, last], axis=-1)
both = -both
y = layers.Dense(3)(both)
model = keras.Model(ids, y)
""",
        None,
        (None, 3),
        lines={
            "multiply": 5,
            "add": 6,
            "true_divide": 6,
            "subtract": 6,
            "get_item": 7,
            "get_item_1": 8,
            "concatenate": 9,
            "negative": 10,
        },
        loss=None,
    ),
    Good(
        "ops_many",
        """\
from keras import layers, Model, ops, Input
i = Input((6, 4))
m = ops.any(ops.not_equal(i, 0.0), axis=-1)
x = layers.Dense(8, activation=ops.relu)(i)
x = ops.where(ops.expand_dims(m, -1), x, 0.0)
total = ops.sum(x, axis=1) / ops.maximum(ops.sum(ops.cast(m, "float32"), 1, keepdims=True), 1)
n = ops.shape(x)[1]
flat = ops.reshape(x, (-1, n * 8))
out = ops.concatenate([total, flat], 1)
model = Model(i, out)
""",
        None,
        (None, 56),
        lines={"not_equal": 3, "any": 3, "dense": 4, "where": 5},
        loss=None,
    ),
    Good(
        "lambda_layer",
        """\
import keras
from keras import layers, ops
i = keras.Input((5, 4))
x = layers.Masking(0.0)(i)
x = layers.Lambda(lambda t: ops.sum(t, axis=1), name="sum")(x)
scale = 2
x = layers.Lambda(lambda t, k: t * k * scale, arguments={"k": 3}, output_shape=(4,))(x)
model = keras.Model(i, x)
""",
        None,
        (None, 4),
        lines={"sum": 5, "lambda": 7},
        loss=None,
        weights=False,
        config=False,
    ),
    Good(
        "optimizer_objects",
        """\
import keras
from keras.optimizers import Adam
from keras.optimizers.schedules import ExponentialDecay
schedule = ExponentialDecay(1e-3, decay_steps=100, decay_rate=0.9)
m = keras.Sequential([keras.layers.Input((3, 2)), keras.layers.Dense(
    4,
    kernel_initializer=keras.initializers.HeNormal(seed=1),
    kernel_regularizer=keras.regularizers.l2(1e-4),
    bias_constraint=keras.constraints.MaxNorm(2),
    activation=keras.activations.gelu)])
m.compile(optimizer=Adam(learning_rate=schedule, clipnorm=1.0),
          loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
          metrics=[keras.metrics.CategoricalAccuracy(name="acc"), "mae"])
""",
        "Dense",
        (None, 3, 4),
        lines={"dense": 5},
    ),
    Good(
        "conv_tagger",
        """\
from tensorflow.keras import Sequential, layers
model = Sequential(name="tagger")
model.add(layers.Input(shape=(None,)))
model.add(layers.Embedding(500, 16, mask_zero=True))
model.add(layers.Conv1D(filters=32, kernel_size=3, padding="same", activation="relu"))
model.add(layers.MaxPooling1D(1))
model.add(layers.Dense(5, activation="softmax"))
""",
        "Embedding Conv1D MaxPooling1D Dense",
        (None, None, 5),
        lines={"conv1d": 5},
        loss=None,
    ),
    Good(
        "custom_rnn_cells",
        """\
import keras
from keras.layers import RNN, LSTMCell, StackedRNNCells, GRUCell, Input
i = Input((6, 3))
x = RNN([LSTMCell(4), LSTMCell(5)], return_sequences=True)(i)
x = RNN(StackedRNNCells([GRUCell(3)]), return_sequences=True)(x)
model = keras.Model(i, x)
""",
        "InputLayer RNN RNN",
        (None, 6, 3),
        lines={"rnn": 4, "rnn_1": 5, "lstm_cell": 4},
        loss=None,
    ),
    Good(
        "layer_names_by_hand",
        """\
import keras
i = keras.layers.Input(shape=(4, 3), name="chars")
m = keras.layers.Masking(name="mask")(i)
e, state = keras.layers.GRU(7, return_state=True, name="encoder")(m)
model = keras.Model(i, state, name="seq")
model.trainable = False
""",
        "InputLayer Masking GRU",
        (None, 7),
        lines={"encoder": 4, "mask": 3},
        loss=None,
    ),
]
