"""Opening a model file: every check, in order, and then Keras."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from inspector.engine.model_files.archive import unpacked
from inspector.engine.model_files.building import built
from inspector.engine.model_files.compiling import compile_as_saved
from inspector.engine.model_files.config_json import parsed
from inspector.engine.model_files.copying import PrivateCopy, private_copy
from inspector.engine.model_files.hdf5_process import StoredWeights, rewritten
from inspector.engine.model_files.header import Layout
from inspector.engine.model_files.keras2 import check_meaning
from inspector.engine.model_files.layers import described
from inspector.engine.model_files.limits import DEFAULT_LIMITS, ModelFileLimits
from inspector.engine.model_files.messages import SAVE_AGAIN, reason
from inspector.engine.model_files.settings import guarded
from inspector.engine.model_files.time_axis import note_on_time_axis
from inspector.engine.model_files.walk import Origin, Walk, as_object, origin_of
from inspector.engine.model_files.weights import load_weights
from inspector.errors import ModelFileError

OLDEST_KERAS = (3, 14)


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model from a file.

    Attributes:
        model: Built, with its weights; compiled if the file says how, in parts of Keras.
        notes: What was translated, left out or could not be restored: one sentence each.
        digest: SHA-256 of the file, in hexadecimal.
    """

    model: keras.Model
    notes: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class _Content:
    """What a file holds, checked but not interpreted.

    Attributes:
        description: The model, as JSON.
        training: How it was compiled, as JSON, or None.
        origin: Who wrote it.
        weights: File with its weights, as it came, or already ours.
    """

    description: Any
    training: Any
    origin: Origin
    weights: Path | StoredWeights


def load_model(
    path: str | os.PathLike[str],
    *,
    limits: ModelFileLimits = DEFAULT_LIMITS,
    custom_objects: Mapping[str, Any] | None = None,
    allow_registered: bool = False,
) -> keras.Model:
    """Loads a `.keras` or `.h5` file without running anything that the file brings.

    The file is read and checked as a whole before Keras sees any of it: what it names is looked up
    in a list of Keras's own layers and functions, and how large it is, is counted, before memory
    is taken. Files that Keras 2 wrote are translated so that they compute what they computed.

    Args:
        path: The file; it is not changed.
        limits: How large a model may be.
        custom_objects: Classes and functions of your own that the file may name, by name.
        allow_registered: Allows everything that you registered with Keras, too.

    Returns:
        The model, with its weights. It is compiled if the file says how, in parts of Keras.

    Raises:
        ModelFileError: It is no model file, or not a safe one; the error says what to do.

    See Also:
        `inspector.engine.model_files.read_model`, which also tells what was translated.
    """
    objects = dict(keras.saving.get_custom_objects()) if allow_registered else {}
    return read_model(
        path, limits=limits, custom_objects={**objects, **(custom_objects or {})}
    ).model


def read_model(
    path: str | os.PathLike[str],
    *,
    limits: ModelFileLimits = DEFAULT_LIMITS,
    custom_objects: Mapping[str, Any] | None = None,
) -> LoadedModel:
    """Loads a model file as `load_model` does, and tells what was translated or left out.

    Args:
        path: The file; it is not changed.
        limits: How large a model may be.
        custom_objects: Classes and functions of your own that the file may name, by name.

    Raises:
        ModelFileError: It is no model file, or not a safe one; the error says what to do.
    """
    _check_version()
    with tempfile.TemporaryDirectory(prefix="inspector-") as folder:
        copy = private_copy(path, Path(folder), limits)
        content = _content(copy, Path(folder), limits)
        walk = Walk(limits, content.origin, custom_objects or {})
        _note_other_ending(copy, walk)
        description = _description(content, walk)
        stored = content.weights
        if isinstance(stored, Path):
            stored = rewritten(stored, Path(folder), Layout.KERAS, limits)
        with guarded():
            model = _built(description, stored, walk)
            load_weights(model, stored.path)
            compile_as_saved(model, content.training, walk)
    note_on_time_axis(model, walk)
    return LoadedModel(model, tuple(walk.notes), copy.digest)


def _check_version() -> None:
    installed = origin_of(keras.__version__).version or (0,)
    if installed < OLDEST_KERAS:
        raise ModelFileError(
            f"Keras {keras.__version__} is installed.",
            "Model files are opened with Keras 3.14 or newer only: older ones can be made to run "
            "code by a file.",
            'Use Python 3.11 or newer and run pip install -U "keras>=3.14".',
        )


def _content(copy: PrivateCopy, folder: Path, limits: ModelFileLimits) -> _Content:
    if copy.layout is Layout.KERAS:
        archive = unpacked(copy.path, folder, limits)
        description = as_object(parsed(archive.config, "config.json", limits), "config.json")
        training, origin = description.get("compile_config"), origin_of(archive.version)
        return _Content(description, training, origin, archive.weights)
    stored = rewritten(copy.path, folder, Layout.HDF5, limits)
    texts = {name: text.encode("utf-8", "replace") for name, text in stored.texts.items()}
    description = parsed(texts["model_config"], "`model_config`", limits)
    training = texts["training_config"] or b"null"
    training = parsed(training, "`training_config`", limits)
    origin = origin_of(stored.texts["keras_version"], stored.texts["backend"])
    return _Content(description, training, origin, stored)


def _description(content: _Content, walk: Walk) -> dict[str, Any]:
    version = content.origin.version
    if version is not None and version[0] < 2:
        raise ModelFileError(
            f"The file was written by {content.origin.words}.",
            "Files of Keras 2 and 3 were expected.",
            f"Load it in Keras 2 and save it there. {SAVE_AGAIN}",
        )
    try:
        description = described(content.description, walk)
    except RecursionError:
        raise ModelFileError(
            "The description of the model is nested too deep.", "", SAVE_AGAIN
        ) from None
    if content.origin.is_old:
        check_meaning(walk.classes, walk.makes_masks, walk)
        walk.note(f"The file was written by {content.origin.words} and translated.")
    return description


def _built(description: dict[str, Any], stored: StoredWeights, walk: Walk) -> keras.Model:
    try:
        return built(description, dict(walk.used), stored.elements, walk.limits)
    except ModelFileError:
        raise
    except Exception as error:
        refusal = _inside(error)
        if refusal is not None:
            raise refusal from None
        raise ModelFileError(
            f"Keras {keras.__version__} cannot build the model in the file: {reason(error)}",
            f"The file was written by {walk.origin.words}.",
            SAVE_AGAIN,
        ) from None


def _inside(error: BaseException | None) -> ModelFileError | None:
    """Our own refusal of a call, which Keras wraps in its errors."""
    while error is not None and not isinstance(error, ModelFileError):
        error = error.__cause__ or error.__context__
    return error


def _note_other_ending(copy: PrivateCopy, walk: Walk) -> None:
    ending = Path(copy.name).suffix.lower()
    usual = {Layout.KERAS: (".keras",), Layout.HDF5: (".h5", ".hdf5")}[copy.layout]
    if ending not in usual:
        what = "a .keras archive" if copy.layout is Layout.KERAS else "an HDF5 file"
        walk.note(f"In spite of its name, the file is {what}; it was read as one.")
