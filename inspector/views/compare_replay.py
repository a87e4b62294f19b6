"""A recorded step of training: the loss map of every strategy, with the predictions as text."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.core.batch import Batch
from inspector.core.tables import TEXT_CELLS, BlockSize
from inspector.core.training_run import Snapshot, StrategyRun, TrainingRun
from inspector.views.compare_groups import TRAINED_ALIKE, grouped
from inspector.views.compare_maps_drawing import drawn_maps
from inspector.views.compare_panels import Panel, Panels
from inspector.views.compare_words import NO_CURVES, TRUTH, short
from inspector.views.figures import message
from inspector.views.loss_table import Quantity
from inspector.views.numbers import amount, share
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import escaped, in_cell, shown, wrapped

_LETTERS = 4


@dataclass(frozen=True)
class ReplayView:
    """How to draw a recorded step.

    Attributes:
        step: Steps taken.
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels.
    """

    step: int = 0
    theme: Theme = LIGHT
    compact: bool = False


def replay_figure(run: TrainingRun, view: ReplayView) -> go.Figure:
    """Draws small loss maps of a step, with the predicted tokens in the cells.

    Strategies with the same losses and predictions share one.

    Marks: the colour is the loss, from zero to the largest of this step, on one scale; grey is
    padding. The letters are what is predicted; bold ones are right. The first map is the truth.
    """
    shots = _shots(run, view.step)
    if not shots:
        return message(NO_CURVES, view.theme)
    groups = _groups(shots, view.step)
    rows = _rows(run, len(groups) + 1)
    shape = _table(shots[0][1].loss).shape
    padding = ~_valid(run.batch, shape)[:rows]
    drawn = [Panel((), np.full(padding.shape, np.nan), _truth(run.batch, padding))]
    titles: list[Callable[[int], list[str]]] = [lambda characters: [TRUTH]]
    for keys in groups:
        one, shot = next(found for found in shots if found[0].key == keys[0])
        said = _predicted(run.batch, shot, shape, padding)
        drawn.append(Panel(keys, _table(shot.loss)[:rows].astype(np.float64), said))
        titles.append(_title(run, keys, view.step))
    if not shape[1] > 1 and run.batch.target_valid is None and shape[1] != run.batch.timesteps:
        drawn, titles = drawn[1:], titles[1:]
    panels = Panels(
        quantity=Quantity.LOSS,
        panels=tuple(drawn),
        padding=padding,
        tokens=None,
        block=BlockSize(),
        difference=False,
        same=(),
        missing=(),
        sequence=shots[0][1].loss.ndim == 1,
    )
    return drawn_maps(panels, titles, view.theme, view.compact)


def replay_alt(run: TrainingRun, step: int) -> str:
    """Returns how many tokens each strategy predicts rightly at a step."""
    shots = _shots(run, step)
    if not shots:
        return NO_CURVES
    parts = []
    for one, shot in shots:
        right = _right(run.batch, shot)
        if right is not None and right.size:
            parts.append(f"“{short(one.strategy)}” {share(float(right.mean()))}")
    said = f" Right at real timesteps: {'; '.join(parts)}." if parts else ""
    return (
        f"The loss and the predictions of {_names(len(shots))} after {amount(step, 'step')}.{said}"
    )


def replay_notes(run: TrainingRun, step: int) -> tuple[str, ...]:
    """Returns what is not shown."""
    shots = _shots(run, step)
    rows = _rows(run, len(_groups(shots, step)) + 1) if shots else 0
    notes = []
    if shots and rows < run.batch.rows:
        notes.append(f"The first {rows} of {run.batch.rows} sentences.")
    earlier = [short(one.strategy) for one, shot in shots if shot.step < step]
    if earlier:
        notes.append("Where training ended earlier, its last recorded step stands.")
    return tuple(notes)


def replay_table(run: TrainingRun) -> pd.DataFrame:
    """Returns every recorded step: a row per strategy, step and sentence."""
    records = []
    for one in run.runs:
        for shot in one.snapshots:
            shape = _table(shot.loss).shape
            valid = _valid(run.batch, shape)
            for row in range(min(shape[0], run.rows_shown)):
                records.append(_record(run.batch, one, shot, row, valid[row]))
    columns = ["strategy", "step", "row", "target", "predicted", "masked average"]
    return pd.DataFrame(records, columns=columns)


def _record(
    batch: Batch, one: StrategyRun, shot: Snapshot, row: int, valid: BoolArray
) -> dict[str, object]:
    losses = _table(shot.loss)[row][valid]
    known = losses[np.isfinite(losses)]
    predicted = None if shot.predicted is None else _table(shot.predicted)[row]
    tokens = batch.target_tokens or batch.tokens
    return {
        "strategy": in_cell(short(one.strategy)),
        "step": shot.step,
        "row": row,
        "target": in_cell(_joined(list(tokens[row]))) if tokens is not None else None,
        "predicted": None
        if predicted is None
        else in_cell(_joined([_token(batch, int(found)) for found in predicted])),
        "masked average": float(known.mean()) if known.size else None,
    }


def _joined(tokens: list[str]) -> str:
    return ("" if all(len(token) <= 1 for token in tokens) else " ").join(tokens)


def _shots(run: TrainingRun, step: int) -> list[tuple[StrategyRun, Snapshot]]:
    found = [(one, one.snapshot(step)) for one in run.runs]
    return [(one, shot) for one, shot in found if shot is not None]


def _names(count: int) -> str:
    return amount(count, "strategy", "strategies")


def _groups(shots: list[tuple[StrategyRun, Snapshot]], step: int) -> list[tuple[str, ...]]:
    """Returns the keys of strategies that share a picture: the same losses and predictions."""
    # Classes are compared exactly, losses up to the rounding of training.
    same: dict[tuple[bytes, float], list[tuple[str, FloatArray]]] = {}
    for one, shot in shots:
        predicted = b"" if shot.predicted is None else shot.predicted.tobytes()
        loss = shot.loss.astype(np.float64)
        same.setdefault((predicted, _ended(one, step)), []).append((one.key, loss))
    found = [group.keys for maps in same.values() for group in grouped(maps, TRAINED_ALIKE)]
    order = [one.key for one, _ in shots]
    return sorted(found, key=lambda keys: order.index(keys[0]))


def _ended(one: StrategyRun, step: int) -> float:
    """Returns the step at which a strategy diverged before `step`, -1 for none."""
    diverged = one.diverged_at
    return -1.0 if diverged is None or diverged > step else float(diverged)


def _title(run: TrainingRun, keys: tuple[str, ...], step: int) -> Callable[[int], list[str]]:
    names = []
    for key in keys:
        ended = _ended(run.run(key), step)
        end = "" if ended < 0 else f" (diverged at step {ended:.0f})"
        names.append(short(run.run(key).strategy) + end)
    return lambda characters: wrapped(" · ".join(names), characters, 4)


def _rows(run: TrainingRun, panels: int) -> int:
    """Returns how many sentences are drawn, so that every cell can carry its text."""
    shape = next(_table(s.loss).shape for one in run.runs for s in one.snapshots)
    return max(1, min(shape[0], run.rows_shown, TEXT_CELLS // (shape[1] * panels)))


def _table(values: AnyArray) -> AnyArray:
    return values[:, None] if values.ndim == 1 else values


def _valid(batch: Batch, shape: tuple[int, ...]) -> BoolArray:
    for truth in (batch.target_valid, batch.valid):
        if truth is not None and truth.ndim == 2 and truth.shape[1] == shape[1]:
            return truth[: shape[0]]
    return np.ones(shape, bool)


def _token(batch: Batch, found: int) -> str:
    names = batch.target_vocabulary or batch.vocabulary
    if found < 0:
        return ""
    return names[found] if names is not None and found < len(names) else str(found)


def _target_classes(batch: Batch, shape: tuple[int, ...]) -> AnyArray | None:
    y = batch.y
    if not isinstance(y, np.ndarray):
        return None
    classes = y.argmax(axis=-1) if y.ndim == len(shape) + 1 else y
    classes = _table(np.asarray(classes))[: shape[0]]
    if classes.ndim == 3 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    return classes if classes.shape == shape else None


def _right(batch: Batch, shot: Snapshot) -> BoolArray | None:
    """Returns at which real timesteps the prediction is right, or None where it is no class."""
    if shot.predicted is None:
        return None
    targets = _target_classes(batch, shot.predicted.shape)
    if targets is None:
        return None
    found: BoolArray = (_table(shot.predicted) == _table(targets))[
        _valid(batch, _table(shot.predicted).shape)
    ]
    return found


def _predicted(
    batch: Batch, shot: Snapshot, shape: tuple[int, ...], padding: BoolArray
) -> tuple[tuple[str, ...], ...] | None:
    if shot.predicted is None:
        return None
    predicted = _table(shot.predicted)
    targets = _target_classes(batch, shot.predicted.shape)
    rows = []
    for row in range(len(padding)):
        cells = []
        for step in range(shape[1]):
            number = int(predicted[row, step])
            text = escaped(shown(_token(batch, number), _LETTERS)) if number >= 0 else ""
            right = targets is not None and int(_table(targets)[row, step]) == number
            cells.append(f"<b>{text}</b>" if text and right and not padding[row, step] else text)
        rows.append(tuple(cells))
    return tuple(rows)


def _truth(batch: Batch, padding: BoolArray) -> tuple[tuple[str, ...], ...] | None:
    for tokens in (batch.target_tokens, batch.tokens):
        if tokens is not None and all(len(row) == padding.shape[1] for row in tokens):
            return tuple(
                tuple(escaped(shown(token, _LETTERS)) for token in row)
                for row in tokens[: len(padding)]
            )
    return None
