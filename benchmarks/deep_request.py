"""What the page of deep models asks its engine; without Keras, as all that Streamlit loads."""

from dataclasses import dataclass

from inspector.core.batch import Batch


@dataclass(frozen=True, eq=False)
class DeepRequest:
    """Asks for the inspection of a stack of layers on a batch of ids.

    Attributes:
        batch: The rows.
        layers: Number of layers, the first and the last one included.
    """

    batch: Batch
    layers: int
