"""Descriptions of models that no one should build, and what must be said of each."""

from collections.abc import Callable
from typing import Any

from tests.engine.model_files.making import Json, layer_of

Edit = Callable[[Json], object]

FUNCTION = {"module": "keras.utils", "class_name": "function", "registered_name": "get_file"}
GET_FILE = {**FUNCTION, "config": "get_file"}
SET_FLOATX = {**FUNCTION, "module": "keras.config", "config": "set_floatx"}
LAMBDA = {"class_name": "__lambda__", "config": {"value": ["4wAAAAA=", None, None]}}


def tensor(name: str, node: int = 0, output: int = 0) -> Json:
    config = {"shape": [None, 4, 2], "dtype": "float32", "keras_history": [name, node, output]}
    return {"class_name": "__keras_tensor__", "config": config}


def _set(class_name: str, **values: Any) -> Edit:
    """Sets arguments of a layer."""
    return lambda config: layer_of(config, class_name)["config"].update(values)


def _become(layer_class: str, **values: Any) -> Edit:
    """Changes what a layer is, not how it is called."""
    return lambda config: layer_of(config, layer_class).update(values)


def _call(class_name: str, *args: Any, **kwargs: Any) -> Edit:
    """Changes the arguments that a layer is called with."""
    nodes = [{"args": list(args), "kwargs": kwargs}]
    return lambda config: layer_of(config, class_name).update(inbound_nodes=nodes)


def _operation(name: str, module: str = "core", **config: Any) -> Edit:
    """Puts another operation in the place of the product."""
    return _become(
        "Multiply",
        module=f"keras.src.ops.{module}",
        class_name=name,
        registered_name=name,
        config={"name": "operation", **config},
    )


def _wrapped(inner_class: str, module: str = "keras.layers", **config: Any) -> Edit:
    inner = {"module": module, "class_name": inner_class, "config": {"name": "inner", **config}}
    wrapper = {"name": "wrapper", "layer": inner}
    return _become("Dense", class_name="TimeDistributed", config=wrapper)


def _nested(depth: int) -> Json:
    layer = {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 1}}
    for _ in range(depth):
        layer = {
            "module": "keras.layers",
            "class_name": "Bidirectional",
            "config": {"layer": layer},
        }
    return layer


def _deep_list(config: Json) -> None:
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    layer_of(config, "Dense")["config"]["units"] = value


def _many_layers(config: Json) -> None:
    layers = config["config"]["layers"]
    dense = layer_of(config, "Dense")
    for number in range(20_000):
        copy = {**dense, "name": f"d{number}", "config": {"name": f"d{number}", "units": 1}}
        layers.append(copy)


def _same_names(config: Json) -> None:
    layers = config["config"]["layers"]
    layers.append(dict(layers[-1]))


def _loop(config: Json) -> None:
    layer_of(config, "LSTM")["inbound_nodes"] = [{"args": [tensor("dense")], "kwargs": {}}]


def _without(key: str) -> Edit:
    return lambda config: config["config"].pop(key)


def _sequential(*layers: Json) -> Edit:
    def edit(config: Json) -> None:
        config.update(
            module="keras", class_name="Sequential", config={"name": "s", "layers": list(layers)}
        )

    return edit


def layer(class_name: str, module: str = "keras.layers", **config: Any) -> Json:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


CODE: dict[str, tuple[Edit, str]] = {
    "a Lambda layer": (
        _become("Dense", class_name="Lambda", config={"name": "l", "function": LAMBDA}),
        "Lambda layer: code from the file",
    ),
    "a Lambda in a wrapper": (_wrapped("Lambda", function=LAMBDA), "Lambda layer"),
    "a Lambda in a nested model": (
        _become(
            "Dense",
            module="keras",
            class_name="Sequential",
            config={"name": "inner", "layers": [layer("Lambda", function=LAMBDA)]},
        ),
        "Lambda layer",
    ),
    "a lambda as an activation": (_set("Dense", activation=LAMBDA), "as the activation"),
    "a download as an activation": (_set("Dense", activation=GET_FILE), "`get_file` as the act"),
    "a setting as an activation": (_set("Dense", activation=SET_FLOATX), "`set_floatx` as the"),
    "a setting by its bare name": (_set("Dense", activation="set_floatx"), "`set_floatx` as the"),
    "a module path as an activation": (
        _set("Dense", activation="keras.utils.get_file"),
        "`keras.utils.get_file` as the activation",
    ),
    "an optimizer as an activation": (
        _set("Dense", activation=layer("Adam", "keras.optimizers")),
        "`Adam` as the activation",
    ),
    "a function as an initializer": (
        _set("Dense", kernel_initializer=GET_FILE),
        "`get_file` as the initializer",
    ),
    "an initializer of another module": (
        _set("Dense", kernel_initializer=layer("Zeros", "os.path")),
        "`Zeros` as the initializer",
    ),
    "a loss as a regularizer": (
        _set("Dense", kernel_regularizer=layer("Huber", "keras.losses")),
        "`Huber` as the regularizer",
    ),
    "a layer as a constraint": (
        _set("Dense", bias_constraint=layer("Dense", units=1)),
        "`Dense` as the constraint",
    ),
    "a function where a number belongs": (_set("Dense", units=GET_FILE), "as a plain value"),
    "an object inside an array": (
        _set("Masking", mask_value=[1.0, {"class_name": "__typespec__", "config": []}]),
        "`__typespec__` as a plain value",
    ),
    "an object inside an initializer": (
        _set("Dense", kernel_initializer=layer("Constant", "keras.initializers", value=GET_FILE)),
        "as a plain value",
    ),
    "a custom layer": (
        _become("Dense", module="my_package", class_name="MyLayer", registered_name="my>MyLayer"),
        "`MyLayer` from `my_package`.*custom_objects",
    ),
    "Keras's name from elsewhere": (
        _become("Dense", module="my_package"),
        "`Dense` from `my_package`",
    ),
    "a module that looks like Keras": (_become("Dense", module="keras_evil.layers"), "not part of"),
    "a module below Keras": (_become("Dense", module="keras.layers; import os"), "not part of"),
    "a SavedModel as a layer": (
        _become("Dense", class_name="TFSMLayer", config={"filepath": "/tmp/x"}),
        "loads a SavedModel from a path",
    ),
    "a vocabulary from a file": (
        _become("Dense", class_name="StringLookup", config={"vocabulary": "/etc/passwd"}),
        "may read files",
    ),
    "another framework": (_become("Dense", class_name="TorchModuleWrapper"), "another framework"),
    "a base class": (_become("Dense", class_name="Layer", config={}), "not part of Keras"),
    "a custom cell": (
        _become("LSTM", class_name="RNN", config={"cell": layer("MyCell", "my_package")}),
        "`MyCell` from `my_package`",
    ),
}

OPERATIONS: dict[str, tuple[Edit, str]] = {
    **{
        f"the operation {name}": (_operation(name), "calls functions that the file names")
        for name in ("Switch", "Cond", "Map", "Scan", "WhileLoop", "ForiLoop", "VectorizedMap")
    },
    "a Switch that calls set_floatx": (
        lambda config: (
            _operation("Switch")(config),
            _call("Switch", tensor("lstm"), [SET_FLOATX], "float64")(config),
        ),
        "calls functions that the file names",
    ),
    "an operation that is not listed": (_operation("Arange", "numpy"), "not on the list"),
    "an operation of another module": (_operation("Add", "nn"), "not on the list"),
    "a function as an operation": (
        _become("Multiply", module="keras.src.utils.file_utils", class_name="get_file"),
        "not part of Keras",
    ),
    "a function as an argument": (
        _call("Multiply", tensor("lstm"), GET_FILE),
        "`function` as a plain value",
    ),
    "a function inside a list argument": (
        _call("Multiply", [tensor("lstm"), {"a": [SET_FLOATX]}]),
        "`function` as a plain value",
    ),
    "a function as a keyword": (
        _call("LSTM", tensor("masking"), mask=GET_FILE),
        "`function` as a plain value",
    ),
    "a constant that is no array": (
        _call(
            "Multiply",
            tensor("lstm"),
            {"class_name": "__numpy__", "config": {"value": "x", "dtype": "float32"}},
        ),
        "no array of numbers",
    ),
    "a constant of objects": (
        _call(
            "Multiply",
            tensor("lstm"),
            {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
        ),
        "no array of numbers",
    ),
    "a call on constants only": (_call("Multiply", [1.0] * 9, 2.0), "called on no tensor"),
    "a slice with a text": (
        _call(
            "Multiply",
            tensor("lstm"),
            {"class_name": "__slice__", "config": {"start": "0", "stop": None, "step": None}},
        ),
        "an end that is no number",
    ),
    "a tensor from nowhere": (
        _call(
            "Multiply",
            {
                "class_name": "__keras_tensor__",
                "config": {"shape": [2], "dtype": "float32", "keras_history": None},
            },
        ),
        "comes from nowhere",
    ),
    "a split into a billion": (
        _operation("Split", "numpy", indices_or_sections=10**9),
        "`indices_or_sections` of 1,000,000,000",
    ),
}

SIZES: dict[str, tuple[Edit, str]] = {
    "a billion units": (
        _set("Dense", units=10**9),
        "Numbers in the output of `dense` for one row: 4,000,000,000",
    ),
    "a number beyond any size": (_set("Dense", units=10**18), "which is no size"),
    "an embedding of gigabytes": (
        _sequential(
            layer("InputLayer", batch_shape=[None, 4], dtype="int32"),
            layer("Embedding", input_dim=10**9, output_dim=8),
        ),
        "Parameters of the model: 8,000,000,000",
    ),
    "kernels of gigabytes": (
        _sequential(
            layer("InputLayer", batch_shape=[None, 4, 3]),
            layer("Conv1D", filters=100, kernel_size=[10**6], padding="same"),
        ),
        "Parameters of the model: 300,000,100",
    ),
    "states of gigabytes": (_set("LSTM", units=100_000), "Parameters of the model: 40,0"),
    "a vector repeated a billion times": (
        _sequential(layer("InputLayer", batch_shape=[None, 4]), layer("RepeatVector", n=10**9)),
        "Numbers in the output",
    ),
    "padding of a billion": (
        _sequential(
            layer("InputLayer", batch_shape=[None, 4, 2]),
            layer("ZeroPadding1D", padding=[0, 10**9]),
        ),
        "Numbers in the output",
    ),
    "an operation that repeats": (
        _operation("Repeat", "numpy", repeats=10**9, axis=1),
        "Numbers in the output|cannot build",
    ),
    "more weights than the file has": (
        _set("Dense", units=1_000),
        "needs 3,048 weights, and the file stores 54",
    ),
    "weights of another shape": (_set("Dense", units=1), "do not fit the model"),
    "20,000 layers": (_many_layers, "Layers in the model, at least: 1,001"),
    "one layer called 5,000 times": (
        lambda config: layer_of(config, "Dense").update(
            inbound_nodes=[{"args": [tensor("lstm")], "kwargs": {}}] * 5_000
        ),
        "Calls of layers, at least: 5,0",
    ),
    "200 wrappers in each other": (_become("LSTM", **_nested(200)), "Depth of the description"),
    "a list in a list, 200 times": (_deep_list, "Depth of the description"),
    "a text of 20,000 characters": (_set("Dense", units="9" * 20_000), "a text of 20,000"),
    "a name of 2,000 characters": (_set("Dense", name="n" * 2_000), "has no name"),
}

SHAPES: dict[str, tuple[Edit, str]] = {
    "not a model": (
        lambda config: config.update(layer("Dense", units=1)),
        "holds a Dense|A model was expected",
    ),
    "a class that is a number": (lambda config: config.update(class_name=7), "has no name"),
    "no class": (lambda config: config.pop("class_name"), "has no name"),
    "no layers": (_without("layers"), "not part of Keras"),
    "an empty list of layers": (lambda config: config["config"].update(layers=[]), "has no layers"),
    "layers that are numbers": (
        lambda config: config["config"].update(layers=[1, 2]),
        "is not an object",
    ),
    "an empty Sequential": (_sequential(), "has no layers"),
    "a Sequential that was never built": (_sequential(layer("Dense", units=2)), "never built"),
    "a list where arguments belong": (_become("Dense", config=[1]), "is not an object"),
    "calls that are a text": (_become("Dense", inbound_nodes="all"), "is not a list"),
    "two layers of one name": (_same_names, "two layers named `dense`"),
    "a layer that does not exist": (_call("Dense", tensor("ghost")), "no layer `ghost`"),
    "a call that does not exist": (_call("Dense", tensor("lstm", 7)), "cannot build"),
    "a negative call": (_call("Dense", tensor("lstm", -1)), "has no call -1"),
    "an output that does not exist": (_call("Dense", tensor("lstm", 0, 5)), "cannot build"),
    "layers in a circle": (_loop, "cannot build"),
    "an input that is called": (_call("InputLayer", tensor("lstm")), "is called on something"),
    "an output of the model that does not exist": (
        lambda config: config["config"].update(output_layers=[["ghost", 0, 0]]),
        "no layer `ghost`",
    ),
    "a shape of 20 axes": (_set("InputLayer", batch_shape=[None] * 20), "no shape of 1 to 8 axes"),
    "a negative shape": (_set("InputLayer", batch_shape=[None, -4, 3]), "has the shape"),
    "a shape of texts": (_set("InputLayer", batch_shape=[None, "4", 3]), "has the shape"),
    "an unknown argument": (_set("Dense", unitz=3), "Unrecognized keyword arguments"),
    "an argument of the wrong type": (_set("Dense", units="many"), "cannot build"),
    "text as input": (_set("InputLayer", dtype="string"), "takes text"),
    "an unknown type": (_set("Dense", dtype="float1024"), "`float1024` as the dtype"),
    "an object of another class as type": (
        _set("Dense", dtype={"module": "os", "class_name": "DTypePolicy", "config": {}}),
        "as the dtype",
    ),
    "a quantized layer": (
        _set(
            "Dense",
            dtype={
                "module": "keras.dtype_policies",
                "class_name": "QuantizedDTypePolicy",
                "config": {"mode": "int8"},
            },
        ),
        "is quantized",
    ),
}
