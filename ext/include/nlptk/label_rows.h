#ifndef NLPTK_LABEL_ROWS_H
#define NLPTK_LABEL_ROWS_H
#include <stdint.h>

#include "nlptk/simd.h"

/* Rows of floats, one for each label, padded to 4 or to a multiple of 8 of them: what is added up or maximised over many rows
   stays in registers, block by block. Each sum has the order of its rows, on every processor. */

#if defined(__GNUC__)
typedef float nlptk_float4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t nlptk_int4 __attribute__((vector_size(16)));
typedef float nlptk_float8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t nlptk_int8 __attribute__((vector_size(32)));

/* Two chains of maxima, for even and odd rows, so that one need not wait for the other. */
#define NLPTK_TAKE_LARGER(vector, ints, best, from, row, count)                         \
    for (int k_ = 0; k_ < (count); k_++) {                                              \
        const vector p_ = (from) + ((const vector *)(row))[k_];                         \
        const ints larger_ = p_ > (best)[k_];                                           \
        (best)[k_] = (vector)((larger_ & (ints)p_) | (~larger_ & (ints)(best)[k_]));    \
    }

#define NLPTK_MAX_PLUS(name, vector, ints)                                                                                      \
    NLPTK_INLINE void name(const float *before, const float *rows, int n, int width, const float *added, float *out,            \
                           const int count)                                                                                     \
    {                                                                                                                           \
        vector even[3], odd[3];                                                                                                 \
        for (int k = 0; k < count; k++) even[k] = odd[k] = before[0] + ((const vector *)rows)[k];                               \
        int j = 1;                                                                                                              \
        for (; j + 1 < n; j += 2) {                                                                                             \
            const float *row = rows + j * width;                                                                                \
            NLPTK_TAKE_LARGER(vector, ints, odd, before[j], row, count)                                                         \
            NLPTK_TAKE_LARGER(vector, ints, even, before[j + 1], row + width, count)                                            \
        }                                                                                                                       \
        if (j < n) NLPTK_TAKE_LARGER(vector, ints, odd, before[j], rows + j * width, count)                                     \
        NLPTK_TAKE_LARGER(vector, ints, even, (vector){0}, odd, count)                                                          \
        for (int k = 0; k < count; k++) ((vector *)out)[k] = even[k] + ((const vector *)added)[k];                              \
    }
NLPTK_MAX_PLUS(nlptk_max_plus4, nlptk_float4, nlptk_int4)
NLPTK_MAX_PLUS(nlptk_max_plus8, nlptk_float8, nlptk_int8)

/* out[y] = added[y] + max over j < n of before[j] + rows[j * width + y] */
NLPTK_INLINE void nlptk_max_plus(const float *before, const float *rows, int n, int width, const float *added, float *out)
{
    int y = 0;
    if (width == 4) {
        nlptk_max_plus4(before, rows, n, width, added, out, 1);
        return;
    }
    for (; y + 24 <= width; y += 24) nlptk_max_plus8(before, rows + y, n, width, added + y, out + y, 3);
    if (width - y == 16) nlptk_max_plus8(before, rows + y, n, width, added + y, out + y, 2);
    else if (width - y == 8) nlptk_max_plus8(before, rows + y, n, width, added + y, out + y, 1);
}
#else
NLPTK_INLINE void nlptk_max_plus(const float *before, const float *rows, int n, int width, const float *added, float *out)
{
    for (int y = 0; y < width; y++) out[y] = before[0] + rows[y];
    for (int j = 1; j < n; j++) {
        const float b = before[j], *row = rows + j * width;
        for (int y = 0; y < width; y++) out[y] = b + row[y] > out[y] ? b + row[y] : out[y];
    }
    for (int y = 0; y < width; y++) out[y] += added[y];
}
#endif

#endif
