/* ext/bigram.c   Segmentation with a bigram model of words and a chain of (unit, place in its word).

   The path w1 w2 ... of least cost through the lattice of known and unknown words, with

       cost(w | v) = min(pair(v, w), leave(v) + own(w)) + chain(v, w)

   pair    of the words that followed each other in training: -log(weight * p_ML(w | v) + (1 - weight) * p(w))
   leave   -log(1 - weight) after a known word, 0 after another
   own     -log p(w); of an unknown word -log p(unknown) plus its spelling: first(u1) + spell(u1, u2) + ... + last(uk)
   chain   of the units of w, tagged B M* E or S, each given the unit before it with its tag

   Since pair is never more than leave + own, the best predecessor of w is one of the words that the table pairs with w, or else
   the one that is cheapest to leave: two for each place (words that end there with tag E and with tag S). A tie goes to the
   longest predecessor (from 31 units on all are equally long). A blank ends the sentence before it and starts the one behind it.

   The time goes into cache misses and mispredicted jumps. So the text is read in chunks, pass after pass, each of which asks for
   what the next one reads; pairs are first looked for in a bitmap; and a path is one integer that also says how long its last word
   is, so that the better of two is a minimum, and the way back needs no pointers: no two words of the same length end at the same
   place. */
#include "nlptk/bigram.h"
#include "nlptk/simd.h"
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 20, CHUNK = 64, MAX_UNITS = 1 << 29 }; /* units */
enum { MANY_PAIRS = 1 << 12 };
enum { NO_ARC, START_ARC, N_MARKS }; /* arcs that are no words: none, and the border of a sentence */
#define NEVER ((nlptk_path)INT64_MAX / 4 / 32 * 32)
#define BARRIER ((nlptk_path)1 << 32) /* more than any word costs; and so many of them do not overflow */

static int resize(void *array, size_t n, size_t size)
{
    void **p = array;
    void *q = realloc(*p, n * size);
    if (!q) return NLPTK_SEGMENT_MEMORY;
    *p = q;
    return NLPTK_SEGMENT_OK;
}

/* Cost of a pair of which the slot is known; NLPTK_NO_COST: not in the table. */
static inline uint32_t pair_at(const nlptk_pairs *t, uint32_t at, uint64_t key)
{
    for (uint64_t slot; (slot = t->slots[at]); at = at + 1 == t->n ? 0 : at + 1)
        if (slot >> 16 == key) return slot & 0xFFFF;
    return NLPTK_NO_COST;
}

static uint32_t pair_cost(const nlptk_bigram *m, int32_t left, int32_t right)
{
    const uint64_t key = nlptk_pair_key(left, right);
    return pair_at(&m->pairs, nlptk_slot(nlptk_mix(key), m->pairs.n), key);
}

void nlptk_bigram_work_free(nlptk_bigram_work *w)
{
    nlptk_workspace_free(&w->text);
    free(w->units), free(w->at), free(w->rows), free(w->first), free(w->last), free(w->banned), free(w->arcs),
        free(w->pairs), free(w->n_ends), free(w->spans), free(w->several), free(w->single), free(w->from),
        free(w->within), free(w->finish), free(w->middle);
    memset(w, 0, sizeof *w);
}

/* ---- units ---- */

static int reserve(nlptk_bigram_work *w, ptrdiff_t n)
{
    if (w->units && n <= w->cap) return NLPTK_SEGMENT_OK;
    if (n > MAX_UNITS) return NLPTK_SEGMENT_TOO_LONG;
    const size_t cap = (size_t)(n + n / 4 + 64);
    if (resize(&w->units, cap, sizeof *w->units) || resize(&w->at, cap, sizeof *w->at) || resize(&w->rows, cap, sizeof *w->rows) ||
        resize(&w->first, cap, sizeof *w->first) || resize(&w->last, cap, sizeof *w->last) ||
        resize(&w->n_ends, cap, sizeof *w->n_ends) || resize(&w->banned, cap, sizeof *w->banned) ||
        resize(&w->several, cap, sizeof *w->several) || resize(&w->single, cap, sizeof *w->single) ||
        resize(&w->from, 2 * cap, sizeof *w->from) || resize(&w->within, cap, sizeof *w->within) ||
        resize(&w->finish, cap, sizeof *w->finish) || resize(&w->middle, cap, sizeof *w->middle))
        return NLPTK_SEGMENT_MEMORY;
    w->cap = (ptrdiff_t)cap - NLPTK_MAX_UNKNOWN - 2;
    return NLPTK_SEGMENT_OK;
}

static inline bool runs_on(const nlptk_bigram *m, int32_t left, int32_t right)
{
    return left == right && ((right == m->digit) | (right == m->letter));
}

/* Where the user words are that need care: forced ones, and those that hold blanks. */
static int mark_user_words(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    const ptrdiff_t n = w->text.n;
    const int32_t *codes = w->text.codes;
    if (n + 1 > w->cap_spans) {
        if (resize(&w->spans, (size_t)(n + n / 4 + 64), sizeof *w->spans)) return NLPTK_SEGMENT_MEMORY;
        w->cap_spans = n + n / 4 + 64;
    }
    memset(w->spans, 0, (size_t)(n + 1) * sizeof *w->spans);
    for (ptrdiff_t i = 0, reach = 0; i < n; i++) {
        int32_t node = 0;
        ptrdiff_t longest = 0;
        if (i && runs_on(m, codes[i - 1], codes[i])) continue;
        for (ptrdiff_t j = i; j < n && (node = nlptk_words_child(m->user, node, w->text.chars[j])) >= 0; j++)
            if (m->user_costs[node] != NLPTK_NO_WORD_HERE && !isnan(m->user->nodes[node].logf) && !(j + 1 < n && runs_on(m, codes[j], codes[j + 1])))
                longest = j + 1;
        if (!longest) continue;
        if (m->force) {
            w->spans[i] = (int32_t)longest;
            i = longest - 1;
        } else {
            for (ptrdiff_t k = reach > i ? reach : i; k < longest; k++) w->spans[k] = 1;
            if (longest > reach) reach = longest;
        }
    }
    return NLPTK_SEGMENT_OK;
}

static int read_units(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    const ptrdiff_t n = w->text.n;
    const int32_t *codes = w->text.codes;
    int status = reserve(w, n + 2);
    if (status) return status;
    int32_t k = 0, *units = w->units, *at = w->at;
    if (!m->user || !(m->force || m->blanks)) {
        const int32_t digit = m->digit, letter = m->letter;
        int32_t before = -2;
        for (ptrdiff_t i = 0; i < n; i++) { /* no branch: a unit that runs on is overwritten by the next */
            const int32_t code = codes[i];
            const bool on = (code == before) & ((code == digit) | (code == letter));
            k -= on;
            at[k] = on ? at[k] : (int32_t)i;
            units[k++] = code;
            before = code;
        }
    } else {
        if ((status = mark_user_words(m, w))) return status;
        for (ptrdiff_t i = 0, j; i < n; i = j, k++) {
            j = i + 1;
            units[k] = codes[i], at[k] = (int32_t)i;
            if (m->force && w->spans[i])
                j = w->spans[i], units[k] = 0;
            else if (codes[i] < 0 && w->spans[i])
                units[k] = 0;
            else
                while (j < n && runs_on(m, codes[i], codes[j]) && !(m->force && w->spans[j])) j++;
        }
    }
    at[k] = (int32_t)n, units[k] = -1;
    w->n = k;
    return NLPTK_SEGMENT_OK;
}

/* Ask early for what is known of unit i with the one before it: the chain ... */
NLPTK_INLINE void fetch_neighbours(const nlptk_bigram *m, const nlptk_bigram_work *w, int32_t i)
{
    const uint64_t key = nlptk_neighbours_key((uint32_t)w->units[i - 1] & 0xFFFF, (uint32_t)w->units[i] & 0xFFFF);
    const nlptk_neighbours *slot = &m->neighbours[nlptk_slot(nlptk_mix(key), m->n_neighbours)];
    NLPTK_PREFETCH(slot);
    NLPTK_PREFETCH(&slot->unused); /* one may lie on two cache lines */
}

/* ... and words that begin so. */
NLPTK_INLINE void fetch_words(const nlptk_bigram *m, const nlptk_bigram_work *w, int32_t i)
{
    const int32_t left = w->units[i - 1], right = w->units[i];
    if (left > 0 && right > 0) NLPTK_PREFETCH(&m->cells[m->cells[left].base + right]);
}

/* What was learned of two units beside each other; NULL: they never were. */
static inline const nlptk_neighbours *find_neighbours(const nlptk_bigram *m, int32_t left, int32_t right)
{
    for (uint32_t at = nlptk_slot(nlptk_mix(nlptk_neighbours_key((uint32_t)left, (uint32_t)right)), m->n_neighbours);;
         at = at + 1 == m->n_neighbours ? 0 : at + 1) {
        const nlptk_neighbours *slot = &m->neighbours[at];
        if (!(slot->left | slot->right)) return NULL;
        if (slot->left == left && slot->right == right) return slot;
    }
}

/* The chain and the spelling at each unit. */
static void read_rows(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    const int32_t *units = w->units;
    for (int32_t i = 1; i < AHEAD && i < w->n; i++) fetch_neighbours(m, w, i), fetch_words(m, w, i);
    for (int32_t i = 0; i < w->n; i++) {
        if (i + AHEAD < w->n) fetch_neighbours(m, w, i + AHEAD);
        nlptk_unit_row *row = &w->rows[i];
        const int32_t left = i ? units[i - 1] : -1, right = units[i];
        if (right < 0) {
            memset(row, 0, sizeof *row);
            row->apart = 1;
            continue;
        }
        const nlptk_unit *r = &m->units[right];
        row->first = r->first, row->last = r->last, row->apart = 0;
        if (left < 0) {
            memset(row->chain, 0, sizeof row->chain);
            row->chain[NLPTK_EB] = row->chain[NLPTK_SB] = r->start[0];
            row->chain[NLPTK_ES] = row->chain[NLPTK_SS] = r->start[1];
            row->spell = 0;
            continue;
        }
        const nlptk_neighbours *found = find_neighbours(m, left, right);
        if (found) {
            memcpy(row->chain, found->chain, sizeof row->chain);
            row->spell = found->spell;
            continue;
        }
        nlptk_back_off(&m->units[left], r, row->chain, &row->spell);
    }
    if (!m->hmm)
        for (int32_t i = 0; i < w->n; i++) memset(w->rows[i].chain, 0, sizeof w->rows[i].chain);
    if (m->user && (m->force || m->blanks)) {
        for (int32_t i = 0; i < w->n; i++)
            if (w->units[i] == 0 && w->spans[w->at[i]] && (m->force || w->text.codes[w->at[i]] < 0)) w->rows[i].apart = 1;
    }
    nlptk_path within = 0, middle = 0;
    for (int32_t i = 0; i < w->n; i++) {
        const nlptk_unit_row *row = &w->rows[i];
        const int64_t mm = 32 * row->chain[NLPTK_MM];
        within += 32 * row->spell + mm + (row->apart ? BARRIER : 0), middle += mm;
        w->within[i] = within, w->middle[i] = middle, w->finish[i] = within - mm + 32 * (row->last + row->chain[NLPTK_ME]);
    }
    for (int32_t i = w->n; i < w->n + NLPTK_MAX_UNKNOWN; i++) w->finish[i] = within + BARRIER; /* nothing passes the end */
}

/* ---- the lattice of known words ---- */

static inline int push_arc(nlptk_bigram_work *w, int32_t start, int32_t end, int32_t word, int32_t own)
{
    if (w->n_arcs == w->cap_arcs) {
        const ptrdiff_t cap = w->cap_arcs * 2 + 256;
        if (cap > INT32_MAX / 2) return NLPTK_SEGMENT_TOO_LONG;
        if (resize(&w->arcs, (size_t)cap, sizeof *w->arcs)) return NLPTK_SEGMENT_MEMORY;
        w->cap_arcs = cap;
    }
    w->arcs[w->n_arcs] = (nlptk_bigram_arc){.own = own, .start = start, .end = end, .word = word, .next = w->last[end]};
    w->last[end] = w->n_arcs++, w->n_ends[end]++;
    return NLPTK_SEGMENT_OK;
}

static int push_marks(nlptk_bigram_work *w)
{
    if (!w->arcs) {
        if (resize(&w->arcs, 256, sizeof *w->arcs)) return NLPTK_SEGMENT_MEMORY;
        w->cap_arcs = 256;
    }
    w->arcs[NO_ARC] = (nlptk_bigram_arc){.start = -2}; /* best_paths reads it where there is no pair */
    w->arcs[START_ARC] = (nlptk_bigram_arc){.start = -2, .word = NLPTK_SENTENCE_START};
    w->n_arcs = N_MARKS;
    return NLPTK_SEGMENT_OK;
}

/* No unknown word of so many units begins here. */
static inline void ban(nlptk_bigram_work *w, int32_t start, int32_t length)
{
    if (length <= NLPTK_MAX_UNKNOWN) w->banned[start] |= 1u << length;
}

/* Words of the user that begin at a unit; those that the dictionary has are among the arcs from `first` on. */
static int user_arcs(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t start, int32_t first)
{
    int32_t node = 0;
    for (int32_t end = start; end < w->n; end++) {
        for (int32_t c = w->at[end]; c < w->at[end + 1] && node >= 0; c++) node = nlptk_words_child(m->user, node, w->text.chars[c]);
        if (node < 0) return NLPTK_SEGMENT_OK;
        if (isnan(m->user->nodes[node].logf)) continue;
        const int32_t cost = m->user_costs[node], length = end + 1 - start;
        int32_t known = first;
        while (known < w->n_arcs && w->arcs[known].end != end + 1) known++;
        if (cost == NLPTK_NO_WORD_HERE) { /* the user says that it is none */
            if (length == 1) continue;
            if (known < w->n_arcs) w->arcs[known].own = NLPTK_NO_WORD_HERE;
            ban(w, start, length);
        } else if (known < w->n_arcs)
            w->arcs[known].own = cost;
        else {
            const int status = push_arc(w, start, end + 1, NLPTK_UNKNOWN, cost);
            if (status) return status;
            ban(w, start, length);
        }
    }
    return NLPTK_SEGMENT_OK;
}

/* Take out what the user says is no word: the arcs from `first` on, which all begin at the same unit. */
static void drop_arcs(nlptk_bigram_work *w, int32_t first)
{
    int32_t out = first;
    for (int32_t i = first; i < w->n_arcs; i++) w->last[w->arcs[i].end] = w->arcs[i].next, w->n_ends[w->arcs[i].end]--; /* each is the last of its end */
    for (int32_t i = first; i < w->n_arcs; i++) {
        if (w->arcs[i].own == NLPTK_NO_WORD_HERE) continue;
        w->arcs[out] = w->arcs[i];
        w->arcs[out].next = w->last[w->arcs[out].end];
        w->last[w->arcs[out].end] = out, w->n_ends[w->arcs[out].end]++;
        out++;
    }
    w->n_arcs = out;
}

/* The known words that begin at a unit. */
static inline int known_words(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t i)
{
    const nlptk_bigram_cell *cells = m->cells;
    const int32_t *units = w->units;
    if (i + AHEAD < w->n) fetch_words(m, w, i + AHEAD);
    const int32_t first = w->first[i] = w->n_arcs;
    w->banned[i] = 0;
    if (w->rows[i].apart) {
        if (units[i] < 0) return NLPTK_SEGMENT_OK;
        if (!m->force) return user_arcs(m, w, i, first);
        ban(w, i, 1);
        return push_arc(w, i, i + 1, NLPTK_UNKNOWN, 0);
    }
    uint32_t lengths = 0; /* of the words found, as bits; longer ones do not matter */
    int32_t state = 0;
    for (int32_t j = i; units[j] > 0; j++) { /* the one past the end is no unit */
        const int32_t child = cells[state].base + units[j];
        if (cells[child].check != state) break;
        state = child;
        if (cells[state].cost == NLPTK_NO_COST) continue;
        const int status = push_arc(w, i, j + 1, state, cells[state].cost);
        if (status) return status;
        lengths |= j - i < NLPTK_MAX_UNKNOWN ? 2u << (j - i) : 0;
    }
    w->banned[i] = lengths;
    if (m->user && !m->force) {
        const int status = user_arcs(m, w, i, first);
        if (status) return status;
        for (int32_t k = first; k < w->n_arcs; k++)
            if (w->arcs[k].own == NLPTK_NO_WORD_HERE) {
                drop_arcs(w, first);
                break;
            }
    }
    return NLPTK_SEGMENT_OK;
}

/* ---- the best path ---- */

static inline bool starts(const nlptk_bigram_work *w, int32_t i) { return i == 0 || w->units[i - 1] < 0; }

/* All pairs of a word that ends at unit i and one that begins there. */
static inline int32_t pair_up(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t i, int32_t n)
{
    const nlptk_bigram_arc *arcs = w->arcs;
    const int32_t last = starts(w, i) ? START_ARC : w->last[i];
    nlptk_pair *out = w->pairs;
    for (int32_t right = w->first[i]; right < w->n_arcs; right++) {
        const int32_t word = arcs[right].word;
        for (int32_t left = last; left; left = arcs[left].next) {
            const uint64_t key = nlptk_pair_key(arcs[left].word, word);
            out[n++] = (nlptk_pair){(int64_t)key, left, right, 0};
            NLPTK_PREFETCH(&m->filter[nlptk_filter_bit(nlptk_mix(key), m->filter_mask) >> 5]);
        }
    }
    return n;
}

/* Of the pairs in [from, n) keep those that the table may have. No jump: the others are overwritten. */
static int32_t sift(const nlptk_bigram *m, nlptk_pair *pairs, int32_t from, int32_t n)
{
    int32_t kept = from;
    for (int32_t k = from; k < n; k++) {
        const nlptk_pair pair = pairs[k];
        const uint64_t mixed = nlptk_mix((uint64_t)pair.key);
        const uint32_t bit = nlptk_filter_bit(mixed, m->filter_mask), slot = nlptk_slot(mixed, m->pairs.n);
        const uint32_t may_be = m->filter[bit >> 5] >> (bit & 31) & 1;
        pairs[kept] = (nlptk_pair){pair.key, pair.left, pair.right, slot};
        NLPTK_PREFETCH(&m->pairs.slots[slot & -may_be]);
        kept += (int32_t)may_be;
    }
    return kept;
}

/* Words that begin in [lo, hi), and the pairs of which they are the right one. */
static int read_words(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t lo, int32_t hi)
{
    int32_t n = 0, sifted = 0;
    for (int32_t i = lo; i < hi; i++) {
        const int status = known_words(m, w, i);
        if (status) return status;
        const ptrdiff_t room = n + (ptrdiff_t)(w->n_ends[i] + 1) * (w->n_arcs - w->first[i]) + 1;
        if (room > w->cap_pairs) {
            if (room > INT32_MAX / 4) return NLPTK_SEGMENT_TOO_LONG;
            if (resize(&w->pairs, (size_t)room * 2, sizeof *w->pairs)) return NLPTK_SEGMENT_MEMORY;
            w->cap_pairs = room * 2;
        }
        n = pair_up(m, w, i, n);
        if (n - sifted > MANY_PAIRS) sifted = n = sift(m, w->pairs, sifted, n);
    }
    w->first[hi] = w->n_arcs;
    w->n_pairs = n = sift(m, w->pairs, sifted, n);
    w->pairs[n].right = INT32_MAX, w->pairs[n].left = 0, w->pairs[n].key = 0; /* here best_paths stops */
    return NLPTK_SEGMENT_OK;
}

/* What the pairs cost, with the chain between the two words. One that is none costs so much that it never wins. */
static void weigh_pairs(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    for (nlptk_pair *p = w->pairs, *end = p + w->n_pairs; p < end; p++) {
        const nlptk_bigram_arc *left = &w->arcs[p->left], *right = &w->arcs[p->right];
        const uint16_t *chain = w->rows[right->start].chain;
        const uint32_t cost = pair_at(&m->pairs, p->slot, (uint64_t)p->key);
        const bool single = left->start + 1 == right->start, alone = right->end == right->start + 1;
        p->key = cost == NLPTK_NO_COST ? NEVER : 32 * (nlptk_path)(cost + chain[NLPTK_EB + 2 * single + alone]);
    }
}

static inline nlptk_path better(nlptk_path a, nlptk_path b) { return b < a ? b : a; }

static inline nlptk_path cost_of(nlptk_path path) { return path & ~(nlptk_path)31; }

static inline nlptk_path length_code(int32_t length) { return length < NLPTK_LONGEST_CODE ? NLPTK_LONGEST_CODE - length : 0; }

static inline uint8_t last_length(nlptk_path path) { return (uint8_t)(NLPTK_LONGEST_CODE - (path & 31)); }

static inline nlptk_path leave(const nlptk_bigram *m, int32_t word) { return word == NLPTK_UNKNOWN ? 0 : 32 * m->backoff; }

/* The best path to the end of the sentence that ends before unit i. */
static nlptk_path sentence_end(const nlptk_bigram *m, const nlptk_bigram_work *w, int32_t i)
{
    static const uint16_t no_chain[2] = {0, 0};
    const uint16_t *chain = m->hmm ? m->units[w->units[i - 1]].end : no_chain;
    nlptk_path best = better(w->several[i] + 32 * (m->end + chain[0]), w->single[i] + 32 * (m->end + chain[1]));
    for (int32_t k = w->last[i]; k; k = w->arcs[k].next) {
        const nlptk_bigram_arc *arc = &w->arcs[k];
        const uint32_t cost = arc->word == NLPTK_UNKNOWN ? NLPTK_NO_COST : pair_cost(m, arc->word, NLPTK_SENTENCE_END);
        if (cost != NLPTK_NO_COST) best = better(best, arc->path + 32 * (nlptk_path)(cost + chain[arc->start + 1 == i]));
    }
    return best;
}

/* Unknown words that begin at unit i. */
NLPTK_INLINE void unknown_words(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t i, nlptk_path single, nlptk_path several)
{
    const nlptk_unit_row *rows = w->rows + i;
    const uint32_t banned = w->banned[i];
    const nlptk_path one = cost_of(single) + 32 * (m->unknown + rows[0].first + rows[0].last) + length_code(1);
    if (!(banned & 2)) w->single[i + 1] = better(w->single[i + 1], one);
    if (!m->hmm || i + 2 > w->n || (rows[0].apart | rows[1].apart)) return;
    const nlptk_path begin = cost_of(several) + 32 * (m->unknown + rows[0].first + rows[1].spell);
    const nlptk_path two = begin + 32 * (rows[1].last + rows[1].chain[NLPTK_BE]) + length_code(2);
    const nlptk_path more = begin + 32 * rows[1].chain[NLPTK_BM] - w->within[i + 1];
    nlptk_path *paths = w->several + i;
    const nlptk_path *finish = w->finish + i - 1;
    paths[2] = better(paths[2], two + (nlptk_path)(banned >> 2 & 1) * NEVER);
    for (int k = 3; k <= NLPTK_MAX_UNKNOWN; k++) { /* vector code: past the end there is room */
        const nlptk_path path = (banned >> k & 1) ? NEVER : more + finish[k] + (NLPTK_LONGEST_CODE - k);
        paths[k] = better(paths[k], path);
    }
}

/* 32 * the chain inside a word of several units. */
static inline nlptk_path inside(const nlptk_bigram_work *w, int32_t start, int32_t end)
{
    const nlptk_unit_row *rows = w->rows;
    if (end - start == 2) return 32 * rows[start + 1].chain[NLPTK_BE];
    return 32 * (rows[start + 1].chain[NLPTK_BM] + rows[end - 1].chain[NLPTK_ME]) + w->middle[end - 2] - w->middle[start + 1];
}

NLPTK_CLONES
static void best_paths(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t lo, int32_t hi)
{
    nlptk_bigram_arc *arcs = w->arcs;
    const nlptk_pair *pair = w->pairs;
    for (int32_t i = lo; i < hi; i++) {
        const bool start = starts(w, i);
        if (w->units[i] < 0) { /* a blank: what comes behind it starts anew */
            w->from[2 * i + 1] = start ? 0 : last_length(sentence_end(m, w, i));
            continue;
        }
        const uint16_t *chain = w->rows[i].chain;
        nlptk_path single, several;
        if (start) {
            single = 32 * (m->backoff + chain[NLPTK_ES]), several = 32 * (m->backoff + chain[NLPTK_EB]);
        } else {
            const nlptk_path e = w->several[i], s = w->single[i];
            single = better(e + 32 * chain[NLPTK_ES], s + 32 * chain[NLPTK_SS]);
            several = better(e + 32 * chain[NLPTK_EB], s + 32 * chain[NLPTK_SB]);
        }
        w->from[2 * i] = last_length(several), w->from[2 * i + 1] = last_length(single);
        for (int32_t k = w->first[i]; k < w->first[i + 1]; k++) {
            nlptk_bigram_arc *arc = &arcs[k];
            const bool alone = arc->end == i + 1;
            nlptk_path best = (alone ? single : several) + 32 * (nlptk_path)arc->own;
            const bool paired = pair->right == k; /* mostly there is one pair or none: no jump for it */
            best = better(best, arcs[pair->left].path + pair->key + (nlptk_path)!paired * NEVER);
            for (pair += paired; pair->right == k; pair++) best = better(best, arcs[pair->left].path + pair->key);
            arc->path = cost_of(best) + (alone ? 0 : inside(w, i, arc->end)) + length_code(arc->end - i);
            arc->from = last_length(best);
            nlptk_path *to = (alone ? w->single : w->several) + arc->end;
            *to = better(*to, arc->path + leave(m, arc->word));
        }
        unknown_words(m, w, i, single, several);
    }
}

/* Whether the unit is the second half of a CR LF. */
static inline bool is_line_end(const nlptk_bigram_work *w, int32_t i)
{
    return i && w->units[i] < 0 && w->units[i - 1] < 0 && w->text.chars[w->at[i]] == '\n' && w->text.chars[w->at[i - 1]] == '\r';
}

/* Where the word before unit i begins, if it is so long that its path does not tell; `word` is the one behind it. */
static int32_t long_word(const nlptk_bigram *m, const nlptk_bigram_work *w, int32_t i, int32_t word, int32_t own)
{
    nlptk_path best = INT64_MAX;
    int32_t start = i - NLPTK_LONGEST_CODE;
    for (int32_t k = w->last[i]; k; k = w->arcs[k].next) {
        const nlptk_bigram_arc *arc = &w->arcs[k];
        if (i - arc->start < NLPTK_LONGEST_CODE) continue;
        const uint32_t pair = pair_cost(m, arc->word, word);
        nlptk_path path = arc->path + leave(m, arc->word) + 32 * own;
        if (pair != NLPTK_NO_COST) path = better(path, arc->path + 32 * (nlptk_path)pair);
        if (path < best) best = path, start = arc->start;
    }
    return start;
}

/* The words of the best path, of which the last has so many units (see last_length). */
static int push_tokens(const nlptk_bigram *m, nlptk_bigram_work *w, int32_t length)
{
    nlptk_workspace *text = &w->text;
    text->n_tokens = 0;
    int32_t word = NLPTK_SENTENCE_END, own = m->end; /* what comes behind */
    for (int32_t end = w->n, start; end > 0; end = start) {
        int32_t state = NLPTK_NO_WORD;
        if (w->units[end - 1] < 0) {
            start = end - 1;
            if (is_line_end(w, start)) start--; /* CR LF is one token */
            length = w->from[2 * start + 1], word = NLPTK_SENTENCE_END, own = m->end;
        } else {
            start = length < NLPTK_LONGEST_CODE ? end - length : long_word(m, w, end, word, own);
            int32_t k = w->first[start];
            while (k < w->first[start + 1] && w->arcs[k].end != end) k++;
            if (k < w->first[start + 1]) {
                const nlptk_bigram_arc *arc = &w->arcs[k];
                length = arc->from, word = arc->word, own = arc->own;
                state = word != NLPTK_UNKNOWN && m->cells[word].exact ? word : NLPTK_USER_WORD;
            } else
                length = w->from[2 * start + (end - start == 1)], word = NLPTK_UNKNOWN, own = 0;
        }
        if (nlptk_push_token(text, w->at[start], w->at[end], state, NLPTK_WORD_TAG)) return NLPTK_SEGMENT_MEMORY;
    }
    for (ptrdiff_t i = 0, j = text->n_tokens - 1; i < j; i++, j--) {
        const nlptk_token swap = text->tokens[i];
        text->tokens[i] = text->tokens[j];
        text->tokens[j] = swap;
    }
    return NLPTK_SEGMENT_OK;
}

/* Units, rows, and nothing in the lattice yet. */
static int prepare(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    int status = read_units(m, w);
    if (status) return status;
    read_rows(m, w);
    memset(w->last, 0, ((size_t)w->n + 1) * sizeof *w->last);
    memset(w->n_ends, 0, ((size_t)w->n + 1) * sizeof *w->n_ends);
    return push_marks(w);
}

/* The best path, given that the lattice of [0, w->n) is there, or else `read` it. */
static int search(const nlptk_bigram *m, nlptk_bigram_work *w, bool read, nlptk_path *best)
{
    for (int32_t i = 0; i < w->n + 1 + NLPTK_MAX_UNKNOWN; i++) w->several[i] = w->single[i] = NEVER;
    for (int32_t lo = 0; lo < w->n; lo += CHUNK) {
        const int32_t hi = lo + CHUNK < w->n ? lo + CHUNK : w->n;
        const int status = read ? read_words(m, w, lo, hi) : NLPTK_SEGMENT_OK;
        if (status) return status;
        weigh_pairs(m, w);
        best_paths(m, w, lo, hi);
    }
    *best = w->n && w->units[w->n - 1] >= 0 ? sentence_end(m, w, w->n) : 0;
    return NLPTK_SEGMENT_OK;
}

int nlptk_bigram_segment(const nlptk_bigram *m, nlptk_bigram_work *w)
{
    nlptk_path best;
    int status = prepare(m, w);
    if (!status) status = search(m, w, true, &best);
    return status ? status : push_tokens(m, w, last_length(best));
}

int nlptk_bigram_cost(const nlptk_bigram *m, nlptk_bigram_work *w, bool whole, int64_t *cost)
{
    nlptk_path best;
    int status = prepare(m, w);
    if (status) return status;
    if (whole && w->n) { /* the only arc */
        int32_t word = NLPTK_UNKNOWN;
        if ((status = read_words(m, w, 0, 1))) return status;
        for (int32_t k = N_MARKS; k < w->n_arcs; k++)
            if (w->arcs[k].end == w->n) word = w->arcs[k].word;
        w->n_arcs = N_MARKS, w->n_pairs = 0, w->pairs[0].right = INT32_MAX;
        memset(w->last, 0, ((size_t)w->n + 1) * sizeof *w->last);
        memset(w->banned, 0xFF, ((size_t)w->n + 1) * sizeof *w->banned);
        if ((status = push_arc(w, 0, w->n, word, 0))) return status;
        for (int32_t i = 0; i <= w->n; i++) w->first[i] = N_MARKS + (i > 0);
    }
    if ((status = search(m, w, !whole, &best))) return status;
    *cost = cost_of(best) / 32;
    return status;
}

/* ---- the whole lattice ---- */

void nlptk_lattice_free(nlptk_lattice *l)
{
    free(l->arcs), free(l->last);
    memset(l, 0, sizeof *l);
}

static int lattice_push(nlptk_lattice *l, nlptk_lattice_arc arc)
{
    if (l->n == l->cap) {
        const ptrdiff_t cap = l->cap * 2 + 256;
        if (cap > INT32_MAX / 2) return NLPTK_SEGMENT_TOO_LONG;
        if (resize(&l->arcs, (size_t)cap, sizeof *l->arcs)) return NLPTK_SEGMENT_MEMORY;
        l->cap = cap;
    }
    arc.next = l->last[arc.end];
    l->last[arc.end] = l->n;
    l->arcs[l->n++] = arc;
    return NLPTK_SEGMENT_OK;
}

/* The arcs that begin at a unit, by their end. */
static int lattice_unit(const nlptk_bigram *m, nlptk_bigram_work *w, nlptk_lattice *l, int32_t i)
{
    if (w->units[i] < 0) return lattice_push(l, (nlptk_lattice_arc){.start = i, .end = i + 1, .word = NLPTK_SENTENCE_START});
    int32_t joined = i + 1; /* up to here units may make an unknown word */
    while (m->hmm && joined < w->n && joined - i < NLPTK_MAX_UNKNOWN && !w->rows[i].apart && !w->rows[joined].apart) joined++;
    int32_t longest = joined, spelling = m->unknown + w->rows[i].first, status = NLPTK_SEGMENT_OK;
    for (int32_t k = w->first[i]; k < w->first[i + 1]; k++)
        if (w->arcs[k].end > longest) longest = w->arcs[k].end;
    for (int32_t end = i + 1; end <= longest && !status; end++) {
        int32_t known = w->first[i];
        while (known < w->first[i + 1] && w->arcs[known].end != end) known++;
        if (end > i + 1) spelling += w->rows[end - 1].spell;
        nlptk_lattice_arc arc = {.start = i, .end = end, .own = spelling + w->rows[end - 1].last};
        if (known < w->first[i + 1])
            arc.word = w->arcs[known].word, arc.own = w->arcs[known].own, arc.known = true;
        else if (end > joined || w->banned[i] >> (end - i) & 1)
            continue;
        status = lattice_push(l, arc);
    }
    return status;
}

int nlptk_bigram_lattice(const nlptk_bigram *m, nlptk_bigram_work *w, nlptk_lattice *l)
{
    int status = prepare(m, w);
    l->n = 0;
    if (status || (status = resize(&l->last, (size_t)w->n + 1, sizeof *l->last))) return status;
    memset(l->last, 0xFF, ((size_t)w->n + 1) * sizeof *l->last);
    for (int32_t i = 0; i < w->n && !status; i++) {
        const int32_t first = l->n;
        if ((status = known_words(m, w, i))) return status;
        w->first[i + 1] = w->n_arcs;
        status = lattice_unit(m, w, l, i);
        for (int32_t k = first; k < l->n && !status; k++) {
            nlptk_lattice_arc *arc = &l->arcs[k];
            int64_t words, characters;
            nlptk_path best = i ? NEVER : 32 * nlptk_lattice_link(m, w, l, -1, k, &words, &characters);
            for (int32_t left = l->last[i]; left >= 0; left = l->arcs[left].next) {
                const nlptk_path path = l->arcs[left].path + 32 * nlptk_lattice_link(m, w, l, left, k, &words, &characters);
                if (path < best) best = path;
            }
            arc->path = cost_of(best) + length_code(arc->end - arc->start);
        }
    }
    return status;
}

int64_t nlptk_lattice_cost(const nlptk_lattice *l, int32_t arc) { return arc < 0 ? 0 : cost_of(l->arcs[arc].path) / 32; }

int64_t nlptk_lattice_link(const nlptk_bigram *m, const nlptk_bigram_work *w, const nlptk_lattice *l, int32_t left, int32_t right,
                           int64_t *words, int64_t *characters)
{
    static const nlptk_lattice_arc border = {.word = NLPTK_SENTENCE_START};
    const nlptk_lattice_arc *v = left < 0 ? &border : &l->arcs[left], *x = right < 0 ? &border : &l->arcs[right];
    const bool starts = v->word == NLPTK_SENTENCE_START, ends = x->word == NLPTK_SENTENCE_START;
    *words = *characters = 0;
    if (starts && ends) return 0;
    const int32_t word = ends ? NLPTK_SENTENCE_END : x->word;
    const bool after_single = !starts && v->end - v->start == 1;
    const uint32_t pair = v->word == NLPTK_UNKNOWN || word == NLPTK_UNKNOWN ? NLPTK_NO_COST : pair_cost(m, v->word, word);
    *words = (v->word == NLPTK_UNKNOWN ? 0 : m->backoff) + (ends ? m->end : x->own);
    if (pair != NLPTK_NO_COST && pair < *words) *words = pair;
    if (ends)
        *characters = m->hmm ? m->units[w->units[v->end - 1]].end[after_single] : 0;
    else {
        const bool alone = x->end - x->start == 1;
        *characters = w->rows[x->start].chain[after_single ? (alone ? NLPTK_SS : NLPTK_SB) : (alone ? NLPTK_ES : NLPTK_EB)];
        if (!alone) *characters += inside(w, x->start, x->end) / 32;
    }
    return *words + *characters;
}
