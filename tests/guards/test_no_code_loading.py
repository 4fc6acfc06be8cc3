"""No file that nlptk reads can run code: nothing in the package unpickles, evaluates or compiles."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.guards.source import ROOT, parse, python_files, show

MODULES = {"_pickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}  # data that is code
MODULES |= {"builtins", "code", "codeop", "imp", "runpy"}  # side doors to eval and import
BUILTINS = {"eval", "exec", "compile", "__import__"}
FUNCTIONS = {"torch.load", "torch.hub.load", "torch.jit.load", "torch.package.PackageImporter"}
ATTRIBUTES = {"read_pickle", "to_pickle", "spec_from_file_location", "exec_module", "load_module"}

EXCEPTIONS: set[tuple[str, str]] = set()  # (file, what); empty, and meant to stay so


def findings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything that can turn data into code."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] in MODULES)
            case ast.ImportFrom(level=0):
                if str(node.module).split(".")[0] in MODULES:
                    yield node.lineno, str(node.module)
                taken = {f"{node.module}.{alias.name}" for alias in node.names}
                yield from ((node.lineno, name) for name in sorted(taken & FUNCTIONS))
            case ast.Name(id=name) if name in BUILTINS or name == "__builtins__":
                yield node.lineno, name
            case ast.Attribute() if (name := ast.unparse(node)) in FUNCTIONS:
                yield node.lineno, name
            case ast.Attribute(attr=name) if name in ATTRIBUTES:
                yield node.lineno, name
            case ast.keyword(arg="allow_pickle", value=value) if ast.unparse(value) != "False":
                yield value.lineno, "allow_pickle"


def test_nothing_loads_code() -> None:
    found = [
        f"{show(path)}:{line}: {what}"
        for path in [*python_files(), ROOT / "setup.py"]
        for line, what in findings(parse(path))
        if (show(path), what) not in EXCEPTIONS
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import pickle", "pickle"),
        ("from marshal import loads", "marshal"),
        ("import joblib.numpy_pickle", "joblib.numpy_pickle"),
        ("x = eval('1')", "eval"),
        ("run = exec", "exec"),
        ("__import__('os')", "__import__"),
        ("torch.load(path)", "torch.load"),
        ("from torch import load", "torch.load"),
        ("numpy.load(path, allow_pickle=True)", "allow_pickle"),
        ("numpy.load(path, allow_pickle=False)", None),
        ("re.compile('x')", None),
        ("model.eval()", None),
        ("from .pickle import x", None),
    ],
)
def test_the_guard_itself(code: str, what: str | None) -> None:
    assert [name for _, name in findings(ast.parse(code))] == ([what] if what else [])
