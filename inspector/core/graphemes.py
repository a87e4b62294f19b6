"""Splitting text into what a reader sees as one character."""

import re
import unicodedata
from collections.abc import Iterator

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINER = "\N{ZERO WIDTH JOINER}"
_ALONE = re.compile(
    "[\u0000-\u02ff\u0370-\u0482\u048a-\u058f\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff]*"
)
"""Characters that never join: most of Latin, Greek, Cyrillic, Kana and Han."""
_LONGEST = 64  # code points; a pile of combining marks must not become one endless token


def replace_surrogates(text: str) -> tuple[str, int]:
    """Replaces lone surrogates, which no encoding can carry, and counts them."""
    count = sum("\ud800" <= character <= "\udfff" for character in text)
    if not count:
        return text, 0
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text), count


def graphemes(text: str) -> list[str]:
    """Splits `text` into user-perceived characters.

    Keeps together: a letter and its combining marks, an emoji and its modifiers, emoji joined by
    a zero-width joiner, the two halves of a flag, and the parts of a Hangul syllable. This is
    Unicode's rule for extended grapheme clusters without its rarest cases (prepended marks).
    """
    return list(text) if _ALONE.fullmatch(text) else list(_clusters(text))


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for character in text:
        if cluster and len(cluster) < _LONGEST and _continues(cluster, character):
            cluster += character
        else:
            if cluster:
                yield cluster
            cluster = character
    if cluster:
        yield cluster


def _continues(cluster: str, character: str) -> bool:
    """Tells whether `character` belongs to the cluster before it."""
    last = cluster[-1]
    if _is_control(last) or _is_control(character):
        return False
    if _extends(character):
        return True
    if last == _JOINER:
        # Joins pictures only: in Indic scripts a joiner may stand between two syllables.
        return len(cluster) > 1 and _is_picture(cluster[0]) and _is_picture(character)
    if _is_flag_half(character):
        return len(cluster) == 1 and _is_flag_half(last)
    return _hangul_continues(_hangul_kind(last), _hangul_kind(character))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp")


def _extends(character: str) -> bool:
    code = ord(character)
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")  # marks, variation selectors
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0xE0020 <= code <= 0xE007F  # tags of regional flags
    )


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") or ord(character) >= 0x1F000


def _is_flag_half(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _hangul_kind(character: str) -> str:
    """Returns which part of a Hangul syllable it is: leading, vowel, trailing, open or closed."""
    code = ord(character)
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "leading"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "vowel"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "trailing"
    if 0xAC00 <= code <= 0xD7A3:
        return "open" if (code - 0xAC00) % 28 == 0 else "closed"
    return ""


def _hangul_continues(last: str, current: str) -> bool:
    followers = {
        "leading": ("leading", "vowel", "open", "closed"),
        "vowel": ("vowel", "trailing"),
        "open": ("vowel", "trailing"),
        "closed": ("trailing",),
        "trailing": ("trailing",),
    }
    return current in followers.get(last, ())
