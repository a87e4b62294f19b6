"""What was written for Keras 1 and 2."""

from tests.engine.code.case import Good

KERAS_2 = [
    Good(
        "keras_1_names_of_arguments",
        """\
from keras.layers.core import Dense, Dropout, Activation
from keras.layers.recurrent import LSTM
model = Sequential()
model.add(Embedding(input_dim=50, output_dim=8, mask_zero=True))
model.add(LSTM(output_dim=4, inner_activation='hard_sigmoid', init='uniform', dropout_W=0.2,
               return_sequences=True))
model.add(Dropout(p=0.5))
model.add(Dense(output_dim=3, bias=False, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop')
""",
        "Embedding LSTM Dropout Dense",
        (None, None, 3),
        notes=("`output_dim` of `LSTM` is `units`", "`p` of `Dropout` is `rate`"),
        config=False,
    ),
    Good(
        "layer_of_tf_compat_v1",
        """\
import tensorflow as tf
model = tf.keras.Sequential()
model.add(tf.compat.v1.keras.layers.CuDNNLSTM(4, return_sequences=True, input_shape=(5, 3)))
""",
        "LSTM",
        (None, 5, 4),
        loss=None,
        config=False,
    ),
    Good(
        "input_shape",
        """\
from keras.models import Sequential
from keras.layers import Masking, LSTM, Dense
model = Sequential()
model.add(Masking(mask_value=0., input_shape=(5, 3)))
model.add(LSTM(32))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=32, epochs=3, validation_data=(x_test, y_test))
""",
        "Masking LSTM Dense",
        (None, 1),
        lines={"masking": 4, "lstm": 5, "dense": 6},
        notes=("Line 8: `model.fit(...)` is skipped: training",),
    ),
    Good(
        "batch_input_shape_stateful",
        """\
from keras.models import Sequential
from keras.layers import LSTM, Dense
model = Sequential()
model.add(LSTM(4, batch_input_shape=(2, 7, 3), stateful=True, return_sequences=True))
model.add(Dense(1))
""",
        "LSTM Dense",
        (2, 7, 1),
        loss=None,
        notes=("`batch_input_shape` is read as",),
    ),
    Good(
        "input_dim",
        """\
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(12, input_dim=8, activation='relu'), Dense(1)])
""",
        "Dense Dense",
        (None, 1),
        loss=None,
    ),
    Good(
        "input_length_flatten",
        """\
from keras.models import Sequential
from keras.layers import Embedding, Flatten, Dense
vocab_size = 50
max_length = 4
model = Sequential()
model.add(Embedding(vocab_size, 8, input_length=max_length))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
""",
        "Embedding Flatten Dense",
        (None, 1),
        notes=("`input_length` is read as",),
    ),
    Good(
        "embedding_without_shape",
        """\
import tensorflow as tf
model = tf.keras.Sequential([
    tf.keras.layers.Embedding(input_dim=5000, output_dim=16, mask_zero=True),
    tf.keras.layers.LSTM(32),
])
""",
        "Embedding LSTM",
        (None, 32),
        lines={"embedding": 3, "lstm": 4},
        loss=None,
        notes=("any number of timesteps",),
    ),
    Good(
        "shape_from_fit",
        """\
import numpy as np
from keras import Sequential, layers
X = np.random.random((1000, 12, 7))
y = np.random.randint(2, size=(1000, 1))
model = Sequential([layers.LSTM(5), layers.Dense(1)])
model.compile('adam', 'mse')
model.fit(X, y, epochs=2)
""",
        "LSTM Dense",
        (None, 1),
        loss="mse",
        notes=("that of the data in `fit`",),
    ),
    Good(
        "shape_from_build",
        """\
from keras import Sequential, layers
model = Sequential([layers.GRU(5), layers.Dense(1)])
model.build(input_shape=(None, 4, 2))
""",
        "GRU Dense",
        (None, 1),
        loss=None,
    ),
    Good(
        "keras_1_model_arguments",
        """\
from keras.models import Model
from keras.layers.core import Dense
from keras.layers.recurrent import LSTM
from keras.layers.embeddings import Embedding
from keras.layers.wrappers import TimeDistributed, Bidirectional
from keras.engine.topology import Input
a = Input((6,))
x = Embedding(10, 4)(a)
x = Bidirectional(LSTM(3, return_sequences=True))(x)
b = TimeDistributed(Dense(2))(x)
model = Model(input=a, output=b)
""",
        "InputLayer Embedding Bidirectional TimeDistributed",
        (None, 6, 2),
        loss=None,
        notes=("`input` of `Model` is `inputs`",),
    ),
    Good(
        "optimizer_of_keras_2",
        """\
from keras.models import Sequential
from keras.layers import CuDNNLSTM, Dense, LeakyReLU
from keras import optimizers
model = Sequential()
model.add(CuDNNLSTM(4, input_shape=(3, 2)))
model.add(LeakyReLU(alpha=0.2))
model.add(Dense(1))
adam = optimizers.Adam(lr=0.001, beta_1=0.9, decay=1e-6)
model.compile(loss='mse', optimizer=adam, sample_weight_mode='temporal')
""",
        "LSTM LeakyReLU Dense",
        (None, 1),
        loss="mse",
        notes=(
            "`lr` is `learning_rate`",
            "`decay` is left out",
            "`sample_weight_mode` is left",
            "`alpha` of `LeakyReLU`",
        ),
    ),
    Good(
        "ignored_arguments",
        """\
from keras.models import Sequential
from keras.layers import LSTM, Embedding
model = Sequential()
model.add(Embedding(100, 5, weights=[embedding_matrix], input_length=9, trainable=False))
model.add(LSTM(4, time_major=False, unroll=True, implementation=2, return_sequences=True))
""",
        "Embedding LSTM",
        (None, 9, 4),
        loss=None,
        notes=("`weights` is left out", "`time_major` is left out", "`unroll` is left out"),
    ),
    Good(
        "backend_in_lambda",
        """\
from keras import backend as K
from keras.layers import Input, Lambda, Embedding, Dense
from keras.models import Model
i = Input(shape=(8,))
e = Embedding(10, 4, mask_zero=True)(i)
s = Lambda(lambda x: K.sum(x, axis=1), output_shape=lambda s: (s[0], s[2]))(e)
t = Lambda(lambda x: K.l2_normalize(K.permute_dimensions(x, (0, 2, 1)), axis=-1))(e)
u = Lambda(lambda x: K.mean(K.square(x), axis=-1, keepdims=False))(t)
model = Model(i, [Dense(1)(s), u])
""",
        None,
        [(None, 1), (None, 4)],
        lines={"lambda": 6, "lambda_1": 7},
        loss=None,
    ),
    Good(
        "tensorflow_functions",
        """\
import tensorflow as tf
i = tf.keras.layers.Input((5, 4))
x = tf.concat([i, tf.zeros_like(i)], axis=-1)
x = tf.nn.relu(tf.expand_dims(tf.reduce_mean(x, axis=1), -1))
x = tf.squeeze(tf.math.log(x + 1.0), axis=[-1])
x = tf.cast(tf.math.greater(x, 0.5), tf.float32) * x
x = tf.keras.layers.Dense(2, activation=tf.nn.softmax)(x)
model = tf.keras.models.Model(i, x)
""",
        None,
        (None, 2),
        lines={"concatenate": 3, "mean": 4, "dense": 7},
        loss=None,
    ),
    Good(
        "lambdas_of_every_kind",
        """\
from keras.layers import *
from keras.models import Model
from keras import backend as K
import tensorflow as tf
i = Input(batch_shape=(None, 5, 3))
a = Lambda(K.mean, arguments={'axis': 1})(i)
b = Lambda(tf.nn.relu)(i)
c = Lambda(lambda x: tf.reduce_sum(x, axis=1))(b)
d = Lambda(lambda xs: xs[0] * xs[1])([a, c])
e = Lambda(lambda x: K.expand_dims(x, -1))(d)
f = Lambda(lambda x: K.repeat(x, 4))(a)
g = Lambda(lambda xs: K.batch_dot(xs[0], xs[1], axes=[2, 2]))([i, i])
h = Lambda(lambda x: tf.one_hot(tf.cast(x[..., 0], tf.int32), depth=4))(i)
k = Lambda(lambda x: tf.split(x, 3, axis=-1)[0])(i)
l = Lambda(lambda x: tf.linalg.matmul(x, x, transpose_b=True))(i)
model = Model(i, [e, f, g, h, k, l])
""",
        None,
        [(None, 3, 1), (None, 4, 3), (None, 5, 5), (None, 5, 4), (None, 5, 1), (None, 5, 5)],
        lines={"lambda": 6, "lambda_9": 15},
        loss=None,
    ),
    Good(
        "summary_between_added_layers",
        """\
import keras
model = keras.models.Sequential()
model.add(keras.layers.LSTM(5, input_shape=(3, 2)))
model.summary()
model.add(keras.layers.Dense(2))
model.compile(loss='mse')
model.add(keras.layers.Dense(1))
model.pop()
""",
        "LSTM Dense",
        (None, 2),
        lines={"lstm": 3, "dense": 5},
        loss="mse",
    ),
    Good(
        "multi_gpu",
        """\
from keras.utils import multi_gpu_model
from keras.models import Sequential
from keras.layers import *
K.clear_session()
model = Sequential()
model.add(LSTM(3, input_shape=(None, 2)))
model = multi_gpu_model(model, gpus=2)
model.compile(loss='mse', optimizer='adam')
""",
        "LSTM",
        (None, 3),
        lines={"lstm": 6},
        loss="mse",
    ),
]
