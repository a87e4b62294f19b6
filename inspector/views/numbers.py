"""How numbers are written, everywhere."""

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
    text = f"{value:#.{digits}g}".rstrip(".")
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa.rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−") if value < 0 and "e" not in text else text


def count(value: float) -> str:
    """Returns a count without needless digits: whole numbers as such, others like `number`."""
    return f"{int(value):,}" if float(value).is_integer() else number(value)


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


def amount(value: float, one: str, many: str | None = None) -> str:
    """Returns a count with its noun: `1 row`, `2 rows`."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"
