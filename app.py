"""The app: `streamlit run app.py`. What it shows is in `inspector/ui`."""

from inspector.ui.router import run

run()
