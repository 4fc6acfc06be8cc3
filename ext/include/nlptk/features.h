#ifndef NLPTK_FEATURES_H
#define NLPTK_FEATURES_H
#include <stddef.h>
#include <stdint.h>

/* From columns of text to attribute numbers, by a template.

   Macros that are shifts of one another share a pattern: cells at rows 0, 1, ... from where the pattern lies. Where it lies (position p
   of a sentence) it makes one 64-bit key out of the hashes of its cells; the key finds one entry of a table; the entry holds the
   attributes of all these macros (slots), numbered one after the other, those that exist marked in a mask. So five macros for
   the words from -2 to 2 cost one look-up an item. Attributes are told apart by their 64-bit keys alone. */

enum { /* what a kind of cell makes of a column's text */
    NLPTK_CELL_COPY, NLPTK_CELL_FOLD, NLPTK_CELL_CLASS, NLPTK_CELL_SHAPE,
    NLPTK_CELL_LENGTH, NLPTK_CELL_PREFIX, NLPTK_CELL_SUFFIX, NLPTK_CELL_DICTIONARY,
};

#define NLPTK_CLASSES_MAX 12 /* characters of a class or shape */
#define NLPTK_LENGTH_MAX 10
#define NLPTK_MATCH_MAX 5 /* cells of a dictionary match that are told apart */
#define NLPTK_SLOTS 32    /* of an entry */
#define NLPTK_NO_RECORD UINT32_MAX

typedef struct {
    int32_t function, column, argument; /* argument: n of a prefix or suffix, number of a dictionary */
} nlptk_cell_kind;

typedef struct {
    int32_t kind, row;
} nlptk_cell;

typedef struct {
    uint64_t seed;
    int32_t first_cell, n_cells, low, high, n_slots; /* it lies from `low` before the first item to `high` after the last */
} nlptk_pattern;

typedef struct {
    int32_t pattern, slot, shift;
} nlptk_macro;

/* The words of a dictionary and their prefixes, by hash; the lowest bit of a slot says whether it is a word. */
typedef struct {
    const uint64_t *slots;
    uint64_t mask;
} nlptk_prefixes;

typedef struct {
    int32_t n_kinds, n_cells, n_patterns, n_macros, n_columns, n_dictionaries;
    int32_t before, after; /* rows beyond either end that cells reach */
    const nlptk_cell_kind *kinds;
    const nlptk_cell *cells;
    const nlptk_pattern *patterns;
    const nlptk_macro *macros;
    const nlptk_prefixes *dictionaries;
} nlptk_template;

/* Sentences: item t of column c is chars[ends[t * n_columns + c] .. ends[t * n_columns + c + 1]). */
typedef struct {
    const uint32_t *chars;
    const int64_t *ends;
    const int64_t *starts; /* items of each sentence */
} nlptk_rows;

typedef struct {
    uint64_t key; /* 0: free */
    uint32_t first, mask;
} nlptk_entry;

typedef struct {
    nlptk_entry *entries;
    uint64_t mask, used;
} nlptk_table;

enum {
    NLPTK_FEATURES_OK = 0,
    NLPTK_FEATURES_MEMORY = -1,
    NLPTK_FEATURES_MANY = -2, /* more than 2^32 - 2 of something */
};

uint64_t nlptk_text_hash(const uint32_t *text, size_t n);
char nlptk_character_class(uint32_t c);

/* What a kind of cell makes of a text; into `out` (room for n or 16 characters) or pointing into the text. Returns the number of
   characters; -1: this text has no such cell. Not for dictionaries. */
ptrdiff_t nlptk_cell_text(const nlptk_cell_kind *kind, const uint32_t *text, size_t n, uint32_t *out, const uint32_t **result);

/* Room for the sentences of a batch. */
typedef struct nlptk_scratch nlptk_scratch;
nlptk_scratch *nlptk_scratch_new(const nlptk_template *m, int64_t longest_sentence, int64_t longest_cell);
void nlptk_scratch_free(nlptk_scratch *s);

int nlptk_prefixes_add(uint64_t *slots, uint64_t mask, const uint32_t *word, size_t n);

int nlptk_table_init(nlptk_table *t, uint64_t n);
void nlptk_table_free(nlptk_table *t);
const nlptk_entry *nlptk_table_find(const nlptk_table *t, uint64_t key); /* NULL: there is none */
/* The entry of a key, made if need be (first: UINT32_MAX); NULL when out of memory. */
nlptk_entry *nlptk_table_add(nlptk_table *t, uint64_t key);
/* Fill an empty table; `masks` have `width` bytes each. Returns the number of attributes. */
int64_t nlptk_table_fill(nlptk_table *t, const uint64_t *keys, const void *masks, int width, int64_t n);

/* Attributes of sentences first .. last: their numbers to `indices` (room for every macro of every item), where each item ends
   to indptr (one for each item). Returns how many. */
int64_t nlptk_encode(const nlptk_template *m, const nlptk_table *table, const nlptk_rows *rows, int64_t first, int64_t last,
                     int64_t *indptr, uint32_t *indices, nlptk_scratch *scratch);

/* Learning attributes: entries are records, numbered as first seen, until nlptk_collector_number. */
typedef struct {
    nlptk_table table;
    uint64_t *keys;
    uint32_t *counts, *counts_at; /* of slot s of record r: counts[counts_at[r] + s] */
    uint32_t *cells, *cells_at;   /* numbers of the cells' texts */
    uint16_t *patterns;
    uint32_t n, cap, n_counts, cap_counts, n_cells, cap_cells;
    uint32_t *found; /* the record of every pattern at every position */
    size_t n_found, cap_found;
    nlptk_table texts; /* hash -> number */
    uint32_t *text;
    int64_t *text_ends;
    uint32_t n_texts, cap_texts;
    size_t n_text, cap_text;
} nlptk_collector;

int nlptk_collector_init(nlptk_collector *c);
void nlptk_collector_free(nlptk_collector *c);
int nlptk_collect(nlptk_collector *c, const nlptk_template *m, const nlptk_rows *rows, int64_t first, int64_t last,
                  nlptk_scratch *scratch);

/* Attributes seen at least min_freq times, grouped by record, records by falling frequency, then as first seen. Fills for each
   record (c->n of them) its mask and its first attribute, and in `order` the records that have attributes; returns how many these
   are. */
int64_t nlptk_collector_number(const nlptk_collector *c, uint32_t min_freq, uint32_t *masks, uint32_t *firsts, uint32_t *order,
                               int64_t *n_attributes);
int64_t nlptk_collector_encode(const nlptk_collector *c, const nlptk_template *m, const int64_t *starts, int64_t n_sentences,
                               const uint32_t *masks, const uint32_t *firsts, int64_t *indptr, uint32_t *indices);

#endif
