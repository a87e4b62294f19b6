"""One forward pass: what runs, which masks it carries, and what the loss is made of."""
