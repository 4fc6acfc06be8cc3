#include "nlptk/cooccurrence.h"

#include <string.h>

#define AHEAD 8 /* positions whose surroundings are on their way from memory */

#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch(p)
#else
#define PREFETCH(p) ((void)(p))
#endif

int64_t nlptk_positions(const int32_t *ids, size_t begin, size_t end, size_t n_words, uint64_t *starts, uint32_t *positions)
{
    memset(starts, 0, (n_words + 1) * sizeof *starts);
    for (size_t p = begin; p < end; p++) {
        if (ids[p] < 0) continue;
        if ((size_t)ids[p] >= n_words) return -1;
        starts[ids[p]]++;
    }
    uint64_t total = 0;
    for (size_t w = 0; w <= n_words; w++) { /* the end of each word's positions, which are then filled in backwards */
        total += starts[w];
        starts[w] = total;
    }
    for (size_t p = end; p > begin; p--) {
        if (ids[p - 1] >= 0) positions[--starts[ids[p - 1]]] = (uint32_t)(p - 1 - begin);
    }
    return (int64_t)total;
}

/* Take one column's sum if it is one of the wanted, and leave 0. What is not wanted is written too, but not counted. */
static inline size_t take(uint64_t *sums, size_t j, size_t limit, uint32_t *column, uint64_t *value)
{
    const uint64_t sum = sums[j];
    sums[j] = 0;
    *column = (uint32_t)j;
    *value = sum;
    return sum != 0 && j < limit;
}

size_t nlptk_cooccurrence_rows(const nlptk_neighbours *c, size_t first, size_t last, uint64_t *sums, uint32_t *columns,
                               uint64_t *values, uint64_t *lengths)
{
    const int32_t *ids = c->ids;
    const size_t window = c->window;
    size_t out = 0;
    for (size_t i = first; i < last; i++) {
        const uint64_t begin = c->starts[i], end = c->starts[i + 1];
        const size_t limit = c->symmetric ? i + 1 : c->n_words, before = out;
        for (uint64_t k = begin; k < end; k++) {
            if (k + AHEAD < end) {
                const size_t q = c->begin + c->positions[k + AHEAD];
                PREFETCH(ids + (c->symmetric && q > window ? q - window : q));
                PREFETCH(ids + q + 1);
            }
            const size_t p = c->begin + c->positions[k];
            const size_t after = c->n - 1 - p < window ? c->n - 1 - p : window;
            for (size_t d = 1; d <= after && ids[p + d] >= 0; d++) sums[ids[p + d]] += c->weights[d - 1];
            if (!c->symmetric) continue;
            const size_t ahead = p < window ? p : window;
            for (size_t d = 1; d <= ahead && ids[p - d] >= 0; d++) sums[ids[p - d]] += c->weights[d - 1];
        }
        if ((end - begin) * window > c->n_words / 8) { /* a frequent word: nearly every column has something */
            for (size_t j = 0; j < limit; j++) out += take(sums, j, limit, columns + out, values + out);
            memset(sums + limit, 0, (c->n_words - limit) * sizeof *sums);
        } else {
            for (uint64_t k = begin; k < end; k++) {
                const size_t p = c->begin + c->positions[k];
                const size_t after = c->n - 1 - p < window ? c->n - 1 - p : window;
                for (size_t d = 1; d <= after && ids[p + d] >= 0; d++) {
                    out += take(sums, (size_t)ids[p + d], limit, columns + out, values + out);
                }
                if (!c->symmetric) continue;
                const size_t ahead = p < window ? p : window;
                for (size_t d = 1; d <= ahead && ids[p - d] >= 0; d++) {
                    out += take(sums, (size_t)ids[p - d], limit, columns + out, values + out);
                }
            }
        }
        lengths[i - first] = out - before;
    }
    return out;
}

size_t nlptk_cooccurrence_add(const uint32_t *columns, const uint64_t *values, const uint64_t *lengths, size_t n_tables,
                              size_t n_rows, uint64_t *sums, uint64_t *at, uint32_t *columns_out, uint64_t *values_out,
                              uint64_t *lengths_out)
{
    uint64_t start = 0;
    for (size_t t = 0; t < n_tables; t++) {
        at[t] = start;
        for (size_t r = 0; r < n_rows; r++) start += lengths[t * n_rows + r];
    }
    size_t out = 0;
    for (size_t r = 0; r < n_rows; r++) {
        const size_t before = out;
        for (size_t t = 0; t < n_tables; t++) {
            const uint64_t end = at[t] + lengths[t * n_rows + r];
            for (uint64_t k = at[t]; k < end; k++) sums[columns[k]] += values[k];
        }
        for (size_t t = 0; t < n_tables; t++) {
            const uint64_t end = at[t] + lengths[t * n_rows + r];
            for (; at[t] < end; at[t]++) out += take(sums, columns[at[t]], SIZE_MAX, columns_out + out, values_out + out);
        }
        lengths_out[r] = out - before;
    }
    return out;
}

typedef struct {
    size_t list;
    uint16_t first, second;
} place;

static inline place place_of(size_t i, size_t j, int shift, int symmetric)
{
    const size_t mask = ((size_t)1 << shift) - 1;
    if (symmetric && (i & mask) > (j & mask)) {
        const size_t other = i;
        i = j;
        j = other;
    }
    return (place){(i & mask) << shift | (j & mask), (uint16_t)(i >> shift), (uint16_t)(j >> shift)};
}

void nlptk_pairs_count(const uint32_t *columns, const uint64_t *lengths, size_t first, size_t n_rows, int shift, int symmetric,
                       int64_t *counts)
{
    for (size_t r = 0; r < n_rows; r++) {
        for (uint64_t k = 0; k < lengths[r]; k++) counts[place_of(first + r, *columns++, shift, symmetric).list]++;
    }
}

void nlptk_pairs_place(const uint32_t *columns, const float *x, const uint64_t *lengths, size_t first, size_t n_rows, int shift,
                       int symmetric, int64_t *ends, nlptk_pair *pairs)
{
    for (size_t r = 0; r < n_rows; r++) {
        for (uint64_t k = 0; k < lengths[r]; k++) {
            const place p = place_of(first + r, *columns++, shift, symmetric);
            pairs[ends[p.list]++] = (nlptk_pair){p.first, p.second, *x++};
        }
    }
}

/* splitmix64 */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

void nlptk_pairs_shuffle(nlptk_pair *pairs, size_t n, uint64_t seed)
{
    for (; n > 1; n--) {
        const uint64_t r = next_random(&seed); /* below 2^32 pairs the product does not overflow */
        const size_t k = n >> 32 ? (size_t)(r % n) : (size_t)((r >> 32) * n >> 32);
        const nlptk_pair last = pairs[n - 1];
        pairs[n - 1] = pairs[k];
        pairs[k] = last;
    }
}
