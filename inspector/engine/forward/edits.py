"""Changes of a pass: noise after some calls, another input for some, a mask put back.

An `Edit` says at which calls it acts; two edits of the same calls are equal, so that one traced
graph serves any arrays. What they put there (`arrays`) goes into the pass with its data.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import keras
import numpy as np

from inspector.core.arrays import BoolArray
from inspector.core.trace import CallFacts, CallKey
from inspector.engine.forward.recorder import Arguments, Hand
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam import tensorflow as backend


class Edit(Protocol):
    """A change of a pass, hashable by the calls at which it acts."""

    @property
    def calls(self) -> tuple[CallKey, ...]:
        """The calls at which it acts."""

    def arrays(self) -> Any:
        """Returns the structure of arrays that it needs."""

    def part(self, rows: Any) -> "Edit":
        """Returns the same edit for some of the rows."""

    def bare(self) -> "Edit":
        """Returns the same edit without its arrays, to be kept with a trace."""

    def begin(self, tensors: Any, x: Any) -> Hand:
        """Begins one pass: `tensors` stand for `arrays()`, `x` for the model's input."""


@dataclass(frozen=True)
class NoiseAfter:
    """Other content at some timesteps of what calls return, their masks kept.

    Attributes:
        calls: Whose first output is changed.
        where: For each call, bool (rows, timesteps): where noise is put.
        draw: Seed of the noise; 0 leaves everything as it is.
    """

    calls: tuple[CallKey, ...]
    where: tuple[BoolArray, ...] = field(default=(), compare=False)
    draw: int = field(default=0, compare=False)

    def arrays(self) -> Any:
        """The seed, and where noise goes."""
        return [np.asarray(self.draw, np.int32), *self.where]

    def part(self, rows: Any) -> "NoiseAfter":
        """The same for some of the rows."""
        return replace(self, where=tuple(cells[rows] for cells in self.where))

    def bare(self) -> "NoiseAfter":
        """The same without arrays."""
        return NoiseAfter(self.calls)

    def begin(self, tensors: Any, x: Any) -> Hand:
        """Begins one pass."""
        return _NoiseHand(self.calls, tensors[0], tensors[1:])


@dataclass(frozen=True)
class FeedInstead:
    """Another input for some calls; masks are made from the model's own input all the same.

    Attributes:
        calls: The calls that read `x` in place of the model's input.
        x: In the structure of the model's input.
    """

    calls: tuple[CallKey, ...]
    x: Any = field(default=None, compare=False)

    def arrays(self) -> Any:
        """The other input."""
        return self.x

    def part(self, rows: Any) -> "FeedInstead":
        """The same for some of the rows."""
        return replace(self, x=keras_private.map_structure(lambda array: array[rows], self.x))

    def bare(self) -> "FeedInstead":
        """The same without arrays."""
        return FeedInstead(self.calls)

    def begin(self, tensors: Any, x: Any) -> Hand:
        """Begins one pass."""
        return FeedHand(self.calls, x, tensors)


@dataclass(frozen=True)
class PutMask:
    """A mask put on what calls return, also where a layer would read one wired into its call.

    Attributes:
        calls: Behind which it is put.
        mask: bool (rows, timesteps).
    """

    calls: tuple[CallKey, ...]
    mask: Any = field(default=None, compare=False)

    def arrays(self) -> Any:
        """The mask."""
        return self.mask

    def part(self, rows: Any) -> "PutMask":
        """The same for some of the rows."""
        return replace(self, mask=self.mask[rows])

    def bare(self) -> "PutMask":
        """The same without arrays."""
        return PutMask(self.calls)

    def begin(self, tensors: Any, x: Any) -> Hand:
        """Begins one pass."""
        return _MaskHand(self.calls, tensors)


class _NoiseHand:
    def __init__(self, calls: tuple[CallKey, ...], draw: Any, where: Any) -> None:
        self._calls, self._draw, self._where = calls, draw, where

    def arguments(self, facts: CallFacts, arguments: Arguments) -> Arguments:
        return arguments

    def outputs(self, facts: CallFacts, outputs: Any) -> Any:
        if facts.key not in self._calls:
            return outputs
        leaves = keras_private.flatten(outputs)
        leaves[0] = with_noise(leaves[0], self._draw, self._where[self._calls.index(facts.key)])
        return keras_private.pack_sequence_as(outputs, leaves)


class FeedHand:
    """Feeds another input in one pass.

    Attributes:
        fed: A call read it.
    """

    def __init__(self, calls: tuple[CallKey, ...], x: Any, other: Any) -> None:
        """`other` takes the place of `x` in the arguments of `calls`."""
        pairs = zip(keras_private.flatten(x), keras_private.flatten(other), strict=True)
        self._calls = calls
        self._others = {id(leaf): replacement for leaf, replacement in pairs}
        self.fed = False

    def arguments(self, facts: CallFacts, arguments: Arguments) -> Arguments:
        """Replaces the model's input, or a cast of it, among the arguments."""
        if facts.key not in self._calls:
            return arguments
        replaced: Arguments = keras_private.map_structure(self._replaced, arguments)
        return replaced

    def outputs(self, facts: CallFacts, outputs: Any) -> Any:
        """Leaves outputs as they are."""
        return outputs

    def _replaced(self, leaf: Any) -> Any:
        other = _replacement(leaf, self._others) if backend.is_tensor(leaf) else leaf
        self.fed = self.fed or other is not leaf
        return other


class _MaskHand:
    def __init__(self, calls: tuple[CallKey, ...], mask: Any) -> None:
        self._calls, self._mask = calls, mask
        self._put = False

    def arguments(self, facts: CallFacts, arguments: Arguments) -> Arguments:
        """A mask wired into the graph gives way to the one that was put back before."""
        args, kwargs = arguments
        if not self._put or not args or not backend.is_tensor(args[0]):
            return arguments
        carried = keras_private.get_mask(args[0])
        if carried is not None and kwargs.get("mask") is not None:
            kwargs = {**kwargs, "mask": carried}
        return args, kwargs

    def outputs(self, facts: CallFacts, outputs: Any) -> Any:
        if facts.key not in self._calls:
            return outputs
        self._put = True
        leaves = keras_private.flatten(outputs)
        copy = backend.copy_of(leaves[0])
        keras_private.set_mask(copy, self._mask)
        return keras_private.pack_sequence_as(outputs, [copy, *leaves[1:]])


def _replacement(tensor: Any, others: dict[int, Any]) -> Any:
    """The replacement of a tensor, or of the one it is a cast or copy of; else the tensor."""
    origin = tensor
    while id(origin) not in others:
        operation = backend.producer(origin)
        if operation is None or operation.type not in ("Cast", "Identity"):
            return tensor
        origin = operation.inputs[0]
    replaced = keras.ops.cast(others[id(origin)], tensor.dtype)
    keras_private.set_mask(replaced, keras_private.get_mask(tensor))
    return replaced


def with_noise(output: Any, draw: Any, where: Any) -> Any:
    """Replaces `output` by noise of its own scale at `where`, with its mask kept, if draw > 0."""
    if "float" not in backend.dtype_name(output):
        return output
    ops = keras.ops
    values = ops.cast(output, "float32")
    spread = ops.std(values)
    # Three standard deviations: large enough to win a maximum over real timesteps.
    scale = ops.where(spread > 1e-6, 3.0 * spread, 1.0)
    noise = scale * backend.normal_noise(backend.shape_of(values), draw, 17)
    cells = ops.reshape(where, (*ops.shape(where), *[1] * (len(output.shape) - 2)))
    replaced = ops.where(cells & (draw > 0), ops.cast(noise, output.dtype), output)
    keras_private.set_mask(replaced, keras_private.get_mask(output))
    return replaced
