#include "nlptk/chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nlptk/forward_backward.h"
#include "nlptk/simd.h"

#define AHEAD 16 /* attributes whose rows are fetched before they are needed */

int nlptk_chain_width(int n_labels)
{
    if (n_labels <= 4) return 4;
    return (n_labels + 7) / 8 * 8;
}

/* Pairs take a float for the label and one for the weight. */
static int is_dense(int n_labels, int width, int64_t pairs)
{
    return pairs > 1 && (2 * pairs >= width || pairs >= 8 || n_labels <= 8);
}

int64_t nlptk_chain_cells(int n_labels, int64_t n_attributes, const int64_t *row_ptr)
{
    const int width = nlptk_chain_width(n_labels);
    int64_t cells = 0;
    if (!row_ptr) return n_attributes * width;
    for (int64_t a = 0; a < n_attributes; a++) {
        const int64_t pairs = row_ptr[a + 1] - row_ptr[a];
        cells += is_dense(n_labels, width, pairs) ? width : 2 * pairs;
    }
    return cells;
}

void nlptk_chain_compile(int n_labels, int64_t n_attributes, const int64_t *row_ptr, const uint16_t *row_label,
                         const float *weights, uint64_t *place, float *cells)
{
    const int width = nlptk_chain_width(n_labels);
    uint64_t at = 0;
    for (int64_t a = 0; a < n_attributes; a++) {
        const int64_t begin = row_ptr ? row_ptr[a] : a * n_labels, pairs = row_ptr ? row_ptr[a + 1] - begin : n_labels;
        if (!row_ptr || is_dense(n_labels, width, pairs)) {
            place[a] = at << 16 | NLPTK_CHAIN_DENSE;
            memset(cells + at, 0, (size_t)width * sizeof *cells);
            for (int64_t f = begin; f < begin + pairs; f++) cells[at + (row_ptr ? row_label[f] : (uint64_t)(f - begin))] = weights[f];
            at += (uint64_t)width;
            continue;
        }
        place[a] = at << 16 | (uint64_t)pairs;
        for (int64_t f = begin; f < begin + pairs; f++) {
            const uint32_t label = row_label[f];
            memcpy(cells + at++, &label, sizeof label);
            cells[at++] = weights[f];
        }
    }
}

/* s_t(y) of the items begin .. end */
NLPTK_INLINE void score_items(const nlptk_chain *c, const nlptk_sentences *x, const int width, int64_t begin, int64_t end,
                              float *scores)
{
    const int64_t last = x->indptr[end];
    for (int64_t t = begin; t < end; t++, scores += width) {
#pragma omp simd
        for (int y = 0; y < width; y++) scores[y] = 0;
        for (int64_t i = x->indptr[t]; i < x->indptr[t + 1]; i++) {
            const uint64_t place = c->place[x->indices[i]];
            const float *row = c->cells + (place >> 16), value = x->values ? x->values[i] : 1;
            const int pairs = (int)(place & 0xFFFF);
            if (i + AHEAD < last) {
                __builtin_prefetch(&c->place[x->indices[i + AHEAD]]);
                __builtin_prefetch(c->cells + (c->place[x->indices[i + AHEAD / 2]] >> 16));
            }
            if (pairs == NLPTK_CHAIN_DENSE) {
                /* told that they do not overlap, or the compiler adds one by one */
                if (x->values) {
#pragma omp simd
                    for (int y = 0; y < width; y++) scores[y] += value * row[y];
                } else {
#pragma omp simd
                    for (int y = 0; y < width; y++) scores[y] += row[y];
                }
                continue;
            }
            for (int k = 0; k < pairs; k++) {
                uint32_t label;
                memcpy(&label, row + 2 * k, sizeof label);
                scores[label] += value * row[2 * k + 1];
            }
        }
    }
}

NLPTK_INLINE void constrain(const nlptk_chain *c, const int width, int64_t n, float *scores)
{
    for (int y = 0; y < width; y++) {
        scores[y] += c->begin[y];
        scores[(n - 1) * width + y] += c->end[y];
    }
}

/* The best path of one sentence; false if every path is forbidden. */
NLPTK_INLINE int viterbi(const int labels, const int width, int64_t n, const float *scores, const float *moves, float *best,
                         int32_t *from, uint16_t *out)
{
    float *now = best, *then = best + width;
    for (int y = 0; y < width; y++) now[y] = y < labels ? scores[y] : -INFINITY;
    for (int64_t t = 1; t < n; t++) {
        int32_t *back = from + t * width;
        const float *s = scores + t * width;
        const float first = now[0];
#pragma omp simd
        for (int k = 0; k < width; k++) then[k] = first + moves[k], back[k] = 0;
        for (int32_t j = 1; j < labels; j++) {
            const float score = now[j], *row = moves + j * width;
#pragma omp simd
            for (int k = 0; k < width; k++) {
                const float sum = score + row[k];
                back[k] = sum > then[k] ? j : back[k];
                then[k] = sum > then[k] ? sum : then[k];
            }
        }
#pragma omp simd
        for (int k = 0; k < width; k++) then[k] += s[k];
        float *swap = now;
        now = then, then = swap;
    }
    int y = 0;
    for (int k = 1; k < labels; k++)
        if (now[k] > now[y]) y = k;
    const int possible = now[y] > -INFINITY;
    for (int64_t t = n - 1; t >= 0; t--) {
        out[t] = (uint16_t)y;
        if (t) y = from[t * width + y];
    }
    return possible;
}

static int64_t longest_of(const nlptk_sentences *x, int64_t first, int64_t last)
{
    int64_t longest = 1;
    for (int64_t s = first; s < last; s++) longest = x->starts[s + 1] - x->starts[s] > longest ? x->starts[s + 1] - x->starts[s] : longest;
    return longest;
}

NLPTK_INLINE void decode(const nlptk_chain *c, const nlptk_sentences *x, const int width, int64_t first, int64_t last, float *scores,
                         float *best, int32_t *from, uint16_t *out)
{
    for (int64_t s = first; s < last; s++) {
        const int64_t begin = x->starts[s], n = x->starts[s + 1] - begin;
        if (!n) continue;
        score_items(c, x, width, begin, begin + n, scores);
        if (!c->constrained) {
            viterbi(c->n_labels, width, n, scores, c->moves, best, from, out + begin);
            continue;
        }
        constrain(c, width, n, scores);
        if (viterbi(c->n_labels, width, n, scores, c->moves, best, from, out + begin)) continue;
        score_items(c, x, width, begin, begin + n, scores);
        viterbi(c->n_labels, width, n, scores, c->free_moves, best, from, out + begin);
    }
}

NLPTK_CLONES
int nlptk_chain_decode(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, uint16_t *out)
{
    const size_t width = (size_t)c->width, longest = (size_t)longest_of(x, first, last);
    float *const scores = malloc((2 * longest + 2) * width * sizeof *scores);
    if (!scores) return NLPTK_CHAIN_MEMORY;
    float *const best = scores + longest * width;
    int32_t *const from = (int32_t *)(best + 2 * width);
    switch (c->width) {
    case 4: decode(c, x, 4, first, last, scores, best, from, out); break;
    case 8: decode(c, x, 8, first, last, scores, best, from, out); break;
    case 16: decode(c, x, 16, first, last, scores, best, from, out); break;
    case 24: decode(c, x, 24, first, last, scores, best, from, out); break;
    case 48: decode(c, x, 48, first, last, scores, best, from, out); break;
    default: decode(c, x, c->width, first, last, scores, best, from, out);
    }
    free(scores);
    return NLPTK_CHAIN_OK;
}

/* ---- probabilities */

typedef struct {
    nlptk_potentials p;
    float *rows;
    double *scores, *alpha, *beta, *next, *buffer;
} sums;

static int sums_open(sums *w, const nlptk_chain *c, int64_t longest)
{
    const size_t width = (size_t)c->width, n = (size_t)longest, labels = (size_t)c->n_labels;
    double *at = malloc(((4 * n + 2 * labels + 1) * width + (n * width + 1) / 2) * sizeof *at);
    if (!at) return NLPTK_CHAIN_MEMORY;
    w->scores = at;
    w->alpha = w->scores + n * width;
    w->beta = w->alpha + n * width;
    w->next = w->beta + n * width;
    w->buffer = w->next + n * width;
    w->p.labels = c->n_labels;
    w->p.transitions = c->transitions;
    w->p.factors = w->buffer + width;
    w->p.turned = w->p.factors + labels * width;
    w->rows = (float *)(w->p.turned + labels * width);
    nlptk_potentials_fill(&w->p, c->width);
    return NLPTK_CHAIN_OK;
}

NLPTK_INLINE void score_doubles(const nlptk_chain *c, const nlptk_sentences *x, const int width, sums *w, int64_t begin, int64_t n)
{
    score_items(c, x, width, begin, begin + n, w->rows);
    if (c->constrained) constrain(c, width, n, w->rows);
    for (int64_t i = 0; i < n * width; i++) w->scores[i] = w->rows[i];
}

/* log Z of a sentence; `in_logs` tells what alpha and beta hold. */
NLPTK_INLINE double log_z(const nlptk_chain *c, const nlptk_sentences *x, const int width, sums *w, int64_t begin, int64_t n, int *in_logs)
{
    score_doubles(c, x, width, w, begin, n);
    double z = nlptk_scaled(&w->p, width, n, w->scores, w->alpha, w->beta, w->next);
    *in_logs = isnan(z);
    if (*in_logs) {
        score_doubles(c, x, width, w, begin, n);
        z = nlptk_logarithmic(&w->p, width, n, w->scores, w->alpha, w->beta, w->buffer);
    }
    return z;
}

NLPTK_INLINE int marginals(const nlptk_chain *c, const nlptk_sentences *x, const int width, int64_t first, int64_t last, sums *w,
                           float *out)
{
    for (int64_t s = first; s < last; s++) {
        const int64_t begin = x->starts[s], n = x->starts[s + 1] - begin;
        int in_logs;
        if (!n) continue;
        const double z = log_z(c, x, width, w, begin, n, &in_logs);
        if (!isfinite(z)) return NLPTK_CHAIN_NOT_FINITE;
        for (int64_t t = 0; t < n; t++) {
            const double *a = w->alpha + t * width, *b = w->beta + t * width;
            float *row = out + (begin + t) * c->n_labels;
            for (int y = 0; y < c->n_labels; y++) row[y] = (float)(in_logs ? exp(a[y] + b[y] - z) : a[y] * b[y]);
        }
    }
    return NLPTK_CHAIN_OK;
}

NLPTK_CLONES
int nlptk_chain_marginals(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, float *out)
{
    sums w;
    int status = sums_open(&w, c, longest_of(x, first, last));
    if (status) return status;
    switch (c->width) {
    case 4: status = marginals(c, x, 4, first, last, &w, out); break;
    case 8: status = marginals(c, x, 8, first, last, &w, out); break;
    case 24: status = marginals(c, x, 24, first, last, &w, out); break;
    default: status = marginals(c, x, c->width, first, last, &w, out);
    }
    free(w.scores);
    return status;
}

NLPTK_CLONES
int nlptk_chain_likelihood(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, const uint16_t *labels,
                           double *out)
{
    sums w;
    const int status = sums_open(&w, c, longest_of(x, first, last));
    if (status) return status;
    for (int64_t s = first; s < last; s++) {
        const int64_t begin = x->starts[s], n = x->starts[s + 1] - begin;
        int in_logs;
        out[s] = 0;
        if (!n) continue;
        const double z = log_z(c, x, c->width, &w, begin, n, &in_logs);
        score_doubles(c, x, c->width, &w, begin, n);
        double gold = 0;
        for (int64_t t = 0; t < n; t++) {
            gold += w.scores[t * c->width + labels[begin + t]];
            if (t) gold += c->transitions[labels[begin + t - 1] * c->n_labels + labels[begin + t]];
        }
        out[s] = gold - z;
    }
    free(w.scores);
    return NLPTK_CHAIN_OK;
}

/* ---- N-best: A* from the end (Nagata 1994); what Viterbi found for the items before is the exact estimate of the rest */

typedef struct {
    double total, after; /* the best that this can become; score of what follows item t */
    int64_t after_node;  /* the node of item t + 1 */
    int64_t t;
    int y;
} node;

typedef struct {
    node *nodes;
    int64_t *heap;
    int64_t n_nodes, n_heap, cap;
} queue;

/* Whether a comes before b: the better one, else the one with the lower label where they first differ from the end. */
static int comes_first(const queue *q, int64_t a, int64_t b)
{
    if (q->nodes[a].total != q->nodes[b].total) return q->nodes[a].total > q->nodes[b].total;
    while (q->nodes[a].t < q->nodes[b].t) a = q->nodes[a].after_node;
    while (q->nodes[b].t < q->nodes[a].t) b = q->nodes[b].after_node;
    while (q->nodes[a].after_node != q->nodes[b].after_node) a = q->nodes[a].after_node, b = q->nodes[b].after_node;
    return q->nodes[a].y < q->nodes[b].y;
}

static int push(queue *q, node x)
{
    if (q->n_nodes == q->cap) {
        const int64_t cap = q->cap ? 2 * q->cap : 1024;
        node *nodes = realloc(q->nodes, (size_t)cap * sizeof *nodes);
        if (nodes) q->nodes = nodes;
        int64_t *heap = realloc(q->heap, (size_t)cap * sizeof *heap);
        if (heap) q->heap = heap;
        if (!nodes || !heap) return NLPTK_CHAIN_MEMORY;
        q->cap = cap;
    }
    q->nodes[q->n_nodes] = x;
    int64_t at = q->n_heap++;
    q->heap[at] = q->n_nodes++;
    while (at && comes_first(q, q->heap[at], q->heap[(at - 1) / 2])) {
        const int64_t up = (at - 1) / 2, swap = q->heap[at];
        q->heap[at] = q->heap[up], q->heap[up] = swap;
        at = up;
    }
    return NLPTK_CHAIN_OK;
}

static int64_t pop(queue *q)
{
    const int64_t top = q->heap[0];
    q->heap[0] = q->heap[--q->n_heap];
    for (int64_t at = 0;;) {
        int64_t least = at;
        for (int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < q->n_heap; child++)
            if (comes_first(q, q->heap[child], q->heap[least])) least = child;
        if (least == at) return top;
        const int64_t swap = q->heap[at];
        q->heap[at] = q->heap[least], q->heap[least] = swap;
        at = least;
    }
}

int nlptk_chain_best(const nlptk_chain *c, const nlptk_sentences *x, int64_t sentence, int64_t n, uint16_t *paths, double *scores,
                     int64_t *found)
{
    const int64_t begin = x->starts[sentence], length = x->starts[sentence + 1] - begin;
    const int labels = c->n_labels, width = c->width;
    queue q = {NULL, NULL, 0, 0, 0};
    float *const rows = malloc((size_t)(length + 1) * (size_t)width * sizeof *rows);
    double *const best = malloc((size_t)(length + 1) * (size_t)width * sizeof *best);
    int status = rows && best ? NLPTK_CHAIN_OK : NLPTK_CHAIN_MEMORY;
    *found = 0;
    if (!status && length) {
        score_items(c, x, width, begin, begin + length, rows);
        if (c->constrained) constrain(c, width, length, rows);
        for (int64_t t = 0; t < length; t++)
            for (int k = 0; k < labels; k++) {
                double most = t ? -INFINITY : 0;
                for (int j = 0; t && j < labels; j++) {
                    const double sum = best[(t - 1) * width + j] + c->transitions[j * labels + k];
                    most = sum > most ? sum : most;
                }
                best[t * width + k] = most + rows[t * width + k];
            }
        for (int k = 0; k < labels && !status; k++) {
            const double total = best[(length - 1) * width + k];
            if (total > -INFINITY) status = push(&q, (node){total, 0, -1, length - 1, k});
        }
    }
    while (!status && q.n_heap && *found < n) {
        const int64_t at = pop(&q);
        const node x = q.nodes[at];
        if (!x.t) {
            uint16_t *path = paths + *found * length;
            for (int64_t i = at; i >= 0; i = q.nodes[i].after_node) path[q.nodes[i].t] = (uint16_t)q.nodes[i].y;
            scores[(*found)++] = x.total;
            continue;
        }
        for (int j = 0; j < labels && !status; j++) {
            const double after = x.after + rows[x.t * width + x.y] + c->transitions[j * labels + x.y];
            const double total = best[(x.t - 1) * width + j] + after;
            if (total > -INFINITY) status = push(&q, (node){total, after, at, x.t - 1, j});
        }
    }
    free(rows), free(best), free(q.nodes), free(q.heap);
    return status;
}
