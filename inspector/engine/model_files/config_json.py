"""The description of a model, parsed under limits and nothing else: plain lists and objects."""

import json
from typing import Any

from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import damaged, too_many


def parsed(content: bytes, what: str, limits: ModelFileLimits) -> Any:
    """Returns the JSON in `content`.

    Args:
        content: UTF-8 text.
        what: Name of the text, for messages.
        limits: At most so many lists and objects.
    """
    if len(content) > limits.config_bytes:
        raise too_many(f"Size of {what}", "config_bytes", len(content), limits)
    # Brackets in texts count, too: an upper bound, known before any object is made.
    objects = content.count(b"{") + content.count(b"[")
    if objects > limits.objects:
        raise too_many(f"Lists and objects in {what}", "objects", objects, limits)
    try:
        return json.loads(content.decode("utf-8"))
    except RecursionError:
        raise too_many(f"Depth of {what}", "depth", 10 * limits.depth, limits) from None
    except ValueError:
        raise damaged(f"{what} is not JSON") from None
