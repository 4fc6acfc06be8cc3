#ifndef NLPTK_OPTIMIZE_H
#define NLPTK_OPTIMIZE_H
#include <stdint.h>

/* Sums over long vectors for L-BFGS. Differences of points (s) and of gradients (y) are kept in single precision: they only shape
   a direction; everything is summed in double precision. */
enum { NLPTK_MEMORIES = 64 };

/* s = x_new - x and y = g_new - g, from .. to. */
void nlptk_optimize_difference(int64_t from, int64_t to, const double *x_new, const double *x, const double *g_new, const double *g,
                               float *s, float *y);

/* dots[i] += v . rows[i], from .. to; v is double or, for `v` NULL, the single precision `w`. */
void nlptk_optimize_dots(int64_t from, int64_t to, const double *v, const float *w, int n, const float *const *rows, double *dots);

/* out = a v + sum factors[i] rows[i], from .. to; gives v . out. */
double nlptk_optimize_combine(int64_t from, int64_t to, double a, const double *v, int n, const float *const *rows,
                              const double *factors, double *out);

/* out = x + step d, from .. to. */
void nlptk_optimize_move(int64_t from, int64_t to, const double *x, double step, const double *d, double *out);

/* a . b, from .. to. */
double nlptk_optimize_dot(int64_t from, int64_t to, const double *a, const double *b);

#endif
