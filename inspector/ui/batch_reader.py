"""The page's way to the process that reads batch files: never here, in the server's own.

A file of a few kilobytes can unpack to gigabytes, or find a fault in the library that reads it. The
process is a small one, without TensorFlow: where a file ends it, the engine goes on.
"""

from typing import Any

import streamlit as st

from inspector.errors import Cancelled, InspectorError
from inspector.files.service import BatchFile, FileBatch, FileLook, FileLooks, FileReading
from inspector.ui.asking import ask
from inspector.ui.choices import Key
from inspector.worker.engine import Engine
from inspector.worker.limits import Limits

LIMITS = Limits(seconds=30.0, memory_bytes=2 * 1024**3, start_seconds=60.0, answers_bytes=0)
SERVICE = "inspector.files.service:answer"


@st.cache_resource(show_spinner=False, max_entries=1, on_release=Engine.close)
def reader() -> Engine:
    """Returns the process that reads files for all sessions; it starts when it is first asked."""
    return Engine(LIMITS, SERVICE)


def looked_at(file: BatchFile, encoding: str | None = None) -> FileLooks:
    """Returns what has to be asked of a file before it is read; nothing where it is broken.

    Raises:
        Cancelled: A newer run of this session asked for something else.
    """
    key = (file.sha256, file.name, encoding)
    known = st.session_state.get(Key.BATCH_LOOKED)
    if known is None or known[0] != key:
        try:
            looks = _asked(FileLook(file, encoding))
        except Cancelled:
            raise
        except InspectorError:
            looks = FileLooks()  # Reading it says why.
        known = st.session_state[Key.BATCH_LOOKED] = (key, looks)
    looks = known[1]
    assert isinstance(looks, FileLooks)
    return looks


def batch_in(request: FileReading) -> FileBatch:
    """Returns the batch in a file; read once for all runs in which nothing of this changes.

    Raises:
        InspectorError: The file does not hold a batch, or takes too much time or memory.
        Cancelled: A newer run of this session asked for something else.
    """
    file = request.file
    key = (file.sha256, file.name, request.choices, request.fits, request.vectors, request.shown)
    known = st.session_state.get(Key.BATCH_READ)
    if known is None or known[0] != key:
        st.session_state.pop(Key.BATCH_READ, None)  # Two at a time would take twice the memory.
        known = st.session_state[Key.BATCH_READ] = (key, _asked(request))
    batch = known[1]
    assert isinstance(batch, FileBatch)
    return batch


def _asked(request: FileLook | FileReading) -> Any:
    # Reading the state lets Streamlit end this run here when the user has changed something.
    return ask(reader(), request, lambda progress: st.session_state.get(Key.SESSION))
