"""Comparing and training strategies: ways of treating padding."""
