"""A comparison as plain text, for the terminal: no colour codes, at most 100 columns wide."""

import textwrap
from collections.abc import Iterator

from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.trace import MaskState
from inspector.views.numbers import number
from inspector.views.tokens import plain

WIDTH = 100
_TITLE = 38

MASKS = {
    None: "",
    MaskState.ABSENT: "none",
    MaskState.CORRECT: "right",
    MaskState.ALL_TRUE: "keeps all",
    MaskState.WRONG: "wrong",
    MaskState.WRONG_RANK: "misfit",
}
"""The mask on the predictions that the loss gets, in a word."""

COLUMNS = (
    ("Keras", "what Keras reports"),
    ("real", "mean over real timesteps"),
    ("divisor", "what the sum of the losses is divided by"),
    ("mask", "mask on the predictions that the loss gets"),
    ("pad %", "share of Keras's value that comes from padding"),
    ("grad %", "share of the gradient that comes from padding"),
    ("cos", "direction of the gradient against the reference's: 1 is the same"),
    ("length", "length of the gradient, the reference's is 1"),
)
"""Head of each column and what it means."""


def cells(result: StrategyResult) -> tuple[str, ...]:
    """Returns the figures of a strategy as text, one for each of `COLUMNS`."""
    return (
        number(result.keras_value),
        number(result.mean_over_valid),
        _short(result.divided_by, "g"),
        MASKS[result.mask_at_loss],
        _share(result.loss_share),
        _share(result.gradient_share),
        _short(result.gradient_cosine, ".4f"),
        _short(result.gradient_ratio, ".3g"),
    )


def render(comparison: Comparison) -> str:
    """Returns conclusion and table as text, then the strategies that cannot be applied."""
    lines = textwrap.wrap(plain(comparison.conclusion), WIDTH)
    lines += ["", *_table(comparison), ""]
    for result in comparison.applicable:
        if result.wrong:
            lines += _wrap(f"  ! {result.strategy.title}: {result.wrong}")
    for result in comparison.results:
        if not result.applicable:
            lines += _wrap(f"  - {result.strategy.title}: not here. {result.reason}")
    for name, meaning in COLUMNS:
        lines += _wrap(f"  {name}: {meaning}")
    for note in comparison.notes:
        lines += _wrap(f"Note: {note}")
    versions = comparison.versions
    return "\n".join([*lines, f"Keras {versions.keras}, TensorFlow {versions.tensorflow}"])


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(plain(text), WIDTH, subsequent_indent="    ")


def _table(comparison: Comparison) -> Iterator[str]:
    rows = [cells(result) for result in comparison.applicable]
    heads = [head for head, _ in COLUMNS]
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    yield " " * _TITLE + "  " + "  ".join(h.rjust(w) for h, w in zip(heads, widths, strict=True))
    for result, row in zip(comparison.applicable, rows, strict=True):
        marks = "*" if result.key == comparison.baseline else ""
        marks += "=" if result.key == comparison.reference else ""
        title = textwrap.wrap(plain(f"{result.strategy.title} {marks}".strip()), _TITLE) or [""]
        values = "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True))
        yield f"{title[0]:<{_TITLE}}  {values}".rstrip()
        yield from (f"  {rest}" for rest in title[1:])
    reference = ", = reference of the gradients" if comparison.reference else ""
    yield f"* as the model is{reference}" if comparison.baseline == "propagated" else ""


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}"


def _short(value: float | None, how: str) -> str:
    return "-" if value is None else format(value, how)
