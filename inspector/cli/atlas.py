"""`mask-inspector atlas`: what each layer of Keras does to a mask and to padding."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence

from inspector.core.atlas import Atlas, AtlasRow, atlas_json
from inspector.errors import InspectorError
from inspector.files.atlases import installed_keras, nearest_version, read_atlas
from inspector.views.atlas_example import example
from inspector.views.atlas_words import SHORT_COLUMNS, cell, sentence

_HEADINGS = ("layer", "the mask", "warning", "content", "in training", "amount", "in training")


def add_options(command: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    add = command.add_argument
    add("layer", nargs="*", metavar="LAYER", help="only these layers, such as Conv1D")
    add("--json", action="store_true", help="the atlas as JSON")
    add("--example", action="store_true", help="a script in plain Keras for each LAYER")
    add("--measure", action="store_true", help="run every layer of the installed Keras anew")
    add("--keras", metavar="VERSION", help="of which version (default: the installed one)")
    add("-q", "--quiet", action="store_true", help="no progress on stderr")


def atlas_text(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    """Returns what the command writes to stdout.

    Args:
        options: What was parsed.
        say: Writes a line to stderr.

    Raises:
        InspectorError: There is no such layer or no such atlas, or options exclude each other.
    """
    if options.example and (options.json or not options.layer):
        raise InspectorError(
            "`--example` was given" + (" with `--json`." if options.json else " without a layer."),
            "It writes a script for each layer that is named.",
            "Try `mask-inspector atlas Conv1D --example`.",
        )
    atlas = _atlas(options, say)
    rows = _chosen(atlas, options.layer)
    if options.example:
        return "\n\n".join(
            f"# {row.name}: {sentence(row)}\n{example(row).rstrip()}" for row in rows
        )
    if options.json:
        others = () if options.layer else atlas.not_measured
        return atlas_json(Atlas(atlas.keras, atlas.tensorflow, rows, others)).rstrip()
    text = [f"Keras {atlas.keras}, TensorFlow {atlas.tensorflow}", "", *_table(rows)]
    if options.layer:
        text += ["", *(f"{row.name}: {sentence(row)}" for row in rows)]
    elif atlas.not_measured:
        text += ["", f"Not measured: {', '.join(name for name, _ in atlas.not_measured)}"]
    return "\n".join(text)


def _atlas(options: argparse.Namespace, say: Callable[[str], None]) -> Atlas:
    if options.measure:
        if options.keras is not None:
            raise InspectorError("`--measure` was given with `--keras`.", "It runs what is here.")
        from inspector.engine.atlas.measuring import measured_atlas

        return measured_atlas(lambda name: None if options.quiet else say(f"Running {name}"))
    installed = installed_keras()
    version = options.keras or nearest_version(installed)
    if options.keras is None and version != installed and not options.quiet:
        say(f"This is the atlas of Keras {version}; `--measure` runs the installed {installed}.")
    return read_atlas(version)


def _chosen(atlas: Atlas, wanted: Sequence[str]) -> tuple[AtlasRow, ...]:
    if not wanted:
        return atlas.rows
    rows: dict[str, AtlasRow] = {}
    reasons = {name.lower(): why for name, why in atlas.not_measured}
    for name in wanted:
        found = [row for row in atlas.rows if row.layer.lower() == name.lower()]
        if not found:
            why = reasons.get(name.lower())
            known = {row.layer.lower(): row.layer for row in atlas.rows}
            alike = difflib.get_close_matches(name.lower(), known, 1)
            raise InspectorError(
                f"`{name}` was not measured: {why}." if why else f"There is no layer `{name}`.",
                f"It must be a layer of the atlas of Keras {atlas.keras}.",
                f"Did you mean `{known[alike[0]]}`?" if alike else "Leave it out to see all.",
            )
        rows |= {row.name: row for row in found}
    return tuple(rows.values())


def _table(rows: Sequence[AtlasRow]) -> list[str]:
    table = [list(_HEADINGS)]
    # Not every terminal can write a dash.
    dash = "-" if (sys.stdout.encoding or "").lower() in ("ascii", "us-ascii") else "–"
    for row in rows:
        cells = [cell(row, column).replace("–", dash) for column in SHORT_COLUMNS]
        table.append([row.name, *cells])
    widths = [max(len(line[at]) for line in table) for at in range(len(table[0]))]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
