"""Maps as plain images: red, green and blue for each pixel, drawn with NumPy alone."""

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.core.inspection import Inspection
from inspector.views.palette import KEPT, LIGHT, MASKED, NO_MASK, rgb, size_colour

CELL, GAP, BAND = 10, 1, 8
"""Pixels: side of a cell, between cells, between the bands of two calls."""
MOST_ROWS, MOST_TIMESTEPS, MOST_BANDS = 32, 128, 40
_PAGE = np.array(rgb(LIGHT.page), np.uint8)
_WELL = np.array(rgb(LIGHT.well), np.uint8)


def mask_pixels(inspection: Inspection) -> AnyArray:
    """Returns the mask map: uint8 (height, width, 3).

    A band for the truth, then one for each call with a time axis, in execution order; a row of
    cells for each sentence. Blue is kept, orange masked, grey has no mask. At most the first
    `MOST_ROWS` sentences, `MOST_TIMESTEPS` timesteps and `MOST_BANDS` bands are drawn.
    """
    rows, timesteps = inspection.batch.valid.shape
    bands = [_mask_cells(inspection.batch.valid, (rows, timesteps))]
    for step in inspection.trace.top_level():
        if step.has_time_axis and len(step.output_shape) > 1:
            bands.append(_mask_cells(step.handed_on, (rows, step.output_shape[1])))
    return _stacked([_grid(cells) for cells in bands[:MOST_BANDS]])


def loss_pixels(inspection: Inspection) -> AnyArray | None:
    """Returns the loss map: uint8 (height, width, 3); None where no loss has a time axis.

    A row of cells for each sentence. The darker, the larger the loss, from zero to the largest at
    a real timestep; light grey is padding.
    """
    ledger = inspection.losses
    if ledger is None or ledger.loss is None or ledger.target_valid is None:
        return None
    return _grid(_loss_cells(ledger.loss, ledger.target_valid))


def _mask_cells(mask: BoolArray | None, shape: tuple[int, int]) -> AnyArray:
    cells = np.empty((min(shape[0], MOST_ROWS), min(shape[1], MOST_TIMESTEPS), 3), np.uint8)
    cells[:] = rgb(NO_MASK)
    # A mask of another shape than its tensor marks no cell of it.
    if mask is not None and mask.shape == tuple(shape):
        cut = mask[:MOST_ROWS, :MOST_TIMESTEPS]
        cells[cut], cells[~cut] = rgb(KEPT), rgb(MASKED)
    return cells


def _loss_cells(loss: FloatArray, valid: BoolArray) -> AnyArray:
    real = valid & np.isfinite(loss)
    largest = float(np.abs(loss[real]).max(initial=0.0)) or 1.0
    loss, real = loss[:MOST_ROWS, :MOST_TIMESTEPS], real[:MOST_ROWS, :MOST_TIMESTEPS]
    cells = np.empty((*loss.shape, 3), np.uint8)
    cells[:] = _WELL
    for at in np.argwhere(real):
        row, timestep = at
        cells[row, timestep] = rgb(size_colour(float(loss[row, timestep]) / largest, LIGHT))
    return cells


def _grid(cells: AnyArray) -> AnyArray:
    rows, columns, _ = cells.shape
    side = CELL + GAP
    image = np.empty((rows * side + GAP, columns * side + GAP, 3), np.uint8)
    image[:] = _PAGE
    for y in range(GAP, side):
        for x in range(GAP, side):
            image[y::side, x::side][:rows, :columns] = cells
    return image


def _stacked(bands: list[AnyArray]) -> AnyArray:
    width = max(band.shape[1] for band in bands)
    height = sum(band.shape[0] for band in bands) + BAND * (len(bands) - 1)
    image = np.empty((height, width, 3), np.uint8)
    image[:] = _PAGE
    top = 0
    for band in bands:
        image[top : top + band.shape[0], : band.shape[1]] = band
        top += band.shape[0] + BAND
    return image
