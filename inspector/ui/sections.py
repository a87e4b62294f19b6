"""The sections of the Inspect page, top to bottom. Each says one thing about an inspection."""

from functools import partial

import streamlit as st

from inspector.core.findings import Finding, Severity
from inspector.core.inspection import Inspection
from inspector.ui.choices import Key, draw_fold
from inspector.ui.exhibits import Exhibit, draw_exhibit, heading
from inspector.ui.surroundings import Surroundings
from inspector.views import phrases
from inspector.views.mask_map import (
    MaskMapView,
    mask_map,
    mask_map_alt,
    mask_map_notes,
    mask_map_table,
)
from inspector.views.numbers import amount

FINDINGS_SHOWN = 3
_SEVERITY_BADGES = {
    Severity.WRONG: ("red", ":material/error:"),
    Severity.RISK: ("orange", ":material/warning:"),
    Severity.NOTE: ("gray", ":material/info:"),
}


def draw_verdict(inspection: Inspection) -> None:
    """Draws the one sentence that matters, and under it the findings with what to do."""
    diagnosis = inspection.diagnosis
    if diagnosis.healthy:
        st.success(diagnosis.verdict, icon=":material/check_circle:")
    else:
        st.error(diagnosis.verdict, icon=":material/error:")
    for number, finding in enumerate(diagnosis.findings[:FINDINGS_SHOWN]):
        _draw_finding(finding, number)
    rest = diagnosis.findings[FINDINGS_SHOWN:]
    if rest:
        with st.expander(f"{amount(len(rest), 'more finding')}"):
            for number, finding in enumerate(rest, FINDINGS_SHOWN):
                _draw_finding(finding, number)


def _draw_finding(finding: Finding, number: int) -> None:
    color, icon = _SEVERITY_BADGES[finding.severity]
    badge = f":{color}-badge[{icon} {phrases.SEVERITIES[finding.severity]}]"
    fix = f"  \n**What to do:** {finding.fix.sentence}" if finding.fix.sentence else ""
    st.markdown(f"{badge} {finding.message}{fix}")
    if finding.fix.code:
        with st.expander("Code for this", icon=":material/code:"):
            st.code(finding.fix.code)


@st.fragment
def draw_mask_map(inspection: Inspection, around: Surroundings) -> None:
    """Draws where the mask goes, layer by layer."""
    with heading("Where the mask goes, layer by layer", phrases.MASK_MAP_CAPTION):
        fold = draw_fold()
    view = MaskMapView(theme=around.theme, compact=around.narrow, fold=fold)
    draw_exhibit(
        Exhibit(
            key=Key.MASK_MAP,
            figure=mask_map(inspection, view),
            alt=mask_map_alt(inspection, view),
            table=partial(mask_map_table, inspection),
            notes=mask_map_notes(inspection, view),
        )
    )


def draw_inspection(inspection: Inspection, around: Surroundings) -> None:
    """Draws everything about an inspection, what matters most first."""
    draw_verdict(inspection)
    draw_mask_map(inspection, around)
