"""Column files: one token a line with its labels, a blank line after each sentence (CoNLL 2000, 2003, BIO, ...)."""

from __future__ import annotations

import os

from ..errors import CorpusFormatError, ParameterError
from .files import display_name
from .lines import check_separator
from .stream import Reader, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class read_columns(Reader):
    """Sentences of a column file, each a list of rows, each row a list of its columns.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input; .gz, .bz2, .xz and .zst are unpacked.
    sep : str, optional
        One separator, such as a tab; runs of blanks and tabs when left out. The ideographic space U+3000 never
        separates: it may be a token.
    columns : int, optional
        How many columns a row has; as many as the first row when left out.
    comment : str, optional
        Lines that begin with it are left out, as ``#`` in CoNLL-U.
    encoding, on_error
        As in :class:`nlptk.corpus.read_lines`.

    Raises
    ------
    CorpusFormatError
        For instance ``train.txt:17: 2 columns, expected 3``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        sep: str | None = None,
        columns: int | None = None,
        *,
        comment: str | None = None,
        encoding: str = "utf-8",
        on_error: str = "stop",
    ) -> None:
        super().__init__(path, encoding, on_error)
        if sep is not None:
            check_separator(sep)
        if columns is not None and columns < 1:
            raise ParameterError(f"columns is {columns}, expected 1 or more")
        if comment == "":
            raise ParameterError("comment is empty, so every line would be one")
        self.sep = sep
        self.columns = columns
        self.comment = comment

    def __iter__(self) -> Iterator[list[list[str]]]:
        expected = self.columns
        rows: list[list[str]] = []
        for number, line in self.numbered():
            if _blank(line):
                if rows:
                    yield rows
                    rows = []
                continue
            if self.comment is not None and line.startswith(self.comment):
                continue
            row = _split(line, self.sep)
            if expected is None:
                expected = len(row)
            if len(row) != expected:
                unit = "column" if len(row) == 1 else "columns"
                raise CorpusFormatError(f"{len(row)} {unit}, expected {expected}", path=self.name, line=number)
            if "" in row:
                raise CorpusFormatError(f"column {row.index('') + 1} is empty", path=self.name, line=number)
            rows.append(row)
        if rows:
            yield rows


def write_columns(
    path: str | os.PathLike[str] | None,
    sentences: Iterable[Iterable[Iterable[str]]],
    sep: str | None = None,
    encoding: str = "utf-8",
) -> None:
    """Write a column file, with a blank line after each sentence.

    Parameters
    ----------
    path, encoding
        As in :func:`nlptk.corpus.write_lines`.
    sentences : iterable of sentences
        What `read_columns` gives; sentences without rows leave no trace in this format.
    sep : str, optional
        A tab when left out; then columns may hold no blank either, since `read_columns` splits at both by default.

    Raises
    ------
    CorpusFormatError
        A column is empty or would not be read back, or a row has another number of columns than the first.
    """
    if sep is not None:
        check_separator(sep)
    name = display_name(path, "<stdout>")

    def records() -> Iterator[str]:
        expected, number = 0, 0
        for sentence in sentences:
            empty = True
            for fields in sentence:
                row = list(fields)
                number += 1
                expected = expected or len(row)
                if len(row) != expected or not row:
                    raise CorpusFormatError(f"{len(row)} columns, expected {expected}", path=name, line=number)
                for position, field in enumerate(row, 1):
                    fault = _fault(field, sep)
                    if fault:
                        raise CorpusFormatError(f"column {position} {field!r} {fault}", path=name, line=number)
                line = (sep or "\t").join(row)
                if _blank(line) or line.endswith("\r"):
                    raise CorpusFormatError(f"the row {row!r} would be read as a line end", path=name, line=number)
                empty = False
                yield line + "\n"
            if not empty:
                number += 1
                yield "\n"

    write_records(path, records(), encoding)


def _split(line: str, sep: str | None) -> list[str]:
    if sep is not None:
        return line.split(sep)
    return [part for part in line.replace("\t", " ").split(" ") if part]


def _blank(line: str) -> bool:
    return not line.strip(" \t")


def _fault(field: str, sep: str | None) -> str:
    if not field:
        return "is empty"
    if "\n" in field:
        return "holds a line feed"
    if sep is None:
        return "holds a blank or tab" if " " in field or "\t" in field else ""
    return f"holds the separator {sep!r}" if sep in field else ""
