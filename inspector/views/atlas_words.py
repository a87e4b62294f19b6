"""The layer atlas in words: one for each cell, and a sentence for each row."""

from collections.abc import Callable

from inspector.core.atlas import Answer, AtlasRow, Fate

FATES = {
    Fate.MAKES: "makes",
    Fate.MAKES_NONE: "makes none",
    Fate.HANDS_ON: "hands on",
    Fate.HANDS_ON_WRONG: "wrong mask",
    Fate.USES_UP: "uses up",
    Fate.LOSES: "loses",
    Fate.RAISES: "fails",
}
FATE_MEANINGS = {
    Fate.MAKES: "It makes the mask: it marks padding in what it reads.",
    Fate.MAKES_NONE: "It could make a mask and does not, so padding counts from here on.",
    Fate.HANDS_ON: "It hands the mask on.",
    Fate.HANDS_ON_WRONG: "It hands on a mask that does not fit: some padding counts as real, or "
    "some real timesteps are hidden.",
    Fate.USES_UP: "It skips padding and returns one vector for each sentence. No timesteps are "
    "left to mask, so it is right that the mask ends here.",
    Fate.LOSES: "The mask is lost here.",
    Fate.RAISES: "It fails on a masked sequence.",
}
ANSWERS = {
    Answer.YES: "leaks",
    Answer.NO: "no",
    Answer.RANDOM: "–",
    Answer.GROWS: "–",
    Answer.MAKER: "–",
    Answer.RAISES: "–",
}
ANSWER_MEANINGS = {
    Answer.YES: "padding changes results at real timesteps",
    Answer.NO: "padding changes nothing at real timesteps",
    Answer.RANDOM: "not comparable: for another length it draws other random numbers",
    Answer.GROWS: "not comparable: what it returns grows with the padding",
    Answer.MAKER: "not asked: from that very content it makes the mask",
    Answer.RAISES: "not asked: it fails",
}
COLUMNS = {
    "fate": "the mask",
    "warning": "Keras's warning",
    "by_content": "other content in padding",
    "by_content_training": "other content, in training",
    "by_amount": "more padding",
    "by_amount_training": "more padding, in training",
}
SHORT_COLUMNS = {
    "fate": "mask",
    "warning": "warning",
    "by_content": "content",
    "by_content_training": "(train)",
    "by_amount": "amount",
    "by_amount_training": "(train) ",
}
FILTERS: dict[str, Callable[[AtlasRow], bool]] = {
    "all": lambda row: True,
    "mask lost or wrong": lambda row: row.fate in (Fate.LOSES, Fate.HANDS_ON_WRONG, Fate.RAISES),
    "lost without a warning": lambda row: row.silent,
    "false warning": lambda row: row.false_warning,
    "padding leaks": lambda row: row.leaks,
}
CAPTION = (
    "A line for each layer. *The mask*: what becomes of it. *Keras's warning*: justified, false, "
    "or missing where the mask is lost. The other columns say whether padding changes what the "
    "layer returns at real timesteps (*leaks*), when padding holds something else and when there "
    "is more of it. Orange needs a look, blue is right, grey says nothing."
)


def warning(row: AtlasRow) -> str:
    """Returns what there is to say of Keras's warning, in a word; empty where it is silent."""
    if row.warned:
        return "false" if row.false_warning else "justified"
    return "missing" if row.silent else ""


def cell(row: AtlasRow, column: str) -> str:
    """Returns the word in a cell of the atlas."""
    if column == "fate":
        return FATES[row.fate]
    return warning(row) if column == "warning" else ANSWERS[getattr(row, column)]


def meaning(row: AtlasRow, column: str) -> str:
    """Returns what the word in a cell means, as one sentence or half of one."""
    if column == "fate":
        return FATE_MEANINGS[row.fate]
    if column == "warning":
        return _WARNINGS[warning(row)]
    return ANSWER_MEANINGS[getattr(row, column)]


_WARNINGS = {
    "": "Keras says nothing, and there is nothing to say.",
    "false": "Keras warns that the mask is destroyed, and it is not.",
    "justified": "Keras warns that the layer destroys the mask, and it does.",
    "missing": "Keras does not warn of it.",
}


def sentence(row: AtlasRow) -> str:
    """Returns what the layer does to a mask and to padding."""
    if row.fate is Fate.RAISES:
        return f"{FATE_MEANINGS[row.fate]} Keras says: {row.message}"
    parts = [FATE_MEANINGS[row.fate]]
    if warning(row):
        parts.append(_WARNINGS[warning(row)])
    return " ".join([*parts, *_leaks(row)])


def _leaks(row: AtlasRow) -> list[str]:
    found = {
        "what padding holds": (row.by_content, row.by_content_training),
        "how much padding there is": (row.by_amount, row.by_amount_training),
    }
    always = [what for what, (plain, _) in found.items() if plain is Answer.YES]
    trained = [
        what
        for what, (plain, training) in found.items()
        if training is Answer.YES and plain is not Answer.YES
    ]
    said = []
    if always:
        text = _joined(always)
        said.append(f"{text[0].upper()}{text[1:]} what it returns at real timesteps.")
    if trained:
        said.append(f"In training, {_joined(trained)} it.")
    if not row.leaks and row.by_content is Answer.NO:
        said.append("Padding changes nothing that it returns at real timesteps.")
    return said


def _joined(found: list[str]) -> str:
    return f"{' and '.join(found)} {'change' if len(found) > 1 else 'changes'}"
