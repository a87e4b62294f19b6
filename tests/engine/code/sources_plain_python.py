"""Loops, functions and values of Python around layers."""

from tests.engine.code.case import Good

PLAIN_PYTHON = [
    Good(
        "loop_over_range",
        """\
from keras import layers, Sequential
model = Sequential()
model.add(layers.Input((8, 3)))
for i in range(3):
    model.add(layers.LSTM(2 ** (i + 2), return_sequences=i < 2, name=f"lstm_{i}"))
model.add(layers.Dense(1))
""",
        "LSTM LSTM LSTM Dense",
        (None, 1),
        lines={"lstm_0": 5, "lstm_2": 5, "dense": 6},
        loss=None,
    ),
    Good(
        "loop_over_list_and_zip",
        """\
from keras import layers, Model, Input
sizes = [16, 8]
rates = (0.1, 0.2)
x = inp = Input((4, 4))
for n, (units, rate) in enumerate(zip(sizes, rates)):
    x = layers.GRU(units, return_sequences=True, name="gru_%d" % n)(x)
    x = layers.Dropout(rate)(x)
    if n == 0:
        continue
    x = layers.BatchNormalization()(x)
else:
    x = layers.Dense(2)(x)
model = Model(inp, x)
""",
        "InputLayer GRU Dropout GRU Dropout BatchNormalization Dense",
        (None, 4, 2),
        lines={"gru_0": 6, "gru_1": 6, "batch_normalization": 10, "dense": 12},
        loss=None,
    ),
    Good(
        "common_keywords",
        """\
from keras import layers, Sequential
common = dict(return_sequences=True, dropout=0.1)
more = {"units": 5, **common}
model = Sequential([layers.Input((None, 3)), layers.LSTM(4, **common), layers.GRU(**more)])
""",
        "LSTM GRU",
        (None, None, 5),
        lines={"lstm": 4, "gru": 4},
        loss=None,
    ),
    Good(
        "comprehensions",
        """\
from keras import layers, Model, Input
ins = [Input((5, 2), name=f"in_{k}") for k in range(3)]
encoder = layers.LSTM(4)
encoded = [encoder(layers.Masking()(i)) for i in ins if True]
heads = {name: layers.Dense(n, name=name) for name, n in (("a", 1), ("b", 2))}
merged = layers.concatenate(encoded)
model = Model(ins, [head(merged) for head in heads.values()])
model.compile("adam", loss={"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.5})
""",
        None,
        [(None, 1), (None, 2)],
        lines={"lstm": 3, "masking": 4, "a": 5, "b": 5, "concatenate": 6},
    ),
    Good(
        "small_functions",
        '''\
from keras import layers, Model, Input
HIDDEN = 8
def block(x, units=HIDDEN, *, rate=0.1, **kwargs):
    """One block."""
    y = layers.LSTM(units, return_sequences=True, **kwargs)(x)
    y = layers.Dropout(rate)(y)
    return layers.add([x, y]) if x.shape[-1] == units else y
def build(timesteps: int, features: int) -> Model:
    inputs = Input(shape=(timesteps, features))
    x = block(inputs)
    x = block(x, rate=0.5, go_backwards=False)
    return Model(inputs, layers.Dense(features)(x))
model = build(6, features=3)
''',
        "InputLayer LSTM Dropout LSTM Dropout Add Dense",
        (None, 6, 3),
        lines={"lstm": 5, "lstm_1": 5, "add": 7, "dense": 12},
        loss=None,
    ),
    Good(
        "conditional_and_boolean",
        """\
from keras import layers, Input, Model
bidirectional, depth, cell = True, 2, None
rnn = cell or layers.GRU
x = i = Input((5, 2))
for _ in range(depth):
    layer = rnn(3, return_sequences=not False)
    if bidirectional and depth > 1:
        layer = layers.Bidirectional(layer, merge_mode="sum")
    elif depth == 1:
        layer = layers.TimeDistributed(layers.Dense(1))
    else:
        pass
    x = layer(x)
model = Model(i, x)
""",
        "InputLayer Bidirectional Bidirectional",
        (None, 5, 3),
        lines={"bidirectional": 8, "bidirectional_1": 8},
        loss=None,
    ),
    Good(
        "while_and_augmented",
        """\
from keras import layers, Input, Model
i = Input((5, 2)); x = i; units = 16
while units >= 4:
    x = layers.Dense(units)(x)
    units //= 2
    if units == 4: break
x += 1
model = Model(i, x)
""",
        "InputLayer Dense Dense",
        (None, 5, 8),
        lines={"dense": 4, "dense_1": 4, "add": 7},
        loss=None,
    ),
    Good(
        "python_helpers",
        """\
import math
from keras import layers, Input, Model
words = ["pad", "a", "b", "c"]
index = {w: n for n, w in enumerate(sorted(set(words)))}
size = len(index) + 1
width = int(round(math.sqrt(size) * 2)) + max(1, min(3, 2)) + sum([1, 2]) + abs(-1)
name = "-".join(["tag", "ger"]).replace("-", "_").upper()
label = "{}_{:02d}".format(name, width)
i = Input((None,), name=str(label))
x = layers.Embedding(size, width)(i)
first, *rest = [1, 2, 3]
x = layers.Dense(rest[-1] if len(rest) > 1 else first)(x)
model = Model(i, x)
""",
        "InputLayer Embedding Dense",
        (None, None, 3),
        loss=None,
    ),
    Good(
        "numpy_shapes",
        """\
import numpy as np
from keras import layers, Input, Model
x_train = np.zeros((32, 10, 4), dtype=np.float32)
y_train = np.array([[0, 1], [1, 0]])
n, t, f = x_train.shape
i = Input(shape=x_train.shape[1:])
h = layers.LSTM(f * 2)(i)
model = Model(i, layers.Dense(y_train.shape[1])(h))
""",
        "InputLayer LSTM Dense",
        (None, 2),
        arrays={"x_train": (32, 10, 4), "y_train": (2, 2)},
        loss=None,
    ),
    Good(
        "main_guard",
        """\
import keras
from keras.layers import *
def main():
    i = Input((3, 1))
    return keras.Model(i, Dense(1)(i))
if __name__ == "__main__":
    model = main()
""",
        "InputLayer Dense",
        (None, 3, 1),
        loss=None,
    ),
    Good(
        "local_import_and_lambda_helper",
        """\
def make():
    from keras import layers, Sequential
    dense = lambda n, a="relu": layers.Dense(n, activation=a)
    return Sequential([layers.Input((4,)), dense(3), dense(1, a=None)])
model = make()
""",
        "Dense Dense",
        (None, 1),
        lines={"dense": 3},
        loss=None,
    ),
    Good(
        "multi_line_calls_and_backslash",
        """\
from keras import layers, \\
    Model
i = layers.Input(
    shape=(5, 2),
)
x = (
    layers.LSTM(
        3,
        return_sequences=True,
    )
)(i)
model = Model(
    inputs=i,
    outputs=x)
""",
        "InputLayer LSTM",
        (None, 5, 3),
        lines={"lstm": 7},
        loss=None,
    ),
    Good(
        "walrus_and_star_args",
        """\
from keras import layers, Model, Input
args = (6,)
if (n := 4) > 3:
    i = Input((n, 2))
x = layers.LSTM(*args, **{"return_sequences": True})(i)
stack = [*[layers.Dense(2)], layers.Dense(3)]
for layer in stack: x = layer(x)
model = Model(i, x)
""",
        "InputLayer LSTM Dense Dense",
        (None, 4, 3),
        loss=None,
    ),
    Good(
        "map_filter_isinstance",
        """\
from keras import layers, Input, Model
i = Input((3, 2))
xs = list(map(layers.Masking(), [i, i]))
units = 4 if isinstance(3, (int, float)) and not isinstance("a", list) else 5
kept = list(filter(lambda v: v > 1, map(lambda v: v + 1, [0, 1, 2])))
model = Model(i, layers.Dense(units + len(kept), use_bias=bool(kept))(xs[0]))
""",
        "InputLayer Masking Dense",
        (None, 3, 6),
        lines={"masking": 3, "dense": 6},
        loss=None,
    ),
]
