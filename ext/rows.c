/* Kernels over rows of matrices, for several widths of vectors; see rows.h. */
#if defined(__GNUC__) && !defined(__clang__)
/* Products and sums in one instruction, which -std=c11 forbids; and choices without jumps. */
#pragma GCC optimize("fp-contract=fast", "no-trapping-math")
#endif
#include "nlptk/rows.h"

#include <math.h>

#include "nlptk/simd.h"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are arguments of inlined functions only */
#define W 4
#else
#define W 1
#endif
#define NAME(x) plain_##x
#include "nlptk/rows_width.h"
#undef W
#undef NAME

#if !defined(NLPTK_PORTABLE) && defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define BY_PROCESSOR
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define W 8
#define NAME(x) v3_##x
#include "nlptk/rows_width.h"
#undef W
#undef NAME
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define W 16
#define NAME(x) v4_##x
#include "nlptk/rows_width.h"
#undef W
#undef NAME
#pragma GCC pop_options
#endif

const nlptk_row_kernels *nlptk_rows_here(void)
{
#ifdef BY_PROCESSOR
    if (__builtin_cpu_supports("x86-64-v4"))
        return &v4_kernels;
    if (__builtin_cpu_supports("x86-64-v3"))
        return &v3_kernels;
#endif
    return &plain_kernels;
}
