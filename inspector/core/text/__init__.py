"""From typed sentences to a batch: tokens, targets, and the sentences themselves."""
