"""See where a Keras mask stops, why, and what it costs.

Importing this package imports neither Keras nor TensorFlow: each public name is loaded when it is
first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from inspector.core.batch import Batch as Batch
    from inspector.core.comparison import Comparison as Comparison
    from inspector.core.inspection import Inspection as Inspection
    from inspector.core.requests import CodeLimits as CodeLimits
    from inspector.core.strategies import StrategyName as StrategyName
    from inspector.core.text.sentences import batch_from_sentences as batch_from_sentences
    from inspector.engine.atlas.measuring import measured_atlas as measured_atlas
    from inspector.engine.code.read import CodeModel as CodeModel
    from inspector.engine.code.read import model_from_code as model_from_code
    from inspector.engine.inspection.callback import MaskInspector as MaskInspector
    from inspector.engine.inspection.inspect import inspect as inspect
    from inspector.engine.model_files.loading import load_model as load_model
    from inspector.engine.provenance import model_digests as model_digests
    from inspector.engine.strategies.compare import compare as compare
    from inspector.engine.strategies.train import TrainingSession as TrainingSession
    from inspector.engine.strategies.train import TrainSettings as TrainSettings
    from inspector.engine.strategies.train import train_strategies as train_strategies
    from inspector.errors import BatchError as BatchError
    from inspector.errors import CodeError as CodeError
    from inspector.errors import InspectorError as InspectorError
    from inspector.errors import LimitError as LimitError
    from inspector.errors import MaskWarning as MaskWarning
    from inspector.errors import MissingNamesError as MissingNamesError
    from inspector.errors import ModelError as ModelError
    from inspector.errors import ModelFileError as ModelFileError
    from inspector.errors import WorkerError as WorkerError
    from inspector.files.choices import ColumnChoices as ColumnChoices
    from inspector.files.choices import FileChoices as FileChoices
    from inspector.files.read import read_batch as read_batch
    from inspector.files.results import load_result as load_result
    from inspector.files.write import write_batch as write_batch

_HOMES = {
    "inspect": "inspector.engine.inspection.inspect",
    "compare": "inspector.engine.strategies.compare",
    "train_strategies": "inspector.engine.strategies.train",
    "TrainingSession": "inspector.engine.strategies.train",
    "TrainSettings": "inspector.engine.strategies.train",
    "Comparison": "inspector.core.comparison",
    "StrategyName": "inspector.core.strategies",
    "CodeLimits": "inspector.core.requests",
    "CodeModel": "inspector.engine.code.read",
    "model_from_code": "inspector.engine.code.read",
    "load_model": "inspector.engine.model_files.loading",
    "model_digests": "inspector.engine.provenance",
    "measured_atlas": "inspector.engine.atlas.measuring",
    "MaskInspector": "inspector.engine.inspection.callback",
    "MaskWarning": "inspector.errors",
    "Batch": "inspector.core.batch",
    "batch_from_sentences": "inspector.core.text.sentences",
    "ColumnChoices": "inspector.files.choices",
    "FileChoices": "inspector.files.choices",
    "read_batch": "inspector.files.read",
    "write_batch": "inspector.files.write",
    "load_result": "inspector.files.results",
    "Inspection": "inspector.core.inspection",
    "InspectorError": "inspector.errors",
    "BatchError": "inspector.errors",
    "CodeError": "inspector.errors",
    "LimitError": "inspector.errors",
    "MissingNamesError": "inspector.errors",
    "ModelError": "inspector.errors",
    "ModelFileError": "inspector.errors",
    "WorkerError": "inspector.errors",
}

__all__ = [
    "Batch",
    "BatchError",
    "CodeError",
    "CodeLimits",
    "CodeModel",
    "Comparison",
    "ColumnChoices",
    "FileChoices",
    "Inspection",
    "InspectorError",
    "LimitError",
    "MaskInspector",
    "MaskWarning",
    "MissingNamesError",
    "ModelError",
    "ModelFileError",
    "StrategyName",
    "TrainSettings",
    "TrainingSession",
    "WorkerError",
    "__version__",
    "batch_from_sentences",
    "compare",
    "inspect",
    "model_from_code",
    "load_model",
    "load_result",
    "measured_atlas",
    "model_digests",
    "read_batch",
    "write_batch",
]


def __getattr__(name: str) -> Any:
    """Loads a public name from its module on first use."""
    if name == "testing":
        return importlib.import_module("inspector.testing")
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Lists the public names, loaded or not."""
    return sorted(__all__)
