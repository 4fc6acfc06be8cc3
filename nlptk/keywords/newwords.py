"""New words: strings of Han characters that hold together inside and are free outside.

All n-grams are counted exactly by an external sort, so that memory has a cap whatever the size of the corpus: each place
in the text becomes a record of 16 bytes (the characters that follow, and the one before), a buffer of records is sorted
natively and, when it is full, written to a temporary file; the merged files are scanned once. What the scan finds is a
table for each length, in order, so the counts of the parts of a word are looked up by walking along two lists.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections import namedtuple
from math import inf

from ..corpus.blocks import file_blocks, text_blocks
from ..corpus.files import open_output
from ..corpus.sizes import parse_size
from ..errors import OutputError, ParameterError
from ..estimator import Estimator
from ..ext.newwords import GRAM, MAX_LENGTH, POSITION, ROOM, Candidates, Gather, Merge, Scan
from ..lexicon.dictionary import Dictionary
from ..lexicon.packaged import packaged_dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, BinaryIO, NamedTuple, TypeVar

    from typing_extensions import Buffer, Self

    from ..corpus.blocks import Block, Path, Progress

    Number = TypeVar("Number", int, float)

    class NewWord(NamedTuple):
        """A word with its count, cohesion and the entropies of its neighbours, in nats."""

        word: str
        count: int  # type: ignore[assignment]
        pmi: float
        left_entropy: float
        right_entropy: float
else:
    NewWord = namedtuple("NewWord", ["word", "count", "pmi", "left_entropy", "right_entropy"])
    NewWord.__doc__ = "A word with its count, cohesion and the entropies of its neighbours, in nats."

_STEP = 1 << 20  # positions between two looks at whether the user wants to stop
_LEAST = 1 << 20  # bytes of memory
_LEAST_RUN = 16  # positions of a run in memory while merging
_CANDIDATE = GRAM + POSITION + 3 * 8  # bytes


class NewWords(Estimator):
    """Words that a corpus has and a dictionary does not.

    Candidates are the strings of 2 to `max_length` characters inside runs of Han characters (U+4E00 to U+9FFF). Their
    counts are exact, overlaps included. With N the number of Han characters and p(x) = count(x) / N:

    - cohesion ``pmi(w) = min over the splits w = ab of log(p(w) / (p(a) p(b)))``;
    - freedom ``min(left_entropy, right_entropy)``, of the characters before and after w. The end of a run counts each time
      as a neighbour of its own, as in accessor variety (Feng, Chen, Deng, Zheng 2004: "Accessor Variety Criteria for Chinese
      Word Extraction"); branching entropy is that of Jin and Tanaka-Ishii 2006.

    Logarithms are natural.

    Parameters
    ----------
    min_count : int
        How often a word occurs at least.
    max_length : int
        Characters of the longest words, 2 to 6.
    min_pmi, min_entropy : float
        The least cohesion and the least freedom. Cohesion cannot exceed ``log(N / min_count)``: lower it for a small corpus.
    memory : str or int
        Cap on buffers, such as ``"512M"``; the words found come on top. The result does not depend on it.
    dictionary : Dictionary, path, False, optional
        Words that are not new. Default: the packaged dictionary; False: none.

    Attributes
    ----------
    words_ : list of (word, count, pmi, left_entropy, right_entropy)
        Sorted by :meth:`score`, then by word.

    Examples
    --------
    >>> finder = NewWords(min_count=3, min_pmi=1, min_entropy=0.5)
    >>> [word for word, *_ in finder.fit(["去看凛雪鸦了", "凛雪鸦！", "有凛雪鸦的"]).words_]
    ['凛雪鸦']
    """

    def __init__(
        self,
        min_count: int = 5,
        max_length: int = 4,
        min_pmi: float = 7.0,
        min_entropy: float = 1.0,
        memory: str | int = "512M",
        dictionary: Dictionary | Path | bool | None = None,
    ) -> None:
        self.min_count = min_count
        self.max_length = max_length
        self.min_pmi = min_pmi
        self.min_entropy = min_entropy
        self.memory = memory
        self.dictionary = dictionary

    words_: list[NewWord]

    def fit(self, X: Path | Iterable[str], y: Any = None) -> Self:
        """Find the new words of a text file (``-`` is standard input), or of texts.

        Raises
        ------
        CorpusEncodingError
            A file is not UTF-8.
        OutputError
            Temporary files cannot be written.
        """
        if isinstance(X, (str, os.PathLike)):
            return self.fit_files([X])
        return self._fit(text_blocks(X), None, None)

    def fit_files(
        self,
        paths: Sequence[Path],
        *,
        encoding: str = "utf-8",
        folder: str | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Find the new words of several text files together.

        Parameters
        ----------
        paths : sequence of path
        encoding : str
        folder : str, optional
            For temporary files; default: that of :mod:`tempfile`. They are gone whatever happens.
        progress : callable, optional
            Called with numbers of bytes, twice for each byte of the text: read, and counted.
        """
        return self._fit(file_blocks(paths, encoding, progress), folder, progress)

    def _fit(self, blocks: Iterator[Block], folder: str | None, progress: Progress | None) -> Self:
        memory = parse_size(self.memory, "memory")
        if memory < _LEAST:
            raise ParameterError(f"memory={self.memory!r}: expected 1M or more")
        min_count = self._number("min_count", int, 1, 1 << 62)
        max_length = self._number("max_length", int, 2, MAX_LENGTH)
        min_pmi = self._number("min_pmi", float)
        min_entropy = self._number("min_entropy", float)
        known = self._known()
        found: list[NewWord] = []
        with _Counting(max_length, min_count, memory, folder) as counting:
            counting.read(blocks)
            counting.count(progress)
            for words in counting.words(min_pmi, min_entropy):
                found += [NewWord._make(word) for word in words if known is None or word[0] not in known]
        found.sort(key=lambda word: (-self.score(word), word[0]))
        self.words_ = found
        return self

    def _number(self, name: str, kind: type[Number], least: float = -inf, most: float = inf) -> Number:
        """A parameter, checked."""
        value = getattr(self, name)
        try:
            number = kind(value)
            if number == value and least <= number <= most:
                return number
        except (TypeError, ValueError, OverflowError):
            pass
        what = "a number" if least == -inf else f"{least} or more" if most > 1e9 else f"{least} to {most}"
        raise ParameterError(f"{name}={value!r}: expected {what}")

    def _known(self) -> Dictionary | None:
        if self.dictionary is False:
            return None
        if self.dictionary is None:
            return packaged_dictionary()
        if self.dictionary is True:
            raise ParameterError("dictionary=True: expected a Dictionary, a path, None (the packaged one) or False (none)")
        return self.dictionary if isinstance(self.dictionary, Dictionary) else Dictionary.from_file(self.dictionary)

    @staticmethod
    def score(word: NewWord) -> float:
        """What the words are sorted by: ``pmi * min(left_entropy, right_entropy)``, cohesion times freedom."""
        return word.pmi * min(word.left_entropy, word.right_entropy)

    def save_userdict(self, path: Path | BinaryIO | None, top: int | None = None) -> None:
        """Write the words as a user dictionary: lines ``word TAB count TAB n``, UTF-8, the best first.

        Parameters
        ----------
        path : path, binary file or None
            ``-`` and None are standard output.
        top : int, optional
            Only so many words.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        self._check_fitted()
        text = "".join(f"{word}\t{count}\tn\n" for word, count, *_ in self.words_[:top]).encode()
        if path is None or isinstance(path, (str, os.PathLike)):
            with open_output(path) as file:
                file.write(text)
        else:
            path.write(text)


# ---- the external sort


class _Spill:
    """A temporary file, made when it is first written to, and gone when it is closed or the process ends."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._file: Any = None
        self.size = 0

    def append(self, data: memoryview) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, prefix=".nlptk-", buffering=0)  # noqa: SIM115
            self._file.seek(self.size)
            at = 0
            while at < data.nbytes:
                at += self._file.write(data[at:])
        except OSError as error:
            raise self._failed(error) from error
        self.size += data.nbytes

    def read_into(self, offset: int, room: memoryview) -> None:
        at = 0
        try:
            self._file.seek(offset)
            while at < room.nbytes:
                done = self._file.readinto(room[at:])
                if not done:
                    raise OSError("cut short by somebody else")
                at += done
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _failed(self, error: OSError) -> OutputError:
        size = f"{self.size / 1e6:.0f} MB so far"
        message = f"{(error.strerror or str(error)).lower()}, in a temporary file of n-grams ({size})"
        return OutputError(message, path=self._folder or tempfile.gettempdir())


def _memory(size: int) -> mmap.mmap:
    """Zeroed bytes that take up memory only as they are filled."""
    try:
        return mmap.mmap(-1, size)
    except (OSError, OverflowError, ValueError) as error:
        raise ParameterError(f"memory: the system does not give {size:,} bytes ({error})") from None


class _Table:
    """The n-grams of one length, in order: the last ones in memory, those before them in a file."""

    def __init__(self, size: int, spill: _Spill) -> None:
        self.buffer = _memory(size // GRAM * GRAM)
        self.n = 0
        self._spill = spill

    def flush(self) -> None:
        self._spill.append(memoryview(self.buffer)[: self.n * GRAM])
        self.n = 0

    def blocks(self) -> Iterator[memoryview]:
        room = memoryview(bytearray(min(self._spill.size, 4096 * GRAM)))
        for offset in range(0, self._spill.size, 4096 * GRAM):
            block = room[: min(len(room), self._spill.size - offset)]
            self._spill.read_into(offset, block)
            yield block
        yield memoryview(self.buffer)[: self.n * GRAM]


class _Counting:
    """Counts n-grams within a cap of memory: `read`, then `count`, then `words`.

    Seven tenths of the memory are for positions and, after them, for candidates; a quarter is for tables.
    """

    def __init__(self, max_length: int, min_count: int, memory: int, folder: str | None) -> None:
        self._max_length, self._min_count, self._memory = max_length, min_count, memory
        self._gather = Gather(max_length)
        self._positions: mmap.mmap | None = _memory(memory * 7 // 10 // POSITION * POSITION)
        self._n = 0  # positions in memory
        self._runs: list[tuple[int, int]] = []  # sorted positions in the file: offset, number
        self._bytes = 0  # of text
        self._spills = [_Spill(folder) for _ in range(max_length + 1)]  # positions; then the table of each length
        size = memory // 4 // (max_length - 1)
        self._tables = {m: _Table(size, self._spills[m - 1]) for m in range(2, max_length + 1)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for spill in self._spills:
            spill.close()

    def read(self, blocks: Iterable[Block]) -> None:
        """Text to sorted runs of positions."""
        assert self._positions is not None
        rest = b""
        for block, place in blocks:
            if block is None:
                if rest:
                    raise place.wrong(rest, 0)
                self._make_room()
                self._n = self._gather.end(self._positions, self._n)
                continue
            text, at, full = rest + block, 0, True
            while full:
                self._make_room()
                try:
                    at, self._n, full = self._gather.read(text, at, self._positions, self._n)
                except UnicodeDecodeError as error:
                    raise place.wrong(text, error.start) from None
            rest = text[at:]
            place.advance(text[:at] if rest else text)
            self._bytes += len(block)

    def _make_room(self) -> None:
        assert self._positions is not None
        if (self._n + ROOM) * POSITION > len(self._positions):
            self._spill_run()

    def _spill_run(self) -> None:
        assert self._positions is not None
        self._gather.sort(self._positions, self._n)
        self._runs.append((self._spills[0].size, self._n))
        self._spills[0].append(memoryview(self._positions)[: self._n * POSITION])
        self._n = 0

    def count(self, progress: Progress | None) -> None:
        """Positions to tables of n-grams. `progress` goes through the bytes of the text again."""
        outputs: list[Any] = [None, None, *(table.buffer for table in self._tables.values())]
        scan = Scan(self._max_length, self._min_count, outputs)
        total = max(self._n + sum(n for _, n in self._runs), 1)
        done = shown = 0
        for buffer, start, n in self._merged() if self._runs else self._sorted():
            end = start + n
            while start < end:
                start += scan.read(buffer, start, end - start)
                self._flush(scan)
            done += n
            if progress is not None:
                progress(self._bytes * done // total - shown)
                shown = self._bytes * done // total
        scan.end()
        self._flush(scan)
        for m, table in self._tables.items():
            table.n = scan.written(m)
        self._positions = None

    def _flush(self, scan: Scan) -> None:
        for m, table in self._tables.items():
            if scan.is_full(m):
                table.n = scan.written(m)
                table.flush()
                scan.clear(m)

    def _sorted(self) -> Iterator[tuple[Buffer, int, int]]:
        """Everything is in memory: (buffer, first position, number of positions), in order."""
        assert self._positions is not None
        self._gather.sort(self._positions, self._n)
        for start in range(0, self._n, _STEP):
            yield self._positions, start, min(_STEP, self._n - start)

    def _merged(self) -> Iterator[tuple[Buffer, int, int]]:
        """The same from the runs in the file; the buffer of positions is now theirs."""
        assert self._positions is not None
        if self._n:
            self._spill_run()
        if len(self._positions) // POSITION // (len(self._runs) + 1) < _LEAST_RUN:
            raise ParameterError(f"a memory of {self._memory} bytes is too small for this corpus ({len(self._runs)} sorted runs)")
        merge = Merge(self._positions, len(self._runs))
        runs = [[offset, n] for offset, n in self._runs]

        def fill(run: int) -> None:
            room = merge.room(run)
            offset, left = runs[run]
            n = min(left, room.nbytes // POSITION)
            self._spills[0].read_into(offset, room[: n * POSITION])
            runs[run] = [offset + n * POSITION, left - n]
            merge.filled(run, n)

        for run in range(len(runs)):
            fill(run)
        merge.start()
        output = merge.room(len(runs))
        while True:
            n, run = merge.take()
            if not n:
                return
            yield output, 0, n
            if run >= 0:
                fill(run)
                merge.refilled()

    def words(self, min_pmi: float, min_entropy: float) -> Iterator[list[tuple[str, int, float, float, float]]]:
        """The n-grams with this cohesion and freedom, length by length."""
        candidates = Candidates(min(self._memory // 2 // _CANDIDATE, (1 << 32) - 1))
        for length, table in self._tables.items():
            candidates.start(length)
            for block in table.blocks():
                at = 0
                while at * GRAM < block.nbytes:
                    seen = candidates.add(block, at, min_entropy)
                    at += seen
                    if at * GRAM < block.nbytes:  # no room for more
                        yield self._cohesive(candidates, length, min_pmi)
                        candidates.start(length)
            yield self._cohesive(candidates, length, min_pmi)

    def _cohesive(self, candidates: Candidates, length: int, min_pmi: float) -> list[tuple[str, int, float, float, float]]:
        for at in range(1, length):
            for side in (0, 1):
                m = candidates.split(at, side)
                if m == 1:
                    candidates.count_characters(self._gather)
                else:
                    any(candidates.join(block) for block in self._tables[m].blocks())
            candidates.multiply()
        return candidates.words(self._gather.total, min_pmi)
