#ifndef NLPTK_FORWARD_BACKWARD_H
#define NLPTK_FORWARD_BACKWARD_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "nlptk/simd.h"

/* Forward and backward over a chain of n items, in double precision.

   Scaled (Rabiner 1989): alpha_t sums to 1, beta_t is divided by the same factors; scores are taken relative to the best label of
   their item and to the best transition, so that only differences of hundreds can leave the range of a double. A sentence
   where that happens is done again in logarithms.

   Rows are padded to `width` labels with zeros. Give `width` as a constant where speed counts. */
typedef struct {
    int labels;
    const double *transitions; /* (labels, labels); -INFINITY: forbidden */
    double best;               /* of the transitions */
    double *factors, *turned;  /* (labels, width): e^(transition - best), and that transposed */
} nlptk_potentials;

NLPTK_INLINE void nlptk_potentials_fill(nlptk_potentials *p, const int width)
{
    double best = -INFINITY;
    for (int i = 0; i < p->labels * p->labels; i++) best = p->transitions[i] > best ? p->transitions[i] : best;
    p->best = best > -INFINITY ? best : 0;
    for (int i = 0; i < p->labels * width; i++) p->factors[i] = p->turned[i] = 0;
    for (int j = 0; j < p->labels; j++)
        for (int k = 0; k < p->labels; k++) {
            const double x = p->transitions[j * p->labels + k];
            if (x > -INFINITY) p->factors[j * width + k] = p->turned[k * width + j] = nlptk_exp(x - p->best);
        }
}

/* row x matrix, `count` vectors from column k0; two sums side by side, so that one need not wait for the other */
#if defined(__GNUC__)
#define NLPTK_COLUMNS(name, vector)                                                                                          \
    NLPTK_INLINE void name(const int labels, const int width, const int k0, const int count, const double *row,               \
                           const double *matrix, double *out)                                                                 \
    {                                                                                                                         \
        vector even[4], odd[4];                                                                                               \
        int j = 0;                                                                                                            \
        for (int v = 0; v < count; v++) even[v] = odd[v] = (vector){0};                                                       \
        for (; j + 2 <= labels; j += 2) {                                                                                     \
            const vector *a = (const vector *)(matrix + j * width + k0), *b = (const vector *)(matrix + (j + 1) * width + k0); \
            for (int v = 0; v < count; v++) even[v] += row[j] * a[v];                                                         \
            for (int v = 0; v < count; v++) odd[v] += row[j + 1] * b[v];                                                      \
        }                                                                                                                     \
        if (j < labels) {                                                                                                     \
            const vector *a = (const vector *)(matrix + j * width + k0);                                                      \
            for (int v = 0; v < count; v++) even[v] += row[j] * a[v];                                                         \
        }                                                                                                                     \
        for (int v = 0; v < count; v++) ((vector *)(out + k0))[v] = even[v] + odd[v];                                         \
    }
NLPTK_COLUMNS(nlptk_columns4, nlptk_double4)
NLPTK_COLUMNS(nlptk_columns8, nlptk_double8)

NLPTK_INLINE void nlptk_row_times(const int labels, const int width, const double *row, const double *matrix, double *out)
{
    int k = 0;
    if (width == 4) nlptk_columns4(labels, width, 0, 1, row, matrix, out);
    else if (width == 16) nlptk_columns8(labels, width, 0, 2, row, matrix, out);
    else if (width == 24) nlptk_columns8(labels, width, 0, 3, row, matrix, out);
    else
        for (; k < width; k += 8) nlptk_columns8(labels, width, k, 1, row, matrix, out);
}
#else
NLPTK_INLINE void nlptk_row_times(const int labels, const int width, const double *row, const double *matrix, double *out)
{
    for (int k = 0; k < width; k++) out[k] = 0;
    for (int j = 0; j < labels; j++)
        for (int k = 0; k < width; k++) out[k] += row[j] * matrix[j * width + k];
}
#endif

/* `scores` (n, width), overwritten. Gives log Z and fills alpha, beta (n, width), where alpha_t(k) beta_t(k) = p(y_t = k), and
   next (n, width) with p(y_t-1 = j, y_t = k) = alpha_t-1(j) factor(j, k) next_t(k). NAN: it left the range of doubles. */
NLPTK_INLINE double nlptk_scaled(const nlptk_potentials *p, const int width, int64_t n, double *scores, double *alpha, double *beta,
                                 double *next)
{
    const int labels = p->labels;
    const double least = 1e-200;
    double log_z = p->best * (double)(n - 1), product = 1; /* of the sums: one logarithm for many of them */
    for (int64_t t = 0; t < n; t++) {
        double *s = scores + t * width, best = s[0];
        for (int k = 1; k < labels; k++) best = s[k] > best ? s[k] : best;
        if (!(fabs(best) < 1e300)) return NAN;
        log_z += best;
        for (int k = 0; k < width; k++) {
            const double d = s[k] - best;
            s[k] = d > -708 ? nlptk_exp(d) : 0;
        }
        for (int k = labels; k < width; k++) s[k] = 0;
        double *a = alpha + t * width, sum = 0;
        if (t) {
            nlptk_row_times(labels, width, a - width, p->factors, a);
            for (int k = 0; k < width; k++) a[k] *= s[k];
        } else {
            for (int k = 0; k < width; k++) a[k] = s[k];
        }
        for (int k = 0; k < width; k++) sum += a[k];
        if (!(sum > least && sum < 1e200)) return NAN;
        const double inverse = 1 / sum;
        for (int k = 0; k < width; k++) a[k] *= inverse, s[k] *= inverse;
        product *= sum;
        if (product < 1e-100 || product > 1e100) {
            log_z += log(product);
            product = 1;
        }
    }
    log_z += log(product);
    double *b = beta + (n - 1) * width;
    for (int k = 0; k < width; k++) b[k] = k < labels;
    for (int64_t t = n - 1; t > 0; t--, b -= width) { /* beta_t-1(j) = sum_k factor(j, k) next_t(k) */
        const double *s = scores + t * width, *a = alpha + (t - 1) * width;
        double *m = next + t * width, sum = 0;
        for (int k = 0; k < width; k++) m[k] = b[k] * s[k];
        nlptk_row_times(labels, width, m, p->turned, b - width);
        for (int k = 0; k < width; k++) sum += a[k] * b[k - width];
        if (!(fabs(sum - 1) < 1e-6)) return NAN;
    }
    return log_z;
}

/* log sum_k e^row[k] */
static inline double nlptk_log_sum(const double *row, int n)
{
    double best = row[0], sum = 0;
    for (int k = 1; k < n; k++) best = row[k] > best ? row[k] : best;
    if (!(best > -INFINITY)) return best;
    for (int k = 0; k < n; k++) sum += exp(row[k] - best);
    return best + log(sum);
}

/* The same in logarithms, slower and always in range: alpha, beta (n, width) are logarithms, `buffer` has room for a row.
   p(y_t = k) = e^(alpha + beta - log Z), p(y_t-1 = j, y_t = k) = e^(alpha_t-1(j) + transition(j, k) + score_t(k) + beta_t(k) - log Z) */
static inline double nlptk_logarithmic(const nlptk_potentials *p, int width, int64_t n, const double *scores, double *alpha,
                                       double *beta, double *buffer)
{
    const int labels = p->labels;
    for (int64_t t = 0; t < n; t++)
        for (int k = 0; k < labels; k++) {
            double sum = 0;
            if (t) {
                for (int j = 0; j < labels; j++) buffer[j] = alpha[(t - 1) * width + j] + p->transitions[j * labels + k];
                sum = nlptk_log_sum(buffer, labels);
            }
            alpha[t * width + k] = sum + scores[t * width + k];
        }
    for (int64_t t = n - 1; t >= 0; t--)
        for (int j = 0; j < labels; j++) {
            double sum = 0;
            if (t < n - 1) {
                for (int k = 0; k < labels; k++)
                    buffer[k] = p->transitions[j * labels + k] + scores[(t + 1) * width + k] + beta[(t + 1) * width + k];
                sum = nlptk_log_sum(buffer, labels);
            }
            beta[t * width + j] = sum;
        }
    return nlptk_log_sum(alpha + (n - 1) * width, labels);
}

#endif
