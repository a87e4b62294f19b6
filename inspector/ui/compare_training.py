"""Training strategies live: a part of the training at a time, so that the page stays awake.

While it runs, the browser asks for the next part about once a second. Nobody asks when the page is
closed or stopped, so the training ends by itself; everything else on the page, and every other
session, gets its turn between two parts.
"""

import time
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.compare_requests import MOST_STEPS_ON_PAGE, TrainRequest
from inspector.core.digest import digest
from inspector.core.requests import Progress
from inspector.core.training_run import StrategyRun, TrainingRun
from inspector.errors import Cancelled, InspectorError
from inspector.ui import compare_text
from inspector.ui.choices import Key
from inspector.ui.compare_engine import training_of
from inspector.ui.controls import TO_URL, save_button
from inspector.ui.exhibits import Exhibit, draw_exhibit, heading
from inspector.ui.surroundings import Viewport
from inspector.views import compare_words
from inspector.views.compare_curves import curves_alt, curves_figure, curves_notes, easy_padding
from inspector.views.compare_replay import (
    ReplayView,
    replay_alt,
    replay_figure,
    replay_notes,
    replay_table,
)
from inspector.views.compare_tables import curves_table, refused_lines
from inspector.views.markdown import Markdown, literal, markdown, small

_PART_SECONDS = 0.8
_REST_SECONDS = 0.4
"""Earlier than so many seconds after the page was drawn, no part is taken."""
_MOST_AT_ONCE = 50
_FIRST_PART = 2


@dataclass
class _State:
    """The training of this session.

    Attributes:
        key: Number of what is trained; another choice makes another training.
        target: Steps wanted.
        running: Somebody waits for more steps.
        run: What was recorded up to now.
        rate: Steps a second of the last part; 0 as long as it is not known.
        error: What went wrong, in words.
    """

    key: bytes
    target: int
    running: bool = False
    run: TrainingRun | None = None
    rate: float = 0.0
    error: str = ""

    @property
    def done(self) -> int:
        """Steps taken."""
        return 0 if self.run is None else self.run.steps

    @property
    def over(self) -> bool:
        """There is nothing left to do: no more steps, or no strategy that can take them."""
        return self.done >= self.target or (
            self.run is not None and all(run.diverged_at is not None for run in self._trained)
        )

    @property
    def diverged(self) -> bool:
        """Every strategy that can be trained diverged, and there are some."""
        return bool(self._trained) and all(run.diverged_at is not None for run in self._trained)

    @property
    def _trained(self) -> list[StrategyRun]:
        return [] if self.run is None else [run for run in self.run.runs if run.applicable]

    @property
    def next_stop(self) -> int:
        """The step at which the next part ends."""
        size = round(self.rate * _PART_SECONDS) if self.rate else _FIRST_PART
        return min(self.target, self.done + max(1, min(size, _MOST_AT_ONCE)))


def draw_training(request: TrainRequest, around: Viewport) -> None:
    """Draws the section of live training.

    Args:
        request: What to train; its number of steps and learning rate are chosen here.
        around: Where the figures stand.
    """
    with heading(compare_text.TRAINING, compare_text.TRAINING_HELP):
        pass
    st.markdown(compare_text.TRAINING_INTRODUCTION)
    steps, rate = _draw_knobs()
    request = replace(request, learning_rate=rate, until=0)
    state = _state(request, steps)
    _draw_buttons(state)
    # The interval belongs to the run of the whole page: starting and ending cause one.
    live = st.fragment(run_every=_PART_SECONDS if state.running else None)(_draw_live)
    live(request, around, time.monotonic())
    if state.run is not None and not state.running and state.run.snapshot_steps:
        _draw_replay(state.run, around)


def _draw_knobs() -> tuple[int, float | None]:
    left, right = st.columns(2)
    with left:
        steps = st.slider(
            compare_text.STEPS,
            10,
            MOST_STEPS_ON_PAGE,
            100,
            step=10,
            key=Key.TRAIN_STEPS,
            bind=TO_URL,
            help=compare_text.STEPS_HELP,
        )
    with right:
        rate = st.number_input(
            compare_text.RATE,
            1e-6,
            10.0,
            None,
            format="%g",
            key=Key.TRAIN_RATE,
            bind=TO_URL,
            placeholder=compare_text.RATE_PLACEHOLDER,
            help=compare_text.RATE_HELP,
        )
    return steps, rate


def _state(request: TrainRequest, steps: int) -> _State:
    """Returns the training of this session, a new one where something else is chosen."""
    key = digest(request)
    state: _State | None = st.session_state.get(Key.TRAINING)
    if state is None or state.key != key:
        state = _State(key, steps)
        st.session_state[Key.TRAINING] = state
    state.target = steps
    return state


def _draw_buttons(state: _State) -> None:
    if state.running:
        st.button(compare_text.STOP, key=Key.TRAIN_STOP, icon=":material/stop:", on_click=_stop)
        return
    finished = state.over
    label = compare_text.GO_ON if state.done else compare_text.TRAIN
    st.button(
        markdown(compare_text.TRAINED if finished else label),
        key=Key.TRAIN_GO,
        type="primary",
        icon=":material/check:" if finished else ":material/play_arrow:",
        disabled=finished,
        on_click=_go,
    )


def _go() -> None:
    state: _State = st.session_state[Key.TRAINING]
    state.running, state.error = True, ""


def _stop() -> None:
    st.session_state[Key.TRAINING].running = False


def _draw_live(request: TrainRequest, around: Viewport, drawn: float) -> None:
    """Draws how far the training is, and its curves; takes the next part where one is due.

    Args:
        request: What to train.
        around: Where the figures stand.
        drawn: When the page was drawn; its own run takes no part, so that it ends quickly.
    """
    state: _State = st.session_state[Key.TRAINING]
    place = st.container()
    if state.running:
        bar = place.empty()
        _draw_progress(state, bar)
        if time.monotonic() - drawn > _REST_SECONDS:
            _take_a_part(request, state, bar)
    elif state.done:
        said = compare_text.stopped_at(state.done, state.target, state.diverged)
        place.markdown(small(said))
    if state.error:
        place.error(markdown(state.error), icon=":material/error:")
    if state.run is not None:
        _draw_curves(state.run, around)


def _draw_progress(state: _State, bar: DeltaGenerator) -> None:
    if not state.done:
        bar.progress(0.0, compare_text.PREPARING)
        return
    left = (state.target - state.done) / state.rate if state.rate else None
    bar.progress(
        min(state.done / state.target, 1.0),
        markdown(compare_text.how_far(state.done, state.target, left)),
    )


def _take_a_part(request: TrainRequest, state: _State, bar: DeltaGenerator) -> None:
    """Trains for about a second, and ends the training where it is complete."""
    before, begun = state.done, time.monotonic()

    def told(progress: Progress) -> None:
        if not before:
            share = min(progress.done / max(progress.total, 1), 1.0)
            bar.progress(share, markdown(compare_text.preparing(progress.what)))

    try:
        state.run = training_of(replace(request, until=state.next_stop), told)
    except Cancelled:
        # A newer request of this session took its place: the next part goes on.
        return
    except InspectorError as error:
        state.error, state.running = str(error), False
    else:
        taken, seconds = state.done - before, time.monotonic() - begun
        if before and taken:
            state.rate = taken / max(seconds, 1e-3)
        state.running = state.running and not state.over
    if not state.running:
        st.rerun()


def _draw_curves(run: TrainingRun, around: Viewport) -> None:
    said = easy_padding(run)
    if said:
        st.info(literal(said), icon=":material/visibility:")
    st.markdown(small(compare_words.CURVES_CAPTION))
    draw_exhibit(
        Exhibit(
            key=Key.CURVES,
            figure=curves_figure(run, around.theme, around.narrow),
            alt=curves_alt(run),
            table=partial(curves_table, run),
            notes=curves_notes(run),
        )
    )
    refused = refused_lines(run)
    if refused:
        title = f"{compare_text.NOT_TRAINED}: {len(refused)}"
        with st.expander(markdown(title), type="compact"):
            st.markdown(markdown(Markdown("\n").join(map(Markdown("- {}").format, refused))))


@st.fragment
def _draw_replay(run: TrainingRun, around: Viewport) -> None:
    """Draws a recorded step: the loss map and the predictions as text."""
    with heading(compare_text.REPLAY, compare_words.REPLAY_CAPTION):
        pass
    steps = list(run.snapshot_steps)
    step = steps[0]
    if len(steps) > 1:
        step = st.select_slider(
            compare_text.REPLAY_STEP,
            steps,
            value=steps[-1],
            key=Key.REPLAY_STEP,
            help=compare_text.REPLAY_STEP_HELP,
        )
    draw_exhibit(
        Exhibit(
            key=Key.REPLAY,
            figure=replay_figure(run, ReplayView(step, around.theme, around.narrow)),
            alt=replay_alt(run, step),
            table=partial(replay_table, run),
            notes=replay_notes(run, step),
        )
    )
    save_button(
        compare_text.JSON,
        lambda: run.to_json().encode("utf-8"),
        "training.json",
        "application/json",
        key=Key.TRAIN_JSON,
    )
