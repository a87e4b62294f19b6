"""What is said of strategies: what is wrong with one, and which are the same here."""

import math
from collections.abc import Sequence

import numpy as np

from inspector.core.comparison import StrategyResult
from inspector.core.ledger import same
from inspector.core.numerals import number, percent

_ALIKE = 1e-3
_MOST_NAMED = 4
_OVER_VALID = "the mean over real timesteps"


def wrong_with(result: StrategyResult, real: int, data_value: float | None) -> str:
    """What is wrong with a strategy here, one sentence; empty where nothing is.

    Args:
        result: What it gives.
        real: How many timesteps are real.
        data_value: Its value without penalties.
    """
    hidden, counted = result.valid_ignored or 0, result.padding_counted or 0
    if hidden and counted:
        tail = ": every sentence has the mask of another one" if result.strategy.warning else ""
        return (
            f"It leaves out {_steps(hidden, 'real')} and counts {_steps(counted, 'padded')}{tail}."
        )
    if hidden:
        return f"It leaves out {_steps(hidden, 'real')}."
    if counted:
        share = result.loss_share
        tail = "" if share is None else f": {percent(share)} of its value comes from them"
        return f"It counts {_steps(counted, 'padded')}{tail}."
    mean = result.mean_over_valid
    divisor = result.divided_by
    if mean is None or data_value is None or same(mean, data_value) or divisor is None:
        return ""
    if math.isclose(divisor, real, rel_tol=_ALIKE):
        return ""
    return (
        f"It leaves padding out of the sum but divides by {divisor:,.6g}, not by the {real:,} real "
        f"timesteps: it reports {number(data_value)} where the mean over them is {number(mean)}."
    )


def _steps(count: int, kind: str) -> str:
    return f"{count:,} {kind} timestep{'s' if count != 1 else ''}"


def conclusion(
    results: Sequence[StrategyResult], baseline: str, reference: str | None = None
) -> str:
    """Which strategies are the same here, which differ and by how much; from the numbers alone.

    Args:
        results: Of all strategies asked for.
        baseline: Key of the strategy that the values of the others are measured against.
        reference: Key of the strategy that their gradients are measured against; None for the
            mean over real timesteps of the batch.
    """
    of = next((_named([result]) for result in results if result.key == reference), _OVER_VALID)
    usable = [result for result in results if result.keras_value is not None]
    if not usable:
        return "None of these strategies gives a number for this batch."
    base = next((result for result in usable if result.key == baseline), usable[0])
    alike = [result for result in usable if result is not base and equivalent(result, base)]
    rest = [result for result in usable if result is not base and result not in alike]
    parts = [_same(base, alike)]
    for group in _groups(rest):
        parts.append(_difference(base, group, of))
    if not rest and len(usable) > 1:
        parts.append("On this batch the choice makes no difference.")
    return " ".join(part for part in parts if part)


def equivalent(one: StrategyResult, other: StrategyResult) -> bool:
    """True if two strategies report the same number and train in the same way here."""
    if not same(one.keras_value, other.keras_value):
        return False
    if one.weight is not None and other.weight is not None and _same_forward(one, other):
        first, second = np.nan_to_num(one.weight), np.nan_to_num(other.weight)
        if first.shape == second.shape:
            scale = max(float(np.abs(first).max(initial=0.0)), 1e-12)
            return bool(np.abs(first - second).max(initial=0.0) <= _ALIKE * scale)
    cosines, ratios = _pair(one, other, "gradient_cosine"), _pair(one, other, "gradient_ratio")
    return all(abs(a - b) <= _ALIKE for a, b in (*cosines, *ratios))


def _same_forward(one: StrategyResult, other: StrategyResult) -> bool:
    if one.loss is None or other.loss is None or one.loss.shape != other.loss.shape:
        return False
    return bool(np.allclose(one.loss, other.loss, rtol=1e-4, atol=1e-6, equal_nan=True))


def _pair(one: StrategyResult, other: StrategyResult, figure: str) -> list[tuple[float, float]]:
    first, second = getattr(one, figure), getattr(other, figure)
    return [] if first is None or second is None else [(first, second)]


def _groups(results: Sequence[StrategyResult]) -> list[list[StrategyResult]]:
    groups: list[list[StrategyResult]] = []
    for result in results:
        home = next((group for group in groups if equivalent(group[0], result)), None)
        if home is None:
            groups.append([result])
        else:
            home.append(result)
    return groups


def _same(base: StrategyResult, alike: Sequence[StrategyResult]) -> str:
    value = number(base.keras_value)
    start = f"{_named([base])} reports {value}"
    if not alike:
        return f"{start}; no other strategy here is the same."
    return f"{start}, and so {'does' if len(alike) == 1 else 'do'} {_named(alike)}."


def _difference(base: StrategyResult, group: Sequence[StrategyResult], reference: str) -> str:
    first = group[0]
    value, usual = first.keras_value, base.keras_value
    assert value is not None and usual is not None
    verb = "reports" if len(group) == 1 else "report"
    text = f"{_named(group)} {verb} {number(value)}"
    if same(value, usual):
        text += ", the same number by another gradient"
    elif usual:
        change = 100.0 * (value - usual) / abs(usual)
        text += f" ({change:+.0f} %)" if abs(change) >= 0.5 else f" ({change:+.2g} %)"
    return f"{text}{_gradient(first, len(group) > 1, reference)}."


def _gradient(result: StrategyResult, several: bool, reference: str) -> str:
    cosine, ratio = result.gradient_cosine, result.gradient_ratio
    if cosine is None or ratio is None:
        return ""
    whose = "their" if several else "its"
    if cosine < 1.0 - _ALIKE:
        angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        return f", and {whose} gradient points {angle:.0f}° away from that of {reference}"
    if abs(ratio - 1.0) > _ALIKE:
        return f", and {whose} gradient is {ratio:.2g} times as long as that of {reference}"
    return ""


def _named(results: Sequence[StrategyResult]) -> str:
    names = [f"“{r.strategy.short or r.strategy.title}”" for r in results]
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
