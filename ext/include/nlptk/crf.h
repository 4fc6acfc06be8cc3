#ifndef NLPTK_CRF_H
#define NLPTK_CRF_H
#include <stddef.h>
#include <stdint.h>

/* Linear-chain conditional random fields (Lafferty, McCallum, Pereira 2001):

       p(y|x) = exp(sum_t s_t(y_t) + sum_t>0 A[y_t-1][y_t]) / Z(x),   s_t(y) = sum over the attributes a of item t of value * w[a][y]

   Weights of attributes are rows: with `row_ptr`, only the labels that a row names have one; without, all of them do.
   Rows of marginals are padded with zeros to `width` labels, a multiple of 4. */
typedef struct {
    int n_labels, width;
    int64_t n_attributes;
    const int64_t *starts;    /* sentence s has items starts[s] .. starts[s+1] */
    const int64_t *indptr;    /* item t has attributes indices[indptr[t]] .. */
    const uint32_t *indices;
    const float *values;      /* NULL: all 1 */
    const uint16_t *labels;
    const int64_t *row_ptr;   /* n_attributes + 1; NULL: weight a * n_labels + y */
    const uint16_t *row_label;
} nlptk_crf;

int nlptk_crf_width(int n_labels);

/* Bytes of workspace for sentences of up to so many items. */
size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest);

/* log p(y|x) of sentences first .. last, summed. `weights` of attributes, `transitions` (n_labels, n_labels). Marginals
   p(y_t = y | x) minus 1 for the label of the data go to `residuals` (items, width), the expected minus the observed number of
   transitions is added to `transition_gradient` (n_labels, width). NAN if the weights are not finite. */
double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *weights, const double *transitions,
                              float *residuals, double *transition_gradient, void *workspace);

/* The gradient of -log p for the attributes first .. last: gradient[w] = sum over the items with attribute a of value * residual.
   `item_ptr`, `items`, `item_values`: for each attribute the items that have it. */
void nlptk_crf_gradient(const nlptk_crf *m, int64_t first, int64_t last, const int64_t *item_ptr, const uint32_t *items,
                        const float *item_values, const float *residuals, double *gradient);

#endif
