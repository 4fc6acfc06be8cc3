/* ext/nearest.c   The k best of many scores. */
#include "nlptk/nearest.h"
#include "nlptk/simd.h"

enum { RUN = 64 }; /* scores that are compared at once: nearly all runs hold nothing better than what is there */

NLPTK_CLONES
void nlptk_nearest_update(const float *scores, size_t rows, size_t columns, int64_t first, size_t k, float *best, int64_t *numbers)
{
    for (size_t r = 0; r < rows; r++, scores += columns, best += k, numbers += k) {
        float worst = best[k - 1];
        for (size_t c = 0; c < columns;) {
            size_t stop = c + RUN;
            if (stop <= columns) {
                int better = 0;
                for (size_t i = 0; i < RUN; i++) better |= scores[c + i] > worst;
                if (!better) {
                    c = stop;
                    continue;
                }
            } else
                stop = columns;
            for (; c < stop; c++) {
                if (!(scores[c] > worst)) continue;
                size_t at = k - 1;
                for (; at && best[at - 1] < scores[c]; at--) best[at] = best[at - 1], numbers[at] = numbers[at - 1];
                best[at] = scores[c];
                numbers[at] = first + (int64_t)c;
                worst = best[k - 1];
            }
        }
    }
}
