"""Back-off n-gram models over arrays; see ngram_query.h for what stands in them.

The arrays may come from a damaged file: then answers are wrong, but nothing is read outside of them.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memset


cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *n) except NULL


cdef extern from "nlptk/ngram_query.h" nogil:
    int NLPTK_LM_MAX_ORDER, NLPTK_LM_QUANTIZED, NLPTK_LM_UNK, NLPTK_LM_SPECIALS
    int NLPTK_LM_RANGE, NLPTK_LM_TWICE, NLPTK_LM_FULL, NLPTK_LM_NUMBER, NLPTK_LM_COUNT
    uint32_t NLPTK_LM_NONE
    ctypedef struct nlptk_ngram:
        pass
    ctypedef struct nlptk_ngram_table:
        const uint8_t *entries
        uint64_t capacity
        const float *codebook
    ctypedef struct nlptk_lm:
        const uint8_t *blob
        size_t n_blob
        const int64_t *offsets
        uint32_t n_words
        const uint32_t *slots
        uint32_t n_slots
        const float *unigrams
        int order
        nlptk_ngram_table *tables
    ctypedef struct nlptk_lm_text:
        const uint8_t *start
        size_t n
    ctypedef struct nlptk_lm_state:
        int32_t length
        uint32_t *words
        float *backoff
    ctypedef struct nlptk_lm_scores:
        double *sums
        float *scores
        uint8_t *lengths
        uint8_t *unknown
        size_t n
    uint32_t nlptk_lm_word(const nlptk_lm *lm, const uint8_t *word, size_t n)
    int nlptk_lm_index_words(const nlptk_lm *lm, uint32_t *slots, uint32_t *at)
    size_t nlptk_lm_count_words(const uint8_t *text, size_t n)
    void nlptk_lm_score(const nlptk_lm *lm, const nlptk_lm_text *texts, const size_t *ends, size_t n_sentences, bint bos,
                        bint eos, nlptk_lm_scores *out)
    void nlptk_lm_begin(const nlptk_lm *lm, nlptk_lm_state *state)
    int nlptk_lm_step(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t word, nlptk_lm_state *next, float *score)
    void nlptk_lm_score_words(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t first, size_t n, float *scores)
    void nlptk_lm_find(const nlptk_lm *lm, const uint32_t *rows, ptrdiff_t stride, int n, size_t n_rows, uint32_t *slots)
    int nlptk_lm_insert(const nlptk_lm *lm, nlptk_ngram *table, uint64_t capacity, const uint32_t *suffix,
                        const uint32_t *first, const float *log_prob, const float *log_backoff, size_t n, uint32_t *slots,
                        size_t *at)
    int nlptk_lm_check(const nlptk_lm *lm, int n, uint64_t count)


MAX_ORDER = NLPTK_LM_MAX_ORDER
QUANTIZED = NLPTK_LM_QUANTIZED  # bytes of a quantised entry
NONE = NLPTK_LM_NONE  # no word, no slot

cdef enum:
    LONG_TEXT = 1 << 14  # bytes: from here on it pays to let other threads run


cdef int check_status(int status, object which) except -1:
    if status == 0:
        return 0
    if status == NLPTK_LM_RANGE:
        raise ValueError(f"{which} points outside of the model")
    if status == NLPTK_LM_TWICE:
        raise ValueError(f"{which} is there twice")
    if status == NLPTK_LM_NUMBER:
        raise ValueError(f"{which} has a probability above 1, or a number that is not finite")
    if status == NLPTK_LM_COUNT:
        raise ValueError(f"{which} are not as many as the file says")
    raise ValueError(f"{which} does not fit into the table")


cdef int find_text(object text, nlptk_lm_text *out, list keep) except -1:
    """The UTF-8 of a str or bytes; what else has to live as long goes to `keep`."""
    cdef Py_ssize_t n = 0
    if isinstance(text, str):
        try:
            out.start = <const uint8_t *>PyUnicode_AsUTF8AndSize(text, &n)
        except UnicodeEncodeError:  # half of a surrogate pair: no word of a model, but no error either
            text = text.encode("utf-8", "surrogatepass")
            keep.append(text)
            out.start, n = <const uint8_t *><const char *>(<bytes>text), len(<bytes>text)
    elif isinstance(text, bytes):
        out.start, n = <const uint8_t *><const char *>(<bytes>text), len(<bytes>text)
    else:
        raise TypeError(f"{type(text).__name__} where a str was expected")
    out.n = <size_t>n
    return 0


cdef class Sentences:
    """Where the bytes of some sentences are; they stay there as long as this object lives."""

    cdef nlptk_lm_text *texts
    cdef size_t *ends  # NULL: each text is a sentence; otherwise a word
    cdef size_t n, room  # sentences; words and ends at most
    cdef list keep

    def __cinit__(self, list sentences not None):
        cdef list all_ = list(sentences)  # nobody can take one out while another thread runs
        self.keep = [all_]
        try:
            if not all_ or isinstance(all_[0], (str, bytes)):
                self.read_texts(all_)
            else:
                self.read_words(all_)
        except TypeError as error:
            raise TypeError(f"sentence {self.n + 1}: {error}") from None

    cdef int read_texts(self, list sentences) except -1:
        self.texts = <nlptk_lm_text *>malloc((<size_t>len(sentences) + 1) * sizeof(nlptk_lm_text))
        if self.texts is NULL:
            raise MemoryError
        for sentence in sentences:
            find_text(sentence, &self.texts[self.n], self.keep)
            self.room += self.texts[self.n].n // 2 + 2
            self.n += 1
        return 0

    cdef int read_words(self, list sentences) except -1:
        cdef size_t n_texts = 0, k = 0
        cdef tuple words
        cdef list all_ = []
        for sentence in sentences:
            if isinstance(sentence, (str, bytes)):
                raise TypeError(f"{type(sentence).__name__} where words were expected as before")
            words = tuple(sentence)
            n_texts += <size_t>len(words)
            all_.append(words)
            self.n += 1
        self.keep.append(all_)
        self.texts = <nlptk_lm_text *>malloc((n_texts + 1) * sizeof(nlptk_lm_text))
        self.ends = <size_t *>malloc((self.n + 1) * sizeof(size_t))
        if self.texts is NULL or self.ends is NULL:
            raise MemoryError
        self.room = n_texts + self.n
        self.n = 0
        for words in all_:
            for word in words:
                find_text(word, &self.texts[k], self.keep)
                k += 1
            self.ends[self.n] = k
            self.n += 1
        return 0

    def __dealloc__(self):
        free(self.texts)
        free(self.ends)


cdef class State:
    """What the next word can depend on: the words before it, as far as the model knows them. Immutable and hashable.

    Only states of the same model compare.
    """

    cdef nlptk_lm_state state

    @property
    def words(self):
        """Numbers of these words, the first one first."""
        cdef int i
        return tuple([self.state.words[i] for i in range(self.state.length - 1, -1, -1)])

    def __len__(self):
        return self.state.length

    def __eq__(self, other):
        if not isinstance(other, State):
            return NotImplemented
        cdef const nlptk_lm_state *a = &self.state
        cdef const nlptk_lm_state *b = &(<State>other).state
        return a.length == b.length and memcmp(a.words, b.words, <size_t>a.length * sizeof(uint32_t)) == 0

    def __hash__(self):
        return hash(self.words)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        cdef int i
        return restored_state, (self.words, tuple([self.state.backoff[i] for i in range(self.state.length)]))

    def __repr__(self):
        return f"<State of {self.state.length} words>"


def restored_state(words, backoff):
    """A pickled State."""
    cdef State self = State.__new__(State)
    cdef int i, n = len(words)
    if n >= NLPTK_LM_MAX_ORDER or len(backoff) != n:
        raise ValueError("not a state")
    self.state.length = n
    for i in range(n):
        self.state.words[n - 1 - i] = words[i]
        self.state.backoff[i] = backoff[i]
    return self


cdef class Model:
    """A back-off model over arrays that it keeps.

    Parameters
    ----------
    blob, offsets : uint8[:], int64[n + 1]
        The words, the first three of them <unk>, <s> and </s>.
    slots : uint32[m, 2]
        Their hash table, see `index_words`.
    unigrams : float32[n, 2]
        log10 probability and back-off.
    tables : list of uint32[capacity, 4], or of uint8[capacity, QUANTIZED]
        The n-grams of orders 2, 3, ..., see `Model.insert`.
    codebooks : list of float32[2, 256], optional
        What the bytes of quantised tables mean.
    """

    cdef nlptk_lm lm
    cdef list kept
    cdef readonly object blob, offsets, slots, unigrams
    cdef readonly list tables, codebooks

    def __cinit__(self, blob, offsets, slots, unigrams, list tables not None, list codebooks=None):
        cdef const unsigned char[::1] bytes_ = blob
        cdef const int64_t[::1] bounds = offsets
        cdef const uint32_t[:, ::1] hashes = slots
        cdef const float[:, ::1] numbers = unigrams
        cdef const uint32_t[:, ::1] table
        cdef const unsigned char[:, ::1] quantized
        cdef const float[:, ::1] codebook
        cdef Py_ssize_t i, n = bounds.shape[0] - 1
        if not NLPTK_LM_SPECIALS <= n < <Py_ssize_t>NLPTK_LM_NONE:
            raise ValueError(f"{n} words, expected 3 to {NLPTK_LM_NONE - 1}")
        if hashes.shape[1] != 2 or not 0 < hashes.shape[0] < <Py_ssize_t>NLPTK_LM_NONE:
            raise ValueError("the hash table of the words has a wrong shape")
        if numbers.shape[0] != n or numbers.shape[1] != 2:
            raise ValueError(f"unigrams of shape {numbers.shape[0], numbers.shape[1]}, expected {n, 2}")
        if len(tables) >= NLPTK_LM_MAX_ORDER or (codebooks is not None and len(codebooks) != len(tables)):
            raise ValueError(f"{len(tables)} tables of n-grams, expected up to {NLPTK_LM_MAX_ORDER - 1}")
        self.blob, self.offsets, self.slots, self.unigrams = blob, offsets, slots, unigrams
        self.tables, self.codebooks = list(tables), None if codebooks is None else list(codebooks)
        self.kept = [memoryview(array) for array in (blob, offsets, slots, unigrams, *tables, *(codebooks or ()))]
        self.lm.blob, self.lm.n_blob = &bytes_[0] if bytes_.shape[0] else NULL, <size_t>bytes_.shape[0]
        self.lm.offsets, self.lm.n_words = &bounds[0], <uint32_t>n
        self.lm.slots, self.lm.n_slots = &hashes[0, 0], <uint32_t>hashes.shape[0]
        self.lm.unigrams = &numbers[0, 0]
        self.lm.order = 1
        for i in range(len(tables)):
            if codebooks is None:
                table = tables[i]
                self.add_table(<const uint8_t *>&table[0, 0] if table.shape[0] else NULL, table.shape[0], table.shape[1] == 4, NULL)
            else:
                quantized, codebook = tables[i], codebooks[i]
                if codebook.shape[0] != 2 or codebook.shape[1] != 256:
                    raise ValueError("a codebook has a wrong shape")
                self.add_table(&quantized[0, 0] if quantized.shape[0] else NULL, quantized.shape[0],
                               quantized.shape[1] == NLPTK_LM_QUANTIZED, &codebook[0, 0])

    cdef int add_table(self, const uint8_t *entries, Py_ssize_t n, bint is_right, const float *codebook) except -1:
        if not is_right or not 0 < n < <Py_ssize_t>NLPTK_LM_NONE:
            raise ValueError(f"the table of {self.lm.order + 1}-grams has a wrong shape")
        self.lm.order += 1
        self.lm.tables[self.lm.order].entries = entries
        self.lm.tables[self.lm.order].capacity = <uint64_t>n
        self.lm.tables[self.lm.order].codebook = codebook
        return 0

    @property
    def order(self):
        """Words of the longest n-grams."""
        return self.lm.order

    def __len__(self):
        return self.lm.n_words

    def __deepcopy__(self, memo):
        return self  # immutable

    def __reduce__(self):
        import numpy

        def copied(arrays):
            return [numpy.array(memoryview(array)) for array in arrays]

        codebooks = None if self.codebooks is None else copied(self.codebooks)
        return Model, (*copied((self.blob, self.offsets, self.slots, self.unigrams)), copied(self.tables), codebooks)

    # ---- words

    def find_word(self, word):
        """The number of a word; 0 (<unk>) if it is none."""
        cdef nlptk_lm_text text
        cdef list keep = []
        find_text(word, &text, keep)
        return nlptk_lm_word(&self.lm, text.start, text.n)

    def index_words(self, uint32_t[:, ::1] slots):
        """Fill a hash table of the words, to be given to a new Model."""
        cdef uint32_t at = 0
        cdef int status
        if slots.shape[1] != 2 or slots.shape[0] != <Py_ssize_t>self.lm.n_slots:
            raise ValueError("slots of a wrong shape")
        with nogil:
            status = nlptk_lm_index_words(&self.lm, &slots[0, 0], &at)
        check_status(status, f"word {at}")

    # ---- scores

    def score(self, sentence, bint bos=True, bint eos=True):
        """log10 probability of a sentence: a str with blanks between words, or words."""
        cdef nlptk_lm_text text
        cdef nlptk_lm_scores out
        cdef double total = 0
        cdef Sentences sentences
        memset(&out, 0, sizeof(out))
        out.sums = &total
        if type(sentence) is str:
            try:
                text.start = <const uint8_t *>PyUnicode_AsUTF8AndSize(sentence, <Py_ssize_t *>&text.n)
            except UnicodeEncodeError:
                return self.score(sentence.encode("utf-8", "surrogatepass"), bos, eos)
            if text.n < LONG_TEXT:
                nlptk_lm_score(&self.lm, &text, NULL, 1, bos, eos, &out)
            else:
                with nogil:
                    nlptk_lm_score(&self.lm, &text, NULL, 1, bos, eos, &out)
            return total
        sentences = Sentences([sentence])
        with nogil:
            nlptk_lm_score(&self.lm, sentences.texts, sentences.ends, 1, bos, eos, &out)
        return total

    def score_batch(self, list sentences not None, double[::1] sums, bint bos=True, bint eos=True):
        """Scores of sentences, all of them str or all of them words."""
        cdef Sentences all_ = Sentences(sentences)
        cdef nlptk_lm_scores out
        if sums.shape[0] != <Py_ssize_t>all_.n:
            raise ValueError(f"room for {sums.shape[0]} scores of {all_.n} sentences")
        if all_.n == 0:
            return
        memset(&out, 0, sizeof(out))
        out.sums = &sums[0]
        with nogil:
            nlptk_lm_score(&self.lm, all_.texts, all_.ends, all_.n, bos, eos, &out)

    def full_scores(self, sentence, bint bos=True, bint eos=True):
        """[(log10 probability, length of the n-gram that matched, whether the word is unknown)] of the words of a sentence."""
        cdef Sentences sentences = Sentences([sentence])
        cdef nlptk_lm_scores out
        cdef double total = 0
        cdef size_t i
        cdef char *room = <char *>PyMem_Malloc(sentences.room * (sizeof(float) + 2) + 1)
        if room is NULL:
            raise MemoryError
        try:
            out.sums = &total
            out.scores = <float *>room
            out.lengths = <uint8_t *>(room + sentences.room * sizeof(float))
            out.unknown = out.lengths + sentences.room
            with nogil:
                nlptk_lm_score(&self.lm, sentences.texts, sentences.ends, 1, bos, eos, &out)
            return [(out.scores[i], out.lengths[i], out.unknown[i] != 0) for i in range(out.n)]
        finally:
            PyMem_Free(room)

    def total(self, list sentences not None, bint bos=True, bint eos=True):
        """Sums over sentences in double precision: (log10, log10 of known words, words and ends, unknown words)."""
        cdef Sentences all_ = Sentences(sentences)
        cdef nlptk_lm_scores out
        cdef size_t i, unknown = 0
        cdef double total = 0, known = 0
        memset(&out, 0, sizeof(out))
        cdef char *room = <char *>malloc(all_.room * (sizeof(float) + 1) + (all_.n + 1) * sizeof(double))
        if room is NULL:
            raise MemoryError
        out.sums = <double *>room
        out.scores = <float *>(room + (all_.n + 1) * sizeof(double))
        out.unknown = <uint8_t *>(out.scores + all_.room)
        with nogil:
            nlptk_lm_score(&self.lm, all_.texts, all_.ends, all_.n, bos, eos, &out)
            for i in range(out.n):
                total += out.scores[i]
                known += 0 if out.unknown[i] else out.scores[i]
                unknown += out.unknown[i]
        free(room)
        return total, known, out.n, unknown

    # ---- word by word

    def begin_state(self):
        """The state after <s>."""
        cdef State state = State.__new__(State)
        nlptk_lm_begin(&self.lm, &state.state)
        return state

    def null_state(self):
        """The state after nothing."""
        return State.__new__(State)

    def score_word(self, State state not None, word):
        """(log10 probability of a word in a state, state after it)."""
        cdef nlptk_lm_text text
        cdef list keep = []
        cdef State after = State.__new__(State)
        cdef float score
        find_text(word, &text, keep)
        nlptk_lm_step(&self.lm, &state.state, nlptk_lm_word(&self.lm, text.start, text.n), &after.state, &score)
        return score, after

    def score_words(self, State state not None, float[::1] scores):
        """log10 probabilities of all words in a state."""
        if scores.shape[0] != <Py_ssize_t>self.lm.n_words:
            raise ValueError(f"room for {scores.shape[0]} scores of {self.lm.n_words} words")
        with nogil:
            nlptk_lm_score_words(&self.lm, &state.state, 0, self.lm.n_words, &scores[0])

    # ---- building

    def find(self, const uint32_t[:, ::1] rows, int begin, int end, uint32_t[::1] slots):
        """Slots of the n-grams in columns begin to end of rows of words; NONE: not there."""
        cdef size_t n = <size_t>rows.shape[0]
        if not 0 <= begin < end <= rows.shape[1] or end - begin > self.lm.order or slots.shape[0] != rows.shape[0]:
            raise ValueError(f"columns {begin} to {end} of {rows.shape[1]}, order {self.lm.order}")
        if n:
            with nogil:
                nlptk_lm_find(&self.lm, &rows[0, begin], rows.shape[1], end - begin, n, &slots[0])

    def insert(self, uint32_t[:, ::1] table, const uint32_t[::1] suffix, const uint32_t[::1] first, const float[::1] log_prob,
               const float[::1] log_backoff, uint32_t[::1] slots):
        """Put n-grams, one word longer than the model's, into a table that begins with NONE everywhere.

        suffix: their slots without the first word. slots: gets where they are now.
        """
        cdef size_t n = <size_t>first.shape[0], at = 0
        cdef int status
        for size in (suffix.shape[0], log_prob.shape[0], log_backoff.shape[0], slots.shape[0]):
            if size != <Py_ssize_t>n:
                raise ValueError(f"arrays of {n} and {size} n-grams")
        if table.shape[1] != 4 or not 0 < table.shape[0] < <Py_ssize_t>NLPTK_LM_NONE or self.lm.order >= NLPTK_LM_MAX_ORDER:
            raise ValueError("a table of a wrong shape")
        if n:
            with nogil:
                status = nlptk_lm_insert(&self.lm, <nlptk_ngram *>&table[0, 0], <uint64_t>table.shape[0], &suffix[0], &first[0],
                                         &log_prob[0], &log_backoff[0], n, &slots[0], &at)
            if status:
                check_status(status, f"{self.lm.order + 1}-gram {at + 1}")

    def check(self, int n, uint64_t count):
        """Raise ValueError unless the n-grams are count ones with finite numbers that point to words and n-grams."""
        cdef int status
        if not 1 <= n <= self.lm.order:
            raise ValueError(f"order {n} of {self.lm.order}")
        with nogil:
            status = nlptk_lm_check(&self.lm, n, count)
        check_status(status, f"the {n}-grams" if status == NLPTK_LM_COUNT else f"one of the {n}-grams")
