"""What was made for a model, kept as long as the model lives."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import keras

from inspector.engine.cache import state

_KEPT = 24

_runners: "weakref.WeakKeyDictionary[keras.Model, OrderedDict[Any, tuple[Any, Any]]]" = (
    weakref.WeakKeyDictionary()
)
_lock = threading.RLock()


def kept(model: keras.Model, key: Any, make: Callable[[], Any], alive: Any = None) -> Any:
    """Returns what `make` made for this model and key, now or earlier.

    `alive` is kept with it: what the key names by identity must not be gone.
    """
    whole = (key, state(model))
    with _lock:
        known = _runners.setdefault(model, OrderedDict())
        if whole not in known:
            known[whole] = (make(), alive)
            if len(known) > _KEPT:
                known.popitem(last=False)
        known.move_to_end(whole)
        return known[whole][0]
