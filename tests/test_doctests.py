"""The examples in docstrings and in the READMEs do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import nlptk

ROOT = Path(__file__).parents[1]
NEEDS_MORE = ("nlptk.__main__", "nlptk.compat.jieba.analyse.analyzer")  # runs the command; needs whoosh
MODULES = [m.name for m in pkgutil.walk_packages(nlptk.__path__, "nlptk.") if m.name not in NEEDS_MORE and ".ext." not in m.name]


@pytest.mark.parametrize("name", ["nlptk", *MODULES])
def test_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh.md", "docs/guide/jieba.rst", "docs/guide/keywords.rst", "docs/guide/vectors.rst"]
)
def test_pages(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8")
    assert found.attempted and not found.failed
