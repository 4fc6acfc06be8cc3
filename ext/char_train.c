/* ext/char_train.c   Training of labels of characters: a conditional random field, or a perceptron.

   CRF: minimise the sum over the sentences of

       log sum_y exp(s(y) + cost * |labels of y that are wrong|) - s(y*)  +  c2 * |w|^2

   which for cost = 0 is -log p(y* | x), and else a softmax margin (Gimpel and Smith 2010): right labels have to win by more.
   AdaGrad (Duchi, Hazan, Singer 2011) a sentence at a time, the decay as a proximal step (Duchi and Singer 2009).

   Perceptron: Collins 2002, averaged over all sentences of all passes. */
#include "nlptk/char_train.h"
#include "nlptk/simd.h"
#include <math.h>
#include <string.h>

typedef struct {
    float p[4];
} four;

static const int from[NLPTK_N_TRANSITIONS] = {0, 0, 1, 1, 2, 2, 3, 3}, to[NLPTK_N_TRANSITIONS] = {1, 2, 1, 2, 0, 3, 0, 3};

static inline int transition_of(int a, int b) { return 2 * a + (b == 2 || b == 3); }

static inline four sum_rows(const nlptk_char_data *d, const float *weights, int64_t t)
{
    const int32_t *f = d->features + t * d->n_features;
    four s = {{0, 0, 0, 0}};
    for (int k = 0; k < d->n_features; k++) {
        const float *w = weights + 4 * (size_t)f[k];
        for (int l = 0; l < 4; l++) s.p[l] += w[l];
    }
    return s;
}

/* Rows lie all over the memory: ask for those of the next sentence early. */
NLPTK_INLINE void fetch(const nlptk_char_data *d, const float *weights, int64_t sentence)
{
    int64_t end = d->starts[sentence + 1];
    if (end > d->starts[sentence] + 200) end = d->starts[sentence] + 200;
    for (int64_t i = d->starts[sentence] * d->n_features; i < end * d->n_features; i++) NLPTK_PREFETCH(weights + 4 * (size_t)d->features[i]);
}

size_t nlptk_char_train_workspace(const nlptk_char_data *d) { return (size_t)(d->longest + 1) * (3 * sizeof(four) + sizeof(float)); }

/* Marginals of a sentence less the right labels into `out`, and of its transitions into `expected`; returns the loss. */
static double marginals(const nlptk_char_data *d, const nlptk_char_crf *m, int64_t first, int64_t n, float cost, four *out, four *own, four *alpha,
                        float *scale, float expected[NLPTK_N_TRANSITIONS])
{
    const uint8_t *y = d->labels + first;
    float e[NLPTK_N_TRANSITIONS];
    double gold = 0, log_z = 0;
    for (int k = 0; k < NLPTK_N_TRANSITIONS; k++) e[k] = expf(m->transitions[k]);
    for (int64_t i = 0; i < n; i++) {
        four s = sum_rows(d, m->weights, first + i);
        gold += s.p[y[i]];
        if (i) gold += m->transitions[transition_of(y[i - 1], y[i])];
        for (int l = 0; l < 4; l++) s.p[l] += l == y[i] ? 0 : cost;
        const float a = s.p[0] > s.p[1] ? s.p[0] : s.p[1], b = s.p[2] > s.p[3] ? s.p[2] : s.p[3], most = a > b ? a : b;
        for (int l = 0; l < 4; l++) own[i].p[l] = expf(s.p[l] - most);
        log_z += most;
        four c = {{1, 0, 0, 1}};
        if (i) {
            const float *p = alpha[i - 1].p;
            c = (four){{p[2] * e[4] + p[3] * e[6], p[0] * e[0] + p[1] * e[2], p[0] * e[1] + p[1] * e[3], p[2] * e[5] + p[3] * e[7]}};
        }
        for (int l = 0; l < 4; l++) c.p[l] *= own[i].p[l];
        const float z = c.p[0] + c.p[1] + c.p[2] + c.p[3];
        log_z += log(z);
        scale[i] = 1 / z;
        for (int l = 0; l < 4; l++) alpha[i].p[l] = c.p[l] * scale[i];
    }
    const float ends = alpha[n - 1].p[2] + alpha[n - 1].p[3];
    log_z += log(ends);
    four beta = {{0, 0, 1 / ends, 1 / ends}};
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int l = 0; l < 4; l++) out[i].p[l] = alpha[i].p[l] * beta.p[l] - (l == y[i] ? 1.0F : 0.0F);
        if (!i) break;
        float b[4];
        const float *p = alpha[i - 1].p;
        for (int l = 0; l < 4; l++) b[l] = beta.p[l] * own[i].p[l] * scale[i];
        for (int k = 0; k < NLPTK_N_TRANSITIONS; k++) expected[k] += p[from[k]] * e[k] * b[to[k]];
        expected[transition_of(y[i - 1], y[i])] -= 1;
        beta = (four){{e[0] * b[1] + e[1] * b[2], e[2] * b[1] + e[3] * b[2], e[4] * b[0] + e[5] * b[3], e[6] * b[0] + e[7] * b[3]}};
    }
    return log_z - gold;
}

static inline void step(float *w, float *square, const float *g, float rate, float decay)
{
    for (int l = 0; l < 4; l++) {
        square[l] += g[l] * g[l];
        const float r = rate / sqrtf(square[l] + 1e-6F);
        w[l] = (w[l] - r * g[l]) / (1 + decay * r);
    }
}

double nlptk_char_train_crf(const nlptk_char_data *d, nlptk_char_crf *m, const int64_t *order, int64_t n_sentences, float rate, float c2, float cost,
                            void *workspace)
{
    four *out = workspace, *own = out + d->longest, *alpha = own + d->longest;
    float *scale = (float *)(alpha + d->longest);
    double loss = 0;
    for (int64_t q = 0; q < n_sentences; q++) {
        const int64_t first = d->starts[order[q]], n = d->starts[order[q] + 1] - first;
        if (!n) continue;
        if (q + 1 < n_sentences) fetch(d, m->weights, order[q + 1]);
        float expected[NLPTK_N_TRANSITIONS] = {0};
        loss += marginals(d, m, first, n, cost, out, own, alpha, scale, expected);
        for (int k = 0; k < NLPTK_N_TRANSITIONS; k++) {
            m->transition_squares[k] += expected[k] * expected[k];
            m->transitions[k] -= rate * expected[k] / sqrtf(m->transition_squares[k] + 1e-6F);
        }
        for (int64_t i = 0; i < n; i++) {
            const int32_t *f = d->features + (first + i) * d->n_features;
            for (int k = 0; k < d->n_features; k++)
                step(m->weights + 4 * (size_t)f[k], m->squares + 4 * (size_t)f[k], out[i].p, rate, 2 * c2 * m->shares[f[k]]);
        }
    }
    return loss;
}

/* ---- perceptron ---- */

static void best_labels(const nlptk_char_data *d, const nlptk_char_perceptron *m, int64_t first, int64_t n, uint8_t *labels, uint8_t (*back)[4])
{
    const float *t = m->transitions;
    four at = {{0, 0, 0, 0}};
    for (int64_t i = 0; i < n; i++) {
        const four s = sum_rows(d, m->weights, first + i);
        if (!i) {
            at = (four){{s.p[0], -INFINITY, -INFINITY, s.p[3]}};
            continue;
        }
        const float *p = at.p;
        const float eb = p[2] + t[4], sb = p[3] + t[6], bm = p[0] + t[0], mm = p[1] + t[2], be = p[0] + t[1], me = p[1] + t[3], es = p[2] + t[5],
                    ss = p[3] + t[7];
        back[i][0] = sb > eb ? 3 : 2, back[i][1] = mm > bm, back[i][2] = me > be, back[i][3] = ss > es ? 3 : 2;
        at = (four){{s.p[0] + (sb > eb ? sb : eb), s.p[1] + (mm > bm ? mm : bm), s.p[2] + (me > be ? me : be), s.p[3] + (ss > es ? ss : es)}};
    }
    uint8_t label = at.p[2] >= at.p[3] ? 2 : 3;
    for (int64_t i = n - 1; i >= 0; i--) {
        labels[i] = label;
        if (i) label = back[i][label];
    }
}

int64_t nlptk_char_train_perceptron(const nlptk_char_data *d, nlptk_char_perceptron *m, const int64_t *order, int64_t n_sentences, void *workspace)
{
    uint8_t(*back)[4] = workspace;
    uint8_t *labels = (uint8_t *)(back + d->longest);
    int64_t wrong = 0;
    for (int64_t q = 0; q < n_sentences; q++, m->seen++) {
        const int64_t first = d->starts[order[q]], n = d->starts[order[q] + 1] - first;
        const uint8_t *y = d->labels + first;
        const float seen = (float)m->seen;
        if (!n) continue;
        if (q + 1 < n_sentences) fetch(d, m->weights, order[q + 1]);
        best_labels(d, m, first, n, labels, back);
        if (!memcmp(labels, y, (size_t)n)) continue;
        for (int64_t i = 0; i < n; i++) {
            if (i) {
                const int right = transition_of(y[i - 1], y[i]), found = transition_of(labels[i - 1], labels[i]);
                m->transitions[right] += 1, m->transition_totals[right] += seen;
                m->transitions[found] -= 1, m->transition_totals[found] -= seen;
            }
            if (labels[i] == y[i]) continue;
            wrong++;
            const int32_t *f = d->features + (first + i) * d->n_features;
            for (int k = 0; k < d->n_features; k++) {
                float *w = m->weights + 4 * (size_t)f[k], *total = m->totals + 4 * (size_t)f[k];
                w[y[i]] += 1, total[y[i]] += seen;
                w[labels[i]] -= 1, total[labels[i]] -= seen;
            }
        }
    }
    return wrong;
}
