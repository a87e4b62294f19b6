"""What the recorder notes of one call while it happens: tensors and facts, no judgement."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class CallRecord:
    """One call, in the engine's own terms. Tensors may be symbolic (of a graph) or eager.

    Attributes:
        name: Name of the node.
        class_name: Class of the layer or operation.
        path: Names of the layers around it.
        call: How many calls of this node came before.
        inputs: Data tensors, main input first.
        first_count: How many of them belong to the first argument.
        attribute_masks: Mask on each input tensor before the call.
        argument_masks: Mask passed as an argument for each input, or None.
        stripped: Positions of inputs whose mask was gone after the call.
        outputs: Output tensors.
        output_mask: Mask on the first output.
        is_operator: An operation that is not a layer.
        is_model: A nested model.
        supports_masking: What the layer says.
        accepts_mask: `call` has a mask parameter.
        return_sequences: The layer's attribute of this name, or None.
        alone_mask: What `compute_mask` returns for the inputs and no mask, where it was asked.
        inner_mask: A mask was made inside, where calls cannot be recorded (loops).
        synthetic: Not a call: raw TensorFlow operations between two calls.
    """

    name: str
    class_name: str
    path: tuple[str, ...]
    call: int
    inputs: list[Any]
    first_count: int
    attribute_masks: list[Any]
    argument_masks: list[Any]
    is_operator: bool = False
    is_model: bool = False
    supports_masking: bool = False
    accepts_mask: bool = False
    return_sequences: bool | None = None
    outputs: list[Any] = field(default_factory=list)
    output_mask: Any = None
    stripped: list[int] = field(default_factory=list)
    alone_mask: Any = None
    inner_mask: bool = False
    synthetic: bool = False

    @property
    def key(self) -> tuple[tuple[str, ...], str, int]:
        """Identifies the call between passes through the same model."""
        return self.path, self.name, self.call
