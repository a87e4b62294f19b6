"""What the page of strategies says: labels, explanations, and the words beside what can be saved.

Labels of lists are part of the links to a page.
"""

import re

from inspector.core.strategies import CATALOGUE, Strategy
from inspector.ui.words import OPENS_THE_CHOICES
from inspector.views.markdown import Markdown, literal
from inspector.views.numbers import amount

_INTRODUCTION = Markdown(
    "There are many ways to keep *padding* out of a loss, and they do not give the same number, "
    "nor train the same way. This page tries them on the batch and the model that you chose, from "
    "the same weights, and measures what each one does."
)
STRATEGIES = "Strategies"
STRATEGIES_HELP = (
    "Each is one way of treating padding. What each one does, with its formula and its code, "
    "stands below."
)
STRATEGY_LABELS = {name.value: entry.short for name, entry in CATALOGUE.items()}
"""Labels of the choice of strategies, part of the links."""
BASELINE = "Baseline"
BASELINE_HELP = "The strategy that the others are measured against."
CHOOSE_SOME = "Choose at least one strategy above."
MY_LOSS = "A loss of your own"
MY_LOSS_LABEL = "Code of the loss"
MY_LOSS_HELP = (
    "A function of `y_true` and `y_pred` that returns the loss at every timestep, or one number. "
    "The code is read, never run; the last function defined is taken."
)
MY_LOSS_MOST = 4_000
MY_LOSS_EXAMPLE = "Start from the answer's loss"
MY_LOSS_VECTORS = """from keras import ops

def masked_loss(y_true, y_pred):
    valid = 1.0 - y_true[..., -1]  # the last class is padding
    loss = -ops.sum(y_true * ops.log(y_pred + 1e-7), -1)
    return ops.sum(loss * valid) / ops.sum(valid)
"""
MY_LOSS_IDS = """from keras import losses, ops

def masked_loss(y_true, y_pred):
    valid = ops.cast(ops.not_equal(y_true, 0), "float32")  # 0 is padding
    loss = losses.sparse_categorical_crossentropy(y_true, y_pred)
    return ops.sum(loss * valid) / ops.sum(valid)
"""
STARTING = "A second engine is starting. TensorFlow takes a few seconds to load."
OVERVIEW = "What each strategy reports here"
OVERVIEW_HELP = (
    "Mask at the loss: what Keras's own mask is when the predictions get to the loss. Masked "
    "average: the mean loss over real timesteps, of the predictions under this strategy."
)
GRID = "All numbers side by side"
CELLS = {False: "values", True: "differences from the baseline"}
CELLS_HELP = "What stands in the cells."
MAPS = "Loss and weight at every timestep"
MAPS_LESS = "Less the baseline"
MAPS_LESS_HELP = "Shows what each strategy has more, or less, than the baseline."
SIZES = "The number that Keras reports, by batch size"
CODE = "Formula, code and when to use each"
CODE_LEGEND = (
    "B rows, T timesteps, ℓ the loss at a timestep, m is 1 at real timesteps, k is 1 where the "
    "mask that reaches the loss keeps the timestep."
)
WARNING = Markdown(" :orange-badge[A mistake to recognise, not to use.]")
JSON = "Save as JSON"
HTML_HELP = (
    "One HTML file with this comparison. It needs no server and no network, and "
    "`inspector.load_result` reads it back."
)

TRAINING = "Watch them train"
TRAINING_HELP = (
    "Every strategy is trained from the same starting weights, on the same rows in the same order "
    "with the same seeds. Layers and data are those of this page."
)
TRAINING_INTRODUCTION = Markdown(
    "A number that goes down need not mean a better model: a loss that counts padding falls "
    "because padding is easy. Train the strategies chosen above and compare what Keras reports "
    "with what happens at real timesteps."
)
STEPS = "Training steps"
STEPS_HELP = "Gradient steps for each strategy. More are possible in Python."
RATE = "Learning rate"
RATE_HELP = "Of the optimizer that the model was compiled with."
RATE_PLACEHOLDER = "as compiled"
TRAIN, GO_ON, STOP, TRAINED = "Train", "Go on", "Stop training", "Done"
PREPARING = "Preparing the training: first steps take longest."
REPLAY = "Replay a step"
REPLAY_STEP = "After how many steps"
REPLAY_STEP_HELP = "Steps at which the losses and predictions were kept."
NOT_TRAINED = "Not trained here"


def introduction(narrow: bool) -> Markdown:
    """Returns what the page is about, and on a phone where its choices are."""
    return _INTRODUCTION + OPENS_THE_CHOICES if narrow else _INTRODUCTION


def heading_of(strategy: Strategy) -> Markdown:
    """Returns the heading of a strategy in the list of formulas."""
    number = f"{strategy.number}. " if strategy.number else ""
    return Markdown("**{}**").format(literal(f"{number}{strategy.title}"))


def conclusion_lines(text: str) -> Markdown:
    """Returns a conclusion: the first sentence, and the others as a list below it."""
    first, *rest = (literal(line) for line in re.split(r"(?<=\.) (?=“|On this)", text))
    lines = [Markdown("**{}**").format(first), *(Markdown("- {}").format(line) for line in rest)]
    return Markdown("\n").join(lines)


def first_rows_only(shown: int, rows: int) -> str:
    """Returns what is said of a batch of which only the first rows are compared."""
    return (
        f"The first {shown:,} of {rows:,} sentences are compared here. In Python "
        "(`inspector.compare`) there is no such limit."
    )


def preparing(what: str) -> Markdown:
    """Returns what is being done before the first step."""
    return literal(f"{PREPARING} {what}.")


def how_far(done: int, target: int, seconds: float | None) -> str:
    """Returns how far the training is, with the time left where it is known."""
    text = f"Step {done} of {target}"
    if seconds is None:
        return text
    return f"{text}, about {amount(max(1, round(seconds)), 'second')} left"


def stopped_at(done: int, target: int, diverged: bool = False) -> str:
    """Returns what is said of a training that ended."""
    if diverged:
        return f"Ended after {amount(done, 'step')}: every strategy diverged."
    if done >= target:
        return f"Trained for {amount(done, 'step')}."
    return f"Stopped after {amount(done, 'step')} of {target}. “{GO_ON}” continues where it ended."
