"""Model files that ask for more than a model: memory, files, endless work, names that break out."""

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import h5py
import pytest

from tests.security.attack import Attack, Expectation, Target
from tests.security.model_file_payloads import (
    Edit,
    Json,
    Payload,
    becomes,
    called,
    compiled,
    edited,
    functional,
    hdf5,
    history,
    kernel_from,
    kernel_of,
    layer,
    layer_named,
    members,
    operation,
    raw,
    sequential,
    set_in,
    whole,
    written,
)
from tests.security.runner import AttackRunner

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

REFUSED, HARMLESS, EITHER = Expectation.REFUSED, Expectation.HARMLESS, Expectation.EITHER
LARGE = 2**33


def file(
    name: str,
    payload: Payload | bytes,
    message: str = "",
    expected: Expectation = REFUSED,
    suffix: str = ".keras",
) -> Attack:
    """A file that is loaded."""
    return Attack(name, Target.MODEL_FILE, payload, expected, suffix=suffix, message=message)


def page(name: str, payload: Payload, message: str = "", expected: Expectation = REFUSED) -> Attack:
    """A file that is uploaded and inspected."""
    return Attack(
        name, Target.MODEL_PAGE, payload, expected, suffix=".keras", message=message, seconds=20.0
    )


WINDOWS = [
    page("strides", edited(set_in("pool", strides=[LARGE])), "`strides` of 8,589,934,592"),
    page("strides_below_zero", edited(set_in("pool", strides=[-LARGE])), "`strides` of 8,589"),
    page("pool_with_padding", edited(set_in("pool", pool_size=[2**31], padding="same")), "pool_s"),
    page(
        "average_with_padding",
        edited(becomes("pool", "AveragePooling1D", pool_size=2**31 - 1, padding="same")),
        "`pool_size` of 2,147,483,647",
    ),
    page("dilation", edited(set_in("conv", dilation_rate=[2**32])), "`dilation_rate` of"),
    page("strides_of_convolution", edited(set_in("conv", strides=LARGE)), "`strides` of"),
    file(
        "window_of_an_operation",
        edited(operation("MaxPool", "nn", pool_size=[2**40], strides=1)),
        "`pool_size` of",
    ),
    file("repeated_vector", edited(becomes("pool", "RepeatVector", n=2**31)), "`n` of"),
    file("padding", edited(becomes("pool", "ZeroPadding1D", padding=[0, 2**31])), "`padding` of"),
    file("upsampling", edited(becomes("pool", "UpSampling1D", size=10**9)), "one row|cannot build"),
    file("differences", edited(operation("Diff", n=10**9)), "`n` of 1,000,000,000"),
    file("parts", edited(operation("Split", indices_or_sections=10**6)), "`indices_or_sections`"),
    file(
        "power_iterations",
        edited(
            becomes(
                "conv",
                "SpectralNormalization",
                power_iterations=2**30,
                layer=layer("Dense", units=3, name="inner"),
            )
        ),
        "`power_iterations` of",
    ),
    page("seed", edited(becomes("pool", "Dropout", rate=0.5, seed=2**31)), "", HARMLESS),
]

STATES = [
    file(
        f"states_of_{name}",
        edited(
            sequential(
                layer("InputLayer", batch_shape=[rows, *shape], dtype="float32"),
                description,
            )
        ),
        "Numbers in the states",
    )
    for name, rows, shape, description in (
        ("lstm", 2**30, [4, 3], layer("LSTM", units=2, stateful=True)),
        ("gru", 2**24, [4, 3], layer("GRU", units=64, stateful=True)),
        (
            "both_directions",
            2**26,
            [4, 3],
            layer("Bidirectional", layer=layer("LSTM", units=9, stateful=True)),
        ),
        (
            "stacked_cells",
            2**26,
            [4, 3],
            layer(
                "RNN",
                stateful=True,
                cell=layer(
                    "StackedRNNCells",
                    cells=[layer("LSTMCell", units=8), layer("GRUCell", units=8)],
                ),
            ),
        ),
        (
            "convolutions",
            2**16,
            [4, 32, 32, 3],
            layer("ConvLSTM2D", filters=3, kernel_size=3, padding="same", stateful=True),
        ),
    )
]


def metric(class_name: str, **config: Any) -> Json:
    """The description of a metric."""
    return layer(class_name, "keras.metrics", **config)


MANY = {"num_thresholds": 3 * 10**7}
METRICS = [
    page(f"metric_{name}", edited(compiled(key, value)), "", HARMLESS)
    for name, key, value in (
        ("iou", "metrics", [metric("MeanIoU", num_classes=20_000)]),
        ("one_hot_iou", "metrics", [metric("OneHotMeanIoU", num_classes=20_000)]),
        ("area", "metrics", [metric("AUC", **MANY)]),
        ("sensitivity", "metrics", [metric("SensitivityAtSpecificity", specificity=0.5, **MANY)]),
        ("precision", "metrics", {"dense": [metric("PrecisionAtRecall", recall=0.5, **MANY)]}),
        ("weighted", "weighted_metrics", [[metric("RecallAtPrecision", precision=0.5, **MANY)]]),
        ("many_of_some", "metrics", [metric("MeanIoU", num_classes=3_000) for _ in range(9)]),
        ("size_in_a_list", "metrics", [metric("IoU", num_classes=[10**6], target_class_ids=[0])]),
        ("size_below_zero", "metrics", [metric("MeanIoU", num_classes=-(10**6))]),
        ("a_lambda", "metrics", [{"class_name": "__lambda__", "config": {"value": "x"}}]),
        ("a_path", "metrics", ["keras.utils.get_file"]),
    )
]


def _h5_metrics(model: h5py.File) -> None:
    training = {
        "loss": "mse",
        "metrics": [{"class_name": "MeanIoU", "config": {"num_classes": 30_000}}],
        "optimizer_config": {"class_name": "SGD", "config": {}},
    }
    model.attrs["training_config"] = json.dumps(training)


def _diamond(kind: Json, levels: int) -> Edit:
    entries, last = [], "x"
    for level in range(levels):
        name = f"a{level}"
        entry = called(kind, name)
        entry["inbound_nodes"] = [{"args": [[history(last), history(last)]], "kwargs": {}}]
        entries.append(entry)
        last = name
    return whole(functional(*entries, output=last))


def _models_in_models(levels: int) -> Edit:
    """Each model calls the one inside it twice: 2**levels calls of the innermost."""
    inner = functional(called(layer("ReLU"), "r", history("x")), output="r", name="m0")
    for level in range(1, levels):
        inside = called(inner, f"m{level - 1}", history("x"), history(f"m{level - 1}"))
        inner = functional(inside, output=f"m{level - 1}", name=f"m{level}")
        inner["config"]["output_layers"] = [[f"m{level - 1}", 2, 0]]
    return whole(inner)


def _outer_product() -> Json:
    """A model of one outer product of its input with itself."""
    product = layer("Outer", "keras.src.ops.numpy")
    model = functional(called(product, "outer"), output="outer")
    model["config"]["layers"][0]["config"]["batch_shape"] = [None, 80_000]
    call = {"args": [history("x"), history("x")], "kwargs": {}}
    model["config"]["layers"][1]["inbound_nodes"] = [call]
    return {"module": "keras", "class_name": "Functional", "config": model["config"]}


PASSES = [
    page("rows_broadcast", edited(operation("BroadcastTo", shape=[2**31, 4, 3])), "shape|one row"),
    page(
        "rows_broadcast_less",
        edited(operation("BroadcastTo", shape=[2**30, 4, 3])),
        "Numbers|shape",
    ),
    file(
        "outer_product",
        edited(lambda config: config.update(_outer_product())),
        "Numbers in the output of `outer`",
    ),
    page("sums_of_sums", edited(_diamond(layer("Add"), 60)), "over and over"),
    page("averages_of_averages", edited(_diamond(layer("Average"), 40)), "over and over"),
    page("maxima_of_maxima", edited(_diamond(layer("Maximum"), 60)), "", EITHER),
    page("products_of_products", edited(_diamond(layer("Multiply"), 60)), "", EITHER),
    file("models_in_models", edited(_models_in_models(12)), "Calls of layers|Depth"),
    file(
        "repeated_values",
        edited(operation("Repeat", repeats=2**30, axis=1)),
        "Numbers in the output|cannot build",
    ),
    file("tiled", edited(operation("Tile", repeats=[1, 2**15, 2**15])), "output|shape"),
]


def _renamed(new: str) -> Payload:
    return raw(lambda text: text.replace(b'"lstm"', b'"' + new.encode("ascii") + b'"'))


NAMES = [
    page("half_a_character", _renamed("a\\ud800b"), "half a character"),
    page("half_a_character_in_a_key", raw(lambda t: t.replace(b'"units"', b'"\\udfff"')), "half"),
    page("half_a_character_in_a_metric", edited(compiled("metrics", ["a\ud800"])), "half"),
    page("null_in_a_name", _renamed("a\\u0000b"), "cannot be shown"),
    page("escape_in_a_name", _renamed("a\\u001b[31mb"), "cannot be shown"),
    page("turned_around", _renamed("a\\u202eb"), "cannot be shown"),
    page("line_end_in_a_name", _renamed("a\\nb"), "cannot be shown"),
    page("long_name", _renamed("n" * 5_000), "has no name"),
    page("key_with_controls", edited(set_in("dense", **{"a\x1bb": 1})), "cannot be shown"),
    file("path_in_a_message", edited(set_in("dense", units="/etc/passwd")), "cannot build"),
    file("address_in_a_message", edited(set_in("dense", units="0x7f0771918000")), "cannot build"),
]


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


DESCRIPTIONS = [
    file("deep_units", edited(set_in("dense", units=_deep(400))), "Depth of the description"),
    file("deep_metrics", edited(compiled("metrics", _deep(400))), "Depth of the description"),
    file("deep_text", raw(lambda text: b"[" * 300_000), "Lists and objects|Depth"),
    file(
        "deep_constant",
        edited(
            set_in(
                "dense",
                units={
                    "class_name": "__numpy__",
                    "config": {"value": _deep(235), "dtype": "float32"},
                },
            )
        ),
        "Depth|nested|cannot build",
    ),
    file(
        "digits", raw(lambda text: text.replace(b'"units": 3', b'"units": ' + b"9" * 9_000)), "JS"
    ),
    file("infinite", raw(lambda text: text.replace(b'"units": 3', b'"units": 1e999')), "build"),
    file("many_objects", raw(lambda text: b"[" + b"{}," * 10**6 + b"{}]"), "Lists and objects"),
    file("many_layers", edited(_diamond(layer("Maximum"), 3_000)), "Layers in the model"),
]

CODE = [
    file("lambda", edited(becomes("conv", "Lambda", function="x")), "Lambda layer"),
    file("vocabulary", edited(becomes("conv", "StringLookup", vocabulary="canary.txt")), "files"),
    file(
        "vocabulary_of_text",
        edited(becomes("conv", "TextVectorization", vocabulary="canary.txt")),
        "may read files",
    ),
    file("saved_model", edited(becomes("conv", "TFSMLayer", filepath="canary.txt")), "SavedModel"),
    file(
        "download",
        edited(
            set_in(
                "dense",
                activation={
                    "module": "keras.utils",
                    "class_name": "function",
                    "config": "get_file",
                    "registered_name": "get_file",
                },
            )
        ),
        "`get_file` as the activation",
    ),
    file("class_of_a_module", edited(becomes("conv", "system", "os")), "not part of Keras"),
    file("custom_class", edited(becomes("conv", "Mine", "my_package")), "not part of Keras"),
    file(
        "type_of_a_spec",
        edited(set_in("dense", units={"class_name": "__typespec__", "config": []})),
        "as a plain value",
    ),
    file("loops", edited(operation("WhileLoop", "core")), "calls functions"),
    page("lambda_as_loss", edited(compiled("loss", {"class_name": "__lambda__"})), "", EITHER),
]


def _escaping(name: str) -> Payload:
    return lambda folder: written(folder, members()["config.json"], **{name: b"x"})


def _linked(folder: Path) -> Path:
    path = written(folder, members()["config.json"])
    info = zipfile.ZipInfo("model.weights.h5.link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "canary.txt")
    return path


class _Opener:
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.open, ("canary.txt", os.O_RDONLY)


ARCHIVES = [
    file("path_above", _escaping("../../canary.txt"), "leaves its folder"),
    file("path_from_the_root", _escaping("/etc/x"), "leaves its folder"),
    file("vocabulary_beside", _escaping("assets/vocabulary.txt"), "a file of its own"),
    file("link", _linked, "a link or a device"),
    file("packed_zeros", raw(lambda text: b" " * 2**28), "Size of config.json"),
    file("pickle", pickle.dumps(_Opener()), "a Python pickle", suffix=".h5"),
    file("half_an_archive", b"PK\x03\x04" + b"\x00" * 100, "damaged"),
    file("nothing", b"", "is empty"),
]

HDF5 = [
    Attack(
        "metrics_of_an_old_file",
        Target.MODEL_FILE,
        hdf5(_h5_metrics),
        HARMLESS,
        suffix=".h5",
    ),
    file("link_to_a_file", hdf5(kernel_from(h5py.ExternalLink("canary.txt", "/"))), "a link out"),
    file("link_to_a_name", hdf5(kernel_from(h5py.SoftLink("/elsewhere"))), "a link out"),
    file(
        "array_in_a_file",
        hdf5(kernel_of(3, 2, external=[("canary.txt", 0, 24)])),
        "lies in another file",
    ),
    file("array_of_gigabytes", hdf5(kernel_of(2**15, 2**15)), "declares|Size of the arrays"),
    file(
        "packed_gigabytes",
        hdf5(kernel_of(2**14, 2**14, chunks=True, compression="gzip")),
        "declares|Size of the arrays",
    ),
]


def _packed_by_a_file_manager(folder: Path) -> Path:
    path = folder / "attack.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tagger/", b"")
        for name, content in members().items():
            archive.writestr(f"tagger/{name}", content)
        archive.writestr("tagger/.DS_Store", b"x")
        archive.writestr("__MACOSX/tagger/._config.json", b"x")
    return path


GOOD = [
    page("as_it_was", edited(lambda config: None), "", HARMLESS),
    file("packed_by_a_file_manager", _packed_by_a_file_manager, "", HARMLESS),
    page(
        "stateful",
        edited(
            lambda config: (
                layer_named(config, "lstm")["config"].update(stateful=True),
                layer_named(config, "ids")["config"].update(batch_shape=[2, None]),
            )
        ),
        "",
        HARMLESS,
    ),
]

ATTACKS = [
    *WINDOWS,
    *STATES,
    *METRICS,
    *PASSES,
    *NAMES,
    *DESCRIPTIONS,
    *CODE,
    *ARCHIVES,
    *HDF5,
    *GOOD,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_model_file_takes_nothing(attack: Attack, attacks: AttackRunner) -> None:
    attacks.check(attack)
