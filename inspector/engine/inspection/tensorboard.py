"""Writes inspections for TensorBoard, whether or not it is installed where the training runs."""

import os
from pathlib import Path

from inspector.core.inspection import Inspection
from inspector.engine.seam.tensorflow import EventWriter
from inspector.errors import InspectorError
from inspector.views.pixels import loss_pixels, mask_pixels


class Board:
    """A folder with events: averages as scalars, maps as images."""

    def __init__(self, folder: str | Path) -> None:
        """Makes the folder and the file in it.

        Raises:
            InspectorError: There can be no such folder.
        """
        if not isinstance(folder, (str, os.PathLike)):
            raise InspectorError(
                f"`log_dir` is {folder!r}.",
                "It must be the path of a folder, or None.",
                "Give a path, for example `log_dir='logs'`.",
            )
        try:
            self._events = EventWriter(folder)
        except OSError:
            raise InspectorError(
                f"`log_dir` is `{folder}`, where nothing can be written.",
                "It must be a folder, or one that can be made.",
                "Choose another one.",
            ) from None

    def write(self, inspection: Inspection, step: int) -> None:
        """Writes the numbers and the maps of an inspection under a step, such as an epoch."""
        for name, value in scalars(inspection).items():
            self._events.scalar(f"mask_inspector/{name}", value, step)
        self._events.image("mask_inspector/mask", mask_pixels(inspection), step)
        loss = loss_pixels(inspection)
        if loss is not None:
            self._events.image("mask_inspector/loss", loss, step)
        self._events.flush()

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._events.close()


def scalars(inspection: Inspection) -> dict[str, float]:
    """Returns the numbers of an inspection, by name; those that are known."""
    ledger = inspection.losses
    if ledger is None:
        return {}
    found = {average.name.value: average.value for average in ledger.averages}
    found["weight_on_padding"] = ledger.weight_on_padding
    return {name: float(value) for name, value in found.items() if value is not None}
