"""Where the mask ends or turns on the way to the loss, from what each call read and handed on."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from tests.engine.random_models.recording import Call
from tests.engine.random_models.subject import UNKNOWN, Subject


@dataclass
class Stops:
    """Nodes at which the mask may be said to stop.

    Attributes:
        judged: The definition says which.
        none: No stop may be named.
        layers: Names that are right.
        causes: Causes that are right.
        unseen: Operators of a subclassed model end it: they have no name that one can know.
    """

    judged: bool = False
    none: bool = False
    layers: set[str] = field(default_factory=set)
    causes: set[str] = field(default_factory=set)
    unseen: bool = False


def stops_of(subject: Subject, calls: list[Call], prediction: Any, state: Any) -> Stops:
    """The nodes at which the mask stops; `state` is that of the mask at the loss."""
    if state == "correct":
        return Stops(judged=True, none=True)
    path = _path(calls, prediction)
    if path is None or (subject.subclassed and _has_gaps(calls)):
        return Stops(unseen=True)
    data = [call for call in path if call.value.dtype.kind != "b"]
    if not any(call.mask is not None for call in data):
        inside = [call for call in data if isinstance(call.operation, keras.Model)]
        if inside:
            return Stops()
        return Stops(judged=True, causes={"no_mask_created"})
    if state != "absent":
        labelled = [call for call in data if call.name in subject.causes and call.mask is not None]
        if len(labelled) == 1:
            name = labelled[0].name
            return Stops(True, layers={name}, causes=set(subject.causes[name]))
        return Stops()
    if any(call.name in subject.causes for call in data):
        return Stops()  # A bad mask that then ends as well: which to name first is open.
    if any(_turned(subject, call) for call in data):
        return Stops()
    found = Stops(judged=True)
    for call in data:
        stripper = _stripper(calls, call)
        beside = bool(call.on_inputs) and call.on_inputs[0] is None and bool(call.received)
        attends = "Attention" in type(call.operation).__name__
        if call.mask is None and beside and attends and stripper is None:
            return Stops()  # It used the mask of another input: the blame is a matter of words.
        if call.mask is None and (call.received or stripper is not None):
            found.layers.add(call.name)
            if stripper is not None:
                found.layers.add(stripper)
            found.causes |= causes_of(call, stripper)
    timed = subject.outputs[0].valid is not None
    ended = all(subject.time_map.get(name, UNKNOWN) is None for name in found.layers)
    # An encoder used its mask up, and the decoder makes none: which to name is open.
    return Stops() if timed and found.layers and ended else found


def _turned(subject: Subject, call: Call) -> bool:
    """Whether a call hands on a mask that is not the truth on its time axis."""
    truth = subject.time_map.get(call.name, UNKNOWN)
    known = isinstance(truth, np.ndarray)
    return known and call.mask is not None and not np.array_equal(call.mask, truth)


def _path(calls: list[Call], prediction: Any) -> list[Call] | None:
    """The calls that the prediction comes from, in order; None where one cannot be seen."""
    last = _maker(calls, prediction, len(calls))
    if last is None:
        return None
    seen: set[int] = set()
    queue = [last]
    while queue:
        number = queue.pop()
        if number not in seen:
            seen.add(number)
            made = [_maker(calls, t, number) for t in calls[number].read]
            queue += [maker for maker in made if maker is not None]
    return [calls[number] for number in sorted(seen)]


def _maker(calls: list[Call], tensor: Any, before: int) -> int | None:
    """The last call before one that handed on this tensor; some hand on what they read."""
    numbers = [number for number in range(before) if calls[number].made is tensor]
    return numbers[-1] if numbers else None


def _has_gaps(calls: list[Call]) -> bool:
    """Whether a call reads what no call made: only the first may, of the input."""
    made = {id(call.made) for call in calls}
    return any(id(t) not in made for call in calls[1:] for t in call.read)


def _stripper(calls: list[Call], call: Call) -> str | None:
    """The layer that took the mask off a tensor which this call reads."""
    for tensor in call.read:
        for earlier in calls:
            if earlier is call:
                break
            if any(earlier.read[i] is tensor for i in earlier.stripped):
                return earlier.name
    return None


def causes_of(call: Call, stripper: str | None) -> set[str]:
    """The causes that fit a call which received a mask, or should have, and hands on none."""
    operation = call.operation
    found = {"mask_stripped_in_place"} if stripper is not None else set()
    if not isinstance(operation, keras.layers.Layer):
        return found | {"op_drops_mask"}
    if isinstance(operation, keras.Model):
        return found | {
            "layer_does_not_support_masking",
            "lost_inside_layer",
            "op_drops_mask",
            "compute_mask_returns_none",
        }
    inner = getattr(operation, "forward_layer", operation)
    if getattr(inner, "return_sequences", None) is False:
        return found | {"return_sequences_false"}
    if not operation.supports_masking:
        return found | {"layer_does_not_support_masking"}
    if len(call.read) > 1 and any(mask is None for mask in call.on_inputs):
        return found | {"merge_partial", "compute_mask_returns_none"}
    return found | {"compute_mask_returns_none"}
