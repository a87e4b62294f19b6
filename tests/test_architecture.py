"""The folder is named after what it may import, and no file, function or signature grows large."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(ROOT.glob("inspector/**/*.py")) + [ROOT / "app.py"]
HEAVY = {"tensorflow", "keras", "streamlit", "plotly", "pandas"}

# Folder -> the heavy packages that importing everything in it may load.
ALLOWED = {
    "core": set(),
    "files": {"pandas"},
    "views": {"plotly", "pandas"},
    "worker": set(),
    "ui": {"streamlit", "plotly", "pandas"},
    # Keras itself imports pandas where it is installed.
    "engine": {"tensorflow", "keras", "pandas"},
}

# Signatures that the public API fixes (README, "In Python").
WIDE_SIGNATURES = {"inspect", "batch_from_sentences", "assert_padding_ignored"}


def _modules(folder: str) -> list[str]:
    paths = (ROOT / "inspector" / folder).rglob("*.py")
    # Pages are scripts that Streamlit runs; importing one would run the page.
    modules = [path.relative_to(ROOT) for path in paths if "pages" not in path.parts]
    return sorted(".".join(m.with_suffix("").parts).removesuffix(".__init__") for m in modules)


def _packages_after_importing(modules: list[str]) -> set[str]:
    """Top-level packages in a fresh interpreter after importing `modules`."""
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "sys.stdout.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["inspector", "inspector.cli", "inspector.testing"])
def test_what_everybody_imports_loads_nothing_heavy(module: str) -> None:
    assert not _packages_after_importing([module]) & HEAVY


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_a_folder_loads_only_what_its_name_allows(folder: str) -> None:
    assert _packages_after_importing(_modules(folder)) & HEAVY <= ALLOWED[folder]


def test_core_needs_only_numpy() -> None:
    # What a bare interpreter holds (hooks of the environment) is not core's doing.
    added = _packages_after_importing(_modules("core")) - _packages_after_importing([])
    assert added - set(sys.stdlib_module_names) <= {"inspector", "numpy"}


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_no_file_is_over_300_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in SOURCES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


def test_no_function_is_over_40_lines() -> None:
    long = {}
    for path in SOURCES:
        for function in _functions(path):
            body = function.body
            documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
            start = body[1].lineno if documented and len(body) > 1 else function.lineno
            length = (function.end_lineno or start) - start + 1
            if length > 40:
                long[f"{_where(path, function)} {function.name}"] = length
    assert not long


def test_no_signature_is_over_6_parameters() -> None:
    wide = {}
    for path in SOURCES:
        for function in _functions(path):
            names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            names += [a.arg for a in function.args.kwonlyargs]
            names = [name for name in names if name not in ("self", "cls")]
            if len(names) > 6 and function.name not in WIDE_SIGNATURES:
                wide[f"{_where(path, function)} {function.name}"] = len(names)
    assert not wide


def _imports(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


@pytest.mark.parametrize(
    ("package", "home"),
    [("keras", "engine"), ("tensorflow", "engine"), ("streamlit", "ui")],
)
def test_a_heavy_package_is_imported_in_its_own_folder_only(package: str, home: str) -> None:
    strays = [
        _where(path, node)
        for path in SOURCES
        for node, name in _imports(path)
        if name.partition(".")[0] == package and path.relative_to(ROOT).parts[1:2] != (home,)
    ]
    allowed = {"app.py"} if package == "streamlit" else set()
    assert not [stray for stray in strays if stray.partition(":")[0] not in allowed]


def test_nothing_prints_and_no_except_is_bare() -> None:
    strays = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "print":
                strays.append(_where(path, node))
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                strays.append(_where(path, node))
    assert not strays


def test_every_session_key_is_written_once() -> None:
    from inspector.ui import choices

    keys = [value for name, value in vars(choices.Key).items() if not name.startswith("_")]
    assert len(keys) == len(set(keys))
    others = [path for path in SOURCES if path.parent.name in ("ui", "pages")]
    for path in others:
        if path.name == "choices.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "key":
                assert not isinstance(node.value, ast.Constant), _where(path, node)
