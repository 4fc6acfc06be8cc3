from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t


cdef extern from "nlptk/trie.h" nogil:
    ctypedef struct nlptk_cell:
        int32_t base
        int32_t check
        double logf

    ctypedef struct nlptk_trie:
        const nlptk_cell *cells
        const uint16_t *tags
        int32_t n_cells
        int32_t n_codes
        int64_t n_words
        uint32_t *char_of

    ctypedef struct nlptk_node:
        int32_t parent
        uint32_t key
        double logf

    ctypedef struct nlptk_words:
        nlptk_node *nodes
        int32_t cap
        int32_t n
        int64_t n_words

    ctypedef struct nlptk_lexicon:
        const nlptk_trie *trie
        const nlptk_words *words

    ctypedef struct nlptk_cursor:
        int32_t cell
        int32_t node


cdef extern from "nlptk/wordlist.h" nogil:
    ctypedef struct nlptk_wordlist:
        nlptk_lexicon lexicon
        nlptk_words *words
        nlptk_words *special
        bint wide_only
        bint suggest
        double missing
        double total
        uint8_t tag[256]
        size_t n_tag


cdef class Trie:
    cdef nlptk_trie trie
    cdef object owner  # keeps borrowed buffers alive
    cdef readonly list tag_names
    cdef readonly double total
    cdef nlptk_lexicon lexicon(self)


cdef class Words:
    cdef nlptk_words words
    cdef nlptk_wordlist list
    cdef readonly Trie base
    cdef Words special
    cdef readonly list tag_names
    cdef readonly bint frozen
    cdef int32_t tag_number(self, str name) except -1
    cdef nlptk_lexicon lexicon(self)
