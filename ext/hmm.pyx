"""Door to ext/hmm.c: hidden Markov models of first and second order."""

from libc.stdint cimport int64_t, uint16_t, uint32_t

import numpy as np


cdef extern from "nlptk/hmm.h" nogil:
    ctypedef struct nlptk_hmm:
        int order, n_labels
        const double *log_transitions
        const double *transitions
        const int64_t *starts
        const uint32_t *rows
        const int64_t *row_ptr
        const uint16_t *row_label
        const double *row_log
    int nlptk_hmm_decode(const nlptk_hmm *m, int64_t first, int64_t last, uint16_t *out)
    int nlptk_hmm_expect(const nlptk_hmm *m, int64_t first, int64_t last, double *log_probs, float *marginals,
                         double *transition_counts, double *row_counts)


cdef class Markov:
    """A hidden Markov model. Its methods take sentences as

    starts : int64
        Items of each sentence.
    rows : uint32
        The row of each item.
    row_ptr, row_label, row_log : int64, uint16, float64
        Rows: the labels an item may have, rising, and log p(item | label).

    and may run in several threads, for different sentences.

    Parameters
    ----------
    order : int
        1 or 2.
    n_labels : int
    log_transitions : float64, (n_labels + 1) ** (order + 1)
        log p of a label (last index) after those before it; number n_labels is the begin and the end.
    """

    cdef int order, n_labels
    cdef const double[::1] log_transitions, transitions

    def __init__(self, int order, int n_labels, const double[::1] log_transitions):
        if order not in (1, 2) or not 1 <= n_labels <= 1000:
            raise ValueError("order must be 1 or 2, and labels 1 to 1000")
        if log_transitions.shape[0] != (n_labels + 1) ** (order + 1):
            raise ValueError("log_transitions: one for each n-gram of labels")
        if np.isnan(log_transitions).any() or np.max(log_transitions) > 1e-9:
            raise ValueError("log_transitions: no logarithms of probabilities")
        self.order, self.n_labels = order, n_labels
        self.log_transitions, self.transitions = log_transitions, np.exp(log_transitions)

    def decode(self, const int64_t[::1] starts, const uint32_t[::1] rows, const int64_t[::1] row_ptr, const uint16_t[::1] row_label,
               const double[::1] row_log, int64_t first, int64_t last, uint16_t[::1] out):
        """Best labels of sentences first .. last, at the places of their items in `out`."""
        cdef nlptk_hmm m
        cdef int status
        self._fill(&m, starts, rows, row_ptr, row_label, row_log, first, last)
        if out.shape[0] != rows.shape[0]:
            raise ValueError("out")
        if first == last or not out.shape[0]:
            return
        with nogil:
            status = nlptk_hmm_decode(&m, first, last, &out[0])
        if status:
            raise MemoryError

    def expect(self, const int64_t[::1] starts, const uint32_t[::1] rows, const int64_t[::1] row_ptr, const uint16_t[::1] row_label,
               const double[::1] row_log, int64_t first, int64_t last, double[::1] log_probs, float[:, ::1] marginals=None,
               double[::1] transition_counts=None, double[::1] row_counts=None):
        """log p of sentences first .. last, and where wanted their marginals and expected counts, which are added."""
        cdef nlptk_hmm m
        cdef int status
        self._fill(&m, starts, rows, row_ptr, row_label, row_log, first, last)
        if log_probs.shape[0] != starts.shape[0] - 1:
            raise ValueError("log_probs")
        if marginals is not None and (marginals.shape[0] != rows.shape[0] or marginals.shape[1] != self.n_labels):
            raise ValueError("marginals")
        if transition_counts is not None and transition_counts.shape[0] != self.log_transitions.shape[0]:
            raise ValueError("transition_counts")
        if row_counts is not None and row_counts.shape[0] != row_log.shape[0]:
            raise ValueError("row_counts")
        if first == last:
            return
        cdef float *p = &marginals[0, 0] if marginals is not None and marginals.shape[0] else NULL
        cdef double *t = &transition_counts[0] if transition_counts is not None else NULL
        cdef double *r = &row_counts[0] if row_counts is not None and row_counts.shape[0] else NULL
        with nogil:
            status = nlptk_hmm_expect(&m, first, last, &log_probs[0], p, t, r)
        if status:
            raise MemoryError

    cdef int _fill(self, nlptk_hmm *m, const int64_t[::1] starts, const uint32_t[::1] rows, const int64_t[::1] row_ptr,
                   const uint16_t[::1] row_label, const double[::1] row_log, int64_t first, int64_t last) except -1:
        cdef int64_t i, f
        _check_offsets(starts, rows.shape[0])
        _check_offsets(row_ptr, row_label.shape[0])
        if not 0 <= first <= last < starts.shape[0]:
            raise IndexError("sentences")
        if row_log.shape[0] != row_label.shape[0] or np.isnan(row_log).any() or (row_log.shape[0] and np.max(row_log) == np.inf):
            raise ValueError("row_log")
        if rows.shape[0] and np.max(rows) >= row_ptr.shape[0] - 1:
            raise ValueError("a row is out of range")
        for i in range(row_ptr.shape[0] - 1):
            if row_ptr[i] == row_ptr[i + 1]:
                raise ValueError("a row without labels")
            for f in range(row_ptr[i], row_ptr[i + 1]):
                if row_label[f] >= self.n_labels or (f > row_ptr[i] and row_label[f] <= row_label[f - 1]):
                    raise ValueError("labels of rows: below n_labels, and rising")
        m.order, m.n_labels = self.order, self.n_labels
        m.log_transitions, m.transitions = &self.log_transitions[0], &self.transitions[0]
        m.starts, m.row_ptr = &starts[0], &row_ptr[0]
        m.rows = &rows[0] if rows.shape[0] else NULL
        m.row_label = &row_label[0] if row_label.shape[0] else NULL
        m.row_log = &row_log[0] if row_log.shape[0] else NULL
        return 0


cdef int _check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end:
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
