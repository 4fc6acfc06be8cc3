"""The k best of many scores; see nearest.h."""

from libc.stddef cimport size_t
from libc.stdint cimport int64_t


cdef extern from "nlptk/nearest.h" nogil:
    void nlptk_nearest_update(const float *scores, size_t rows, size_t columns, int64_t first, size_t k, float *best,
                              int64_t *numbers)


def update(const float[:, ::1] scores not None, int64_t first, float[:, ::1] best not None, int64_t[:, ::1] numbers not None):
    """Update the best of each row with more columns, whose first one has the number `first`.

    best, numbers (rows, k): from the highest score down; to begin with, -inf and -1.
    """
    cdef size_t rows = <size_t>scores.shape[0], columns = <size_t>scores.shape[1], k = <size_t>best.shape[1]
    if best.shape[0] != scores.shape[0] or numbers.shape[0] != scores.shape[0] or numbers.shape[1] != best.shape[1]:
        raise ValueError("scores, best and numbers that do not fit each other")
    if rows and columns and k:
        with nogil:
            nlptk_nearest_update(&scores[0, 0], rows, columns, first, k, &best[0, 0], &numbers[0, 0])
