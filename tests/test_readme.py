"""What the README says is true: its code runs, its files and commands exist."""

import re
import shlex
import textwrap
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", README, flags=re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(code) for _, code in found]


@pytest.mark.keras
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
    from inspector.core.requests import PAGE_LIMITS

    for number in (PAGE_LIMITS.rows, PAGE_LIMITS.timesteps, PAGE_LIMITS.cells):
        assert f"{number:,}" in README


def test_as_many_models_as_are_told() -> None:
    from inspector.core.presets import PRESETS
    from inspector.core.strategies import STRATEGIES

    assert "Nine are built live" in README
    assert len(STRATEGIES) == 12 and README.count("twelve ways of treating padding") == 2
    assert len(PRESETS) == 9


def commands() -> list[str]:
    """The calls of our command in the README: in consoles, and in the example for CI."""
    lines = [line for block in blocks("console") for line in block.splitlines()]
    found = [line.removeprefix("$ ") for line in lines]
    found += re.findall(r"- run: (mask-inspector .*)", "".join(blocks("yaml")))
    return [line.partition(" > ")[0] for line in found if line.startswith("mask-inspector ")]


@pytest.mark.parametrize("line", commands())
def test_a_command_is_one_that_is_understood(line: str) -> None:
    from inspector.cli import parser

    options, rest = parser().parse_known_args(shlex.split(line)[1:])
    assert options.command and not rest


@pytest.mark.parametrize("line", [line for line in commands() if "atlas" in line][:1])
def test_what_needs_no_files_runs(line: str, capsys: pytest.CaptureFixture) -> None:
    from inspector.cli import main

    assert main(shlex.split(line)[1:]) == 0
    assert "GlobalMaxPooling1D" in capsys.readouterr().out


def test_the_container_is_built_from_a_file_that_exists() -> None:
    (name,) = re.findall(r"docker build -f (\S+)", README)
    assert (ROOT / name).is_file()


def sentences(text: str) -> list[str]:
    """The sentences of a list in Markdown, each on one line."""
    items = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
    return [part for item in items for part in re.split(r"(?<=\.) ", " ".join(item.split()))]


def test_the_promises_are_those_of_the_security_policy() -> None:
    policy = " ".join((ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8").split())
    section = re.search(r"^What keeps visitors apart.*?(?=^## )", README, re.DOTALL | re.MULTILINE)
    assert section is not None
    promised = sentences(section.group())
    assert len(promised) > 10
    assert [sentence for sentence in promised if sentence not in policy] == []


def test_every_kind_of_block_is_tested() -> None:
    languages = set(re.findall(r"^ *```(\w+)$", README, flags=re.MULTILINE))
    # nginx is the one that nothing here can run; tests/files/test_formats.py reads the formats.
    formats = {"csv", "text", "json", "py"}
    assert languages == {"bash", "python", "console", "yaml", "nginx"} | formats
