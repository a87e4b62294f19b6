"""How numbers and counts are written in figures and on pages."""

from inspector.core.numerals import NOT_A_NUMBER as NOT_A_NUMBER
from inspector.core.numerals import UNDEFINED as UNDEFINED
from inspector.core.numerals import number as number
from inspector.core.numerals import share as share


def count(value: float) -> str:
    """Returns a count without needless digits: whole numbers as such, others like `number`."""
    return f"{int(value):,}" if float(value).is_integer() else number(value)


def amount(value: float, one: str, many: str | None = None) -> str:
    """Returns a count with its noun: `1 row`, `2 rows`."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"
