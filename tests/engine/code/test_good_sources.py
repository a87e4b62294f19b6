"""Code that people paste: its model, lines and notes; and that reading equals executing."""

import contextlib
import functools
import io
from typing import Any

import keras
import numpy as np
import pytest

import inspector
from inspector.engine.code.read import CodeModel
from inspector.engine.seam.keras import fresh_names, quiet
from tests.engine.code.case import Good
from tests.engine.code.sources import GOOD, PLAIN


def _named(cases: list[Good]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


@functools.cache
def _read(name: str) -> CodeModel:
    case = next(case for case in GOOD if case.name == name)
    return inspector.model_from_code(case.source, case.names)


@pytest.mark.parametrize("case", _named(GOOD))
def test_the_code_gives_its_model(case: Good) -> None:
    read = _read(case.name)
    model = read.model
    if case.layers is not None:
        assert " ".join(type(layer).__name__ for layer in model.layers) == case.layers
    assert model.built
    assert model.output_shape == case.shape
    assert {name: read.lines.get(name) for name in case.lines} == case.lines
    assert {name: read.arrays[name].shape for name in case.arrays} == case.arrays
    if case.loss != "":
        loss = model.loss if model.compiled else None
        assert getattr(loss, "__name__", loss) == case.loss
    said = "\n".join(str(note) for note in read.notes)
    assert not [piece for piece in case.notes if piece not in said], said
    assert read.parameters == model.count_params()


@pytest.mark.parametrize("case", _named(GOOD))
def test_every_node_of_the_model_has_its_line(case: Good) -> None:
    read = _read(case.name)
    count = len(read.source)
    nodes = {o.name for o in (*getattr(read.model, "operations", ()), *read.model.layers)}
    assert nodes <= set(read.lines)
    assert all(1 <= line <= count for line in read.lines.values())


@pytest.mark.parametrize("case", _named(PLAIN))
def test_reading_agrees_with_executing(case: Good) -> None:
    read = _read(case.name).model
    executed = _executed(case.source)
    assert [layer.name for layer in read.layers] == [layer.name for layer in executed.layers]
    assert [w.shape for w in read.weights] == [w.shape for w in executed.weights]
    assert read.compiled == executed.compiled
    if case.config:
        assert _config(read) == _config(executed)
    if not case.weights:
        return
    x = _some_input(executed)
    read.set_weights(executed.get_weights())
    with quiet():
        outputs = zip(_flat(read(x)), _flat(executed(x)), strict=True)
    for ours, theirs in outputs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


def _executed(source: str) -> keras.Model:
    """Executes the code of this very file, which is trusted."""
    values: dict[str, Any] = {"__name__": "__main__"}
    with fresh_names(), quiet(), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<case>", "exec"), values)
    models = [value for value in values.values() if isinstance(value, keras.Model)]
    return values.get("model", models[-1])


def _config(model: keras.Model) -> Any:
    return _without_addresses(model.get_config())


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_addresses(v) for k, v in value.items() if k != "shared_object_id"}
    if isinstance(value, (list, tuple)):
        return [_without_addresses(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


def _some_input(model: keras.Model) -> Any:
    random = np.random.default_rng(3)
    made = []
    for tensor in model.inputs:
        shape = [2 if axis == 0 else side or 4 for axis, side in enumerate(tensor.shape)]
        made.append(random.integers(0, 3, shape).astype(tensor.dtype))
    structure = model._inputs_struct if hasattr(model, "_inputs_struct") else made[0]
    return keras.tree.pack_sequence_as(structure, made)


def _flat(value: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in keras.tree.flatten(value)]
