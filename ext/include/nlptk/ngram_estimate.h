#ifndef NLPTK_NGRAM_ESTIMATE_H
#define NLPTK_NGRAM_ESTIMATE_H
#include <stddef.h>
#include <stdint.h>

#include "nlptk/spool.h"

/* Back-off models from text, in streams: memory has a cap, whatever the size of the text, and the result does not depend on it.

   A position is a token of the text, <s> and </s> included. The n-gram at a position is the one that ends there, if the sentence has
   n tokens up to there. Each order numbers its n-grams in suffix order (by the last word, then the one before it, ...), so that the
   n-gram at a position is found by sorting the pairs

       (number of the (n-1)-gram at this position = its suffix, first word),

   and its context is the (n-1)-gram at the position before: one sort an order, of pairs of integers, whatever the order is.
   Everything that is looked up by number (sums over a context, probabilities of a suffix) is first brought into parts of
   consecutive numbers that fit into the cache, by way of a spool for each part. */

#define NLPTK_NGRAM_MAX_ORDER 20
#define NLPTK_NGRAM_MAX_PARTS 256
#define NLPTK_NGRAM_MAX_POSITIONS ((uint64_t)1 << 31)

enum { NLPTK_UNKNOWN = 0, NLPTK_SENTENCE_START = 1, NLPTK_SENTENCE_END = 2 };

enum { NLPTK_KNESER_NEY, NLPTK_WITTEN_BELL, NLPTK_JELINEK_MERCER, NLPTK_ADD_K, NLPTK_STUPID_BACKOFF };

typedef struct {
    uint64_t n, kept;                /* n-grams, and those that are not pruned */
    uint64_t count_of_counts[5];     /* [k]: how many have adjusted count k, for k = 1..4 */
    double discount[4];              /* [k]: of adjusted count k, the last one for all from 3 on */
    int ends_last;                   /* whether the last one is the end of the last one of the highest order */
    uint32_t threshold;              /* n-grams that occur at most so often are pruned */
    nlptk_spool suffix, first;       /* u32 for each n-gram: the (n-1)-gram without the first word; the first word */
    nlptk_spool context;             /* u32: the (n-1)-gram without the last word */
    nlptk_spool count;               /* u32: how often it occurs */
    nlptk_spool extensions;          /* u32: how many different words stand before it */
    nlptk_spool adjusted;            /* u32: the count that is smoothed; left empty where it is `count` */
    nlptk_spool probability, backoff; /* float, not logarithms */
} nlptk_ngram_level;

typedef struct {
    int order, smoothing;
    double weight, k, alpha; /* of Jelinek-Mercer, add-k, stupid backoff */
    uint32_t n_words;
    uint64_t n_positions, n_sentences;
    const uint64_t *word_counts; /* n_words; the caller's */
    size_t most;                 /* records that are sorted in memory */
    uint32_t n_parts;
    nlptk_pool pool;
    nlptk_spool words, ids; /* u32 for each position: the word; the n-gram of the order done last, or none */
    nlptk_ngram_level levels[NLPTK_NGRAM_MAX_ORDER + 1];
    nlptk_spool parts[NLPTK_NGRAM_MAX_PARTS], by_position[NLPTK_NGRAM_MAX_PARTS];
    /* of the order at work */
    uint32_t bounds[NLPTK_NGRAM_MAX_PARTS + 1], next_bounds[NLPTK_NGRAM_MAX_PARTS + 1]; /* numbers at which parts begin */
    uint32_t n_bounds, n_next_bounds;
    uint64_t covered;
    int word_bits, in_sentence, is_open;
    uint64_t key;
    uint32_t group_count, suffix, extensions;
    nlptk_spool_reader read_suffix, read_lower;
    uint64_t lower;
    float lower_probability;
    void *workspace;
    size_t workspace_bytes;
} nlptk_ngrams;

enum { NLPTK_NGRAMS_TOO_LONG = -10, NLPTK_NGRAMS_MARK = -11 };

void nlptk_ngrams_init(nlptk_ngrams *m, int order, size_t block_bytes, size_t limit);
void nlptk_ngrams_free(nlptk_ngrams *m);

/* Text: numbers of words and NLPTK_LINE_END; *done tokens were taken. A line is a sentence, an empty one too. NLPTK_NGRAMS_MARK:
   <s> or </s> stands in the text, as token *done. */
int nlptk_ngrams_feed(nlptk_ngrams *m, const uint32_t *tokens, size_t n, size_t *done);
int nlptk_ngrams_feed_end(nlptk_ngrams *m);
int nlptk_ngrams_rename(nlptk_ngrams *m, const uint32_t *names); /* give the words other numbers */

/* Counting. `begin` once; then for n = 2 to order: distribute, sort each part, end. Order 1 needs none. */
int nlptk_ngrams_begin(nlptk_ngrams *m, uint32_t n_words, const uint64_t *word_counts, size_t most, uint32_t n_parts);
int nlptk_ngrams_distribute(nlptk_ngrams *m, int n);
int nlptk_ngrams_sort_part(nlptk_ngrams *m, int n, uint32_t part);
int nlptk_ngrams_sort_end(nlptk_ngrams *m, int n);
int nlptk_ngrams_adjust(nlptk_ngrams *m, int n); /* once order n+1 is sorted, or n is the highest */

/* Estimation, when discounts are set: order 1 whole; then for n = 2 to order: contexts of each part, interpolation of each part. */
int nlptk_ngrams_unigrams(nlptk_ngrams *m);
int nlptk_ngrams_contexts_begin(nlptk_ngrams *m, int n);
int nlptk_ngrams_contexts_part(nlptk_ngrams *m, int n, uint32_t part);
int nlptk_ngrams_interpolate_begin(nlptk_ngrams *m, int n);
int nlptk_ngrams_interpolate_part(nlptk_ngrams *m, int n, uint32_t part);
void nlptk_ngrams_interpolate_end(nlptk_ngrams *m);

/* The n-grams of one order that are not pruned, in suffix order. */
typedef struct {
    nlptk_ngrams *m;
    int n;
    struct {
        nlptk_spool_reader suffix, first, count;
        int64_t at;      /* the n-gram held, -1 at first */
        uint32_t rank;   /* how many before it are kept */
        int is_kept;
        uint32_t of;     /* its suffix */
        uint32_t words[NLPTK_NGRAM_MAX_ORDER];
    } levels[NLPTK_NGRAM_MAX_ORDER + 1];
    nlptk_spool_reader probability, backoff, count;
    uint32_t *word_ranks; /* NULL: no word is pruned */
} nlptk_ngram_reader;

int nlptk_ngram_reader_open(nlptk_ngram_reader *r, nlptk_ngrams *m, int n);
void nlptk_ngram_reader_close(nlptk_ngram_reader *r);

/* Up to `max` n-grams, each of these unless NULL: row-major `words` (oldest first), `suffixes` (numbers among the kept ones of order
   n-1), log10 `probabilities` and `backoffs` (not of the highest order), rounded to seven decimals, `counts` (before estimation has
   used them up). Returns how many, or a negative status. */
int64_t nlptk_ngram_reader_next(nlptk_ngram_reader *r, size_t max, uint32_t *words, uint32_t *suffixes, float *probabilities,
                                float *backoffs, uint32_t *counts);

#endif
