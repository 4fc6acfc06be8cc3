/* ext/bigram_tables.c   The tables of a bigram model of words and a chain of units, from their compact form in a file. */
#include "nlptk/bigram.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64, MAX_EXACT = 64 };

typedef struct {
    const uint8_t *at, *end;
    uint64_t left, right, n;
} packed_reader;

static packed_reader read_packed(const nlptk_packed_pairs *p, int32_t n)
{
    return (packed_reader){p->gaps, p->gaps + p->n_gaps, 0, UINT64_MAX, (uint64_t)n};
}

/* The next pair; false: there is none. */
static inline bool next_packed(packed_reader *r)
{
    uint64_t gap = 0;
    for (int shift = 0;; shift += 7) {
        if (r->at == r->end || shift > 56) return false;
        gap |= (uint64_t)(*r->at & 127) << shift;
        if (*r->at++ < 128) break;
    }
    r->right += gap + 1;
    if (r->right >= r->n) r->left += r->right / r->n, r->right %= r->n;
    return r->left < r->n;
}

bool nlptk_fill_pairs(const nlptk_bigram *m, const nlptk_packed_pairs *words, const uint16_t *costs, uint64_t *slots)
{
    packed_reader r = read_packed(words, m->trie.n_cells);
    uint64_t chunk[CHUNK];
    for (size_t i = 0, n; i < words->n; i += n) {
        for (n = 0; n < CHUNK && i + n < words->n; n++) {
            if (!next_packed(&r)) return false;
            const uint64_t key = nlptk_pair_key(r.left ? (int32_t)r.left : NLPTK_SENTENCE_START, r.right ? (int32_t)r.right : NLPTK_SENTENCE_END);
            const uint64_t mixed = nlptk_mix(key);
            const uint32_t bit = nlptk_filter_bit(mixed, m->filter_mask);
            m->filter[bit >> 5] |= 1u << (bit & 31);
            NLPTK_PREFETCH(&slots[nlptk_slot(mixed, m->pairs.n)]);
            chunk[n] = key << 16 | costs[i + n];
        }
        for (size_t k = 0; k < n; k++) {
            uint32_t at = nlptk_slot(nlptk_mix(chunk[k] >> 16), m->pairs.n);
            while (slots[at]) at = at + 1 == m->pairs.n ? 0 : at + 1;
            slots[at] = chunk[k];
        }
    }
    return r.at == r.end;
}

bool nlptk_fill_neighbours(const nlptk_bigram *m, const nlptk_packed_pairs *units, const uint8_t *seen, const uint16_t *costs,
                           size_t n_costs, nlptk_neighbours *slots)
{
    packed_reader r = read_packed(units, m->trie.n_codes);
    const uint16_t *const end = costs + n_costs;
    uint32_t chunk[CHUNK];
    for (size_t i = 0, n; i < units->n; i += n) {
        for (n = 0; n < CHUNK && i + n < units->n; n++) {
            if (!next_packed(&r) || !(r.left | r.right)) return false;
            const uint64_t key = nlptk_neighbours_key((uint32_t)r.left, (uint32_t)r.right);
            NLPTK_PREFETCH(&slots[nlptk_slot(nlptk_mix(key), m->n_neighbours)]);
            chunk[n] = (uint32_t)key;
        }
        for (size_t k = 0; k < n; k++) {
            uint32_t at = nlptk_slot(nlptk_mix(chunk[k]), m->n_neighbours);
            while (slots[at].left | slots[at].right) at = at + 1 == m->n_neighbours ? 0 : at + 1;
            nlptk_neighbours *slot = &slots[at];
            slot->left = (uint16_t)(chunk[k] >> 16), slot->right = (uint16_t)chunk[k];
            nlptk_back_off(&m->units[slot->left], &m->units[slot->right], slot->chain, &slot->spell);
            const uint32_t mask = seen[i + k];
            for (int bit = 0; bit < 8; bit++)
                if (mask >> bit & 1) {
                    if (costs == end) return false;
                    slot->chain[bit] = *costs++;
                }
            if (mask & 15) {
                if (costs == end) return false;
                slot->spell = *costs++;
            }
        }
    }
    return r.at == r.end && costs == end;
}

static uint32_t plain_form(uint32_t c)
{
    if (c - 0xFF01u < 94) c -= 0xFEE0;
    if (c - '0' < 10u) return '0';
    return (c | 32) - 'a' < 26u ? 'a' : c;
}

static int compile_codes(nlptk_bigram *m, const nlptk_trie *trie)
{
    m->trie = *trie;
    if (!(m->trie.code_of_bmp = malloc(NLPTK_N_BMP * sizeof *m->trie.code_of_bmp))) return NLPTK_SEGMENT_MEMORY;
    memcpy(m->trie.code_of_bmp, trie->code_of_bmp, NLPTK_N_BMP * sizeof *m->trie.code_of_bmp);
    for (uint32_t c = 0; c < NLPTK_N_BMP; c++) {
        if (nlptk_class(c) == NLPTK_SPACE)
            m->trie.code_of_bmp[c] = -1;
        else if (c < 128 || c - 0xFF01u < 94)
            m->trie.code_of_bmp[c] = trie->code_of_bmp[plain_form(c)];
    }
    m->digit = trie->code_of_bmp['0'], m->letter = trie->code_of_bmp['a'];
    return NLPTK_SEGMENT_OK;
}

static uint16_t word_cost(double logf, double log_mass)
{
    if (!(logf > -INFINITY)) return NLPTK_NO_COST;
    const double cost = rint(NLPTK_COST_SCALE * (log_mass - logf));
    return cost > 0 ? cost < NLPTK_NO_COST ? (uint16_t)cost : NLPTK_NO_COST - 1 : 0;
}

int nlptk_bigram_compile(nlptk_bigram *m, const nlptk_trie *trie, double log_mass)
{
    const int32_t n = trie->n_cells;
    if (compile_codes(m, trie) || !(m->cells = malloc((size_t)n * sizeof *m->cells))) return NLPTK_SEGMENT_MEMORY;
    for (int32_t i = 0; i < n; i++) {
        const nlptk_cell *cell = &trie->cells[i];
        m->cells[i] = (nlptk_bigram_cell){cell->base, cell->check, cell->check < 0 ? NLPTK_NO_COST : word_cost(cell->logf, log_mass), 0};
    }
    m->cells[0].cost = NLPTK_NO_COST;
    for (int32_t i = 1; i < n; i++) { /* a cell's ancestors may come behind it */
        int32_t s = i, steps = 0;
        if (m->cells[i].cost == NLPTK_NO_COST) continue;
        while (s > 0 && m->cells[s].check >= 0 && steps++ < MAX_EXACT) { /* in a damaged file it may hang in the air */
            if (trie->char_of[s - m->cells[m->cells[s].check].base] < 128) break;
            s = m->cells[s].check;
        }
        m->cells[i].exact = s == 0;
    }
    size_t bits = 1 << 12;
    while (bits < (size_t)m->pairs.n * 8 && bits < 1u << 23) bits *= 2;
    if (!(m->filter = calloc(bits / 32, sizeof *m->filter))) return NLPTK_SEGMENT_MEMORY;
    m->filter_mask = (uint32_t)bits - 1;
    return NLPTK_SEGMENT_OK;
}

void nlptk_bigram_free(nlptk_bigram *m)
{
    free(m->trie.code_of_bmp), free(m->cells), free(m->filter);
    m->trie.code_of_bmp = NULL, m->cells = NULL, m->filter = NULL;
}
