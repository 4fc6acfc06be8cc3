#include "nlptk/perceptron.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nlptk/label_rows.h"
#include "nlptk/simd.h"

#define AHEAD 16 /* attributes whose weights are fetched before they are needed */

int nlptk_perceptron_width(int n_labels)
{
    return n_labels <= 4 ? 4 : (n_labels + 7) / 8 * 8;
}

size_t nlptk_perceptron_workspace(const nlptk_perceptron *m, int64_t longest)
{
    return (2 * (size_t)longest * (size_t)m->width + (size_t)m->width) * sizeof(float) + (size_t)longest * sizeof(uint16_t) + 64;
}

/* The rows of attributes from .. to, added up: `count` vectors of them at a time, which stay in registers. */
#if defined(__GNUC__)
#define SUM_ROWS(name, vector, lanes)                                                                                           \
    NLPTK_INLINE void name(const nlptk_perceptron *m, int64_t from, int64_t to, int64_t last, int first, float *out,            \
                           const int count)                                                                                     \
    {                                                                                                                           \
        const size_t width = (size_t)m->width;                                                                                  \
        const uint32_t *const row_of = m->row_of, *const indices = m->indices;                                                  \
        const float *const rows = m->rows + first;                                                                              \
        vector sum[6];                                                                                                          \
        for (int k = 0; k < count; k++) sum[k] = (vector){0};                                                                   \
        for (int64_t i = from; i < to; i++) {                                                                                   \
            const vector *row = (const vector *)(rows + row_of[indices[i]] * width);                                            \
            if (i + 2 * AHEAD < last) {                                                                                         \
                const float *next = rows + row_of[indices[i + AHEAD]] * width;                                                  \
                __builtin_prefetch(&row_of[indices[i + 2 * AHEAD]]);                                                            \
                for (int k = 0; k < count * lanes; k += 16) __builtin_prefetch(next + k);                                       \
                if (lanes > 4) __builtin_prefetch(next + count * lanes - 1);                                                    \
            }                                                                                                                   \
            if (m->values) {                                                                                                    \
                for (int k = 0; k < count; k++) sum[k] += m->values[i] * row[k];                                                \
            } else {                                                                                                            \
                for (int k = 0; k < count; k++) sum[k] += row[k];                                                               \
            }                                                                                                                   \
        }                                                                                                                       \
        for (int k = 0; k < count; k++) ((vector *)(out + first))[k] = sum[k];                                                  \
    }
SUM_ROWS(sum_rows4, nlptk_float4, 4)
SUM_ROWS(sum_rows8, nlptk_float8, 8)

NLPTK_INLINE void sum_rows(const nlptk_perceptron *m, int64_t from, int64_t to, int64_t last, float *out)
{
    int y = 0;
    if (m->width == 4) {
        sum_rows4(m, from, to, last, 0, out, 1);
        return;
    }
    for (; y + 48 <= m->width; y += 48) sum_rows8(m, from, to, last, y, out, 6);
    switch ((m->width - y) / 8) {
    case 5: sum_rows8(m, from, to, last, y, out, 5); break;
    case 4: sum_rows8(m, from, to, last, y, out, 4); break;
    case 3: sum_rows8(m, from, to, last, y, out, 3); break;
    case 2: sum_rows8(m, from, to, last, y, out, 2); break;
    case 1: sum_rows8(m, from, to, last, y, out, 1); break;
    default: break;
    }
}
#else
NLPTK_INLINE void sum_rows(const nlptk_perceptron *m, int64_t from, int64_t to, int64_t last, float *out)
{
    for (int y = 0; y < m->width; y++) out[y] = 0;
    for (int64_t i = from; i < to; i++) {
        const float *row = m->rows + m->row_of[m->indices[i]] * (size_t)m->width, value = m->values ? m->values[i] : 1;
        for (int y = 0; y < m->width; y++) out[y] += value * row[y];
    }
}
#endif

/* s_t(y) of the items of a sentence */
NLPTK_INLINE void score_items(const nlptk_perceptron *m, int64_t begin, int64_t end, float *scores)
{
    for (int64_t t = begin; t < end; t++, scores += m->width) sum_rows(m, m->indptr[t], m->indptr[t + 1], m->indptr[end], scores);
}

/* Viterbi: v_t(y) = s_t(y) + max_j v_t-1(j) + A[j][y]. Which j it was is asked again on the way back, of the best path only. */
NLPTK_INLINE void decode(const nlptk_perceptron *m, int64_t n, const float *scores, float *v, uint16_t *out)
{
    const int labels = m->n_labels, width = m->width;
    const float *const transitions = m->transitions;
    if (!n) return;
    for (int y = 0; y < width; y++) v[y] = scores[y] + m->begin[y];
    for (int64_t t = 1; t < n; t++) nlptk_max_plus(v + (t - 1) * width, transitions, labels, width, scores + t * width, v + t * width);
    const float *last = v + (n - 1) * width;
    int best = 0;
    for (int y = 1; y < labels; y++)
        if (last[y] + m->end[y] > last[best] + m->end[best]) best = y;
    out[n - 1] = (uint16_t)best;
    for (int64_t t = n - 1; t > 0; t--) {
        const float *before = v + (t - 1) * width;
        int from = 0;
        float top = before[0] + transitions[best];
        for (int j = 1; j < labels; j++) {
            const float p = before[j] + transitions[j * width + best];
            if (p > top) top = p, from = j;
        }
        best = from;
        out[t - 1] = (uint16_t)best;
    }
}

int nlptk_perceptron_reserve(nlptk_perceptron *m, int64_t needed)
{
    const size_t width = (size_t)m->width, labels = (size_t)m->n_labels;
    if (needed <= m->capacity) return 0;
    const int64_t capacity = needed > 2 * m->capacity ? needed : 2 * m->capacity;
    const size_t old = (size_t)m->capacity, added = (size_t)capacity - old;
    float *rows = realloc(m->rows, (size_t)capacity * width * sizeof *rows);
    if (!rows) return -1;
    m->rows = rows;
    if (m->sums) {
        double *sums = realloc(m->sums, (size_t)capacity * labels * sizeof *sums);
        if (!sums) return -1;
        m->sums = sums;
        memset(sums + old * labels, 0, added * labels * sizeof *sums);
    }
    if (m->change) {
        float *change = realloc(m->change, (size_t)capacity * width * sizeof *change);
        if (!change) return -1;
        m->change = change;
        memset(change + old * width, 0, added * width * sizeof *change);
    }
    memset(rows + old * width, 0, added * width * sizeof *rows);
    m->capacity = capacity;
    return 0;
}

/* Rows for the attributes of wrong items that have none. */
static int give_rows(nlptk_perceptron *m, int64_t begin, int64_t n, const uint16_t *found)
{
    int64_t needed = m->n_rows;
    for (int64_t t = begin; t < begin + n; t++)
        if (found[t - begin] != m->labels[t]) needed += m->indptr[t + 1] - m->indptr[t];
    if (nlptk_perceptron_reserve(m, needed)) return -1;
    for (int64_t t = begin; t < begin + n; t++) {
        if (found[t - begin] == m->labels[t]) continue;
        for (int64_t i = m->indptr[t]; i < m->indptr[t + 1]; i++)
            if (!m->row_of[m->indices[i]]) m->row_of[m->indices[i]] = (uint32_t)m->n_rows++;
    }
    return 0;
}

NLPTK_INLINE void add(float *weights, double *sums, int gold, int found, float d, double clock)
{
    weights[gold] += d;
    weights[found] -= d;
    if (sums) {
        sums[gold] += clock * (double)d;
        sums[found] -= clock * (double)d;
    }
}

/* Add tau * (counts of the right labels - counts of the found ones) to weights and transitions. */
static void update(nlptk_perceptron *m, float *rows, double *sums, float *transitions, double *transition_sums, int64_t begin,
                   int64_t n, const uint16_t *found, float tau)
{
    const size_t width = (size_t)m->width, labels = (size_t)m->n_labels;
    const uint16_t *gold = m->labels + begin;
    for (int64_t t = 0; t < n; t++) {
        if (gold[t] == found[t]) continue;
        for (int64_t i = m->indptr[begin + t]; i < m->indptr[begin + t + 1]; i++) {
            const size_t r = m->row_of[m->indices[i]];
            add(rows + r * width, sums ? sums + r * labels : NULL, gold[t], found[t], m->values ? tau * m->values[i] : tau, m->clock);
        }
    }
    for (int64_t t = 1; t < n; t++) {
        if (gold[t] == found[t] && gold[t - 1] == found[t - 1]) continue;
        const size_t g = gold[t - 1] * width + gold[t], f = found[t - 1] * width + found[t];
        transitions[g] += tau;
        transitions[f] -= tau;
        if (transition_sums) {
            transition_sums[g] += m->clock * (double)tau;
            transition_sums[f] -= m->clock * (double)tau;
        }
    }
}

static double square(const float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)v[i] * (double)v[i];
    return sum;
}

/* The squared norm of the difference of counts: made in `change`, measured and taken back, row by row. */
static double norm(nlptk_perceptron *m, int64_t begin, int64_t n, const uint16_t *found)
{
    const size_t width = (size_t)m->width;
    double sum = 0;
    update(m, m->change, NULL, m->transition_change, NULL, begin, n, found, 1);
    for (int64_t t = begin; t < begin + n; t++) {
        if (found[t - begin] == m->labels[t]) continue;
        for (int64_t i = m->indptr[t]; i < m->indptr[t + 1]; i++) {
            float *row = m->change + (size_t)m->row_of[m->indices[i]] * width;
            sum += square(row, width);
            memset(row, 0, width * sizeof *row);
        }
    }
    sum += square(m->transition_change, (size_t)m->n_labels * width);
    memset(m->transition_change, 0, (size_t)m->n_labels * width * sizeof *m->transition_change);
    return sum;
}

static double path_score(const nlptk_perceptron *m, const float *scores, int64_t n, const uint16_t *labels)
{
    double sum = scores[labels[0]];
    for (int64_t t = 1; t < n; t++)
        sum += (double)scores[t * m->width + labels[t]] + (double)m->transitions[labels[t - 1] * m->width + labels[t]];
    return sum;
}

NLPTK_CLONES
int nlptk_perceptron_learn(nlptk_perceptron *m, const int64_t *order, int64_t n_order, void *workspace,
                           nlptk_perceptron_progress *progress)
{
    const int width = m->width;
    float *const scores = workspace;
    for (int64_t k = 0; k < n_order; k++, m->clock++) {
        const int64_t begin = m->starts[order[k]], n = m->starts[order[k] + 1] - begin;
        float *const v = scores + n * width;
        uint16_t *const found = (uint16_t *)(v + n * width);
        const uint16_t *gold = m->labels + begin;
        int64_t wrong = 0;
        if (!n) continue;
        score_items(m, begin, begin + n, scores);
        if (m->margin > 0)
            for (int64_t t = 0; t < n; t++) {
                const float right = scores[t * width + gold[t]];
                for (int y = 0; y < width; y++) scores[t * width + y] += m->margin;
                scores[t * width + gold[t]] = right;
            }
        decode(m, n, scores, v, found);
        for (int64_t t = 0; t < n; t++) wrong += found[t] != gold[t];
        if (!wrong) continue;
        if (give_rows(m, begin, n, found)) return -1;
        const double cost = m->margin > 0 || m->rule == NLPTK_PERCEPTRON ? 0 : sqrt((double)wrong);
        const double loss = path_score(m, scores, n, found) - path_score(m, scores, n, gold) + cost;
        double tau = 1;
        if (m->rule != NLPTK_PERCEPTRON) {
            const double squared = norm(m, begin, n, found), c = (double)m->aggressiveness;
            tau = squared > 0 ? loss / (m->rule == NLPTK_PA2 ? squared + 1 / (2 * c) : squared) : 0; /* 0: nothing to change */
            if (m->rule == NLPTK_PA1 && tau > c) tau = c;
        }
        update(m, m->rows, m->sums, m->transitions, m->transition_sums, begin, n, found, (float)tau);
        progress->wrong_sentences++;
        progress->wrong_items += wrong;
        progress->loss += loss;
    }
    return 0;
}

NLPTK_CLONES
void nlptk_perceptron_decode(const nlptk_perceptron *m, int64_t first, int64_t last, uint16_t *out, void *workspace)
{
    float *const scores = workspace;
    for (int64_t s = first; s < last; s++) {
        const int64_t begin = m->starts[s], n = m->starts[s + 1] - begin;
        score_items(m, begin, begin + n, scores);
        decode(m, n, scores, scores + n * m->width, out + begin);
    }
}
