"""Being moved: see `inspection.inspect`."""

from inspector.engine.inspection.inspect import inspect as inspect
