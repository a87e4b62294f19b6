"""Which bands a mask map has, before anything is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from inspector.core.diagnosis.causes import Cause, Stop
from inspector.core.inspection import Inspection
from inspector.core.trace import MaskState, Outcome
from inspector.views.bands import BandChoices, BandKind, Channel, bands, stop_position
from tests.views import made


def test_from_the_input_to_the_loss(question: Inspection) -> None:
    found = bands(question, BandChoices())
    names = ["input", "masking", "encoder", "repeat_vector", "decoder", "probabilities", "loss"]
    assert [band.title for band in found] == names
    assert found[0].mask is question.batch.valid
    assert found[1].mask is not None and np.array_equal(found[1].mask, question.batch.valid)
    assert [band.timesteps for band in found] == [5, 5, None, 5, 5, 5, 5]
    assert [band.mask is None for band in found] == [False, False, *[True] * 5]
    assert "30" in found[-1].headline and "padding counts" in found[-1].headline


def test_runs_fold_but_never_over_the_stop(question: Inspection) -> None:
    found = bands(question, BandChoices(fold=True))
    assert [band.title for band in found] == ["input", "masking", "encoder", "3 layers", "loss"]
    assert found[3].steps == (2, 3, 4)
    assert found[3].subtitle == "repeat_vector, decoder, probabilities"
    assert "have no mask" in found[3].headline


def test_layers_that_keep_the_mask_fold() -> None:
    found = bands(made.a_right_model(layers=5), BandChoices(fold=True))
    assert [band.title for band in found] == ["input", "masking", "5 layers", "loss"]
    assert "5 layers keep the mask" == found[2].headline


def test_a_fold_says_what_arrives_where_that_is_shown() -> None:
    chosen = BandChoices(fold=True, channel=Channel.ARGUMENT)
    found = bands(made.a_right_model(layers=5), chosen)
    folds = [band for band in found if band.kind is BandKind.FOLD]
    assert folds and all("layers: no mask= argument" in band.headline for band in folds)


def test_a_mask_that_fits_no_target_goes_wrong_at_the_loss() -> None:
    found = bands(made.a_right_model(layers=2), BandChoices())
    stop = Stop(None, Cause.MASK_MISALIGNED, None)
    assert stop_position(stop, found) == len(found) - 1


def test_folding_keeps_every_call(any_inspection: Inspection) -> None:
    for nested in (False, True):
        plain = bands(any_inspection, BandChoices(nested=nested))
        folded = bands(any_inspection, BandChoices(nested=nested, fold=True))
        assert [s for band in plain for s in band.steps] == [s for b in folded for s in b.steps]


def test_inner_calls_are_shown_on_demand() -> None:
    inspection = made.nested_model()
    outer = bands(inspection, BandChoices())
    inner = bands(inspection, BandChoices(nested=True))
    assert "scale" not in [band.title for band in outer]
    assert [band.depth for band in inner if band.kind is BandKind.CALL] == [0, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("nested", "title"), [(False, "block"), (True, "scale")], ids=["folded", "nested"]
)
def test_the_stop_is_found_among_what_is_shown(nested: bool, title: str) -> None:
    inspection = made.nested_model()
    found = bands(inspection, BandChoices(nested=nested))
    at = stop_position(inspection.diagnosis.stop, found)
    assert at is not None and found[at].title == title


def test_cells_that_differ_from_the_truth_are_found() -> None:
    found = bands(made.a_wrong_mask(), BandChoices())
    flip = next(band for band in found if band.title == "flip")
    assert flip.wrong is not None
    assert flip.wrong.tolist() == [[False, True, False, False, False]] * 2
    kept = next(band for band in found if band.outcome is Outcome.KEPT)
    assert kept.remark == "It keeps 1 padded timestep and hides 1 real timestep."


def test_the_channels_show_what_arrives(question: Inspection) -> None:
    attribute = bands(question, BandChoices(channel=Channel.ATTRIBUTE))
    argument = bands(question, BandChoices(channel=Channel.ARGUMENT))
    encoder = next(band for band in attribute if band.title == "encoder")
    assert encoder.mask is not None and np.array_equal(encoder.mask, question.batch.valid)
    assert all(band.mask is None for band in argument if band.kind is BandKind.CALL)


def test_a_mask_that_is_no_table_is_described() -> None:
    inspection = made.a_right_model()
    steps = list(inspection.trace.steps)
    steps[1] = replace(steps[1], handed_on=np.ones((2, 5, 5), bool))
    inspection = replace(inspection, trace=replace(inspection.trace, steps=tuple(steps)))
    band = bands(inspection, BandChoices())[2]
    assert band.mask is None and "(2, 5, 5)" in band.remark


@pytest.mark.parametrize(("healthy", "said"), [(True, ""), (False, "It takes the mask off")])
def test_a_right_model_is_not_nagged(healthy: bool, said: str) -> None:
    inspection = made.a_right_model()
    steps = list(inspection.trace.steps)
    steps[1] = replace(steps[1], stripped=True)
    inspection = replace(
        inspection,
        trace=replace(inspection.trace, steps=tuple(steps)),
        diagnosis=replace(inspection.diagnosis, healthy=healthy),
    )
    remark = bands(inspection, BandChoices())[2].remark
    assert remark.startswith(said) and bool(remark) is bool(said)


def test_the_truth_stands_alone_where_no_model_was_asked_about(question: Inspection) -> None:
    trace = replace(question.trace, steps=(), mask_at_loss=None, mask_at_loss_state=None)
    found = bands(replace(question, trace=trace, ledgers=()), BandChoices())
    assert [band.kind for band in found] == [BandKind.INPUT]
    assert len(bands(replace(question, trace=trace), BandChoices())) == 2, "a loss is said"


def test_a_loss_of_one_number_a_sentence_has_no_timesteps() -> None:
    classifier = made.a_classifier()
    batch = replace(classifier.batch, target_valid=classifier.batch.valid)
    trace = replace(classifier.trace, mask_at_loss_state=MaskState.ABSENT)
    found = bands(replace(classifier, batch=batch, trace=trace), BandChoices())
    assert found[-1].kind is BandKind.LOSS
    assert found[-1].timesteps is None
