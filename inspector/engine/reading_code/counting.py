"""Counting parameters before variables are allocated, and making weights repeatable.

A wrapper on `Layer.add_weight` is installed once, on first use, and does nothing unless code is
being read in the current context (`ContextVar`). Checked on Keras 3.12.4 and 3.15.1.
"""

import copy
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras

from inspector.engine.reading_code.budget import Budget
from inspector.engine.seam.keras import safe_mode

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
