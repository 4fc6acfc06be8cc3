"""Text as numbers of words: read once, kept in a temporary file, mapped into memory while training.

Words get numbers by first appearance while the text is read, and the numbers go to the file; only when all of them are counted is
it known which words are rare, and which are frequent and come first. So a second pass over the numbers, in place and much faster
than one over the text, renames them.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..corpus.blocks import sentence_blocks
from ..errors import CorpusFormatError, OutputError, ParameterError
from ..ext.encode import Encoder, Renamer
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..corpus.blocks import Corpus, Progress

_CHUNK = 1 << 17  # numbers handled at a time
_UNKNOWN = 1 << 20  # words outside a given vocabulary that are remembered, to know that they are none
_LINE_END = -1


def build(
    corpus: Corpus,
    *,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    max_final_vocab: int | None = None,
    base: Vocabulary | None = None,
    encoding: str = "utf-8",
    progress: Progress | None = None,
) -> tuple[Vocabulary, EncodedCorpus]:
    """Count the words of a corpus and turn it into numbers.

    Parameters
    ----------
    corpus : path, or iterable of str, of lists of str, or of pathlib.Path
        A file with a sentence a line, words separated by blanks (``-`` is standard input); sentences; or several files.
    min_count : int
        Words that occur less often are left out.
    max_vocab_size : int, optional
        Words that are counted at a time: whenever there are more, those that occurred least are forgotten, first all that
        occurred once, the next time all that occurred less than three times, and so on. It saves memory, and may lose words that
        would have become frequent. The corpus is read twice.
    max_final_vocab : int, optional
        Raise `min_count` until the vocabulary has at most so many words.
    base : Vocabulary, optional
        Words that keep their numbers and to whose counts those of the corpus are added; `min_count` and the limits apply to new
        words only, which come after them.
    encoding : str
        Of files.
    progress : callable, optional
        Called with numbers of bytes of the files.

    Returns
    -------
    vocabulary : Vocabulary
    encoded : EncodedCorpus
        To be closed.

    Raises
    ------
    CorpusFormatError
        There is not a word in the corpus.
    CorpusEncodingError
        A file is not text in `encoding`.
    OutputError
        The temporary file cannot be written.
    ParameterError
        No word reaches `min_count`; a parameter makes no sense.

    Examples
    --------
    >>> vocabulary, encoded = build(["the cat", "the dog saw the cat"], min_count=2)
    >>> with encoded:
    ...     vocabulary.words, encoded.ids.tolist()
    (['the', 'cat'], [0, 1, -1, 0, 0, 1, -1])
    """
    for parameter, value in (("min_count", min_count), ("max_vocab_size", max_vocab_size), ("max_final_vocab", max_final_vocab)):
        least = 0 if parameter == "min_count" else 1
        if value is None and least:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ParameterError(f"{parameter}={value!r}: expected {least} or more")
    encoder = Encoder(() if base is None else base.words)
    if max_vocab_size is not None:
        if corpus == "-" or isinstance(corpus, Iterator):
            raise ParameterError("max_vocab_size: the corpus is read twice, expected a file or a list and no stream")
        pruning = _Pruning(encoder, max_vocab_size, len(encoder))
        name = _read(corpus, encoding, progress, encoder, None, pruning)
        vocabulary, _ = _select(encoder, name, min_count, max_final_vocab, base, pruning.tokens)
        return vocabulary, encode(corpus, vocabulary, encoding=encoding)
    encoded = EncodedCorpus(source_of(corpus))
    try:
        name = _read(corpus, encoding, progress, encoder, encoded)
        vocabulary, names = _select(encoder, name, min_count, max_final_vocab, base)
        encoded._rename(names, name)
    except BaseException:
        encoded.close()
        raise
    return vocabulary, encoded


def encode(corpus: Corpus, vocabulary: Vocabulary, *, encoding: str = "utf-8", progress: Progress | None = None) -> EncodedCorpus:
    """Turn a corpus into numbers of a vocabulary; other words are left out.

    Parameters and errors are those of :func:`build`.

    Raises
    ------
    CorpusFormatError
        None of its words is in the vocabulary.

    Examples
    --------
    >>> with encode(["a cat", "", "no dog"], Vocabulary(["dog", "cat"], [1, 1])) as encoded:
    ...     encoded.ids.tolist()
    [1, -1, 0, -1]
    """
    encoder = Encoder(vocabulary.words)
    known = len(encoder)

    def forget() -> None:
        if len(encoder) > known + _UNKNOWN:
            encoder.keep((np.arange(len(encoder)) < known).view(np.uint8))

    encoded = EncodedCorpus(source_of(corpus))
    try:
        name = _read(corpus, encoding, progress, encoder, encoded, forget)
        encoded._rename(np.arange(known, dtype=np.int32), name)
    except BaseException:
        encoded.close()
        raise
    return encoded


class EncodedCorpus:
    """Sentences as numbers of words, in a temporary file that nobody else sees.

    Use it in a ``with`` statement, or call `close`.

    Attributes
    ----------
    ids : (n,) int32, read-only
        Numbers of words, and -1 at the end of each sentence; none is empty. Mapped: pages are read as they are needed.
    n_tokens, n_sentences : int
    source : tuple or None
        What :func:`source_of` said when it was read.
    """

    def __init__(self, source: tuple[tuple[str, int, int], ...] | None = None) -> None:
        self.ids: NDArray[np.int32] = np.empty(0, np.int32)
        self.n_tokens = self.n_sentences = 0
        self.source = source
        self._size = 0  # numbers in the file
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the temporary file, which goes when nobody holds `ids` any more."""
        self.ids = np.empty(0, np.int32)
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, ids: NDArray[np.int32]) -> None:
        """Append numbers."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix=".nlptk-", buffering=0)  # noqa: SIM115
            _write_all(self._file, ids)
        except OSError as error:
            self._fail(error)
        self._size += len(ids)

    def _rename(self, names: NDArray[np.int32], name: str) -> None:
        """Number i becomes names[i], all others are dropped; then map the file. `name` is what messages call the corpus."""
        renamer = Renamer(names)
        buffer = np.empty(_CHUNK, np.int32)
        done = 0
        try:
            for start in range(0, self._size, _CHUNK):
                assert self._file is not None
                block = buffer[: self._size - start]
                self._file.seek(start * buffer.itemsize)
                _read_all(self._file, block)
                left = renamer.rename(block)
                self._file.seek(done * buffer.itemsize)
                _write_all(self._file, block[:left])
                done += left
            if done:
                assert self._file is not None
                self._file.truncate(done * buffer.itemsize)
                self.ids = np.frombuffer(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ), np.int32)
                self._file.close()  # the map has its own hold on it
                self._file = None
        except OSError as error:
            self._fail(error)
        self._size = done
        self.n_tokens, self.n_sentences = renamer.n_tokens, renamer.n_sentences
        if not done:
            raise CorpusFormatError("no word of the corpus is in the vocabulary", path=name)

    def _fail(self, error: OSError) -> None:
        size = f"{self._size * 4 / 1e6:.0f} MB so far"
        message = f"{(error.strerror or str(error)).lower()}, in a temporary file of numbers ({size})"
        raise OutputError(message, path=tempfile.gettempdir()) from error


def source_of(corpus: Corpus) -> tuple[tuple[str, int, int], ...] | None:
    """Path, size and time of change (ns) of the files of a corpus; None for standard input and for what is no list of files."""
    if isinstance(corpus, (str, os.PathLike)):
        paths = [corpus]
    elif isinstance(corpus, (list, tuple)) and corpus and all(isinstance(path, os.PathLike) for path in corpus):
        paths = list(corpus)
    else:
        return None
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:  # "-" too
            return None
        found.append((os.path.realpath(os.fspath(path)), status.st_size, status.st_mtime_ns))
    return tuple(found)


def _read(
    corpus: Corpus,
    encoding: str,
    progress: Progress | None,
    encoder: Encoder,
    encoded: EncodedCorpus | None,
    after_block: Callable[[], None] | None = None,
) -> str:
    """Count all words, and append their numbers to `encoded`; returns the name of the (last) file."""
    buffer = np.empty(_CHUNK, np.int32)
    rest = b""
    name = ""
    for block, place in sentence_blocks(corpus, encoding, progress):
        name = place.name
        text = rest + (block or b"")
        done = 0
        while True:
            try:
                consumed, written = encoder.read(text[done:] if done else text, block is None, buffer)
            except UnicodeDecodeError as error:
                raise place.wrong(text, done + error.start) from None
            if encoded is not None:
                encoded._write(buffer[:written])
            done += consumed
            if written < len(buffer):
                break
        if block is None and encoded is not None:  # the last line may lack its line feed
            encoded._write(np.array([_LINE_END], np.int32))
        rest = text[done:]
        place.advance(text[:done])
        if after_block is not None:
            after_block()
    return name


class _Pruning:
    """Forgets rare words whenever there are more than `most`; each time the bar is one higher. `known` words stay."""

    def __init__(self, encoder: Encoder, most: int, known: int) -> None:
        self._encoder, self._most, self._known = encoder, most, known
        self._least = 1
        self.tokens = 0  # forgotten

    def __call__(self) -> None:
        while len(self._encoder) - self._known > self._most:
            self._least += 1
            counts = self._encoder.counts()
            kept = counts >= self._least
            kept[: self._known] = True
            self.tokens += int(counts[~kept].sum())
            self._encoder.keep(kept.view(np.uint8))


def _select(
    encoder: Encoder, name: str, min_count: int, most: int | None, base: Vocabulary | None, forgotten: int = 0
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The vocabulary, and what becomes of the encoder's numbers: -1 for rare words."""
    known = 0 if base is None else len(base)
    words, counts = encoder.words(), encoder.counts()
    raw_total = int(counts.sum()) + forgotten
    if not raw_total:
        raise CorpusFormatError("not a word in the corpus, expected a sentence a line", path=name)
    order = known + np.argsort(-counts[known:], kind="stable")
    if most is not None and len(order) > most:
        min_count = max(min_count, int(counts[order[most]]) + 1)
    order = order[: int((counts[known:] >= min_count).sum())]
    if base is None and not words:
        raise ParameterError("max_vocab_size is too small: there were always more words that had occurred equally often")
    if base is None and not len(order):
        top = int(counts.argmax())
        limits = f"min_count={min_count}" if most is None else f"min_count={min_count}, max_final_vocab={most}"
        raise ParameterError(f"no word is left with {limits}: the most frequent one, {words[top]!r}, occurs {counts[top]} times")
    order = np.concatenate([np.arange(known), order])
    names = np.full(len(words), -1, np.int32)
    names[order] = np.arange(len(order), dtype=np.int32)
    counts = counts[order]
    if base is not None:
        counts[:known] += base.counts
        raw_total += base.raw_total
    return Vocabulary([words[number] for number in order.tolist()], counts, raw_total), names


def _write_all(file: BinaryIO, ids: NDArray[np.int32]) -> None:
    view = ids.data.cast("B") if len(ids) else b""
    done = 0
    while done < len(view):
        done += file.write(view[done:])


def _read_all(file: BinaryIO, ids: NDArray[np.int32]) -> None:
    view = ids.data.cast("B")
    done = 0
    while done < len(view):
        n = file.readinto(view[done:])  # type: ignore[attr-defined]
        if not n:
            raise OSError("cut short")
        done += n
