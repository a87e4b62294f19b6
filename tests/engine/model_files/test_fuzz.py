"""Whatever happens to a good file: it loads, or one of our errors says why not."""

import copy
import random
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.engine.model_files import ModelFileLimits, read_model
from inspector.engine.model_files.header import HDF5, ZIP
from inspector.errors import InspectorError
from tests.engine.model_files.making import KerasParts

SECONDS = 30
LIMITS = ModelFileLimits(seconds=1)

flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=6)
cuts = st.one_of(st.none(), st.floats(0, 1))


def examples(number: int) -> Any:
    return settings(
        max_examples=number,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def damaged(content: bytes, places: list[tuple[float, int]], cut: float | None) -> bytes:
    """`content` with some bytes flipped, cut off at a share of its length."""
    changed = bytearray(content)
    for place, mask in places:
        changed[int(place * len(changed))] ^= mask
    return bytes(changed if cut is None else changed[: int(cut * len(changed))])


def check(path: Path) -> None:
    start = time.monotonic()
    try:
        read_model(path, limits=LIMITS)
    except InspectorError as error:
        assert error.got and error.todo
    assert time.monotonic() - start < SECONDS


@examples(40)
@given(places=flips, cut=cuts)
def test_flipped_and_cut_archives(
    places: list[tuple[float, int]], cut: float | None, keras_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(damaged(keras_file.read_bytes(), places, cut))
    check(path)


@examples(15)
@given(places=flips, cut=cuts)
def test_flipped_and_cut_hdf5_files(
    places: list[tuple[float, int]], cut: float | None, h5_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "m.h5"
    path.write_bytes(damaged(h5_file.read_bytes(), places, cut))
    check(path)


@examples(10)
@given(places=flips)
def test_flipped_weights_in_a_whole_archive(
    places: list[tuple[float, int]], parts: KerasParts, tmp_path: Path
) -> None:
    check(parts.write(tmp_path / "m.keras", weights=damaged(parts.weights, places, None)))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.sampled_from(["Lambda", "__lambda__", "function", "LSTM", "relu", "keras.layers"]),
    st.just({"class_name": "function", "module": "keras.utils", "config": "get_file"}),
    st.just({"class_name": "__keras_tensor__", "config": {"keras_history": ["lstm", 0, 0]}}),
)


def leaf_of(config: Any, chooser: random.Random) -> tuple[Any, Any]:
    """A container somewhere in `config`, and one of its keys."""
    while True:
        key = chooser.choice(list(config) if isinstance(config, dict) else range(len(config)))
        inner = config[key]
        if not isinstance(inner, (dict, list)) or not inner or chooser.random() < 0.15:
            return config, key
        config = inner


@examples(30)
@given(seed=st.integers(0, 10**6), values=st.lists(VALUES, min_size=1, max_size=2))
def test_descriptions_with_other_values(
    seed: int, values: list[Any], parts: KerasParts, tmp_path: Path
) -> None:
    config, chooser = copy.deepcopy(parts.config), random.Random(seed)
    for value in values:
        container, key = leaf_of(config, chooser)
        container[key] = value
    check(parts.write(tmp_path / "m.keras", config=config))


@examples(12)
@given(start=st.sampled_from([ZIP, HDF5]), rest=st.binary(max_size=600))
def test_random_bytes_after_a_good_header(start: bytes, rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(start + rest)
    check(path)
