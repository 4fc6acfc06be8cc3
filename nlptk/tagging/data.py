"""Labelled sequences from files: columns, word/tag text, CoNLL-U; which of them a file is can be seen from its beginning."""

from __future__ import annotations

import re
import sys
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from ..corpus import open_input, read_columns, read_tagged
from ..corpus.files import display_name
from ..errors import CorpusFormatError, ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

FORMATS = ("columns", "tagged", "conllu")
_HEAD = 1 << 16  # bytes to look at
_CONLLU_COLUMNS = 10


class Labelled(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    X : list of sentences, each a list of rows, each a list of str
        The columns without the label.
    y : list of lists of str
        The labels.
    format : str
        One of ``FORMATS``.
    """

    X: list[list[list[str]]]
    y: list[list[str]]
    format: str

    @property
    def columns(self) -> int:
        """Columns of a row, without the label."""
        return len(self.X[0][0]) if self.X else 0


def read_labelled(
    path: str | os.PathLike[str], format: str = "auto", *, encoding: str = "utf-8", on_error: str = "stop"
) -> Labelled:
    """Read labelled sequences.

    Parameters
    ----------
    path : path
        ``-`` is standard input.
    format : {"auto", "columns", "tagged", "conllu"}
        Columns: an item a line, the label last, an empty line after each sentence. Tagged: ``word/tag word/tag`` lines. CoNLL-U:
        the words and their universal parts of speech. ``auto``: as :func:`recognise` says.
    encoding, on_error
        As in :class:`nlptk.corpus.read_lines`.

    Raises
    ------
    CorpusFormatError
        For a malformed line, and if there is no sentence at all.
    """
    if format == "auto":
        format = recognise(path, encoding)
    if format == "tagged":
        pairs = list(read_tagged(path, encoding=encoding, on_error=on_error))
        X, y = [[[word] for word, _ in each] for each in pairs], [[tag for _, tag in each] for each in pairs]
    elif format == "columns":
        rows = list(read_columns(path, encoding=encoding, on_error=on_error))
        if rows and len(rows[0][0]) < 2:
            raise CorpusFormatError("1 column, expected two or more, the label last", path=_name(path))
        X, y = [[row[:-1] for row in each] for each in rows], [[row[-1] for row in each] for each in rows]
    elif format == "conllu":
        words = list(_conllu(path, encoding, on_error))
        X, y = [[[word] for word, _ in each] for each in words], [[tag for _, tag in each] for each in words]
    else:
        raise ParameterError(f"format {format!r}, expected auto, {', '.join(FORMATS)}")
    if not X:
        raise CorpusFormatError("no labelled sentence in it", path=_name(path))
    return Labelled(X, y, format)


def recognise(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    """The format of a file, by its first lines.

    Ten columns, the first of them counting from 1, are CoNLL-U. Word/tag text has a slash inside all of its tokens. All else is
    columns.
    """
    if str(path) == "-":
        head = sys.stdin.buffer.peek(_HEAD)  # type: ignore[union-attr]
    else:
        with open_input(path) as file:
            head = file.read(_HEAD)
    try:
        text = head.decode(encoding, "replace")
    except LookupError:
        raise ParameterError(f"unknown encoding {encoding!r}") from None
    lines = text.split("\n")
    if len(lines) > 1:
        lines.pop()  # cut off somewhere
    rows = [line for line in lines if line.strip() and not line.startswith("# ")]
    if rows and rows[0].count("\t") == _CONLLU_COLUMNS - 1 and rows[0].split("\t")[0] in ("1", "1-2"):
        return "conllu"
    tokens = list(islice((token for line in lines for token in line.split()), 1000))
    if tokens and all("/" in token[1:-1] for token in tokens):
        return "tagged"
    if rows and len(rows[0].split()) < 2:
        message = "neither word/tag text nor columns: expected an item and its label, an item a line"
        raise CorpusFormatError(message, path=_name(path), line=1 + lines.index(rows[0]))
    return "columns"


def _conllu(path: str | os.PathLike[str], encoding: str, on_error: str) -> Iterator[list[tuple[str, str]]]:
    """Words and universal tags; ranges (``1-2``) and empty nodes (``1.1``) left out."""
    for rows in read_columns(path, "\t", _CONLLU_COLUMNS, comment="#", encoding=encoding, on_error=on_error):
        words = [(row[1].replace(" ", "\u00a0"), row[3]) for row in rows if row[0].isdigit()]
        if words:
            yield words


def line_of(path: str | os.PathLike[str], format: str, sentence: int, item: int, encoding: str = "utf-8") -> int | None:
    """The line on which an item of a file stands; None for standard input, which cannot be read again."""
    if str(path) == "-":
        return None
    found = -1
    inside, row = False, -1
    for number, line in read_columns(path, encoding=encoding, on_error="skip").numbered():
        if not line.strip(" \t"):
            inside = False
        elif format == "tagged":
            found += 1
            if found == sentence:
                return number
        elif format != "conllu" or line.split("\t")[0].isdigit():
            if not inside:
                found, inside, row = found + 1, True, -1
            row += 1
            if (found, row) == (sentence, item):
                return number
    return None


def with_known_labels(X: Any, y: Any, known: Iterable[Iterable[str]]) -> tuple[list[Any], list[Any]]:
    """The sentences whose labels all occur in ``known``: on the others no tagger that learned from that can be right.

    What does not fit together is left as it is, for the tagger to complain about.
    """
    if len(X) != len(y):
        return X, y
    labels = set(chain.from_iterable(known))
    kept = [(x, each) for x, each in zip(X, y, strict=True) if len(x) != len(each) or labels.issuperset(each)]
    return [x for x, _ in kept], [each for _, each in kept]


def same_items(
    gold: str | os.PathLike[str],
    ours: Labelled,
    predicted: str | os.PathLike[str],
    theirs: Labelled,
    encoding: str = "utf-8",
) -> None:
    """Raise CorpusFormatError, with the line, unless two files have the same items: the same first columns."""

    def fail(sentence: int, item: int, message: str) -> CorpusFormatError:
        where = line_of(predicted, theirs.format, sentence, item, encoding)
        place = "" if where else f"sentence {sentence + 1}, item {item + 1}: "
        return CorpusFormatError(place + message, path=_name(predicted), line=where)

    for i, (a, b) in enumerate(zip(ours.X, theirs.X, strict=False)):
        for j, (row, other) in enumerate(zip(a, b, strict=False)):
            if row[0] != other[0]:
                raise fail(i, j, f"{other[0]!r}, but {_name(gold)} has {row[0]!r} at this place")
        if len(a) != len(b):
            raise fail(i, min(len(b), len(a)) - 1, f"a sentence of {len(b)} items, but {_name(gold)} has {len(a)}")
    if len(ours.X) != len(theirs.X):
        raise CorpusFormatError(f"{len(theirs.X)} sentences, but {_name(gold)} has {len(ours.X)}", path=_name(predicted))


def located(
    error: Exception, sources: Sequence[tuple[str | os.PathLike[str], Labelled]], encoding: str = "utf-8"
) -> CorpusFormatError:
    """An error about ``sentence 3, item 5`` of some files read one after the other, with the file and line where that stands."""
    message = str(error)
    found = re.match(r"(?:sentence|sequence) (\d+)(?:, (?:item|row) (\d+))?:? ?", message)
    if found is None:
        return CorpusFormatError(message, path=_name(sources[0][0]))
    sentence, item = int(found[1]), int(found[2] or 0)
    for path, data in sources:
        if sentence < len(data.X):
            line = line_of(path, data.format, sentence, item, encoding)
            return CorpusFormatError(message if line is None else message[found.end() :], path=_name(path), line=line)
        sentence -= len(data.X)
    return CorpusFormatError(message)


def _name(path: str | os.PathLike[str]) -> str:
    return display_name(path, "<stdin>")
