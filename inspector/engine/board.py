"""Writes inspections for TensorBoard, whether or not it is installed where the training runs."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray
from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.views.pixels import loss_pixels, mask_pixels

_METADATA = tf.compat.v1.SummaryMetadata


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
            self._writer = tf.summary.create_file_writer(str(folder))
        except (tf.errors.OpError, OSError):
            raise InspectorError(
                f"`log_dir` is `{folder}`, where nothing can be written.",
                "It must be a folder, or one that can be made.",
                "Choose another one.",
            ) from None

    def write(self, inspection: Inspection, step: int) -> None:
        """Writes the numbers and the maps of an inspection under a step, such as an epoch."""
        with self._writer.as_default():
            for name, value in scalars(inspection).items():
                self._scalar(name, value, step)
            self._image("mask", mask_pixels(inspection), step)
            loss = loss_pixels(inspection)
            if loss is not None:
                self._image("loss", loss, step)
        self._writer.flush()

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._writer.close()

    # The functions for this in `tf.summary` need TensorBoard, `write` does not; what they add is
    # the name of the part of TensorBoard that shows it.
    def _scalar(self, name: str, value: float, step: int) -> None:
        metadata = _METADATA(
            plugin_data=_METADATA.PluginData(plugin_name="scalars"), data_class="DATA_CLASS_SCALAR"
        )
        tf.summary.write(f"mask_inspector/{name}", np.float32(value), step, metadata)

    def _image(self, name: str, pixels: AnyArray, step: int) -> None:
        metadata = _METADATA(
            plugin_data=_METADATA.PluginData(plugin_name="images"),
            data_class="DATA_CLASS_BLOB_SEQUENCE",
        )
        height, width, _ = pixels.shape
        png = tf.io.encode_png(pixels)
        content = tf.stack([tf.constant(str(width)), tf.constant(str(height)), png])
        tf.summary.write(f"mask_inspector/{name}", content, step, metadata)


def scalars(inspection: Inspection) -> dict[str, float]:
    """Returns the numbers of an inspection, by name; those that are known."""
    ledger = inspection.losses
    if ledger is None:
        return {}
    found = {average.name.value: average.value for average in ledger.averages}
    found["weight_on_padding"] = ledger.weight_on_padding
    return {name: float(value) for name, value in found.items() if value is not None}
