"""What is refused wherever it stands, and the nearest right name for a wrong one.

Nothing that is not whitelisted is ever executed; this only says early, and clearly, what the
reader will not do, also in lines that are skipped and functions never called.
"""

import ast
import difflib
from collections.abc import Iterable, Iterator

from inspector.engine.code.text import Source, written

_HERE = "Use the Python API where this code lives: `inspector.inspect(model, x, y)`."
_DELETE = "Delete the line; values that it would bring are asked for by name."

_BUILTINS = frozenset(
    "eval exec compile open __import__ globals locals vars getattr setattr delattr hasattr "
    "breakpoint memoryview dir help classmethod staticmethod property object super "
    "type callable id iter next".split()
)
_HARMLESS_WHEN_REFUSED_BY_NAME = frozenset({"type", "callable", "id", "iter", "next", "hasattr"})

_MODULES = frozenset(
    "subprocess shutil socket ctypes importlib builtins pickle cPickle dill cloudpickle marshal "
    "shelve joblib requests urllib urllib2 urllib3 http httpx aiohttp ftplib smtplib webbrowser "
    "multiprocessing threading concurrent asyncio signal pty runpy code codeop gc inspect tempfile "
    "zipfile tarfile gzip wget gdown kagglehub kaggle paramiko os sys nt posix _thread".split()
)
_HARMLESS = (
    "os.environ",
    "os.path",
    "os.getenv",
    "os.getcwd",
    "os.listdir",
    "sys.path",
    "sys.version",
    "sys.stdout",
    "sys.argv",
    "sys.maxsize",
)
_FUNCTIONS = {
    "get_file": "downloads or opens a file",
    "load_model": "reads a model from a file",
    "model_from_json": "rebuilds a model from a description",
    "model_from_yaml": "rebuilds a model from a description",
    "model_from_config": "rebuilds a model from a description",
    "from_config": "rebuilds an object from a description",
    "deserialize": "rebuilds an object from a description",
    "deserialize_keras_object": "rebuilds an object from a description",
    "TFSMLayer": "loads a saved model from a file",
    "load_op_library": "loads a library",
    "load_library": "loads a library",
    "py_function": "calls Python from the graph",
    "numpy_function": "calls Python from the graph",
    "py_func": "calls Python from the graph",
    "read_file": "reads a file",
    "write_file": "writes a file",
    "enable_unsafe_deserialization": "switches a safeguard off",
}
_PACKAGES = ("tensorflow.io", "tensorflow.gfile", "tensorflow.saved_model", "tensorflow.raw_ops")
_DATA_CLASSES = frozenset({"Callback", "Sequence", "PyDataset"})


def screen(tree: ast.Module, source: Source) -> None:
    """Raises `CodeError` for the first line that holds something refused."""
    screener = _Screener(tree)
    found = sorted(screener.found(), key=lambda item: item[0])
    if found:
        line, got, todo = found[0]
        raise source.error(line, got, todo=todo)


def is_data_class(node: ast.ClassDef) -> bool:
    """True for a class that has to do with data or training, not with the model."""
    bases = {base.attr if isinstance(base, ast.Attribute) else "" for base in node.bases}
    bases |= {base.id for base in node.bases if isinstance(base, ast.Name)}
    return bool(bases & _DATA_CLASSES)


def _changes_nothing(decorator: ast.expr) -> bool:
    """True for a decorator that leaves what the function computes as it is."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
    graph = name == "function" and written(named) in ("tf.function", "tensorflow.function")
    return graph or name == "register_keras_serializable"


class _Screener:
    def __init__(self, tree: ast.Module) -> None:
        self.nodes = [node for node in ast.walk(tree)]
        self.aliases: dict[str, str] = {}
        self.bound: set[str] = set()
        for node in self.nodes:
            self._bind(node)
        self.inside_data_classes: set[ast.AST] = set()
        for node in self.nodes:
            if isinstance(node, ast.ClassDef) and is_data_class(node):
                self.inside_data_classes.update(ast.walk(node))

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.aliases[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self.aliases[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.bound.add(node.name)
        elif isinstance(node, ast.arg):
            self.bound.add(node.arg)

    def found(self) -> Iterator[tuple[int, str, str]]:
        """Yields (line, what is wrong, way out)."""
        for node in self.nodes:
            line = getattr(node, "lineno", 0)
            if node in self.inside_data_classes:
                continue  # skipped as a whole
            for found in self._structure(node):
                if isinstance(node, ast.FunctionDef) and node.decorator_list:
                    line = node.decorator_list[0].lineno
                yield (line, *found)
            for found in self._names(node):
                yield (line, *found)

    def _structure(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.ClassDef):
            yield (
                f"`class {node.name}` defines a class, and pasted code is read, not run.",
                _HERE,
            )
        elif isinstance(node, (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)):
            yield "Asynchronous code is not read.", "Leave only the lines that build the model."
        decorators = [] if not isinstance(node, ast.FunctionDef) else node.decorator_list
        refused = [written(one) for one in decorators if not _changes_nothing(one)]
        if isinstance(node, ast.FunctionDef) and refused:
            name = refused[0]
            yield (
                f"`{node.name}` has the decorator `@{name}`, and decorators are not read.",
                "Delete the decorator line if the model is the same without it. " + _HERE,
            )

    def _names(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Attribute):
            if node.attr == "_keras_mask" and isinstance(node.ctx, ast.Load):
                return  # Keras's guide prints it; the evaluation does not read it either
            if node.attr.startswith("_"):
                yield (
                    f"`.{node.attr}` is a private name, and those are not read.",
                    "Use the public way to the same value.",
                )
            else:
                yield from self._path(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from self._name(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from self._import(node)

    def _name(self, node: ast.Name) -> Iterator[tuple[str, str]]:
        name = node.id
        if name.startswith("__") and name not in ("__name__", "__file__"):
            yield f"`{name}` is one of Python's own names, and those are not read.", _DELETE
        elif name in self.aliases:
            yield from self._refused(self.aliases[name], written(node))
        elif name in self.bound:
            return
        elif name in _BUILTINS - _HARMLESS_WHEN_REFUSED_BY_NAME:
            yield f"`{name}` is not read: pasted code is never executed.", _DELETE
        elif name in _FUNCTIONS:
            yield f"`{name}` {_FUNCTIONS[name]}, and pasted code may not.", _DELETE

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        for alias in node.names:
            base = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
            path = base + alias.name
            private = [part for part in path.split(".") if part.startswith("_")]
            if private and path.partition(".")[0] != "__future__":
                yield f"`{path}` is a private name, and those are not read.", _DELETE
            elif path.startswith("keras.src"):
                yield (
                    "`keras.src` is Keras's inside, and is not read.",
                    "Import the name from `keras` itself, for example `from keras.layers import`.",
                )

    def _path(self, node: ast.Attribute) -> Iterator[tuple[str, str]]:
        parts = [node.attr]
        base: ast.expr = node.value
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            root = base.id
            if root in self.aliases:
                yield from self._refused(
                    ".".join([self.aliases[root], *reversed(parts)]), written(node)
                )
                return
            if root not in self.bound and root in _MODULES:
                yield from self._refused(".".join([root, *reversed(parts)]), written(node))
                return
        if node.attr in _FUNCTIONS:
            yield f"`{node.attr}` {_FUNCTIONS[node.attr]}, and pasted code may not.", _DELETE

    def _refused(self, path: str, shown: str) -> Iterator[tuple[str, str]]:
        root, _, rest = path.partition(".")
        last = path.rpartition(".")[2]
        if last in _FUNCTIONS and rest:
            yield f"`{shown}` {_FUNCTIONS[last]}, and pasted code may not.", _DELETE
        elif root in _MODULES and rest and not path.startswith(_HARMLESS):
            yield (
                f"`{shown}` may reach files, the network or the system, and pasted code may not.",
                _DELETE,
            )
        elif path.startswith(_PACKAGES) and path not in _PACKAGES:
            yield f"`{shown}` works with files, and pasted code may not.", _DELETE


GONE = {
    "merge": "Use `concatenate`, `add`, `multiply`, ... of `keras.layers`.",
    "Merge": "Use `Concatenate`, `Add`, `Multiply`, ... of `keras.layers`.",
    "TimeDistributedDense": "Use `TimeDistributed(Dense(...))`.",
    "MaxoutDense": "Use `Dense` and `Maximum`.",
    "Highway": "Write it with `Dense`, `Multiply` and `Add`.",
    "ThresholdedReLU": "Use `ReLU(threshold=...)`.",
    "LocallyConnected1D": "Use `Conv1D`.",
    "LocallyConnected2D": "Use `Conv2D`.",
    "AtrousConvolution1D": "Use `Conv1D(dilation_rate=...)`.",
    "RandomFourierFeatures": "Use `Dense`.",
    "DenseFeatures": "Use the columns as inputs.",
}
"""What Keras once had, and what to use in its place."""


_LONGEST = 60  # of a name that is likened to others


def way_out(name: str, among: Iterable[str]) -> str:
    """Returns what to do about a name that is not read, or ""."""
    if name in GONE:
        return f"Keras 3 has dropped it. {GONE[name]}"
    alike = nearest(name, among)
    return f"Did you mean `{alike}`?" if alike and alike != name else ""


def nearest(name: str, among: Iterable[str]) -> str:
    """Returns the name most like `name`, or ""."""
    if len(name) > _LONGEST:
        return ""
    choices = {choice.lower(): choice for choice in among}
    found = difflib.get_close_matches(name.lower(), choices, 1, cutoff=0.7)
    return choices[found[0]] if found else ""
