"""What the engine can be asked, within which limits, and how the one who asks looks on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from inspector.core.batch import Batch
from inspector.errors import Cancelled, LimitError


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


def _silent(done: int, total: int, what: str) -> None:
    """Reports nothing."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Attributes:
        progress: Called with units of work done, units in all, and what is being done.
        cancelled: Returns whether nobody wants the answer any more.
    """

    progress: Callable[..., None] = _silent
    cancelled: Callable[[], bool] = _never

    def tick(self, stopped: str = "The comparison was stopped.") -> None:
        """Raises `Cancelled`, which says `stopped`, where nobody wants the answer any more."""
        if self.cancelled():
            raise Cancelled(stopped)


@dataclass(frozen=True)
class CodeNote:
    """What was skipped, translated or assumed.

    Attributes:
        line: Line of the pasted text, counted from 1; 0 for the text as a whole.
        message: One sentence.
    """

    line: int
    message: str

    def __str__(self) -> str:
        """Returns the message with its line."""
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class CodeLimits:
    """How much pasted code may ask for; everything is checked before memory is taken.

    Attributes:
        characters: Length of the source.
        nesting: Depth of brackets, blocks and operators in each other.
        calls: Depth of the code's own functions calling one another.
        steps: Expressions and statements evaluated, also by one later call of a loss or `Lambda`.
        elements: Length of one list, string, range or literal array.
        layers: Layers made.
        parameters: Weights of all layers together.
        values: Numbers in one layer's output, for `rows` and `timesteps`.
        rows: Rows assumed where the code leaves them open.
        timesteps: Size assumed of every other axis that the code leaves open.
        seconds: Time for reading.
    """

    characters: int = 200_000
    nesting: int = 60
    calls: int = 12
    steps: int = 500_000
    elements: int = 100_000
    layers: int = 400
    parameters: int = 50_000_000
    values: int = 2**28
    rows: int = 32
    timesteps: int = 128
    seconds: float = 30.0


class PaddingSide(str, Enum):
    """Where shorter lines are filled up with padding."""

    AS_TYPED = "as_typed"
    BEFORE = "before"
    AFTER = "after"


class TokenKind(str, Enum):
    """What one timestep holds."""

    CHARACTER = "character"
    WORD = "word"


class TargetKind(str, Enum):
    """What the model is asked to predict."""

    SAME = "same"
    NEXT_TOKEN = "next_token"
    LABEL = "label"
    TYPED = "typed"


class Encoding(str, Enum):
    """How tokens become numbers.

    ONE_HOT: padding is the zero vector in x and its own one-hot class in y.
    ONE_HOT_PADDING_CLASS: padding is its own one-hot class in x too, so it is not the zero vector.
    IDS: integer ids, 0 for padding.
    """

    ONE_HOT = "one_hot"
    ONE_HOT_PADDING_CLASS = "one_hot_padding_class"
    IDS = "ids"


@dataclass(frozen=True)
class SentenceChoices:
    """Typed sentences and how to read them.

    Attributes:
        text: The sentences, one a line.
        padding_char: The character (or word) that stands for padding.
        side: Where shorter lines are filled.
        tokens: Characters or words.
        targets: What to predict.
        target_text: Typed targets or labels, one a line; used where `targets` asks for them.
        encoding: How tokens become numbers.
    """

    text: str = "##abb\n#babb"
    padding_char: str = "#"
    side: PaddingSide = PaddingSide.AS_TYPED
    tokens: TokenKind = TokenKind.CHARACTER
    targets: TargetKind = TargetKind.SAME
    target_text: str = ""
    encoding: Encoding = Encoding.ONE_HOT


@dataclass(frozen=True)
class ModelChoices:
    """A preset and its knobs.

    Attributes:
        preset: Identifier of the preset (`question`, `answer`, ...).
        units: Width of the model's layers, or None for the preset's own.
        seed: Seed of the initial weights.
        loss: Name of the loss, or None for the preset's own.
        training_steps: Gradient steps before the inspection, 0 to 200.
    """

    preset: str = "question"
    units: int | None = None
    seed: int = 0
    loss: str | None = None
    training_steps: int = 0


GivenValue = bool | int | float | str | tuple["GivenValue", ...]
"""What a name in pasted code may be given."""


NO_LOSS = "none"
"""A loss by this name is none at all: masks and leaks are looked at, no averages."""


@dataclass(frozen=True)
class PastedCode:
    """Code that builds a model; it is read, never run.

    Attributes:
        source: The code.
        names: Values of names that the code takes from data it does not contain, as it writes
            them: `(("vocab_size", 5000),)`.
        seed: Seed of the initial weights.
        loss: Name of the loss, `NO_LOSS`, or None for the one that the code compiles with.
        training_steps: Gradient steps before the inspection, 0 to 200.
        own_data: The batch is the data in the code, if there is some that fits.
    """

    source: str
    names: tuple[tuple[str, GivenValue], ...] = ()
    seed: int = 0
    loss: str | None = None
    training_steps: int = 0
    own_data: bool = False


@dataclass(frozen=True)
class ModelFile:
    """A model file, `.keras` or `.h5`.

    Attributes:
        name: Its name.
        sha256: SHA-256 of its bytes, in hexadecimal; files with equal ones are taken for equal.
        data: Its bytes; None asks for the model that the engine has read before, and a
            `FileNeeded` comes back where it has forgotten it.
        loss: Name of the loss, `NO_LOSS`, or None for the one that the model was saved with.
    """

    name: str
    sha256: str
    # Its digest stands for it: hashing the bytes of every request would cost more than the rest.
    data: bytes | None = field(default=None, repr=False, metadata={"digest": False})
    loss: str | None = None

    @property
    def training_steps(self) -> int:
        """None: a saved model is looked at as it is."""
        return 0


ModelSource = ModelChoices | PastedCode | ModelFile
"""Where a model comes from."""


@dataclass(frozen=True)
class Fitting:
    """How a batch of tokens is fitted to a model of one's own; presets say themselves.

    Attributes:
        vectors: What stands at padding where the model takes vectors: `ONE_HOT` (zeros) or
            `ONE_HOT_PADDING_CLASS`.
        side: Where rows are filled up that are shorter than the model wants; as typed: after.
    """

    vectors: Encoding = Encoding.ONE_HOT
    side: PaddingSide = PaddingSide.AS_TYPED


@dataclass(frozen=True)
class InspectOptions:
    """How to look.

    Attributes:
        batch_size: Rows per batch, as in `model.evaluate`; None for all rows in one batch.
        leaks: Test whether padding changes predictions.
        training: Run layers as in training (dropout, batch statistics).
    """

    batch_size: int | None = None
    leaks: bool = True
    training: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a long request is.

    Attributes:
        done: Units of work done, such as training steps.
        total: Units of work in all.
        what: What is being done, in a few words.
        loss: The loss at this point of a training, or None.
    """

    done: int
    total: int
    what: str = ""
    loss: float | None = None


@dataclass(frozen=True, eq=False)
class InspectRequest:
    """Asks for the inspection of a model on a batch; the answer is an `Inspection`.

    Attributes:
        batch: The rows.
        model: A preset and its knobs, code, or a file.
        options: How to look.
        fitting: How tokens become what a model takes that is no preset.
    """

    batch: Batch
    model: ModelSource = ModelChoices()
    options: InspectOptions = InspectOptions()
    fitting: Fitting = Fitting()

    @property
    def extra_seconds(self) -> float:
        """Seconds that the answer may take beyond the usual limit: one per training step."""
        return float(self.model.training_steps)
