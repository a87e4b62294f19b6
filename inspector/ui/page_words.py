"""What the pages of layers and of learning say, and what stands beside what can be saved."""

from dataclasses import dataclass

from inspector.views.markdown import Markdown

SHARING_HELP = "Nothing is sent anywhere: files are saved by your browser."
REPORT_HELP = (
    "One HTML file with the figures, tables and findings of this inspection. It needs no server "
    "and no network, and `inspector.load_result` reads the result back from it."
)


@dataclass(frozen=True)
class ScriptWords:
    """What stands above the two scripts of a page.

    Attributes:
        plain: Above the plain one, where it gives the numbers of the page.
        ours: Above the one with this package.
        inexact: Above the plain one, where its initial weights are others.
    """

    plain: Markdown
    ours: Markdown
    inexact: Markdown = Markdown()


_PLAIN = "**Plain Keras and NumPy.**"
_OURS = "**With this package** (`pip install .` in a copy of the project):"
INSPECTION_SCRIPTS = ScriptWords(
    plain=Markdown(
        f"{_PLAIN} The masks, the losses, what each timestep weighs, and the averages of this "
        "page, without this tool. The leak tests are in the script below."
    ),
    inexact=Markdown(
        f"{_PLAIN} The masks, the losses, what each timestep weighs, and the averages, without "
        "this tool. Your code draws initial weights of its own, so that losses differ from those "
        "of this page; masks do not. The leak tests are in the script below."
    ),
    ours=Markdown(f"{_OURS} the same inspection, leak tests and findings too."),
)
COMPARISON_SCRIPTS = ScriptWords(
    plain=Markdown(
        f"{_PLAIN} What Keras reports under each strategy, and the mean losses, without this "
        "tool. Gradients, shares of padding and leaks are in the script below."
    ),
    inexact=Markdown(
        f"{_PLAIN} What Keras reports under each strategy, and the mean losses, without this "
        "tool. Your code draws initial weights of its own, so that these numbers differ from "
        "those of this page. Gradients, shares of padding and leaks are in the script below."
    ),
    ours=Markdown(f"{_OURS} the same comparison, all numbers."),
)
TOUR_SCRIPTS = ScriptWords(
    plain=Markdown(
        f"{_PLAIN} The model of this step on these sentences: its masks, its losses, what each "
        "timestep weighs, and the averages, without this tool."
    ),
    ours=Markdown(f"{_OURS} the same inspection, with its findings."),
)
ATLAS_SCRIPTS = ScriptWords(
    plain=Markdown(
        f"{_PLAIN} It runs each layer of the map above and measures what stands in its line, "
        "without this tool. A dash there is a test that makes no sense, and is left out."
    ),
    ours=Markdown(f"{_OURS} the same layers, measured with other numbers and more of them."),
)
NO_SCRIPT = (
    "A report holds what was found, not the model or how it was built, so there is no script that "
    "would find it again. This reads what is on this page:"
)
SCRIPT_OF_SOME_ROWS = (
    "Both scripts are for the sentences that are shown, not for the whole batch: their averages "
    "are those of these sentences."
)
CODE_DATA_HELP = "The batch is too large to be written down. Both scripts read it from this file."
ATLAS = """
Every layer of Keras that takes a sequence was run on sentences with padding. This page says what
became of the mask, whether Keras warned, and whether padding changed results at real timesteps.
Nothing here is taken from the documentation.
"""
ATLAS_REPORT_HELP = (
    "One HTML file with the lines of the map that are shown, in words too. It needs no server and "
    "no network, and `inspector.load_result` reads the lines back from it."
)
ATLAS_VERSION_HELP = "Layers learn to hand masks on: the answer depends on the version of Keras."
ATLAS_FILTER_HELP = "Which lines of the map are shown, and can be chosen beside."
ATLAS_LAYER_HELP = "Type to find a layer. Some stand here more than once, for different settings."
ATLAS_EXAMPLE = "It needs Keras and NumPy only. Copy it, run it, and it prints what stands above."
TOUR = (
    "A question that was asked about Keras, and its answer, in six steps. The figures are computed "
    "live: change the sentences and look again."
)
TOUR_HELP = "Six short steps. Each shows one thing."
TOUR_TEXT_HELP = "One a line; `#` is padding. Ctrl+Enter applies what you typed."
TRUTH = Markdown("""
Sentences have different lengths, and a batch is a rectangle. Shorter sentences are filled up with
**padding**, here `#`. These have {real} real timesteps and {padding} of padding. A model must
neither learn from padding nor be judged on it.
""")
MARKED = Markdown("""
`Masking` compares each timestep with zero: a timestep that is zero throughout is padding. It hands
on a **mask**, which says *keep* or *skip* at each timestep. The `LSTM` skips what the mask says,
returns every timestep, and hands the mask on. So the mask arrives at the loss.
""")
REACHES = Markdown("""
`model.evaluate` reports **{keras}**. That is the mean over the real timesteps, {valid}. Over all
timesteps, padding included, it would be {all}. Nobody had to say so: Keras applies the mask to the
loss by itself. That is the model of the answer.
""")
STOPS = Markdown("""
The model of the question reads a sentence into *one* vector and writes it out again, with
`RepeatVector` between. The first `LSTM` uses the mask and returns its last timestep only: no
timesteps are left, and the mask ends there. `RepeatVector` makes new timesteps, which nothing marks
as padding. Keras gives no warning.
""")
COST = Markdown("""
After {steps} steps of training, `model.evaluate` reports **{keras}**: the mean over *all* timesteps
({all}), not over the real ones ({valid}). Padding carries {weight} of the weight. Padding is often
easy to predict, and then the number looks better than the model is.
""")
CURE = Markdown("""
The answer does not repair the way of the mask. It gives the model a loss that finds padding in
`y_true` and divides by the number of real timesteps. Trained like the other one, it gets
**{keras}** from `model.evaluate`, and the mean over the real timesteps is {valid}. Sample weights
that are zero at padding do the same.
""")
CHECK = Markdown(
    "**And the check?** The question computed the masked average by hand, to compare, from a mask "
    "made of the lengths and turned around with `tf.reverse(mask, [0, 1])`. That turns the rows "
    "around too, so that each sentence gets the mask of another."
)
CHECK_ELSEWHERE = "Here padding is not in front of every sentence, so that this check does not fit."
CHECK_SAME = "Here both give the same, because the lengths read the same from below."
CHECK_CODE = (
    "mask = tf.sequence_mask(lengths, timesteps)\nmask = tf.reverse(mask, [1])  # not [0, 1]"
)
CHECK_SCRIPT = """\
# The check of the question: it turns the rows around too
from_lengths = np.arange(valid.shape[1]) < valid.sum(axis=1)[:, None]
wrong = (np.flip(from_lengths, (0, 1)) != valid).sum()
print("marked wrongly:", wrong, "of", valid.size)
"""
