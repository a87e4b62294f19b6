"""What a preset has to know of the batch, and the budget it must keep."""

from dataclasses import dataclass

import numpy as np

from inspector.core.batch import Batch
from inspector.core.presets import ENCODING_NAMES, PRESETS, TARGET_NAMES, Preset
from inspector.core.requests import Encoding, ModelChoices, TargetKind
from inspector.engine.presets.preset_targets import target_classes
from inspector.errors import LimitError, ModelError

MAX_PARAMETERS = 10_000_000
MAX_ACTIVATIONS = 2**26
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Sizes:
    """Sizes of one model for one batch.

    Attributes:
        rows: Rows of the batch.
        timesteps: Timesteps of the input.
        features: Width of the input vectors; None where the input is ids.
        vocabulary: Number of different ids, or the width of the vectors.
        target_timesteps: Timesteps of the targets; None for labels.
        classes: Number of classes of the targets, the padding included.
        padding_class: Class of padding in the targets, or None.
        units: Width of the layers.
    """

    rows: int
    timesteps: int
    features: int | None
    vocabulary: int
    target_timesteps: int | None
    classes: int
    padding_class: int | None
    units: int


def sizes_for(preset: Preset, choices: ModelChoices, batch: Batch) -> Sizes:
    """Reads the sizes off the batch.

    Raises:
        ModelError: The batch does not fit the preset; the message says what to choose.
    """
    x = batch.x
    if not isinstance(x, np.ndarray) or x.ndim not in (2, 3):
        raise ModelError(
            "The batch has several inputs or none of shape (rows, timesteps, ...).",
            "The preset models take one array of ids or vectors.",
            "Inspect a model of your own with this batch.",
        )
    _check_encoding(preset, x, batch)
    _check_targets(preset, batch)
    classes = target_classes(batch)
    named = len(batch.vocabulary) if batch.vocabulary else 0
    is_ids = x.ndim == 2
    return Sizes(
        rows=batch.rows,
        timesteps=batch.timesteps,
        features=None if is_ids else int(x.shape[2]),
        vocabulary=max(named, int(x.max()) + 1) if is_ids else int(x.shape[2]),
        target_timesteps=None if batch.target_valid is None else batch.target_valid.shape[1],
        classes=classes.count,
        padding_class=classes.padding_class,
        units=_units(preset, choices, classes.count),
    )


def check_budget(preset: Preset, sizes: Sizes, parameters: int, activations: int) -> None:
    """Raises LimitError where the model would take too much memory, before it is taken."""
    if parameters > MAX_PARAMETERS:
        raise LimitError(
            f"“{preset.title}” would have {parameters:,} parameters for {sizes.vocabulary:,} "
            f"different tokens and {sizes.classes:,} classes.",
            f"At most {MAX_PARAMETERS:,} are built here.",
            "Use fewer different tokens, smaller layers, or a model with an embedding.",
        )
    if activations > MAX_ACTIVATIONS:
        raise LimitError(
            f"The largest layer of “{preset.title}” would hold {activations:,} numbers for "
            f"{sizes.rows:,} rows of {sizes.timesteps:,} timesteps.",
            f"At most {MAX_ACTIVATIONS:,} are computed here.",
            "Use fewer or shorter sentences, or smaller layers.",
        )


def _units(preset: Preset, choices: ModelChoices, classes: int) -> int:
    if preset.units is None or preset.units_range is None:
        return classes  # the layer's output is the prediction
    units = preset.units if choices.units is None else choices.units
    smallest, largest = preset.units_range
    if not smallest <= units <= largest:
        raise ModelError(
            f"The layers should be {units:,} wide.",
            f"“{preset.title}” can be {smallest} to {largest} wide.",
            "Choose a width in that range.",
        )
    return units


def _check_encoding(preset: Preset, x: np.ndarray, batch: Batch) -> None:
    if x.ndim == 2:
        fits = Encoding.IDS in preset.encodings and np.issubdtype(x.dtype, np.integer)
        got = "ids" if np.issubdtype(x.dtype, np.integer) else f"numbers of type {x.dtype}"
    else:
        zero = not x[batch.padding].any()
        possible = {Encoding.ONE_HOT_PADDING_CLASS, Encoding.ONE_HOT}
        if batch.padding.any():  # without padding the two cannot be told apart
            possible = {Encoding.ONE_HOT if zero else Encoding.ONE_HOT_PADDING_CLASS}
        fits = bool(possible.intersection(preset.encodings))
        got = "vectors" + (", padding the zero vector" if zero else ", padding not the zero vector")
    if not fits:
        words = {
            Encoding.ONE_HOT: "one-hot vectors with padding as the zero vector",
            Encoding.ONE_HOT_PADDING_CLASS: "one-hot vectors with padding as a class of its own",
            Encoding.IDS: "integer ids",
        }
        wanted = "(rows, timesteps)"
        if Encoding.IDS not in preset.encodings:
            wanted = "(rows, timesteps, features)"
        raise ModelError(
            f"The input has shape {x.shape}: {got}.",
            f"“{preset.title}” takes {' or '.join(words[e] for e in preset.encodings)}, of "
            f"shape {wanted}.",
            f"Choose the encoding “{ENCODING_NAMES[preset.encodings[0]]}” "
            f"(`{preset.encodings[0].value}`), or another model; from a file with arrays, give "
            "them in that form.",
        )


def _check_targets(preset: Preset, batch: Batch) -> None:
    wants_labels = TargetKind.LABEL in preset.targets
    if batch.y is not None and wants_labels != (batch.target_valid is None):
        shape = tuple(np.shape(batch.y)) if isinstance(batch.y, np.ndarray) else "several arrays"
        got, wanted = "labels, one a row", "something at each timestep, (rows, timesteps, ...)"
        if wants_labels:
            got, wanted = "one for each timestep", "one label for each sentence, (rows, ...)"
        raise ModelError(
            f"The targets have shape {shape}: {got}.",
            f"“{preset.title}” predicts {wanted}.",
            f"Choose the targets “{TARGET_NAMES[preset.targets[0]]}” "
            f"(`{preset.targets[0].value}`), or another model; from a file, another column of "
            "targets or none.",
        )
    if batch.target_valid is None or preset.own_target_length:
        return
    if batch.target_valid.shape[1] != batch.timesteps:
        raise ModelError(
            f"The targets have {batch.target_valid.shape[1]:,} timesteps and the sentences "
            f"{batch.timesteps:,}.",
            f"“{preset.title}” predicts one target for each timestep of a sentence.",
            f"Make them equally long, or choose the model “{PRESETS['question'].title}” "
            "(`question`), which may change the length.",
        )


def check_seed(seed: int) -> None:
    """Raises ModelError for a seed that cannot be one."""
    if not 0 <= seed <= MAX_SEED:
        raise ModelError(
            f"The seed is {seed:,}.", f"It must be between 0 and {MAX_SEED:,}.", "Choose another."
        )
