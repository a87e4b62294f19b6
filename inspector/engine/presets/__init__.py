"""Preset models, built live for a batch: compiled, seeded, with the names that the page shows."""

import keras

from inspector.core.batch import Batch
from inspector.core.presets import PRESETS, Preset
from inspector.core.requests import ModelChoices
from inspector.engine.presets.preset_targets import converted_targets
from inspector.engine.presets.real_timesteps_loss import LossOverRealTimesteps
from inspector.engine.presets.recipes import RECIPES
from inspector.engine.presets.seeded_layers import seeds_from
from inspector.engine.presets.sizes import Sizes, check_budget, check_seed, sizes_for
from inspector.engine.seam.keras import fresh_names, quiet
from inspector.errors import ModelError

__all__ = ["LossOverRealTimesteps", "build", "targets_for"]

LEARNING_RATE = 0.01


def build(choices: ModelChoices, batch: Batch) -> keras.Model:
    """Builds and compiles a preset for a batch.

    Equal choices and shapes give equal weights and equal names, whatever was built before and
    whatever other threads do. Evaluate it on `targets_for(choices, batch)`.

    Raises:
        ModelError: The batch or a choice does not fit the preset.
        LimitError: The model would be larger than the stated limits.
    """
    preset, loss = _chosen(choices)
    check_seed(choices.seed)
    sizes = sizes_for(preset, choices, batch)
    converted_targets(batch, loss)  # refuses targets that the loss cannot take
    recipe = RECIPES[preset.identifier]
    check_budget(preset, sizes, recipe.parameters(sizes), recipe.activations(sizes))
    # Whether a layer destroys the mask is what the inspection finds out.
    with fresh_names(), quiet():
        model = recipe.build(sizes, seeds_from(choices.seed))
        model.name = preset.identifier
        model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=_loss(preset, loss, sizes)
        )
    return model


def targets_for(choices: ModelChoices, batch: Batch) -> Batch:
    """Returns `batch` with its targets in the form that the chosen loss needs.

    The sparse loss takes class ids, the others vectors. Ids become one-hot vectors and one-hot
    vectors ids; the batch is returned as it is where nothing has to change.

    Raises:
        ModelError: The targets cannot be converted without guessing.
    """
    return converted_targets(batch, _chosen(choices)[1])


def _chosen(choices: ModelChoices) -> tuple[Preset, str]:
    preset = PRESETS.get(choices.preset)
    if preset is None:
        raise ModelError(
            f"There is no preset `{choices.preset}`.", f"The presets are {', '.join(PRESETS)}."
        )
    loss = choices.loss or preset.losses[0]
    if loss not in preset.losses:
        raise ModelError(
            f"The loss is `{loss}`.",
            f"“{preset.title}” can use {', '.join(preset.losses)}.",
            "Choose one of these, or another model.",
        )
    return preset, loss


def _loss(preset: Preset, loss: str, sizes: Sizes) -> str | keras.losses.Loss:
    if preset.identifier != "cure":
        return loss
    return LossOverRealTimesteps(loss, sizes.padding_class)
