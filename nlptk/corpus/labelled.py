"""Tables of texts with a class each, as csv or as tab-separated lines."""

from __future__ import annotations

import os
from itertools import chain

from ..errors import CorpusFormatError, ParameterError
from .files import display_name
from .stream import Reader, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class read_labelled(Reader):
    r"""Pairs of text and label from a table.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input; .gz, .bz2, .xz and .zst are unpacked.
    format : {"csv", "tsv"}
        ``csv`` quotes fields with ``"`` and may hold line ends inside quotes; ``tsv`` has no quoting: tabs separate.
    text, label : str or int, optional
        The columns, by their name in the header or by number from 0. Left out: the columns named ``text`` and
        ``label``, or the first and the second of a table without header.
    header : bool
        Whether the first row holds names. It is never guessed.
    encoding, on_error
        As in :class:`nlptk.corpus.read_lines`.

    Raises
    ------
    CorpusFormatError
        For instance ``reviews.csv:17: 2 columns, expected 3``; blank lines are no rows.

    Notes
    -----
    The csv module takes fields up to ``csv.field_size_limit()`` characters; raise that limit for longer texts.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        format: str = "csv",
        text: str | int | None = None,
        label: str | int | None = None,
        *,
        header: bool = True,
        encoding: str = "utf-8",
        on_error: str = "stop",
    ) -> None:
        super().__init__(path, encoding, on_error)
        _check_format(format)
        self.format = format
        self.text: str | int = ("text" if header else 0) if text is None else text
        self.label: str | int = ("label" if header else 1) if label is None else label
        self.header = header
        for column in (self.text, self.label):
            if isinstance(column, str) and not header:
                raise ParameterError(f"column {column!r} is a name, but the table has no header; give its number")
            if isinstance(column, int) and column < 0:
                raise ParameterError(f"column number {column} is negative")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        expected = text = label = 0
        for number, row in self._csv_rows() if self.format == "csv" else self._tsv_rows():
            if not expected:
                expected = len(row)
                text, label = (self._find(column, row, number) for column in (self.text, self.label))
                if self.header:
                    continue
            if len(row) != expected:
                unit = "column" if len(row) == 1 else "columns"
                raise CorpusFormatError(f"{len(row)} {unit}, expected {expected}", path=self.name, line=number)
            yield row[text], row[label]

    def _find(self, column: str | int, row: list[str], number: int) -> int:
        """Number of a column, in the first row of the table."""
        if isinstance(column, str) and row.count(column) == 1:
            return row.index(column)
        if isinstance(column, int) and column < len(row):
            return column
        if isinstance(column, int):
            message = f"no column number {column}, the row has {len(row)} (counted from 0)"
        else:
            message = f"{row.count(column) or 'no'} columns named {column!r} in the header {', '.join(row)}"
        raise CorpusFormatError(message, path=self.name, line=number)

    def _tsv_rows(self) -> Iterator[tuple[int, list[str]]]:
        return ((number, line.split("\t")) for number, line in self.numbered() if line)

    def _csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        import csv

        start = 0  # a row may span lines; errors name its first

        def lines() -> Iterator[str]:
            nonlocal start
            for number, line in self.numbered(keep_ends=True):
                start = start or number
                yield line

        try:
            for row in csv.reader(lines(), strict=True):
                if row:
                    yield start, row
                start = 0
        except csv.Error as error:
            raise CorpusFormatError(f"not csv: {error}", path=self.name, line=start) from error


def write_labelled(
    path: str | os.PathLike[str] | None,
    rows: Iterable[tuple[str, str]],
    format: str = "csv",
    text: str = "text",
    label: str = "label",
    *,
    header: bool = True,
    encoding: str = "utf-8",
) -> None:
    """Write pairs of text and label as a table of two columns.

    Parameters
    ----------
    path, encoding
        As in :func:`nlptk.corpus.write_lines`.
    rows : iterable of (text, label)
        What `read_labelled` gives.
    format : {"csv", "tsv"}
        ``tsv`` takes no tabs or line ends.
    text, label : str
        Names for the header.
    header : bool
        Whether to write one.

    Raises
    ------
    CorpusFormatError
        A field that the format cannot hold.
    """
    _check_format(format)
    name = display_name(path, "<stdout>")

    def records() -> Iterator[str]:
        number = 1
        for row in chain([(text, label)] if header else [], rows):
            record = _csv_row(row) if format == "csv" else _tsv_row(row, name, number)
            number += record.count("\n")
            yield record

    write_records(path, records(), encoding)


def _check_format(format: str) -> None:
    if format not in ("csv", "tsv"):
        raise ParameterError(f"format is {format!r}, possible are 'csv' and 'tsv'")


def _csv_row(row: tuple[str, str]) -> str:
    fields = []
    for field in row:
        quoted = any(character in field for character in ',"\r\n')
        fields.append('"' + field.replace('"', '""') + '"' if quoted else field)
    return ",".join(fields) + "\n"


def _tsv_row(row: tuple[str, str], name: str, number: int) -> str:
    for field in row:
        if any(character in field for character in "\t\n\r"):
            raise CorpusFormatError(f"{field!r} holds a tab or line end, which tsv cannot", path=name, line=number)
    return "\t".join(row) + "\n"
