"""What a test case of the reader is."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Good:
    """Code that must be read.

    Attributes:
        name: Name of the case.
        source: The code.
        layers: Class names of the model's layers (operators too, in a functional model), in order.
        shape: Output shape, or a list of them.
        lines: Line of some layers, by name.
        arrays: Shape of the literal arrays.
        loss: The loss given to `compile`; "" is not looked at, None means not compiled.
        names: Values that are supplied.
        notes: Pieces of text, each in some note.
        weights: All that the outputs depend on are weights of the model.
        config: Executing gives the same configuration (not with functions or constants in it).
    """

    name: str
    source: str
    layers: str | None
    shape: Any
    lines: dict[str, int] = field(default_factory=dict)
    arrays: dict[str, tuple[int, ...]] = field(default_factory=dict)
    loss: str | None = ""
    names: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    weights: bool = True
    config: bool = True


@dataclass(frozen=True)
class Bad:
    """Code that must be refused.

    Attributes:
        name: Name of the case.
        source: The code.
        line: Line that the error must name; None for the whole text.
        says: Regular expression that the message must match.
        limits: Limits, where they are not the default.
        asked: Names that must be asked for, where that is the reason.
    """

    name: str
    source: Any
    line: int | None
    says: str
    limits: dict[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
