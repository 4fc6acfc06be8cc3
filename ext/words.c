/* ext/words.c   A trie that words can be added to: its nodes in one open-addressing hash table, keyed by (parent, character).

   16 bytes a node; the table grows by a tenth when four fifths are taken, so a node costs 20 to 22 bytes. */
#include "nlptk/trie.h"
#include <stdlib.h>
#include <string.h>

static int make_table(nlptk_words *w, int64_t cap)
{
    if (cap > INT32_MAX) return NLPTK_TRIE_FULL;
    if (!(w->nodes = malloc((size_t)cap * sizeof *w->nodes))) return NLPTK_TRIE_MEMORY;
    for (int64_t i = 0; i < cap; i++) w->nodes[i].parent = -1;
    w->nodes[0] = (nlptk_node){-1, 0, NAN};
    w->cap = (int32_t)cap;
    return NLPTK_TRIE_OK;
}

int nlptk_words_init(nlptk_words *w, int32_t n_expected)
{
    memset(w, 0, sizeof *w);
    return make_table(w, 64 + (int64_t)n_expected + n_expected / 4);
}

void nlptk_words_free(nlptk_words *w)
{
    free(w->nodes);
    memset(w, 0, sizeof *w);
}

static int32_t put(nlptk_words *w, nlptk_node node)
{
    int32_t i = nlptk_words_slot(w, node.parent, node.key & NLPTK_CHAR_MASK);
    while (w->nodes[i].parent >= 0) i = i + 1 == w->cap ? 1 : i + 1;
    w->nodes[i] = node;
    return i;
}

/* A larger table; a node's number is its slot, so parents move before their children. */
static int grow(nlptk_words *w, int64_t cap)
{
    nlptk_words bigger = *w;
    const int status = make_table(&bigger, cap);
    if (status) return status;
    int32_t *moved = calloc((size_t)w->cap, sizeof *moved); /* old number -> new; 0: not moved yet */
    if (!moved) {
        free(bigger.nodes);
        return NLPTK_TRIE_MEMORY;
    }
    for (int32_t i = 1; i < w->cap; i++) {
        if (w->nodes[i].parent < 0 || moved[i]) continue;
        /* up to the first ancestor that has moved, marking the way with -(where it came from), and down again */
        int32_t top = i, from = 0;
        for (int32_t j = i; j && moved[j] <= 0; from = j, j = w->nodes[j].parent) moved[j] = -from, top = j;
        for (int32_t j = top; j;) {
            const int32_t below = -moved[j];
            nlptk_node node = w->nodes[j];
            node.parent = node.parent ? moved[node.parent] : 0;
            moved[j] = put(&bigger, node);
            j = below;
        }
    }
    free(moved);
    free(w->nodes);
    *w = bigger;
    return NLPTK_TRIE_OK;
}

int nlptk_words_reserve(nlptk_words *w, int64_t n)
{
    const int64_t needed = (w->n + n) * 5 / 4 + 64;
    if (needed <= w->cap) return NLPTK_TRIE_OK;
    const int64_t larger = (int64_t)w->cap + w->cap / 10 + 64;
    return grow(w, needed > larger ? needed : larger);
}

int32_t nlptk_words_insert(nlptk_words *w, const uint32_t *word, ptrdiff_t n)
{
    const int status = nlptk_words_reserve(w, n);
    if (status) return status;
    int32_t s = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const int32_t t = nlptk_words_child(w, s, word[i]);
        if (t >= 0)
            s = t;
        else {
            s = put(w, (nlptk_node){s, word[i], NAN});
            w->n++;
        }
    }
    return s;
}

ptrdiff_t nlptk_words_word(const nlptk_words *w, int32_t node, uint32_t *out, ptrdiff_t cap)
{
    ptrdiff_t n = 0;
    for (int32_t i = node; i; i = w->nodes[i].parent) n++;
    if (n > cap) return -1;
    for (ptrdiff_t at = n; node; node = w->nodes[node].parent) out[--at] = w->nodes[node].key & NLPTK_CHAR_MASK;
    return n;
}
