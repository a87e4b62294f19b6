"""`model_from_code`: a model from pasted code, of which nothing is executed."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from inspector.core.requests import CodeLimits, CodeNote
from inspector.engine.forward.interception import observing
from inspector.engine.reading_code import calls, expressions, operators
from inspector.engine.reading_code.attributes import read
from inspector.engine.reading_code.choosing import chosen_model
from inspector.engine.reading_code.counting import counting
from inspector.engine.reading_code.deadline import ended_after
from inspector.engine.reading_code.guarding import Checker
from inspector.engine.reading_code.locating import lines_of
from inspector.engine.reading_code.parsing import parse
from inspector.engine.reading_code.scopes import Reading, Scope
from inspector.engine.reading_code.screening import screen
from inspector.engine.reading_code.source import Source
from inspector.engine.reading_code.statements import Returned, run
from inspector.engine.seam.keras import fresh_names
from inspector.errors import AskedName, CodeError

# Importing these registers what evaluates each kind of expression.
EVALUATORS = (calls, expressions, operators, read)

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
            found[ast.unparse(ast.parse(name.strip(), mode="eval").body)] = value
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
