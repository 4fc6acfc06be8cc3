#ifndef NLPTK_ROWS_H
#define NLPTK_ROWS_H
#include <stdint.h>

/* Logistic regression between rows of two matrices, the inner loop of Word2Vec and its kin.

   An example is n inputs (rows of one matrix) and groups of NLPTK_TARGETS targets (rows of another), each with a sign: 1 for a
   target to be predicted, -1 for noise, 0 for none. For an input h and a target u of sign s
       loss = -log sigmoid(s h.u),   g = alpha s sigmoid(-s h.u),   u += g h,   h += g u,
   either for each input (`pairs_`) or for the one vector h = scale * sum of the inputs (`sum_`), whose step, times `back`, goes
   to each of them. All products of a group are made before a row of it is changed, so that each row is read once for all products
   and once for all steps (Ji et al. 2016, "Parallelizing word2vec in shared and distributed memory").

   Rows are `stride` floats, a multiple of 16, the rest zeros. */
#define NLPTK_TARGETS 6
#define NLPTK_SLOTS 16 /* numbers of a pair of inputs with a group, see NLPTK_SLOT */

/* Where the product number k = 6 * (input is odd) + target stands: where sums of vectors that are folded together come to lie. */
#define NLPTK_SLOT(k) ((k) % 4 * 4 + (k) / 4)

typedef struct {
    float **inputs;  /* n_inputs rows, then one of zeros */
    float **targets; /* n_groups * NLPTK_TARGETS rows; those without a sign are rows of zeros */
    float *signs;    /* n_groups * NLPTK_SLOTS; see nlptk_add_target */
    float *steps;    /* what `respond` finds: n_groups * (n_inputs + 1) / 2 * NLPTK_SLOTS; one pair for `sum_` */
    int n_inputs, n_groups;
    int n_pairs; /* of words that it stands for */
    int joint;   /* `sum_train` finds the steps of all groups before it makes any */
    float alpha, scale, back;
    float loss; /* what `respond` finds: the sum over all products */
} nlptk_example;

/* Where the next target of an example goes. */
typedef struct {
    float **row, *signs;
    int k; /* in its group */
} nlptk_target_place;

/* `first`: a multiple of NLPTK_TARGETS. */
static inline nlptk_target_place nlptk_target_place_of(const nlptk_example *x, int first)
{
    nlptk_target_place p = {x->targets + first, x->signs + first / NLPTK_TARGETS * NLPTK_SLOTS, 0};
    return p;
}

/* `of_pairs`: 1 for `pairs_`, 0 for `sum_`, which has but one input. */
static inline void nlptk_add_target(nlptk_target_place *p, float *row, float sign, float of_pairs)
{
    *p->row++ = row;
    p->signs[NLPTK_SLOT(p->k)] = sign;
    p->signs[NLPTK_SLOT(p->k + NLPTK_TARGETS)] = sign * of_pairs;
    p->k++;
    if (p->k == NLPTK_TARGETS)
        p->k = 0, p->signs += NLPTK_SLOTS;
}

/* For each width of vectors. `respond` finds the steps of all groups, `apply` makes them in columns from .. to only (multiples of
   16); `train` does both group by group, so that a group sees the steps of those before it. `work`: 2 * stride floats. */
typedef struct {
    void (*pairs_respond)(nlptk_example *x, int64_t stride);
    void (*pairs_apply)(const nlptk_example *x, int64_t from, int64_t to);
    void (*pairs_train)(nlptk_example *x, int64_t stride);
    void (*sum_respond)(nlptk_example *x, int64_t stride, float *work);
    void (*sum_apply)(const nlptk_example *x, int64_t from, int64_t to, int64_t stride, float *work);
    void (*sum_train)(nlptk_example *x, int64_t stride, float *work);
} nlptk_row_kernels;

/* Those for this processor. */
const nlptk_row_kernels *nlptk_rows_here(void);

static inline void nlptk_prefetch_row(const float *row, int64_t stride)
{
#if defined(__GNUC__)
#pragma GCC unroll 8
    for (int64_t c = 0; c < stride; c += 16)
        __builtin_prefetch(row + c, 1, 3);
#endif
}

#endif
