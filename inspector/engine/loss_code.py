"""Being moved: see `forward.losses`."""

from inspector.engine.forward.losses import entries_of as entries
from inspector.engine.forward.losses import given_loss as given_loss

__all__ = ["entries", "given_loss"]
