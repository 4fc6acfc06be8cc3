#ifndef NLPTK_DRAW_H
#define NLPTK_DRAW_H
#include <stdint.h>

/* Random numbers by their place, not by their turn: the same wherever, whenever and by whomever they are drawn (Steele, Lea &
   Flood 2014, "Fast splittable pseudorandom number generators"). */
static inline uint64_t nlptk_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The number `place` of a stream. */
static inline uint64_t nlptk_draw(uint64_t stream, uint64_t place)
{
    return nlptk_mix(stream + (place + 1) * 0x9E3779B97F4A7C15u);
}

/* Draws from a discrete distribution in constant time (Walker 1977): of n equal columns the share below `threshold` / 2^32 is
   the column's own, the rest is `other`'s. */
typedef struct {
    uint32_t threshold;
    int32_t other;
} nlptk_alias;

/* Fill the table for n weights, none negative, not all zero; work: 2 n int32. */
static inline void nlptk_alias_fill(const double *weights, int64_t n, nlptk_alias *table, double *share, int32_t *work)
{
    double total = 0;
    int64_t small = 0, large = n;
    for (int64_t i = 0; i < n; i++)
        total += weights[i];
    for (int64_t i = 0; i < n; i++) {
        share[i] = weights[i] / total * (double)n;
        if (share[i] < 1)
            work[small++] = (int32_t)i;
        else
            work[--large] = (int32_t)i;
    }
    while (small && large < n) {
        int32_t poor = work[--small], rich = work[large];
        table[poor].threshold = (uint32_t)(share[poor] * 4294967295.0);
        table[poor].other = rich;
        share[rich] -= 1 - share[poor];
        if (share[rich] < 1) {
            large++;
            work[small++] = rich;
        }
    }
    /* what rounding left over is full */
    while (small) {
        int32_t i = work[--small];
        table[i].threshold = UINT32_MAX, table[i].other = i;
    }
    while (large < n) {
        int32_t i = work[large++];
        table[i].threshold = UINT32_MAX, table[i].other = i;
    }
}

static inline int32_t nlptk_alias_draw(const nlptk_alias *table, uint32_t n, uint64_t random)
{
    uint32_t column = (uint32_t)((random >> 32) * n >> 32);
    /* no jump, which would be to one side as often as to the other */
    uint32_t own = 0u - ((uint32_t)random <= table[column].threshold);
    return (int32_t)((column & own) | ((uint32_t)table[column].other & ~own));
}

#endif
