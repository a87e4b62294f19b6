"""The pages: scripts that Streamlit runs. Nothing imports them."""
