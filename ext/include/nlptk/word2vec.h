#ifndef NLPTK_WORD2VEC_H
#define NLPTK_WORD2VEC_H
#include <stdint.h>

#include "nlptk/draw.h"

/* Skip-gram and CBOW (Mikolov et al. 2013) over a corpus of numbers, -1 at the end of each sentence.

   All that is random depends on the seed and the place in the corpus only, and so does the learning rate: how the corpus is
   dealt out to threads changes nothing but the order in which they meet in the matrices. */
typedef struct {
    int64_t n_words, stride;
    float *input;               /* n_words rows, or those that parts name */
    float *output;              /* a row for each word if negative > 0 or for the full softmax, then one for each inner node */
    const uint32_t *keep;       /* of 2^32: how often an occurrence of a word is taken; NULL: always */
    const nlptk_alias *noise;   /* negative > 0 */
    const int64_t *path_starts; /* n_words + 1, into paths and codes; NULL: no hierarchical softmax */
    const int32_t *paths;       /* inner nodes from the root on */
    const uint8_t *codes;       /* which way each goes */
    const int64_t *part_starts; /* n_words + 1, into parts; NULL: the vector of a word is its row */
    const int32_t *parts;       /* rows of input whose mean is the vector of a word (its subwords) */
    int most_parts;             /* of a word */
    int window, negative, longest_path;
    int shrink; /* the window is drawn from 1 .. window for each word */
    int cbow, mean;
} nlptk_word2vec;

typedef struct {
    int64_t begin, end;     /* places of the corpus */
    double alpha, last;     /* the learning rate falls from the one to the other on the way */
    uint64_t stream;        /* of random numbers */
    double loss;            /* out: sum of the negative log likelihoods */
    int64_t examples, words; /* out: pairs of words (CBOW: words) learned from; words seen */
} nlptk_word2vec_part;

/* Bytes that one thread needs. */
int64_t nlptk_word2vec_workspace(const nlptk_word2vec *m);
void nlptk_word2vec_train(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_part *part, void *workspace);

/* The same by several threads that wait for each other, such that their number does not matter: a block of examples is measured
   against matrices that stand still, each thread taking some; then each thread makes all steps, in order, in some columns. */
typedef struct {
    nlptk_word2vec_part part;
    int threads, block;
    void *examples; /* nlptk_word2vec_shared bytes */
    int64_t arrived;  /* of the barrier */
} nlptk_word2vec_team;
int64_t nlptk_word2vec_shared(const nlptk_word2vec *m, int block);
void nlptk_word2vec_train_together(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_team *team, int thread,
                                   void *workspace);

/* Code of each word in a Huffman tree. parents: 2 n int32; work: n int64. The two calls: lengths first (path_starts gets n + 1
   offsets; the longest path is returned), then nodes and codes. Counts fall. */
int nlptk_huffman_lengths(const int64_t *counts, int64_t n, int32_t *parents, int64_t *work, int64_t *path_starts);
void nlptk_huffman_paths(const int32_t *parents, int64_t n, const int64_t *path_starts, int32_t *paths, uint8_t *codes);

#endif
