"""The ways of treating padding that can be compared: what is said of each, and its Keras code.

A strategy is one entry of the catalogue here, the function of `strategy_code` that the entry names,
and the class of `inspector.engine.strategies` that applies it to a model and a batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from inspector.core import strategy_code
from inspector.core.strategy_code import Placeholders


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

    @property
    def changes_loss(self) -> bool:
        """It changes the loss or its weights only; the model runs as it is on the batch."""
        return self.kind in (StrategyKind.LOSS, StrategyKind.WEIGHTS)

    @property
    def short(self) -> str | None:
        """A few words for sentences and the margins of figures; None for a custom loss."""
        entry = CATALOGUE.get(self.identifier)
        return None if entry is None else entry.short

    def for_model(self, placeholders: Placeholders) -> "Strategy":
        """Returns it with the code for the loss and the padding at hand."""
        entry = CATALOGUE.get(self.identifier)
        return self if entry is None else replace(self, code=entry.code(placeholders))


@dataclass(frozen=True)
class CatalogueEntry:
    """What is known of a strategy before it meets a model and a batch.

    Attributes:
        identifier: Which one.
        number: Its number in the list, from 1; both masks from lengths share one.
        title: A few words.
        short: Fewer words, for sentences and the margins of figures.
        formula: What Keras's value is then, in LaTeX.
        formula_text: The same in plain text.
        when: One sentence: when to use it.
        code: Writes its Keras code for a model and a batch.
        kind: What it changes.
        warning: It is shown as a mistake to recognise, not to use.
        one_input: Its code is written for models with one input only.
        means_of: What the two mean losses are of in the script of a whole comparison, as code: a
            model, its input and its targets with their truth, `$targets` or `$moved_targets`.
        value_is_mean: Its value, where there are no penalties, is its mean over real timesteps,
            and there is no other mean.
    """

    identifier: StrategyName
    number: int
    title: str
    short: str
    formula: str
    formula_text: str
    when: str
    code: Callable[[Placeholders], str]
    kind: StrategyKind = StrategyKind.LOSS
    warning: bool = False
    one_input: bool = False
    means_of: str = "model, x, $targets"
    value_is_mean: bool = False

    @property
    def strategy(self) -> Strategy:
        """The strategy, its code written for the model and the batch of the question."""
        return Strategy(
            identifier=self.identifier,
            key=self.identifier.value,
            title=self.title,
            formula=self.formula,
            formula_text=self.formula_text,
            code=self.code(Placeholders()),
            when=self.when,
            kind=self.kind,
            number=self.number,
            warning=self.warning,
        )


_OVER_VALID = r"\frac{\sum_{i,t} \ell_{it}\, m_{it}}{\sum_{i,t} m_{it}}"
_OVER_ALL_MASKED = r"\frac{\sum_{i,t} \ell_{it}\, m_{it}}{B\, T}"
_OVER_MASK = r"\frac{\sum_{i,t} \ell_{it}\, k_{it}}{\sum_{i,t} k_{it}}"
_TEXT_OVER_VALID = "sum(loss * valid) / sum(valid)"
_TEXT_OVER_ALL_MASKED = "sum(loss * valid) / (rows * timesteps)"
_TEXT_OVER_MASK = "sum(loss * mask) / sum(mask)"

_ENTRIES = (
    CatalogueEntry(
        StrategyName.NO_MASK,
        number=1,
        title="No mask: padding counts",
        short="no mask",
        formula=r"\frac{1}{B\, T} \sum_{i,t} \ell_{it}",
        formula_text="sum(loss) / (rows * timesteps)",
        when="Use it only where padding is something to learn, or where there is none.",
        code=strategy_code.no_mask,
    ),
    CatalogueEntry(
        StrategyName.PROPAGATED,
        number=2,
        title="The mask Keras carries, as the model is",
        short="as the model is",
        formula=_OVER_MASK,
        formula_text="sum(loss * mask) / sum(mask); mean(loss) where no mask arrives",
        when=(
            "Use it when the mask reaches the loss and marks exactly the padding: nothing to write."
        ),
        code=strategy_code.propagated,
    ),
    CatalogueEntry(
        StrategyName.LOSS_FROM_TARGETS,
        number=3,
        title="A loss that finds padding in y_true, divided by the real timesteps",
        short="loss from y_true",
        formula=_OVER_VALID,
        formula_text=_TEXT_OVER_VALID,
        when="Use it when the mask stops inside the model and padding has a target of its own.",
        code=strategy_code.loss_from_targets,
    ),
    CatalogueEntry(
        StrategyName.LOSS_OVER_ALL,
        number=4,
        title="The same loss, divided by all timesteps",
        short="loss from y_true over all",
        formula=_OVER_ALL_MASKED,
        formula_text=_TEXT_OVER_ALL_MASKED,
        when=(
            "A common mistake: more padding makes the loss look smaller, and the steps of training "
            "with it."
        ),
        code=strategy_code.loss_over_all,
    ),
    CatalogueEntry(
        StrategyName.SAMPLE_WEIGHT,
        number=5,
        title="Sample weights of 0 and 1, Keras's default average",
        short="sample weights",
        formula=_OVER_ALL_MASKED,
        formula_text=f"{_TEXT_OVER_ALL_MASKED}; {_TEXT_OVER_MASK} where a mask arrives too",
        when="Use it when the loss cannot be changed; its value shrinks as padding grows.",
        code=strategy_code.sample_weight,
        kind=StrategyKind.WEIGHTS,
    ),
    CatalogueEntry(
        StrategyName.SAMPLE_WEIGHT_MEAN,
        number=6,
        title="Sample weights of 0 and 1, divided by their sum",
        short="sample weights, divided by their sum",
        formula=_OVER_VALID,
        formula_text=_TEXT_OVER_VALID,
        when=(
            "Use it when you know the real timesteps and padding has no target of its own: it "
            "works with every loss of Keras."
        ),
        code=strategy_code.sample_weight_mean,
        kind=StrategyKind.WEIGHTS,
    ),
    CatalogueEntry(
        StrategyName.IGNORE_CLASS,
        number=7,
        title="ignore_class of the sparse cross-entropy",
        short="ignore_class",
        formula=_OVER_VALID,
        formula_text=_TEXT_OVER_VALID,
        when="Use it when targets are class ids and one id means padding: one argument does it.",
        code=strategy_code.ignore_class,
    ),
    CatalogueEntry(
        StrategyName.MASK_PUT_BACK,
        number=8,
        title="The mask put back behind the place where it stops",
        short="mask put back",
        formula=_OVER_MASK,
        formula_text=_TEXT_OVER_MASK,
        when="Use it when layers behind the stop should skip padding too, not only the loss.",
        code=strategy_code.mask_put_back,
        kind=StrategyKind.MODEL,
        one_input=True,
        means_of="again, x, $targets",
    ),
    CatalogueEntry(
        StrategyName.LENGTHS_REVERSED,
        number=9,
        title="A mask from lengths, reversed along time where padding comes first",
        short="mask from lengths",
        formula=_OVER_MASK,
        formula_text=_TEXT_OVER_MASK,
        when="Use it when lengths are all you have and all padding is on one side.",
        code=strategy_code.lengths_reversed,
        kind=StrategyKind.WEIGHTS,
    ),
    CatalogueEntry(
        StrategyName.LENGTHS_ROWS_REVERSED,
        number=9,
        title="A mask from lengths, reversed along time and rows: a mistake",
        short="mask from lengths, rows reversed",
        formula=_OVER_MASK,
        formula_text=_TEXT_OVER_MASK,
        when="Never: reversing axis 0 as well gives every sentence the mask of another one.",
        code=strategy_code.lengths_rows_reversed,
        kind=StrategyKind.WEIGHTS,
        warning=True,
    ),
    CatalogueEntry(
        StrategyName.OTHER_SIDE,
        number=10,
        title="Padding on the other side",
        short="padding on the other side",
        formula=_OVER_MASK,
        formula_text="as the model is, with the padding of every row moved to its other end",
        when="Use it to see whether the side of the padding matters to this model.",
        code=strategy_code.other_side,
        kind=StrategyKind.DATA,
        one_input=True,
        means_of="model, other_side(x), $moved_targets",
    ),
    CatalogueEntry(
        StrategyName.ALONE,
        number=11,
        title="Each sentence alone, without padding",
        short="each sentence alone",
        formula=(
            r"\frac{\sum_i n_i\, L_i}{\sum_i n_i}, \quad "
            r"L_i = \frac{1}{n_i} \sum_{t \le n_i} \ell_{it}"
        ),
        formula_text="sum over sentences of (timesteps * mean loss) / sum of timesteps",
        when=(
            "The reference: nothing here knows of padding. Slow, since sentences of different "
            "lengths cannot share a batch."
        ),
        code=strategy_code.alone,
        kind=StrategyKind.DATA,
        one_input=True,
        value_is_mean=True,
    ),
)

CATALOGUE: dict[StrategyName, CatalogueEntry] = {entry.identifier: entry for entry in _ENTRIES}
"""By identifier, in the order in which they are listed; custom losses are not among them."""

STRATEGIES: dict[StrategyName, Strategy] = {
    identifier: entry.strategy for identifier, entry in CATALOGUE.items()
}
"""The strategies of the catalogue, in its order."""


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
