"""The forum question that started it, its answer, and the cure."""

from tests.engine.code.case import Good

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

QUESTIONS = [
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
]
