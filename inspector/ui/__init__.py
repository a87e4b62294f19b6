"""The pages. The only folder that may import Streamlit; it never imports Keras."""
