"""Door to ext/vocabulary.c and ext/encode.c: text becomes numbers of words."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

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
    int64_t nlptk_vocabulary_add(nlptk_vocabulary *v, const uint8_t *word, size_t n)
    int nlptk_vocabulary_encode(nlptk_vocabulary *v, const uint8_t *text, size_t n, int last, size_t *at, uint32_t *out,
                                size_t cap, size_t *written)

cdef extern from "nlptk/encode.h" nogil:
    ctypedef struct nlptk_sentences:
        uint64_t n_tokens, n_sentences, open
    int nlptk_vocabulary_keep(nlptk_vocabulary *v, const uint8_t *keep)
    size_t nlptk_sentences_rename(nlptk_sentences *s, int32_t *ids, size_t n, const int32_t *names, size_t n_names)


cdef class Encoder:
    """Words and their numbers: in the order of `words`, then of first appearance.

    Parameters
    ----------
    words : sequence of str
        All different.
    """

    cdef nlptk_vocabulary state

    def __cinit__(self, words=()):
        if nlptk_vocabulary_init(&self.state):
            raise MemoryError
        for number, word in enumerate(words):
            word = word.encode("utf-8", "replace")
            found = nlptk_vocabulary_add(&self.state, word, len(word))
            if found < 0:
                raise MemoryError
            if found != number:
                raise ValueError(f"words: {word.decode()!r} stands there twice")

    def __dealloc__(self):
        nlptk_vocabulary_free(&self.state)

    def __len__(self):
        return self.state.n

    def read(self, const uint8_t[::1] text, bint last, int32_t[::1] out):
        """Numbers of the words of a text, -1 for each line feed; counts the words.

        Returns
        -------
        consumed : int
            Bytes of the text. Less than all where `out` is full or, without `last`, where the text breaks off a word.
        written : int

        Raises
        ------
        UnicodeDecodeError
            With the text and the place where it is not UTF-8.
        """
        cdef size_t at = 0, written = 0, n = text.shape[0], cap = out.shape[0]
        cdef int status
        if n == 0 or cap == 0:
            return 0, 0
        with nogil:
            status = nlptk_vocabulary_encode(&self.state, &text[0], n, last, &at, <uint32_t *>&out[0], cap, &written)
        if status == NLPTK_VOCABULARY_UTF8:
            raise UnicodeDecodeError("utf-8", bytes(text), at, at + 1, "not UTF-8")
        if status:
            raise MemoryError
        return at, written

    def words(self):
        cdef uint32_t i
        cdef uint64_t start = 0
        found = []
        for i in range(self.state.n):
            found.append((<char *>self.state.text)[start : self.state.offsets[i + 1]].decode())
            start = self.state.offsets[i + 1]
        return found

    def counts(self):
        """How often each word was read, (n,) int64."""
        cdef uint32_t i
        found = np.empty(self.state.n, np.int64)
        cdef int64_t[::1] view = found
        for i in range(self.state.n):
            view[i] = self.state.counts[i]
        return found

    def keep(self, const uint8_t[::1] kept):
        """Forget the words with kept[i] = 0; the others are numbered anew in the same order."""
        cdef int status
        if <size_t>kept.shape[0] != self.state.n:
            raise ValueError(f"kept has {kept.shape[0]} entries, there are {self.state.n} words")
        if self.state.n == 0:
            return
        with nogil:
            status = nlptk_vocabulary_keep(&self.state, &kept[0])
        if status:
            raise MemoryError


cdef class Renamer:
    """Gives the numbers of a text, with -1 at ends of lines, their final names; block by block.

    Parameters
    ----------
    names : (n,) int32
        By number; negative: the word is dropped, as are numbers from n on. Lines of which nothing is left go, too.
    """

    cdef nlptk_sentences state
    cdef const int32_t[::1] names

    def __cinit__(self, const int32_t[::1] names):
        self.names = names

    def rename(self, int32_t[::1] ids):
        """In place; returns how many are left."""
        cdef size_t n = ids.shape[0], n_names = self.names.shape[0]
        cdef const int32_t *names = &self.names[0] if n_names else NULL
        if n == 0:
            return 0
        with nogil:
            n = nlptk_sentences_rename(&self.state, &ids[0], n, names, n_names)
        return n

    @property
    def n_tokens(self):
        """In the sentences that have come to their end."""
        return self.state.n_tokens

    @property
    def n_sentences(self):
        return self.state.n_sentences
