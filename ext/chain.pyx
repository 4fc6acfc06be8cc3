"""Door to ext/chain.c: Viterbi, marginals, likelihood and N-best of linear chains."""

from libc.math cimport isfinite, INFINITY
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

import numpy as np


cdef extern from "nlptk/chain.h" nogil:
    ctypedef struct nlptk_chain:
        int n_labels, width
        int64_t n_attributes
        const uint64_t *place
        const float *cells
        const double *transitions
        const float *moves
        const float *free_moves
        const float *begin
        const float *end
        int constrained
    ctypedef struct nlptk_sentences:
        const int64_t *starts
        const int64_t *indptr
        const uint32_t *indices
        const float *values
    int nlptk_chain_width(int n_labels)
    int64_t nlptk_chain_cells(int n_labels, int64_t n_attributes, const int64_t *row_ptr)
    void nlptk_chain_compile(int n_labels, int64_t n_attributes, const int64_t *row_ptr, const uint16_t *row_label,
                             const float *weights, uint64_t *place, float *cells)
    int nlptk_chain_decode(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, uint16_t *out)
    int nlptk_chain_marginals(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, float *out)
    int nlptk_chain_likelihood(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last,
                               const uint16_t *labels, double *out)
    int nlptk_chain_best(const nlptk_chain *c, const nlptk_sentences *x, int64_t sentence, int64_t n, uint16_t *paths,
                         double *scores, int64_t *found)


cdef class Chain:
    """A linear chain ready for inference; immutable, all methods may run in any number of threads.

    Parameters
    ----------
    n_labels, n_attributes : int
    row_ptr, row_label : int64, uint16, or None
        The labels that an attribute has weights for; None: all.
    weights : float32
    transitions : float64, shape (n_labels, n_labels)
        -inf: forbidden.
    begin, end : float32, shape (n_labels,)
        0, or -inf for a label that a sentence may not begin or end with.
    free : float64, shape (n_labels, n_labels), optional
        The transitions without constraints, for sentences that nothing allows.
    """

    cdef nlptk_chain state
    cdef const uint64_t[::1] place
    cdef const float[::1] cells
    cdef const double[:, ::1] transitions
    cdef const float[:, ::1] moves, free_moves
    cdef const float[::1] begin, end

    def __init__(self, int n_labels, int64_t n_attributes, const int64_t[::1] row_ptr, const uint16_t[::1] row_label,
                 const float[::1] weights, const double[:, ::1] transitions, const float[::1] begin, const float[::1] end,
                 const double[:, ::1] free=None):
        cdef int64_t n_cells, i
        cdef int j, k, width
        cdef double x
        cdef uint64_t[::1] place
        cdef float[::1] cells, first, last
        cdef float[:, ::1] moves, free_moves
        cdef const int64_t *rows = NULL
        if not 1 <= n_labels <= 60000:
            raise ValueError(f"{n_labels} labels, expected 1 to 60000")
        if n_attributes < 0 or n_attributes > 1 << 32:
            raise ValueError("n_attributes")
        if row_ptr is None:
            if weights.shape[0] != n_attributes * n_labels:
                raise ValueError("weights")
        else:
            if row_label is None or row_ptr.shape[0] != n_attributes + 1 or row_label.shape[0] != weights.shape[0]:
                raise ValueError("rows")
            check_offsets(row_ptr, row_label.shape[0])
            for i in range(n_attributes):
                if row_ptr[i + 1] - row_ptr[i] > n_labels:
                    raise ValueError("a row has more weights than there are labels")
            for i in range(row_label.shape[0]):
                if row_label[i] >= n_labels:
                    raise ValueError("a label is out of range")
            rows = &row_ptr[0]
        if transitions.shape[0] != n_labels or transitions.shape[1] != n_labels:
            raise ValueError("transitions")
        if free is None:
            free = transitions
        if free.shape[0] != n_labels or free.shape[1] != n_labels:
            raise ValueError("free")
        if begin.shape[0] != n_labels or end.shape[0] != n_labels:
            raise ValueError("begin and end")
        for i in range(weights.shape[0]):
            if not isfinite(weights[i]):
                raise ValueError(f"weight {i} is {weights[i]}")
        width = nlptk_chain_width(n_labels)
        place = np.zeros(max(n_attributes, 1), np.uint64)
        n_cells = nlptk_chain_cells(n_labels, n_attributes, rows)
        cells = np.empty(max(n_cells, 1), np.float32)
        with nogil:
            nlptk_chain_compile(n_labels, n_attributes, rows, &row_label[0] if rows != NULL and row_label.shape[0] else NULL,
                                &weights[0] if weights.shape[0] else NULL, &place[0], &cells[0])
        moves = np.full((n_labels, width), -np.inf, np.float32)
        free_moves = np.full((n_labels, width), -np.inf, np.float32)
        first, last = np.zeros(width, np.float32), np.zeros(width, np.float32)
        self.state.constrained = 0
        for j in range(n_labels):
            first[j], last[j] = begin[j], end[j]
            if not (begin[j] == 0 or begin[j] == -INFINITY) or not (end[j] == 0 or end[j] == -INFINITY):
                raise ValueError("begin and end")
            self.state.constrained |= begin[j] != 0 or end[j] != 0
            for k in range(n_labels):
                x = transitions[j, k]
                if not (isfinite(x) or x == -INFINITY):
                    raise ValueError(f"transition {j}, {k} is {x}")
                moves[j, k] = <float>x
                free_moves[j, k] = <float>free[j, k] if isfinite(free[j, k]) else 0
                self.state.constrained |= x == -INFINITY
        self.place, self.cells, self.transitions = place, cells, transitions
        self.moves, self.free_moves, self.begin, self.end = moves, free_moves, first, last
        self.state.n_labels, self.state.width, self.state.n_attributes = n_labels, width, n_attributes
        self.state.place, self.state.cells = &self.place[0], &self.cells[0]
        self.state.transitions, self.state.moves = &self.transitions[0, 0], &self.moves[0, 0]
        self.state.free_moves = &self.free_moves[0, 0]
        self.state.begin, self.state.end = &self.begin[0], &self.end[0]

    cdef int _take(self, nlptk_sentences *x, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices,
                   const float[::1] values, int64_t first, int64_t last) except -1:
        """Sentences whose offsets and attributes are known to be right."""
        cdef int64_t i
        if not 0 <= first <= last < starts.shape[0]:
            raise IndexError("sentences")
        check_offsets(starts[first : last + 1], -1)
        if first < last:
            if starts[first] < 0 or starts[last] >= indptr.shape[0]:
                raise ValueError("starts")
            check_offsets(indptr[starts[first] : starts[last] + 1], -1)
            if indptr[starts[first]] < 0 or indptr[starts[last]] > indices.shape[0]:
                raise ValueError("indptr")
            for i in range(indptr[starts[first]], indptr[starts[last]]):
                if indices[i] >= self.state.n_attributes:
                    raise ValueError(f"attribute {indices[i]}, expected less than {self.state.n_attributes}")
        if values is not None and values.shape[0] != indices.shape[0]:
            raise ValueError("values")
        x.starts, x.indptr = &starts[0], &indptr[0]
        x.indices = &indices[0] if indices.shape[0] else NULL
        x.values = &values[0] if values is not None and values.shape[0] else NULL
        return 0

    def decode(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
               int64_t first, int64_t last, uint16_t[::1] out):
        """The best labels of sentences first .. last, to the places of their items in `out`."""
        cdef nlptk_sentences x
        cdef int status
        self._take(&x, starts, indptr, indices, values, first, last)
        if out.shape[0] != indptr.shape[0] - 1:
            raise ValueError("out")
        if first == last or not out.shape[0]:
            return
        with nogil:
            status = nlptk_chain_decode(&self.state, &x, first, last, &out[0])
        check(status)

    def marginals(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                  int64_t first, int64_t last, float[:, ::1] out):
        """The probability of each label of each item of sentences first .. last."""
        cdef nlptk_sentences x
        cdef int status
        self._take(&x, starts, indptr, indices, values, first, last)
        if out.shape[0] != indptr.shape[0] - 1 or out.shape[1] != self.state.n_labels:
            raise ValueError("out")
        if first == last or not out.shape[0]:
            return
        with nogil:
            status = nlptk_chain_marginals(&self.state, &x, first, last, &out[0, 0])
        check(status)

    def log_likelihood(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices,
                       const float[::1] values, const uint16_t[::1] labels, int64_t first, int64_t last, double[::1] out):
        """log p(labels | attributes) of each of the sentences first .. last."""
        cdef nlptk_sentences x
        cdef int status
        cdef int64_t i
        self._take(&x, starts, indptr, indices, values, first, last)
        if out.shape[0] != starts.shape[0] - 1 or labels.shape[0] != indptr.shape[0] - 1:
            raise ValueError("out")
        for i in range(labels.shape[0]):
            if labels[i] >= self.state.n_labels:
                raise ValueError(f"label {labels[i]}, expected less than {self.state.n_labels}")
        if first == last:
            return
        with nogil:
            status = nlptk_chain_likelihood(&self.state, &x, first, last, &labels[0] if labels.shape[0] else NULL, &out[0])
        check(status)

    def n_best(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
               int64_t sentence, int64_t n):
        """(paths, scores): uint16 of shape (found, items) and float64, the best first."""
        cdef nlptk_sentences x
        cdef int status
        cdef int64_t found = 0, length
        cdef uint16_t[:, ::1] paths
        cdef double[::1] scores
        self._take(&x, starts, indptr, indices, values, sentence, sentence + 1)
        length = starts[sentence + 1] - starts[sentence]
        if n < 0:
            raise ValueError("n")
        if not length or not n:
            return np.zeros((0, length), np.uint16), np.zeros(0)
        paths, scores = np.empty((n, length), np.uint16), np.empty(n)
        with nogil:
            status = nlptk_chain_best(&self.state, &x, sentence, n, &paths[0, 0], &scores[0], &found)
        check(status)
        return np.asarray(paths)[:found], np.asarray(scores)[:found]


cdef int check(int status) except -1:
    if status == -1:
        raise MemoryError("a sentence does not fit in memory")
    if status:
        raise ArithmeticError("no labels are possible, or weights are too large")
    return 0


cdef int check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or (end >= 0 and (offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end)):
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
