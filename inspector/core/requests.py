"""What a page asks of the engine: plain values that cross into the worker process."""

from dataclasses import dataclass, field
from enum import Enum

from inspector.core.batch import Batch


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
