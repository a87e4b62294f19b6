"""What the page of deep models asks its engine; without Keras, as all that Streamlit loads."""

from dataclasses import dataclass

from inspector.core.requests import InspectRequest


@dataclass(frozen=True, eq=False)
class DeepRequest(InspectRequest):
    """Asks for the inspection of a stack of layers on a batch of ids.

    Attributes:
        layers: Number of layers, the first and the last one included.
    """

    layers: int = 12
