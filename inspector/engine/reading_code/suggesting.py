"""The nearest right name for a wrong one."""

import difflib
from collections.abc import Iterable

GONE = {
    "merge": "Use `concatenate`, `add`, `multiply`, ... of `keras.layers`.",
    "Merge": "Use `Concatenate`, `Add`, `Multiply`, ... of `keras.layers`.",
    "TimeDistributedDense": "Use `TimeDistributed(Dense(...))`.",
    "MaxoutDense": "Use `Dense` and `Maximum`.",
    "Highway": "Write it with `Dense`, `Multiply` and `Add`.",
    "ThresholdedReLU": "Use `ReLU(threshold=...)`.",
    "LocallyConnected1D": "Use `Conv1D`.",
    "LocallyConnected2D": "Use `Conv2D`.",
    "AtrousConvolution1D": "Use `Conv1D(dilation_rate=...)`.",
    "RandomFourierFeatures": "Use `Dense`.",
    "DenseFeatures": "Use the columns as inputs.",
}
"""What Keras once had, and what to use in its place."""


_LONGEST = 60  # of a name that is likened to others


def way_out(name: str, among: Iterable[str]) -> str:
    """Returns what to do about a name that is not read, or ""."""
    if name in GONE:
        return f"Keras 3 has dropped it. {GONE[name]}"
    alike = nearest(name, among)
    return f"Did you mean `{alike}`?" if alike and alike != name else ""


def nearest(name: str, among: Iterable[str]) -> str:
    """Returns the name most like `name`, or ""."""
    if len(name) > _LONGEST:
        return ""
    choices = {choice.lower(): choice for choice in among}
    found = difflib.get_close_matches(name.lower(), choices, 1, cutoff=0.7)
    return choices[found[0]] if found else ""
