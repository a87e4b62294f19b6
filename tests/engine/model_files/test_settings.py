"""Keras's global settings, custom objects and the versions that may open files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import inspector
from inspector.engine.model_files import ModelFileLimits, loading, read_model
from inspector.errors import ModelFileError


class Scaled(keras.layers.Layer):
    """A class of the user's."""

    def __init__(self, scale: float = 1.0, inner: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.inner = scale, inner

    def build(self, input_shape: Any) -> None:
        if self.inner is not None:
            self.inner.build(input_shape)

    def call(self, inputs: Any) -> Any:
        return (inputs if self.inner is None else self.inner(inputs)) * self.scale

    def get_config(self) -> dict[str, Any]:
        inner = keras.saving.serialize_keras_object(self.inner)
        return {**super().get_config(), "scale": self.scale, "inner": inner}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Scaled":
        config["inner"] = keras.saving.deserialize_keras_object(config["inner"])
        return cls(**config)


class Meddling(Scaled):
    """A class of the user's that changes everything while it is made."""

    fails = False

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Scaled":
        keras.config.set_floatx("float64")
        keras.config.set_epsilon(0.5)
        keras.config.set_image_data_format("channels_first")
        keras.config.set_dtype_policy("mixed_bfloat16")
        keras.config.disable_traceback_filtering()
        keras.config.disable_interactive_logging()
        keras.config.enable_unsafe_deserialization()
        keras.saving.get_custom_objects()["meddled"] = cls
        for setter in ("set_max_epochs", "set_max_steps_per_epoch"):
            if hasattr(keras.config, setter):
                getattr(keras.config, setter)(1)
        if cls.fails:
            raise RuntimeError("on purpose")
        return super().from_config(config)


def saved(layer: keras.layers.Layer, path: Path) -> tuple[keras.Model, Path]:
    model = keras.Sequential([keras.Input((4, 3)), layer])
    model.save(path)
    return model, path


def settings() -> dict[str, Any]:
    found = {
        name: getattr(keras.config, name)()
        for name in (
            "floatx",
            "epsilon",
            "image_data_format",
            "max_epochs",
            "max_steps_per_epoch",
            "is_traceback_filtering_enabled",
            "is_interactive_logging_enabled",
        )
        if hasattr(keras.config, name)
    }
    found["policy"] = keras.config.dtype_policy().name
    found["objects"] = dict(keras.saving.get_custom_objects())
    return found


def unsafe_code_is_refused() -> bool:
    config = {"class_name": "__lambda__", "config": {"value": ["", None, None]}}
    with pytest.raises(ValueError, match="lambda"):
        keras.saving.deserialize_keras_object(config)
    return True


@pytest.mark.parametrize("fails", [False, True])
def test_settings_are_the_same_after_a_load(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Meddling, "fails", fails)
    _, path = saved(Meddling(2.0), tmp_path / "m.keras")
    before = settings()
    if fails:
        with pytest.raises(ModelFileError, match="on purpose"):
            read_model(path, custom_objects={"Meddling": Meddling})
    else:
        read_model(path, custom_objects={"Meddling": Meddling})
    assert settings() == before
    assert unsafe_code_is_refused()


def test_safe_mode_is_on_even_where_the_caller_switched_it_off(tmp_path: Path) -> None:
    seen = []

    class Curious(Scaled):
        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Scaled:
            seen.append(unsafe_code_is_refused())
            return super().from_config(config)

    _, path = saved(Curious(2.0), tmp_path / "m.keras")
    keras.config.enable_unsafe_deserialization()
    try:
        read_model(path, custom_objects={"Curious": Curious})
        assert seen == [True]
    finally:
        # What the caller chose was put back; nothing else switches it on again.
        from keras.src.backend.common import global_state

        assert global_state.get_global_attribute("safe_mode_saving") is False
        global_state.set_global_attribute("safe_mode_saving", None)


def test_a_custom_layer_needs_to_be_passed(tmp_path: Path) -> None:
    inner = keras.layers.Dense(3, activation="relu")
    model, path = saved(Scaled(2.0, inner), tmp_path / "m.keras")
    with pytest.raises(ModelFileError, match="`Scaled`.*custom_objects"):
        inspector.load_model(path)
    loaded = inspector.load_model(path, custom_objects={"Scaled": Scaled})
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-6)


def test_layers_inside_a_custom_layer_are_checked_too(tmp_path: Path) -> None:
    inner = keras.layers.Lambda(keras.ops.abs, output_shape=(3,))
    _, path = saved(Scaled(2.0, inner), tmp_path / "m.keras")
    with pytest.raises(ModelFileError, match="Lambda layer"):
        inspector.load_model(path, custom_objects={"Scaled": Scaled})


def test_a_registered_layer_needs_to_be_allowed(tmp_path: Path) -> None:
    registered = keras.saving.register_keras_serializable("tests_of_model_files")(
        type("Registered", (Scaled,), {})
    )
    try:
        _, path = saved(registered(2.0), tmp_path / "m.keras")
        with pytest.raises(ModelFileError, match="`Registered`"):
            inspector.load_model(path)
        loaded = inspector.load_model(path, allow_registered=True)
        assert isinstance(loaded.layers[-1], registered)
    finally:
        del keras.saving.get_custom_objects()["tests_of_model_files>Registered"]


def test_a_scope_of_the_caller_allows_nothing(tmp_path: Path) -> None:
    _, path = saved(Scaled(2.0), tmp_path / "m.keras")
    with keras.saving.custom_object_scope({"Scaled": Scaled}):
        with pytest.raises(ModelFileError, match="`Scaled`"):
            inspector.load_model(path)


@pytest.mark.parametrize(("version", "opens"), [("3.12.4", False), ("3.14.0", True)])
def test_files_are_opened_with_a_safe_keras_only(
    version: str, opens: bool, keras_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading.keras, "__version__", version)
    if opens:
        assert read_model(keras_file).model.built
        return
    with pytest.raises(ModelFileError, match="Keras 3.12.4 is installed.*3.14 or newer"):
        read_model(keras_file)


def test_weights_that_the_file_does_not_hold_are_noticed(
    keras_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some versions of Keras skip what they do not find, with a warning at most.
    monkeypatch.setattr(keras.layers.LSTMCell, "load_own_variables", lambda self, store: None)
    with pytest.raises(ModelFileError, match="holds no values for `.*lstm.*` .3 weights"):
        read_model(keras_file)


@pytest.mark.parametrize("make", [str, Path])
def test_a_path_may_be_text_or_a_path(make: Callable[[Path], Any], keras_file: Path) -> None:
    assert inspector.load_model(make(keras_file)).built


def test_variables_of_a_refused_model_are_not_made_later(tmp_path: Path) -> None:
    model, path = saved(keras.layers.Dense(3), tmp_path / "m.keras")
    limits = ModelFileLimits(parameters=1)
    with pytest.raises(ModelFileError, match="Parameters"):
        read_model(path, limits=limits)
    from keras.src.backend.common import global_state

    assert not global_state.get_global_attribute("uninitialized_variables")
