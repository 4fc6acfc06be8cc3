"""Door to ext/word2vec.c: skip-gram and CBOW over a corpus of numbers."""

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

import numpy as np


cdef extern from "nlptk/draw.h" nogil:
    ctypedef struct nlptk_alias:
        uint32_t threshold
        int32_t other
    void nlptk_alias_fill(const double *weights, int64_t n, nlptk_alias *table, double *share, int32_t *work)


cdef extern from "nlptk/word2vec.h" nogil:
    ctypedef struct nlptk_word2vec:
        int64_t n_words, stride
        float *input
        float *output
        const uint32_t *keep
        nlptk_alias *noise
        const int64_t *path_starts
        const int32_t *paths
        const uint8_t *codes
        const int64_t *part_starts
        const int32_t *parts
        int most_parts
        int window, negative, longest_path, shrink, cbow, mean
    ctypedef struct nlptk_word2vec_part:
        int64_t begin, end
        double alpha, last
        uint64_t stream
        double loss
        int64_t examples, words
    ctypedef struct nlptk_word2vec_team:
        nlptk_word2vec_part part
        int threads, block
        void *examples
        int64_t arrived
    int64_t nlptk_word2vec_workspace(const nlptk_word2vec *m)
    void nlptk_word2vec_train(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_part *part, void *workspace)
    int64_t nlptk_word2vec_shared(const nlptk_word2vec *m, int block)
    void nlptk_word2vec_train_together(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_team *team, int thread,
                                       void *workspace)
    int nlptk_huffman_lengths(const int64_t *counts, int64_t n, int32_t *parents, int64_t *work, int64_t *path_starts)
    void nlptk_huffman_paths(const int32_t *parents, int64_t n, const int64_t *path_starts, int32_t *paths, uint8_t *codes)


def alias_table(const double[::1] weights):
    """Walker's table of a distribution: (n, 2) uint32, for each column the share of 2^32 that is its own, and whose the rest is."""
    cdef int64_t n = weights.shape[0]
    if not 0 < n < INT32_MAX or not np.all(np.isfinite(weights)) or np.min(weights) < 0 or np.max(weights) <= 0:
        raise ValueError("weights")
    table = np.empty((n, 2), np.uint32)
    cdef uint32_t[:, ::1] view = table
    cdef double[::1] share = np.empty(n)
    cdef int32_t[::1] work = np.empty(n, np.int32)
    with nogil:
        nlptk_alias_fill(&weights[0], n, <nlptk_alias *>&view[0, 0], &share[0], &work[0])
    return table


def huffman(counts):
    """Codes of words in a Huffman tree, the most frequent ones the shortest.

    Returns
    -------
    starts : int64, shape (n + 1,)
        Where the path of each word stands.
    paths : int32
        Inner nodes, 0 .. n - 2, from the root on.
    codes : uint8
        0 or 1: which way it goes at each.
    """
    counts = np.ascontiguousarray(counts, np.int64)
    cdef int64_t n = counts.shape[0]
    if not 0 < n < INT32_MAX // 2 or np.min(counts) < 0:
        raise ValueError("counts")
    order = np.argsort(-counts, kind="stable")
    cdef int64_t[::1] falling = counts[order]
    cdef int32_t[::1] parents = np.empty(2 * n, np.int32)
    cdef int64_t[::1] work = np.empty(n, np.int64), starts = np.empty(n + 1, np.int64)
    with nogil:
        nlptk_huffman_lengths(&falling[0], n, &parents[0], &work[0], &starts[0])
    cdef int32_t[::1] paths = np.empty(max(1, starts[n]), np.int32)
    cdef uint8_t[::1] codes = np.empty(max(1, starts[n]), np.uint8)
    with nogil:
        nlptk_huffman_paths(&parents[0], n, &starts[0], &paths[0], &codes[0])
    lengths = np.empty(n, np.int64)
    lengths[order] = np.diff(starts)
    in_order = np.concatenate([[0], np.cumsum(lengths)])
    # the path number k of the k-th word by frequency goes to that word's place
    shift = np.repeat(in_order[order] - np.asarray(starts)[:n], np.diff(starts))
    where = np.arange(starts[n]) + shift
    sorted_paths, sorted_codes = np.empty(starts[n], np.int32), np.empty(starts[n], np.uint8)
    sorted_paths[where], sorted_codes[where] = np.asarray(paths)[: starts[n]], np.asarray(codes)[: starts[n]]
    return in_order, sorted_paths, sorted_codes


cdef class Network:
    """Two matrices, and how they are trained. Several threads may train at a time, as HogWild (Niu et al. 2011): without locks.

    Parameters
    ----------
    input : float32, shape (V, stride)
        A row for each word: what becomes the vectors. The stride is a multiple of 16.
    output : float32, shape (n, stride)
        A row for each word, if ``negative > 0`` or there is no tree; then a row for each of the V - 1 inner nodes of the tree.
    window, negative : int
    cbow, mean, shrink : bool
    keep : uint32, shape (V,), optional
        How often of 2^32 times an occurrence of a word is taken.
    noise : uint32, shape (V, 2), optional
        Of :func:`alias_table`.
    subwords : (starts, rows), optional
        int64 of shape (V + 1,) and int32: the vector of word i is the mean of the input's rows ``rows[starts[i]:starts[i + 1]]``, of
        which there may be more than V. In skip-gram a word then predicts its window, as in fastText, and not the other way round.
    tree : (starts, paths, codes), optional
        Of :func:`huffman`. Neither noise nor a tree: the full softmax.
    """

    cdef nlptk_word2vec m
    cdef object _kept

    def __init__(self, float[:, ::1] input, float[:, ::1] output, int window, int negative=0, bint cbow=False, bint mean=True,
                 bint shrink=True, const uint32_t[::1] keep=None, const uint32_t[:, ::1] noise=None, tree=None, subwords=None):
        cdef int64_t n = input.shape[0]
        cdef const int64_t[::1] starts, part_starts
        cdef const int32_t[::1] parts
        cdef const int32_t[::1] paths
        cdef const uint8_t[::1] codes
        cdef int64_t nodes = 0, i
        if not 0 < n < INT32_MAX or input.shape[1] == 0 or input.shape[1] % 16 or output.shape[1] != input.shape[1]:
            raise ValueError("shapes of the matrices")
        if not 1 <= window <= 10000 or not 0 <= negative <= 10000 or (negative > 0) != (noise is not None):
            raise ValueError("window, negative or noise")
        if subwords is not None:
            part_starts, parts = subwords
            n = part_starts.shape[0] - 1
            if n < 1 or part_starts[0] != 0 or part_starts[n] != parts.shape[0] or np.any(np.diff(part_starts) < 1):
                raise ValueError("subwords")
            if np.min(parts) < 0 or np.max(parts) >= input.shape[0] or (negative == 0 and tree is None):
                raise ValueError("subwords")
            self.m.part_starts, self.m.parts, self.m.most_parts = &part_starts[0], &parts[0], np.max(np.diff(part_starts))
        if keep is not None:
            if keep.shape[0] != n:
                raise ValueError("keep")
            self.m.keep = &keep[0]
        self.m.n_words, self.m.stride, self.m.input = n, input.shape[1], &input[0, 0]
        self.m.window, self.m.negative, self.m.cbow, self.m.mean, self.m.shrink = window, negative, cbow, mean, shrink
        if noise is not None:
            if noise.shape[0] != n or noise.shape[1] != 2 or np.max(np.asarray(noise)[:, 1]) >= n:
                raise ValueError("noise")
            self.m.noise = <nlptk_alias *><void *>&noise[0, 0]
        if tree is not None:
            starts, paths, codes = tree
            nodes = n - 1
            if starts.shape[0] != n + 1 or starts[0] != 0 or starts[n] != paths.shape[0] or codes.shape[0] != paths.shape[0]:
                raise ValueError("tree")
            if np.any(np.diff(starts) < 0) or np.any(np.diff(starts) > 10000):
                raise ValueError("tree")
            if paths.shape[0] and (np.min(paths) < 0 or np.max(paths) >= nodes):
                raise ValueError("tree")
            self.m.path_starts = &starts[0]
            if paths.shape[0]:
                self.m.paths, self.m.codes = &paths[0], &codes[0]
            self.m.longest_path = np.max(np.diff(starts))
        if output.shape[0] != nodes + (n if negative or tree is None else 0):
            raise ValueError("shapes of the matrices")
        self.m.output = &output[0, 0] if output.shape[0] else NULL
        self._kept = input, output, keep, noise, None if tree is None else (starts, paths, codes), subwords

    cdef nlptk_word2vec_part _part(self, const int32_t[::1] ids, int64_t begin, int64_t end, double alpha, double last,
                                   uint64_t stream) except *:
        cdef nlptk_word2vec_part part
        if not 0 <= begin <= end <= ids.shape[0]:
            raise IndexError("part of the corpus")
        part.begin, part.end, part.alpha, part.last, part.stream = begin, end, alpha, last, stream
        part.loss, part.examples, part.words = 0, 0, 0
        return part

    def train(self, const int32_t[::1] ids, int64_t begin, int64_t end, double alpha, double last, uint64_t stream):
        """Learn from the places begin .. end of a corpus, -1 at the end of each sentence.

        Parameters
        ----------
        ids : int32
            What is no word's number ends a sentence.
        begin, end : int
        alpha, last : float
            The learning rate falls from `alpha` at `begin` to `last` at `end`.
        stream : int
            Seed; the same numbers are drawn at the same places, however the corpus is cut.

        Returns
        -------
        loss : float
            Sum of the negative log likelihoods.
        examples : int
            How many: pairs of words, for CBOW words.
        words : int
            Words seen, with those that subsampling leaves out.
        """
        cdef nlptk_word2vec_part part = self._part(ids, begin, end, alpha, last, stream)
        cdef void *workspace
        if begin == end:
            return 0.0, 0, 0
        workspace = malloc(nlptk_word2vec_workspace(&self.m))
        if workspace == NULL:
            raise MemoryError
        with nogil:
            nlptk_word2vec_train(&self.m, &ids[0], &part, workspace)
        free(workspace)
        return part.loss, part.examples, part.words

    def team(self, const int32_t[::1] ids, int64_t begin, int64_t end, double alpha, double last, uint64_t stream, int threads,
             int block):
        """The same for several threads whose number does not matter; see :class:`Team`. `block`: examples between two waits."""
        cdef Team team = Team.__new__(Team)
        if threads < 1 or block < 1 or (self.m.negative == 0 and self.m.path_starts == NULL):
            raise ValueError("threads, block, or the full softmax")
        team.network, team.ids = self, ids
        team.state.part = self._part(ids, begin, end, alpha, last, stream)
        team.state.threads, team.state.block, team.state.arrived = threads, block, 0
        team.state.examples = malloc(nlptk_word2vec_shared(&self.m, block))
        if team.state.examples == NULL:
            raise MemoryError
        return team


cdef class Team:
    """Threads that train together: each calls `work` with its number, and waits in it for the others.

    The result is the same for any number of threads, to the last bit; it is not that of :meth:`Network.train`.
    """

    cdef nlptk_word2vec_team state
    cdef Network network
    cdef const int32_t[::1] ids

    def __dealloc__(self):
        free(self.state.examples)

    def work(self, int thread):
        """What thread number `thread` has to do."""
        cdef void *workspace
        if self.network is None:
            raise ValueError("made by Network.team only")
        if not 0 <= thread < self.state.threads:
            raise IndexError("thread")
        if self.state.part.begin == self.state.part.end:
            return
        workspace = malloc(nlptk_word2vec_workspace(&self.network.m))
        if workspace == NULL:
            raise MemoryError
        with nogil:
            nlptk_word2vec_train_together(&self.network.m, &self.ids[0], &self.state, thread, workspace)
        free(workspace)

    @property
    def result(self):
        """(loss, examples, words), as from :meth:`Network.train`."""
        return self.state.part.loss, self.state.part.examples, self.state.part.words
