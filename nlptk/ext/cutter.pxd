from cpython.object cimport PyObject
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, uint8_t, uint32_t

from nlptk.ext.trie cimport Trie, nlptk_trie


cdef extern from "nlptk/segment.h" nogil:
    ctypedef struct nlptk_token:
        int32_t start
        int32_t end
        int32_t state
        int32_t tag
    ctypedef struct nlptk_workspace:
        uint32_t *chars
        int32_t *codes
        nlptk_token *tokens
        ptrdiff_t n, n_tokens
    void nlptk_workspace_free(nlptk_workspace *w)
    int nlptk_workspace_read(nlptk_workspace *w, const nlptk_trie *trie, const void *text, int kind, ptrdiff_t n)
    int NLPTK_NO_WORD, NLPTK_CONTINUES, NLPTK_SEGMENT_NO_PATH


cdef extern from "nlptk/segment_lines.h" nogil:
    ctypedef struct nlptk_bytes:
        uint8_t *data
        size_t n
    ctypedef int nlptk_format
    ctypedef struct nlptk_cutter:
        const nlptk_trie *trie
        int (*cut)(const void *self, nlptk_workspace *w) noexcept nogil
        const void *self
    int nlptk_segment_lines(const nlptk_cutter *cutter, nlptk_workspace *w, const uint8_t *text, size_t n, nlptk_format format,
                            const uint8_t *sep, size_t n_sep, nlptk_bytes *out, size_t *where)


cdef str exact(object text)
cdef int check_status(int status) except -1


cdef class Cutter:
    cdef readonly Trie trie
    cdef nlptk_workspace *work  # for short texts; what it really is, the subclass knows
    cdef bint busy
    cdef PyObject **strings  # a str per cell of the trie, made when first met
    cdef int32_t n_strings

    cdef int set_up(self, Trie trie) except -1
    cdef nlptk_workspace *new_work(self) except NULL
    cdef void free_work(self, nlptk_workspace *work) noexcept
    cdef nlptk_workspace *take(self, Py_ssize_t n) except NULL
    cdef void give(self, nlptk_workspace *work) noexcept
    cdef int run(self, nlptk_workspace *work, const void *data, int kind, ptrdiff_t n) except -1
    cdef int run_lines(self, nlptk_workspace *work, const uint8_t *text, size_t n, int form, const uint8_t *sep, size_t n_sep,
                       nlptk_bytes *out, size_t *where) except? -9
    cdef int segment(self, str text, nlptk_workspace *work) except -1
    cdef list make_list(self, str text, nlptk_workspace *work)
