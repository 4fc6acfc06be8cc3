"""Word vectors as word2vec writes them, a block at a time; see vector_text.h."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from libc.math cimport isfinite
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy


cdef extern from "nlptk/vector_text.h" nogil:
    int NLPTK_VECTORS_NUMBER, NLPTK_VECTORS_FEW, NLPTK_VECTORS_MANY, NLPTK_VECTORS_UTF8, NLPTK_VECTORS_LONG
    ctypedef struct nlptk_vectors_text:
        const uint8_t *text
        const uint8_t *end
        size_t rows
        size_t lines
        const uint8_t *field
        size_t field_size
        size_t found
    int nlptk_vectors_read_text(nlptk_vectors_text *t, const uint8_t *base, int last, int any_bytes, size_t dim, size_t limit,
                                float *values, int64_t *spans)
    int nlptk_vectors_read_binary(nlptk_vectors_text *t, const uint8_t *base, int any_bytes, size_t dim, size_t limit,
                                  float *values, int64_t *spans)
    size_t nlptk_vectors_count(const uint8_t *line, const uint8_t *end)
    size_t nlptk_vectors_write_text(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets,
                                    const float *values, size_t rows, size_t dim, size_t *done)
    size_t nlptk_vectors_write_binary(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets,
                                      const float *values, size_t rows, size_t dim, size_t *done)


cdef str fault(int status, bint binary, size_t dim, size_t found, bytes field):
    """What is wrong with a row."""
    shown = field[:40].decode("utf-8", "backslashreplace")
    shown = f"'{shown}'" if shown.isprintable() else repr(shown)
    if status == NLPTK_VECTORS_UTF8:
        return f"word {shown} is not UTF-8"
    if status == NLPTK_VECTORS_LONG:
        return f"a word that does not end: {shown}..."
    if status == NLPTK_VECTORS_NUMBER:
        if binary:
            return f"the vector of {shown} holds what is no finite number"
        return f"{shown}, expected a word and {dim} finite numbers"
    return f"{found} number{'' if found == 1 else 's'}, expected {dim}"


def count(const uint8_t[::1] line not None):
    """How many numbers a line has behind its word."""
    return nlptk_vectors_count(&line[0], &line[0] + line.shape[0]) if line.shape[0] else 0


def read(const uint8_t[::1] text not None, size_t start, bint last, bint binary, bint any_bytes, float[:, ::1] values not None,
         bytearray blob not None, int64_t[::1] offsets not None):
    """Read rows from text[start:], as many as there is room for in `values`; their words go to the end of `blob`, and where they end
    there to `offsets`.

    last: the text is that of a whole file, up to its end. any_bytes: words need not be UTF-8.
    Returns (where it stopped, rows, lines, what is wrong with the row there: None if nothing).
    """
    cdef nlptk_vectors_text state
    cdef size_t limit = <size_t>values.shape[0], dim = <size_t>values.shape[1], i, size
    cdef int status
    cdef const uint8_t *base
    cdef char *target
    cdef Py_ssize_t used = PyByteArray_GET_SIZE(blob), more = 0
    if start > <size_t>text.shape[0]:
        raise IndexError(start)
    if <size_t>offsets.shape[0] < limit or not dim:
        raise ValueError("no room for the words, or no dimensions")
    if start == <size_t>text.shape[0] or not limit:
        return start, 0, 0, None
    import array

    cdef int64_t[::1] spans = array.array("q", bytes(16 * limit))
    base = &text[0]
    state.text, state.end = base + start, base + text.shape[0]
    state.rows = state.lines = state.field_size = state.found = 0
    state.field = base
    with nogil:
        if binary:
            status = nlptk_vectors_read_binary(&state, base, any_bytes, dim, limit, &values[0, 0], &spans[0])
        else:
            status = nlptk_vectors_read_text(&state, base, last, any_bytes, dim, limit, &values[0, 0], &spans[0])
    for i in range(state.rows):
        more += spans[2 * i + 1] - spans[2 * i]
    PyByteArray_Resize(blob, used + more)
    target = PyByteArray_AS_STRING(blob)
    for i in range(state.rows):
        size = <size_t>(spans[2 * i + 1] - spans[2 * i])
        memcpy(target + used, base + spans[2 * i], size)
        used += <Py_ssize_t>size
        offsets[i] = used
    problem = None
    if status < 0:
        problem = fault(status, binary, dim, state.found, state.field[:state.field_size])
    return state.text - base, state.rows, state.lines, problem


def write(uint8_t[::1] out not None, bint binary, const uint8_t[::1] blob not None, const int64_t[::1] offsets not None,
          const float[:, ::1] values not None):
    """Write rows, as many as fit. Word i is blob[offsets[i]:offsets[i + 1]]. Returns (bytes, rows)."""
    cdef size_t rows = <size_t>values.shape[0], dim = <size_t>values.shape[1], done = 0, size, i, d
    cdef bint good = <size_t>offsets.shape[0] == rows + 1 and offsets[0] >= 0
    if good:
        for i in range(rows):
            good = good and offsets[i] <= offsets[i + 1]
        good = good and offsets[rows] <= blob.shape[0]
    if not good:
        raise ValueError("offsets of words that do not fit their text, or not one word a row")
    if not rows or not dim or not out.shape[0]:
        return 0, 0
    cdef const uint8_t *words = &blob[0] if blob.shape[0] else NULL
    with nogil:
        for i in range(rows):
            for d in range(dim):
                good = good and isfinite(values[i, d])
        if good and binary:
            size = nlptk_vectors_write_binary(&out[0], <size_t>out.shape[0], words, &offsets[0], &values[0, 0], rows, dim, &done)
        elif good:
            size = nlptk_vectors_write_text(&out[0], <size_t>out.shape[0], words, &offsets[0], &values[0, 0], rows, dim, &done)
    if not good:
        raise ValueError("vectors that are not finite")
    return size, done
