"""The Inspect page's results for a stack of as many layers as the link says."""

from functools import partial

import streamlit as st

from benchmarks.deep_request import DeepRequest
from inspector.core.requests import Encoding, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.ui.first_look import first_look
from inspector.ui.sections import draw_inspection
from inspector.ui.surroundings import surroundings
from inspector.worker import Engine


@st.cache_resource
def engine() -> Engine:
    """One engine for all sessions, as in the app."""
    return Engine(service="benchmarks.deep:answer")


text = st.text_area("Sentences", "##abb\n#babb", height=200)
batch = batch_from_choices(SentenceChoices(text, encoding=Encoding.IDS))
request = DeepRequest(batch, layers=int(st.query_params.get("layers", "12")))
quick = None if engine().knows(request) else first_look(request)
ask = partial(engine().ask, session="benchmark")
complete = None if quick is None else partial(ask, request)
draw_inspection(ask(quick or request), surroundings(), complete)
