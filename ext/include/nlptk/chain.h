#ifndef NLPTK_CHAIN_H
#define NLPTK_CHAIN_H
#include <stddef.h>
#include <stdint.h>

/* Inference on linear chains: the labels of a sentence score

       sum_t s_t(y_t) + sum_t>0 A[y_t-1][y_t],   s_t(y) = sum over the attributes a of item t of value * w[a][y]

   A row of weights is stored as one vector (width floats) when it has many labels, otherwise as pairs of label and weight.
   place[a] = where the row begins in `cells` << 16 | number of pairs, or NLPTK_CHAIN_DENSE. */
#define NLPTK_CHAIN_DENSE 0xFFFF
enum { NLPTK_CHAIN_OK = 0, NLPTK_CHAIN_MEMORY = -1, NLPTK_CHAIN_NOT_FINITE = -2 };

typedef struct {
    int n_labels, width;
    int64_t n_attributes;
    const uint64_t *place;
    const float *cells;
    const double *transitions; /* (n_labels, n_labels); -INFINITY: forbidden */
    const float *moves;        /* (n_labels, width): the same as float, padded with -INFINITY */
    const float *free_moves;   /* the same without constraints */
    const float *begin, *end;  /* (width): 0 or -INFINITY, added to the first and to the last item */
    int constrained;           /* whether anything is forbidden */
} nlptk_chain;

typedef struct {
    const int64_t *starts; /* sentence s has items starts[s] .. starts[s+1] */
    const int64_t *indptr; /* item t has attributes indices[indptr[t]] .. */
    const uint32_t *indices;
    const float *values; /* NULL: all 1 */
} nlptk_sentences;

int nlptk_chain_width(int n_labels);

/* Floats that the rows take as cells. */
int64_t nlptk_chain_cells(int n_labels, int64_t n_attributes, const int64_t *row_ptr);
void nlptk_chain_compile(int n_labels, int64_t n_attributes, const int64_t *row_ptr, const uint16_t *row_label,
                         const float *weights, uint64_t *place, float *cells);

/* Viterbi for sentences first .. last; of paths that score the same, the one whose last label is lower, then the one before, ...
   A sentence that no path may label gets the best one of all. `out` (items). */
int nlptk_chain_decode(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, uint16_t *out);

/* p(y_t = y) to `out` (items, n_labels). */
int nlptk_chain_marginals(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, float *out);

/* log p(labels) of each sentence to `out` (sentences). */
int nlptk_chain_likelihood(const nlptk_chain *c, const nlptk_sentences *x, int64_t first, int64_t last, const uint16_t *labels,
                           double *out);

/* The n best label sequences of a sentence to `paths` (n, its items), their scores to `scores`; the number found to `found`. */
int nlptk_chain_best(const nlptk_chain *c, const nlptk_sentences *x, int64_t sentence, int64_t n, uint16_t *paths, double *scores,
                     int64_t *found);

#endif
