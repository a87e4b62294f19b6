"""The engine in a process of its own, and the client that the app calls.

The client imports no Keras; only the child process does.
"""
