#ifndef NLPTK_SIMD_H
#define NLPTK_SIMD_H
#include <stdint.h>
#include <string.h>

/* One wheel runs everywhere: functions marked so are compiled for several processors, and the right one is taken at load: by what
   a processor can do, not by its maker's name as with "arch=haswell", which no processor but Intel's has. */
#if !defined(NLPTK_PORTABLE) && defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define NLPTK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NLPTK_CLONES
#endif

#if defined(__GNUC__)
#define NLPTK_INLINE static inline __attribute__((always_inline))
#else
#define NLPTK_INLINE static __forceinline
#endif

/* Vectors of doubles, for sums that must stay in registers; where a processor has none so long, the compiler takes several. */
#if defined(__GNUC__)
typedef double nlptk_double4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef double nlptk_double8 __attribute__((vector_size(64), aligned(8), may_alias));
#endif

/* e^x for x in [-708, 708], to a relative 2e-16; a plain loop over it becomes vector code.
   x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by its Taylor series. */
NLPTK_INLINE double nlptk_exp(double x)
{
    const double round = 6755399441055744.0; /* 1.5 * 2^52: adding it leaves an integer in the low bits */
    x = x < -708 ? -708 : x > 708 ? 708 : x;
    const double shifted = x * 1.4426950408889634074 + round, n = shifted - round;
    const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double p = 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    uint64_t bits;
    memcpy(&bits, &shifted, 8);
    bits = (bits << 52) + 0x3FF0000000000000u; /* 2^n */
    double power;
    memcpy(&power, &bits, 8);
    return p * power;
}

#endif
