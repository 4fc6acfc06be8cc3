#include "nlptk/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "nlptk/utf8.h"

#define BATCH 32 /* words whose places in the table are fetched together */

int nlptk_vocabulary_init(nlptk_vocabulary *v)
{
    memset(v, 0, sizeof *v);
    v->mask = (1u << 12) - 1;
    v->slots = calloc((size_t)v->mask + 1, sizeof *v->slots);
    v->offsets = calloc(1, sizeof *v->offsets);
    return v->slots && v->offsets ? 0 : NLPTK_VOCABULARY_MEMORY;
}

void nlptk_vocabulary_free(nlptk_vocabulary *v)
{
    free(v->text);
    free(v->offsets);
    free(v->counts);
    free(v->slots);
    memset(v, 0, sizeof *v);
}

size_t nlptk_vocabulary_bytes(const nlptk_vocabulary *v)
{
    return v->cap_text + (size_t)v->cap * (sizeof *v->offsets + sizeof *v->counts) + ((size_t)v->mask + 1) * sizeof *v->slots;
}

static uint32_t hash_of(const uint8_t *word, size_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u ^ n;
    for (; n >= 8; word += 8, n -= 8) {
        uint64_t eight;
        memcpy(&eight, word, 8);
        h = (h ^ eight) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < n; i++) rest = rest << 8 | word[i];
    h = (h ^ rest) * 0x9FB21C651E98DF25u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    return (uint32_t)(h >> 32);
}

static int grow_slots(nlptk_vocabulary *v)
{
    if (v->mask == UINT32_MAX) return NLPTK_VOCABULARY_MEMORY;
    const uint32_t mask = v->mask * 2 + 1;
    uint64_t *slots = calloc((size_t)mask + 1, sizeof *slots);
    if (!slots) return NLPTK_VOCABULARY_MEMORY;
    for (size_t i = 0; i <= v->mask; i++) {
        if (!v->slots[i]) continue;
        uint32_t at = (uint32_t)(v->slots[i] >> 32) & mask;
        while (slots[at]) at = (at + 1) & mask;
        slots[at] = v->slots[i];
    }
    free(v->slots);
    v->slots = slots;
    v->mask = mask;
    return 0;
}

static int grow_words(nlptk_vocabulary *v, size_t n)
{
    const size_t used = v->offsets[v->n];
    if (used + n > v->cap_text) {
        size_t cap = v->cap_text ? v->cap_text * 2 : 1 << 14;
        if (cap < used + n) cap = used + n;
        uint8_t *text = realloc(v->text, cap);
        if (!text) return NLPTK_VOCABULARY_MEMORY;
        v->text = text;
        v->cap_text = cap;
    }
    if (v->n == v->cap) {
        const uint32_t cap = v->cap ? v->cap * 2 : 1 << 11;
        if (cap > 1u << 31) return NLPTK_VOCABULARY_MEMORY;
        uint64_t *offsets = realloc(v->offsets, ((size_t)cap + 1) * sizeof *offsets);
        if (!offsets) return NLPTK_VOCABULARY_MEMORY;
        v->offsets = offsets;
        uint64_t *counts = realloc(v->counts, (size_t)cap * sizeof *counts);
        if (!counts) return NLPTK_VOCABULARY_MEMORY;
        v->counts = counts;
        v->cap = cap;
    }
    return 0;
}

static int64_t find_or_add(nlptk_vocabulary *v, const uint8_t *word, size_t n, uint32_t hash)
{
    uint32_t at = hash & v->mask;
    for (uint64_t slot; (slot = v->slots[at]); at = (at + 1) & v->mask) {
        if ((uint32_t)(slot >> 32) != hash) continue;
        const uint32_t i = (uint32_t)slot - 1;
        if (v->offsets[i + 1] - v->offsets[i] == n && !memcmp(v->text + v->offsets[i], word, n)) return i;
    }
    int status = grow_words(v, n);
    if (!status && (uint64_t)v->n * 2 >= v->mask) {
        status = grow_slots(v);
        at = hash & v->mask;
        while (!status && v->slots[at]) at = (at + 1) & v->mask;
    }
    if (status) return status;
    const uint32_t i = v->n++;
    if (n) memcpy(v->text + v->offsets[i], word, n);
    v->offsets[i + 1] = v->offsets[i] + n;
    v->counts[i] = 0;
    v->slots[at] = (uint64_t)hash << 32 | (i + 1);
    return i;
}

int64_t nlptk_vocabulary_add(nlptk_vocabulary *v, const uint8_t *word, size_t n)
{
    return find_or_add(v, word, n, hash_of(word, n));
}

static inline int is_blank(uint8_t c)
{
    return c <= ' ' && (c == ' ' || (uint8_t)(c - '\t') < 5 || c == 0);
}

/* The first byte of text[from..to) that is not UTF-8, or `to`. */
static size_t first_wrong(const uint8_t *text, size_t from, size_t to)
{
    while (from < to) {
        if (text[from] < 0x80) {
            from++;
            continue;
        }
        int width = 0;
        if (nlptk_utf8_decode(text + from, text + to, &width) == UINT32_MAX) return from;
        from += (size_t)width;
    }
    return to;
}

int nlptk_vocabulary_encode(nlptk_vocabulary *v, const uint8_t *text, size_t n, int last, size_t *at, uint32_t *out, size_t cap,
                            size_t *written)
{
    struct {
        size_t start, size;
        uint32_t hash; /* size 0: a line end */
    } batch[BATCH];
    size_t i = *at, done = 0;
    int status = 0, more = 1;
    while (more && !status) {
        int m = 0;
        while (m < BATCH && done + (size_t)m < cap) {
            while (i < n && is_blank(text[i]) && text[i] != '\n') i++;
            if (i == n) {
                more = 0;
                break;
            }
            if (text[i] == '\n') {
                batch[m].size = 0;
                m++;
                i++;
                continue;
            }
            size_t stop = i;
            uint8_t high = 0;
            while (stop < n && !is_blank(text[stop])) high |= text[stop++];
            if (stop == n && !last) {
                more = 0;
                break;
            }
            if (high & 0x80) {
                const size_t wrong = first_wrong(text, i, stop);
                if (wrong < stop) {
                    i = wrong;
                    status = NLPTK_VOCABULARY_UTF8;
                    break;
                }
            }
            batch[m].start = i;
            batch[m].size = stop - i;
            batch[m].hash = hash_of(text + i, stop - i);
            __builtin_prefetch(&v->slots[batch[m].hash & v->mask]);
            m++;
            i = stop;
        }
        for (int k = 0; k < m; k++) {
            if (!batch[k].size) {
                out[done++] = NLPTK_LINE_END;
                continue;
            }
            const int64_t id = find_or_add(v, text + batch[k].start, batch[k].size, batch[k].hash);
            if (id < 0) {
                *at = batch[k].start;
                *written = done;
                return (int)id;
            }
            v->counts[id]++;
            out[done++] = (uint32_t)id;
        }
        if (done == cap) more = 0;
    }
    *at = i;
    *written = done;
    return status;
}
