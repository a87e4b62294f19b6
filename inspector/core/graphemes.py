r"""Splitting text into what a reader sees as one character.

The rule is Unicode's for extended grapheme clusters (UAX 29), as the `regex` package has it in
`\X`: a letter and its combining marks, a Hindi conjunct, an emoji and its modifiers, the two
halves of a flag and the parts of a Hangul syllable stay together.
"""

import regex

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LONGEST = 64  # code points; a pile of combining marks must not become one endless token
_CLUSTER = regex.compile(r"\X")


def replace_surrogates(text: str) -> tuple[str, int]:
    """Replaces lone surrogates, which no encoding can carry, and counts them."""
    count = sum("\ud800" <= character <= "\udfff" for character in text)
    if not count:
        return text, 0
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text), count


def graphemes(text: str) -> list[str]:
    """Splits `text` into user-perceived characters, of at most 64 code points each."""
    return [
        cluster[start : start + _LONGEST]
        for cluster in _CLUSTER.findall(text)
        for start in range(0, len(cluster), _LONGEST)
    ]
