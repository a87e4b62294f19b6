"""Which rows each training step sees, and at which steps a look is kept."""

import numpy as np

from inspector.core.arrays import AnyArray


class RowOrder:
    """The rows of every step: the same for everybody, whatever else is drawn at random.

    All rows in their order where a step sees all of them; otherwise another order in every pass
    over the batch, drawn from a generator of its own.
    """

    def __init__(self, rows: int, batch_size: int, seed: int) -> None:
        """Prepares an order for `rows` rows, `batch_size` of them a step."""
        self.rows, self.batch_size, self.seed = rows, min(batch_size, rows), seed
        self.steps_per_pass = -(-rows // self.batch_size)

    def rows_of(self, step: int) -> AnyArray:
        """Positions of the rows of a step, from 0."""
        turn, place = divmod(step, self.steps_per_pass)
        if self.steps_per_pass == 1:
            return np.arange(self.rows)
        shuffled = np.random.default_rng([self.seed, turn]).permutation(self.rows)
        return np.sort(shuffled[place * self.batch_size : (place + 1) * self.batch_size])


def is_looked_at(step: int) -> bool:
    """True for the steps of which a snapshot is kept: many at first, fewer later."""
    if step <= 10:
        return step in (0, 1, 2, 5, 10)
    if step <= 100:
        return step % 10 == 0
    return step % (25 if step <= 500 else 100) == 0
