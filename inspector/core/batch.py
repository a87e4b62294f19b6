"""A padded batch: inputs, targets and the truth about which timesteps are real."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen, frozen_bool
from inspector.errors import BatchError

Arrays = AnyArray | tuple[AnyArray, ...] | dict[str, AnyArray]
Tokens = tuple[tuple[str, ...], ...]


def leaves(arrays: Arrays | None) -> Iterator[AnyArray]:
    """Yields the arrays of one array, a tuple or a dictionary, in order."""
    if arrays is None:
        return
    if isinstance(arrays, Mapping):
        yield from arrays.values()
    elif isinstance(arrays, (tuple, list)):
        yield from arrays
    else:
        yield arrays


def freeze_arrays(arrays: object) -> Arrays:
    """Returns `arrays` (one array, a list or tuple, or a dictionary) with frozen leaves."""
    if isinstance(arrays, Mapping):
        return {str(name): frozen(np.asarray(value)) for name, value in arrays.items()}
    if isinstance(arrays, (tuple, list)) and all(isinstance(v, np.ndarray) for v in arrays):
        return tuple(frozen(value) for value in arrays)
    return frozen(np.asarray(arrays))


@dataclass(frozen=True, eq=False)
class Batch:
    """Padded rows and the truth about them.

    Attributes:
        x: Model input: one array (rows, timesteps, ...), a tuple, or a dictionary by input name.
        y: Targets, in the structure of the model's outputs, or None.
        valid: bool (rows, timesteps): True at real timesteps of the (first) input.
        target_valid: bool (rows, target timesteps), True at real timesteps of the output; None
            where the targets have no time axis.
        tokens: One string per timestep of the input, for display only, or None.
        target_tokens: The same on the output's time axis, or None.
        sample_weight: Sample weights as Keras takes them, or None.
        source: Where the batch came from, in a few words.
        notes: What was assumed about it, one sentence each.
        vocabulary: The token of each id, or of each column of one-hot vectors, of the input;
            None where it is not known.
        target_vocabulary: The same for the classes of the targets: tokens or labels.
        row_numbers: Where the rows stand in the batch that they were taken from; None where they
            are all of it, in order.
    """

    x: Arrays
    y: Arrays | None
    valid: BoolArray
    target_valid: BoolArray | None = None
    tokens: Tokens | None = None
    target_tokens: Tokens | None = None
    sample_weight: Arrays | None = None
    source: str = ""
    notes: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] | None = None
    target_vocabulary: tuple[str, ...] | None = None
    row_numbers: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Freezes the arrays and checks that the rows agree."""
        object.__setattr__(self, "x", freeze_arrays(self.x))
        object.__setattr__(self, "valid", frozen_bool(self.valid, "valid"))
        if self.y is not None:
            object.__setattr__(self, "y", freeze_arrays(self.y))
        if self.target_valid is not None:
            object.__setattr__(self, "target_valid", frozen_bool(self.target_valid, "target_valid"))
        if self.sample_weight is not None:
            object.__setattr__(self, "sample_weight", freeze_arrays(self.sample_weight))
        self._check_rows()

    def _check_rows(self) -> None:
        rows = self.valid.shape[0]
        named = {"x": self.x, "y": self.y, "sample_weight": self.sample_weight}
        if self.target_valid is not None:
            named["target_valid"] = self.target_valid
        for name, arrays in named.items():
            for array in leaves(arrays):
                if array.ndim == 0 or array.shape[0] != rows:
                    raise BatchError(
                        f"`{name}` has shape {tuple(array.shape)} and `valid` has {rows} rows.",
                        "All arrays must have the same number of rows.",
                        f"Check the first axis of `{name}`.",
                    )
        for name, tokens in (("tokens", self.tokens), ("target_tokens", self.target_tokens)):
            if tokens is not None and len(tokens) != rows:
                raise BatchError(
                    f"`{name}` has {len(tokens)} rows and `valid` has {rows}.",
                    "There must be one tuple of tokens per row.",
                )

    @property
    def rows(self) -> int:
        """Number of rows (sentences)."""
        return int(self.valid.shape[0])

    def numbers(self, first: int = 0) -> Sequence[int]:
        """The number of each row from the position `first` on, counted from 0."""
        return (self.row_numbers or range(self.rows))[first:]

    @property
    def timesteps(self) -> int:
        """Number of timesteps of the first input."""
        return int(self.valid.shape[1])

    @property
    def padding_token(self) -> str | None:
        """The token that stands for padding: the first of ids, the last of vectors."""
        if self.vocabulary is None or not isinstance(self.x, np.ndarray):
            return None
        return self.vocabulary[0 if self.x.ndim == 2 else -1]

    @property
    def padding(self) -> BoolArray:
        """Bool (rows, timesteps): True at padding."""
        return ~self.valid

    def counts(self) -> dict[str, int]:
        """Returns how many rows, timesteps of a row, and real and padded timesteps there are."""
        return {
            "rows": self.rows,
            "timesteps": self.timesteps,
            "valid": int(self.valid.sum()),
            "padding": int(self.padding.sum()),
        }
