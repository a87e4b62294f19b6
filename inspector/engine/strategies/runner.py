"""Running a function of tensors: traced where it pays, eagerly where it has to."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_numpy, traced_or_eager

FEW_TIMESTEPS = 24
"""With so many timesteps at most, a few calls take less time than tracing does."""

_UNTRACED_CALLS = 8


class Runner:
    """A function of tensors that is traced, or run eagerly where it cannot be.

    Attributes:
        body: The function.
        eager: It could not be traced, or a trace gave something else.
        verified: A trace for any shape was compared with an eager run.
    """

    def __init__(self, body: Callable[..., Any]) -> None:
        """Prepares `body`; nothing runs yet."""
        self.body = body
        # TensorFlow counts retracings per Python function; a partial object is counted by itself.
        self._function = tf.function(
            functools.partial(body), autograph=False, reduce_retracing=True
        )
        self.eager = False
        self.verified = False
        self._untraced = 0

    def traces(self) -> int:
        """How many traces there are; a second one may be for any shape."""
        return int(self._function.experimental_get_tracing_count())

    def __call__(self, *arguments: Any) -> Any:
        """Runs it; the results are NumPy arrays."""
        if self.eager or self._can_wait(arguments):
            return to_numpy(self.body(*arguments))
        found, failed = traced_or_eager(self._function, self.body, *arguments)
        self.eager = self.eager or failed  # Another thread may have found it out meanwhile.
        return to_numpy(found)

    def _can_wait(self, arguments: tuple[Any, ...]) -> bool:
        """True for the first calls with few timesteps: tracing would take longer than they do."""
        self._untraced += 1
        leaves = [leaf for leaf in keras_private.flatten(arguments) if tf.is_tensor(leaf)]
        longest = max((leaf.shape[1] or 0 for leaf in leaves if len(leaf.shape) >= 2), default=0)
        return self._untraced <= _UNTRACED_CALLS and longest <= FEW_TIMESTEPS
