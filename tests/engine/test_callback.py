"""The callback: training stays as it is, one warning, numbers and pictures for TensorBoard."""

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import inspector
from inspector.views.palette import KEPT, MASKED, NO_MASK, rgb
from inspector.views.pixels import BAND, CELL, GAP, loss_pixels, mask_pixels

BATCH = inspector.batch_from_sentences(["##abb", "#babb"], encoding="ids")
QUIET = "ignore:.*does not support mask:UserWarning"


def a_model(right: bool = False) -> keras.Model:
    """With everything that a look could move: dropout, statistics, a metric, a regularizer."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    parts: list[Any] = [
        layers.Embedding(3, 4, mask_zero=True, embeddings_regularizer="l2"),
        layers.Dropout(0.4),
        layers.BatchNormalization(),
        layers.SimpleRNN(4, return_sequences=True, recurrent_dropout=0.2),
    ]
    parts += [] if right else [layers.Reshape((5, 4), name="reshape")]
    model = keras.Sequential([*parts, layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fitted(model: keras.Model, *callbacks: keras.callbacks.Callback, epochs: int = 3) -> Any:
    random = np.random.default_rng(0)
    x = np.repeat(BATCH.x, 4, axis=0) * random.integers(1, 2, (8, 1))
    history = model.fit(
        x, x, batch_size=3, epochs=epochs, verbose=0, callbacks=list(callbacks), shuffle=True
    )
    return history.history


@pytest.mark.filterwarnings(QUIET)
def test_training_is_the_same_as_without_it() -> None:
    plain, watched = a_model(), a_model()
    keras.utils.set_random_seed(9)
    without = fitted(plain)
    keras.utils.set_random_seed(9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says is tested below
        with_it = fitted(watched, inspector.MaskInspector(BATCH, every=1, leaks=True))
    assert without == with_it
    for one, other in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    optimizers = zip(plain.optimizer.variables, watched.optimizer.variables, strict=True)
    for one, other in optimizers:
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.filterwarnings(QUIET)
def test_it_warns_once_and_looks_when_it_was_asked_to(tmp_path: Path) -> None:
    callback = inspector.MaskInspector(
        BATCH.x, BATCH.x, valid=BATCH.valid, every=2, log_dir=tmp_path
    )
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fitted(a_model(), callback, epochs=5)
    told = [w for w in heard if w.category is inspector.MaskWarning]
    assert len(told) == 1 and "reshape" in str(told[0].message)
    assert "What to do:" in str(told[0].message)
    assert callback.history["epoch"] == [1, 3]
    last = callback.inspections[3].losses
    assert last is not None
    assert callback.history["keras_value"][-1] == pytest.approx(last.keras_value)
    assert callback.history["mean_over_valid"] != callback.history["mean_over_all"]
    assert sorted(callback.inspections) == [0, 3]
    check_events(tmp_path, callback)


def check_events(folder: Path, callback: Any) -> None:
    found: dict[tuple[str, int], Any] = {}
    for path in sorted(folder.glob("events*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                found[value.tag.removeprefix("mask_inspector/"), event.step] = plugin, value.tensor
    for name, values in callback.history.items():
        for epoch, value in zip(callback.history["epoch"], values, strict=True):
            if name != "epoch":
                plugin, tensor = found[name, epoch]
                assert plugin == "scalars"
                assert float(tf.make_ndarray(tensor)) == pytest.approx(value, rel=1e-6)
    for name, drawn in (("mask", mask_pixels), ("loss", loss_pixels)):
        plugin, tensor = found[name, 3]
        width, height, png = tf.make_ndarray(tensor)
        pixels = tf.io.decode_png(png).numpy()
        assert plugin == "images" and pixels.shape == (int(height), int(width), 3)
        np.testing.assert_array_equal(pixels, drawn(callback.inspections[3]))


def test_it_is_silent_on_a_right_model_and_can_be_used_again() -> None:
    callback = inspector.MaskInspector(BATCH)
    model = a_model(right=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", inspector.MaskWarning)
        fitted(model, callback, epochs=1)
        fitted(model, callback, epochs=2)
    assert callback.history["epoch"] == [0, 1]
    assert callback.inspections[1].diagnosis.healthy


def test_the_cells_of_the_pictures_are_those_of_the_maps() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inspection = inspector.inspect(a_model(), BATCH.x, BATCH.x, valid=BATCH.valid, leaks=False)
    pixels, side = mask_pixels(inspection), CELL + GAP
    assert pixels.shape[1] == 5 * side + GAP
    band = 2 * side + GAP
    for row in range(2):
        for timestep in range(5):
            colours = [
                tuple(pixels[top + row * side + side // 2, timestep * side + side // 2])
                for top in range(0, pixels.shape[0], band + BAND)
            ]
            mark = rgb(KEPT if BATCH.valid[row, timestep] else MASKED)
            # The truth, four calls that hand the mask on, and two after it is lost.
            assert colours == [mark] * 5 + [rgb(NO_MASK)] * 2
    assert loss_pixels(inspection) is not None


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_every_is_a_number_of_epochs(every: Any) -> None:
    with pytest.raises(inspector.BatchError, match="`every` is"):
        inspector.MaskInspector(BATCH, every=every)


def test_a_batch_holds_its_own_targets() -> None:
    with pytest.raises(inspector.BatchError, match="its own targets"):
        inspector.MaskInspector(BATCH, BATCH.y)


@pytest.mark.parametrize("name", ["evry", "model"])
def test_an_option_that_is_none_is_told_before_the_training(name: str) -> None:
    with pytest.raises(inspector.InspectorError, match=f"`{name}` is no option"):
        inspector.MaskInspector(BATCH, **{name: 2})


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(inspector.InspectorError, match="`log_dir` is 5. It must be the path"):
        inspector.MaskInspector(BATCH, log_dir=5)  # type: ignore[arg-type]
    with pytest.raises(inspector.InspectorError, match="`log_dir` is .* nothing can be written"):
        inspector.MaskInspector(BATCH, log_dir=tmp_path / "file" / "logs")
