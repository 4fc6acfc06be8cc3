"""What all readers and writers of this package share: a restartable file of lines, and a way to write lines."""

from __future__ import annotations

import codecs
import os

from ..errors import CorpusEncodingError, InputError
from .encoding import check_options, decode_blocks
from .files import display_name, open_input, open_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any


class Reader:
    """A text file that may be iterated any number of times; each pass opens it anew.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input and can be read once.
    encoding : str
        Strict; see :func:`nlptk.corpus.decode_lines`.
    on_error : {"stop", "skip"}
        For lines that are not text in `encoding`.
    """

    def __init__(self, path: str | os.PathLike[str], encoding: str = "utf-8", on_error: str = "stop") -> None:
        check_options(encoding, on_error)
        self.path = os.fspath(path)
        self.encoding = encoding
        self.on_error = on_error
        self._spent = False

    @property
    def name(self) -> str:
        """What messages call the file."""
        return display_name(self.path, "<stdin>")

    def blocks(self, keep_ends: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Lists of lines, each with the number of its first line; skipped lines count."""
        if self.path == "-":
            if self._spent:
                message = "standard input can be read only once; save it to a file to read it again"
                raise InputError(message, path=self.name)
            self._spent = True
        with open_input(self.path) as file:
            yield from decode_blocks(file, self.name, self.encoding, self.on_error, keep_ends=keep_ends)

    def numbered(self, keep_ends: bool = False) -> Iterator[tuple[int, str]]:
        """Lines with their numbers."""
        for first, lines in self.blocks(keep_ends):
            yield from enumerate(lines, first)

    def __repr__(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in vars(self).items() if key != "path" and not key.startswith("_"))
        return f"{type(self).__name__}({self.path!r}{options})"


class Chain:
    """Several files as one."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = readers

    @property
    def name(self) -> str:
        """What messages call them."""
        return ", ".join(reader.name for reader in self.readers)

    def __iter__(self) -> Iterator[Any]:
        for reader in self.readers:
            yield from reader  # type: ignore[misc]


def write_records(path: str | os.PathLike[str] | None, records: Iterable[str], encoding: str) -> None:
    """Write strings, line ends included, to a file that takes its name when all is written."""
    check_options(encoding)
    encode = codecs.getincrementalencoder(encoding)().encode  # keeps the byte order mark of utf-16 to the first line
    line = 1
    with open_output(path) as file:
        for record in records:
            try:
                data = encode(record)
            except UnicodeEncodeError as error:
                message = f"character U+{ord(record[error.start]):04X} cannot be written in {encoding}"
                line += record.count("\n", 0, error.start)
                raise CorpusEncodingError(message, path=display_name(path, "<stdout>"), line=line) from error
            file.write(data)
            line += record.count("\n")
