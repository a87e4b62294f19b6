"""Everything private of Keras that is read or set. Checked on Keras 3.12.4 and 3.15.1."""

import inspect as python_inspect
import threading
import warnings
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np
from keras.src import backend, tree
from keras.src.backend.common import global_state, masking
from keras.src.layers import layer as layer_module
from keras.src.losses.losses import LossFunctionWrapper
from keras.src.saving import serialization_lib
from keras.src.trainers.compile_utils import CompileLoss
from keras.src.trainers.data_adapters import data_adapter_utils
from keras.src.utils import naming

from inspector.engine.seam.tensorflow import to_tensor

__all__ = ["CompileLoss", "LossFunctionWrapper"]

flatten = tree.flatten
map_structure = tree.map_structure
pack_sequence_as = tree.pack_sequence_as


class _Warnings:
    """The module `warnings` as Keras's layers see it, without the one about masks when quiet.

    `warnings.catch_warnings` would change the filters of every thread. And where warnings are
    errors, the model would seem to fail.
    """

    def __getattr__(self, name: str) -> Any:
        """Everything else is the module's own."""
        return getattr(warnings, name)

    def warn(
        self, message: Any, category: Any = None, stacklevel: int = 1, source: Any = None
    ) -> None:
        """Warns as the module does, unless it is about a mask while we look."""
        if _quiet.get() and "destroy the mask" in str(message):
            return
        warnings.warn(message, category, stacklevel + 1, source)


def rows_of(structure: Any, rows: Any) -> Any:
    """Picks rows from every array of a structure; None stays None."""
    if structure is None:
        return None
    return map_structure(lambda array: array[rows], structure)


_quiet: ContextVar[bool] = ContextVar("inspector_quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps Keras from warning of destroyed masks in this context: the inspection judges that."""
    if not isinstance(layer_module.warnings, _Warnings):
        layer_module.warnings = _Warnings()
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def get_mask(tensor: Any) -> Any:
    """The mask that `tensor` carries, or None (`_keras_mask`, backend/common/masking.py)."""
    return masking.get_keras_mask(tensor)


def set_mask(tensor: Any, mask: Any) -> None:
    """Sets or clears the mask that `tensor` carries."""
    masking.set_keras_mask(tensor, mask)


def is_symbolic(values: Any) -> bool:
    """True if any leaf is a KerasTensor, that is, a model is being built and nothing runs."""
    return any(isinstance(leaf, keras.KerasTensor) for leaf in flatten(values))


def all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """All layers of the model, nested ones too (`_flatten_layers`, layers/layer.py)."""
    return list(model._flatten_layers(include_self=False))


def call_takes(layer: Any, argument: str) -> bool:
    """True if the layer's `call` has a parameter of this name."""
    return argument in python_inspect.signature(layer.call).parameters


def compile_loss(model: keras.Model) -> Any:
    """The compiled loss object (`_compile_loss`, trainers/trainer.py), or None."""
    return getattr(model, "_compile_loss", None)


def forget_loss(model: keras.Model) -> None:
    """Takes the compiled loss away; `compile(loss=None)` would leave the one before."""
    model.loss = None
    model._compile_loss = None
    model.compiled = False


def flat_losses(compiled: Any) -> list[tuple[tuple[Any, ...], Any, float | None, str]]:
    """The losses of the outputs: (path in the structure of outputs, loss, loss weight, name).

    `CompileLoss._flat_losses` (trainers/compile_utils.py) exists after the loss was built.
    """
    entries = []
    for entry in compiled._flat_losses or ():
        weight = entry.loss_weight if hasattr(entry, "loss_weight") else entry.loss_weights
        entries.append((tuple(entry.path), entry.loss, weight, str(entry.name)))
    return entries


def total_loss(model: keras.Model, x: Any, y: Any, predictions: Any, sample_weight: Any) -> Any:
    """What `test_step` computes (`_compute_loss` wraps overrides without `training`)."""
    return model._compute_loss(
        x=x, y=y, y_pred=predictions, sample_weight=sample_weight, training=False
    )


def build_layers(model: keras.Model, x: Any) -> None:
    """Builds the layers of a model that was never called, for any number of rows.

    A `Sequential` takes the shape it is first called with for its input's. It is built for any
    number of rows, and that it was we who built it is remembered: the number of timesteps is no
    wish of the user's then. Other models are called without data, as Keras does before it trains
    them (`_symbolic_build`): that moves no variable. Layers that are not built afterwards are not
    used; the model is not called for them again.
    """
    if model.built and (model in _called_here or all(layer.built for layer in all_layers(model))):
        return
    if isinstance(model, keras.Sequential) and not isinstance(x, (list, tuple, dict)):
        kept = list(model._layers)
        try:
            with quiet():
                model.build((None, *x.shape[1:]))
        except Exception:
            # Keras leaves the input that does not fit in the model, which then takes no other.
            model._layers = kept
            raise
        _built_here.add(model)
        return
    with quiet(), kept_losses(model):
        try:
            symbolic = map_structure(lambda a: keras.KerasTensor(a.shape, str(a.dtype)), x)
            backend.compute_output_spec(model, symbolic)
        except Exception:  # Its code needs values; if it fails with them too, that is told.
            model(map_structure(lambda array: to_tensor(array[:1]), x))
    _called_here.add(model)


_built_here: "weakref.WeakSet[keras.Model]" = weakref.WeakSet()
_called_here: "weakref.WeakSet[keras.Model]" = weakref.WeakSet()


def input_shapes(model: keras.Model) -> list[tuple[int | None, ...]]:
    """Shapes that the model's inputs insist on; none for a subclassed model.

    A `Sequential` without an `Input` has taken its shape from the first data it saw, number of rows
    and all, and does not insist on it, unless it keeps states for those rows.
    """
    if model in _built_here:
        return []
    shapes = [tuple(tensor.shape) for tensor in getattr(model, "inputs", None) or ()]
    stateful = any(getattr(layer, "stateful", False) for layer in all_layers(model))
    if isinstance(model, keras.Sequential) and not stateful and any(s[0] for s in shapes):
        return []
    return shapes


def build_compiled(model: keras.Model, x: Any, y: Any, sample_weight: Any) -> None:
    """Builds the compiled loss and metrics from one row, as `evaluate` does."""
    first = map_structure(lambda array: to_tensor(array[:1]), (x, y))
    weights = None
    if sample_weight is not None:
        weights = map_structure(lambda array: to_tensor(array[:1]), sample_weight)
    with quiet(), kept_losses(model):
        model._symbolic_build(data_batch=(*first, weights))


def uses_own_test_step(model: keras.Model) -> bool:
    """True if `test_step` is overridden, so that only `evaluate` itself knows the value."""
    return type(model).test_step is not keras.Model.test_step


def sample_weight_from_class_weight(y: Any, class_weight: dict[int, float]) -> Any:
    """What `fit` makes of `class_weight` (trainers/data_adapters/data_adapter_utils.py)."""
    return np.asarray(data_adapter_utils.class_weight_to_sample_weights(y, class_weight))


def compiled_metrics(model: keras.Model) -> Any:
    """The compiled metrics object (`_compile_metrics`, trainers/trainer.py), or None."""
    return getattr(model, "_compile_metrics", None)


def weight_penalties(model: keras.Model) -> list[Any]:
    """Regularization of weights; the rest of `model.losses` comes from calls."""
    return [
        variable.regularizer(variable)
        for variable in model.trainable_weights
        if getattr(variable, "regularizer", None) is not None
    ]


def is_recurrent(layer: Any) -> bool:
    """True for a layer that calls its cell once a timestep."""
    return isinstance(layer, keras.layers.RNN)


def leaf_paths(structure: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yields (path, leaf) of a structure of outputs."""
    yield from ((tuple(path), leaf) for path, leaf in tree.flatten_with_path(structure))


def changed_states(model: keras.Model, scope: keras.StatelessScope) -> tuple[str, ...]:
    """Paths of the variables that a call changed in a scope, those being trained left out.

    What happens in training alone shows there: moving averages get new values, and who draws random
    numbers moves the state of a seed generator on (`SeedGenerator.next`, random/seed_generator.py).
    """
    return tuple(
        variable.path
        for variable in model.non_trainable_variables
        if scope.get_current_value(variable) is not None
    )


def is_seed(path: str) -> bool:
    """True if the variable at this path is the state of a seed generator."""
    return "seed_generator_state" in path


@contextmanager
def kept_losses(model: keras.Model) -> Iterator[None]:
    """Lets one pass through a model run at a time, and puts back what `add_loss` left before.

    Layers collect their penalties in `_losses` and `_loss_ids` while they run, and start anew at
    each call (`_clear_losses`, layers/layer.py): two passes at once would lose some.
    """
    with _lock:
        own = _locks.setdefault(model, threading.RLock())
    with own:
        layers = [model, *all_layers(model)]
        kept = [(layer, list(layer._losses), set(layer._loss_ids)) for layer in layers]
        try:
            yield
        finally:
            for layer, losses, identities in kept:
                layer._losses[:] = losses
                layer._loss_ids.clear()
                layer._loss_ids.update(identities)


_locks: "weakref.WeakKeyDictionary[keras.Model, threading.RLock]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


@contextmanager
def stateless_scope(model: keras.Model) -> Iterator[keras.StatelessScope]:
    """A scope in which nothing of the model changes; penalties from calls are collected in it.

    Keras reads the variables that have a regularizer from the scope itself and not from the model
    (`_get_regularization_losses`, layers/layer.py), so these have to be in it.
    """
    regularized = [
        (variable, variable.value)
        for variable in model.trainable_weights
        if getattr(variable, "regularizer", None) is not None
    ]
    with kept_losses(model), keras.StatelessScope(regularized, collect_losses=True) as scope:
        yield scope


def overrides_compute_loss(model: keras.Model) -> bool:
    """True if the model computes the number it minimises in its own way."""
    return type(model).compute_loss is not keras.Model.compute_loss


def float_error(model: keras.Model) -> float:
    """Relative changes up to this are float error, for the coarsest type the model computes in."""
    types = {layer.compute_dtype for layer in all_layers(model)}
    return 1e-2 if types & {"float16", "bfloat16"} else 1e-5


def input_keys(model: keras.Model) -> list[str]:
    """Keys of a model that takes a dictionary, in Keras's order; else nothing.

    Keras flattens dictionaries in the order of their sorted keys (`_inputs_struct`,
    models/functional.py).
    """
    return _keys(model, "_inputs_struct")


def output_keys(model: keras.Model) -> list[str]:
    """Keys of a model that returns a dictionary, in Keras's order; else nothing."""
    return _keys(model, "_outputs_struct")


def _keys(model: keras.Model, attribute: str) -> list[str]:
    structure = getattr(getattr(model, "_functional", model), attribute, None)
    return sorted(structure) if isinstance(structure, dict) else []


def inner_outputs(model: keras.Model) -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Yields the name and the output shape of every call in a model, nested ones too.

    Calls are the nodes of a functional model (`_inbound_nodes`, ops/operation.py); a `Sequential`
    keeps its own in `_functional` (models/sequential.py).
    """
    graph = getattr(model, "_functional", model)
    for operation in getattr(graph, "operations", ()):
        for node in operation._inbound_nodes:
            for tensor in node.output_tensors:
                yield operation.name, tuple(tensor.shape)
        if isinstance(operation, keras.Model):
            yield from inner_outputs(operation)


def through_graph(model: keras.Model, inputs: list[Any], take: Callable[[Any, Any], None]) -> Any:
    """Infers the outputs of a functional model or `Sequential` for other symbolic inputs.

    Nested models are gone through call by call (`_run_through_graph`, ops/function.py).

    Args:
        model: Built.
        inputs: A symbolic tensor for each of `model.inputs`.
        take: Called with each layer or operation and what it returns.

    Returns:
        The outputs in their structure.
    """

    def inferring(operation: Any) -> Callable[..., Any]:
        def infer(*args: Any, **kwargs: Any) -> Any:
            if isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
                return through_graph(operation, flatten(args[0]), take)
            outputs = operation.compute_output_spec(*args, **kwargs)
            take(operation, outputs)
            return outputs

        return infer

    graph = getattr(model, "_functional", None) or model
    return graph._run_through_graph(inputs, operation_fn=inferring)


def folded(
    model: keras.Model, values: list[int], combine: Callable[[Any, list[int]], int]
) -> list[int]:
    """Computes a number for each tensor of a graph from the numbers of those it is made from.

    Args:
        model: Functional or `Sequential`, built.
        values: The numbers of its inputs.
        combine: Makes the number of what an operation returns from those of its tensors, one for
            each time it reads a tensor.

    Returns:
        The numbers of its outputs.
    """
    graph = getattr(model, "_functional", None) or model
    numbers = {id(tensor): value for tensor, value in zip(graph.inputs, values, strict=True)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.operation is None or node.is_input:
                continue
            read = [numbers.get(id(tensor), 1) for tensor in node.arguments.keras_tensors]
            result = combine(node.operation, read)
            numbers.update((id(tensor), result) for tensor in node.outputs)
    return [numbers.get(id(tensor), 1) for tensor in graph.outputs]


def user_loss(model: keras.Model) -> Any:
    """The loss as the model was compiled with it (`_user_loss`, trainers/compile_utils.py)."""
    return getattr(compile_loss(model), "_user_loss", None)


# What is kept for each thread (backend/common/global_state.py)

_NAME_COUNTER = "object_name_uids"  # utils/naming.py


@contextmanager
def fresh_names() -> Iterator[None]:
    """Lets automatic names (`multiply`, `dense`) start anew inside, and go on as before outside.

    Operators cannot be named by hand, and names only have to be unique within one model.
    """
    before = thread_state(_NAME_COUNTER)
    set_thread_state(_NAME_COUNTER, defaultdict(int))
    try:
        yield
    finally:
        set_thread_state(_NAME_COUNTER, before)


def name_counts() -> dict[str, int]:
    """How many objects of each kind were given an automatic name in this thread."""
    return dict(thread_state(_NAME_COUNTER) or {})


def automatic_name(prefix: str) -> str:
    """The next automatic name that begins so (`naming.auto_name`, utils/naming.py)."""
    return str(naming.auto_name(prefix))


def thread_state(name: str) -> Any:
    """A value that Keras keeps for each thread, or None."""
    return global_state.get_global_attribute(name)


def set_thread_state(name: str, value: Any) -> None:
    """Sets what Keras keeps under a name for this thread."""
    global_state.set_global_attribute(name, value)


def safe_mode() -> AbstractContextManager[Any]:
    """Keras's safe mode: no files are opened, no stored code runs (saving/serialization_lib.py)."""
    return serialization_lib.SafeModeScope(True)


@contextmanager
def safe_reading() -> Iterator[None]:
    """Keras's safe mode on, and what it is told twice shared (saving/serialization_lib.py)."""
    with ExitStack() as stack:
        scopes: tuple[AbstractContextManager[Any], ...] = (
            serialization_lib.SafeModeScope(True),
            serialization_lib.ObjectSharingScope(),
        )
        for scope in scopes:
            stack.enter_context(scope)
        yield


# Layers and calls before anything runs


def output_spec(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What a function returns for symbolic tensors: shapes and dtypes without values."""
    return backend.compute_output_spec(function, *args, **kwargs)


def dtype_name(dtype: Any) -> str:
    """The name that Keras gives to a dtype of the backend, NumPy or Python."""
    return str(backend.standardize_dtype(dtype))


def inner_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """What a layer has inside (`_layers`, layers/layer.py): cells, wrapped layers, heads."""
    return list(layer._layers)


def outputs_of_calls(operation: Any) -> Iterator[tuple[int | None, ...]]:
    """Yields the shape of every output of every call (`_inbound_nodes`, ops/operation.py)."""
    for node in operation._inbound_nodes:
        for tensor in node.output_tensors:
            yield tuple(tensor.shape)


def reads(operation: Any, tensor: Any) -> bool:
    """True if a layer was called on this very symbolic tensor."""
    return any(
        read is tensor for node in operation._inbound_nodes for read in node.arguments.keras_tensors
    )


def initialize(model: keras.Model, value: float) -> None:
    """Takes memory for weights made in a `StatelessScope`, filled with `value`.

    They wait in a list, each with its initializer (backend/common/variables.py). Drawing numbers
    only to replace them costs seconds for large orthogonal matrices.
    """
    for weight in model.weights:
        weight._initializer = keras.initializers.Constant(value)
    for variable in thread_state("uninitialized_variables") or ():
        variable._deferred_initialize()


def make_states(layer: keras.layers.RNN, rows: int) -> None:
    """Makes the states of a recurrent layer that keeps them, as its `build` does (rnn/rnn.py)."""
    layer.stateful = True
    layer._create_state_variables(rows)
    layer._expected_batch_size = rows


# Losses and optimizers


def loss_arguments(loss: Any) -> dict[str, Any]:
    """What a Keras loss was made with (`_fn_kwargs`, losses/losses.py); nothing for others."""
    return dict(getattr(loss, "_fn_kwargs", {}))


def learning_rate(optimizer: Any) -> Any:
    """The variable or the schedule of the learning rate (`_learning_rate`), or None."""
    return getattr(optimizer, "_learning_rate", None)
