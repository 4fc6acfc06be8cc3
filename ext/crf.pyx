"""Door to ext/crf.c: log-likelihood of a linear-chain CRF and its gradient."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc

import numpy as np


cdef extern from "nlptk/crf.h" nogil:
    ctypedef struct nlptk_crf:
        int n_labels, width
        int64_t n_attributes
        const int64_t *starts
        const int64_t *indptr
        const uint32_t *indices
        const float *values
        const uint16_t *labels
        const int64_t *row_ptr
        const uint16_t *row_label
    int nlptk_crf_width(int n_labels)
    size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest)
    double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *weights,
                                  const double *transitions, float *residuals, double *transition_gradient, void *workspace)
    void nlptk_crf_gradient(const nlptk_crf *m, int64_t first, int64_t last, const int64_t *item_ptr, const uint32_t *items,
                            const float *item_values, const float *residuals, double *gradient)


cdef class Likelihood:
    """The data of a CRF; `expectations` of sentences, then `gradient` of attributes, in any order and from any thread.

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
    row_ptr, row_label : int64, uint16, or None
        The labels that an attribute has weights for; None: all.
    """

    cdef nlptk_crf state
    cdef const int64_t[::1] starts, indptr, row_ptr
    cdef const uint32_t[::1] indices
    cdef const float[::1] values
    cdef const uint16_t[::1] labels, row_label
    cdef int64_t[::1] item_ptr
    cdef uint32_t[::1] items
    cdef float[::1] item_values
    cdef readonly int64_t n_weights, longest
    cdef readonly int width

    def __init__(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                 const uint16_t[::1] labels, int n_labels, int64_t n_attributes, const int64_t[::1] row_ptr,
                 const uint16_t[::1] row_label):
        cdef int64_t i, t, n_items = labels.shape[0]
        if not (1 <= n_labels <= 1000):
            raise ValueError(f"{n_labels} labels, expected 1 to 1000")
        _check_offsets(starts, n_items)
        _check_offsets(indptr, indices.shape[0])
        if indptr.shape[0] != n_items + 1 or n_items == 0 or n_items >= 1 << 31:
            raise ValueError("indptr")
        if np.max(labels) >= n_labels or (indices.shape[0] and np.max(indices) >= n_attributes):
            raise ValueError("a label or an attribute is out of range")
        if values is not None and values.shape[0] != indices.shape[0]:
            raise ValueError("values")
        if row_ptr is not None:
            _check_offsets(row_ptr, row_label.shape[0])
            if row_ptr.shape[0] != n_attributes + 1 or (row_label.shape[0] and np.max(row_label) >= n_labels):
                raise ValueError("rows")
        self.starts, self.indptr, self.indices, self.values, self.labels = starts, indptr, indices, values, labels
        self.row_ptr, self.row_label = row_ptr, row_label
        self.n_weights = n_attributes * n_labels if row_ptr is None else row_label.shape[0]
        self.longest = np.max(np.diff(starts))
        self.width = nlptk_crf_width(n_labels)
        self.state.n_labels, self.state.width, self.state.n_attributes = n_labels, self.width, n_attributes
        self.state.starts, self.state.indptr, self.state.labels = &starts[0], &indptr[0], &labels[0]
        self.state.indices = &indices[0] if indices.shape[0] else NULL
        self.state.values = &values[0] if values is not None and values.shape[0] else NULL
        self.state.row_ptr = &row_ptr[0] if row_ptr is not None else NULL
        self.state.row_label = &row_label[0] if row_ptr is not None and row_label.shape[0] else NULL
        self._transpose(n_attributes)

    cdef _transpose(self, int64_t n_attributes):
        """For each attribute the items that have it, by counting."""
        cdef int64_t t, i, at
        cdef int64_t[::1] ptr = np.zeros(n_attributes + 2, np.int64)
        self.items = np.empty(max(self.indices.shape[0], 1), np.uint32)
        if self.values is not None:
            self.item_values = np.empty(max(self.indices.shape[0], 1), np.float32)
        with nogil:
            for i in range(self.indices.shape[0]):
                ptr[<int64_t>self.indices[i] + 2] += 1
            for i in range(n_attributes):
                ptr[i + 2] += ptr[i + 1]
            for t in range(self.labels.shape[0]):
                for i in range(self.indptr[t], self.indptr[t + 1]):
                    at = ptr[<int64_t>self.indices[i] + 1]
                    ptr[<int64_t>self.indices[i] + 1] += 1
                    self.items[at] = <uint32_t>t
                    if self.values is not None:
                        self.item_values[at] = self.values[i]
        self.item_ptr = ptr[: n_attributes + 1]

    def expectations(self, int64_t first, int64_t last, const double[::1] weights, const double[:, ::1] transitions,
                     float[:, ::1] residuals, double[:, ::1] transition_gradient):
        """log p of sentences first .. last; fills their residuals and adds to the gradient of -log p by transitions."""
        cdef double result
        cdef void *workspace
        self._check_shapes(weights, residuals)
        if not 0 <= first <= last < self.starts.shape[0]:
            raise IndexError("sentences")
        if transitions.shape[0] != self.state.n_labels or transitions.shape[1] != self.state.n_labels:
            raise ValueError("transitions")
        if transition_gradient.shape[0] != self.state.n_labels or transition_gradient.shape[1] != self.width:
            raise ValueError("transition_gradient")
        workspace = malloc(nlptk_crf_workspace(&self.state, self.longest))
        if workspace == NULL:
            raise MemoryError
        with nogil:
            result = nlptk_crf_expectations(&self.state, first, last, &weights[0] if weights.shape[0] else NULL, &transitions[0, 0],
                                            &residuals[0, 0], &transition_gradient[0, 0], workspace)
        free(workspace)
        return result

    def gradient(self, int64_t first, int64_t last, const float[:, ::1] residuals, double[::1] gradient):
        """Fill the gradient of -log p by the weights of attributes first .. last."""
        self._check_shapes(gradient, residuals)
        if not 0 <= first <= last <= self.state.n_attributes:
            raise IndexError("attributes")
        if first == last or not self.n_weights:
            return
        with nogil:
            nlptk_crf_gradient(&self.state, first, last, &self.item_ptr[0], &self.items[0],
                               &self.item_values[0] if self.values is not None else NULL, &residuals[0, 0], &gradient[0])

    cdef int _check_shapes(self, const double[::1] weights, const float[:, ::1] residuals) except -1:
        if weights.shape[0] != self.n_weights or residuals.shape[0] != self.labels.shape[0] or residuals.shape[1] != self.width:
            raise ValueError("shapes")
        return 0


cdef int _check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end:
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
