"""Everything that outlives a request and that the next visitor would feel."""

import builtins
import inspect
import os
import sys
import types
import warnings
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.saving import serialization_lib

_MODULES = (
    builtins,
    np,
    tf,
    tf.nn,
    tf.math,
    keras.ops,
    keras.layers,
    keras.losses,
    keras.metrics,
    keras.activations,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.optimizers,
    keras.utils,
    keras.saving,
    keras.backend,
    keras.config,
)


def settings() -> dict[str, Any]:
    """Returns the settings of Keras, TensorFlow, NumPy and the process, by name."""
    return {
        "floatx": keras.config.floatx(),
        "epsilon": keras.config.epsilon(),
        "image_data_format": keras.config.image_data_format(),
        "dtype_policy": keras.config.dtype_policy().name,
        "custom_objects": sorted(keras.saving.get_custom_objects()),
        "safe_mode": serialization_lib.in_safe_mode(),
        "interactive_logging": keras.config.is_interactive_logging_enabled(),
        "traceback_filtering": keras.config.is_traceback_filtering_enabled(),
        "max_epochs": getattr(keras.config, "max_epochs", lambda: None)(),
        "max_steps_per_epoch": getattr(keras.config, "max_steps_per_epoch", lambda: None)(),
        "functions_run_eagerly": tf.config.functions_run_eagerly(),
        "executing_eagerly": tf.executing_eagerly(),
        "numpy_errors": np.geterr(),
        "numpy_printing": repr(np.get_printoptions()),
        "warnings": len(warnings.filters),
        "environment": dict(os.environ),
        "working_directory": os.getcwd(),
        "import_path": list(sys.path),
        "recursion_limit": sys.getrecursionlimit(),
        "largest_number": getattr(sys, "get_int_max_str_digits", lambda: None)(),
        "tracing": (sys.gettrace(), sys.getprofile()),
    }


def functions() -> dict[str, int]:
    """Returns what stands behind every public name and every method, as addresses."""
    behind: dict[str, int] = {}
    classes: dict[type, None] = {}
    for module in _MODULES:
        for name, value in list(vars(module).items()):
            if inspect.isroutine(value) or isinstance(value, type):
                behind[f"{module.__name__}.{name}"] = id(value)
            if isinstance(value, type) and value.__module__.startswith("keras"):
                classes.update(dict.fromkeys(value.__mro__))
    for kind in classes:
        for name, value in list(vars(kind).items()):
            if isinstance(value, types.FunctionType | classmethod | staticmethod | property):
                behind[f"{kind.__module__}.{kind.__qualname__}.{name}"] = id(value)
    return behind


def changes(
    before: tuple[dict[str, Any], dict[str, int]], after: tuple[dict[str, Any], dict[str, int]]
) -> tuple[str, ...]:
    """Returns what is not as before, in words.

    A name that is new in a module is none: modules load parts of themselves when first used.
    """
    differing = [
        f"{name}: {before[0][name]!r:.60} -> {after[0][name]!r:.60}"
        for name in before[0]
        if before[0][name] != after[0][name]
    ]
    replaced = [
        f"{name} is another function"
        for name, address in before[1].items()
        if after[1].get(name) != address
    ]
    return tuple(differing + replaced[:20])


def state() -> tuple[dict[str, Any], dict[str, int]]:
    """Returns settings and functions, to be compared by `changes`."""
    return settings(), functions()
