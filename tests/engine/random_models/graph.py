"""A Keras graph that grows call by call, with the truth on every node's time axis."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tests.engine.random_models.subject import UNKNOWN, Array


@dataclass(frozen=True, eq=False)
class Stream:
    """A tensor of the graph.

    Attributes:
        slot: Its number.
        tensor: The Keras tensor.
        valid: Truth on its time axis; None without one; `UNKNOWN` where definition leaves it open.
        width: Size of the last axis.
        source: Number of the input whose timesteps it has; None where it has its own.
    """

    slot: int
    tensor: Any
    valid: Any
    width: int
    source: int | None

    @property
    def timesteps(self) -> int:
        """Number of timesteps."""
        return int(self.valid.shape[1])


class Graph:
    """Makes calls, and notes them for a subclassed model that replays them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.slots = 0
        self.program: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
        self.held: list[Any] = []
        self.time_map: dict[str, Any] = {}
        self.causes: dict[str, set[str]] = {}
        self.kinds: list[str] = []
        self.names = 0
        self.fixed_length = False

    def name(self, kind: str) -> str:
        """A name for a layer, which no other has."""
        self.names += 1
        return f"{kind}_{self.names}"

    def input(self, tensor: Any, valid: Array | None, number: int) -> Stream:
        """Starts a stream at a Keras input."""
        self.slots += 1
        width = tensor.shape[-1] if len(tensor.shape) > 2 or valid is None else 1
        return Stream(self.slots, tensor, valid, int(width or 1), number)

    def apply(
        self,
        kind: str,
        function: Callable[..., Any],
        *streams: Stream,
        valid: Any = "same",
        source: Any = "same",
        layer: Any = None,
    ) -> Stream:
        """Calls a layer or an operation on streams; `valid` is the truth on the result."""
        self.kinds.append(kind)
        result = function(*(stream.tensor for stream in streams))
        self.slots += 1
        self.program.append((function, tuple(s.slot for s in streams), self.slots))
        if layer is not None:
            self.held.append(layer)
        elif isinstance(function, keras.layers.Layer):
            self.held.append(function)
        first = streams[0]
        truth = first.valid if isinstance(valid, str) and valid == "same" else valid
        origin = first.source if isinstance(source, str) else source
        if truth is None or isinstance(truth, str):
            origin = first.source if truth is not None else None
        self.note(result, truth)
        return Stream(self.slots, result, truth, int(result.shape[-1] or 1), origin)

    def note(self, tensor: Any, truth: Any) -> None:
        """Notes the truth on the time axis of the node that made a tensor."""
        operation = tensor._keras_history.operation
        name = operation.name
        if name in self.time_map and not _alike(self.time_map[name], truth):
            truth = UNKNOWN
        self.time_map[name] = truth

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return bool(self.rng.random() < share)

    def pick(self, *choices: Any) -> Any:
        """One of the choices."""
        return choices[int(self.rng.integers(len(choices)))]


def _alike(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first.shape == second.shape and bool((first == second).all())
    return first is second or (isinstance(first, str) and first == second)


def retimed(stream: Stream, valid: Any) -> Stream:
    """The stream with another truth."""
    return replace(stream, valid=valid)
