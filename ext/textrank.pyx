"""TextRank on str-free graphs: words that stand near each other, sentences that share words; see textrank.c."""

from cpython cimport array
from libc.float cimport DBL_MAX, DBL_MIN
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport INT32_MAX, int32_t
from libc.string cimport memset

import array


cdef extern from "nlptk/textrank.h" nogil:
    ctypedef struct nlptk_edge:
        int32_t a
        int32_t b
        double weight
    ctypedef struct nlptk_edges:
        nlptk_edge *edges
        ptrdiff_t n
    void nlptk_edges_free(nlptk_edges *e)
    int nlptk_cooccurrences(const int32_t *nodes, ptrdiff_t n, ptrdiff_t span, nlptk_edges *out)
    int nlptk_similarities(const int32_t *words, const int32_t *ends, ptrdiff_t n, int32_t n_words, nlptk_edges *out)
    int nlptk_rank(const nlptk_edges *e, int32_t n_nodes, const int32_t *order, double damping, int32_t iterations,
                   double tolerance, double *scores, int32_t *seen, int32_t *n_seen)


cdef array.array no_doubles = array.array("d")
cdef array.array no_integers = array.array("i")

cdef enum:
    LONG_TEXT = 4096  # tokens: from here on it pays to let other threads run


cdef int check_status(int status) except -1:
    if status == -1:
        raise MemoryError("a graph does not fit in memory")
    if status < 0:
        raise OverflowError("a graph of more than 2^30 edges")
    return 0


cdef int check_range(const int32_t[::1] values, Py_ssize_t low, Py_ssize_t high, str what) except -1:
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        if values[i] < low or values[i] >= high:
            raise ValueError(f"{what} {i} is {values[i]}, expected {low} to {high - 1}")
    return 0


cdef int check_sizes(Py_ssize_t n, Py_ssize_t n_nodes, Py_ssize_t iterations) except -1:
    if n > INT32_MAX:
        raise OverflowError("a text of more than 2^31 tokens")
    if n_nodes < 0 or n_nodes >= INT32_MAX or iterations < 0 or iterations > INT32_MAX:
        raise ValueError("the numbers of nodes and of iterations must be from 0 to 2^31 - 2")
    return 0


def rank(const int32_t[::1] nodes, const int32_t[::1] order, Py_ssize_t n_nodes, Py_ssize_t span=5, double damping=0.85,
         Py_ssize_t iterations=10, double tolerance=0.0):
    """TextRank scores of the words of a text, to the last bit those of jieba's UndirectWeightedGraph before it rescales.

    nodes: for each token a node, -1 for those left out. order: in which order a sweep visits the nodes (jieba: sorted by key), or
    None for 0, 1, ... A pair counts when the second word is among the span - 1 tokens after the first.

    Returns (scores, seen): float64, 0 for a node without an edge; and the nodes that have edges, int32, as first met.
    """
    cdef nlptk_edges edges
    cdef int status
    cdef int32_t n_seen = 0
    cdef Py_ssize_t n = nodes.shape[0]
    cdef const int32_t *nodes_at = &nodes[0] if n else NULL
    cdef const int32_t *order_at = NULL
    cdef array.array scores, seen
    cdef double *scores_at
    cdef int32_t *seen_at
    check_sizes(n, n_nodes, iterations)
    check_range(nodes, -1, n_nodes, "node")
    if order is not None:
        if order.shape[0] != n_nodes:
            raise ValueError(f"order has {order.shape[0]} nodes, expected {n_nodes}")
        check_range(order, 0, n_nodes, "order")
        if n_nodes:
            order_at = &order[0]
    scores = array.clone(no_doubles, n_nodes, False)
    seen = array.clone(no_integers, n_nodes, False)
    scores_at = scores.data.as_doubles
    seen_at = <int32_t *>seen.data.as_ints
    memset(&edges, 0, sizeof(nlptk_edges))
    if n < LONG_TEXT:
        status = nlptk_cooccurrences(nodes_at, n, span, &edges)
        if status == 0:
            status = nlptk_rank(&edges, n_nodes, order_at, damping, iterations, tolerance, scores_at, seen_at, &n_seen)
    else:
        with nogil:
            status = nlptk_cooccurrences(nodes_at, n, span, &edges)
            if status == 0:
                status = nlptk_rank(&edges, n_nodes, order_at, damping, iterations, tolerance, scores_at, seen_at, &n_seen)
    nlptk_edges_free(&edges)
    check_status(status)
    array.resize(seen, n_seen)
    return scores, seen


def rescale(const double[::1] scores, const int32_t[::1] seen):
    """Scores of the nodes in seen, in that order, as jieba gives them: (s - low / 10) / (high - low / 10)."""
    cdef Py_ssize_t i
    cdef double low = DBL_MAX, high = DBL_MIN
    cdef array.array out = array.clone(no_doubles, seen.shape[0], False)
    check_range(seen, 0, scores.shape[0], "node")
    for i in range(seen.shape[0]):
        low = min(low, scores[seen[i]])
        high = max(high, scores[seen[i]])
    for i in range(seen.shape[0]):
        out.data.as_doubles[i] = (scores[seen[i]] - low / 10.0) / (high - low / 10.0)
    return out


def rank_sentences(const int32_t[::1] words, const int32_t[::1] ends, Py_ssize_t n_words, double damping=0.85,
                   Py_ssize_t iterations=100, double tolerance=1e-6):
    """TextRank scores of sentences, float64; an edge weighs |A and B| / (log |A| + log |B|).

    words: the distinct words of each sentence, one sentence after the other; ends: where each sentence ends.
    """
    cdef nlptk_edges edges
    cdef int status
    cdef int32_t n_seen = 0, before = 0
    cdef Py_ssize_t n = ends.shape[0], i
    cdef const int32_t *words_at = &words[0] if words.shape[0] else NULL
    cdef const int32_t *ends_at = &ends[0] if n else NULL
    cdef array.array scores, seen
    check_sizes(words.shape[0], n, iterations)
    check_sizes(words.shape[0], n_words, iterations)
    check_range(words, 0, n_words, "word")
    for i in range(n):
        if ends[i] < before:
            raise ValueError(f"sentence {i} ends before it begins")
        before = ends[i]
    if before != words.shape[0]:
        raise ValueError(f"the last sentence ends at {before}, expected {words.shape[0]}")
    scores = array.clone(no_doubles, n, False)
    seen = array.clone(no_integers, n, False)
    cdef double *scores_at = scores.data.as_doubles
    cdef int32_t *seen_at = <int32_t *>seen.data.as_ints
    memset(&edges, 0, sizeof(nlptk_edges))
    with nogil:
        status = nlptk_similarities(words_at, ends_at, n, n_words, &edges)
        if status == 0:
            status = nlptk_rank(&edges, n, NULL, damping, iterations, tolerance, scores_at, seen_at, &n_seen)
    nlptk_edges_free(&edges)
    check_status(status)
    return scores
