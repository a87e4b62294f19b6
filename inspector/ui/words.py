"""Labels and explanations of the controls. Labels of lists are part of the links to a page."""

from typing import Any

from inspector.core.diagnosis.verdict import NOTHING_WRONG
from inspector.core.presets import ENCODING_NAMES, TARGET_NAMES
from inspector.core.requests import PaddingSide, TargetKind, TokenKind
from inspector.errors import AskedName, CodeError, InspectorError, MissingNamesError
from inspector.views.bands import Channel
from inspector.views.leak_table import LeakAxis
from inspector.views.loss_table import Quantity
from inspector.views.markdown import Markdown, code
from inspector.views.numbers import amount
from inspector.views.tokens import clip
from inspector.worker.confinement import Confinement

_INTRODUCTION = Markdown(
    "Sentences of unequal length are filled up with *padding*. Keras carries a *mask* from layer "
    "to layer so that padding is skipped, and the mask can get lost without a word. Type "
    "sentences and choose a model: this page follows the mask to the loss."
)

OPENS_THE_CHOICES = Markdown(" The :material/keyboard_double_arrow_right: above opens the choices.")

SENTENCES: dict[str, Any] = {
    "height": 110,
    "help": "One sentence a line, in any script. `#` is padding: a character that only fills a "
    "sentence up to the length of the others. Ctrl+Enter applies what you typed.",
}
APPLY: dict[str, Any] = {"icon": ":material/play_arrow:"}
MODEL_HELP = (
    "Each model is built live for your sentences, with fixed starting weights. The text below "
    "says what it teaches."
)

MODEL_FROM_HELP = (
    "Preset: a model that shows one lesson. Code: paste the lines that build your model; they are "
    "read, never run. File: a model saved as .keras or .h5."
)
CODE_LABEL = "Code that builds the model"
CODE: dict[str, Any] = {
    "height": 330,
    "help": "Paste a script, a notebook cell or a forum post, from the imports to "
    "`model.compile(...)`. The code is read, never run: lines about data, training and plots are "
    "skipped. Ctrl+Enter reads it.",
}
LISTING_LABEL = "What was read"
OWN_DATA = "Use the data in the code"
OWN_DATA_HELP = (
    "Takes the small arrays that are written out in the code as the batch, in place of the "
    "sentences."
)
MY_CODE = "Bring back my code"
CODE_TOO_LONG_FOR_LINK = "This code is too long for a link: the address does not carry it."
ON_CODE = "the code"
ON_FILE = "the file"
AS_IN_THE_CODE = "as in the code"
NO_LOSS = "none: masks and leaks only"
AS_SAVED = "as saved in the file"
OWN_LOSS_HELP = (
    "The loss that the model was compiled with, or another one to look at. A model without a loss "
    "is looked at for masks and leaks only."
)
NAME_HELP = (
    "The code takes this from data that it does not contain. Give a number such as 5000, a list "
    "such as (5, 3), or a text."
)
NAME_PLACEHOLDER = "a number, a list, or a text"
FILE_HELP = "A whole model, saved with model.save: .keras or .h5, also one that Keras 2 wrote."
SAMPLE_MODEL = "Or load the sample"
LEAKS = "What moves when only padding changes"
LEAKS_TO_COME = "Still trying whether padding changes the results."
LEAKS_STOPPED = "Whether padding changes the results is not known: the leak tests were stopped."
LEAKS_AGAIN = "Run them with the button below."
LEAKS_TEST_AGAIN = "Run the leak tests"
CHOOSE_A_FILE = "Choose a model file at the side and load it: a .keras or .h5 file."

SIDES = {
    PaddingSide.AS_TYPED: "as typed",
    PaddingSide.BEFORE: "before",
    PaddingSide.AFTER: "after",
}
SIDE_HELP = (
    "Lines of unequal length are filled up with padding, before or after the sentence. As typed: "
    "nothing is added, unless the lengths differ; then it goes after."
)
PADDING: dict[str, Any] = {
    "live": True,
    "help": "The character, or with words as timesteps the word, that stands for padding.",
}
TOKENS = {TokenKind.CHARACTER: "character", TokenKind.WORD: "word"}
TOKENS_HELP = "What the model reads at one timestep: a character, or a word between spaces."

TARGETS = TARGET_NAMES
TARGETS_HELP = "What the model shall predict; the loss compares its predictions with this."
TARGET_LINES = {TargetKind.TYPED: "Target sentences", TargetKind.LABEL: "Labels"}
TARGET_TEXT: dict[str, Any] = {
    "height": 110,
    "help": "One a line, in the order of the sentences. Target sentences have padding of their "
    "own, with the same padding character. Without labels, the first real token of a sentence is "
    "its label.",
}
ENCODINGS = ENCODING_NAMES
ENCODING_HELP = (
    "How tokens become numbers in the input x. With one-hot vectors, padding is a class of its "
    "own in the targets y; with ids it is 0 there too."
)

UNITS_HELP = "Width of the model's layers."
LOSS_HELP = "How far a prediction is from its target, at every timestep."
SEED_HELP = "Decides the starting weights. Equal seeds give equal numbers."
BATCH_SIZE: dict[str, Any] = {
    "placeholder": "all rows",
    "help": "Rows per batch in `model.evaluate`. Keras averages the means of batches, so the "
    "number it reports can depend on this.",
}
STEPS_HELP = (
    "Gradient steps on these sentences before looking. The losses of an untrained model all look "
    "alike; after some training, the loss at padding is often much lower than at real timesteps."
)
QUANTITIES = {
    Quantity.LOSS: "loss",
    Quantity.WEIGHT: "weight",
    Quantity.CONTRIBUTION: "loss × weight",
}
QUANTITY_HELP = (
    "Loss: before any averaging. Weight: how much Keras's number moves per unit of that loss, "
    "measured. Loss × weight: what the timestep adds to Keras's number."
)
NESTED = "Look inside layers"
NESTED_HELP = "Shows the calls that a composite layer or a nested model makes, too."
CHANNELS = {
    Channel.EFFECTIVE: "on the output",
    Channel.ATTRIBUTE: "on the input tensor",
    Channel.ARGUMENT: "as mask=",
}
CHANNEL_HELP = (
    "Keras hands a mask to a layer on two ways: attached to the input tensor, or as the argument "
    "mask=. The map shows the mask on each call's output, or what arrived on one of the two ways."
)
ROWS_HELP = (
    "From which sentence to which, counted from 0. Large figures show blocks of cells; a few "
    "sentences show every timestep."
)
AXES = {LeakAxis.TIMESTEPS: "timesteps", LeakAxis.ROWS: "sentences"}
AXIS_HELP = "What a column of the picture is: a timestep of all sentences, or a sentence."
TABLE = "Table and CSV"
LAYER_BY_LAYER = "Layer by layer"
FOLD = "Fold layers"
FOLD_HELP = "Joins neighbouring layers that only hand the mask on, or that have none."

LIMITS = """
- One forward pass is looked at, on the batch in front of you. Another batch can take another path
  through a model that decides by its data.
- What padding is comes from the data: the padding character that you type. A padding character
  that is also a real one cannot be told apart.
- The weights say how the reported number moves, not how the model would have trained without the
  fault. Train two models for that.
- Answers depend on the version of Keras; layers learn to hand masks on. The version in use stands
  with every saved result.
"""


def introduction(narrow: bool) -> Markdown:
    """Returns what the start page is about, and on a phone where its choices are."""
    return _INTRODUCTION + OPENS_THE_CHOICES if narrow else _INTRODUCTION


NOT_TESTED_BADGE = Markdown(":gray-badge[:material/help: Not tested] {verdict}")


def so_far(verdict: str) -> str:
    """Returns a verdict that finds nothing wrong as long as the leak tests have not ended."""
    return f"{no_fault_so_far(verdict)} {LEAKS_TO_COME}"


def no_fault_so_far(verdict: str) -> str:
    """Returns a verdict without the claim that nothing is wrong."""
    if verdict.startswith(NOTHING_WRONG):
        return f"No fault so far: {verdict.removeprefix(NOTHING_WRONG)}"
    return verdict


def leaks_failed(got: str) -> str:
    """Returns why there are no leak tests."""
    return f"Whether padding changes the results is not known, because the leak tests failed: {got}"


def more(code: bool, notes: int) -> str:
    """Returns what is behind the line under the findings: code, notes or both."""
    parts = ["Code for this"] if code else []
    parts += [amount(notes, "note")] if notes else []
    return " and ".join(parts)


def at_line(line: int | None, text: str) -> Markdown:
    """Returns where in the code something stands; nothing where there is no code."""
    if line is None or not text:
        return Markdown()
    return Markdown("  \nLine {}: {}").format(line, code(text))


def notes_on(count: int, subject: str) -> str:
    """Returns the title of what is noted on a model and its batch."""
    return f"{amount(count, 'note')} on {subject} and the batch"


def name_label(need: AskedName) -> Markdown:
    """Returns what stands over the input for a value that the code asks for."""
    return _name(need.name) + (f" in line {need.line}" if need.line else "")


def asks_for(need: AskedName) -> str:
    """Returns what is said beside a line that needs a value."""
    return f"{need.name} is not in the code: give its value"


def said_at_line(error: InspectorError) -> str:
    """Returns an error without the line that it stands beside."""
    got = error.got
    if isinstance(error, CodeError) and error.line is not None:
        got = got.removeprefix(f"Line {error.line}, `{error.text}`: ")
        got = got.removeprefix(f"Line {error.line}: ")
    asks = isinstance(error, MissingNamesError)
    todo = "Give the values beside the code." if asks else error.todo
    return " ".join(part for part in (got, error.expected, todo) if part)


def error_said(error: InspectorError) -> str:
    """Returns an error as the page says it: of code only the number of the line, which is shown."""
    if isinstance(error, CodeError) and error.line is not None:
        return f"Line {error.line}: {said_at_line(error)}"
    return str(error)


def file_warning(confinement: Confinement | None) -> str:
    """Says what stands between a model file and the server.

    Args:
        confinement: What the engine's process cannot do; None while it is not known.
    """
    warning = (
        "Load only files from people you trust. The file is checked before Keras sees it and "
        "opened in a process of its own, with limits on time and memory"
    )
    if confinement is None or not (confinement.files or confinement.connections):
        return f"{warning}, but that is no sandbox."
    kept_in = [
        *(["it reads and writes only its own files"] if confinement.files else []),
        *(["it opens no connection"] if confinement.connections else []),
    ]
    return f"{warning}; Linux sees to it that {' and '.join(kept_in)}."


def loaded_file(name: str, digest: str) -> Markdown:
    """Returns which file is looked at."""
    return Markdown("Shown: {}, SHA-256 {}…").format(_name(name), digest)


def file_of_link(name: str, digest: str) -> Markdown:
    """Returns what a link to a model file asks for."""
    return Markdown(
        "This link was made with the file {} (SHA-256 {}). Links do not carry files: choose that "
        "file here to see the same page."
    ).format(_name(name), code(f"{digest[:16]}…"))


def _name(text: str) -> Markdown:
    return code(clip(text, 80))
