#ifndef NLPTK_COOCCURRENCE_H
#define NLPTK_COOCCURRENCE_H
#include <stddef.h>
#include <stdint.h>

/* How often words stand near each other, row by row: all neighbours of one word are added up in an array with a place for each word
   of the vocabulary, which stays in the cache, before the next word comes. So nothing is hashed or sorted, and a pair is written down
   once. Sums are integers in units of 2^-32, so that they do not depend on the order in which they are made. */

#define NLPTK_COOCCURRENCE_MAX_WINDOW 1000

typedef struct {
    const int32_t *ids; /* the whole corpus: words, something negative at the end of each sentence */
    size_t n;
    size_t begin;              /* where the part of it begins whose words are counted */
    const uint64_t *starts;    /* n_words + 1: where in `positions` the word's begin */
    const uint32_t *positions; /* counted from `begin` */
    size_t n_words;
    size_t window;
    const uint64_t *weights; /* window: of the neighbour at distance 1, 2, ... */
    int symmetric;           /* words before and after, each pair in the row of its larger number; otherwise words after */
} nlptk_neighbours;

/* Where each word stands in ids[begin..end): `starts` and `positions` for nlptk_neighbours. Returns how many words there are, or -1:
   a number is not below n_words. */
int64_t nlptk_positions(const int32_t *ids, size_t begin, size_t end, size_t n_words, uint64_t *starts, uint32_t *positions);

/* Rows first..last-1: pairs (column, sum) one row after the other, and the lengths of the rows. `sums` has n_words zeros, and has them
   again afterwards. There must be room for one pair more than the rows can have: each at most as many as it has neighbours, and
   columns. Returns how many there are. */
size_t nlptk_cooccurrence_rows(const nlptk_neighbours *c, size_t first, size_t last, uint64_t *sums, uint32_t *columns,
                               uint64_t *values, uint64_t *lengths);

/* The sum of several tables of the same n_rows rows; they stand one after the other in columns and values, lengths is
   (n_tables, n_rows). `at` has room for n_tables, and the output for one pair more than all tables have. */
size_t nlptk_cooccurrence_add(const uint32_t *columns, const uint64_t *values, const uint64_t *lengths, size_t n_tables,
                              size_t n_rows, uint64_t *sums, uint64_t *at, uint32_t *columns_out, uint64_t *values_out,
                              uint64_t *lengths_out);

/* Word w is number w >> shift of block w & (2^shift - 1). The pairs of two blocks make a list. Of symmetric counts a pair stands once,
   the word of the smaller block first. */
typedef struct {
    uint16_t first, second; /* numbers in their blocks */
    float x;
} nlptk_pair;

/* Add the lengths of lists, 2^shift by 2^shift, of rows that begin with row `first`. */
void nlptk_pairs_count(const uint32_t *columns, const uint64_t *lengths, size_t first, size_t n_rows, int shift, int symmetric,
                       int64_t *counts);

/* Append the pairs to their lists; `ends` are the places where these end, moved on. */
void nlptk_pairs_place(const uint32_t *columns, const float *x, const uint64_t *lengths, size_t first, size_t n_rows, int shift,
                       int symmetric, int64_t *ends, nlptk_pair *pairs);

/* Random order (Fisher-Yates). */
void nlptk_pairs_shuffle(nlptk_pair *pairs, size_t n, uint64_t seed);

#endif
