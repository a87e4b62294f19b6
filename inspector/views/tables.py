"""Findings and calls as tables. Text that a user typed or named is safe in spreadsheets."""

import pandas as pd

from inspector.core.inspection import Inspection
from inspector.core.trace import LayerStep, MaskState
from inspector.views import phrases
from inspector.views.tokens import in_cell


def findings_table(inspection: Inspection) -> pd.DataFrame:
    """Returns a row per finding, worst first: what happens, and what to do."""
    records = [
        {
            "severity": phrases.SEVERITIES[finding.severity],
            "layer": in_cell(finding.layer or ""),
            "line": finding.line,
            "what happens": in_cell(finding.message),
            "what to do": in_cell(finding.fix.sentence),
            "code": in_cell_lines(finding.fix.code),
        }
        for finding in inspection.findings
    ]
    columns = ["severity", "layer", "line", "what happens", "what to do", "code"]
    return pd.DataFrame(records, columns=columns).astype({"line": "Int64"})


def steps_table(inspection: Inspection) -> pd.DataFrame:
    """Returns a row per call in execution order, nested calls included."""
    columns = [
        "call",
        "layer",
        "class",
        "inside",
        "inputs",
        "output shape",
        "mask received",
        "mask handed on",
        "what happened",
        "line",
    ]
    records = [_step(step) for step in inspection.trace.steps]
    return pd.DataFrame(records, columns=columns).astype({"line": "Int64"})


def in_cell_lines(text: str) -> str:
    """Returns code for a cell: line by line safe, line ends kept."""
    return "\n".join(in_cell(line) for line in text.split("\n"))


def _step(step: LayerStep) -> dict[str, object]:
    return {
        "call": step.index,
        "layer": in_cell(step.name),
        "class": in_cell(step.class_name),
        "inside": in_cell(" › ".join(step.path)),
        "inputs": in_cell(", ".join(step.inputs)),
        "output shape": str(tuple(step.output_shape)),
        "mask received": _state(step.received_state),
        "mask handed on": _state(step.handed_on_state),
        "what happened": phrases.OUTCOMES[step.outcome],
        "line": step.line,
    }


def _state(state: MaskState | None) -> str:
    return "no time axis" if state is None else phrases.MASK_STATES[state]
