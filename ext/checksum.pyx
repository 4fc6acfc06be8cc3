"""XXH64 checksums of buffers."""

from libc.stddef cimport size_t
from libc.stdint cimport uint64_t


cdef extern from "nlptk/xxhash.h" nogil:
    uint64_t nlptk_xxh64(const void *data, size_t n, uint64_t seed)


def xxh64(const unsigned char[::1] data not None, unsigned long long seed=0):
    """XXH64 of a contiguous byte buffer, as an unsigned 64-bit integer."""
    cdef uint64_t digest
    cdef const void *start = &data[0] if data.shape[0] else NULL
    with nogil:
        digest = nlptk_xxh64(start, <size_t>data.shape[0], seed)
    return digest
