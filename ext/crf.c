#include "nlptk/crf.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast") /* training need not agree to the last bit between processors */
#endif

#include <math.h>
#include <string.h>

#include "nlptk/forward_backward.h"
#include "nlptk/simd.h"

#define AHEAD 16 /* rows that are fetched before they are needed */

int nlptk_crf_width(int n_labels)
{
    if (n_labels <= 4) return 4;
    return (n_labels + 7) / 8 * 8;
}

size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest)
{
    const size_t width = (size_t)m->width, labels = (size_t)m->n_labels;
    return (5 * (size_t)longest + 4 * labels + width + 2) * width;
}

NLPTK_CLONES
void nlptk_crf_spread(const nlptk_crf *m, const double *x, int64_t from, int64_t to, float *table, float *sparse)
{
    const int width = m->width;
    for (int64_t a = from; a < to; a++) {
        float *row = table + a * width;
        for (int y = 0; y < width; y++) row[y] = 0;
        for (int64_t f = m->dense_row[a]; f < m->dense_row[a + 1]; f++) row[m->dense_label[f]] = (float)x[f];
    }
    if (to == m->n_dense)
        for (int64_t f = 0; f < m->n_sparse; f++) sparse[f] = (float)x[m->first_sparse + f];
}

/* The first variable of an item that is not before `item`. */
static int64_t first_single(const nlptk_crf *m, int64_t item)
{
    int64_t low = 0, high = m->n_single;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (m->single_item[middle] < item) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* s_t(y) of the items of a sentence */
NLPTK_INLINE void score_items(const nlptk_crf *m, const int width, int64_t begin, int64_t end, const double *x, const float *table,
                              const float *sparse, int64_t *single, double *scores)
{
    const int64_t last = m->dense_ptr[end], last_sparse = m->sparse_ptr[end];
    float row[1024];
    for (int64_t t = begin; t < end; t++, scores += width) {
        int64_t i = m->dense_ptr[t];
        const int64_t stop = m->dense_ptr[t + 1];
        for (int y = 0; y < width; y++) row[y] = 0;
        if (m->dense_value) {
            for (; i < stop; i++) {
                const float *a = table + (size_t)m->dense[i] * (size_t)width, value = m->dense_value[i];
                for (int y = 0; y < width; y++) row[y] += value * a[y];
            }
        }
        for (; i + 4 <= stop; i += 4) {
            const float *a = table + (size_t)m->dense[i] * (size_t)width, *b = table + (size_t)m->dense[i + 1] * (size_t)width;
            const float *c = table + (size_t)m->dense[i + 2] * (size_t)width, *d = table + (size_t)m->dense[i + 3] * (size_t)width;
            if (i + AHEAD + 4 <= last)
                for (int k = 0; k < 4; k++) {
                    const float *next = table + (size_t)m->dense[i + AHEAD + k] * (size_t)width;
                    __builtin_prefetch(next);
                    if (width > 16) __builtin_prefetch(next + 16);
                }
            for (int y = 0; y < width; y++) row[y] += (a[y] + b[y]) + (c[y] + d[y]);
        }
        for (; i < stop; i++) {
            const float *a = table + (size_t)m->dense[i] * (size_t)width;
            for (int y = 0; y < width; y++) row[y] += a[y];
        }
        for (i = m->sparse_ptr[t]; i < m->sparse_ptr[t + 1]; i++) {
            const uint32_t f = m->sparse[i];
            if (i + AHEAD < last_sparse) __builtin_prefetch(sparse + m->sparse[i + AHEAD]);
            row[m->sparse_label[f]] += m->sparse_value ? m->sparse_value[i] * sparse[f] : sparse[f];
        }
        if (*single < m->n_single && m->single_item[*single] == t) {
            row[m->labels[t]] += m->single_root[*single] * (float)x[m->first_single + *single];
            ++*single;
        }
        for (int y = 0; y < width; y++) scores[y] = row[y];
    }
}

/* expected += alpha_t-1' next_t, four labels and up to three vectors at a time, so that the sums stay in registers; labels beyond
   the last have zeros */
#if defined(__GNUC__)
#define ADD_BLOCK(name, vector)                                                                                                 \
    NLPTK_INLINE void name(const int width, const int count, int64_t n, const double *alpha, const double *next, double *expected) \
    {                                                                                                                           \
        vector s[4][3];                                                                                                         \
        for (int r = 0; r < 4; r++)                                                                                             \
            for (int v = 0; v < count; v++) s[r][v] = (vector){0};                                                              \
        for (int64_t t = 0; t < n; t++)                                                                                         \
            for (int v = 0; v < count; v++) {                                                                                   \
                const vector b = ((const vector *)(next + t * width))[v];                                                       \
                for (int r = 0; r < 4; r++) s[r][v] += alpha[t * width + r] * b;                                                \
            }                                                                                                                   \
        for (int r = 0; r < 4; r++)                                                                                             \
            for (int v = 0; v < count; v++) ((vector *)(expected + r * width))[v] += s[r][v];                                   \
    }
ADD_BLOCK(add_block4, nlptk_double4)
ADD_BLOCK(add_block8, nlptk_double8)
#else
#define add_block4 add_block8
NLPTK_INLINE void add_block8(const int width, const int count, int64_t n, const double *alpha, const double *next, double *expected)
{
    for (int64_t t = 0; t < n; t++)
        for (int r = 0; r < 4; r++)
            for (int k = 0; k < count * (width == 4 ? 4 : 8); k++) expected[r * width + k] += alpha[t * width + r] * next[t * width + k];
}
#endif

NLPTK_INLINE void add_pairs(const int labels, const int width, int64_t n, const double *alpha, const double *next, double *expected)
{
    for (int j = 0; j < labels; j += 4)
        if (width == 4) add_block4(width, 1, n - 1, alpha + j, next + width, expected + j * width);
        else if (width == 16) add_block8(width, 2, n - 1, alpha + j, next + width, expected + j * width);
        else if (width == 24) add_block8(width, 3, n - 1, alpha + j, next + width, expected + j * width);
        else
            for (int k = 0; k < width; k += 8) add_block8(width, 1, n - 1, alpha + j, next + width + k, expected + j * width + k);
}

typedef struct {
    double *scores, *kept, *alpha, *beta, *next, *expected;
    nlptk_potentials p;
} state;

/* A sentence that scaling cannot do, see forward_backward.h. */
static double in_logarithms(const nlptk_crf *m, int64_t begin, int64_t n, state *w, float *residuals, double *transitions)
{
    const int labels = m->n_labels, width = m->width;
    const double log_z = nlptk_logarithmic(&w->p, width, n, w->scores, w->alpha, w->beta, w->next);
    for (int64_t t = 0; t < n; t++) {
        float *r = residuals + (begin + t) * width;
        for (int k = 0; k < width; k++) r[k] = k < labels ? (float)exp(w->alpha[t * width + k] + w->beta[t * width + k] - log_z) : 0;
        for (int j = 0; t && j < labels; j++)
            for (int k = 0; k < labels; k++)
                transitions[j * width + k] += exp(w->alpha[(t - 1) * width + j] + w->p.transitions[j * labels + k] +
                                                  w->scores[t * width + k] + w->beta[t * width + k] - log_z);
    }
    return log_z;
}

/* What a sentence gives once w->scores is filled; fills residuals, adds to `transitions`, and to w->expected without factors. */
NLPTK_INLINE double sentence(const nlptk_crf *m, const int width, int64_t begin, int64_t end, float *residuals, double *transitions,
                             state *w)
{
    const int64_t n = end - begin;
    const int labels = m->n_labels;
    const uint16_t *const gold = m->labels + begin;
    double score = 0;
    for (int64_t t = 0; t < n; t++) {
        score += w->scores[t * width + gold[t]];
        if (t) score += w->p.transitions[gold[t - 1] * labels + gold[t]];
    }
    memcpy(w->kept, w->scores, (size_t)(n * width) * sizeof *w->kept);
    double log_z = nlptk_scaled(&w->p, width, n, w->scores, w->alpha, w->beta, w->next);
    if (isnan(log_z)) {
        memcpy(w->scores, w->kept, (size_t)(n * width) * sizeof *w->kept);
        log_z = in_logarithms(m, begin, n, w, residuals, transitions);
    } else {
        for (int64_t t = 0; t < n; t++) {
            const double *a = w->alpha + t * width, *b = w->beta + t * width;
            float *r = residuals + (begin + t) * width;
            for (int k = 0; k < width; k++) r[k] = (float)(a[k] * b[k]);
        }
        add_pairs(labels, width, n, w->alpha, w->next, w->expected);
    }
    for (int64_t t = 0; t < n; t++) {
        residuals[(begin + t) * width + gold[t]] -= 1;
        if (t) transitions[gold[t - 1] * width + gold[t]] -= 1;
    }
    return score - log_z;
}

static void state_open(state *w, const nlptk_crf *m, int width, int64_t longest, double *workspace)
{
    const int labels = m->n_labels;
    w->p.labels = labels;
    w->p.factors = workspace;
    w->p.turned = w->p.factors + labels * width;
    w->expected = w->p.turned + labels * width;
    w->scores = w->expected + width * width;
    w->kept = w->scores + longest * width;
    w->alpha = w->kept + longest * width;
    w->beta = w->alpha + longest * width;
    w->next = w->beta + longest * width;
    memset(w->expected, 0, (size_t)(width * width) * sizeof *w->expected);
}

NLPTK_INLINE double sentences(const nlptk_crf *m, const int width, int64_t first, int64_t last, const double *x, const float *table,
                              const float *sparse, float *residuals, double *transitions, double *workspace)
{
    const int labels = m->n_labels;
    state w;
    double sum = 0;
    int64_t single = first_single(m, m->starts[first]), longest = 0;
    for (int64_t s = first; s < last; s++) longest = m->starts[s + 1] - m->starts[s] > longest ? m->starts[s + 1] - m->starts[s] : longest;
    state_open(&w, m, width, longest, workspace);
    w.p.transitions = x + m->first_transition;
    nlptk_potentials_fill(&w.p, width);
    for (int64_t s = first; s < last; s++) {
        if (m->starts[s] == m->starts[s + 1]) continue;
        score_items(m, width, m->starts[s], m->starts[s + 1], x, table, sparse, &single, w.scores);
        sum += sentence(m, width, m->starts[s], m->starts[s + 1], residuals, transitions, &w);
    }
    for (int i = 0; i < labels * width; i++) transitions[i] += w.expected[i] * w.p.factors[i];
    return sum;
}

NLPTK_CLONES
double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *x, const float *table,
                              const float *sparse, float *residuals, double *transitions, double *workspace)
{
    double sum;
    switch (m->width) {
    case 4: sum = sentences(m, 4, first, last, x, table, sparse, residuals, transitions, workspace); break;
    case 8: sum = sentences(m, 8, first, last, x, table, sparse, residuals, transitions, workspace); break;
    case 16: sum = sentences(m, 16, first, last, x, table, sparse, residuals, transitions, workspace); break;
    case 24: sum = sentences(m, 24, first, last, x, table, sparse, residuals, transitions, workspace); break;
    default: sum = sentences(m, m->width, first, last, x, table, sparse, residuals, transitions, workspace);
    }
    return isfinite(sum) ? sum : NAN;
}

NLPTK_INLINE void gradient_dense(const nlptk_crf *m, const int width, int64_t from, int64_t to, const float *residuals, double *sums,
                                 double *g)
{
    memset(sums + from * width, 0, (size_t)((to - from) * width) * sizeof *sums);
    for (int64_t c = 0; c < m->n_chunks; c++) {
        const float *const rows = residuals + c * NLPTK_CRF_CHUNK * width;
        int64_t r = m->chunk_run[c], high = m->chunk_run[c + 1];
        const int64_t end = high;
        while (r < high) { /* the first run of the range */
            const int64_t middle = (r + high) / 2;
            if (m->run_attribute[middle] < from) r = middle + 1;
            else high = middle;
        }
        for (; r < end && m->run_attribute[r] < to; r++) {
            double *const sum = sums + (int64_t)m->run_attribute[r] * width;
            int64_t i = m->run_ptr[r];
            const int64_t stop = m->run_ptr[r + 1];
            if (m->run_value)
                for (; i < stop; i++) {
                    const float *a = rows + m->run_item[i] * width, value = m->run_value[i];
                    for (int y = 0; y < width; y++) sum[y] += (double)(value * a[y]);
                }
            for (; i + 4 <= stop; i += 4) {
                const float *a = rows + m->run_item[i] * width, *b = rows + m->run_item[i + 1] * width;
                const float *d = rows + m->run_item[i + 2] * width, *e = rows + m->run_item[i + 3] * width;
                for (int y = 0; y < width; y++) sum[y] += (double)((a[y] + b[y]) + (d[y] + e[y]));
            }
            for (; i < stop; i++) {
                const float *a = rows + m->run_item[i] * width;
                for (int y = 0; y < width; y++) sum[y] += (double)a[y];
            }
        }
    }
    for (int64_t a = from; a < to; a++)
        for (int64_t f = m->dense_row[a]; f < m->dense_row[a + 1]; f++) g[f] = sums[a * width + m->dense_label[f]];
}

NLPTK_CLONES
void nlptk_crf_gradient_dense(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *sums, double *g)
{
    switch (m->width) {
    case 4: gradient_dense(m, 4, from, to, residuals, sums, g); break;
    case 8: gradient_dense(m, 8, from, to, residuals, sums, g); break;
    case 16: gradient_dense(m, 16, from, to, residuals, sums, g); break;
    case 24: gradient_dense(m, 24, from, to, residuals, sums, g); break;
    default: gradient_dense(m, m->width, from, to, residuals, sums, g);
    }
}

void nlptk_crf_gradient_sparse(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *g)
{
    const size_t width = (size_t)m->width;
    const int64_t last = m->sparse_items[to];
    for (int64_t f = from; f < to; f++) {
        const float *column = residuals + m->sparse_label[f];
        double sum = 0;
        for (int64_t i = m->sparse_items[f]; i < m->sparse_items[f + 1]; i++) {
            if (i + AHEAD < last) __builtin_prefetch(column + (size_t)m->sparse_item[i + AHEAD] * width);
            const double r = column[(size_t)m->sparse_item[i] * width];
            sum += m->sparse_item_value ? r * m->sparse_item_value[i] : r;
        }
        g[m->first_sparse + f] = sum;
    }
}

void nlptk_crf_gradient_single(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *g)
{
    for (int64_t v = from; v < to; v++) {
        const uint32_t t = m->single_item[v];
        g[m->first_single + v] = (double)m->single_root[v] * residuals[(size_t)t * (size_t)m->width + m->labels[t]];
    }
}
