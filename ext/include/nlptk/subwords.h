#ifndef NLPTK_SUBWORDS_H
#define NLPTK_SUBWORDS_H
#include <stddef.h>
#include <stdint.h>

/* Character n-grams of words as fastText has them (Bojanowski et al. 2017: "Enriching word vectors with subword information"):
   all n-grams of "<word>" of min_n to max_n characters but the lone brackets, each in the bucket that its hash says. */

/* FNV-1a of 32 bits; each byte is sign-extended before it is mixed in, as in fastText, whose bytes are signed chars. */
static inline uint32_t nlptk_fnv_step(uint32_t hash, uint8_t byte) { return (hash ^ (uint32_t)(int32_t)(int8_t)byte) * 16777619u; }
uint32_t nlptk_fnv(const uint8_t *text, size_t n);

/* Buckets of the n-grams of a word of n bytes, in fastText's order. Returns how many there are; those beyond `capacity` are not
   written. A character is a byte and the 10xxxxxx bytes behind it, whether that is UTF-8 or not. bucket > 0. */
size_t nlptk_subwords(const uint8_t *word, size_t n, int min_n, int max_n, uint32_t bucket, uint32_t *out, size_t capacity);

/* The same for many words: word i is blob[offsets[i] .. offsets[i+1]), its buckets are out[starts[i] .. starts[i+1]).
   out: NULL to fill `starts` (n_words + 1) only. skip: a word that has none, such as fastText's "</s>"; -1: no such word. */
void nlptk_subwords_of_all(const uint8_t *blob, const int64_t *offsets, size_t n_words, int64_t skip, int min_n, int max_n,
                           uint32_t bucket, int64_t *starts, uint32_t *out);

/* out (n_words, dim) = the mean of a word's own row and the rows of its n-grams.
   rows (n_words + buckets, dim), whose first ones are the words' own. */
void nlptk_subword_means(const float *rows, size_t n_words, size_t dim, const int64_t *starts, const uint32_t *ngrams, float *out);

#endif
