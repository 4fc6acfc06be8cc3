#ifndef NLPTK_NEAREST_H
#define NLPTK_NEAREST_H
#include <stddef.h>
#include <stdint.h>

/* Update the k best of each row with more columns: scores (rows, columns), whose first column has the number `first`.
   best, numbers (rows, k): from the highest score down, of equal ones the one that came first; to begin with, -INFINITY and -1.
   Scores that are not numbers are never among them. */
void nlptk_nearest_update(const float *scores, size_t rows, size_t columns, int64_t first, size_t k, float *best, int64_t *numbers);

#endif
