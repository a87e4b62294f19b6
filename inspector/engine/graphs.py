"""Running a function as a traced graph where it can be traced, and eagerly where it cannot."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from inspector.engine import keras_private
from inspector.engine.memory import OUT_OF_MEMORY


def traced_or_eager(
    traced: Callable[..., Any], eager: Callable[..., Any], *arguments: Any
) -> tuple[Any, bool]:
    """Calls `traced`; where that fails, `eager`.

    Code that needs concrete values (`if tensor:`, `.numpy()`) cannot be traced but runs eagerly.
    If it fails there too, the failure is its own and is raised. That memory runs out says nothing
    of the code: another run would need it again.

    Returns:
        The result, and whether it was `eager` that gave it.
    """
    try:
        return traced(*arguments), False
    except OUT_OF_MEMORY:
        raise
    except Exception:
        return eager(*arguments), True


def as_numpy(structure: Any) -> Any:
    """A structure with its tensors as NumPy arrays."""
    return keras_private.map_structure(lambda t: t.numpy() if tf.is_tensor(t) else t, structure)
