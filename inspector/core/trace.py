"""What one forward pass did to the mask, call by call."""

from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray


class MaskState(str, Enum):
    """What a mask is, against the truth. `True` in a mask means "keep"."""

    CORRECT = "correct"
    """Equal to `valid`, timestep by timestep."""
    ABSENT = "absent"
    """There is no mask: every timestep counts."""
    ALL_TRUE = "all_true"
    """There is a mask, it keeps everything, and the batch has padding."""
    WRONG = "wrong"
    """It keeps padding or hides real timesteps."""
    WRONG_RANK = "wrong_rank"
    """Its shape does not match the time axis of the tensor that carries it."""


def mask_state(
    mask: AnyArray | None, valid: BoolArray | None, shape: tuple[int | None, ...] | None = None
) -> MaskState | None:
    """Compares `mask` with `valid`.

    Args:
        mask: The mask (rows, timesteps) that Keras carries, or None.
        valid: The truth on the same time axis, or None where it is not known.
        shape: Shape of the tensor that carries the mask, or None to skip the check of ranks.

    Returns:
        The state; None where there is no mask to judge by: no time axis, or no known truth.
    """
    if mask is None:
        return None if valid is None else MaskState.ABSENT
    if shape is not None and (
        len(shape) < mask.ndim or tuple(mask.shape) != tuple(shape[: mask.ndim])
    ):
        return MaskState.WRONG_RANK
    if valid is None or mask.shape != valid.shape:
        return MaskState.WRONG_RANK if valid is not None and shape is None else None
    if np.array_equal(mask, valid):
        return MaskState.CORRECT
    return MaskState.ALL_TRUE if bool(np.all(mask)) else MaskState.WRONG


class Outcome(str, Enum):
    """What one call did to the mask it received."""

    CREATED = "created"
    """It received no mask, or ignored the one it received, and handed one on."""
    KEPT = "kept"
    """It handed on a mask equal to one that it received."""
    CHANGED = "changed"
    """It handed on another mask than the ones it received."""
    USED_UP = "used_up"
    """It used the mask, the time axis is gone and nothing after it needs the mask: right."""
    LOST = "lost"
    """It received a mask and handed on none, though a later call or the loss needs it: wrong."""
    ABSENT = "absent"
    """It received no mask and handed on none."""


CallKey = tuple[tuple[str, ...], str, int]
"""Path, name and count of a call: the same call in every pass through a model."""


@dataclass(frozen=True, eq=False)
class CallFacts:
    """What one call is, whatever batch runs through it; noted once, when it is made.

    Attributes:
        name: Name of the node, as Keras gives it (`encoder`, `multiply`, `get_item`).
        class_name: Class of the layer or operation.
        path: Names of the layers around it, outermost first; empty at the top level.
        count: How many calls of this node came before it in the pass.
        is_operator: A tensor operator or `keras.ops` call, not a layer.
        is_model: A model used as a layer.
        supports_masking: What the layer says of itself.
        accepts_mask: The call can receive a mask as an argument, and so use it.
        returns_last: A recurrent layer that returns its last timestep only.
        inner_mask: A mask was made inside it, in a loop whose steps are not recorded.
    """

    name: str
    class_name: str
    path: tuple[str, ...]
    count: int = field(default=0, kw_only=True)
    is_operator: bool = field(default=False, kw_only=True)
    is_model: bool = field(default=False, kw_only=True)
    supports_masking: bool = field(default=False, kw_only=True)
    accepts_mask: bool = field(default=False, kw_only=True)
    returns_last: bool = field(default=False, kw_only=True)
    inner_mask: bool = field(default=False, kw_only=True)

    @property
    def key(self) -> CallKey:
        """Identifies the call between passes through the same model."""
        return self.path, self.name, self.count

    @property
    def depth(self) -> int:
        """0 for a call of the model itself, 1 inside one of its layers, and so on."""
        return len(self.path)

    def values(self) -> dict[str, Any]:
        """The facts by name, for a value that extends them."""
        return {entry.name: getattr(self, entry.name) for entry in fields(CallFacts)}


@dataclass(frozen=True, eq=False)
class LayerStep(CallFacts):
    """One call of a layer, an operator or the loss, in execution order: facts and its masks.

    Attributes:
        inputs: Names of the nodes whose outputs it received, main input first.
        output_shape: Shape of its (first) output, rows first.
        received: bool (rows, timesteps), the mask it received with its main input, as an argument
            or on the tensor; None means "no mask", which differs from all True.
        handed_on: The mask on its output, or None.
        received_state: `received` against the truth; None where there is no time axis.
        handed_on_state: `handed_on` against the truth; None where there is no time axis.
        outcome: What it did to the mask.
        has_time_axis: The output has a time axis.
        by_attribute: The main input tensor carried a mask.
        by_argument: The call received a mask as an argument.
        input_masks: The mask received with each tensor input, in the order of the inputs.
        attribute_mask: The mask on its main input tensor, or None.
        argument_mask: The mask passed to it as an argument for its main input, or None.
        stripped: It took the mask off an input tensor while it ran.
        makes_mask: It makes a mask from its input, whatever mask it receives.
        warned: Keras's condition for "will destroy the mask" held for this call.
        reason: One sentence: what happened here and why.
        line: Line of the source that made it, counted from 1, or None.
        index: Position in execution order, from 0.
        sources: Positions of the steps that its data inputs come from.
        truth: bool (rows, timesteps), the truth on its output's time axis, where it is known.
        stripped_by: Position of the step that took the mask off one of its inputs, or None.
        feeds_output: Its output is the model's output.
        yields_bool: Its output holds truth values: a mask in the making, not content.
    """

    inputs: tuple[str, ...]
    output_shape: tuple[int, ...]
    received: BoolArray | None
    handed_on: BoolArray | None
    received_state: MaskState | None
    handed_on_state: MaskState | None
    outcome: Outcome
    has_time_axis: bool = True
    by_attribute: bool = False
    by_argument: bool = False
    input_masks: tuple[BoolArray | None, ...] = ()
    attribute_mask: BoolArray | None = None
    argument_mask: BoolArray | None = None
    stripped: bool = False
    makes_mask: bool = False
    warned: bool = False
    reason: str = ""
    line: int | None = None
    index: int = 0
    sources: tuple[int, ...] = ()
    truth: BoolArray | None = None
    stripped_by: int | None = None
    feeds_output: bool = False
    yields_bool: bool = False


@dataclass(frozen=True)
class Versions:
    """Versions that the answer depends on."""

    inspector: str
    keras: str
    tensorflow: str


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps of one forward pass and the mask that arrives at the loss.

    Attributes:
        steps: In execution order, nested calls after the start and before the end of their outer
            call is recorded: a composite layer stands after its inner steps.
        mask_at_loss: bool (rows, timesteps) on the (first) prediction, or None.
        mask_at_loss_state: Against `target_valid`; None where the output has no time axis.
        symbolic_mask: The symbolic output of the model, made when it was built, carries a mask.
        false_warnings: Layers of which Keras warns that they destroy the mask, and they do not.
        versions: Versions of this package, Keras and TensorFlow.
    """

    steps: tuple[LayerStep, ...]
    mask_at_loss: BoolArray | None
    mask_at_loss_state: MaskState | None
    symbolic_mask: bool
    false_warnings: tuple[str, ...]
    versions: Versions

    def top_level(self) -> tuple[LayerStep, ...]:
        """The calls that the model itself makes, without what happens inside its layers."""
        return tuple(step for step in self.steps if step.depth == 0)
