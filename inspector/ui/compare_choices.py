"""The choices of the page of strategies: which to compare, the baseline, a loss of one's own."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.compare_requests import ALL_STRATEGIES, PastedLoss
from inspector.core.comparison import Comparison
from inspector.core.requests import Encoding
from inspector.errors import CodeError
from inspector.ui import compare_text, words
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, select
from inspector.views.compare_words import short
from inspector.views.markdown import markdown


@dataclass(frozen=True)
class CompareChoices:
    """What to compare.

    Attributes:
        strategies: Values of `StrategyName`, in their own order; empty where none is chosen.
        custom: A loss of the user's own, or None.
        fault: Where to say what is wrong with that loss.
    """

    strategies: tuple[str, ...]
    custom: PastedLoss | None
    fault: DeltaGenerator


def draw_compare_choices(encoding: Encoding) -> CompareChoices:
    """Draws the choice of strategies, and folded away the loss of one's own.

    Args:
        encoding: How tokens become numbers; the example of a loss fits it.
    """
    chosen = st.pills(
        compare_text.STRATEGIES,
        ALL_STRATEGIES,
        selection_mode="multi",
        default=ALL_STRATEGIES,
        format_func=lambda name: markdown(compare_text.STRATEGY_LABELS[name]),
        key=Key.STRATEGIES,
        help=compare_text.STRATEGIES_HELP,
        bind=TO_URL,
    )
    with st.expander(compare_text.MY_LOSS, icon=":material/code:", type="compact"):
        text = st.text_area(
            compare_text.MY_LOSS_LABEL,
            "",
            key=Key.MY_LOSS,
            height=190,
            max_chars=compare_text.MY_LOSS_MOST,
            help=compare_text.MY_LOSS_HELP,
            bind=TO_URL,
        )
        if not (text or "").strip():
            st.button(
                compare_text.MY_LOSS_EXAMPLE,
                key=Key.MY_LOSS_EXAMPLE,
                on_click=_put_in_example,
                args=(encoding is Encoding.IDS,),
                icon=":material/lightbulb:",
            )
    fault = st.empty()
    custom = PastedLoss(text) if text and text.strip() else None
    return CompareChoices(
        tuple(name for name in ALL_STRATEGIES if name in (chosen or ())), custom, fault
    )


def _put_in_example(ids: bool) -> None:
    code = compare_text.MY_LOSS_IDS if ids else compare_text.MY_LOSS_VECTORS
    st.session_state[Key.MY_LOSS] = code


def say_fault(place: DeltaGenerator, error: CodeError | None) -> None:
    """Says what is wrong with the loss of the user's own; what was typed stays."""
    if error is not None:
        place.error(
            markdown(f"{compare_text.MY_LOSS}: {words.error_said(error)}"),
            icon=":material/error:",
        )


def draw_baseline(comparison: Comparison) -> str:
    """Draws the choice of the baseline and returns its key."""
    keys = [result.key for result in comparison.applicable] or [comparison.results[0].key]
    first = comparison.baseline if comparison.baseline in keys else keys[0]
    labels = {
        key: short(comparison.result(key).strategy)
        for key in (first, *(key for key in keys if key != first))
    }
    return select(compare_text.BASELINE, labels, Key.BASELINE, help=compare_text.BASELINE_HELP)
