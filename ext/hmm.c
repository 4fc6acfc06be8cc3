#include "nlptk/hmm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nlptk/simd.h"

#define LEAST 1e-250 /* a scale below which the scaled sums may have lost something */

/* What stands between two items: a value for each context, that is the labels `r` and `k` of the last two items (second order)
   or the label `r` of the last item, with one k (first order). The value of (r, k) is at r * n_k + k. */
typedef struct {
    int64_t at, n_r, n_k;
    const uint16_t *r, *k; /* the labels */
} layer;

/* Labels that an item may have, and their logarithms. */
typedef struct {
    int64_t n;
    const uint16_t *label;
    const double *log;
} choice;

typedef struct {
    uint16_t border, nothing; /* the label of begin and end; the k of the first order */
    layer *layers;            /* n + 2: before item 0 .. after the end */
    int64_t n_layers;
    double *values;           /* of all layers, three times */
    int64_t n_values;
} space;

static const double certain = 0;

static choice choice_of(const nlptk_hmm *m, const space *w, int64_t begin, int64_t n, int64_t t)
{
    if (t == n) return (choice){1, &w->border, &certain};
    const int64_t row = m->rows[begin + t], at = m->row_ptr[row];
    return (choice){m->row_ptr[row + 1] - at, m->row_label + at, m->row_log + at};
}

/* Where the transitions from a context begin. */
static int64_t transition(const nlptk_hmm *m, const layer *l, int64_t r, int64_t k)
{
    const int64_t base = m->n_labels + 1;
    return m->order == 2 ? (l->r[r] * base + l->k[k]) * base : l->r[r] * base;
}

/* The layers of a sentence and room for their values. */
static int lay_out(const nlptk_hmm *m, space *w, int64_t begin, int64_t n)
{
    if (n + 2 > w->n_layers) {
        free(w->layers);
        w->n_layers = 2 * (n + 2);
        if (!(w->layers = malloc((size_t)w->n_layers * sizeof *w->layers))) return w->n_layers = 0, -1;
    }
    layer *l = w->layers;
    *l = (layer){0, 1, 1, &w->border, m->order == 2 ? &w->border : &w->nothing};
    for (int64_t t = 0; t <= n; t++, l++) {
        const choice c = choice_of(m, w, begin, n, t);
        const int64_t at = l->at + l->n_r * l->n_k;
        if (m->order == 2) l[1] = (layer){at, l->n_k, c.n, l->k, c.label};
        else l[1] = (layer){at, c.n, 1, c.label, &w->nothing};
    }
    const int64_t size = l->at + l->n_r * l->n_k;
    if (size > w->n_values) {
        free(w->values);
        w->n_values = 2 * size;
        if (!(w->values = malloc(3 * (size_t)w->n_values * sizeof *w->values))) return w->n_values = 0, -1;
    }
    return 0;
}

static int has_all(const nlptk_hmm *m, const choice *c)
{
    return c->n == m->n_labels && c->label[0] == 0; /* not the end, where there is one label */
}

/* now[j] = max(now[j], b + row[label j]); where all labels are possible, in order. */
NLPTK_INLINE void take_best(double *now, double b, const double *row, const choice *c, int all)
{
    if (all) {
        for (int64_t j = 0; j < c->n; j++) now[j] = b + row[j] > now[j] ? b + row[j] : now[j];
    } else {
        for (int64_t j = 0; j < c->n; j++) now[j] = b + row[c->label[j]] > now[j] ? b + row[c->label[j]] : now[j];
    }
}

NLPTK_CLONES
static void decode(const nlptk_hmm *m, const space *w, int64_t begin, int64_t n, uint16_t *out)
{
    double *v = w->values;
    v[0] = 0;
    for (int64_t t = 0; t <= n; t++) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        const double *before = v + l->at;
        double *now = v + l[1].at;
        for (int64_t k = 0; k < l->n_k; k++, now += c.n) {
            for (int64_t j = 0; j < c.n; j++) now[j] = -INFINITY;
            for (int64_t r = 0; r < l->n_r; r++)
                take_best(now, before[r * l->n_k + k], m->log_transitions + transition(m, l, r, k), &c, has_all(m, &c));
            for (int64_t j = 0; j < c.n; j++) now[j] += c.log[j];
        }
    }
    /* Back: (k, j) is the context before item t and its label; which r came before is asked again. */
    const layer *l = w->layers + n + 1;
    int64_t k = 0, j = 0;
    for (int64_t i = 1; i < l->n_r; i++)
        if (v[l->at + i] > v[l->at + k]) k = i;
    if (m->order == 1) k = 0;
    for (int64_t t = n; t > 0; t--) {
        l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        int64_t best = 0;
        double top = 0;
        for (int64_t r = 0; r < l->n_r; r++) {
            const double p = v[l->at + r * l->n_k + k] + m->log_transitions[transition(m, l, r, k) + c.label[j]];
            if (r == 0 || p > top) top = p, best = r;
        }
        if (m->order == 2) j = k, k = best;
        else j = best;
        out[t - 1] = choice_of(m, w, begin, n, t - 1).label[j];
    }
}

int nlptk_hmm_decode(const nlptk_hmm *m, int64_t first, int64_t last, uint16_t *out)
{
    space w = {(uint16_t)m->n_labels, 0, NULL, 0, NULL, 0};
    int status = 0;
    for (int64_t s = first; s < last && !status; s++) {
        const int64_t begin = m->starts[s], n = m->starts[s + 1] - begin;
        status = lay_out(m, &w, begin, n);
        if (!status) decode(m, &w, begin, n, out + begin);
    }
    free(w.layers);
    free(w.values);
    return status;
}

/* Where the probabilities and counts of a sentence go. */
typedef struct {
    float *marginals;
    double *transition_counts, *row_counts;
} sink;

static void note(const nlptk_hmm *m, const sink *to, int64_t begin, int64_t n, int64_t t, int64_t from, const choice *c, int64_t j,
                 double p)
{
    if (to->transition_counts) to->transition_counts[from + c->label[j]] += p;
    if (t == n) return;
    if (to->row_counts) to->row_counts[c->label + j - m->row_label] += p;
    if (to->marginals) to->marginals[(begin + t) * m->n_labels + c->label[j]] += (float)p;
}

NLPTK_INLINE void add_products(double *now, double b, const double *row, const choice *c, int all)
{
    if (all) {
        for (int64_t j = 0; j < c->n; j++) now[j] += b * row[j];
    } else {
        for (int64_t j = 0; j < c->n; j++) now[j] += b * row[c->label[j]];
    }
}

/* Forward and backward values that are divided by their sum after every item -> log p(x); NAN: something underflowed. */
NLPTK_CLONES
static double scaled(const nlptk_hmm *m, const space *w, int64_t begin, int64_t n, const sink *to)
{
    double *const alpha = w->values, *const beta = alpha + w->n_values, *const emission = beta + w->n_values;
    double log_p = 0;
    alpha[0] = 1;
    for (int64_t t = 0; t <= n; t++) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        const double *before = alpha + l->at;
        double *now = alpha + l[1].at, *e = emission + l[1].at, best = c.log[0], sum = 0;
        for (int64_t j = 1; j < c.n; j++) best = c.log[j] > best ? c.log[j] : best;
        for (int64_t j = 0; j < c.n; j++) e[j] = exp(c.log[j] - best);
        for (int64_t k = 0; k < l->n_k; k++, now += c.n) {
            for (int64_t j = 0; j < c.n; j++) now[j] = 0;
            for (int64_t r = 0; r < l->n_r; r++)
                add_products(now, before[r * l->n_k + k], m->transitions + transition(m, l, r, k), &c, has_all(m, &c));
            for (int64_t j = 0; j < c.n; j++) sum += now[j] *= e[j];
        }
        if (!(sum > LEAST)) return NAN;
        log_p += log(sum) + best;
        now = alpha + l[1].at;
        for (int64_t i = 0; i < l->n_k * c.n; i++) now[i] /= sum;
        for (int64_t j = 0; j < c.n; j++) e[j] /= sum;
    }
    const layer *const end = w->layers + n + 1;
    for (int64_t i = 0; i < end->n_r * end->n_k; i++) beta[end->at + i] = 1;
    for (int64_t t = n; t >= 0; t--) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        const double *after = beta + l[1].at, *e = emission + l[1].at;
        for (int64_t k = 0; k < l->n_k; k++, after += c.n)
            for (int64_t r = 0; r < l->n_r; r++) {
                const double *row = m->transitions + transition(m, l, r, k);
                double sum = 0;
                for (int64_t j = 0; j < c.n; j++) sum += row[c.label[j]] * e[j] * after[j];
                if (!(sum < 1 / LEAST)) return NAN; /* its alpha may have been lost */
                beta[l->at + r * l->n_k + k] = sum;
            }
    }
    for (int64_t t = 0; t <= n; t++) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        const double *after = beta + l[1].at, *e = emission + l[1].at;
        for (int64_t k = 0; k < l->n_k; k++, after += c.n)
            for (int64_t r = 0; r < l->n_r; r++) {
                const int64_t from = transition(m, l, r, k);
                const double a = alpha[l->at + r * l->n_k + k];
                for (int64_t j = 0; j < c.n; j++)
                    note(m, to, begin, n, t, from, &c, j, a * m->transitions[from + c.label[j]] * e[j] * after[j]);
            }
    }
    return log_p;
}

static double log_add(double a, double b)
{
    if (a < b) return log_add(b, a);
    return b == -INFINITY ? a : a + log1p(exp(b - a));
}

/* The same by logarithms: slow, but nothing underflows. */
static double logarithmic(const nlptk_hmm *m, const space *w, int64_t begin, int64_t n, const sink *to)
{
    double *const alpha = w->values, *const beta = alpha + w->n_values;
    const layer *const end = w->layers + n + 1;
    double log_p = -INFINITY;
    alpha[0] = 0;
    for (int64_t t = 0; t <= n; t++) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        for (int64_t k = 0; k < l->n_k; k++)
            for (int64_t j = 0; j < c.n; j++) {
                double sum = -INFINITY;
                for (int64_t r = 0; r < l->n_r; r++)
                    sum = log_add(sum, alpha[l->at + r * l->n_k + k] + m->log_transitions[transition(m, l, r, k) + c.label[j]]);
                alpha[l[1].at + k * c.n + j] = sum + c.log[j];
            }
    }
    for (int64_t i = 0; i < end->n_r * end->n_k; i++) {
        log_p = log_add(log_p, alpha[end->at + i]);
        beta[end->at + i] = 0;
    }
    for (int64_t t = n; t >= 0; t--) {
        const layer *l = w->layers + t;
        const choice c = choice_of(m, w, begin, n, t);
        if (log_p == -INFINITY) { /* cannot be: all labels alike */
            for (int64_t j = 0; j < c.n && t < n && to->marginals; j++)
                to->marginals[(begin + t) * m->n_labels + c.label[j]] = (float)(1 / (double)c.n);
            continue;
        }
        for (int64_t k = 0; k < l->n_k; k++)
            for (int64_t r = 0; r < l->n_r; r++) {
                const int64_t at = l->at + r * l->n_k + k, from = transition(m, l, r, k);
                double sum = -INFINITY;
                for (int64_t j = 0; j < c.n; j++) {
                    const double p = m->log_transitions[from + c.label[j]] + c.log[j] + beta[l[1].at + k * c.n + j];
                    sum = log_add(sum, p);
                    note(m, to, begin, n, t, from, &c, j, exp(alpha[at] + p - log_p));
                }
                beta[at] = sum;
            }
    }
    return log_p;
}

int nlptk_hmm_expect(const nlptk_hmm *m, int64_t first, int64_t last, double *log_probs, float *marginals, double *transition_counts,
                     double *row_counts)
{
    space w = {(uint16_t)m->n_labels, 0, NULL, 0, NULL, 0};
    const sink to = {marginals, transition_counts, row_counts};
    int status = 0;
    for (int64_t s = first; s < last && !status; s++) {
        const int64_t begin = m->starts[s], n = m->starts[s + 1] - begin;
        if ((status = lay_out(m, &w, begin, n))) break;
        log_probs[s] = scaled(m, &w, begin, n, &to);
        if (isnan(log_probs[s])) log_probs[s] = logarithmic(m, &w, begin, n, &to);
    }
    free(w.layers);
    free(w.values);
    return status;
}
