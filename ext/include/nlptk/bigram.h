#ifndef NLPTK_BIGRAM_H
#define NLPTK_BIGRAM_H
#include "nlptk/segment.h"

/* Costs are -1024 log p, rounded; 16 bits wide in tables, so every sum is exact and the same everywhere.

   A text is read in units: a character, or a run of digits, or a run of Latin letters; full-width forms count as ASCII.
   A word's number is the cell of the dictionary where it ends. */
enum {
    NLPTK_UNKNOWN = 0,            /* number of every word that the dictionary lacks */
    NLPTK_SENTENCE_END = 0xFFFFFE,
    NLPTK_SENTENCE_START = 0xFFFFFF,
    NLPTK_MAX_UNKNOWN = 8,        /* units of an unknown word */
    NLPTK_NO_COST = 0xFFFF,
    NLPTK_COST_SCALE = 1024,
};

typedef struct {
    int32_t base, check; /* as in nlptk_cell */
    uint16_t cost;  /* of the word that ends here, or NLPTK_NO_COST */
    uint16_t exact; /* whether no other text leads here: the word has no unit that stands for several characters */
} nlptk_bigram_cell;

/* What is known of a unit. Tags are those of nlptk_hmm: B E M S. */
typedef struct {
    uint16_t backoff[4];         /* of the chain after the unit with a tag ... */
    uint16_t chain[4];           /* ... to another unit with a tag */
    uint16_t first, last;        /* of a word's spelling */
    uint16_t end[2], start[2];   /* of the chain: tagged E or S at the end of a sentence, B or S at its start */
    uint16_t spell_backoff, spell;
} nlptk_unit;

/* Two neighbouring units: the chain from the left one's tag to the right one's, in this order. */
enum { NLPTK_BE, NLPTK_BM, NLPTK_ME, NLPTK_MM, NLPTK_EB, NLPTK_ES, NLPTK_SB, NLPTK_SS };
typedef struct {
    uint16_t left, right; /* 0, 0: a free slot */
    uint16_t chain[8], spell, unused;
} nlptk_neighbours;

/* A hash table of words that follow each other: left << 40 | right << 16 | cost, 0: a free slot. */
typedef struct {
    const uint64_t *slots;
    uint32_t n;
} nlptk_pairs;

static inline uint64_t nlptk_pair_key(int32_t left, int32_t right) { return (uint64_t)(uint32_t)left << 24 | (uint32_t)right; }
static inline uint64_t nlptk_mix(uint64_t key) { return key * 0x9E3779B97F4A7C15u; }
static inline uint32_t nlptk_slot(uint64_t mixed, uint32_t n) { return (uint32_t)((mixed >> 32) * n >> 32); }
static inline uint32_t nlptk_filter_bit(uint64_t mixed, uint32_t mask) { return (uint32_t)(mixed >> 16) & mask; }

static inline uint64_t nlptk_neighbours_key(uint32_t left, uint32_t right) { return (uint64_t)left << 16 | right; }

/* What is known of two units that were not seen beside each other. */
static inline void nlptk_back_off(const nlptk_unit *left, const nlptk_unit *right, uint16_t chain[8], uint16_t *spell)
{
    static const uint8_t from[8] = {NLPTK_B, NLPTK_B, NLPTK_M, NLPTK_M, NLPTK_E, NLPTK_E, NLPTK_S, NLPTK_S};
    static const uint8_t to[8] = {NLPTK_E, NLPTK_M, NLPTK_E, NLPTK_M, NLPTK_B, NLPTK_S, NLPTK_B, NLPTK_S};
    for (int k = 0; k < 8; k++) chain[k] = (uint16_t)(left->backoff[from[k]] + right->chain[to[k]]);
    *spell = (uint16_t)(left->spell_backoff + right->spell);
}

typedef struct {
    nlptk_trie trie;                /* borrowed; but code_of_bmp is its own: -1 for blanks, full-width forms as ASCII */
    nlptk_bigram_cell *cells;
    const nlptk_unit *units;        /* of each code */
    const nlptk_neighbours *neighbours;
    uint32_t n_neighbours;
    nlptk_pairs pairs;
    uint32_t *filter, filter_mask;  /* bits: whether a pair may be in the table */
    int32_t unknown, end, backoff;  /* costs of: an unknown word, the end of a sentence, leaving the bigrams of a known word */
    int32_t digit, letter;          /* codes whose runs are one unit */
    bool hmm;                       /* false: words only; what is unknown is a single unit */
    const nlptk_words *user;        /* NULL: none */
    const int32_t *user_costs;      /* of each node of user; NLPTK_NO_WORD_HERE: no word */
    bool force, blanks;             /* user words win; user words may hold blanks */
} nlptk_bigram;
#define NLPTK_NO_WORD_HERE INT32_MIN

/* The same at a place in a text: the unit with the one before it. */
typedef struct {
    uint16_t chain[8], spell, first, last;
    uint16_t apart; /* no part of any unknown word: a blank, or a forced word */
} nlptk_unit_row;

/* A path is kept as 32 * cost + (31 - length of its last word, at most 31): so the smallest is the cheapest one, and of equally
   cheap ones the one whose last word is longest. */
typedef int64_t nlptk_path;
enum { NLPTK_LONGEST_CODE = 31 };

/* A known word in the text, units [start, end). */
typedef struct {
    nlptk_path path;    /* the best up to its end */
    int32_t start, end, word;
    int32_t own;        /* cost of the word */
    int32_t from;       /* length of the word before it in that path */
    int32_t next;       /* that ends where it does, starting earlier; 0: none */
} nlptk_bigram_arc;

/* Two known words that the table of pairs may have. */
typedef struct {
    int64_t key; /* of the pair; then 32 * cost of the right one and of the chain between them */
    int32_t left, right;
    uint32_t slot;
} nlptk_pair;

typedef struct {
    nlptk_workspace text;     /* what was read, and the tokens found */
    int32_t *units, *at;      /* code of each unit, the character where it begins (and one more) */
    nlptk_unit_row *rows;
    int32_t *first, *last;    /* arcs that begin at a unit (n + 1); the last one that ends there, 0: none */
    int32_t *n_ends;          /* how many end there */
    uint32_t *banned;         /* bit k: no unknown word of k units begins here */
    nlptk_path *several;      /* best path to leave the words of several units that end at a place ... */
    nlptk_path *single;       /* ... and those of one */
    uint8_t *from;            /* two a unit: length of the word before an unknown one of several units, or of one, that begins there */
    nlptk_path *within;       /* sums of 32 * (spelling + chain M M) of the units up to here; a barrier more where no unknown word passes */
    nlptk_path *finish;       /* the same, but ending an unknown word with this unit */
    nlptk_path *middle;       /* sums of 32 * chain M M */
    nlptk_bigram_arc *arcs;
    nlptk_pair *pairs;
    int32_t *spans;           /* forced: end of the user word that begins at this character; else: 1 where a user word with blanks goes on */
    int32_t n, n_arcs, n_pairs;
    ptrdiff_t cap, cap_arcs, cap_pairs, cap_spans;
} nlptk_bigram_work;

/* What is derived from the words of a trie, which stays where it is: each costs log_mass - log of its frequency. m->pairs.n and
   m->n_neighbours are how many slots the tables will have. */
int nlptk_bigram_compile(nlptk_bigram *m, const nlptk_trie *trie, double log_mass);
void nlptk_bigram_free(nlptk_bigram *m);
void nlptk_bigram_work_free(nlptk_bigram_work *w);
/* Find the words of what was read into w->text. */
int nlptk_bigram_segment(const nlptk_bigram *m, nlptk_bigram_work *w);
/* Cost of the best path of what was read, as one sentence; `whole`: of the path that takes all of it as one word, whose own cost is 0. */
int nlptk_bigram_cost(const nlptk_bigram *m, nlptk_bigram_work *w, bool whole, int64_t *cost);

/* Pairs of numbers below some n, ascending: how many pairs lie between each and the one before it, to base 128, the lowest digits
   first; all bytes of a number but its last have 128 added. */
typedef struct {
    const uint8_t *gaps;
    size_t n_gaps; /* bytes */
    size_t n;      /* pairs */
} nlptk_packed_pairs;

/* Fill the tables of a compiled model, all zeros, with more slots than pairs; false: the arrays do not fit each other.

   Words, by their cells: 0 stands for the start of a sentence as the left one, and for its end as the right one. */
bool nlptk_fill_pairs(const nlptk_bigram *m, const nlptk_packed_pairs *words, const uint16_t *costs, uint64_t *slots);
/* Units: bit k of seen: the transition chain[k] was, and its cost is given, in this order; if one of the first four (inside a word)
   was, the cost of the spelling comes last. All others are what backing off costs. */
bool nlptk_fill_neighbours(const nlptk_bigram *m, const nlptk_packed_pairs *units, const uint8_t *seen, const uint16_t *costs,
                           size_t n_costs, nlptk_neighbours *slots);

/* ---- all arcs of one sentence, known and unknown, for whoever wants more than the best path */

typedef struct {
    nlptk_path path; /* the best up to its end */
    int32_t start, end, word, own, next;
    bool known;
} nlptk_lattice_arc;

typedef struct {
    nlptk_lattice_arc *arcs; /* by start, then end */
    int32_t n, *last;        /* the last arc that ends at a unit */
    ptrdiff_t cap;
} nlptk_lattice;

void nlptk_lattice_free(nlptk_lattice *l);
/* The lattice of what was read, blanks and all, as one sentence from w->at[0] on. */
int nlptk_bigram_lattice(const nlptk_bigram *m, nlptk_bigram_work *w, nlptk_lattice *l);
/* Cost of the best path up to the end of an arc; 0 for -1. */
int64_t nlptk_lattice_cost(const nlptk_lattice *l, int32_t arc);
/* Cost of arc `right` after arc `left`; -1 stands for the start and the end of the sentence. words, characters: its two parts. */
int64_t nlptk_lattice_link(const nlptk_bigram *m, const nlptk_bigram_work *w, const nlptk_lattice *l, int32_t left, int32_t right,
                           int64_t *words, int64_t *characters);

#endif
