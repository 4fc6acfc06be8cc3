"""Words to numbers, in arrays that lie in a file; see word_table.h."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "nlptk/word_table.h" nogil:
    ctypedef struct nlptk_word_table:
        const uint8_t *blob
        size_t blob_size
        const int64_t *offsets
        uint32_t n
        const uint64_t *slots
        size_t mask
    int nlptk_word_at(const nlptk_word_table *t, uint32_t i, const uint8_t **word, size_t *size)
    int64_t nlptk_word_find(const nlptk_word_table *t, const uint8_t *word, size_t n)
    size_t nlptk_word_fill(const nlptk_word_table *t, uint64_t *slots, uint32_t *twice)


cdef class WordTable:
    """Words by number and numbers by word.

    Word i is blob[offsets[i]:offsets[i + 1]], UTF-8. slots: as many as a power of two that is more than the words; fill them by
    `fill`, or give those that were filled before.
    """

    cdef readonly object blob, offsets, slots
    cdef const uint8_t[::1] _blob
    cdef const int64_t[::1] _offsets
    cdef const uint64_t[::1] _slots
    cdef nlptk_word_table table

    def __init__(self, blob, offsets, slots):
        self._blob, self._offsets, self._slots = blob, offsets, slots
        self.blob, self.offsets, self.slots = blob, offsets, slots
        cdef Py_ssize_t n = self._offsets.shape[0] - 1, size = self._slots.shape[0]
        if n < 0 or n >= 1 << 31:
            raise ValueError(f"{n} words, expected 0 to 2^31 - 1")
        if size & (size - 1) or size <= n:
            raise ValueError(f"{size} slots for {n} words, expected a power of two that is more")
        self.table.blob = &self._blob[0] if self._blob.shape[0] else NULL
        self.table.blob_size = <size_t>self._blob.shape[0]
        self.table.offsets = &self._offsets[0]
        self.table.n = <uint32_t>n
        self.table.slots = &self._slots[0]
        self.table.mask = <size_t>(size - 1)

    def __len__(self):
        return self.table.n

    def fill(self, uint64_t[::1] slots not None):
        """Fill slots, all 0: those of this table, or as many. Returns (how many words were there twice, the first of them)."""
        cdef uint32_t twice = 0
        cdef size_t again
        if slots.shape[0] != self._slots.shape[0]:
            raise ValueError(f"{slots.shape[0]} slots, expected {self._slots.shape[0]}")
        with nogil:
            again = nlptk_word_fill(&self.table, &slots[0], &twice)
        return again, twice

    def word(self, Py_ssize_t i):
        """Word i; ValueError if it is damaged."""
        cdef const uint8_t *text
        cdef size_t size
        if not 0 <= i < <Py_ssize_t>self.table.n:
            raise IndexError(i)
        if nlptk_word_at(&self.table, <uint32_t>i, &text, &size):
            raise ValueError(f"damaged: the offsets of word {i} do not fit the text of the words")
        return PyUnicode_DecodeUTF8(<const char *>text, <Py_ssize_t>size, "surrogatepass")

    cdef int64_t look_up(self, word) except -2:
        cdef Py_ssize_t size
        cdef const char *text
        try:
            text = PyUnicode_AsUTF8AndSize(word, &size)
        except UnicodeEncodeError:  # half of a pair
            encoded = word.encode("utf-8", "surrogatepass")
            return nlptk_word_find(&self.table, <const uint8_t *><const char *>encoded, len(encoded))
        return nlptk_word_find(&self.table, <const uint8_t *>text, <size_t>size)

    def find(self, word):
        """The number of a word, or -1."""
        if not isinstance(word, str):  # that of numpy is one, too
            raise TypeError(f"a {type(word).__name__}, expected a word (str)")
        return self.look_up(word)

    def find_all(self, list words not None, int64_t[::1] out not None):
        """The number of each word, or -1."""
        cdef Py_ssize_t i
        if out.shape[0] != len(words):
            raise ValueError(f"{len(words)} words, and room for {out.shape[0]}")
        for i in range(len(words)):
            word = words[i]
            if not isinstance(word, str):
                raise TypeError(f"item {i} is a {type(word).__name__}, expected a word (str)")
            out[i] = self.look_up(word)
