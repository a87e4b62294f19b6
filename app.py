"""The app: `streamlit run app.py`. What it shows is in `inspector/ui`."""

import streamlit as st

if __name__ == "__main__":
    # Streamlit runs this file for every run of a page,
    from inspector.ui.router import run

    run()
else:
    # and imports it once for the server, which it finds by this assignment.
    from inspector.ui.server import MIDDLEWARE, opened

    app = st.App(__file__, middleware=MIDDLEWARE, lifespan=opened)
