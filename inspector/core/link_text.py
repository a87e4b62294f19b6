"""Text in a link: packed small, and read back without trusting it."""

import base64
import binascii
import zlib

MOST_PACKED = 6_000
MOST_CHARACTERS = 200_000


def packed_text(text: str) -> str | None:
    """Returns `text` in letters, digits, `-` and `_`; None where it is too long for a link."""
    data = text.encode("utf-8", "replace")  # Half a character cannot stand on a page.
    if len(data) > 4 * MOST_CHARACTERS:
        return None
    packed = base64.urlsafe_b64encode(zlib.compress(data, 9)).decode("ascii").rstrip("=")
    return packed if len(packed) <= MOST_PACKED else None


def unpacked_text(packed: str) -> str | None:
    """Returns the text that `packed_text` was given; None where it is damaged or huge."""
    if len(packed) > MOST_PACKED:
        return None
    try:
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        # What is unpacked may be far larger than what came: no more than this is unpacked.
        reader = zlib.decompressobj()
        content = reader.decompress(data, 4 * MOST_CHARACTERS)
        if not reader.eof:
            return None
        text = content.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        return None
    return text if len(text) <= MOST_CHARACTERS else None
