"""The folder is named after what it may import; no circles, no name used twice, one seam."""

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


def test_core_needs_only_numpy_and_regex() -> None:
    # What a bare interpreter holds (hooks of the environment) is not core's doing.
    added = _packages_after_importing(_modules("core")) - _packages_after_importing([])
    assert added - set(sys.stdlib_module_names) <= {"inspector", "numpy", "regex"}


def _where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


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


# True once the package has its new shape; strict, so that the mark goes when the rule holds.
BEING_REBUILT = pytest.mark.xfail(reason="the package is being rebuilt to this rule", strict=True)

BACKENDS = {"tensorflow", "torch", "jax"}


def _module_names() -> dict[str, Path]:
    """Dotted name of every module of the package, with its file."""
    names = {}
    for path in sorted(ROOT.glob("inspector/**/*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        names[module.removesuffix(".__init__")] = path
    return names


def _imported_names(tree: ast.AST) -> Iterator[str]:
    """Every dotted name an import statement of `tree` may load, those for types only left out."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _import_graph() -> dict[str, set[str]]:
    names = _module_names()
    return {
        module: {
            name
            for name in _imported_names(ast.parse(path.read_text(encoding="utf-8")))
            if name in names and name != module
        }
        for module, path in names.items()
    }


def _circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other: those that reach and are reached by a member."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(graph[name])
        reached[start] = seen
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return sorted(list(group) for group in groups)


def test_no_modules_import_each_other() -> None:
    assert not _circles(_import_graph())


def test_core_never_imports_what_is_built_on_it() -> None:
    above = ("engine", "files", "views", "words", "worker", "ui", "cli")
    strays = [
        f"{module} -> {name}"
        for module, names in _import_graph().items()
        if module.startswith("inspector.core")
        for name in names
        if f"{name}.".split(".")[1] in above
    ]
    assert not strays


def test_no_two_modules_of_a_folder_share_a_name() -> None:
    stems: dict[tuple[str, str], list[str]] = {}
    for module, path in _module_names().items():
        parts = path.relative_to(ROOT).parts
        if path.stem not in ("__init__", "__main__"):
            folder = parts[1] if len(parts) > 2 else ""
            stems.setdefault((folder, path.stem), []).append(module)
    assert not [modules for modules in stems.values() if len(modules) > 1]


def test_no_two_public_classes_share_a_name() -> None:
    homes: dict[str, list[str]] = {}
    for module, path in _module_names().items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module)
    assert not {name: modules for name, modules in homes.items() if len(modules) > 1}


@BEING_REBUILT
def test_backends_and_private_keras_are_imported_in_the_seam_only() -> None:
    strays = []
    for module, path in _module_names().items():
        if module.startswith("inspector.engine.seam"):
            continue
        for name in _imported_names(ast.parse(path.read_text(encoding="utf-8"))):
            if name.partition(".")[0] in BACKENDS or name.startswith("keras.src"):
                strays.append(f"{module} -> {name}")
    assert not sorted(set(strays))
