"""The layer diagram, as Mermaid text: which calls follow each other, and where the mask goes.

Names of layers and classes are hostile: everything but letters, digits and a few harmless marks is
written as a numeric character code, and nodes are known by numbers, never by name.
"""

from inspector.core.inspection import Inspection
from inspector.core.trace import LayerStep, Outcome
from inspector.views import palette, phrases
from inspector.views.tokens import clip, plain

_MOST_NODES = 160
_HARMLESS = frozenset(" _-.,:%()")

_MARKS = {
    Outcome.CREATED: "✚",
    Outcome.KEPT: "✓",
    Outcome.CHANGED: "≠",
    Outcome.USED_UP: "▽",
    Outcome.LOST: "▼",
    Outcome.ABSENT: "·",
}

# Strokes only, so that fill and letters follow the theme of the page.
_STYLES = {
    Outcome.CREATED: f"stroke:{palette.KEPT},stroke-width:3px",
    Outcome.KEPT: f"stroke:{palette.KEPT},stroke-width:2px",
    Outcome.CHANGED: f"stroke:{palette.MASKED},stroke-width:3px,stroke-dasharray:6 3",
    Outcome.USED_UP: f"stroke:{palette.KEPT},stroke-width:2px,stroke-dasharray:2 3",
    Outcome.LOST: f"stroke:{palette.MASKED},stroke-width:4px",
    Outcome.ABSENT: f"stroke:{palette.NO_MASK},stroke-width:1.5px",
}


def mermaid(inspection: Inspection) -> str:
    """Draws a box for each call of the model, from the input to the loss.

    Marks: a thick arrow carries a mask, a dotted one carries none. Each box says in words what
    the call did, with a sign (✚ creates, ✓ keeps, ≠ changes, ▽ uses up, ▼ loses, · has none); the
    colour of its edge repeats it: blue where there is a mask, orange where it is lost or changed,
    grey where there is none. Rounded boxes are the input and the loss. A nested model is one box
    that says how many calls are inside. Of more than 160 calls the middle is left out, and a box
    says so.
    """
    steps = inspection.trace.top_level()
    lines = ["flowchart TD", '  start(["input"])']
    where: dict[str, str] = {}
    last = "start"
    for position, step in enumerate(steps):
        last = f"n{position}" if _is_shown(position, len(steps)) else "gap"
        if last != "gap":
            lines.append(f'  {last}["{_words(step, inspection)}"]:::{step.outcome.value}')
        elif "gap" not in where.values():
            lines.append(f'  gap["{_code(f"{len(steps) - _MOST_NODES} more calls")}"]')
        lines += [edge for edge in _edges(step, last, where) if edge not in lines]
        where[step.name] = last
    end = _end(inspection)
    lines.append(f'  finish(["loss<br/>{_code(end)}"])')
    lines.append(f"  {last} {_arrow(inspection.trace.mask_at_loss is not None)} finish")
    used = {step.outcome for step in steps}
    lines += [f"  classDef {o.value} {style}" for o, style in _STYLES.items() if o in used]
    return "\n".join(lines)


def diagram_alt(inspection: Inspection) -> str:
    """Returns the path of the mask in words, for readers who do not see the diagram."""
    steps = inspection.trace.top_level()
    said = [f"{plain(step.name)} {phrases.OUTCOMES[step.outcome]}" for step in steps[:12]]
    more = f", and {len(steps) - 12} more calls" if len(steps) > 12 else ""
    end = _end(inspection)
    return f"Layer diagram: {', '.join(said)}{more}. {end}"


def _end(inspection: Inspection) -> str:
    """Returns what reaches the loss, in words that stay when only the tokens change.

    The browser draws the whole diagram anew when a letter of it changes.
    """
    return phrases.at_loss(inspection.trace, inspection.losses, shares=False)


def _is_shown(position: int, steps: int) -> bool:
    half = _MOST_NODES // 2
    return steps <= _MOST_NODES or position < half or position >= steps - half


def _words(step: LayerStep, inspection: Inspection) -> str:
    """Returns what stands in a box: name, class, what happened."""
    inside = sum(step.name in other.path for other in inspection.trace.steps)
    calls = f", {inside} calls inside" if inside else ""
    done = f"{_MARKS[step.outcome]} {phrases.OUTCOMES[step.outcome]}"
    name, kind = clip(plain(step.name), 40), clip(plain(step.class_name), 40)
    kind = phrases.with_line(kind, step.line)
    return f"{_code(name)}<br/>{_code(kind + calls)}<br/>{_code(done)}"


def _edges(step: LayerStep, node: str, where: dict[str, str]) -> list[str]:
    """Returns an arrow from each input of a call; one that arrives twice is drawn once."""
    sources: dict[str, bool] = {}
    for at, name in enumerate(step.inputs or ("",)):
        source = where.get(name, "start")
        mask = step.input_masks[at] if at < len(step.input_masks) else None
        if at == 0 and mask is None:
            mask = step.received
        sources[source] = sources.get(source, False) or mask is not None
    return [f"  {s} {_arrow(masked)} {node}" for s, masked in sources.items() if s != node]


def _arrow(masked: bool) -> str:
    return "==>" if masked else "-.->"


def _code(text: str) -> str:
    """Returns `text` with every mark that Mermaid or HTML might read as a character code."""
    return "".join(
        mark if (mark.isalnum() and mark.isascii()) or mark in _HARMLESS else f"#{ord(mark)};"
        # Two percent signs begin a comment, even in quotes. Outside ASCII everything is a code,
        # but the one of a no-break space is not decoded everywhere.
        for mark in text.replace("\N{NO-BREAK SPACE}", " ").replace("%%", "% %")
    )
