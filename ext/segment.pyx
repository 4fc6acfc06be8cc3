"""Segmentation with a dictionary; see segment.c for the algorithms."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.math cimport INFINITY, NAN, isnan, log
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memset

from nlptk.ext.cutter cimport Cutter, check_status, exact, nlptk_bytes, nlptk_cutter, nlptk_segment_lines, nlptk_token
from nlptk.ext.cutter cimport nlptk_workspace, nlptk_workspace_free, nlptk_workspace_read
from nlptk.ext.trie cimport Trie, Words, nlptk_cursor, nlptk_lexicon, nlptk_trie, nlptk_words

from nlptk.ext.cutter import FORMATS  # noqa: F401


cdef extern from "nlptk/trie.h" nogil:
    int NLPTK_CHAR_BITS
    bint nlptk_step(const nlptk_lexicon *lexicon, nlptk_cursor *at, int32_t code, uint32_t c)


cdef extern from "nlptk/segment.h" nogil:
    ctypedef double nlptk_states[4]
    ctypedef struct nlptk_hmm:
        double start[4]
        double trans[4][4]
        const nlptk_states *emit
    ctypedef struct nlptk_tag_hmm:
        int32_t n_states
        const double *start
        const double *trans
        const uint64_t *follows
        const int32_t *offsets
        const uint16_t *states
        const double *emit
        const uint8_t *candidate
        const uint8_t *position
        const uint16_t *tag
        int32_t other
        int32_t number
        int32_t latin
    ctypedef int nlptk_algorithm
    ctypedef struct nlptk_segmenter:
        nlptk_algorithm algorithm
        nlptk_lexicon lexicon
        double log_total
        const nlptk_hmm *hmm
        const nlptk_tag_hmm *tags
        bint join
        const nlptk_words *split
        const nlptk_words *special
        bint force
    int nlptk_segment(const nlptk_segmenter *s, nlptk_workspace *w)
    int NLPTK_N_HAN, NLPTK_CONTINUES


ALGORITHMS = ("unigram", "search", "full", "forward", "backward", "bidirectional")  # in the order of nlptk_algorithm

cdef enum:
    FULL = 2  # its place in ALGORITHMS
    MAX_KNOWN = 1 << 16  # words outside the dictionary whose weight is remembered
    FEW_TERMS = 64  # up to here they are picked out, beyond all are sorted
    LONG_TEXT = 4096  # characters: from here on it pays to let other threads run


cdef class Hmm:
    """Log probabilities of the word-internal positions B, E, M, S: start (4), trans (4, 4), emit (20950, 4).

    Row i of emit is the Han character U+4E00 + i.
    """

    cdef nlptk_hmm hmm
    cdef object owner

    def __cinit__(self, const double[::1] start, const double[:, ::1] trans, const double[:, ::1] emit):
        if start.shape[0] != 4 or trans.shape[0] != 4 or trans.shape[1] != 4 or emit.shape[0] != NLPTK_N_HAN or emit.shape[1] != 4:
            raise ValueError(f"tables of an HMM: expected shapes (4,), (4, 4) and ({NLPTK_N_HAN}, 4)")
        cdef int i, j
        for i in range(4):
            self.hmm.start[i] = start[i]
            for j in range(4):
                self.hmm.trans[i][j] = trans[i, j]
        self.hmm.emit = <const nlptk_states *>&emit[0, 0]
        self.owner = emit


cdef class TagHmm:
    """Tables of the joint model of positions and parts of speech (S states, E entries of character and state).

    start (S), trans (S, S) with -inf for none, offsets (20951) of the entries of each Han character from U+4E00 on,
    states (E), emit (E), candidate (E), position (S) as B 0, E 1, M 2, S 3, tag (S) as index of tag_names. The last three
    names are those of other signs, numbers and letters.
    """

    cdef nlptk_tag_hmm hmm
    cdef uint64_t[256][4] follows
    cdef readonly list tag_names
    cdef object owner

    def __cinit__(self, const double[::1] start, const double[:, ::1] trans, const int[::1] offsets, const unsigned short[::1] states,
                  const double[::1] emit, const unsigned char[::1] candidate, const unsigned char[::1] position,
                  const unsigned short[::1] tag, list tag_names):
        cdef Py_ssize_t n = start.shape[0], n_entries = states.shape[0], i, j
        if not 0 < n <= 256 or trans.shape[0] != n or trans.shape[1] != n or position.shape[0] != n or tag.shape[0] != n:
            raise ValueError("tables of a tag HMM do not fit together")
        if offsets.shape[0] != NLPTK_N_HAN + 1 or not 0 < n_entries == emit.shape[0] == candidate.shape[0] or len(tag_names) < 4:
            raise ValueError("tables of a tag HMM do not fit together")
        if offsets[0] != 0 or offsets[NLPTK_N_HAN] != n_entries:
            raise ValueError("offsets of a tag HMM do not fit its entries")
        for i in range(NLPTK_N_HAN):
            if offsets[i] > offsets[i + 1]:
                raise ValueError("offsets of a tag HMM do not ascend")
        for i in range(n_entries):
            if states[i] >= n:
                raise ValueError("an entry of a tag HMM has no state")
        memset(self.follows, 0, sizeof(self.follows))
        for i in range(n):
            if position[i] > 3 or tag[i] >= len(tag_names):
                raise ValueError("a state of a tag HMM has no position or tag")
            for j in range(n):
                if trans[i, j] > -INFINITY:
                    if (position[i] in (0, 2)) != (position[j] in (1, 2)):
                        raise ValueError("a tag HMM lets a word go on after its end, or begin inside another")
                    self.follows[i][j >> 6] |= <uint64_t>1 << (j & 63)
        self.hmm.n_states = <int32_t>n
        self.hmm.start, self.hmm.trans, self.hmm.follows = &start[0], &trans[0, 0], &self.follows[0][0]
        self.hmm.offsets, self.hmm.states, self.hmm.emit = <const int32_t *>&offsets[0], <const uint16_t *>&states[0], &emit[0]
        self.hmm.candidate, self.hmm.position, self.hmm.tag = &candidate[0], &position[0], <const uint16_t *>&tag[0]
        self.hmm.other = <int32_t>len(tag_names) - 3
        self.hmm.number, self.hmm.latin = self.hmm.other + 1, self.hmm.other + 2
        self.tag_names = tag_names
        self.owner = (start, trans, offsets, states, emit, candidate, position, tag)


@cython.no_gc  # a word and a flag are strings: no cycles
@cython.freelist(256)
cdef class pair:
    """A word and its part of speech, as jieba.posseg gives them."""

    cdef public object word
    cdef public object flag

    def __init__(self, word, flag):
        self.word = word
        self.flag = flag

    def __str__(self):
        return f"{self.word}/{self.flag}"

    def __repr__(self):
        return f"pair({self.word!r}, {self.flag!r})"

    def __iter__(self):
        return iter((self.word, self.flag))

    def __lt__(self, other):
        return self.word < other.word

    def __eq__(self, other):
        return isinstance(other, pair) and self.word == (<pair>other).word and self.flag == (<pair>other).flag

    def __hash__(self):
        return hash(self.word)

    def __reduce__(self):
        return pair, (self.word, self.flag)

    def encode(self, arg):
        """``word/flag`` as bytes."""
        return str(self).encode(arg)


cdef struct Term:
    int32_t cell     # of the dictionary, or -1
    int32_t token    # where it was first met
    int32_t index
    double count
    double value


cdef int larger_value(const void *a, const void *b) noexcept nogil:
    """By value, the largest first; equal values in order of appearance."""
    cdef const Term *x = <const Term *>a
    cdef const Term *y = <const Term *>b
    if x.value != y.value:
        return 1 if x.value < y.value else -1
    return x.index - y.index


cdef class Terms:
    """Which words are terms, and what they weigh: asked once a word of the dictionary, then remembered.

    ask(word, tag) -> float, negative infinity: no term. tag is None where the segmenter does not tag.
    """

    cdef readonly object ask
    cdef Trie trie
    cdef dict known       # word that is not of the dictionary -> weight
    cdef double *weights  # a cell; NaN: not asked yet
    cdef int32_t *slots   # a cell: index of the term in the present text, if that term is of this cell
    cdef Term *terms      # of the present text
    cdef int32_t n, cap
    cdef bint busy

    def __cinit__(self, Trie trie not None, ask):
        cdef int32_t i
        self.ask, self.trie, self.known = ask, trie, {}
        self.weights = <double *>malloc(trie.trie.n_cells * sizeof(double))
        self.slots = <int32_t *>calloc(trie.trie.n_cells, sizeof(int32_t))
        if self.weights is NULL or self.slots is NULL:
            raise MemoryError
        for i in range(trie.trie.n_cells):
            self.weights[i] = NAN

    def __dealloc__(self):
        free(self.weights)
        free(self.slots)
        free(self.terms)

    cdef void pick(self, int32_t n) noexcept nogil:
        """Bring the n terms of the largest values to the front, sorted; terms of equal value keep their order."""
        cdef Term term
        cdef int32_t i, j
        for i in range(self.n):
            term = self.terms[i]
            if i >= n and (n == 0 or not term.value > self.terms[n - 1].value):
                continue
            j = i if i < n else n - 1
            while j > 0 and term.value > self.terms[j - 1].value:
                self.terms[j] = self.terms[j - 1]
                j -= 1
            self.terms[j] = term

    cdef int32_t new_term(self, int32_t cell, int32_t token, double weight) except -1:
        cdef Term *terms
        if self.n == self.cap:
            terms = <Term *>realloc(self.terms, (2 * self.cap + 256) * sizeof(Term))
            if terms is NULL:
                raise MemoryError
            self.terms, self.cap = terms, 2 * self.cap + 256
        self.terms[self.n].cell, self.terms[self.n].token, self.terms[self.n].index = cell, token, self.n
        self.terms[self.n].count, self.terms[self.n].value = 0, weight
        self.n += 1
        return self.n - 1


cdef int segment_with(const void *config, nlptk_workspace *work) noexcept nogil:
    return nlptk_segment(<const nlptk_segmenter *>config, work)


cdef class Segmenter(Cutter):
    """One algorithm over one dictionary, with or without words laid over it. May be used from several threads."""

    cdef nlptk_segmenter config
    cdef readonly Words words
    cdef Words split, special
    cdef Hmm hmm
    cdef TagHmm tags

    def __cinit__(self, Trie trie not None, str algorithm, Hmm hmm=None, Words words=None, Words special=None, bint force=False,
                  Words split=None, TagHmm tags=None, bint join=True):
        if algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm {algorithm!r}, expected one of {', '.join(ALGORITHMS)}")
        if words is not None and words.base is not trie:
            raise ValueError("words were added to another trie")
        self.hmm, self.words, self.special, self.split, self.tags = hmm, words, special, split, tags
        self.config.tags = &tags.hmm if tags is not None else NULL
        self.config.join = join
        self.config.algorithm = ALGORITHMS.index(algorithm)
        self.config.lexicon = words.lexicon() if words is not None else trie.lexicon()
        self.config.hmm = &hmm.hmm if hmm is not None else NULL
        self.config.split = &split.words if split is not None else NULL
        self.config.special = &special.words if special is not None else NULL
        self.config.force = force
        self.set_up(trie)

    def __dealloc__(self):
        self.free_work(self.work)

    cdef nlptk_segmenter ready(self):
        """The configuration, with the total as it is now."""
        cdef nlptk_segmenter config = self.config
        cdef double total = self.trie.total if self.words is None else self.words.list.total
        config.log_total = log(total) if total > 0 else 0
        if self.words is not None and self.words.words.n == 0:
            config.lexicon.words = NULL  # nothing was added yet: the faster way
        return config

    cdef bint may_change(self):
        """Whether somebody could add words while another thread is segmenting."""
        return (self.words is not None and not self.words.frozen) or (self.split is not None and not self.split.frozen)

    cdef int run(self, nlptk_workspace *work, const void *data, int kind, ptrdiff_t n) except -1:
        cdef int status
        cdef nlptk_segmenter config = self.ready()
        if n < LONG_TEXT or self.may_change():
            status = nlptk_workspace_read(work, config.lexicon.trie, data, kind, n)
            if status == 0:
                status = nlptk_segment(&config, work)
        else:
            with nogil:
                status = nlptk_workspace_read(work, config.lexicon.trie, data, kind, n)
                if status == 0:
                    status = nlptk_segment(&config, work)
        return check_status(status)

    cdef int run_lines(self, nlptk_workspace *work, const uint8_t *text, size_t n, int form, const uint8_t *sep, size_t n_sep,
                       nlptk_bytes *out, size_t *where) except? -9:
        cdef nlptk_segmenter config = self.ready()
        cdef nlptk_cutter cutter
        cutter.trie, cutter.cut, cutter.self = config.lexicon.trie, segment_with, &config
        if self.may_change():
            return nlptk_segment_lines(&cutter, work, text, n, form, sep, n_sep, out, where)
        with nogil:
            return nlptk_segment_lines(&cutter, work, text, n, form, sep, n_sep, out, where)

    cdef list make_list(self, str text, nlptk_workspace *work):
        cdef list out
        cdef ptrdiff_t i, joined = 0
        if <int>self.config.algorithm == FULL:
            for i in range(work.n_tokens):
                joined += work.tokens[i].state == NLPTK_CONTINUES
        if not joined:
            return Cutter.make_list(self, text, work)
        out = []  # the rare case that a token is made of pieces (letters with a gap)
        for i in range(work.n_tokens):
            piece = text[work.tokens[i].start:work.tokens[i].end]
            if work.tokens[i].state == NLPTK_CONTINUES:
                out[len(out) - 1] += piece
            else:
                out.append(piece)
        return out

    cdef int32_t term_of(self, str text, nlptk_workspace *work, int32_t token_index, Terms terms, dict others) except -2:
        """Index of a token's term among those of the text, or -1 if it is no term."""
        cdef nlptk_token token = work.tokens[token_index]
        cdef int32_t cell = token.state, slot
        cdef double weight
        cdef nlptk_cursor at
        cdef nlptk_lexicon lexicon = self.config.lexicon
        cdef bint plain = self.words is None or self.words.words.n == 0
        if token.end - token.start < 2:
            return -1
        if plain and cell <= 0:  # what the HMM made may be a word of the dictionary all the same
            at.cell = at.node = 0
            lexicon.words = NULL
            for i in range(token.start, token.end):
                if not nlptk_step(&lexicon, &at, work.codes[i], work.chars[i]):
                    break
            else:
                if self.trie.trie.cells[at.cell].logf != -INFINITY:
                    cell = at.cell
        if plain and cell > 0:
            slot = terms.slots[cell]
            if slot < terms.n and terms.terms[slot].cell == cell:
                if token.tag < 0:
                    return slot
                word = text[token.start:token.end]  # tagged by the HMM, perhaps otherwise than by the dictionary
                return slot if <double>terms.ask(word, self.tag_of(work, token)) != -INFINITY else -1
            weight = terms.weights[cell]
            if isnan(weight) or token.tag >= 0:
                word = text[token.start:token.end]
                weight = terms.ask(word, None if self.tags is None else self.tag_of(work, token))
                if token.tag < 0:
                    terms.weights[cell] = weight
            if weight == -INFINITY:
                return -1
            slot = terms.new_term(cell, token_index, weight)
            terms.slots[cell] = slot
            return slot
        word = text[token.start:token.end]
        if self.tags is not None:
            weight = terms.ask(word, self.tag_of(work, token))
        elif (known := terms.known.get(word)) is not None:
            weight = known
        else:
            weight = terms.ask(word, None)
            if len(terms.known) >= MAX_KNOWN:
                terms.known.clear()
            terms.known[word] = weight
        if weight == -INFINITY:
            return -1
        found = others.get(word)
        if found is not None:
            return found
        slot = terms.new_term(-1, token_index, weight)
        others[word] = slot
        return slot

    cdef str term_word(self, str text, nlptk_workspace *work, Terms terms, int32_t i):
        cdef nlptk_token token = work.tokens[terms.terms[i].token]
        return text[token.start:token.end]

    def count_terms(self, text not None, Terms terms not None, Py_ssize_t top=-1):
        """Terms of a text as ([word], [value]) with value = count * (weight / number of all terms), the largest first.

        Equal values stay in order of appearance. top < 0: all.
        """
        cdef str string = exact(text)
        cdef nlptk_workspace own
        cdef int32_t i, slot
        cdef double total = 0
        cdef Py_ssize_t n
        cdef dict others = {}
        if terms.busy or terms.trie is not self.trie:
            terms = Terms(self.trie, terms.ask)
        memset(&own, 0, sizeof(nlptk_workspace))
        terms.busy, terms.n = True, 0
        try:
            self.segment(string, &own)
            for i in range(own.n_tokens):
                slot = self.term_of(string, &own, i, terms, others)
                if slot >= 0:
                    terms.terms[slot].count += 1
                    total += 1
            for i in range(terms.n):
                terms.terms[i].value = terms.terms[i].count * (terms.terms[i].value / total)
            n = terms.n if top < 0 or top > terms.n else top
            if n <= FEW_TERMS:
                terms.pick(<int32_t>n)
            else:
                qsort(terms.terms, terms.n, sizeof(Term), larger_value)
            return [self.term_word(string, &own, terms, i) for i in range(n)], [terms.terms[i].value for i in range(n)]
        finally:
            terms.busy = False
            nlptk_workspace_free(&own)

    def term_sequence(self, text not None, Terms terms not None):
        """(int32 memoryview, [word]): for each token the index of its term, or -1; the terms in order of appearance."""
        cdef str string = exact(text)
        cdef nlptk_workspace own
        cdef int32_t i
        cdef dict others = {}
        cdef bytes ids
        cdef int32_t *out
        if terms.busy or terms.trie is not self.trie:
            terms = Terms(self.trie, terms.ask)
        memset(&own, 0, sizeof(nlptk_workspace))
        terms.busy, terms.n = True, 0
        try:
            self.segment(string, &own)
            ids = PyBytes_FromStringAndSize(NULL, own.n_tokens * sizeof(int32_t))
            out = <int32_t *>PyBytes_AS_STRING(ids)
            for i in range(own.n_tokens):
                out[i] = self.term_of(string, &own, i, terms, others)
            return memoryview(ids).cast("i"), [self.term_word(string, &own, terms, i) for i in range(terms.n)]
        finally:
            terms.busy = False
            nlptk_workspace_free(&own)

    cdef str tag_of(self, nlptk_workspace *work, nlptk_token token):
        """Part of speech of a token, 'x' if nothing gives it one."""
        cdef nlptk_lexicon lexicon = self.config.lexicon
        cdef nlptk_cursor at
        cdef int32_t cell = 0, i
        if token.tag >= 0:
            return self.tags.tag_names[token.tag]
        if self.words is not None and self.words.words.n:
            at.cell = at.node = 0
            for i in range(token.start, token.end):
                if not nlptk_step(&lexicon, &at, work.codes[i], work.chars[i]):
                    return "x"
            if at.node > 0 and self.words.words.nodes[at.node].key >> NLPTK_CHAR_BITS:
                return self.words.tag_names[self.words.words.nodes[at.node].key >> NLPTK_CHAR_BITS]
            cell = at.cell
        elif token.state > 0:
            cell = token.state
        elif token.end - token.start == 1:
            cell = work.codes[token.start]
            if self.trie.trie.cells[cell].check != 0:
                return "x"
        if cell <= 0 or self.trie.trie.cells[cell].logf == -INFINITY:
            return "x"
        return self.trie.tag_names[self.trie.trie.tags[cell]]

    def tagged(self, text not None, bint pairs=False):
        """The words of a text with their parts of speech: a list of tuples, or of `pair`s. Needs a TagHmm."""
        cdef str string = exact(text)
        cdef bint plain = self.words is None or self.words.words.n == 0
        cdef nlptk_workspace *work
        cdef list words
        cdef ptrdiff_t i
        cdef nlptk_token token
        cdef pair item
        cdef object flag
        if self.tags is None:
            raise ValueError("this segmenter has no tables for tags")
        work = self.take(len(string))
        try:
            self.segment(string, work)
            words = self.make_list(string, work)
            for i in range(work.n_tokens):
                token = work.tokens[i]
                if token.tag >= 0:
                    flag = self.tags.tag_names[token.tag]
                elif plain and token.state > 0:
                    flag = self.trie.tag_names[self.trie.trie.tags[token.state]]
                else:
                    flag = self.tag_of(work, token)
                if pairs:
                    item = pair.__new__(pair)
                    item.word, item.flag = words[i], flag
                    words[i] = item
                else:
                    words[i] = (words[i], flag)
            return words
        finally:
            self.give(work)
