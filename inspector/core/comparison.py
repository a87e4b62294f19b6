"""Strategies side by side on one batch, from one set of weights."""

import datetime
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.batch import Batch
from inspector.core.digest import ModelDigests
from inspector.core.inspection import finite
from inspector.core.ledger import Divisor, same
from inspector.core.strategies import Strategy
from inspector.core.text_files import json_text, write_text
from inspector.core.trace import MaskState, Versions
from inspector.display import fragment_of, report_of, text_of


@dataclass(frozen=True, eq=False)
class StrategyResult:
    """What one strategy gives.

    All numbers are None where the strategy cannot be applied, and where they are undefined;
    `reason` or `notes` say why. B rows, T timesteps of the output.

    Attributes:
        strategy: Which one, its code written for the model at hand.
        applicable: It can be applied to this model and batch.
        reason: Why not, one sentence; empty where it can.
        mask_at_loss: The mask on the predictions that the loss gets, against the truth.
        keras_value: What `model.evaluate` reports, with the batch size of the comparison.
        mean_over_valid: sum(loss * valid) / sum(valid).
        mean_over_all: sum(loss) / (rows * timesteps); None for sentences alone.
        divisor: The formula that Keras's value equals, or None where none can be named.
        divided_by: The number that the sum of the counted losses is divided by; None where the
            weights of the counted timesteps differ.
        counts_padding: Padded timesteps influence the loss.
        ignores_valid: Some real timesteps do not.
        padding_counted: How many padded timesteps influence the loss.
        valid_ignored: How many real timesteps do not.
        loss_share: Share (0 to 1) of Keras's value that comes from padding.
        gradient_share: |p| / (|p| + |r|), with p the part of the gradient by the parameters that
            comes from padding and r the part from real timesteps: 0 to 1.
        gradient_cosine: Cosine between its gradient and the reference's: 1 is the same direction.
        gradient_ratio: Length of its gradient divided by the length of the reference's.
        gradient_length: Length of its gradient.
        leaks: What stands at padding changes predictions at real timesteps.
        leak_size: Largest such change of a prediction.
        wrong: What is wrong with it here, one sentence; empty where nothing is.
        loss: (B, T) loss at each timestep, (B,) for one a sentence; NaN where there is none. The
            timesteps stand where they stand in the batch, also where the strategy moves them.
        weight: The same shape: how much Keras's value moves per unit of the loss there, measured.
        by_batch_size: (batch size, Keras's value), from 1 to all rows.
        notes: What has to be known about the numbers, one sentence each.
    """

    strategy: Strategy
    applicable: bool
    reason: str = ""
    mask_at_loss: MaskState | None = None
    keras_value: float | None = None
    mean_over_valid: float | None = None
    mean_over_all: float | None = None
    divisor: Divisor | None = None
    divided_by: float | None = None
    counts_padding: bool | None = None
    ignores_valid: bool | None = None
    padding_counted: int | None = None
    valid_ignored: int | None = None
    loss_share: float | None = None
    gradient_share: float | None = None
    gradient_cosine: float | None = None
    gradient_ratio: float | None = None
    gradient_length: float | None = None
    leaks: bool | None = None
    leak_size: float | None = None
    wrong: str = ""
    loss: FloatArray | None = None
    weight: FloatArray | None = None
    by_batch_size: tuple[tuple[int, float | None], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Unique among the strategies of a comparison."""
        return self.strategy.key

    @property
    def mask_reaches_loss(self) -> bool | None:
        """A mask arrives at the loss, right or wrong; None where that is no question."""
        if self.mask_at_loss is None:
            return None
        return self.mask_at_loss is not MaskState.ABSENT


FIGURES = (
    "keras_value",
    "mean_over_valid",
    "mean_over_all",
    "divided_by",
    "loss_share",
    "gradient_share",
    "gradient_cosine",
    "gradient_ratio",
    "leak_size",
)
"""The numbers of a strategy that are shown side by side, names of fields of `StrategyResult`."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Strategies on one batch, from one set of weights.

    Attributes:
        batch: The rows.
        results: One per strategy asked for, in the order asked, those that cannot be applied too.
        reference: Key of the strategy that gradients are measured against, or None where there
            is no gradient to measure against.
        baseline: Key of the strategy that is pinned at first.
        batch_size: Rows per batch of `keras_value`.
        loss_name: Name of the loss at a timestep.
        target_valid: bool (B, T), the truth on the axes of the maps; None without a time axis.
        penalty: Regularizers, part of every Keras value.
        conclusion: Which strategies are the same here, which differ and by how much.
        model_name: Name of the model.
        versions: Versions of this package, Keras and TensorFlow.
        notes: What holds for all of it, one sentence each.
        model_digests: What the model is known by; None where it was not looked at.
    """

    batch: Batch
    results: tuple[StrategyResult, ...]
    reference: str | None
    baseline: str
    batch_size: int
    loss_name: str
    target_valid: BoolArray | None
    penalty: float
    conclusion: str
    model_name: str
    versions: Versions
    notes: tuple[str, ...] = ()
    model_digests: ModelDigests | None = None

    def result(self, key: str) -> StrategyResult:
        """Returns the result of a strategy; `key` is the value of its identifier."""
        return next(result for result in self.results if result.key == key)

    @property
    def applicable(self) -> tuple[StrategyResult, ...]:
        """The results of the strategies that can be applied here."""
        return tuple(result for result in self.results if result.applicable)

    def differences(self, figure: str, baseline: str | None = None) -> dict[str, float | None]:
        """Returns each applicable strategy's figure minus the baseline's, by key.

        Args:
            figure: One of `FIGURES`.
            baseline: Key of the strategy to subtract; None for the pinned one.
        """
        base = getattr(self.result(baseline or self.baseline), figure)
        found: dict[str, float | None] = {}
        for result in self.applicable:
            value = getattr(result, figure)
            known = value is not None and base is not None
            found[result.key] = (0.0 if same(value, base) else value - base) if known else None
        return found

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON values; the layout is stable, as that of `Inspection.to_dict`."""
        return {
            "versions": asdict(self.versions),
            "batch": self.batch.counts(),
            "model": self.model_name,
            "loss": self.loss_name,
            "batch_size": self.batch_size,
            "penalty": finite(self.penalty),
            "reference": self.reference,
            "baseline": self.baseline,
            "conclusion": self.conclusion,
            "strategies": [_plain(result) for result in self.results],
            "notes": list(self.notes),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """Returns `to_dict()` as JSON, and writes it to `path` if given."""
        return json_text(self.to_dict(), path)

    def to_html(
        self, path: str | Path | None = None, *, date: datetime.date | str | None = None
    ) -> str:
        """Returns the comparison as one HTML file that needs no network; writes it if asked to.

        Args:
            path: Where to write it; `inspector.load_result(path)` reads the comparison back.
            date: The date that stands in it; None for today (UTC). With a given date the same
                comparison gives the same bytes.
        """
        text = report_of(self, date)
        if path is not None:
            write_text(path, text)
        return text

    def __str__(self) -> str:
        """The comparison as a table for a terminal."""
        return text_of(self)

    def _repr_html_(self) -> str:
        """The comparison as a table for a notebook."""
        return fragment_of(self)


def _plain(result: StrategyResult) -> dict[str, Any]:
    return {
        "strategy": result.key,
        "title": result.strategy.title,
        "applicable": result.applicable,
        "reason": result.reason or None,
        "mask_at_loss": result.mask_at_loss and result.mask_at_loss.value,
        **{figure: finite(getattr(result, figure)) for figure in FIGURES},
        "divisor": result.divisor and result.divisor.value,
        "counts_padding": result.counts_padding,
        "ignores_valid": result.ignores_valid,
        "leaks": result.leaks,
        "wrong": result.wrong or None,
        "by_batch_size": [[size, finite(value)] for size, value in result.by_batch_size],
        "notes": list(result.notes),
    }
