"""How large a model file may be: all limits in one place, named in every message."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class ModelFileLimits:
    """Upper bounds, each checked before the memory that it stands for is taken.

    Attributes:
        file_bytes: Size of the file.
        config_bytes: Size of the text that describes the model, unpacked.
        weight_bytes: Size of all stored arrays, unpacked.
        entries: Members of an archive; groups, arrays and names of an HDF5 file count times 1000.
        objects: Lists and objects in the description of the model.
        depth: How deep they may be nested.
        layers: Layers, cells and operations, those inside other layers included.
        calls: Calls of them; those inside a nested model count for each call of that model.
        parameters: Numbers in all weights, in states that are kept, and in metrics.
        values: Numbers in the output of one layer, for one row; an open length is a short one.
        activations: Numbers in the outputs of all layers together, for one row.
        seconds: Computing time to read the arrays, beside a second for every 20 MB of them.
    """

    file_bytes: int = 2**29
    config_bytes: int = 2**23
    weight_bytes: int = 2**30
    entries: int = 16
    objects: int = 400_000
    depth: int = 80
    layers: int = 1_000
    calls: int = 4_000
    parameters: int = 100_000_000
    values: int = 2**26
    activations: int = 2**28
    seconds: int = 3

    def how_to_raise(self, name: str, needed: int) -> str:
        """Says how the Python API allows more of what the limit `name` bounds."""
        assert name in {field.name for field in fields(self)}
        return (
            "On your own machine, and if you trust the file, raise the limit: inspector."
            f"load_model(path, limits=ModelFileLimits({name}={needed:_})), with ModelFileLimits "
            "from inspector.engine.model_files."
        )


DEFAULT_LIMITS = ModelFileLimits()
"""What one request in the worker can hold beside TensorFlow itself."""
