"""Comparisons and training as tables. Text that a user typed or named is safe in spreadsheets."""

from typing import Any

import numpy as np
import pandas as pd

from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.comparison_words import equivalent
from inspector.core.training_run import TrainingRun
from inspector.views.compare_curves import CURVES
from inspector.views.compare_groups import quantity_of
from inspector.views.compare_words import COLUMNS, short
from inspector.views.comparison_text import MASKS
from inspector.views.loss_table import Quantity
from inspector.views.markdown import Markdown, literal, markdown
from inspector.views.numbers import number
from inspector.views.phrases import QUANTITIES
from inspector.views.tokens import in_cell


def overview_table(comparison: Comparison, baseline: str, compact: bool = False) -> pd.DataFrame:
    """Returns the table of the page: a row a strategy, in words, as Markdown.

    Strategies that cannot be applied stay, with the reason. On narrow screens the numbers stand in
    the sentence.
    """
    base = comparison.result(baseline)
    records: list[dict[str, str]] = []
    for result in comparison.results:
        name = Markdown("**{}**").format(literal(short(result.strategy)))
        name += " (baseline)" if result.key == baseline else ""
        title = literal(result.strategy.title)
        said = markdown(_said(result, base))
        value, mean = (
            number(found) if result.applicable else ""
            for found in (result.keras_value, result.mean_over_valid)
        )
        if compact:
            numbers = f"{value}; masked average {mean}. " if result.applicable else ""
            records.append({"strategy": name, "Keras reports": markdown(numbers) + said})
            continue
        records.append(
            {
                "strategy": name + " · " + title,
                "mask at the loss": _mask(result),
                "Keras reports": value,
                "masked average": mean,
                "on this batch": said,
            }
        )
    return pd.DataFrame(records)


def _mask(result: StrategyResult) -> str:
    if not result.applicable:
        return ""
    return MASKS[result.mask_at_loss] or "–"


def _said(result: StrategyResult, base: StrategyResult) -> str:
    """Returns what has to be known about a strategy, one or two sentences."""
    if not result.applicable:
        return f"Not possible here: {result.reason}"
    if result.wrong:
        return result.wrong
    notes = " ".join(result.notes[:1])
    if result.keras_value is None:
        return notes or "It gives no number here."
    if result is not base and equivalent(result, base):
        return "The same as the baseline."
    return "It counts every real timestep and no padding." if result.ignores_valid is False else ""


def numbers_table(comparison: Comparison, baseline: str) -> pd.DataFrame:
    """Returns all numbers, a row a strategy, with the differences from the baseline."""
    differences = {c.name: comparison.differences(c.name, baseline) for c in COLUMNS}
    records = []
    for result in comparison.results:
        record: dict[str, Any] = {
            "strategy": result.key,
            "title": in_cell(result.strategy.title),
            "possible here": result.applicable,
            "mask at the loss": MASKS[result.mask_at_loss] if result.applicable else "",
            "divisor": result.divisor.value if result.divisor is not None else "",
        }
        for column in COLUMNS:
            record[column.name] = getattr(result, column.name)
        for column in COLUMNS:
            record[f"{column.name}, difference"] = differences[column.name].get(result.key)
        record["what is wrong"] = in_cell(result.wrong or result.reason)
        records.append(record)
    return pd.DataFrame(records)


def maps_table(comparison: Comparison) -> pd.DataFrame:
    """Returns a row per strategy and timestep: loss, weight and their product; all rows."""
    tables = []
    for result in comparison.applicable:
        shape = None if result.loss is None else result.loss.shape
        shape = shape if result.weight is None else result.weight.shape
        if shape is None:
            continue
        rows, timesteps = shape[0], (*shape, 1)[1]
        columns: dict[str, Any] = {
            "strategy": np.full(rows * timesteps, result.key),
            "row": np.repeat(np.arange(rows), timesteps),
        }
        truth = comparison.target_valid
        if len(shape) > 1:
            columns["timestep"] = np.tile(np.arange(timesteps), rows)
            if truth is not None and truth.shape == shape:
                columns["real"] = truth.ravel()
        for quantity in Quantity:
            values = quantity_of(result, quantity)
            columns[QUANTITIES[quantity.value]] = (
                np.full(rows * timesteps, np.nan) if values is None else values.ravel()
            )
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def sizes_table(comparison: Comparison) -> pd.DataFrame:
    """Returns Keras's value per strategy and batch size."""
    records = [
        {"strategy": result.key, "batch size": size, "Keras reports": value}
        for result in comparison.applicable
        for size, value in result.by_batch_size
    ]
    return pd.DataFrame(records, columns=["strategy", "batch size", "Keras reports"])


def curves_table(run: TrainingRun) -> pd.DataFrame:
    """Returns every step of every strategy."""
    tables = []
    for one in run.runs:
        if not one.applicable or not one.steps:
            continue
        columns: dict[str, Any] = {"strategy": np.full(one.steps, one.key)}
        columns["step"] = np.arange(one.steps)
        for field, title in CURVES:
            values = getattr(one, field)
            columns[title] = np.full(one.steps, np.nan) if values is None else np.asarray(values)
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def refused_lines(run: TrainingRun) -> tuple[Markdown, ...]:
    """Returns which strategies cannot be trained here and why."""
    return tuple(
        literal(short(one.strategy)) + ": " + one.reason for one in run.runs if not one.applicable
    )
