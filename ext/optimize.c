#include "nlptk/optimize.h"

#include "nlptk/simd.h"

#define BLOCK 1024 /* so many numbers of a vector stay near while all rows pass by */
#define LANES 16

/* Sums in lanes: one order for all processors, and vectors for those that have them. */
typedef struct {
    double lane[LANES];
} lanes;

NLPTK_INLINE double lanes_sum(const lanes *s)
{
    double sum = 0;
    for (int k = 0; k < LANES; k++) sum += s->lane[k];
    return sum;
}

#define SUM_OF(total, from, to, term)                                            \
    do {                                                                         \
        lanes sums_ = {{0}};                                                     \
        int64_t i_ = (from);                                                     \
        for (; i_ + LANES <= (to); i_ += LANES)                                  \
            for (int k_ = 0; k_ < LANES; k_++) {                                 \
                const int64_t i = i_ + k_;                                       \
                sums_.lane[k_] += (term);                                        \
            }                                                                    \
        for (; i_ < (to); i_++) {                                                \
            const int64_t i = i_;                                                \
            sums_.lane[0] += (term);                                             \
        }                                                                        \
        (total) += lanes_sum(&sums_);                                            \
    } while (0)

NLPTK_CLONES
void nlptk_optimize_difference(int64_t from, int64_t to, const double *x_new, const double *x, const double *g_new, const double *g,
                               const float *root, float *s, float *y)
{
    if (root) {
        for (int64_t i = from; i < to; i++) s[i] = (float)(x_new[i] - x[i]) / root[i];
        for (int64_t i = from; i < to; i++) y[i] = (float)(g_new[i] - g[i]) * root[i];
        return;
    }
    for (int64_t i = from; i < to; i++) s[i] = (float)(x_new[i] - x[i]);
    for (int64_t i = from; i < to; i++) y[i] = (float)(g_new[i] - g[i]);
}

NLPTK_CLONES
void nlptk_optimize_dots(int64_t from, int64_t to, const double *v, const float *root, const float *w, int n,
                         const float *const *rows, double *dots)
{
    double scaled[BLOCK];
    for (int64_t begin = from; begin < to; begin += BLOCK) {
        const int64_t end = begin + BLOCK < to ? begin + BLOCK : to;
        if (!w)
            for (int64_t i = begin; i < end; i++) scaled[i - begin] = root ? v[i] * (double)root[i] : v[i];
        for (int r = 0; r < n; r++) {
            const float *const row = rows[r];
            if (!w) SUM_OF(dots[r], begin, end, scaled[i - begin] * (double)row[i]);
            else SUM_OF(dots[r], begin, end, (double)w[i] * (double)row[i]);
        }
    }
}

NLPTK_CLONES
double nlptk_optimize_combine(int64_t from, int64_t to, double a, const double *v, const float *root, int n,
                              const float *const *rows, const double *factors, double *out)
{
    double dot = 0;
    for (int64_t begin = from; begin < to; begin += BLOCK) {
        const int64_t end = begin + BLOCK < to ? begin + BLOCK : to;
        for (int64_t i = begin; i < end; i++) out[i] = root ? a * (double)root[i] * v[i] : a * v[i];
        for (int r = 0; r < n; r++) {
            const float *const row = rows[r];
            const double factor = factors[r];
            for (int64_t i = begin; i < end; i++) out[i] += factor * (double)row[i];
        }
        if (root)
            for (int64_t i = begin; i < end; i++) out[i] *= (double)root[i];
        SUM_OF(dot, begin, end, v[i] * out[i]);
    }
    return dot;
}

NLPTK_CLONES
void nlptk_optimize_move(int64_t from, int64_t to, const double *x, double step, const double *d, double *out)
{
    for (int64_t i = from; i < to; i++) out[i] = x[i] + step * d[i];
}

NLPTK_CLONES
double nlptk_optimize_dot(int64_t from, int64_t to, const double *a, const double *b)
{
    double sum = 0;
    SUM_OF(sum, from, to, a[i] * b[i]);
    return sum;
}
