"""Calls of layers and operations inside a functional model, and the tensors they name."""

from dataclasses import dataclass
from typing import Any

from inspector.engine.model_files.known import RECURRENT
from inspector.engine.model_files.messages import shown
from inspector.engine.model_files.values import plain
from inspector.engine.model_files.walk import Walk, as_list, as_name, as_object, malformed

MOST_CALLS = 10_000


@dataclass
class Member:
    """A layer of a functional model, as far as calls of others refer to it.

    Attributes:
        name: As the file writes it.
        kind: Name of its class.
        first: Number of its first call, 0 or 1.
    """

    name: str
    kind: str
    first: int = 0

    @property
    def is_functional(self) -> bool:
        """True for a nested functional model."""
        return self.kind in ("Functional", "Model")

    @property
    def is_model(self) -> bool:
        """True for a nested model."""
        return self.is_functional or self.kind == "Sequential"


def is_reference(value: Any) -> bool:
    """True for `[name of a layer, number of the call, number of the output, ...]`."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and type(value[1]) is int
        and type(value[2]) is int
    )


def reference(value: list[Any], members: dict[str, Member]) -> tuple[Member, int, int]:
    """Returns the layer, call and output that a reference names."""
    name, node, tensor = value[:3]
    if name not in members:
        raise malformed(f"there is no layer `{shown(name)}` to be called on")
    if not members[name].first <= node <= MOST_CALLS or not 0 <= tensor <= MOST_CALLS:
        raise malformed(f"`{shown(name)}` has no call {node}, output {tensor}")
    return members[name], node, tensor


def call(node: Any, kind: str, members: dict[str, Member], walk: Walk) -> dict[str, Any]:
    """Returns the clean arguments of one call.

    Args:
        node: As Keras 3 writes it (an object), or as Keras 2 did (a list).
        kind: Class of what is called.
        members: The layers of the model.
        walk: The walk.
    """
    reader = _Reader(members, walk)
    if isinstance(node, list):
        clean = reader.old_call(node, kind)
    else:
        node = as_object(node, "a call")
        args = [reader.argument(item) for item in as_list(node.get("args"), "a call")]
        kwargs = as_object(node.get("kwargs"), "a call")
        named = {as_name(key, "an argument"): reader.argument(v) for key, v in kwargs.items()}
        clean = {"args": args, "kwargs": named}
    if not reader.tensors:
        # On constants alone, Keras would compute at once, as much as the file asks for.
        raise malformed("something is called on no tensor")
    return clean


class _Reader:
    """Reads the arguments of one call and counts the tensors among them."""

    def __init__(self, members: dict[str, Member], walk: Walk) -> None:
        self.members, self.walk, self.tensors = members, walk, 0

    def argument(self, value: Any) -> Any:
        """A tensor, a plain value, a slice, or a list or object of such."""
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            self.walk.enter()
            try:
                return [self.argument(item) for item in value]
            finally:
                self.walk.leave()
        return plain(value, "a call", self.walk)

    def _object(self, value: dict[str, Any]) -> Any:
        name = value.get("class_name")
        config = value.get("config")
        if name == "__keras_tensor__":
            history: Any = as_object(config, "a tensor").get("keras_history")
            if not is_reference(history):
                raise malformed("a tensor comes from nowhere")
            return self.tensor(history)
        if name == "__ellipsis__":
            return {"class_name": "__ellipsis__", "config": {}}
        if name == "__slice__":
            config = as_object(config, "a slice")
            ends = {key: self._end(config.get(key)) for key in ("start", "stop", "step")}
            return {"class_name": "__slice__", "config": ends}
        if "class_name" in value:
            return plain(value, "a call", self.walk)
        return {as_name(key, "a call"): self.argument(item) for key, item in value.items()}

    def _end(self, value: Any) -> int | None:
        if value is not None and type(value) is not int:
            raise malformed("a slice has an end that is no number")
        return value

    def tensor(self, history: list[Any]) -> dict[str, Any]:
        """The tensor that a layer's call returned."""
        member, node, output = reference(history, self.members)
        self.tensors += 1
        written = [self.walk.safe_name(member.name), node - member.first, output]
        # Shape and type are those of the tensor that is found, whatever stands here.
        config = {"shape": [], "dtype": "float32", "keras_history": written}
        return {"class_name": "__keras_tensor__", "config": config}

    def old_call(self, node: list[Any], kind: str) -> dict[str, Any]:
        """`[[name, call, output, kwargs], ...]`, one for each tensor that is passed."""
        entries = [node] if is_reference(node) else node
        tensors, kwargs = [], {}
        for entry in entries:
            if not is_reference(entry):
                raise malformed("a call of Keras 2 names no layer")
            tensors.append(self.tensor(entry))
            if len(entry) == 4:
                given = as_object(entry[3], "a call")
                kwargs.update(
                    {
                        as_name(key, "a call"): self._old_argument(item)
                        for key, item in given.items()
                    }
                )
        if len(tensors) > 1 and kind in RECURRENT:
            # Keras 2 passed the states in one list with the input; Keras 3 has an argument.
            kwargs["initial_state"] = tensors[1:]
            self.walk.note("Initial states were passed as `initial_state=`, as Keras 3 has them.")
            return {"args": tensors[:1], "kwargs": kwargs}
        return {"args": [tensors[0] if len(tensors) == 1 else tensors], "kwargs": kwargs}

    def _old_argument(self, value: Any) -> Any:
        if is_reference(value) and value[0] in self.members:
            return self.tensor(value)
        if isinstance(value, list):
            return [self._old_argument(item) for item in value]
        return self.argument(value)
