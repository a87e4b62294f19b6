"""Findings as plain text, for logs: codes first, nothing that a terminal could misread."""

import textwrap
from collections.abc import Iterator, Sequence

from inspector.core.diagnosis.findings import Finding
from inspector.core.inspection import Inspection
from inspector.views import phrases
from inspector.views.numbers import amount
from inspector.views.tokens import plain

_WIDTH = 100


def finding_line(finding: Finding) -> str:
    """Returns a finding on one line, however long: severity, code, layer, what happens."""
    at = f" at {finding.layer}" if finding.layer else ""
    line = "" if finding.line is None else f" (line {finding.line})"
    severity = phrases.SEVERITIES[finding.severity]
    return _plain(f"{severity}: {finding.code}{at}{line}: {finding.message}")


def findings_text(findings: Sequence[Finding]) -> str:
    """Returns findings with what to do about each, at most 100 columns wide."""
    return "\n".join(line for finding in findings for line in _finding(finding))


def circumstances(inspection: Inspection) -> str:
    """Returns the batch and the versions that the answer depends on, on one line."""
    batch, versions = inspection.batch, inspection.trace.versions
    rows, timesteps = amount(batch.rows, "row"), amount(batch.timesteps, "timestep")
    size = f"{rows} of {timesteps}, {int(batch.padding.sum()):,} of them padding"
    return f"{size}; Keras {versions.keras}, TensorFlow {versions.tensorflow}"


def _finding(finding: Finding) -> Iterator[str]:
    yield from _wrapped(finding_line(finding), "- ")
    if finding.fix.sentence:
        yield from _wrapped(f"What to do: {_plain(finding.fix.sentence)}", "  ")
    for code in finding.fix.code.splitlines():
        yield f"      {plain(code)}"


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent="  ")


def _plain(text: str) -> str:
    # Logs are searched: a no-break space would not be found.
    return plain(text).replace("\N{NO-BREAK SPACE}", " ")
