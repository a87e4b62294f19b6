"""Arguments of Keras 1 and 2 that Keras 3 has dropped: translated or left out, with a note."""

import ast
from typing import Any

import keras

from inspector.engine.code.arguments import accepted
from inspector.engine.code.code_values import Unknown
from inspector.engine.code.scopes import Reading

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_KERAS_1 = {
    "output_dim": "units",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    "border_mode": "padding",
    "pool_length": "pool_size",
    "p": "rate",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}


def translate(
    reading: Reading, node: ast.AST, name: str, kwargs: dict[str, Any]
) -> tuple[dict[str, Any], tuple[Any, ...] | None]:
    """Returns arguments that Keras 3 understands, and the batch shape that they gave."""
    kwargs = _renamed(reading, node, name, kwargs)
    shape = _input_shape(reading, node, name, kwargs)
    if name in _RECURRENT:
        _recurrent(reading, node, kwargs)
    if name == "LeakyReLU" and "alpha" in kwargs:
        kwargs["negative_slope"] = kwargs.pop("alpha")
        reading.note(node, "`alpha` of `LeakyReLU` is `negative_slope` in Keras 3.")
    if name == "BatchNormalization":
        _drop(reading, node, kwargs, "fused", "renorm", "virtual_batch_size", "mode")
    if "weights" in kwargs and name != "Lambda":
        _drop(reading, node, kwargs, "weights", why="the weights do not change the masks")
    for argument in [key for key in kwargs if key.endswith("_initializer")]:
        if isinstance(kwargs[argument], Unknown):
            _drop(reading, node, kwargs, argument, why="the weights do not change the masks")
    return kwargs, shape


def _renamed(reading: Reading, node: ast.AST, name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments under the names that they have had since Keras 2."""
    accepts = accepted(getattr(keras.layers, name, None) or keras.layers.Layer)[0]
    found = {}
    for argument, value in kwargs.items():
        today = _KERAS_1.get(argument, argument)
        if argument not in accepts and today in accepts and today not in kwargs:
            if today != argument:
                reading.note(node, f"`{argument}` of `{name}` is `{today}` in Keras 3.")
            argument = today
        found[argument] = value
    return found


def _input_shape(
    reading: Reading, node: ast.AST, name: str, kwargs: dict[str, Any]
) -> tuple[Any, ...] | None:
    """Takes out what says the shape of the input; `Input` and `InputLayer` have it as `shape`."""
    if name in ("Input", "InputLayer"):
        for old, new in (("input_shape", "shape"), ("batch_input_shape", "batch_shape")):
            if old in kwargs:
                kwargs[new] = kwargs.pop(old)
                reading.note(node, f"`{old}` of `{name}` is `{new}` in Keras 3.")
        return None
    batch = kwargs.pop("batch_input_shape", None)
    if batch is not None:
        kwargs.pop("batch_size", None)
        reading.note(node, "`batch_input_shape` is read as an `Input` in front of the layer.")
        return tuple(batch)
    shape, rows = kwargs.pop("input_shape", None), None
    if shape is not None and name != "Lambda":
        rows = kwargs.pop("batch_size", None)
    length = kwargs.pop("input_length", None)
    width = kwargs.pop("input_dim", None) if name != "Embedding" else None
    if shape is not None:
        return (rows, *(shape if isinstance(shape, (tuple, list)) else (shape,)))
    if name == "Embedding" and length is not None:
        reading.note(node, "`input_length` is read as an `Input` in front of the layer.")
        return (rows, *(length if isinstance(length, (tuple, list)) else (length,)))
    if width is not None:
        return (rows, length, width) if length is not None else (rows, width)
    return None


def _recurrent(reading: Reading, node: ast.AST, kwargs: dict[str, Any]) -> None:
    if kwargs.get("time_major") is True:
        raise reading.error(
            node,
            "`time_major=True` puts timesteps before rows, and Keras 3 has dropped it.",
            todo="Use arrays of shape (rows, timesteps, features).",
        )
    if "time_major" in kwargs:
        _drop(reading, node, kwargs, "time_major")
    if kwargs.get("unroll"):
        kwargs["unroll"] = False
        reading.note(node, "`unroll` is left out: it changes the speed, not masks or results.")
    if "consume_less" in kwargs:
        _drop(reading, node, kwargs, "consume_less")


def _drop(
    reading: Reading, node: ast.AST, kwargs: dict[str, Any], *names: str, why: str = ""
) -> None:
    for name in names:
        if name in kwargs:
            del kwargs[name]
            reason = why or "Keras 3 has dropped it"
            reading.note(node, f"`{name}` is left out: {reason}.")


def translate_optimizer(
    reading: Reading, node: ast.AST, name: str, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Returns arguments of an optimizer that Keras 3 understands."""
    kwargs = dict(kwargs)
    if "lr" in kwargs:
        kwargs["learning_rate"] = kwargs.pop("lr")
        reading.note(node, "`lr` is `learning_rate` in Keras 3.")
    _drop(reading, node, kwargs, "decay")
    return kwargs


def translate_loss(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Returns arguments of a loss that Keras 3 understands."""
    if kwargs.get("reduction") == "auto":
        kwargs = {**kwargs, "reduction": "sum_over_batch_size"}
    return kwargs


def translate_model(reading: Reading, node: ast.AST, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Returns arguments of `Model` that Keras 3 understands."""
    renamed = {"input": "inputs", "output": "outputs"}
    for old, new in renamed.items():
        if old in kwargs:
            reading.note(node, f"`{old}` of `Model` is `{new}` in Keras 3.")
    return {renamed.get(name, name): value for name, value in kwargs.items()}


def translate_compile(reading: Reading, node: ast.AST, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Returns arguments of `compile` that Keras 3 understands."""
    kwargs = dict(kwargs)
    _drop(reading, node, kwargs, "sample_weight_mode", "target_tensors", "class_mode")
    _drop(
        reading,
        node,
        kwargs,
        "experimental_run_tf_function",
        "distribute",
        "steps_per_execution",
        "run_eagerly",
        "jit_compile",
        why="it does not change the numbers",
    )
    return kwargs
