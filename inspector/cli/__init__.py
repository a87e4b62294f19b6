"""The command line: `python -m inspector` and `mask-inspector`.

Only what `--help` needs is imported here; Keras is loaded when a model is.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence

from inspector.errors import InspectorError

OK, FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

_MODEL = """\
models:
  preset:question            a model built for the sentences: question, answer, cure, tagger,
                             classifier, attention, conv, transformer or never_fires
  model.keras, model.h5      a saved model; nothing that the file brings is run
  model.py                   code that builds a model; it is interpreted, not run
  package.module:attribute   a model, or a function that returns one, imported from your own code:
                             importing RUNS that code

batches:
  batch.npz, .json, .jsonl, .csv, .tsv, .txt, .parquet, or sentences: -s '##abb' -s '#babb'
"""

_EXAMPLES = {
    "": """\
examples:
  mask-inspector inspect preset:question -s '##abb' -s '#babb'
  mask-inspector check model.keras batch.npz
  mask-inspector report model.py batch.csv -o report.html
  mask-inspector app
""",
    "inspect": """\
examples:
  mask-inspector inspect preset:question -s '##abb' -s '#babb'
  mask-inspector inspect model.keras batch.npz --batch-size 32
  mask-inspector inspect model.py batch.csv --set vocab_size=5000 --json > result.json
""",
    "check": """\
exit status:
  0 nothing is wrong, 1 something is, 2 it could not be checked, 3 it was not tested (no padding
  was given or found, or a test could not run); `--allow not_tested` makes that 0

examples:
  mask-inspector check model.keras batch.npz
  mask-inspector check my_package.models:build batch.npz --strict --allow metric_counts_padding
""",
    "report": """\
examples:
  mask-inspector report preset:question -o report.html
  mask-inspector report model.keras batch.npz -o report.html --date 2026-01-31
""",
    "compare": """\
examples:
  mask-inspector compare preset:question
  mask-inspector compare model.keras batch.npz --strategy propagated --strategy alone
  mask-inspector compare model.py batch.csv --json > comparison.json
""",
    "atlas": """\
examples:
  mask-inspector atlas
  mask-inspector atlas Conv1D LSTM
  mask-inspector atlas Conv1D --example > conv1d.py
  mask-inspector atlas --measure --json > atlas.json
""",
    "app": """\
examples:
  mask-inspector app
  mask-inspector app --server.port=8502
  mask-inspector app --result report.html
""",
}


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the whole command line."""
    root = argparse.ArgumentParser(
        prog="mask-inspector",
        description="See where a Keras mask stops, why, and what it costs your loss.",
        epilog=_EXAMPLES[""],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="store_true", help="print the versions and exit")
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    for name, about in _COMMANDS.items():
        # Options of the app are Streamlit's: it must not guess at them.
        command = commands.add_parser(
            name,
            help=about,
            description=about[0].upper() + about[1:] + ".",
            epilog=_epilog(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name not in _NO_MODEL:
            _add_subject(command)
        if name not in _NO_LOOKING:
            _add_looking(command)
        _ADDERS[name](command)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Without the name of the program; None for those of the process.

    Returns:
        0 if nothing is wrong, 1 if `check` found something, 2 for input that cannot be used.
    """
    root = parser()
    options, rest = root.parse_known_args(arguments)
    if rest and options.command != "app":
        root.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command is None and not options.version:
        root.print_help()
        return BAD_INPUT
    from inspector.cli import commands, streams

    streams.open_streams()
    try:
        return commands.run(options, rest)
    except InspectorError as error:
        commands.say_error(error)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        streams.leave_pipe()
        return OK
    except Exception:
        # A fault of ours; not 1, which says that something was found.
        traceback.print_exc(file=sys.stderr)
        return BAD_INPUT


def _epilog(name: str) -> str:
    if name == "compare":
        from inspector.cli.compare import LISTED

        return f"{LISTED}\n\n{_MODEL}\n{_EXAMPLES[name]}"
    return _EXAMPLES[name] if name in _NO_MODEL else f"{_MODEL}\n{_EXAMPLES[name]}"


def _add_subject(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help="which model, see below")
    command.add_argument("batch", metavar="BATCH", nargs="?", help="a file with a batch")
    group = command.add_argument_group("sentences")
    add = group.add_argument
    add("-s", "--sentence", action="append", metavar="TEXT", help="a padded sentence; repeat it")
    add("--targets", metavar="KIND", help="same (default), next_token or label")
    add("--padding-char", default="#", metavar="C", help="what stands for padding (default: #)")
    add("--side", default="as_typed", help="as_typed (default), before or after: where to fill up")
    add("--tokens", default="character", help="character (default) or word")
    add("--encoding", help="one_hot, one_hot_padding_class or ids (default: what the model takes)")
    group = command.add_argument_group("model")
    add = group.add_argument
    add("--loss", metavar="NAME", help="a Keras loss, instead of the compiled one")
    add("--set", action="append", metavar="NAME=VALUE", help="a value that .py code leaves open")
    add("--units", type=int, metavar="N", help="width of a preset's layers")
    add("--seed", type=int, default=0, metavar="N", help="seed of initial weights (default: 0)")
    add("--train", type=int, default=0, metavar="STEPS", help="train a preset first, 0 to 200")


def _add_looking(command: argparse.ArgumentParser) -> None:
    add = command.add_argument_group("how to look").add_argument
    add("--batch-size", type=_positive, metavar="N", help="rows a batch, as in model.evaluate")
    add("--training", action="store_true", help="test leaks with layers as in training")
    add("--no-leaks", action="store_true", help="do not test whether padding leaks")
    add = command.add_argument_group("output").add_argument
    add("-q", "--quiet", action="store_true", help="no progress on stderr")


def _add_inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="the whole answer as JSON")
    _add_colour(command)


def _add_check(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--strict", action="store_true", help="findings of severity risk count, too")
    add(
        "--allow",
        action="append",
        default=[],
        metavar="CODE",
        help="a finding that is accepted, or `not_tested`",
    )
    add("--json", action="store_true", help="the whole answer as JSON")
    _add_colour(command)


def _add_report(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("-o", "--output", default="report.html", metavar="FILE", help="default: report.html")
    add("--date", metavar="DATE", help="the date that stands in it (default: today, UTC)")


def _add_compare(command: argparse.ArgumentParser) -> None:
    from inspector.cli.compare import add_options

    command.add_argument("--batch-size", type=_positive, metavar="N", help="rows a batch")
    add_options(command)


def _add_atlas(command: argparse.ArgumentParser) -> None:
    from inspector.cli.atlas import add_options

    add_options(command)


def _add_app(command: argparse.ArgumentParser) -> None:
    command.usage = "mask-inspector app [-h] [--result REPORT] [options of `streamlit run`]"
    command.add_argument(
        "--result", metavar="REPORT", help="open on the result in this report, see `report`"
    )


def _add_colour(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto (default): on a terminal, unless NO_COLOR is set",
    )


def _positive(text: str) -> int:
    number = int(text) if text.lstrip("+-").isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number


_COMMANDS = {
    "inspect": "say where the mask goes, whether padding is in the loss, and whether it leaks",
    "check": "fail if padding counts in the loss or changes predictions, for CI",
    "report": "write one HTML file that needs no server and no network",
    "compare": "put ways of treating padding side by side, on a model and a batch of yours",
    "atlas": "say what each layer of Keras does to a mask and to padding",
    "app": "open the app in a browser",
}
_NO_MODEL = ("atlas", "app")
_NO_LOOKING = ("compare", *_NO_MODEL)
_ADDERS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "inspect": _add_inspect,
    "check": _add_check,
    "report": _add_report,
    "compare": _add_compare,
    "atlas": _add_atlas,
    "app": _add_app,
}
