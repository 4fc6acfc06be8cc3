/* ext/char_tagger.c   Segmentation by labels of characters: B begins a word, M is inside, E ends, S is one.

   The labels y1 y2 ... of greatest sum of s_t(y_t) + A(y_t-1, y_t), s_t linear in features of the place t:

       the characters at t-2 .. t+2, and the four pairs of neighbours among them
       the longest known words that begin at t, end at t, and have t inside; the first two also with the character at t
       what ends at t-1, begins at t, ends at t, begins at t+1
       classes of the characters at t-1, t, t+1;  which of the characters at t-2 .. t+1 are the same

   No word begins inside a run of digits or of Latin letters.

   A feature that looks at one character or pair is kept with all that it says of the places around it, in one piece. Weights
   are integers, so all sums are exact. Ties go to the earlier label in the order of each list of predecessors. */
#include "nlptk/char_tagger.h"
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 16, CHUNK = 256, MAX_PLACES = 1 << 29, SLACK = 16 };
#define FORBIDDEN ((int64_t)1 << 40)

static int resize(void *array, size_t n, size_t size)
{
    void **p = array;
    void *q = realloc(*p, n * size);
    if (!q) return NLPTK_SEGMENT_MEMORY;
    *p = q;
    return NLPTK_SEGMENT_OK;
}

/* ---- characters ---- */

uint32_t nlptk_char_fold(uint32_t c)
{
    if (c - 0xFF01u < 94) c -= 0xFEE0;
    if (c - '0' < 10u) return '0';
    return (c | 32) - 'a' < 26u ? 'a' : c;
}

enum { OTHER, DIGIT, NUMERAL, LETTER, DATE, SIGN, SPACE };

int nlptk_char_type(uint32_t c)
{
    static const uint16_t numerals[] = {0x96F6, 0x3007, 0x25CB, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D, 0x5341,
                                        0x767E, 0x5343, 0x4E07, 0x4EBF, 0x4E24, 0x58F9, 0x8D30, 0x53C1, 0x8086, 0x4F0D, 0x9646, 0x67D2, 0x634C,
                                        0x7396, 0x62FE, 0x4F70, 0x4EDF}; /* zero to nine, ten, hundred ... in both ways of writing */
    static const uint16_t dates[] = {0x5E74, 0x6708, 0x65E5, 0x65F6, 0x5206, 0x79D2}; /* year, month, day, hour, minute, second */
    c = nlptk_char_fold(c);
    if (c == '0') return DIGIT;
    if (c == 'a') return LETTER;
    if (nlptk_class(c) == NLPTK_SPACE) return SPACE;
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (c == numerals[i]) return NUMERAL;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if (c == dates[i]) return DATE;
    return c < 0x80 || c - 0x2010u < 0x60 || (c - 0x3001u < 0x1F && c != 0x3005) || c == 0xB7 ? SIGN : OTHER;
}

/* ---- tables ---- */

static inline nlptk_row pack(const int16_t *w)
{
    nlptk_row row = 0;
    for (int l = 0; l < 4; l++) row += (nlptk_row)(int64_t)w[l] << 16 * l;
    return row;
}

static inline int32_t weight(nlptk_row sum, int label)
{
    return (int32_t)((sum + 0x8000800080008000u) >> 16 * label & 0xFFFF) - 0x8000;
}

/* Largest weight of rows, by its size. */
static int32_t largest(const int16_t *w, size_t n_rows)
{
    int32_t most = 0;
    for (size_t i = 0; i < 4 * n_rows; i++) {
        const int32_t size = w[i] < 0 ? -(int32_t)w[i] : w[i];
        most = size > most ? size : most;
    }
    return most;
}

static inline uint32_t slot_of(const nlptk_char_tagger *m, uint32_t pair) { return pair * 0x9E3779B1u >> m->shift; }

static inline uint32_t row_of(const nlptk_char_tagger *m, uint32_t pair)
{
    const uint32_t mask = (1u << (32 - m->shift)) - 1;
    for (uint32_t at = slot_of(m, pair);; at = (at + 1) & mask) {
        if (m->slots[at].pair == pair) return m->slots[at].row;
        if (!m->slots[at].pair) return 0;
    }
}

static int compile_bigrams(nlptk_char_tagger *m, const nlptk_char_weights *weights)
{
    m->shift = 32 - 6;
    while (m->shift > 4 && (size_t)1 << (32 - m->shift) < (size_t)weights->n_pairs * 2 + 2) m->shift--;
    const uint32_t mask = (1u << (32 - m->shift)) - 1;
    if (weights->n_pairs > mask - 1) return NLPTK_SEGMENT_TOO_LONG;
    if (!(m->slots = calloc((size_t)mask + 1, sizeof *m->slots))) return NLPTK_SEGMENT_MEMORY;
    for (uint32_t i = 0; i < weights->n_pairs; i++) {
        const uint32_t pair = weights->pairs[i];
        if (!pair || (int32_t)(pair >> 16) > m->border || (int32_t)(pair & 0xFFFF) > m->border || row_of(m, pair)) return NLPTK_CHAR_BAD_PAIR;
        uint32_t at = slot_of(m, pair);
        while (m->slots[at].pair) at = (at + 1) & mask;
        m->slots[at] = (nlptk_bigram_slot){pair, i + 1};
        for (int k = 0; k < NLPTK_BIGRAM_ROWS; k++) {
            const int8_t *small = weights->bigrams + ((size_t)i * NLPTK_BIGRAM_ROWS + k) * 4;
            int16_t row[4];
            for (int l = 0; l < 4; l++) row[l] = (int16_t)(small[l] * NLPTK_BIGRAM_UNIT);
            m->bigrams[(size_t)(i + 1) * NLPTK_BIGRAM_ROWS + k] = pack(row);
        }
    }
    return NLPTK_SEGMENT_OK;
}

static int compile_matches(nlptk_char_tagger *m, const nlptk_trie *trie)
{
    const int32_t n = trie->n_cells;
    if (!(m->cells = malloc((size_t)n * sizeof *m->cells))) return NLPTK_SEGMENT_MEMORY;
    for (int32_t i = 0; i < n; i++) {
        const nlptk_cell cell = trie->cells[i];
        int32_t match = 0;
        if (i && cell.check > 0 && cell.logf != -INFINITY) { /* two characters or more */
            int32_t length = 0;
            for (int32_t s = i; s > 0 && length <= NLPTK_MAX_MATCH; s = trie->cells[s].check) length++;
            if (length > NLPTK_MAX_MATCH) return NLPTK_CHAR_BAD_WORD;
            match = 1 + 2 * ((length < 5 ? length : 5) - 2) + (cell.logf > 0.5);
        }
        if (cell.base < 0 || cell.base >= 1 << (31 - NLPTK_MATCH_BITS)) return NLPTK_SEGMENT_TOO_LONG;
        m->cells[i] = (nlptk_match_cell){cell.base << NLPTK_MATCH_BITS | match, cell.check};
    }
    return NLPTK_SEGMENT_OK;
}

static int compile_codes(nlptk_char_tagger *m, const nlptk_trie *trie)
{
    m->trie = *trie;
    if (!(m->trie.code_of_bmp = malloc(NLPTK_N_BMP * sizeof *m->trie.code_of_bmp))) return NLPTK_SEGMENT_MEMORY;
    for (uint32_t c = 0; c < NLPTK_N_BMP; c++)
        m->trie.code_of_bmp[c] = nlptk_class(c) == NLPTK_SPACE ? -1 : trie->code_of_bmp[nlptk_char_fold(c)];
    m->border = trie->n_codes;
    if (!(m->types_of = malloc((size_t)m->border + 1))) return NLPTK_SEGMENT_MEMORY;
    m->types_of[0] = OTHER, m->types_of[m->border] = NLPTK_N_TYPES;
    for (int32_t i = 1; i < m->border; i++) m->types_of[i] = (uint8_t)nlptk_char_type(trie->char_of[i]);
    return NLPTK_SEGMENT_OK;
}

static void pack_rows(nlptk_row *to, const int16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = pack(from + 4 * i);
}

int nlptk_char_tagger_compile(nlptk_char_tagger *m, const nlptk_trie *trie, const nlptk_char_weights *weights)
{
    const size_t n_chars = (size_t)trie->n_codes + 1, n_bigrams = (size_t)weights->n_pairs + 1;
    if (n_chars > 0xFFFF) return NLPTK_SEGMENT_TOO_LONG;
    int32_t most = NLPTK_BIGRAM_ROWS * NLPTK_BIGRAM_UNIT * 128;
    most += 7 * largest(weights->chars, n_chars * NLPTK_CHAR_ROWS);
    most += largest(weights->words, NLPTK_WORD_ROWS) + largest(weights->context, NLPTK_CONTEXT_ROWS);
    most += largest(weights->types, NLPTK_TYPE_ROWS) + largest(weights->repeats, NLPTK_REPEAT_ROWS);
    if (most > INT16_MAX) return NLPTK_CHAR_BAD_WEIGHTS; /* a sum might not fit */
    int status = compile_codes(m, trie);
    if (status || (status = compile_matches(m, trie))) return status;
    const size_t n_rows = n_chars * NLPTK_CHAR_STRIDE + n_bigrams * NLPTK_BIGRAM_ROWS;
    if (!(m->block = calloc(n_rows + 8, sizeof(nlptk_row)))) return NLPTK_SEGMENT_MEMORY;
    m->chars = (nlptk_row *)(((uintptr_t)m->block + 63) & ~(uintptr_t)63); /* rows of one kind lie in as few cache lines as can be */
    m->bigrams = m->chars + n_chars * NLPTK_CHAR_STRIDE;
    for (size_t i = 0; i < n_chars; i++) pack_rows(m->chars + i * NLPTK_CHAR_STRIDE, weights->chars + i * NLPTK_CHAR_ROWS * 4, NLPTK_CHAR_ROWS);
    pack_rows(m->words, weights->words, NLPTK_WORD_ROWS);
    pack_rows(m->context, weights->context, NLPTK_CONTEXT_ROWS);
    pack_rows(m->types, weights->types, NLPTK_TYPE_ROWS);
    pack_rows(m->repeats, weights->repeats, NLPTK_REPEAT_ROWS);
    return compile_bigrams(m, weights);
}

void nlptk_char_tagger_free(nlptk_char_tagger *m)
{
    free(m->trie.code_of_bmp), free(m->cells), free(m->slots), free(m->types_of), free(m->block);
    m->trie.code_of_bmp = NULL, m->cells = NULL, m->slots = NULL, m->types_of = NULL, m->block = NULL;
}

void nlptk_char_work_free(nlptk_char_work *w)
{
    nlptk_workspace_free(&w->text);
    free(w->units), free(w->at), free(w->rows), free(w->begins), free(w->ends), free(w->insides), free(w->inside_lengths), free(w->types),
        free(w->labels), free(w->back), free(w->bridged), free(w->fixed), free(w->biases);
    memset(w, 0, sizeof *w);
}

/* ---- places ---- */

static int reserve(nlptk_char_work *w, ptrdiff_t n)
{
    if (w->units && n <= w->cap) return NLPTK_SEGMENT_OK;
    if (n > MAX_PLACES) return NLPTK_SEGMENT_TOO_LONG;
    const size_t cap = (size_t)(n + n / 4 + 64), room = cap + SLACK;
    if (resize(&w->units, room, sizeof *w->units) || resize(&w->at, room, sizeof *w->at) || resize(&w->rows, room, sizeof *w->rows) ||
        resize(&w->begins, room, 1) || resize(&w->ends, room, 1) || resize(&w->insides, room, 1) || resize(&w->inside_lengths, room, 1) ||
        resize(&w->types, room, 1) || resize(&w->labels, room, 1) || resize(&w->back, room, 1))
        return NLPTK_SEGMENT_MEMORY;
    w->cap = (ptrdiff_t)cap;
    return NLPTK_SEGMENT_OK;
}

static inline void push_place(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t code, ptrdiff_t at)
{
    w->units[w->n] = code, w->at[w->n] = (int32_t)at;
    w->types[w->n++] = code > 0 ? m->types_of[code] : (uint8_t)nlptk_char_type(w->text.chars[at]);
}

static void push_borders(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    push_place(m, w, m->border, -1);
    push_place(m, w, m->border, -1);
}

static inline bool runs_on(uint32_t left, uint32_t right)
{
    left = nlptk_char_fold(left);
    return (left == '0' || left == 'a') && left == nlptk_char_fold(right);
}

static inline uint8_t label_inside(ptrdiff_t first, ptrdiff_t at, ptrdiff_t last)
{
    if (first == last) return NLPTK_TAG_S;
    return at == first ? NLPTK_TAG_B : at == last ? NLPTK_TAG_E : NLPTK_TAG_M;
}

static int reserve_user(nlptk_char_work *w, ptrdiff_t n)
{
    if (n + 1 > w->cap_user) {
        const size_t cap = (size_t)(n + n / 4 + 64);
        if (resize(&w->bridged, cap, 1) || resize(&w->fixed, cap, 1) || resize(&w->biases, cap * 4, sizeof *w->biases)) return NLPTK_SEGMENT_MEMORY;
        w->cap_user = (ptrdiff_t)cap;
    }
    memset(w->bridged, 0, (size_t)n + 1);
    memset(w->fixed, NLPTK_FREE, (size_t)n + 1);
    memset(w->biases, 0, ((size_t)n + 1) * 4 * sizeof *w->biases);
    return NLPTK_SEGMENT_OK;
}

/* What the user's words say: biases of labels, or labels that are fixed; and which blanks stand inside them. */
static int mark_user_words(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    const ptrdiff_t n = w->text.n;
    const uint32_t *chars = w->text.chars;
    if (reserve_user(w, n)) return NLPTK_SEGMENT_MEMORY;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t node = 0;
        ptrdiff_t longest = 0;
        if (i && runs_on(chars[i - 1], chars[i])) continue;
        for (ptrdiff_t j = i; j < n && (node = nlptk_words_child(m->user, node, chars[j])) >= 0; j++) {
            const int32_t bias = m->biases[node];
            if (bias == NLPTK_NO_BIAS || (j + 1 < n && runs_on(chars[j], chars[j + 1]))) continue;
            longest = j + 1;
            if (m->force) continue;
            for (ptrdiff_t k = i; k <= j; k++) {
                int32_t *to = &w->biases[4 * k + label_inside(i, k, j)];
                *to = bias > *to ? bias : *to;
            }
        }
        for (ptrdiff_t k = i; k < longest; k++) {
            w->bridged[k] = 1;
            if (m->force) w->fixed[k] = label_inside(i, k, longest - 1);
        }
        if (m->force && longest) i = longest - 1;
    }
    return NLPTK_SEGMENT_OK;
}

static int lay_places(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    const ptrdiff_t n = w->text.n;
    const int32_t *codes = w->text.codes;
    ptrdiff_t blanks = 0;
    for (ptrdiff_t i = 0; i < n; i++) blanks += codes[i] < 0;
    const int status = reserve(w, n + 2 * blanks + 4);
    if (status) return status;
    w->n = 0;
    push_borders(m, w);
    for (ptrdiff_t i = 0; i < n; i++)
        if (codes[i] >= 0 || (m->user && w->bridged[i]))
            push_place(m, w, codes[i] < 0 ? 0 : codes[i], i);
        else if (w->units[w->n - 1] != m->border)
            push_borders(m, w);
    if (w->units[w->n - 1] != m->border) push_borders(m, w);
    memset(w->ends, 0, (size_t)w->n);
    memset(w->insides, 0, (size_t)w->n);
    memset(w->inside_lengths, 0, (size_t)w->n);
    return NLPTK_SEGMENT_OK;
}

static int read_places(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    const int status = m->user ? mark_user_words(m, w) : NLPTK_SEGMENT_OK;
    return status ? status : lay_places(m, w);
}

static inline uint32_t pair_at(const nlptk_char_work *w, ptrdiff_t i) { return (uint32_t)w->units[i] << 16 | (uint32_t)w->units[i + 1]; }

/* Rows of the pairs at [lo, hi). */
static void find_pairs(const nlptk_char_tagger *m, nlptk_char_work *w, ptrdiff_t lo, ptrdiff_t hi)
{
    for (ptrdiff_t i = lo; i < hi; i++) {
        if (i + AHEAD + 1 < w->n) NLPTK_PREFETCH(&m->slots[slot_of(m, pair_at(w, i + AHEAD))]);
        w->rows[i] = (int32_t)row_of(m, pair_at(w, i));
        NLPTK_PREFETCH(&m->bigrams[(size_t)w->rows[i] * NLPTK_BIGRAM_ROWS]);
        NLPTK_PREFETCH(&m->chars[(size_t)w->units[i + 1] * NLPTK_CHAR_STRIDE]);
    }
}

static inline int32_t base_of(const nlptk_match_cell *cells, int32_t state) { return cells[state].base >> NLPTK_MATCH_BITS; }

/* The known words that begin at [lo, hi), and what they are to the places behind. Of those that end at a place or have it
   inside, the longest is heard: it begins first, or is met later. */
static void find_words(const nlptk_char_tagger *m, nlptk_char_work *w, ptrdiff_t lo, ptrdiff_t hi)
{
    const nlptk_match_cell *cells = m->cells;
    const int32_t *units = w->units, border = m->border;
    for (ptrdiff_t i = lo; i < hi; i++) {
        if (units[i] == border) {
            w->begins[i] = w->ends[i] = NLPTK_BORDER_MATCH;
            continue;
        }
        if (i + AHEAD + 1 < w->n && units[i + AHEAD] != border && units[i + AHEAD + 1] != border)
            NLPTK_PREFETCH(&cells[base_of(cells, units[i + AHEAD]) + units[i + AHEAD + 1]]);
        int32_t state = units[i], begins = 0; /* the base of the root is 0 */
        for (int32_t k = 1; k < NLPTK_MAX_MATCH; k++) {
            const int32_t code = units[i + k];
            if (code == border || state == 0) break;
            const int32_t child = base_of(cells, state) + code;
            if (cells[child].check != state) break;
            state = child;
            const int32_t match = cells[state].base & ((1 << NLPTK_MATCH_BITS) - 1);
            if (!match) continue;
            begins = match;
            if (!w->ends[i + k]) w->ends[i + k] = (uint8_t)match;
            for (int32_t o = 1; o < k; o++)
                if (w->inside_lengths[i + o] < k) w->inside_lengths[i + o] = (uint8_t)k, w->insides[i + o] = (uint8_t)match;
        }
        w->begins[i] = (uint8_t)begins;
    }
}

/* ---- labels ---- */

static inline int kind_of(int match) { return (match + 1) >> 1; }

static inline int32_t same(int32_t a, int32_t b) { return (a == b) & (a > 0); }

/* The scores of a place. */
static inline nlptk_row score(const nlptk_char_tagger *m, const nlptk_char_work *w, ptrdiff_t i)
{
    const int32_t *u = w->units + i;
    const nlptk_row *here = m->chars + (size_t)u[0] * NLPTK_CHAR_STRIDE;
    const int begins = kind_of(w->begins[i]), ends = kind_of(w->ends[i]);
    nlptk_row sum = here[2] + here[5 + begins] + here[5 + NLPTK_N_KINDS + ends];
    sum += m->chars[(size_t)u[-2] * NLPTK_CHAR_STRIDE + 4] + m->chars[(size_t)u[-1] * NLPTK_CHAR_STRIDE + 3];
    sum += m->chars[(size_t)u[1] * NLPTK_CHAR_STRIDE + 1] + m->chars[(size_t)u[2] * NLPTK_CHAR_STRIDE];
    for (int k = 0; k < NLPTK_BIGRAM_ROWS; k++) sum += m->bigrams[(size_t)w->rows[i + 1 - k] * NLPTK_BIGRAM_ROWS + k];
    sum += m->words[(w->begins[i] * NLPTK_N_MATCHES + w->ends[i]) * NLPTK_N_MATCHES + w->insides[i]];
    sum += m->context[((kind_of(w->ends[i - 1]) * NLPTK_N_KINDS + begins) * NLPTK_N_KINDS + ends) * (NLPTK_N_KINDS + 1) + kind_of(w->begins[i + 1])];
    sum += m->types[(w->types[i - 1] * (NLPTK_N_TYPES + 1) + w->types[i]) * (NLPTK_N_TYPES + 1) + w->types[i + 1]];
    return sum + m->repeats[same(u[0], u[-1]) + 2 * same(u[0], u[-2]) + 4 * same(u[1], u[-1]) + 8 * same(u[0], u[1])];
}

/* Where each of the labels of a path came from: bit l: from the second of its two predecessors. */
static const uint8_t before[4][2] = {{NLPTK_TAG_E, NLPTK_TAG_S}, {NLPTK_TAG_B, NLPTK_TAG_M}, {NLPTK_TAG_B, NLPTK_TAG_M}, {NLPTK_TAG_E, NLPTK_TAG_S}};

typedef struct {
    int64_t b, m, e, s;
} paths;

static inline void user_says(const nlptk_char_work *w, ptrdiff_t i, int32_t score[4], paths *at)
{
    const int32_t *biases = w->biases + 4 * w->at[i];
    const uint8_t fixed = w->fixed[w->at[i]];
    for (int l = 0; l < 4; l++) score[l] += biases[l];
    if (fixed == NLPTK_FREE) return;
    at->b -= fixed == NLPTK_TAG_B ? 0 : FORBIDDEN, at->m -= fixed == NLPTK_TAG_M ? 0 : FORBIDDEN;
    at->e -= fixed == NLPTK_TAG_E ? 0 : FORBIDDEN, at->s -= fixed == NLPTK_TAG_S ? 0 : FORBIDDEN;
}

/* Labels of the sentence whose last place is `last`, from there back to its border. */
static void trace_back(const nlptk_char_tagger *m, nlptk_char_work *w, ptrdiff_t last, const paths *at)
{
    int label = at->e >= at->s ? NLPTK_TAG_E : NLPTK_TAG_S;
    for (ptrdiff_t i = last; w->units[i] != m->border; i--) {
        w->labels[i] = (uint8_t)label;
        label = before[label][w->back[i] >> label & 1];
    }
}

static int64_t find_labels(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    const int32_t *t = m->transitions, border = m->border;
    const ptrdiff_t n = w->n;
    paths at = {0, 0, 0, 0};
    int64_t best = 0;
    for (ptrdiff_t lo = 0; lo < n; lo += CHUNK) {
        const ptrdiff_t hi = lo + CHUNK < n ? lo + CHUNK : n;
        if (lo == 0) w->begins[0] = w->begins[1] = w->ends[0] = w->ends[1] = NLPTK_BORDER_MATCH, find_pairs(m, w, 0, n > 3 ? 3 : n - 1);
        find_pairs(m, w, lo + 3 < n ? lo + 3 : n - 1, hi + 3 < n ? hi + 3 : n - 1);
        find_words(m, w, lo ? lo + 1 : 0, hi + 1 < n ? hi + 1 : n);
        for (ptrdiff_t i = lo > 2 ? lo : 2; i < hi; i++) {
            if (w->units[i] == border) {
                if (w->units[i - 1] != border) {
                    best += at.e >= at.s ? at.e : at.s;
                    trace_back(m, w, i - 1, &at);
                }
                continue;
            }
            const nlptk_row sum = score(m, w, i);
            int32_t own[4] = {weight(sum, 0), weight(sum, 1), weight(sum, 2), weight(sum, 3)};
            if (w->units[i - 1] == border) {
                at = (paths){0, -FORBIDDEN, -FORBIDDEN, 0};
            } else {
                const int64_t eb = at.e + t[NLPTK_TAGS_EB], sb = at.s + t[NLPTK_TAGS_SB], es = at.e + t[NLPTK_TAGS_ES], ss = at.s + t[NLPTK_TAGS_SS];
                const int64_t bm = at.b + t[NLPTK_TAGS_BM], mm = at.m + t[NLPTK_TAGS_MM], be = at.b + t[NLPTK_TAGS_BE], me = at.m + t[NLPTK_TAGS_ME];
                w->back[i] = (uint8_t)((sb > eb) << NLPTK_TAG_B | (mm > bm) << NLPTK_TAG_M | (me > be) << NLPTK_TAG_E | (ss > es) << NLPTK_TAG_S);
                at = (paths){sb > eb ? sb : eb, mm > bm ? mm : bm, me > be ? me : be, ss > es ? ss : es};
            }
            if (w->types[i] == w->types[i - 1] && (w->types[i] == DIGIT || w->types[i] == LETTER)) at.b -= FORBIDDEN, at.s -= FORBIDDEN;
            if (m->user) user_says(w, i, own, &at);
            at.b += own[0], at.m += own[1], at.e += own[2], at.s += own[3];
        }
    }
    return best;
}

/* ---- words ---- */

static int push_blanks(nlptk_workspace *text, ptrdiff_t lo, ptrdiff_t hi)
{
    for (ptrdiff_t i = lo; i < hi; i++) {
        const bool line_end = text->chars[i] == '\r' && i + 1 < hi && text->chars[i + 1] == '\n'; /* one token */
        if (nlptk_push_token(text, i, i + 1 + line_end, NLPTK_NO_WORD, NLPTK_WORD_TAG)) return NLPTK_SEGMENT_MEMORY;
        i += line_end;
    }
    return NLPTK_SEGMENT_OK;
}

static int push_words(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    nlptk_workspace *text = &w->text;
    ptrdiff_t done = 0, start = 0;
    text->n_tokens = 0;
    for (ptrdiff_t i = 0; i < w->n; i++) {
        if (w->units[i] == m->border) continue;
        const ptrdiff_t at = w->at[i];
        if (at > done && push_blanks(text, done, at)) return NLPTK_SEGMENT_MEMORY;
        const uint8_t label = w->labels[i];
        if (label == NLPTK_TAG_B || label == NLPTK_TAG_S) start = at;
        if (label >= NLPTK_TAG_E && nlptk_push_token(text, start, at + 1, NLPTK_NO_WORD, NLPTK_WORD_TAG)) return NLPTK_SEGMENT_MEMORY;
        done = at + 1;
    }
    return push_blanks(text, done, text->n);
}

int nlptk_char_segment(const nlptk_char_tagger *m, nlptk_char_work *w)
{
    const int status = read_places(m, w);
    if (status) return status;
    find_labels(m, w);
    return push_words(m, w);
}

int nlptk_char_scores(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *scores)
{
    const int status = read_places(m, w);
    if (status) return status;
    find_labels(m, w); /* and rows and matches on the way */
    memset(scores, 0, (size_t)w->text.n * 4 * sizeof *scores);
    for (ptrdiff_t i = 2; i < w->n; i++) {
        if (w->units[i] == m->border) continue;
        const nlptk_row sum = score(m, w, i);
        for (int l = 0; l < 4; l++) scores[4 * w->at[i] + l] = weight(sum, l) + (m->user ? w->biases[4 * w->at[i] + l] : 0);
    }
    return NLPTK_SEGMENT_OK;
}

/* Score of the labels of places 2 .., and how many of them are those of one word. */
static int64_t path_score(const nlptk_char_tagger *m, const nlptk_char_work *w, ptrdiff_t n, bool whole, ptrdiff_t *n_whole)
{
    static const int8_t transition[4][4] = {{-1, NLPTK_TAGS_BM, NLPTK_TAGS_BE, -1}, {-1, NLPTK_TAGS_MM, NLPTK_TAGS_ME, -1},
                                            {NLPTK_TAGS_EB, -1, -1, NLPTK_TAGS_ES}, {NLPTK_TAGS_SB, -1, -1, NLPTK_TAGS_SS}};
    int64_t sum = 0;
    int left = 0;
    *n_whole = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const int right = label_inside(0, i, n - 1), label = whole ? right : w->labels[i + 2];
        sum += weight(score(m, w, i + 2), label) + (i ? m->transitions[transition[left][label]] : 0);
        *n_whole += label == right;
        left = label;
    }
    return sum;
}

int nlptk_char_bias(const nlptk_char_tagger *m, nlptk_char_work *w, int32_t *bias)
{
    const ptrdiff_t n = w->text.n;
    nlptk_char_tagger probe = *m;
    const nlptk_words none = {0};
    if (reserve_user(w, n)) return NLPTK_SEGMENT_MEMORY;
    memset(w->bridged, 1, (size_t)n);
    probe.user = &none;
    const int status = lay_places(&probe, w);
    if (status) return status;
    for (*bias = 0;;) { /* what beats the path found; of every path that is found there is a better one then */
        ptrdiff_t shared, all;
        find_labels(&probe, w);
        const int64_t found = path_score(m, w, n, false, &shared), one = path_score(m, w, n, true, &all);
        if (shared == n) return NLPTK_SEGMENT_OK;
        const int64_t more = found - one;
        *bias = (int32_t)((more < 0 ? 0 : more / (n - shared)) + 1);
        for (ptrdiff_t i = 0; i < n; i++) w->biases[4 * i + label_inside(0, i, n - 1)] = *bias;
        memset(w->ends, 0, (size_t)w->n);
    }
}
