"""The tour: the question and its answer in six steps, on sentences that can be changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, LossLedger
from inspector.core.requests import InspectOptions, InspectRequest, ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.errors import InspectorError
from inspector.ui import page_words
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, select
from inspector.ui.engine import answer_to
from inspector.ui.exhibits import Exhibit, draw_averages, draw_exhibit
from inspector.ui.sharing import draw_sharing
from inspector.ui.surroundings import Viewport
from inspector.views.loss_map import LossMapView, loss_map, loss_map_alt, loss_map_table
from inspector.views.markdown import Markdown, markdown
from inspector.views.mask_map import MaskMapView, mask_map, mask_map_alt, mask_map_table
from inspector.views.numbers import amount, number, share

TRAINING = 60

Draw = Callable[[Inspection, Viewport], None]


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Attributes:
        title: What it shows.
        preset: The model that is inspected for it.
        say: Returns what stands above the figures, with the numbers of this batch.
        draw: The figures.
        training: Steps of training first; the losses of an untrained model all look alike.
        code: Code for what is no part of an inspection; it finds `valid` and NumPy.
    """

    title: str
    preset: str
    say: Callable[[Inspection], Markdown]
    draw: tuple[Draw, ...]
    training: int = 0
    code: str = ""


def draw_tour(around: Viewport) -> None:
    """Draws the sentences, the choice of a step, and that step."""
    count = len(STEPS)
    numbers = {at: f"{at} of {count}" for at in range(1, count + 1)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=140):
            at = select("Step", numbers, Key.TOUR_STEP, help=page_words.TOUR_HELP)
        st.button(
            "Next",
            key=Key.TOUR_NEXT,
            icon=":material/arrow_forward:",
            disabled=at == count,
            on_click=_go_to,
            args=(at + 1,),
        )
    step = STEPS[at - 1]
    st.header(markdown(f"{at}. {step.title}"), anchor=False)
    text = st.text_area(
        "Sentences",
        SentenceChoices.text,
        height=88,
        key=Key.TOUR_TEXT,
        bind=TO_URL,
        help=page_words.TOUR_TEXT_HELP,
    )
    place = st.container()
    try:
        batch = batch_from_choices(SentenceChoices(text=text or ""))
        with place, place.skeleton(height=300):
            model = ModelChoices(step.preset, training_steps=step.training)
            request = InspectRequest(batch, model, InspectOptions(leaks=False))
            inspection = answer_to(request)
    except InspectorError as error:
        place.error(markdown(str(error)), icon=":material/error:")
        return
    with place:
        st.markdown(markdown(step.say(inspection)))
        for draw in step.draw:
            draw(inspection, around)
        draw_sharing(inspection, request, page_words.TOUR_SCRIPTS, step.code)


def _go_to(step: int) -> None:
    st.session_state[Key.TOUR_STEP] = step


def _draw_truth(inspection: Inspection, around: Viewport) -> None:
    """Draws the first band of the mask map alone."""
    trace = replace(inspection.trace, steps=(), mask_at_loss=None, mask_at_loss_state=None)
    bare = replace(inspection, trace=trace, ledgers=())
    _draw_masks(bare, around)


def _draw_masks(inspection: Inspection, around: Viewport) -> None:
    view = MaskMapView(theme=around.theme, compact=around.narrow)
    draw_exhibit(
        Exhibit(
            key=Key.TOUR_MASKS,
            figure=mask_map(inspection, view),
            alt=mask_map_alt(inspection, view),
            table=partial(mask_map_table, inspection),
        )
    )


def _draw_losses(inspection: Inspection, around: Viewport) -> None:
    view = LossMapView(theme=around.theme, compact=around.narrow)
    draw_exhibit(
        Exhibit(
            key=Key.TOUR_LOSSES,
            figure=loss_map(inspection, view),
            alt=loss_map_alt(inspection, view),
            table=partial(loss_map_table, inspection),
        )
    )


def _draw_averages(inspection: Inspection, around: Viewport) -> None:
    draw_averages(Key.TOUR_AVERAGES, inspection.losses, around.theme)


def _draw_the_check(inspection: Inspection, around: Viewport) -> None:
    st.markdown(markdown(page_words.CHECK + _check_in_numbers(inspection.batch)))
    st.code(page_words.CHECK_CODE)


def _check_in_numbers(batch: Batch) -> str:
    """Returns how wrong the question's own check is on these sentences."""
    lengths = batch.valid.sum(axis=1)
    from_lengths = np.arange(batch.timesteps) < lengths[:, None]
    if not np.array_equal(np.flip(from_lengths, 1), batch.valid):
        return " " + page_words.CHECK_ELSEWHERE
    wrong = int((np.flip(from_lengths, (0, 1)) != batch.valid).sum())
    if not wrong:
        return " " + page_words.CHECK_SAME
    return f" Here that marks {amount(wrong, 'timestep')} of {batch.valid.size:,} wrongly."


def _say_truth(inspection: Inspection) -> Markdown:
    batch = inspection.batch
    real, padding = int(batch.valid.sum()), int(batch.padding.sum())
    return page_words.TRUTH.format(real=real, padding=padding)


def _say_reaches(inspection: Inspection) -> Markdown:
    ledger = _ledger(inspection)
    return page_words.REACHES.format(
        keras=_number(ledger.keras_value),
        valid=_average(ledger, AverageName.VALID),
        all=_average(ledger, AverageName.ALL),
    )


def _say_cost(inspection: Inspection) -> Markdown:
    ledger = _ledger(inspection)
    on_padding = ledger.weight_on_padding
    weight = "an unknown share" if on_padding is None else share(on_padding)
    return page_words.COST.format(
        steps=TRAINING,
        keras=_number(ledger.keras_value),
        all=_average(ledger, AverageName.ALL),
        valid=_average(ledger, AverageName.VALID),
        weight=weight,
    )


def _say_cure(inspection: Inspection) -> Markdown:
    ledger = _ledger(inspection)
    return page_words.CURE.format(
        keras=_number(ledger.keras_value), valid=_average(ledger, AverageName.VALID)
    )


def _ledger(inspection: Inspection) -> LossLedger:
    assert inspection.losses is not None, "Presets have a loss."
    return inspection.losses


def _average(ledger: LossLedger, name: AverageName) -> str:
    return _number(ledger.average(name).value)


def _number(value: float | None) -> str:
    return "undefined" if value is None else number(value)


def _steps() -> Iterator[Step]:
    yield Step("A batch is a rectangle", "answer", _say_truth, (_draw_truth,))
    yield Step("A layer marks the padding", "answer", lambda _: page_words.MARKED, (_draw_masks,))
    yield Step("The loss leaves padding out", "answer", _say_reaches, (_draw_averages,))
    yield Step(
        "The question: the mask stops", "question", lambda _: page_words.STOPS, (_draw_masks,)
    )
    yield Step("What that costs", "question", _say_cost, (_draw_losses, _draw_averages), TRAINING)
    yield Step(
        "The answer: a loss that finds the padding",
        "cure",
        _say_cure,
        (_draw_averages, _draw_the_check),
        TRAINING,
        page_words.CHECK_SCRIPT,
    )


STEPS = tuple(_steps())
