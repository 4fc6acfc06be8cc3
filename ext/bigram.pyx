"""Segmentation with a bigram model of words and a chain of (unit, place in its word); see bigram.c."""

from contextlib import suppress

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.math cimport INFINITY, isnan, rint
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from nlptk.ext.cutter cimport Cutter, check_status, exact, nlptk_bytes, nlptk_cutter, nlptk_segment_lines, nlptk_workspace
from nlptk.ext.cutter cimport nlptk_workspace_read
from nlptk.ext.trie cimport Trie, Words, nlptk_cursor, nlptk_lexicon, nlptk_trie, nlptk_words


cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)


cdef extern from "nlptk/trie.h" nogil:
    int32_t nlptk_trie_code(const nlptk_trie *trie, uint32_t c)
    bint nlptk_step(const nlptk_lexicon *lexicon, nlptk_cursor *at, int32_t code, uint32_t c)
    ptrdiff_t nlptk_words_word(const nlptk_words *w, int32_t node, uint32_t *out, ptrdiff_t cap)


cdef extern from "nlptk/segment.h" nogil:
    int nlptk_class(uint32_t c)
    int NLPTK_SPACE


cdef extern from "nlptk/bigram.h" nogil:
    int NLPTK_SENTENCE_END, NLPTK_SENTENCE_START, NLPTK_NO_WORD_HERE, NLPTK_MAX_UNKNOWN, NLPTK_NO_COST, NLPTK_COST_SCALE
    ctypedef struct nlptk_unit:
        pass
    ctypedef struct nlptk_neighbours:
        pass
    ctypedef struct nlptk_pairs:
        const uint64_t *slots
        uint32_t n
    ctypedef struct nlptk_bigram:
        nlptk_trie trie
        const nlptk_unit *units
        const nlptk_neighbours *neighbours
        uint32_t n_neighbours
        nlptk_pairs pairs
        int32_t unknown, end, backoff
        bint hmm
        const nlptk_words *user
        const int32_t *user_costs
        bint force, blanks
    ctypedef struct nlptk_bigram_work:
        nlptk_workspace text
        int32_t *at
        int32_t n
    int nlptk_bigram_compile(nlptk_bigram *m, const nlptk_trie *trie, double log_mass)
    void nlptk_bigram_free(nlptk_bigram *m)
    void nlptk_bigram_work_free(nlptk_bigram_work *w)
    int nlptk_bigram_segment(const nlptk_bigram *m, nlptk_bigram_work *w)
    int nlptk_bigram_cost(const nlptk_bigram *m, nlptk_bigram_work *w, bint whole, int64_t *cost)
    ctypedef struct nlptk_packed_pairs:
        const uint8_t *gaps
        size_t n_gaps
        size_t n
    bint nlptk_fill_pairs(const nlptk_bigram *m, const nlptk_packed_pairs *words, const uint16_t *costs, uint64_t *slots)
    bint nlptk_fill_neighbours(const nlptk_bigram *m, const nlptk_packed_pairs *units, const uint8_t *seen, const uint16_t *costs,
                               size_t n_costs, nlptk_neighbours *slots)
    ctypedef struct nlptk_lattice_arc:
        int32_t start, end, word, own, next
        bint known
    ctypedef struct nlptk_lattice:
        nlptk_lattice_arc *arcs
        int32_t n
        int32_t *last
    void nlptk_lattice_free(nlptk_lattice *l)
    int nlptk_bigram_lattice(const nlptk_bigram *m, nlptk_bigram_work *w, nlptk_lattice *l)
    int64_t nlptk_lattice_cost(const nlptk_lattice *l, int32_t arc)
    int64_t nlptk_lattice_link(const nlptk_bigram *m, const nlptk_bigram_work *w, const nlptk_lattice *l, int32_t left, int32_t right,
                               int64_t *words, int64_t *characters)


SENTENCE_END, SENTENCE_START = NLPTK_SENTENCE_END, NLPTK_SENTENCE_START
MAX_UNKNOWN = NLPTK_MAX_UNKNOWN
SCALE = NLPTK_COST_SCALE  # costs are -SCALE * log p
NO_COST = NLPTK_NO_COST
UNIT_COSTS = <int>(sizeof(nlptk_unit) // 2)

cdef enum:
    MARGIN = 4096  # by how much a user word without frequency wins, alone: room for what its neighbours say
    MAX_COST = 1 << 20
    MAX_WORD = 1 << 16
    MAX_ENTRIES = 1 << 30  # of a table
    LONG_TEXT = 4096  # characters: from here on it pays to let other threads run


def word_numbers(Trie trie not None, list words not None):
    """The numbers of words, all of which the trie must have, as an int32 memoryview."""
    cdef bytes out = PyBytes_FromStringAndSize(NULL, len(words) * sizeof(int32_t))
    cdef int32_t *numbers = <int32_t *>PyBytes_AS_STRING(out)
    cdef nlptk_lexicon lexicon = trie.lexicon()
    cdef nlptk_cursor at
    cdef Py_UCS4 c
    cdef Py_ssize_t i = 0
    cdef str word
    for word in words:
        at.cell = at.node = 0
        for c in word:
            if not nlptk_step(&lexicon, &at, nlptk_trie_code(lexicon.trie, c), c):
                raise KeyError(word)
        numbers[i] = at.cell
        i += 1
    return memoryview(out).cast("i")


cdef object table_memory(Py_ssize_t n):
    """Zeros, for a table that is read at random: in large pages where the system has them, so that few entries of the TLB do."""
    import mmap
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return bytearray(n)
    memory = mmap.mmap(-1, max(n, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel without them
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


cdef nlptk_packed_pairs packed(const unsigned char[::1] gaps, Py_ssize_t n):
    cdef nlptk_packed_pairs pairs
    pairs.gaps, pairs.n_gaps, pairs.n = &gaps[0] if gaps.shape[0] else NULL, gaps.shape[0], n
    return pairs


cdef class Tables:
    """A bigram model over the words of a trie, ready to be looked up; over arrays that stay where they are (a mapped file).

    units (UNIT_COSTS for each code of the trie): what is known of each. pair_gaps, pair_costs: words that follow each other.
    neighbour_gaps, neighbour_seen, neighbour_costs: units that do; see bigram.h for what they hold. unknown, end, backoff: costs.
    log_mass: log of what frequencies are parts of.
    """

    cdef nlptk_bigram model
    cdef Trie trie
    cdef double log_mass
    cdef object owner

    def __cinit__(self, Trie trie not None, const unsigned short[::1] units not None,
                  const unsigned char[::1] pair_gaps not None, const unsigned short[::1] pair_costs not None,
                  const unsigned char[::1] neighbour_gaps not None, const unsigned char[::1] neighbour_seen not None,
                  const unsigned short[::1] neighbour_costs not None, int unknown, int end, int backoff, double log_mass):
        cdef Py_ssize_t n_pairs = pair_costs.shape[0], n_neighbours = neighbour_seen.shape[0], n_costs = neighbour_costs.shape[0]
        cdef unsigned char[::1] pairs, neighbours
        cdef nlptk_packed_pairs words = packed(pair_gaps, n_pairs), characters = packed(neighbour_gaps, n_neighbours)
        if units.shape[0] != trie.trie.n_codes * UNIT_COSTS or trie.trie.n_cells >= NLPTK_SENTENCE_END:
            raise ValueError("the tables of a bigram model do not fit its trie")
        if not (0 <= unknown < MAX_COST and 0 <= end < MAX_COST and 0 <= backoff < MAX_COST and 0 <= log_mass < 100):
            raise ValueError(f"costs {unknown}, {end}, {backoff} of a bigram model make no sense")
        if n_pairs >= MAX_ENTRIES or n_neighbours >= MAX_ENTRIES:
            raise ValueError("a table of a bigram model is too large")
        self.model.pairs.n, self.model.n_neighbours = <uint32_t>(n_pairs * 3 + 2), <uint32_t>(n_neighbours * 3 + 2)
        self.model.units = <const nlptk_unit *>&units[0]
        self.model.unknown, self.model.end, self.model.backoff = unknown, end, backoff
        self.trie, self.log_mass = trie, log_mass
        check_status(nlptk_bigram_compile(&self.model, &trie.trie, log_mass))
        pairs = table_memory(self.model.pairs.n * sizeof(uint64_t))
        neighbours = table_memory(self.model.n_neighbours * sizeof(nlptk_neighbours))
        self.owner = units, pairs, neighbours
        self.model.pairs.slots, self.model.neighbours = <const uint64_t *>&pairs[0], <const nlptk_neighbours *>&neighbours[0]
        if not nlptk_fill_pairs(&self.model, &words, &pair_costs[0] if n_pairs else NULL, <uint64_t *>&pairs[0]):
            raise ValueError("pairs of words do not fit their costs or the trie")
        if not nlptk_fill_neighbours(&self.model, &characters, &neighbour_seen[0] if n_neighbours else NULL,
                                     &neighbour_costs[0] if n_costs else NULL, n_costs, <nlptk_neighbours *>&neighbours[0]):
            raise ValueError("pairs of characters do not fit their costs or the trie")

    def __dealloc__(self):
        nlptk_bigram_free(&self.model)


cdef int segment_with(const void *model, nlptk_workspace *work) noexcept nogil:
    return nlptk_bigram_segment(<const nlptk_bigram *>model, <nlptk_bigram_work *>work)


cdef class Bigram(Cutter):
    """A bigram model with its parameters and words of the user, ready to segment."""

    cdef nlptk_bigram model
    cdef Tables tables
    cdef Words user
    cdef int32_t *user_costs

    def __cinit__(self, Tables tables not None, bint hmm=True, Words user=None, bint force=False):
        self.tables, self.user = tables, user
        self.model = tables.model
        self.model.hmm = hmm
        self.set_up(tables.trie)
        if user is not None:
            self.weigh(user, tables.log_mass)
            self.model.force = force
            self.model.user, self.model.user_costs = &user.words, self.user_costs

    def __dealloc__(self):
        self.free_work(self.work)
        free(self.user_costs)

    cdef int weigh(self, Words user, double log_mass) except -1:
        """Costs of the user's words: of a frequency, or else such that the word wins over its parts when it stands alone."""
        cdef nlptk_bigram_work *work = <nlptk_bigram_work *>self.work
        cdef uint32_t *chars = <uint32_t *>malloc(MAX_WORD * sizeof(uint32_t))
        cdef int32_t i
        cdef ptrdiff_t n, k
        cdef double logf
        cdef int64_t parts = 0, whole = 0
        self.user_costs = <int32_t *>malloc(user.words.cap * sizeof(int32_t))
        if chars is NULL or self.user_costs is NULL:
            free(chars)
            raise MemoryError
        try:
            for i in range(user.words.cap):
                logf = user.words.nodes[i].logf
                self.user_costs[i] = NLPTK_NO_WORD_HERE
                if i == 0 or user.words.nodes[i].parent < 0 or isnan(logf) or logf == -INFINITY:
                    continue
                n = nlptk_words_word(&user.words, i, chars, MAX_WORD)
                for k in range(n):
                    self.model.blanks |= nlptk_class(chars[k]) == NLPTK_SPACE
                if logf >= 0:
                    self.user_costs[i] = <int32_t>rint(SCALE * max(log_mass - logf, 0))
                    continue
                check_status(nlptk_workspace_read(&work.text, &self.model.trie, chars, 4, n))
                check_status(nlptk_bigram_cost(&self.model, work, False, &parts))
                check_status(nlptk_bigram_cost(&self.model, work, True, &whole))
                self.user_costs[i] = <int32_t>max(min(parts - whole - MARGIN, MAX_COST), -MAX_COST)
        finally:
            free(chars)
        return 0

    cdef nlptk_workspace *new_work(self) except NULL:
        cdef nlptk_workspace *work = <nlptk_workspace *>calloc(1, sizeof(nlptk_bigram_work))
        if work is NULL:
            raise MemoryError
        return work

    cdef void free_work(self, nlptk_workspace *work) noexcept:
        if work is not NULL:
            nlptk_bigram_work_free(<nlptk_bigram_work *>work)
            free(work)

    cdef int run(self, nlptk_workspace *work, const void *data, int kind, ptrdiff_t n) except -1:
        cdef int status
        if n < LONG_TEXT:
            status = nlptk_workspace_read(work, &self.model.trie, data, kind, n)
            if status == 0:
                status = nlptk_bigram_segment(&self.model, <nlptk_bigram_work *>work)
        else:
            with nogil:
                status = nlptk_workspace_read(work, &self.model.trie, data, kind, n)
                if status == 0:
                    status = nlptk_bigram_segment(&self.model, <nlptk_bigram_work *>work)
        return check_status(status)

    cdef int run_lines(self, nlptk_workspace *work, const uint8_t *text, size_t n, int form, const uint8_t *sep, size_t n_sep,
                       nlptk_bytes *out, size_t *where) except? -9:
        cdef nlptk_cutter cutter
        cutter.trie, cutter.cut, cutter.self = &self.model.trie, segment_with, &self.model
        with nogil:
            return nlptk_segment_lines(&cutter, work, text, n, form, sep, n_sep, out, where)

    def lattice(self, text not None):
        """All known and unknown words of a text; see `Lattice`."""
        cdef str string = exact(text)
        cdef Lattice lattice = Lattice.__new__(Lattice)
        cdef int status
        lattice.kernel = self
        lattice.work = <nlptk_bigram_work *>self.new_work()
        status = nlptk_workspace_read(&lattice.work.text, &self.model.trie, PyUnicode_DATA(string), PyUnicode_KIND(string),
                                      PyUnicode_GET_LENGTH(string))
        if status == 0:
            with nogil:
                status = nlptk_bigram_lattice(&self.model, lattice.work, &lattice.lattice)
        check_status(status)
        return lattice


cdef class Lattice:
    """The arcs of a text, by start and end. Arc -1 is the start of the text, and its end. A blank is an arc of its own."""

    cdef Bigram kernel
    cdef nlptk_bigram_work *work
    cdef nlptk_lattice lattice

    def __init__(self):
        raise TypeError("a Lattice is made by Bigram.lattice")

    def __dealloc__(self):
        nlptk_lattice_free(&self.lattice)
        if self.work is not NULL:
            nlptk_bigram_work_free(self.work)
            free(self.work)

    def __len__(self):
        return self.lattice.n

    cdef int check(self, int arc) except -1:
        if not -1 <= arc < self.lattice.n:
            raise IndexError(f"arc {arc} of {self.lattice.n}")
        return 0

    def arcs(self):
        """[(start, end, what)] in characters; what: 'known', 'unknown' or 'blank'."""
        cdef int32_t i
        cdef list out = []
        for i in range(self.lattice.n):
            what = "known" if self.lattice.arcs[i].known else "blank" if self.lattice.arcs[i].word == NLPTK_SENTENCE_START else "unknown"
            out.append((self.work.at[self.lattice.arcs[i].start], self.work.at[self.lattice.arcs[i].end], what))
        return out

    def before(self, int arc):
        """The arcs that end where this one starts, the shortest first; [-1] at the start. before(-1): those at the end."""
        cdef int32_t place, left
        cdef list out = []
        self.check(arc)
        place = self.work.n if arc < 0 else self.lattice.arcs[arc].start
        if place == 0:
            return [-1]
        left = self.lattice.last[place]
        while left >= 0:
            out.append(left)
            left = self.lattice.arcs[left].next
        return out

    def cost(self, int arc):
        """Cost of the best path up to the end of an arc."""
        self.check(arc)
        return nlptk_lattice_cost(&self.lattice, arc)

    def link(self, int left, int right):
        """(cost of the word, cost of its characters) of arc `right` after arc `left`."""
        cdef int64_t words = 0, characters = 0
        self.check(left)
        self.check(right)
        nlptk_lattice_link(&self.kernel.model, self.work, &self.lattice, left, right, &words, &characters)
        return words, characters
