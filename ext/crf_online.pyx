"""Door to ext/crf_online.c: CRFs learned sentence by sentence."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc

import numpy as np


cdef extern from "nlptk/crf_online.h" nogil:
    ctypedef struct nlptk_crf_online:
        int n_labels, width
        int64_t n_attributes
        const int64_t *starts
        const int64_t *indptr
        const uint32_t *indices
        const float *values
        const uint16_t *labels
        const float *decay
        float *rows
        int n_parts
        double *transitions
        double *squares
        const uint8_t *fixed
        double transition_decay, eta, cost
        int64_t clock
    int nlptk_crf_online_width(int n_labels)
    size_t nlptk_crf_online_workspace(const nlptk_crf_online *m, int64_t longest)
    double nlptk_crf_online_learn(nlptk_crf_online *m, const int64_t *order, int64_t n, void *workspace)


cdef class Learner:
    """Weights that `learn` moves.

    Parameters
    ----------
    starts, indptr, indices, values, labels
        The data, see nlptk.tagging.Sequences.
    n_labels, n_attributes : int
    fixed : uint8, shape (n_labels, n_labels)
        Transitions that stay as they are.
    c2 : float
        Coefficient of the squared norm.
    cost : float
        By how much a wrong label must be worse: softmax margin.
    adagrad : bool
        Steps by AdaGrad, or gradient descent.
    eta : float
        The first step.
    initial : float
        What sums of squares begin with.
    """

    cdef nlptk_crf_online state
    cdef const int64_t[::1] starts, indptr
    cdef const uint32_t[::1] indices
    cdef const float[::1] values, decay
    cdef const uint16_t[::1] labels
    cdef const uint8_t[:, ::1] fixed
    cdef object _rows
    cdef double[:, ::1] _transitions, _squares
    cdef float[:, :, ::1] _rows_view

    def __init__(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                 const uint16_t[::1] labels, int n_labels, int64_t n_attributes, const uint8_t[:, ::1] fixed, double c2=0,
                 double cost=0, bint adagrad=True, double eta=0.1, double initial=0.01):
        cdef int64_t n_items = labels.shape[0]
        if not 1 <= n_labels <= 1000:
            raise ValueError(f"{n_labels} labels, expected 1 to 1000")
        check_offsets(starts, n_items)
        check_offsets(indptr, indices.shape[0])
        if indptr.shape[0] != n_items + 1 or n_items == 0:
            raise ValueError("indptr")
        if np.max(labels) >= n_labels or (indices.shape[0] and np.max(indices) >= n_attributes):
            raise ValueError("a label or an attribute is out of range")
        if values is not None and values.shape[0] != indices.shape[0]:
            raise ValueError("values")
        if not (0 <= c2 < np.inf and 0 <= cost < np.inf and 0 < eta < np.inf and 0 < initial < np.inf):
            raise ValueError("c2, cost, eta or initial")
        if fixed.shape[0] != n_labels or fixed.shape[1] != n_labels:
            raise ValueError("fixed")
        self.starts, self.indptr, self.indices, self.values, self.labels = starts, indptr, indices, values, labels
        self.fixed = fixed
        self.decay = (2 * c2 / np.maximum(np.bincount(indices, minlength=max(1, n_attributes)), 1)).astype(np.float32)
        self._transitions, self._squares = np.zeros((n_labels, n_labels)), np.full((n_labels, n_labels), initial)
        s = &self.state
        s.n_labels, s.width, s.n_attributes = n_labels, nlptk_crf_online_width(n_labels), n_attributes
        s.n_parts = 2 if adagrad else 1
        self._rows = np.zeros((max(1, n_attributes), s.n_parts, s.width), np.float32)
        if adagrad:
            self._rows[:, 1] = initial
        self._rows_view = self._rows
        s.starts, s.indptr, s.labels, s.decay = &starts[0], &indptr[0], &labels[0], &self.decay[0]
        s.indices = &indices[0] if indices.shape[0] else NULL
        s.values = &values[0] if values is not None and values.shape[0] else NULL
        s.rows, s.transitions, s.squares = &self._rows_view[0, 0, 0], &self._transitions[0, 0], &self._squares[0, 0]
        s.fixed = &fixed[0, 0]
        s.transition_decay, s.eta, s.cost, s.clock = 2 * c2 / max(1, starts.shape[0] - 1), eta, cost, 0

    @property
    def weights(self):
        """(n_attributes, n_labels), a view: it moves with learning and may be written."""
        return self._rows[: self.state.n_attributes, 0, : self.state.n_labels]

    @property
    def transitions(self):
        """(n_labels, n_labels), a view."""
        return np.asarray(self._transitions)

    def learn(self, const int64_t[::1] order):
        """One pass over sentences, in this order. Returns the sum of their losses before each step; nan: it diverged."""
        cdef double loss
        cdef int64_t i, longest = 0
        cdef void *workspace
        for i in range(order.shape[0]):
            if not 0 <= order[i] < self.starts.shape[0] - 1:
                raise IndexError("sentences")
            longest = max(longest, self.starts[order[i] + 1] - self.starts[order[i]])
        if longest == 0:
            return 0.0
        workspace = malloc(nlptk_crf_online_workspace(&self.state, longest))
        if workspace == NULL:
            raise MemoryError
        with nogil:
            loss = nlptk_crf_online_learn(&self.state, &order[0], order.shape[0], workspace)
        free(workspace)
        return loss


cdef int check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end:
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
