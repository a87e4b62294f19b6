"""Everything that needs Keras: the only folder that may import it, and TensorFlow."""

from inspector.engine.backend_check import require_supported_backend

# On another backend every number would be wrong, so nothing of the engine is loaded then.
require_supported_backend()
