"""Being moved: see `failures`."""

from inspector.core.truth import looks_one_hot as looks_one_hot
from inspector.engine.failures import message_of as message_of
