"""Reads HDF5 files in a process of its own, so that a crash or an endless loop ends there."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import inspector
from inspector.engine.model_files.header import Layout
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import damaged
from inspector.errors import ModelFileError

BYTES_A_SECOND = 20_000_000
# Seconds on a busy machine for each second of computing.
WAIT = 8
# What Python, NumPy and HDF5 map before they read a file; then an array is read, and written.
MEMORY = 2**30
TIMES_THE_FILE = 4

# This package is loaded from its own folder: where the engine is confined, the folder around it,
# perhaps a server's, cannot be searched.
_CODE = """
import importlib.util, json, sys
sys.path[:] = json.loads(sys.argv[1])
specification = importlib.util.spec_from_file_location("inspector", sys.argv[2])
sys.modules["inspector"] = package = importlib.util.module_from_spec(specification)
specification.loader.exec_module(package)
from inspector.engine.model_files.hdf5_rewriting import main
main()
"""


@dataclass(frozen=True)
class StoredWeights:
    """What an HDF5 file held.

    Attributes:
        path: A file of ours with its arrays, and nothing else.
        elements: How many numbers there are.
        texts: The description of the model and who wrote it, by name; empty for weights alone.
    """

    path: Path
    elements: int
    texts: dict[str, str]


def rewritten(source: Path, folder: Path, layout: Layout, limits: ModelFileLimits) -> StoredWeights:
    """Checks the HDF5 file `source` and copies what is needed of it into `folder`.

    Raises:
        ModelFileError: It cannot be read, holds too much, or what Keras never writes.
    """
    # The ending decides how Keras reads it.
    target = folder / ("weights.h5" if layout is Layout.HDF5 else "ours.weights.h5")
    answer = folder / "answer.json"
    size = source.stat().st_size
    seconds = limits.seconds + size // BYTES_A_SECOND
    request = {
        "source": str(source),
        "target": str(target),
        "answer": str(answer),
        "layout": layout.value,
        "limits": asdict(limits),
        "memory": MEMORY + TIMES_THE_FILE * size,
        "seconds": seconds,
    }
    try:
        run = subprocess.run(
            [sys.executable, "-I", "-c", _CODE, json.dumps(_search_path()), inspector.__file__],
            input=json.dumps(request).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WAIT * seconds,
            env={**os.environ, **_ENVIRONMENT},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise damaged("HDF5 comes to no end with it") from None
    if run.returncode != 0 or not answer.exists():
        raise damaged("HDF5 fails on it")
    found = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in found:
        raise ModelFileError(*found["error"])
    return StoredWeights(target, found["elements"], found["texts"])


_ENVIRONMENT = {
    # No plug-ins for filters that a file names, no threads that only take memory.
    "HDF5_PLUGIN_PRELOAD": "::",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def _search_path() -> list[str]:
    """Where this process finds packages: this one first, never the current folder."""
    own = str(Path(inspector.__file__).resolve().parents[1])
    return [own, *(str(entry) for entry in sys.path if entry and entry != own)]
