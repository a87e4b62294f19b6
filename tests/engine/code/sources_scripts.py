"""Whole scripts, with their data, training and plots."""

from tests.engine.code.case import Good

SCRIPTS = [
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
        "text_generation_with_its_training_loop",
        """\
chars = sorted(list(set(text)))
maxlen = 40
sentences = []
for i in range(0, len(text) - maxlen, 3):
    sentences.append(text[i: i + maxlen])
X = np.zeros((len(sentences), maxlen, len(chars)), dtype=np.bool)
model = Sequential()
model.add(LSTM(8, input_shape=(maxlen, len(chars))))
model.add(Dense(len(chars), activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam")
for iteration in range(1, 600):
    model.fit(X, y, batch_size=128, epochs=1)
    for diversity in [0.2, 0.5, 1.0, 1.2]:
        for i in range(400):
            x = np.zeros((1, maxlen, len(chars)))
            preds = model.predict(x, verbose=0)[0]
            generated = generated + str(i % 3 + diversity * 2)
""",
        "LSTM Dense",
        (None, 20),
        names={"len(chars)": 20},
        notes=("The loop is read once: training",),
    ),
    Good(
        "decorators_that_change_nothing",
        """\
import keras
import tensorflow as tf

@keras.saving.register_keras_serializable(package="mine")
def masked_mae(y_true, y_pred):
    mask = tf.cast(tf.not_equal(y_true, -1.0), tf.float32)
    return tf.reduce_sum(tf.abs(y_true - y_pred) * mask) / tf.reduce_sum(mask)

@tf.function
def train_step(x, y):
    return masked_mae(y, model(x))

model = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(2, return_sequences=True)])
model.compile(loss=masked_mae)
for x, y in dataset:
    train_step(x, y)
""",
        "LSTM",
        (None, 5, 2),
        config=False,
    ),
    Good(
        "partial",
        """\
from functools import partial
from keras import Input, Sequential, layers
Reader = partial(layers.LSTM, 4, return_sequences=True)
Relu = partial(layers.Dense, activation="relu")
model = Sequential([Input((None, 3)), Reader(), Reader(name="upper"), Relu(8), Relu(2, name="r")])
""",
        "LSTM LSTM Dense Dense",
        (None, None, 2),
        lines={"upper": 5, "r": 5},
        loss=None,
    ),
]
