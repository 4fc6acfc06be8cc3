"""Door to ext/ngram_estimate.c: counts and probabilities of n-grams, in streams under a cap of memory."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import os

import numpy as np


cdef extern from "nlptk/vocabulary.h" nogil:
    ctypedef struct nlptk_vocabulary:
        uint8_t *text
        uint64_t *offsets
        uint64_t *counts
        uint32_t n
    int NLPTK_VOCABULARY_UTF8
    int nlptk_vocabulary_init(nlptk_vocabulary *v)
    void nlptk_vocabulary_free(nlptk_vocabulary *v)
    size_t nlptk_vocabulary_bytes(const nlptk_vocabulary *v)
    int64_t nlptk_vocabulary_add(nlptk_vocabulary *v, const uint8_t *word, size_t n)
    int nlptk_vocabulary_encode(nlptk_vocabulary *v, const uint8_t *text, size_t n, int last, size_t *at, uint32_t *out,
                                size_t cap, size_t *written)

cdef extern from "nlptk/spool.h" nogil:
    ctypedef struct nlptk_pool:
        size_t block_bytes, limit
        int64_t n_places
        int file, error
    int NLPTK_SPOOL_UNIT, NLPTK_SPOOL_MEMORY, NLPTK_SPOOL_NO_FILE, NLPTK_SPOOL_IO

cdef extern from "nlptk/ngram_estimate.h" nogil:
    int NLPTK_NGRAM_MAX_ORDER, NLPTK_NGRAM_MAX_PARTS, NLPTK_NGRAMS_TOO_LONG, NLPTK_NGRAMS_MARK
    int NLPTK_KNESER_NEY, NLPTK_WITTEN_BELL, NLPTK_JELINEK_MERCER, NLPTK_ADD_K, NLPTK_STUPID_BACKOFF
    ctypedef struct nlptk_ngram_level:
        uint64_t n, kept
        uint64_t count_of_counts[5]
        double discount[4]
        uint32_t threshold
    ctypedef struct nlptk_ngrams:
        int order, smoothing
        double weight, k, alpha
        uint64_t n_positions, n_sentences
        nlptk_pool pool
        nlptk_ngram_level levels[21]
    ctypedef struct nlptk_ngram_reader:
        int n
    void nlptk_ngrams_init(nlptk_ngrams *m, int order, size_t block_bytes, size_t limit)
    void nlptk_ngrams_free(nlptk_ngrams *m)
    int nlptk_ngrams_feed(nlptk_ngrams *m, const uint32_t *tokens, size_t n, size_t *done)
    int nlptk_ngrams_feed_end(nlptk_ngrams *m)
    int nlptk_ngrams_rename(nlptk_ngrams *m, const uint32_t *names)
    int nlptk_ngrams_begin(nlptk_ngrams *m, uint32_t n_words, const uint64_t *word_counts, size_t most, uint32_t n_parts)
    int nlptk_ngrams_distribute(nlptk_ngrams *m, int n)
    int nlptk_ngrams_sort_part(nlptk_ngrams *m, int n, uint32_t part)
    int nlptk_ngrams_sort_end(nlptk_ngrams *m, int n)
    int nlptk_ngrams_adjust(nlptk_ngrams *m, int n)
    int nlptk_ngrams_unigrams(nlptk_ngrams *m)
    int nlptk_ngrams_contexts_begin(nlptk_ngrams *m, int n)
    int nlptk_ngrams_contexts_part(nlptk_ngrams *m, int n, uint32_t part)
    int nlptk_ngrams_interpolate_begin(nlptk_ngrams *m, int n)
    int nlptk_ngrams_interpolate_part(nlptk_ngrams *m, int n, uint32_t part)
    void nlptk_ngrams_interpolate_end(nlptk_ngrams *m)
    int nlptk_ngram_reader_open(nlptk_ngram_reader *r, nlptk_ngrams *m, int n)
    void nlptk_ngram_reader_close(nlptk_ngram_reader *r)
    int64_t nlptk_ngram_reader_next(nlptk_ngram_reader *r, size_t max, uint32_t *words, uint32_t *suffixes,
                                    float *probabilities, float *backoffs, uint32_t *counts)

MAX_ORDER = NLPTK_NGRAM_MAX_ORDER
MAX_PARTS = NLPTK_NGRAM_MAX_PARTS
BLOCK_UNIT = NLPTK_SPOOL_UNIT
SMOOTHINGS = {
    "kneser-ney": NLPTK_KNESER_NEY,
    "witten-bell": NLPTK_WITTEN_BELL,
    "jelinek-mercer": NLPTK_JELINEK_MERCER,
    "add-k": NLPTK_ADD_K,
    "stupid-backoff": NLPTK_STUPID_BACKOFF,
}

DEF TOKENS = 1 << 14  # encoded at a time


class SentenceMark(Exception):
    """A token of the text is <s> or </s>; the argument is where the tokens of the text were last known to be right."""


cdef class Ngrams:
    """All n-grams of a text up to an order, and their probabilities.

    `read` text, `read_end`, `start`; then for n = 2 to order: `distribute`, `sort_part` each, `sort_end`, `adjust` of n - 1; `adjust`
    of the highest; `unigrams`; then for n = 2 to order `contexts`, `context_part` each, `interpolate`, `interpolate_part` each.

    Parameters
    ----------
    order : int
    block_bytes, blocks : int
        What the streams are made of, and how many blocks stay in memory.
    file : int
        Descriptor of a temporary file for the others, -1 for none.
    """

    cdef nlptk_ngrams state
    cdef nlptk_vocabulary words
    cdef uint64_t *counts
    cdef uint32_t n_words
    cdef readonly int n_parts
    cdef readonly int order

    def __cinit__(self, int order, size_t block_bytes, size_t blocks, int file):
        if not 1 <= order <= NLPTK_NGRAM_MAX_ORDER or block_bytes == 0 or block_bytes % NLPTK_SPOOL_UNIT:
            raise ValueError(f"order {order}, blocks of {block_bytes} bytes")
        nlptk_ngrams_init(&self.state, order, block_bytes, blocks)
        self.state.pool.file = file
        self.order = order
        self._check(nlptk_vocabulary_init(&self.words))
        for mark in (b"<unk>", b"<s>", b"</s>"):
            if nlptk_vocabulary_add(&self.words, mark, len(mark)) < 0:
                raise MemoryError

    def __dealloc__(self):
        nlptk_ngrams_free(&self.state)
        nlptk_vocabulary_free(&self.words)
        free(self.counts)

    cdef int _check(self, int status) except -1:
        if status == 0:
            return 0
        if status == NLPTK_SPOOL_IO:
            raise OSError(self.state.pool.error, os.strerror(self.state.pool.error))
        if status == NLPTK_SPOOL_NO_FILE:
            raise OSError("no temporary file")
        if status == NLPTK_NGRAMS_TOO_LONG:
            raise OverflowError("more than 2,147,483,647 tokens")
        raise MemoryError

    def read(self, const uint8_t[::1] text, bint last):
        """Take in text; returns how many bytes: without `last`, not the word that it breaks off.

        Raises UnicodeDecodeError where the text is not UTF-8, SentenceMark where <s> or </s> stands in it.
        """
        cdef size_t at = 0, before = 0, n = text.shape[0], written = 1, done = 0
        cdef int status = 0, fed = 0
        cdef uint32_t *tokens
        if n == 0:
            return 0
        tokens = <uint32_t *>malloc(TOKENS * sizeof(uint32_t))
        if tokens == NULL:
            raise MemoryError
        try:
            with nogil:
                while written and status == 0 and fed == 0:
                    before = at
                    status = nlptk_vocabulary_encode(&self.words, &text[0], n, last, &at, tokens, TOKENS, &written)
                    fed = nlptk_ngrams_feed(&self.state, tokens, written, &done)
        finally:
            free(tokens)
        if fed == NLPTK_NGRAMS_MARK:
            raise SentenceMark(before)
        self._check(fed)
        if status == NLPTK_VOCABULARY_UTF8:
            raise UnicodeDecodeError("utf-8", bytes(text), at, at + 1, "not UTF-8")
        self._check(status)
        return at

    def read_end(self):
        """The text ends, and with it its last sentence."""
        self._check(nlptk_ngrams_feed_end(&self.state))

    @property
    def vocabulary_bytes(self):
        return nlptk_vocabulary_bytes(&self.words)

    @property
    def n_positions(self):
        """Tokens, <s> and </s> of each sentence included."""
        return self.state.n_positions

    @property
    def n_sentences(self):
        return self.state.n_sentences

    @property
    def spilled_bytes(self):
        """Size of the temporary file."""
        return self.state.pool.n_places * <int64_t>self.state.pool.block_bytes

    def read_words(self):
        """The words read so far, and how often each occurs (uint64)."""
        cdef uint32_t i
        counts = np.empty(self.words.n, np.uint64)
        cdef uint64_t[::1] view = counts
        words = []
        for i in range(self.words.n):
            words.append((<char *>self.words.text)[self.words.offsets[i] : self.words.offsets[i + 1]].decode())
            view[i] = self.words.counts[i]
        return words, counts

    def start(self, const uint64_t[::1] counts, const uint32_t[::1] names, size_t blocks, size_t most, int parts):
        """The text is complete.

        Parameters
        ----------
        counts : uint64
            How often each word occurs, after renaming.
        names : uint32 or None
            New number of each word read.
        blocks : int
            How many blocks stay in memory from now on.
        most : int
            Records that are sorted in memory.
        parts : int
        """
        if names is not None:
            if <size_t>names.shape[0] != self.words.n or np.max(names) >= counts.shape[0]:
                raise ValueError("names")
            with nogil:
                status = nlptk_ngrams_rename(&self.state, &names[0])
            self._check(status)
        if not 1 <= parts <= NLPTK_NGRAM_MAX_PARTS or most < 1 or counts.shape[0] < 3:
            raise ValueError("parts")
        self.n_words = <uint32_t>counts.shape[0]
        self.counts = <uint64_t *>malloc(self.n_words * sizeof(uint64_t))
        if self.counts == NULL:
            raise MemoryError
        memcpy(self.counts, &counts[0], self.n_words * sizeof(uint64_t))
        self.state.pool.limit = blocks
        self.n_parts = parts
        nlptk_vocabulary_free(&self.words)
        self._check(nlptk_ngrams_begin(&self.state, self.n_words, self.counts, most, parts))

    def set_smoothing(self, str name, double weight, double k, double alpha, thresholds):
        cdef int n
        self.state.smoothing = SMOOTHINGS[name]
        self.state.weight, self.state.k, self.state.alpha = weight, k, alpha
        for n in range(1, self.order + 1):
            self.state.levels[n].threshold = thresholds[n - 1]

    def set_discounts(self, int n, discounts):
        cdef int k
        for k in range(3):
            self.state.levels[self._order(n)].discount[k + 1] = discounts[k]

    cdef int _order(self, int n) except -1:
        if not 1 <= n <= self.order:
            raise ValueError(f"order {n}")
        return n

    cdef uint32_t _part(self, int part) except? 4294967295:
        if not 0 <= part < self.n_parts:
            raise ValueError(f"part {part}")
        return <uint32_t>part

    def n_grams(self, int n):
        """How many n-grams the text has, and how many of them are not pruned."""
        return self.state.levels[self._order(n)].n, self.state.levels[n].kept

    def count_of_counts(self, int n):
        """How many n-grams have an adjusted count of 1, 2, 3, 4."""
        self._order(n)
        return [self.state.levels[n].count_of_counts[k] for k in range(1, 5)]

    def distribute(self, int n):
        self._order(n)
        with nogil:
            status = nlptk_ngrams_distribute(&self.state, n)
        self._check(status)

    def sort_part(self, int n, int part):
        cdef uint32_t p = self._part(part)
        self._order(n)
        with nogil:
            status = nlptk_ngrams_sort_part(&self.state, n, p)
        self._check(status)

    def sort_end(self, int n):
        self._order(n)
        with nogil:
            status = nlptk_ngrams_sort_end(&self.state, n)
        self._check(status)

    def adjust(self, int n):
        self._order(n)
        with nogil:
            status = nlptk_ngrams_adjust(&self.state, n)
        self._check(status)

    def unigrams(self):
        with nogil:
            status = nlptk_ngrams_unigrams(&self.state)
        self._check(status)

    def contexts(self, int n):
        self._order(n)
        with nogil:
            status = nlptk_ngrams_contexts_begin(&self.state, n)
        self._check(status)

    def context_part(self, int n, int part):
        cdef uint32_t p = self._part(part)
        self._order(n)
        with nogil:
            status = nlptk_ngrams_contexts_part(&self.state, n, p)
        self._check(status)

    def interpolate(self, int n):
        self._check(nlptk_ngrams_interpolate_begin(&self.state, self._order(n)))

    def interpolate_part(self, int n, int part):
        cdef uint32_t p = self._part(part)
        self._order(n)
        with nogil:
            status = nlptk_ngrams_interpolate_part(&self.state, n, p)
        self._check(status)

    def interpolate_end(self):
        nlptk_ngrams_interpolate_end(&self.state)


cdef class Reader:
    """The n-grams of one order that are not pruned, in suffix order."""

    cdef nlptk_ngram_reader state
    cdef Ngrams ngrams  # keeps it alive
    cdef int n

    def __cinit__(self, Ngrams ngrams not None, int n):
        self.ngrams = ngrams
        self.n = ngrams._order(n)
        ngrams._check(nlptk_ngram_reader_open(&self.state, &ngrams.state, n))

    def __dealloc__(self):
        nlptk_ngram_reader_close(&self.state)

    def read(self, size_t most):
        """Up to so many: words (k, n) uint32, suffixes (k,) uint32, log10 of probabilities and (0 in the highest order) of back-off
        weights (k,) float32."""
        cdef bint highest = self.n == self.ngrams.order
        words = np.empty((most, self.n), np.uint32)
        suffixes = np.empty(most, np.uint32)
        probabilities = np.empty(most, np.float32)
        backoffs = np.zeros(most, np.float32)
        cdef uint32_t[:, ::1] word_view = words
        cdef uint32_t[::1] suffix_view = suffixes
        cdef float[::1] probability_view = probabilities, backoff_view = backoffs
        cdef int64_t k
        if most == 0:
            raise ValueError("0 n-grams at a time")
        with nogil:
            k = nlptk_ngram_reader_next(&self.state, most, &word_view[0, 0], &suffix_view[0], &probability_view[0],
                                        NULL if highest else &backoff_view[0], NULL)
        if k < 0:
            self.ngrams._check(<int>k)
        return words[:k], suffixes[:k], probabilities[:k], backoffs[:k]

    def read_counts(self, size_t most):
        """Up to so many: words (k, n) uint32 and how often they occur (k,) uint32; before estimation."""
        words = np.empty((most, self.n), np.uint32)
        counts = np.empty(most, np.uint32)
        cdef uint32_t[:, ::1] word_view = words
        cdef uint32_t[::1] count_view = counts
        cdef int64_t k
        if most == 0:
            raise ValueError("0 n-grams at a time")
        with nogil:
            k = nlptk_ngram_reader_next(&self.state, most, &word_view[0, 0], NULL, NULL, NULL, &count_view[0])
        if k < 0:
            self.ngrams._check(<int>k)
        return words[:k], counts[:k]
