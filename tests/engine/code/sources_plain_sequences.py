"""Encoders, attention and nested models, as Keras 3 takes them."""

from tests.engine.code.case import Good

PLAIN_SEQUENCES = [
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
]
