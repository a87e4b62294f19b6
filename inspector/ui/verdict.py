"""The verdict at the top of an answer: one sentence, and under it the findings."""

from typing import Any

import streamlit as st

from inspector.core.diagnosis.findings import Finding, Severity, Status
from inspector.core.inspection import Inspection
from inspector.ui import words
from inspector.views import phrases
from inspector.views.markdown import Markdown, markdown
from inspector.views.tokens import plain_code

_BADGES = {
    Severity.WRONG: Markdown(":red-badge[:material/error: {}]"),
    Severity.RISK: Markdown(":orange-badge[:material/warning: {}]"),
    Severity.NOTE: Markdown(":gray-badge[:material/info: {}]"),
}
_FIX = Markdown("  \n**What to do:** {}")


class Verdict:
    """The one sentence that matters, and the findings with what to do.

    It can be said twice: before the leak tests, and after them. What is said at last is written
    over what stands there: an empty place for it would blink, and move all that is below.
    """

    def __init__(self, inspection: Inspection, to_come: bool = False) -> None:
        """Draws it.

        Args:
            inspection: What was found.
            to_come: The leak tests are still running: nothing is found to be right before they end.
        """
        self._lines = st.container()
        with self._lines:
            self._sentence = _say(st, inspection, to_come)
            self._findings = [
                st.markdown(markdown(_finding(finding, inspection)))
                for finding in _loud(inspection)
            ]
        self._more = st.empty() if to_come else st.container()
        with self._more.container() if to_come else self._more:
            _draw_more(inspection)

    def say_at_last(self, inspection: Inspection) -> None:
        """Writes over it what is known after the leak tests."""
        _say(self._sentence, inspection)
        loud = _loud(inspection)
        for place, finding in zip(self._findings, loud, strict=False):
            place.markdown(markdown(_finding(finding, inspection)))
        for place in self._findings[len(loud) :]:
            place.empty()
        with self._lines:
            for finding in loud[len(self._findings) :]:
                st.markdown(markdown(_finding(finding, inspection)))
        if not inspection.diagnosis.findings:
            self._more.empty()  # What is not written over would stay.
            return
        with self._more.container():
            _draw_more(inspection)


def _say(place: Any, inspection: Inspection, to_come: bool = False) -> Any:
    verdict = inspection.diagnosis.verdict
    status = inspection.diagnosis.status
    if status is Status.ERROR:
        return place.error(markdown(verdict), icon=":material/error:")
    if status is Status.WARNING:
        return place.warning(markdown(verdict), icon=":material/warning:")
    if to_come and inspection.diagnosis.healthy:
        return place.info(markdown(words.so_far(verdict)), icon=":material/hourglass_top:")
    if status is Status.PASS:
        return place.success(markdown(verdict), icon=":material/check_circle:")
    # Grey: nothing was found, and nothing was acquitted either.
    return place.markdown(markdown(words.NOT_TESTED_BADGE.format(verdict=verdict)))


def _loud(inspection: Inspection) -> list[Finding]:
    return [f for f in inspection.diagnosis.findings if f.severity is not Severity.NOTE]


def _draw_more(inspection: Inspection) -> None:
    """Draws, folded away, the code of the findings, and the notes."""
    coded = [finding for finding in _loud(inspection) if finding.fix.code]
    notes = [f for f in inspection.diagnosis.findings if f.severity is Severity.NOTE]
    if not coded and not notes:
        return
    with st.expander(markdown(words.more(bool(coded), len(notes))), type="compact"):
        for finding in coded:
            st.markdown(markdown(finding.fix.sentence))
            st.code(plain_code(finding.fix.code))
        for finding in notes:
            st.markdown(markdown(_finding(finding, inspection)))
            if finding.fix.code:
                st.code(plain_code(finding.fix.code))


def _finding(finding: Finding, inspection: Inspection) -> Markdown:
    badge = _BADGES[finding.severity].format(phrases.SEVERITIES[finding.severity])
    where = words.at_line(finding.line, phrases.code_line(finding.line, inspection.code))
    fix = _FIX.format(finding.fix.sentence) if finding.fix.sentence else ""
    return badge + f" {finding.message}" + where + fix
