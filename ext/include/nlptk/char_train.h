#ifndef NLPTK_CHAR_TRAIN_H
#define NLPTK_CHAR_TRAIN_H
#include "nlptk/char_tagger.h"

/* Sentences of labelled characters; each character has the same number of attributes, an attribute four weights. */
typedef struct {
    const int64_t *starts;   /* n_sentences + 1 */
    const int32_t *features; /* n_features of each character, all below the number of attributes */
    const uint8_t *labels;
    int n_features;
    int64_t longest;         /* sentence */
} nlptk_char_data;

typedef struct {
    float *weights, *squares; /* of each attribute: four */
    const float *shares;      /* of each attribute: 1 / how often it occurs */
    float transitions[NLPTK_N_TRANSITIONS], transition_squares[NLPTK_N_TRANSITIONS];
} nlptk_char_crf;

typedef struct {
    float *weights, *totals; /* totals: changes, each times the number of sentences seen before it */
    float transitions[NLPTK_N_TRANSITIONS], transition_totals[NLPTK_N_TRANSITIONS];
    int64_t seen;
} nlptk_char_perceptron;

size_t nlptk_char_train_workspace(const nlptk_char_data *d);
/* One pass of AdaGrad over the sentences in this order; the loss is -log p of each before its own step, summed. Weights decay
   by `c2` w^2, each attribute's share at each of its occurrences. `cost`: what a wrong label is given in advance. */
double nlptk_char_train_crf(const nlptk_char_data *d, nlptk_char_crf *m, const int64_t *order, int64_t n, float rate, float c2, float cost, void *workspace);
/* One pass of the perceptron; characters whose label was wrong. */
int64_t nlptk_char_train_perceptron(const nlptk_char_data *d, nlptk_char_perceptron *m, const int64_t *order, int64_t n, void *workspace);

#endif
