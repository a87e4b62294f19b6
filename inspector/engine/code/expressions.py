"""Names, constants, containers, conditions, comprehensions and texts."""

import ast
from typing import Any

from inspector.engine.code import python_functions, tables
from inspector.engine.code.assignment import assign
from inspector.engine.code.budget import pay
from inspector.engine.code.code_values import CONTAINERS, CodeFunction, Unknown
from inspector.engine.code.evaluator import evaluate, evaluates, items_of, iterable, plain, truth
from inspector.engine.code.scopes import MISSING, Scope
from inspector.engine.code.texts import formatted

_BUILTINS = python_functions.python_functions()


@evaluates(ast.Constant)
def _constant(node: ast.Constant, scope: Scope) -> Any:
    if isinstance(node.value, (str, bytes)):
        scope.reading.spending.elements(node, len(node.value))
    return plain(node, node.value, scope)


@evaluates(ast.Name)
def _name(node: ast.Name, scope: Scope) -> Any:
    found = scope.look_up(node.id)
    if found is not MISSING:
        return found
    if node.id == "__name__":
        return "__main__"
    if node.id in scope.reading.given:
        return scope.reading.ask(node.id, node)
    if node.id in _BUILTINS:
        return _BUILTINS[node.id]
    common = tables.fragment_names()
    if node.id in common:
        scope.reading.defaults_used.append(node.id)
        return common[node.id]
    return scope.reading.ask(node.id, node, "name")


@evaluates(ast.List, ast.Tuple, ast.Set)
def _sequence(node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Any:
    budget = scope.reading.spending
    budget.elements(node, len(node.elts))
    found: list[Any] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            more = evaluate(element.value, scope)
            if isinstance(more, Unknown):
                found.append(more)
                continue
            found.extend(items_of(node, more, scope, "`*`"))
            budget.length(node, len(found))
        else:
            found.append(evaluate(element, scope))
    pay(budget, node, *(value for value in found if isinstance(value, (*CONTAINERS, dict))))
    if isinstance(node, ast.Tuple):
        return tuple(found)
    return found if isinstance(node, ast.List) else set(found)


@evaluates(ast.Dict)
def _dict(node: ast.Dict, scope: Scope) -> Any:
    budget = scope.reading.spending
    found: dict[Any, Any] = {}
    for key, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(value_node, scope)
        if key is None:
            if isinstance(value, Unknown):
                return value
            if not isinstance(value, dict):
                raise TypeError("`**` takes a dictionary")
            budget.elements(node, len(found) + len(value))
            found.update(value)
        else:
            name = evaluate(key, scope)
            pay(budget, node, name)
            found[name] = value
        if isinstance(value, (*CONTAINERS, dict)):
            pay(budget, node, value)
    return found


@evaluates(ast.IfExp)
def _choice(node: ast.IfExp, scope: Scope) -> Any:
    test = evaluate(node.test, scope)
    if isinstance(test, Unknown):
        return scope.reading.derived(node, [test])
    return evaluate(node.body if truth(node, test, scope) else node.orelse, scope)


@evaluates(ast.BoolOp)
def _boolean(node: ast.BoolOp, scope: Scope) -> Any:
    found: Any = None
    for part in node.values:
        found = evaluate(part, scope)
        if isinstance(found, Unknown):
            return scope.reading.derived(node, [found])
        if truth(node, found, scope) is isinstance(node.op, ast.Or):
            return found
    return found


@evaluates(ast.NamedExpr)
def _walrus(node: ast.NamedExpr, scope: Scope) -> Any:
    value = evaluate(node.value, scope)
    scope.assign(node.target.id, value)
    return value


@evaluates(ast.Lambda)
def _lambda(node: ast.Lambda, scope: Scope) -> CodeFunction:
    return make_function("<lambda>", node.args, node.body, scope, node.lineno)


def make_function(
    name: str, arguments: ast.arguments, body: Any, scope: Scope, line: int
) -> CodeFunction:
    """Makes a function of the code, with the defaults of its parameters."""
    defaults = tuple(evaluate(default, scope) for default in arguments.defaults)
    keywords = {
        parameter.arg: evaluate(default, scope)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    return CodeFunction(name, arguments, body, scope, defaults, keywords, line)


@evaluates(ast.JoinedStr)
def _joined(node: ast.JoinedStr, scope: Scope) -> Any:
    pieces = [evaluate(part, scope) for part in node.values]
    unknown = [piece for piece in pieces if isinstance(piece, Unknown)]
    if unknown:
        return scope.reading.derived(node, unknown)
    scope.reading.spending.elements(node, sum(len(piece) for piece in pieces))
    return "".join(pieces)


@evaluates(ast.FormattedValue)
def _formatted(node: ast.FormattedValue, scope: Scope) -> Any:
    value = evaluate(node.value, scope)
    spec = evaluate(node.format_spec, scope) if node.format_spec is not None else ""
    unknown = scope.reading.unknowns([value, spec])
    if unknown:
        return scope.reading.derived(node, unknown)
    conversion = chr(node.conversion) if node.conversion > 0 else None
    return formatted(scope.reading.spending, node, value, spec, conversion)


@evaluates(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
) -> Any:
    inner = Scope(scope.reading, scope)
    found: list[Any] = []
    unknown = _generate(node, 0, inner, found)
    if unknown is not None:
        return unknown
    if not isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        pay(scope.reading.spending, node, found)  # they are hashed to the bottom
    if isinstance(node, ast.DictComp):
        return dict(found)
    return set(found) if isinstance(node, ast.SetComp) else found


def _generate(node: Any, depth: int, scope: Scope, found: list[Any]) -> Unknown | None:
    if depth == len(node.generators):
        scope.reading.spending.length(node, len(found) + 1)
        if isinstance(node, ast.DictComp):
            found.append((evaluate(node.key, scope), evaluate(node.value, scope)))
        else:
            found.append(evaluate(node.elt, scope))
        return None
    generator = node.generators[depth]
    values = evaluate(generator.iter, scope)
    if isinstance(values, Unknown):
        return scope.reading.unknown(node, values.why, values.module)
    for value in iterable(generator.iter, values, scope):
        assign(generator.target, value, scope)
        tests = [evaluate(test, scope) for test in generator.ifs]
        doubtful = [test for test in tests if isinstance(test, Unknown)]
        if doubtful:
            return scope.reading.derived(node, doubtful)
        if all(truth(node, test, scope) for test in tests):
            unknown = _generate(node, depth + 1, scope, found)
            if unknown is not None:
                return unknown
    return None
