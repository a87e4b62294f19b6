"""Code that mends a finding from outside the model, where code can."""

import numpy as np

from inspector.core.arrays import BoolArray
from inspector.core.batch import Batch, leaves
from inspector.core.ledger import LossLedger
from inspector.core.masks import MaskState


def weight_code(batch: Batch, ledger: LossLedger, state: MaskState | None, outputs: int) -> str:
    """Python that makes Keras report the mean over valid, or "" where sample weights cannot.

    With the weights w = m * size / sum(m) the mean over all, sum(w * l) / size, is the mean over
    valid, sum(m * l) / sum(m). A wrong mask is multiplied in by Keras and spoils that; a loss that
    reduces to one number by itself has nothing to weight; several outputs take several weights.
    """
    truth = ledger.target_valid
    if truth is None or outputs > 1 or not ledger.per_timestep:
        return ""
    if state not in (MaskState.ABSENT, MaskState.ALL_TRUE):
        return ""
    own = list(leaves(batch.sample_weight))
    if own and own[0].shape != truth.shape:
        return ""
    name = "valid" if np.array_equal(truth, batch.valid) else "target_valid"
    start = f"sample_weight * {name}" if own else f'{name}.astype("float32")'
    return (
        f"weight = {start}  # 0 at padding\n"
        f"weight *= {name}.size / {name}.sum()  # so that the mean over all is that over valid\n"
        "model.evaluate(x, y, sample_weight=weight, batch_size=len(x))"
    )


def ignored_unasked(batch: Batch, ledger: LossLedger) -> bool:
    """True if real timesteps have no influence though the user's own weights do not say so."""
    if not ledger.ignores_valid or ledger.loss_weight == 0:
        return False
    own = list(leaves(batch.sample_weight))
    if not own or ledger.weight is None or ledger.target_valid is None:
        return not own
    weights = np.asarray(own[0], float)
    weights = weights[:, None] if weights.ndim == 1 else weights
    if weights.ndim != 2:
        return False
    asked: BoolArray = np.broadcast_to(weights != 0, ledger.target_valid.shape)
    counted = np.nan_to_num(np.abs(ledger.weight)) > 0
    return bool((ledger.target_valid & ~counted & asked).any())
