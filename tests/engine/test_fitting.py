"""A batch is fitted to a model of one's own, or refused with both shapes and what to change."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, Fitting, PaddingSide, SentenceChoices, TargetKind
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.fitting.fit import fitted
from inspector.errors import InspectorError, ModelError, NothingToMask

# Two sentences of five timesteps, two real tokens: ids 1 (a) and 2 (b), 0 is padding.
TEXT = "##abb\n#babb"
IDS = [[0, 0, 1, 2, 2], [0, 2, 1, 2, 2]]


def typed(text: str = TEXT, targets: TargetKind = TargetKind.SAME, typed: str = "") -> Batch:
    choices = SentenceChoices(text, targets=targets, target_text=typed, encoding=Encoding.IDS)
    return batch_from_choices(choices)


def functional(
    shape: tuple[int | None, ...], *inner: Any, loss: Any = "mse", dtype: str | None = None
) -> keras.Model:
    x = inputs = keras.Input(shape, dtype=dtype)
    for layer in inner:
        x = layer(x)
    model = keras.Model(inputs, x)
    if loss is not None:
        model.compile(loss=loss)
    return model


def vectors(shape: tuple[int | None, ...], units: int = 3, loss: Any = "mse") -> keras.Model:
    return functional(shape, layers.Dense(units), loss=loss)


def tagger(size: int = 9, units: int = 9, loss: Any = "mse", length: int | None = None) -> Any:
    return functional((length,), layers.Embedding(size, 2), layers.Dense(units), loss=loss)


def labeller(units: int, loss: Any) -> keras.Model:
    return functional(
        (None,), layers.Embedding(9, 2), layers.LSTM(1), layers.Dense(units), loss=loss
    )


ONE_HOT = np.eye(4, dtype=np.float32)


def test_an_embedding_gets_ids_and_its_targets_are_classes_or_vectors() -> None:
    sparse = fitted(typed(), tagger(loss="sparse_categorical_crossentropy"), Fitting())
    assert sparse.x.dtype == np.float32 and sparse.x.tolist() == IDS
    assert sparse.y.tolist() == IDS
    assert sparse.vocabulary == sparse.target_vocabulary == ("#", "a", "b")
    dense = fitted(typed(), tagger(units=4, loss="categorical_crossentropy"), Fitting())
    np.testing.assert_array_equal(dense.y, ONE_HOT[np.array(IDS)])


@pytest.mark.parametrize(
    ("kind", "padding"),
    [(Encoding.ONE_HOT, [0, 0, 0, 0]), (Encoding.ONE_HOT_PADDING_CLASS, [0, 0, 1, 0])],
)
def test_vectors_are_as_wide_as_the_model_takes(kind: Encoding, padding: list[int]) -> None:
    found = fitted(typed(), vectors((5, 4), 4), Fitting(kind))
    assert found.x.shape == (2, 5, 4)
    np.testing.assert_array_equal(found.x[0, 0], padding)
    np.testing.assert_array_equal(found.x[0, 2:], ONE_HOT[[0, 1, 1]])
    np.testing.assert_array_equal(found.y[0], ONE_HOT[[2, 2, 0, 1, 1]])
    assert found.vocabulary == ("a", "b", "#")


def test_one_hot_sentences_are_read_as_well_as_ids() -> None:
    choices = SentenceChoices(TEXT, encoding=Encoding.ONE_HOT)
    found = fitted(batch_from_choices(choices), tagger(), Fitting())
    assert found.x.tolist() == IDS and found.vocabulary == ("#", "a", "b")


def test_a_model_of_one_number_a_timestep_gets_ids_as_numbers() -> None:
    found = fitted(typed(), vectors((5, 1), 1), Fitting())
    assert found.x[..., 0].tolist() == IDS and found.y[..., 0].tolist() == IDS


def test_an_output_without_a_class_for_padding_gets_zeros_there() -> None:
    found = fitted(typed(), vectors((5, 3), 2), Fitting())
    np.testing.assert_array_equal(found.y[0, :3], [[0, 0], [0, 0], [1, 0]])


@pytest.mark.parametrize(
    ("side", "first"),
    [(PaddingSide.AS_TYPED, [0, 0, 1, 2, 2, 0, 0]), (PaddingSide.BEFORE, [0, 0, 0, 0, 1, 2, 2])],
)
def test_short_sentences_are_filled_up(side: PaddingSide, first: list[int]) -> None:
    found = fitted(typed(), tagger(length=7), Fitting(side=side))
    assert found.x[0].tolist() == first
    assert found.valid[0].tolist() == [bool(number) for number in first]
    assert found.target_valid is not None and found.target_valid.shape == (2, 7)
    assert found.tokens is not None and len(found.tokens[0]) == 7
    assert any("filled up" in note for note in found.notes)


def test_one_prediction_a_sentence_gets_labels() -> None:
    found = fitted(typed(), labeller(2, "sparse_categorical_crossentropy"), Fitting())
    assert found.y.tolist() == [0, 1] and found.target_valid is None
    assert found.target_vocabulary == ("a", "b")
    chosen = typed(targets=TargetKind.LABEL, typed="yes\nno")
    found = fitted(chosen, labeller(1, "binary_crossentropy"), Fitting())
    assert found.y.tolist() == [[1.0], [0.0]] and found.target_vocabulary == ("no", "yes")


def test_padding_is_what_a_masking_layer_looks_for() -> None:
    number = functional((5, 1), layers.Masking(-1.0), layers.LSTM(2, return_sequences=True))
    assert fitted(typed(), number, Fitting()).x[0, :, 0].tolist() == [-1, -1, 1, 2, 2]
    vector = functional((5, 3), layers.Masking(9.0), layers.Dense(3))
    assert fitted(typed(), vector, Fitting()).x[0, 0].tolist() == [9, 9, 9]


def test_one_number_between_0_and_1_a_timestep_tells_one_token_from_the_others() -> None:
    found = fitted(typed(), tagger(units=1, loss="binary_crossentropy"), Fitting())
    assert found.y[..., 0].tolist() == [[0, 0, 0, 1, 1], [0, 1, 0, 1, 1]]


def test_outputs_and_inputs_by_name_get_dictionaries() -> None:
    left, right = keras.Input((None,), name="b"), keras.Input((None,), name="a")
    shared = layers.Embedding(9, 3)
    outputs = {"z": layers.Dense(9)(shared(left)), "c": layers.Dense(3)(shared(right))}
    model = keras.Model({"b": left, "a": right}, outputs)
    model.compile(loss={"z": "sparse_categorical_crossentropy", "c": "mse"})
    found = fitted(typed(), model, Fitting())
    assert {name: x.shape for name, x in found.x.items()} == {"a": (2, 5), "b": (2, 5)}
    assert {name: y.shape for name, y in found.y.items()} == {"c": (2, 5, 3), "z": (2, 5)}


def test_each_of_several_inputs_gets_the_sentences() -> None:
    first, second = keras.Input((None, 3)), keras.Input((None,))
    embedded = layers.Embedding(9, 3)(second)
    model = keras.Model([first, second], layers.Add()([first, embedded]))
    model.compile(loss="mse")
    found = fitted(typed(), model, Fitting())
    assert [x.shape for x in found.x] == [(2, 5, 3), (2, 5)]
    assert any("2 inputs" in note for note in found.notes)


def test_without_a_loss_there_are_no_targets() -> None:
    found = fitted(typed(), tagger(loss=None), Fitting())
    assert found.y is None and any("no loss" in note for note in found.notes)


def test_a_loss_of_ones_own_gets_what_it_can_take() -> None:
    def for_classes(y_true: Any, y_pred: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    def for_vectors(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    assert fitted(typed(), tagger(loss=for_classes), Fitting()).y.shape == (2, 5)
    assert fitted(typed(), tagger(loss=for_vectors), Fitting()).y.shape == (2, 5, 9)


def test_arrays_are_taken_as_they_are_and_targets_as_the_loss_takes_them() -> None:
    x, y = np.array(IDS, np.int32), ONE_HOT[np.array(IDS)]
    batch = Batch(x, y, x != 0)
    sparse = fitted(batch, tagger(units=4, loss="sparse_categorical_crossentropy"), Fitting())
    np.testing.assert_array_equal(sparse.x, x)
    np.testing.assert_array_equal(sparse.y, x)
    batch = Batch(x, x, x != 0)
    dense = fitted(batch, tagger(units=4, loss="categorical_crossentropy"), Fitting())
    np.testing.assert_array_equal(dense.y, y)


def arrays(x: Any, y: Any = None) -> Batch:
    x = np.asarray(x)
    return Batch(x, None if y is None else np.asarray(y), np.ones(x.shape[:2], bool))


LONG = "aabbabab\nbbabaabb"
REFUSED: dict[str, tuple[Batch, Any, list[str]]] = {
    "too long": (typed(LONG), tagger(length=5), ["8 timesteps", "(rows, 5)", "Shorten"]),
    "too many tokens": (typed("abcdef"), vectors((6, 4), 9), ["6 different", "(rows, 6, 4)"]),
    "embedding too small": (typed("abcdef"), tagger(size=5), ["ids 1 to 6", "below 5", "least 7"]),
    "too few classes": (typed("abcdef"), tagger(units=4), ["7 different", "(rows, 6, 4)"]),
    "labels for timesteps": (
        typed(targets=TargetKind.LABEL),
        tagger(),
        ["one label a sentence", "(rows, 5, 9)"],
    ),
    "three labels, one number": (
        typed("ab\nba\ncb"),
        labeller(1, "binary_crossentropy"),
        ["3 different labels", "(rows, 1)", "0 or 1"],
    ),
    "targets too long": (
        typed(targets=TargetKind.TYPED, typed="abababa\nabababa"),
        vectors((5, 3), 3),
        ["7 timesteps", "(rows, 5, 3)"],
    ),
    "a convolution that shortens": (
        typed(),
        functional((None,), layers.Embedding(9, 2), layers.Conv1D(3, 3)),
        ["5 timesteps", "(rows, 3, 3)", "masks only"],
    ),
    "text": (
        typed(),
        functional(
            (1,), layers.TextVectorization(vocabulary=["a"]), layers.Embedding(3, 2), dtype="string"
        ),
        ["takes text", "TextVectorization"],
    ),
    "an image": (typed(), functional((8, 8, 3), layers.Conv2D(2, 3)), ["(rows, 8, 8, 3)"]),
    "rank of arrays": (arrays(np.ones((2, 5))), vectors((5, 3)), ["(2, 5)", "(rows, 5, 3)"]),
    "length of arrays": (arrays(np.ones((2, 6, 3))), vectors((5, 3)), ["(2, 6, 3)", "5 timesteps"]),
    "features of arrays": (
        arrays(np.ones((2, 5, 4))),
        vectors((5, 3)),
        ["(2, 5, 4)", "3 features"],
    ),
    "ids of arrays": (arrays([[1, 12]]), tagger(), ["ids up to 12", "below 9", "least 13"]),
    "negative ids": (arrays([[1, -1]]), tagger(), ["x holds -1"]),
    "number of inputs": (
        Batch((np.ones((2, 5)), np.ones((2, 5))), None, np.ones((2, 5), bool)),
        tagger(),
        ["2 inputs", "1 input:"],
    ),
    "classes of arrays": (
        arrays([[1, 2]], [[1, 20]]),
        tagger(loss="sparse_categorical_crossentropy"),
        ["classes up to 20", "(rows, any, 9)"],
    ),
    "shape of targets": (
        arrays(np.ones((2, 5, 3)), np.ones((2, 4, 3))),
        vectors((5, 3)),
        ["(2, 4, 3)", "(rows, 5, 3)"],
    ),
}


@pytest.mark.parametrize(("batch", "model", "said"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_said_with_both_shapes(
    batch: Batch, model: keras.Model, said: list[str]
) -> None:
    with pytest.raises(ModelError) as caught:
        fitted(batch, model, Fitting())
    for part in said:
        assert part in str(caught.value)
    assert caught.value.todo


def test_a_model_without_a_time_axis_has_nothing_to_mask() -> None:
    with pytest.raises(NothingToMask, match="nothing to mask"):
        fitted(typed(), functional((4,), layers.Dense(1)), Fitting())


def test_a_fixed_number_of_rows_is_said() -> None:
    inputs = keras.Input(batch_shape=(3, None, 3))
    model = keras.Model(inputs, layers.LSTM(2, stateful=True)(inputs))
    with pytest.raises(InspectorError, match="2 rows.*exactly 3"):
        fitted(typed(), model, Fitting())


def shortening(*inner: Any) -> keras.Model:
    pooled = (*inner, layers.GlobalMaxPooling1D(), layers.Dense(1))
    return functional((None,), layers.Embedding(9, 2), *pooled, loss="binary_crossentropy")


@pytest.mark.parametrize(
    ("inner", "least"),
    [
        ([layers.Conv1D(2, 5)], 5),
        ([layers.Conv1D(2, 6)], 6),
        ([layers.Conv1D(2, 7, strides=3), layers.Conv1D(2, 7, strides=3)], 25),
        ([layers.Conv1D(2, 4097)], 5),  # No length that would be tried is enough.
    ],
)
def test_sentences_that_are_too_short_for_convolutions_are_filled_up(
    inner: list[Any], least: int
) -> None:
    model = shortening(*inner)
    found = fitted(typed(), model, Fitting(side=PaddingSide.BEFORE))
    assert found.x.shape == found.valid.shape == (2, least)
    assert found.x[:, -5:].tolist() == IDS and not found.valid[:, : least - 5].any()
    filled = f"The model needs at least {least} timesteps, or a layer has none left"
    assert any(filled in note for note in found.notes) == (least > 5)
    if least > 5:
        assert np.isfinite(model.predict(found.x, verbose=0)).all()


def test_arrays_that_are_too_short_for_convolutions_are_refused() -> None:
    batch = Batch(np.array(IDS), None, np.array(IDS) != 0)
    with pytest.raises(ModelError, match=r"5 timesteps; the model needs at least 6.*padding to 6"):
        fitted(batch, shortening(layers.Conv1D(2, 6)), Fitting())
    assert fitted(batch, shortening(layers.Conv1D(2, 5)), Fitting()).x.shape == (2, 5)
