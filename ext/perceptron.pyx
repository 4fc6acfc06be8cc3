"""Door to ext/perceptron.c: the structured perceptron over label chains."""

from libc.math cimport INFINITY, isfinite
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

import numpy as np


cdef extern from "nlptk/perceptron.h" nogil:
    ctypedef struct nlptk_perceptron:
        int n_labels, width
        int64_t n_attributes
        const int64_t *starts
        const int64_t *indptr
        const uint32_t *indices
        const float *values
        const uint16_t *labels
        const float *begin
        const float *end
        int rule
        float aggressiveness, margin
        uint32_t *row_of
        float *rows
        double *sums
        float *change
        int64_t n_rows, capacity
        float *transitions
        double *transition_sums
        float *transition_change
        double clock
    ctypedef struct nlptk_perceptron_progress:
        int64_t wrong_sentences, wrong_items
        double loss
    int nlptk_perceptron_width(int n_labels)
    size_t nlptk_perceptron_workspace(const nlptk_perceptron *m, int64_t longest)
    int nlptk_perceptron_reserve(nlptk_perceptron *m, int64_t n)
    int nlptk_perceptron_learn(nlptk_perceptron *m, const int64_t *order, int64_t n, void *workspace,
                               nlptk_perceptron_progress *progress)
    void nlptk_perceptron_decode(const nlptk_perceptron *m, int64_t first, int64_t last, uint16_t *out, void *workspace)


RULES = ("perceptron", "pa", "pa1", "pa2")


cdef class Learner:
    """A structured perceptron and the data it learns from; `learn` as often as wanted, then `weights`.

    Parameters
    ----------
    starts, indptr : int64
        Items of each sentence, attributes of each item.
    indices : uint32
        Attributes.
    values : float32 or None
    labels : uint16
        Of each item.
    n_labels, n_attributes : int
    rule : str
        One of `RULES`.
    aggressiveness : float
        C of PA-I and PA-II.
    margin : float
        What a wrong label gets in addition when decoding.
    average : bool
        Whether `weights` is the average over all sentences seen.
    allowed : bool (n_labels, n_labels) or None
        Which label may follow which.
    begin, end : bool (n_labels) or None
        With which labels a sentence may begin and end.
    """

    cdef nlptk_perceptron state
    cdef const int64_t[::1] starts, indptr
    cdef const uint32_t[::1] indices
    cdef const float[::1] values
    cdef const uint16_t[::1] labels
    cdef float[::1] begin, end
    cdef void *workspace
    cdef readonly int64_t longest

    def __cinit__(self):
        self.workspace = NULL

    def __init__(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                 const uint16_t[::1] labels, int n_labels, int64_t n_attributes, str rule="perceptron",
                 float aggressiveness=1.0, float margin=0.0, bint average=True, allowed=None, begin=None, end=None):
        cdef nlptk_perceptron *m = &self.state
        if self.workspace != NULL:
            raise RuntimeError("initialised twice")
        if not (1 <= n_labels <= 1000):
            raise ValueError(f"{n_labels} labels, expected 1 to 1000")
        if rule not in RULES:
            raise ValueError(f"rule {rule!r}, expected one of {', '.join(RULES)}")
        if not (isfinite(aggressiveness) and aggressiveness > 0 and isfinite(margin) and margin >= 0):
            raise ValueError("aggressiveness must be above 0 and finite, margin at least 0")
        _check_offsets(starts, labels.shape[0])
        _check_offsets(indptr, indices.shape[0])
        if indptr.shape[0] != labels.shape[0] + 1:
            raise ValueError("indptr")
        if not 0 <= n_attributes < 0xFFFFFFFF:
            raise ValueError("too many attributes")
        if (labels.shape[0] and np.max(labels) >= n_labels) or (indices.shape[0] and np.max(indices) >= n_attributes):
            raise ValueError("a label or an attribute is out of range")
        if values is not None and (values.shape[0] != indices.shape[0] or not np.isfinite(values).all()):
            raise ValueError("values: as many as indices, and finite")
        self.starts, self.indptr, self.indices, self.values, self.labels = starts, indptr, indices, values, labels
        self.longest = np.max(np.diff(starts)) if starts.shape[0] > 1 else 0
        m.n_labels, m.width, m.n_attributes = n_labels, nlptk_perceptron_width(n_labels), n_attributes
        self.begin, self.end = _penalties(begin, 1, n_labels, m.width), _penalties(end, 1, n_labels, m.width)
        m.starts, m.indptr = &starts[0], &indptr[0]
        m.labels = &labels[0] if labels.shape[0] else NULL
        m.indices = &indices[0] if indices.shape[0] else NULL
        m.values = &values[0] if values is not None and values.shape[0] else NULL
        m.begin, m.end = &self.begin[0], &self.end[0]
        m.rule, m.aggressiveness, m.margin = RULES.index(rule), aggressiveness, margin
        m.n_rows, m.capacity, m.clock = 1, 1024, 0
        self.workspace = malloc(nlptk_perceptron_workspace(m, self.longest))
        m.row_of = <uint32_t *>calloc(n_attributes + 1, sizeof(uint32_t))
        m.rows = <float *>calloc(m.capacity * m.width, sizeof(float))
        m.transitions = <float *>calloc(n_labels * m.width, sizeof(float))
        m.sums = <double *>calloc(m.capacity * n_labels, sizeof(double)) if average else NULL
        m.transition_sums = <double *>calloc(n_labels * m.width, sizeof(double))
        if m.rule:
            m.change = <float *>calloc(m.capacity * m.width, sizeof(float))
            m.transition_change = <float *>calloc(n_labels * m.width, sizeof(float))
        if not (self.workspace and m.row_of and m.rows and m.transitions and m.transition_sums and (m.sums or not average)
                and (not m.rule or (m.change and m.transition_change))):
            raise MemoryError
        cdef const float[::1] penalties = _penalties(allowed, n_labels, n_labels, m.width)
        cdef int64_t j, s, t
        for j in range(n_labels * m.width):
            m.transitions[j] = penalties[j]
        for s in range(starts.shape[0] - 1):
            for t in range(starts[s], starts[s + 1]):
                if ((t == starts[s] and m.begin[labels[t]] < 0) or (t + 1 == starts[s + 1] and m.end[labels[t]] < 0)
                        or (t > starts[s] and m.transitions[labels[t - 1] * m.width + labels[t]] < 0)):
                    raise ValueError(f"sentence {s}, item {t - starts[s]}: label {labels[t]} is not allowed there")

    def __dealloc__(self):
        free(self.workspace)
        free(self.state.row_of)
        free(self.state.rows)
        free(self.state.sums)
        free(self.state.change)
        free(self.state.transitions)
        free(self.state.transition_sums)
        free(self.state.transition_change)

    def learn(self, const int64_t[::1] order):
        """Learn from sentences, one after the other -> (wrong sentences, wrong items, loss)."""
        cdef nlptk_perceptron_progress progress = nlptk_perceptron_progress(0, 0, 0)
        cdef int status = 0
        cdef int64_t i, n = self.starts.shape[0] - 1
        for i in range(order.shape[0]):
            if not 0 <= order[i] < n:
                raise IndexError("sentences")
        if order.shape[0]:
            with nogil:
                status = nlptk_perceptron_learn(&self.state, &order[0], order.shape[0], self.workspace, &progress)
        if status:
            raise MemoryError
        return progress.wrong_sentences, progress.wrong_items, progress.loss

    def forget(self):
        """Begin a new average."""
        cdef nlptk_perceptron *m = &self.state
        if m.sums:
            memset(m.sums, 0, m.capacity * m.n_labels * sizeof(double))
        memset(m.transition_sums, 0, m.n_labels * m.width * sizeof(double))
        m.clock = 0

    def decode(self):
        """Labels of all sentences of the data by the weights of this moment, uint16."""
        cdef uint16_t[::1] out = np.zeros(self.labels.shape[0], np.uint16)
        if self.labels.shape[0]:
            with nogil:
                nlptk_perceptron_decode(&self.state, 0, self.starts.shape[0] - 1, &out[0], self.workspace)
        return np.asarray(out)

    def weights(self):
        """(row_ptr int64, row_label uint16, weights float32, transitions float32): what is not 0, by attribute and label."""
        cdef nlptk_perceptron *m = &self.state
        cdef double share = 1 / m.clock if m.clock and m.sums else 0
        cdef int64_t[::1] row_ptr
        cdef uint16_t[::1] row_label
        row_ptr, row_label = self._rows(share, False)
        out, transitions = np.empty(row_label.shape[0], np.float32), np.zeros((m.n_labels, m.n_labels), np.float32)
        cdef float[::1] view = out
        cdef float[:, ::1] steps = transitions
        cdef int64_t a, f
        cdef int i, j
        with nogil:
            for a in range(m.n_attributes):
                for f in range(row_ptr[a], row_ptr[a + 1]):
                    view[f] = _average(m, m.row_of[a], row_label[f], share)
            for i in range(m.n_labels):
                for j in range(m.n_labels):
                    if isfinite(m.transitions[i * m.width + j]):
                        steps[i, j] = <float>(m.transitions[i * m.width + j] - m.transition_sums[i * m.width + j] * share)
        return np.asarray(row_ptr), np.asarray(row_label), out, transitions

    def snapshot(self):
        """All that `resume` needs: (row_ptr, row_label, weights, sums, transitions, transition_sums, clock), not averaged."""
        cdef nlptk_perceptron *m = &self.state
        cdef int64_t[::1] row_ptr
        cdef uint16_t[::1] row_label
        row_ptr, row_label = self._rows(0, True)
        weights, sums = np.zeros(row_label.shape[0], np.float32), np.zeros(row_label.shape[0])
        cdef float[::1] weight = weights
        cdef double[::1] total = sums
        cdef int64_t a, f
        with nogil:
            for a in range(m.n_attributes):
                for f in range(row_ptr[a], row_ptr[a + 1]):
                    weight[f] = m.rows[<int64_t>m.row_of[a] * m.width + row_label[f]]
                    if m.sums:
                        total[f] = m.sums[<int64_t>m.row_of[a] * m.n_labels + row_label[f]]
        shape = (m.n_labels, m.width)
        transitions = np.reshape(<float[: m.n_labels * m.width]>m.transitions, shape)[:, : m.n_labels].copy()
        totals = np.reshape(<double[: m.n_labels * m.width]>m.transition_sums, shape)[:, : m.n_labels].copy()
        transitions[~np.isfinite(transitions)] = 0
        return np.asarray(row_ptr), np.asarray(row_label), weights, sums, transitions, totals, m.clock

    def resume(self, const int64_t[::1] row_ptr, const uint16_t[::1] row_label, const float[::1] weights, const double[::1] sums,
               const float[:, ::1] transitions, const double[:, ::1] transition_sums, double clock):
        """Begin where another learner ended, which may have had fewer labels and attributes; before the first `learn`."""
        cdef nlptk_perceptron *m = &self.state
        cdef int64_t a, f, n = row_ptr.shape[0] - 1, labels = transitions.shape[0], rows
        cdef int i, j
        _check_offsets(row_ptr, row_label.shape[0])
        if n > m.n_attributes or labels > m.n_labels or transitions.shape[1] != labels or m.clock or m.n_rows != 1:
            raise ValueError("state of a learner with more labels or attributes, or this one has already learned")
        if (weights.shape[0] != row_label.shape[0] or sums.shape[0] != row_label.shape[0] or not 0 <= clock < 2.0**53
                or transition_sums.shape[0] != labels or transition_sums.shape[1] != labels):
            raise ValueError("state: shapes")
        if row_label.shape[0] and np.max(row_label) >= m.n_labels:
            raise ValueError("state: labels")
        if not (np.isfinite(weights).all() and np.isfinite(sums).all() and np.isfinite(transitions).all()
                and np.isfinite(transition_sums).all()):
            raise ValueError("state: weights that are not finite numbers")
        rows = np.count_nonzero(np.diff(row_ptr)) + 1
        if nlptk_perceptron_reserve(m, rows):
            raise MemoryError
        with nogil:
            for a in range(n):
                if row_ptr[a] == row_ptr[a + 1]:
                    continue
                m.row_of[a] = <uint32_t>m.n_rows
                for f in range(row_ptr[a], row_ptr[a + 1]):
                    m.rows[m.n_rows * m.width + row_label[f]] = weights[f]
                    if m.sums:
                        m.sums[m.n_rows * m.n_labels + row_label[f]] = sums[f]
                m.n_rows += 1
            for i in range(labels):
                for j in range(labels):
                    m.transitions[i * m.width + j] += transitions[i, j]
                    if m.sums:
                        m.transition_sums[i * m.width + j] = transition_sums[i, j]
        m.clock = clock

    cdef _rows(self, double share, bint all_of_them):
        """(row_ptr, row_label) of the weights that are not 0, or whose sum is not."""
        cdef const nlptk_perceptron *m = &self.state
        cdef int64_t a, f = 0, r
        cdef int y
        cdef int64_t[::1] row_ptr = np.zeros(m.n_attributes + 1, np.int64)
        with nogil:
            for a in range(m.n_attributes):
                r = m.row_of[a]
                if r:
                    for y in range(m.n_labels):
                        f += _counts(m, r, y, share, all_of_them)
                row_ptr[a + 1] = f
        cdef uint16_t[::1] row_label = np.empty(f, np.uint16)
        f = 0
        with nogil:
            for a in range(m.n_attributes):
                r = m.row_of[a]
                if r:
                    for y in range(m.n_labels):
                        if _counts(m, r, y, share, all_of_them):
                            row_label[f] = <uint16_t>y
                            f += 1
        return row_ptr, row_label


cdef inline bint _counts(const nlptk_perceptron *m, int64_t row, int label, double share, bint all_of_them) noexcept nogil:
    if all_of_them:
        return m.rows[row * m.width + label] != 0 or (m.sums != NULL and m.sums[row * m.n_labels + label] != 0)
    return _average(m, row, label, share) != 0


cdef inline float _average(const nlptk_perceptron *m, int64_t row, int64_t label, double share) noexcept nogil:
    cdef double w = m.rows[row * m.width + label]
    if m.sums:
        w -= m.sums[row * m.n_labels + label] * share
    return <float>w


cdef _penalties(allowed, int rows, int n_labels, int width):
    """Rows padded to the width: 0 where allowed, -inf elsewhere."""
    out = np.zeros((rows, width), np.float32)
    if allowed is not None:
        allowed = np.asarray(allowed)
        if allowed.size != rows * n_labels or allowed.dtype != np.bool_:
            raise ValueError("allowed, begin and end: booleans for every label")
        out[:, :n_labels][~allowed.reshape(rows, n_labels)] = -INFINITY
    return out.reshape(-1)


cdef int _check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end:
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
