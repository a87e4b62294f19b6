"""What values weigh: asked, and paid for, before anything is made of them."""

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from inspector.engine.reading_code.budget import Budget
from inspector.engine.reading_code.values import CONTAINERS

_PIECE = 8  # letters, or numbers of an array, for one step
_AT_ONCE = 128  # steps between two looks at the budget
_LONGEST_NUMBER = 32
_LONGEST_FIXED = 330  # digits of `%f` and `%d` for the largest float


def pay(budget: Budget, node: ast.AST | int | None, *values: Any) -> None:
    """Pays for going through values to the bottom; what is met twice is paid for twice.

    Lists may hold each other, and themselves: then the budget is what ends this.
    """
    owed = 0
    for leaf, steps in _weights(list(values)):
        owed += steps
        if isinstance(leaf, (str, bytes, range)):
            owed += len(leaf) // _PIECE
        elif isinstance(leaf, np.ndarray):
            owed += leaf.size // _PIECE
        if owed >= _AT_ONCE:
            budget.spend(node, owed)
            owed = 0
    budget.spend(node, owed)


def text_length(budget: Budget, node: ast.AST | int | None, value: Any, fixed: bool = False) -> int:
    """Returns a bound on the length of a value written as text, before it is written.

    Args:
        budget: Pays for the way to the bottom of the value.
        node: Where it is written.
        value: Anything.
        fixed: Numbers may be written with all their digits, as `%f` does.
    """
    if isinstance(value, str):
        return len(value)
    length = owed = 0
    for leaf, steps in _weights([value]):
        owed += steps
        length += 4 * steps
        if isinstance(leaf, (str, bytes)):
            length += 2 + len(leaf) * (4 if isinstance(leaf, bytes) or leaf.isascii() else 10)
        elif isinstance(leaf, np.ndarray):
            # NumPy writes the ends of an array of more than 1,000 elements.
            length += 1000 + min(leaf.size, 1000) * (_LONGEST_NUMBER + leaf.dtype.itemsize)
        else:
            length += _LONGEST_FIXED if fixed else _LONGEST_NUMBER
        if owed >= _AT_ONCE:
            budget.length(node, length)
            budget.spend(node, owed)
            owed = 0
    budget.spend(node, owed)
    return length


def _weights(pending: list[Any]) -> Iterator[tuple[Any, int]]:
    """Yields each leaf, with the steps to it."""
    steps = 0
    while pending:
        steps += 1
        value = pending.pop()
        if isinstance(value, CONTAINERS):
            pending.extend(value)
            steps += len(value) // _PIECE
        elif isinstance(value, dict):
            pending.extend(value.keys())
            pending.extend(value.values())
            steps += len(value) // _PIECE
        elif isinstance(value, slice):
            pending.extend((value.start, value.stop, value.step))
        else:
            yield value, steps
            steps = 0
            continue
        if steps >= _AT_ONCE:  # lists that hold nothing but lists
            yield None, steps
            steps = 0
