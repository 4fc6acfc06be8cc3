"""The ARPA text format of n-gram models, a block of lines at a time; see arpa.h."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.math cimport isfinite
from libc.stddef cimport size_t
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy


cdef extern from "nlptk/arpa.h" nogil:
    int NLPTK_ARPA_ORDER, NLPTK_ARPA_NUMBER
    int NLPTK_ARPA_HEADER, NLPTK_ARPA_MEMORY, NLPTK_ARPA_FULL, NLPTK_ARPA_PROBABILITY, NLPTK_ARPA_POSITIVE
    int NLPTK_ARPA_WORDS, NLPTK_ARPA_BACKOFF, NLPTK_ARPA_UNKNOWN, NLPTK_ARPA_TWICE, NLPTK_ARPA_UTF8
    ctypedef struct nlptk_arpa_words:
        char *blob
        uint64_t *offsets
        size_t n_words
        bint *seen
    ctypedef struct nlptk_arpa_text:
        const char *text
        const char *end
        size_t lines
        size_t rows
        const char *field
        size_t field_size
    char *nlptk_arpa_write_number(char *out, float x)
    float nlptk_arpa_read_number(const char *p, const char *end, const char **stop)
    size_t nlptk_arpa_format(char *out, size_t capacity, const uint32_t *ids, int n, size_t count, const float *log_prob,
                             const float *log_backoff, const char *blob, const uint64_t *offsets, size_t *lines_done)
    int nlptk_arpa_words_init(nlptk_arpa_words *words)
    void nlptk_arpa_words_free(nlptk_arpa_words *words)
    int nlptk_arpa_read(nlptk_arpa_words *words, nlptk_arpa_text *text, int n, size_t limit, uint32_t *ids, float *log_prob,
                        float *log_backoff)


MAX_ORDER = NLPTK_ARPA_ORDER


class LineError(ValueError):
    """A line that is not in the format; `lines`: how many there are before it in the text."""

    lines = 0

    def __init__(self, message, lines):
        super().__init__(message)
        self.lines = lines


def format_number(float x):
    """A finite number as the writer writes it."""
    cdef char[64] out
    if not isfinite(x):
        raise ValueError(f"{x} is not finite")
    return PyBytes_FromStringAndSize(out, nlptk_arpa_write_number(out, x) - out)


def parse_number(bytes text not None):
    """The number that a text is; ValueError if it is none, or not a finite float."""
    cdef const char *start = text
    cdef const char *end = start + len(text)
    cdef const char *stop
    cdef float x = nlptk_arpa_read_number(start, end, &stop)
    if stop == start or stop != end:
        raise ValueError(f"{text!r} is not a finite number")
    return x


cdef str fault(int status, int n, bint highest, bytes field):
    """What is wrong with a line."""
    shown = field[:60].decode("utf-8", "replace")
    shown = f"'{shown}'" if shown.isprintable() else repr(shown)
    if status == NLPTK_ARPA_PROBABILITY:
        return f"{shown}, expected a finite log10 probability"
    if status == NLPTK_ARPA_POSITIVE:
        return f"log10 probability {shown} is above 0"
    if status == NLPTK_ARPA_BACKOFF:
        return f"{shown}, expected a finite log10 backoff weight behind {n} word{'s' if n > 1 else ''}"
    if status == NLPTK_ARPA_UNKNOWN:
        return f"word {shown} is not among the unigrams"
    if status == NLPTK_ARPA_TWICE:
        return f"word {shown} is among the unigrams twice"
    if status == NLPTK_ARPA_UTF8:
        return f"word {shown} is not UTF-8"
    what = f"a probability and {n} word{'s' if n > 1 else ''}"
    return f"expected {what}" + (" (the highest order has no backoff)" if highest else " and at most a backoff")


cdef class Words:
    """The unigrams of an ARPA file: 0 = <unk>, 1 = <s>, 2 = </s>, then as they appear."""

    cdef nlptk_arpa_words words

    def __cinit__(self):
        if nlptk_arpa_words_init(&self.words):
            raise MemoryError

    def __dealloc__(self):
        nlptk_arpa_words_free(&self.words)

    def __len__(self):
        return self.words.n_words

    def seen(self, int special):
        """Whether there is a unigram of <unk> (0), <s> (1) or </s> (2)."""
        if not 0 <= special < 3:
            raise IndexError(special)
        return bool(self.words.seen[special])

    def table(self):
        """(UTF-8 of all words, bytes of the n + 1 offsets: uint64)."""
        cdef size_t n = self.words.n_words
        return (
            PyBytes_FromStringAndSize(self.words.blob, <Py_ssize_t>self.words.offsets[n]),
            PyBytes_FromStringAndSize(<const char *>self.words.offsets, <Py_ssize_t>((n + 1) * sizeof(uint64_t))),
        )

    def read(self, const unsigned char[::1] text not None, size_t start, size_t size, uint32_t[:, ::1] ids not None,
             float[::1] log_prob not None, float[::1] log_backoff):
        """Read lines of a section from text[start:size], as many as there is room for; ids.shape[1] words each.

        log_backoff: None for the highest order. Returns (how far it got, lines, n-grams, whether a line is next that begins
        with a backslash). LineError: a line that is not in the format.
        """
        cdef nlptk_arpa_text state
        cdef size_t limit = <size_t>ids.shape[0]
        cdef int n = <int>ids.shape[1], status
        cdef float *backoff = NULL
        if not 1 <= ids.shape[1] <= NLPTK_ARPA_ORDER:
            raise ValueError(f"{ids.shape[1]} words, expected 1 to {NLPTK_ARPA_ORDER}")
        if start > size or size > <size_t>text.shape[0]:
            raise IndexError(start, size)
        if <size_t>log_prob.shape[0] < limit or (log_backoff is not None and <size_t>log_backoff.shape[0] < limit):
            raise ValueError(f"no room for {limit} numbers")
        if start == size or not limit:
            return start, 0, 0, False
        state.text = <const char *>&text[0] + start
        state.end = <const char *>&text[0] + size
        state.lines = state.rows = 0
        if log_backoff is not None:
            backoff = &log_backoff[0]
        with nogil:
            status = nlptk_arpa_read(&self.words, &state, n, limit, &ids[0, 0], &log_prob[0], backoff)
        if status == NLPTK_ARPA_MEMORY:
            raise MemoryError("the words of a language model do not fit in memory")
        if status == NLPTK_ARPA_FULL:
            raise OverflowError("a language model of more than 2^32 - 2 words")
        if status < 0:
            raise LineError(fault(status, n, backoff is NULL, state.field[:state.field_size]), state.lines)
        return state.text - <const char *>&text[0], state.lines, state.rows, status == NLPTK_ARPA_HEADER


def format_lines(unsigned char[::1] out not None, const uint32_t[:, ::1] ids not None, size_t start, const float[::1] log_prob not None,
                 const float[::1] log_backoff, const unsigned char[::1] blob not None, const uint64_t[::1] offsets not None):
    """Write the lines of n-grams from `start` on, as many as fit. Returns (bytes, lines).

    log_backoff: None for the highest order. Word w is blob[offsets[w]:offsets[w + 1]].
    """
    cdef size_t count = <size_t>ids.shape[0], n_words = <size_t>offsets.shape[0] - 1, i, done = 0, size
    cdef int n = <int>ids.shape[1], k
    cdef const float *backoff = NULL
    cdef bint good = True
    if not 1 <= ids.shape[1] <= NLPTK_ARPA_ORDER:
        raise ValueError(f"{ids.shape[1]} words, expected 1 to {NLPTK_ARPA_ORDER}")
    if <size_t>log_prob.shape[0] != count or (log_backoff is not None and <size_t>log_backoff.shape[0] != count):
        raise ValueError(f"{count} n-grams and another number of probabilities or backoff weights")
    if start > count or not offsets.shape[0]:
        raise IndexError(start)
    if start == count or not out.shape[0]:
        return 0, 0
    if log_backoff is not None:
        backoff = &log_backoff[0]
    with nogil:
        for i in range(n_words):
            good = good and offsets[i] <= offsets[i + 1]
        good = good and offsets[n_words] <= <uint64_t>blob.shape[0]
        for i in range(start, count):
            good = good and isfinite(log_prob[i]) and (backoff is NULL or isfinite(backoff[i]))
            for k in range(n):
                good = good and ids[i, k] < n_words
        if good:
            size = nlptk_arpa_format(<char *>&out[0], <size_t>out.shape[0], &ids[start, 0], n, count - start, &log_prob[start],
                                     backoff + start if backoff else NULL, <const char *>&blob[0] if blob.shape[0] else NULL, &offsets[0], &done)
    if not good:
        raise ValueError("n-grams with words that are not in the table, or numbers that are not finite")
    return size, done
