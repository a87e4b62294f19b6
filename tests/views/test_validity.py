"""Figures are built without validation, which costs more than drawing them: it is done here."""

import plotly.graph_objects as go
import pytest

from inspector.core.inspection import Inspection
from inspector.views.leak_map import LeakMapView, leak_map
from inspector.views.loss_map import LossMapView, loss_map
from inspector.views.mask_map import MaskMapView, mask_map
from inspector.views.palette import DARK, LIGHT, Theme


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("compact", [False, True])
def test_plotly_accepts_every_figure(
    any_inspection: Inspection, theme: Theme, compact: bool
) -> None:
    figures = [
        mask_map(any_inspection, MaskMapView(theme=theme, compact=compact)),
        loss_map(any_inspection, LossMapView(theme=theme, compact=compact)),
    ]
    if any_inspection.leaks is not None:
        figures.append(leak_map(any_inspection, LeakMapView(theme=theme, compact=compact)))
    for figure in figures:
        validated = go.Figure(figure.to_dict())
        assert figure.to_dict()["layout"].get("template") is None
        assert len(validated.data) == len(figure.data)


def test_plotly_refuses_what_is_no_figure() -> None:
    with pytest.raises(ValueError, match="bogus"):
        go.Figure({"data": [], "layout": {"bogus": 1}})
