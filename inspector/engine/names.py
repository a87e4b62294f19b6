"""Automatic names that do not depend on what the process built before."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from keras.src.backend.common import global_state

_COUNTER = "object_name_uids"  # utils/naming.py; thread-local. Checked on Keras 3.12.4, 3.15.1.


@contextmanager
def fresh_names() -> Iterator[None]:
    """Lets automatic names (`multiply`, `dense`) start anew inside, and go on as before outside.

    Operators cannot be named by hand, and names only have to be unique within one model.
    """
    before = global_state.get_global_attribute(_COUNTER)
    global_state.set_global_attribute(_COUNTER, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(_COUNTER, before)
