"""The ways of treating padding that can be compared, each with its formula and its Keras code."""

from dataclasses import dataclass, replace
from enum import Enum

from inspector.core.strategy_code import PLAIN_CODE, Placeholders, code_for


class StrategyName(str, Enum):
    """The strategies, in the order in which they are listed."""

    NO_MASK = "no_mask"
    PROPAGATED = "propagated"
    LOSS_FROM_TARGETS = "loss_from_targets"
    LOSS_OVER_ALL = "loss_over_all"
    SAMPLE_WEIGHT = "sample_weight"
    SAMPLE_WEIGHT_MEAN = "sample_weight_mean"
    IGNORE_CLASS = "ignore_class"
    MASK_PUT_BACK = "mask_put_back"
    LENGTHS_REVERSED = "lengths_reversed"
    LENGTHS_ROWS_REVERSED = "lengths_rows_reversed"
    OTHER_SIDE = "other_side"
    ALONE = "alone"
    CUSTOM = "custom"


class StrategyKind(str, Enum):
    """What a strategy changes."""

    LOSS = "loss"
    """Only the loss: the model runs as it is."""
    WEIGHTS = "weights"
    """Only the sample weights: the model runs as it is."""
    MODEL = "model"
    """The model: a mask is put back inside it."""
    DATA = "data"
    """The batch: the same sentences, padded otherwise or not at all."""


@dataclass(frozen=True)
class Strategy:
    """One way of treating padding.

    Attributes:
        identifier: Which one.
        key: Unique among the strategies of one comparison; the identifier's value, but for
            further custom losses (`custom_2`).
        title: A few words.
        formula: What Keras's value is then, in LaTeX. B rows, T timesteps, l the loss at a
            timestep, m = 1 at real timesteps, k the mask that reaches the loss.
        formula_text: The same in plain text.
        code: Plain Keras code that does it.
        when: One sentence: when to use it.
        kind: What it changes.
        number: Its number in the list, from 1; both masks from lengths share one; 0 for a custom
            loss.
        warning: It is shown as a mistake to recognise, not to use.
    """

    identifier: StrategyName
    key: str
    title: str
    formula: str
    formula_text: str
    code: str
    when: str
    kind: StrategyKind
    number: int = 0
    warning: bool = False

    def for_model(self, placeholders: Placeholders) -> "Strategy":
        """Returns it with the code for the loss and the padding at hand."""
        if self.identifier is StrategyName.CUSTOM:
            return self
        return replace(self, code=code_for(self.identifier.value, placeholders))


_OVER_VALID = r"\frac{\sum_{i,t} \ell_{it}\, m_{it}}{\sum_{i,t} m_{it}}"
_OVER_ALL_MASKED = r"\frac{\sum_{i,t} \ell_{it}\, m_{it}}{B\, T}"
_OVER_MASK = r"\frac{\sum_{i,t} \ell_{it}\, k_{it}}{\sum_{i,t} k_{it}}"
_TEXT_OVER_VALID = "sum(loss * valid) / sum(valid)"
_TEXT_OVER_ALL_MASKED = "sum(loss * valid) / (rows * timesteps)"
_TEXT_OVER_MASK = "sum(loss * mask) / sum(mask)"


def _strategy(
    identifier: StrategyName, number: int, title: str, formula: tuple[str, str], when: str
) -> Strategy:
    return Strategy(
        identifier=identifier,
        key=identifier.value,
        title=title,
        formula=formula[0],
        formula_text=formula[1],
        code=PLAIN_CODE[identifier.value],
        when=when,
        kind=_KINDS.get(identifier, StrategyKind.LOSS),
        number=number,
        warning=identifier is StrategyName.LENGTHS_ROWS_REVERSED,
    )


_KINDS = {
    StrategyName.SAMPLE_WEIGHT: StrategyKind.WEIGHTS,
    StrategyName.SAMPLE_WEIGHT_MEAN: StrategyKind.WEIGHTS,
    StrategyName.LENGTHS_REVERSED: StrategyKind.WEIGHTS,
    StrategyName.LENGTHS_ROWS_REVERSED: StrategyKind.WEIGHTS,
    StrategyName.MASK_PUT_BACK: StrategyKind.MODEL,
    StrategyName.OTHER_SIDE: StrategyKind.DATA,
    StrategyName.ALONE: StrategyKind.DATA,
}

_ALL = (
    _strategy(
        StrategyName.NO_MASK,
        1,
        "No mask: padding counts",
        (r"\frac{1}{B\, T} \sum_{i,t} \ell_{it}", "sum(loss) / (rows * timesteps)"),
        "Use it only where padding is something to learn, or where there is none.",
    ),
    _strategy(
        StrategyName.PROPAGATED,
        2,
        "The mask Keras carries, as the model is",
        (_OVER_MASK, "sum(loss * mask) / sum(mask); mean(loss) where no mask arrives"),
        "Use it when the mask reaches the loss and marks exactly the padding: nothing to write.",
    ),
    _strategy(
        StrategyName.LOSS_FROM_TARGETS,
        3,
        "A loss that finds padding in y_true, divided by the real timesteps",
        (_OVER_VALID, _TEXT_OVER_VALID),
        "Use it when the mask stops inside the model and padding has a target of its own.",
    ),
    _strategy(
        StrategyName.LOSS_OVER_ALL,
        4,
        "The same loss, divided by all timesteps",
        (_OVER_ALL_MASKED, _TEXT_OVER_ALL_MASKED),
        "A common mistake: more padding makes the loss look smaller, and the steps of training "
        "with it.",
    ),
    _strategy(
        StrategyName.SAMPLE_WEIGHT,
        5,
        "Sample weights of 0 and 1, Keras's default average",
        (
            _OVER_ALL_MASKED,
            f"{_TEXT_OVER_ALL_MASKED}; {_TEXT_OVER_MASK} where a mask arrives too",
        ),
        "Use it when the loss cannot be changed; its value shrinks as padding grows.",
    ),
    _strategy(
        StrategyName.SAMPLE_WEIGHT_MEAN,
        6,
        "Sample weights of 0 and 1, divided by their sum",
        (_OVER_VALID, _TEXT_OVER_VALID),
        "Use it when you know the real timesteps and padding has no target of its own: it works "
        "with every loss of Keras.",
    ),
    _strategy(
        StrategyName.IGNORE_CLASS,
        7,
        "ignore_class of the sparse cross-entropy",
        (_OVER_VALID, _TEXT_OVER_VALID),
        "Use it when targets are class ids and one id means padding: one argument does it.",
    ),
    _strategy(
        StrategyName.MASK_PUT_BACK,
        8,
        "The mask put back behind the place where it stops",
        (_OVER_MASK, _TEXT_OVER_MASK),
        "Use it when layers behind the stop should skip padding too, not only the loss.",
    ),
    _strategy(
        StrategyName.LENGTHS_REVERSED,
        9,
        "A mask from lengths, reversed along time where padding comes first",
        (_OVER_MASK, _TEXT_OVER_MASK),
        "Use it when lengths are all you have and all padding is on one side.",
    ),
    _strategy(
        StrategyName.LENGTHS_ROWS_REVERSED,
        9,
        "A mask from lengths, reversed along time and rows: a mistake",
        (_OVER_MASK, _TEXT_OVER_MASK),
        "Never: reversing axis 0 as well gives every sentence the mask of another one.",
    ),
    _strategy(
        StrategyName.OTHER_SIDE,
        10,
        "Padding on the other side",
        (_OVER_MASK, "as the model is, with the padding of every row moved to its other end"),
        "Use it to see whether the side of the padding matters to this model.",
    ),
    _strategy(
        StrategyName.ALONE,
        11,
        "Each sentence alone, without padding",
        (
            r"\frac{\sum_i n_i\, L_i}{\sum_i n_i}, \quad "
            r"L_i = \frac{1}{n_i} \sum_{t \le n_i} \ell_{it}",
            "sum over sentences of (timesteps * mean loss) / sum of timesteps",
        ),
        "The reference: nothing here knows of padding. Slow, since sentences of different "
        "lengths cannot share a batch.",
    ),
)

STRATEGIES: dict[StrategyName, Strategy] = {strategy.identifier: strategy for strategy in _ALL}
"""By identifier, in the order in which they are listed; custom losses are not among them."""

SHARED_PASS = tuple(name for name in STRATEGIES if STRATEGIES[name].number <= 7)
"""The strategies 1 to 7, which differ in the loss only and share one pass through the model."""


def custom_strategy(title: str, code: str = "", position: int = 1) -> Strategy:
    """Returns the strategy of a loss of the user's own.

    Args:
        title: What it is called, such as the name of the function.
        code: Its source, if known.
        position: 1 for the first custom loss of a comparison, 2 for the second, and so on.
    """
    return Strategy(
        identifier=StrategyName.CUSTOM,
        key="custom" if position == 1 else f"custom_{position}",
        title=f"Your loss: {title}",
        formula=r"\mathrm{loss}(y, p)",
        formula_text="whatever the loss returns",
        code=code,
        when="Compare it with the others before you train with it.",
        kind=StrategyKind.LOSS,
    )
