"""Hostile and broken files: each gets the error that is meant for it, and nothing else happens."""

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import pytest

from inspector.engine.model_files import (
    ModelFileLimits,
    hdf5_process,
    loading,
    read_model,
)
from inspector.engine.model_files.hdf5_process import StoredWeights
from inspector.engine.model_files.hdf5_rewriting import rewrite
from inspector.engine.model_files.header import Layout
from inspector.errors import ModelFileError
from tests.engine.model_files import hostile_archives, hostile_configs, hostile_hdf5
from tests.engine.model_files.making import KerasParts


@pytest.fixture(autouse=True)
def nothing_else_happens(
    forbidden: list[str], no_network: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    temporary = tmp_path.parent / f"{tmp_path.name}-temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    settings = keras.config.floatx(), keras.config.epsilon(), keras.config.dtype_policy().name
    yield
    assert forbidden == []
    assert not list(tmp_path.rglob("*canary*"))
    assert not list(temporary.iterdir())
    assert settings == (
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.dtype_policy().name,
    )


def check_refused(path: Path | str, message: str, limits: ModelFileLimits | None = None) -> None:
    with pytest.raises(ModelFileError, match=f"(?s){message}") as refusal:
        read_model(path, limits=limits or ModelFileLimits())
    assert refusal.value.got and refusal.value.todo
    assert len(str(refusal.value)) < 1_000
    assert all(character.isprintable() for character in str(refusal.value))


ARCHIVES = {**hostile_archives.NOT_KERAS, **hostile_archives.BAD_ARCHIVES}
CONFIGS = {
    **hostile_configs.CODE,
    **hostile_configs.OPERATIONS,
    **hostile_configs.SIZES,
    **hostile_configs.SHAPES,
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_refused(name: str, tmp_path: Path, parts: KerasParts) -> None:
    make, message = ARCHIVES[name]
    check_refused(make(tmp_path, parts), message)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_description_is_refused(name: str, tmp_path: Path, parts: KerasParts) -> None:
    edit, message = CONFIGS[name]
    path = parts.write(tmp_path / "m.keras", config=parts.edited(edit))
    check_refused(path, message)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """HDF5 files that HDF5 itself wrote are read here; it saves the start of a process."""

    def rewritten(source: Path, folder: Path, layout: Layout, limits: ModelFileLimits) -> Any:
        answer = rewrite(source, folder / "weights.h5", layout, limits)
        return StoredWeights(folder / "weights.h5", answer["elements"], answer["texts"])

    monkeypatch.setattr(loading, "rewritten", rewritten)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("name", hostile_hdf5.BAD)
def test_an_hdf5_file_is_refused(name: str, tmp_path: Path) -> None:
    edit, message = hostile_hdf5.BAD[name]
    check_refused(hostile_hdf5.write(tmp_path / "m.h5", edit), message)


def test_the_file_that_those_were_made_from_is_good(tmp_path: Path) -> None:
    path = hostile_hdf5.write(tmp_path / "m.h5", lambda file: None)
    assert read_model(path).model.count_params() == 8


def test_a_file_that_starts_with_other_data_is_refused(tmp_path: Path) -> None:
    path = hostile_hdf5.write(tmp_path / "m.h5", lambda file: None, userblock_size=512)
    path.write_bytes(h5py_signature() + path.read_bytes()[8:])
    check_refused(path, "")


def h5py_signature() -> bytes:
    return b"\x89HDF\r\n\x1a\n"


def test_packed_arrays_that_unpack_to_more_are_refused(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file["model_weights/d/kernel"]
        file["model_weights/d"].create_dataset(
            "kernel", (2**13, 2**13), "f4", chunks=True, compression="gzip", fillvalue=1.0
        )

    check_refused(hostile_hdf5.write(tmp_path / "m.h5", edit), "declares 268 MB and stores")


def test_a_file_that_hdf5_never_stops_reading_is_refused(tmp_path: Path) -> None:
    path = hostile_hdf5.write(tmp_path / "m.h5", lambda file: None)
    path.write_bytes(hostile_hdf5.endless(path.read_bytes()))
    check_refused(path, "comes to no end|fails on it", ModelFileLimits(seconds=1))


@pytest.mark.parametrize("keep", [8, 100, 800, 3_000])
def test_a_truncated_hdf5_file_is_refused(keep: int, tmp_path: Path, h5_file: Path) -> None:
    (tmp_path / "m.h5").write_bytes(h5_file.read_bytes()[:keep])
    check_refused(tmp_path / "m.h5", "HDF5 cannot read it")


LIMITS: dict[str, tuple[ModelFileLimits, str]] = {
    "size of the file": (ModelFileLimits(file_bytes=1_000), "Size of `good.keras`"),
    "size of the config": (ModelFileLimits(config_bytes=500), "Size of config.json, unpacked"),
    "size of the weights": (ModelFileLimits(weight_bytes=500), "Size of the weights, unpacked"),
    "parameters": (ModelFileLimits(parameters=10), "Parameters of the model: 56"),
    "layers": (ModelFileLimits(layers=3), "Layers in the model, at least: 4"),
    "objects": (ModelFileLimits(objects=10), "Lists and objects in config.json"),
    "depth": (ModelFileLimits(depth=2), "Depth of the description"),
    "values": (ModelFileLimits(values=5), "Numbers in the output of"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_says_its_value_and_how_to_raise_it(name: str, keras_file: Path) -> None:
    limits, message = LIMITS[name]
    check_refused(keras_file, f"{message}.*The limit is .*ModelFileLimits\\(", limits)


LOSSES: dict[str, object] = {
    "a download": hostile_configs.GET_FILE,
    "a setting": hostile_configs.SET_FLOATX,
    "a lambda": hostile_configs.LAMBDA,
    "a layer": hostile_configs.layer("Dense", units=1),
    "a number": 7,
}


@pytest.mark.parametrize(
    ("key", "name"),
    [*(("loss", name) for name in LOSSES), ("metrics", "a setting"), ("optimizer", "a layer")],
)
def test_how_it_was_compiled_is_left_out_where_it_is_not_plain(
    key: str, name: str, tmp_path: Path, parts: KerasParts
) -> None:
    def edit(config: hostile_configs.Json) -> None:
        config["compile_config"][key] = LOSSES[name]

    loaded = read_model(parts.write(tmp_path / "m.keras", config=parts.edited(edit)))
    assert loaded.model.compiled is (key != "loss")
    assert any("not restored" in note for note in loaded.notes)


@pytest.mark.usefixtures("in_this_process")
def test_bombs_take_no_memory(tmp_path: Path, parts: KerasParts) -> None:
    resource = pytest.importorskip("resource")
    bombs = ["a billion units", "states of gigabytes", "an embedding of gigabytes"]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in bombs:
        test_a_description_is_refused(name, tmp_path, parts)
    for name in ("a config bomb", "a metadata bomb"):
        test_an_archive_is_refused(name, tmp_path, parts)
    for name in ("gigabytes that are not stored", "a chunk of gigabytes"):
        test_an_hdf5_file_is_refused(name, tmp_path)
    gc.collect()
    # In kB on Linux; the file of a bomb itself is made here, too, in 60 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250_000


def test_the_process_that_reads_hdf5_is_limited_in_memory(
    h5_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("resource")
    # Too little even to import NumPy.
    monkeypatch.setattr(hdf5_process, "MEMORY", 2**26)
    check_refused(h5_file, "HDF5 fails on it")
