/* ext/tag_hmm.c   Joint segmentation and tagging of unknown Han characters: Viterbi over (position, part of speech).

       v[t][y] = max over the x before of  v[t-1][x] + trans[x][y] + emit[y][o_t]

   Only states listed for the character and reachable from the position before are considered, about ten; where there are
   none, all reachable ones, and where nothing is reachable, all. A tie goes to the larger state (jieba's rule: it compares
   (score, state) pairs). */
#include "nlptk/segment.h"
#include <stdlib.h>
#include <string.h>

static const double ZERO = -3.14e100; /* jieba's logarithm of an emission it has not seen */

static double emission(const nlptk_tag_hmm *hmm, uint32_t han, int32_t state)
{
    for (int32_t i = hmm->offsets[han]; i < hmm->offsets[han + 1]; i++)
        if (hmm->states[i] == state) return hmm->emit[i];
    return ZERO;
}

static int reserve(nlptk_workspace *w, ptrdiff_t n_nodes, ptrdiff_t n_characters)
{
    if (n_nodes > w->cap_nodes) {
        const ptrdiff_t cap = n_nodes + n_nodes / 2 + 1024;
        nlptk_tag_node *nodes = realloc(w->nodes, (size_t)cap * sizeof *nodes);
        if (!nodes) return NLPTK_SEGMENT_MEMORY;
        w->nodes = nodes, w->cap_nodes = cap;
    }
    if (n_characters > w->cap_back) {
        uint8_t *back = realloc(w->back, (size_t)n_characters + 64);
        if (!back) return NLPTK_SEGMENT_MEMORY;
        w->back = back, w->cap_back = n_characters + 64;
    }
    return NLPTK_SEGMENT_OK;
}

/* The states considered for a character: those listed for it that are in `allowed`, or failing that all in `allowed`. */
static int32_t choose(const nlptk_tag_hmm *hmm, uint32_t han, const uint64_t allowed[4], uint16_t *states, double *emit)
{
    int32_t n = 0;
    for (int32_t i = hmm->offsets[han]; i < hmm->offsets[han + 1]; i++) {
        const uint16_t y = hmm->states[i];
        if (!hmm->candidate[i]) continue;
        if (allowed[y >> 6] >> (y & 63) & 1) states[n] = y, emit[n++] = hmm->emit[i];
    }
    if (n) return n;
    for (int32_t y = 0; y < hmm->n_states; y++)
        if (allowed[y >> 6] >> (y & 63) & 1) states[n] = (uint16_t)y, emit[n++] = emission(hmm, han, y);
    return n;
}

static inline bool ends_word(uint8_t position) { return position == NLPTK_E || position == NLPTK_S; }

/* The tokens that a path (one state a character) stands for. */
static int push_path(const nlptk_tag_hmm *hmm, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t n)
{
    const uint8_t *path = w->back;
    ptrdiff_t begin = 0, next = 0;
    for (ptrdiff_t t = 0; t < n; t++) {
        const uint8_t position = hmm->position[path[t]];
        if (position == NLPTK_B) begin = t;
        if (position != NLPTK_E && position != NLPTK_S) continue;
        const ptrdiff_t from = position == NLPTK_S ? t : begin;
        if (nlptk_push_token(w, lo + from, lo + t + 1, NLPTK_NO_WORD, hmm->tag[path[t]])) return NLPTK_SEGMENT_MEMORY;
        next = t + 1;
    }
    return next < n ? nlptk_push_token(w, lo + next, lo + n, NLPTK_NO_WORD, hmm->tag[path[next]]) : NLPTK_SEGMENT_OK;
}

int nlptk_tag_run(const nlptk_tag_hmm *hmm, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    uint16_t states[NLPTK_MAX_TAG_STATES];
    double emit[NLPTK_MAX_TAG_STATES], score[NLPTK_MAX_TAG_STATES];
    const double *trans[NLPTK_MAX_TAG_STATES];
    int32_t before[NLPTK_MAX_TAG_STATES];
    const ptrdiff_t n = hi - lo;
    const int32_t S = hmm->n_states;
    uint64_t allowed[4] = {~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0};
    for (int32_t y = S; y < NLPTK_MAX_TAG_STATES; y++) allowed[y >> 6] &= ~((uint64_t)1 << (y & 63));
    ptrdiff_t first = 0, end = 0; /* nodes of the position before: [first, end) */
    for (ptrdiff_t t = 0; t < n; t++) {
        int status = reserve(w, end + S, n);
        if (status) return status;
        nlptk_tag_node *nodes = w->nodes;
        const uint32_t han = w->chars[lo + t] - NLPTK_HAN_FIRST;
        const ptrdiff_t here = end;
        /* Of the position before, those that lead on: first those inside a word (B, M), which only M and E may follow, then
           those that end one (E, S), which only B and S may follow. */
        int32_t n_before = 0, n_inside = 0;
        if (t) {
            memset(allowed, 0, sizeof allowed);
            for (int ended = 0; ended < 2; ended++) {
                for (ptrdiff_t x = first; x < here; x++) {
                    const uint64_t *follows = hmm->follows + 4 * nodes[x].state;
                    if (ends_word(hmm->position[nodes[x].state]) != (ended == 1)) continue;
                    if (!(follows[0] | follows[1] | follows[2] | follows[3])) continue;
                    for (int i = 0; i < 4; i++) allowed[i] |= follows[i];
                    score[n_before] = nodes[x].score;
                    trans[n_before] = hmm->trans + (ptrdiff_t)nodes[x].state * S;
                    before[n_before++] = (int32_t)x;
                }
                if (!ended) n_inside = n_before;
            }
            if (!n_before) return NLPTK_SEGMENT_NO_PATH;
        }
        const int32_t k = choose(hmm, han, allowed, states, emit);
        for (int32_t i = 0; i < k; i++) {
            const int32_t y = states[i];
            if (!t) {
                nodes[end++] = (nlptk_tag_node){hmm->start[y] + emit[i], y, -1};
                continue;
            }
            const bool inside = hmm->position[y] == NLPTK_M || hmm->position[y] == NLPTK_E;
            const int32_t last = inside ? n_inside : n_before;
            double best = -INFINITY;
            int32_t from = before[0];
            for (int32_t x = inside ? 0 : n_inside; x < last; x++) { /* states ascend, so >= prefers the larger */
                const double sum = score[x] + trans[x][y] + emit[i];
                from = sum >= best ? before[x] : from;
                best = sum >= best ? sum : best;
            }
            nodes[end++] = (nlptk_tag_node){best, y, from};
        }
        first = here;
    }
    ptrdiff_t best = first;
    for (ptrdiff_t x = first; x < end; x++)
        if (w->nodes[x].score >= w->nodes[best].score) best = x;
    for (ptrdiff_t t = n - 1; t >= 0; t--, best = w->nodes[best].before) w->back[t] = (uint8_t)w->nodes[best].state;
    return push_path(hmm, w, lo, n);
}
