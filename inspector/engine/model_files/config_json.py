"""The description of a model, parsed under limits and nothing else: plain lists and objects."""

import json
from typing import Any

from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import damaged, too_many

_JSON_LEVELS = 3
"""Lists and objects in each other for each level of layers: a wrapper takes three."""


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
        value = json.loads(content.decode("utf-8"))
    except RecursionError:
        raise too_many(f"Depth of {what}", "depth", 10 * limits.depth, limits) from None
    except ValueError:
        raise damaged(f"{what} is not JSON") from None
    _check_depth_and_texts(value, what, limits)
    return value


def _check_depth_and_texts(value: Any, what: str, limits: ModelFileLimits) -> None:
    level, depth = [value], 0
    while level:
        if depth > _JSON_LEVELS * limits.depth:
            raise too_many("Depth of the description", "depth", depth, limits)
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not _is_encodable(item):
                raise damaged(f"{what} holds a text with half a character")
        level, depth = below, depth + 1


def _is_encodable(text: str) -> bool:
    """False with a surrogate in it, which JSON can write and no encoding can."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
