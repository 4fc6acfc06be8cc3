/* The kernels of rows.h for vectors of W floats; included once for each width, with W and NAME(x) defined. */

#if W == 1
typedef float NAME(vector);
#else
typedef float NAME(vector) __attribute__((vector_size(4 * W), aligned(4), may_alias));
#endif
#if defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define V NAME(vector)
#define AT(p) (*(V *)(p))
#define READ(p) (*(const V *)(p))

/* Twelve vectors to their sums, each in its slot. A fold adds the halves of two vectors and puts the results side by side, so
   that four folds on the way from 16 to 1 sum up several vectors at a time. */
NLPTK_INLINE void NAME(sums)(const V *a, float *out)
{
#if W == 1
    for (int k = 0; k < 12; k++)
        out[NLPTK_SLOT(k)] = a[k];
#else
#if W == 16
#define FOLD8(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +                                   \
     __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define FOLD4(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +                                 \
     __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define FOLD2(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +                                 \
     __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
#define FOLD1(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +                                \
     __builtin_shufflevector(a, b, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31))
    V c0 = FOLD4(FOLD8(a[0], a[1]), FOLD8(a[2], a[3])), c1 = FOLD4(FOLD8(a[4], a[5]), FOLD8(a[6], a[7]));
    V c2 = FOLD4(FOLD8(a[8], a[9]), FOLD8(a[10], a[11]));
    AT(out) = FOLD1(FOLD2(c0, c1), FOLD2(c2, c2));
#elif W == 8
#define FOLD4(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15))
#define FOLD2(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
#define FOLD1(a, b)                                                                                                            \
    (__builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15))
    for (int k = 0; k < 4; k += 2) {
        V c0 = FOLD4(a[k], a[k + 1]), c1 = FOLD4(a[k + 4], a[k + 5]), c2 = FOLD4(a[k + 8], a[k + 9]);
        AT(out + 4 * k) = FOLD1(FOLD2(c0, c1), FOLD2(c2, c2));
    }
#else
#define FOLD2(a, b) (__builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7))
#define FOLD1(a, b) (__builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7))
    for (int k = 0; k < 4; k++)
        AT(out + 4 * k) = FOLD1(FOLD2(a[k], a[k + 4]), FOLD2(a[k + 8], a[k + 8]));
#endif
#undef FOLD8
#undef FOLD4
#undef FOLD2
#undef FOLD1
#endif
}

/* Products of two inputs, or of one (n = 1; the other six are rubbish), with a group. */
NLPTK_INLINE void NAME(products)(float *const *h, int n, float *const *u, int64_t stride, float *out)
{
    const float *u0 = u[0], *u1 = u[1], *u2 = u[2], *u3 = u[3], *u4 = u[4], *u5 = u[5];
    const float *h0 = h[0], *h1 = n == 2 ? h[1] : h[0];
    V zero = {0}, a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero;
    V b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero;
    for (int64_t c = 0; c < stride; c += W) {
        V x = READ(h0 + c), y = n == 2 ? READ(h1 + c) : x, t;
#define STEP(k)                                                                                                                \
    t = READ(u##k + c);                                                                                                        \
    a##k += x * t;                                                                                                             \
    if (n == 2)                                                                                                                \
        b##k += y * t;
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5)
#undef STEP
    }
    V all[12] = {a0, a1, a2, a3, a4, a5, b0, b1, b2, b3, b4, b5};
    NAME(sums)(all, out);
}

/* Products to steps; adds to the losses of the slots. */
NLPTK_INLINE void NAME(respond)(float *restrict f, const float *restrict signs, float alpha, float *restrict losses)
{
    for (int k = 0; k < NLPTK_SLOTS; k++) {
        /* e = exp(-|x|) = 2^n exp(r), |r| <= ln 2 / 2, by its series */
        float x = signs[k] * f[k], a = -fabsf(x);
        a = a < -87 ? -87 : a;
        float shifted = a * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f;
        float r = (a - n * 0.693145752f) - n * 1.42860677e-6f;
        float rr = r * r, low = (1.0f / 6 * r + 0.5f) * rr + (r + 1);
        float p = ((1.0f / 720 * r + 1.0f / 120) * r + 1.0f / 24) * (rr * rr) + low;
        union { float f; uint32_t i; } bits = {shifted}, power;
        power.i = (bits.i << 23) + 0x3F800000u;
        float e = p * power.f, q = 1 / (1 + e);
        float both = e * q; /* made before the choice, or the loop is none for vectors */
        f[k] = alpha * signs[k] * (x < 0 ? q : both);
        /* log(1 + e) = 2 artanh(z) */
        float z = e / (2 + e), zz = z * z;
        float l = 1.0f / 11;
        l = l * zz + 1.0f / 9;
        l = l * zz + 1.0f / 7;
        l = l * zz + 1.0f / 5;
        l = l * zz + 1.0f / 3;
        l = l * zz + 1;
        float minus = -x, high = x < 0 ? minus : 0;
        losses[k] += signs[k] * signs[k] * (high + 2 * z * l);
    }
}

NLPTK_INLINE float NAME(total)(float *losses)
{
    for (int half = NLPTK_SLOTS / 2; half; half /= 2)
        for (int k = 0; k < half; k++)
            losses[k] += losses[k + half];
    return losses[0];
}

/* The steps of n inputs (in) and a group; those of the inputs are added to out. */
NLPTK_INLINE void NAME(update)(float *const *in, float *const *out, int n, float *const *u, const float *steps, int64_t from,
                               int64_t to)
{
    for (int64_t c = from; c < to; c += W) {
        V zero = {0}, d0 = zero, d1 = zero, d2 = zero, d3 = zero, d4 = zero, d5 = zero;
        V u0 = READ(u[0] + c), u1 = READ(u[1] + c), u2 = READ(u[2] + c), u3 = READ(u[3] + c), u4 = READ(u[4] + c),
          u5 = READ(u[5] + c);
#define STEP(k, odd)                                                                                                           \
    e += g[NLPTK_SLOT(k + 6 * odd)] * u##k;                                                                                    \
    d##k += g[NLPTK_SLOT(k + 6 * odd)] * h;
#define INPUT(i, odd)                                                                                                          \
    {                                                                                                                          \
        const float *g = steps + (i) / 2 * NLPTK_SLOTS;                                                                        \
        V h = READ(in[i] + c), e = out == in ? h : READ(out[i] + c);                                                           \
        STEP(0, odd) STEP(1, odd) STEP(2, odd) STEP(3, odd) STEP(4, odd) STEP(5, odd)                                          \
        AT(out[i] + c) = e;                                                                                                    \
    }
        int i = 0;
        for (; i + 2 <= n; i += 2) {
            INPUT(i, 0)
            INPUT(i + 1, 1)
        }
        if (i < n)
            INPUT(i, 0)
#undef STEP
#undef INPUT
        /* read again: a row may stand twice in a group */
        AT(u[0] + c) += d0;
        AT(u[1] + c) += d1;
        AT(u[2] + c) += d2;
        AT(u[3] + c) += d3;
        AT(u[4] + c) += d4;
        AT(u[5] + c) += d5;
    }
}

NLPTK_INLINE void NAME(pairs_group)(nlptk_example *x, int group, int64_t stride, float *losses)
{
    int n = x->n_inputs;
    float *const *u = x->targets + group * NLPTK_TARGETS;
    float *steps = x->steps + (int64_t)group * ((n + 1) / 2) * NLPTK_SLOTS;
    const float *signs = x->signs + group * NLPTK_SLOTS;
    int i = 0;
    for (; i + 2 <= n; i += 2, steps += NLPTK_SLOTS) {
        NAME(products)(x->inputs + i, 2, u, stride, steps);
        NAME(respond)(steps, signs, x->alpha, losses);
    }
    if (i < n) {
        static const float one[NLPTK_SLOTS] = {1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1}; /* the slots of 0 .. 5 */
        float first[NLPTK_SLOTS];
        for (int k = 0; k < NLPTK_SLOTS; k++)
            first[k] = signs[k] * one[k];
        NAME(products)(x->inputs + i, 1, u, stride, steps);
        NAME(respond)(steps, first, x->alpha, losses);
    }
}

NLPTK_INLINE void NAME(pairs_group_apply)(const nlptk_example *x, int group, int64_t from, int64_t to)
{
    const float *steps = x->steps + (int64_t)group * ((x->n_inputs + 1) / 2) * NLPTK_SLOTS;
    NAME(update)(x->inputs, x->inputs, x->n_inputs, x->targets + group * NLPTK_TARGETS, steps, from, to);
}

static void NAME(pairs_respond)(nlptk_example *x, int64_t stride)
{
    _Alignas(64) float losses[NLPTK_SLOTS] = {0};
    for (int group = 0; group < x->n_groups; group++)
        NAME(pairs_group)(x, group, stride, losses);
    x->loss = NAME(total)(losses);
}

static void NAME(pairs_apply)(const nlptk_example *x, int64_t from, int64_t to)
{
    for (int group = 0; group < x->n_groups; group++)
        NAME(pairs_group_apply)(x, group, from, to);
}

static void NAME(pairs_train)(nlptk_example *x, int64_t stride)
{
    _Alignas(64) float losses[NLPTK_SLOTS] = {0};
    for (int group = 0; group < x->n_groups; group++) {
        NAME(pairs_group)(x, group, stride, losses);
        NAME(pairs_group_apply)(x, group, 0, stride);
    }
    x->loss = NAME(total)(losses);
}

/* Do something with columns from .. to: f(k, ...) with k vectors at a time, a constant, so that as many stay in registers. */
#define COLUMNS(from, to, f, ...)                                                                                              \
    for (int64_t c = from, left; (left = ((to) - c) / W) > 0; c += (left < MOST ? left : MOST) * W)                            \
        switch (left < MOST ? left : MOST) {                                                                                   \
        case 1: f(1, c, __VA_ARGS__); break;                                                                                   \
        case 2: f(2, c, __VA_ARGS__); break;                                                                                   \
        case 3: f(3, c, __VA_ARGS__); break;                                                                                   \
        case 4: f(4, c, __VA_ARGS__); break;                                                                                   \
        case 5: f(5, c, __VA_ARGS__); break;                                                                                   \
        case 6: f(6, c, __VA_ARGS__); break;                                                                                   \
        case 7: f(7, c, __VA_ARGS__); break;                                                                                   \
        default: f(8, c, __VA_ARGS__);                                                                                         \
        }
#define MOST (W == 16 ? 8 : 4)

/* h = scale * sum of the inputs, twice */
NLPTK_INLINE void NAME(gather)(const int k, int64_t c, const nlptk_example *x, float *h, float *copy)
{
    float *const *inputs = x->inputs;
    const int n = x->n_inputs;
    const float scale = x->scale;
    V zero = {0}, sum[8];
    UNROLL for (int v = 0; v < k; v++) sum[v] = zero;
    for (int i = 0; i < n; i++)
        UNROLL for (int v = 0; v < k; v++) sum[v] += READ(inputs[i] + c + v * W);
    UNROLL for (int v = 0; v < k; v++) AT(h + c + v * W) = AT(copy + c + v * W) = sum[v] * scale;
}

/* The steps of a group and of h, which are added to out. */
NLPTK_INLINE void NAME(move)(const int k, int64_t c, const float *h, float *out, float *const *u, const float *steps)
{
    V in[8], sum[8];
    UNROLL for (int v = 0; v < k; v++) in[v] = READ(h + c + v * W), sum[v] = READ(out + c + v * W);
    UNROLL for (int t = 0; t < NLPTK_TARGETS; t++)
    {
        const float g = steps[NLPTK_SLOT(t)];
        float *row = u[t] + c;
        UNROLL for (int v = 0; v < k; v++)
        {
            V old = READ(row + v * W);
            sum[v] += g * old;
            AT(row + v * W) = old + g * in[v];
        }
    }
    UNROLL for (int v = 0; v < k; v++) AT(out + c + v * W) = sum[v];
}

/* What became of h goes to the inputs. */
NLPTK_INLINE void NAME(spread)(const int k, int64_t c, const nlptk_example *x, const float *before, const float *after)
{
    float *const *inputs = x->inputs;
    const int n = x->n_inputs;
    const float back = x->back;
    V step[8];
    UNROLL for (int v = 0; v < k; v++) step[v] = (READ(after + c + v * W) - READ(before + c + v * W)) * back;
    for (int i = 0; i < n; i++) {
        float *row = inputs[i] + c;
        UNROLL for (int v = 0; v < k; v++) AT(row + v * W) += step[v];
    }
}

NLPTK_INLINE void NAME(sum_group)(nlptk_example *x, int group, int64_t stride, float *h, float *losses)
{
    float *steps = x->steps + (int64_t)group * NLPTK_SLOTS;
    NAME(products)(&h, 1, x->targets + group * NLPTK_TARGETS, stride, steps);
    NAME(respond)(steps, x->signs + group * NLPTK_SLOTS, x->alpha, losses);
}

static void NAME(sum_respond)(nlptk_example *x, int64_t stride, float *work)
{
    _Alignas(64) float losses[NLPTK_SLOTS] = {0}, *h = work;
    COLUMNS(0, stride, NAME(gather), x, h, h)
    for (int group = 0; group < x->n_groups; group++)
        NAME(sum_group)(x, group, stride, h, losses);
    x->loss = NAME(total)(losses);
}

static void NAME(sum_apply)(const nlptk_example *x, int64_t from, int64_t to, int64_t stride, float *work)
{
    float *h = work, *after = work + stride;
    COLUMNS(from, to, NAME(gather), x, h, after)
    for (int group = 0; group < x->n_groups; group++)
        COLUMNS(from, to, NAME(move), h, after, x->targets + group * NLPTK_TARGETS, x->steps + (int64_t)group * NLPTK_SLOTS)
    COLUMNS(from, to, NAME(spread), x, h, after)
}

static void NAME(sum_train)(nlptk_example *x, int64_t stride, float *work)
{
    _Alignas(64) float losses[NLPTK_SLOTS] = {0}, *before = work, *after = work + stride;
    COLUMNS(0, stride, NAME(gather), x, before, after)
    /* the steps of the inputs move h, too, and by just as much */
    float *h = x->joint ? before : after;
    for (int first = 0, next; first < x->n_groups; first = next) {
        next = x->joint ? x->n_groups : first + 1;
        for (int group = first; group < next; group++)
            NAME(sum_group)(x, group, stride, h, losses);
        for (int group = first; group < next; group++)
            COLUMNS(0, stride, NAME(move), h, after, x->targets + group * NLPTK_TARGETS, x->steps + (int64_t)group * NLPTK_SLOTS)
    }
    COLUMNS(0, stride, NAME(spread), x, before, after)
    x->loss = NAME(total)(losses);
}

static const nlptk_row_kernels NAME(kernels) = {
    NAME(pairs_respond), NAME(pairs_apply), NAME(pairs_train), NAME(sum_respond), NAME(sum_apply), NAME(sum_train),
};
#undef V
#undef AT
#undef READ
#undef COLUMNS
#undef MOST
#undef UNROLL
