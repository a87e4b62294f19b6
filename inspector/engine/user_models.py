"""Models that people bring, as code or as a file: opened, compiled, measured, kept for a while."""

import math
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch, leaves
from inspector.core.requests import NO_LOSS, CodeLimits, ModelFile, PastedCode
from inspector.engine.code.read import model_from_code
from inspector.engine.model_files.loading import read_model
from inspector.engine.seam.keras import forget_loss, inner_outputs
from inspector.errors import FileNeeded, LimitError, ModelError, ModelFileError

MAX_ACTIVATIONS = 2**26
ROWS_AT_ONCE = 256
"""Larger batches run in parts; no part has fewer rows than it must."""
LEARNING_RATE = 0.01
_ODD = re.compile(r"[^\w.\- ]")

OwnSource = PastedCode | ModelFile


@dataclass(frozen=True, eq=False)
class OwnModel:
    """A model that somebody brought.

    Attributes:
        model: Built; compiled if it came so, or with the chosen loss.
        lines: Line of the code that made each layer, by name; empty for files.
        notes: What was skipped, translated or assumed, one sentence each.
        source: The code, line by line; empty for files.
        arrays: Small literal arrays of the code, by variable.
    """

    model: keras.Model
    lines: dict[str, int]
    notes: tuple[str, ...]
    source: tuple[str, ...] = ()
    arrays: Mapping[str, AnyArray] = field(default_factory=dict)


def key_of(source: OwnSource) -> OwnSource:
    """Returns what decides how a model is built: neither its training nor the bytes of a file."""
    if isinstance(source, ModelFile):
        return replace(source, name="", data=None)
    return replace(source, training_steps=0, own_data=False)


def opened(source: OwnSource, rows: int, timesteps: int) -> OwnModel:
    """Reads the code or the file, and compiles the model with the chosen loss.

    Args:
        source: The code or the file.
        rows: Rows of the batch; with `timesteps` they bound what the layers' outputs take.
        timesteps: Its timesteps.

    Raises:
        CodeError: The code cannot be read; the error says at which line.
        ModelFileError: The file is no model file, or not a safe one.
        FileNeeded: Only the file's digest was sent.
        ModelError: Keras has no such loss.
    """
    found = _from_file(source) if isinstance(source, ModelFile) else None
    if isinstance(source, PastedCode):
        limits = replace(CodeLimits(), rows=min(rows, ROWS_AT_ONCE), timesteps=timesteps)
        code = model_from_code(source.source, dict(source.names), limits=limits, seed=source.seed)
        notes = tuple(str(note) for note in code.notes)
        found = OwnModel(code.model, dict(code.lines), notes, code.source, code.arrays)
    assert found is not None
    if source.loss == NO_LOSS:
        forget_loss(found.model)
    elif source.loss is not None:
        _compile(found.model, source.loss)
    return found


def _from_file(file: ModelFile) -> OwnModel:
    if file.data is None:
        raise FileNeeded(
            "The engine has forgotten this model.", "", "Choose its file again and load it."
        )
    with tempfile.TemporaryDirectory(prefix="inspector-") as folder:
        # The name only stands in messages; what the file is, its bytes say.
        name = _ODD.sub("_", Path(file.name).name).strip(" .")[-80:]
        path = Path(folder, name or "model")
        path.write_bytes(file.data)
        loaded = read_model(path)
    if loaded.digest != file.sha256:
        raise ModelFileError("The file has changed on its way.", "", "Load it again.")
    return OwnModel(loaded.model, {}, loaded.notes)


def _compile(model: keras.Model, loss: str) -> None:
    """Compiles the model with another loss; the optimizer it came with stays."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        optimizer = keras.optimizers.Adam(LEARNING_RATE)
    try:
        model.compile(optimizer=optimizer, loss=loss)
        keras.losses.get(loss)
    except ValueError as error:
        raise ModelError(
            f"The loss is `{loss}`, and Keras knows no loss of that name.",
            "It must be the name of a Keras loss.",
            "Choose one from the list.",
        ) from error


def check_activations(model: keras.Model, batch: Batch) -> None:
    """Raises LimitError where an output of a layer would not fit into memory for this batch."""
    longest = max((int(a.shape[1]) for a in leaves(batch.x) if a.ndim > 1), default=1)
    rows = min(batch.rows, ROWS_AT_ONCE)
    for name, shape in inner_outputs(model):
        size = rows * math.prod(longest if side is None else side for side in shape[1:])
        if size > MAX_ACTIVATIONS:
            raise LimitError(
                f"The output of `{name}` would hold {size:,} numbers for {rows:,} rows of "
                f"{longest:,} timesteps.",
                f"At most {MAX_ACTIVATIONS:,} are computed here.",
                "Use fewer or shorter sentences, or a smaller layer. In Python, "
                "`inspector.inspect(model, x, y)` has no such limit.",
            )
