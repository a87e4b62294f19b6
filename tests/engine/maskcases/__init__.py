"""Executable masking cases of our own, each checked by brute force."""

from tests.engine.maskcases import (
    controls,
    leaks,
    losses,
    makers,
    merges,
    metrics_and_failures,
    models,
    sequence_models,
    shapes,
    weights,
)
from tests.engine.maskcases.registry import CASES

__all__ = [
    "CASES",
    "controls",
    "leaks",
    "losses",
    "makers",
    "merges",
    "metrics_and_failures",
    "models",
    "sequence_models",
    "shapes",
    "weights",
]
