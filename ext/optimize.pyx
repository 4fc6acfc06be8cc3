"""Door to ext/optimize.c: the long vectors of L-BFGS."""

from libc.stdint cimport int64_t

import numpy as np


cdef extern from "nlptk/optimize.h" nogil:
    enum: NLPTK_MEMORIES
    void nlptk_optimize_difference(int64_t first, int64_t last, const double *x_new, const double *x, const double *g_new,
                                   const double *g, const float *root, float *s, float *y)
    void nlptk_optimize_dots(int64_t first, int64_t last, const double *v, const float *root, const float *w, int n,
                             const float *const *rows, double *dots)
    double nlptk_optimize_combine(int64_t first, int64_t last, double a, const double *v, const float *root, int n,
                                  const float *const *rows, const double *factors, double *out)
    void nlptk_optimize_move(int64_t first, int64_t last, const double *x, double step, const double *d, double *out)
    double nlptk_optimize_dot(int64_t first, int64_t last, const double *a, const double *b)

cdef enum:
    RANGES = 16  # sums are made of so many parts, whoever makes them


def in_turn(work, int n):
    """Call work(0) to work(n - 1)."""
    cdef int i
    for i in range(n):
        work(i)


cdef class Vectors:
    """Operations on vectors of one length, and the history of L-BFGS: the last steps s and changes y of the gradient.

    Parameters
    ----------
    n : int
        Length of the vectors.
    memories : int
        Steps that are remembered.
    each : callable
        ``each(work, n)`` calls work(0) to work(n - 1), in any order, in any threads.
    diagonal : float, shape (n,), optional
        Resembles the curvature along each variable: directions are as if the variables were ``sqrt(diagonal) x``.
    """

    cdef readonly int64_t n
    cdef readonly int memories, count
    cdef object each
    cdef float[:, ::1] s, y
    cdef double[:, ::1] sy, yy  # s_i . y_j, y_i . y_j
    cdef list order

    cdef const float[::1] root
    cdef const float *root_at

    def __init__(self, int64_t n, int memories, each=in_turn, diagonal=None):
        if n < 1 or not 1 <= memories <= NLPTK_MEMORIES:
            raise ValueError(f"memories: expected 1 to {NLPTK_MEMORIES}")
        self.n, self.memories, self.each, self.count = n, memories, each, 0
        self.s, self.y = np.zeros((memories, n), np.float32), np.zeros((memories, n), np.float32)
        self.sy, self.yy = np.zeros((memories, memories)), np.zeros((memories, memories))
        self.order = []
        self.root_at = NULL
        if diagonal is not None:
            if len(diagonal) != n or not np.all(np.asarray(diagonal) > 0):
                raise ValueError("diagonal")
            self.root = (1 / np.sqrt(diagonal)).astype(np.float32)
            self.root_at = &self.root[0]

    def clear(self):
        """Forget all steps."""
        self.count, self.order = 0, []

    cdef int64_t _edge(self, int part):
        return self.n * part // RANGES // 16 * 16 if part < RANGES else self.n

    cdef int _check(self, const double[::1] v) except -1:
        if v.shape[0] != self.n:
            raise ValueError("length")
        return 0

    def dot(self, const double[::1] a, const double[::1] b):
        """a . b"""
        cdef double[::1] parts = np.zeros(RANGES)
        self._check(a)
        self._check(b)

        def work(int part):
            cdef int64_t first = self._edge(part), last = self._edge(part + 1)
            with nogil:
                parts[part] = nlptk_optimize_dot(first, last, &a[0], &b[0])

        self.each(work, RANGES)
        return ordered_sum(parts)

    def move(self, const double[::1] x, double step, const double[::1] d, double[::1] out):
        """out = x + step d"""
        self._check(x)
        self._check(d)
        self._check(out)

        def work(int part):
            cdef int64_t first = self._edge(part), last = self._edge(part + 1)
            with nogil:
                nlptk_optimize_move(first, last, &x[0], step, &d[0], &out[0])

        self.each(work, RANGES)

    def push(self, const double[::1] x_new, const double[::1] x, const double[::1] g_new, const double[::1] g):
        """Remember a step, unless the curvature along it is not positive; gives whether it was."""
        cdef int slot, i, j, n
        cdef double[:, ::1] s_parts = np.zeros((RANGES, 2 * self.memories)), y_parts = np.zeros((RANGES, 2 * self.memories))
        cdef const float *rows[2 * NLPTK_MEMORIES]
        cdef float *s
        cdef float *y
        self._check(x_new)
        self._check(x)
        self._check(g_new)
        self._check(g)
        slot = self.count if self.count < self.memories else self.order[0]
        order = [*(self.order if self.count < self.memories else self.order[1:]), slot]
        s, y = &self.s[slot, 0], &self.y[slot, 0]
        n = len(order)
        for i in range(n):
            j = order[i]
            rows[i], rows[n + i] = &self.y[j, 0], &self.s[j, 0]
        cdef const float *const *all_rows = rows

        def work(int part):
            cdef int64_t first = self._edge(part), last = self._edge(part + 1)
            with nogil:
                nlptk_optimize_difference(first, last, &x_new[0], &x[0], &g_new[0], &g[0], self.root_at, s, y)
                nlptk_optimize_dots(first, last, NULL, NULL, s, n, all_rows, &s_parts[part, 0])
                nlptk_optimize_dots(first, last, NULL, NULL, y, 2 * n, all_rows, &y_parts[part, 0])

        self.each(work, RANGES)
        s_sums, y_sums = np.zeros(2 * self.memories), np.zeros(2 * self.memories)
        for i in range(RANGES):
            s_sums += np.asarray(s_parts[i])
            y_sums += np.asarray(y_parts[i])
        if not (s_sums[n - 1] > 1e-300 and y_sums[n - 1] > 1e-300):
            if self.count == self.memories:  # the slot of the oldest is taken
                self.order, self.count = self.order[1:], self.count - 1
                self._pack()
            return False
        for i in range(n):
            j = order[i]
            self.sy[slot, j], self.sy[j, slot] = s_sums[i], y_sums[n + i]
            self.yy[slot, j] = self.yy[j, slot] = y_sums[i]
        self.order, self.count = order, n
        return True

    cdef _pack(self):
        """Let the remembered steps have the first slots."""
        order = self.order
        self.s[: len(order)], self.y[: len(order)] = np.asarray(self.s)[order], np.asarray(self.y)[order]
        self.sy[: len(order), : len(order)] = np.asarray(self.sy)[order][:, order]
        self.yy[: len(order), : len(order)] = np.asarray(self.yy)[order][:, order]
        self.order = list(range(len(order)))

    def direction(self, const double[::1] g, double[::1] out):
        """out = -H g by the two loops of Nocedal (1980), over sums instead of vectors (Chen et al. 2014); gives g . out."""
        cdef int i, j, a, n = self.count
        cdef double scale = 1
        cdef const float *rows[2 * NLPTK_MEMORIES]
        cdef double factors[2 * NLPTK_MEMORIES]
        cdef double[:, ::1] dot_parts = np.zeros((RANGES, 2 * max(n, 1)))
        cdef double[::1] parts = np.zeros(RANGES)
        self._check(g)
        self._check(out)
        for i in range(n):
            j = self.order[i]
            rows[i], rows[n + i] = &self.s[j, 0], &self.y[j, 0]
        cdef const float *const *all_rows = rows

        def dots(int part):
            cdef int64_t first = self._edge(part), last = self._edge(part + 1)
            with nogil:
                nlptk_optimize_dots(first, last, &g[0], self.root_at, NULL, 2 * n, all_rows, &dot_parts[part, 0])

        if n:
            self.each(dots, RANGES)
        sums = np.zeros(2 * max(n, 1))
        for i in range(RANGES):
            sums += np.asarray(dot_parts[i])
        sg, yg = sums[:n], sums[n : 2 * n]
        order = self.order
        sy, yy = np.asarray(self.sy)[order][:, order], np.asarray(self.yy)[order][:, order]
        # q = -g - sum alpha_i y_i, from the newest to the oldest
        alpha, beta = np.zeros(n), np.zeros(n)
        for i in range(n - 1, -1, -1):
            value = -sg[i]
            for j in range(i + 1, n):
                value -= alpha[j] * sy[i, j]
            alpha[i] = value / sy[i, i]
        if n:
            scale = sy[n - 1, n - 1] / yy[n - 1, n - 1]
        # r = scale q + sum (alpha_i - beta_i) s_i, from the oldest to the newest
        for i in range(n):
            value = -yg[i]
            for j in range(n):
                value -= alpha[j] * yy[i, j]
            value *= scale
            for j in range(i):
                value += (alpha[j] - beta[j]) * sy[j, i]
            beta[i] = value / sy[i, i]
        for i in range(n):
            factors[i], factors[n + i] = alpha[i] - beta[i], -scale * alpha[i]
        cdef const double *all_factors = factors

        def combine(int part):
            cdef int64_t first = self._edge(part), last = self._edge(part + 1)
            with nogil:
                parts[part] = nlptk_optimize_combine(first, last, -scale, &g[0], self.root_at, 2 * n, all_rows, all_factors, &out[0])

        self.each(combine, RANGES)
        return ordered_sum(parts)


cdef double ordered_sum(const double[::1] parts):
    cdef double total = 0
    cdef int i
    for i in range(parts.shape[0]):
        total += parts[i]
    return total
