"""Names and their values, innermost scope first, and the state of one reading."""

import ast
from typing import Any, Final

import numpy as np

from inspector.core.requests import CodeLimits, CodeNote
from inspector.engine.code.budget import Budget, current_budget
from inspector.engine.code.code_values import Unknown, leaves, needs_of
from inspector.engine.code.text import Source, line_of, written
from inspector.errors import AskedName, CodeError, MissingNamesError

MISSING: Final = object()
"""Stands for "no value"."""

_LONGEST_ASKED = 200
_MOST_NOTES = 1000


class Reading:
    """All that is known while one text is read.

    Attributes:
        source: Its lines.
        limits: What it may cost.
        given: Values for names that the code does not contain, by their text.
        arrays: Literal arrays, by variable.
        lines: Line that made a layer or operator, by its name.
        models: Models and `Sequential` stacks, in the order in which they were made.
        used: Given names that were used.
        shapes: Shape of the data that a model is fitted to, by `id`.
    """

    def __init__(self, source: Source, limits: CodeLimits, given: dict[str, Any]) -> None:
        """Starts with empty results."""
        self.source, self.limits, self.given = source, limits, given
        self.budget = Budget(limits, source)
        self._notes: dict[CodeNote, None] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.lines: dict[str, int] = {}
        self.models: list[Any] = []
        self.used: dict[str, AskedName] = {}
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.input_shapes: dict[int, tuple[Any, ...]] = {}
        self.defaults_used: list[str] = []
        self.stars = False
        self.callables: dict[str, Any] = {}
        self.kept: list[Any] = []
        self.functions: list[Any] = []

    @property
    def spending(self) -> Budget:
        """The budget of this context: of the reading, or of a later call of a function."""
        budget = current_budget()
        return budget if budget is not None and budget.source is self.source else self.budget

    def error(
        self, where: ast.AST | int | None, got: str, expected: str = "", todo: str = ""
    ) -> CodeError:
        """Makes an error that names the line."""
        return self.spending.fail(self.source.error(where, got, expected, todo))

    def note(self, where: ast.AST | int | None, message: str) -> None:
        """Keeps a note, once a line."""
        line = where if isinstance(where, int) else line_of(where) if where is not None else 0
        if len(self._notes) < _MOST_NOTES:
            self._notes.setdefault(CodeNote(line or 0, message))

    @property
    def notes(self) -> tuple[CodeNote, ...]:
        """What was skipped, translated or assumed, in the order in which it was met."""
        return tuple(self._notes)

    def unknown(self, node: ast.AST, why: str = "", module: str = "") -> Any:
        """Returns the given value for what `node` writes, or an `Unknown` that asks for it."""
        return self.ask(written(node, _LONGEST_ASKED), node, why, module)

    def ask(self, text: str, node: ast.AST, why: str = "", module: str = "") -> Any:
        """Returns the given value for `text`, or an `Unknown` that asks for it."""
        line = line_of(node) or 0
        asked = AskedName(text, line, self.source.text(line))
        if text in self.given:
            self.used.setdefault(text, asked)
            return self.given[text]
        return Unknown(text, (asked,), why, module=module)

    def derived(self, node: ast.AST, found: list[Unknown], built: bool = False) -> Unknown:
        """An `Unknown` that is made from others."""
        built = built or any(value.built for value in found)
        module = next((value.module for value in found if value.module), "")
        return Unknown(written(node), needs_of(found), found[0].why, built, module)

    def unknowns(self, value: Any) -> list[Unknown]:
        """The unknown values inside `value`."""
        if isinstance(value, Unknown):
            return [value]
        if not isinstance(value, (list, tuple, dict, set, slice)):
            return []
        spend = self.spending.spend
        inside = leaves(value, lambda steps: spend(None, steps))
        return [leaf for leaf in inside if isinstance(leaf, Unknown)]


class Scope:
    """Names of a module, a function or a comprehension."""

    def __init__(self, reading: Reading, parent: "Scope | None" = None) -> None:
        """Opens a scope inside `parent`."""
        self.reading, self.parent = reading, parent
        self.names: dict[str, Any] = {}
        self.elsewhere: set[str] = set()

    def look_up(self, name: str) -> Any:
        """Returns the value of a name, or `MISSING`."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return MISSING

    def assign(self, name: str, value: Any) -> None:
        """Binds a name here, or where `global` and `nonlocal` say."""
        scope = self
        if name in self.elsewhere:
            while scope.parent is not None and (scope is self or name not in scope.names):
                scope = scope.parent
        scope.names[name] = value

    def root(self) -> "Scope":
        """The scope of the module."""
        return self if self.parent is None else self.parent.root()

    def visible(self) -> list[str]:
        """All names that can be used here."""
        names = list(self.names)
        return names if self.parent is None else names + self.parent.visible()


def missing(reading: Reading, needs: tuple[AskedName, ...]) -> MissingNamesError:
    """The error that asks for names."""
    asked = tuple(sorted(needs, key=lambda need: need.line))
    names = ", ".join(f"`{need.name}`" for need in asked)
    one = len(asked) == 1
    error = MissingNamesError(
        f"The code takes {names} from data that it does not contain.",
        "",
        f"Give {'its value' if one else 'their values'}: "
        f"`model_from_code(source, names={{{asked[0].name!r}: ...}})`.",
    )
    error.asked = asked
    error.line, error.text = asked[0].line or None, asked[0].text
    reading.spending.fail(error)
    return error
