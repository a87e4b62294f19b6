"""Seeing every layer call of a forward pass without changing anything for anyone else.

A wrapper on `Layer.__call__` and `Operation.__call__` is installed once, on first use, and does
nothing unless a recorder is active in the current context (`ContextVar`): patching and unpatching
for each pass is a race between threads.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import keras

from inspector.engine.seam.keras import quiet

Call = Callable[..., Any]
"""The original `__call__` of a layer or operation."""


class Observer(Protocol):
    """Something that is told of every call while it is active."""

    def observe(
        self,
        operation: Any,
        call: Call,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Makes the call, and returns what the caller shall see."""


_active: ContextVar[Observer | None] = ContextVar("inspector_observer", default=None)
_lock = threading.Lock()
_installed = False


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Tells `observer` of every call of a layer or operation in this context."""
    _install()
    token = _active.set(observer)
    try:
        with quiet():
            yield
    finally:
        _active.reset(token)


def _install() -> None:
    global _installed
    with _lock:
        if not _installed:
            _wrap(keras.layers.Layer, layers=True)
            _wrap(keras.Operation, layers=False)
            _installed = True


def _wrap(owner: type, layers: bool) -> None:
    original = owner.__call__

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = _active.get()
        # A layer reaches Operation.__call__ through super(): it was observed already.
        if observer is None or isinstance(self, keras.layers.Layer) is not layers:
            return original(self, *args, **kwargs)
        return observer.observe(self, original, args, kwargs)

    __call__.__doc__ = original.__doc__
    __call__.__wrapped__ = original  # type: ignore[attr-defined]
    owner.__call__ = __call__  # type: ignore[method-assign]
