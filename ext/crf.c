#include "nlptk/crf.h"

#include <math.h>
#include <string.h>

#include "nlptk/simd.h"

#define AHEAD 12 /* attributes whose weights are fetched before they are needed */

int nlptk_crf_width(int n_labels)
{
    return (n_labels + 3) / 4 * 4;
}

size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest)
{
    const size_t rows = 2 * (size_t)longest + 3 * (size_t)m->n_labels + 2;
    return (rows * (size_t)m->width + (size_t)longest + 16) * sizeof(double);
}

/* s_t(y) of the items of a sentence */
NLPTK_INLINE void score_items(const nlptk_crf *m, const int width, int64_t begin, int64_t end, const double *weights, double *scores)
{
    const int64_t last = m->indptr[end];
    for (int64_t t = begin; t < end; t++, scores += width) {
        for (int y = 0; y < width; y++) scores[y] = 0;
        for (int64_t i = m->indptr[t]; i < m->indptr[t + 1]; i++) {
            const uint32_t a = m->indices[i];
            const double value = m->values ? m->values[i] : 1;
            if (m->row_ptr) {
                if (i + AHEAD < last) __builtin_prefetch(&m->row_ptr[m->indices[i + AHEAD]]);
                if (i + AHEAD / 2 < last) {
                    const int64_t next = m->row_ptr[m->indices[i + AHEAD / 2]];
                    __builtin_prefetch(&weights[next]);
                    __builtin_prefetch(&m->row_label[next]);
                }
                for (int64_t f = m->row_ptr[a]; f < m->row_ptr[a + 1]; f++) scores[m->row_label[f]] += value * weights[f];
            } else {
                const double *row = weights + (size_t)a * (size_t)m->n_labels;
                if (i + AHEAD < last) __builtin_prefetch(weights + (size_t)m->indices[i + AHEAD] * (size_t)m->n_labels);
                for (int y = 0; y < m->n_labels; y++) scores[y] += value * row[y];
            }
        }
    }
}

/* Forward and backward with scaling (Rabiner 1989): alpha_t sums to 1, beta_t is divided by the same factors. Scores are taken
   relative to the best label of an item and to the best transition, so that nothing overflows. */
NLPTK_INLINE double sentence(const nlptk_crf *m, const int width, int64_t begin, int64_t end, const double *weights,
                             const double *transitions, const double *factors, const double *factors_t, double best_transition,
                             float *residuals, double *transition_gradient, double *workspace)
{
    const int64_t n = end - begin;
    double *const e = workspace, *const alpha = e + n * width, *const scale = alpha + n * width;
    double *const beta = scale + n, *const next = beta + width;
    const int labels = m->n_labels;
    double log_z = 0, gold = 0;
    if (!n) return 0;
    score_items(m, width, begin, end, weights, e);
    for (int64_t t = 0; t < n; t++) {
        double *s = e + t * width, best = s[0];
        const uint16_t y = m->labels[begin + t];
        gold += s[y];
        if (t) gold += transitions[m->labels[begin + t - 1] * labels + y];
        for (int k = 1; k < labels; k++) best = s[k] > best ? s[k] : best;
        log_z += best;
        for (int k = 0; k < width; k++) s[k] = nlptk_exp(s[k] - best);
        for (int k = labels; k < width; k++) s[k] = 0;
    }
    log_z += best_transition * (double)(n - 1);
    double product = 1; /* of the scales: one logarithm for many of them */
    for (int64_t t = 0; t < n; t++) {
        double *a = alpha + t * width, sum = 0;
        const double *s = e + t * width;
        if (!t) {
            for (int k = 0; k < width; k++) a[k] = s[k];
        } else {
            const double *before = a - width;
            for (int k = 0; k < width; k++) a[k] = 0;
            for (int j = 0; j < labels; j++) {
                const double p = before[j], *row = factors + j * width;
                for (int k = 0; k < width; k++) a[k] += p * row[k];
            }
            for (int k = 0; k < width; k++) a[k] *= s[k];
        }
        for (int k = 0; k < width; k++) sum += a[k];
        const double inverse = 1 / sum;
        for (int k = 0; k < width; k++) a[k] *= inverse;
        scale[t] = inverse;
        product *= sum;
        if (product < 1e-100 || product > 1e100) {
            log_z += log(product);
            product = 1;
        }
    }
    log_z += log(product);
    for (int k = 0; k < width; k++) beta[k] = k < labels;
    for (int64_t t = n - 1; t >= 0; t--) {
        const double *a = alpha + t * width;
        float *r = residuals + (begin + t) * width;
        for (int k = 0; k < width; k++) r[k] = (float)(a[k] * beta[k]);
        r[m->labels[begin + t]] -= 1;
        if (!t) break;
        const double *s = e + t * width, *before = a - width, f = scale[t];
        for (int k = 0; k < width; k++) next[k] = beta[k] * s[k] * f;
        for (int k = 0; k < width; k++) beta[k] = 0;
        for (int k = 0; k < labels; k++) { /* beta_t-1(j) = sum_k factor(j, k) next(k) */
            const double b = next[k], *row = factors_t + k * width;
            for (int j = 0; j < width; j++) beta[j] += b * row[j];
        }
        for (int j = 0; j < labels; j++) { /* expected transitions, without their factor */
            const double p = before[j];
            double *row = transition_gradient + j * width;
            for (int k = 0; k < width; k++) row[k] += p * next[k];
        }
    }
    return gold - log_z;
}

NLPTK_INLINE double sentences(const nlptk_crf *m, const int width, int64_t first, int64_t last, const double *weights,
                              const double *transitions, float *residuals, double *transition_gradient, double *workspace)
{
    const int labels = m->n_labels;
    double *const factors = workspace, *const factors_t = factors + labels * width, *const expected = factors_t + labels * width;
    double *const rest = expected + labels * width;
    double best = transitions[0], sum = 0;
    for (int i = 1; i < labels * labels; i++) best = transitions[i] > best ? transitions[i] : best;
    memset(factors, 0, (size_t)(3 * labels * width) * sizeof *factors);
    for (int j = 0; j < labels; j++)
        for (int k = 0; k < labels; k++)
            factors[j * width + k] = factors_t[k * width + j] = nlptk_exp(transitions[j * labels + k] - best);
    for (int64_t s = first; s < last; s++)
        sum += sentence(m, width, m->starts[s], m->starts[s + 1], weights, transitions, factors, factors_t, best, residuals, expected,
                        rest);
    for (int i = 0; i < labels * width; i++) transition_gradient[i] += expected[i] * factors[i];
    for (int64_t s = first; s < last; s++)
        for (int64_t t = m->starts[s] + 1; t < m->starts[s + 1]; t++) transition_gradient[m->labels[t - 1] * width + m->labels[t]] -= 1;
    return sum;
}

NLPTK_CLONES
double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *weights, const double *transitions,
                              float *residuals, double *transition_gradient, void *workspace)
{
    double sum;
    if (m->width == 4) sum = sentences(m, 4, first, last, weights, transitions, residuals, transition_gradient, workspace);
    else if (m->width == 8) sum = sentences(m, 8, first, last, weights, transitions, residuals, transition_gradient, workspace);
    else if (m->width == 24) sum = sentences(m, 24, first, last, weights, transitions, residuals, transition_gradient, workspace);
    else sum = sentences(m, m->width, first, last, weights, transitions, residuals, transition_gradient, workspace);
    return isfinite(sum) ? sum : NAN;
}

NLPTK_CLONES
void nlptk_crf_gradient(const nlptk_crf *m, int64_t first, int64_t last, const int64_t *item_ptr, const uint32_t *items,
                        const float *item_values, const float *residuals, double *gradient)
{
    const int width = m->width, labels = m->n_labels;
    const int64_t end = item_ptr[last];
    for (int64_t a = first; a < last; a++) {
        const int64_t f0 = m->row_ptr ? m->row_ptr[a] : a * labels, f1 = m->row_ptr ? m->row_ptr[a + 1] : f0 + labels;
        if (m->row_ptr && f1 - f0 < 4) {
            for (int64_t f = f0; f < f1; f++) {
                const float *column = residuals + m->row_label[f];
                double sum = 0;
                for (int64_t i = item_ptr[a]; i < item_ptr[a + 1]; i++) {
                    if (f == f0 && i + AHEAD < end) __builtin_prefetch(residuals + (size_t)items[i + AHEAD] * (size_t)width);
                    const double r = column[(size_t)items[i] * (size_t)width];
                    sum += item_values ? r * item_values[i] : r;
                }
                gradient[f] = sum;
            }
            continue;
        }
        double sums[1024];
        for (int y = 0; y < width; y++) sums[y] = 0;
        for (int64_t i = item_ptr[a]; i < item_ptr[a + 1]; i++) {
            const float *r = residuals + (size_t)items[i] * (size_t)width;
            if (i + AHEAD < end) __builtin_prefetch(residuals + (size_t)items[i + AHEAD] * (size_t)width);
            const float value = item_values ? item_values[i] : 1;
            for (int y = 0; y < width; y++) sums[y] += (double)(value * r[y]);
        }
        for (int64_t f = f0; f < f1; f++) gradient[f] = sums[m->row_ptr ? m->row_label[f] : f - f0];
    }
}
