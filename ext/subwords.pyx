"""Character n-grams of words, as fastText hashes them; see subwords.h."""

from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint32_t


cdef extern from "nlptk/subwords.h" nogil:
    uint32_t nlptk_fnv(const uint8_t *text, size_t n)
    size_t nlptk_subwords(const uint8_t *word, size_t n, int min_n, int max_n, uint32_t bucket, uint32_t *out, size_t capacity)
    void nlptk_subwords_of_all(const uint8_t *blob, const int64_t *offsets, size_t n_words, int64_t skip, int min_n, int max_n,
                               uint32_t bucket, int64_t *starts, uint32_t *out)
    void nlptk_subword_means(const float *rows, size_t n_words, size_t dim, const int64_t *starts, const uint32_t *ngrams,
                             float *out)


cdef int check_sizes(long long min_n, long long max_n, long long bucket) except -1:
    if min_n < 1 or max_n < 0 or max_n > 1 << 20:
        raise ValueError(f"n-grams of {min_n} to {max_n} characters, expected 1 or more")
    if bucket < 1 or bucket >= 1 << 31:
        raise ValueError(f"{bucket} buckets, expected 1 to 2^31 - 1")
    return 0


cdef int check_words(const uint8_t[::1] blob, const int64_t[::1] offsets) except -1:
    cdef Py_ssize_t i
    cdef bint good = offsets.shape[0] > 0 and offsets[0] >= 0
    if good:
        for i in range(offsets.shape[0] - 1):
            good = good and offsets[i] <= offsets[i + 1]
        good = good and offsets[offsets.shape[0] - 1] <= blob.shape[0]
    if not good:
        raise ValueError("offsets of words that do not fit their text")
    return 0


def fnv(bytes text not None):
    """fastText's hash of some bytes."""
    return nlptk_fnv(<const uint8_t *><const char *>text, len(text))


def count(bytes word not None, long long min_n, long long max_n):
    """How many n-grams a word has."""
    check_sizes(min_n, max_n, 1)
    return nlptk_subwords(<const uint8_t *><const char *>word, len(word), <int>min_n, <int>max_n, 1, NULL, 0)


def buckets(bytes word not None, long long min_n, long long max_n, long long bucket, uint32_t[::1] out not None):
    """Write the buckets of the n-grams of a word to `out`, as many as it holds; returns how many there are."""
    check_sizes(min_n, max_n, bucket)
    return nlptk_subwords(<const uint8_t *><const char *>word, len(word), <int>min_n, <int>max_n, <uint32_t>bucket,
                          &out[0] if out.shape[0] else NULL, <size_t>out.shape[0])


def buckets_of_all(const uint8_t[::1] blob not None, const int64_t[::1] offsets not None, long long skip, long long min_n,
                   long long max_n, long long bucket, int64_t[::1] starts not None, uint32_t[::1] out=None):
    """Without `out`: fill `starts` (words + 1) with where the buckets of each word begin. With it: fill in the buckets.

    Word i is blob[offsets[i]:offsets[i + 1]]; word `skip` has no n-grams.
    """
    check_sizes(min_n, max_n, bucket)
    check_words(blob, offsets)
    cdef Py_ssize_t n = offsets.shape[0] - 1, i
    cdef const uint8_t *text = &blob[0] if blob.shape[0] else NULL
    cdef uint32_t *target = NULL
    if starts.shape[0] != n + 1:
        raise ValueError(f"{n} words and {starts.shape[0]} starts, expected one more than words")
    if out is not None:
        if starts[0] != 0 or starts[n] != out.shape[0]:
            raise ValueError("starts that do not fit the buckets")
        for i in range(n):
            if starts[i] > starts[i + 1]:
                raise ValueError("starts that are not in order")
        if not out.shape[0]:
            return
        target = &out[0]
    with nogil:
        nlptk_subwords_of_all(text, &offsets[0], <size_t>n, skip, <int>min_n, <int>max_n, <uint32_t>bucket, &starts[0], target)


def means(const float[:, ::1] rows not None, const int64_t[::1] starts not None, const uint32_t[::1] ngrams not None,
          float[:, ::1] out not None):
    """out[i] = mean of rows[i] and rows[len(out) + g] for all buckets g of word i."""
    cdef Py_ssize_t n = out.shape[0], i
    cdef bint good = starts.shape[0] == n + 1 and rows.shape[0] >= n and rows.shape[1] == out.shape[1]
    if good:
        good = starts[0] == 0 and starts[n] == ngrams.shape[0]
        for i in range(n):
            good = good and starts[i] <= starts[i + 1]
        for i in range(ngrams.shape[0]):
            good = good and ngrams[i] < <uint32_t>min(rows.shape[0] - n, 0x7FFFFFFF)
    if not good:
        raise ValueError("rows, buckets and words that do not fit each other")
    if not n or not out.shape[1]:
        return
    with nogil:
        nlptk_subword_means(&rows[0, 0], <size_t>n, <size_t>out.shape[1], &starts[0], &ngrams[0] if ngrams.shape[0] else NULL,
                            &out[0, 0])
