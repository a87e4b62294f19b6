"""The preset models: what they are, and what their loss is."""

import re
import threading
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.core.batch import Batch
from inspector.core.presets import PRESETS
from inspector.core.requests import Encoding, ModelChoices, TargetKind
from inspector.engine.presets import LossOverRealTimesteps, build, targets_for
from inspector.engine.presets.recipes import RECIPES
from inspector.engine.presets.sizes import sizes_for
from tests.engine.presets_made import QUESTION, batch_for, evaluated, means, per_timestep

# Masks are destroyed on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask")


TEXTS = {
    "question": QUESTION,
    "padding after": "abc##\nba###\ncabba",
    "padding inside and a row of padding": "a##bc\n#####\nc#a#b",
    "one timestep": "a\n#",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_claim_of_the_question_keras_reports_the_mean_over_padding_too(text: str) -> None:
    batch = batch_for("question", text)
    model = build(ModelChoices("question"), batch)
    masked, plain = means(per_timestep(model, batch, "categorical_crossentropy"), batch)
    assert evaluated(model, batch) == pytest.approx(plain, abs=1e-6)
    assert masked != pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_claim_of_the_answer_keras_reports_the_masked_mean(text: str) -> None:
    batch = batch_for("answer", text)
    model = build(ModelChoices("answer"), batch)
    masked, plain = means(per_timestep(model, batch, "mae"), batch)
    assert evaluated(model, batch) == pytest.approx(masked, abs=1e-6)
    assert masked != pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("loss", PRESETS["cure"].losses)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_claim_of_the_cure_its_loss_is_the_masked_mean(text: str, loss: str) -> None:
    choices = ModelChoices("cure", loss=loss)
    batch = targets_for(choices, batch_for("cure", text))
    model = build(choices, batch)
    masked, _ = means(per_timestep(model, batch, loss), batch)
    assert evaluated(model, batch) == pytest.approx(masked, abs=1e-6)


# Which average Keras reports for the other presets, on a batch with padding.
REPORTS = {
    "tagger": "masked",
    "transformer": "masked",
    "attention": "plain",
    "conv": "plain",
    "never_fires": "plain",
}


@pytest.mark.parametrize(("preset", "reported"), REPORTS.items(), ids=REPORTS)
def test_what_the_other_presets_report(preset: str, reported: str) -> None:
    batch = batch_for(preset)
    model = build(ModelChoices(preset), batch)
    masked, plain = means(per_timestep(model, batch, PRESETS[preset].losses[0]), batch)
    expected, other = (masked, plain) if reported == "masked" else (plain, masked)
    assert evaluated(model, batch) == pytest.approx(expected, abs=1e-6)
    assert other != pytest.approx(expected, abs=1e-6)


def test_the_classifier_reports_the_mean_over_sentences() -> None:
    batch = batch_for("classifier")
    model = build(ModelChoices("classifier"), batch)
    loss = per_timestep(model, batch, "sparse_categorical_crossentropy")
    assert loss.shape == (2,)
    assert evaluated(model, batch) == pytest.approx(float(loss.mean()), abs=1e-6)
    assert loss.min() > 0


def test_the_model_of_the_question_is_the_one_asked_about() -> None:
    model = build(ModelChoices("question"), batch_for("question"))
    made = [(type(layer).__name__, layer.name) for layer in model.layers]
    wanted = [
        ("InputLayer", "tokens"),
        ("Masking", "masking"),
        ("LSTM", "encoder"),
        ("RepeatVector", "repeat"),
        ("LSTM", "decoder"),
        ("Dense", "probabilities"),
    ]
    assert [pair for pair in made if pair[0] not in ("NotEqual", "Any")] == wanted
    assert model.output_shape == (None, 5, 3)
    assert model.get_layer("encoder").units == model.get_layer("decoder").units == 10
    assert model.name == "question"


COMBINATIONS = [
    (preset.identifier, encoding, target)
    for preset in PRESETS.values()
    for encoding in preset.encodings
    for target in preset.targets
]


@pytest.mark.parametrize(("preset", "encoding", "target"), COMBINATIONS)
def test_every_offered_combination_builds_within_its_count(
    preset: str, encoding: Encoding, target: TargetKind
) -> None:
    typed = "xyz#x\n#x#yy" if target is TargetKind.TYPED else ""
    batch = batch_for(preset, encoding=encoding, targets=target, target_text=typed)
    for loss in PRESETS[preset].losses:
        choices = ModelChoices(preset, loss=loss)
        converted = targets_for(choices, batch)
        model = build(choices, batch)
        sizes = sizes_for(PRESETS[preset], choices, batch)
        assert model.count_params() == RECIPES[preset].parameters(sizes)
        largest = max(cells(layer, batch) for layer in model.layers)
        assert largest <= RECIPES[preset].activations(sizes)
        model.run_eagerly = True  # A graph takes a second, and is used once.
        value = model.test_on_batch(converted.x, converted.y)
        assert np.isfinite(value)


def cells(layer: keras.layers.Layer, batch: Batch) -> int:
    """Numbers in the output of a layer; the sizes left open are rows and timesteps."""
    shape = (batch.rows, *layer.output.shape[1:])
    return int(np.prod([batch.timesteps if size is None else size for size in shape]))


def test_every_preset_has_a_recipe_and_texts_for_the_page() -> None:
    assert list(PRESETS) == list(RECIPES)
    for preset in PRESETS.values():
        assert preset.title and preset.layers and preset.lesson.endswith(".")


@pytest.mark.parametrize("preset", PRESETS)
def test_equal_choices_give_equal_weights_and_names(preset: str) -> None:
    batch = batch_for(preset)
    first = build(ModelChoices(preset, seed=3), batch)
    keras.layers.Dense(2)  # moves Keras's global name counter
    second = build(ModelChoices(preset, seed=3), batch)
    other = build(ModelChoices(preset, seed=4), batch)
    names = [[operation.name for operation in model.operations] for model in (first, second)]
    assert names[0] == names[1]
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    pairs = zip(first.get_weights(), other.get_weights(), strict=True)
    assert any((one != two).any() for one, two in pairs)


@pytest.mark.parametrize("preset", ["tagger", "attention", "transformer"])
def test_no_two_sets_of_weights_start_out_equal(preset: str) -> None:
    weights = build(ModelChoices(preset), batch_for(preset)).get_weights()
    drawn = [array for array in weights if array.ndim > 1 and np.unique(array).size > 2]
    for number, array in enumerate(drawn):
        for other in drawn[number + 1 :]:
            assert array.shape != other.shape or not np.array_equal(array, other)


def test_threads_do_not_disturb_one_another() -> None:
    batch = batch_for("question")
    wanted = build(ModelChoices("question", seed=1), batch).get_weights()
    results: list[list[np.ndarray]] = []

    def work(seed: int) -> None:
        made = build(ModelChoices("question", seed=seed), batch)
        if seed == 1:
            results.append(made.get_weights())

    threads = [threading.Thread(target=work, args=(number % 2,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    for weights in results:
        for one, two in zip(weights, wanted, strict=True):
            np.testing.assert_array_equal(one, two)


def test_building_leaves_no_trace_in_global_state() -> None:
    keras.utils.set_random_seed(5)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    name = re.sub(r"\d+$", "", keras.layers.Dense(1).name)
    build(ModelChoices("attention"), batch_for("attention"))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert keras.layers.Dense(1).name.startswith(name)
    assert keras.layers.Dense(1).name != "dense"


@settings(max_examples=15)
@given(data=st.data(), rows=st.integers(1, 3), timesteps=st.integers(1, 5))
def test_the_loss_over_real_timesteps_is_the_quotient_of_two_sums(
    data: st.DataObject, rows: int, timesteps: int
) -> None:
    cells = st.lists(st.integers(0, 3), min_size=rows * timesteps, max_size=rows * timesteps)
    ids = np.array(data.draw(cells)).reshape(rows, timesteps)
    weights = np.array(data.draw(cells)).reshape(rows, timesteps).astype(np.float32)
    generator = np.random.default_rng(0)
    predictions = generator.dirichlet(np.ones(4), (rows, timesteps)).astype(np.float32)
    y = np.eye(4, dtype=np.float32)[ids]
    losses = -np.log(np.take_along_axis(predictions, ids[..., None], -1)[..., 0])
    for weight in (np.ones_like(weights), weights):
        real = (ids != 3) * weight
        expected = (losses * real).sum() / real.sum() if real.sum() else 0.0
        dense = LossOverRealTimesteps("categorical_crossentropy", 3)
        sparse = LossOverRealTimesteps("sparse_categorical_crossentropy", 3)
        assert float(dense(y, predictions, weight)) == pytest.approx(expected, abs=1e-5)
        assert float(sparse(ids, predictions, weight)) == pytest.approx(expected, abs=1e-5)
        assert float(sparse(ids[..., None], predictions, weight)) == pytest.approx(
            expected, abs=1e-5
        )


def test_the_loss_takes_one_weight_a_row_and_shows_padding_when_called_unreduced() -> None:
    y = np.eye(2, dtype=np.float32)[[[0, 1], [0, 0]]]
    predictions = np.full((2, 2, 2), 0.5, np.float32)
    loss = LossOverRealTimesteps("mae", 1)
    np.testing.assert_allclose(loss.call(y, predictions), np.full((2, 2), 0.5))
    np.testing.assert_array_equal(loss.real_timesteps(y, predictions), [[1, 0], [1, 1]])
    assert float(loss(y, predictions, np.array([0.0, 0.0]))) == 0.0
    assert float(loss(y, predictions, np.array([0.0, 1.0]))) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_cure_survives_saving(tmp_path: Path) -> None:
    batch = batch_for("cure")
    model = build(ModelChoices("cure"), batch)
    model.optimizer.build(model.trainable_variables)  # or loading warns that it is not
    model.save(tmp_path / "cure.keras")
    loaded = keras.saving.load_model(tmp_path / "cure.keras", safe_mode=True)
    assert isinstance(loaded.loss, LossOverRealTimesteps)
    assert evaluated(loaded, batch) == pytest.approx(evaluated(model, batch), abs=1e-7)
