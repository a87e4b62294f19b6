"""Being moved: see `inspection.steps`."""

from inspector.engine.inspection.steps import state_at_loss as state_at_loss
