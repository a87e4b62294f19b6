"""The model on screen as code, in plain Keras and with this package."""

import re
from dataclasses import dataclass

from inspector.core.batch import Batch
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelChoices, ModelFile, ModelSource, PastedCode
from inspector.views.code_for_this_presets import LEARNING_RATE, preset_code


@dataclass(frozen=True)
class ModelCode:
    """A model as code, for arrays `x` and `y`.

    Attributes:
        plain: Plain Keras that builds, compiles and trains it, piece by piece.
        ours: The same with this package.
        exact: The plain code gives the weights of the app.
    """

    plain: tuple[str, ...]
    ours: tuple[str, ...]
    exact: bool


def model_code(source: ModelSource, batch: Batch, loss: str | None) -> ModelCode:
    """Returns code for a model.

    Args:
        source: Where the model comes from.
        batch: What it is built for.
        loss: Name of the loss of a model of one's own; None for the one that it brings along.
    """
    if isinstance(source, ModelChoices):
        plain = ours = preset_code(source, batch)
    else:
        plain, ours = _own_model(source, loss), _own_model_ours(source)
    steps = source.training_steps
    trained = [f"for _ in range({steps}):\n    model.train_on_batch(x, y)"] if steps else []
    pasted = isinstance(source, PastedCode)
    held = [code.replace("model.", "model.model.") for code in trained] if pasted else trained
    return ModelCode((plain, *trained), (ours, *held), exact=not pasted)


def loss_at_timesteps(source: ModelSource) -> str:
    """Returns code for the loss at every timestep of a model that was built by `model_code`."""
    if isinstance(source, ModelChoices) and source.preset == "cure":
        # It is compiled with a function that averages by itself.
        return f'"{source.loss or PRESETS[source.preset].losses[0]}"'
    return "model.loss"


def _own_model(source: PastedCode | ModelFile, loss: str | None) -> str:
    if isinstance(source, ModelFile):
        options = ", compile=False" if loss else ""
        lines = ["import keras", "", f"model = keras.saving.load_model({source.name!r}{options})"]
        name = "model"
    else:
        lines = [
            "# Your code. The app draws initial weights of its own: other numbers, same masks."
        ]
        lines += [f"{name} = {value!r}" for name, value in source.names]
        lines += [source.source.strip("\n"), "", "import keras"]
        name = model_name(source.source)
        if name != "model":
            lines.append(f"model = {name}")
    if loss:
        lines += [
            "",
            f'model.compile(optimizer=keras.optimizers.Adam({LEARNING_RATE}), loss="{loss}")',
        ]
    return "\n".join(lines)


def model_name(source: str) -> str:
    """Returns the name that code gives to its model: what it compiles, or else builds last."""
    compiled = re.findall(r"^\s*(\w+)\.compile\(", source, flags=re.MULTILINE)
    built = re.findall(r"^(\w+)\s*=\s*(?:\w+\.)*(?:Sequential|Model)\(", source, flags=re.MULTILINE)
    return (compiled or built or ["model"])[-1]


def _own_model_ours(source: PastedCode | ModelFile) -> str:
    if isinstance(source, ModelFile):
        code = f"model = inspector.load_model({source.name!r})"
    else:
        names = {name: value for name, value in source.names}
        given = f", {names!r}" if names else ""
        text = source.source.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip("\n")
        code = f'code = """\n{text}\n"""\n'
        code += f"model = inspector.model_from_code(code{given}, seed={source.seed})"
    return code
