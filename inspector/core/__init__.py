"""Values and arithmetic. May import the standard library and NumPy only."""
