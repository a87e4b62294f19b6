"""Sample weights and class weights, with and without a mask."""

import keras
import numpy as np

from tests.engine.maskcases.losses import KERAS, no_mask, tagger, unmasked
from tests.engine.maskcases.registry import Parts, case, classes, pads, targets


def random_weights(shape: tuple[int, ...]) -> np.ndarray:
    """Weights between 0.5 and 2."""
    return np.random.default_rng(9).uniform(0.5, 2.0, shape).astype("float32")


@case(
    "weights-per-step",
    KERAS + "3554",
    "Weights and mask: divided by the number of real steps, not by the sum of the weights.",
    denominator="weights_over_valid",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger()
    return {**made, "sample_weight": random_weights(made["padding"].shape)}


@case(
    "weights-per-row-column",
    KERAS + "3554",
    "Weights (rows, 1) with a mask.",
    denominator="weights_over_valid",
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(), "sample_weight": random_weights((4, 1))}


@case(
    "weights-per-step-no-mask",
    KERAS + "361",
    "Weights without a mask: divided by all timesteps; padding has weight too.",
    **no_mask(denominator="weights_over_all"),
)
def _() -> Parts:
    made = unmasked()
    return {**made, "sample_weight": random_weights(made["padding"].shape)}


@case(
    "weights-zero-at-padding-no-mask",
    KERAS + "361",
    "The usual cure: weight 0 at padding. Padding does not count, but the sum is "
    "divided by all timesteps.",
    **no_mask(denominator="weights_over_all", counted_padding=False, leaks_loss=False),
)
def _() -> Parts:
    made = unmasked()
    return {**made, "sample_weight": (~made["padding"]).astype("float32")}


@case(
    "weights-zero-at-padding-weighted-mean",
    KERAS + "15323",
    "The same with mean_with_sample_weight: divided by the sum of the weights, the "
    "number of real steps.",
    **no_mask(denominator="valid", counted_padding=False, leaks_loss=False),
)
def _() -> Parts:
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    made = unmasked(loss=loss)
    return {
        **made,
        "sample_weight": (~made["padding"]).astype("float32"),
        "coincide": ("weights_over_valid",),
    }


@case(
    "weights-weighted-mean",
    KERAS + "15323",
    "mean_with_sample_weight, mask and weights: sum(w*l*m) / sum(w*m), no formula of the list.",
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(loss=keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
    return {**made, "sample_weight": random_weights(made["padding"].shape)}


@case(
    "weights-zero-at-padding-with-mask",
    KERAS + "3554",
    "Control: weight 0 at padding on top of a right mask changes nothing.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger()
    return {
        **made,
        "sample_weight": (~made["padding"]).astype("float32"),
        "coincide": ("weights_over_valid",),
    }


@case(
    "weights-hide-real-steps",
    KERAS + "3554",
    "Weights made from shorter lengths: real steps have weight 0.",
    denominator="weights_over_valid",
    real_ignored=True,
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(), "sample_weight": (~pads((4, 4, 1, 2))).astype("float32")}


@case(
    "weights-per-row-square",
    KERAS + "1382",
    "Weights (rows,) with rows = timesteps: they are taken for weights of timesteps.",
    denominator="square_broadcast",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(padding=pads((6, 4, 2, 3, 5, 6)))
    weight = random_weights((6,))

    def square(y: np.ndarray, pred: np.ndarray, mask: np.ndarray) -> float:
        loss = np.mean((y - pred) ** 2, -1)
        return float((loss * mask * weight[None, :]).sum() / mask.sum())

    return {**made, "sample_weight": weight, "square": square}


@case(
    "weights-per-row-square-no-mask",
    KERAS + "1382",
    "The same without a mask.",
    **no_mask(denominator="square_broadcast"),
)
def _() -> Parts:
    made = unmasked()
    x = np.tile(made["x"], (2, 1, 1))[:6]
    padding = np.tile(made["padding"], (2, 1))[:6]
    weight = random_weights((6,))

    def square(y: np.ndarray, pred: np.ndarray, mask: np.ndarray) -> float:
        return float(np.mean(np.mean((y - pred) ** 2, -1) * weight[None, :]))

    return {
        **made,
        "x": x,
        "padding": padding,
        "y": targets(padding),
        "sample_weight": weight,
        "square": square,
    }


@case(
    "weights-in-batches",
    KERAS + "34158",
    "Weights, mask and uneven batches: each batch is divided by its own real steps."
    " No formula of the list.",
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(padding=pads((6, 6, 1, 2)))
    return {**made, "sample_weight": random_weights(made["padding"].shape), "batch_size": 2}


@case(
    "weights-sum",
    KERAS + "3554",
    "reduction='sum' with weights of 0 at padding, no mask.",
    **no_mask(denominator="sum_valid", counted_padding=False, leaks_loss=False),
)
def _() -> Parts:
    made = unmasked(loss=keras.losses.MeanSquaredError(reduction="sum"))
    return {**made, "sample_weight": (~made["padding"]).astype("float32")}


@case(
    "class-weight-classifier",
    KERAS + "3653",
    "Control: class weights of a sentence classifier.",
    stops_at="lstm",
    stop_cause="return_sequences_false",
    mask_at_loss="absent",
    symbolic_mask=False,
    counted_padding=None,
    real_ignored=None,
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    from tests.engine.maskcases.registry import finish, head, lstm, masking, vec_in, vectors

    x, p = vectors()
    i = vec_in()
    model = finish(
        i,
        head(lstm(4, False)(masking()(i)), 3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return dict(
        model=model,
        x=x,
        y=np.array([0, 2, 1, 2]),
        padding=p,
        inject="masking",
        variable_length=True,
        class_weight={0: 1.0, 1: 3.0, 2: 0.5},
        loss_kind="logits",
        y_kind="class",
        ambiguous=("loss.divisor",),
    )


@case(
    "class-weight-square",
    KERAS + "3653",
    "class_weight with targets (rows, timesteps): weights are made from the rows' first axis only.",
    raises="fit",
    raises_at="loss",
)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made = tagger(3, loss)
    y = np.repeat(classes(made["padding"])[..., None], 1, -1)
    return {
        **made,
        "y": y,
        "y_kind": "class",
        "loss_kind": "logits",
        "run": "fit",
        "class_weight": {0: 1.0, 1: 3.0, 2: 0.5},
    }


@case(
    "class-weight-onehot-targets",
    KERAS + "3653",
    "class_weight with targets (rows, timesteps, classes).",
    raises="fit",
    raises_at="loss",
)
def _() -> Parts:
    made = tagger(3, "categorical_crossentropy", activation="softmax")
    y = np.eye(3, dtype="float32")[classes(made["padding"])]
    return {
        **made,
        "y": y,
        "y_kind": "onehot",
        "loss_kind": "cce",
        "run": "fit",
        "class_weight": {0: 1.0, 1: 3.0, 2: 0.5},
    }
