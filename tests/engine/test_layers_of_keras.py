"""Every layer that accepts a masked sequence: `inspect` agrees with brute force on it."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as L

import inspector
from tests.engine.layer_table import (
    FEATURES,
    IDS,
    NO_SEQUENCE,
    PAIR,
    QUERY_VALUE,
    RAISES,
    SEQUENCE,
    TIMESTEPS,
)

LENGTHS = (6, 4, 2, 3)
VALID = np.arange(TIMESTEPS)[None] < np.array(LENGTHS)[:, None]
FLOATS = {**SEQUENCE, **PAIR, **QUERY_VALUE}
IMAGE = ("2D", "3D", "Image", "Random", "MixUp", "CutMix", "AugMix", "RandAugment", "AutoContrast")
IMAGES = (*IMAGE, "Crop", "Resizing", "Solarization", "Equalization", "BoundingBox", "Mel", "STFT")


def existing(table: dict[str, Any]) -> list[str]:
    """The layers of the table that the installed Keras has."""
    return [name for name in table if hasattr(L, name)]


def test_no_layer_of_keras_is_missing_from_the_table() -> None:
    found = {
        name
        for name, value in vars(L).items()
        if isinstance(value, type) and issubclass(value, L.Layer)
    }
    known = {*FLOATS, *IDS, *RAISES, *NO_SEQUENCE}
    missing = {name for name in found - known if not any(word in name for word in IMAGES)}
    # Names of Keras 2 for the same class (`MaxPool1D`, `Convolution1D`) need no row of their own.
    classes = {vars(L)[name] for name in known if hasattr(L, name)}
    assert {name for name in missing if vars(L)[name] not in classes} == set()


def called(name: str, layer: Any, tensor: Any) -> Any:
    """Calls a layer as its row of the table says."""
    if name in PAIR:
        return layer([tensor, tensor])
    return layer(tensor, tensor) if name in QUERY_VALUE else layer(tensor)


def vectors() -> np.ndarray:
    x = np.random.default_rng(1).normal(0.5, 1.0, (4, TIMESTEPS, FEATURES)).astype("float32")
    x[~VALID] = 0.0
    return x


def masked(x: np.ndarray, valid: np.ndarray) -> Any:
    """A tensor that carries the mask, as `Masking` hands it on."""
    tensor = tf.constant(x)
    tensor._keras_mask = tf.constant(valid)
    return tensor


def real_part(output: np.ndarray, valid: np.ndarray) -> np.ndarray | None:
    """The output at real timesteps; None where it has another time axis."""
    if output.ndim < 3:
        return output
    return output[valid] if output.shape[1] == valid.shape[1] else None


@pytest.mark.filterwarnings("ignore:Layer .* destroy the mask")
@pytest.mark.parametrize("name", existing(FLOATS))
def test_what_is_said_of_a_layer_is_what_it_does(name: str) -> None:
    layer = FLOATS[name]()
    inputs = keras.Input((TIMESTEPS, FEATURES))
    model = keras.Model(inputs, called(name, layer, L.Masking(name="maker")(inputs)))
    random = np.random.default_rng(2)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.5, weight.shape).astype("float32"))
    x = vectors()

    inspection = inspector.inspect(model, x, valid=VALID)

    assert inspection.raises is None
    step = next(s for s in inspection.trace.top_level() if s.name == layer.name)
    output = called(name, layer, masked(x, VALID))
    mask = getattr(output, "_keras_mask", None)
    assert (step.handed_on is None) == (mask is None)
    if mask is not None and step.handed_on is not None:
        assert np.array_equal(step.handed_on, np.asarray(mask))
    assert np.allclose(model(x), output, rtol=1e-5, atol=1e-6, equal_nan=True)
    leaks = leaks_by_content(name, layer, x)
    if leaks is not None:
        assert inspection.leaks is not None
        assert inspection.leaks.predictions is leaks


def leaks_by_content(name: str, layer: Any, x: np.ndarray) -> bool | None:
    """Puts noise at padding with the mask kept and compares real timesteps, by hand."""
    before = real_part(np.asarray(called(name, layer, masked(x, VALID))), VALID)
    if before is None or name == "Permute":
        return None
    worst = 0.0
    for seed in range(4):
        other = np.array(x)
        other[~VALID] = np.random.default_rng(seed).normal(0, 3.0, other[~VALID].shape)
        after = real_part(np.asarray(called(name, layer, masked(other, VALID))), VALID)
        assert after is not None
        worst = max(worst, float(np.abs(after - before).max()))
    return worst > 1e-5 * max(float(np.abs(before).max()), 1e-3)


@pytest.mark.filterwarnings("ignore:Layer .* destroy the mask")
@pytest.mark.parametrize("name", existing(FLOATS))
def test_running_rows_alone_agrees(name: str) -> None:
    layer = FLOATS[name]()
    inputs = keras.Input((None, FEATURES))
    try:
        model = keras.Model(inputs, called(name, layer, L.Masking(name="maker")(inputs)))
    except (ValueError, TypeError):
        assert name in {"Flatten", "Reshape", "Permute"}, name
        return
    random = np.random.default_rng(2)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.5, weight.shape).astype("float32"))
    x = vectors()

    inspection = inspector.inspect(model, x, valid=VALID)

    assert inspection.leaks is not None
    if inspection.leaks.pad_invariant is None:
        return
    whole = np.asarray(model(x))
    same = True
    for row, length in enumerate(LENGTHS):
        alone = np.asarray(model(x[row : row + 1, :length]))[0]
        expected = whole[row, :length] if whole.ndim >= 3 else whole[row]
        same = same and bool(np.allclose(alone, expected, rtol=1e-3, atol=1e-4))
    assert inspection.leaks.pad_invariant is same


@pytest.mark.parametrize("name", existing(RAISES))
def test_a_layer_that_fails_on_a_mask_is_located(name: str) -> None:
    layer = RAISES[name]()
    inputs = keras.Input((TIMESTEPS, FEATURES))
    model = keras.Model(inputs, layer(L.Masking()(inputs)))
    with pytest.raises(Exception, match="mask"):
        model(vectors())

    inspection = inspector.inspect(model, vectors(), valid=VALID)

    assert inspection.raises is not None
    assert inspection.raises.at == layer.name


@pytest.mark.parametrize("name", existing(IDS))
def test_layers_that_read_ids(name: str) -> None:
    ids = np.random.default_rng(3).integers(1, 10, (4, TIMESTEPS))
    ids[~VALID] = 0
    inputs = keras.Input((None,), dtype="int32")
    layer = IDS[name]()
    model = keras.Model(inputs, layer(inputs))

    inspection = inspector.inspect(model, ids, valid=VALID)

    assert inspection.trace.mask_at_loss_state == "correct"
    assert inspection.leaks is not None
    assert not inspection.leaks.predictions
