"""Attributes, and names of modules: a short list for each kind of value, and nothing else."""

import ast
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.engine.code import tables
from inspector.engine.code.code_values import (
    CONTAINERS,
    PLAIN,
    ArrayShape,
    CodeFunction,
    Known,
    Method,
    Namespace,
    Unknown,
    is_tensor,
)
from inspector.engine.code.evaluator import evaluate, evaluates
from inspector.engine.code.guard import guarded
from inspector.engine.code.python_functions import has_method, plain_attribute
from inspector.engine.code.refusals import GONE, nearest, way_out
from inspector.engine.code.scopes import Scope
from inspector.engine.code.stacks import Stack, finished
from inspector.engine.code.text import line_of, written

_TENSOR = frozenset("shape dtype ndim name".split())
_TENSOR_METHODS = frozenset("get_shape".split())
_LAYER = frozenset("name trainable input output units output_dim input_dim dtype built".split())
_MODEL = _LAYER | frozenset("layers inputs outputs input_shape output_shape".split())
_LAYER_METHODS = frozenset("compute_mask build".split())
_MODEL_METHODS = _LAYER_METHODS | frozenset("compile get_layer".split())
_SEQUENTIAL_METHODS = _MODEL_METHODS | frozenset("add pop".split())

SKIPPED_METHODS = {
    "fit": "training",
    "fit_generator": "training",
    "train_on_batch": "training",
    "evaluate": "evaluating",
    "evaluate_generator": "evaluating",
    "test_on_batch": "evaluating",
    "predict": "predicting",
    "predict_on_batch": "predicting",
    "predict_classes": "predicting",
    "predict_generator": "predicting",
    "summary": "printing",
    "save": "saving",
    "save_weights": "saving",
    "export": "saving",
    "to_json": "saving",
    "to_yaml": "saving",
    "load_weights": "weights do not change the masks",
    "set_weights": "weights do not change the masks",
    "get_weights": "weights do not change the masks",
    "adapt": "data",
    "get_vocabulary": "data",
    "vocabulary_size": "data",
    "set_vocabulary": "data",
    "reset_states": "training",
    "reset_state": "training",
    "count_params": "printing",
    "get_config": "printing",
}
"""Methods of layers and models whose calls are skipped, and what the note says."""


@evaluates(ast.Attribute)
def _attribute(node: ast.Attribute, scope: Scope) -> Any:
    owner = evaluate(node.value, scope)
    return read(node, owner, node.attr, scope)


def read(node: ast.Attribute, owner: Any, name: str, scope: Scope) -> Any:
    """Returns a whitelisted attribute of a value.

    Raises:
        CodeError: It is not whitelisted.
    """
    reading = scope.reading
    if isinstance(owner, Unknown):
        if owner.built:
            return reading.derived(node, [owner], built=True)
        return reading.unknown(node, owner.why, owner.module)
    if isinstance(owner, Namespace):
        found = attribute(owner, name, node, scope)
        if found is None and not _has(owner, name):
            return reading.unknown(node, "name", owner.path)
        return found
    if isinstance(owner, Stack):
        return _of_stack(node, owner, name, scope)
    if is_tensor(owner):
        return _of_tensor(node, owner, name, scope)
    if isinstance(owner, keras.layers.Layer):
        return _of_layer(node, owner, name, scope)
    if isinstance(owner, (*PLAIN, *CONTAINERS, dict, range, np.ndarray, ArrayShape)):
        if has_method(owner, name):
            return Method(owner, name, written(node))
        try:
            return plain_attribute(owner, name)
        except AttributeError:
            return reading.unknown(node, "data")
    raise _refused(node, owner, name, scope, ())


def _has(owner: Namespace, name: str) -> bool:
    """True for the few names of modules whose value is None (`np.newaxis`)."""
    return name == "newaxis" and owner.path in ("numpy", "tensorflow")


def _of_stack(node: ast.Attribute, owner: Stack, name: str, scope: Scope) -> Any:
    if name in ("add", "pop", "compile") or name in SKIPPED_METHODS:
        return Method(owner, name, written(node))
    if name == "name":
        return owner.name
    if name == "layers" and owner.model is None:
        return [layer for layer, _ in owner.layers if isinstance(layer, keras.layers.Layer)]
    model = finished(scope.reading, owner, node)
    if isinstance(model, Unknown):
        return scope.reading.derived(node, [model], built=True)
    return _of_layer(node, model, name, scope)


def _of_tensor(node: ast.Attribute, owner: Any, name: str, scope: Scope) -> Any:
    if name in _TENSOR_METHODS:
        return Method(owner, name, written(node))
    if name == "_keras_mask":
        raise scope.reading.error(
            node,
            "`._keras_mask` is a private name, and those are not read.",
            todo="Use `mask = layer.compute_mask(inputs)` of the layer that made the tensor.",
        )
    if name not in _TENSOR:
        raise _refused(node, owner, name, scope, _TENSOR | _TENSOR_METHODS)
    if name == "shape":
        return _shape(owner)
    if name == "dtype":
        return keras.backend.standardize_dtype(owner.dtype)
    if name == "ndim":
        return len(owner.shape)
    return getattr(owner, name)


def _shape(owner: Any) -> tuple[Any, ...]:
    if isinstance(owner.shape, tf.TensorShape):
        return tuple(owner.shape.as_list()) if owner.shape.rank is not None else ()
    return tuple(owner.shape)


def _of_layer(node: ast.Attribute, owner: Any, name: str, scope: Scope) -> Any:
    is_model = isinstance(owner, keras.Model)
    allowed = _MODEL if is_model else _LAYER
    methods = _MODEL_METHODS if is_model else _LAYER_METHODS
    if isinstance(owner, keras.Sequential):
        methods = _SEQUENTIAL_METHODS
    if name in methods or name in SKIPPED_METHODS:
        return Method(owner, name, written(node))
    if name not in allowed:
        raise _refused(node, owner, name, scope, allowed | methods)
    found = guarded(scope.reading, node, lambda: getattr(owner, name))
    return list(found) if name == "layers" else found


def _refused(node: ast.Attribute, owner: Any, name: str, scope: Scope, allowed: Any) -> Exception:
    what = type(owner).__name__
    if isinstance(owner, (CodeFunction, Known, Method)):
        what = "function"
    alike = nearest(name, allowed)
    return scope.reading.error(
        node,
        f"`.{name}` of a {what} is not read.",
        todo=f"Did you mean `.{alike}`?" if alike else "Write what it gives in its place.",
    )


_QUIET = frozenset({"__future__", "typing", "os", "sys", "warnings", "logging"})


def import_module(node: ast.Import, scope: Scope) -> None:
    """Binds what `import a.b as c` binds."""
    for alias in node.names:
        root = alias.name.partition(".")[0]
        if alias.asname:
            value = module(alias.name, node, scope)
            scope.assign(alias.asname, value)
        else:
            scope.assign(root, module(root, node, scope))


def import_names(node: ast.ImportFrom, scope: Scope) -> None:
    """Binds what `from a import b as c` binds."""
    path = node.module or ""
    for alias in node.names:
        if alias.name == "*":
            if _is_read(path):
                scope.reading.stars = True
            else:
                scope.reading.note(node, f"`{path}` is not read; its names have no value here.")
            continue
        scope.assign(alias.asname or alias.name, _imported(path, alias.name, node, scope))


def _imported(path: str, name: str, node: ast.ImportFrom, scope: Scope) -> Any:
    if node.level == 0:
        try:
            return tables.member(path, name)
        except KeyError:
            pass
        whole = tables.canonical(path)
        if tables.is_keras_module(whole) and not _was_of_keras(whole, name):
            raise no_such_name(whole, name, node, scope)
    return _foreign(f"{'.' * node.level}{path}", name, node, scope)


def _was_of_keras(path: str, name: str) -> bool:
    """True for names that Keras has or had: importing them is right, using them is refused."""
    module = getattr(keras, path.partition(".")[2], None)
    return name in GONE or (module is not None and hasattr(module, name))


def attribute(owner: Namespace, name: str, node: ast.AST, scope: Scope) -> Any:
    """Returns a name of a module that is read; None where it is a matter of data or training.

    Raises:
        CodeError: A module of Keras has no such name, or it is not whitelisted.
    """
    try:
        return tables.member(owner.path, name)
    except KeyError:
        pass
    path = tables.canonical(owner.path)
    if tables.is_keras_module(path) or (path == "keras" and name not in tables.OF_DATA):
        raise no_such_name(path, name, node, scope)
    return None


def no_such_name(path: str, name: str, node: ast.AST, scope: Scope) -> Exception:
    """The error for a name that is not whitelisted in a module of Keras."""
    todo = way_out(name, tables.members(path)) or "Use a layer or function of Keras 3 instead."
    return scope.reading.error(
        node, f"`{path}.{name}` is not among the names that are read.", todo=todo
    )


def module(path: str, node: ast.AST, scope: Scope) -> Any:
    """Returns the namespace of a module that is read, or an unknown value."""
    if _is_read(path):
        return Namespace(tables.canonical(path))
    if path.partition(".")[0] not in _QUIET:
        scope.reading.note(node, f"`{path}` is not read: only Keras, TensorFlow and NumPy are.")
    return scope.reading.ask(path, node, "module", path)


def _is_read(path: str) -> bool:
    whole = tables.canonical(path)
    return whole.partition(".")[0] in ("keras", "tensorflow", "numpy", "math", "functools")


def _foreign(path: str, name: str, node: ast.ImportFrom, scope: Scope) -> Any:
    whole = tables.canonical(path) if node.level == 0 else path
    if whole.partition(".")[0] not in _QUIET | {"keras", "tensorflow", "numpy"}:
        scope.reading.note(line_of(node), f"`{path}` is not read: `{name}` has no value here.")
    return scope.reading.ask(name, node, f"from `{path}`", path)
