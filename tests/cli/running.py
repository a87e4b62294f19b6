"""Running the command line, and a module of the user's for it."""

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from inspector import cli

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_data"

MINE = """
import keras

print("said while it is imported")
SIZE = 3

def tagger():
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(9, 4, mask_zero=True),
            keras.layers.SimpleRNN(4, return_sequences=True),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model

def broken():
    raise RuntimeError("no luck")

def failing():
    inputs = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Embedding(9, 4, mask_zero=True)(inputs)
    return keras.Model(inputs, keras.layers.Softmax()(hidden))
"""


def run(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess:
    """Runs `python -m inspector`."""
    kept = {k: v for k, v in os.environ.items() if k not in ("GITHUB_ACTIONS", "NO_COLOR")}
    kept.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-m", "inspector", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def parsed(*arguments: str) -> Namespace:
    return cli.parser().parse_args(arguments)
