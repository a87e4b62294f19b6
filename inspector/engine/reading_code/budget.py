"""What reading may cost: each limit is checked before the memory is taken."""

import ast
import math
import time
from collections.abc import Iterable
from typing import Any

from inspector.core.requests import CodeLimits
from inspector.engine.reading_code.source import Source
from inspector.errors import CodeError

_CLOCK = 256  # steps between two looks at the clock
MOST_TERMS = 4_096
"""Terms of a sum of sums, each written out."""
MOST_AXES = 32
"""Axes of one tensor; TensorFlow knows no more than 254."""


class Budget:
    """Counts what one reading, or one later call of an interpreted function, has used.

    Attributes:
        limits: How much may be used.
        active: The code's own functions that are being evaluated, outermost first.
        failure: The last error of ours that went through Keras, which may wrap it in its own.
        exceeded: A limit was reached.
        simplified: Weights were too large for an initializer that takes long.
        terms_of_inputs: Terms of the sums that the model or function was called on, in which
            the evaluation is.
        terms_of_result: Terms of the sum that was made last.
    """

    def __init__(self, limits: CodeLimits, source: Source) -> None:
        """Starts the clock."""
        self.limits = limits
        self.source = source
        self.active: list[Any] = []
        self.failure: CodeError | None = None
        self.exceeded = False
        self.simplified = False
        self.layers = 0
        self.parameters = 0
        self.terms_of_inputs = 1
        self.terms_of_result = 1
        self._other_numbers = 0
        self.node: ast.AST | int | None = None
        self._steps = 0
        self._last: ast.AST | int | None = None
        self._look = _CLOCK
        self._end = time.monotonic() + limits.seconds

    def spend(self, node: ast.AST | int | None, steps: int = 1) -> None:
        """Counts `steps` evaluated at `node`, or where the last ones were."""
        node = self._last = node if node is not None else self._last
        self._steps += steps
        if self._steps > self.limits.steps:
            raise self.over(
                node,
                "steps",
                self.limits.steps,
                "Evaluating this takes too many steps; is there a long or endless loop?",
            )
        if self._steps >= self._look:
            self._look = self._steps + _CLOCK
            self.check_time(node)

    def check_time(self, node: ast.AST | int | None) -> None:
        """Raises CodeError where the time is over."""
        if time.monotonic() > self._end:
            raise self.over(node, "seconds", self.limits.seconds, "Reading the code takes long.")

    def elements(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of one list, string or array, and counts it as steps."""
        self.length(node, count)
        self.spend(node, count // 8)

    def length(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of a list that grows by one element, or is only counted."""
        if count > self.limits.elements:
            raise self.over(
                node,
                "elements",
                self.limits.elements,
                f"This has {_number(count)} elements.",
            )

    def span(self, node: ast.AST | int | None, count: int) -> None:
        """Checks the length of a range, which holds no elements, and counts it as steps."""
        if count > self.limits.steps:
            raise self.over(
                node, "steps", self.limits.steps, f"This range has {_number(count)} elements."
            )
        self.spend(node, count // 8)

    def layer(self, node: ast.AST | int | None) -> None:
        """Counts one layer."""
        self.layers += 1
        if self.layers > self.limits.layers:
            raise self.over(node, "layers", self.limits.layers, "The code makes too many layers.")

    def weight(self, shape: Iterable[Any]) -> None:
        """Counts one weight's parameters, before it is allocated."""
        size = math.prod(max(int(side or 0), 0) for side in shape)
        self.parameters += size
        if self.parameters > self.limits.parameters:
            raise self.over(
                self.node,
                "parameters",
                self.limits.parameters,
                f"The model has at least {_number(self.parameters)} parameters.",
            )

    def numbers(self, node: ast.AST | int | None, count: int) -> None:
        """Counts what is no weight and is held as long as one: metrics, states, variables."""
        self._other_numbers += count
        if self.parameters + self._other_numbers > self.limits.parameters:
            raise self.over(
                node,
                "parameters",
                self.limits.parameters,
                f"This holds {_number(count)} numbers between batches.",
            )

    def terms(self, node: ast.AST | int | None, count: int) -> None:
        """Checks how many terms a sum of sums has, if each is written out.

        TensorFlow's optimizer writes them out: sixty times `y = y + y` would never end.
        """
        if count > MOST_TERMS:
            self.exceeded = True
            raise self.fail(
                self.source.error(
                    node,
                    f"This adds sums to themselves, {count:,} terms in all.",
                    f"There may be {MOST_TERMS:,} here.",
                    "Multiply by a number in place of adding the same again.",
                )
            )

    def output(self, node: ast.AST | int | None, shape: Iterable[Any] | None) -> None:
        """Checks the size of one tensor; open axes count as the limits say."""
        if shape is None:
            return
        sides = list(shape)
        if len(sides) > MOST_AXES:
            raise self.over(node, "values", self.limits.values, f"This has {len(sides)} axes.")
        known = [
            (self.limits.rows if axis == 0 else self.limits.timesteps) if side is None else side
            for axis, side in enumerate(sides)
        ]
        size = math.prod(max(int(side), 0) for side in known)
        if size > self.limits.values:
            raise self.over(
                node,
                "values",
                self.limits.values,
                f"The result has shape {tuple(sides)}: {_number(size)} numbers.",
            )

    def over(self, node: ast.AST | int | None, limit: str, value: float, got: str) -> CodeError:
        """Makes the error for a limit that is reached."""
        self.exceeded = True
        return self.fail(
            self.source.error(
                node,
                got,
                f"The limit here is {value:,} (`{limit}`).",
                "Make it smaller, or raise the limit in Python: "
                f"`model_from_code(source, limits=CodeLimits({limit}=...))`.",
            )
        )

    def fail(self, error: CodeError) -> CodeError:
        """Remembers an error, so that it is found again where Keras wraps it."""
        self.failure = error
        # Keras wraps an error from inside a layer unless it carries this mark
        # (utils/traceback_utils.py); wrapped, it would lose its line.
        vars(error)["_keras_call_info_injected"] = True
        return error


def _number(count: int) -> str:
    return f"{count:,}" if count < 10**15 else f"about 10^{len(str(count)) - 1}"
