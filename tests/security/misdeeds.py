"""Functions that do what no attack may do; they prove that each of it would be seen."""

import ctypes
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state

from inspector.errors import InspectorError

_CALL, _SUM, _ERRORS = keras.layers.Dense.call, np.sum, np.geterr()


def open_file(path: str) -> None:
    """Reads a file with Python."""
    Path(path).read_text(encoding="utf-8")


def read_file_with_tensorflow(path: str) -> None:
    """Reads a file with TensorFlow's own code, which raises no audit event."""
    tf.io.read_file(path)


def read_vocabulary_with_keras(path: str) -> None:
    """Has a layer of Keras read its vocabulary from a file."""
    keras.layers.StringLookup(vocabulary=path)


def list_folder_with_tensorflow(path: str) -> None:
    """Lists a folder with TensorFlow's own code."""
    tf.io.gfile.listdir(path)


def write_file_with_tensorflow(path: str) -> None:
    """Makes a file with TensorFlow's own code, and removes it."""
    tf.io.write_file(path, b"mine")
    tf.io.gfile.remove(path)


def write_beside(path: str) -> None:
    """Writes a file with Python, and removes it."""
    Path(path).write_text("mine", encoding="utf-8")
    Path(path).unlink()


def open_relative() -> None:
    """Opens a file by a name without a folder."""
    Path("canary.txt").read_text(encoding="utf-8")


def call(url: str) -> None:
    """Connects to a server."""
    host, _, port = url.removeprefix("http://").partition(":")
    socket.create_connection((host, int(port)), timeout=1).close()


def ask(url: str) -> None:
    """Asks a server for a page, and gives up at once."""
    try:
        urllib.request.urlopen(url, timeout=0.2)
    except OSError:
        return


def start_process() -> None:
    """Starts another program."""
    subprocess.run(["/bin/true"], check=False)


def start_shell() -> None:
    """Starts a shell."""
    os.system("true")


def call_c() -> None:
    """Calls a function of C."""
    ctypes.CDLL(None).getpid()


def unpickle() -> None:
    """Unpickles a class."""
    pickle.loads(pickle.dumps(Path("a")))


def change_environment() -> None:
    """Sets a variable of the environment."""
    os.environ["MASK_INSPECTOR_CHANGED"] = "1"


def change_floatx() -> None:
    """Changes the precision of all models to come."""
    keras.config.set_floatx("float64")


def change_max_epochs() -> None:
    """Changes how long every training takes."""
    keras.config.set_max_epochs(3)


def register_class() -> None:
    """Makes a class known to Keras, by name."""
    keras.saving.get_custom_objects()["Mine"] = dict


def leave_safe_mode() -> None:
    """Lets Keras load code from files."""
    keras.config.enable_unsafe_deserialization()


def replace_method() -> None:
    """Patches a class of Keras."""
    keras.layers.Dense.call = keras.layers.Dense.build


def replace_function() -> None:
    """Patches a function of NumPy."""
    np.sum = np.prod


def change_numpy() -> None:
    """Lets NumPy raise where it warned."""
    np.seterr(all="raise")


def undo() -> None:
    """Undoes what the functions above change for good."""
    os.environ.pop("MASK_INSPECTOR_CHANGED", None)
    keras.config.set_floatx("float32")
    keras.config.set_max_epochs(None)
    keras.saving.get_custom_objects().pop("Mine", None)
    global_state.set_global_attribute("safe_mode_saving", None)
    keras.layers.Dense.call = _CALL
    np.sum = _SUM
    np.seterr(**_ERRORS)


def leave_a_file() -> None:
    """Leaves something in the temporary folder."""
    Path(tempfile.gettempdir(), "left").write_text("mine", encoding="utf-8")


def take_memory(mebibytes: int) -> None:
    """Takes memory, writes into it and holds it."""
    block = np.ones(mebibytes * 2**17)
    while block.any():
        continue


def take_memory_for_a_moment(mebibytes: int) -> float:
    """Takes memory, and gives it back before anybody looks."""
    return float(np.ones(mebibytes * 2**17).sum())


def never_end() -> None:
    """Computes for ever."""
    while True:
        continue


def sleep_for_ever() -> None:
    """Waits for something that never comes, without computing."""
    read, _ = os.pipe()
    os.read(read, 1)


def crash() -> None:
    """Ends the process as a fault in C does."""
    os.abort()


def fail() -> None:
    """Raises an error that is none of ours."""
    raise KeyError("x")


def refuse(text: str = "It is wrong.") -> None:
    """Refuses properly."""
    raise InspectorError(text)


def _unclean(text: str) -> InspectorError:
    """An error whose text was not cleaned, as `InspectorError` cleans all of its own."""
    error = InspectorError("unclean")
    error.args = (text,)
    return error


def refuse_with_address() -> None:
    """Refuses with an address in memory."""
    raise _unclean(f"{object()!r} is wrong.")


def refuse_with_server_path() -> None:
    """Refuses with a path of the server."""
    raise InspectorError(f"{tempfile.gettempdir()} and {sys.prefix} are wrong.")


def refuse_at_length() -> None:
    """Refuses with a very long text."""
    raise _unclean("long " * 1_000)


def refuse_with_controls() -> None:
    """Refuses with characters that rule a terminal."""
    raise _unclean("\x1b[31mred")


def refuse_where_missing(path: str) -> None:
    """Tells whether a file exists, without opening it."""
    raise InspectorError("It is there." if os.path.exists(path) else "It is not there.")


def answer(value: Any = None) -> Any:
    """Does nothing."""
    return value


def use_temporary_folders() -> None:
    """Makes and removes folders in folders in the temporary folder, which anybody may."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a", "b").mkdir(parents=True)
        Path(folder, "a", "b", "c").write_text("mine", encoding="utf-8")
