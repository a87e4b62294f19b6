"""Keras's reasons for refusing something, in our words."""

import re

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_CALLING = re.compile(r"Exception encountered when calling [^\n]*\n+")
_RECEIVED = re.compile(r"\n+Arguments received by .*", re.DOTALL)
_RANK = re.compile(
    r"Input \d+(?: with name '[^']*')? of layer [\"'](?P<layer>[^\"']+)[\"'] "
    r"is incompatible with the layer: "
    r"expected (?P<least>min_)?ndim=(?P<want>\d+), found ndim=(?P<got>\d+)\. "
    r"Full shape received: (?P<shape>\([^)]*\))"
)
_SIDE = re.compile(
    r"expected axis (?P<axis>-?\d+) of input shape to have value (?P<want>\d+), "
    r"but received input with shape (?P<shape>\([^)]*\))"
)
_OPEN = re.compile(r"fully-defined \(no `None` dimensions\)\. Received: shape=(?P<shape>\([^)]*\))")
_NOISE = (
    (re.compile(r" at 0x[0-9a-f]+"), ""),
    (re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>"), r"\1"),
    (re.compile(r", dtype=\w+, sparse=\w+, ragged=\w+, name=\w+>"), ">"),
)
_AXES = {2: "(rows, features)", 3: "(rows, timesteps, features)", 4: "(rows, height, width, ...)"}
_LONGEST = 300
_READ = 20_000  # of a message that may quote long texts


def reason(error: BaseException) -> tuple[str, str, str]:
    """Returns what is wrong, what would be right and what to do, as sentences."""
    message = _cleaned(str(error)[:_READ])
    rank = _RANK.search(message)
    if rank:
        wanted = int(rank["want"])
        shape = _AXES.get(wanted, f"{wanted} axes")
        at_least = "at least " if rank["least"] else ""
        return (
            f"`{rank['layer']}` receives shape {rank['shape']}.",
            f"It needs {at_least}{wanted} axes: {shape}.",
            _way_to_rank(int(rank["got"]), wanted),
        )
    side = _SIDE.search(message)
    if side:
        return (
            f"A layer receives shape {side['shape']}, and was made for {side['want']} "
            f"on axis {side['axis']}.",
            "",
            "Use a layer of its own for each size.",
        )
    if _OPEN.search(message):
        return (
            "A layer needs to know how many features it receives, and its input leaves that open.",
            "Only timesteps may be None.",
            "Give `Input` the shape (timesteps, features) with a number for the features.",
        )
    if "is not connected to `inputs`" in message:
        return (
            "An output of the model does not depend on its inputs.",
            "Every output is made from the inputs by layers.",
            "Pass the `Input` that the output was made from.",
        )
    if isinstance(error, MemoryError):
        return "This takes more memory than there is.", "", "Make it smaller."
    return f"Keras refuses this: {_first_sentences(message)}", "", ""


def _way_to_rank(got: int, wanted: int) -> str:
    if got == wanted - 1 == 2:
        return (
            "Give `Input` the shape (timesteps, features), or does the recurrent layer before it "
            "lack `return_sequences=True`?"
        )
    if got == 1 or wanted == 3:
        return "Give `Input` the shape (timesteps, features), without the rows."
    return "Change the shape in front of it, for example with `Reshape` or pooling."


def _cleaned(message: str) -> str:
    return _RECEIVED.sub("", _CALLING.sub("", _STYLE.sub("", message))).strip()


def _first_sentences(message: str) -> str:
    text = " ".join(message.split()) or "it gives no reason"
    for noise, kept in _NOISE:
        text = noise.sub(kept, text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return text if text.endswith((".", "...", "?")) else text + "."
