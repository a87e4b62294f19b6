"""The values of the evaluator that are neither plain Python values nor Keras's objects."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from inspector.errors import AskedName

if TYPE_CHECKING:
    from inspector.engine.code.scopes import Scope


class CallKind(Enum):
    """How a whitelisted name is called."""

    PYTHON = "python"
    """A function of ours on plain values."""
    ARRAY = "array"
    """A NumPy function on literal arrays."""
    OP = "op"
    """An operation on tensors."""
    LAYER = "layer"
    """A layer class, or a function that makes and calls one."""
    OBJECT = "object"
    """A loss, metric, optimizer, initializer, ...: its constructor or function."""
    SPECIAL = "special"
    """A function of ours that needs the reading: `function(reading, node, args, kwargs)`."""


@dataclass(frozen=True, eq=False)
class Known:
    """A whitelisted function or class.

    Attributes:
        path: Its full name, for messages.
        function: What is called.
        kind: How.
        value: What Keras gets where the name itself is an argument (`activation=tf.nn.relu`).
    """

    path: str
    function: Callable[..., Any]
    kind: CallKind
    value: Any = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, eq=False)
class Namespace:
    """A module whose names are looked up in the tables."""

    path: str


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that the code takes from where it cannot be read.

    Attributes:
        text: The expression, as the code writes it.
        needs: What would have to be known.
        why: Why it is not: a name without a value, a module that is not read, ...
        built: It would be a tensor, a layer or a model if `needs` were known.
        module: Module that it comes from, where the code imports it.
    """

    text: str
    needs: tuple[AskedName, ...]
    why: str = ""
    built: bool = False
    module: str = ""


@dataclass(frozen=True, eq=False)
class CodeFunction:
    """A `def` or `lambda` of the code.

    Attributes:
        name: Its name.
        arguments: Its parameters.
        body: Statements, or the one expression of a lambda.
        scope: Where it was defined.
        defaults: Values of the last positional parameters.
        keyword_defaults: Values of the keyword-only parameters.
        line: Where it begins.
    """

    name: str
    arguments: ast.arguments
    body: list[ast.stmt] | ast.expr
    scope: "Scope"
    defaults: tuple[Any, ...]
    keyword_defaults: dict[str, Any]
    line: int
    callables: list[Callable[..., Any]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Partial:
    """A function or class with some of its arguments, as `functools.partial` makes it."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Method:
    """A whitelisted method of a value, not called yet."""

    owner: Any
    name: str
    text: str


@dataclass(frozen=True, eq=False)
class ArrayShape:
    """An array of which only shape and dtype are known: random numbers, large zeros.

    `view` has strides of zero: it takes no memory, whatever its shape.
    """

    view: np.ndarray

    @staticmethod
    def of(shape: tuple[int, ...], dtype: Any = np.float64) -> "ArrayShape":
        """Makes one of this shape."""
        return ArrayShape(np.broadcast_to(np.zeros((), dtype), shape))


TENSORS = (keras.KerasTensor, tf.Tensor, tf.Variable, keras.Variable)
PLAIN = (bool, int, float, str, bytes, type(None), type(Ellipsis), complex, np.generic)
CONTAINERS = (list, tuple, set, frozenset)


def is_tensor(value: Any) -> bool:
    """True for symbolic and real tensors."""
    return isinstance(value, TENSORS)


def kind_name(value: Any) -> str:
    """What a message calls a value of this kind."""
    functions = (CodeFunction, Known, Method, Partial)
    return "function" if isinstance(value, functions) else type(value).__name__


def leaves(value: Any, spend: Callable[[int], None]) -> Iterator[Any]:
    """Yields what is inside lists, tuples, sets, dictionaries and slices, paying for each."""
    pending = [value]
    while pending:
        spend(1)
        found = pending.pop()
        if isinstance(found, CONTAINERS):
            pending.extend(reversed(list(found)))
        elif isinstance(found, dict):
            pending.extend(reversed(list(found.values())))
        elif isinstance(found, slice):
            pending.extend((found.step, found.stop, found.start))
        else:
            yield found


def needs_of(unknown: list[Unknown]) -> tuple[AskedName, ...]:
    """The names that any of them needs, each once."""
    found = {need.name: need for value in unknown for need in value.needs}
    return tuple(found.values())
