"""One attacked process for all attacks of a session."""

import sys
from collections.abc import Iterator

import pytest

from tests.security.runner import AttackRunner


@pytest.fixture(scope="session")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttackRunner]:
    """Runs attacks; see `runner.py`."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the canary is watched by inotify, which only Linux has")
    runner = AttackRunner(tmp_path_factory.mktemp("attacks"))
    yield runner
    runner.close()
