"""Shared set-up: one hypothesis profile, quiet TensorFlow, and where the project lies."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import lanes

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
    """Adds `--lane` and `--seed`."""
    lanes.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the lane."""
    lanes.choose(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves files alone of which nothing runs."""
    return True if lanes.is_left_out(config, collection_path) else None


def pytest_report_header(config: pytest.Config) -> str:
    """Says how to have the same tests run again."""
    lane, seed = config.getoption("lane"), config.getoption("seed")
    return f"lane: {lane} (--lane=all runs everything), --seed={seed}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what another lane runs; long files come first, the engine's before the browser's.

    The other way round three tests of the browser failed at the start in a fresh environment, where
    nothing was loaded yet; in this order none did.
    """
    lanes.select(config, items)

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
