#include "nlptk/crf_online.h"

#include <math.h>
#include <string.h>

#include "nlptk/forward_backward.h"

#define AHEAD 12 /* attributes whose weights are fetched before they are needed */

typedef struct {
    nlptk_potentials p;
    double *scores, *alpha, *beta, *next, *pairs;
    float *residual;
} state;

int nlptk_crf_online_width(int n_labels)
{
    return n_labels <= 4 ? 4 : (n_labels + 7) / 8 * 8;
}

size_t nlptk_crf_online_workspace(const nlptk_crf_online *m, int64_t longest)
{
    const size_t width = (size_t)m->width;
    return (4 * (size_t)longest * width + 3 * width * width + width) * sizeof(double) + 64;
}

static inline const float *row_of(const nlptk_crf_online *m, int64_t i)
{
    return m->rows + (size_t)m->indices[i] * (size_t)(m->n_parts * m->width);
}

NLPTK_INLINE void score_items(const nlptk_crf_online *m, const int width, int64_t begin, int64_t end, double *scores, float *sums)
{
    const int64_t last = m->indptr[end];
    for (int64_t t = begin; t < end; t++, scores += width) {
        for (int y = 0; y < width; y++) sums[y] = 0;
        for (int64_t i = m->indptr[t]; i < m->indptr[t + 1]; i++) {
            const float *const row = row_of(m, i), value = m->values ? m->values[i] : 1;
            if (i + AHEAD < last) {
                const float *next = row_of(m, i + AHEAD);
                for (int k = 0; k < m->n_parts * width; k += 16) __builtin_prefetch(next + k, 1);
            }
            for (int y = 0; y < width; y++) sums[y] += value * row[y];
        }
        for (int y = 0; y < width; y++) scores[y] = sums[y];
    }
}

NLPTK_INLINE void add_cost(const nlptk_crf_online *m, const int width, int64_t n, const uint16_t *gold, double *scores)
{
    if (m->cost == 0) return;
    for (int64_t t = 0; t < n; t++)
        for (int k = 0; k < m->n_labels; k++) scores[t * width + k] += k == gold[t] ? 0 : m->cost;
}

/* pairs[j][k] += p(y_t-1 = j, y_t = k), marginals to beta */
static double in_logarithms(int64_t n, int width, const state *w)
{
    const int labels = w->p.labels;
    const double log_z = nlptk_logarithmic(&w->p, width, n, w->scores, w->alpha, w->beta, w->next);
    if (!(fabs(log_z) < INFINITY)) return NAN;
    for (int64_t t = 1; t < n; t++)
        for (int j = 0; j < labels; j++)
            for (int k = 0; k < labels; k++)
                w->pairs[j * width + k] += exp(w->alpha[(t - 1) * width + j] + w->p.transitions[j * labels + k] +
                                               w->scores[t * width + k] + w->beta[t * width + k] - log_z);
    for (int64_t t = 0; t < n; t++)
        for (int k = 0; k < width; k++) {
            double *const b = w->beta + t * width + k;
            *b = k < labels ? exp(w->alpha[t * width + k] + *b - log_z) : 0;
        }
    return log_z;
}

/* The same, scaled; NAN: out of range. */
NLPTK_INLINE double scaled(int64_t n, const int width, const state *w)
{
    const double log_z = nlptk_scaled(&w->p, width, n, w->scores, w->alpha, w->beta, w->next);
    if (isnan(log_z)) return NAN;
    for (int64_t t = 1; t < n; t++)
        for (int j = 0; j < w->p.labels; j++) {
            const double a = w->alpha[(t - 1) * width + j];
            for (int k = 0; k < width; k++) w->pairs[j * width + k] += a * w->next[t * width + k];
        }
    for (int i = 0; i < w->p.labels * width; i++) w->pairs[i] *= w->p.factors[i];
    for (int64_t i = 0; i < n * width; i++) w->beta[i] *= w->alpha[i];
    return log_z;
}

NLPTK_INLINE double learn_sentence(nlptk_crf_online *m, const int width, int64_t begin, int64_t n, state *w)
{
    const int labels = m->n_labels, adagrad = m->n_parts == 2;
    const uint16_t *const gold = m->labels + begin;
    const float step = (float)(adagrad ? m->eta : m->eta / (1 + m->eta * m->transition_decay * (double)m->clock));
    double score = 0;
    nlptk_potentials_fill(&w->p, width);
    score_items(m, width, begin, begin + n, w->scores, w->residual);
    for (int64_t t = 0; t < n; t++) {
        score += w->scores[t * width + gold[t]];
        if (t) score += m->transitions[gold[t - 1] * labels + gold[t]];
    }
    add_cost(m, width, n, gold, w->scores);
    memset(w->pairs, 0, (size_t)(width * width) * sizeof *w->pairs);
    double log_z = scaled(n, width, w);
    if (isnan(log_z)) {
        score_items(m, width, begin, begin + n, w->scores, w->residual);
        add_cost(m, width, n, gold, w->scores);
        log_z = in_logarithms(n, width, w);
        if (isnan(log_z)) return NAN;
    }
    for (int64_t t = 0; t < n; t++) { /* the derivative by a score: p(y_t = k) - [k is right] */
        float *const residual = w->residual;
        for (int k = 0; k < width; k++) residual[k] = (float)w->beta[t * width + k];
        residual[gold[t]] -= 1;
        for (int64_t i = m->indptr[begin + t]; i < m->indptr[begin + t + 1]; i++) {
            float *const row = m->rows + (size_t)m->indices[i] * (size_t)(m->n_parts * width), *const squares = row + width;
            const float value = m->values ? m->values[i] : 1, decay = m->decay[m->indices[i]];
            if (adagrad)
                for (int k = 0; k < width; k++) {
                    const float g = value * residual[k] + decay * row[k];
                    squares[k] += g * g;
                    row[k] -= step * g / sqrtf(squares[k]);
                }
            else
                for (int k = 0; k < width; k++) row[k] -= step * (value * residual[k] + decay * row[k]);
        }
        if (t) w->pairs[gold[t - 1] * width + gold[t]] -= 1;
    }
    for (int j = 0; j < labels; j++)
        for (int k = 0; k < labels; k++) {
            const int at = j * labels + k;
            if (m->fixed[at]) continue;
            const double g = w->pairs[j * width + k] + m->transition_decay * m->transitions[at];
            m->squares[at] += g * g;
            m->transitions[at] -= adagrad ? m->eta * g / sqrt(m->squares[at]) : step * g;
        }
    m->clock++;
    return log_z - score;
}

NLPTK_INLINE double learn(nlptk_crf_online *m, const int width, const int64_t *order, int64_t n, void *workspace)
{
    int64_t longest = 0;
    double loss = 0;
    state w;
    for (int64_t i = 0; i < n; i++) {
        const int64_t length = m->starts[order[i] + 1] - m->starts[order[i]];
        longest = length > longest ? length : longest;
    }
    w.p.labels = m->n_labels;
    w.p.transitions = m->transitions;
    w.p.factors = workspace;
    w.p.turned = w.p.factors + width * width;
    w.pairs = w.p.turned + width * width;
    w.scores = w.pairs + width * width;
    w.alpha = w.scores + longest * width;
    w.beta = w.alpha + longest * width;
    w.next = w.beta + longest * width;
    w.residual = (float *)(w.next + longest * width);
    for (int64_t i = 0; i < n; i++) {
        const int64_t begin = m->starts[order[i]], length = m->starts[order[i] + 1] - begin;
        if (!length) continue;
        loss += learn_sentence(m, width, begin, length, &w);
        if (!(loss < INFINITY)) return NAN;
    }
    return loss;
}

NLPTK_CLONES
double nlptk_crf_online_learn(nlptk_crf_online *m, const int64_t *order, int64_t n, void *workspace)
{
    switch (m->width) {
    case 4: return learn(m, 4, order, n, workspace);
    case 8: return learn(m, 8, order, n, workspace);
    case 16: return learn(m, 16, order, n, workspace);
    default: return learn(m, m->width, order, n, workspace);
    }
}
