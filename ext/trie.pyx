"""Words with frequency and tag: a compact double array (Trie), and what is added to it (Words)."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_4BYTE_KIND, PyUnicode_FromKindAndData, PyUnicode_READ_CHAR
from libc.math cimport INFINITY, isnan
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t


cdef extern from "nlptk/trie.h" nogil:
    double NLPTK_MAX_FREQ
    int NLPTK_TRIE_MEMORY, NLPTK_MAX_CODES, NLPTK_MAX_TAGS, NLPTK_CHAR_BITS
    int32_t nlptk_trie_code(const nlptk_trie *trie, uint32_t c)
    int nlptk_trie_build(nlptk_trie *trie, const nlptk_words *words, const uint32_t *ranked, int32_t n_ranked)
    int nlptk_trie_compile(nlptk_trie *trie, const uint32_t *char_of, int32_t n_codes)
    void nlptk_trie_free(nlptk_trie *trie)
    int32_t nlptk_trie_check(const nlptk_cell *cells, int32_t n_cells, int32_t n_codes)
    ptrdiff_t nlptk_trie_word(const nlptk_trie *trie, int32_t cell, uint32_t *out, ptrdiff_t cap)
    int nlptk_words_init(nlptk_words *w, int32_t n_expected)
    void nlptk_words_free(nlptk_words *w)
    int nlptk_words_reserve(nlptk_words *w, int64_t n)
    ptrdiff_t nlptk_words_word(const nlptk_words *w, int32_t node, uint32_t *out, ptrdiff_t cap)
    bint nlptk_step(const nlptk_lexicon *lexicon, nlptk_cursor *at, int32_t code, uint32_t c)
    double nlptk_logf(const nlptk_lexicon *lexicon, nlptk_cursor at)
    double nlptk_frequency(double logf)


cdef extern from "nlptk/wordlist.h" nogil:
    ctypedef struct nlptk_wordlist_error:
        const char *problem
        int64_t line
    int nlptk_wordlist_init(nlptk_wordlist *list)
    void nlptk_wordlist_free(nlptk_wordlist *list)
    int32_t nlptk_wordlist_tag(nlptk_wordlist *list, const uint8_t *tag, size_t n)
    int nlptk_wordlist_add(nlptk_wordlist *list, const uint32_t *word, ptrdiff_t n, double freq, int32_t tag)
    int nlptk_wordlist_read(nlptk_wordlist *list, const uint8_t *text, size_t n, size_t *at, nlptk_wordlist_error *error)


cdef enum:
    MAX_WORD = 1 << 16  # characters; longer words are refused

MAX_FREQUENCY = <long long>NLPTK_MAX_FREQ


cdef int check_status(int status) except -1:
    if status == NLPTK_TRIE_MEMORY:
        raise MemoryError("a dictionary does not fit in memory")
    if status < 0:
        raise OverflowError(
            f"a dictionary holds at most {NLPTK_MAX_CODES - 1} different characters, {NLPTK_MAX_TAGS} tags and 2^31 states"
        )
    return 0


cdef bint walk(const nlptk_lexicon *lexicon, str word, nlptk_cursor *at) noexcept:
    cdef Py_UCS4 c
    at.cell = at.node = 0
    for c in word:
        if not nlptk_step(lexicon, at, nlptk_trie_code(lexicon.trie, c), c):
            return False
    return True


cdef long long frequency(const nlptk_lexicon *lexicon, str word) noexcept:
    cdef nlptk_cursor at
    return <long long>nlptk_frequency(nlptk_logf(lexicon, at)) if word and walk(lexicon, word, &at) else -1


cdef list prefixes(const nlptk_lexicon *lexicon, str text, Py_ssize_t start):
    cdef nlptk_cursor at
    cdef Py_ssize_t i
    cdef Py_UCS4 c
    cdef double logf
    cdef list found = []
    at.cell = at.node = 0
    for i in range(max(start, 0), len(text)):
        c = PyUnicode_READ_CHAR(text, i)
        if not nlptk_step(lexicon, &at, nlptk_trie_code(lexicon.trie, c), c):
            break
        logf = nlptk_logf(lexicon, at)
        if logf != -INFINITY:
            found.append((i + 1, <long long>nlptk_frequency(logf)))
    return found


cdef class Trie:
    """An immutable dictionary in a double array; may be shared between threads."""

    def __init__(self):
        raise TypeError("a Trie is made by Trie.build or Trie.view")

    def __dealloc__(self):
        nlptk_trie_free(&self.trie)

    @staticmethod
    def build(Words words not None, str ranked=""):
        """Lay words out as a double array.

        ranked: characters to number first, the commonest first, so that the states that text visits lie together.
        """
        cdef Trie trie = Trie.__new__(Trie)
        cdef int32_t n = len(ranked), i
        cdef int status
        cdef uint32_t *chars = <uint32_t *>PyMem_Malloc((n + 1) * sizeof(uint32_t))
        if chars is NULL:
            raise MemoryError
        for i in range(n):
            chars[i] = PyUnicode_READ_CHAR(ranked, i)
        try:
            with nogil:
                status = nlptk_trie_build(&trie.trie, &words.words, chars, n)
        finally:
            PyMem_Free(chars)
        check_status(status)
        trie.tag_names, trie.total = list(words.tag_names), words.total
        return trie

    @staticmethod
    def view(const int[:, ::1] cells, const unsigned short[::1] tags, const unsigned int[::1] chars, list tag_names,
             double total, long long n_words):
        """A trie over arrays that stay where they are (a mapped file): cells (n, 4) int32, tags (n), chars (codes).

        One linear pass makes sure that no walk can leave the arrays; raises ValueError otherwise.
        """
        cdef Trie trie = Trie.__new__(Trie)
        cdef int32_t bad, i
        cdef Py_ssize_t n = cells.shape[0], k = chars.shape[0], n_tags = len(tag_names)
        cdef const nlptk_cell *start
        cdef unsigned short largest = 0
        cdef long long n_found = 0
        if cells.shape[1] != 4 or tags.shape[0] != n or not 0 < k <= NLPTK_MAX_CODES or not k <= n < (1 << 31) - NLPTK_MAX_CODES:
            raise ValueError("arrays of a trie do not fit together")
        start = <const nlptk_cell *>&cells[0, 0]
        with nogil:
            bad = nlptk_trie_check(start, <int32_t>n, <int32_t>k)
            for i in range(n):
                largest = tags[i] if tags[i] > largest else largest
                n_found += start[i].check >= 0 and start[i].logf != -INFINITY
        if bad >= 0:
            raise ValueError(f"cell {bad} of a trie points outside it")
        if largest >= n_tags:
            raise ValueError(f"a trie has tag {largest}, but {n_tags} tags")
        for i in range(1, k):
            if chars[i] > 0x10FFFF:
                raise ValueError(f"code {i} of a trie is no character")
        if not 0 < n_tags <= NLPTK_MAX_TAGS or not all(name.isascii() and len(name) < 256 for name in tag_names):
            raise ValueError(f"a trie has 1 to {NLPTK_MAX_TAGS} tags, in ASCII, of at most 255 characters")
        if n_words != n_found or not 0 <= total < 1e300:
            raise ValueError(f"a trie has {n_found} words, not {n_words}, or its total makes no sense")
        trie.trie.cells, trie.trie.tags = start, <const uint16_t *>&tags[0]
        trie.trie.n_cells, trie.trie.n_words = <int32_t>n, n_words
        check_status(nlptk_trie_compile(&trie.trie, <const uint32_t *>&chars[0], <int32_t>k))
        trie.owner = (cells, tags)
        trie.tag_names, trie.total = tag_names, total
        return trie

    cdef nlptk_lexicon lexicon(self):
        cdef nlptk_lexicon lexicon
        lexicon.trie, lexicon.words = &self.trie, NULL
        return lexicon

    def arrays(self):
        """Copies of (cells (n, 4) int32, tags (n) uint16, chars (codes) uint32), as memoryviews."""
        cdef Py_ssize_t n = self.trie.n_cells, k = self.trie.n_codes
        return (
            memoryview((<char *>self.trie.cells)[:n * sizeof(nlptk_cell)]).cast("i", (n, 4)),
            memoryview((<char *>self.trie.tags)[:n * sizeof(uint16_t)]).cast("H"),
            memoryview((<char *>self.trie.char_of)[:k * sizeof(uint32_t)]).cast("I"),
        )

    def __len__(self):
        return self.trie.n_words

    @property
    def n_cells(self):
        """int: size of the double array."""
        return self.trie.n_cells

    @property
    def n_codes(self):
        """int: number of different characters, plus one."""
        return self.trie.n_codes

    def frequency(self, str word):
        """Frequency of a word; 0 for a mere prefix of words; -1 if nothing begins so."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        return frequency(&lexicon, word)

    def tag(self, str word):
        """Tag of a word ('' if it has none), or None if it is no word."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        cdef nlptk_cursor at
        if not word or not walk(&lexicon, word, &at) or self.trie.cells[at.cell].logf == -INFINITY:
            return None
        return self.tag_names[self.trie.tags[at.cell]]

    def prefixes(self, str text, Py_ssize_t start=0):
        """[(end, frequency)] of the words that begin at text[start], the shortest first."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        return prefixes(&lexicon, text, start)

    def items(self, str prefix="", bint mere_prefixes=False):
        """[(word, frequency, tag)] of the words that begin with prefix, in no particular order.

        With mere_prefixes, also beginnings of words that are none themselves, with frequency 0.
        """
        cdef nlptk_lexicon lexicon = self.lexicon()
        cdef nlptk_cursor top
        cdef int32_t state, s
        cdef ptrdiff_t n
        cdef uint32_t *chars
        cdef list found = []
        if not walk(&lexicon, prefix, &top):
            return found
        chars = <uint32_t *>PyMem_Malloc(MAX_WORD * sizeof(uint32_t))
        if chars is NULL:
            raise MemoryError
        try:
            for state in range(1, self.trie.n_cells):
                if self.trie.cells[state].check < 0 or (not mere_prefixes and self.trie.cells[state].logf == -INFINITY):
                    continue
                s, n = state, 0
                while top.cell and s > 0 and s != top.cell and n < MAX_WORD:  # is it below the prefix?
                    s = self.trie.cells[s].check
                    n += 1
                if top.cell and s != top.cell:
                    continue
                n = nlptk_trie_word(&self.trie, state, chars, MAX_WORD)
                if n < 0:
                    continue  # not reachable from the root: only in a crafted file
                found.append((PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, chars, n),
                              <long long>nlptk_frequency(self.trie.cells[state].logf), self.tag_names[self.trie.tags[state]]))
        finally:
            PyMem_Free(chars)
        return found


cdef class Words:
    """Words added to a Trie, or to nothing. May be shared between threads once frozen.

    special: other Words that get the words too; with wide_only, those with a character that parts jieba's blocks.
    suggest: a word without frequency gets one that makes it win over its parts; otherwise 1, or with open_frequencies none at
    all: its frequency is -1.
    expected: how many words will come, about.
    """

    def __cinit__(self, Trie base=None, Words special=None, bint wide_only=False, bint suggest=False, int expected=0,
                  bint open_frequencies=False):
        if base is None:
            base = Trie.__new__(Trie)
            check_status(nlptk_words_init(&self.words, 0))
            check_status(nlptk_trie_build(&base.trie, &self.words, NULL, 0))
            nlptk_words_free(&self.words)
            base.tag_names = [""]
        check_status(nlptk_words_init(&self.words, expected))
        check_status(nlptk_wordlist_init(&self.list))
        self.base, self.special = base, special
        self.list.words = &self.words
        self.list.special = &special.words if special is not None else NULL
        self.list.lexicon = self.lexicon()
        self.list.wide_only, self.list.suggest = wide_only, suggest
        if open_frequencies:
            self.list.missing = 0.5
        self.list.total = base.total
        self.tag_names = []
        for name in base.tag_names:
            self.tag_number(name)

    def __dealloc__(self):
        nlptk_wordlist_free(&self.list)
        nlptk_words_free(&self.words)

    cdef nlptk_lexicon lexicon(self):
        cdef nlptk_lexicon lexicon
        lexicon.trie, lexicon.words = &self.base.trie, &self.words
        return lexicon

    cdef int32_t tag_number(self, str name) except -1:
        cdef bytes raw = name.encode("ascii")
        cdef int32_t number = nlptk_wordlist_tag(&self.list, raw, <size_t>len(raw))
        check_status(number)
        if number == len(self.tag_names):
            self.tag_names.append(name)
        return number

    def freeze(self):
        """No more words; from now on other threads may run while this is used."""
        self.frozen = True

    @property
    def total(self):
        """float: sum of all frequencies, those of the base too."""
        return self.list.total

    @total.setter
    def total(self, double value):
        self.list.total = value

    def __len__(self):
        return self.words.n_words

    def add(self, str word, double freq=-1, str tag=None):
        """Add a word; freq < 0: none given."""
        cdef Py_ssize_t n = len(word), i
        cdef int32_t number = -1
        cdef uint32_t *chars
        cdef int status
        if self.frozen:
            raise ValueError("these words are frozen")
        if not 0 < n < MAX_WORD:
            raise ValueError(f"a word of {n} characters, expected 1 to {MAX_WORD - 1}")
        if not freq <= NLPTK_MAX_FREQ:
            raise ValueError(f"frequency {freq}, expected a whole number from 0 to {MAX_FREQUENCY}")
        if tag is not None:
            if not tag.isascii():
                raise ValueError(f"tag {tag!r}, expected ASCII letters and signs")
            number = self.tag_number(tag)
        chars = <uint32_t *>PyMem_Malloc(n * sizeof(uint32_t))
        if chars is NULL:
            raise MemoryError
        for i in range(n):
            chars[i] = PyUnicode_READ_CHAR(word, i)
        status = nlptk_wordlist_add(&self.list, chars, n, freq, number)
        PyMem_Free(chars)
        check_status(status)

    def read(self, const unsigned char[::1] text not None, bint skip=False):
        """Add the lines `word [frequency] [tag]` of a UTF-8 text.

        Returns [(line number, what was expected)] of malformed lines; without `skip` reading stops at the first.
        """
        cdef nlptk_wordlist_error error
        cdef size_t at = 0, n = <size_t>text.shape[0]
        cdef const uint8_t *start = &text[0] if n else NULL
        cdef int status
        cdef list problems = []
        cdef int64_t n_lines = 0
        if self.frozen:
            raise ValueError("these words are frozen")
        error.line = 0
        for at in range(n):
            n_lines += start[at] == c'\n'
        check_status(nlptk_words_reserve(&self.words, 2 * n_lines))  # a guess: most words share their first characters
        at = 0
        while at < n:
            with nogil:
                status = nlptk_wordlist_read(&self.list, start, n, &at, &error)
            check_status(status)
            if self.list.n_tag:
                self.tag_names.append(self.list.tag[:self.list.n_tag].decode("ascii"))
            if error.problem is not NULL:
                problems.append((error.line, (<bytes>error.problem).decode("ascii")))
                if not skip:
                    break
        return problems

    def frequency(self, str word):
        """Frequency of a word, of the base's too; 0 for a mere prefix of words; -1 if nothing begins so."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        return frequency(&lexicon, word)

    def prefixes(self, str text, Py_ssize_t start=0):
        """[(end, frequency)] of the words that begin at text[start], the shortest first, of the base's too."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        return prefixes(&lexicon, text, start)

    def has_own(self, str word):
        """Whether the word itself was added here."""
        cdef nlptk_lexicon lexicon = self.lexicon()
        cdef nlptk_cursor at
        return bool(word) and walk(&lexicon, word, &at) and at.node > 0 and not isnan(self.words.nodes[at.node].logf)

    def items(self):
        """[(word, frequency, tag)] of what was added here, in no particular order."""
        cdef int32_t i
        cdef ptrdiff_t n
        cdef nlptk_node node
        cdef list found = []
        cdef uint32_t *chars = <uint32_t *>PyMem_Malloc(MAX_WORD * sizeof(uint32_t))
        if chars is NULL:
            raise MemoryError
        try:
            for i in range(1, self.words.cap):
                node = self.words.nodes[i]
                if node.parent < 0 or isnan(node.logf):
                    continue
                n = nlptk_words_word(&self.words, i, chars, MAX_WORD)
                found.append((PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, chars, n),
                              -1 if -INFINITY < node.logf < 0 else <long long>nlptk_frequency(node.logf), self.tag_names[node.key >> NLPTK_CHAR_BITS]))
        finally:
            PyMem_Free(chars)
        return found
