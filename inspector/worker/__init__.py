"""The engine in a process of its own, and the client that the app calls.

The client imports no Keras; only the child process does.
"""

from inspector.worker.confinement import Confinement
from inspector.worker.engine import Engine
from inspector.worker.limits import Limits
from inspector.worker.tickets import Ticket

__all__ = ["Confinement", "Engine", "Limits", "Ticket"]
