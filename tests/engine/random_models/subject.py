"""A random model with its batch, and what its maker knows of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

UNKNOWN = "unknown"
"""Stands in `Subject.time_map` where the truth on a node's time axis is a matter of definition."""


@dataclass
class InputSpec:
    """One input: its array, and what is padding in it.

    Attributes:
        name: Name of the Keras input.
        array: What goes in.
        valid: bool (rows, timesteps); None for an input without timesteps.
        is_mask: The input is itself a mask: it is never disturbed.
        protected_by: Name of a mask maker behind other layers: noise goes there.
    """

    name: str
    array: Array
    valid: Array | None
    is_mask: bool = False
    protected_by: str | None = None


@dataclass
class OutputSpec:
    """One output: its targets and its loss.

    Attributes:
        name: Name of the output.
        target: Targets.
        valid: bool (rows, timesteps) on the output's time axis; None without one.
        moves_with: Number of the input whose timesteps the output's are; None for own timesteps.
        per_step: NumPy loss of targets and predictions, (rows, timesteps) or (rows,); None where
            the loss has no such parts.
        loss_weight: As compiled.
        weight: Sample weights, or None.
        class_weight: As for `fit`, or None.
        open_loss: Why counts and formulas of this loss are not judged, or "".
        probabilities: Predictions are probabilities: they are moved within 0 and 1.
        batchable: The value is a mean of the batches, so that formulas by batch apply.
    """

    name: str
    target: Array
    valid: Array | None
    moves_with: int | None
    per_step: Callable[[Array, Array], Array] | None
    loss_weight: float = 1.0
    weight: Array | None = None
    class_weight: dict[int, float] | None = None
    open_loss: str = ""
    probabilities: bool = False


@dataclass
class Subject:
    """A model, its batch and the maker's knowledge.

    Attributes:
        seed: What it was made from.
        kinds: What is in it, for counting failures by kind.
        model: Compiled.
        x: In the structure that the model takes.
        y: Targets in the structure of the outputs.
        sample_weight: In the structure that Keras takes, or None.
        inputs: In the order of the arrays of `x`.
        outputs: In the order of the model's flattened outputs.
        options: Keyword arguments of `inspect`: valid, target_valid, ...
        batch_size: Rows of a batch of `evaluate`.
        time_map: Truth on the time axis of a node, None without one, or `UNKNOWN`.
        causes: Causes that are right where the mask ends or turns at a node.
        raw_first: A subclassed model computes on its input before its first layer.
        subclassed: The calls of operators cannot be seen.
        fixed_length: The inputs insist on a number of timesteps.
        open_fields: Fields that the definition leaves open for this model.
    """

    seed: int
    kinds: list[str]
    model: Any
    x: Any
    y: Any
    sample_weight: Any
    inputs: list[InputSpec]
    outputs: list[OutputSpec]
    options: dict[str, Any]
    batch_size: int | None
    time_map: dict[str, Any]
    causes: dict[str, set[str]] = field(default_factory=dict)
    raw_first: bool = False
    subclassed: bool = False
    fixed_length: bool = False
    open_fields: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.inputs[0].array)
