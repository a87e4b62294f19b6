"""One question about a model and a batch, and the whole answer."""
