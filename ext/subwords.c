/* ext/subwords.c   Character n-grams of words, as fastText hashes them. */
#include "nlptk/subwords.h"
#include "nlptk/simd.h"

uint32_t nlptk_fnv(const uint8_t *text, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++) hash = nlptk_fnv_step(hash, text[i]);
    return hash;
}

/* Byte i of "<word>". */
static inline uint8_t byte_of(const uint8_t *word, size_t n, size_t i) { return i == 0 ? '<' : i > n ? '>' : word[i - 1]; }
static inline int goes_on(uint8_t byte) { return (byte & 0xC0) == 0x80; }

size_t nlptk_subwords(const uint8_t *word, size_t n, int min_n, int max_n, uint32_t bucket, uint32_t *out, size_t capacity)
{
    const size_t end = n + 2;
    size_t found = 0;
    for (size_t i = 0; i < end; i++) {
        if (goes_on(byte_of(word, n, i))) continue;
        uint32_t hash = 2166136261u;
        size_t j = i;
        for (int length = 1; j < end && length <= max_n; length++) {
            do hash = nlptk_fnv_step(hash, byte_of(word, n, j++));
            while (j < end && goes_on(byte_of(word, n, j)));
            if (length < min_n || (length == 1 && (i == 0 || j == end))) continue;
            if (found < capacity) out[found] = hash % bucket;
            found++;
        }
    }
    return found;
}

void nlptk_subwords_of_all(const uint8_t *blob, const int64_t *offsets, size_t n_words, int64_t skip, int min_n, int max_n,
                           uint32_t bucket, int64_t *starts, uint32_t *out)
{
    int64_t at = 0;
    for (size_t i = 0; i < n_words; i++) {
        const size_t capacity = out ? (size_t)(starts[i + 1] - starts[i]) : 0;
        if (!out) starts[i] = at;
        if ((int64_t)i == skip) continue;
        at += (int64_t)nlptk_subwords(blob + offsets[i], (size_t)(offsets[i + 1] - offsets[i]), min_n, max_n, bucket,
                                      out ? out + starts[i] : NULL, capacity);
    }
    if (!out) starts[n_words] = at;
}

NLPTK_CLONES
void nlptk_subword_means(const float *rows, size_t n_words, size_t dim, const int64_t *starts, const uint32_t *ngrams, float *out)
{
    for (size_t i = 0; i < n_words; i++) {
        float *sum = out + i * dim;
        memcpy(sum, rows + i * dim, dim * sizeof *sum);
        for (int64_t g = starts[i]; g < starts[i + 1]; g++) {
            const float *row = rows + (n_words + ngrams[g]) * dim;
            for (size_t d = 0; d < dim; d++) sum[d] += row[d];
        }
        const float scale = 1.0f / (float)(starts[i + 1] - starts[i] + 1);
        for (size_t d = 0; d < dim; d++) sum[d] *= scale;
    }
}
