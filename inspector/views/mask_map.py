"""The mask map: where the mask goes, layer by layer, from the input to the loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go

from inspector.core.inspection import Inspection
from inspector.core.tables import TEXT_CELLS
from inspector.views import phrases
from inspector.views.bands import Band, BandChoices, BandKind, Channel, bands, stop_position
from inspector.views.figures import figure
from inspector.views.mask_map_cells import heatmaps, hover, merged_cells, stack, texts
from inspector.views.mask_map_layout import geometry, place, text_bands
from inspector.views.mask_map_words import MapSurroundings
from inspector.views.numbers import amount
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import in_cell


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
    numbers = inspection.batch.numbers(first_row)
    sizes = geometry(_rows(shown, inspection), shown, view.compact)
    stop, stop_text = _stop(inspection, shown)
    if stop is not None and stop_text[1] and view.channel is Channel.EFFECTIVE:
        # The reason stands beside the line already.
        shown = (*shown[:stop], replace(shown[stop], remark=""), *shown[stop + 1 :])
    arrivals = view.channel is not Channel.EFFECTIVE
    if stop is not None and arrivals and shown[stop].kind is not BandKind.LOSS:
        stop += 1  # These bands show what arrives: the mask ends after the one that loses it.
    placed, height = place(shown, sizes, stop, stop_text)
    stacked = stack(placed, sizes)
    cells = heatmaps(stacked, sizes, view.theme)
    if (stacked.codes > 0).sum() <= TEXT_CELLS and sizes.block.whole:
        cells[0] |= {"hovertext": hover(placed, stacked, sizes, numbers), "hoverinfo": "text"}
    else:
        cells[0]["hoverinfo"] = "skip"
    with_tokens = text_bands(placed, sizes, TEXT_CELLS)
    unmasked = phrases.LEGEND_NOT_THIS_WAY if arrivals else phrases.LEGEND_NO_MASK
    surroundings = MapSurroundings(sizes, view.theme, _rightly(inspection), numbers, unmasked)
    traces = [
        *cells,
        *merged_cells(placed, sizes, view.theme),
        *surroundings.lines(placed),
        *texts(placed, stacked, sizes, with_tokens, view.theme),
    ]
    words = surroundings.words(placed)
    return figure(traces, surroundings.layout(height), view.theme, words)


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
                "differs from the truth": None if wrong is None else int(wrong.sum()),
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


def _rightly(inspection: Inspection) -> bool:
    stop = inspection.diagnosis.stop
    return stop is not None and stop.rightly
