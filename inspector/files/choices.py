"""How a file is read, where the file itself does not say."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from inspector.core.requests import LIBRARY_LIMITS, BatchLimits, SentenceChoices
from inspector.errors import BatchError

NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "sentence", "sentences"),
    "x": ("x",),
    "target": ("target", "targets", "tags"),
    "label": ("label", "labels"),
    "y": ("y",),
    "valid": ("valid",),
    "target_valid": ("target_valid",),
    "sample_weight": ("sample_weight",),
    "id": ("id",),
}
"""The names by which a column is known, for each of its parts; case does not matter."""

NOT_TIMESTEPS = ("target", "label", "y", "valid", "target_valid", "sample_weight", "id")


@dataclass(frozen=True)
class ColumnChoices:
    """Which column plays which part; None for the one with the usual name, "" for none at all.

    Attributes:
        text: Sentences.
        x: Lists of numbers.
        target: Target sentences or tags, one string a row.
        label: One label a row.
        y: Targets as numbers: one a row, or a list.
        valid: Lists of 0 and 1, 1 at real timesteps.
        target_valid: The same for the targets.
        sample_weight: A weight a row, or a list.
        id: Names of the rows, which are left out.
    """

    text: str | None = None
    x: str | None = None
    target: str | None = None
    label: str | None = None
    y: str | None = None
    valid: str | None = None
    target_valid: str | None = None
    sample_weight: str | None = None
    id: str | None = None

    def found(self, columns: Iterable[str]) -> dict[str, str]:
        """Returns the column of each part that has one.

        Raises:
            ColumnsError: A column that was chosen is not there.
        """
        there = list(columns)
        known = {name.strip().lower(): name for name in reversed(there)}
        chosen: dict[str, str] = {}
        for part in fields(self):
            name = getattr(self, part.name)
            if name is None:
                name = next((known[n] for n in NAMES[part.name] if n in known), "")
                name = "" if name in self._given() else name
            elif name and name not in there:
                raise ColumnsError(
                    f"There is no column `{name[:80]}`.",
                    f"The columns are {listed(there)}.",
                    "Choose one of them.",
                    columns=tuple(there),
                )
            if name:
                chosen[part.name] = name
        return chosen

    def _given(self) -> set[str]:
        return {name for part in fields(self) if (name := getattr(self, part.name))}


@dataclass(frozen=True)
class FileChoices:
    """How to read a file.

    Attributes:
        sentences: How to read sentences; its own texts are not used.
        columns: Which column plays which part.
        padding_id: The id that stands for padding in numbers; None for 0.
        text_encoding: How text is encoded, as Python names it; None to see by the file itself.
        limits: How large the batch may be.
    """

    sentences: SentenceChoices = field(default_factory=lambda: SentenceChoices(text=""))
    columns: ColumnChoices = ColumnChoices()
    padding_id: int | None = None
    text_encoding: str | None = None
    limits: BatchLimits = LIBRARY_LIMITS


class ColumnsError(BatchError):
    """The columns of a table do not say what they hold.

    Attributes:
        columns: Their names.
    """

    def __init__(
        self, got: str, expected: str = "", todo: str = "", columns: tuple[str, ...] = ()
    ) -> None:
        """Keeps the names beside the three parts."""
        super().__init__(got, expected, todo)
        self.columns = columns


class EncodingError(BatchError):
    """The text of a file is in an encoding that has to be asked for."""


def listed(names: Iterable[str], most: int = 8) -> str:
    """Returns the first names, quoted."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(f"`{name[:40]}`" for name in every[:most]) + more
