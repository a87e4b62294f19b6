"""Being moved: see `failures`."""

from inspector.engine.failures import NO_FINDING as NO_FINDING
from inspector.engine.failures import memory_told as memory_told
