"""Which value a dotted name stands for: the tables of all modules in one place."""

import functools
from typing import Any

from inspector.engine.code import array_functions, keras_tables, python_functions, tensorflow_table
from inspector.engine.code.code_models import special_functions
from inspector.engine.code.code_values import Known, Namespace
from inspector.engine.code.keras_tables import backend_functions
from inspector.engine.code.refusals import GONE

_KERAS_ROOTS = (
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.keras",
    "tf.keras",
    "tf_keras",
    "keras.api",
    "keras.legacy",
)
_OLD_LAYER_MODULES = (
    "core recurrent embeddings wrappers merge advanced_activations normalization convolutional "
    "pooling noise local cudnn_recurrent convolutional_recurrent experimental preprocessing "
    "attention regularization rnn reshaping"
).split()
_MOVED = {
    "keras.engine.input_layer": "keras.layers",
    "keras.engine.base_layer": "keras.layers",
    "keras.engine": "keras.models",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.optimizer_v2": "keras.optimizers",
    "keras.optimizer_v1": "keras.optimizers",
    "keras.utils.np_utils": "keras.utils",
    "keras.utils.generic_utils": "keras.utils",
    "keras.utils.data_utils": "keras.utils",
    "keras.preprocessing.sequence": "keras.utils",
    "keras.ops.numpy": "keras.ops",
    "keras.ops.nn": "keras.ops",
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.objectives": "keras.losses",
    "keras.metrics.metrics": "keras.metrics",
    "keras.tensorflow.random": "tensorflow.random",
    "tensorflow.math": "tensorflow.nn",
    "tensorflow.linalg": "tensorflow.nn",
    "tensorflow.compat.v1": "tensorflow",
    "tensorflow.compat.v2": "tensorflow",
    "tensorflow.losses": "keras.losses",
    "tensorflow.metrics": "keras.metrics",
    "tensorflow.optimizers": "keras.optimizers",
    "tensorflow.initializers": "keras.initializers",
    "tensorflow.dtypes": "tensorflow",
    "numpy.linalg": "numpy.other",
}


def canonical(path: str) -> str:
    """Returns the module that `path` means today: `tf.keras.layers.core` is `keras.layers`."""
    for root in _KERAS_ROOTS:
        if path == root or path.startswith(root + "."):
            path = "keras" + path[len(root) :]
            break
    path = "tensorflow" + path[2:] if path == "tf" or path.startswith("tf.") else path
    parts = path.split(".")
    if parts[:2] == ["keras", "layers"] and set(parts[2:]) <= set(_OLD_LAYER_MODULES):
        return "keras.layers"
    for old, new in _MOVED.items():
        if path == old or path.startswith(old + "."):
            return new if old in ("keras.engine", "keras.optimizer_v2") else new + path[len(old) :]
    return path


@functools.cache
def tables() -> dict[str, dict[str, Any]]:
    """Returns the whitelisted names of every module."""
    found = keras_tables.keras_tables()
    special = special_functions()
    models = {name: special[name] for name in ("Model", "Sequential")}
    layers = {**found["keras.layers"], "Input": special["Input"]}
    found["keras.layers"] = layers
    found["keras.models"] = models | {"Input": special["Input"]}
    found["keras.models"] |= {"InputLayer": layers["InputLayer"]}
    found["keras.backend"] = backend_functions()
    found["keras.ops"] = dict(keras_tables.operations())
    found["keras.random"] = dict(keras_tables.random_operations())
    found["keras.utils"] = dict(array_functions.data_functions())
    found["keras.utils"]["multi_gpu_model"] = special["multi_gpu_model"]
    found["keras"] = models | {"Input": special["Input"], "Variable": _variable()}
    found["numpy"] = array_functions.numpy_functions()
    found["numpy.random"] = dict(array_functions.random_functions())
    found["functools"] = {"partial": special["partial"]}
    found["math"] = python_functions.math_functions()
    functions = tensorflow_table.tensorflow_functions()
    found["tensorflow"] = {
        **functions,
        **{name: name for name in tensorflow_table.DTYPES},
        "newaxis": None,
    }
    found["tensorflow.nn"] = dict(functions)
    found["tensorflow.random"] = dict(tensorflow_table.random_functions())
    return found


def _variable() -> Known:
    return backend_functions()["variable"]


MODULES = frozenset(
    "keras.layers keras.models keras.backend keras.ops keras.random keras.utils keras.losses "
    "keras.metrics keras.optimizers keras.optimizers.schedules keras.initializers "
    "keras.regularizers keras.constraints keras.activations keras.losses.Reduction keras "
    "keras.preprocessing numpy numpy.random math functools tensorflow tensorflow.nn "
    "tensorflow.random".split()
)


OF_DATA = frozenset(
    "datasets callbacks applications preprocessing wrappers config mixed_precision saving export "
    "distribution visualization tree device version dtype_policies DTypePolicy remat legacy "
    "estimator experimental premade quantizers src name_scope engine".split()
)
"""Names of `keras` that have nothing to do with building a model: skipped, not complained of."""


def members(path: str) -> list[str]:
    """Returns the names in a module, and of the modules in it, for suggestions."""
    inner = [name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == path]
    return [*tables().get(path, {}), *inner]


_LENIENT = ("keras", "keras.utils", "keras.backend", "keras.preprocessing")


def is_keras_module(path: str) -> bool:
    """True for modules in which a name that is not whitelisted is worth a complaint."""
    root = path.partition(".")[0]
    return root == "keras" and path in MODULES and path not in _LENIENT


def member(path: str, name: str) -> Any:
    """Returns what `name` is in a module.

    Raises:
        KeyError: It is not whitelisted.
    """
    path = canonical(path)
    table = tables().get(path, {})
    if name in table:
        return table[name]
    whole = canonical(f"{path}.{name}") if name not in GONE else ""
    if whole in MODULES or whole in ("tensorflow", "keras", "numpy", "tensorflow.compat"):
        return Namespace(whole)
    # tf.math.log and tf.log, keras.layers.Input and keras.Input: one table serves several modules.
    if path == "keras.models" and name in tables()["keras.layers"]:
        return tables()["keras.layers"][name]
    if path == "keras.layers" and name in tables()["keras.models"]:
        return tables()["keras.models"][name]
    raise KeyError(name)


@functools.cache
def fragment_names() -> dict[str, Any]:
    """Returns what a name means in a fragment that does not import it."""
    found: dict[str, Any] = {}
    for path in ("keras.initializers", "keras.regularizers", "keras.activations", "keras.losses"):
        found |= tables()[path]
    for path in ("keras.optimizers.schedules", "keras.optimizers", "keras.utils", "keras.metrics"):
        found |= {name: value for name, value in tables()[path].items() if name not in found}
    found = {n: v for n, v in found.items() if isinstance(v, Known) and not _is_common(n)}
    found |= tables()["keras.layers"] | tables()["keras.models"]
    modules = "layers models optimizers losses metrics initializers regularizers constraints"
    found |= {name: Namespace(f"keras.{name}") for name in f"{modules} activations ops".split()}
    found |= {"keras": Namespace("keras"), "K": Namespace("keras.backend")}
    found |= {"tf": Namespace("tensorflow"), "np": Namespace("numpy"), "L": found["layers"]}
    return found | {"numpy": Namespace("numpy"), "tensorflow": Namespace("tensorflow")}


def _is_common(name: str) -> bool:
    """True for names that are more likely a variable of the code."""
    return name in ("constant", "ones", "zeros", "identity", "threshold", "linear", "Sum", "Mean")
