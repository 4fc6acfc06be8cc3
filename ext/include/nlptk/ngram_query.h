#ifndef NLPTK_NGRAM_QUERY_H
#define NLPTK_NGRAM_QUERY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A back-off n-gram model over arrays that somebody else owns, a mapped file for one. Whatever stands in them, every
   function ends and stays inside them. Words are numbers; probabilities and back-offs are log10.

   The n-grams of order n >= 2 are a hash table with linear probing. An n-gram is its first word and the slot, in the table
   of order n - 1, of what follows it (for n = 2: the second word): the key is exact, and following it gives the words. */

enum { NLPTK_LM_MAX_ORDER = 20, NLPTK_LM_QUANTIZED = 10 /* bytes of an entry */ };
#define NLPTK_LM_NONE UINT32_MAX
enum { NLPTK_LM_UNK, NLPTK_LM_BOS, NLPTK_LM_EOS, NLPTK_LM_SPECIALS }; /* the first words */
enum { NLPTK_LM_OK = 0, NLPTK_LM_RANGE = -1, NLPTK_LM_TWICE = -2, NLPTK_LM_FULL = -3, NLPTK_LM_NUMBER = -4, NLPTK_LM_COUNT = -5 };

typedef struct {
    uint32_t suffix; /* slot in the table of the next lower order */
    uint32_t first;  /* word; NLPTK_LM_NONE: the slot is empty */
    float log_prob, log_backoff;
} nlptk_ngram;

typedef struct {
    const uint8_t *entries; /* nlptk_ngram each; with a codebook: suffix, first, and a byte for each of the two numbers */
    uint64_t capacity;      /* 1 to 2^32 - 1 */
    const float *codebook;  /* 256 probabilities, 256 back-offs; or NULL */
} nlptk_ngram_table;

typedef struct {
    const uint8_t *blob;       /* word i is blob[offsets[i] .. offsets[i + 1]), UTF-8 */
    size_t n_blob;
    const int64_t *offsets;
    uint32_t n_words;
    const uint32_t *slots;     /* hash table of words: pairs of fingerprint and word, NLPTK_LM_NONE if empty */
    uint32_t n_slots;
    const float *unigrams;     /* pairs of log_prob and log_backoff */
    int order;
    nlptk_ngram_table tables[NLPTK_LM_MAX_ORDER + 1]; /* [2] to [order] */
} nlptk_lm;

typedef struct {
    const uint8_t *start;
    size_t n;
} nlptk_lm_text;

/* What a word can depend on: the words before it that the model knows as one n-gram. */
typedef struct {
    int32_t length;
    uint32_t words[NLPTK_LM_MAX_ORDER - 1]; /* the last one first */
    float backoff[NLPTK_LM_MAX_ORDER - 1];  /* of the last word, of the last two, ... */
} nlptk_lm_state;

/* Where scores go; each but `sums` may be NULL, and has room for the words of all sentences with their ends. */
typedef struct {
    double *sums;    /* of a sentence, added up in single precision as KenLM does */
    float *scores;   /* of a word or an end of a sentence */
    uint8_t *lengths; /* of the n-gram that matched */
    uint8_t *unknown; /* whether it is no word of the model */
    size_t n;        /* words and ends of sentences written */
} nlptk_lm_scores;

/* ---- words */

uint32_t nlptk_lm_word(const nlptk_lm *lm, const uint8_t *word, size_t n); /* NLPTK_LM_UNK if it is none */
/* Fill the hash table of words. NLPTK_LM_TWICE: word *at was there before. */
int nlptk_lm_index_words(const nlptk_lm *lm, uint32_t *slots, uint32_t *at);
size_t nlptk_lm_count_words(const uint8_t *text, size_t n);

/* ---- scores */

/* Sentences of words between ASCII white space and NUL; or, with ends, of texts[..ends[i]) that are a word each. */
void nlptk_lm_score(const nlptk_lm *lm, const nlptk_lm_text *texts, const size_t *ends, size_t n_sentences, bool bos, bool eos,
                    nlptk_lm_scores *out);
void nlptk_lm_begin(const nlptk_lm *lm, nlptk_lm_state *state); /* after <s> */
/* Score of a word and the state after it (which may be the same object); the length of the n-gram that matched. */
int nlptk_lm_step(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t word, nlptk_lm_state *next, float *score);
/* Scores of the words from `first` on in one state. */
void nlptk_lm_score_words(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t first, size_t n, float *scores);

/* ---- building */

/* Slots of n-grams (columns 0 to n of rows of words, the first word first); NLPTK_LM_NONE: not in the model. */
void nlptk_lm_find(const nlptk_lm *lm, const uint32_t *rows, ptrdiff_t stride, int n, size_t n_rows, uint32_t *slots);
/* Put n-grams of order lm->order + 1 into a table; slots gets where. On failure *at is the n-gram. */
int nlptk_lm_insert(const nlptk_lm *lm, nlptk_ngram *table, uint64_t capacity, const uint32_t *suffix, const uint32_t *first,
                    const float *log_prob, const float *log_backoff, size_t n, uint32_t *slots, size_t *at);
/* Whether all entries of an order point to entries, with finite numbers and probabilities up to 1, and are so many. */
int nlptk_lm_check(const nlptk_lm *lm, int n, uint64_t count);

#endif
