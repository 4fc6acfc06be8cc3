"""How often words stand near each other: counted within a cap of memory, and kept in the order in which GloVe learns from it.

A part of the corpus is counted at a time. What is found goes to a table, row after row in chunks of rows; tables of several parts
are added up. Sums are integers, so that the result depends neither on the parts nor on the number of threads.
"""

from __future__ import annotations

import os
import tempfile
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import OutputError, ParameterError
from ..ext.cooccurrence import MAX_WINDOW, PAIR, UNIT, Neighbours, add_rows, count_pairs, place_pairs, shuffle_pairs
from ..threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    Array: TypeAlias = NDArray[Any]

_LEAST_PART = 1 << 16  # ids
_MOST_PART = 0xFFFFFFFE
_LEAST_CHUNK, _MOST_CHUNK = 1 << 12, 1 << 21  # pairs
_PAIR_BYTES = 40  # of workspace for a pair that is counted


class Chunk(NamedTuple):
    """Some rows of a table."""

    first: int
    columns: Array  # uint32
    values: Array  # uint64 in units of the kernel, or float32
    lengths: Array  # uint64, of each row


class _Table:
    """Chunks one after the other, in memory up to `most` bytes, otherwise in a temporary file without a name."""

    def __init__(self, most: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(most, prefix=".nlptk-")  # noqa: SIM115
        self._index: list[tuple[int, int, int, np.dtype[Any]]] = []  # first row, pairs, rows, type of values

    def append(self, chunk: Chunk) -> None:
        try:
            for array in chunk[1:]:
                self._file.write(array.tobytes())
        except OSError as error:
            raise _output_error(error) from error
        self._index.append((chunk.first, len(chunk.columns), len(chunk.lengths), chunk.values.dtype))

    def __iter__(self) -> Iterator[Chunk]:
        self._file.seek(0)
        for first, n, rows, dtype in self._index:
            yield Chunk(first, self._read(n, np.dtype(np.uint32)), self._read(n, dtype), self._read(rows, np.dtype(np.uint64)))

    def _read(self, n: int, dtype: np.dtype[Any]) -> Array:
        data = self._file.read(n * dtype.itemsize)
        if len(data) != n * dtype.itemsize:
            raise OutputError("cut short: a temporary file of co-occurrences", path=tempfile.gettempdir())
        return np.frombuffer(data, dtype)

    def close(self) -> None:
        self._file.close()


class Cooccurrences:
    """Pairs of words with the sum of the weights with which they stand near each other, in lists of random order.

    Words are dealt out to blocks: word w is number ``w >> shift`` of block ``w % 2 ** shift``, so that blocks are alike. Two
    blocks have a list; if symmetric the block with the smaller number comes first and each pair stands once. Use it in a ``with``
    statement, or call `close`.

    Attributes
    ----------
    pairs : array of PAIR
        In memory, or mapped from a temporary file.
    starts : (4 ** shift + 1,) int64
        Where the lists begin: list ``a << shift | b`` is that of the blocks a and b.
    shift : int
    symmetric : bool
    records : (2 ** shift, 2 ** shift) int64
        Cells of the matrix that are not 0, for each list.
    n_records : int
        Their sum.
    """

    def __init__(self, pairs: Array, starts: Array, shift: int, symmetric: bool) -> None:
        self.pairs, self.starts, self.shift, self.symmetric = pairs, starts, shift, symmetric
        self.records = np.diff(starts).reshape(1 << shift, 1 << shift)
        if symmetric:
            self.records *= 2
            for block in range(1 << shift):
                own = self.of(block, block)
                self.records[block, block] -= (own["first"] == own["second"]).sum()
        self.n_records = int(self.records.sum())

    def of(self, first: int, second: int) -> Array:
        """The list of two blocks."""
        at = first << self.shift | second
        pairs: Array = self.pairs[self.starts[at] : self.starts[at + 1]]
        return pairs

    def close(self) -> None:
        """Give back memory and temporary file."""
        self.pairs = np.empty(0, PAIR)
        self.starts = np.zeros_like(self.starts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def count_cooccurrences(
    ids: NDArray[np.int32],
    n_words: int,
    *,
    window: int = 15,
    symmetric: bool = True,
    distance_weighting: bool = True,
    shift: int = 3,
    memory: int = 1 << 30,
    threads: int = 1,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
) -> Cooccurrences:
    r"""The co-occurrences of a corpus: :math:`x_{ij} = \sum 1 / d` over all places where word j stands d words from word i.

    Parameters
    ----------
    ids : int32 array
        Words by number, -1 at the end of each sentence.
    n_words : int
    window : int
        The largest distance.
    symmetric : bool
        Words before and after; otherwise words after.
    distance_weighting : bool
        False: all neighbours count 1.
    shift : int
        Of the lists; ``n_words <= 65536 << shift``.
    memory : int
        Bytes, a cap on buffers; arrays with a place for each word come on top. What does not fit goes to temporary files.
    threads : int
        The result does not depend on it, nor on `memory`.
    seed : int
        Of the order in the lists.
    progress : callable, optional
        Called with numbers of words counted.

    Raises
    ------
    OutputError
        A temporary file cannot be written.

    Examples
    --------
    >>> with count_cooccurrences(np.array([0, 1, 2, -1, 0, 1, -1], np.int32), 3, window=2, shift=0) as found:
    ...     sorted(found.pairs.tolist())
    [(1, 0, 2.0), (2, 0, 0.5), (2, 1, 1.0)]
    """
    if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= MAX_WINDOW:
        raise ParameterError(f"window={window!r}: expected 1 to {MAX_WINDOW}")
    part = max(_LEAST_PART, min(_MOST_PART, memory // 2 // 4))
    tables: list[_Table] = []
    try:
        parts = list(pairwise([*range(0, len(ids), part), len(ids)])) or [(0, 0)]
        most = max(_LEAST_CHUNK, min(_MOST_CHUNK, memory // 4 // max(threads, len(parts)) // _PAIR_BYTES))
        sums = np.zeros((threads, n_words), np.uint64)
        bounds: list[int] = []
        for begin, end in parts:
            near = Neighbours(ids, begin, end, n_words, window, symmetric, distance_weighting)
            if not bounds:
                bounds = _bounds(_most_pairs(ids, n_words, window, symmetric, near if len(parts) == 1 else None), most)
            tables.append(_Table(memory // 4))
            for chunk in _counted(near, bounds, sums, threads, progress):
                tables[-1].append(chunk if len(parts) > 1 else _finished(chunk))
            del near
        if len(parts) > 1:
            total = _Table(memory // 4)
            tables.append(total)
            for chunks in zip(*tables[:-1], strict=True):
                total.append(_finished(_added(chunks, sums[0])))
            for table in tables[:-1]:
                table.close()
        return _lists(tables[-1], shift, symmetric, memory // 2, threads, seed)
    finally:
        for table in tables:
            table.close()


def _most_pairs(ids: NDArray[np.int32], n_words: int, window: int, symmetric: bool, near: Neighbours | None) -> Array:
    """Of each row: pairs that it can have at most, in one part and all parts."""
    if near is not None:
        counts = near.counts
    else:
        counts = np.zeros(n_words, np.uint64)
        for start in range(0, len(ids), _MOST_CHUNK):
            block = ids[start : start + _MOST_CHUNK]
            counts += np.bincount(block[block >= 0], minlength=n_words).astype(np.uint64)
    columns = np.arange(1, n_words + 1) if symmetric else np.full(n_words, n_words)
    most: Array = np.minimum(counts.astype(np.int64) * window * (2 if symmetric else 1), columns)
    return most


def _bounds(pairs: Array, most: int) -> list[int]:
    """Rows at which chunks begin, and their number at the end: a chunk has at most so many pairs, or is one row."""
    ends = np.cumsum(pairs)
    bounds = [0]
    while bounds[-1] < len(pairs):
        before = ends[bounds[-1] - 1] if bounds[-1] else 0
        bounds.append(max(bounds[-1] + 1, int(np.searchsorted(ends, before + most, side="right"))))
    return bounds


def _counted(
    near: Neighbours, bounds: list[int], sums: Array, threads: int, progress: Callable[[int], object] | None
) -> Iterator[Chunk]:
    chunks = list(pairwise(bounds))
    for start in range(0, len(chunks), threads):
        group = chunks[start : start + threads]
        found: list[Any] = [None] * len(group)

        def count(k: int, group: list[tuple[int, int]] = group, found: list[Any] = found) -> None:
            found[k] = near.rows(*group[k], sums[k])

        in_threads(count, len(group), threads)
        for (first, last), rows in zip(group, found, strict=True):
            yield Chunk(first, *rows)
            if progress is not None:
                progress(int(near.counts[first:last].sum()))


def _added(chunks: tuple[Chunk, ...], sums: Array) -> Chunk:
    columns, values = np.concatenate([c.columns for c in chunks]), np.concatenate([c.values for c in chunks])
    return Chunk(chunks[0].first, *add_rows(columns, values, np.stack([c.lengths for c in chunks]), sums))


def _finished(chunk: Chunk) -> Chunk:
    return chunk._replace(values=(chunk.values * UNIT).astype(np.float32))


def _lists(table: _Table, shift: int, symmetric: bool, memory: int, threads: int, seed: int) -> Cooccurrences:
    counts = np.zeros(1 << 2 * shift, np.int64)
    for chunk in table:
        count_pairs(chunk.columns, chunk.lengths, chunk.first, shift, symmetric, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    pairs = _room(int(starts[-1]), memory)
    ends = starts[:-1].copy()
    for chunk in table:
        place_pairs(chunk.columns, chunk.values, chunk.lengths, chunk.first, shift, symmetric, ends, pairs)
    seeds = np.random.SeedSequence(seed).generate_state(len(counts), np.uint64)
    in_threads(lambda k: shuffle_pairs(pairs[starts[k] : starts[k + 1]], int(seeds[k])), len(counts), threads)
    return Cooccurrences(pairs, starts, shift, symmetric)


def _room(n: int, memory: int) -> Array:
    """An array for so many pairs, mapped from a temporary file if it is larger than `memory`."""
    if n * PAIR.itemsize <= memory:
        return np.empty(n, PAIR)
    try:
        with tempfile.TemporaryFile(prefix=".nlptk-") as file:
            if hasattr(os, "posix_fallocate"):  # a full disk shows here, and not as a signal when the pages are written
                os.posix_fallocate(file.fileno(), 0, n * PAIR.itemsize)
            mapped: Array = np.memmap(file, PAIR, "r+", shape=n)
    except OSError as error:
        raise _output_error(error) from error
    return mapped


def _output_error(error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{reason}, in a temporary file of co-occurrences", path=tempfile.gettempdir())
