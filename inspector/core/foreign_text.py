"""What libraries and files say, made fit to be shown: printable, and nothing of the machine."""

import re

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SOURCE_LINE = re.compile(r"""File ["'][^"']*["'], line \d+(?:, in \S+)?""")
_ADDRESS = re.compile(r"(?:(?: object)? at |_at_|\b)0x[0-9a-fA-F]{6,}\b")
# Absolute paths of two names and more. Scopes such as `model/lstm/kernel` and web addresses stay.
_PATH = re.compile(
    r"""
    file:/[^\s'"`<>)\]]*
    | (?<![\w/:.\\)\]}])(?:~|[A-Za-z]:)?(?:[/\\]+[\w.@+~=%-]+){2,}[/\\]?
    | (?<![\w/:.\\)\]}])[A-Za-z]:[/\\]+[\w.@+~=%-]+
    """,
    re.VERBOSE,
)


def without_places(text: str) -> str:
    """Returns a library's message without paths of this machine and addresses in its memory."""
    for pattern, replacement in (
        (_STYLE, ""),
        (_SOURCE_LINE, ""),
        (_ADDRESS, ""),
        (_PATH, "(a file)"),
    ):
        text = pattern.sub(replacement, text)
    return text


def printable(text: str) -> str:
    """Returns `text` with a question mark for each character that cannot be shown or sent.

    Control characters, half characters (surrogates), and what turns the direction of text around
    are among them; spaces of all kinds become plain ones.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


def one_line(text: str, most: int) -> str:
    """Returns `text` fit to be quoted in a sentence of ours: one printable line, cut at `most`."""
    # Cut first: a message may be as long as what it is about.
    line = " ".join(printable(without_places(text[: 16 * most])).split())
    return line if len(line) <= most else line[: most - 1] + "…"
