#ifndef NLPTK_HMM_H
#define NLPTK_HMM_H
#include <stdint.h>

/* Hidden Markov models of first and second order (Rabiner 1989; Thede & Harper 1999) over items that not every label can have:

       p(x, y) = prod_t p(y_t | y_t-2, y_t-1) p(x_t | y_t) * p(end | y_n-2, y_n-1)

   without y_t-2 for the first order. Label n_labels stands for the begin (as a label before) and for the end (as a label).
   An item is a row: its possible labels, ascending, and log p(item | label) for each. */
typedef struct {
    int order, n_labels;
    const double *log_transitions; /* (n_labels + 1) ^ (order + 1), the last index the label */
    const double *transitions;     /* their exponentials */
    const int64_t *starts;         /* sentence s has items starts[s] .. starts[s+1] */
    const uint32_t *rows;          /* row of each item */
    const int64_t *row_ptr;
    const uint16_t *row_label;
    const double *row_log;
} nlptk_hmm;

/* Best labels of sentences first .. last (Viterbi); among equals the lowest last label, then the lowest before it ...
   -1: out of memory. */
int nlptk_hmm_decode(const nlptk_hmm *m, int64_t first, int64_t last, uint16_t *out);

/* log p(x) of sentences first .. last to `log_probs` (sentences). Where not NULL: p(y_t = y | x) to `marginals` (items,
   n_labels, all 0 before), and the expected counts are added to `transition_counts` (like log_transitions) and
   `row_counts` (like row_log). By scaled forward-backward; where that underflows, by logarithms. A sentence that cannot be has
   log p = -INFINITY, marginals that are the same for all its possible labels, and no counts. -1: out of memory. */
int nlptk_hmm_expect(const nlptk_hmm *m, int64_t first, int64_t last, double *log_probs, float *marginals, double *transition_counts,
                     double *row_counts);

#endif
