"""Text for kernels: blocks of UTF-8 as they come, cut anywhere, and where in which file they stand."""

from __future__ import annotations

import codecs
import os
import re
from itertools import chain

from ..errors import InputError, ParameterError
from .encoding import check_options, decode_blocks, wrong_byte
from .files import display_name, open_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO, TypeAlias

    from ..errors import CorpusEncodingError

    Path: TypeAlias = str | os.PathLike[str]
    Corpus: TypeAlias = Path | Iterable[str] | Iterable[Sequence[str]] | Iterable[os.PathLike[str]]
    Progress: TypeAlias = Callable[[int], object]
    Block: TypeAlias = "tuple[bytes | None, Place]"  # None where a text ends

WORD_BREAK = re.compile(r"[ \t\n\v\f\r\0]")  # what kernels take for the end of a word: ASCII white space and NUL

_BLOCK = 1 << 18  # bytes of text
_UTF8 = ("utf-8", "utf8", "utf-8-sig", "u8")


class Place:
    """Where in a file the text stands that is read next, to complain about it."""

    def __init__(self, name: str) -> None:
        self.name, self.line, self.column = name, 1, 0

    def advance(self, text: bytes) -> None:
        last = text.rfind(b"\n")
        self.line += text.count(b"\n")
        self.column = self.column + len(text) if last < 0 else len(text) - last - 1

    def wrong(self, text: bytes, at: int) -> CorpusEncodingError:
        """The error for a text that is no UTF-8 at a byte; what came before it in its line may be gone."""
        start, stop = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
        line = text[start:] if stop < 0 else text[start:stop]
        return wrong_byte(line if start else b" " * self.column + line, self.name, self.line + text.count(b"\n", 0, at), "utf-8")


def sentence_blocks(corpus: Corpus, encoding: str = "utf-8", progress: Progress | None = None) -> Iterator[Block]:
    """A corpus in any of its forms, a sentence a line, words separated by blanks.

    Parameters
    ----------
    corpus : path, or iterable of str, of lists of str, or of pathlib.Path
        A file (``-`` is standard input); sentences; or several files.
    encoding : str
        Of files.
    progress : callable, optional
        Called with the bytes of each block of a file once it has been used.
    """
    if isinstance(corpus, (str, os.PathLike)):
        return file_blocks([corpus], encoding, progress)
    try:
        items = iter(corpus)
    except TypeError:
        raise ParameterError(f"corpus is {corpus!r:.50}, expected a path, paths, or sentences") from None
    first = next(items, None)
    if isinstance(first, os.PathLike):
        return file_blocks([first, *items], encoding, progress)  # type: ignore[list-item]
    return text_blocks(_lines(chain(() if first is None else (first,), items)))  # type: ignore[arg-type]


def split_words(text: str) -> list[str]:
    """The words of a text, as kernels split it."""
    return [word for word in WORD_BREAK.split(text) if word]


def _lines(sentences: Iterable[str | Sequence[str]]) -> Iterator[str]:
    for number, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str):
            sentence = sentence.removesuffix("\n")
            if "\n" in sentence:
                raise ParameterError(f"sentence {number} has a line feed inside: {sentence[:50]!r}")
            yield sentence
            continue
        try:
            wrong = WORD_BREAK.search("".join(sentence)) or "" in sentence
        except TypeError:
            raise ParameterError(f"sentence {number} is {sentence!r:.50}, expected a str or a list of str") from None
        if wrong:
            raise ParameterError(f"sentence {number}: a word is empty or has a blank inside: {list(sentence)!r:.80}")
        yield " ".join(sentence)


def text_blocks(texts: Iterable[str]) -> Iterator[Block]:
    """Texts as lines; lone surrogates become question marks."""
    place = Place("<texts>")
    batch: list[str] = []
    size = 0
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise ParameterError(f"text {number} is a {type(text).__name__}, expected str")
        batch.append(text)
        size += len(text) + 1
        if size >= _BLOCK:
            yield _joined(batch), place
            batch, size = [], 0
    yield _joined(batch), place
    yield None, place


def _joined(batch: list[str]) -> bytes:
    return "".join(f"{text}\n" for text in batch).encode("utf-8", "replace")


def file_blocks(paths: Sequence[Path], encoding: str = "utf-8", progress: Progress | None = None) -> Iterator[Block]:
    """Files one after the other; `progress` is called with the bytes of each block once it has been used.

    That all of them exist is checked at once, not after an hour with the first one.
    """
    check_options(encoding)
    for path in paths:
        if os.fspath(path) != "-" and not os.path.exists(path):
            raise InputError("no such file", path=path)
    return _file_blocks(paths, encoding, progress)


def _file_blocks(paths: Sequence[Path], encoding: str, progress: Progress | None) -> Iterator[Block]:
    utf8 = encoding.lower().replace("_", "-") in _UTF8
    for path in paths:
        place = Place(display_name(path, "<stdin>"))
        with open_input(path) as source:
            for block in _bytes(source) if utf8 else _recoded(source, place.name, encoding):
                yield block, place
                if progress is not None:
                    progress(len(block))
        yield None, place


def _bytes(source: BinaryIO) -> Iterator[bytes]:
    block = source.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
    while block:
        yield block
        block = source.read(_BLOCK)


def _recoded(source: BinaryIO, name: str, encoding: str) -> Iterator[bytes]:
    for _, lines in decode_blocks(source, name, encoding, keep_ends=True):
        yield "".join(lines).encode("utf-8", "replace")
