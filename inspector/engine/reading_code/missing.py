"""Asking for values that the code takes from data it does not contain."""

from inspector.engine.reading_code.scopes import Reading
from inspector.errors import AskedName, MissingNamesError


def missing(reading: Reading, needs: tuple[AskedName, ...]) -> MissingNamesError:
    """The error that asks for names."""
    asked = tuple(sorted(needs, key=lambda need: need.line))
    names = ", ".join(f"`{need.name}`" for need in asked)
    one = len(asked) == 1
    error = MissingNamesError(
        f"The code takes {names} from data that it does not contain.",
        "",
        f"Give {'its value' if one else 'their values'}: "
        f"`model_from_code(source, names={{{asked[0].name!r}: ...}})`.",
    )
    error.asked = asked
    error.line, error.text = asked[0].line or None, asked[0].text
    reading.spending.fail(error)
    return error
