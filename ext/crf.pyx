"""Door to ext/crf.c: log-likelihood of a linear-chain CRF and its gradient."""

from libc.math cimport sqrt
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc

import numpy as np


cdef extern from "nlptk/crf.h" nogil:
    enum: NLPTK_CRF_CHUNK
    ctypedef struct nlptk_crf:
        int n_labels, width
        int64_t n_sentences, n_items, n_attributes
        const int64_t *starts
        const uint16_t *labels
        int64_t n_dense
        const int64_t *dense_row
        const uint16_t *dense_label
        const int64_t *dense_ptr
        const uint32_t *dense
        const float *dense_value
        int64_t n_chunks
        const int64_t *chunk_run
        const uint32_t *run_attribute
        const int64_t *run_ptr
        const uint16_t *run_item
        const float *run_value
        int64_t first_sparse, n_sparse
        const int64_t *sparse_ptr
        const uint32_t *sparse
        const float *sparse_value
        const uint16_t *sparse_label
        const int64_t *sparse_items
        const uint32_t *sparse_item
        const float *sparse_item_value
        int64_t first_single, n_single
        const uint32_t *single_item
        const float *single_root
        int64_t first_transition, n_variables
    int nlptk_crf_width(int n_labels)
    size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest)
    void nlptk_crf_spread(const nlptk_crf *m, const double *x, int64_t first, int64_t last, float *table, float *sparse)
    double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *x, const float *table,
                                  const float *sparse, float *residuals, double *transitions, double *workspace)
    void nlptk_crf_gradient_dense(const nlptk_crf *m, int64_t first, int64_t last, const float *residuals, double *sums, double *g)
    void nlptk_crf_gradient_sparse(const nlptk_crf *m, int64_t first, int64_t last, const float *residuals, double *g)
    void nlptk_crf_gradient_single(const nlptk_crf *m, int64_t first, int64_t last, const float *residuals, double *g)

cdef class Likelihood:
    """The data of a CRF, laid out for an optimizer.

    One evaluation: `spread` the variables, `expectations` of all sentences, then `gradient` by all shares; calls of one kind may
    run in any order and from any thread.

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
    min_freq : float
        Pairs of attribute and label seen less often have no weight.
    all_states : bool
        Weights for all pairs of attribute and label.
    fuse : bool
        Attributes that always occur together once may share a variable; asks for weights that begin alike.

    Attributes
    ----------
    row_ptr, row_label : int64, uint16, or None
        The labels that an attribute has weights for; None: all.
    n_weights, n_variables : int
    """

    cdef nlptk_crf state
    cdef readonly object row_ptr, row_label
    cdef readonly int64_t n_weights, n_variables
    cdef readonly int width
    cdef object _kept, _variable
    cdef float[:, ::1] table, residuals
    cdef float[::1] sparse_weights
    cdef double[:, ::1] sums

    def __init__(self, const int64_t[::1] starts, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                 const uint16_t[::1] labels, int n_labels, int64_t n_attributes, double min_freq=0, bint all_states=False,
                 bint fuse=True):
        cdef int64_t n_items = labels.shape[0]
        if not 1 <= n_labels <= 1000:
            raise ValueError(f"{n_labels} labels, expected 1 to 1000")
        _check_offsets(starts, n_items)
        _check_offsets(indptr, indices.shape[0])
        if indptr.shape[0] != n_items + 1 or n_items == 0 or n_items >= 1 << 31:
            raise ValueError("indptr")
        if np.max(labels) >= n_labels or (indices.shape[0] and np.max(indices) >= n_attributes):
            raise ValueError("a label or an attribute is out of range")
        if values is not None and values.shape[0] != indices.shape[0]:
            raise ValueError("values")
        self._kept = {"starts": np.asarray(starts), "labels": np.asarray(labels)}
        self.state.n_labels, self.state.width = n_labels, nlptk_crf_width(n_labels)
        self.width = self.state.width
        self.state.n_sentences, self.state.n_items, self.state.n_attributes = starts.shape[0] - 1, n_items, n_attributes
        self.state.starts, self.state.labels = &starts[0], &labels[0]
        item_ptr, items, item_values = _transpose(indptr, indices, values, n_items, n_attributes)
        if all_states:
            self.row_ptr = self.row_label = None
            sizes = np.full(n_attributes, n_labels, np.int64)
        else:
            self.row_ptr, self.row_label = _observed(item_ptr, items, item_values, labels, n_labels, n_attributes, min_freq)
            sizes = np.diff(self.row_ptr)
        self._lay_out(indptr, indices, values, item_ptr, items, item_values, sizes, fuse and values is None)
        self.table = np.empty((max(self.state.n_dense, 1), self.width), np.float32)
        self.sums = np.empty((max(self.state.n_dense, 1), self.width), np.float64)
        self.sparse_weights = np.empty(max(self.state.n_sparse, 1), np.float32)
        self.residuals = np.empty((n_items, self.width), np.float32)

    cdef _lay_out(self, const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values,
                  const int64_t[::1] item_ptr, const uint32_t[::1] items, const float[::1] item_values, sizes, bint fuse):
        """Give attributes their kind and place, and the items their lists."""
        cdef int n_labels = self.state.n_labels
        cdef int64_t n_attributes = self.state.n_attributes, n_items = self.state.n_items
        cdef int64_t a, c, d, f, i, j, k, t, v, n_dense, n_runs, at, chunk, dense_weights, n_sparse, n_single
        cdef const int64_t[::1] size = sizes, row_ptr = None
        cdef const uint16_t[::1] row_label = None
        cdef bint all_states = self.row_ptr is None
        freq = np.diff(np.asarray(item_ptr))
        if not all_states:
            row_ptr, row_label = self.row_ptr, self.row_label
        # kinds
        first_weight = np.arange(n_attributes + 1, dtype=np.int64) * n_labels if all_states else self.row_ptr
        many = sizes >= max(2, self.width // 8)
        if all_states:
            many[:] = True
        many &= freq > 0
        single = (freq == 1) & (sizes == 1) & ~many if fuse else np.zeros(n_attributes, bool)
        few = (freq > 0) & (sizes > 0) & ~many & ~single
        dense_numbers = np.flatnonzero(many)
        dense_numbers = dense_numbers[np.argsort(-freq[dense_numbers], kind="stable")]
        sparse_numbers = np.flatnonzero(few)
        if len(sparse_numbers):
            sparse_numbers = sparse_numbers[np.argsort(np.asarray(items)[np.asarray(item_ptr)[sparse_numbers]], kind="stable")]
        n_dense = len(dense_numbers)
        # place: dense attributes their number, sparse ones -2 - their first variable, single ones -1
        places = np.full(n_attributes, np.iinfo(np.int64).min, np.int64)
        places[dense_numbers] = np.arange(n_dense)
        dense_row = np.concatenate([[0], np.cumsum(sizes[dense_numbers])]).astype(np.int64)
        sparse_row = np.concatenate([[0], np.cumsum(sizes[sparse_numbers])]).astype(np.int64)
        places[sparse_numbers] = -2 - sparse_row[: len(sparse_numbers)]
        places[single] = -1
        dense_weights, n_sparse = int(sizes[dense_numbers].sum()), int(sizes[sparse_numbers].sum())
        if n_sparse >= 1 << 32 or n_dense >= 1 << 32:
            raise OverflowError("more than 2^32 weights")
        # the variable of each weight
        self.n_weights = first_weight[n_attributes]
        variables = np.full(self.n_weights, -1, np.int64)
        dense_weight = _ranges(first_weight[dense_numbers], sizes[dense_numbers])
        sparse_weight = _ranges(first_weight[sparse_numbers], sizes[sparse_numbers])
        variables[dense_weight] = np.arange(dense_weights)
        variables[sparse_weight] = dense_weights + np.arange(n_sparse)
        natural = np.arange(n_attributes * n_labels) % n_labels if all_states else self.row_label
        dense_labels, sparse_labels = natural[dense_weight].astype(np.uint16), natural[sparse_weight].astype(np.uint16)
        # lists of items
        cdef const int64_t[::1] place = places, sparse_first = sparse_row
        dense_ptr_, sparse_ptr_ = np.zeros(n_items + 1, np.int64), np.zeros(n_items + 1, np.int64)
        cdef int64_t[::1] dense_ptr = dense_ptr_, sparse_ptr = sparse_ptr_
        cdef uint32_t[::1] dense, sparse, sparse_item, single_item, run_attribute
        cdef uint16_t[::1] run_item
        cdef float[::1] dense_value, sparse_value, sparse_item_value, run_value
        cdef float[::1] single_root
        cdef int64_t[::1] variable = variables, run_ptr, chunk_run, chunk_at, run_at, last_of
        n_single = 0
        with nogil:
            for t in range(n_items):
                d, k, v = 0, 0, 0
                for i in range(indptr[t], indptr[t + 1]):
                    a = indices[i]
                    if place[a] >= 0:
                        d += 1
                    elif place[a] == -1:
                        v += 1
                    elif place[a] > -(<int64_t>1 << 62):
                        k += size[a]
                dense_ptr[t + 1] = dense_ptr[t] + d
                sparse_ptr[t + 1] = sparse_ptr[t] + k
                n_single += v > 0
        dense_ = np.empty(max(dense_ptr[n_items], 1), np.uint32)
        sparse_ = np.empty(max(sparse_ptr[n_items], 1), np.uint32)
        single_item_, single_root_ = np.empty(max(n_single, 1), np.uint32), np.empty(max(n_single, 1), np.float32)
        dense, sparse, single_item, single_root = dense_, sparse_, single_item_, single_root_
        dense_value_ = sparse_value_ = None
        if values is not None:
            dense_value_, sparse_value_ = np.empty(len(dense_), np.float32), np.empty(len(sparse_), np.float32)
            dense_value, sparse_value = dense_value_, sparse_value_
        n_single = 0
        with nogil:
            for t in range(n_items):
                d, k, v = dense_ptr[t], sparse_ptr[t], 0
                for i in range(indptr[t], indptr[t + 1]):
                    a = indices[i]
                    if place[a] >= 0:
                        dense[d] = <uint32_t>place[a]
                        if values is not None:
                            dense_value[d] = values[i]
                        d += 1
                    elif place[a] == -1:
                        variable[row_ptr[a]] = dense_weights + n_sparse + n_single
                        v += 1
                    elif place[a] > -(<int64_t>1 << 62):
                        for j in range(size[a]):
                            sparse[k] = <uint32_t>(-2 - place[a] + j)
                            if values is not None:
                                sparse_value[k] = values[i]
                            k += 1
                if v:
                    single_item[n_single], single_root[n_single] = <uint32_t>t, <float>sqrt(<double>v)
                    n_single += 1
        # sparse variables by item
        counts = (np.repeat(freq[sparse_numbers], sizes[sparse_numbers]) if n_sparse else np.zeros(0)).astype(np.int64)
        sparse_items_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        sparse_item_ = np.empty(max(sparse_items_[n_sparse], 1), np.uint32)
        sparse_item = sparse_item_
        sparse_item_value_ = None
        if values is not None:
            sparse_item_value_ = np.empty(len(sparse_item_), np.float32)
            sparse_item_value = sparse_item_value_
        cdef const int64_t[::1] sparse_number = sparse_numbers.astype(np.int64), dense_number = dense_numbers.astype(np.int64)
        at = 0
        with nogil:
            for c in range(sparse_number.shape[0]):
                a = sparse_number[c]
                for j in range(size[a]):
                    for i in range(item_ptr[a], item_ptr[a + 1]):
                        sparse_item[at] = items[i]
                        if values is not None:
                            sparse_item_value[at] = item_values[i]
                        at += 1
        # dense attributes by chunk
        cdef int64_t n_chunks = (n_items + NLPTK_CRF_CHUNK - 1) // NLPTK_CRF_CHUNK
        runs_, held_ = np.zeros(n_chunks + 1, np.int64), np.zeros(n_chunks + 1, np.int64)
        last_of, chunk_run, chunk_at = np.full(n_chunks, -1, np.int64), runs_, held_
        with nogil:
            for d in range(n_dense):
                a = dense_number[d]
                for i in range(item_ptr[a], item_ptr[a + 1]):
                    chunk = items[i] // NLPTK_CRF_CHUNK
                    chunk_at[chunk + 1] += 1
                    if last_of[chunk] != d:
                        last_of[chunk] = d
                        chunk_run[chunk + 1] += 1
        np.cumsum(runs_, out=runs_)
        np.cumsum(held_, out=held_)
        n_runs = runs_[n_chunks]
        run_attribute_, run_ptr_ = np.empty(max(n_runs, 1), np.uint32), np.zeros(n_runs + 1, np.int64)
        run_item_ = np.empty(max(held_[n_chunks], 1), np.uint16)
        run_value_ = None
        if values is not None:
            run_value_ = np.empty(len(run_item_), np.float32)
            run_value = run_value_
        run_attribute, run_ptr, run_item = run_attribute_, run_ptr_, run_item_
        run_at, last_of = runs_[:n_chunks].copy(), np.full(n_chunks, -1, np.int64)
        with nogil:
            run_ptr[n_runs] = chunk_at[n_chunks]
            for d in range(n_dense):
                a = dense_number[d]
                for i in range(item_ptr[a], item_ptr[a + 1]):
                    chunk = items[i] // NLPTK_CRF_CHUNK
                    if last_of[chunk] != d:
                        last_of[chunk] = d
                        run_attribute[run_at[chunk]] = <uint32_t>d
                        run_ptr[run_at[chunk]] = chunk_at[chunk]
                        run_at[chunk] += 1
                    at = chunk_at[chunk]
                    chunk_at[chunk] += 1
                    run_item[at] = <uint16_t>(items[i] % NLPTK_CRF_CHUNK)
                    if values is not None:
                        run_value[at] = item_values[i]
        self._variable = variables
        cdef nlptk_crf *m = &self.state
        m.n_dense, m.n_chunks = n_dense, n_chunks
        m.first_sparse, m.n_sparse = dense_weights, n_sparse
        m.first_single, m.n_single = dense_weights + n_sparse, n_single
        m.first_transition = m.first_single + n_single
        m.n_variables = m.first_transition + n_labels * n_labels
        self.n_variables = m.n_variables
        self._keep("root", single_root_)
        m.dense_row, m.dense_label = <const int64_t *>self._keep("dense_row", dense_row), <const uint16_t *>self._keep("dense_label", dense_labels)
        m.dense_ptr, m.dense = <const int64_t *>self._keep("dense_ptr", dense_ptr_), <const uint32_t *>self._keep("dense", dense_)
        m.dense_value = <const float *>self._keep("dense_value", dense_value_)
        m.chunk_run = <const int64_t *>self._keep("chunk_run", runs_)
        m.run_attribute, m.run_ptr = <const uint32_t *>self._keep("run_attribute", run_attribute_), <const int64_t *>self._keep("run_ptr", run_ptr_)
        m.run_item, m.run_value = <const uint16_t *>self._keep("run_item", run_item_), <const float *>self._keep("run_value", run_value_)
        m.sparse_ptr, m.sparse = <const int64_t *>self._keep("sparse_ptr", sparse_ptr_), <const uint32_t *>self._keep("sparse", sparse_)
        m.sparse_value, m.sparse_label = <const float *>self._keep("sparse_value", sparse_value_), <const uint16_t *>self._keep("sparse_label", sparse_labels)
        m.sparse_items, m.sparse_item = <const int64_t *>self._keep("sparse_items", sparse_items_), <const uint32_t *>self._keep("sparse_item", sparse_item_)
        m.sparse_item_value = <const float *>self._keep("sparse_item_value", sparse_item_value_)
        m.single_item, m.single_root = <const uint32_t *>self._keep("single_item", single_item_), <const float *>self._keep("single_root", single_root_)

    cdef const void *_keep(self, str name, array) except? NULL:
        """Own an array as long as this object lives."""
        cdef const unsigned char[::1] view
        if array is None:
            return NULL
        if not array.flags.c_contiguous:
            raise ValueError(name)
        self._kept[name] = array
        if not array.nbytes:
            return NULL
        view = array.view(np.uint8).reshape(-1)
        return &view[0]

    # ---- variables and weights

    def variables(self, weights, transitions):
        """The variables of given weights; those that share one get their mean."""
        x = np.zeros(self.n_variables)
        variable, root = self._variable, np.asarray(self._kept["root"], np.float64)
        at = np.flatnonzero(variable >= 0)
        np.add.at(x, variable[at], np.asarray(weights, np.float64)[at])
        single = slice(self.state.first_single, self.state.first_transition)
        if self.state.n_single:
            x[single] /= root
        x[self.state.first_transition :] = np.asarray(transitions, np.float64).reshape(-1)
        return x

    def weights(self, const double[::1] x):
        """(weights, transitions) of variables."""
        if x.shape[0] != self.n_variables:
            raise ValueError("shapes")
        own = np.array(x[: self.state.first_transition])
        if self.state.n_single:
            own[self.state.first_single :] /= np.asarray(self._kept["root"], np.float64)
        n = self.state.n_labels
        weights = np.where(self._variable >= 0, np.append(own, 0)[self._variable], 0.0)
        return weights, np.array(x[self.state.first_transition :]).reshape(n, n)

    def counts(self):
        """How often each variable is seen with its label; for transitions 0."""
        cdef int64_t t
        cdef double[::1] counts = np.zeros(self.n_variables)
        self.residuals[:] = 0
        for t in range(self.state.n_items):
            self.residuals[t, self.state.labels[t]] = 1
        self.gradient(counts)
        found = np.asarray(counts)
        if self.state.n_single:
            found[self.state.first_single : self.state.first_transition] *= np.asarray(self._kept["root"], np.float64)
        return found

    # ---- evaluation

    def spread(self, const double[::1] x, int share=0, int shares=1):
        """Make the variables ready for the evaluation; all shares must be done before it begins."""
        cdef int64_t first = self.state.n_dense * share // shares, last = self.state.n_dense * (share + 1) // shares
        self._check(x, share, shares)
        with nogil:
            nlptk_crf_spread(&self.state, &x[0], first, last, &self.table[0, 0], &self.sparse_weights[0])

    def expectations(self, int64_t first, int64_t last, const double[::1] x, double[:, ::1] transitions):
        """log p of sentences first .. last; adds to the gradient of -log p by transitions."""
        cdef double result
        cdef double *workspace
        cdef int64_t s, longest = 1
        self._check(x, 0, 1)
        if not 0 <= first <= last <= self.state.n_sentences:
            raise IndexError("sentences")
        if transitions.shape[0] != self.state.n_labels or transitions.shape[1] != self.width:
            raise ValueError("transitions")
        for s in range(first, last):
            longest = max(longest, self.state.starts[s + 1] - self.state.starts[s])
        workspace = <double *>malloc(nlptk_crf_workspace(&self.state, longest) * sizeof(double))
        if workspace == NULL:
            raise MemoryError
        with nogil:
            result = nlptk_crf_expectations(&self.state, first, last, &x[0], &self.table[0, 0], &self.sparse_weights[0],
                                            &self.residuals[0, 0], &transitions[0, 0], workspace)
        free(workspace)
        return result

    def gradient(self, double[::1] g, int share=0, int shares=1):
        """Fill a share of the gradient of -log p by the weights of attributes."""
        self._check(g, share, shares)
        cdef const float *r = &self.residuals[0, 0]
        cdef nlptk_crf *m = &self.state
        with nogil:
            # the first attributes are the most frequent: deal them out
            nlptk_crf_gradient_dense(m, m.n_dense * share // shares, m.n_dense * (share + 1) // shares, r, &self.sums[0, 0], &g[0])
            nlptk_crf_gradient_sparse(m, m.n_sparse * share // shares, m.n_sparse * (share + 1) // shares, r, &g[0])
            nlptk_crf_gradient_single(m, m.n_single * share // shares, m.n_single * (share + 1) // shares, r, &g[0])

    def regularize(self, const double[::1] x, double[::1] g, double c2):
        """Add 2 c2 x to the gradient; gives c2 |x|^2."""
        cdef int64_t i, j, n = x.shape[0]
        cdef double[8] sums
        cdef double twice = 2 * c2, total = 0
        self._check(x, 0, 1)
        self._check(g, 0, 1)
        with nogil:
            for j in range(8):
                sums[j] = 0
            for i in range(0, n - 7, 8):
                for j in range(8):
                    g[i + j] += twice * x[i + j]
                    sums[j] += x[i + j] * x[i + j]
            for i in range(n - n % 8, n):
                g[i] += twice * x[i]
                sums[0] += x[i] * x[i]
            for j in range(8):
                total += sums[j]
        return c2 * total

    cdef int _check(self, const double[::1] x, int share, int shares) except -1:
        if x.shape[0] != self.n_variables:
            raise ValueError("shapes")
        if not 0 <= share < shares:
            raise IndexError("shares")
        return 0


cdef _transpose(const int64_t[::1] indptr, const uint32_t[::1] indices, const float[::1] values, int64_t n_items,
                int64_t n_attributes):
    """For each attribute the items that have it, by counting."""
    cdef int64_t t, i, at, n = indices.shape[0]
    cdef int64_t[::1] ptr = np.zeros(n_attributes + 2, np.int64)
    cdef uint32_t[::1] items = np.empty(max(n, 1), np.uint32)
    cdef float[::1] item_values = np.empty(max(n, 1), np.float32) if values is not None else None
    with nogil:
        for i in range(n):
            ptr[<int64_t>indices[i] + 2] += 1
        for i in range(n_attributes):
            ptr[i + 2] += ptr[i + 1]
        for t in range(n_items):
            for i in range(indptr[t], indptr[t + 1]):
                at = ptr[<int64_t>indices[i] + 1]
                ptr[<int64_t>indices[i] + 1] += 1
                items[at] = <uint32_t>t
                if values is not None:
                    item_values[at] = values[i]
    return np.asarray(ptr)[: n_attributes + 1], np.asarray(items), None if values is None else np.asarray(item_values)


cdef _observed(const int64_t[::1] item_ptr, const uint32_t[::1] items, const float[::1] item_values, const uint16_t[::1] labels,
               int n_labels, int64_t n_attributes, double min_freq):
    """(row_ptr, row_label): the labels that each attribute is seen with."""
    cdef int64_t a, i, n = 0
    cdef int y
    cdef double[::1] counts = np.zeros(n_labels)
    cdef unsigned char[::1] seen = np.zeros(n_labels, np.uint8)
    cdef int64_t[::1] row_ptr = np.zeros(n_attributes + 1, np.int64)
    cdef uint16_t[::1] row_label = np.empty(max(items.shape[0], 1), np.uint16)
    with nogil:
        for a in range(n_attributes):
            if item_ptr[a + 1] - item_ptr[a] == 1:  # the common case
                i = item_ptr[a]
                if (item_values[i] if item_values is not None else 1.0) >= min_freq:
                    row_label[n] = labels[items[i]]
                    n += 1
                row_ptr[a + 1] = n
                continue
            for y in range(n_labels):
                counts[y], seen[y] = 0, 0
            for i in range(item_ptr[a], item_ptr[a + 1]):
                y = labels[items[i]]
                counts[y] += item_values[i] if item_values is not None else 1.0
                seen[y] = 1
            for y in range(n_labels):
                if seen[y] and counts[y] >= min_freq:
                    row_label[n] = <uint16_t>y
                    n += 1
            row_ptr[a + 1] = n
    return np.asarray(row_ptr), np.asarray(row_label)[:n].copy()


def _ranges(first, size):
    """first[0], first[0] + 1, ... size[0] of them, then those from first[1], ..."""
    total = int(size.sum())
    before = np.cumsum(size) - size
    return np.repeat(first - before, size) + np.arange(total)


cdef int _check_offsets(const int64_t[::1] offsets, int64_t end) except -1:
    cdef int64_t i
    if offsets.shape[0] < 1 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != end:
        raise ValueError("offsets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError("offsets fall")
    return 0
