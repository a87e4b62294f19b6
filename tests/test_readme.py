"""What the README says is true: its code runs, its files and commands exist."""

import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_code_blocks_run_one_after_the_other() -> None:
    found = blocks("python")
    assert len(found) >= 5
    names: dict[str, object] = {}
    for number, code in enumerate(found, 1):
        with warnings.catch_warnings():
            # Keras says itself that the mask is destroyed; that is what the example is about.
            warnings.simplefilter("ignore")
            exec(compile(code, f"README block {number}", "exec"), names)


def test_the_two_commands_come_first() -> None:
    run, test = blocks("bash")[:2]
    assert run.strip() == "pip install -r requirements.txt && streamlit run app.py"
    assert test.strip() == (
        "pip install -r requirements.txt -r tests/requirements.txt && python -m pytest"
    )


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_linked_file_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


def test_the_limits_are_those_of_the_code() -> None:
    from inspector.core.limits import PAGE_LIMITS

    for number in (PAGE_LIMITS.rows, PAGE_LIMITS.timesteps, PAGE_LIMITS.cells):
        assert f"{number:,}" in README


def test_as_many_models_as_are_told() -> None:
    from inspector.core.presets import PRESETS

    assert "Nine are built live" in README
    assert len(PRESETS) == 9
