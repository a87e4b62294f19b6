"""Whatever the model and the sentences: they are refused in words, or the model takes the batch."""

from dataclasses import dataclass
from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from inspector.core.requests import Encoding, Fitting, PaddingSide, SentenceChoices, TargetKind
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.fitting.fit import fitted
from inspector.errors import InspectorError

LOSSES = (
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
    "mae",
    "mse",
)
SIDES = st.one_of(st.none(), st.integers(1, 7))


BODIES = {
    "nothing": lambda x: x,
    "last step": lambda x: layers.LSTM(1)(x),
    "every step": lambda x: layers.LSTM(1, return_sequences=True)(x),
    "pooling": lambda x: layers.GlobalMaxPooling1D()(x),
    "masking": lambda x: layers.Masking(2.0)(x),
}


@dataclass(frozen=True)
class Recipe:
    """A small model: its input, whether that is looked up, what follows, and its loss."""

    shape: tuple[int | None, ...]
    embedded: int | None
    body: str
    units: int
    loss: str

    def build(self) -> keras.Model:
        x = inputs = keras.Input(self.shape)
        if self.embedded is not None:
            x = layers.Embedding(self.embedded, 2)(x)
        if len(x.shape) == 3:
            x = BODIES[self.body](x)
        model = keras.Model(inputs, layers.Dense(self.units, "sigmoid")(x))
        model.compile(loss=self.loss)
        return model


COMMON = {
    "body": st.sampled_from(sorted(BODIES)),
    "units": st.integers(1, 5),
    "loss": st.sampled_from(LOSSES),
}
RECIPES = st.one_of(
    st.builds(Recipe, shape=st.tuples(SIDES), embedded=st.integers(2, 6), **COMMON),
    st.builds(Recipe, shape=st.tuples(SIDES, st.integers(1, 6)), embedded=st.none(), **COMMON),
    st.builds(Recipe, shape=st.tuples(st.integers(1, 6)), embedded=st.none(), **COMMON),
    st.builds(
        Recipe,
        shape=st.tuples(st.integers(1, 3), SIDES, st.integers(1, 3)),
        embedded=st.none(),
        **COMMON,
    ),
)


CHOICES = st.builds(
    SentenceChoices,
    text=st.lists(st.text("#abcd", min_size=1, max_size=6), min_size=1, max_size=3).map("\n".join),
    targets=st.sampled_from([kind for kind in TargetKind if kind is not TargetKind.TYPED]),
    encoding=st.sampled_from(Encoding),
)
FITTINGS = st.builds(
    Fitting,
    vectors=st.sampled_from([Encoding.ONE_HOT, Encoding.ONE_HOT_PADDING_CLASS]),
    side=st.sampled_from(PaddingSide),
)


@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")
@settings(max_examples=30)
@given(recipe=RECIPES, choices=CHOICES, fitting=FITTINGS)
def test_a_batch_is_refused_in_words_or_taken(
    recipe: Recipe, choices: SentenceChoices, fitting: Fitting
) -> None:
    model, batch = recipe.build(), batch_from_choices(choices)
    try:
        found = fitted(batch, model, fitting)
    except InspectorError as error:
        assert error.got and (error.expected or error.todo)
        return
    assert found.valid.shape == found.x.shape[:2]
    real: Any = [token for row in found.tokens or () for token in row if token != "#"]
    assert real == [token for row in batch.tokens or () for token in row if token != "#"]
    prediction = model(found.x)
    value = model.compute_loss(y=keras.ops.convert_to_tensor(found.y), y_pred=prediction)
    assert value.shape == ()
    if found.target_valid is not None:
        assert found.target_valid.shape == tuple(prediction.shape[:2])
