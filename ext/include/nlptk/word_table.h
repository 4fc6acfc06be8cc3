#ifndef NLPTK_WORD_TABLE_H
#define NLPTK_WORD_TABLE_H
#include <stddef.h>
#include <stdint.h>

/* Words and their numbers, as they lie in a file: looking one up touches a few bytes of a table of any size, and opening it none.

   Word i is blob[offsets[i] .. offsets[i+1]). A slot is 0 or hash >> 32 << 32 | i + 1; the hash is XXH64, and a word is looked for
   from slot `hash & mask` on. Nobody need have checked the arrays: what does not fit is as if it were not there. */
typedef struct {
    const uint8_t *blob;
    size_t blob_size;
    const int64_t *offsets; /* (n + 1) */
    uint32_t n;
    const uint64_t *slots;
    size_t mask; /* slots - 1, a power of two less one */
} nlptk_word_table;

/* Where word i is; 0 and its size, or -1 if the offsets are damaged. */
int nlptk_word_at(const nlptk_word_table *t, uint32_t i, const uint8_t **word, size_t *size);

/* The number of a word, or -1. */
int64_t nlptk_word_find(const nlptk_word_table *t, const uint8_t *word, size_t n);

/* Fill the slots, all 0 before, more of them than words. Of equal words the first one is found. Returns the number of words that
   had been there before; *twice: the first such word. */
size_t nlptk_word_fill(const nlptk_word_table *t, uint64_t *slots, uint32_t *twice);

#endif
