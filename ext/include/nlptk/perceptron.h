#ifndef NLPTK_PERCEPTRON_H
#define NLPTK_PERCEPTRON_H
#include <stddef.h>
#include <stdint.h>

/* Structured perceptron over label chains (Collins 2002) and its passive-aggressive variants (Crammer et al. 2006).

   The score of labels y of a sentence is sum_t s_t(y_t) + sum_t>0 A[y_t-1][y_t], s_t(y) = sum over the attributes a of item t
   of value * w[a][y]. Each sentence is decoded; if the best labels are not the right ones, w and A move by a step tau times
   the difference of their counts (attributes with labels, transitions). The result is the average of the weights after every
   sentence. It needs no work where nothing changes: with c sentences seen before, a change d of a weight w adds c * d to its
   sum u, and after C sentences the average is w - u / C.

   An attribute gets its row of weights when it is first changed: attributes of sentences that are never wrong cost nothing,
   and the rows of frequent attributes come to stand side by side. */

enum { NLPTK_PERCEPTRON, NLPTK_PA, NLPTK_PA1, NLPTK_PA2 };

typedef struct {
    int n_labels, width;     /* width: floats of a row, nlptk_perceptron_width(n_labels) */
    int64_t n_attributes;
    const int64_t *starts;   /* sentence s has items starts[s] .. starts[s+1] */
    const int64_t *indptr;   /* item t has attributes indices[indptr[t]] .. */
    const uint32_t *indices;
    const float *values;     /* NULL: all 1 */
    const uint16_t *labels;
    const float *begin, *end;/* width each, added to the first and last item: 0 or -INFINITY */

    int rule;                /* NLPTK_PERCEPTRON ... */
    float aggressiveness;    /* C of PA-I and PA-II */
    float margin;            /* what a wrong label is given in addition when decoding (Hamming cost) */

    uint32_t *row_of;        /* n_attributes: row of an attribute, 0: none yet */
    float *rows;             /* capacity * width; row 0 is all 0 and stays so */
    double *sums;            /* capacity * n_labels: u of the rows; NULL: no averaging */
    float *change;           /* capacity * width: all 0 between sentences; for the norm of a step, rule != NLPTK_PERCEPTRON */
    int64_t n_rows, capacity;
    float *transitions;      /* n_labels * width, A; -INFINITY: not possible */
    double *transition_sums; /* n_labels * width */
    float *transition_change;/* n_labels * width */
    double clock;            /* sentences seen */
} nlptk_perceptron;

typedef struct {
    int64_t wrong_sentences, wrong_items;
    double loss; /* sum of score(found) - score(right), with the cost */
} nlptk_perceptron_progress;

int nlptk_perceptron_width(int n_labels);

/* Bytes of workspace for sentences of up to so many items and attributes in all. */
size_t nlptk_perceptron_workspace(const nlptk_perceptron *m, int64_t longest);

/* Room for so many rows, row 0 included; the new ones are all 0. -1: out of memory. */
int nlptk_perceptron_reserve(nlptk_perceptron *m, int64_t n);

/* Learn from the sentences `order`, one after the other. -1: out of memory (then the model is as it was before the sentence). */
int nlptk_perceptron_learn(nlptk_perceptron *m, const int64_t *order, int64_t n, void *workspace,
                           nlptk_perceptron_progress *progress);

/* Best labels of all sentences of the data, among equals the lowest label, decided from the last item on. */
void nlptk_perceptron_decode(const nlptk_perceptron *m, int64_t first, int64_t last, uint16_t *out, void *workspace);

#endif
