#ifndef NLPTK_TRIE_H
#define NLPTK_TRIE_H
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function that does nothing else must be NLPTK_INLINE: GCC takes out calls of functions without an effect. */
#if defined(__GNUC__)
#define NLPTK_PREFETCH(p) __builtin_prefetch(p)
#else
#define NLPTK_PREFETCH(p) ((void)(p))
#endif

/* Words and their frequencies, in two forms with the same states-and-children view:

   nlptk_trie   double array (Aoe 1989), built once, compact, mapped from a file: a dictionary.
   nlptk_words  hash table that words can be added to at any time: what a user adds to a dictionary.

   A lexicon is the first with the second laid over it. */

/* ---- double array ----

   Characters are renumbered: code_of[c] is a small integer ("code", 1..n_codes-1; 0 = not in any word), the commonest
   character first, so that the states that real text visits lie close together. Cell 0 is the root, its base is 0.
   The child of state s by code c is the cell

       t = base[s] + c     if check[t] == s,

   and there is none otherwise. Free cells have check < 0. For every state s: base[s] + n_codes <= n_cells, so a walk
   needs no bounds check; a file from disk is held to that once (nlptk_trie_check). */
typedef struct {
    int32_t base;
    int32_t check;
    double logf; /* log of the word's frequency; -INFINITY: a prefix only, no word ends here */
} nlptk_cell;

#define NLPTK_N_BMP 0x10000u
#define NLPTK_N_ASTRAL 0x100000u
#define NLPTK_MAX_CODES 0x10000

typedef struct {
    const nlptk_cell *cells;
    const uint16_t *tags; /* n_cells: index of the word's tag */
    double *alone;        /* n_codes: logf of each character as a word; -INFINITY: it is none */
    int32_t *bases;       /* n_codes: base of the state of each character; -1: no word begins with it */
    uint32_t *pairs;      /* bitmap of NLPTK_PAIR_BITS hashed pairs of codes: whether a word begins so, or may */
    int32_t n_cells;
    int32_t n_codes;
    int64_t n_words;
    uint32_t *char_of;       /* n_codes: code -> code point */
    int32_t *code_of_bmp;    /* NLPTK_N_BMP */
    int32_t *code_of_astral; /* NLPTK_N_ASTRAL, or NULL while no word has such a character */
    bool owns_cells;
} nlptk_trie;

static inline int32_t nlptk_trie_code(const nlptk_trie *trie, uint32_t c)
{
    if (c < NLPTK_N_BMP) return trie->code_of_bmp[c];
    return trie->code_of_astral && c - NLPTK_N_BMP < NLPTK_N_ASTRAL ? trie->code_of_astral[c - NLPTK_N_BMP] : 0;
}

#define NLPTK_PAIR_BITS (1u << 20)

static inline uint32_t nlptk_pair_hash(int32_t first, int32_t second)
{
    return ((uint32_t)first * 0x9E3779B1u + (uint32_t)second * 0x85EBCA77u) >> 12;
}

/* False: no word begins with these two characters. */
static inline bool nlptk_trie_may_begin(const nlptk_trie *trie, int32_t first, int32_t second)
{
    const uint32_t h = nlptk_pair_hash(first, second);
    return trie->pairs[h >> 5] >> (h & 31) & 1;
}

/* The child of state s by code c, or -1. */
static inline int32_t nlptk_trie_child(const nlptk_cell *cells, int32_t s, int32_t c)
{
    const int32_t t = cells[s].base + c;
    return cells[t].check == s ? t : -1;
}

/* ---- hash table of nodes ---- */

#define NLPTK_CHAR_BITS 21
#define NLPTK_CHAR_MASK ((1u << NLPTK_CHAR_BITS) - 1)
#define NLPTK_MAX_TAGS (1 << (32 - NLPTK_CHAR_BITS))

typedef struct {
    int32_t parent; /* -1: empty slot */
    uint32_t key;   /* the character, and above it the number of the word's tag */
    double logf;    /* as in a cell; NAN: only on the way to a longer word, says nothing itself */
} nlptk_node;

typedef struct {
    nlptk_node *nodes; /* slot 0 is the root */
    int32_t cap, n;    /* slots; nodes without the root */
    int64_t n_words;
} nlptk_words;

static inline int32_t nlptk_words_slot(const nlptk_words *w, int32_t parent, uint32_t c)
{
    uint64_t h = ((uint64_t)(uint32_t)parent << NLPTK_CHAR_BITS | c) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
    return 1 + (int32_t)((h & 0xFFFFFFFFu) * (uint32_t)(w->cap - 1) >> 32);
}

/* The child of node s by character c, or -1. */
static inline int32_t nlptk_words_child(const nlptk_words *w, int32_t s, uint32_t c)
{
    for (int32_t i = nlptk_words_slot(w, s, c);; i = i + 1 == w->cap ? 1 : i + 1) {
        if (w->nodes[i].parent == s && (w->nodes[i].key & NLPTK_CHAR_MASK) == c) return i;
        if (w->nodes[i].parent < 0) return -1;
    }
}

/* ---- lexicon ---- */

typedef struct {
    const nlptk_trie *trie;
    const nlptk_words *words; /* NULL: none; what it says of a word counts more */
} nlptk_lexicon;

/* A place in both; -1 where the walk has ended. Starts at {0, 0}. */
typedef struct {
    int32_t cell, node;
} nlptk_cursor;

/* One character on; false when no word begins like this. */
static inline bool nlptk_step(const nlptk_lexicon *lexicon, nlptk_cursor *at, int32_t code, uint32_t c)
{
    if (at->cell >= 0) at->cell = nlptk_trie_child(lexicon->trie->cells, at->cell, code);
    at->node = lexicon->words && at->node >= 0 ? nlptk_words_child(lexicon->words, at->node, c) : -1;
    return at->cell >= 0 || at->node >= 0;
}

/* Log frequency of the word that ends here; -INFINITY: none does. */
static inline double nlptk_logf(const nlptk_lexicon *lexicon, nlptk_cursor at)
{
    if (at.node > 0 && !isnan(lexicon->words->nodes[at.node].logf)) return lexicon->words->nodes[at.node].logf;
    return at.cell > 0 ? lexicon->trie->cells[at.cell].logf : -INFINITY;
}

/* Where a word leads; false if nowhere. */
static inline bool nlptk_find(const nlptk_lexicon *lexicon, const uint32_t *word, ptrdiff_t n, nlptk_cursor *at)
{
    *at = (nlptk_cursor){0, 0};
    for (ptrdiff_t i = 0; i < n; i++)
        if (!nlptk_step(lexicon, at, nlptk_trie_code(lexicon->trie, word[i]), word[i])) return false;
    return true;
}

#define NLPTK_MAX_FREQ 17592186044416.0 /* 2^44: up to here a frequency can be had back exactly from its logarithm */

static inline double nlptk_frequency(double logf) { return logf == -INFINITY ? 0 : nearbyint(exp(logf)); }

enum { NLPTK_TRIE_OK = 0, NLPTK_TRIE_MEMORY = -1, NLPTK_TRIE_FULL = -2 };

int nlptk_words_init(nlptk_words *w, int32_t n_expected);
void nlptk_words_free(nlptk_words *w);
/* Room for n more nodes. Nodes may change their numbers. */
int nlptk_words_reserve(nlptk_words *w, int64_t n);
/* Make sure the word's nodes exist; returns the last one, or a negative status. Its logf stays what it was (NAN if new).
   Nodes may change their numbers. */
int32_t nlptk_words_insert(nlptk_words *w, const uint32_t *word, ptrdiff_t n);

/* Lay words out as a double array. ranked: characters to number first, the commonest first. */
int nlptk_trie_build(nlptk_trie *trie, const nlptk_words *words, const uint32_t *ranked, int32_t n_ranked);
/* Make what a walk needs beside the cells: char_of and code_of_* from n_codes code points, and the bitmap of pairs. */
int nlptk_trie_compile(nlptk_trie *trie, const uint32_t *char_of, int32_t n_codes);
void nlptk_trie_free(nlptk_trie *trie);
/* Whether every walk stays inside: returns -1, or the first bad cell. */
int32_t nlptk_trie_check(const nlptk_cell *cells, int32_t n_cells, int32_t n_codes);
/* Write the word of a state (of a node) to out (cap code points); returns its length, or -1 if it does not lead to the root. */
ptrdiff_t nlptk_trie_word(const nlptk_trie *trie, int32_t cell, uint32_t *out, ptrdiff_t cap);
ptrdiff_t nlptk_words_word(const nlptk_words *w, int32_t node, uint32_t *out, ptrdiff_t cap);

#endif
