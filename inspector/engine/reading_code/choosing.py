"""Which of the code's models is meant, and building it where the code leaves its shape open."""

import ast
from typing import Any

import keras

from inspector.engine.reading_code import stacks
from inspector.engine.reading_code.functions import call_function
from inspector.engine.reading_code.missing import missing
from inspector.engine.reading_code.scopes import Reading, Scope
from inspector.engine.reading_code.stacks import Stack
from inspector.engine.reading_code.touching import touches_keras
from inspector.engine.reading_code.values import Function, Unknown
from inspector.errors import CodeError

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


def _arguments(reading: Reading, function: Function) -> dict[str, Any]:
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
