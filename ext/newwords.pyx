"""The parts of an external sort that counts n-grams of Han characters; see newwords.h.

Positions and grams live in buffers of bytes that the caller owns, maps and writes to disk: POSITION and GRAM bytes each.
"""

from cpython.unicode cimport PyUnicode_4BYTE_KIND, PyUnicode_FromKindAndData
from libc.math cimport log
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset


cdef extern from "nlptk/newwords.h" nogil:
    int NLPTK_NEWWORDS_LENGTH, NLPTK_NEWWORDS_CODES, NLPTK_NEWWORDS_ROOM, NLPTK_NEWWORDS_UTF8, NLPTK_NEWWORDS_FULL
    ctypedef struct nlptk_position:
        uint64_t head
        uint64_t tail
    ctypedef struct nlptk_gram:
        uint64_t head
        uint64_t tail
        uint64_t count
        double left
        double right
    ctypedef struct nlptk_gather:
        uint64_t total
        uint64_t *count
    ctypedef struct nlptk_run:
        const nlptk_position *next
        const nlptk_position *end
    ctypedef struct nlptk_scan:
        int max_length
        uint64_t min_count
        uint64_t *left
        uint64_t *seen
        nlptk_gram **grams
        size_t *n_grams
        size_t cap
    void nlptk_gather_start(nlptk_gather *g, int max_length)
    int nlptk_gather_text(nlptk_gather *g, const uint8_t *text, size_t n, size_t *consumed, nlptk_position *out, size_t cap,
                          size_t *written)
    void nlptk_gather_end(nlptk_gather *g, nlptk_position *out, size_t *written)
    void nlptk_sort_positions(nlptk_position *a, size_t n, int depth)
    size_t nlptk_merge_start(const nlptk_run *runs, size_t n_runs, uint32_t *heap)
    size_t nlptk_merge_refilled(const nlptk_run *runs, uint32_t *heap, size_t n_heap)
    size_t nlptk_merge(nlptk_run *runs, uint32_t *heap, size_t n_heap, nlptk_position *out, size_t cap)
    void nlptk_scan_start(nlptk_scan *s)
    size_t nlptk_scan_positions(nlptk_scan *s, const nlptk_position *a, size_t n)
    void nlptk_scan_end(nlptk_scan *s)
    size_t nlptk_select_grams(const nlptk_gram *a, size_t n, double min_entropy, nlptk_gram *out, size_t cap, size_t *taken)
    void nlptk_gram_keys(const nlptk_gram *a, size_t n, int begin, int m, nlptk_position *keys)
    int nlptk_join_counts(const nlptk_position *keys, size_t n, size_t *at, const nlptk_gram *table, size_t n_table,
                          uint64_t *counts)


POSITION = sizeof(nlptk_position)  # bytes
GRAM = sizeof(nlptk_gram)
MAX_LENGTH = NLPTK_NEWWORDS_LENGTH
ROOM = NLPTK_NEWWORDS_ROOM  # positions that must be free in a buffer that takes more text


cdef int check_length(int max_length) except -1:
    if not 2 <= max_length <= NLPTK_NEWWORDS_LENGTH:
        raise ValueError(f"max_length={max_length}: expected 2 to {NLPTK_NEWWORDS_LENGTH}")
    return 0


cdef nlptk_position *positions(unsigned char[::1] buffer, size_t n) except? NULL:
    """The buffer as positions, if n of them fit in."""
    if <size_t>buffer.shape[0] // sizeof(nlptk_position) < n or (n and <size_t>&buffer[0] % sizeof(uint64_t)):
        raise ValueError(f"a buffer of {buffer.shape[0]} bytes, expected {n} aligned positions")
    return <nlptk_position *>&buffer[0] if n else NULL


cdef const nlptk_gram *grams(const unsigned char[::1] buffer) except? NULL:
    if buffer.shape[0] % sizeof(nlptk_gram) or (buffer.shape[0] and <size_t>&buffer[0] % sizeof(uint64_t)):
        raise ValueError(f"a buffer of {buffer.shape[0]} bytes, expected aligned n-grams of {sizeof(nlptk_gram)} bytes each")
    return <const nlptk_gram *>&buffer[0] if buffer.shape[0] else NULL


cdef class Gather:
    """Turns text into positions; remembers what a block of text ended with, and how often each character came."""

    cdef nlptk_gather state
    cdef readonly int depth  # bytes to sort by

    def __cinit__(self, int max_length):
        check_length(max_length)
        nlptk_gather_start(&self.state, max_length)
        self.depth = 2 * (max_length + 1)

    @property
    def total(self):
        """Han characters so far."""
        return self.state.total

    def read(self, const unsigned char[::1] text, size_t consumed, unsigned char[::1] out, size_t written):
        """Read UTF-8 text from `consumed` on into positions: (bytes consumed, positions written, whether out is full).

        A last character that is cut short is not consumed. Raises UnicodeDecodeError on other bytes.
        """
        cdef size_t n = <size_t>text.shape[0], cap = <size_t>out.shape[0] // sizeof(nlptk_position)
        cdef nlptk_position *to = positions(out, cap)
        cdef int status = 0
        if consumed > n or written > cap:
            raise ValueError("more consumed or written than there is")
        if consumed < n:
            with nogil:
                status = nlptk_gather_text(&self.state, &text[0], n, &consumed, to, cap, &written)
        if status == NLPTK_NEWWORDS_UTF8:
            raise UnicodeDecodeError("utf-8", bytes(text), consumed, consumed + 1, "invalid byte")
        return consumed, written, status == NLPTK_NEWWORDS_FULL

    def end(self, unsigned char[::1] out, size_t written):
        """The text ends here. Returns the positions written; ROOM of them must be free."""
        cdef nlptk_position *to = positions(out, written + NLPTK_NEWWORDS_ROOM)
        nlptk_gather_end(&self.state, to, &written)
        return written

    def sort(self, unsigned char[::1] buffer, size_t n):
        """Sort the first n positions of a buffer."""
        cdef nlptk_position *a = positions(buffer, n)
        with nogil:
            nlptk_sort_positions(a, n, self.depth)


cdef class Merge:
    """Merges sorted runs that come through a buffer, of which each run has an equal part and the output one more."""

    cdef nlptk_run *runs
    cdef uint32_t *heap
    cdef size_t n_runs, n_heap, part
    cdef unsigned char[::1] buffer
    cdef nlptk_position *base

    def __cinit__(self, unsigned char[::1] buffer, size_t n_runs):
        self.n_runs = n_runs
        self.part = <size_t>buffer.shape[0] // sizeof(nlptk_position) // (n_runs + 1)
        if not n_runs or not self.part or n_runs > 0xFFFFFFFF:
            raise ValueError(f"a buffer of {buffer.shape[0]} bytes is too small for {n_runs} runs")
        self.base = positions(buffer, self.part * (n_runs + 1))
        self.buffer = buffer
        self.runs = <nlptk_run *>calloc(n_runs, sizeof(nlptk_run))
        self.heap = <uint32_t *>calloc(n_runs, sizeof(uint32_t))
        if self.runs is NULL or self.heap is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.runs)
        free(self.heap)

    def room(self, size_t run):
        """The part of the buffer for a run (or, for the number behind the last run, the output)."""
        if run > self.n_runs:
            raise IndexError(run)
        cdef size_t start = run * self.part * sizeof(nlptk_position)
        return self.buffer[start:start + self.part * sizeof(nlptk_position)]

    def filled(self, size_t run, size_t n):
        """The part of a run has n new positions."""
        if run >= self.n_runs or n > self.part:
            raise IndexError(run)
        self.runs[run].next = self.base + run * self.part
        self.runs[run].end = self.runs[run].next + n

    def start(self):
        """All runs have been filled."""
        self.n_heap = nlptk_merge_start(self.runs, self.n_runs, self.heap)

    def refilled(self):
        """The run that was asked for has been filled, with nothing if it is at its end."""
        if self.n_heap:
            self.n_heap = nlptk_merge_refilled(self.runs, self.heap, self.n_heap)

    def take(self):
        """Merge into the output: (number of positions there, run that is to be filled or -1). No positions: all is done."""
        cdef nlptk_position *out = self.base + self.n_runs * self.part
        cdef size_t n
        with nogil:
            n = nlptk_merge(self.runs, self.heap, self.n_heap, out, self.part)
        if n and self.runs[self.heap[0]].next == self.runs[self.heap[0]].end:
            return n, self.heap[0]
        return n, -1


cdef class Scan:
    """Counts the n-grams of sorted positions; outputs[m] takes those of m characters that occur min_count times."""

    cdef nlptk_scan *state
    cdef list outputs

    def __cinit__(self, int max_length, uint64_t min_count, list outputs not None):
        cdef unsigned char[::1] view
        cdef int m
        check_length(max_length)
        if len(outputs) != max_length + 1:
            raise ValueError(f"{len(outputs)} outputs, expected {max_length + 1}")
        self.state = <nlptk_scan *>calloc(1, sizeof(nlptk_scan))
        if self.state is NULL:
            raise MemoryError
        self.state.max_length, self.state.min_count = max_length, min_count
        self.state.left = <uint64_t *>calloc((max_length + 1) * NLPTK_NEWWORDS_CODES, sizeof(uint64_t))
        self.state.seen = <uint64_t *>calloc((max_length + 1) * (NLPTK_NEWWORDS_CODES // 64 + 1), sizeof(uint64_t))
        if self.state.left is NULL or self.state.seen is NULL:
            raise MemoryError
        self.outputs = outputs  # keeps them alive
        self.state.cap = <size_t>-1
        for m in range(2, max_length + 1):
            view = outputs[m]
            self.state.cap = min(self.state.cap, <size_t>view.shape[0] // sizeof(nlptk_gram))
            self.state.grams[m] = <nlptk_gram *>grams(view)
        if not self.state.cap:
            raise ValueError("an output has no room")
        nlptk_scan_start(self.state)

    def __dealloc__(self):
        if self.state is not NULL:
            free(self.state.left)
            free(self.state.seen)
            free(self.state)

    def read(self, unsigned char[::1] buffer, size_t start, size_t n):
        """Take n positions from `start` on. Returns how many it took before one of the outputs was full."""
        cdef const nlptk_position *a = positions(buffer, start + n)
        cdef size_t taken
        with nogil:
            taken = nlptk_scan_positions(self.state, a + start, n)
        return taken

    def end(self):
        """All positions have been read; no output may be full."""
        cdef int m
        for m in range(2, self.state.max_length + 1):
            if self.state.n_grams[m] >= self.state.cap:
                raise ValueError("an output is full")
        nlptk_scan_end(self.state)

    def written(self, int m):
        """N-grams in outputs[m]."""
        if not 2 <= m <= self.state.max_length:
            raise IndexError(m)
        return self.state.n_grams[m]

    def is_full(self, int m):
        """Whether outputs[m] has to be cleared before more can be read."""
        return self.written(m) >= self.state.cap

    def clear(self, int m):
        """outputs[m] has been copied and may be overwritten."""
        if self.written(m):
            self.state.n_grams[m] = 0


cdef class Candidates:
    """Some n-grams of one length, in order, and the largest product of the counts of their two parts."""

    cdef nlptk_gram *grams
    cdef nlptk_position *keys
    cdef uint64_t *counts  # (2, cap): of the part before a split, and of the part after it
    cdef double *product
    cdef size_t n, cap, joined
    cdef int length, side

    def __cinit__(self, size_t cap):
        if not cap or cap > 0xFFFFFFFF:
            raise ValueError(f"{cap} candidates, expected 1 to 2^32 - 1")
        self.cap = cap
        self.grams = <nlptk_gram *>malloc(cap * sizeof(nlptk_gram))  # cap < 2^32: no overflow in 64 bits
        self.keys = <nlptk_position *>malloc(cap * sizeof(nlptk_position))
        self.counts = <uint64_t *>malloc(2 * cap * sizeof(uint64_t))
        self.product = <double *>malloc(cap * sizeof(double))
        if self.grams is NULL or self.keys is NULL or self.counts is NULL or self.product is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.grams)
        free(self.keys)
        free(self.counts)
        free(self.product)

    def __len__(self):
        return self.n

    def start(self, int length):
        """No candidates, of a length."""
        check_length(length)
        self.n, self.length = 0, length

    def add(self, const unsigned char[::1] table, size_t start, double min_entropy):
        """Take those of a table, from `start` on, whose smaller entropy is large enough. Returns how many were looked at."""
        cdef const nlptk_gram *a = grams(table)
        cdef size_t n = <size_t>table.shape[0] // sizeof(nlptk_gram), taken = 0, k, i
        if start > n:
            raise IndexError(start)
        with nogil:
            k = nlptk_select_grams(a + start, n - start, min_entropy, self.grams + self.n, self.cap - self.n, &taken)
            for i in range(self.n, self.n + k):
                self.product[i] = 0
        self.n += k
        return taken

    def split(self, int at, int side):
        """Look up the part before (side 0) or after (1) the split at a character: `count_characters` or `join` follows."""
        if not 0 < at < self.length or side not in (0, 1):
            raise ValueError(f"split at {at} of {self.length}, side {side}")
        cdef int begin = at if side else 0, m = self.length - at if side else at
        self.side, self.joined = side, 0
        with nogil:
            nlptk_gram_keys(self.grams, self.n, begin, m, self.keys)
            if begin and m > 1:
                nlptk_sort_positions(self.keys, self.n, 2 * m)
        return m

    def count_characters(self, Gather gather not None):
        """Look up parts of one character."""
        cdef size_t i
        cdef uint64_t *counts = self.counts + self.side * self.cap
        for i in range(self.n):  # head is a code and zeros; without a sort keys[i] is that of gram i
            counts[i] = gather.state.count[min(self.keys[i].head >> 48, <uint64_t>NLPTK_NEWWORDS_CODES - 1)]

    def join(self, const unsigned char[::1] table):
        """Look up parts in the next block of the table of their length; False: there are more to come."""
        cdef const nlptk_gram *a = grams(table)
        cdef size_t n = <size_t>table.shape[0] // sizeof(nlptk_gram)
        cdef int status
        with nogil:
            status = nlptk_join_counts(self.keys, self.n, &self.joined, a, n, self.counts + self.side * self.cap)
        if status:
            raise ValueError("a table lacks a part of an n-gram")
        return self.joined == self.n

    def multiply(self):
        """Both parts have been looked up: keep the larger product."""
        cdef size_t i
        cdef double product
        with nogil:
            for i in range(self.n):
                product = <double>self.counts[i] * <double>self.counts[self.cap + i]
                if product > self.product[i]:
                    self.product[i] = product

    def words(self, uint64_t total, double min_pmi):
        """[(n-gram, count, pmi, left entropy, right entropy)] of those with enough cohesion.

        pmi = min over its splits ab of log(p(ab) / (p(a) p(b))), with p(x) = count(x) / total
            = log(count * total / max count(a) count(b))
        """
        cdef list found = []
        cdef size_t i
        cdef int j
        cdef uint64_t head, tail
        cdef double pmi
        cdef uint32_t[6] text
        for i in range(self.n):
            if not self.product[i]:
                raise ValueError("a split has not been looked up")
            pmi = log(<double>self.grams[i].count * <double>total / self.product[i])
            if pmi < min_pmi:
                continue
            head, tail = self.grams[i].head, self.grams[i].tail
            for j in range(self.length):
                text[j] = <uint32_t>(head >> 48) + 0x4E00 - 1
                head = head << 16 | tail >> 48
                tail <<= 16
            word = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, self.length)
            found.append((word, self.grams[i].count, pmi, self.grams[i].left, self.grams[i].right))
        return found
