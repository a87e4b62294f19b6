"""The echo page with two charts that show next to nothing: what any page of charts costs."""

import plotly.graph_objects as go
import streamlit as st

text = st.text_area("Sentences", "##abb\n#babb", height=200)
st.markdown(f"Echo: {text}")
hidden = {"visible": False}
for number in range(2):
    cells = [[float(ord(letter) + number) for letter in text[:6]]]
    chart = go.Figure(
        data=[{"type": "heatmap", "z": cells, "showscale": False}],
        layout={"height": 200, "xaxis": hidden, "yaxis": hidden, "datarevision": 1},
        _validate=False,
    )
    chart.layout.template = None
    st.plotly_chart(chart, key=f"chart_{number}", theme=None)
