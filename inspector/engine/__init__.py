"""Everything that needs Keras: the only folder that may import it, and TensorFlow."""
