"""Values to figures, tables and sentences. May import Plotly, pandas and `inspector.core`."""
