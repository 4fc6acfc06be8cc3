"""Imports go down or stay on their floor, never up, and never into the private names of another part."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.guards.source import ROOT, module_name, parse, python_files, show

# part -> floor, ground first. A new part adds its row, here and in the architecture page.
FLOORS = {
    "ext": 1,
    "errors": 2,
    "doc": 2,
    "estimator": 2,
    "container": 2,
    "threads": 2,
    "corpus": 2,
    "text": 2,
    "lexicon": 3,
    "data": 3,  # the packaged files, and the scripts that build them out of lexicon and what is below
    "lm": 3,
    "tagging": 3,
    "vectors": 3,
    "parsing": 3,
    "segment": 4,
    "keywords": 4,
    "classify": 4,
    "search": 4,
    "neural": 4,
    "pipeline": 5,
    "loading": 5,  # a literal table of kinds and their loaders, so it knows every model
    "compat": 5,
    "viz": 5,
    "cli": 6,
    "__main__": 6,
}
ROOF = 6  # `import nlptk` whole reaches everything, so it is for the top floor only
NAMED_TUPLE = {"_asdict", "_fields", "_make", "_replace"}  # public, in spite of their look
FREE = {"__version__"}  # what every floor may take from nlptk/__init__.py


class Import(NamedTuple):
    line: int
    module: str  # absolute: nlptk.segment.matching
    name: str | None  # what `from module import name` takes; None for `import module`
    bound: str  # the name it has in the file


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[Import]:
    """Every import in a file, also those inside functions and under TYPE_CHECKING."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, None, alias.asname or "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module.split(".") if node.module else [])])
            yield from (Import(node.lineno, source, alias.name, alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
            yield from (Import(node.lineno, str(name), None, "") for name in names)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def private_uses(tree: ast.AST, part: str, found: list[Import]) -> Iterator[tuple[int, str]]:
    """``lexicon._secret`` and ``Dictionary._secret``, where the first name comes from another part."""
    foreign = {each.bound: target(each) for each in found if target(each) not in (part, None)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in foreign and is_private(attribute):
                yield node.lineno, f"{name}.{attribute} is private to nlptk.{foreign[name]}"


def target(found: Import) -> str | None:
    """The part an import reaches into: ``""`` is nlptk whole; None is not ours."""
    from nlptk import _PUBLIC

    if found.module != "nlptk":
        return found.module.split(".")[1] if found.module.startswith("nlptk.") else None
    if found.name is None:
        return ""
    return None if found.name in FREE else _PUBLIC.get(found.name, found.name).split(".")[0]


def violations(path: Path, source: ast.AST | None = None) -> Iterator[str]:
    module = module_name(path)
    tree = parse(path) if source is None else source
    part = module.split(".")[1]
    if part not in FLOORS:
        yield f"{show(path)}: part {part!r} has no floor; give it one in {Path(__file__).name}"
        return
    found = [i for i in imports(tree, module, path.name == "__init__.py") if i.module.split(".")[0] == "nlptk"]
    for each in found:
        other = target(each)
        here = f"{show(path)}:{each.line}"
        if other is None or other == part:
            continue
        floor = ROOF if other == "" else FLOORS.get(other)
        if floor is None:
            yield f"{here}: nlptk.{other} is no part of the house"
        elif floor > FLOORS[part]:
            yield f"{here}: {part} (floor {FLOORS[part]}) imports {other or 'nlptk'} (floor {floor})"
        for name in [*each.module.split(".")[2:], each.name or ""]:
            if is_private(name):
                yield f"{here}: {name} is private to nlptk.{other}"
    yield from (f"{show(path)}:{line}: {what}" for line, what in private_uses(tree, part, found))


def test_imports_follow_the_floors() -> None:
    files = [path for path in python_files() if module_name(path) != "nlptk"]  # nlptk/__init__.py is the face of all
    assert files
    found = [violation for path in files for violation in violations(path)]
    assert not found, "\n".join(["", *found])


def test_kernels_know_only_kernels() -> None:
    """ext/*.pyx and nlptk/ext/*.pxd import nothing of nlptk but nlptk.ext."""
    ours = re.compile(r"^\s*(?:from|import|cimport)\s+(nlptk(?:\.\w+)*|\.\.+\w*)", re.MULTILINE)
    found = [
        f"{show(path)}: {match[0].strip()}"
        for path in [*(ROOT / "ext").rglob("*.pyx"), *(ROOT / "nlptk" / "ext").glob("*.p*")]
        for match in ours.finditer(path.read_text("utf-8"))
        if not match[1].startswith("nlptk.ext")
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("file", "code", "complaint"),
    [
        ("lexicon/x.py", "from ..errors import InputError", ""),
        ("lexicon/x.py", "from ..ext import trie", ""),
        ("lexicon/x.py", "from .. import __version__, Doc, errors", ""),
        ("lexicon/x.py", "from ._files import _open\nimport numpy._core", ""),
        ("lexicon/__init__.py", "from .dictionary import Dictionary", ""),
        ("cli/x.py", "import nlptk\nnlptk.cut", ""),
        ("errors.py", "from .doc import Doc", ""),
        ("lexicon/x.py", "from ..segment import cut", "lexicon (floor 3) imports segment (floor 4)"),
        ("lexicon/x.py", "def f():\n    import nlptk.cli", "lexicon (floor 3) imports cli (floor 6)"),
        ("lexicon/x.py", "from .. import cut", "lexicon (floor 3) imports segment (floor 4)"),
        ("lexicon/x.py", "import nlptk", "lexicon (floor 3) imports nlptk (floor 6)"),
        ("lexicon/x.py", "importlib.import_module('nlptk.viz')", "lexicon (floor 3) imports viz (floor 5)"),
        ("segment/x.py", "from ..lexicon import _hidden", "_hidden is private to nlptk.lexicon"),
        ("segment/x.py", "from ..lexicon._files import open_it", "_files is private to nlptk.lexicon"),
        ("segment/x.py", "from .. import lexicon\nlexicon._hidden", "lexicon._hidden is private to nlptk.lexicon"),
        ("segment/x.py", "from ..lexicon import Dictionary as D\nD._x", "D._x is private to nlptk.lexicon"),
        ("segment/x.py", "from ..cellar import x", "nlptk.cellar is no part of the house"),
        ("attic/x.py", "", "part 'attic' has no floor"),
    ],
)
def test_the_guard_itself(file: str, code: str, complaint: str) -> None:
    found = list(violations(ROOT / "nlptk" / file, ast.parse(code)))
    assert len(found) == bool(complaint)
    assert complaint in "".join(found)
