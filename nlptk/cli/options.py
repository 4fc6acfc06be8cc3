"""Options and helpers that several commands share."""

from __future__ import annotations

import os
import sys

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

output = click.option(
    "-o",
    "--output",
    default="-",
    show_default="stdout",
    metavar="OUT",
    help="Where to write; takes its name when complete.",
)
encoding = click.option("--encoding", default="utf-8", show_default=True, help="Of the input; the output is UTF-8.")
on_error = click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="What to do with a malformed line.",
)
threads = click.option(
    "--threads",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="The result does not depend on it.",
)
memory = click.option(
    "--memory",
    default="512M",
    show_default=True,
    metavar="SIZE",
    help="Cap on buffers, such as 512M or 2G. The result does not depend on it.",
)


def input_size(files: Iterable[str]) -> int | None:
    """Bytes of some files together, for a bar; None if one of them is a stream."""
    paths = list(files)
    sizes = [os.path.getsize(f) for f in paths if f != "-" and os.path.isfile(f)]
    return sum(sizes) if len(sizes) == len(paths) else None


def folder_of(output: str) -> str | None:
    """Where a file of this name will be; None for standard output and devices."""
    if output == "-" or (os.path.exists(output) and not os.path.isfile(output)):
        return None
    return os.path.dirname(os.path.realpath(output))


def check_model_name(output: str, inputs: Iterable[str] = ()) -> str:
    """Complain about a file that cannot be written, or is one of the inputs, before hours are spent on a model."""
    from ..errors import OutputError

    if output == "-":
        raise click.BadParameter("a model cannot go to standard output, expected a file name", param_hint="--output")
    if not os.path.isdir(os.path.dirname(output) or "."):
        raise OutputError("no such folder", path=output)
    if os.path.isdir(output):
        raise OutputError("is a folder", path=output)
    check_other_name(output, inputs)
    return output


def check_other_name(output: str, inputs: Iterable[str]) -> None:
    """Complain about an output that would take the place of what is read."""
    from ..errors import OutputError

    if output != "-" and os.path.isfile(output) and any(os.path.isfile(f) and os.path.samefile(f, output) for f in inputs):
        raise OutputError("is read here, expected another name", path=output)


def check_one_stdin(files: Iterable[str]) -> None:
    """Complain where standard input, which can be read once, is to be read twice."""
    if sum(file == "-" for file in files) > 1:
        raise click.UsageError("standard input can be read only once: one - at most")


def progress_bar(total: int | None, unit: str, wanted: bool = True) -> AbstractContextManager[Callable[[int], object] | None]:
    """A tqdm bar on stderr if that is a terminal, as something to call with each step; otherwise None."""
    from contextlib import contextmanager

    @contextmanager
    def bar() -> Iterator[Callable[[int], object] | None]:
        if not (wanted and sys.stderr.isatty()):
            yield None
            return
        from tqdm import tqdm

        with tqdm(total=total, unit=unit, unit_scale=True, leave=False) as shown:
            yield shown.update

    return bar()
