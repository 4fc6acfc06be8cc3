#ifndef NLPTK_VECTOR_TEXT_H
#define NLPTK_VECTOR_TEXT_H
#include <stddef.h>
#include <stdint.h>

/* Word vectors in word2vec's two formats: text, a line `word v1 .. vD` each, and binary, `word`, a blank and D floats each, with or
   without a line feed behind them. Numbers in text are decimal, whatever the locale is; what is written is read back as it was. */

enum {
    NLPTK_VECTORS_OK = 0,
    NLPTK_VECTORS_NUMBER = -1, /* `field` is no finite number; binary: the vector holds one that is not finite */
    NLPTK_VECTORS_FEW = -2,    /* `found` numbers only */
    NLPTK_VECTORS_MANY = -3,   /* `found` numbers */
    NLPTK_VECTORS_UTF8 = -4,   /* the word, `field`, is not UTF-8 */
    NLPTK_VECTORS_LONG = -5,   /* a word that does not end */
};
#define NLPTK_VECTORS_WORD (1 << 16) /* bytes of the longest word in a binary file */

typedef struct {
    const uint8_t *text, *end;
    size_t rows, lines; /* so far; lines: with empty ones, which hold none */
    const uint8_t *field; /* what is wrong */
    size_t field_size, found;
} nlptk_vectors_text;

/* Read rows until the text ends (text: behind its last line feed, or at the end if it is `last`; binary: before the first row that is
   not whole), until there are `limit` of them, or until something is wrong: then text->text is where that row begins.
   values (limit, dim); the words are spans[2 i] .. spans[2 i + 1], bytes from `base` on. In text a word may hold blanks if what
   follows them is no number. any_bytes: words need not be UTF-8. */
int nlptk_vectors_read_text(nlptk_vectors_text *t, const uint8_t *base, int last, int any_bytes, size_t dim, size_t limit,
                            float *values, int64_t *spans);
int nlptk_vectors_read_binary(nlptk_vectors_text *t, const uint8_t *base, int any_bytes, size_t dim, size_t limit, float *values,
                              int64_t *spans);

/* How many numbers the first line has behind its word: D of a file that does not say it. */
size_t nlptk_vectors_count(const uint8_t *line, const uint8_t *end);

/* Write rows as many as fit; all values are finite. Word i is blob[offsets[i] .. offsets[i + 1]). Returns the bytes. */
size_t nlptk_vectors_write_text(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets, const float *values,
                                size_t rows, size_t dim, size_t *done);
size_t nlptk_vectors_write_binary(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets, const float *values,
                                  size_t rows, size_t dim, size_t *done);

#endif
