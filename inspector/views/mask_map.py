"""The mask map: where the mask goes, layer by layer, from the input to the loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from inspector.core.blocks import TEXT_CELLS
from inspector.core.inspection import Inspection
from inspector.core.trace import Outcome
from inspector.views import palette, phrases
from inspector.views.bands import Band, BandChoices, BandKind, Channel, bands, stop_position
from inspector.views.figures import figure, text_mark
from inspector.views.mask_map_cells import heatmaps, hover, merged_cells, stack, texts
from inspector.views.mask_map_layout import (
    Geometry,
    Placed,
    geometry,
    headline_lines,
    place,
    text_bands,
)
from inspector.views.numbers import amount
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import in_cell, label


@dataclass(frozen=True)
class MaskMapView:
    """How to draw a mask map.

    Attributes:
        theme: Light or dark surroundings.
        compact: Labels above the cells, for screens narrower than about 640 pixels.
        fold: Join neighbours that keep the mask, or have none, into one band.
        nested: Show the calls inside layers, too.
        rows: Rows to show, first and one past the last; None for all.
        channel: Which mask to show.
    """

    theme: Theme = LIGHT
    compact: bool = False
    fold: bool = False
    nested: bool = False
    rows: tuple[int, int] | None = None
    channel: Channel = Channel.EFFECTIVE


def mask_map(inspection: Inspection, view: MaskMapView | None = None) -> go.Figure:
    """Draws a band for each call, rows x timesteps, from the input to the loss.

    Marks: a filled blue cell is a timestep that the mask keeps; an orange cell with × is masked;
    a grey cell with · has no mask, so it counts; `!` stands where the mask differs from the truth;
    one wide grey cell is a row of an output without a time axis. The first band is the truth from
    the data: blue is real, orange × is padding. The letter in a cell is its token. Where there are
    too many cells for letters, glyphs stand on some of the cells only. The full-width line stands
    before the call at which the mask stops: solid and with ▼ where that is wrong, dashed where the
    mask is rightly used up. A cell of an aggregated map stands for a block of timesteps; its
    colour runs from orange (none kept) to blue (all kept).
    """
    view = view or MaskMapView()
    shown, first_row = _shown(inspection, view)
    sizes = geometry(_rows(shown, inspection), shown, view.compact)
    stop, stop_text = _stop(inspection, shown)
    placed, height = place(shown, sizes, stop, stop_text)
    stacked = stack(placed, sizes)
    cells = heatmaps(stacked, sizes, view.theme)
    if (stacked.codes > 0).sum() <= TEXT_CELLS and sizes.block.whole:
        cells[0] |= {"hovertext": hover(placed, stacked, sizes, first_row), "hoverinfo": "text"}
    else:
        cells[0]["hoverinfo"] = "skip"
    with_tokens = text_bands(placed, sizes, TEXT_CELLS)
    traces = [
        *cells,
        *merged_cells(placed, sizes, view.theme),
        *texts(placed, stacked, sizes, with_tokens, view.theme),
    ]
    layout = _layout(placed, sizes, height, view.theme, first_row)
    layout["shapes"] = _lines(placed, inspection, view.theme)
    layout["annotations"] = _words(placed, sizes, inspection, view)
    return figure(traces, layout, view.theme)


def mask_map_notes(inspection: Inspection, view: MaskMapView | None = None) -> tuple[str, ...]:
    """Returns what a reader must know about the figure: what was aggregated or left out."""
    view = view or MaskMapView()
    shown, _ = _shown(inspection, view)
    sizes = geometry(_rows(shown, inspection), shown, view.compact)
    notes = []
    if not sizes.block.whole:
        notes.append(phrases.aggregated(sizes.block, "the share of them that the mask keeps"))
    if view.rows is not None:
        first, last = _window(inspection, view)
        if last - first < inspection.batch.rows:
            notes.append(f"Rows {first} to {last - 1} of {inspection.batch.rows} are shown.")
    return tuple(notes)


def mask_map_table(inspection: Inspection, view: MaskMapView | None = None) -> pd.DataFrame:
    """Returns a row per band: layer, class, what happened, cells kept, masked and wrong."""
    view = view or MaskMapView(nested=True)
    choices = BandChoices(fold=view.fold, nested=view.nested, channel=view.channel)
    records = []
    for band in bands(inspection, choices):
        mask, wrong = band.mask, band.wrong
        records.append(
            {
                "layer": in_cell(band.title),
                "class": in_cell(band.subtitle),
                "what happened": in_cell(band.headline),
                "why": in_cell(band.remark),
                "timesteps": band.timesteps,
                "kept": None if mask is None else int(mask.sum()),
                "masked": None if mask is None else int((~mask).sum()),
                "differs from the truth": None if mask is None or wrong is None else int(wrong.sum()),
            }
        )
    counts = ("timesteps", "kept", "masked", "differs from the truth")
    return pd.DataFrame(records).astype({name: "Int64" for name in counts})


def mask_map_alt(inspection: Inspection, view: MaskMapView | None = None) -> str:
    """Returns one sentence with the finding, for readers who do not see the figure."""
    view = view or MaskMapView()
    shown, _ = _shown(inspection, view)
    calls = sum(len(band.steps) for band in shown)
    batch = inspection.batch
    size = f"{amount(batch.rows, 'row')} of {amount(batch.timesteps, 'timestep')}"
    start = f"Mask map of {amount(calls, 'call')} on {size}."
    title, reason = _stop(inspection, shown)[1]
    finding = f"{title}: {reason}." if reason else f"{title}." if title else ""
    return " ".join(part for part in (start, finding, shown[-1].headline) if part)


def _rows(shown: Sequence[Band], inspection: Inspection) -> int:
    mask = shown[0].mask
    return inspection.batch.rows if mask is None else int(mask.shape[0])


def _window(inspection: Inspection, view: MaskMapView) -> tuple[int, int]:
    first, last = view.rows or (0, inspection.batch.rows)
    first = min(max(first, 0), inspection.batch.rows - 1)
    return first, min(max(last, first + 1), inspection.batch.rows)


def _shown(inspection: Inspection, view: MaskMapView) -> tuple[tuple[Band, ...], int]:
    """Returns the bands, cut to the wanted rows, and the number of the first row."""
    found = bands(inspection, BandChoices(view.fold, view.nested, view.channel))
    first, last = _window(inspection, view)
    if (first, last) == (0, inspection.batch.rows):
        return found, 0
    return tuple(
        replace(
            band,
            mask=None if band.mask is None else band.mask[first:last],
            wrong=None if band.wrong is None else band.wrong[first:last],
            tokens=None if band.tokens is None else band.tokens[first:last],
        )
        for band in found
    ), first


def _stop(inspection: Inspection, shown: Sequence[Band]) -> tuple[int | None, tuple[str, str]]:
    """Returns before which band the line stands, and its title and reason."""
    stop = inspection.diagnosis.stop
    if stop is None:
        return None, ("", "")
    at = stop_position(stop, shown)
    outcome = shown[at].outcome if at is not None else None
    return at, (phrases.stop_title(stop, outcome), phrases.stop_reason(stop))


def _layout(
    placed: Sequence[Placed], sizes: Geometry, height: float, theme: Theme, first_row: int
) -> dict[str, Any]:
    top, bottom = (104, 8) if sizes.compact else (52, 8)
    title = {"title": {"text": "timestep", "font": _small_font(theme), "standoff": 4}}
    ticks = []
    if sizes.row_height >= 14 and sizes.block.whole and not sizes.compact:
        ticks = [
            (item.top + (row + 0.5) * sizes.row_height, str(row + first_row))
            for item in placed
            if item.band.kind in (BandKind.INPUT, BandKind.LOSS)
            for row in range(sizes.rows)
        ]
    quiet = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    return {
        "height": round(height + top + bottom),
        "margin": {"l": 0, "r": 0, "t": top, "b": bottom},
        "xaxis": quiet
        | {
            "domain": list(sizes.domain),
            "range": [-0.5, sizes.columns - 0.5],
            "side": "top",
            "tickfont": _small_font(theme),
            "tickvals": _ticks(sizes)[0],
            "ticktext": _ticks(sizes)[1],
        }
        | (title if sizes.compact else {}),
        "yaxis": quiet
        | {
            "range": [height, 0],
            "tickfont": _small_font(theme),
            "tickvals": [at for at, _ in ticks],
            "ticktext": [text for _, text in ticks],
        },
    }


def _small_font(theme: Theme) -> dict[str, Any]:
    return {"size": 11, "color": theme.muted}


def _ticks(sizes: Geometry) -> tuple[list[float], list[str]]:
    """Returns positions and names of timesteps, as many as fit."""
    per_label = max(1, round(28 / sizes.cell_width + 0.49))
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50, 100, 200) if s >= per_label), per_label)
    places = range(0, sizes.columns, step)
    return [float(place) for place in places], [str(p * sizes.block.timesteps) for p in places]


def _lines(placed: Sequence[Placed], inspection: Inspection, theme: Theme) -> list[dict[str, Any]]:
    stop = inspection.diagnosis.stop
    rightly = stop is not None and stop.rightly
    style = (
        {"color": theme.muted, "width": 1.5, "dash": "dash"}
        if rightly
        else {"color": theme.alarm, "width": 2.5}
    )
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": item.line_at,
            "y1": item.line_at,
            "line": style,
        }
        for item in placed
        if item.line_at is not None
    ]


def _words(
    placed: Sequence[Placed], sizes: Geometry, inspection: Inspection, view: MaskMapView
) -> list[dict[str, Any]]:
    stop = inspection.diagnosis.stop
    rightly = stop is not None and stop.rightly
    words = [_legend(placed, sizes, view.theme)]
    if not sizes.compact:
        words.append(_axis_name(sizes, view.theme))
    for item in placed:
        if item.line_at is not None:
            words.append(_stop_words(item, rightly, view.theme))
        words += _band_words(item, sizes, view.theme)
    return words


def _axis_name(sizes: Geometry, theme: Theme) -> dict[str, Any]:
    return text_mark(
        "timestep",
        x=sizes.domain[0],
        y=1,
        size=11,
        colour=theme.muted,
        align="right",
        valign="bottom",
        shift=-18,
        rise=2,
        paper=True,
    )


def _stop_words(item: Placed, rightly: bool, theme: Theme) -> dict[str, Any]:
    colour = theme.muted if rightly else theme.alarm
    title, *reason = item.line_text
    text = f"<b>{'▽' if rightly else '▼'} {title}</b>"
    text = "<br>".join([text, *reason])
    return text_mark(text, x=0, y=(item.line_at or 0) + 6, size=13, colour=colour, valign="top")


def _band_words(item: Placed, sizes: Geometry, theme: Theme) -> list[dict[str, Any]]:
    band = item.band
    heads = headline_lines(band, sizes)
    loud = band.kind is BandKind.LOSS or band.outcome in (Outcome.LOST, Outcome.CHANGED)
    headline = "<br>".join(item.remark[:heads])
    rest = "".join(f"<br>{line}" for line in item.remark[heads:])
    remark = f"<b>{headline}</b>{rest}" if loud else f"{headline}{rest}"
    indent = "&nbsp;&nbsp;" * band.depth + ("↳ " if band.depth else "")
    if sizes.compact:
        name = f"{indent}<b>{label(band.title, 26)}</b>  {_muted(label(band.subtitle, 24), theme)}"
        text = "<br>".join([name, _small(remark, theme.text if loud else theme.muted)])
        return [text_mark(text, x=0, y=item.label_at, size=13, colour=theme.text, valign="top")]
    limit = sizes.label_characters
    name = f"{indent}<b>{label(band.title, limit - 3 * band.depth)}</b>"
    text = f"{name}<br>{_muted(label(band.subtitle, int(limit * 1.2)), theme)}"
    colour = theme.text if loud else theme.muted
    return [
        text_mark(text, x=0, y=item.label_at, size=13, colour=theme.text),
        text_mark(
            remark, x=sizes.domain[1], y=item.label_at, size=12, colour=colour, shift=12
        ),
    ]


def _muted(text: str, theme: Theme) -> str:
    return f'<span style="font-size:11px;color:{theme.muted}">{text}</span>'


def _small(text: str, colour: str) -> str:
    return f'<span style="font-size:12px;color:{colour}">{text}</span>'


def _legend(placed: Sequence[Placed], sizes: Geometry, theme: Theme) -> dict[str, Any]:
    bands_shown = [item.band for item in placed]
    entries = [
        (palette.KEPT, "■", phrases.LEGEND_KEPT),
        (palette.MASKED, "☒", phrases.LEGEND_MASKED),
    ]
    if any(band.timesteps is not None and band.mask is None for band in bands_shown):
        entries.append((palette.NO_MASK, "⊡", phrases.LEGEND_NO_MASK))
    if any(band.wrong is not None for band in bands_shown):
        entries.append((theme.alarm, "!", phrases.LEGEND_WRONG))
    parts = [f'<span style="color:{c}"><b>{g}</b></span> {words}' for c, g, words in entries]
    between = "<br>" if sizes.compact else "&nbsp;&nbsp;&nbsp;&nbsp;"
    return text_mark(
        between.join(parts), x=0, y=1, size=12, colour=theme.muted, valign="bottom", paper=True,
        rise=28 if not sizes.compact else 46,
    )
