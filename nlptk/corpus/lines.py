"""Plain text, one item a line; and segmented text, whose tokens are separated by blanks."""

from __future__ import annotations

import os

from ..errors import CorpusFormatError, ParameterError
from .files import display_name
from .stream import Reader, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class read_lines(Reader):
    r"""Lines of a text file, without their ends.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input; .gz, .bz2, .xz and .zst are unpacked.
    encoding : str
        Wrong bytes raise CorpusEncodingError with their line.
    on_error : {"stop", "skip"}
        ``skip`` leaves out lines with wrong bytes and logs their number.

    Examples
    --------
    >>> lines = read_lines("news.txt.gz")  # doctest: +SKIP
    >>> for line in lines: ...             # as often as you like  # doctest: +SKIP

    Notes
    -----
    Iterable, not an iterator: every ``for`` starts at the first line.
    """

    def __iter__(self) -> Iterator[str]:
        for _, lines in self.blocks():
            yield from lines


class read_tokens(Reader):
    """Sentences of a segmented text, one a line, as lists of tokens.

    Parameters
    ----------
    path, encoding, on_error
        As in `read_lines`.
    sep : str, optional
        What separates tokens; any white space when left out.
    keep_empty : bool
        Give an empty list for an empty line, so that sentence n is line n.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        encoding: str = "utf-8",
        on_error: str = "stop",
        *,
        sep: str | None = None,
        keep_empty: bool = False,
    ) -> None:
        super().__init__(path, encoding, on_error)
        if sep is not None:
            check_separator(sep)
        self.sep = sep
        self.keep_empty = keep_empty

    def __iter__(self) -> Iterator[list[str]]:
        sep, keep_empty = self.sep, self.keep_empty
        for first, lines in self.blocks():
            for number, line in enumerate(lines, first):
                tokens = line.split(sep) if line else []
                if "" in tokens:
                    raise CorpusFormatError(f"token {tokens.index('') + 1} is empty", path=self.name, line=number)
                if tokens or keep_empty:
                    yield tokens


def write_lines(path: str | os.PathLike[str] | None, lines: Iterable[str], encoding: str = "utf-8") -> None:
    r"""Write one item a line.

    Parameters
    ----------
    path : str, path-like or None
        ``-`` and None are standard output; see :func:`nlptk.corpus.open_output`.
    lines : iterable of str
        Without line ends.
    encoding : str
        ``utf-8`` unless told otherwise.

    Raises
    ------
    CorpusFormatError
        A line holds a line feed.

    Notes
    -----
    `read_lines` gives the lines back, except that it takes a final ``\r`` for a part of the line end and U+FEFF in
    front of the first line for a byte order mark.
    """
    name = display_name(path, "<stdout>")

    def records() -> Iterator[str]:
        for number, line in enumerate(lines, 1):
            if "\n" in line:
                raise CorpusFormatError("the line holds a line feed", path=name, line=number)
            yield line + "\n"

    write_records(path, records(), encoding)


def write_tokens(
    path: str | os.PathLike[str] | None, sentences: Iterable[Iterable[str]], sep: str = " ", encoding: str = "utf-8"
) -> None:
    """Write segmented text, one sentence a line.

    Parameters
    ----------
    path, encoding
        As in `write_lines`.
    sentences : iterable of iterables of str
        An empty sentence becomes an empty line.
    sep : str
        Put between tokens.

    Raises
    ------
    CorpusFormatError
        A token is empty or holds `sep` or a line feed; where `sep` is white space, any white space is refused, because
        `read_tokens` would split the token there.
    """
    check_separator(sep)
    name = display_name(path, "<stdout>")

    def records() -> Iterator[str]:
        for number, sentence in enumerate(sentences, 1):
            tokens = list(sentence)
            for position, token in enumerate(tokens, 1):
                fault = token_fault(token, sep)
                if fault:
                    raise CorpusFormatError(f"token {position} {token!r} {fault}", path=name, line=number)
            yield sep.join(tokens) + "\n"

    write_records(path, records(), encoding)


def check_separator(sep: str) -> None:
    """Raise ParameterError for a separator that cannot work."""
    if not sep or "\n" in sep or "\r" in sep:
        raise ParameterError(f"sep is {sep!r}, expected one or more characters without a line end")


def token_fault(token: str, sep: str) -> str:
    """What keeps `token` from being read back between separators `sep`; empty if nothing does."""
    if not token:
        return "is empty"
    if "\n" in token:
        return "holds a line feed"
    if sep.isspace():
        return "" if token.split() == [token] else "holds white space"
    if sep in token:
        return f"holds the separator {sep!r}"
    return "ends in a carriage return" if token.endswith("\r") else ""
