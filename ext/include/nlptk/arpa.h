#ifndef NLPTK_ARPA_H
#define NLPTK_ARPA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ARPA text format of n-gram models: `log10 probability TAB words separated by blanks [TAB log10 backoff]`.

   Numbers are decimal, whatever the locale is. What is written is read back as the same float (but -0, which is written 0). */

enum {
    NLPTK_ARPA_ORDER = 20,  /* words of the longest n-grams */
    NLPTK_ARPA_NUMBER = 24, /* bytes that must be free where a number is written */
};

/* Write a finite number with at most 7 decimals if these give it back, otherwise with 9 significant digits and an exponent.
   Trailing zeros are left out. Returns where it ends; up to NLPTK_ARPA_NUMBER bytes are touched. */
char *nlptk_arpa_write_number(char *out, float x);

/* Read `[+-]digits[.digits][e[+-]digits]`: the float next to the double next to it. *stop: where it ends, or p if there is no
   number, it is not finite as a float, or it is longer than 100 bytes. */
float nlptk_arpa_read_number(const char *p, const char *end, const char **stop);

/* Write n-grams, a line each, as many as fit: prob TAB w1 w2 .. wn [TAB backoff] LF.
   ids (count, n): the words, in the order of the text. log_backoff (count): NULL for the highest order.
   Word w is blob[offsets[w] .. offsets[w + 1]). Returns the bytes written; *lines_done: how many lines they are. */
size_t nlptk_arpa_format(char *out, size_t capacity, const uint32_t *ids, int n, size_t count, const float *log_prob,
                         const float *log_backoff, const char *blob, const uint64_t *offsets, size_t *lines_done);

#endif
