#include "nlptk/glove.h"

#include <string.h>

#include "nlptk/simd.h"

#define BATCH 256 /* pairs whose logarithms are taken together */
#define AHEAD 3   /* pairs whose rows are on their way from memory */
#define CLIP 100  /* of gradients, against runaways */

#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch((p), 1)
#else
#define PREFETCH(p) ((void)(p))
#endif

/* log x for normal x > 0: x = m 2^e with m in [sqrt 1/2, sqrt 2), log m = 2 artanh((m - 1) / (m + 1)) by its series. */
NLPTK_INLINE float log_of(float x)
{
    int32_t bits;
    memcpy(&bits, &x, 4);
    const int32_t e = (bits - 0x3F3504F3) >> 23; /* the bits of sqrt 1/2 */
    bits -= e << 23;
    float m;
    memcpy(&m, &bits, 4);
    const float s = (m - 1) / (m + 1), t = s * s;
    return 2 * s * (1 + t * (1 / 3.f + t * (1 / 5.f + t * (1 / 7.f + t * (1 / 9.f))))) + 0.69314718f * (float)e;
}

/* e^y for y in [-87, 0]: e^y = 2^n e^r. */
NLPTK_INLINE float exp_of(float y)
{
    y = y < -87 ? -87 : y;
    const float round = 12582912; /* 1.5 * 2^23: adding it leaves an integer in the low bits */
    const float shifted = y * 1.44269504f + round, n = shifted - round;
    const float r = (y - n * 0.693145752f) - n * 1.42860677e-6f;
    const float p = 1 + r * (1 + r * (1 / 2.f + r * (1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r * (1 / 720.f))))));
    int32_t bits;
    memcpy(&bits, &shifted, 4);
    bits = (int32_t)((uint32_t)bits << 23) + 0x3F800000;
    float power;
    memcpy(&power, &bits, 4);
    return p * power;
}

/* 1 / sqrt(x), to 7e-4, which is nothing beside the choice of a learning rate: a guess out of the exponent and one step like Newton's,
   with the constants of Moroz et al. 2018 ("Fast calculation of inverse square root with the use of magic constant"). Vector code
   without a root or a division. */
NLPTK_INLINE float inverse_root(float x)
{
    int32_t bits;
    memcpy(&bits, &x, 4);
    bits = 0x5F1FFFF9 - (bits >> 1);
    float y;
    memcpy(&y, &bits, 4);
    return y * 0.703952253f * (2.38924456f - x * y * y);
}

/* A step for one word and one context. Returns the difference between model and log x. */
NLPTK_INLINE float step(float *restrict w, float *restrict c, size_t stride, const float *word_rates, const float *context_rates,
                        float log_x, float f)
{
    float *restrict w2 = w + stride, *restrict c2 = c + stride;
    float product = 0;
#pragma omp simd reduction(+ : product)
    for (size_t k = 0; k < stride; k++) product += w[k] * c[k];
    const float difference = product - log_x;
    float g = f * difference;
    g = g < -CLIP ? -CLIP : g > CLIP ? CLIP : g;
#pragma omp simd
    for (size_t k = 0; k < stride; k++) {
        const float a = w[k], b = c[k], a2 = w2[k], b2 = c2[k];
        const float for_a = g * word_rates[k] * b, for_b = g * context_rates[k] * a;
        w[k] = a - for_a * inverse_root(1 + a2);
        c[k] = b - for_b * inverse_root(1 + b2);
        w2[k] = a2 + for_a * for_a;
        c2[k] = b2 + for_b * for_b;
    }
    return difference;
}

NLPTK_INLINE void fetch(const float *row, size_t floats)
{
    for (size_t k = 0; k < floats; k += 16) PREFETCH(row + k);
}

NLPTK_CLONES
double nlptk_glove_pass(const nlptk_glove *g, const nlptk_pair *pairs, size_t n, float *first, float *second)
{
    const size_t stride = g->stride, row = 4 * stride;
    const float *word_rates = g->word_rates, *context_rates = g->context_rates;
    double loss = 0;
    for (size_t begin = 0; begin < n; begin += BATCH) {
        const nlptk_pair *batch = pairs + begin;
        const size_t size = n - begin < BATCH ? n - begin : BATCH;
        float logs[BATCH], weights[BATCH];
#pragma omp simd
        for (size_t k = 0; k < size; k++) {
            const float log_x = log_of(batch[k].x), exponent = g->alpha * (log_x - g->log_x_max);
            logs[k] = log_x;
            weights[k] = exp_of(exponent < 0 ? exponent : 0);
        }
        for (size_t k = 0; k < size; k++) {
            if (begin + k + AHEAD < n) {
                const nlptk_pair *next = batch + k + AHEAD;
                fetch(first + next->first * row, row);
                fetch(second + next->second * row, row);
            }
            float *i = first + batch[k].first * row, *j = second + batch[k].second * row;
            const float d = step(i, j + 2 * stride, stride, word_rates, context_rates, logs[k], weights[k]);
            loss += 0.5 * weights[k] * d * d;
            if (!g->symmetric || i == j) continue;
            const float e = step(j, i + 2 * stride, stride, word_rates, context_rates, logs[k], weights[k]);
            loss += 0.5 * weights[k] * e * e;
        }
    }
    return loss;
}
