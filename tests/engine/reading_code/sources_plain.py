"""Code that people write for Keras 3 as it is: it can be executed, and both ways must agree."""

from tests.engine.reading_code.case import Good

QUESTION = """\
import numpy as np
from keras.layers import Input, Dense, Masking, LSTM, RepeatVector
from keras.models import Model

max_sentence_length = 5
character_number = 3 # valid character 'a, b' and placeholder '#'

input_tensor = Input(shape=(max_sentence_length, character_number))
masked_input = Masking(mask_value=0)(input_tensor)
encoder_output = LSTM(10, return_sequences=False)(masked_input)
repeat_output = RepeatVector(max_sentence_length)(encoder_output)
decoder_output = LSTM(10, return_sequences=True)(repeat_output)
output = Dense(3, activation='softmax')(decoder_output)

model = Model(input_tensor, output)
model.compile(loss='categorical_crossentropy', optimizer='adam')
model.summary()

# the batch is ['##abb', '#babb'], padding '#'
X = np.array([[[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]],
              [[0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]]])
y_true = np.array([[[0, 0, 1], [0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 0]],
                   [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]]])
"""

ANSWER = """\
import numpy as np
from keras.layers import Input, Masking, LSTM
from keras.models import Model

max_sentence_length = 5
character_number = 3

input_tensor = Input(shape=(max_sentence_length, character_number))
masked_input = Masking(mask_value=0)(input_tensor)
output = LSTM(3, return_sequences=True)(masked_input)
model = Model(input_tensor, output)
model.compile(loss='mae', optimizer='adam')
"""

PLAIN = [
    Good(
        "question",
        QUESTION,
        "InputLayer Masking LSTM RepeatVector LSTM Dense",
        (None, 5, 3),
        lines={"masking": 9, "lstm": 10, "repeat_vector": 11, "lstm_1": 12, "dense": 13},
        arrays={"X": (2, 5, 3), "y_true": (2, 5, 3)},
        loss="categorical_crossentropy",
    ),
    Good(
        "answer",
        ANSWER,
        "InputLayer Masking LSTM",
        (None, 5, 3),
        loss="mae",
        lines={"masking": 9, "lstm": 10},
    ),
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
        "tuple_unpacking_state",
        """\
from keras.layers import Input, LSTM, Dense, Embedding
from keras.models import Model
enc_in = Input((None,))
enc_emb = Embedding(30, 8, mask_zero=True)(enc_in)
enc_out, h, c = LSTM(8, return_state=True)(enc_emb)
state = [h, c]
dec_in = Input((None,))
dec_emb = Embedding(40, 8, mask_zero=True)(dec_in)
dec_out, _, _ = LSTM(8, return_sequences=True, return_state=True)(dec_emb, initial_state=state)
probs = Dense(40, activation='softmax')(dec_out)
model = Model([enc_in, dec_in], probs)
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')
""",
        None,
        (None, None, 40),
        lines={"lstm": 5, "lstm_1": 9, "dense": 10},
    ),
    Good(
        "attention_with_mask",
        """\
import keras
from keras import layers
q = keras.Input((None,), dtype="int32", name="query")
v = keras.Input((None,), dtype="int32", name="value")
e = layers.Embedding(20, 8, mask_zero=True)
qe, ve = e(q), e(v)
mask = e.compute_mask(v)
att = layers.Attention()([qe, ve], mask=[e.compute_mask(q), mask])
cross = layers.MultiHeadAttention(num_heads=2, key_dim=4)(qe, ve)
x = layers.Add()([qe, att, cross])
x = layers.LayerNormalization()(x)
pooled = layers.GlobalAveragePooling1D()(x, mask=e.compute_mask(q))
model = keras.Model({"query": q, "value": v}, layers.Dense(2)(pooled))
""",
        None,
        (None, 2),
        lines={
            "embedding": 5,
            "attention": 8,
            "multi_head_attention": 9,
            "global_average_pooling1d": 12,
        },
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
        "lambda_with_mask",
        """\
import keras
from keras import layers, ops
def mean(x, mask=None):
    if mask is None:
        return ops.mean(x, axis=1)
    weight = ops.cast(mask, x.dtype)[:, :, None]
    return ops.sum(x * weight, axis=1) / ops.sum(weight, axis=1)
i = keras.Input((5,), dtype="int32")
x = layers.Embedding(9, 4, mask_zero=True)(i)
x = layers.Lambda(mean, output_shape=lambda s: (s[0], s[2]))(x)
model = keras.Model(i, x)
""",
        None,
        (None, 4),
        lines={"lambda": 10},
        loss=None,
        config=False,
    ),
    Good(
        "nested_models",
        """\
import keras
from keras import layers
stack = [keras.Input((None, 3)), layers.Masking(), layers.LSTM(6)]; name = "encoder"
encoder = keras.Sequential(stack, name=name)
dec_in = keras.Input((6,))
d = layers.RepeatVector(4)(dec_in)
d = layers.LSTM(6, return_sequences=True)(d)
decoder = keras.Model(dec_in, layers.Dense(3)(d), name="decoder")
i = keras.Input((None, 3))
autoencoder = keras.Model(i, decoder(encoder(i)))
autoencoder.compile("adam", "mse")
""",
        None,
        (None, 4, 3),
        lines={
            "encoder": 4,
            "masking": 3,
            "lstm": 3,
            "repeat_vector": 6,
            "lstm_1": 7,
            "decoder": 8,
        },
    ),
    Good(
        "shared_layer_two_inputs",
        """\
from keras.layers import Input, Embedding, LSTM, Dense, Subtract, Lambda
from keras.models import Model
from keras import ops
left, right = Input(shape=(9,)), Input(shape=(9,))
emb, rnn = Embedding(input_dim=77, output_dim=5, mask_zero=True), LSTM(units=6)
l, r = rnn(emb(left)), rnn(emb(right))
distance = ops.exp(-ops.sum(ops.abs(l - r), axis=1, keepdims=True))
model = Model(inputs=[left, right], outputs=distance)
model.compile(loss='mean_squared_error', optimizer='adadelta', metrics=['accuracy'])
""",
        None,
        (None, 1),
        lines={"embedding": 5, "lstm": 5, "subtract": 7, "absolute": 7},
    ),
    Good(
        "encoder_layers_reused",
        """\
from keras import layers, Model, Input
i = Input((4, 2))
base = Model(i, layers.Dense(3, name="h")(layers.LSTM(5, return_sequences=True, name="r")(i)))
x = base.get_layer("r").output
y = layers.Dense(1)(base.layers[-1].output)
model = Model(base.input, [x, y])
""",
        None,
        [(None, 4, 5), (None, 4, 1)],
        lines={"h": 3, "r": 3, "dense": 5},
        loss=None,
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
        "transformer_block",
        """\
import keras
from keras import layers, ops

maxlen, vocab_size = 20, 200
embed_dim = 32
num_heads = 2
ff_dim = 32

inputs = layers.Input(shape=(maxlen,))
positions = ops.arange(0, maxlen, 1)
x = layers.Embedding(vocab_size, embed_dim, mask_zero=True)(inputs)
x = x + layers.Embedding(maxlen, embed_dim)(positions)
a = layers.LayerNormalization(epsilon=1e-6)(x)
a = layers.MultiHeadAttention(num_heads, embed_dim // num_heads, dropout=0.1)(a, a)
x = layers.Add()([x, a])
f = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
x = x + f(layers.LayerNormalization()(x))
x = layers.GlobalAveragePooling1D()(x)
outputs = layers.Dense(2, activation="softmax")(x)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
""",
        None,
        (None, 2),
        lines={
            "embedding": 11,
            "add": 12,
            "multi_head_attention": 14,
            "add_1": 15,
            "dense": 16,
            "sequential": 16,
        },
        weights=False,
        config=False,
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
        "custom_loss_function",
        """\
import keras
from keras import layers, ops
def masked_mse(y_true, y_pred):
    mask = ops.cast(ops.not_equal(y_true, -1.0), "float32")
    return ops.sum(ops.square(y_true - y_pred) * mask) / ops.sum(mask)
i = keras.Input((5, 1))
model = keras.Model(i, layers.GRU(1, return_sequences=True)(i))
model.compile(loss=masked_mse, optimizer="sgd")
""",
        "InputLayer GRU",
        (None, 5, 1),
        loss="masked_mse",
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
    Good(
        "dot_attention",
        """\
from keras.layers import Input, LSTM, Dot, Activation, Concatenate, Dense, TimeDistributed
from keras.models import Model
enc = Input((7, 4)); dec = Input((5, 4))
e = LSTM(6, return_sequences=True)(enc)
d = LSTM(6, return_sequences=True)(dec)
scores = Dot(axes=[2, 2])([d, e])
weights = Activation('softmax', name='attention')(scores)
context = Dot(axes=[2, 1])([weights, e])
both = Concatenate()([context, d])
model = Model([enc, dec], TimeDistributed(Dense(4, activation="softmax"))(both))
""",
        None,
        (None, 5, 4),
        lines={"dot": 6, "attention": 7, "dot_1": 8, "concatenate": 9},
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
]
