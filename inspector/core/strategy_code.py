"""Plain Keras code of every strategy: what to write instead of using this package.

The code expects `model`, `x`, `y` and `valid` (True at real timesteps); `target_valid` where the
targets are padded otherwise than the input; `sample_weight` where the batch has some. It leaves
what Keras reports in `value`. Tests run it and compare that with the comparison.
"""

from dataclasses import dataclass
from string import Template

from inspector.core.strategy_templates import REBUILD, SHORT, TEMPLATES

OWN_LOSS, OWN_COMPILED = "YourLoss", "your_loss"
"""Stand in the code for a loss that is none of Keras's own: a class whose `call` gives the loss at
every timestep, and what the model was compiled with."""


@dataclass(frozen=True)
class Placeholders:
    """What the code says of the model and batch at hand.

    Attributes:
        loss: Class of the loss, as code: `keras.losses.CategoricalCrossentropy`.
        settings: What the class is made with, as code: `from_logits=True`.
        target_padding: What stands at padding in the targets, as code: `[0, 0, 1]`, `0`.
        input_padding: The same for the input.
        vectors: Targets are vectors, not class ids.
        input_vectors: The input holds vectors, not ids.
        behind: Names of the layers that the mask is put back behind.
        reverse: Padding comes first, so that a mask from lengths has to be reversed.
        timed: The targets have the timesteps of the input.
        own_padding: The targets are padded otherwise than the input.
        fixed_length: The model is built for one number of timesteps.
        batch_size: Rows per batch, as code.
        own_weights: The batch has sample weights.
        loss_weight: What the loss is multiplied by.
    """

    loss: str = "keras.losses.CategoricalCrossentropy"
    settings: str = ""
    target_padding: str = "[0, 0, 1]"
    input_padding: str = "[0, 0, 0]"
    vectors: bool = True
    input_vectors: bool = True
    behind: tuple[str, ...] = ("repeat",)
    reverse: bool = True
    timed: bool = True
    own_padding: bool = False
    fixed_length: bool = True
    batch_size: str = "len(y)"
    own_weights: bool = False
    loss_weight: float = 1.0


def code_for(key: str, values: Placeholders) -> str:
    """Returns the code of a strategy for the loss and the padding at hand.

    Args:
        key: Value of a `StrategyName`.
        values: What stands in it.
    """
    known = _known(key, values)
    template = TEMPLATES[key]
    if key == "alone":
        template = Template(template).safe_substitute(_alone(values))
    text = Template(template).substitute(known)
    head = "import keras\n" + ("import numpy as np\n" if "np." in text else "")
    if OWN_LOSS in text:
        head += (
            f"\n# `{OWN_LOSS}` stands for the loss that the model was compiled with, as a class\n"
        )
        head += "# whose `call` gives the loss at every timestep.\n"
    if OWN_COMPILED in text:
        head += f"\n# `{OWN_COMPILED}` stands for the loss that the model was compiled with.\n"
    return f"{head}\n{text.strip()}\n"


def _known(key: str, values: Placeholders) -> dict[str, str]:
    differs = "keras.ops.not_equal(inputs[1], padding)"
    over_all = 'keras.ops.cast(keras.ops.size(real), "float32")'
    weights = ", sample_weight=sample_weight" if values.own_weights else ""
    there = ", sample_weight=other_side(sample_weight)" if values.timed else weights
    factor = values.loss_weight
    return {
        "loss": _loss(key, values),
        "compiled": OWN_COMPILED if values.loss == OWN_LOSS else _loss(key, values),
        "factor": "" if factor == 1.0 else f", loss_weights={factor!r}",
        "size": values.batch_size,
        "weights": weights,
        "target_padding": values.target_padding,
        "input_padding": values.input_padding,
        "behind": "behind " + " and ".join(f"`{name}`" for name in values.behind),
        "names": repr(values.behind),
        "real": "keras.ops.any(real, axis=-1)" if values.vectors else "real",
        "input_real": f"keras.ops.any({differs}, axis=-1)" if values.input_vectors else differs,
        "divisor": over_all
        if key == "loss_over_all"
        else "keras.ops.maximum(keras.ops.sum(real), 1)",
        "valid": "target_valid" if values.own_padding else "valid",
        "turn": _turn(key, values.reverse),
        "moved": "other_side(y)" if values.timed else "y",
        "moved_weights": there if values.own_weights else "",
    }


def _alone(values: Placeholders) -> dict[str, str]:
    """Returns what stands in the code of sentences alone: it depends on the targets."""
    pieces = {
        "each": "row, target, real in zip(x, y, valid)",
        "target": "target[real][None]" if values.timed else "target[None]",
        "times": "real.sum()" if values.timed else "1",
        "counted": "real.sum()" if values.timed else "1",
        "cut": "",
    }
    if values.own_padding:
        pieces |= {
            "each": "row, target, real, wanted in zip(x, y, valid, target_valid)",
            "counted": "wanted[real].sum()",
            "cut": ", sample_weight=weights",
        }
    prepared = SHORT if values.fixed_length else ""
    if values.own_padding:
        prepared += '\n        weights = wanted[real][None].astype("float32")'
    return pieces | {
        "rebuild": REBUILD if values.fixed_length else "model.compile(loss=$loss$factor)",
        "prepare": prepared,
        "alone": "short" if values.fixed_length else "model",
    }


def _loss(key: str, values: Placeholders) -> str:
    settings = [values.settings] if values.settings else []
    if key == "sample_weight_mean":
        settings.append('reduction="mean_with_sample_weight"')
    if key == "ignore_class":
        loss = "keras.losses.SparseCategoricalCrossentropy"
        return f"{loss}({', '.join([f'ignore_class={values.target_padding}', *settings])})"
    return f"{values.loss}({', '.join(settings)})"


def _turn(key: str, reverse: bool) -> str:
    if key == "lengths_rows_reversed":
        turned = "[::-1, ::-1]" if reverse else "[::-1]"
        return f"\nmask = mask{turned}  # wrong: this gives every sentence another one's mask"
    return "\nmask = mask[:, ::-1]  # padding comes first here" if reverse else ""


PLAIN_CODE = {key: code_for(key, Placeholders()) for key in TEMPLATES}
"""The code of every strategy for the model and the batch of the question."""
