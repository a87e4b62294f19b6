"""What the preset models take, convert and refuse."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.core.presets import PRESETS
from inspector.core.requests import Encoding, ModelChoices, SentenceChoices, TargetKind
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.presets import build, targets_for
from inspector.engine.presets.sizes import MAX_PARAMETERS
from inspector.errors import InspectorError, LimitError, ModelError
from tests.engine.presets_made import QUESTION, batch_for, evaluated, means, per_timestep

# Masks are destroyed on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask")


SHORT = SentenceChoices(text=QUESTION, targets=TargetKind.TYPED, target_text="ab\nb")
IDS = replace(SentenceChoices(), encoding=Encoding.IDS)
PADDING_CLASS = replace(SentenceChoices(), encoding=Encoding.ONE_HOT_PADDING_CLASS)
REFUSED: dict[str, tuple[ModelChoices, SentenceChoices, str]] = {
    "unknown preset": (ModelChoices("nothing"), SentenceChoices(), "no preset `nothing`.*question"),
    "unknown loss": (ModelChoices("answer", loss="hinge"), SentenceChoices(), "mae, mse"),
    "ids for vectors": (
        ModelChoices("question"),
        IDS,
        r"shape \(2, 5\): ids.*\(rows, timesteps, features\).*`one_hot`",
    ),
    "vectors for ids": (ModelChoices("tagger"), SentenceChoices(), "zero vector.*Choose.*`ids`"),
    "masking that would fire": (
        ModelChoices("never_fires"),
        SentenceChoices(),
        "padding the zero vector.*`one_hot_padding_class`",
    ),
    "labels for a tagger": (
        ModelChoices("tagger"),
        replace(IDS, targets=TargetKind.LABEL),
        r"shape \(2,\): labels.*Choose the targets “same as the sentences” \(`same`\)",
    ),
    "timesteps for a classifier": (
        ModelChoices("classifier"),
        IDS,
        r"Choose the targets “one label a sentence” \(`label`\)",
    ),
    "another length": (
        ModelChoices("tagger"),
        replace(SHORT, encoding=Encoding.IDS),
        "2 timesteps and the sentences 5.*“Tagger.*choose the model “Autoencoder: the mask stops”",
    ),
    "too wide": (ModelChoices("question", units=1000), SentenceChoices(), "1,000 wide.*1 to 128"),
    "negative seed": (ModelChoices("question", seed=-1), SentenceChoices(), "seed is -1"),
}


@pytest.mark.parametrize(("choices", "sentences", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(
    choices: ModelChoices, sentences: SentenceChoices, message: str
) -> None:
    with pytest.raises(ModelError, match=re.compile(message, re.DOTALL)) as caught:
        build(choices, batch_from_choices(sentences))
    assert caught.value.expected


def test_the_question_may_change_the_length() -> None:
    model = build(ModelChoices("question"), batch_from_choices(SHORT))
    assert model.output_shape == (None, 2, 3)


def test_limits_are_checked_before_memory_is_taken() -> None:
    alphabet = "".join(chr(0x4E00 + number) for number in range(5000))
    with pytest.raises(LimitError, match=f"parameters.*{MAX_PARAMETERS:,}"):
        build(ModelChoices("answer"), batch_for("answer", alphabet))
    with pytest.raises(LimitError, match="largest layer"):
        build(ModelChoices("attention"), batch_for("attention", "\n".join(["a" * 8000] * 8)))


def test_a_vocabulary_of_5000_works() -> None:
    alphabet = [chr(0x4E00 + number) for number in range(5000)]
    text = "\n".join("".join(alphabet[row * 50 : row * 50 + 50]) for row in range(100))
    batch = batch_for("question", text)
    model = build(ModelChoices("question"), batch)
    assert model.output_shape == (None, 50, 5001)


def test_targets_are_converted_where_that_is_unambiguous() -> None:
    vectors, ids = batch_for("question"), batch_for("tagger")
    made = targets_for(ModelChoices("question", loss="sparse_categorical_crossentropy"), vectors)
    np.testing.assert_array_equal(made.y, [[2, 2, 0, 1, 1], [2, 1, 0, 1, 1]])
    made = targets_for(ModelChoices("tagger", loss="mae"), ids)
    np.testing.assert_array_equal(made.y, np.eye(3)[np.asarray(ids.y)])
    assert targets_for(ModelChoices("tagger"), ids) is ids
    soft = replace(vectors, y=np.full((2, 5, 3), 1 / 3, np.float32))
    with pytest.raises(ModelError, match="not one-hot"):
        targets_for(ModelChoices("question", loss="sparse_categorical_crossentropy"), soft)


def test_targets_of_foreign_arrays() -> None:
    batch = batch_for("question")
    zero = replace(batch, y=np.asarray(batch.x))
    model = build(ModelChoices("cure", loss="mae"), zero)
    masked, plain = means(per_timestep(model, zero, "mae"), zero)
    assert model.loss.padding_class is None
    assert evaluated(model, zero) == pytest.approx(masked, abs=1e-6) != plain
    with pytest.raises(ModelError, match="several classes in the targets: 0, 2"):
        mixed = np.array([[0, 2, 0, 1, 1], [2, 1, 0, 1, 1]])
        build(ModelChoices("cure"), replace(batch, y=mixed))
    with pytest.raises(ModelError, match="no targets"):
        build(ModelChoices("question"), replace(batch, y=None))
    with pytest.raises(ModelError, match="negative or fractional"):
        build(ModelChoices("question"), replace(batch, y=np.full((2, 5), -1)))


@settings(max_examples=20)
@given(
    preset=st.sampled_from(list(PRESETS)),
    text=st.text(alphabet="ab#\n", max_size=12),
    targets=st.sampled_from(TargetKind),
    encoding=st.sampled_from(Encoding),
)
def test_any_choice_builds_or_is_explained(
    preset: str, text: str, targets: TargetKind, encoding: Encoding
) -> None:
    try:
        batch = batch_for(preset, text, targets=targets, encoding=encoding, target_text=text)
        build(ModelChoices(preset), batch)
    except InspectorError as error:
        assert error.got and error.expected
