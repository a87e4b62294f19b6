"""What code and files have in common as models: the loss, and what they take."""

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.presets import CATEGORICAL, MAE, MSE, SPARSE
from inspector.core.requests import NO_LOSS, Encoding, TargetKind
from inspector.ui import words
from inspector.ui.batch_typed import Takes
from inspector.ui.choices import Key
from inspector.ui.controls import select
from inspector.views.markdown import markdown
from inspector.views.tokens import plain, plain_code

LOSSES = (CATEGORICAL, SPARSE, "binary_crossentropy", MAE, MSE)
OWN_TAKES = Takes(
    targets=tuple(TargetKind),
    encodings=(Encoding.ONE_HOT, Encoding.ONE_HOT_PADDING_CLASS),
    fits=True,
)


def draw_own_loss(own: str) -> str | None:
    """Draws the list of losses; None is the model's own, which the words `own` stand for."""
    chosen = select(
        "Loss",
        {"": own, **{loss: loss for loss in LOSSES}, NO_LOSS: words.NO_LOSS},
        Key.OWN_LOSS,
        words.OWN_LOSS_HELP,
    )
    return chosen or None


def draw_notes(inspection: Inspection, subject: str) -> None:
    """Draws, folded away, what was skipped, translated or assumed of the model and the batch."""
    notes = [*inspection.model_notes, *inspection.batch.notes]
    if notes:
        with st.expander(markdown(words.notes_on(len(notes), subject)), type="compact"):
            # As text: a note quotes code, and code is full of marks that Markdown would take.
            st.text(plain_code("\n".join(map(plain, notes))))
