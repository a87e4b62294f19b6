"""Being moved: see `forward.interception`."""

from inspector.engine.forward.interception import Call as Call
from inspector.engine.forward.interception import observing as observing
