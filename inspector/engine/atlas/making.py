"""How a layer is made and called, as a value from which both the layer and its code come."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import keras
from keras import layers

from inspector.core.atlas import TimeAxis


@dataclass(frozen=True)
class Made:
    """A layer with its arguments, which may be layers again.

    Attributes:
        name: What it is called in `keras.layers`.
        arguments: Arguments by position.
        options: Arguments by name.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def build(self) -> keras.layers.Layer:
        """Returns a new layer."""
        arguments = [_built(value) for value in self.arguments]
        options = {name: _built(value) for name, value in self.options}
        return getattr(layers, self.name)(*arguments, **options)

    def code(self) -> str:
        """Returns the code that makes it."""
        arguments = [_code(value) for value in self.arguments]
        arguments += [f"{name}={_code(value)}" for name, value in self.options]
        return f"layers.{self.name}({', '.join(arguments)})"


@dataclass(frozen=True)
class NamedFunction:
    """A function of `keras.ops`, given to a layer."""

    name: str


def made(name: str, *arguments: Any, **options: Any) -> Made:
    """Returns the layer called `name` with these arguments."""
    return Made(name, arguments, tuple(options.items()))


def _built(value: Any) -> Any:
    if isinstance(value, Made):
        return value.build()
    if isinstance(value, NamedFunction):
        return getattr(keras.ops, value.name)
    return [_built(item) for item in value] if isinstance(value, list) else value


def _code(value: Any) -> str:
    if isinstance(value, Made):
        return value.code()
    if isinstance(value, NamedFunction):
        return f"keras.ops.{value.name}"
    if isinstance(value, list):
        return f"[{', '.join(_code(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


class Call(str, Enum):
    """What a layer is called with: `h` is a masked sequence, `g` another one."""

    ALONE = "layer(h)"
    BOTH = "layer([h, g])"
    LOOKING = "layer(h, h)"
    IDS = "layer(ids)"


@dataclass(frozen=True)
class Setting:
    """One row of the atlas before it is measured.

    Attributes:
        layer: How the layer is made.
        call: What it is called with.
        time_axis: Where the timesteps of its output come from.
        variant: What sets it apart from other settings of the same layer.
        cells: Shape of one timestep, where a vector of four will not do.
        other_unmasked: `g` has no mask.
        makes: It makes the mask: its input has zero vectors as padding, and no mask.
    """

    layer: Made
    call: Call = Call.ALONE
    time_axis: TimeAxis = TimeAxis.SAME
    variant: str = ""
    cells: tuple[int, ...] = ()
    other_unmasked: bool = False
    makes: bool = False

    @property
    def prepare(self) -> str:
        """Code that makes what the call needs from `h`."""
        if self.cells:
            return f"h = layers.TimeDistributed(layers.Reshape({self.cells}))(h)"
        if self.call is not Call.BOTH:
            return ""
        # An operator hands on no mask, a layer does.
        return "g = keras.ops.tanh(h)" if self.other_unmasked else "g = layers.ELU(0.5)(h)"
