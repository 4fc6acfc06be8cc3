/* ext/segment.c   Segmentation of one text with a dictionary: word lattice, maximum matching, and an HMM for the rest.

   The unigram path maximises the sum over its words of log f(w) - log N, where f is the word's frequency and N the sum
   of all frequencies. Scores are summed from the right, in the order jieba does it, and a tie goes to the longer word,
   so that the two agree to the last bit. Positions are characters; a block is [lo, hi). */
#include "nlptk/segment.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S NLPTK_SPACE
#define A NLPTK_ALNUM
#define K NLPTK_MARK
const uint8_t nlptk_ascii_class[128] = {
    ['\t'] = S, ['\n'] = S, ['\v'] = S, ['\f'] = S, ['\r'] = S, [28] = S, [29] = S, [30] = S, [31] = S, [' '] = S,
    ['#'] = K, ['%'] = K, ['&'] = K, ['+'] = K, ['-'] = K, ['.'] = K, ['_'] = K,
    ['0'] = A, A, A, A, A, A, A, A, A, A,
    ['A'] = A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    ['a'] = A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
};
#undef S
#undef A
#undef K

static inline bool is_block(const nlptk_segmenter *s, uint32_t c)
{
    return nlptk_class(c) >= NLPTK_HAN && !(s->tags && (c == '%' || c == '-')); /* jieba.posseg leaves these two out */
}
static inline bool is_alnum(uint32_t c) { return c < 128 && nlptk_ascii_class[c] == NLPTK_ALNUM; }
static inline bool is_digit(uint32_t c) { return c - '0' < 10u; }
static inline bool is_letter(uint32_t c) { return is_alnum(c) && !is_digit(c); }
/* A token's state from where its word leads. */
static inline int32_t state_of(const nlptk_lexicon *lexicon, nlptk_cursor at)
{
    if (at.cell > 0 && lexicon->trie->cells[at.cell].logf != -INFINITY) return at.cell;
    return at.node > 0 ? NLPTK_USER_WORD : NLPTK_NO_WORD;
}

/* ---- workspace ---- */

void nlptk_workspace_free(nlptk_workspace *w)
{
    free(w->chars), free(w->codes), free(w->pairs), free(w->triples), free(w->offsets), free(w->arcs), free(w->back), free(w->special), free(w->nodes), free(w->tokens);
    memset(w, 0, sizeof *w);
}

static int resize(void *array, ptrdiff_t n, size_t size)
{
    void **p = array;
    void *q = realloc(*p, (size_t)n * size);
    if (!q) return NLPTK_SEGMENT_MEMORY;
    *p = q;
    return NLPTK_SEGMENT_OK;
}

int nlptk_workspace_reserve(nlptk_workspace *w, ptrdiff_t n)
{
    if (n > INT32_MAX - 64) return NLPTK_SEGMENT_TOO_LONG;
    if (w->chars && n <= w->cap) return NLPTK_SEGMENT_OK;
    const ptrdiff_t cap = n + n / 4 + 64;
    if (resize(&w->chars, cap, sizeof *w->chars) || resize(&w->codes, cap + 2, sizeof *w->codes) ||
        resize(&w->pairs, cap, sizeof *w->pairs) || resize(&w->triples, cap, sizeof *w->triples))
        return NLPTK_SEGMENT_MEMORY;
    if (w->with_offsets && resize(&w->offsets, cap + 1, sizeof *w->offsets)) return NLPTK_SEGMENT_MEMORY;
    w->cap = cap;
    return NLPTK_SEGMENT_OK;
}

int nlptk_workspace_read(nlptk_workspace *w, const nlptk_trie *trie, const void *text, int kind, ptrdiff_t n)
{
    const int status = nlptk_workspace_reserve(w, n);
    if (status) return status;
    w->n = n;
    uint32_t *restrict chars = w->chars;
    int32_t *restrict codes = w->codes;
    if (kind == 1)
        for (ptrdiff_t i = 0; i < n; i++) chars[i] = ((const uint8_t *)text)[i], codes[i] = trie->code_of_bmp[chars[i]];
    else if (kind == 2)
        for (ptrdiff_t i = 0; i < n; i++) chars[i] = ((const uint16_t *)text)[i], codes[i] = trie->code_of_bmp[chars[i]];
    else
        for (ptrdiff_t i = 0; i < n; i++) chars[i] = ((const uint32_t *)text)[i], codes[i] = nlptk_trie_code(trie, chars[i]);
    return NLPTK_SEGMENT_OK;
}

static inline int push_tagged(nlptk_workspace *w, ptrdiff_t start, ptrdiff_t end, int32_t state, int32_t tag)
{
    if (w->n_tokens == w->cap_tokens) {
        const ptrdiff_t cap = w->cap_tokens * 2 + 256;
        if (resize(&w->tokens, cap, sizeof *w->tokens)) return NLPTK_SEGMENT_MEMORY;
        w->cap_tokens = cap;
    }
    w->tokens[w->n_tokens++] = (nlptk_token){(int32_t)start, (int32_t)end, state, tag};
    return NLPTK_SEGMENT_OK;
}

static inline int push(nlptk_workspace *w, ptrdiff_t start, ptrdiff_t end, int32_t state)
{
    return push_tagged(w, start, end, state, NLPTK_WORD_TAG);
}

int nlptk_push_token(nlptk_workspace *w, ptrdiff_t start, ptrdiff_t end, int32_t state, int32_t tag)
{
    return push_tagged(w, start, end, state, tag);
}

static inline int push_each(nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    for (ptrdiff_t i = lo; i < hi; i++)
        if (push(w, i, i + 1, NLPTK_NO_WORD)) return NLPTK_SEGMENT_MEMORY;
    return NLPTK_SEGMENT_OK;
}

static int reserve_arcs(nlptk_workspace *w, ptrdiff_t n)
{
    if (n <= w->cap_arcs) return NLPTK_SEGMENT_OK;
    if (resize(&w->arcs, n + n / 4, sizeof *w->arcs)) return NLPTK_SEGMENT_MEMORY;
    w->cap_arcs = n + n / 4;
    return NLPTK_SEGMENT_OK;
}

/* ---- hidden Markov model over runs of single characters ---- */

static bool is_listed(const nlptk_words *words, const uint32_t *word, ptrdiff_t n)
{
    int32_t node = 0;
    for (ptrdiff_t i = 0; i < n && node >= 0; i++) node = nlptk_words_child(words, node, word[i]);
    return node > 0 && !isnan(words->nodes[node].logf);
}

/* Viterbi over the positions B E M S of a run of Han characters:
       v[t][y] = max over the two x that may precede y of  v[t-1][x] + trans[x][y] + emit[y][o_t]
   a tie goes to the later letter. Each state has two predecessors, so one bit remembers the choice. */
static int hmm_run(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const nlptk_hmm *hmm = s->hmm;
    const ptrdiff_t n = hi - lo;
    if (n > w->cap_back) {
        if (resize(&w->back, n + n / 4 + 64, 1)) return NLPTK_SEGMENT_MEMORY;
        w->cap_back = n + n / 4 + 64;
    }
    uint8_t *back = w->back;
    const double(*trans)[4] = hmm->trans;
    const double *e = hmm->emit[w->chars[lo] - NLPTK_HAN_FIRST];
    double vb = hmm->start[NLPTK_B] + e[NLPTK_B], ve = hmm->start[NLPTK_E] + e[NLPTK_E], vm = hmm->start[NLPTK_M] + e[NLPTK_M],
           vs = hmm->start[NLPTK_S] + e[NLPTK_S];
    for (ptrdiff_t t = 1; t < n; t++) {
        e = hmm->emit[w->chars[lo + t] - NLPTK_HAN_FIRST];
        const double eb = ve + trans[NLPTK_E][NLPTK_B] + e[NLPTK_B], sb = vs + trans[NLPTK_S][NLPTK_B] + e[NLPTK_B];
        const double be = vb + trans[NLPTK_B][NLPTK_E] + e[NLPTK_E], me = vm + trans[NLPTK_M][NLPTK_E] + e[NLPTK_E];
        const double bm = vb + trans[NLPTK_B][NLPTK_M] + e[NLPTK_M], mm = vm + trans[NLPTK_M][NLPTK_M] + e[NLPTK_M];
        const double es = ve + trans[NLPTK_E][NLPTK_S] + e[NLPTK_S], ss = vs + trans[NLPTK_S][NLPTK_S] + e[NLPTK_S];
        back[t] = (uint8_t)((sb >= eb) | (me >= be) << 1 | (mm >= bm) << 2 | (ss >= es) << 3);
        vb = sb >= eb ? sb : eb;
        ve = me >= be ? me : be;
        vm = mm >= bm ? mm : bm;
        vs = ss >= es ? ss : es;
    }
    static const uint8_t before[4][2] = {{NLPTK_E, NLPTK_S}, {NLPTK_B, NLPTK_M}, {NLPTK_B, NLPTK_M}, {NLPTK_E, NLPTK_S}};
    uint8_t state = vs >= ve ? NLPTK_S : NLPTK_E;
    for (ptrdiff_t t = n - 1; t >= 0; t--) { /* turn the choices into the path */
        const uint8_t choice = back[t];
        back[t] = state;
        if (t) state = before[state][choice >> state & 1];
    }
    ptrdiff_t begin = 0;
    for (ptrdiff_t t = 0; t < n; t++) {
        if (back[t] == NLPTK_B) begin = t;
        if (back[t] == NLPTK_S) begin = t;
        if (back[t] != NLPTK_E && back[t] != NLPTK_S) continue;
        int status;
        if (s->split && t > begin && is_listed(s->split, w->chars + lo + begin, t + 1 - begin))
            status = push_each(w, lo + begin, lo + t + 1);
        else
            status = push(w, lo + begin, lo + t + 1, NLPTK_NO_WORD);
        if (status) return status;
    }
    return NLPTK_SEGMENT_OK;
}

/* What the HMM makes of single characters [lo, hi): Han runs by Viterbi; letters and digits with an optional decimal part
   and percent sign ([a-zA-Z0-9]+(\.[0-9]+)?%?) as one token; what lies between as one token. */
static int unknown_run(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const uint32_t *c = w->chars;
    for (ptrdiff_t i = lo, j; i < hi; i = j) {
        j = i + 1;
        int status;
        if (nlptk_class(c[i]) == NLPTK_HAN) {
            while (j < hi && nlptk_class(c[j]) == NLPTK_HAN) j++;
            status = hmm_run(s, w, i, j);
        } else if (is_alnum(c[i])) {
            while (j < hi && is_alnum(c[j])) j++;
            if (j + 1 < hi && c[j] == '.' && is_digit(c[j + 1]))
                for (j += 2; j < hi && is_digit(c[j]);) j++;
            if (j < hi && c[j] == '%') j++;
            status = push(w, i, j, NLPTK_NO_WORD);
        } else {
            while (j < hi && nlptk_class(c[j]) != NLPTK_HAN && !is_alnum(c[j])) j++;
            status = push(w, i, j, NLPTK_NO_WORD);
        }
        if (status) return status;
    }
    return NLPTK_SEGMENT_OK;
}

/* The same with tags, as jieba.posseg does it: digits and points are numbers, letters and digits Latin, the rest other. */
static int unknown_run_tagged(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const uint32_t *c = w->chars;
    const nlptk_tag_hmm *tags = s->tags;
    for (ptrdiff_t i = lo, j; i < hi; i = j) {
        j = i + 1;
        int status;
        if (nlptk_class(c[i]) == NLPTK_HAN) {
            while (j < hi && nlptk_class(c[j]) == NLPTK_HAN) j++;
            status = nlptk_tag_run(tags, w, i, j);
        } else if (c[i] == '.' || is_digit(c[i])) {
            while (j < hi && (c[j] == '.' || is_digit(c[j]))) j++;
            status = push_tagged(w, i, j, NLPTK_NO_WORD, tags->number);
        } else if (is_letter(c[i])) {
            while (j < hi && is_alnum(c[j])) j++;
            status = push_tagged(w, i, j, NLPTK_NO_WORD, tags->latin);
        } else {
            while (j < hi && nlptk_class(c[j]) != NLPTK_HAN && c[j] != '.' && !is_alnum(c[j])) j++;
            status = push_tagged(w, i, j, NLPTK_NO_WORD, tags->other);
        }
        if (status) return status;
    }
    return NLPTK_SEGMENT_OK;
}

/* Where the characters [lo, hi) lead; false if no word begins so. */
static inline bool follow(const nlptk_segmenter *s, const nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi, nlptk_cursor *at)
{
    *at = (nlptk_cursor){0, 0};
    for (ptrdiff_t i = lo; i < hi; i++)
        if (!nlptk_step(&s->lexicon, at, w->codes[i], w->chars[i])) return false;
    return true;
}

/* Single characters [lo, hi) of the best path that stand together. */
static inline int flush_singles(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    if (hi - lo == 1) return push(w, lo, hi, NLPTK_NO_WORD);
    if (lo == hi) return NLPTK_SEGMENT_OK;
    /* together they are a word, but one less probable than its characters: leave them apart */
    nlptk_cursor at;
    if (follow(s, w, lo, hi, &at) && nlptk_logf(&s->lexicon, at) != -INFINITY) return push_each(w, lo, hi);
    return s->tags ? unknown_run_tagged(s, w, lo, hi) : unknown_run(s, w, lo, hi);
}

/* ---- the lattice ---- */

/* The states of every two and every three neighbouring characters, 0 where no word begins so.

   Most pairs begin no word; a bitmap that fits in the cache says so without touching the double array. For the others the
   cell is asked for in one pass and looked at in the next, so that the memory works on many at a time; and there is no
   branch to guess wrong. */
static void look_up(const nlptk_trie *trie, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const nlptk_cell *cells = trie->cells;
    const int32_t *restrict codes = w->codes;
    int32_t *restrict pairs = w->pairs, *restrict triples = w->triples;
    for (ptrdiff_t k = lo; k < hi; k++) {
        const int32_t base = trie->bases[codes[k]], may = nlptk_trie_may_begin(trie, codes[k], codes[k + 1]) & (base >= 0);
        pairs[k] = (base + codes[k + 1]) & -may;
        NLPTK_PREFETCH(&cells[pairs[k]]);
    }
    for (ptrdiff_t k = lo; k < hi; k++) {
        const nlptk_cell cell = cells[pairs[k]];
        const int32_t is = -(int32_t)(cell.check == codes[k]); /* false for the root, whose check is negative */
        pairs[k] &= is;
        triples[k] = (cell.base + codes[k + 2]) & is & -(int32_t)(cell.base > 0);
        NLPTK_PREFETCH(&cells[triples[k]]);
    }
    for (ptrdiff_t k = lo; k < hi; k++) triples[k] &= -(int32_t)(cells[triples[k]].check == pairs[k]);
}

/* arcs[k] = best arc from k: score(k) = max over words [k, j) of (log f - log N) + score(j); a tie goes to the longer.
   No word at all: the character alone, with frequency 1. */
static void best_arcs(const nlptk_segmenter *s, const nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const nlptk_cell *cells = s->lexicon.trie->cells;
    const double *alone = s->lexicon.trie->alone;
    const int32_t *codes = w->codes;
    const double log_total = s->log_total;
    nlptk_arc *arcs = w->arcs - lo; /* indexed by position */
    arcs[hi].score = 0;
    double next = 0, after_next = 0; /* arcs[k + 1].score and arcs[k + 2].score, kept at hand */
    for (ptrdiff_t k = hi - 1; k >= lo; k--) {
        const int32_t pair = w->pairs[k] & -(int32_t)(k + 1 < hi), triple = w->triples[k] & -(int32_t)(k + 2 < hi);
        const double one = (alone[codes[k]] - log_total) + next;
        const double two = (cells[pair].logf - log_total) + after_next; /* the root's is -INFINITY */
        double best = two > one ? two : one;
        int32_t end = (int32_t)k + 1 + (two >= one), state = two >= one ? pair : codes[k];
        if (triple) {
            int32_t t = triple;
            for (ptrdiff_t j = k + 3;; j++) {
                const nlptk_cell cell = cells[t];
                const double score = (cell.logf - log_total) + arcs[j].score;
                if (score >= best) best = score, end = (int32_t)j, state = t;
                if (!cell.base || j == hi || cells[cell.base + codes[j]].check != t) break;
                t = cell.base + codes[j];
            }
        }
        if (!(best > -INFINITY)) best = (0.0 - log_total) + next, end = (int32_t)k + 1, state = NLPTK_NO_WORD;
        arcs[k] = (nlptk_arc){best, end, state};
        after_next = next, next = best;
    }
}

/* The same where user words lie over the dictionary. */
static void best_arcs_user(const nlptk_segmenter *s, const nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    nlptk_arc *arcs = w->arcs - lo;
    arcs[hi].score = 0;
    for (ptrdiff_t k = hi - 1; k >= lo; k--) {
        nlptk_arc best = {-INFINITY, (int32_t)k + 1, NLPTK_NO_WORD};
        nlptk_cursor at = {0, 0};
        for (ptrdiff_t j = k; j < hi && nlptk_step(&s->lexicon, &at, w->codes[j], w->chars[j]); j++) {
            const double logf = nlptk_logf(&s->lexicon, at);
            if (logf == -INFINITY) continue;
            const double score = (logf - s->log_total) + arcs[j + 1].score;
            if (score >= best.score) best = (nlptk_arc){score, (int32_t)j + 1, state_of(&s->lexicon, at)};
        }
        if (best.score == -INFINITY) best.score = (0.0 - s->log_total) + arcs[k + 1].score;
        arcs[k] = best;
    }
}

static int unigram_block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    int status = reserve_arcs(w, hi - lo + 2);
    if (status) return status;
    (s->lexicon.words ? best_arcs_user : best_arcs)(s, w, lo, hi);
    const nlptk_arc *arcs = w->arcs - lo;
    const bool join = s->tags ? s->join : s->hmm != NULL;
    const int32_t glued = s->tags ? s->tags->latin : NLPTK_WORD_TAG; /* tag of glued letters where nothing is joined */
    ptrdiff_t singles = lo;                                          /* [singles, x) waits to be flushed */
    for (ptrdiff_t x = lo; x < hi;) {
        const ptrdiff_t end = arcs[x].end;
        const bool waits = end - x == 1 && (join ? is_block(s, w->chars[x]) : is_alnum(w->chars[x]));
        if (!waits) {
            if (singles < x) {
                status = join ? flush_singles(s, w, singles, x) : push_tagged(w, singles, x, NLPTK_NO_WORD, glued);
                if (status) return status;
            }
            if (push(w, x, end, arcs[x].state)) return NLPTK_SEGMENT_MEMORY;
            singles = end;
        }
        x = end;
    }
    if (singles < hi) return join ? flush_singles(s, w, singles, hi) : push_tagged(w, singles, hi, NLPTK_NO_WORD, glued);
    return NLPTK_SEGMENT_OK;
}

/* The words of two and of three characters inside each longer token, before it. */
static int add_search_words(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t first)
{
    const ptrdiff_t n = w->n_tokens - first;
    nlptk_token *plain = malloc((size_t)(n ? n : 1) * sizeof *plain);
    if (!plain) return NLPTK_SEGMENT_MEMORY;
    memcpy(plain, w->tokens + first, (size_t)n * sizeof *plain);
    w->n_tokens = first;
    int status = NLPTK_SEGMENT_OK;
    for (ptrdiff_t k = 0; k < n && !status; k++) {
        const nlptk_token token = plain[k];
        for (int size = 2; size <= 3 && token.end - token.start > size && !status; size++)
            for (int32_t i = token.start; i + size <= token.end && !status; i++) {
                nlptk_cursor at;
                if (follow(s, w, i, i + size, &at) && nlptk_logf(&s->lexicon, at) != -INFINITY)
                    status = push(w, i, i + size, state_of(&s->lexicon, at));
            }
        if (!status) status = push(w, token.start, token.end, token.state);
    }
    free(plain);
    return status;
}

/* Every word of the lattice in order of its start; a character alone only where no word covers it; letters and digits
   are gathered while no longer word begins among them (jieba's cut_all, whose gathered text may have gaps). */
static int full_block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    ptrdiff_t covered = lo - 1; /* last position of the word given last */
    const int status = reserve_arcs(w, hi - lo + 1);
    if (status) return status;
    nlptk_arc *pieces = w->arcs; /* gathered letters wait here; score holds the start */
    ptrdiff_t n_pieces = 0;
    for (ptrdiff_t k = lo; k <= hi; k++) {
        if (n_pieces && (k == hi || !is_alnum(w->chars[k]))) {
            for (ptrdiff_t p = 0; p < n_pieces; p++)
                if (push(w, (ptrdiff_t)pieces[p].score, pieces[p].end, p ? NLPTK_CONTINUES : pieces[p].state)) return NLPTK_SEGMENT_MEMORY;
            n_pieces = 0;
        }
        if (k == hi) break;
        nlptk_cursor at = {0, 0};
        int32_t only_state = NLPTK_NO_WORD;
        ptrdiff_t words = 0, only = k;
        for (ptrdiff_t j = k; j < hi && nlptk_step(&s->lexicon, &at, w->codes[j], w->chars[j]); j++) {
            if (nlptk_logf(&s->lexicon, at) == -INFINITY) continue;
            words++, only = j, only_state = state_of(&s->lexicon, at);
        }
        if (words <= 1 && k > covered) {
            if (is_alnum(w->chars[k])) {
                if (n_pieces && pieces[n_pieces - 1].end == k)
                    pieces[n_pieces - 1].end = (int32_t)only + 1, pieces[n_pieces - 1].state = NLPTK_NO_WORD;
                else
                    pieces[n_pieces++] = (nlptk_arc){(double)k, (int32_t)only + 1, only_state};
            } else if (push(w, k, only + 1, only_state))
                return NLPTK_SEGMENT_MEMORY;
            covered = only;
            continue;
        }
        at = (nlptk_cursor){0, 0};
        for (ptrdiff_t j = k; words; j++) {
            nlptk_step(&s->lexicon, &at, w->codes[j], w->chars[j]);
            if (nlptk_logf(&s->lexicon, at) == -INFINITY) continue;
            words--;
            if (j > k) {
                if (push(w, k, j + 1, state_of(&s->lexicon, at))) return NLPTK_SEGMENT_MEMORY;
                covered = j;
            }
        }
    }
    return NLPTK_SEGMENT_OK;
}

/* ---- maximum matching ---- */

/* arcs[k].end = end of the longest word from k, or k. */
static void longest_from(const nlptk_segmenter *s, const nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    for (ptrdiff_t k = lo; k < hi; k++) {
        nlptk_arc longest = {0, (int32_t)k, NLPTK_NO_WORD};
        nlptk_cursor at = {0, 0};
        for (ptrdiff_t j = k; j < hi && nlptk_step(&s->lexicon, &at, w->codes[j], w->chars[j]); j++)
            if (nlptk_logf(&s->lexicon, at) != -INFINITY) longest.end = (int32_t)j + 1, longest.state = state_of(&s->lexicon, at);
        w->arcs[k - lo] = longest;
    }
}

/* arcs[k].end = start of the longest word that ends at k, or k. */
static void longest_to(const nlptk_segmenter *s, const nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    nlptk_arc *arcs = w->arcs - lo;
    for (ptrdiff_t k = lo; k <= hi; k++) arcs[k] = (nlptk_arc){0, (int32_t)k, NLPTK_NO_WORD};
    for (ptrdiff_t k = lo; k < hi; k++) {
        nlptk_cursor at = {0, 0};
        for (ptrdiff_t j = k; j < hi && nlptk_step(&s->lexicon, &at, w->codes[j], w->chars[j]); j++)
            if (nlptk_logf(&s->lexicon, at) != -INFINITY && arcs[j + 1].end == j + 1)
                arcs[j + 1].end = (int32_t)k, arcs[j + 1].state = state_of(&s->lexicon, at);
    }
}

/* Glue neighbouring unmatched letters and digits among the tokens from `first` on. */
static void glue_alnum(nlptk_workspace *w, ptrdiff_t first)
{
    ptrdiff_t out = first;
    bool open = false;
    for (ptrdiff_t i = first; i < w->n_tokens; i++) {
        const nlptk_token token = w->tokens[i];
        const bool loose = token.state == NLPTK_NO_WORD && is_alnum(w->chars[token.start]);
        if (loose && open)
            w->tokens[out - 1].end = token.end;
        else
            w->tokens[out++] = token;
        open = loose;
    }
    w->n_tokens = out;
}

static int forward_block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const ptrdiff_t first = w->n_tokens;
    longest_from(s, w, lo, hi);
    for (ptrdiff_t k = lo; k < hi; k = w->tokens[w->n_tokens - 1].end) {
        const nlptk_arc arc = w->arcs[k - lo];
        if (push(w, k, arc.state != NLPTK_NO_WORD ? arc.end : k + 1, arc.state)) return NLPTK_SEGMENT_MEMORY;
    }
    glue_alnum(w, first);
    return NLPTK_SEGMENT_OK;
}

static int backward_block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const ptrdiff_t first = w->n_tokens;
    longest_to(s, w, lo, hi);
    for (ptrdiff_t k = hi; k > lo; k = w->tokens[w->n_tokens - 1].start) {
        const nlptk_arc arc = w->arcs[k - lo];
        if (push(w, arc.state != NLPTK_NO_WORD ? arc.end : k - 1, k, arc.state)) return NLPTK_SEGMENT_MEMORY;
    }
    for (ptrdiff_t i = first, j = w->n_tokens - 1; i < j; i++, j--) {
        const nlptk_token swap = w->tokens[i];
        w->tokens[i] = w->tokens[j];
        w->tokens[j] = swap;
    }
    glue_alnum(w, first);
    return NLPTK_SEGMENT_OK;
}

static int bidirectional_block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const ptrdiff_t first = w->n_tokens;
    int status = forward_block(s, w, lo, hi);
    const ptrdiff_t middle = w->n_tokens;
    if (!status) status = backward_block(s, w, lo, hi);
    if (status) return status;
    const ptrdiff_t n_forward = middle - first, n_backward = w->n_tokens - middle;
    ptrdiff_t singles = 0; /* of forward, less those of backward */
    for (ptrdiff_t i = first; i < middle; i++) singles += w->tokens[i].end - w->tokens[i].start == 1;
    for (ptrdiff_t i = middle; i < w->n_tokens; i++) singles -= w->tokens[i].end - w->tokens[i].start == 1;
    if (n_forward < n_backward || (n_forward == n_backward && singles < 0))
        w->n_tokens = middle;
    else {
        memmove(w->tokens + first, w->tokens + middle, (size_t)n_backward * sizeof *w->tokens);
        w->n_tokens = first + n_backward;
    }
    return NLPTK_SEGMENT_OK;
}

static int block(const nlptk_segmenter *s, nlptk_workspace *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const ptrdiff_t first = w->n_tokens;
    int status;
    switch (s->algorithm) {
    case NLPTK_UNIGRAM: return unigram_block(s, w, lo, hi);
    case NLPTK_SEARCH:
        status = unigram_block(s, w, lo, hi);
        return status ? status : add_search_words(s, w, first);
    case NLPTK_FULL: return full_block(s, w, lo, hi);
    default: break;
    }
    if ((status = reserve_arcs(w, hi - lo + 1))) return status;
    if (s->algorithm == NLPTK_FORWARD) return forward_block(s, w, lo, hi);
    if (s->algorithm == NLPTK_BACKWARD) return backward_block(s, w, lo, hi);
    return bidirectional_block(s, w, lo, hi);
}

/* ---- user words that cross block borders or must win ---- */

/* A forced word does not begin or end inside a longer run of letters, or of digits. */
static bool stands_alone(const uint32_t *c, ptrdiff_t start, ptrdiff_t end, ptrdiff_t n)
{
    const bool left = start > 0 && ((is_letter(c[start - 1]) && is_letter(c[start])) || (is_digit(c[start - 1]) && is_digit(c[start])));
    const bool right = end < n && ((is_letter(c[end - 1]) && is_letter(c[end])) || (is_digit(c[end - 1]) && is_digit(c[end])));
    return !left && !right;
}

static int mark_special_words(const nlptk_segmenter *s, nlptk_workspace *w)
{
    const nlptk_words *special = s->special;
    const ptrdiff_t n = w->n;
    if (n + 1 > w->cap_special) {
        if (resize(&w->special, n + n / 4 + 64, sizeof *w->special)) return NLPTK_SEGMENT_MEMORY;
        w->cap_special = n + n / 4 + 64;
    }
    memset(w->special, 0, (size_t)(n + 1) * sizeof *w->special);
    ptrdiff_t reach = 0; /* boundaries below are marked already */
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t node = 0;
        ptrdiff_t longest = 0;
        for (ptrdiff_t j = i; j < n; j++) {
            if ((node = nlptk_words_child(special, node, w->chars[j])) < 0) break;
            if (special->nodes[node].logf >= 0 && (!s->force || stands_alone(w->chars, i, j + 1, n))) longest = j + 1;
        }
        if (!longest) continue;
        if (s->force) {
            w->special[i] = (int32_t)longest;
            i = longest - 1;
        } else {
            for (ptrdiff_t k = reach > i + 1 ? reach : i + 1; k < longest; k++) w->special[k] = 1;
            if (longest > reach) reach = longest;
        }
    }
    return NLPTK_SEGMENT_OK;
}

enum { WINDOW = 256 }; /* characters looked up at a time: what they bring in stays in the first-level cache */

int nlptk_segment(const nlptk_segmenter *s, nlptk_workspace *w)
{
    const ptrdiff_t n = w->n;
    const uint32_t *c = w->chars;
    w->n_tokens = 0;
    int status = NLPTK_SEGMENT_OK;
    const int32_t *forced = NULL, *spanned = NULL;
    const bool tables = !s->lexicon.words && (s->algorithm == NLPTK_UNIGRAM || s->algorithm == NLPTK_SEARCH);
    ptrdiff_t looked_up = 0;
    if (n) w->codes[n] = w->codes[n + 1] = 0; /* no word goes on past the end */
    if (s->special) {
        if ((status = mark_special_words(s, w))) return status;
        *(s->force ? &forced : &spanned) = w->special;
    }
    for (ptrdiff_t i = 0, j; i < n && !status; i = j) {
        j = i + 1;
        if (forced && forced[i]) {
            j = forced[i];
            status = push(w, i, j, NLPTK_USER_WORD);
        } else if (is_block(s, c[i]) || (spanned && spanned[j])) {
            while (j < n && ((is_block(s, c[j - 1]) && is_block(s, c[j]) && !(forced && forced[j])) || (spanned && spanned[j]))) j++;
            for (; tables && looked_up < j; looked_up += WINDOW) look_up(s->lexicon.trie, w, looked_up, looked_up + WINDOW < n ? looked_up + WINDOW : n);
            status = block(s, w, i, j);
        } else if (s->algorithm == NLPTK_FULL) {
            /* what lies between two blocks is split at blanks; the pieces are given whole, also the empty ones */
            ptrdiff_t piece = i;
            for (j = i; j < n && !is_block(s, c[j]) && !(forced && forced[j]) && !(spanned && spanned[j + 1] && j + 1 < n); ) {
                if (nlptk_class(c[j]) != NLPTK_SPACE) {
                    j++;
                    continue;
                }
                const ptrdiff_t width = c[j] == '\r' && j + 1 < n && c[j + 1] == '\n' ? 2 : 1;
                if ((status = push(w, piece, j, NLPTK_NO_WORD)) || (status = push(w, j, j + width, NLPTK_NO_WORD))) return status;
                piece = j += width;
            }
            status = push(w, piece, j, NLPTK_NO_WORD);
        } else {
            if (c[i] == '\r' && j < n && c[j] == '\n') j++;
            status = push_tagged(w, i, j, NLPTK_NO_WORD, s->tags ? s->tags->other : NLPTK_WORD_TAG);
        }
    }
    return status;
}

/* freq(w) = int(N * product of f(x) / N over the words x that w would be cut into) + 1, at least what it has. */
int nlptk_suggest(const nlptk_segmenter *s, nlptk_workspace *w, double total, double *freq)
{
    const int status = nlptk_segment(s, w);
    if (status) return status;
    double product = 1;
    nlptk_cursor at;
    for (ptrdiff_t i = 0; i < w->n_tokens; i++) {
        const nlptk_token token = w->tokens[i];
        product *= (follow(s, w, token.start, token.end, &at) ? nlptk_frequency(nlptk_logf(&s->lexicon, at)) : 1) / total;
    }
    const double has = follow(s, w, 0, w->n, &at) ? nlptk_frequency(nlptk_logf(&s->lexicon, at)) : 1;
    const double wins = trunc(product * total) + 1;
    *freq = wins > has ? wins : has;
    return NLPTK_SEGMENT_OK;
}
