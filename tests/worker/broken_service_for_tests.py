"""A service that cannot be imported."""

raise ImportError("no TensorFlow for this platform")
