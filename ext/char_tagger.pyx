"""Segmentation by labels of characters, and training of its weights; see char_tagger.c and char_train.c."""

from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.math cimport INFINITY, ceil, isnan, log
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from nlptk.ext.cutter cimport Cutter, check_status, exact, nlptk_bytes, nlptk_cutter, nlptk_segment_lines, nlptk_token, nlptk_workspace
from nlptk.ext.cutter cimport nlptk_workspace_read
from nlptk.ext.trie cimport Trie, Words, nlptk_trie, nlptk_words


cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    object PyUnicode_Substring(object text, Py_ssize_t start, Py_ssize_t end)


cdef extern from "nlptk/trie.h" nogil:
    void NLPTK_PREFETCH(const void *p)
    ptrdiff_t nlptk_words_word(const nlptk_words *w, int32_t node, uint32_t *out, ptrdiff_t cap)


cdef extern from "nlptk/char_train.h" nogil:
    int NLPTK_N_TRANSITIONS, NLPTK_N_MATCHES, NLPTK_N_KINDS, NLPTK_MAX_MATCH, NLPTK_N_TYPES, NLPTK_CHAR_ROWS, NLPTK_BIGRAM_ROWS
    int NLPTK_WORD_ROWS, NLPTK_CONTEXT_ROWS, NLPTK_TYPE_ROWS, NLPTK_REPEAT_ROWS
    int NLPTK_BIGRAM_UNIT, NLPTK_NO_BIAS, NLPTK_CHAR_BAD_PAIR, NLPTK_CHAR_BAD_WEIGHTS, NLPTK_CHAR_BAD_WORD
    ctypedef struct nlptk_char_tagger:
        nlptk_trie trie
        int32_t transitions[8]
        const nlptk_words *user
        const int32_t *biases
        bint force
    ctypedef struct nlptk_char_work:
        nlptk_workspace text
    ctypedef struct nlptk_char_weights:
        const int16_t *chars
        const int8_t *bigrams
        const int16_t *words
        const int16_t *context
        const int16_t *types
        const int16_t *repeats
        const uint32_t *pairs
        uint32_t n_pairs
    int nlptk_char_type(uint32_t c)
    uint32_t nlptk_char_fold(uint32_t c)
    int nlptk_char_tagger_compile(nlptk_char_tagger *m, const nlptk_trie *trie, const nlptk_char_weights *weights)
    void nlptk_char_tagger_free(nlptk_char_tagger *m)
    void nlptk_char_work_free(nlptk_char_work *w)
    int nlptk_char_segment(const nlptk_char_tagger *m, nlptk_char_work *w)
    int nlptk_char_scores(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *scores)
    int nlptk_char_bias(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *bias)
    ctypedef struct nlptk_char_data:
        const int64_t *starts
        const int32_t *features
        const uint8_t *labels
        int n_features
        int64_t longest
    ctypedef struct nlptk_char_crf:
        float *weights
        float *squares
        const float *shares
        float transitions[8]
        float transition_squares[8]
    ctypedef struct nlptk_char_perceptron:
        float *weights
        float *totals
        float transitions[8]
        float transition_totals[8]
        int64_t seen
    size_t nlptk_char_train_workspace(const nlptk_char_data *d)
    double nlptk_char_train_crf(const nlptk_char_data *d, nlptk_char_crf *m, const int64_t *order, int64_t n, float rate, float c2, float cost,
                                void *workspace)
    int64_t nlptk_char_train_perceptron(const nlptk_char_data *d, nlptk_char_perceptron *m, const int64_t *order, int64_t n, void *workspace)


N_MATCHES, N_KINDS, MAX_MATCH, N_TYPES = NLPTK_N_MATCHES, NLPTK_N_KINDS, NLPTK_MAX_MATCH, NLPTK_N_TYPES
# rows of four weights in each table
CHAR_ROWS, BIGRAM_ROWS, WORD_ROWS = NLPTK_CHAR_ROWS, NLPTK_BIGRAM_ROWS, NLPTK_WORD_ROWS
CONTEXT_ROWS, TYPE_ROWS, REPEAT_ROWS = NLPTK_CONTEXT_ROWS, NLPTK_TYPE_ROWS, NLPTK_REPEAT_ROWS
TRANSITIONS = ("BM", "BE", "MM", "ME", "EB", "ES", "SB", "SS")
SCALE = 256  # a weight of 1
BIGRAM_SCALE = SCALE // NLPTK_BIGRAM_UNIT  # the same in the weights of pairs

cdef enum:
    LONG_TEXT = 4096  # characters: from here on it pays to let other threads run
    MAX_WORD = 1 << 16
    MAX_TRANSITION = 1 << 20
    AHEAD = 8  # tokens
    CACHE_BITS = 16
    CACHED = 4  # characters of a word that is kept as a str


def character_class(int c):
    """The class of a character, below N_TYPES."""
    return nlptk_char_type(<uint32_t>c)


def fold(int c):
    """The character that stands for it in a model: ASCII for full-width forms, 0 for digits, a for letters."""
    return nlptk_char_fold(<uint32_t>c)


cdef int segment_with(const void *model, nlptk_workspace *work) noexcept nogil:
    return nlptk_char_segment(<const nlptk_char_tagger *>model, <nlptk_char_work *>work)


# Words of up to four characters of the basic plane, by these 64 bits, as str: most words of a text are made once only.
cdef struct cached_word:
    uint64_t key  # 0: none
    PyObject *word

cdef cached_word *cache = NULL


cdef inline uint64_t word_key(const uint32_t *chars, int32_t start, int32_t end) noexcept nogil:
    """0: not to be kept."""
    cdef uint64_t key = 0
    cdef int32_t i
    if end - start > CACHED:
        return 0
    for i in range(start, end):
        if chars[i] - 1 >= 0xFFFF:
            return 0
        key = key << 16 | chars[i]
    return key


cdef inline cached_word *place_of(uint64_t key) noexcept nogil:
    return &cache[key * 0x9E3779B97F4A7C15u >> (64 - CACHE_BITS)]


cdef class CharTagger(Cutter):
    """Labels of characters with the weights of a model, ready to segment.

    trie: the words of the model, with frequency 1, or 2 where they mostly are words; all its characters, too, are words of it.
    chars (codes + 1, CHAR_ROWS, 4), bigrams (pairs, BIGRAM_ROWS, 4), words, context, types, repeats (rows, 4): weights, SCALE is 1.
    bigrams are int8, BIGRAM_SCALE is 1; None where there are no pairs.
    pairs: code << 16 | code of the next character. transitions: 8, see TRANSITIONS.
    user: words of the user, that win by their bias; or always, with force.
    """

    cdef nlptk_char_tagger model
    cdef Words user
    cdef int32_t *biases

    def __cinit__(self, Trie trie not None, const short[:, :, ::1] chars not None, const unsigned int[::1] pairs not None,
                  const signed char[:, :, ::1] bigrams, const short[:, ::1] words not None, const short[:, ::1] context not None,
                  const short[:, ::1] types not None, const short[:, ::1] repeats not None, transitions not None,
                  Words user=None, bint force=False):
        cdef nlptk_char_weights weights
        cdef Py_ssize_t k
        cdef int status
        global cache
        if bigrams is None:
            if pairs.shape[0]:
                raise ValueError("pairs of characters have no weights")
        elif bigrams.shape[0] != pairs.shape[0] or bigrams.shape[1] != BIGRAM_ROWS or bigrams.shape[2] != 4:
            raise ValueError("weights of pairs of characters do not fit them")
        if (chars.shape[0] != trie.trie.n_codes + 1 or chars.shape[1] != CHAR_ROWS or words.shape[0] != WORD_ROWS or context.shape[0] != CONTEXT_ROWS
                or types.shape[0] != TYPE_ROWS or repeats.shape[0] != REPEAT_ROWS or pairs.shape[0] >= 1 << 27):
            raise ValueError("tables of a character tagger do not fit together")
        if not chars.shape[2] == words.shape[1] == context.shape[1] == types.shape[1] == repeats.shape[1] == 4:
            raise ValueError("tables of a character tagger do not have four labels")
        if len(transitions) != 8 or not all(-MAX_TRANSITION < t < MAX_TRANSITION for t in transitions):
            raise ValueError(f"transitions {transitions!r} of a character tagger make no sense")
        weights.chars, weights.words = <const int16_t *>&chars[0, 0, 0], <const int16_t *>&words[0, 0]
        weights.context, weights.types = <const int16_t *>&context[0, 0], <const int16_t *>&types[0, 0]
        weights.repeats = <const int16_t *>&repeats[0, 0]
        weights.n_pairs, weights.bigrams, weights.pairs = <uint32_t>pairs.shape[0], NULL, NULL
        if weights.n_pairs:
            weights.bigrams, weights.pairs = <const int8_t *>&bigrams[0, 0, 0], <const uint32_t *>&pairs[0]
        for k in range(8):
            self.model.transitions[k] = transitions[k]
        with nogil:
            status = nlptk_char_tagger_compile(&self.model, &trie.trie, &weights)
        if status == NLPTK_CHAR_BAD_PAIR:
            raise ValueError("a pair of characters is there twice, or is none")
        if status == NLPTK_CHAR_BAD_WEIGHTS:
            raise ValueError("weights of a character tagger are too large for 16 bits")
        if status == NLPTK_CHAR_BAD_WORD:
            raise ValueError(f"a word of a character tagger has more than {MAX_MATCH} characters")
        check_status(status)
        self.set_up(trie)
        if cache is NULL:
            cache = <cached_word *>calloc(1 << CACHE_BITS, sizeof(cached_word))
            if cache is NULL:
                raise MemoryError
        if user is not None:
            self.user = user
            self.weigh(user)
            self.model.user, self.model.biases, self.model.force = &user.words, self.biases, force

    def __dealloc__(self):
        self.free_work(self.work)
        nlptk_char_tagger_free(&self.model)
        free(self.biases)

    cdef int weigh(self, Words user) except -1:
        """Biases of the user's words: log(1 + frequency), or else what makes the word whole when it stands alone, and 1 more."""
        cdef nlptk_char_work *work = <nlptk_char_work *>self.work
        cdef uint32_t *chars = <uint32_t *>malloc(MAX_WORD * sizeof(uint32_t))
        cdef int32_t i
        cdef ptrdiff_t n
        cdef double logf
        self.biases = <int32_t *>malloc(user.words.cap * sizeof(int32_t))
        if chars is NULL or self.biases is NULL:
            free(chars)
            raise MemoryError
        try:
            for i in range(user.words.cap):
                logf = user.words.nodes[i].logf
                self.biases[i] = NLPTK_NO_BIAS
                if i == 0 or user.words.nodes[i].parent < 0 or isnan(logf) or logf == -INFINITY:
                    continue
                n = nlptk_words_word(&user.words, i, chars, MAX_WORD)
                if n < 1:
                    continue
                if logf >= 0:
                    self.biases[i] = <int32_t>ceil(SCALE * (logf + log(2)) / n)
                    continue
                check_status(nlptk_workspace_read(&work.text, &self.model.trie, chars, 4, n))
                check_status(nlptk_char_bias(&self.model, work, &self.biases[i]))
                self.biases[i] += SCALE
        finally:
            free(chars)
        return 0

    cdef nlptk_workspace *new_work(self) except NULL:
        cdef nlptk_workspace *work = <nlptk_workspace *>calloc(1, sizeof(nlptk_char_work))
        if work is NULL:
            raise MemoryError
        return work

    cdef void free_work(self, nlptk_workspace *work) noexcept:
        if work is not NULL:
            nlptk_char_work_free(<nlptk_char_work *>work)
            free(work)

    cdef int run(self, nlptk_workspace *work, const void *data, int kind, ptrdiff_t n) except -1:
        cdef int status
        if n < LONG_TEXT:
            status = nlptk_workspace_read(work, &self.model.trie, data, kind, n)
            if status == 0:
                status = nlptk_char_segment(&self.model, <nlptk_char_work *>work)
        else:
            with nogil:
                status = nlptk_workspace_read(work, &self.model.trie, data, kind, n)
                if status == 0:
                    status = nlptk_char_segment(&self.model, <nlptk_char_work *>work)
        return check_status(status)

    cdef int run_lines(self, nlptk_workspace *work, const uint8_t *text, size_t n, int form, const uint8_t *sep, size_t n_sep,
                       nlptk_bytes *out, size_t *where) except? -9:
        cdef nlptk_cutter cutter
        cutter.trie, cutter.cut, cutter.self = &self.model.trie, segment_with, &self.model
        with nogil:
            return nlptk_segment_lines(&cutter, work, text, n, form, sep, n_sep, out, where)

    cdef list make_list(self, str text, nlptk_workspace *work):
        cdef ptrdiff_t n = work.n_tokens, i
        cdef const nlptk_token *tokens = work.tokens
        cdef const uint32_t *chars = work.chars
        cdef uint64_t key
        cdef cached_word *cached
        cdef PyObject *old
        cdef list out = PyList_New(n)
        cdef object word
        for i in range(n):
            if i + 2 * AHEAD < n:  # strings lie all over the memory: ask early
                NLPTK_PREFETCH(place_of(word_key(chars, tokens[i + 2 * AHEAD].start, tokens[i + 2 * AHEAD].end)))
            if i + AHEAD < n:
                NLPTK_PREFETCH(place_of(word_key(chars, tokens[i + AHEAD].start, tokens[i + AHEAD].end)).word)
            key = word_key(chars, tokens[i].start, tokens[i].end)
            cached = place_of(key)
            if key and cached.key == key:
                word = <object>cached.word
            else:
                word = PyUnicode_Substring(text, tokens[i].start, tokens[i].end)
                if key:
                    old = cached.word
                    Py_INCREF(word)
                    cached.key, cached.word = key, <PyObject *>word
                    Py_XDECREF(old)
            Py_INCREF(word)
            PyList_SET_ITEM(out, i, word)
        return out

    def scores(self, text not None):
        """[(B, M, E, S)] scores of the labels of each character, with biases of the user's words; blanks have zeros."""
        cdef str string = exact(text)
        cdef nlptk_char_work *work = <nlptk_char_work *>self.new_work()
        cdef Py_ssize_t n = PyUnicode_GET_LENGTH(string), i
        cdef int32_t *scores = <int32_t *>malloc((4 * n + 1) * sizeof(int32_t))
        try:
            if scores is NULL:
                raise MemoryError
            check_status(nlptk_workspace_read(&work.text, &self.model.trie, PyUnicode_DATA(string), PyUnicode_KIND(string), n))
            check_status(nlptk_char_scores(&self.model, work, scores))
            return [(scores[4 * i], scores[4 * i + 1], scores[4 * i + 2], scores[4 * i + 3]) for i in range(n)]
        finally:
            free(scores)
            self.free_work(<nlptk_workspace *>work)


cdef class Trainer:
    """Training data: starts (sentences + 1), features (characters, k) below n_attributes, labels (0 to 3) that make words.

    weights (n_attributes, 4), and as large what an algorithm keeps beside them, belong to the caller.
    """

    cdef nlptk_char_data data
    cdef object owner
    cdef void *workspace
    cdef Py_ssize_t n_sentences
    cdef int64_t n_attributes

    def __cinit__(self, const long long[::1] starts not None, const int[:, ::1] features not None,
                  const unsigned char[::1] labels not None, long long n_attributes):
        cdef Py_ssize_t i, k, n = features.shape[0], n_features = features.shape[1]
        cdef bint wrong = False
        if starts.shape[0] < 1 or labels.shape[0] != n or not 0 < n_features < 1000 or starts[0] != 0 or starts[starts.shape[0] - 1] != n:
            raise ValueError("arrays of training data do not fit together")
        with nogil:
            for i in range(n):
                for k in range(n_features):
                    wrong |= features[i, k] < 0 or features[i, k] >= n_attributes
                wrong |= labels[i] > 3
            for i in range(starts.shape[0] - 1):
                wrong |= starts[i] > starts[i + 1]
                self.data.longest = max(self.data.longest, starts[i + 1] - starts[i])
        if wrong:
            raise ValueError("training data point outside their tables")
        self.owner = (starts, features, labels)
        self.n_sentences, self.n_attributes = starts.shape[0] - 1, n_attributes
        self.data.starts, self.data.n_features = <const int64_t *>&starts[0], <int>n_features
        if n:
            self.data.features, self.data.labels = <const int32_t *>&features[0, 0], <const uint8_t *>&labels[0]
        self.workspace = malloc(nlptk_char_train_workspace(&self.data))
        if self.workspace is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.workspace)

    cdef int check(self, const long long[::1] order, const float[:, ::1] a, const float[:, ::1] b, const float[::1] t, const float[::1] u) except -1:
        cdef Py_ssize_t i
        for i in range(order.shape[0]):
            if not 0 <= order[i] < self.n_sentences:
                raise ValueError(f"no sentence {order[i]}")
        if (a.shape[0] != self.n_attributes or b.shape[0] != self.n_attributes or a.shape[1] != 4 or b.shape[1] != 4
                or t.shape[0] != 8 or u.shape[0] != 8):
            raise ValueError("weights do not fit the training data")
        return 0

    def crf(self, const long long[::1] order not None, float[:, ::1] weights not None, float[:, ::1] squares not None,
            const float[::1] shares not None, float[::1] transitions not None, float[::1] transition_squares not None,
            float rate, float c2, float cost):
        """A pass of AdaGrad; the loss, which is no number where the weights have grown too large."""
        cdef nlptk_char_crf m
        cdef double loss
        cdef int k
        self.check(order, weights, squares, transitions, transition_squares)
        if shares.shape[0] != self.n_attributes:
            raise ValueError("weights do not fit the training data")
        if not order.shape[0] or not self.n_attributes:
            return 0.0
        m.weights, m.squares, m.shares = &weights[0, 0], &squares[0, 0], &shares[0]
        for k in range(8):
            m.transitions[k], m.transition_squares[k] = transitions[k], transition_squares[k]
        with nogil:
            loss = nlptk_char_train_crf(&self.data, &m, <const int64_t *>&order[0], order.shape[0], rate, c2, cost, self.workspace)
        for k in range(8):
            transitions[k], transition_squares[k] = m.transitions[k], m.transition_squares[k]
        return loss

    def perceptron(self, const long long[::1] order not None, float[:, ::1] weights not None, float[:, ::1] totals not None,
                   float[::1] transitions not None, float[::1] transition_totals not None, long long seen):
        """A pass of the perceptron after `seen` sentences; how many labels were wrong."""
        cdef nlptk_char_perceptron m
        cdef int64_t wrong
        cdef int k
        self.check(order, weights, totals, transitions, transition_totals)
        if not order.shape[0] or not self.n_attributes:
            return 0
        m.weights, m.totals, m.seen = &weights[0, 0], &totals[0, 0], seen
        for k in range(8):
            m.transitions[k], m.transition_totals[k] = transitions[k], transition_totals[k]
        with nogil:
            wrong = nlptk_char_train_perceptron(&self.data, &m, <const int64_t *>&order[0], order.shape[0], self.workspace)
        for k in range(8):
            transitions[k], transition_totals[k] = m.transitions[k], m.transition_totals[k]
        return wrong
