r"""ARPA files, the text format of n-gram language models that every tool reads and writes.

::

    \data\
    ngram 1=3
    ngram 2=1

    \1-grams:
    -0.5	a	-0.3
    ...
    \2-grams:
    -0.2	a b

    \end\

A line holds a log10 probability, the words and a log10 backoff weight, which the highest order lacks. Files are read and
written in blocks: of a model of any size only its words are in memory.
"""

from __future__ import annotations

import os
import re
from functools import cached_property

import numpy as np

from ..container import unpack_strings
from ..corpus.ahead import ahead
from ..corpus.files import display_name, open_input, open_output
from ..errors import ModelFormatError, NlptkError, OutputError
from ..ext.arpa import MAX_ORDER, LineError, Words, format_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Any, BinaryIO, NoReturn, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    Chunk: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]

SPECIAL = ("<unk>", "<s>", "</s>")  # words 0, 1 and 2
_BLOCK = 1 << 20  # bytes
_ROWS = 1 << 15  # n-grams
_LONGEST = 1 << 24  # bytes of a line
_COUNT = re.compile(rb"ngram[ \t]+([0-9]{1,9})[ \t]*=[ \t]*([0-9]{1,18})")
_UNWRITABLE = re.compile(rb"[ \t\r\n]")


def read_arpa(source: str | os.PathLike[str] | BinaryIO) -> Arpa:
    """Open an ARPA file and read it up to the end of its unigrams.

    Parameters
    ----------
    source : str, path-like or binary file
        ``-`` is standard input; .gz, .bz2, .xz and .zst are unpacked. A file that is given open stays open.

    Raises
    ------
    InputError
        No such file, or a damaged archive.
    ModelFormatError
        With the line: this is no ARPA file, or a damaged one.

    Examples
    --------
    >>> with read_arpa("model.arpa.gz") as arpa:  # doctest: +SKIP
    ...     for n in range(1, arpa.order + 1):
    ...         for ids, log_prob, log_backoff in arpa.chunks(n): ...
    """
    return Arpa(source)


class Arpa:
    """An ARPA file that is being read; made by :func:`read_arpa`, to be closed or used in a ``with`` statement.

    Attributes
    ----------
    name : str
        What messages call the file.
    order : int
        Words of the longest n-grams.
    counts : list of int
        N-grams of order 1, 2, ... as the file announces them: what is read is held against them, but they may promise more than
        there is, so make no room for them beforehand.
    blob, offsets : bytes, uint64 array
        The words by id, as UTF-8: word w is ``blob[offsets[w]:offsets[w + 1]]``.
    missing : tuple of str
        Which of ``<unk>``, ``<s>`` and ``</s>`` the file lacks. They have their ids all the same.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO) -> None:
        self._file: BinaryIO | None = None
        if isinstance(source, (str, os.PathLike)):
            self.name = display_name(source, "<stdin>")
            self._file = open_input(source)
        else:
            self.name = str(getattr(source, "name", "<file>"))
        self._read = (self._file or source).read  # type: ignore[union-attr]
        self._text, self._at, self._whole, self._last = b"", 0, 0, False  # whole: where the last complete line ends
        self._line = 0  # lines before _at
        self._words = Words()
        self._next = 2  # the order whose section comes next
        try:
            self.counts = self._header()
            self.order = len(self.counts)
            self._unigrams = list(self._section(1, self.counts[0]))
        except BaseException:
            self.close()
            raise
        self.missing = tuple(word for i, word in enumerate(SPECIAL) if not self._words.seen(i))
        self.blob, offsets = self._words.table()
        self.offsets: NDArray[np.uint64] = np.frombuffer(offsets, np.uint64)

    @cached_property
    def words(self) -> list[str]:
        """The words by id: ``<unk>``, ``<s>``, ``</s>``, then in the order of the unigrams."""
        return unpack_strings(self.blob, self.offsets.data)

    def chunks(self, n: int) -> Iterator[Chunk]:
        """The n-grams of one order, some thousands at a time.

        Parameters
        ----------
        n : int
            Sections come as they are in the file: 2 (1 may come at any time), 3, ... Leaving one out reads it all the same.

        Yields
        ------
        ids : uint32 array (k, n)
            The words, in the order of the text.
        log_prob, log_backoff : float32 arrays (k,)
            Backoff weights that the file does not state are 0, so also those of the highest order.
        """
        if n == 1:
            yield from self._unigrams
            return
        if not self._next <= n <= self.order:
            raise ValueError(f"section {n} of {self.order}, expected {self._next} or a later one")
        while self._next <= n:
            section = self._section(self._next, self.counts[self._next - 1])
            self._next += 1
            if self._next > n:
                yield from section
            else:
                for _ in section:
                    pass

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _section(self, n: int, count: int) -> Iterator[Chunk]:
        """The n-grams between two headers; behind the last section, the end of the file."""
        expected = f"\\{n}-grams:"
        header = self._next_line(expected)
        if header != expected.encode():
            self._fail(f"expected {expected}, found {_shown(header)}")
        done, highest = 0, n == len(self.counts)
        while done < count:
            size = min(_ROWS, count - done)
            ids, log_prob = np.empty((size, n), np.uint32), np.empty(size, np.float32)
            log_backoff = np.zeros(size, np.float32)
            rows = self._rows(ids, log_prob, None if highest else log_backoff)
            if rows:
                yield ids[:rows], log_prob[:rows], log_backoff[:rows]
            done += rows
            if rows < size:
                found = "the file ends" if self._at == len(self._text) else "the section ends"
                self._line += self._at < len(self._text)
                self._fail(f"{found} after {done} {n}-grams, expected {count}")
        if highest:
            self._end()

    def _rows(self, ids: Any, log_prob: Any, log_backoff: Any) -> int:
        """Fill the arrays; fewer n-grams where a header or the end of the file comes before."""
        done, header = 0, False
        while done < len(ids) and not header:
            if self._at == self._whole and not self._fill():
                break
            rest = None if log_backoff is None else log_backoff[done:]
            try:
                at, lines, rows, header = self._words.read(self._text, self._at, self._whole, ids[done:], log_prob[done:], rest)
            except LineError as error:
                raise ModelFormatError(str(error), path=self.name, line=self._line + error.lines + 1) from None
            self._at, self._line, done = at, self._line + lines, done + rows
        return done

    def _header(self) -> list[int]:
        line = self._next_line("\\data\\")
        if line != b"\\data\\":
            self._fail(f"expected \\data\\, found {_shown(line)}: is this an ARPA file?")
        counts: list[int] = []
        while not (line := self._next_line("\\1-grams:")).startswith(b"\\"):
            match = _COUNT.fullmatch(line)
            if not match or int(match[1]) != len(counts) + 1:
                self._fail(f"expected ngram {len(counts) + 1}=COUNT, found {_shown(line)}")
            if len(counts) == MAX_ORDER:
                self._fail(f"order {len(counts) + 1}, expected at most {MAX_ORDER}")
            counts.append(int(match[2]))
        if not counts or not counts[0]:
            self._fail("no unigrams, expected ngram 1=COUNT and a count above 0")
        self._at -= self._length  # the line is read again as the header of its section
        self._line -= 1
        return counts

    def _end(self) -> None:
        line = self._next_line("\\end\\")
        if line != b"\\end\\":
            self._fail(f"expected \\end\\, found {_shown(line)}")
        if line := self._next_line(""):
            self._fail(f"expected nothing behind \\end\\, found {_shown(line)}")

    def _next_line(self, expected: str) -> bytes:
        """The next line that is not blank, without white space around it; b"" at the end of the file if nothing is expected."""
        while self._at < self._whole or self._fill():
            end = self._text.find(b"\n", self._at, self._whole) + 1 or self._whole
            line = self._text[self._at : end].strip(b" \t\r\n")
            self._length = end - self._at
            self._at = end
            self._line += 1
            if line:
                return line
        if expected:
            self._fail(f"the file ends, expected {expected}")
        return b""

    def _fill(self) -> bool:
        """Read on until there is a whole line; False at the end of the file."""
        parts = [self._text[self._at :]]
        size, self._text, self._at, self._whole = len(parts[0]), b"", 0, 0
        while not self._last:
            block = self._read(_BLOCK)
            parts.append(block)
            self._last = not block
            end = block.rfind(b"\n") + 1
            if end or self._last:
                self._text = b"".join(parts)
                self._whole = size + (end or len(block))
                break
            size += len(block)
            if size > _LONGEST:
                self._line += 1
                self._fail(f"a line of more than {_LONGEST >> 20} MB")
        return self._at < self._whole

    def _fail(self, message: str) -> NoReturn:
        raise ModelFormatError(message, path=self.name, line=max(self._line, 1))


def write_arpa(
    target: str | os.PathLike[str] | BinaryIO,
    counts: Sequence[int],
    words: Sequence[str],
    chunks: Callable[[int], Iterable[Chunk]],
    threads: int = 1,
) -> None:
    """Write a model as an ARPA file.

    Parameters
    ----------
    target : str, path-like or binary file
        ``-`` is standard output; files ending in .gz, .bz2, .xz and .zst are packed, and take their name when they are complete.
    counts : sequence of int
        N-grams of order 1, 2, ...
    words : sequence of str
        The words by id.
    chunks : callable
        ``chunks(n)`` gives the n-grams of one order as `Arpa.chunks` does; it is asked for 1, 2, ... in turn.
    threads : int
        With 2 or more the text is made while what came before is written.

    Raises
    ------
    OutputError
        The file cannot be written, or there is a word that an ARPA file cannot hold: empty, or with white space in it.

    Notes
    -----
    Numbers have 7 decimals where these give the float back, otherwise as many digits as it takes.
    """
    name = display_name(target, "<stdout>") if isinstance(target, (str, os.PathLike)) else str(getattr(target, "name", "<file>"))
    if not 1 <= len(counts) <= MAX_ORDER:
        raise NlptkError(f"order {len(counts)}, expected 1 to {MAX_ORDER}", path=name)
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    for word, raw in zip(words, encoded, strict=True):
        if not raw or _UNWRITABLE.search(raw):
            raise OutputError(f"word {word!r} is empty or holds white space, which an ARPA file cannot tell", path=name)
    offsets = np.zeros(len(encoded) + 1, np.uint64)
    np.cumsum([len(raw) for raw in encoded], dtype=np.uint64, out=offsets[1:])
    blob = b"".join(encoded)
    blocks = _text(counts, blob, offsets, chunks)
    if threads > 1:
        blocks = ahead(blocks)
    if isinstance(target, (str, os.PathLike)):
        with open_output(target) as file:
            for block in blocks:
                file.write(block)
    else:
        for block in blocks:
            target.write(block)


def _text(
    counts: Sequence[int], blob: bytes, offsets: NDArray[np.uint64], chunks: Callable[[int], Iterable[Chunk]]
) -> Iterator[bytes]:
    yield b"\\data\\\n" + b"".join(b"ngram %d=%d\n" % each for each in enumerate(counts, 1))
    out = bytearray(_BLOCK)
    for n, count in enumerate(counts, 1):
        yield b"\n\\%d-grams:\n" % n
        written = 0
        for rows, log_prob, log_backoff in chunks(n):
            ids, at = np.ascontiguousarray(rows), 0
            log_prob, log_backoff = np.ascontiguousarray(log_prob), np.ascontiguousarray(log_backoff)
            while at < len(ids):
                size, lines = format_lines(out, ids, at, log_prob, log_backoff if n < len(counts) else None, blob, offsets)
                if not lines:  # one that is longer than the buffer
                    out = bytearray(2 * len(out))
                yield bytes(memoryview(out)[:size])
                at += lines
            written += len(ids)
        if written != count:
            raise NlptkError(f"{written} {n}-grams, {count} were announced")
    yield b"\n\\end\\\n"


def _shown(line: bytes) -> str:
    text = line[:60].decode("utf-8", "replace")
    return f"'{text}'" if text.isprintable() else repr(text)
