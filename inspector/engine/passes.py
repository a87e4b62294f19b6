"""Being moved: see `forward.edits`."""

from inspector.engine.forward.edits import with_noise as with_noise
