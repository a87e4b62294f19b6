"""Functional models: which layer is called on which tensors."""

from collections.abc import Callable, Iterator
from typing import Any

from inspector.engine.model_files import nodes
from inspector.engine.model_files.messages import shown
from inspector.engine.model_files.values import plain
from inspector.engine.model_files.walk import Walk, as_list, as_name, as_object, malformed

Describe = Callable[[Any, Walk, str], dict[str, Any]]
"""Reads the description of one layer."""


def functional(
    config: dict[str, Any], where: str, walk: Walk, describe: Describe
) -> dict[str, Any]:
    """Returns a clean description of the graph of a functional model.

    Args:
        config: As the file has it.
        where: Which model it is, for messages.
        walk: The walk.
        describe: Reads the description of one layer.
    """
    entries = [as_object(e, where) for e in as_list(config["layers"], f"the layers of {where}")]
    if not entries:
        raise malformed(f"{where} has no layers")
    members = _members(entries, where)
    if walk.origin.is_old:
        ends = [config["input_layers"], config["output_layers"]]
        _find_first_numbers(members, [[e.get("inbound_nodes") for e in entries], ends])
    layers = []
    for entry in entries:
        name = as_name(entry.get("name"), f"a layer of {where}")
        calls_before = walk.calls
        clean = describe(entry, walk, f"`{shown(name)}`")
        calls_inside = walk.calls - calls_before
        calls = as_list(entry.get("inbound_nodes"), f"the calls of `{shown(name)}`")
        # Keras goes through a nested model again for each call of it.
        walk.count_calls(len(calls) * (1 + calls_inside))
        kind = clean["class_name"]
        if kind == "InputLayer" and any(calls):
            raise malformed(f"the input `{shown(name)}` is called on something")
        clean["name"] = walk.safe_name(name)
        clean["inbound_nodes"] = [
            nodes.call(node, kind, members, walk) for node in calls if kind != "InputLayer"
        ]
        layers.append(clean)
    return {
        "name": _text(config.get("name"), walk),
        "trainable": plain(config.get("trainable", True), where, walk),
        "layers": layers,
        "input_layers": _ends(config["input_layers"], members, walk),
        "output_layers": _ends(config["output_layers"], members, walk),
    }


def _text(value: Any, walk: Walk) -> str | None:
    if value is None:
        return None
    return walk.safe_name(as_name(value, "the model"))


def _members(entries: list[dict[str, Any]], where: str) -> dict[str, nodes.Member]:
    members: dict[str, nodes.Member] = {}
    for entry in entries:
        name = as_name(entry.get("name"), f"a layer of {where}")
        if name in members:
            raise malformed(f"{where} has two layers named `{shown(name)}`")
        members[name] = nodes.Member(name, str(entry.get("class_name")))
    return members


def _find_first_numbers(members: dict[str, nodes.Member], references: Any) -> None:
    """Finds out whether calls of nested models are counted from 1, as Keras 2 did it.

    It counted the call with which the nested model itself was made, where there was one.
    """
    lowest: dict[str, int] = {}
    for name, node in _numbers(references, 0):
        lowest[name] = min(node, lowest.get(name, node))
    for name, member in members.items():
        member.first = 1 if member.is_model and lowest.get(name, 0) >= 1 else 0


def _numbers(value: Any, depth: int) -> Iterator[tuple[str, int]]:
    if nodes.is_reference(value):
        yield value[0], value[1]
        value = value[3:]
    if isinstance(value, (list, dict)) and depth < 32:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item, depth + 1)


def _ends(value: Any, members: dict[str, nodes.Member], walk: Walk) -> Any:
    """Inputs or outputs: one reference, or a list or an object of such."""
    clean = _references(value, members, walk)
    # Keras 2 wrote a list even around a single one, and returned the tensor itself.
    if walk.origin.is_old and isinstance(clean, list) and len(clean) == 1:
        return clean[0]
    return clean


def _references(value: Any, members: dict[str, nodes.Member], walk: Walk) -> Any:
    if nodes.is_reference(value):
        member, node, tensor = nodes.reference(value, members)
        node -= member.first
        if walk.origin.is_old and member.is_functional:
            node += 1  # Keras 3 counts these from 1, here and only here.
        return [walk.safe_name(member.name), node, tensor]
    walk.enter()
    try:
        if isinstance(value, dict):
            return {
                as_name(key, "an end of the model"): _references(item, members, walk)
                for key, item in value.items()
            }
        return [_references(item, members, walk) for item in as_list(value, "an end of the model")]
    finally:
        walk.leave()
