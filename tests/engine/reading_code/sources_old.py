"""Keras 2, forum posts, notebooks, fragments, and code whose data is elsewhere."""

import numpy as np

from tests.engine.reading_code.case import Good
from tests.engine.reading_code.sources_plain import QUESTION

FORUM_POST = (
    QUESTION
    + """
y_pred = model.predict(X)
print('y_pred:', y_pred)
print('y_true:', y_true)
print('model.evaluate:', model.evaluate(X, y_true))
# See if the loss computed by model.evaluate() is equal to the masked loss
import tensorflow as tf
logits = tf.constant(y_pred, dtype=tf.float32)
target = tf.constant(y_true, dtype=tf.float32)
cross_entropy = tf.reduce_mean(-tf.reduce_sum(target * tf.log(logits), reduction_indices=[2]))
losses = -tf.reduce_sum(target * tf.log(logits), reduction_indices=[2])
sequence_lengths = tf.constant([3, 4])
mask = tf.reverse(tf.sequence_mask(sequence_lengths, maxlen=max_sentence_length), [0, 1])
losses = tf.boolean_mask(losses, mask)
masked_loss = tf.reduce_mean(losses)
with tf.Session() as sess:
    c_e = sess.run(cross_entropy)
    m_c_e = sess.run(masked_loss)
    print("tf unmasked_loss:", c_e)
    print("tf masked_loss:", m_c_e)
"""
)

CURE = QUESTION.replace(
    "model = Model(input_tensor, output)\n"
    "model.compile(loss='categorical_crossentropy', optimizer='adam')\n",
    """\
from keras import backend as K

def get_loss(mask_value):
    mask_value = K.variable(mask_value)
    def masked_categorical_crossentropy(y_true, y_pred):
        # find out which timesteps in `y_true` are not the padding character '#'
        mask = K.all(K.equal(y_true, mask_value), axis=-1)
        mask = 1 - K.cast(mask, K.floatx())

        # multiply categorical_crossentropy with the mask
        loss = K.categorical_crossentropy(y_true, y_pred) * mask

        # take average w.r.t. the number of unmasked entries
        return K.sum(loss) / K.sum(mask)
    return masked_categorical_crossentropy

masked_categorical_crossentropy = get_loss(np.array([0, 0, 1]))
model = Model(input_tensor, output)
model.compile(loss=masked_categorical_crossentropy, optimizer='adam')
""",
)

_AUTOENCODER = "InputLayer Masking LSTM RepeatVector LSTM Dense"

OLD = [
    Good(
        "forum_post",
        FORUM_POST,
        _AUTOENCODER,
        (None, 5, 3),
        lines={"lstm": 10},
        arrays={"X": (2, 5, 3), "y_true": (2, 5, 3)},
        loss="categorical_crossentropy",
        notes=("Line 17: `model.summary(...)` is skipped: printing", "is skipped: predicting"),
    ),
    Good(
        "cure",
        CURE,
        _AUTOENCODER,
        (None, 5, 3),
        lines={"lstm": 10},
        loss="masked_categorical_crossentropy",
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
        "doctest_prompts",
        """\
>>> from keras import layers, Sequential
>>> model = Sequential()
>>> model.add(layers.Input((4, 2)))
>>> for n in (3, 2):
...     model.add(layers.GRU(n, return_sequences=True))
...
>>> model.output_shape
(None, 4, 2)
""",
        "GRU GRU",
        (None, 4, 2),
        lines={"gru": 5, "gru_1": 5},
        loss=None,
    ),
    Good(
        "ipython_prompts",
        """\
In [1]: from keras import layers, Model, Input
In [2]: i = Input((4, 2))
   ...: x = layers.GRU(3)(i)
In [3]: x.shape
Out[3]: (None, 3)
In [4]: model = Model(i, x)
""",
        "InputLayer GRU",
        (None, 3),
        lines={"gru": 3},
        loss=None,
    ),
    Good(
        "notebook_magics",
        """\
%matplotlib inline
!pip install keras
%%time
from keras import layers, Sequential
%load_ext tensorboard
model = Sequential([layers.Input((3, 2)), layers.LSTM(2)])
?model
%time model.fit(x, y)
""",
        "LSTM",
        (None, 2),
        lines={"lstm": 6},
        loss=None,
        notes=("notebook or shell command",),
    ),
    Good(
        "indented_fragment",
        """\
        from keras import layers, Model, Input
        i = Input((4, 2))
        if True:
            x = layers.GRU(3)(i)
        model = Model(i, x)
""",
        "InputLayer GRU",
        (None, 3),
        lines={"gru": 4},
        loss=None,
    ),
    Good(
        "first_line_not_indented",
        """\
i = Input((4, 2))
    x = layers.GRU(3)(i)
    # a comment
    model = Model(i, x)
""",
        "InputLayer GRU",
        (None, 3),
        lines={"gru": 2},
        loss=None,
    ),
    Good(
        "body_of_a_function",
        """\
    inputs = Input(shape=(4, 2))
    x = LSTM(3)(inputs)
    return Model(inputs, x)
""",
        "InputLayer LSTM",
        (None, 3),
        lines={"lstm": 2},
        loss=None,
        notes=("Imports are missing",),
    ),
    Good(
        "function_never_called",
        """\
from keras.models import Sequential
from keras.layers import Dense, LSTM, Input
def create_model(units=4):
    model = Sequential()
    model.add(Input((5, 2)))
    model.add(LSTM(units))
    model.compile(loss='mse', optimizer='adam')
    return model
estimator = KerasRegressor(build_fn=create_model, epochs=10)
""",
        "LSTM",
        (None, 4),
        lines={"lstm": 6},
        loss="mse",
        notes=("`create_model` is never called",),
    ),
    Good(
        "fragment_without_imports",
        """\
model = Sequential()
model.add(Embedding(1000, 64, input_length=10))
model.add(LSTM(32, return_sequences=True))
model.add(TimeDistributed(Dense(5, activation='softmax')))
model.compile('rmsprop', 'categorical_crossentropy')
""",
        "Embedding LSTM TimeDistributed",
        (None, 10, 5),
        notes=("Imports are missing",),
    ),
    Good(
        "try_around_imports",
        """\
try:
    from tensorflow.keras.layers import Dense, Input, CRF
    from tensorflow.keras import Model
except ImportError:
    from keras.layers import Dense, Input
    from keras.models import Model
i = Input((3,))
model = Model(i, Dense(2)(i))
""",
        "InputLayer Dense",
        (None, 2),
        loss=None,
    ),
    Good(
        "strategy_scope",
        """\
import tensorflow as tf
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
tf.random.set_seed(1)
gpus = tf.config.list_physical_devices("GPU")
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)
strategy = tf.distribute.MirroredStrategy()
print("devices", strategy.num_replicas_in_sync)
with strategy.scope():
    model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(2)])
    model.compile("adam", tf.keras.losses.MeanAbsoluteError(
        reduction=tf.keras.losses.Reduction.AUTO))
""",
        "Dense",
        (None, 2),
        lines={"dense": 11},
    ),
    Good(
        "windows_line_ends",
        "from keras import *\r\ni = Input((3,))\r\n\r\nx = layers.Dense(2)(i)\r\n"
        "model = Model(i, x)\r\n",
        "InputLayer Dense",
        (None, 2),
        lines={"dense": 4},
        loss=None,
    ),
    Good(
        "old_mac_line_ends",
        "from keras import *\ri = Input((3,))\rx = layers.Dense(2)(i)\rmodel = Model(i, x)\r",
        "InputLayer Dense",
        (None, 2),
        lines={"dense": 3},
        loss=None,
    ),
    Good(
        "spaces_of_a_web_page",
        "\ufefffrom keras import *\u2028i\u00a0= Input((3,))\u200b\n"
        "x =\u2003layers.Dense(2, activation=\u2018relu\u2019)(i)\nmodel = Model(i, x)\n",
        "InputLayer Dense",
        (None, 2),
        lines={"dense": 3},
        loss=None,
    ),
    Good(
        "markdown_fence",
        """\
```python
from keras import layers, Sequential
model = Sequential([layers.Input((3, 2)), layers.LSTM(2)])
```
""",
        "LSTM",
        (None, 2),
        lines={"lstm": 3},
        loss=None,
    ),
    Good(
        "tabs_and_spaces",
        "from keras import layers, Sequential\nmodel = Sequential()\n"
        "model.add(layers.Input((3, 2)))\nfor n in range(2):\n\tmodel.add(layers.Dense(n + 1))\n"
        "    \n\tmodel.add(layers.ReLU())\n",
        "Dense ReLU Dense ReLU",
        (None, 3, 2),
        lines={"dense": 5, "re_lu": 7},
        loss=None,
    ),
    Good(
        "python_2_print",
        """\
from keras import layers, Sequential
print "Build model..."
model = Sequential([layers.Input((3, 2)), layers.LSTM(2)])
print model.summary()
""",
        "LSTM",
        (None, 2),
        lines={"lstm": 3},
        loss=None,
        notes=("Skipped: printing",),
    ),
    Good(
        "names_supplied",
        """\
from keras import layers, Sequential
from keras.preprocessing.text import Tokenizer
tokenizer = Tokenizer()
tokenizer.fit_on_texts(corpus)
vocab_size = len(tokenizer.word_index) + 1
X = encode(corpus)
model = Sequential()
model.add(layers.Embedding(vocab_size, 50, input_length=X.shape[1]))
model.add(layers.LSTM(100))
model.add(layers.Dense(n_classes, activation="softmax"))
""",
        "Embedding LSTM Dense",
        (None, 6),
        lines={"embedding": 8},
        loss=None,
        names={"vocab_size": 77, "X.shape[1]": 9, "n_classes": 6},
    ),
    Good(
        "names_as_arrays",
        """\
from keras import layers, Model, Input
rows, timesteps, features = X_train.shape
i = Input((timesteps, X_train.shape[-1]))
model = Model(i, layers.LSTM(features)(i))
""",
        "InputLayer LSTM",
        (None, 3),
        loss=None,
        names={"X_train": np.zeros((2, 5, 3))},
    ),
    Good(
        "keras_io_imdb",
        """\
import numpy as np
import keras
from keras import layers

max_features = 20000  # Only consider the top 20k words
maxlen = 200  # Only consider the first 200 words of each movie review

# Input for variable-length sequences of integers
inputs = keras.Input(shape=(None,), dtype="int32")
# Embed each integer in a 128-dimensional vector
x = layers.Embedding(max_features, 128)(inputs)
# Add 2 bidirectional LSTMs
x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
x = layers.Bidirectional(layers.LSTM(64))(x)
# Add a classifier
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.summary()

(x_train, y_train), (x_val, y_val) = keras.datasets.imdb.load_data(
    num_words=max_features
)
print(len(x_train), "Training sequences")
x_train = keras.utils.pad_sequences(x_train, maxlen=maxlen)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=2, validation_data=(x_val, y_val))
""",
        "InputLayer Embedding Bidirectional Bidirectional Dense",
        (None, 1),
        lines={"bidirectional": 13, "bidirectional_1": 14, "backward_lstm_1": 14},
        loss="binary_crossentropy",
        notes=("`keras.datasets.imdb.load_data(...)` is skipped: data",),
    ),
    Good(
        "char_rnn_script",
        """\
from keras.callbacks import LambdaCallback, ModelCheckpoint
from keras.models import Sequential
from keras.layers import Dense, LSTM
from keras.optimizers import RMSprop
import numpy as np
import random
import sys
import io
import matplotlib.pyplot as plt

text = "hello world " * 3
chars = sorted(list(set(text)))
print('total chars:', len(chars))
char_indices = dict((c, i) for i, c in enumerate(chars))
maxlen = 8
step = 3
sentences = []
next_chars = []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])
x = np.zeros((len(sentences), maxlen, len(chars)), dtype=np.bool)
y = np.zeros((len(sentences), len(chars)), dtype=np.bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        x[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(128, input_shape=(maxlen, len(chars))))
model.add(Dense(len(chars), activation='softmax'))
optimizer = RMSprop(learning_rate=0.01)
model.compile(loss='categorical_crossentropy', optimizer=optimizer)

def sample(preds, temperature=1.0):
    preds = np.asarray(preds).astype('float64')
    preds = np.log(preds) / temperature
    return np.argmax(np.random.multinomial(1, preds, 1))

def on_epoch_end(epoch, _):
    start_index = random.randint(0, len(text) - maxlen - 1)
    for diversity in [0.2, 0.5, 1.0, 1.2]:
        generated = ''
        preds = model.predict(x_pred, verbose=0)[0]

print_callback = LambdaCallback(on_epoch_end=on_epoch_end)
history = model.fit(x, y, batch_size=128, epochs=60, callbacks=[print_callback])
plt.plot(history.history['loss'])
plt.show()
""",
        "LSTM Dense",
        (None, 8),
        lines={"lstm": 30, "dense": 31},
        arrays={"x": (10, 8, 8), "y": (10, 8)},
        loss="categorical_crossentropy",
        notes=("is skipped: plotting",),
    ),
    Good(
        "data_in_functions_and_files",
        """\
import pandas as pd
import numpy as np
from sklearn.model_selection import train_test_split
from tensorflow.keras.layers import Input, LSTM, Dense, Masking
from tensorflow.keras.models import Model
from tensorflow.keras.utils import to_categorical
from tensorflow.keras.callbacks import EarlyStopping

def load_data(path, n=10):
    df = pd.read_csv(path)
    rows = []
    for _, row in df.iterrows():
        rows.append(row["text"].lower().split())
    return np.array(rows), df["y"].values

df = pd.read_csv("train.csv")
X, y = load_data("train.csv")
y = to_categorical(y, num_classes=4)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
df["len"] = df["text"].apply(lambda s: len(s))

class History(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model._losses = logs

timesteps, features = 30, 8
inp = Input(shape=(timesteps, features))
h = Masking(mask_value=-10.)(inp)
h = LSTM(16)(h)
out = Dense(4, activation="softmax")(h)
model = Model(inp, out)
es = EarlyStopping(monitor="val_loss", patience=3)
model.compile("adam", "categorical_crossentropy", metrics=["accuracy", f1_score])
for epoch in range(3):
    model.fit(X_train, y_train, callbacks=[es, History()])
assert X.shape[0] > 0
model.save("model.h5")
""",
        "InputLayer Masking LSTM Dense",
        (None, 4),
        lines={"masking": 28, "lstm": 29},
        notes=("`f1_score` has no value here", "is skipped: saving", "`class History` is skipped"),
    ),
    Good(
        "literal_sequences_padded",
        """\
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.utils import to_categorical
from tensorflow.keras import layers, Sequential
raw = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]]
padded = pad_sequences(raw, padding="post")
labels = to_categorical([0, 2, 1])
model = Sequential([
    layers.Input(padded.shape[1:]),
    layers.Embedding(padded.max() + 1, 16, mask_zero=True),
    layers.LSTM(32),
    layers.Dense(labels.shape[-1], activation="softmax")])
""",
        "Embedding LSTM Dense",
        (None, 3),
        arrays={"padded": (3, 6), "labels": (3, 3)},
        loss=None,
    ),
    Good(
        "several_models",
        """\
from keras.layers import Input, Dense
from keras.models import Model
input_img = Input(shape=(784,))
encoded = Dense(32, activation='relu')(input_img)
decoded = Dense(784, activation='sigmoid')(encoded)
autoencoder = Model(input_img, decoded)
encoder = Model(input_img, encoded)
encoded_input = Input(shape=(32,))
decoder_layer = autoencoder.layers[-1]
decoder = Model(encoded_input, decoder_layer(encoded_input))
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')
""",
        "InputLayer Dense",
        (None, 784),
        loss=None,
        notes=("The model is `decoder`",),
    ),
    Good(
        "loss_with_tf",
        """\
import tensorflow as tf
from tensorflow.keras import layers, Model, Input
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction='none')
def loss_function(real, pred):
    mask = tf.math.logical_not(tf.math.equal(real, 0))
    loss_ = loss_object(real, pred)
    mask = tf.cast(mask, dtype=loss_.dtype)
    loss_ *= mask
    return tf.reduce_sum(loss_) / tf.reduce_sum(mask)
i = Input((6,))
model = Model(i, layers.Dense(9)(layers.Embedding(9, 4)(i)))
model.compile(optimizer=tf.train.AdamOptimizer(0.01), loss=loss_function)
""",
        None,
        (None, 6, 9),
        loss="loss_function",
    ),
    Good(
        "loss_lambda_and_metric_function",
        """\
from keras import layers, Model, Input
import keras.backend as K
def weighted(a=2.0):
    return lambda y_true, y_pred: a * K.mean(K.square(y_true - y_pred), axis=-1)
def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))
i = Input((6, 1))
model = Model(i, layers.GRU(1, return_sequences=True)(i))
model.compile("adam", loss=weighted(3.0), metrics=[rmse, "mse"])
""",
        None,
        (None, 6, 1),
    ),
    Good(
        "unknown_branch_that_does_not_matter",
        """\
import argparse
from keras import layers, Sequential
args = argparse.ArgumentParser().parse_args()
if args.verbose:
    print("hello")
    level = 3
model = Sequential([layers.Input((2,)), layers.Dense(1)])
""",
        "Dense",
        (None, 1),
        loss=None,
        notes=("depends on `args.verbose`",),
    ),
    Good(
        "wavelike_residual",
        """\
from keras.layers import *
from keras.models import Model
inp = Input(shape=(None, 16))
x = inp
skips = []
for d in [2**i for i in range(3)]:
    t = Conv1D(16, 2, padding='causal', dilation_rate=d, activation='tanh')(x)
    s = Conv1D(16, 2, padding='causal', dilation_rate=d, activation='sigmoid')(x)
    z = Multiply()([t, s])
    z = Conv1D(16, 1)(z)
    skips += [z]
    x = Add()([x, z])
out = Activation('relu')(Add()(skips))
out = Dense(4, activation='softmax')(out)
model = Model(inp, out)
""",
        None,
        (None, None, 4),
        lines={"conv1d": 7, "conv1d_1": 8, "conv1d_2": 10, "add_3": 13},
        loss=None,
    ),
    Good(
        "tensor_shape_attributes",
        """\
from keras import layers, Model, Input, backend as K
i = Input((6, 4))
x = layers.Conv1D(8, 3)(i)
steps = K.int_shape(x)[1]
units = x.shape[-1]
_, t, f = x.get_shape().as_list()
x = layers.Reshape((steps * units,))(x)
x = layers.Dense(t + f)(x)
model = Model(i, layers.Dense(x.shape[1], dtype="float32")(x))
""",
        None,
        (None, 12),
        loss=None,
    ),
    Good(
        "regularised_and_dropout_rnn",
        """\
from keras import regularizers, layers, Sequential
L2 = regularizers.L2(0.01)
model = Sequential([
    layers.InputLayer(input_shape=(7, 3)),
    layers.SpatialDropout1D(.2),
    layers.SimpleRNN(4, kernel_regularizer=L2, recurrent_regularizer='l2', return_sequences=True),
    layers.GlobalMaxPool1D(),
    layers.PReLU(),
])
model.compile(loss=['mse'], optimizer='nadam')
""",
        "SpatialDropout1D SimpleRNN GlobalMaxPooling1D PReLU",
        (None, 4),
    ),
    Good(
        "attention_mask_by_hand",
        """\
from keras import layers, Model, Input, ops
ids = Input((10,), dtype="int32")
mask = ops.not_equal(ids, 0)
x = layers.Embedding(20, 8)(ids)
att = layers.MultiHeadAttention(2, 4)(x, x, attention_mask=mask[:, None, :])
att = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
x = layers.LSTM(5, return_sequences=True)(x, mask=mask)
x = layers.Concatenate(axis=-1)([x, att])
model = Model(ids, layers.Dense(3)(x))
""",
        None,
        (None, 10, 3),
        lines={"not_equal": 3, "lstm": 7},
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
        "nonlocal_state_of_a_script",
        """\
import keras
counter = 0
def add(x, n):
    global counter
    counter += 1
    def inner(y, k=n):
        return keras.layers.Dense(k, name=f'd{counter}')(y)
    return inner(x)
x = i = keras.Input(3)
for n in (2, 3):
    x = add(x, n)
model = keras.Model(i, x)
print(f"built {counter} layers {x.shape=}")
""",
        "InputLayer Dense Dense",
        (None, 3),
        lines={"d1": 7, "d2": 7},
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
        "masking_guide",
        """\
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
raw_inputs = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]]
padded_inputs = tf.keras.preprocessing.sequence.pad_sequences(raw_inputs, padding="post")
print(padded_inputs)
embedding = layers.Embedding(input_dim=5000, output_dim=16, mask_zero=True)
masked_output = embedding(padded_inputs)
masking_layer = layers.Masking()
# Simulate the embedding lookup by expanding the 2D input to 3D, with embedding dimension of 10.
unmasked_embedding = tf.cast(
    tf.tile(tf.expand_dims(padded_inputs, axis=-1), [1, 1, 10]), tf.float32
)
masked_embedding = masking_layer(unmasked_embedding)
model = tf.keras.Sequential(
    [layers.Embedding(input_dim=5000, output_dim=16, mask_zero=True), layers.LSTM(32)]
)
""",
        "Embedding LSTM",
        (None, 32),
        lines={"embedding_1": 16, "lstm": 16},
        loss=None,
        arrays={"padded_inputs": (3, 6)},
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
