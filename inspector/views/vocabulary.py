"""What each word and each member of an enumeration means, in plain language."""

from inspector.core.diagnosis.findings import Severity
from inspector.core.ledger import AverageName, Divisor
from inspector.core.trace import MaskState, Outcome

OUTCOMES: dict[Outcome, str] = {
    Outcome.CREATED: "creates the mask",
    Outcome.KEPT: "keeps the mask",
    Outcome.CHANGED: "changes the mask",
    Outcome.USED_UP: "uses the mask up",
    Outcome.LOST: "loses the mask",
    Outcome.ABSENT: "has no mask",
}

OUTCOME_MEANINGS: dict[Outcome, str] = {
    Outcome.CREATED: "It received no mask, or ignored the one it received, and handed one on.",
    Outcome.KEPT: "It handed on a mask equal to one that it received.",
    Outcome.CHANGED: "It handed on another mask than the ones it received.",
    Outcome.USED_UP: "It used the mask and the time axis is gone: ending here is right.",
    Outcome.LOST: "It received a mask and handed on none, though something after it needs one.",
    Outcome.ABSENT: "It received no mask and handed on none.",
}

DIVISORS: dict[Divisor, str] = {
    Divisor.VALID: "sum of the losses at real timesteps ÷ number of real timesteps",
    Divisor.ALL: "sum of all losses ÷ number of all timesteps, padding included",
    Divisor.ACTUAL_MASK: "sum of the losses that the (wrong) mask keeps ÷ number of kept timesteps",
    Divisor.SUM_VALID: "sum of the losses at real timesteps, not divided",
    Divisor.WEIGHTS_OVER_VALID: "weighted sum over real timesteps ÷ number of real timesteps",
    Divisor.WEIGHTS_OVER_ALL: "weighted sum of the losses ÷ number of all timesteps",
    Divisor.BATCHWISE: "masked mean of each batch, averaged by the size of the batches",
    Divisor.VALID_PLUS_PENALTY: "mean over valid, plus a penalty that padding takes part in",
    Divisor.SQUARE_BROADCAST: "ranks that do not match, broadcast because rows = timesteps",
    Divisor.PER_SEQUENCE: "one loss per sentence, averaged over the sentences",
}

AVERAGES: dict[AverageName, str] = {
    AverageName.KERAS: "Keras value",
    AverageName.VALID: "mean over valid",
    AverageName.ALL: "mean over all",
    AverageName.ROW_MEANS: "mean of row means",
}

GLOSSARY: dict[str, str] = {
    "valid": "The truth, taken from the data: True at real timesteps. Never taken from the model.",
    "padding": "Timesteps that only fill a sentence up to the length of the others: not valid.",
    "mask": "What Keras carries from layer to layer: True means keep. It can be right, wrong or "
    "missing.",
    "target_valid": "The truth on the time axis of the output. It differs from valid where targets "
    "are shifted, sliced or padded in their own way.",
    "loss at a timestep": "The loss before any averaging, one number per timestep, in the loss's "
    "own unit.",
    "weight of a timestep": "How much the number that Keras minimises moves per unit of this "
    "timestep's loss. Measured, not assumed.",
    "loss × weight": "What the timestep adds to the number that Keras minimises.",
    "mean over valid": "The masked average: sum of the losses at real timesteps ÷ number of real "
    "timesteps.",
    "mean over all": "The unmasked average: sum of all losses ÷ number of all timesteps, padding "
    "included.",
    "mean of row means": "Each sentence's own masked mean, then the mean over the sentences that "
    "have one.",
    "Keras value": "What model.evaluate reports as loss for this batch, at the stated batch size.",
    "stop": "The first call that received a mask and handed on none, or another one.",
    "leak": "Padding changes a result at real timesteps: by its content or by its amount.",
}

QUANTITIES: dict[str, str] = {
    "loss": "loss",
    "weight": "weight",
    "contribution": "loss × weight",
}

QUANTITY_MEANINGS: dict[str, str] = {
    "loss": GLOSSARY["loss at a timestep"],
    "weight": GLOSSARY["weight of a timestep"],
    "contribution": GLOSSARY["loss × weight"],
}

MASK_STATES: dict[MaskState, str] = {
    MaskState.CORRECT: "right",
    MaskState.ABSENT: "no mask",
    MaskState.ALL_TRUE: "all True: it keeps the padding",
    MaskState.WRONG: "wrong",
    MaskState.WRONG_RANK: "shape does not fit",
}

EFFECTS: dict[str, str] = {
    "content": "other content at padded timesteps",
    "alone": "each sentence alone, without its padding",
    "other_rows": "other rows in the batch",
    "other_side": "padded on the other side",
    "longer": "padded longer",
    "unpadded": "not padded at all",
}

SEVERITIES: dict[Severity, str] = {
    Severity.WRONG: "wrong",
    Severity.RISK: "risk",
    Severity.NOTE: "note",
}
