"""Everything that is TensorFlow's own; arithmetic on tensors is `keras.ops`.

Tensors are of type `Any`: the rest of the engine names no backend.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray

VERSION: str = tf.__version__
BACKEND_ERROR: type[Exception] = tf.errors.OpError
"""What TensorFlow raises where an operation fails."""
OUT_OF_MEMORY: tuple[type[Exception], ...] = (MemoryError, tf.errors.ResourceExhaustedError)


def is_tensor(value: Any) -> bool:
    """True for a tensor, of a graph or with a value."""
    return bool(tf.is_tensor(value))


def to_tensor(value: Any, dtype: str | None = None) -> Any:
    """Returns an array as a tensor of the same dtype, or of the one given; None stays None."""
    return None if value is None else tf.convert_to_tensor(value, dtype)


def to_tensors(structure: Any) -> Any:
    """Converts every array of a structure; None stays None."""
    return None if structure is None else keras.tree.map_structure(tf.convert_to_tensor, structure)


def to_numpy(structure: Any) -> Any:
    """Converts every tensor of a structure to an array; other leaves stay."""
    return keras.tree.map_structure(
        lambda leaf: leaf.numpy() if tf.is_tensor(leaf) else leaf, structure
    )


def copy_of(tensor: Any) -> Any:
    """Returns another tensor with the same values, without what rides on the first (its mask)."""
    return tf.identity(tensor)


def static_shape(tensor: Any) -> tuple[int | None, ...]:
    """Returns the shape as far as it is known without values."""
    return tuple(tensor.shape.as_list())


def dtype_name(tensor: Any) -> str:
    """Returns the name of a tensor's dtype, such as `float32`."""
    return str(tensor.dtype.name)


def shape_of(tensor: Any) -> Any:
    """Returns the shape as a tensor, for sizes that are known once values are."""
    return tf.shape(tensor)


# Graphs


def runs_eagerly() -> bool:
    """True where operations are computed at once, outside any graph."""
    return bool(tf.executing_eagerly())


def current_graph() -> Any:
    """Returns the graph that operations are added to now, or None where they run eagerly."""
    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()


def producer(tensor: Any) -> Any:
    """Returns the graph operation (`type`, `inputs`) a tensor comes from; None where eager."""
    return None if tf.executing_eagerly() else getattr(tensor, "op", None)


def name_scope(name: str) -> AbstractContextManager[Any]:
    """Puts operations of a graph under a name: one that starts with `_` is invalid at the root."""
    scope: AbstractContextManager[Any] = tf.name_scope(name)
    return scope


def traced(function: Callable[..., Any], signature: Sequence[Any] | None = None) -> Any:
    """Returns `function` as a graph that is traced anew for every new shape.

    Args:
        function: Takes and returns structures of tensors.
        signature: From `open_spec`, one entry an argument: one trace serves all shapes.
    """
    # TensorFlow counts retracings per Python function, over all models, and warns of many; a
    # partial object is counted by itself.
    own = functools.partial(function)
    if signature is None:
        return tf.function(own, autograph=False, reduce_retracing=True)
    return tf.function(own, autograph=False, input_signature=list(signature))


def trace_count(function: Any) -> int:
    """Returns how many traces what `traced` returned has."""
    return int(function.experimental_get_tracing_count())


def open_spec(tensor: Any) -> Any:
    """Returns the specification of a tensor with any number of rows and timesteps."""
    open_axes = min(2, len(tensor.shape))
    return tf.TensorSpec([None] * open_axes + tensor.shape.as_list()[open_axes:], tensor.dtype)


def traced_or_eager(
    graph: Callable[..., Any], eager: Callable[..., Any], *arguments: Any
) -> tuple[Any, bool]:
    """Calls `graph`; where that fails, `eager`.

    Code that needs concrete values (`if tensor:`, `.numpy()`) cannot be traced but runs eagerly.
    If it fails there too, the failure is its own and is raised. That memory runs out says nothing
    of the code: another run would need it again.

    Returns:
        The result, and whether it was `eager` that gave it.
    """
    try:
        return graph(*arguments), False
    except OUT_OF_MEMORY:
        raise
    except Exception:
        return eager(*arguments), True


# Gradients


@contextmanager
def recording(sources: Sequence[Any], *, several: bool = False) -> Iterator[Any]:
    """Records operations, so that `gradient` can go back through them.

    Args:
        sources: The tensors that gradients are taken by.
        several: More than one gradient is asked for.
    """
    with tf.GradientTape(persistent=several, watch_accessed_variables=False) as tape:
        for source in sources:
            tape.watch(source)
        yield tape


def gradient(tape: Any, target: Any, source: Any) -> Any:
    """Returns the gradient of `target` by one tensor; zeros where it does not depend on it."""
    found = tape.gradient(target, source)
    return tf.zeros_like(source) if found is None else tf.convert_to_tensor(found)


def gradients(tape: Any, target: Any, sources: Sequence[Any]) -> list[Any]:
    """Returns the gradients of `target` by several tensors in one backward pass.

    The gradient of an embedding may be `is_sparse`; None where nothing depends on a source.
    """
    return list(tape.gradient(target, list(sources)))


def is_sparse(value: Any) -> bool:
    """True for a gradient that holds the rows of a table that were read, and no others."""
    return isinstance(value, tf.IndexedSlices)


def scaled(value: Any, factor: Any) -> Any:
    """Returns a gradient, sparse or not, times a factor."""
    if is_sparse(value):
        values = value.values * tf.cast(factor, value.values.dtype)
        return tf.IndexedSlices(values, value.indices, value.dense_shape)
    return value * tf.cast(factor, value.dtype)


def joined_slices(first: Any, second: Any) -> Any:
    """Returns the sum of two sparse gradients of one table."""
    return tf.IndexedSlices(
        tf.concat([first.values, second.values], 0),
        tf.concat([first.indices, second.indices], 0),
        first.dense_shape,
    )


# Random numbers, and loops


def normal_noise(shape: Any, draw: Any, salt: int) -> Any:
    """Returns float32 numbers of a standard normal distribution; no global seed is touched."""
    return tf.random.stateless_normal(shape, seed=tf.stack([draw, salt]))


def uniform_noise(shape: Any, seed: Sequence[int], low: float, high: float) -> Any:
    """Returns float32 numbers between `low` and `high`; no global seed is touched."""
    return tf.random.stateless_uniform(shape, seed=list(seed), minval=low, maxval=high)


def each_of(function: Callable[[Any], Any], cells: tuple[Any, ...]) -> Any:
    """Returns `function` of each entry along the first axis of the tensors, float64."""
    return tf.map_fn(function, cells, fn_output_signature=tf.float64)


# TensorBoard


class EventWriter:
    """A file of events for TensorBoard, which need not be installed.

    The functions for this in `tf.summary` need it, `tf.summary.write` does not; what they add is
    the name of the part of TensorBoard that shows a value.
    """

    def __init__(self, folder: str | Path) -> None:
        """Makes the folder and the file.

        Raises:
            OSError: There can be no such folder.
        """
        try:
            self._writer = tf.summary.create_file_writer(str(folder))
        except tf.errors.OpError as error:
            raise OSError(str(error)) from error

    def scalar(self, name: str, value: float, step: int) -> None:
        """Writes one number."""
        self._write(name, np.float32(value), step, ("scalars", "DATA_CLASS_SCALAR"))

    def image(self, name: str, pixels: AnyArray, step: int) -> None:
        """Writes one image, uint8 (height, width, 3)."""
        height, width, _ = pixels.shape
        png = tf.io.encode_png(pixels)
        content = tf.stack([tf.constant(str(width)), tf.constant(str(height)), png])
        self._write(name, content, step, ("images", "DATA_CLASS_BLOB_SEQUENCE"))

    def flush(self) -> None:
        """Writes what is waiting to the file."""
        self._writer.flush()

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._writer.close()

    def _write(self, name: str, value: Any, step: int, plugin: tuple[str, str]) -> None:
        kind = tf.compat.v1.SummaryMetadata
        metadata = kind(plugin_data=kind.PluginData(plugin_name=plugin[0]), data_class=plugin[1])
        with self._writer.as_default():
            tf.summary.write(name, value, step, metadata)
