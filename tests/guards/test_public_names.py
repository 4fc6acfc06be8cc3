"""The public names are frozen in public_names.txt: adding one is a decision, losing one breaks users.

After a decision, write the file anew from the root of the repository and look at the difference:

    python -m tests.guards.test_public_names > tests/guards/public_names.txt
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.guards.source import parse, parts, show

FROZEN = Path(__file__).with_name("public_names.txt")
INTERNAL = {"ext", "data", "cli", "threads"}  # not for users to import
OPTIONAL = {"neural": "torch"}  # parts that need an extra


def names_of_part(path: Path) -> list[str]:
    """The literal ``__all__`` of a file, or else its classes and functions; read without importing it."""
    for node in parse(path).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            try:
                return list(ast.literal_eval(node.value))
            except ValueError:
                raise AssertionError(f"{show(path)}: __all__ is not a literal list of strings") from None
    return [
        node.name
        for node in parse(path).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]


def public_names() -> list[str]:
    """``nlptk.cut`` and the like: of the package, then of each part."""
    import nlptk

    names = [f"nlptk.{name}" for name in nlptk.__all__]
    for part, path in parts().items():
        if part not in INTERNAL:
            names += [f"nlptk.{part}.{name}" for name in names_of_part(path)]
    return sorted(names)


def test_public_names_are_the_frozen_ones() -> None:
    frozen, found = FROZEN.read_text("utf-8").split(), public_names()
    lost, new = sorted({*frozen} - {*found}), sorted({*found} - {*frozen})
    assert not lost + new, f"lost: {lost}\nnew: {new}\nIf so decided: {__doc__.strip().splitlines()[-1].strip()}"


@pytest.mark.parametrize("name", FROZEN.read_text("utf-8").split())
def test_public_name_exists(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    if needed := OPTIONAL.get(module.removeprefix("nlptk.")):
        pytest.importorskip(needed)
    assert hasattr(importlib.import_module(module), attribute)


def test_star_import_and_dir_agree_with_all() -> None:
    import nlptk

    assert len({*nlptk.__all__}) == len(nlptk.__all__)
    assert {*nlptk.__all__} <= {*dir(nlptk)}
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = nlptk.no_such_name


if __name__ == "__main__":
    print("\n".join(public_names()))
