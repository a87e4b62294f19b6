"""The rows of the table: a name for the command line, a sentence, and what measures it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.measure import Result

Measure = Callable[[int], list[Result]]


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: For `--only`.
        says: What it measures, for `--list`.
        home: Module and function that measure it, imported when the row is run: browser rows must
            not load TensorFlow into their process, nor engine rows a browser.
    """

    name: str
    says: str
    home: str

    def measure(self, times: int) -> list[Result]:
        """Measures; `times` scales how often each thing is repeated (1 is usual)."""
        module, _, function = self.home.partition(":")
        measure: Measure = getattr(import_module(module), function)
        return measure(times)


ROWS = (
    Row("edit", "edit one character, 2 x 12 cells, in the browser", "benchmarks.pages_rows:edit"),
    Row("layers", "edit with 12 and 40 layers at 32 x 128", "benchmarks.pages_rows:layers"),
    Row("paint", "first paint of the shell", "benchmarks.pages_rows:paint"),
    Row("sessions", "ten browser sessions at once", "benchmarks.pages_rows:sessions"),
    Row("work", "one edit, without a browser", "benchmarks.pages_rows:work"),
    Row("memory", "memory after 200 edits, 20 model changes", "benchmarks.pages_rows:memory"),
    Row("worker", "one warm request to the worker", "benchmarks.engine_rows:worker"),
    Row("trace", "trace against the plain forward pass", "benchmarks.engine_rows:trace"),
    Row("inspect", "inspect against model.evaluate", "benchmarks.engine_rows:inspections"),
    Row("large", "100,000 rows x 64 timesteps", "benchmarks.large_rows:large"),
    Row("compare", "compare strategies 1 to 7", "benchmarks.compare_rows:comparisons"),
    Row("train", "train strategies side by side", "benchmarks.compare_rows:training"),
    Row("first", "first comparison of a small model", "benchmarks.compare_rows:first_comparison"),
    Row("cold", "first inspection of a small model", "benchmarks.engine_rows:cold"),
)
