#ifndef NLPTK_VOCABULARY_H
#define NLPTK_VOCABULARY_H
#include <stddef.h>
#include <stdint.h>

/* Words and their numbers, in order of first appearance: a hash table that grows, over one blob of UTF-8. */
typedef struct {
    uint8_t *text; /* word i is text[offsets[i] .. offsets[i+1]) */
    size_t cap_text;
    uint64_t *offsets;
    uint64_t *counts;
    uint32_t n, cap;
    uint64_t *slots; /* hash << 32 | number + 1; 0: free. At most half of them are taken. */
    uint32_t mask;
} nlptk_vocabulary;

enum {
    NLPTK_VOCABULARY_OK = 0,
    NLPTK_VOCABULARY_MEMORY = -1, /* out of memory, or 2^31 words */
    NLPTK_VOCABULARY_UTF8 = -2,   /* the text is not UTF-8 at *at */
};

int nlptk_vocabulary_init(nlptk_vocabulary *v);
void nlptk_vocabulary_free(nlptk_vocabulary *v);
size_t nlptk_vocabulary_bytes(const nlptk_vocabulary *v);

/* The number of a word, new ones are added; negative: a status. Counts are the caller's. */
int64_t nlptk_vocabulary_add(nlptk_vocabulary *v, const uint8_t *word, size_t n);

#define NLPTK_LINE_END UINT32_MAX

/* Encode text as numbers, NLPTK_LINE_END for each line feed, and count them. Words are what lies between ASCII white space
   and NUL. *at: where to begin, then where it stopped: at the end, where `out` is full, at bytes that are no UTF-8,
   or (unless `last`) at the beginning of a word that the text breaks off. Returns a status. */
int nlptk_vocabulary_encode(nlptk_vocabulary *v, const uint8_t *text, size_t n, int last, size_t *at, uint32_t *out, size_t cap,
                            size_t *written);

#endif
