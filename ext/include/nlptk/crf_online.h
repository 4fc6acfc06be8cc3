#ifndef NLPTK_CRF_ONLINE_H
#define NLPTK_CRF_ONLINE_H
#include <stddef.h>
#include <stdint.h>

/* A linear-chain CRF learned sentence by sentence: stochastic gradient descent, or AdaGrad (Duchi, Hazan, Singer 2011), where every
   weight has a step of its own, eta / sqrt(sum of the squares of its gradients so far).

   The objective is that of crf.h, -sum log p(y|x) + c2 |w|^2, with a weight for every pair of attribute and label; the norm of a
   weight is shared out to the items that have its attribute, so that a step touches nothing else. With `cost` it is the softmax
   margin (Gimpel & Smith 2010): in p, wrong labels have scores that are higher by `cost`. */
typedef struct {
    int n_labels, width; /* width: labels padded to vectors */
    int64_t n_attributes;
    const int64_t *starts; /* as in nlptk/tagging/sequences.py */
    const int64_t *indptr;
    const uint32_t *indices;
    const float *values; /* NULL: all 1 */
    const uint16_t *labels;
    const float *decay; /* of an attribute: 2 c2 / how many items have it */
    float *rows;        /* (n_attributes, n_parts, width): weights; with AdaGrad also the sums of squares */
    int n_parts;        /* 1: gradient descent, 2: AdaGrad */
    double *transitions, *squares; /* (n_labels, n_labels) */
    const uint8_t *fixed;          /* (n_labels, n_labels): transitions that are not learned */
    double transition_decay;       /* 2 c2 / sentences */
    double eta, cost;
    int64_t clock; /* sentences seen; the step of gradient descent is eta / (1 + eta transition_decay clock) (Bottou 2012) */
} nlptk_crf_online;

int nlptk_crf_online_width(int n_labels);
size_t nlptk_crf_online_workspace(const nlptk_crf_online *m, int64_t longest);

/* Learn from sentences in this order. Returns the sum of -log p before each step; NAN: the weights left the range of numbers. */
double nlptk_crf_online_learn(nlptk_crf_online *m, const int64_t *order, int64_t n, void *workspace);

#endif
