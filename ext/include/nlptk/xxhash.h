#ifndef NLPTK_XXHASH_H
#define NLPTK_XXHASH_H
#include <stddef.h>
#include <stdint.h>

/* XXH64 of n bytes, after the specification at github.com/Cyan4973/xxHash (doc/xxhash_spec.md). */
uint64_t nlptk_xxh64(const void *data, size_t n, uint64_t seed);

#endif
