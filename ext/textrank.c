/* ext/textrank.c   Graphs of words and of sentences, and PageRank on them (Mihalcea & Tarau 2004).

   score[v] = (1 - d) + d * sum over edges (v, u) of w(v, u) / out[u] * score[u],   out[u] = sum of u's weights

   Scores are summed in a fixed order, that of jieba's UndirectWeightedGraph: an edge is in the lists of both its ends (twice in
   one list when it is a loop), lists grow in the order in which pairs are first met. So the doubles are jieba's, bit for bit. */
#include "nlptk/textrank.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* a fused multiply-add rounds once where jieba rounds twice */
#endif

void nlptk_edges_free(nlptk_edges *e)
{
    free(e->edges);
    memset(e, 0, sizeof *e);
}

static int add_edge(nlptk_edges *e, int32_t a, int32_t b, double weight)
{
    if (e->n == e->cap) {
        const ptrdiff_t cap = e->cap ? 2 * e->cap : 256;
        if ((size_t)cap > SIZE_MAX / sizeof *e->edges || cap > INT32_MAX / 2) return NLPTK_TEXTRANK_TOO_LARGE;
        nlptk_edge *more = realloc(e->edges, (size_t)cap * sizeof *more);
        if (!more) return NLPTK_TEXTRANK_MEMORY;
        e->edges = more, e->cap = cap;
    }
    e->edges[e->n++] = (nlptk_edge){a, b, weight};
    return NLPTK_TEXTRANK_OK;
}

/* Hash table of edges by their ends: slots hold 1 + the number of an edge, 0 = free. */
typedef struct {
    int32_t *slots;
    size_t mask;
} edge_table;

static size_t edge_slot(const edge_table *t, const nlptk_edges *e, int32_t a, int32_t b)
{
    const uint64_t key = (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
    size_t at = (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & t->mask;
    while (t->slots[at] && (e->edges[t->slots[at] - 1].a != a || e->edges[t->slots[at] - 1].b != b)) at = (at + 1) & t->mask;
    return at;
}

static int grow_table(edge_table *t, const nlptk_edges *e, size_t size)
{
    edge_table larger = {calloc(size, sizeof *larger.slots), size - 1};
    if (!larger.slots) return NLPTK_TEXTRANK_MEMORY;
    for (ptrdiff_t i = 0; i < e->n; i++) larger.slots[edge_slot(&larger, e, e->edges[i].a, e->edges[i].b)] = (int32_t)i + 1;
    free(t->slots);
    *t = larger;
    return NLPTK_TEXTRANK_OK;
}

int nlptk_cooccurrences(const int32_t *nodes, ptrdiff_t n, ptrdiff_t span, nlptk_edges *out)
{
    edge_table table = {NULL, 0};
    int status = grow_table(&table, out, 1024);
    for (ptrdiff_t i = 0; i < n && !status; i++) {
        if (nodes[i] < 0) continue;
        const ptrdiff_t end = n - i < span ? n : i + span;
        for (ptrdiff_t j = i + 1; j < end; j++) {
            if (nodes[j] < 0) continue;
            const size_t at = edge_slot(&table, out, nodes[i], nodes[j]);
            if (table.slots[at]) {
                out->edges[table.slots[at] - 1].weight += 1;
                continue;
            }
            if ((status = add_edge(out, nodes[i], nodes[j], 1))) break;
            table.slots[at] = (int32_t)out->n;
            if ((size_t)out->n * 2 > table.mask && (status = grow_table(&table, out, 2 * (table.mask + 1)))) break;
        }
    }
    free(table.slots);
    return status;
}

int nlptk_similarities(const int32_t *words, const int32_t *ends, ptrdiff_t n, int32_t n_words, nlptk_edges *out)
{
    const int32_t total = n ? ends[n - 1] : 0;
    int32_t *first = calloc((size_t)n_words + 2, sizeof *first); /* where a word's list of sentences begins */
    int32_t *holders = malloc(((size_t)total + 1) * sizeof *holders);
    int32_t *shared = calloc((size_t)n + 1, sizeof *shared), *touched = malloc(((size_t)n + 1) * sizeof *touched);
    int status = first && holders && shared && touched ? NLPTK_TEXTRANK_OK : NLPTK_TEXTRANK_MEMORY;
    if (!status) {
        for (int32_t k = 0; k < total; k++) first[words[k] + 2]++;
        for (int32_t w = 0; w < n_words; w++) first[w + 2] += first[w + 1];
        for (ptrdiff_t s = 0; s < n; s++)
            for (int32_t k = s ? ends[s - 1] : 0; k < ends[s]; k++) holders[first[words[k] + 1]++] = (int32_t)s;
    }
    for (ptrdiff_t s = 0; s < n && !status; s++) {
        const int32_t begin = s ? ends[s - 1] : 0;
        ptrdiff_t n_touched = 0;
        for (int32_t k = begin; k < ends[s]; k++)
            for (int32_t h = first[words[k] + 1] - 1; h >= first[words[k]] && holders[h] > s; h--)
                if (!shared[holders[h]]++) touched[n_touched++] = holders[h];
        for (ptrdiff_t i = 0; i < n_touched; i++) {
            const int32_t other = touched[i], size = ends[other] - ends[other - 1]; /* other > s >= 0 */
            const double length = log((double)(ends[s] - begin)) + log((double)size);
            if (length > 0 && !status) status = add_edge(out, (int32_t)s, other, shared[other] / length);
            shared[other] = 0;
        }
    }
    free(first), free(holders), free(shared), free(touched);
    return status;
}

/* One end of an edge, as the other end's list holds it. */
typedef struct {
    int32_t node;
    double weight;
} neighbour;

static void sweep(const int32_t *order, int32_t n_nodes, const ptrdiff_t *first, const neighbour *near, const double *out, double d,
                  double *scores, double *moved)
{
    *moved = 0;
    for (int32_t i = 0; i < n_nodes; i++) {
        const int32_t v = order ? order[i] : i;
        if (first[v] == first[v + 1]) continue;
        double s = 0;
        for (ptrdiff_t k = first[v]; k < first[v + 1]; k++) s += near[k].weight / out[near[k].node] * scores[near[k].node];
        const double before = scores[v];
        scores[v] = (1 - d) + d * s;
        if (fabs(scores[v] - before) > *moved) *moved = fabs(scores[v] - before);
    }
}

int nlptk_rank(const nlptk_edges *e, int32_t n_nodes, const int32_t *order, double damping, int32_t iterations, double tolerance,
               double *scores, int32_t *seen, int32_t *n_seen)
{
    ptrdiff_t *first = calloc((size_t)n_nodes + 2, sizeof *first);
    neighbour *near = malloc((2 * (size_t)e->n + 1) * sizeof *near);
    double *out = calloc((size_t)n_nodes + 1, sizeof *out);
    int32_t n = 0;
    if (!first || !near || !out) {
        free(first), free(near), free(out);
        return NLPTK_TEXTRANK_MEMORY;
    }
    for (ptrdiff_t i = 0; i < e->n; i++) {
        const int32_t a = e->edges[i].a, b = e->edges[i].b;
        if (!first[a + 2]++) seen[n++] = a;
        if (!first[b + 2]++) seen[n++] = b;
    }
    *n_seen = n;
    for (int32_t v = 0; v < n_nodes; v++) first[v + 2] += first[v + 1]; /* first[v + 1]: where v's list goes on */
    for (ptrdiff_t i = 0; i < e->n; i++) {
        const nlptk_edge x = e->edges[i];
        near[first[x.a + 1]++] = (neighbour){x.b, x.weight};
        near[first[x.b + 1]++] = (neighbour){x.a, x.weight};
    }
    for (int32_t v = 0; v < n_nodes; v++) {
        scores[v] = first[v] < first[v + 1] ? 1.0 / n : 0;
        for (ptrdiff_t k = first[v]; k < first[v + 1]; k++) out[v] += near[k].weight;
    }
    for (int32_t i = 0; i < iterations; i++) {
        double moved;
        sweep(order, n_nodes, first, near, out, damping, scores, &moved);
        if (moved <= tolerance) break; /* with tolerance 0: nothing moves any more, so nothing will */
    }
    free(first), free(near), free(out);
    return NLPTK_TEXTRANK_OK;
}
