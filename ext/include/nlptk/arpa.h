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

/* ---- numbers and lines out */

/* Write a finite number with at most 7 decimals if these give it back, otherwise with 8 or 9 significant digits, and an
   exponent where they begin beyond 10^9 or behind 10^-5. Trailing zeros are left out. Returns where it ends; up to
   NLPTK_ARPA_NUMBER bytes are touched. */
char *nlptk_arpa_write_number(char *out, float x);

/* Read `[+-]digits[.digits][e[+-]digits]`: the float next to the double next to it. *stop: where it ends, or p if there is no
   number, it is not finite as a float, or it is longer than 100 bytes. */
float nlptk_arpa_read_number(const char *p, const char *end, const char **stop);

/* Write n-grams, a line each, as many as fit: prob TAB w1 w2 .. wn [TAB backoff] LF.
   ids (count, n): the words, in the order of the text. log_backoff (count): NULL for the highest order.
   Word w is blob[offsets[w] .. offsets[w + 1]). Returns the bytes written; *lines_done: how many lines they are. */
size_t nlptk_arpa_format(char *out, size_t capacity, const uint32_t *ids, int n, size_t count, const float *log_prob,
                         const float *log_backoff, const char *blob, const uint64_t *offsets, size_t *lines_done);

/* ---- words to ids */

/* A word of up to 8 bytes is its own key, padded with zeros; the key of a longer one is a hash. */
typedef struct {
    uint64_t key;
    uint32_t length; /* 0: the slot is free */
    uint32_t id;
} nlptk_arpa_slot;

/* 0 = <unk>, 1 = <s>, 2 = </s>, then words as they are added. Word w is blob[offsets[w] .. offsets[w + 1]). */
typedef struct {
    char *blob;
    uint64_t *offsets; /* (n_words + 1) */
    size_t n_words, cap_words, cap_blob;
    nlptk_arpa_slot *slots;
    size_t mask;
    bool seen[3]; /* which of the first three a unigram has been read of */
} nlptk_arpa_words;

int nlptk_arpa_words_init(nlptk_arpa_words *words);
void nlptk_arpa_words_free(nlptk_arpa_words *words);

/* ---- lines in */

enum {
    NLPTK_ARPA_OK = 0,
    NLPTK_ARPA_HEADER = 1,       /* a line that begins with a backslash is next */
    NLPTK_ARPA_MEMORY = -1,
    NLPTK_ARPA_FULL = -2,        /* more than 2^32 - 2 words */
    NLPTK_ARPA_PROBABILITY = -3, /* `field` is no finite number */
    NLPTK_ARPA_POSITIVE = -4,    /* a log probability above 0, by more than rounding */
    NLPTK_ARPA_WORDS = -5,       /* too few or too many words */
    NLPTK_ARPA_BACKOFF = -6,     /* `field` is no finite number */
    NLPTK_ARPA_UNKNOWN = -7,     /* `field` is not among the unigrams */
    NLPTK_ARPA_TWICE = -8,       /* `field` is a unigram that has been there already */
    NLPTK_ARPA_UTF8 = -9,        /* `field` is a unigram that is not UTF-8 */
};

/* A part of a section, and how far it has been read. */
typedef struct {
    const char *text, *end; /* whole lines; the last one of a file need not have a line feed */
    size_t lines;           /* so far */
    size_t rows;            /* n-grams so far; blank lines hold none */
    const char *field;      /* what is wrong */
    size_t field_size;
} nlptk_arpa_text;

/* Read n-grams into ids (limit, n), log_prob (limit) and log_backoff (limit, 0 where a line has none; NULL: the highest order,
   where none may have one) until the text ends, there are `limit` rows, or a header or a mistake comes: there text->text stops.
   n = 1 adds the words. Fields are parted by tabs, blanks and carriage returns. */
int nlptk_arpa_read(nlptk_arpa_words *words, nlptk_arpa_text *text, int n, size_t limit, uint32_t *ids, float *log_prob,
                    float *log_backoff);

#endif
