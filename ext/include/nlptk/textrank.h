#ifndef NLPTK_TEXTRANK_H
#define NLPTK_TEXTRANK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NLPTK_TEXTRANK_OK = 0, NLPTK_TEXTRANK_MEMORY = -1, NLPTK_TEXTRANK_TOO_LARGE = -2 };

/* An undirected weighted edge as it was found first: a before b in the text. */
typedef struct {
    int32_t a, b;
    double weight;
} nlptk_edge;

typedef struct {
    nlptk_edge *edges;
    ptrdiff_t n, cap;
} nlptk_edges;

void nlptk_edges_free(nlptk_edges *e);

/* How often b follows a within the next span - 1 tokens; distinct (a, b) in the order in which they are first met.
   nodes (n): node of each token, -1 = none. */
int nlptk_cooccurrences(const int32_t *nodes, ptrdiff_t n, ptrdiff_t span, nlptk_edges *out);

/* Similarity of sentences that share words: |A and B| / (log |A| + log |B|).
   words (ends[n - 1]): distinct words of the sentences, one sentence after the other; ends (n): where each ends. */
int nlptk_similarities(const int32_t *words, const int32_t *ends, ptrdiff_t n, int32_t n_words, nlptk_edges *out);

/* Sum of scores along edges, swept in place.
   order (n_nodes): in which order a sweep visits the nodes, NULL = by number. tolerance: stop when no score moved by more.
   scores (n_nodes): out, 0 for nodes without an edge. seen (n_nodes), n_seen: out, nodes as the edges first name them. */
int nlptk_rank(const nlptk_edges *e, int32_t n_nodes, const int32_t *order, double damping, int32_t iterations, double tolerance,
               double *scores, int32_t *seen, int32_t *n_seen);

#endif
