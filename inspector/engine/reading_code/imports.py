"""Import statements: nothing is imported, names are looked up in the tables."""

import ast
from typing import Any

import keras

from inspector.engine.reading_code import names
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.source import line_of
from inspector.engine.reading_code.suggesting import GONE, way_out
from inspector.engine.reading_code.values import Namespace

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
            return names.member(path, name)
        except KeyError:
            pass
        whole = names.canonical(path)
        if names.is_keras_module(whole) and not _was_of_keras(whole, name):
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
        return names.member(owner.path, name)
    except KeyError:
        pass
    path = names.canonical(owner.path)
    if names.is_keras_module(path) or (path == "keras" and name not in names.OF_DATA):
        raise no_such_name(path, name, node, scope)
    return None


def no_such_name(path: str, name: str, node: ast.AST, scope: Scope) -> Exception:
    """The error for a name that is not whitelisted in a module of Keras."""
    todo = way_out(name, names.members(path)) or "Use a layer or function of Keras 3 instead."
    return scope.reading.error(
        node, f"`{path}.{name}` is not among the names that are read.", todo=todo
    )


def module(path: str, node: ast.AST, scope: Scope) -> Any:
    """Returns the namespace of a module that is read, or an unknown value."""
    if _is_read(path):
        return Namespace(names.canonical(path))
    if path.partition(".")[0] not in _QUIET:
        scope.reading.note(node, f"`{path}` is not read: only Keras, TensorFlow and NumPy are.")
    return scope.reading.ask(path, node, "module", path)


def _is_read(path: str) -> bool:
    whole = names.canonical(path)
    return whole.partition(".")[0] in ("keras", "tensorflow", "numpy", "math", "functools")


def _foreign(path: str, name: str, node: ast.ImportFrom, scope: Scope) -> Any:
    whole = names.canonical(path) if node.level == 0 else path
    if whole.partition(".")[0] not in _QUIET | {"keras", "tensorflow", "numpy"}:
        scope.reading.note(line_of(node), f"`{path}` is not read: `{name}` has no value here.")
    return scope.reading.ask(name, node, f"from `{path}`", path)
