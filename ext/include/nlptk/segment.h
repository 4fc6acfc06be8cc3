#ifndef NLPTK_SEGMENT_H
#define NLPTK_SEGMENT_H
#include "nlptk/trie.h"

/* Character classes. Runs of HAN, ALNUM and MARK form the blocks in which words are looked for; every other character
   is a token of its own (jieba's rule). */
enum { NLPTK_OTHER, NLPTK_SPACE, NLPTK_HAN, NLPTK_ALNUM, NLPTK_MARK };
#define NLPTK_HAN_FIRST 0x4E00u
#define NLPTK_HAN_LAST 0x9FD5u
#define NLPTK_N_HAN (NLPTK_HAN_LAST - NLPTK_HAN_FIRST + 1)

extern const uint8_t nlptk_ascii_class[128];

static inline bool nlptk_is_space(uint32_t c) /* what Python's \s matches beyond ASCII */
{
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

static inline int nlptk_class(uint32_t c)
{
    if (c - NLPTK_HAN_FIRST < NLPTK_N_HAN) return NLPTK_HAN;
    if (c < 128) return nlptk_ascii_class[c];
    return nlptk_is_space(c) ? NLPTK_SPACE : NLPTK_OTHER;
}

/* Hidden Markov model of word-internal positions; states B, E, M, S in this (alphabetical) order. Log probabilities. */
enum { NLPTK_B, NLPTK_E, NLPTK_M, NLPTK_S };
typedef double nlptk_states[4];
typedef struct {
    double start[4];
    double trans[4][4];
    const nlptk_states *emit; /* NLPTK_N_HAN rows */
} nlptk_hmm;

/* Hidden Markov model of (position, part of speech) pairs; the states ascend in the order of these pairs as strings. Log
   probabilities; entries offsets[c]..offsets[c + 1] belong to the Han character U+4E00 + c, states ascending. */
typedef struct {
    int32_t n_states;          /* at most NLPTK_MAX_TAG_STATES */
    const double *start;       /* n_states */
    const double *trans;       /* (n_states, n_states); -INFINITY: none */
    const uint64_t *follows;   /* (n_states, 4): bits of the states that may follow */
    const int32_t *offsets;    /* NLPTK_N_HAN + 1 */
    const uint16_t *states;    /* of each entry */
    const double *emit;        /* of each entry */
    const uint8_t *candidate;  /* of each entry: whether the state is considered for the character */
    const uint8_t *position;   /* n_states: NLPTK_B .. NLPTK_S */
    const uint16_t *tag;       /* n_states: number of the part of speech */
    int32_t other, number, latin; /* tags of what is no Chinese word (x), of numbers (m), of letters (eng) */
} nlptk_tag_hmm;
#define NLPTK_MAX_TAG_STATES 256

typedef enum {
    NLPTK_UNIGRAM,       /* most probable path through the word lattice */
    NLPTK_SEARCH,        /* the same, and the shorter words inside long ones */
    NLPTK_FULL,          /* every word of the lattice */
    NLPTK_FORWARD,       /* longest match from the left */
    NLPTK_BACKWARD,      /* longest match from the right */
    NLPTK_BIDIRECTIONAL, /* the better of the two: fewer words, then fewer single characters, then backward */
} nlptk_algorithm;

typedef struct {
    nlptk_algorithm algorithm;
    nlptk_lexicon lexicon;
    double log_total;              /* log of the sum of all frequencies */
    const nlptk_hmm *hmm;          /* NULL: leave single characters as they are */
    const nlptk_tag_hmm *tags;     /* not NULL: tag the tokens as well, with jieba.posseg's own rules */
    bool join;                     /* with tags: whether to join single characters */
    const nlptk_words *split;      /* words the HMM may not make; NULL: none */
    const nlptk_words *special;    /* user words that need care; NULL: none */
    bool force;                    /* true: they are taken wherever they stand; false: they join the blocks they span */
} nlptk_segmenter;

/* start, end in characters; state: the word's cell in the double array, or one of these. */
enum { NLPTK_NO_WORD = 0, NLPTK_CONTINUES = -1 /* the token before goes on */, NLPTK_USER_WORD = -2 };
typedef struct {
    int32_t start, end, state, tag; /* tag: a number of nlptk_tag_hmm; NLPTK_WORD_TAG: the one the lexicon gives */
} nlptk_token;
#define NLPTK_WORD_TAG (-1)

typedef struct {
    double score;
    int32_t end, state;
} nlptk_arc;

/* A state of the tag HMM at one position */
typedef struct {
    double score;
    int32_t state, before; /* before: index of the best predecessor in the list of all */
} nlptk_tag_node;

/* Grown as needed, reused from text to text. n characters are in chars and codes. */
typedef struct {
    uint32_t *chars;
    int32_t *codes;    /* two more than characters */
    int32_t *pairs, *triples; /* states of two and of three characters from each, 0 = no word begins so */
    uint32_t *offsets; /* only for UTF-8: where each character begins, n + 1 of them */
    nlptk_arc *arcs;   /* best arc from each position, n + 1 */
    uint8_t *back;
    int32_t *special;  /* force: end of the user word that begins here; else: 1 where a user word spans the boundary */
    nlptk_tag_node *nodes;
    nlptk_token *tokens;
    ptrdiff_t n, cap, cap_arcs, cap_back, cap_special, cap_nodes, n_tokens, cap_tokens;
    bool with_offsets;
} nlptk_workspace;

enum { NLPTK_SEGMENT_OK = 0, NLPTK_SEGMENT_MEMORY = -1, NLPTK_SEGMENT_TOO_LONG = -2, NLPTK_SEGMENT_NO_PATH = -4 };

/* Segment and tag the Han characters [lo, hi) by the tag HMM; in tag_hmm.c. */
int nlptk_tag_run(const nlptk_tag_hmm *hmm, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi);
int nlptk_push_token(nlptk_workspace *w, ptrdiff_t start, ptrdiff_t end, int32_t state, int32_t tag);

void nlptk_workspace_free(nlptk_workspace *w);
int nlptk_workspace_reserve(nlptk_workspace *w, ptrdiff_t n);
/* Read n characters of kind 1, 2 or 4 bytes (as CPython stores str) into the workspace. */
int nlptk_workspace_read(nlptk_workspace *w, const nlptk_trie *trie, const void *text, int kind, ptrdiff_t n);
/* Find the tokens of what was read. */
int nlptk_segment(const nlptk_segmenter *s, nlptk_workspace *w);

/* Frequency that makes a word win over the words it would be cut into (jieba's suggest_freq). */
int nlptk_suggest(const nlptk_segmenter *s, nlptk_workspace *w, double total, double *freq);

#endif
