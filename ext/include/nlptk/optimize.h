#ifndef NLPTK_OPTIMIZE_H
#define NLPTK_OPTIMIZE_H
#include <stdint.h>

/* Sums over long vectors for L-BFGS. Differences of points (s) and of gradients (y) are kept in single precision: they only shape
   a direction; everything is summed in double precision. `root`, D^(-1/2) of a diagonal D that resembles the curvature, or NULL:
   s is kept as D^(1/2) s and y as D^(-1/2) y, so that all is as if the variables were D^(1/2) x. */
enum { NLPTK_MEMORIES = 64 };

/* s = (x_new - x) / root and y = (g_new - g) root, from .. to. */
void nlptk_optimize_difference(int64_t from, int64_t to, const double *x_new, const double *x, const double *g_new, const double *g,
                               const float *root, float *s, float *y);

/* dots[i] += w . rows[i], from .. to; for `w` NULL, (root v) . rows[i]. */
void nlptk_optimize_dots(int64_t from, int64_t to, const double *v, const float *root, const float *w, int n, const float *const *rows, double *dots);

/* out = root (a root v + sum factors[i] rows[i]), from .. to; gives v . out. */
double nlptk_optimize_combine(int64_t from, int64_t to, double a, const double *v, const float *root, int n, const float *const *rows,
                              const double *factors, double *out);

/* out = x + step d, from .. to. */
void nlptk_optimize_move(int64_t from, int64_t to, const double *x, double step, const double *d, double *out);

/* a . b, from .. to. */
double nlptk_optimize_dot(int64_t from, int64_t to, const double *a, const double *b);

#endif
