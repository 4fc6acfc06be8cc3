/* ext/trie.c   Laying words out as a double array, and checking one that came from a file.

   A family is the children of one state; placing it means finding a base where all its codes fall on free cells. The
   largest families are placed first, each at the first base where it fits; 64 bases are tried at a time in a bitmap. */
#include "nlptk/trie.h"
#include <stdlib.h>
#include <string.h>

#define FEW 4            /* children */
#define LOOK_BACK_SINGLE 131072
#define LOOK_BACK 262144 /* cells before the last family's base where room is looked for; what is further back is full */

static int set_code(nlptk_trie *t, uint32_t c, int32_t code)
{
    if (c < NLPTK_N_BMP) {
        t->code_of_bmp[c] = code;
        return NLPTK_TRIE_OK;
    }
    if (c - NLPTK_N_BMP >= NLPTK_N_ASTRAL) return NLPTK_TRIE_FULL;
    if (!t->code_of_astral && !(t->code_of_astral = calloc(NLPTK_N_ASTRAL, sizeof *t->code_of_astral))) return NLPTK_TRIE_MEMORY;
    t->code_of_astral[c - NLPTK_N_BMP] = code;
    return NLPTK_TRIE_OK;
}

static int map_codes(nlptk_trie *t, const uint32_t *char_of, int32_t n_codes)
{
    if (!(t->code_of_bmp = calloc(NLPTK_N_BMP, sizeof *t->code_of_bmp))) return NLPTK_TRIE_MEMORY;
    if (!(t->char_of = malloc((size_t)n_codes * sizeof *t->char_of))) return NLPTK_TRIE_MEMORY;
    memcpy(t->char_of, char_of, (size_t)n_codes * sizeof *char_of);
    t->n_codes = n_codes;
    for (int32_t code = 1; code < n_codes; code++) {
        const int status = set_code(t, char_of[code], code);
        if (status) return status;
    }
    return NLPTK_TRIE_OK;
}

/* What is asked most, in tables that fit in the cache. */
static int map_beginnings(nlptk_trie *t)
{
    if (!(t->pairs = calloc(NLPTK_PAIR_BITS / 32, sizeof *t->pairs))) return NLPTK_TRIE_MEMORY;
    if (!(t->alone = malloc((size_t)t->n_codes * sizeof *t->alone))) return NLPTK_TRIE_MEMORY;
    if (!(t->bases = malloc((size_t)t->n_codes * sizeof *t->bases))) return NLPTK_TRIE_MEMORY;
    for (int32_t code = 0; code < t->n_codes; code++) {
        const bool begins = code && t->cells[code].check == 0;
        t->alone[code] = begins ? t->cells[code].logf : -INFINITY;
        t->bases[code] = begins ? t->cells[code].base : -1;
    }
    for (int32_t cell = 1; cell < t->n_cells; cell++) {
        const int32_t first = t->cells[cell].check;
        if (first <= 0 || first >= t->n_codes || t->cells[first].check != 0) continue; /* states of one character are their codes */
        const uint32_t h = nlptk_pair_hash(first, cell - t->cells[first].base);
        t->pairs[h >> 5] |= 1u << (h & 31);
    }
    return NLPTK_TRIE_OK;
}

int nlptk_trie_compile(nlptk_trie *t, const uint32_t *char_of, int32_t n_codes)
{
    const int status = map_codes(t, char_of, n_codes);
    return status ? status : map_beginnings(t);
}

void nlptk_trie_free(nlptk_trie *t)
{
    if (t->owns_cells) free((void *)t->cells), free((void *)t->tags);
    free(t->pairs), free(t->alone), free(t->bases), free(t->code_of_bmp), free(t->code_of_astral), free(t->char_of);
    memset(t, 0, sizeof *t);
}

typedef struct {
    int32_t state, first, k; /* a node, where its children begin in the list of all children, how many they are */
} family;

static int larger_first(const void *a, const void *b)
{
    const family *x = a, *y = b;
    return x->k != y->k ? (x->k < y->k) - (x->k > y->k) : (x->first > y->first) - (x->first < y->first);
}

/* The first base from `from` on where all codes fall on free cells (1 bits). Past the bitmap's end everything is free. */
static int64_t find_base(const uint64_t *free_cells, int64_t n_words, const int32_t *codes, int32_t k, int64_t from)
{
    for (int64_t base = from;; base += 64) {
        uint64_t fits = ~(uint64_t)0;
        for (int32_t i = 0; i < k && fits; i++) {
            const int64_t at = base + codes[i], word = at >> 6;
            const int bit = at & 63;
            const uint64_t low = word < n_words ? free_cells[word] : ~(uint64_t)0, high = word + 1 < n_words ? free_cells[word + 1] : ~(uint64_t)0;
            fits &= bit ? low >> bit | high << (64 - bit) : low;
        }
        if (!fits) continue;
        int shift = 0;
        while (!(fits >> shift & 1)) shift++;
        return base + shift;
    }
}

/* Number the characters: the ranked ones that occur, then the others as they come. */
static int number_characters(nlptk_trie *t, const nlptk_words *w, const uint32_t *ranked, int32_t n_ranked)
{
    int32_t n = 1;
    uint8_t *occurs = calloc(NLPTK_CHAR_MASK + 1, 1);
    uint32_t *char_of = malloc(NLPTK_MAX_CODES * sizeof *char_of);
    int status = occurs && char_of ? NLPTK_TRIE_OK : NLPTK_TRIE_MEMORY;
    if (!status) {
        char_of[0] = 0;
        for (int32_t i = 1; i < w->cap; i++)
            if (w->nodes[i].parent >= 0) occurs[w->nodes[i].key & NLPTK_CHAR_MASK] = 1;
        for (int64_t i = 0; i < (int64_t)n_ranked + NLPTK_CHAR_MASK + 1 && !status; i++) {
            const uint32_t c = i < n_ranked ? ranked[i] : (uint32_t)(i - n_ranked);
            if (!occurs[c]) continue;
            occurs[c] = 0;
            if (n == NLPTK_MAX_CODES)
                status = NLPTK_TRIE_FULL;
            else
                char_of[n++] = c;
        }
    }
    if (!status) status = map_codes(t, char_of, n);
    free(occurs), free(char_of);
    return status;
}

int nlptk_trie_build(nlptk_trie *t, const nlptk_words *w, const uint32_t *ranked, int32_t n_ranked)
{
    memset(t, 0, sizeof *t);
    int status = number_characters(t, w, ranked, n_ranked);
    if (status) return status;
    status = NLPTK_TRIE_MEMORY;
    const size_t cap = (size_t)w->cap, n = (size_t)w->n;
    int32_t *start = calloc(cap + 1, sizeof *start), *codes = malloc((n + 1) * sizeof *codes), *base = calloc(cap, sizeof *base);
    int32_t *number = malloc(cap * sizeof *number); /* node -> cell */
    family *families = malloc((n + 1) * sizeof *families);
    int64_t n_bits = 1 << 16, end = t->n_codes;
    uint64_t *free_cells = malloc((size_t)(n_bits / 64) * sizeof *free_cells);
    nlptk_cell *cells = NULL;
    uint16_t *tags = NULL;
    if (!start || !codes || !base || !number || !families || !free_cells) goto done;

    /* children by parent (a counting sort), codes ascending within a family */
    for (size_t i = 1; i < cap; i++)
        if (w->nodes[i].parent >= 0) start[w->nodes[i].parent + 1]++;
    for (size_t i = 0; i < cap; i++) start[i + 1] += start[i];
    int32_t n_families = 0;
    for (size_t s = 0; s < cap; s++)
        if (start[s + 1] > start[s]) families[n_families++] = (family){(int32_t)s, start[s], start[s + 1] - start[s]};
    for (size_t i = 1; i < cap; i++)
        if (w->nodes[i].parent >= 0) codes[start[w->nodes[i].parent]++] = nlptk_trie_code(t, w->nodes[i].key & NLPTK_CHAR_MASK);
    qsort(families, (size_t)n_families, sizeof *families, larger_first);

    memset(free_cells, 0xFF, (size_t)(n_bits / 64) * sizeof *free_cells);
    free_cells[0] &= ~(uint64_t)1; /* the root */
    int64_t first_free = 1, placed = 0, single = 0;
    for (int pass = 0; pass < 2; pass++) /* the root's family comes first, at base 0 */
        for (int32_t f = 0; f < n_families; f++) {
            const family who = families[f];
            if ((who.state == 0) != (pass == 0)) continue;
            const int32_t *mine = codes + who.first;
            int64_t at = 0;
            if (who.state) {
                int32_t smallest = mine[0];
                for (int32_t i = 1; i < who.k; i++)
                    if (mine[i] < smallest) smallest = mine[i];
                while (first_free < n_bits && !(free_cells[first_free >> 6] >> (first_free & 63) & 1)) first_free++;
                int64_t from = first_free > smallest ? first_free - smallest : 1;
                if (f && families[f - 1].k <= FEW && families[f - 1].k != who.k) placed = 0; /* small ones look for gaps again */
                if (from < placed - LOOK_BACK) from = placed - LOOK_BACK;
                if (who.k == 1 && from < single - LOOK_BACK_SINGLE) from = single - LOOK_BACK_SINGLE;
                placed = at = find_base(free_cells, n_bits / 64, mine, who.k, from);
                if (who.k == 1) single = at;
                if (at > INT32_MAX - 2 * NLPTK_MAX_CODES) {
                    status = NLPTK_TRIE_FULL;
                    goto done;
                }
            }
            if (at + t->n_codes > end) end = at + t->n_codes;
            if (end > n_bits) {
                const int64_t bigger = (end + end / 2 + 63) / 64 * 64;
                uint64_t *more = realloc(free_cells, (size_t)(bigger / 64) * sizeof *more);
                if (!more) goto done;
                memset(more + n_bits / 64, 0xFF, (size_t)((bigger - n_bits) / 64) * sizeof *more);
                free_cells = more, n_bits = bigger;
            }
            for (int32_t i = 0; i < who.k; i++) free_cells[(at + mine[i]) >> 6] &= ~((uint64_t)1 << ((at + mine[i]) & 63));
            base[who.state] = (int32_t)at;
        }

    if (!(cells = malloc((size_t)end * sizeof *cells)) || !(tags = calloc((size_t)end, sizeof *tags))) goto done;
    for (int64_t i = 0; i < end; i++) cells[i] = (nlptk_cell){.base = 0, .check = -1, .logf = 0};
    cells[0] = (nlptk_cell){.base = 0, .check = INT32_MIN, .logf = -INFINITY};
    number[0] = 0;
    for (size_t i = 1; i < cap; i++)
        if (w->nodes[i].parent >= 0) number[i] = base[w->nodes[i].parent] + nlptk_trie_code(t, w->nodes[i].key & NLPTK_CHAR_MASK);
    for (size_t i = 1; i < cap; i++) {
        const nlptk_node node = w->nodes[i];
        if (node.parent < 0) continue;
        const bool word = !isnan(node.logf) && node.logf != -INFINITY;
        cells[number[i]] = (nlptk_cell){.base = base[i], .check = number[node.parent], .logf = word ? node.logf : -INFINITY};
        tags[number[i]] = word ? (uint16_t)(node.key >> NLPTK_CHAR_BITS) : 0;
        t->n_words += word;
    }
    t->cells = cells, t->tags = tags, t->n_cells = (int32_t)end, t->owns_cells = true;
    cells = NULL, tags = NULL;
    status = map_beginnings(t);
done:
    free(start), free(codes), free(base), free(number), free(families), free(free_cells), free(cells), free(tags);
    return status;
}

int32_t nlptk_trie_check(const nlptk_cell *cells, int32_t n_cells, int32_t n_codes)
{
    if (n_cells < 1 || n_codes < 1 || n_codes > n_cells || cells[0].base != 0 || cells[0].check != INT32_MIN ||
        cells[0].logf != -INFINITY)
        return 0;
    const int32_t last = n_cells - n_codes;
    for (int32_t i = 1; i < n_cells; i++) {
        if (cells[i].check < 0) {
            if (cells[i].base != 0) return i; /* looked at before it is known to be free */
            continue;
        }
        /* written so that NaN fails too; log of the largest frequency, 2^44, is 30.5 */
        const bool weight = cells[i].logf == -INFINITY || (cells[i].logf >= 0 && cells[i].logf < 31);
        if (cells[i].base < 0 || cells[i].base > last || cells[i].check >= n_cells || !weight) return i;
        const int64_t code = (int64_t)i - cells[cells[i].check].base;
        if (code < 1 || code >= n_codes) return i;
    }
    return -1;
}

ptrdiff_t nlptk_trie_word(const nlptk_trie *t, int32_t state, uint32_t *out, ptrdiff_t cap)
{
    ptrdiff_t n = 0;
    for (; state; n++) { /* from the last character to the first, then turned round */
        const int32_t parent = t->cells[state].check;
        if (n == cap || parent < 0) return -1;
        out[n] = t->char_of[state - t->cells[parent].base];
        state = parent;
    }
    for (ptrdiff_t i = 0; i < n / 2; i++) {
        const uint32_t swap = out[i];
        out[i] = out[n - 1 - i];
        out[n - 1 - i] = swap;
    }
    return n;
}
