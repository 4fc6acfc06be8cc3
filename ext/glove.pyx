"""Door to ext/glove.c: AdaGrad over lists of co-occurring words."""

from libc.math cimport log
from libc.stdint cimport uint16_t, uintptr_t

import numpy as np


cdef extern from "nlptk/glove.h" nogil:
    ctypedef struct nlptk_pair:
        uint16_t first, second
        float x
    ctypedef struct nlptk_glove:
        size_t stride
        const float *word_rates
        const float *context_rates
        float log_x_max, alpha
        int symmetric
    double nlptk_glove_pass(const nlptk_glove *g, const nlptk_pair *pairs, size_t n, float *first, float *second)

WIDTH = 16  # parts of a row are a multiple of so many floats


def train_pairs(pairs, float[:, :, ::1] first not None, float[:, :, ::1] second not None, const float[::1] word_rates not None,
                const float[::1] context_rates not None, double x_max, double alpha, bint symmetric):
    """Go over a list of pairs once, in its order.

    Parameters
    ----------
    pairs : PAIR of nlptk.ext.cooccurrence
    first, second : float32, shape (words, 4, stride)
        Rows of the two blocks: see ext/include/nlptk/glove.h. Either the same or nothing in common; no other thread may use the word
        parts of `first` and the context parts of `second` meanwhile, nor, if symmetric, the others.
    word_rates, context_rates : float32, shape (stride,)
    x_max, alpha : float
        Of the weights ``min(1, (x / x_max) ** alpha)``.
    symmetric : bool
        Each pair stands for two.

    Returns
    -------
    float
        The sum of ``weight * difference ** 2 / 2``; not finite if training has run away.
    """
    cdef const nlptk_pair[::1] view = pairs
    cdef nlptk_glove g
    cdef size_t n = view.shape[0], stride = first.shape[2], k
    cdef double loss
    cdef bint is_wrong = False
    cdef size_t words = first.shape[0], contexts = second.shape[0]
    if (stride == 0 or stride % WIDTH or second.shape[2] != first.shape[2] or first.shape[1] != 4 or second.shape[1] != 4
            or word_rates.shape[0] != first.shape[2] or context_rates.shape[0] != first.shape[2]):
        raise ValueError("shapes of parameters and rates")
    if n == 0:
        return 0.0
    with nogil:
        for k in range(n):
            is_wrong |= view[k].first >= words or view[k].second >= contexts
    if is_wrong:
        raise ValueError("a pair of words without parameters")
    if <uintptr_t>&first[0, 0, 0] % 64 or <uintptr_t>&second[0, 0, 0] % 64:
        raise ValueError("parameters are not aligned to 64 bytes")
    g.stride, g.word_rates, g.context_rates = stride, &word_rates[0], &context_rates[0]
    g.log_x_max, g.alpha, g.symmetric = log(x_max), alpha, symmetric
    with nogil:
        loss = nlptk_glove_pass(&g, &view[0], n, &first[0, 0, 0], &second[0, 0, 0])
    return loss
