"""What reading may cost: each limit is checked before the memory is taken.

A wrapper on `Layer.add_weight`, and one on `Variable`, is installed once, on first use, and does
nothing unless code is being read in the current context (`ContextVar`). Checked on Keras 3.12.4
and 3.15.1.
"""

import ast
import copy
import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np

from inspector.core.requests import CodeLimits
from inspector.engine.code.code_values import CONTAINERS
from inspector.engine.code.text import Source
from inspector.engine.seam.keras import safe_mode
from inspector.errors import CodeError

_CLOCK = 256  # steps between two looks at the clock
MOST_TERMS = 4_096
"""Terms of a sum of sums, each written out."""
MOST_AXES = 32
"""Axes of one tensor; TensorFlow knows no more than 254."""


class Budget:
    """Counts what one reading, or one later call of an interpreted function, has used.

    Attributes:
        limits: How much may be used.
        active: The code's own functions that are being evaluated, outermost first.
        failure: The last error of ours that went through Keras, which may wrap it in its own.
        exceeded: A limit was reached.
        simplified: Weights were too large for an initializer that takes long.
        terms_of_inputs: Terms of the sums that the model or function was called on, in which
            the evaluation is.
        terms_of_result: Terms of the sum that was made last.
    """

    def __init__(self, limits: CodeLimits, source: Source) -> None:
        """Starts the clock."""
        self.limits = limits
        self.source = source
        self.active: list[Any] = []
        self.failure: CodeError | None = None
        self.exceeded = False
        self.simplified = False
        self.layers = 0
        self.parameters = 0
        self.terms_of_inputs = 1
        self.terms_of_result = 1
        self._other_numbers = 0
        self.node: ast.AST | int | None = None
        self._steps = 0
        self._last: ast.AST | int | None = None
        self._look = _CLOCK
        self._end = time.monotonic() + limits.seconds

    def spend(self, node: ast.AST | int | None, steps: int = 1) -> None:
        """Counts `steps` evaluated at `node`, or where the last ones were."""
        node = self._last = node if node is not None else self._last
        self._steps += steps
        if self._steps > self.limits.steps:
            raise self.over(
                node,
                "steps",
                self.limits.steps,
                "Evaluating this takes too many steps; is there a long or endless loop?",
            )
        if self._steps >= self._look:
            self._look = self._steps + _CLOCK
            self.check_time(node)

    def check_time(self, node: ast.AST | int | None) -> None:
        """Raises CodeError where the time is over."""
        if time.monotonic() > self._end:
            raise self.over(node, "seconds", self.limits.seconds, "Reading the code takes long.")

    def elements(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of one list, string or array, and counts it as steps."""
        self.length(node, count)
        self.spend(node, count // 8)

    def length(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of a list that grows by one element, or is only counted."""
        if count > self.limits.elements:
            raise self.over(
                node,
                "elements",
                self.limits.elements,
                f"This has {_number(count)} elements.",
            )

    def span(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of a range, which holds no elements, and counts it as steps."""
        if count > self.limits.steps:
            raise self.over(
                node, "steps", self.limits.steps, f"This range has {_number(count)} elements."
            )
        self.spend(node, count // 8)

    def layer(self, node: ast.AST | int | None) -> None:
        """Counts one layer."""
        self.layers += 1
        if self.layers > self.limits.layers:
            raise self.over(node, "layers", self.limits.layers, "The code makes too many layers.")

    def weight(self, shape: Iterable[Any]) -> None:
        """Counts one weight's parameters, before it is allocated."""
        size = math.prod(max(int(side or 0), 0) for side in shape)
        self.parameters += size
        if self.parameters > self.limits.parameters:
            raise self.over(
                self.node,
                "parameters",
                self.limits.parameters,
                f"The model has at least {_number(self.parameters)} parameters.",
            )

    def numbers(self, node: ast.AST | int | None, count: int) -> None:
        """Counts what is no weight and is held as long as one: metrics, states, variables."""
        self._other_numbers += count
        if self.parameters + self._other_numbers > self.limits.parameters:
            raise self.over(
                node,
                "parameters",
                self.limits.parameters,
                f"This holds {_number(count)} numbers between batches.",
            )

    def terms(self, node: ast.AST | int | None, count: int) -> None:
        """Checks how many terms a sum of sums has, if each is written out.

        TensorFlow's optimizer writes them out: sixty times `y = y + y` would never end.
        """
        if count > MOST_TERMS:
            self.exceeded = True
            raise self.fail(
                self.source.error(
                    node,
                    f"This adds sums to themselves, {count:,} terms in all.",
                    f"There may be {MOST_TERMS:,} here.",
                    "Multiply by a number in place of adding the same again.",
                )
            )

    def output(self, node: ast.AST | int | None, shape: Iterable[Any] | None) -> None:
        """Checks the size of one tensor; open axes count as the limits say."""
        if shape is None:
            return
        sides = list(shape)
        if len(sides) > MOST_AXES:
            raise self.over(node, "values", self.limits.values, f"This has {len(sides)} axes.")
        known = [
            (self.limits.rows if axis == 0 else self.limits.timesteps) if side is None else side
            for axis, side in enumerate(sides)
        ]
        size = math.prod(max(int(side), 0) for side in known)
        if size > self.limits.values:
            raise self.over(
                node,
                "values",
                self.limits.values,
                f"The result has shape {tuple(sides)}: {_number(size)} numbers.",
            )

    def over(self, node: ast.AST | int | None, limit: str, value: float, got: str) -> CodeError:
        """Makes the error for a limit that is reached."""
        self.exceeded = True
        return self.fail(
            self.source.error(
                node,
                got,
                f"The limit here is {value:,} (`{limit}`).",
                "Make it smaller, or raise the limit in Python: "
                f"`model_from_code(source, limits=CodeLimits({limit}=...))`.",
            )
        )

    def fail(self, error: CodeError) -> CodeError:
        """Remembers an error, so that it is found again where Keras wraps it."""
        self.failure = error
        # Keras wraps an error from inside a layer unless it carries this mark
        # (utils/traceback_utils.py); wrapped, it would lose its line.
        vars(error)["_keras_call_info_injected"] = True
        return error


def _number(count: int) -> str:
    return f"{count:,}" if count < 10**15 else f"about 10^{len(str(count)) - 1}"


_PIECE = 8  # letters, or numbers of an array, for one step
_AT_ONCE = 128  # steps between two looks at the budget
_LONGEST_NUMBER = 32
_LONGEST_FIXED = 330  # digits of `%f` and `%d` for the largest float


def pay(budget: Budget, node: ast.AST | int | None, *values: Any) -> None:
    """Pays for going through values to the bottom; what is met twice is paid for twice.

    Lists may hold each other, and themselves: then the budget is what ends this.
    """
    owed = 0
    for leaf, steps in _weights(list(values)):
        owed += steps
        if isinstance(leaf, (str, bytes, range)):
            owed += len(leaf) // _PIECE
        elif isinstance(leaf, np.ndarray):
            owed += leaf.size // _PIECE
        if owed >= _AT_ONCE:
            budget.spend(node, owed)
            owed = 0
    budget.spend(node, owed)


def text_length(budget: Budget, node: ast.AST | int | None, value: Any, fixed: bool = False) -> int:
    """Returns a bound on the length of a value written as text, before it is written.

    Args:
        budget: Pays for the way to the bottom of the value.
        node: Where it is written.
        value: Anything.
        fixed: Numbers may be written with all their digits, as `%f` does.
    """
    if isinstance(value, str):
        return len(value)
    length = owed = 0
    for leaf, steps in _weights([value]):
        owed += steps
        length += 4 * steps
        if isinstance(leaf, (str, bytes)):
            length += 2 + len(leaf) * (4 if isinstance(leaf, bytes) or leaf.isascii() else 10)
        elif isinstance(leaf, np.ndarray):
            # NumPy writes the ends of an array of more than 1,000 elements.
            length += 1000 + min(leaf.size, 1000) * (_LONGEST_NUMBER + leaf.dtype.itemsize)
        else:
            length += _LONGEST_FIXED if fixed else _LONGEST_NUMBER
        if owed >= _AT_ONCE:
            budget.length(node, length)
            budget.spend(node, owed)
            owed = 0
    budget.spend(node, owed)
    return length


def _weights(pending: list[Any]) -> Iterator[tuple[Any, int]]:
    """Yields each leaf, with the steps to it."""
    steps = 0
    while pending:
        steps += 1
        value = pending.pop()
        if isinstance(value, CONTAINERS):
            pending.extend(value)
            steps += len(value) // _PIECE
        elif isinstance(value, dict):
            pending.extend(value.keys())
            pending.extend(value.values())
            steps += len(value) // _PIECE
        elif isinstance(value, slice):
            pending.extend((value.start, value.stop, value.step))
        else:
            yield value, steps
            steps = 0
            continue
        if steps >= _AT_ONCE:  # lists that hold nothing but lists
            yield None, steps
            steps = 0


_budget: ContextVar[Budget | None] = ContextVar("inspector_code_budget", default=None)
_in_weight: ContextVar[bool] = ContextVar("inspector_in_weight", default=False)
_seed: ContextVar[int | None] = ContextVar("inspector_code_seed", default=None)
_LONG = 5 * 10**9  # about a second
_lock = threading.Lock()
_installed = False


def current_budget() -> Budget | None:
    """The budget of the code that is being evaluated in this context, or None."""
    return _budget.get()


@contextmanager
def spending(budget: Budget) -> Iterator[None]:
    """Makes `budget` pay for what happens inside, which happens in Keras's safe mode."""
    token = _budget.set(budget)
    try:
        with safe_mode():
            yield
    finally:
        _budget.reset(token)


@contextmanager
def counting(budget: Budget, seed: int | None) -> Iterator[None]:
    """Counts the parameters of every layer built inside; with a seed, weights are repeatable."""
    _install()
    token = _seed.set(seed)
    try:
        with spending(budget):
            yield
    finally:
        _seed.reset(token)


def _install() -> None:
    global _installed
    with _lock:
        if not _installed:
            _wrap(keras.layers.Layer)
            _wrap_variables()
            _installed = True


def _wrap_variables() -> None:
    """Counts what layers and metrics keep past `add_weight`, before it is allocated."""
    original = keras.Variable.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        budget = _budget.get()
        shape = args[1] if len(args) > 1 else kwargs.get("shape")
        if budget is not None and not _in_weight.get() and isinstance(shape, (tuple, list)):
            budget.numbers(budget.node, math.prod(max(int(side or 0), 0) for side in shape))
        original(self, *args, **kwargs)

    __init__.__doc__ = original.__doc__
    __init__.__wrapped__ = original  # type: ignore[attr-defined]
    keras.Variable.__init__ = __init__


def _wrap(owner: Any) -> None:
    original = owner.add_weight

    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
        budget = _budget.get()
        if budget is None:
            return original(self, *args, **kwargs)
        shape = args[0] if args else kwargs.get("shape")
        budget.weight(shape if isinstance(shape, (tuple, list)) else (shape or 1,))
        if len(args) < 2 and _takes_long(kwargs.get("initializer"), shape):
            kwargs["initializer"] = "glorot_uniform"
            budget.simplified = True
        seed = _seed.get()
        if seed is not None and len(args) < 2:
            kwargs["initializer"] = _seeded(kwargs.get("initializer"), seed + budget.parameters)
        token = _in_weight.set(True)
        try:
            return original(self, *args, **kwargs)
        finally:
            _in_weight.reset(token)

    add_weight.__doc__ = original.__doc__
    add_weight.__wrapped__ = original  # type: ignore[attr-defined]
    owner.add_weight = add_weight


def _takes_long(initializer: Any, shape: Any) -> bool:
    """True for an orthogonal matrix so large that making it takes many seconds.

    It is made by a QR decomposition of a rows x columns matrix: rows * columns * min(...) steps.
    """
    if not isinstance(keras.initializers.get(initializer), keras.initializers.Orthogonal):
        return False
    if not isinstance(shape, (tuple, list)) or len(shape) < 2:
        return False
    rows, columns = math.prod(shape[:-1]), shape[-1]
    return bool(rows * columns * min(rows, columns) > _LONG)


def _seeded(initializer: Any, seed: int) -> Any:
    """Returns the initializer with a seed of its own, unless the code gave it one."""
    found = keras.initializers.get(initializer) if initializer is not None else None
    # RandomInitializer keeps the seed it was given in `_init_seed` and the one it uses in `seed`.
    if found is None or getattr(found, "_init_seed", 0) is not None:
        return initializer
    seeded = copy.copy(found)
    seeded.seed = seed
    return seeded
