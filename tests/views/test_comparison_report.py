"""The report of a comparison: one file, safe, read back as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.core.batch import Batch
from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.digest import ModelDigests
from inspector.core.strategies import STRATEGIES, StrategyName, custom_strategy
from inspector.core.trace import MaskState, Versions
from inspector.errors import InspectorError
from inspector.files.results import load_inspection

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(name="comparison")
def small_comparison() -> Comparison:
    valid = np.array([[False, True], [True, True]])
    loss = np.array([[1.0, 2.0], [3.0, np.nan]])
    shown = StrategyResult(
        STRATEGIES[StrategyName.PROPAGATED],
        True,
        mask_at_loss=MaskState.ABSENT,
        keras_value=1.5,
        loss=loss,
        weight=np.full((2, 2), 0.25),
        by_batch_size=((1, 1.5), (2, None)),
    )
    other = replace(shown, strategy=custom_strategy(HOSTILE), keras_value=None)
    refused = StrategyResult(STRATEGIES[StrategyName.ALONE], False, reason="It does not run.")
    return Comparison(
        Batch(np.zeros((2, 2)), None, valid),
        (shown, other, refused),
        None,
        "propagated",
        2,
        "mae",
        valid,
        0.0,
        "They differ.",
        HOSTILE,
        Versions("1", "2", "3"),
        ("A note.",),
        ModelDigests("abc123", "def456"),
    )


def test_it_holds_everything_and_gives_it_back(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "comparison.html"
    page = comparison.to_html(path, date="2026-01-31")
    again = inspector.load_result(path)
    assert isinstance(again, Comparison)
    assert again.to_html(date="2026-01-31") == page
    np.testing.assert_array_equal(again.results[0].loss, comparison.results[0].loss)
    for said in (
        "They differ.",
        "It does not run.",
        "A note.",
        "2026-01-31",
        "abc123",
        "def456",
        "batch (SHA-256)",
    ):
        assert said in page


def test_names_of_others_stay_text_and_nothing_is_fetched(comparison: Comparison) -> None:
    page = comparison.to_html(date="2026-01-31")
    assert "<script>alert(1)" not in page
    assert "default-src 'none'" in page and 'src="http' not in page


def test_a_comparison_is_not_taken_for_an_inspection(
    comparison: Comparison, tmp_path: Path
) -> None:
    comparison.to_html(tmp_path / "report.html")
    with pytest.raises(InspectorError, match="holds a comparison"):
        load_inspection(tmp_path / "report.html")
