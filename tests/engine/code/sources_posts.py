"""Models and losses as forum posts show them."""

from tests.engine.code.case import Good

POSTS = [
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
]
