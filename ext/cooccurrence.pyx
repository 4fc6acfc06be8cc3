"""Door to ext/cooccurrence.c: how often words stand near each other."""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t

import numpy as np


cdef extern from "nlptk/cooccurrence.h" nogil:
    int NLPTK_COOCCURRENCE_MAX_WINDOW
    ctypedef struct nlptk_neighbours:
        const int32_t *ids
        size_t n, begin
        const uint64_t *starts
        const uint32_t *positions
        size_t n_words, window
        const uint64_t *weights
        int symmetric
    ctypedef struct nlptk_pair:
        uint16_t first, second
        float x
    int64_t nlptk_positions(const int32_t *ids, size_t begin, size_t end, size_t n_words, uint64_t *starts, uint32_t *positions)
    size_t nlptk_cooccurrence_rows(const nlptk_neighbours *c, size_t first, size_t last, uint64_t *sums, uint32_t *columns,
                                   uint64_t *values, uint64_t *lengths)
    size_t nlptk_cooccurrence_add(const uint32_t *columns, const uint64_t *values, const uint64_t *lengths, size_t n_tables,
                                  size_t n_rows, uint64_t *sums, uint64_t *at, uint32_t *columns_out, uint64_t *values_out,
                                  uint64_t *lengths_out)
    void nlptk_pairs_count(const uint32_t *columns, const uint64_t *lengths, size_t first, size_t n_rows, int shift, int symmetric,
                           int64_t *counts)
    void nlptk_pairs_place(const uint32_t *columns, const float *x, const uint64_t *lengths, size_t first, size_t n_rows, int shift,
                           int symmetric, int64_t *ends, nlptk_pair *pairs)
    void nlptk_pairs_shuffle(nlptk_pair *pairs, size_t n, uint64_t seed)

MAX_WINDOW = NLPTK_COOCCURRENCE_MAX_WINDOW
UNIT = 2.0**-32  # of sums
PAIR = np.dtype([("first", np.uint16), ("second", np.uint16), ("x", np.float32)])


cdef class Neighbours:
    """Neighbours of the words in one part of a corpus; several threads may ask for different rows.

    Parameters
    ----------
    ids : int32
        The whole corpus: words, something negative at the end of each sentence.
    begin, end : int
        The part: at most 2^32 - 1 ids.
    n_words, window : int
    symmetric : bool
        Count words before and after, a pair in the row of its larger number; otherwise words after.
    distance_weighting : bool
        A neighbour at distance d counts 1 / d; otherwise 1.
    """

    cdef nlptk_neighbours state
    cdef const int32_t[::1] ids
    cdef const uint64_t[::1] weights
    cdef object starts_array
    cdef uint64_t[::1] starts
    cdef uint32_t[::1] positions
    cdef readonly object counts

    def __cinit__(self, const int32_t[::1] ids not None, size_t begin, size_t end, uint32_t n_words, size_t window, bint symmetric,
                  bint distance_weighting=True):
        cdef size_t n = <size_t>ids.shape[0]
        cdef int64_t total = 0
        if not (begin <= end <= n and end - begin < 0xFFFFFFFF and n_words and 1 <= window <= NLPTK_COOCCURRENCE_MAX_WINDOW):
            raise ValueError(f"part {begin} to {end} of {n}, {n_words} words, window {window}")
        starts = np.empty(n_words + 1, np.uint64)
        self.ids, self.starts = ids, starts
        self.positions = np.empty(end - begin + 1, np.uint32)
        self.weights = np.rint(1 / UNIT / (np.arange(1, window + 1) if distance_weighting else np.ones(window))).astype(np.uint64)
        if n:
            with nogil:
                total = nlptk_positions(&self.ids[0], begin, end, n_words, &self.starts[0], &self.positions[0])
        else:
            starts[:] = 0
        if total < 0:
            raise ValueError(f"a word is not below {n_words}")
        self.counts = np.diff(starts)
        self.state.ids = &self.ids[0] if n else NULL
        self.state.n, self.state.begin, self.state.n_words, self.state.window = n, begin, n_words, window
        self.state.starts, self.state.positions, self.state.weights = &self.starts[0], &self.positions[0], &self.weights[0]
        self.state.symmetric = symmetric

    def rows(self, size_t first, size_t last, uint64_t[::1] sums not None):
        """Rows first to last - 1: their columns (uint32) and sums (uint64, in `UNIT`), one row after the other, and lengths (uint64).

        `sums` is n_words zeros; it is workspace, and zeros again afterwards.
        """
        if not first < last <= self.state.n_words or <size_t>sums.shape[0] != self.state.n_words:
            raise ValueError(f"rows {first} to {last}, {sums.shape[0]} sums")
        cdef size_t n, sides = 2 if self.state.symmetric else 1
        limits = np.arange(first + 1, last + 1, dtype=np.uint64) if self.state.symmetric else self.state.n_words
        most = int(np.minimum(self.counts[first:last] * np.uint64(sides * self.state.window), limits).sum())
        columns, values = np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint64)
        lengths = np.empty(last - first, np.uint64)
        cdef uint32_t[::1] column_view = columns
        cdef uint64_t[::1] value_view = values, length_view = lengths
        with nogil:
            n = nlptk_cooccurrence_rows(&self.state, first, last, &sums[0], &column_view[0], &value_view[0], &length_view[0])
        return columns[:n], values[:n], lengths


cdef size_t _total(const uint64_t[::1] lengths, size_t n_columns) except? 0:
    cdef size_t total = int(np.sum(lengths))
    if total != n_columns:
        raise ValueError(f"rows of {total} pairs, {n_columns} given")
    return total


cdef int _below(const uint32_t[::1] columns, size_t n_words) except -1:
    if columns.shape[0] and <size_t>np.max(columns) >= n_words:
        raise ValueError(f"a column is not below {n_words}")
    return 0


def add_rows(const uint32_t[::1] columns not None, const uint64_t[::1] values not None, const uint64_t[:, ::1] lengths not None,
             uint64_t[::1] sums not None):
    """The sum of several tables of the same rows.

    Parameters
    ----------
    columns, values
        The tables, one after the other, each as `Neighbours.rows` gives it.
    lengths : uint64, shape (tables, rows)
    sums : uint64
        Workspace: a zero for each word, and zeros again afterwards.
    """
    cdef size_t n_tables = lengths.shape[0], n_rows = lengths.shape[1], n
    _total(np.asarray(lengths).reshape(-1), columns.shape[0])
    _below(columns, sums.shape[0])
    if values.shape[0] != columns.shape[0] or not n_tables or not n_rows:
        raise ValueError("values")
    columns_out, values_out = np.empty(columns.shape[0] + 1, np.uint32), np.empty(columns.shape[0] + 1, np.uint64)
    lengths_out, at = np.empty(n_rows, np.uint64), np.empty(n_tables, np.uint64)
    if not columns.shape[0]:
        return columns_out[:0], values_out[:0], np.zeros(n_rows, np.uint64)
    cdef uint32_t[::1] column_view = columns_out
    cdef uint64_t[::1] value_view = values_out, length_view = lengths_out, at_view = at
    with nogil:
        n = nlptk_cooccurrence_add(&columns[0], &values[0], &lengths[0, 0], n_tables, n_rows, &sums[0], &at_view[0],
                                   &column_view[0], &value_view[0], &length_view[0])
    return columns_out[:n], values_out[:n], lengths_out


def count_pairs(const uint32_t[::1] columns not None, const uint64_t[::1] lengths not None, size_t first, int shift, bint symmetric,
                int64_t[::1] counts not None):
    """Add to `counts` (4^shift) how many pairs of rows from `first` on each list will have."""
    if not 0 <= shift <= 12 or counts.shape[0] != <Py_ssize_t>1 << 2 * shift:
        raise ValueError(f"shift {shift}, {counts.shape[0]} lists")
    if _total(lengths, columns.shape[0]):
        nlptk_pairs_count(&columns[0], &lengths[0], first, lengths.shape[0], shift, symmetric, &counts[0])


def place_pairs(const uint32_t[::1] columns not None, const float[::1] x not None, const uint64_t[::1] lengths not None, size_t first,
                int shift, bint symmetric, int64_t[::1] ends not None, pairs):
    """Append pairs to the lists of `pairs`, which end at `ends` and were found large enough by `count_pairs`."""
    cdef nlptk_pair[::1] view = pairs
    if not 0 <= shift <= 12 or ends.shape[0] != <Py_ssize_t>1 << 2 * shift or x.shape[0] != columns.shape[0]:
        raise ValueError(f"shift {shift}, {ends.shape[0]} lists, {x.shape[0]} values")
    if not _total(lengths, columns.shape[0]):
        return
    _below(columns, 65536 << shift)
    counts = np.zeros(1 << 2 * shift, np.int64)
    count_pairs(columns, lengths, first, shift, symmetric, counts)
    if first + <size_t>lengths.shape[0] > <size_t>(65536 << shift) or np.min(ends) < 0 or np.any(np.asarray(ends) + counts > view.shape[0]):
        raise ValueError("pairs do not fit")
    with nogil:
        nlptk_pairs_place(&columns[0], &x[0], &lengths[0], first, lengths.shape[0], shift, symmetric, &ends[0], &view[0])


def shuffle_pairs(pairs, uint64_t seed):
    """Bring pairs into random order."""
    cdef nlptk_pair[::1] view = pairs
    if view.shape[0]:
        with nogil:
            nlptk_pairs_shuffle(&view[0], view.shape[0], seed)
