"""Measures the layer atlas of the installed Keras."""

from collections.abc import Callable, Collection

import numpy as np
from keras import __version__ as keras_version
from keras import layers as keras_layers

from inspector.core.atlas import Answer, Atlas, AtlasRow, Fate, TimeAxis
from inspector.engine.atlas.layer_settings import LEFT_OUT, SETTINGS, UNKNOWN
from inspector.engine.atlas.making import Call, Setting
from inspector.engine.atlas.specimen import Content, Specimen, differ
from inspector.engine.failures import message_of
from inspector.engine.seam.tensorflow import VERSION

DRAWS = 3
"""Draws of other content: one could hide behind a threshold, such as that of a ReLU."""


def measured_atlas(
    progress: Callable[[str], None] | None = None, *, layers: Collection[str] | None = None
) -> Atlas:
    """Runs every layer of `keras.layers` for which arguments are known, and returns the atlas.

    Args:
        progress: Called with each layer's name before it is run.
        layers: Names of the classes to run; None for all. Of the others nothing is said.
    """
    names = layer_classes()
    canonical = {alias: name for name, aliases in names.items() for alias in aliases}
    rows = []
    for setting in SETTINGS:
        name = canonical.get(setting.layer.name)
        # Older versions of Keras have a few less.
        if name is not None and (layers is None or name in layers):
            if progress is not None:
                progress(name)
            rows.append(_row(name, setting))
    known = {row.layer for row in rows}
    rest = sorted(name for name in names.keys() - known if layers is None or name in layers)
    others = [(name, LEFT_OUT.get(name, UNKNOWN)) for name in rest]
    rows.sort(key=lambda row: (row.layer.lower(), row.variant))
    return Atlas(keras_version, VERSION, tuple(rows), tuple(others))


def layer_classes() -> dict[str, list[str]]:
    """Returns the layer classes of `keras.layers` and all names of each, the class's own first."""
    found: dict[type, list[str]] = {}
    for name, value in vars(keras_layers).items():
        if isinstance(value, type) and issubclass(value, keras_layers.Layer):
            found.setdefault(value, []).append(name)
    classes = {}
    for kind, names in found.items():
        # One class is exported under another name than its own.
        first = kind.__name__ if kind.__name__ in names else min(names)
        classes[first] = [first, *sorted(set(names) - {first})]
    return classes


def _row(name: str, setting: Setting) -> AtlasRow:
    message, warned = "", False
    try:
        specimen = Specimen(setting)
        answers, warned = _answers(specimen), specimen.warned
        fate = _fate(specimen, answers[0])
    except Exception as error:  # Whatever a layer raises is what the row says.
        message, fate = message_of(error), Fate.RAISES
        answers = (Answer.RAISES,) * 4
    return AtlasRow(
        layer=name,
        variant=setting.variant,
        code=setting.layer.code(),
        prepare=setting.prepare,
        call=setting.call.value,
        time_axis=setting.time_axis,
        fate=fate,
        warned=warned,
        by_content=answers[0],
        by_content_training=answers[1],
        by_amount=answers[2],
        by_amount_training=answers[3],
        message=message,
    )


def _fate(specimen: Specimen, by_content: Answer) -> Fate:
    setting, mask, truth = specimen.setting, specimen.mask(), specimen.output_valid
    if setting.makes or setting.call is Call.IDS:
        if mask is None:
            return Fate.MAKES_NONE
        right = truth is not None and np.array_equal(mask, truth)
        return Fate.MAKES if right else Fate.HANDS_ON_WRONG
    if mask is None:
        gone = setting.time_axis is TimeAxis.GONE
        return Fate.USES_UP if gone and by_content is Answer.NO else Fate.LOSES
    if truth is not None and np.array_equal(mask, truth):
        return Fate.HANDS_ON
    return Fate.HANDS_ON_WRONG


def _answers(specimen: Specimen) -> tuple[Answer, Answer, Answer, Answer]:
    contents = [
        _by_content(specimen, training, specimen.real_outputs(specimen.plain, training))
        for training in (False, True)
    ]
    amounts = [_by_amount(specimen, False), _by_amount(specimen, True)]
    return contents[0], contents[1], amounts[0], amounts[1]


def _by_content(specimen: Specimen, training: bool, plain: np.ndarray) -> Answer:
    if specimen.setting.makes or specimen.setting.call is Call.IDS:
        return Answer.MAKER
    others = (specimen.other_content(seed) for seed in range(DRAWS))
    moved = any(differ(plain, specimen.real_outputs(other, training)) for other in others)
    return Answer.YES if moved else Answer.NO


def _by_amount(specimen: Specimen, training: bool) -> Answer:
    plain = specimen.real_outputs(specimen.plain, training)
    longer: Content = specimen.longer()
    try:
        other = specimen.real_outputs(longer, training)
    except ValueError:
        return Answer.GROWS  # Its weights are made for one length.
    if specimen.setting.time_axis is TimeAxis.GONE and plain.shape != other.shape:
        return Answer.GROWS
    if training and specimen.draws():
        return Answer.RANDOM
    return Answer.YES if differ(plain, other) else Answer.NO
