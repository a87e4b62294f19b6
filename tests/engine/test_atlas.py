"""The layer atlas: measured anew, against its snapshot and against brute force in plain Keras."""

import contextlib
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from keras import layers

from inspector.core.atlas import FIELDS, Answer, Atlas, AtlasRow, Fate, TimeAxis, differences
from inspector.engine.atlas import measuring
from inspector.engine.atlas.layer_settings import LEFT_OUT, SETTINGS, UNKNOWN
from inspector.engine.atlas.making import Setting, made
from inspector.files.atlases import atlas_versions, nearest_version, read_atlas
from inspector.views.atlas_example import example


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return measuring.measured_atlas()


def test_the_snapshot_is_what_the_installed_keras_does(atlas: Atlas) -> None:
    old = read_atlas(nearest_version(atlas.keras))
    changed = "\n".join(differences(old, atlas))
    if old.keras != atlas.keras:
        pytest.skip(f"there is no atlas of Keras {atlas.keras}; since {old.keras}:\n{changed}")
    # Is the change right? Then: python -m inspector atlas --measure --json > (its file)
    assert not changed, f"Keras {atlas.keras} does not do what its atlas says:\n{changed}"


def test_no_layer_of_keras_is_missing(atlas: Atlas) -> None:
    classes = set(measuring.layer_classes())
    assert {row.layer for row in atlas.rows} | {name for name, _ in atlas.not_measured} == classes
    assert not {row.layer for row in atlas.rows} & LEFT_OUT.keys()
    # A new one has to be looked at, and put into one of the tables of the settings.
    assert [name for name, reason in atlas.not_measured if reason == UNKNOWN] == []


def test_a_layer_that_nobody_knows_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unheard(layers.Layer):
        pass

    monkeypatch.setattr(layers, "Unheard", Unheard, raising=False)
    monkeypatch.setattr(measuring, "SETTINGS", SETTINGS[:1])
    assert ("Unheard", UNKNOWN) in measuring.measured_atlas().not_measured


class Keeper(layers.Layer):
    """A layer whose faults are known: in training only, it adds the mean over all timesteps."""

    def __init__(self) -> None:
        super().__init__()
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        return inputs + inputs.numpy().mean(axis=1, keepdims=True)


def test_a_leak_in_training_only_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "Keeper", Keeper, raising=False)
    monkeypatch.setattr(measuring, "SETTINGS", (Setting(made("Keeper")),))
    (row,) = measuring.measured_atlas().rows
    assert row.fate is Fate.HANDS_ON
    answers = [getattr(row, name) for name in FIELDS]
    assert answers == [Answer.NO, Answer.YES, Answer.NO, Answer.YES]


def test_the_rows_have_names_of_their_own(atlas: Atlas) -> None:
    names = [row.name for row in atlas.rows]
    assert len(set(names)) == len(names)


def truth(ids: np.ndarray, axis: TimeAxis) -> np.ndarray:
    """Which timesteps of the output hold something real, said once more in other words."""
    rows = []
    for row in ids:
        real = [bool(number) for number in row]
        rows.append(
            {
                TimeAxis.SAME: real,
                TimeAxis.CROPPED: real[1:-1],
                TimeAxis.WIDENED: [False, *real, False],
                TimeAxis.DOUBLED: [one for one in real for _ in range(2)],
                TimeAxis.JOINED: [*real, *real],
                TimeAxis.HALVED: [a or b for a, b in zip(real[::2], real[1::2], strict=True)],
            }[axis]
        )
    return np.array(rows)


def names_after_running(row: AtlasRow) -> dict[str, Any]:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(example(row), row.name, "exec"), names)
    return names


def test_the_example_of_every_row_shows_what_the_row_states(atlas: Atlas) -> None:
    """Plain Keras changes the vector of the padding id, and pads longer: no engine of ours."""
    wrong = [f"{row.name}: {fault}" for row in atlas.rows for fault in disagreements(row)]
    assert not wrong, "\n".join(wrong)


def disagreements(row: AtlasRow) -> list[str]:
    found = names_after_running(row)
    if row.fate is Fate.RAISES:
        return [] if found["raised"] and "mask" in found["raised"] else ["it does not fail"]
    wrong = [] if found["warned"] is row.warned else [f"warned is {found['warned']}"]
    for name in FIELDS:
        said = getattr(row, name)
        if said in (Answer.YES, Answer.NO) and found[name] is not (said is Answer.YES):
            wrong.append(f"{name} is {found[name]}, not {said.value}")
    mask = found["mask"]
    if row.fate in (Fate.HANDS_ON, Fate.MAKES):
        fits = mask is not None and np.array_equal(mask, truth(found["ids"], row.time_axis))
    elif row.fate is Fate.HANDS_ON_WRONG:
        fits = mask is not None and not np.array_equal(mask, truth(found["ids"], row.time_axis))
    else:
        gone = row.time_axis is TimeAxis.GONE
        # Used up is what was used: only then does the content of padding not matter.
        fits = mask is None and (row.fate is Fate.USES_UP) is (gone and not found["by_content"])
        fits = fits or (mask is None and row.fate is Fate.MAKES_NONE)
    return wrong if fits else [*wrong, f"the mask handed on is {mask}"]


def test_every_snapshot_can_be_read() -> None:
    assert atlas_versions()
    for version in atlas_versions():
        found = read_atlas(version)
        assert found.keras == version and found.rows


def test_differences_are_told_by_layer() -> None:
    old = read_atlas(atlas_versions()[0])
    dense = old.row("Dense")
    assert dense is not None
    rows = tuple(r for r in old.rows if r.name not in ("Dense", "ELU"))
    new = replace(old, rows=(*rows, replace(dense, fate=Fate.LOSES, message="new words")))
    assert differences(old, new) == ("Dense: fate hands_on -> loses", "ELU: gone")
    assert differences(new, old) == ("Dense: fate loses -> hands_on", "ELU: new, hands_on")
    assert differences(old, old) == ()
