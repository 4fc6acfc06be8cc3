#ifndef NLPTK_GLOVE_H
#define NLPTK_GLOVE_H
#include <stddef.h>

#include "nlptk/cooccurrence.h"

/* GloVe (Pennington, Socher, Manning 2014): minimise the sum over pairs of words of

       f(x_ij) (w_i . c_j + b_i + d_j - log x_ij)^2 / 2,    f(x) = min(1, (x / x_max)^alpha)

   by AdaGrad, one pair at a time. A row of parameters has four parts of `stride` floats each (a multiple of 16; the row is aligned to 64
   bytes): word vector, sums of its squared steps, context vector, sums of its squared steps. Two places after the vector hold the
   biases: those of the word vector are (b, 1), those of the context vector (1, d), so that they are part of the scalar product. */

typedef struct {
    size_t stride;
    const float *word_rates, *context_rates; /* stride: learning rate of each place; 0 for what does not change */
    float log_x_max, alpha;
    int symmetric; /* each pair stands for two: (i, j) and (j, i) */
} nlptk_glove;

/* Go over a list once: the words of the block `first` with contexts of the block `second`, and if symmetric the other way too. The
   rows of a block follow each other. Returns the sum that is minimised, each term before its step. */
double nlptk_glove_pass(const nlptk_glove *g, const nlptk_pair *pairs, size_t n, float *first, float *second);

#endif
