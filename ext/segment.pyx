"""Segmentation of str objects and of UTF-8 blocks; see segment.c for the algorithms."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.math cimport INFINITY, NAN, isnan, log
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memset

from nlptk.ext.trie cimport Trie, Words, nlptk_cursor, nlptk_lexicon, nlptk_trie, nlptk_words


cdef extern from "nlptk/trie.h" nogil:
    int NLPTK_CHAR_BITS
    bint nlptk_step(const nlptk_lexicon *lexicon, nlptk_cursor *at, int32_t code, uint32_t c)


cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    object PyUnicode_FromObject(object text)
    object PyUnicode_Substring(object text, Py_ssize_t start, Py_ssize_t end)
    Py_UCS4 PyUnicode_READ(int kind, void *data, Py_ssize_t index)


cdef extern from "nlptk/numpy_lazily.h":
    int import_numpy_api() except -1
    object new_int32_array(Py_ssize_t n)
    int32_t *int32_array_data(object array)


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
    ctypedef struct nlptk_token:
        int32_t start
        int32_t end
        int32_t state
        int32_t tag
    ctypedef struct nlptk_workspace:
        uint32_t *chars
        int32_t *codes
        nlptk_token *tokens
        ptrdiff_t n_tokens
    void nlptk_workspace_free(nlptk_workspace *w)
    int nlptk_workspace_read(nlptk_workspace *w, const nlptk_trie *trie, const void *text, int kind, ptrdiff_t n)
    int nlptk_segment(const nlptk_segmenter *s, nlptk_workspace *w)
    void NLPTK_PREFETCH(const void *p)
    int NLPTK_N_HAN, NLPTK_CONTINUES, NLPTK_NO_WORD, NLPTK_SEGMENT_NO_PATH


cdef extern from "nlptk/segment_lines.h" nogil:
    ctypedef struct nlptk_bytes:
        uint8_t *data
        size_t n
    ctypedef int nlptk_format
    int NLPTK_LINES_UTF8
    int nlptk_segment_lines(const nlptk_segmenter *s, nlptk_workspace *w, const uint8_t *text, size_t n, nlptk_format format,
                            const uint8_t *sep, size_t n_sep, nlptk_bytes *out, size_t *where)


ALGORITHMS = ("unigram", "search", "full", "forward", "backward", "bidirectional")  # in the order of nlptk_algorithm
FORMATS = ("text", "jsonl", "tsv")  # in the order of nlptk_format

cdef enum:
    FULL = 2  # its place in ALGORITHMS
    MAX_KNOWN = 1 << 16  # words outside the dictionary whose weight is remembered
    FEW_TERMS = 64  # up to here they are picked out, beyond all are sorted
    AHEAD = 8  # tokens
    LONG_TEXT = 4096  # characters: from here on it pays to let other threads run

cdef PyObject *one_character[0x10000]  # a str per character of the basic plane, made when first met

cdef bint numpy_ready = False  # imported when the first array is asked for


cdef int check_status(int status) except -1:
    if status == -1:
        raise MemoryError("a text does not fit in memory")
    if status == NLPTK_SEGMENT_NO_PATH:
        raise ValueError("max() arg is an empty sequence")  # what jieba raises where its tables lead nowhere
    if status < 0:
        raise OverflowError("a text of more than 2^31 characters")
    return 0


cdef str exact(object text):
    """A str of exactly this type; NumPy's strings and the like are turned into one."""
    if type(text) is str:
        return <str>text
    if isinstance(text, str):
        return PyUnicode_FromObject(text)
    raise TypeError(f"text is {type(text).__name__}, expected str")


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


cdef class Segmenter:
    """One algorithm over one dictionary, with or without words laid over it. May be used from several threads."""

    cdef nlptk_segmenter config
    cdef nlptk_workspace work
    cdef bint busy
    cdef readonly Trie trie
    cdef readonly Words words
    cdef Words split, special
    cdef Hmm hmm
    cdef TagHmm tags
    cdef PyObject **strings  # a str per cell of the trie, made when first met
    cdef int32_t n_strings

    def __cinit__(self, Trie trie not None, str algorithm, Hmm hmm=None, Words words=None, Words special=None, bint force=False,
                  Words split=None, TagHmm tags=None, bint join=True):
        memset(&self.work, 0, sizeof(nlptk_workspace))
        if algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm {algorithm!r}, expected one of {', '.join(ALGORITHMS)}")
        if words is not None and words.base is not trie:
            raise ValueError("words were added to another trie")
        self.trie, self.hmm, self.words, self.special, self.split, self.tags = trie, hmm, words, special, split, tags
        self.config.tags = &tags.hmm if tags is not None else NULL
        self.config.join = join
        self.config.algorithm = ALGORITHMS.index(algorithm)
        self.config.lexicon = words.lexicon() if words is not None else trie.lexicon()
        self.config.hmm = &hmm.hmm if hmm is not None else NULL
        self.config.split = &split.words if split is not None else NULL
        self.config.special = &special.words if special is not None else NULL
        self.config.force = force
        self.n_strings = trie.trie.n_cells  # the trie itself may be gone first when a cycle is collected
        self.strings = <PyObject **>calloc(self.n_strings, sizeof(PyObject *))
        if self.strings is NULL:
            raise MemoryError

    def __dealloc__(self):
        cdef int32_t i
        if self.strings is not NULL:
            for i in range(self.n_strings):
                Py_XDECREF(self.strings[i])
            free(self.strings)
        nlptk_workspace_free(&self.work)

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

    cdef int segment(self, str text, nlptk_workspace *work) except -1:
        """Tokens of the text in the workspace."""
        cdef Py_ssize_t n = PyUnicode_GET_LENGTH(text)
        cdef int kind = PyUnicode_KIND(text), status
        cdef const void *data = PyUnicode_DATA(text)
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

    cdef list make_list(self, str text, nlptk_workspace *work):
        cdef ptrdiff_t n = work.n_tokens, i, joined = 0
        cdef nlptk_token token
        cdef int kind = PyUnicode_KIND(text)
        cdef void *data = PyUnicode_DATA(text)
        cdef PyObject **cached
        cdef Py_UCS4 c
        cdef list out
        cdef object word
        if <int>self.config.algorithm == FULL:
            for i in range(n):
                joined += work.tokens[i].state == NLPTK_CONTINUES
            if joined:
                return self.make_joined_list(text, work)
        out = PyList_New(n)
        for i in range(n):
            if i + 2 * AHEAD < n and work.tokens[i + 2 * AHEAD].state > 0:  # strings lie all over the memory: ask early
                NLPTK_PREFETCH(&self.strings[work.tokens[i + 2 * AHEAD].state])
            if i + AHEAD < n and work.tokens[i + AHEAD].state > 0:
                NLPTK_PREFETCH(self.strings[work.tokens[i + AHEAD].state])
            token = work.tokens[i]
            if token.state > 0:
                cached = &self.strings[token.state]
            elif token.end - token.start == 1 and (c := PyUnicode_READ(kind, data, token.start)) < 0x10000:
                cached = &one_character[c]
            else:
                word = PyUnicode_Substring(text, token.start, token.end)
                Py_INCREF(word)
                PyList_SET_ITEM(out, i, word)
                continue
            if cached[0] is NULL:
                word = PyUnicode_Substring(text, token.start, token.end)
                Py_INCREF(word)
                cached[0] = <PyObject *>word
            word = <object>cached[0]
            Py_INCREF(word)
            PyList_SET_ITEM(out, i, word)
        return out

    cdef list make_joined_list(self, str text, nlptk_workspace *work):
        """The rare case that a token is made of pieces (full mode, letters with a gap)."""
        cdef list out = []
        cdef ptrdiff_t i
        for i in range(work.n_tokens):
            piece = text[work.tokens[i].start:work.tokens[i].end]
            if work.tokens[i].state == NLPTK_CONTINUES:
                out[len(out) - 1] += piece
            else:
                out.append(piece)
        return out

    def cut(self, text not None):
        """The words of a text, as a list of str."""
        cdef str string = exact(text)
        cdef nlptk_workspace own
        cdef bint borrowed = not self.busy and PyUnicode_GET_LENGTH(string) < LONG_TEXT
        cdef nlptk_workspace *work = &self.work if borrowed else &own
        if borrowed:
            self.busy = True  # making objects may run other code, which may come back here
        else:
            memset(&own, 0, sizeof(nlptk_workspace))
        try:
            self.segment(string, work)
            return self.make_list(string, work)
        finally:
            if borrowed:
                self.busy = False
            else:
                nlptk_workspace_free(&own)

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
        cdef nlptk_workspace own
        cdef bint borrowed = not self.busy and PyUnicode_GET_LENGTH(string) < LONG_TEXT
        cdef bint plain = self.words is None or self.words.words.n == 0
        cdef nlptk_workspace *work = &self.work if borrowed else &own
        cdef list words
        cdef ptrdiff_t i
        cdef nlptk_token token
        cdef pair item
        cdef object flag
        if self.tags is None:
            raise ValueError("this segmenter has no tables for tags")
        if borrowed:
            self.busy = True
        else:
            memset(&own, 0, sizeof(nlptk_workspace))
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
            if borrowed:
                self.busy = False
            else:
                nlptk_workspace_free(&own)

    def boundaries(self, text not None):
        """End offsets of the tokens in characters, as an int32 NumPy array."""
        cdef str string = exact(text)
        global numpy_ready
        cdef nlptk_workspace own
        cdef bint borrowed = not self.busy and PyUnicode_GET_LENGTH(string) < LONG_TEXT
        cdef nlptk_workspace *work = &self.work if borrowed else &own
        cdef int32_t *ends
        cdef ptrdiff_t i
        if not numpy_ready:
            import_numpy_api()
            numpy_ready = True
        if borrowed:
            self.busy = True
        else:
            memset(&own, 0, sizeof(nlptk_workspace))
        try:
            self.segment(string, work)
            out = new_int32_array(work.n_tokens)
            ends = int32_array_data(out)
            for i in range(work.n_tokens):
                ends[i] = work.tokens[i].end
            return out
        finally:
            if borrowed:
                self.busy = False
            else:
                nlptk_workspace_free(&own)

    def spans(self, text not None):
        """[(start, end, whether the dictionary holds it)] of the tokens, in characters."""
        cdef str string = exact(text)
        cdef nlptk_workspace own
        cdef ptrdiff_t i
        memset(&own, 0, sizeof(nlptk_workspace))
        try:
            self.segment(string, &own)
            return [(own.tokens[i].start, own.tokens[i].end, own.tokens[i].state != NLPTK_NO_WORD) for i in range(own.n_tokens)]
        finally:
            nlptk_workspace_free(&own)

    def lines(self, const unsigned char[::1] text not None, str format="text", bytes sep=b" "):
        """Segment a block of UTF-8 lines into bytes of the same number of lines; the block ends where a line ends.

        format: 'text', 'jsonl' or 'tsv'. Raises UnicodeDecodeError (with the position in the block) on other bytes.
        """
        cdef nlptk_workspace own
        cdef nlptk_bytes out
        cdef size_t where = 0, n = <size_t>text.shape[0], n_sep = <size_t>len(sep)
        cdef const uint8_t *start = &text[0] if n else NULL
        cdef const uint8_t *separator = sep
        cdef nlptk_segmenter config = self.ready()
        cdef int status, form
        if format not in FORMATS:
            raise ValueError(f"format {format!r}, expected one of {', '.join(FORMATS)}")
        form = FORMATS.index(format)
        memset(&own, 0, sizeof(nlptk_workspace))
        memset(&out, 0, sizeof(nlptk_bytes))
        try:
            if self.may_change():
                status = nlptk_segment_lines(&config, &own, start, n, form, separator, n_sep, &out, &where)
            else:
                with nogil:
                    status = nlptk_segment_lines(&config, &own, start, n, form, separator, n_sep, &out, &where)
            if status == NLPTK_LINES_UTF8:
                raise UnicodeDecodeError("utf-8", bytes(text), where, where + 1, "invalid byte")
            check_status(status)
            return PyBytes_FromStringAndSize(<char *>out.data, out.n) if out.n else b""
        finally:
            nlptk_workspace_free(&own)
            free(out.data)
