"""`model_from_code`: a model from pasted code, of which nothing is executed."""

import ast
import faulthandler
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from inspector.core.requests import CodeLimits, CodeNote
from inspector.engine.code import attributes, code_calls, expressions, operators, stacks
from inspector.engine.code.budget import counting
from inspector.engine.code.code_values import CodeFunction, Unknown
from inspector.engine.code.functions import call_function
from inspector.engine.code.guard import Checker
from inspector.engine.code.refusals import screen
from inspector.engine.code.scopes import Reading, Scope, missing
from inspector.engine.code.skipping import touches_keras
from inspector.engine.code.stacks import Stack
from inspector.engine.code.statements import Returned, run
from inspector.engine.code.text import Source, parse, syntax_tree
from inspector.engine.forward.interception import observing
from inspector.engine.seam.keras import fresh_names
from inspector.errors import AskedName, CodeError

# Importing these registers what evaluates each kind of expression.
EVALUATORS = (attributes, code_calls, expressions, operators)

_OVERTIME, _GRACE = 2, 30  # of the seconds for reading; and for a machine that is busy
_PLAIN = (bool, int, float, str, type(None), np.generic)


@dataclass(frozen=True, eq=False)
class CodeModel:
    """A model read from code.

    Attributes:
        model: The Keras model, built, and compiled where the code compiles it.
        lines: Line of the code that made each layer and operator, by its name in the model.
        notes: What was skipped, translated or assumed.
        source: The code, line by line.
        asked: The names that were supplied and used.
        arrays: Small literal arrays of the code, by variable.
        parameters: Number of weights.
    """

    model: keras.Model
    lines: dict[str, int]
    notes: tuple[CodeNote, ...]
    source: tuple[str, ...]
    asked: tuple[AskedName, ...] = ()
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    parameters: int = 0

    def text(self, layer: str) -> str:
        """Returns the line of code that made a layer, or ""."""
        return Source(self.source).text(self.lines.get(layer))


def model_from_code(
    source: str,
    names: Mapping[str, Any] | None = None,
    *,
    limits: CodeLimits | None = None,
    seed: int | None = None,
) -> CodeModel:
    """Builds the model that pasted code describes, without executing the code.

    The syntax tree is walked and a whitelisted subset of Python, Keras, TensorFlow and NumPy is
    evaluated. Lines about data, training, printing and plotting are skipped, with a note each.
    What the code may cost is counted before it is done; should a call of a library not come back
    all the same, the process ends after twice `limits.seconds` and half a minute.

    Args:
        source: A script, a notebook cell, a forum post's listing, or a fragment of them.
        names: Values that the code takes from data it does not contain, as the code writes them:
            `{"vocab_size": 5000, "X.shape[1]": 12}`. Numbers, texts, lists or arrays.
        limits: How much the code may ask for.
        seed: Makes the initial weights repeatable.

    Returns:
        The model, the line of each layer, and the notes.

    Raises:
        MissingNamesError: Values are missing; `asked` says which.
        CodeError: The code cannot be read; `line` and `text` say where.

    Example:
        >>> read = inspector.model_from_code(open("model.py").read(), {"vocab_size": 5000})
        >>> inspector.inspect(read.model, x, y)
    """
    limits = limits if limits is not None else CodeLimits()
    with ended_after(_OVERTIME * limits.seconds + _GRACE):
        tree, lines, notes = parse(source, limits)
        screen(tree, lines)
        reading = Reading(lines, limits, _given(names))
        for note in notes:
            reading.note(note.line, note.message)
        checker = Checker(reading.budget)
        with fresh_names(), observing(checker), counting(reading.budget, seed):
            return _read(tree, reading)


def _read(tree: ast.Module, reading: Reading) -> CodeModel:
    scope = Scope(reading)
    ending = run(tree.body, scope)
    returned = ending.value if isinstance(ending, Returned) else None
    model = chosen_model(scope, returned)
    if reading.defaults_used and not reading.stars:
        used = ", ".join(f"`{name}`" for name in dict.fromkeys(reading.defaults_used))
        reading.note(None, f"Imports are missing; these names are read as usual: {used}.")
    if reading.budget.simplified:
        reading.note(
            None,
            "The initial weights of large recurrent layers are drawn at random, not orthogonal.",
        )
    for name in reading.given:
        if name not in reading.used:
            reading.note(None, f"The given value of `{name}` was not needed.")
    return CodeModel(
        model=model,
        lines=lines_of(model, reading.lines),
        notes=tuple(sorted(reading.notes, key=lambda note: note.line)),
        source=reading.source.lines,
        asked=tuple(reading.used.values()),
        arrays=dict(reading.arrays),
        parameters=model.count_params(),
    )


def _given(names: Mapping[str, Any] | None) -> dict[str, Any]:
    """Checks the supplied values, and writes their names as the syntax tree would."""
    found = {}
    for name, value in (names or {}).items():
        if not isinstance(name, str) or not _is_plain(value, 0):
            raise CodeError(
                f"`names` gives {name!r} a {type(value).__name__}.",
                "Names are texts; values are numbers, texts, lists of them, or arrays.",
                "Pass a plain value.",
            )
        try:
            found[ast.unparse(syntax_tree(name.strip(), "eval").body)] = value
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CodeError(
                f"`names` has the key {name[:60]!r}.",
                "A key is a name or an expression, as the code writes it.",
                'For example `names={"X.shape[1]": 12}`.',
            ) from error
    return found


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, (list, tuple)) and depth < 8:
        return all(_is_plain(inner, depth + 1) for inner in value)
    if isinstance(value, dict) and depth < 8:
        return all(_is_plain(inner, depth + 1) for pair in value.items() for inner in pair)
    return isinstance(value, _PLAIN) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biufU"
    )


INPUT_SHAPE = "input_shape"
"""Asked for where neither the code nor its data says the shape of the input."""


def chosen_model(scope: Scope, returned: Any) -> keras.Model:
    """Returns the variable `model`, else what the fragment returns, else the last model built.

    Raises:
        MissingNamesError: It depends on values that the code does not contain.
        CodeError: There is no model.
    """
    reading = scope.reading
    value = _candidate(scope, returned)
    if value is None:
        value = _from_function(scope)
    stack = value if isinstance(value, Stack) else None
    model = stacks.finished(reading, stack) if stack is not None else value
    if isinstance(model, Unknown):
        raise missing(reading, model.needs)
    if not isinstance(model, keras.Model):
        raise _no_model(reading)
    if not model.built:
        _build(reading, model, stack)
    return model


def _candidate(scope: Scope, returned: Any) -> Any:
    named = scope.look_up("model")
    for value in (named, returned):
        if isinstance(value, (Stack, keras.Model)) or (isinstance(value, Unknown) and value.built):
            return value
    models = scope.reading.models
    if not models:
        return None
    if len(models) > 1:
        _note_choice(scope, models[-1])
    return models[-1]


def _note_choice(scope: Scope, model: Any) -> None:
    name = next((n for n, value in scope.names.items() if value is model), None)
    if name is not None:
        scope.reading.note(
            None, f"The model is `{name}`, the last one built; name one `model` to choose it."
        )


def _from_function(scope: Scope) -> Any:
    """Calls a function that makes a model and that the code defines but never calls."""
    reading = scope.reading
    for function in reversed(reading.functions):
        if not touches_keras(function, [], {}):
            continue
        before = len(reading.models)
        value = call_function(function, [], _arguments(reading, function), None)
        if isinstance(value, (list, tuple)) and value:
            value = value[-1]
        if isinstance(value, (Stack, keras.Model)) or (isinstance(value, Unknown) and value.built):
            reading.note(function.line, f"`{function.name}` is never called: it is called here.")
            return value
        if len(reading.models) > before:
            return reading.models[-1]
    return None


def _arguments(reading: Reading, function: CodeFunction) -> dict[str, Any]:
    """Parameters without a default are asked for."""
    given = function.arguments
    names = [parameter.arg for parameter in (*given.posonlyargs, *given.args)]
    needed = names[: len(names) - len(function.defaults)]
    needed += [p.arg for p in given.kwonlyargs if p.arg not in function.keyword_defaults]
    where = ast.Pass(lineno=function.line)
    return {name: reading.ask(name, where, "parameter") for name in needed}


def _no_model(reading: Reading) -> CodeError:
    return reading.error(
        None,
        "The code builds no model.",
        "It should make a `Sequential` or a `Model`.",
        "Paste the lines from the imports to `model.compile(...)`.",
    )


def _build(reading: Reading, model: Any, stack: Stack | None) -> None:
    """Builds a `Sequential` for the data it is fitted to, a given shape, or any ids."""
    node = stack.node if stack is not None else None
    if not model.layers:
        raise reading.error(node, "The model has no layers.", todo="Add the layers.")
    shape = reading.shapes.get(id(stack)) or reading.shapes.get(id(model))
    if shape is not None:
        stacks.build(reading, model, (None, *shape[1:]), node)
        reading.note(node, f"The input shape {shape[1:]} is that of the data in `fit`.")
        return
    where = node if node is not None else ast.Pass(lineno=1)
    given = reading.ask(INPUT_SHAPE, where, "shape")
    if not isinstance(given, Unknown):
        sides = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        stacks.build(reading, model, (None, *sides), node)
        return
    if isinstance(model.layers[0], keras.layers.Embedding):
        try:
            stacks.build(reading, model, (None, None), node)
        except CodeError:
            if reading.spending.exceeded:
                raise
            raise missing(reading, given.needs) from None
        reading.note(node, "The code gives no input shape: any number of timesteps.")
        return
    raise missing(reading, given.needs)


def lines_of(model: keras.Model, made: dict[str, int]) -> dict[str, int]:
    """Returns the line of each node of `model` and of the models inside it.

    A layer inside a wrapper (`forward_lstm`) has the line of the wrapper.

    Args:
        model: The model.
        made: Line by name of whatever was made while the code was read.
    """
    found: dict[str, int] = {}
    for owner, operation in _operations(model, None):
        line = made.get(operation.name) or (found.get(owner) if owner else None)
        if line:
            found.setdefault(operation.name, line)
    return found


def _operations(operation: Any, owner: str | None) -> Iterator[tuple[str | None, Any]]:
    """All operations, outer before inner, each with the name of the one it is inside."""
    yield owner, operation
    inner = list(getattr(operation, "operations", ()))
    if isinstance(operation, keras.Sequential):
        inner = list(operation.layers)
    if isinstance(operation, keras.layers.Layer):
        # `_layers` holds what a layer has inside (layers/layer.py): cells, wrapped layers, heads.
        inner += [layer for layer in operation._layers if layer not in inner]
    for part in inner:
        yield from _operations(part, operation.name)


def _descriptor() -> int | None:
    """Where tracebacks go; None for a program without a terminal, which then is not watched."""
    try:
        return sys.__stderr__.fileno() if sys.__stderr__ is not None else None
    except (OSError, ValueError):
        return None


_stderr = _descriptor()
_lock = threading.Lock()
_deadlines: list[float] = []


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Ends the process, exit code 1, with a traceback, where the block takes longer.

    What code may do is paid for before it is done, and the clock is looked at between any two
    calls. This is for what holds neither: a call that does not come back. It works without
    Python's lock, so that code of C cannot hold it up.
    """
    deadline = time.monotonic() + seconds
    with _lock:
        _deadlines.append(deadline)
        _watch()
    try:
        yield
    finally:
        with _lock:
            _deadlines.remove(deadline)
            _watch()


def _watch() -> None:
    """Sets the one timer that there is to the first deadline."""
    if not _deadlines:
        faulthandler.cancel_dump_traceback_later()
    elif _stderr is not None:
        left = max(min(_deadlines) - time.monotonic(), 0.001)
        faulthandler.dump_traceback_later(left, exit=True, file=_stderr)
