"""What the page of strategies asks of the engine."""

from dataclasses import dataclass

from inspector.core.batch import Batch
from inspector.core.requests import Fitting, ModelChoices, ModelSource
from inspector.core.strategies import STRATEGIES

ALL_STRATEGIES = tuple(name.value for name in STRATEGIES)

MOST_STEPS_ON_PAGE = 500
"""Training steps that the page offers; Python has no such limit."""


@dataclass(frozen=True)
class PastedLoss:
    """A loss of the user's own: code that defines a function `(y_true, y_pred)`, read, never run.

    Attributes:
        source: The code.
        name: Name of the function; empty for the last one defined.
    """

    source: str
    name: str = ""

    @property
    def defined(self) -> str:
        """Code for the loss: its name, or that of the last thing defined; empty if nothing is."""
        return self.name or _last_defined(self.source)


def _last_defined(source: str) -> str:
    """Returns the last function, class or value that code defines at its top level."""
    found = ""
    for line in source.splitlines():
        words = line.split()
        if line[:1].isspace() or not words:
            continue
        if words[0] in ("def", "class") and len(words) > 1:
            name = words[1].partition("(")[0].rstrip(":")
            found = f"{name}()" if words[0] == "class" else name
        elif len(words) > 2 and words[1] == "=" and words[0].isidentifier():
            found = words[0]
    return found


@dataclass(frozen=True, eq=False)
class CompareRequest:
    """Asks for a `Comparison`.

    Attributes:
        batch: The rows.
        model: A preset and its knobs, code, or a file.
        strategies: Values of `StrategyName`, in the order wanted.
        batch_size: Rows per batch, as in `model.evaluate`; None for all rows in one.
        custom: A loss that joins as one more strategy, or None.
        fitting: How tokens become what a model takes that is no preset.
    """

    batch: Batch
    model: ModelSource = ModelChoices()
    strategies: tuple[str, ...] = ALL_STRATEGIES
    batch_size: int | None = None
    custom: PastedLoss | None = None
    fitting: Fitting = Fitting()

    @property
    def extra_seconds(self) -> float:
        """Seconds that the answer may take beyond the usual limit."""
        return 60.0 + self.model.training_steps


@dataclass(frozen=True, eq=False)
class TrainRequest:
    """Asks for a `TrainingRun` up to a step; ask again with a higher `until` to go on.

    The engine keeps the training of the latest requests: a request that differs in `until` only
    goes on where the last one ended, also after it was cancelled. Where it was forgotten, the same
    steps are taken again and give the same numbers.

    Attributes:
        batch: The rows.
        model: A preset and its knobs, code, or a file; its weights are the initial ones.
        strategies: Values of `StrategyName`, in the order wanted.
        until: Steps taken in all when the answer comes; 0 for the start.
        batch_size: Rows per step; None for all.
        seed: Seed of the order of the rows.
        learning_rate: Learning rate, or None for the one that the model was compiled with.
        custom: A loss that joins as one more strategy, or None.
        fitting: How tokens become what a model takes that is no preset.
    """

    batch: Batch
    model: ModelSource = ModelChoices()
    strategies: tuple[str, ...] = ALL_STRATEGIES
    until: int = 100
    batch_size: int | None = None
    seed: int = 0
    learning_rate: float | None = None
    custom: PastedLoss | None = None
    fitting: Fitting = Fitting()

    @property
    def extra_seconds(self) -> float:
        """Seconds that the answer may take beyond the usual limit."""
        return 60.0 + self.model.training_steps + float(self.until * len(self.strategies))
