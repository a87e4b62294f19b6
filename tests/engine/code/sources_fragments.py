"""Prompts, magics, indentation, missing imports, values from elsewhere."""

import numpy as np

from tests.engine.code.case import Good

FRAGMENTS = [
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
        "skipped_calls_say_why",
        """\
strategy = tf.distribute.MirroredStrategy()
np.random.seed(1)
stop_early = keras.callbacks.EarlyStopping(patience=2)
random_rows = tables.shuffle(3)
random_rows.shuffle(3)
with strategy.scope():
    model = Sequential([Embedding(9, 4, mask_zero=True), LSTM(3), Dropout(0.1), Dense(2)])
print(model.output._keras_mask)
plt.plot(model.history)
""",
        "Embedding LSTM Dropout Dense",
        (None, 2),
        lines={"lstm": 7},
        loss=None,
        notes=(
            "`tf.distribute.MirroredStrategy(...)` is skipped: it says where the model runs.",
            "`np.random.seed(...)` is skipped: settings.",
            "`keras.callbacks.EarlyStopping(...)` is skipped: training.",
            "`random_rows.shuffle(...)` is skipped: data.",
            "`strategy.scope(...)` is skipped: it says where the model runs.",
            "`print(...)` is skipped: printing.",
            "`plt.plot(...)` is skipped: plotting.",
            "read as usual: `tf`, `np`, `keras`, `Sequential`, `Embedding`, `LSTM`, `Dropout`, `De",
        ),
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
]
