"""Calls: of whitelisted functions, of layers, of methods, and of the code's own functions."""

import ast
import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from inspector.engine.code import arguments, old_arguments, python_functions, stacks
from inspector.engine.code.arguments import check_bounds
from inspector.engine.code.array_functions import NotKept, array_value
from inspector.engine.code.attributes import SKIPPED_METHODS
from inspector.engine.code.code_models import compile_model
from inspector.engine.code.code_values import (
    ArrayShape,
    CallKind,
    CodeFunction,
    Known,
    Method,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
    kind_name,
    leaves,
)
from inspector.engine.code.evaluator import (
    calls_values,
    evaluate,
    evaluates,
    items_of,
    plain,
    truth,
)
from inspector.engine.code.functions import call_function, callback, is_checked, to_keras
from inspector.engine.code.guard import call_layer, check_states, guarded, operate
from inspector.engine.code.operators import binary
from inspector.engine.code.python_functions import PythonCall
from inspector.engine.code.python_functions import call_method as call_method_of_value
from inspector.engine.code.refusals import nearest
from inspector.engine.code.scopes import MISSING, Reading, Scope
from inspector.engine.code.skipping import skipped_call, touches_keras
from inspector.engine.code.stacks import Stack, finished, not_a_layer
from inspector.engine.code.text import line_of, written
from inspector.engine.size_bounds import LARGEST_INTEGER
from inspector.errors import CodeError


@evaluates(ast.Call)
def _call(node: ast.Call, scope: Scope) -> Any:
    if isinstance(node.func, ast.Name) and scope.look_up(node.func.id) is MISSING:
        why = python_functions.SKIPPED.get(node.func.id)
        if why is not None:
            return skipped_call(node, why, scope)
    callee = evaluate(node.func, scope)
    if isinstance(callee, Unknown):
        return _call_unknown(node, callee, scope)
    if isinstance(callee, Method):
        return call_method(node, callee, scope)
    args, kwargs = evaluated_arguments(node, scope)
    return call(node, callee, args, kwargs, scope)


def evaluated_arguments(node: ast.Call, scope: Scope) -> tuple[list[Any], dict[str, Any]]:
    """Evaluates the arguments of a call, `*` and `**` spread out."""
    args: list[Any] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = evaluate(argument.value, scope)
            if isinstance(value, Unknown):
                args.append(value)
                continue
            args.extend(items_of(argument, value, scope, "`*`"))
            scope.reading.spending.length(argument, len(args))
        else:
            args.append(evaluate(argument, scope))
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        value = evaluate(keyword.value, scope)
        more = {keyword.arg: value} if keyword.arg is not None else value
        if not isinstance(more, dict) or not all(isinstance(name, str) for name in more):
            raise scope.reading.error(keyword, f"`**{written(keyword.value)}` is no dictionary.")
        twice = next((name for name in more if name in kwargs), None)
        if twice is not None:
            raise scope.reading.error(keyword, f"`{twice}` is given twice.", todo="Delete one.")
        scope.reading.spending.elements(keyword, len(kwargs) + len(more))
        kwargs.update(more)
    return args, kwargs


@calls_values
def call(node: ast.Call, callee: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope) -> Any:
    """Calls a value of the code with evaluated arguments."""
    if isinstance(callee, CodeFunction):
        return _call_own(node, callee, args, kwargs, scope)
    if isinstance(callee, Known):
        return _call_known(node, callee, args, kwargs, scope)
    if isinstance(callee, Partial):
        merged = {**callee.kwargs, **kwargs}
        return call(node, callee.function, [*callee.args, *args], merged, scope)
    if isinstance(callee, (Stack, keras.layers.Layer)):
        return call_on(node, callee, args, kwargs, scope)
    if isinstance(callee, (keras.losses.Loss, keras.regularizers.Regularizer)):
        converted = to_keras(scope.reading, node, (args, kwargs))
        return operate(scope.reading, node, callee, *converted)
    what = "a module" if isinstance(callee, Namespace) else f"a {kind_name(callee)}"
    if is_tensor(callee):
        what = "a tensor"
    raise scope.reading.error(
        node,
        f"`{written(node.func)}` is {what} and cannot be called.",
        todo="Is a comma or an operator missing?" if not isinstance(callee, Namespace) else "",
    )


def _call_known(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading = scope.reading
    if known.kind is CallKind.SPECIAL:
        return known.function(reading, node, args, kwargs)
    if known.kind is CallKind.PYTHON:
        return call_python(node, known, args, kwargs, scope)
    if known.kind is CallKind.ARRAY:
        return call_array(node, known, args, kwargs, scope)
    if known.kind is CallKind.LAYER:
        return make_layer(node, known, args, kwargs, scope)
    if known.kind is CallKind.OBJECT:
        if known.path.startswith("keras.optimizers."):
            kwargs = old_arguments.translate_optimizer(reading, node, known.name, kwargs)
        kwargs = old_arguments.translate_loss(kwargs)
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        inside = leaves([args, kwargs], lambda steps: reading.spending.spend(node, steps))
        return reading.derived(node, unknown, built=any(is_tensor(leaf) for leaf in inside))
    args, kwargs = to_keras(reading, node, arguments.by_name(known, args, kwargs))
    check_bounds(reading, node, known, args, kwargs)
    if known.kind is CallKind.OBJECT:
        arguments.check(reading, node, known, args, kwargs)
        return guarded(reading, node, lambda: known.function(*args, **kwargs))
    return _operation(node, known, args, kwargs, scope)


def _operation(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    arguments.check(scope.reading, node, known, args, kwargs)
    if known.name in ("variable", "Variable"):  # no larger than what it is made from
        return guarded(scope.reading, node, lambda: known.function(*args, **kwargs))
    if known.name in ("split", "unstack", "meshgrid"):
        _check_parts(node, known, args, kwargs, scope)
    found = operate(scope.reading, node, known.function, args, kwargs)
    return found.item() if isinstance(found, np.generic) else found


def _check_parts(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    """Each part of a tensor is a node of its own."""
    numbers = [v for v in (*args, *kwargs.values()) if isinstance(v, int)]
    if known.name == "unstack" and args and is_tensor(args[0]):
        numbers += [side for side in args[0].shape if side is not None]
    for number in numbers:
        scope.reading.spending.spend(node, 50 * abs(number))


def _call_own(
    node: ast.Call, function: CodeFunction, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    try:
        return call_function(function, args, kwargs, node)
    except CodeError as error:
        budget = scope.reading.spending
        if budget.exceeded or touches_keras(function, args, kwargs):
            raise
        budget.failure = None
        scope.reading.note(node, f"Skipped: `{function.name}` prepares data ({error.got}).")
        return scope.reading.unknown(node, "data")


def _call_unknown(node: ast.Call, callee: Unknown, scope: Scope) -> Any:
    reading = scope.reading
    if callee.built:
        args, kwargs = evaluated_arguments(node, scope)
        return reading.derived(node, [callee, *reading.unknowns([args, kwargs])], built=True)
    if _gets_tensor(node, scope):
        raise not_a_layer(reading, node, callee)
    return skipped_call(node, "data", scope, callee)


def _gets_tensor(node: ast.Call, scope: Scope) -> bool:
    """True if a variable that holds a tensor of the model is passed to something unknown."""
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        inner = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
        for part in inner:
            value = scope.look_up(part.id) if isinstance(part, ast.Name) else None
            if is_tensor(value) and not isinstance(value, ArrayShape):
                return True
    return False


_DERIVED = ("int", "float", "abs", "round", "tuple", "list", "str", "range")


def python_call(node: ast.Call, scope: Scope) -> PythonCall:
    """What a function of Python may use of the interpreter."""
    return PythonCall(
        node,
        scope,
        call=lambda function, args: call(node, function, args, {}, scope),
        add=lambda left, right: binary(node, ast.Add, left, right, scope),
        truth=lambda value: truth(node, value, scope),
    )


def call_python(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls one of Python's functions; sizes are checked before anything is made."""
    reading = scope.reading
    unknown = [value for value in (*args, *kwargs.values()) if isinstance(value, Unknown)]
    if unknown:
        if known.name in _DERIVED:
            return reading.derived(node, unknown)
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if reading.unknowns([args, kwargs]) and known.name not in ("len", "list", "tuple", "zip"):
        return reading.derived(node, reading.unknowns([args, kwargs]))
    if known.name == "abs" and len(args) == 1 and is_tensor(args[0]):
        return operate(reading, node, operator.abs, args, {})
    try:
        return plain(node, known.function(python_call(node, scope), *args, **kwargs), scope)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        # Python's own words would name a function of ours.
        raise reading.error(node, f"`{known.name}` cannot be called like this.") from error


def call_array(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """A NumPy call that cannot be read gives an unknown value: it is a matter of data."""
    reading = scope.reading
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    inside = leaves([args, kwargs], lambda steps: reading.spending.spend(node, steps))
    if any(is_tensor(leaf) for leaf in inside):
        raise reading.error(
            node,
            f"`{known.path}` is called on a tensor.",
            "NumPy cannot compute while the model is built.",
            f"Use `keras.ops.{known.name}`.",
        )
    try:
        return array_value(reading.spending, node, known, args, kwargs)
    except CodeError:
        raise
    except (NotKept, TypeError, ValueError, ArithmeticError, IndexError, AttributeError):
        return reading.unknown(node, "data")


def call_method(node: ast.Call, method: Method, scope: Scope) -> Any:
    """Calls a whitelisted method."""
    if isinstance(method.owner, (Stack, keras.layers.Layer)):
        if method.name in SKIPPED_METHODS:
            return _skipped(node, method, scope)
        args, kwargs = evaluated_arguments(node, scope)
        return _of_model(node, method, args, kwargs, scope)
    args, kwargs = evaluated_arguments(node, scope)
    if is_tensor(method.owner):
        return tuple(method.owner.shape)
    return _of_value(node, method, args, kwargs, scope)


def _skipped(node: ast.Call, method: Method, scope: Scope) -> Any:
    if method.name.startswith(("fit", "train")) and node.args:
        _remember_shape(node.args[0], method.owner, scope)
    return skipped_call(node, SKIPPED_METHODS[method.name], scope)


def _remember_shape(argument: ast.expr, model: Any, scope: Scope) -> None:
    """The data that a model is fitted to says its input shape, where the code does not."""
    value = scope.look_up(argument.id) if isinstance(argument, ast.Name) else None
    if isinstance(value, (np.ndarray, ArrayShape)):
        array = value.view if isinstance(value, ArrayShape) else value
        scope.reading.shapes.setdefault(id(model), tuple(array.shape))


def _of_model(
    node: ast.Call, method: Method, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading, owner, name = scope.reading, method.owner, method.name
    if isinstance(owner, Stack) and name == "add":
        layer = args[0] if args else kwargs.get("layer")
        where = node.args[0] if node.args else node
        if layer is None:
            raise reading.error(node, "`add` gets no layer.", todo="Write `model.add(LSTM(10))`.")
        return stacks.add(reading, owner, layer, where)
    if isinstance(owner, Stack) and name == "pop":
        return stacks.pop(reading, owner, node)
    model = stacks.finished(reading, owner, node) if isinstance(owner, Stack) else owner
    if isinstance(model, Unknown):
        return reading.derived(node, [model], built=True)
    if name == "compile":
        return compile_model(reading, node, model, args, kwargs)
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        return reading.derived(node, unknown, built=True)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    if name == "compute_mask":
        return guarded(reading, node, lambda: model.compute_mask(*args, **kwargs))
    if name == "get_layer":
        return _layer_named(node, model, args, kwargs, scope)
    if name == "build":
        return _build(node, model, args, kwargs, scope)
    return guarded(reading, node, lambda: getattr(model, name)(*args, **kwargs))


def _layer_named(
    node: ast.Call, model: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    name = args[0] if args else kwargs.get("name")
    names = [layer.name for layer in model.layers]
    if isinstance(name, str) and name not in names:
        alike = nearest(name, names)
        raise scope.reading.error(
            node,
            f"The model has no layer named {name!r}.",
            todo=f"Did you mean {alike!r}?" if alike else f"Its layers are {', '.join(names)}.",
        )
    return guarded(scope.reading, node, lambda: model.get_layer(*args, **kwargs))


def _build(
    node: ast.Call, model: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    shape = args[0] if args else kwargs.get("input_shape")
    if not isinstance(shape, (tuple, list)) or not all(
        side is None or isinstance(side, int) for side in shape
    ):
        raise scope.reading.error(
            node,
            "`build` gets no shape.",
            "It takes the shape with the rows in front.",
            "Write `model.build((None, timesteps, features))`.",
        )
    reading = scope.reading
    if any(abs(side or 0) > LARGEST_INTEGER for side in shape):
        raise reading.error(node, "A side of this shape is too large.", todo="Make it smaller.")

    def build() -> None:
        check_states(reading.spending, model, [tuple(shape)])
        model.build(tuple(shape))

    guarded(reading, node, build)


def _of_value(
    node: ast.Call, method: Method, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """A method of a text, a list, an array: unknown where its arguments are."""
    reading, owner, name = scope.reading, method.owner, method.name
    unknown = reading.unknowns([args, kwargs])
    if unknown and not (isinstance(owner, list) and name in ("append", "extend", "insert")):
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if unknown and name == "extend" and isinstance(args[0], Unknown):
        owner.append(unknown[0])
        return None
    try:
        return plain(
            node, call_method_of_value(python_call(node, scope), owner, name, args, kwargs), scope
        )
    except NotKept:
        return reading.unknown(node, "data")


def make_layer(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Makes a layer; with `add`, `concatenate` and their like, makes and calls it."""
    reading = scope.reading
    if not isinstance(known.function, type):  # add, concatenate, ...: a layer and its call
        reading.spending.layer(node)
        return _checked_tensors(node, known, args, kwargs, scope)
    kwargs, shape = old_arguments.translate(reading, node, known.name, kwargs)
    reading.spending.layer(node)
    unknown = reading.unknowns([args, kwargs, shape])
    if unknown:
        return reading.derived(node, unknown, built=True)
    if known.name == "Lambda":
        args = [callback(reading, node, value) for value in args]
        kwargs = {name: callback(reading, node, value) for name, value in kwargs.items()}
    args, kwargs = to_keras(reading, node, arguments.by_name(known, args, kwargs))
    check_bounds(reading, node, known, args, kwargs)
    _check_function(node, known, args, kwargs, scope)
    arguments.check(reading, node, known, args, kwargs)
    if known.name == "InputLayer" and kwargs.get("shape") is not None:
        arguments.check_shape(reading, node, "shape", kwargs["shape"])
    with _findable(reading, known):
        made = guarded(reading, node, lambda: known.function(*args, **kwargs))
    reading.lines[made.name] = line_of(node) or 0
    reading.kept.append(made)  # ids stay unique while the layer lives
    if shape is not None:
        reading.input_shapes[id(made)] = shape
    return made


@contextmanager
def _findable(reading: Reading, known: Known) -> Iterator[None]:
    """`Bidirectional` rebuilds its layer from a description that names the code's functions."""
    if known.name != "Bidirectional":
        yield
        return
    own = {name: made for name, made in reading.callables.items() if not hasattr(keras, name)}
    with keras.saving.custom_object_scope(own):
        yield


def _checked_tensors(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    unknown = scope.reading.unknowns([args, kwargs])
    for value in unknown:
        if not value.built:
            raise not_a_layer(scope.reading, node, value)
    if unknown:
        return scope.reading.derived(node, unknown, built=True)
    args, kwargs = to_keras(scope.reading, node, (args, kwargs))
    return guarded(scope.reading, node, lambda: known.function(*args, **kwargs))


def _check_function(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    if known.name == "Lambda":
        function = args[0] if args else kwargs.get("function")
        if function is not None and not is_checked(function):
            raise scope.reading.error(
                node,
                f"`Lambda` gets a {type(function).__name__}.",
                "It takes a function.",
                "Write `Lambda(lambda x: ...)`.",
            )


def call_on(
    node: ast.Call, layer: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls a layer or model on tensors."""
    reading = scope.reading
    unknown = reading.unknowns([args, kwargs])
    for value in unknown:
        if not value.built and not _is_plain_option(value, kwargs):
            raise not_a_layer(reading, node, value)
    layer = finished(reading, layer, node) if isinstance(layer, Stack) else layer
    if unknown or isinstance(layer, Unknown):
        found = [*unknown, *([layer] if isinstance(layer, Unknown) else [])]
        return reading.derived(node, found, built=True)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    if not args and not kwargs:
        raise reading.error(
            node,
            f"`{written(node.func)}` is called without a tensor.",
            todo="Call it on the output of the layer before.",
        )
    _check_called_on(node, layer, args, scope)
    found = call_layer(reading, node, layer, args, kwargs)
    if found is None:
        reading.note(node, f"`{written(node.func, 40)}(...)` on numbers is skipped: data.")
        return reading.unknown(node, "data")
    return found


def _check_called_on(node: ast.Call, layer: Any, args: list[Any], scope: Scope) -> None:
    """A layer is called on tensors, or on arrays of numbers."""
    spend = scope.reading.spending.spend
    for leaf in leaves(args[:1], lambda steps: spend(node, steps)):
        numbers = isinstance(leaf, (int, float, np.generic, np.ndarray))
        texts = isinstance(leaf, str) and isinstance(layer, keras.layers.TextVectorization)
        if not (is_tensor(leaf) or numbers or texts):
            raise scope.reading.error(
                node,
                f"`{written(node.func, 30)}` is called on {arguments.described(leaf)}.",
                "A layer is called on a tensor.",
                "Call it on the output of the layer before.",
            )


def _is_plain_option(value: Unknown, kwargs: dict[str, Any]) -> bool:
    return any(value is given for name, given in kwargs.items() if name in ("training", "causal"))
