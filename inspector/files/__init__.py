"""Batches and results to and from bytes. May import pandas and `inspector.core`."""
