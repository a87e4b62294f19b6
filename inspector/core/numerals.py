"""How numbers are written, in sentences and in figures alike."""

import math

UNDEFINED = "undefined"
NOT_A_NUMBER = "–"
_SPACE = "\N{NO-BREAK SPACE}"


def number(value: float | None, digits: int = 4) -> str:
    """Returns `value` with `digits` significant digits.

    None is "undefined", NaN is a dash; trailing zeros stay, so that columns line up.
    """
    if value is None:
        return UNDEFINED
    if math.isnan(value):
        return NOT_A_NUMBER
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 10.0**digits - 0.5 <= abs(value) < 1e9:
        return f"{value:,.0f}".replace("-", "−")  # A sum of losses is no number for an exponent.
    text = f"{value:#.{digits}g}".rstrip(".")
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa.rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−") if value < 0 and "e" not in text else text


def share(value: float | None) -> str:
    """Returns a share (0 to 1) in percent; the sign never stands on a line of its own."""
    if value is None:
        return UNDEFINED
    if math.isnan(value):
        return NOT_A_NUMBER
    percent = 100 * value
    if 0 < percent < 0.1:
        return f"<{_SPACE}0.1{_SPACE}%"
    digits = 0 if percent >= 10 or percent.is_integer() else 1
    return f"{percent:.{digits}f}{_SPACE}%"


def percent(value: float | None) -> str:
    """Returns a share as `share` does, for sentences that also stand in terminals and in JSON."""
    return "an unknown share" if value is None else share(value).replace(_SPACE, " ")


def told_apart(value: float | None, other: float | None) -> tuple[str, str]:
    """Returns two different numbers, with as many digits as it takes to see that they differ."""
    first, second = number(value), number(other)
    if first == second and value is not None and other is not None and value != other:
        return number(value, 7), number(other, 7)
    return first, second
