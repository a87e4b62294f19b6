"""pyarrow, which reads and writes Parquet files and need not be installed."""

import importlib
from typing import Any

from inspector.errors import BatchError


def pyarrow_modules(otherwise: str) -> tuple[Any, Any]:
    """Returns `pyarrow` and `pyarrow.parquet`.

    Args:
        otherwise: What can be done without them, as the end of a sentence.

    Raises:
        BatchError: They are not installed.
    """
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise BatchError(
            "Parquet files need the package `pyarrow`, which is not installed.",
            "",
            f"Run `pip install pyarrow`, or {otherwise}.",
        ) from error
