"""Shared set-up: one hypothesis profile, quiet TensorFlow, and where the project lies."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).resolve().parent
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

settings.register_profile(
    "project",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")


LONG_FIRST = ("engine", "browser", "ui", "worker")
"""Folders whose files take long; one of those at the end would leave a core without work."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--lane`: the fast tests, or all of them."""
    parser.addoption("--lane", choices=("fast", "all"), default="fast")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves slow tests to `--lane=all`; runs long files first, the engine's before the browser's.

    The other way round three tests of the browser failed at the start in a fresh environment, where
    nothing was loaded yet; in this order none did.
    """
    if config.getoption("--lane") == "fast":
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(TESTS).parts[0]
        return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Takes all that is imported by now out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds `app.py`."""
    return Path(__file__).resolve().parents[1]
