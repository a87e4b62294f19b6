"""What a walk over a description carries: limits, origin, what was counted and what to tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import (
    SAVE_AGAIN,
    USE_PYTHON,
    damaged,
    shown,
    too_many,
)
from inspector.errors import ModelFileError


@dataclass(frozen=True)
class Origin:
    """Who wrote the file.

    Attributes:
        version: Version of Keras, as numbers; None if the file does not say.
        backend: The backend it ran on; empty if the file does not say.
    """

    version: tuple[int, ...] | None
    backend: str = ""

    @property
    def is_old(self) -> bool:
        """True for Keras 2; what does not say its version is taken for old."""
        return self.version is None or self.version[0] < 3

    @property
    def words(self) -> str:
        """`Keras 2.4.0`, or `an unknown version of Keras`."""
        if self.version is None:
            return "an unknown version of Keras"
        return "Keras " + ".".join(str(number) for number in self.version)


def origin_of(version: str, backend: str = "") -> Origin:
    """Reads a version such as `2.4.0` or `2.2.4-tf`; of anything else nothing is known."""
    numbers = []
    for part in version.split("-")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits or len(digits) > 6:
            break
        numbers.append(int(digits))
    return Origin(tuple(numbers) or None, backend)


@dataclass
class Walk:
    """State of one walk.

    Attributes:
        limits: What is counted may not exceed them.
        origin: Who wrote the file.
        custom: Classes and functions that the caller allows, by the name that a file uses.
        notes: Sentences for the reader, in order, each once.
        layers: Layers, cells and operations so far.
        calls: Calls of them so far.
        depth: How deep the walk is.
        used: The names of `custom` that the file uses.
        classes: Names of the layers' classes so far.
        makes_masks: A layer so far makes a mask.
    """

    limits: ModelFileLimits
    origin: Origin
    custom: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    layers: int = 0
    calls: int = 0
    depth: int = 0
    used: dict[str, Any] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    makes_masks: bool = False

    def note(self, sentence: str) -> None:
        """Keeps a sentence for the reader."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def count_layer(self) -> None:
        """Counts one more layer."""
        self.layers += 1
        if self.layers > self.limits.layers:
            raise too_many("Layers in the model, at least", "layers", self.layers, self.limits)

    def count_calls(self, number: int) -> None:
        """Counts `number` more calls of layers, those inside of what is called included."""
        self.calls += number
        if self.calls > self.limits.calls:
            raise too_many("Calls of layers, at least", "calls", self.calls, self.limits)

    def safe_name(self, name: str) -> str:
        """Returns a layer's name as Keras 3 allows it."""
        if "/" in name:
            self.note("Names of layers with `/` are written with `_`: Keras 3 does not allow it.")
        return name.replace("/", "_")

    def enter(self) -> None:
        """Goes one level down."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise too_many("Depth of the description", "depth", 2 * self.depth, self.limits)

    def leave(self) -> None:
        """Comes back up."""
        self.depth -= 1

    def custom_name(self, *names: object) -> str | None:
        """Returns the first of `names` under which the caller allowed something."""
        for name in names:
            if isinstance(name, str) and name in self.custom:
                self.used[name] = self.custom[name]
                return name
        return None


def malformed(what: str) -> ModelFileError:
    """Returns the refusal of a description that does not have the shape it must have."""
    return damaged(f"in the description of the model, {what}")


def not_allowed(what: str, name: object, where: str, todo: str = SAVE_AGAIN) -> ModelFileError:
    """Returns the refusal of a name that is not on the whitelist, where it stands."""
    return ModelFileError(
        f"The file names `{shown(name)}` as {what} of {where}.",
        f"That is no {what.split()[-1]} that a plain Keras model needs.",
        todo,
    )


def unknown_class(module: object, name: object, where: str) -> ModelFileError:
    """Returns the refusal of a class that is not Keras's own."""
    origin = f" from `{shown(module)}`" if module else ""
    return ModelFileError(
        f"{where} is of the class `{shown(name)}`{origin}, which is not part of Keras.",
        "Files are read here without running code of their own.",
        USE_PYTHON,
    )


def as_object(value: object, what: str) -> dict[str, Any]:
    """Returns `value` if it is an object; raises otherwise."""
    if not isinstance(value, dict):
        raise malformed(f"{what} is not an object")
    return value


def as_list(value: object, what: str) -> list[Any]:
    """Returns `value` if it is a list; raises otherwise."""
    if not isinstance(value, list):
        raise malformed(f"{what} is not a list")
    return value


def as_name(value: object, what: str) -> str:
    """Returns `value` if it is a text of sensible length that can be shown; raises otherwise."""
    if not isinstance(value, str) or not value or len(value) > 1_024:
        raise malformed(f"{what} has no name")
    if not value.isprintable():
        raise malformed(f"{what} has a name that cannot be shown, `{shown(value)}`")
    return value
