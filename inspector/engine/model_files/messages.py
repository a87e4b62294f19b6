"""The words of refusals that several checks share."""

from inspector.core.foreign_text import one_line, printable
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.errors import ModelFileError

SAVE_AGAIN = 'Save the model again with `model.save("name.keras")` and use that file.'
USE_PYTHON = (
    "Use the Python API where the class is imported: inspector.load_model(path, custom_objects="
    "{name: class}), or inspector.inspect(model, x, y) on the model itself."
)
ONLY_TRUSTED = "If you did not make this file yourself, do not trust it."
LONGEST_NAME = 60


def shown(name: object) -> str:
    """Returns a name from the file, made safe to print: short, on one line, printable."""
    text = printable(str(name)[: 4 * LONGEST_NAME]).replace("`", "'")
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def size_in_words(count: int) -> str:
    """Returns a number of bytes in the unit that a reader expects."""
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"


def too_many(what: str, name: str, needed: int, limits: ModelFileLimits) -> ModelFileError:
    """Returns the refusal of a file that needs more of `what` than the limit `name` allows."""
    most = getattr(limits, name)
    in_bytes = name.endswith("_bytes")
    number = size_in_words(needed) if in_bytes else f"{needed:,}"
    bound = size_in_words(most) if in_bytes else f"{most:,}"
    return ModelFileError(
        f"{what}: {number}.", f"The limit is {bound}.", limits.how_to_raise(name, needed)
    )


def damaged(what: str) -> ModelFileError:
    """Returns the refusal of a file whose bytes contradict themselves."""
    return ModelFileError(
        f"The file is damaged: {what}.",
        "A complete file, as Keras wrote it, was expected.",
        "Copy or download it again, or save the model again.",
    )


def suspicious(what: str) -> ModelFileError:
    """Returns the refusal of something that Keras never writes into a file."""
    return ModelFileError(
        f"The file holds something that Keras never writes: {what}.",
        "Only what a plain Keras model needs is read.",
        f"{ONLY_TRUSTED} Otherwise: {SAVE_AGAIN[0].lower()}{SAVE_AGAIN[1:]}",
    )


def reason(error: BaseException) -> str:
    """Returns what a library said, in one line of sensible length."""
    if isinstance(error, MemoryError):
        return "it takes more memory than there is."
    # Keras wraps what went wrong in the whole description of what it was making.
    message = str(error)[-100_000:].rpartition("Exception encountered:")[2]
    lines = [line.strip() for line in message[:4000].splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Exception encountered when")] or lines
    text = one_line(lines[0], 200) if lines else ""
    return text or type(error).__name__
