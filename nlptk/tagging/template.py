"""Feature templates: which cells around an item are its attributes.

Two ways to write the same one. CRF++'s files::

    # the word before, a pair of words, the last two characters
    U00:%x[-1,0]
    U01:%x[-1,0]/%x[0,0]
    U02:%suffix[0,0,2]
    B

and Python, with names for the columns::

    Template(["word[-1]", "word[-1]/word[0]", "suffix(word[0], 2)"], columns=["word", "tag"])

``%x[row,column]`` is the cell ``row`` items further on; beyond the sentence it is ``_B-1``, ``_B-2``, ... and ``_B+1``, ... as in
CRF++. Attributes are compared as text with their literal parts, so macros without a name of their own (``U:%x[-1,0]`` and
``U:%x[1,0]``) share attributes: a bag of words. Beyond CRF++:

=========================  ===================================================================================================
``%fold[r,c]``             lower case, full width made half width, every digit 0
``%class[r,c]``            classes of the cell's characters: ``X`` ``x`` letters, ``d`` digits, ``C`` Han, ``n`` Chinese
                           numerals, ``k`` kana, ``g`` Hangul, ``p`` punctuation, ``s`` blanks, ``o`` others; at most 12
``%shape[r,c]``            the same without repetitions: ``Xx``, ``d``, ``C``
``%prefix[r,c,n]``         the first n characters; a shorter cell has no such attribute
``%suffix[r,c,n]``         the last n characters
``%length[r,c]``           the number of characters, at most 10
``%dict[r,c,name]``        place in the longest match of a dictionary over this column: ``B``, ``M``, ``E``, ``S``, with its
                           length in cells, at most 5 (``B2``); or ``O``
=========================  ===================================================================================================

References
----------
T. Kudo, CRF++: Yet Another CRF toolkit, 2005 (the file format). M. Collins, Ranking algorithms for named-entity extraction:
boosting and the voted perceptron, ACL 2002 (classes and shapes of words).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from ..errors import CorpusFormatError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final, TypeAlias

MAX_ROW: Final = 99
MAX_COLUMN: Final = 999
MAX_CELLS: Final = 16  # of one macro
MAX_MACROS: Final = 4096

# macro -> whether it takes an argument, and which kind
_ARGUMENTS: Final[dict[str, type[int] | type[str] | None]] = {
    "x": None, "fold": None, "class": None, "shape": None, "length": None, "prefix": int, "suffix": int, "dict": str,
}  # fmt: skip


class Cell(NamedTuple):
    """A cell, seen from an item: ``%function[row,column,argument]``."""

    function: str
    row: int
    column: int
    argument: int | str | None = None

    def __str__(self) -> str:
        extra = "" if self.argument is None else f",{self.argument}"
        return f"%{self.function}[{self.row},{self.column}{extra}]"


Part: TypeAlias = "str | Cell"


class Macro(NamedTuple):
    """One line of a template: literal text and cells, as in ``U01:%x[-1,0]/%x[0,0]``."""

    parts: tuple[Part, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, from left to right."""
        return tuple(part for part in self.parts if isinstance(part, Cell))

    @property
    def skeleton(self) -> tuple[str, ...]:
        """The literal text before, between and after the cells."""
        texts = [""]
        for part in self.parts:
            if isinstance(part, Cell):
                texts.append("")
            else:
                texts[-1] += part
        return tuple(texts)

    def __str__(self) -> str:
        return "".join(str(part).replace("%", "%%") if isinstance(part, str) else str(part) for part in self.parts)


class Template:
    """Which attributes an item has.

    Parameters
    ----------
    features : iterable of str
        ``word[-1]/word[0]``: cells of named columns, joined by ``/``; functions as in ``shape(word[0])``, ``suffix(word[0], 2)``,
        ``dict(word[0], places)``.
    columns : sequence of str
        The names of the columns, from the first.
    transitions : bool
        Whether pairs of neighbouring labels have weights (``B`` in a file).

    Attributes
    ----------
    macros : tuple of Macro
    transitions : bool
    n_columns : int
        How many columns the data needs at least.
    dictionaries : tuple of str
        Names of the dictionaries that it asks for.

    Examples
    --------
    >>> print(Template(["char[-1]", "char[0]/char[1]", "class(char[0])"], columns=["char"]))
    U00:%x[-1,0]
    U01:%x[0,0]/%x[1,0]
    U02:%class[0,0]
    B
    """

    def __init__(self, features: Iterable[str], columns: Sequence[str] = ("word", "tag"), *, transitions: bool = True) -> None:
        if isinstance(features, str) or isinstance(columns, str):
            raise ParameterError("features and columns are lists of str, not one str; for a file's text use Template.parse")
        names = list(columns)
        bad = next((c for c in names if not isinstance(c, str) or not re.fullmatch(r"\w+", c) or c in _ARGUMENTS), None)
        if bad is not None or len(set(names)) != len(names):
            raise ParameterError(f"columns {names!r}: different names of letters and digits expected, none of them a function's")
        given = list(features)
        width = max(2, len(str(len(given) - 1)))
        self._set([Macro((f"U{i:0{width}}:", *_named(feature, names))) for i, feature in enumerate(given)], transitions)

    def _set(self, macros: list[Macro], transitions: bool) -> None:
        if not macros and not transitions:
            raise ParameterError("a template without any line")
        if len(macros) > MAX_MACROS:
            raise ParameterError(f"{len(macros)} lines in a template, at most {MAX_MACROS}")
        self.macros = tuple(macros)
        self.transitions = bool(transitions)
        cells = [cell for macro in macros for cell in macro.cells]
        self.n_columns = 1 + max((cell.column for cell in cells), default=0)
        self.dictionaries = tuple(dict.fromkeys(str(cell.argument) for cell in cells if cell.function == "dict"))

    @classmethod
    def parse(cls, text: str, *, path: str | os.PathLike[str] | None = None) -> Template:
        """The template in the text of a file.

        Raises
        ------
        CorpusFormatError
            With the line, for instance ``chunk.template:3: %x[0]: expected %x[row,column]``.
        """
        macros: list[Macro] = []
        transitions = False
        for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
            line = raw.strip(" \t\r\f\v")
            if not line or line.startswith("#"):
                continue
            try:
                if line[0] == "U":
                    macros.append(Macro(_parse(line)))
                elif line[0] == "B":
                    if "%" in line:
                        raise ParameterError("label pairs with cells are not supported, only B alone")
                    transitions = True
                else:
                    raise ParameterError(f"{line[:40]!r}: a line begins with U, B or #")
            except ParameterError as error:
                raise CorpusFormatError(str(error), path=path if path is not None else "template", line=number) from None
        template = cls.__new__(cls)
        try:
            template._set(macros, transitions)
        except ParameterError as error:
            raise CorpusFormatError(str(error), path=path if path is not None else "template") from None
        return template

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Template:
        """Read a CRF++ template file."""
        from ..corpus import read_lines

        return cls.parse("\n".join(read_lines(path)), path=path)

    @classmethod
    def of(cls, value: Template | str | os.PathLike[str] | Iterable[str]) -> Template:
        """A template from whatever names one: itself, a list of features, a file's text (it has a line end), a path, a task."""
        if isinstance(value, Template):
            return value
        if isinstance(value, str) and "\n" in value:
            return cls.parse(value)
        if isinstance(value, (str, os.PathLike)):
            if isinstance(value, str):
                from .templates import TEMPLATES

                if value in TEMPLATES:
                    return cls.parse(TEMPLATES[value])
            return cls.from_file(value)
        return cls(value)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.macros), *(["B"] if self.transitions else [])])

    def __repr__(self) -> str:
        return f"<Template: {len(self.macros)} macros, {self.n_columns} columns>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


_MACRO = re.compile(r"%%|%([a-z]+)\[([^\[\]]*)\]|%")


def _parse(line: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    end = 0

    def literal(text: str) -> None:
        if text and parts and isinstance(parts[-1], str):
            parts[-1] += text
        elif text:
            parts.append(text)

    for match in _MACRO.finditer(line):
        literal(line[end : match.start()])
        end = match.end()
        if match[0] == "%%":
            literal("%")
        elif match[1] is None:
            raise ParameterError(f"{line[match.start() :][:20]!r}: expected %x[row,column] (%% is a per cent sign)")
        else:
            parts.append(_cell(match[1], match[2].split(","), match[0]))
    literal(line[end:])
    if sum(isinstance(part, Cell) for part in parts) > MAX_CELLS:
        raise ParameterError(f"more than {MAX_CELLS} cells in one line")
    return tuple(parts)


def _cell(function: str, arguments: list[str], shown: str) -> Cell:
    if function not in _ARGUMENTS:
        raise ParameterError(f"{shown}: no such macro, expected one of %{', %'.join(_ARGUMENTS)}")
    kind = _ARGUMENTS[function]
    form = "[row,column]" if kind is None else "[row,column,n]" if kind is int else "[row,column,name]"
    texts = [argument.strip() for argument in arguments]
    if len(texts) != 2 + (kind is not None) or not all(re.fullmatch(r"[+-]?[0-9]{1,9}", text) for text in texts[:2]):
        raise ParameterError(f"{shown}: expected %{function}{form}")
    row, column = int(texts[0]), int(texts[1])
    if not (-MAX_ROW <= row <= MAX_ROW and 0 <= column <= MAX_COLUMN):
        raise ParameterError(f"{shown}: a row from -{MAX_ROW} to {MAX_ROW} and a column from 0 to {MAX_COLUMN} expected")
    argument: int | str | None = None
    if kind is int:
        if not re.fullmatch(r"[1-9][0-9]?", texts[2]):
            raise ParameterError(f"{shown}: a number of characters from 1 to 99 expected")
        argument = int(texts[2])
    elif kind is str:
        if not re.fullmatch(r"\w+", texts[2]):
            raise ParameterError(f"{shown}: the name of a dictionary expected, of letters and digits")
        argument = texts[2]
    return Cell(function, row, column, argument)


_FEATURE = re.compile(r"(?:(\w+)\s*\(\s*)?(\w+)\s*\[\s*([+-]?\d+)\s*\]((?:\s*,\s*\w+)*)\s*(\))?")


def _named(feature: str, columns: list[str]) -> list[Part]:
    """The parts of ``word[-1]/shape(word[0])``."""
    if not isinstance(feature, str):
        raise ParameterError(f"feature {feature!r}: a str expected, such as 'word[-1]/word[0]'")
    parts: list[Part] = []
    for piece in feature.split("/"):
        match = _FEATURE.fullmatch(piece.strip())
        if match is None or bool(match[1]) != bool(match[5]) or (match[4] and not match[1]):
            raise ParameterError(f"feature {feature!r}: expected cells such as word[-1] or suffix(word[0], 2), joined by /")
        if match[2] not in columns:
            raise ParameterError(f"feature {feature!r}: no column {match[2]!r} among {', '.join(columns)}")
        arguments = [match[3], str(columns.index(match[2])), *match[4].split(",")[1:]]
        parts += ["/"] if parts else []
        parts.append(_cell(match[1] or "x", arguments, piece.strip()))
    if sum(isinstance(part, Cell) for part in parts) > MAX_CELLS:
        raise ParameterError(f"feature {feature!r}: more than {MAX_CELLS} cells")
    return parts
