"""The container file names files that exist, and starts the app as the README does."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / ".devcontainer" / "Dockerfile").read_text(encoding="utf-8")


def test_every_file_that_is_copied_exists() -> None:
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    names = [name for names in copied for name in names]
    assert {"app.py", "inspector", ".streamlit", "requirements.txt"} <= set(names)
    assert all((ROOT / name).exists() for name in names)


def test_it_starts_the_app_and_asks_whether_it_is_up() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    assert json.loads(command)[:3] == ["streamlit", "run", "app.py"]
    (check,) = re.findall(r"^    CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    program, flag, code = json.loads(check)
    compile(code, "the health check", "exec")
    assert (program, flag) == ("python", "-c") and "/_stcore/health" in code
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, flags=re.MULTILINE)


def test_the_python_is_one_that_the_package_takes() -> None:
    (version,) = re.findall(r"^FROM python:3\.(\d+)", DOCKERFILE, flags=re.MULTILINE)
    assert 10 <= int(version) <= 13


def test_the_development_container_uses_the_same_file() -> None:
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    folder = ROOT / ".devcontainer"
    assert (folder / settings["build"]["dockerfile"]).is_file()
    assert (folder / settings["build"]["context"]).resolve() == ROOT
    assert settings["forwardPorts"] == [8501]
