#ifndef NLPTK_CHAR_TAGGER_H
#define NLPTK_CHAR_TAGGER_H
#include "nlptk/segment.h"

/* Labels of a character: it begins a word, is inside one, ends one, or is one. */
enum { NLPTK_TAG_B, NLPTK_TAG_M, NLPTK_TAG_E, NLPTK_TAG_S };

/* Transitions, in this order; all others are impossible. */
enum { NLPTK_TAGS_BM, NLPTK_TAGS_BE, NLPTK_TAGS_MM, NLPTK_TAGS_ME, NLPTK_TAGS_EB, NLPTK_TAGS_ES, NLPTK_TAGS_SB, NLPTK_TAGS_SS, NLPTK_N_TRANSITIONS };

/* A known word of two characters or more, where it stands in a text, as one of NLPTK_N_MATCHES numbers: 0 is none, and
   1 + 2 * (min(length, 5) - 2) + (1: it mostly is a word where its characters stand). Kinds of a match: 0 for none, else
   its length less one; of the border of a sentence, one more. */
enum {
    NLPTK_N_MATCHES = 9,
    NLPTK_BORDER_MATCH = NLPTK_N_MATCHES,
    NLPTK_N_KINDS = 5,
    NLPTK_MAX_MATCH = 8, /* characters of a known word */
    NLPTK_N_TYPES = 7,   /* classes of characters; that of the border is one more */
};

/* How rows of 4 weights, one a label, are counted in the tables. */
enum {
    NLPTK_CHAR_ROWS = 5 + 2 * NLPTK_N_KINDS, /* of a character at -2 .. 2 of it; by kind of the longest word that begins there; that ends there */
    NLPTK_BIGRAM_ROWS = 4,                   /* of a pair of characters for the one before it, its two, the one behind it */
    NLPTK_WORD_ROWS = NLPTK_N_MATCHES * NLPTK_N_MATCHES * NLPTK_N_MATCHES,                            /* longest that begins, ends, has it inside */
    NLPTK_CONTEXT_ROWS = (NLPTK_N_KINDS + 1) * NLPTK_N_KINDS * NLPTK_N_KINDS * (NLPTK_N_KINDS + 1),   /* ends before, begins, ends, begins behind */
    NLPTK_TYPE_ROWS = (NLPTK_N_TYPES + 1) * (NLPTK_N_TYPES + 1) * (NLPTK_N_TYPES + 1),                /* before, here, behind */
    NLPTK_REPEAT_ROWS = 16,                                                                           /* see char_tagger.c */
};

/* Four 16-bit weights as the sum of weight[l] << 16 l: rows are added by one addition, and no weight is lost in its neighbours
   as long as every sum fits in 16 bits. */
typedef uint64_t nlptk_row;

typedef struct {
    uint32_t pair, row; /* codes of two characters, left << 16 | right; 0: a free slot */
} nlptk_bigram_slot;

typedef struct {
    int32_t base, check; /* as in nlptk_cell; base << 4 | match */
} nlptk_match_cell;

enum { NLPTK_MATCH_BITS = 4 };

typedef struct {
    nlptk_trie trie;               /* borrowed; but code_of_bmp is its own: -1 for blanks; full-width forms as ASCII, digits and letters alike */
    nlptk_match_cell *cells;
    nlptk_row *chars;              /* n_codes + 1 times 16 (one unused); the last: the border */
    nlptk_row *bigrams;            /* row 0: no such pair */
    nlptk_row words[NLPTK_WORD_ROWS], context[NLPTK_CONTEXT_ROWS], types[NLPTK_TYPE_ROWS], repeats[NLPTK_REPEAT_ROWS];
    nlptk_bigram_slot *slots;
    uint32_t n_bigrams;
    int shift;                     /* 32 - log2 of the number of slots */
    int32_t border;                /* its code */
    int32_t transitions[NLPTK_N_TRANSITIONS];
    uint8_t *types_of;             /* of each code */
    void *block;                   /* what chars and bigrams lie in */
    const nlptk_words *user;       /* NULL: none */
    const int32_t *biases;         /* of each node of user, for each of its characters */
    bool force;                    /* user words always win */
} nlptk_char_tagger;

enum { NLPTK_CHAR_STRIDE = 16, NLPTK_NO_BIAS = INT32_MIN, NLPTK_FREE = 4, NLPTK_BIGRAM_UNIT = 8 };

/* At a place of a text: characters of sentences, with two borders before, between and behind them. */
typedef struct {
    nlptk_workspace text;
    int32_t *units, *at, *rows; /* code, character in the text, row of the pair with the next */
    uint8_t *begins, *ends, *insides, *inside_lengths, *types, *labels, *back;
    uint8_t *bridged, *fixed;   /* only with user words, of each character of the text: whether one covers it; the label it must have */
    int32_t *biases;            /* of its labels */
    ptrdiff_t n, cap, cap_user;
} nlptk_char_work;

/* The class of a character, below NLPTK_N_TYPES. */
int nlptk_char_type(uint32_t c);
/* The character that stands for it: ASCII for full-width forms, 0 for digits, a for letters. */
uint32_t nlptk_char_fold(uint32_t c);

typedef struct {
    const int16_t *chars, *words, *context, *types, *repeats; /* rows of 4 */
    const int8_t *bigrams;                                    /* likewise, in units of NLPTK_BIGRAM_UNIT */
    const uint32_t *pairs;
    uint32_t n_pairs;
} nlptk_char_weights;

enum { NLPTK_CHAR_BAD_PAIR = -11, NLPTK_CHAR_BAD_WEIGHTS = -12, NLPTK_CHAR_BAD_WORD = -13 };

/* Frequency of a word in the trie: 1, or 2 where it mostly is a word; characters alone have any. */
int nlptk_char_tagger_compile(nlptk_char_tagger *m, const nlptk_trie *trie, const nlptk_char_weights *weights);
void nlptk_char_tagger_free(nlptk_char_tagger *m);
void nlptk_char_work_free(nlptk_char_work *w);
/* Find the words of what was read into w->text. */
int nlptk_char_segment(const nlptk_char_tagger *m, nlptk_char_work *w);
/* Scores of the four labels of each character of what was read; blanks have none: 0. */
int nlptk_char_scores(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *scores);
/* The least that, added to the score of each of its labels, makes one word of all that was read, blanks and all. */
int nlptk_char_bias(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *bias);

#endif
