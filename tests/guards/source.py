"""What the guards share: the source files, their parts, and the tree of CLI commands."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "nlptk"


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def show(path: Path) -> str:
    """The path as it stands in a message."""
    return path.relative_to(ROOT).as_posix()


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """``nlptk/segment/__init__.py`` -> ``nlptk.segment``."""
    names = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def parts() -> dict[str, Path]:
    """The public parts: packages and modules right under ``nlptk/``, and the file that speaks for each."""
    found = {path.parent.name: path for path in PACKAGE.glob("*/__init__.py")}
    found |= {path.stem: path for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}
    return dict(sorted(found.items()))


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter, in the root of the repository; the output is UTF-8 wherever it runs."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT,
        timeout=120,
        check=False,
    )


def command_tree() -> dict[str, click.Command]:
    """Every command by its full name: ``""`` is nlptk itself, ``"lexicon build"`` a command of a group."""
    import click

    import nlptk.cli

    root = nlptk.cli.main
    if not isinstance(root, click.Command):  # main() may be a plain function around the group
        [root] = (value for value in vars(nlptk.cli).values() if isinstance(value, click.Group))

    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None, f"nlptk {name} lists a command {child!r} that it does not have"
                yield from walk(found, f"{name} {child}".strip())

    return dict(walk(root, ""))
