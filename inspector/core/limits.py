"""How large a batch made from sentences may be: all limits in one place, named in every message."""

from dataclasses import dataclass

from inspector.errors import LimitError


@dataclass(frozen=True)
class BatchLimits:
    """Upper bounds, checked before memory is taken.

    Attributes:
        characters: Characters of the whole text.
        rows: Sentences.
        timesteps: Timesteps of a sentence.
        cells: rows x timesteps.
        values: rows x timesteps x vocabulary, the numbers of one one-hot array.
    """

    characters: int
    rows: int
    timesteps: int
    cells: int
    values: int

    def check_characters(self, characters: int) -> None:
        """Raises LimitError where the text is too long to be read at all."""
        if characters > self.characters:
            raise LimitError(
                f"The text has {characters:,} characters.",
                f"At most {self.characters:,} can be read here.",
                "Use fewer or shorter sentences.",
            )

    def check_cells(self, rows: int, timesteps: int) -> None:
        """Raises LimitError where there are too many rows, timesteps or cells."""
        if rows > self.rows:
            raise LimitError(
                f"There are {rows:,} sentences.",
                f"At most {self.rows:,} fit here.",
                "Leave some out.",
            )
        if timesteps > self.timesteps:
            raise LimitError(
                f"The longest sentence has {timesteps:,} timesteps.",
                f"At most {self.timesteps:,} fit here.",
                "Shorten it, break it into several lines, or count words as timesteps.",
            )
        if rows * timesteps > self.cells:
            raise LimitError(
                f"{rows:,} sentences of {timesteps:,} timesteps are {rows * timesteps:,} cells.",
                f"At most {self.cells:,} fit here.",
                "Leave sentences out or shorten the longest one.",
            )

    def check_values(self, rows: int, timesteps: int, vocabulary: int) -> None:
        """Raises LimitError where a one-hot array would take too much memory."""
        values = rows * timesteps * vocabulary
        if values > self.values:
            raise LimitError(
                f"One-hot vectors for {vocabulary:,} different tokens at {rows:,} x {timesteps:,} "
                f"timesteps hold {values:,} numbers.",
                f"At most {self.values:,} fit here.",
                "Choose integer ids, or use fewer different tokens.",
            )


PAGE_LIMITS = BatchLimits(
    characters=2**20, rows=16_384, timesteps=8_192, cells=65_536, values=2**25
)
"""For typed text: what one page can show and one request can compute."""

UPLOAD_LIMITS = BatchLimits(
    characters=2**26, rows=2**18, timesteps=8_192, cells=2**23, values=2**26
)
"""For uploaded files: what one visitor may hold in the memory of a server."""

LIBRARY_LIMITS = BatchLimits(
    characters=2**28, rows=2**22, timesteps=65_536, cells=2**25, values=2**29
)
"""For the Python API: only what would exhaust memory is refused."""
