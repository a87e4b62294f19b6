"""Code to start from: each builds one model, and shows one thing that happens to masks."""

QUESTION = """\
from keras.layers import Input, Dense, Masking, LSTM, RepeatVector
from keras.models import Model

max_sentence_length = 5
character_number = 3  # valid character 'a, b' and placeholder '#'

input_tensor = Input(shape=(max_sentence_length, character_number))
masked_input = Masking(mask_value=0)(input_tensor)
encoder_output = LSTM(10, return_sequences=False)(masked_input)
repeat_output = RepeatVector(max_sentence_length)(encoder_output)
decoder_output = LSTM(10, return_sequences=True)(repeat_output)
output = Dense(3, activation='softmax')(decoder_output)

model = Model(input_tensor, output)
model.compile(loss='categorical_crossentropy', optimizer='adam')
model.summary()
"""

TAGGER = """\
from keras import Sequential
from keras.layers import Bidirectional, Dense, Embedding, LSTM

vocab_size = 30

model = Sequential([
    Embedding(vocab_size, 16, mask_zero=True),
    Bidirectional(LSTM(16, return_sequences=True)),
    Dense(vocab_size, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""

TRANSFORMER = """\
import keras
from keras import layers, ops

vocab_size, width = 30, 16

tokens = keras.Input((None,), dtype="int32")
x = layers.Embedding(vocab_size, width, mask_zero=True)(tokens)
x = x * ops.sqrt(float(width))

for block in range(2):
    attended = layers.MultiHeadAttention(2, width)(x, x)
    x = layers.LayerNormalization()(x + attended)
    wide = layers.Dense(4 * width, activation="relu")(x)
    x = layers.LayerNormalization()(x + layers.Dense(width)(wide))

model = keras.Model(tokens, layers.Dense(vocab_size, activation="softmax")(x))
model.compile("adam", "sparse_categorical_crossentropy")
"""

EXAMPLES = {
    "An autoencoder": QUESTION,
    "A tagger": TAGGER,
    "A Transformer": TRANSFORMER,
}
"""By name, in the order in which they are offered."""
