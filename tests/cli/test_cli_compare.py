"""`mask-inspector compare`, in this process where it can be."""

import json
from pathlib import Path

import pytest

import inspector
from inspector import cli
from inspector.core.comparison import Comparison
from inspector.core.strategies import STRATEGIES


def test_it_writes_a_table_a_report_or_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "comparison.html"
    asked = ["--strategy", "propagated", "--strategy", "loss_from_targets", "-o", str(report)]
    assert cli.main(["compare", "preset:question", *asked]) == cli.OK
    shown = capsys.readouterr()
    assert "No mask" not in shown.out and "“as the model is” reports" in shown.out
    assert "Measuring the losses" in shown.err
    again = inspector.load_result(report)
    assert isinstance(again, Comparison) and len(again.results) == 2
    assert cli.main(["compare", "preset:question", *asked[:2], "--json", "-q"]) == cli.OK
    answer = json.loads(capsys.readouterr().out)
    assert answer["strategies"][0]["keras_value"] == again.results[0].keras_value


def test_the_help_lists_the_strategies(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["compare", "--help"])
    shown = capsys.readouterr().out
    assert all(strategy.key in shown for strategy in STRATEGIES.values())
    assert "--no-leaks" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--strategy", "nonsense"], "no strategy 'nonsense'"),
        (["-o", "no/such/folder/x.html"], "no folder"),
    ],
)
def test_bad_input_ends_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", "preset:answer", *arguments]) == cli.BAD_INPUT
    assert said in capsys.readouterr().err
