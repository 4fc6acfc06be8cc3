#ifndef NLPTK_CRF_H
#define NLPTK_CRF_H
#include <stddef.h>
#include <stdint.h>

/* Linear-chain conditional random fields (Lafferty, McCallum, Pereira 2001):

       p(y|x) = exp(sum_t s_t(y_t) + sum_t>0 A[y_t-1][y_t]) / Z(x),   s_t(y) = sum over the attributes a of item t of value * w[a][y]

   The variables x of an optimizer are laid out for speed:

   - dense attributes, those with weights for many labels, the most frequent first; an evaluation spreads them out as rows
     of `width` floats,
   - sparse attributes: their weights one by one, an item names weights and their labels,
   - attributes that occur once, and so with one label: those of an item always have the same weight w, as long as they begin
     alike. They are one variable sqrt(m) w for the m of them, which has their share of the norm and of the gradient,
   - the transitions, row by row.

   Values and marginals are single precision, sums over them and over sentences double. */

typedef struct {
    int n_labels, width; /* width: labels padded to vectors */
    int64_t n_sentences, n_items, n_attributes;
    const int64_t *starts;  /* sentence s has items starts[s] .. starts[s+1] */
    const uint16_t *labels; /* of items */

    int64_t n_dense; /* attributes */
    const int64_t *dense_row;    /* (n_dense + 1): variables of each */
    const uint16_t *dense_label; /* of those variables */
    const int64_t *dense_ptr;    /* (n_items + 1): dense attributes of items */
    const uint32_t *dense;
    const float *dense_value; /* NULL: all 1 */
    /* the same by chunks of NLPTK_CRF_CHUNK items, in a chunk by attribute */
    int64_t n_chunks;
    const int64_t *chunk_run; /* (n_chunks + 1): runs of each chunk */
    const uint32_t *run_attribute;
    const int64_t *run_ptr;    /* (runs + 1): items of each run */
    const uint16_t *run_item;  /* within the chunk */
    const float *run_value;

    int64_t first_sparse, n_sparse; /* variables */
    const int64_t *sparse_ptr;      /* (n_items + 1): sparse variables of items, counted from first_sparse */
    const uint32_t *sparse;
    const float *sparse_value;
    const uint16_t *sparse_label;  /* (n_sparse) */
    const int64_t *sparse_items;   /* (n_sparse + 1): items that have them */
    const uint32_t *sparse_item;
    const float *sparse_item_value;

    int64_t first_single, n_single; /* variables */
    const uint32_t *single_item;    /* in rising order */
    const float *single_root;       /* sqrt(m) */

    int64_t first_transition, n_variables;
} nlptk_crf;

#define NLPTK_CRF_CHUNK 4096

int nlptk_crf_width(int n_labels);

/* Doubles of workspace for sentences of up to so many items. */
size_t nlptk_crf_workspace(const nlptk_crf *m, int64_t longest);

/* Variables as single precision: dense rows from .. to of `table` (n_dense, width), and sparse ones. */
void nlptk_crf_spread(const nlptk_crf *m, const double *x, int64_t from, int64_t to, float *table, float *sparse);

/* log p(y|x) of sentences first .. last, summed. Marginals p(y_t = y | x) minus 1 for the label of the data go to `residuals`
   (items, width), the expected minus the observed number of transitions is added to `transitions` (n_labels, width). NAN if the
   variables are not finite. */
double nlptk_crf_expectations(const nlptk_crf *m, int64_t first, int64_t last, const double *x, const float *table,
                              const float *sparse, float *residuals, double *transitions, double *workspace);

/* The gradient of -log p by the variables of dense attributes from .. to (`sums`: n_dense rows of width doubles), of sparse
   variables, and of single ones. */
void nlptk_crf_gradient_dense(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *sums, double *g);
void nlptk_crf_gradient_sparse(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *g);
void nlptk_crf_gradient_single(const nlptk_crf *m, int64_t from, int64_t to, const float *residuals, double *g);

#endif
