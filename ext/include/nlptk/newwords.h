#ifndef NLPTK_NEWWORDS_H
#define NLPTK_NEWWORDS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counting all n-grams of Han characters by sorting: the parts of an external sort, over the caller's buffers.

   gather       text -> one position for each character that another Han character follows
   sort         the positions of a buffer, by what follows
   merge        sorted buffers -> one
   scan         sorted positions -> n-grams with count and neighbour entropies; each length comes out in order
   keys, join   the counts of the parts of n-grams, by walking through sorted lists side by side

   A character is a code, 1 + c - U+4E00; 0 is a border, the end of a run of Han characters. */

enum {
    NLPTK_NEWWORDS_LENGTH = 6, /* characters of the longest n-gram */
    NLPTK_NEWWORDS_SLOTS = 7,  /* characters of a position */
    NLPTK_NEWWORDS_CODES = 0x5200 + 1,
    NLPTK_NEWWORDS_RECENT = 64,
    NLPTK_NEWWORDS_SMALL = 4096,
    NLPTK_NEWWORDS_ROOM = 9, /* positions that one character of text may need room for */
};

/* A place in the text, 16 bits a character, so that numbers compare as strings do:
     head  c1 c2 c3 c4     tail  c5 c6 c7 | the character before c1 */
typedef struct {
    uint64_t head, tail;
} nlptk_position;

/* An n-gram: head c1 c2 c3 c4, tail c5 c6 0 0; how often it occurs; entropies (nats) of the characters before and after. */
typedef struct {
    uint64_t head, tail, count;
    double left, right;
} nlptk_gram;

/* ---- gather */

typedef struct {
    uint64_t old, young;                  /* the last eight codes; old begins with the character before c1 */
    uint64_t head_mask, tail_mask;        /* the characters that count, and the one before */
    uint64_t total;                       /* Han characters so far */
    uint64_t count[NLPTK_NEWWORDS_CODES]; /* of each */
} nlptk_gather;

enum { NLPTK_NEWWORDS_UTF8 = -1, NLPTK_NEWWORDS_FULL = 1 };

void nlptk_gather_start(nlptk_gather *g, int max_length);

/* Read text (n) from *consumed on and append positions to out (cap), of which *written are there.
   Returns 0: all is read but for a last character that is cut short; NLPTK_NEWWORDS_FULL: out is full;
   NLPTK_NEWWORDS_UTF8: no UTF-8 at *consumed. */
int nlptk_gather_text(nlptk_gather *g, const uint8_t *text, size_t n, size_t *consumed, nlptk_position *out, size_t cap, size_t *written);

/* The text ends here; out must have room for NLPTK_NEWWORDS_ROOM more. */
void nlptk_gather_end(nlptk_gather *g, nlptk_position *out, size_t *written);

/* ---- sort and merge */

/* In place, by the first `depth` bytes of head and tail, the most significant first. */
void nlptk_sort_positions(nlptk_position *a, size_t n, int depth);

typedef struct {
    const nlptk_position *next, *end;
} nlptk_run;

/* The runs that have positions, as a heap of their numbers; the smallest first. Returns how many. */
size_t nlptk_merge_start(const nlptk_run *runs, size_t n_runs, uint32_t *heap);

/* The run on top has new positions, or none any more. Returns how many runs are left. */
size_t nlptk_merge_refilled(const nlptk_run *runs, uint32_t *heap, size_t n_heap);

/* Move positions in order to out (cap) until it is full or the run on top is used up. Returns how many. */
size_t nlptk_merge(nlptk_run *runs, uint32_t *heap, size_t n_heap, nlptk_position *out, size_t cap);

/* ---- scan */

typedef struct {
    int max_length;
    uint64_t min_count;
    uint64_t n;                                   /* positions so far */
    uint64_t head, tail;                          /* the last one */
    uint64_t start[NLPTK_NEWWORDS_SLOTS + 1];     /* [m]: where the open group with the same m characters begins */
    double right[NLPTK_NEWWORDS_SLOTS + 1];       /* [m]: sum of n log n over its right neighbours */
    uint16_t recent[NLPTK_NEWWORDS_RECENT];       /* left neighbours of the last positions */
    uint64_t *left;                               /* (max_length + 1, CODES): left neighbours of the larger open groups */
    uint64_t *seen;                               /* (max_length + 1, CODES / 64 + 1): bits, which of them are not zero */
    nlptk_gram *grams[NLPTK_NEWWORDS_LENGTH + 1]; /* [m] (cap): out, the n-grams of m characters */
    size_t n_grams[NLPTK_NEWWORDS_LENGTH + 1], cap;
    double n_log_n[NLPTK_NEWWORDS_SMALL];
} nlptk_scan;

/* Fills the table of logarithms; the rest is zero, the configuration and the buffers. */
void nlptk_scan_start(nlptk_scan *s);

/* Take sorted positions; stops where one of the outputs is full. Returns how many it took. */
size_t nlptk_scan_positions(nlptk_scan *s, const nlptk_position *a, size_t n);

/* Close what is open; every output must have room for one more. */
void nlptk_scan_end(nlptk_scan *s);

/* ---- cohesion */

/* Copy the n-grams of which both entropies are at least min_entropy to out, until that is full; *taken: how many were seen. */
size_t nlptk_select_grams(const nlptk_gram *a, size_t n, double min_entropy, nlptk_gram *out, size_t cap, size_t *taken);

/* keys[i] = the m characters of gram i after the first `from`, and i in the low 32 bits of the tail. To be sorted by 2 * m bytes
   before a join; where from is 0 they are in order already, as the grams are. */
void nlptk_gram_keys(const nlptk_gram *a, size_t n, int from, int m, nlptk_position *keys);

/* counts[i] = the count of key i in a sorted table that comes in blocks; *at: how many keys are done.
   Returns -1 if the table lacks a key. */
int nlptk_join_counts(const nlptk_position *keys, size_t n, size_t *at, const nlptk_gram *table, size_t n_table, uint64_t *counts);

#endif
