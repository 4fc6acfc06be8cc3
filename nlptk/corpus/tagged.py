"""Text of ``word/tag`` tokens, as in the People's Daily corpus: ``[中央/n 电视台/n]nt 播出/v``."""

from __future__ import annotations

import os

from ..errors import CorpusFormatError, ParameterError
from .files import display_name
from .lines import check_separator
from .stream import Reader, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class read_tagged(Reader):
    """Sentences of ``word/tag`` tokens, one a line, as lists of pairs; empty lines give nothing.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input; .gz, .bz2, .xz and .zst are unpacked.
    sep : str
        Its last occurrence in a token splits word and tag, so ``//w`` is the word ``/`` with the tag ``w``.
    brackets : {"drop", "keep"}
        ``drop`` reads ``[中央/n 电视台/n]nt`` (or ``]/nt``) as its two inner words and refuses brackets without a
        partner; ``[/w`` and ``]/w`` are the characters themselves. ``keep`` gives words and tags as they stand.
    encoding, on_error
        As in :class:`nlptk.corpus.read_lines`.

    Raises
    ------
    CorpusFormatError
        For instance ``a.txt:7: token 3 'foo' has no /tag``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        sep: str = "/",
        brackets: str = "drop",
        encoding: str = "utf-8",
        on_error: str = "stop",
    ) -> None:
        super().__init__(path, encoding, on_error)
        _check_tag_separator(sep)
        if brackets not in ("drop", "keep"):
            raise ParameterError(f"brackets is {brackets!r}, possible are 'drop' and 'keep'")
        self.sep = sep
        self.brackets = brackets

    def __iter__(self) -> Iterator[list[tuple[str, str]]]:
        read = self._inner_words if self.brackets == "drop" else self._pairs
        for number, line in self.numbered():
            tokens = line.split()
            if tokens:
                yield read(tokens, number)

    def _pairs(self, tokens: list[str], number: int) -> list[tuple[str, str]]:
        return [self._pair(token, token, position, number) for position, token in enumerate(tokens, 1)]

    def _inner_words(self, tokens: list[str], number: int) -> list[tuple[str, str]]:
        pairs = []
        opened: list[int] = []  # positions of brackets that wait for their partner
        for position, token in enumerate(tokens, 1):
            bare = token
            while bare.startswith("[") and bare.rfind(self.sep) > 1:  # "[/w" is the character itself
                bare = bare[1:]
                opened.append(position)
            word, tag = self._pair(bare, token, position, number)
            closings = tag.count("]")
            if closings:
                tag = tag[: tag.index("]")]
            elif opened and word.endswith("]") and self.sep in word:  # "电视台/n]/nt"
                word, tag = self._pair(word[:-1], token, position, number)
                closings = 1
            if closings > len(opened):
                raise self._error(f"token {position} {token!r} closes a bracket that was not opened", number)
            if not tag:
                raise self._error(f"token {position} {token!r} has no {self.sep}tag", number)
            del opened[len(opened) - closings :]
            pairs.append((word, tag))
        if opened:
            token = tokens[opened[-1] - 1]
            hint = "brackets='keep' reads it as text"
            raise self._error(f"token {opened[-1]} {token!r} opens a bracket that is not closed ({hint})", number)
        return pairs

    def _pair(self, token: str, shown: str, position: int, number: int) -> tuple[str, str]:
        word, _, tag = token.rpartition(self.sep)
        if not word or not tag:
            missing = f"no {self.sep}tag" if not tag or self.sep not in token else "no word"
            raise self._error(f"token {position} {shown!r} has {missing}", number)
        return word, tag

    def _error(self, message: str, number: int) -> CorpusFormatError:
        return CorpusFormatError(message, path=self.name, line=number)


def write_tagged(
    path: str | os.PathLike[str] | None,
    sentences: Iterable[Iterable[tuple[str, str]]],
    sep: str = "/",
    encoding: str = "utf-8",
) -> None:
    """Write ``word/tag`` text, one sentence a line.

    Words that begin with ``[`` and tags that hold ``]`` are written as they are; read them with ``brackets="keep"``.

    Parameters
    ----------
    path, encoding
        As in :func:`nlptk.corpus.write_lines`.
    sentences : iterable of iterables of (word, tag)
        What `read_tagged` gives.
    sep : str
        Put between word and tag.

    Raises
    ------
    CorpusFormatError
        A word or tag is empty or holds white space, or the separator would be found at another place.
    """
    _check_tag_separator(sep)
    name = display_name(path, "<stdout>")

    def records() -> Iterator[str]:
        for number, sentence in enumerate(sentences, 1):
            tokens = []
            for position, (word, tag) in enumerate(sentence, 1):
                token = word + sep + tag
                if not word or not tag or token.split() != [token] or token.rpartition(sep) != (word, sep, tag):
                    message = f"token {position} ({word!r}, {tag!r}) cannot be written as word{sep}tag"
                    raise CorpusFormatError(message, path=name, line=number)
                tokens.append(token)
            yield " ".join(tokens) + "\n"

    write_records(path, records(), encoding)


def _check_tag_separator(sep: str) -> None:
    check_separator(sep)
    if sep.split() != [sep]:
        raise ParameterError(f"sep is {sep!r}, but white space already separates the tokens")
