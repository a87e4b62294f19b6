"""What each layer of Keras does to a mask and to padding, as it was measured."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

from inspector.core.foreign_text import one_line
from inspector.errors import InspectorError

FORMAT = "mask-atlas/1"


class Fate(str, Enum):
    """What becomes of the mask at one layer."""

    MAKES = "makes"
    """It received none and hands on the right one."""
    MAKES_NONE = "makes_none"
    """It received none and hands on none, though it could make one."""
    HANDS_ON = "hands_on"
    """It hands on the right mask for its output."""
    HANDS_ON_WRONG = "hands_on_wrong"
    """It hands on a mask that does not fit its output."""
    USES_UP = "uses_up"
    """It uses the mask and returns no time axis: right."""
    LOSES = "loses"
    """It hands on none, though timesteps are left or padding is in what it returns."""
    RAISES = "raises"
    """It fails on a masked sequence."""


class Answer(str, Enum):
    """Whether padding changes what a layer returns at real timesteps."""

    YES = "yes"
    NO = "no"
    RANDOM = "random"
    """Not comparable: it draws other random numbers for another shape."""
    GROWS = "grows"
    """Not comparable: what it returns grows with the padding."""
    MAKER = "maker"
    """Not asked: it makes the mask from that very content."""
    RAISES = "raises"
    """It fails."""


class TimeAxis(str, Enum):
    """Where the timesteps of the output come from."""

    SAME = "same"
    HALVED = "halved"
    """Each is made of two."""
    CROPPED = "cropped"
    """The first and the last are gone."""
    WIDENED = "widened"
    """One of padding was added at each end."""
    DOUBLED = "doubled"
    """Each stands there twice."""
    JOINED = "joined"
    """Those of the first input, then those of the second."""
    THIRDS = "thirds"
    """Three, whatever came in."""
    GONE = "gone"


FIELDS = ("by_content", "by_content_training", "by_amount", "by_amount_training")
"""The four leaks of a row."""


@dataclass(frozen=True)
class AtlasRow:
    """One layer, made and called in one way.

    Attributes:
        layer: Name of the class.
        variant: What sets this row apart from others of the same layer; may be empty.
        code: How it is made, with plain Keras.
        prepare: Code that makes what the call needs from the masked sequence `h`; may be empty.
        call: How it is called.
        time_axis: Where the timesteps of its output come from.
        fate: What becomes of the mask.
        warned: Keras warned that the layer destroys the mask.
        by_content: Other content of padding changes results at real timesteps.
        by_content_training: The same with `training=True`.
        by_amount: More padding changes results at real timesteps.
        by_amount_training: The same with `training=True`.
        message: What Keras says where the layer fails; else empty.
    """

    layer: str
    variant: str
    code: str
    prepare: str
    call: str
    time_axis: TimeAxis
    fate: Fate
    warned: bool
    by_content: Answer
    by_content_training: Answer
    by_amount: Answer
    by_amount_training: Answer
    message: str = ""

    @property
    def name(self) -> str:
        """The layer and, where there are several rows of it, what sets this one apart."""
        return f"{self.layer}, {self.variant}" if self.variant else self.layer

    @property
    def takes_ids(self) -> bool:
        """The layer reads ids, not a masked sequence of vectors."""
        return self.call == "layer(ids)"

    @property
    def false_warning(self) -> bool:
        """Keras warned that the mask is destroyed, and it is not."""
        return self.warned and self.fate in (Fate.HANDS_ON, Fate.USES_UP)

    @property
    def silent(self) -> bool:
        """The mask is lost, or handed on wrong, without a warning."""
        return self.fate in (Fate.LOSES, Fate.HANDS_ON_WRONG) and not self.warned

    @property
    def leaks(self) -> bool:
        """Padding changes results at real timesteps in some way that was tested."""
        return any(getattr(self, name) is Answer.YES for name in FIELDS)


@dataclass(frozen=True)
class Atlas:
    """Every layer class of one version of Keras.

    Attributes:
        keras: Version of Keras.
        tensorflow: Version of TensorFlow, which ran it.
        rows: What was measured, by name.
        not_measured: (class, why not), by name.
    """

    keras: str
    tensorflow: str
    rows: tuple[AtlasRow, ...]
    not_measured: tuple[tuple[str, str], ...]

    def row(self, name: str) -> AtlasRow | None:
        """Returns the row called `name`."""
        return next((row for row in self.rows if row.name == name), None)


def atlas_json(atlas: Atlas) -> str:
    """Returns an atlas as JSON, one row a line, so that a change of a version can be read."""
    rows = ",\n    ".join(json.dumps(asdict(row)) for row in atlas.rows)
    others = ",\n    ".join(json.dumps(list(pair)) for pair in atlas.not_measured)
    head = {"format": FORMAT, "keras": atlas.keras, "tensorflow": atlas.tensorflow}
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    lines += [f'  "rows": [\n    {rows}\n  ],', f'  "not_measured": [\n    {others}\n  ]']
    return "{\n" + "\n".join(lines) + "\n}\n"


_DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def atlas_from_json(text: str) -> Atlas:
    """Returns the atlas that `atlas_json` was given.

    Raises:
        InspectorError: It is none, or a damaged one.
    """
    try:
        value = json.loads(text)
        if value["format"] != FORMAT:
            raise ValueError(f"its format is {value['format']!r}")
        rows = tuple(_row(entry) for entry in value["rows"])
        others = tuple((str(name), str(why)) for name, why in value["not_measured"])
        return Atlas(str(value["keras"]), str(value["tensorflow"]), rows, others)
    except _DAMAGE as error:
        raise InspectorError(
            f"This is no layer atlas: {one_line(str(error), 200)}.",
            f"It must be of the format {FORMAT}.",
        ) from error


_KINDS: dict[str, Callable[[Any], Any]] = {
    "time_axis": TimeAxis,
    "fate": Fate,
    "warned": bool,
    **{name: Answer for name in FIELDS},
}


def _row(entry: dict[str, Any]) -> AtlasRow:
    made: dict[str, Any] = {name: _KINDS.get(name, str)(value) for name, value in entry.items()}
    return AtlasRow(**made)


def differences(old: Atlas, new: Atlas) -> tuple[str, ...]:
    """Returns what changed from one atlas to another, a line each."""
    return tuple(_differences(old, new))


def _differences(old: Atlas, new: Atlas) -> Iterator[str]:
    before, after = ({row.name: row for row in atlas.rows} for atlas in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{name}: gone"
        elif name not in before:
            yield f"{name}: new, {after[name].fate.value}"
        else:
            yield from _changes(before[name], after[name])
    reasons = [dict(atlas.not_measured) for atlas in (old, new)]
    for name in sorted(reasons[0].keys() | reasons[1].keys()):
        pair = [found.get(name) for found in reasons]
        if pair[0] != pair[1]:
            yield f"{name}: not measured because: {pair[0] or '-'} -> {pair[1] or '-'}"


def _changes(old: AtlasRow, new: AtlasRow) -> Iterator[str]:
    for field in fields(AtlasRow):
        # Keras words its messages anew from version to version; that it fails is what counts.
        pair = [getattr(row, field.name) for row in (old, new)]
        if field.name != "message" and pair[0] != pair[1]:
            shown = [value.value if isinstance(value, Enum) else value for value in pair]
            yield f"{old.name}: {field.name} {shown[0]} -> {shown[1]}"
