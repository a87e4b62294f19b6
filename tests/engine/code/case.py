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


HEAD = "from keras import layers, Model, Sequential, Input, ops\n"
TAIL = "model = Sequential([layers.Input((3, 2)), layers.LSTM(2)])\n"


def wrong_line(name: str, line: str, says: str, **more: Any) -> Bad:
    """One wrong line, line 2, before a model that is right."""
    return Bad(name, HEAD + line + "\n" + TAIL, 2, says, **more)


def wrong_layer(name: str, layer: str, says: str, **more: Any) -> Bad:
    """One wrong layer, on line 4, in a stack."""
    source = f"{HEAD}model = Sequential()\nmodel.add(Input((5, 3)))\nmodel.add({layer})\n"
    return Bad(name, source, 4, says, **more)
