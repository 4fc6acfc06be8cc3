/* ext/word_table.c   Words to numbers, in arrays that lie in a file. */
#include "nlptk/word_table.h"
#include "nlptk/xxhash.h"
#include <string.h>

int nlptk_word_at(const nlptk_word_table *t, uint32_t i, const uint8_t **word, size_t *size)
{
    const int64_t start = t->offsets[i], stop = t->offsets[i + 1];
    if (start < 0 || stop < start || (uint64_t)stop > t->blob_size) return -1;
    *word = t->blob + start;
    *size = (size_t)(stop - start);
    return 0;
}

static int64_t look_up(const nlptk_word_table *t, const uint64_t *slots, const uint8_t *word, size_t n, uint64_t hash, size_t *at)
{
    *at = hash & t->mask;
    for (size_t probes = 0; probes <= t->mask && slots[*at]; probes++, *at = (*at + 1) & t->mask) {
        const uint32_t i = (uint32_t)slots[*at] - 1;
        const uint8_t *other;
        size_t size;
        if (slots[*at] >> 32 != hash >> 32 || i >= t->n || nlptk_word_at(t, i, &other, &size)) continue;
        if (size == n && (!n || !memcmp(word, other, n))) return i;
    }
    return -1;
}

int64_t nlptk_word_find(const nlptk_word_table *t, const uint8_t *word, size_t n)
{
    size_t at;
    return look_up(t, t->slots, word, n, nlptk_xxh64(word, n, 0), &at);
}

size_t nlptk_word_fill(const nlptk_word_table *t, uint64_t *slots, uint32_t *twice)
{
    size_t again = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const uint8_t *word;
        size_t n, at;
        if (nlptk_word_at(t, i, &word, &n)) continue;
        const uint64_t hash = nlptk_xxh64(word, n, 0);
        if (look_up(t, slots, word, n, hash, &at) < 0)
            slots[at] = hash >> 32 << 32 | (i + 1);
        else if (!again++)
            *twice = i;
    }
    return again;
}
