"""Every stub nlptk/ext/*.pyi says what its compiled module holds: the same names, the same parameters."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.guards.source import PACKAGE, ROOT, parse

STUBS = sorted(path.stem for path in (PACKAGE / "ext").glob("*.pyi") if path.stem != "__init__")
KERNELS = sorted(path.stem for path in (ROOT / "ext").glob("*.pyx"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def stub_names(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Public names that a stub (or a class in it) defines; what it imports and its type aliases are not among them."""
    names: dict[str, ast.stmt] = {}
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.setdefault(node.name, node)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if "TypeAlias" not in ast.unparse(kind):
                names[name] = node
    return {name: node for name, node in names.items() if not name.startswith("_")}


def module_names(module: ModuleType) -> set[str]:
    """Public names that a compiled module defines itself."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", module.__name__) == module.__name__
        and name not in ("annotations", "cython")
    }


def parameters(function: Callable[..., Any]) -> list[str] | None:
    """Names of the parameters; None where the compiled function does not tell."""
    try:
        return without_self(list(inspect.signature(function).parameters))
    except (TypeError, ValueError):
        return None


def stub_parameters(node: ast.stmt) -> list[str]:
    assert isinstance(node, Function)
    a = node.args
    names = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]
    return without_self([argument.arg for argument in names])


def without_self(names: list[str]) -> list[str]:
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def differences(stub: dict[str, ast.stmt], owner: Any, present: set[str], where: str) -> list[str]:
    found = [f"{where}.{name} is not in the stub" for name in sorted(present - {*stub})]
    found += [f"{where}.{name} is only in the stub" for name in sorted({*stub} - present)]
    for name in sorted({*stub} & present):
        node, value = stub[name], getattr(owner, name)
        if isinstance(node, ast.ClassDef):
            members = {member for member in vars(value) if not member.startswith("_")}
            found += differences(stub_names(node.body), value, members, f"{where}.{name}")
        elif isinstance(node, Function) and callable(value):
            actual = parameters(value)
            if actual is not None and actual != stub_parameters(node):
                found.append(f"{where}.{name}: parameters {actual}, in the stub {stub_parameters(node)}")
    return found


def test_every_kernel_has_a_stub() -> None:
    assert KERNELS
    assert STUBS == KERNELS


@pytest.mark.parametrize("name", STUBS)
def test_stub_matches_the_compiled_module(name: str) -> None:
    module = importlib.import_module(f"nlptk.ext.{name}")
    stub = stub_names(parse(PACKAGE / "ext" / f"{name}.pyi").body)
    found = differences(stub, module, module_names(module), name)
    assert not found, "\n".join(["", *found])
