"""What the figures of the page of strategies say: names, heads of columns, captions."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.strategies import Strategy
from inspector.views.numbers import amount, number, share
from inspector.views.tokens import clip, plain

_TITLE_CHARACTERS = 48

GRID_CAPTION = (
    "A row for each strategy, a column for each number. Every column has a colour scale of its "
    "own: from zero for values; for differences, purple is more than the baseline and green is "
    "less. The baseline is marked with a bar at its name."
)
MAPS_CAPTION = (
    "A small map for each strategy, a row for each sentence, a column for each timestep, all in "
    "one colour scale. Strategies whose maps are the same share one. The first map is the truth: "
    "its grey cells with × are padding. In the others, padding has its value in brackets."
)
SIZES_CAPTION = (
    "Keras averages the means of batches, so the number that it reports can depend on how many "
    "rows go into a batch. A flat line does not depend on it. Strategies with the same numbers "
    "share one line."
)
CURVES_CAPTION = (
    "Every strategy starts from the same weights and sees the same rows in the same order. What "
    "Keras reports is what each strategy minimises, so the values of two strategies cannot be "
    "compared; the masked average, over real timesteps only, and the accuracy can."
)
REPLAY_CAPTION = (
    "The loss at every timestep and the predicted tokens at a recorded step. Grey cells are "
    "padding. Predictions at real timesteps that are right are bold. Strategies with the same "
    "losses and predictions share one map; the first map is the truth."
)
TRUTH = "the truth"
BASELINE = "baseline"
NOTHING_TO_DRAW = "None of these strategies has a value for each timestep."
NO_DIFFERENCE = "No strategy differs from the baseline here."
NO_CURVES = "There is nothing recorded yet."


@dataclass(frozen=True)
class FigureColumn:
    """A number of a strategy, as a column.

    Attributes:
        name: The field of `StrategyResult`.
        head: Head of the column, in lines.
        meaning: What it is, for the table and the help.
    """

    name: str
    head: tuple[str, ...]
    meaning: str


COLUMNS = (
    FigureColumn("keras_value", ("Keras", "reports"), "what `model.evaluate` reports"),
    FigureColumn("mean_over_valid", ("masked", "average"), "mean loss over real timesteps"),
    FigureColumn("mean_over_all", ("unmasked", "average"), "mean loss over all timesteps"),
    FigureColumn("divided_by", ("divisor", ""), "what the sum of the counted losses is divided by"),
    FigureColumn(
        "loss_share", ("value from", "padding"), "share of Keras's value that comes from padding"
    ),
    FigureColumn(
        "gradient_share",
        ("gradient", "from padding"),
        "share of the gradient, which is what training follows, that comes from padding",
    ),
    FigureColumn(
        "gradient_cosine",
        ("gradient", "direction"),
        "cosine between its gradient and the reference's: 1 is the same direction",
    ),
    FigureColumn(
        "gradient_ratio",
        ("gradient", "length"),
        "length of its gradient divided by the length of the reference's",
    ),
    FigureColumn(
        "leak_size",
        ("leak", ""),
        "largest change of a prediction at a real timestep when only padding changes",
    ),
)
_SHARES = ("loss_share", "gradient_share")


def value_text(name: str, value: float | None, *, difference: bool = False) -> str:
    """Returns a number of a strategy as it stands in a cell; a dash where there is none."""
    if value is None:
        return "–"
    sign = "+" if difference and value > 0 else ""
    if difference and value == 0:
        return "="
    if name in _SHARES:
        return sign + (_points(value) if difference else share(value))
    if name == "divided_by":
        # Measured by differentiation: a whole number comes with a float's error.
        return f"{sign}{value:.5g}".replace("-", "−")
    if name == "gradient_cosine":
        return f"{sign}{value:.3f}".replace("-", "−")
    return sign + number(value, 3 if difference else 4)


def _points(value: float) -> str:
    """Returns a difference of shares in percentage points."""
    digits = 0 if abs(value) >= 0.1 else 1
    return f"{100 * value:.{digits}f}".replace("-", "−") + "\N{NO-BREAK SPACE}pp"


def short(strategy: Strategy) -> str:
    """Returns the few words that stand for a strategy in figures; not escaped."""
    return strategy.short or clip(plain(strategy.title), _TITLE_CHARACTERS)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Returns names as they stand in a sentence; not escaped."""
    shown = list(names)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(names) - most + 1} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def grid_alt(comparison: Comparison, baseline: str) -> str:
    """Returns the finding of the heatmap of numbers."""
    base = comparison.result(baseline)
    usable = comparison.applicable
    lead = f"Heatmap of {amount(len(usable), 'strategy', 'strategies')} and their numbers."
    if base.keras_value is None:
        return lead
    found = [r for r in usable if r.keras_value is not None]
    low = min(found, key=_value)
    high = max(found, key=_value)
    return (
        f"{lead} {_capital(short(base.strategy))} reports {number(base.keras_value)}; the values "
        f"go from {number(low.keras_value)} ({short(low.strategy)}) to "
        f"{number(high.keras_value)} ({short(high.strategy)})."
    )


def _value(result: StrategyResult) -> float:
    return 0.0 if result.keras_value is None else result.keras_value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
