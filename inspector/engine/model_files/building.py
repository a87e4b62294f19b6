"""From a clean description to a model: counted before memory is taken for a single weight."""

import math
from collections.abc import Callable
from typing import Any

import keras

from inspector.engine.forward.interception import observing
from inspector.engine.graph_prices import MOST_TERMS, outputs_of_a_row, terms_of_sums
from inspector.engine.model_files import activations
from inspector.engine.model_files.layers import SEQUENTIAL
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import SAVE_AGAIN, shown, too_many
from inspector.engine.seam import keras as seam
from inspector.engine.size_bounds import state_numbers
from inspector.errors import ModelFileError

UNSET = -12345.0
"""The value of weights that were not loaded; every type of weight can hold it, more or less."""

assert activations.hard_sigmoid  # Registered by the import, so that descriptions can name it.


def built(
    description: dict[str, Any], custom: dict[str, Any], stored: int, limits: ModelFileLimits
) -> keras.Model:
    """Builds the model, with weights that are `UNSET` until they are loaded.

    Keras is made to defer all variables: the model is built, its weights and outputs are counted,
    and only then is memory taken.

    Args:
        description: Ours, not the file's.
        custom: Classes and functions that it names beside Keras's own.
        stored: How many numbers the file stores.
        limits: What the model may take.
    """
    scope, states = keras.StatelessScope(initialize_variables=False), _KeptStates(limits)
    objects = {**custom, SEQUENTIAL: SequentialBuiltOnce}
    try:
        with scope, observing(states):
            model = keras.saving.deserialize_keras_object(
                description, custom_objects=objects, safe_mode=True
            )
        _check(model, stored, limits)
        seam.initialize(model, UNSET)
        states.make()
    finally:
        seam.set_thread_state("uninitialized_variables", [])
    return model


class _KeptStates:
    """Counts the states of stateful layers, and makes them last: Keras does not defer them."""

    def __init__(self, limits: ModelFileLimits) -> None:
        self._limits = limits
        self._numbers = 0
        self._waiting: list[tuple[keras.layers.RNN, int]] = []

    def observe(
        self, operation: Any, call: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        """Makes the call, which builds a layer; layers in it that keep states keep none yet."""
        if isinstance(operation, keras.layers.Layer):
            for layer in [operation, *seam.all_layers(operation)]:
                if isinstance(layer, keras.layers.RNN) and layer.stateful and not layer.states:
                    self._count(layer, seam.flatten((args, kwargs))[0])
                    layer.stateful = False
        return call(operation, *args, **kwargs)

    def _count(self, layer: keras.layers.RNN, tensor: Any) -> None:
        shape = tuple(tensor.shape)
        if shape[0] is None:
            raise ModelFileError(
                f"`{shown(layer.name)}` keeps its states from batch to batch, and the file leaves "
                "open how many rows a batch has.",
                "Such a layer is made for a fixed number of rows.",
                f"Build the model with Input(batch_shape=(rows, ...)). {SAVE_AGAIN}",
            )
        self._numbers += state_numbers([layer], shape)
        self._waiting.append((layer, shape[0]))
        if self._numbers > self._limits.parameters:
            what = "Numbers in the states of the recurrent layers"
            raise too_many(what, "parameters", self._numbers, self._limits)

    def make(self) -> None:
        """Makes the states."""
        for layer, rows in self._waiting:
            seam.make_states(layer, rows)


class SequentialBuiltOnce:
    """Makes a `keras.Sequential` from its description.

    Keras's own way adds layer by layer, and builds all of them anew each time.
    """

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> keras.Sequential:
        """Returns the Sequential that `config` describes."""
        layers = [
            keras.saving.deserialize_keras_object(layer, custom_objects=custom_objects)
            for layer in config["layers"]
        ]
        first, shape = layers[0], config.get("build_input_shape")
        if isinstance(first, keras.Model) and first.built and not shape:
            # The outer one takes what the inner one takes.
            layers.insert(0, keras.layers.InputLayer(batch_shape=first.input_shape))
        model = keras.Sequential(layers, name=config["name"])
        if not model.built and shape:
            model.build(shape)
        return model


def _check(model: Any, stored: int, limits: ModelFileLimits) -> None:
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            f"The file holds a {shown(type(model).__name__)}.", "A model was expected.", SAVE_AGAIN
        )
    if not model.built or not model.inputs:
        raise ModelFileError(
            "The model in the file was never built: the shape of its input is not known.",
            "A model with an input layer was expected.",
            f"Add keras.Input(shape) as its first layer, or call it on data once. {SAVE_AGAIN}",
        )
    _check_one_pass(model, limits)
    parameters = sum(math.prod(variable.shape) for variable in model.variables)
    if parameters > limits.parameters:
        raise too_many("Parameters of the model", "parameters", parameters, limits)
    needed = sum(math.prod(weight.shape) for weight in model.weights)
    if needed > stored:
        raise ModelFileError(
            f"The model needs {needed:,} weights, and the file stores {stored:,} numbers.",
            "A file with all weights was expected.",
            SAVE_AGAIN,
        )


def _check_one_pass(model: keras.Model, limits: ModelFileLimits) -> None:
    """Refuses a model of which one row alone takes more memory or time than there is."""
    if terms_of_sums(model) > MOST_TERMS:
        raise ModelFileError(
            "The model adds the same outputs to each other over and over: written out, one sum "
            f"has more than {MOST_TERMS:,} terms.",
            "TensorFlow writes sums of sums out before it runs them.",
            f"Multiply by a number instead. {SAVE_AGAIN}",
        )
    outputs = outputs_of_a_row(model)
    for output in outputs:
        if output.numbers > limits.values:
            what = f"Numbers in the output of `{shown(output.name)}` for one row"
            raise too_many(what, "values", output.numbers, limits)
    numbers = sum(output.numbers for output in outputs)
    if numbers > limits.activations:
        raise too_many("Numbers in all outputs for one row", "activations", numbers, limits)
