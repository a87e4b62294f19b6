"""Keras's global settings: the same after a load as before, whatever happens in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from inspector.engine.seam.keras import safe_reading, set_thread_state, thread_state

_PAIRS: tuple[tuple[str, str], ...] = (
    ("floatx", "set_floatx"),
    ("epsilon", "set_epsilon"),
    ("image_data_format", "set_image_data_format"),
    ("dtype_policy", "set_dtype_policy"),
    ("max_epochs", "set_max_epochs"),
    ("max_steps_per_epoch", "set_max_steps_per_epoch"),
)
_SWITCHES: tuple[tuple[str, str, str], ...] = (
    (
        "is_traceback_filtering_enabled",
        "enable_traceback_filtering",
        "disable_traceback_filtering",
    ),
    (
        "is_interactive_logging_enabled",
        "enable_interactive_logging",
        "disable_interactive_logging",
    ),
    ("is_flash_attention_enabled", "enable_flash_attention", "disable_flash_attention"),
)
# Kept by Keras for each thread (backend/common/global_state.py, checked on 3.14 and 3.15).
_THREAD_STATE = (
    "custom_objects_scope_dict",
    "flash_attention",
    "safe_mode_saving",
    "shared_objects/id_to_obj_map",
    "shared_objects/id_to_config_map",
    "stateless_scope",
    "uninitialized_variables",
    "use_legacy_config",
)


@contextmanager
def guarded() -> Iterator[None]:
    """Keeps global settings as they are, switches safe mode on, and forgets custom objects.

    Objects that the caller registered or opened a scope for are not seen by Keras inside: what a
    file may name was decided before.
    """
    state = {name: thread_state(name) for name in _THREAD_STATE}
    settings = list(_settings())
    registered = keras.saving.get_custom_objects()
    objects = dict(registered)
    set_thread_state("custom_objects_scope_dict", {})
    set_thread_state("uninitialized_variables", [])
    try:
        with safe_reading():
            yield
    finally:
        for restore in settings:
            restore()
        if dict(registered) != objects:
            registered.clear()
            registered.update(objects)
        for name, value in state.items():
            set_thread_state(name, value)


def _settings() -> Iterator[Callable[[], Any]]:
    """Yields, for every setting, what restores the value that it has now."""
    config = keras.config
    for getter, setter in _PAIRS:
        # Some came with later versions.
        if hasattr(config, getter) and hasattr(config, setter):
            yield _restoring(getattr(config, getter), getattr(config, setter))
    for getter, enable, disable in _SWITCHES:
        if hasattr(config, getter):
            yield _switching(*(getattr(config, name) for name in (getter, enable, disable)))


def _restoring(get: Callable[[], Any], put: Callable[[Any], None]) -> Callable[[], None]:
    before = get()
    return lambda: None if get() == before else put(before)


def _switching(
    get: Callable[[], Any], enable: Callable[[], None], disable: Callable[[], None]
) -> Callable[[], None]:
    before = bool(get())

    def restore() -> None:
        if bool(get()) != before:
            (enable if before else disable)()

    return restore
