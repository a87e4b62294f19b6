"""`mask-inspector compare`: ways of treating padding side by side."""

import argparse
from collections.abc import Callable
from pathlib import Path

from inspector.core.strategies import STRATEGIES
from inspector.errors import InspectorError

LISTED = "strategies:\n" + "\n".join(
    f"  {strategy.key:22} {strategy.title}" for strategy in STRATEGIES.values()
)
"""For the help of the command."""


def add_options(command: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    add = command.add_argument
    add("--strategy", action="append", metavar="NAME", help="only this one, see below; repeat it")
    add("--json", action="store_true", help="the comparison as JSON")
    add("-o", "--output", metavar="FILE", help="write it as one HTML file, too")
    add("-q", "--quiet", action="store_true", help="no progress on stderr")


def compare_text(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    """Returns what the command writes to stdout.

    Args:
        options: What was parsed.
        say: Writes a line to stderr.

    Raises:
        InspectorError: The input cannot be used, or the file cannot be written.
    """
    path = None if options.output is None else Path(options.output)
    if path is not None and not path.parent.is_dir():
        raise InspectorError(
            f"There is no folder `{path.parent}`.", "The report is written into a folder."
        )
    from inspector.cli.subjects import subject

    found = subject(options, say)
    from inspector.core.requests import Watch
    from inspector.engine.strategies.compare import compare

    comparison = compare(
        found.model,
        found.batch,
        options.strategy,
        batch_size=options.batch_size,
        loss=found.loss,
        watch=Watch(lambda done, total, what: say(what)),
    )
    if path is not None:
        try:
            comparison.to_html(path)
        except OSError as error:
            raise InspectorError(f"`{path}` cannot be written: {error.strerror}.") from None
    return comparison.to_json() if options.json else str(comparison)
