/* ext/xxhash.c   XXH64, the checksum of every array in a model file: 10 MB take about a millisecond.

   Four lanes eat 32 bytes a round:   lane = rotl(lane + word * P2, 31) * P1
   and are folded into one number that then eats the rest and is avalanched. */
#include "nlptk/xxhash.h"
#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87u, P2 = 0xC2B2AE3D27D4EB4Fu, P3 = 0x165667B19E3779F9u,
                      P4 = 0x85EBCA77C2B2AE63u, P5 = 0x27D4EB2F165667C5u;

static inline uint64_t rotl(uint64_t x, int r) { return (x << r) | (x >> (64 - r)); }

static inline uint64_t read64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t lane_round(uint64_t lane, uint64_t word) { return rotl(lane + word * P2, 31) * P1; }
static inline uint64_t fold(uint64_t hash, uint64_t lane) { return (hash ^ lane_round(0, lane)) * P1 + P4; }

uint64_t nlptk_xxh64(const void *data, size_t n, uint64_t seed)
{
    const uint8_t *p = data, *end = p + n;
    uint64_t hash;
    if (n >= 32) {
        uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
        for (; end - p >= 32; p += 32) {
            a = lane_round(a, read64(p));
            b = lane_round(b, read64(p + 8));
            c = lane_round(c, read64(p + 16));
            d = lane_round(d, read64(p + 24));
        }
        hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
        hash = fold(fold(fold(fold(hash, a), b), c), d);
    } else
        hash = seed + P5;
    hash += n;
    for (; end - p >= 8; p += 8) hash = rotl(hash ^ lane_round(0, read64(p)), 27) * P1 + P4;
    if (end - p >= 4) {
        hash = rotl(hash ^ read32(p) * P1, 23) * P2 + P3;
        p += 4;
    }
    for (; p < end; p++) hash = rotl(hash ^ *p * P5, 11) * P1;
    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    return hash ^ hash >> 32;
}
