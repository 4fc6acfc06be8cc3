#include "nlptk/features.h"

#include <stdlib.h>
#include <string.h>

#include "nlptk/simd.h"

#define AHEAD 24 /* entries that are fetched before they are needed */
#define MIX_A 0x9FB21C651E98DF25u
#define MIX_B 0xBF58476D1CE4E5B9u

struct nlptk_scratch {
    uint64_t *before, *after; /* hashes of _B-1, _B-2, ... and of _B+1, ... */
    uint64_t *hashes;         /* kind by row */
    uint64_t *keys;
    nlptk_entry *entries; /* of each key */
    size_t *macro_at;     /* where the key of a macro for item 0 is */
    uint32_t *text;
    uint8_t *matches; /* dictionary by item */
};

/* ---- texts of cells ---- */

uint64_t nlptk_text_hash(const uint32_t *text, size_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u + n;
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        h = (h ^ (text[i] | (uint64_t)text[i + 1] << 32)) * MIX_A;
        h ^= h >> 32;
    }
    if (i < n) {
        h = (h ^ text[i]) * MIX_A;
        h ^= h >> 32;
    }
    h *= MIX_B;
    h ^= h >> 29;
    return h ? h : 1;
}

static int is_numeral(uint32_t c)
{
    static const uint16_t numerals[] = {0x4E00, 0x4E03, 0x4E07, 0x4E09, 0x4E24, 0x4E5D, 0x4E8C, 0x4E94, 0x4EBF, 0x4EDF, 0x4F0D, 0x4F70,
                                        0x5104, 0x516B, 0x516D, 0x5341, 0x5343, 0x5345, 0x53C1, 0x56DB, 0x58F9, 0x5EFF, 0x62FE, 0x634C,
                                        0x67D2, 0x7396, 0x767E, 0x8086, 0x842C, 0x8D30, 0x9646, 0x96F6};
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (numerals[i] == c) return 1;
    return 0;
}

char nlptk_character_class(uint32_t c)
{
    if (c < 0x80) {
        if (c - 'a' < 26u) return 'x';
        if (c - 'A' < 26u) return 'X';
        if (c - '0' < 10u) return 'd';
        if (c == ' ' || c - 9u < 5u) return 's';
        return c < ' ' || c == 0x7F ? 'o' : 'p';
    }
    if ((c >= 0x3400 && c < 0xA000 && !(c >= 0x4DC0 && c < 0x4E00)) || (c >= 0xF900 && c < 0xFB00) || (c >= 0x20000 && c < 0x34000))
        return c < 0xA000 && is_numeral(c) ? 'n' : 'C';
    if (c < 0x250) {
        if (c == 0x85 || c == 0xA0) return 's';
        if (c < 0xA0) return 'o';
        if (c < 0xC0 || c == 0xD7 || c == 0xF7) return c == 0xAA || c == 0xB5 || c == 0xBA ? 'x' : 'p';
        if (c < 0x100) return c < 0xDF ? 'X' : 'x';
        return c & 1 ? 'x' : 'X';
    }
    if (c >= 0x386 && c < 0x3CF) return c == 0x387 ? 'p' : c < 0x3AC && c != 0x390 ? 'X' : 'x';
    if (c >= 0x400 && c < 0x500) return c < 0x430 ? 'X' : c < 0x460 ? 'x' : c & 1 ? 'x' : 'X';
    if (c >= 0x2000 && c < 0x2070)
        return c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ? 's' : 'p';
    if ((c >= 0x20A0 && c < 0x20D0) || (c >= 0x2190 && c < 0x2300) || (c >= 0x2500 && c < 0x2800)) return 'p';
    if ((c >= 0x2150 && c < 0x2190) || (c >= 0x2460 && c < 0x2500)) return 'd';
    if (c >= 0x3000 && c < 0x3040) return c == 0x3000 ? 's' : c == 0x3007 ? 'n' : 'p';
    if ((c >= 0x3041 && c < 0x3100) || (c >= 0x31F0 && c < 0x3200)) return c == 0x30FB ? 'p' : 'k';
    if ((c >= 0xAC00 && c < 0xD7A4) || (c >= 0x1100 && c < 0x1200) || (c >= 0x3131 && c < 0x318F)) return 'g';
    if (c >= 0xFE10 && c < 0xFE70) return c < 0xFE20 || c >= 0xFE30 ? 'p' : 'o';
    if (c >= 0xFF01 && c < 0xFF5F) return nlptk_character_class(c - 0xFEE0);
    if (c >= 0xFF5F && c < 0xFF66) return 'p';
    if (c >= 0xFF66 && c < 0xFF9E) return 'k';
    if (c >= 0xFFE0 && c < 0xFFE7) return 'p';
    return 'o';
}

static uint32_t fold(uint32_t c)
{
    if (c >= 0xFF01 && c < 0xFF5F) c -= 0xFEE0;
    if (c < 0x80) return c - 'A' < 26u ? c + 32 : c - '0' < 10u ? '0' : c;
    if (c == 0x3000) return ' ';
    if ((c >= 0xC0 && c < 0xDF && c != 0xD7) || (c >= 0x391 && c < 0x3AA && c != 0x3A2) || (c >= 0x410 && c < 0x430)) return c + 32;
    if (c >= 0x400 && c < 0x410) return c + 80;
    return c;
}

static size_t number_text(uint32_t number, uint32_t *out)
{
    uint32_t digits[10];
    size_t n = 0, i;
    do digits[n++] = '0' + number % 10;
    while (number /= 10);
    for (i = 0; i < n; i++) out[i] = digits[n - 1 - i];
    return n;
}

ptrdiff_t nlptk_cell_text(const nlptk_cell_kind *kind, const uint32_t *text, size_t n, uint32_t *out, const uint32_t **result)
{
    const size_t wanted = (size_t)kind->argument;
    size_t length = 0;
    *result = out;
    switch (kind->function) {
    case NLPTK_CELL_COPY:
        *result = text;
        return (ptrdiff_t)n;
    case NLPTK_CELL_PREFIX:
        *result = text;
        return n < wanted ? -1 : (ptrdiff_t)wanted;
    case NLPTK_CELL_SUFFIX:
        if (n < wanted) return -1;
        *result = text + (n - wanted);
        return (ptrdiff_t)wanted;
    case NLPTK_CELL_FOLD:
        for (size_t i = 0; i < n; i++) out[i] = fold(text[i]);
        return (ptrdiff_t)n;
    case NLPTK_CELL_CLASS:
    case NLPTK_CELL_SHAPE:
        for (size_t i = 0; i < n && length < NLPTK_CLASSES_MAX; i++) {
            const uint32_t class = (uint32_t)nlptk_character_class(text[i]);
            if (kind->function == NLPTK_CELL_CLASS || !length || out[length - 1] != class) out[length++] = class;
        }
        return (ptrdiff_t)length;
    default: return (ptrdiff_t)number_text(n < NLPTK_LENGTH_MAX ? (uint32_t)n : NLPTK_LENGTH_MAX, out);
    }
}

static size_t boundary_text(int64_t rows, uint32_t *out) /* rows < 0: before the sentence */
{
    out[0] = '_';
    out[1] = 'B';
    out[2] = rows < 0 ? '-' : '+';
    return 3 + number_text((uint32_t)(rows < 0 ? -rows : rows), out + 3);
}

static size_t match_text(uint8_t match, uint32_t *out)
{
    out[0] = (uint32_t)"OBMES"[match >> 4];
    if (!match) return 1;
    out[1] = '0' + (match & 15);
    return 2;
}

/* ---- dictionaries ---- */

static inline uint64_t prefix_hash(uint64_t h, uint32_t c)
{
    h = (h ^ c) * MIX_A;
    return h ^ h >> 32;
}

int nlptk_prefixes_add(uint64_t *slots, uint64_t mask, const uint32_t *word, size_t n)
{
    uint64_t h = MIX_B;
    for (size_t i = 0; i < n; i++) {
        h = prefix_hash(h, word[i]);
        const uint64_t key = (h | 2) & ~(uint64_t)1;
        uint64_t at = h >> 8 & mask, tries = 0;
        while (slots[at] && (slots[at] & ~(uint64_t)1) != key) {
            if (tries++ > mask) return NLPTK_FEATURES_MANY;
            at = (at + 1) & mask;
        }
        slots[at] |= key | (i + 1 == n);
    }
    return NLPTK_FEATURES_OK;
}

static inline int find_prefix(const nlptk_prefixes *d, uint64_t h) /* 0: none, 1: a prefix only, 2: a word */
{
    const uint64_t key = (h | 2) & ~(uint64_t)1;
    for (uint64_t at = h >> 8 & d->mask; d->slots[at]; at = (at + 1) & d->mask)
        if ((d->slots[at] & ~(uint64_t)1) == key) return d->slots[at] & 1 ? 2 : 1;
    return 0;
}

/* Longest matches from the left. */
static void match(const nlptk_prefixes *d, const nlptk_rows *rows, int32_t n_columns, int32_t column, int64_t begin, int64_t n,
                  uint8_t *matches)
{
    for (int64_t t = 0; t < n;) {
        uint64_t h = MIX_B;
        int64_t longest = 0;
        int found = 1;
        for (int64_t u = t; u < n && found; u++) {
            const int64_t *const ends = &rows->ends[(begin + u) * n_columns + column];
            for (int64_t i = ends[0]; i < ends[1] && found; i++) {
                h = prefix_hash(h, rows->chars[i]);
                found = find_prefix(d, h);
            }
            if (found == 2 && ends[0] < ends[1]) longest = u - t + 1;
        }
        const uint8_t length = (uint8_t)(longest < NLPTK_MATCH_MAX ? longest : NLPTK_MATCH_MAX);
        if (longest <= 1) {
            matches[t++] = longest ? (uint8_t)(4 << 4 | 1) : 0;
            continue;
        }
        for (int64_t u = 0; u < longest; u++) matches[t + u] = (uint8_t)((u == 0 ? 1 : u == longest - 1 ? 3 : 2) << 4 | length);
        t += longest;
    }
}

/* ---- keys ---- */

nlptk_scratch *nlptk_scratch_new(const nlptk_template *m, int64_t longest_sentence, int64_t longest_cell)
{
    const size_t longest = (size_t)longest_sentence, rows = longest + (size_t)m->before + (size_t)m->after;
    size_t keys = 1;
    for (int32_t i = 0; i < m->n_patterns; i++) keys += longest + (size_t)(m->patterns[i].high - m->patterns[i].low);
    nlptk_scratch *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->before = malloc(((size_t)m->before + 1) * sizeof *s->before);
    s->after = malloc(((size_t)m->after + 1) * sizeof *s->after);
    s->hashes = malloc((rows * (size_t)m->n_kinds + 1) * sizeof *s->hashes);
    s->keys = malloc((keys + AHEAD) * sizeof *s->keys);
    s->entries = malloc(keys * sizeof *s->entries);
    s->macro_at = malloc(((size_t)m->n_macros + 1) * sizeof *s->macro_at);
    s->text = malloc(((size_t)longest_cell + 16) * sizeof *s->text);
    s->matches = malloc(longest * (size_t)m->n_dictionaries + 1);
    if (!s->before || !s->after || !s->hashes || !s->keys || !s->entries || !s->macro_at || !s->text || !s->matches) {
        nlptk_scratch_free(s);
        return NULL;
    }
    for (int32_t i = 0; i < m->before; i++) s->before[i] = nlptk_text_hash(s->text, boundary_text(-1 - i, s->text));
    for (int32_t i = 0; i < m->after; i++) s->after[i] = nlptk_text_hash(s->text, boundary_text(1 + i, s->text));
    return s;
}

void nlptk_scratch_free(nlptk_scratch *s)
{
    if (!s) return;
    free(s->before);
    free(s->after);
    free(s->hashes);
    free(s->keys);
    free(s->entries);
    free(s->macro_at);
    free(s->text);
    free(s->matches);
    free(s);
}

/* Hashes of the cells of a sentence, kind by kind, with what lies before and after it; 0 where there is no such cell. */
static void hash_cells(const nlptk_template *m, const nlptk_rows *rows, int64_t begin, int64_t n, nlptk_scratch *s)
{
    uint64_t *h = s->hashes;
    for (int32_t k = 0; k < m->n_kinds; k++) {
        const nlptk_cell_kind *const kind = &m->kinds[k];
        for (int32_t i = 0; i < m->before; i++) *h++ = s->before[m->before - 1 - i];
        if (kind->function == NLPTK_CELL_DICTIONARY) {
            uint8_t *const matches = s->matches + (size_t)kind->argument * (size_t)n;
            match(&m->dictionaries[kind->argument], rows, m->n_columns, kind->column, begin, n, matches);
            for (int64_t t = 0; t < n; t++) *h++ = nlptk_text_hash(s->text, match_text(matches[t], s->text));
        } else {
            const int64_t *ends = rows->ends + begin * m->n_columns + kind->column;
            for (int64_t t = 0; t < n; t++, ends += m->n_columns) {
                const uint32_t *text;
                const ptrdiff_t length = nlptk_cell_text(kind, rows->chars + ends[0], (size_t)(ends[1] - ends[0]), s->text, &text);
                *h++ = length < 0 ? 0 : nlptk_text_hash(text, (size_t)length);
            }
        }
        for (int32_t i = 0; i < m->after; i++) *h++ = s->after[i];
    }
}

/* Keys of all patterns, one after the other, at all their positions; 0 where a cell is missing. Returns how many. */
static size_t make_keys(const nlptk_template *m, int64_t n, nlptk_scratch *s)
{
    const size_t stride = (size_t)(n + m->before + m->after);
    uint64_t *keys = s->keys;
    for (int32_t i = 0; i < m->n_patterns; i++) {
        const nlptk_pattern *const p = &m->patterns[i];
        const nlptk_cell *const cells = m->cells + p->first_cell;
        const size_t positions = (size_t)(n + p->high - p->low);
        for (size_t j = 0; j < positions; j++) keys[j] = p->seed;
        for (int32_t c = 0; c < p->n_cells; c++) {
            const uint64_t *const h = s->hashes + (size_t)cells[c].kind * stride + (size_t)(m->before + p->low + cells[c].row);
            for (size_t j = 0; j < positions; j++) {
                uint64_t key = (keys[j] ^ h[j]) * MIX_A;
                key ^= key >> 32;
                key |= !key;
                keys[j] = keys[j] && h[j] ? key : 0;
            }
        }
        keys += positions;
    }
    return (size_t)(keys - s->keys);
}

static void locate_macros(const nlptk_template *m, int64_t n, size_t *macro_at)
{
    /* patterns and macros are few; a second loop over patterns would be quadratic */
    size_t at = 0;
    int32_t k = 0;
    for (int32_t i = 0; i < m->n_patterns; i++) {
        for (; k < m->n_macros && m->macros[k].pattern == i; k++) macro_at[k] = at + (size_t)(m->macros[k].shift - m->patterns[i].low);
        at += (size_t)(n + m->patterns[i].high - m->patterns[i].low);
    }
}

static inline uint32_t bits_below(uint32_t mask, int32_t slot)
{
    return (uint32_t)__builtin_popcount(mask & (((uint32_t)1 << slot) - 1));
}

/* ---- table ---- */

int nlptk_table_init(nlptk_table *t, uint64_t n)
{
    uint64_t size = 64;
    while (size < n + n / 2) size *= 2; /* at most two thirds taken */
    t->used = 0;
    t->mask = size - 1;
    t->entries = size > SIZE_MAX / sizeof *t->entries ? NULL : calloc(size, sizeof *t->entries);
    return t->entries ? NLPTK_FEATURES_OK : NLPTK_FEATURES_MEMORY;
}

void nlptk_table_free(nlptk_table *t)
{
    free(t->entries);
    t->entries = NULL;
}

static inline uint64_t place_of(const nlptk_table *t, uint64_t key)
{
    return key * MIX_B >> 20 & t->mask;
}

static inline nlptk_entry *find(const nlptk_table *t, uint64_t key) /* the entry, or the free one where it would be */
{
    uint64_t at = place_of(t, key);
    while (t->entries[at].key && t->entries[at].key != key) at = (at + 1) & t->mask;
    return &t->entries[at];
}

const nlptk_entry *nlptk_table_find(const nlptk_table *t, uint64_t key)
{
    const nlptk_entry *const entry = find(t, key);
    return entry->key ? entry : NULL;
}

nlptk_entry *nlptk_table_add(nlptk_table *t, uint64_t key)
{
    nlptk_entry *entry = find(t, key);
    if (entry->key) return entry;
    if ((t->used + 1) * 3 > (t->mask + 1) * 2) {
        nlptk_table larger;
        if (nlptk_table_init(&larger, (t->mask + 1) * 4 / 3)) return NULL;
        for (uint64_t i = 0; i <= t->mask; i++)
            if (t->entries[i].key) *find(&larger, t->entries[i].key) = t->entries[i];
        larger.used = t->used;
        nlptk_table_free(t);
        *t = larger;
        entry = find(t, key);
    }
    t->used++;
    *entry = (nlptk_entry){key, UINT32_MAX, 0};
    return entry;
}

int64_t nlptk_table_fill(nlptk_table *t, const uint64_t *keys, const void *masks, int width, int64_t n)
{
    uint64_t next = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n) __builtin_prefetch(&t->entries[place_of(t, keys[i + AHEAD])], 1);
        uint32_t mask = 0;
        memcpy(&mask, (const char *)masks + i * width, (size_t)width); /* little-endian */
        if (keys[i]) {
            nlptk_entry *entry = find(t, keys[i]);
            if (!entry->key) {
                t->used++;
                *entry = (nlptk_entry){keys[i], (uint32_t)next, mask};
            }
        }
        next += (uint64_t)__builtin_popcount(mask);
    }
    return (int64_t)next;
}

/* ---- encoding ---- */

NLPTK_CLONES
static void look_up(const nlptk_table *table, const uint64_t *keys, size_t n, nlptk_entry *entries)
{
    for (size_t i = 0; i < n && i < AHEAD; i++) __builtin_prefetch(&table->entries[place_of(table, keys[i])]);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) __builtin_prefetch(&table->entries[place_of(table, keys[i + AHEAD])]);
        entries[i] = keys[i] ? *find(table, keys[i]) : (nlptk_entry){0, 0, 0}; /* the free entry has an empty mask */
    }
}

NLPTK_CLONES
static size_t emit(const nlptk_template *m, const nlptk_entry *entries, const size_t *macro_at, int64_t n, int64_t *indptr,
                   int64_t before, uint32_t *indices)
{
    size_t written = 0;
    for (int64_t t = 0; t < n; t++) {
        for (int32_t k = 0; k < m->n_macros; k++) {
            const nlptk_entry *const e = &entries[macro_at[k] + (size_t)t];
            const int32_t slot = m->macros[k].slot;
            indices[written] = e->first + bits_below(e->mask, slot);
            written += e->mask >> slot & 1;
        }
        indptr[t] = before + (int64_t)written;
    }
    return written;
}

int64_t nlptk_encode(const nlptk_template *m, const nlptk_table *table, const nlptk_rows *rows, int64_t first, int64_t last,
                     int64_t *indptr, uint32_t *indices, nlptk_scratch *s)
{
    int64_t written = 0;
    for (int64_t i = first; i < last; i++) {
        const int64_t begin = rows->starts[i], n = rows->starts[i + 1] - begin;
        if (!n) continue;
        hash_cells(m, rows, begin, n, s);
        look_up(table, s->keys, make_keys(m, n, s), s->entries);
        locate_macros(m, n, s->macro_at);
        written += (int64_t)emit(m, s->entries, s->macro_at, n, indptr, written, indices + written);
        indptr += n;
    }
    return written;
}

/* ---- learning ---- */

int nlptk_collector_init(nlptk_collector *c)
{
    memset(c, 0, sizeof *c);
    if (nlptk_table_init(&c->table, 1 << 12) || nlptk_table_init(&c->texts, 1 << 12)) return NLPTK_FEATURES_MEMORY;
    c->text_ends = calloc(1, sizeof *c->text_ends);
    return c->text_ends ? NLPTK_FEATURES_OK : NLPTK_FEATURES_MEMORY;
}

void nlptk_collector_free(nlptk_collector *c)
{
    nlptk_table_free(&c->table);
    nlptk_table_free(&c->texts);
    free(c->keys);
    free(c->counts);
    free(c->counts_at);
    free(c->cells);
    free(c->cells_at);
    free(c->patterns);
    free(c->found);
    free(c->text);
    free(c->text_ends);
    memset(c, 0, sizeof *c);
}

static int resize(void *pointer, size_t n, size_t size) /* pointer: to a pointer to whatever */
{
    void *old, *larger;
    memcpy(&old, pointer, sizeof old);
    if (size && n > SIZE_MAX / size) return NLPTK_FEATURES_MEMORY;
    larger = realloc(old, n * size);
    if (!larger) return NLPTK_FEATURES_MEMORY;
    memcpy(pointer, &larger, sizeof larger);
    return NLPTK_FEATURES_OK;
}

static int grow(uint32_t needed, uint32_t *cap) /* 1: to a larger *cap, 0: there is room */
{
    if (needed <= *cap) return 0;
    uint64_t larger = *cap < 1024 ? 1024 : (uint64_t)*cap * 2;
    if (larger < needed) larger = needed;
    *cap = larger > UINT32_MAX ? UINT32_MAX : (uint32_t)larger;
    return 1;
}

/* The number of the text of a cell; UINT32_MAX: out of memory. */
static uint32_t intern(nlptk_collector *c, uint64_t hash, const uint32_t *text, size_t n)
{
    nlptk_entry *const entry = nlptk_table_add(&c->texts, hash);
    if (!entry || entry->first != UINT32_MAX) return entry ? entry->first : UINT32_MAX;
    if (grow(c->n_texts + 1, &c->cap_texts) && resize(&c->text_ends, (size_t)c->cap_texts + 1, sizeof *c->text_ends)) return UINT32_MAX;
    if (c->n_text + n > c->cap_text) {
        c->cap_text = (c->n_text + n) * 2 + 1024;
        if (resize(&c->text, c->cap_text, sizeof *c->text)) return UINT32_MAX;
    }
    if (n) memcpy(c->text + c->n_text, text, n * sizeof *text);
    c->n_text += n;
    c->text_ends[c->n_texts + 1] = (int64_t)c->n_text;
    return entry->first = c->n_texts++;
}

static int add_record(nlptk_collector *c, const nlptk_template *m, const nlptk_rows *rows, int64_t begin, int64_t n, int32_t pattern,
                      int64_t position, uint64_t key, nlptk_scratch *s)
{
    const nlptk_pattern *const p = &m->patterns[pattern];
    if (c->n >= UINT32_MAX - 1 || c->n_counts > UINT32_MAX - NLPTK_SLOTS || c->n_cells > UINT32_MAX - (uint32_t)p->n_cells)
        return NLPTK_FEATURES_MANY;
    if (grow(c->n + 1, &c->cap) &&
        (resize(&c->keys, c->cap, sizeof *c->keys) || resize(&c->counts_at, c->cap, sizeof *c->counts_at) ||
         resize(&c->cells_at, c->cap, sizeof *c->cells_at) || resize(&c->patterns, c->cap, sizeof *c->patterns)))
        return NLPTK_FEATURES_MEMORY;
    if (grow(c->n_counts + (uint32_t)p->n_slots, &c->cap_counts) && resize(&c->counts, c->cap_counts, sizeof *c->counts))
        return NLPTK_FEATURES_MEMORY;
    if (grow(c->n_cells + (uint32_t)p->n_cells, &c->cap_cells) && resize(&c->cells, c->cap_cells, sizeof *c->cells))
        return NLPTK_FEATURES_MEMORY;
    c->keys[c->n] = key;
    c->patterns[c->n] = (uint16_t)pattern;
    c->counts_at[c->n] = c->n_counts;
    c->cells_at[c->n] = c->n_cells;
    for (int32_t i = 0; i < p->n_slots; i++) c->counts[c->n_counts++] = 0;
    for (int32_t i = 0; i < p->n_cells; i++) {
        const nlptk_cell *const cell = &m->cells[p->first_cell + i];
        const nlptk_cell_kind *const kind = &m->kinds[cell->kind];
        const int64_t t = position + cell->row;
        const uint64_t hash = s->hashes[(size_t)cell->kind * (size_t)(n + m->before + m->after) + (size_t)(m->before + t)];
        const uint32_t *text = s->text;
        ptrdiff_t length;
        if (t < 0 || t >= n) {
            length = (ptrdiff_t)boundary_text(t < 0 ? t : t - n + 1, s->text);
        } else if (kind->function == NLPTK_CELL_DICTIONARY) {
            length = (ptrdiff_t)match_text(s->matches[(size_t)kind->argument * (size_t)n + (size_t)t], s->text);
        } else {
            const int64_t *const ends = rows->ends + (begin + t) * m->n_columns + kind->column;
            length = nlptk_cell_text(kind, rows->chars + ends[0], (size_t)(ends[1] - ends[0]), s->text, &text);
        }
        const uint32_t number = intern(c, hash, text, (size_t)length);
        if (number == UINT32_MAX) return NLPTK_FEATURES_MEMORY;
        c->cells[c->n_cells++] = number;
    }
    c->n++;
    return NLPTK_FEATURES_OK;
}

int nlptk_collect(nlptk_collector *c, const nlptk_template *m, const nlptk_rows *rows, int64_t first, int64_t last, nlptk_scratch *s)
{
    for (int64_t i = first; i < last; i++) {
        const int64_t begin = rows->starts[i], n = rows->starts[i + 1] - begin;
        if (!n) continue;
        hash_cells(m, rows, begin, n, s);
        const size_t n_keys = make_keys(m, n, s);
        if (c->n_found + n_keys > c->cap_found) {
            c->cap_found = (c->n_found + n_keys) * 2;
            if (resize(&c->found, c->cap_found, sizeof *c->found)) return NLPTK_FEATURES_MEMORY;
        }
        uint32_t *const found = c->found + c->n_found;
        const uint64_t *key = s->keys;
        size_t at = 0;
        for (int32_t p = 0; p < m->n_patterns; p++) {
            for (int64_t position = m->patterns[p].low; position < n + m->patterns[p].high; position++, at++) {
                if (at + AHEAD < n_keys) __builtin_prefetch(&c->table.entries[place_of(&c->table, key[at + AHEAD])]);
                found[at] = NLPTK_NO_RECORD;
                if (!key[at]) continue;
                nlptk_entry *const entry = nlptk_table_add(&c->table, key[at]);
                if (!entry) return NLPTK_FEATURES_MEMORY;
                if (entry->first == UINT32_MAX) {
                    const uint32_t record = c->n;
                    const int status = add_record(c, m, rows, begin, n, p, position, key[at], s);
                    if (status) return status;
                    entry->first = record;
                }
                found[at] = entry->first;
            }
        }
        locate_macros(m, n, s->macro_at);
        for (int32_t k = 0; k < m->n_macros; k++) {
            const uint32_t *const records = found + s->macro_at[k];
            const uint32_t slot = (uint32_t)m->macros[k].slot;
            for (int64_t t = 0; t < n; t++) {
                if (records[t] == NLPTK_NO_RECORD) continue;
                uint32_t *const count = &c->counts[c->counts_at[records[t]] + slot];
                *count += *count < UINT32_MAX;
            }
        }
        c->n_found += n_keys;
    }
    return NLPTK_FEATURES_OK;
}

#define FREQUENCIES 65536 /* that are told apart in the order of records */

int64_t nlptk_collector_number(const nlptk_collector *c, uint32_t min_freq, uint32_t *masks, uint32_t *firsts, uint32_t *order,
                               int64_t *n_attributes)
{
    uint32_t *const places = calloc(FREQUENCIES + 1, sizeof *places), least = min_freq ? min_freq : 1;
    int64_t kept = 0;
    uint64_t next = 0;
    if (!places) return NLPTK_FEATURES_MEMORY;
    for (uint32_t r = 0; r < c->n; r++) {
        const uint32_t end = r + 1 < c->n ? c->counts_at[r + 1] : c->n_counts;
        uint64_t total = 0;
        masks[r] = 0;
        for (uint32_t i = c->counts_at[r]; i < end; i++) {
            if (c->counts[i] < least) continue;
            masks[r] |= (uint32_t)1 << (i - c->counts_at[r]);
            total += c->counts[i];
        }
        firsts[r] = (uint32_t)(total < FREQUENCIES ? total : FREQUENCIES - 1); /* until it is its first attribute */
        if (total) {
            places[FREQUENCIES - firsts[r]]++;
            kept++;
        }
    }
    for (uint32_t i = 0; i < FREQUENCIES; i++) places[i + 1] += places[i];
    for (uint32_t r = 0; r < c->n; r++)
        if (masks[r]) order[places[FREQUENCIES - firsts[r] - 1]++] = r;
    free(places);
    for (int64_t i = 0; i < kept; i++) {
        firsts[order[i]] = (uint32_t)next;
        next += (uint64_t)__builtin_popcount(masks[order[i]]);
    }
    *n_attributes = (int64_t)next;
    return next >= UINT32_MAX ? NLPTK_FEATURES_MANY : kept;
}

NLPTK_CLONES
int64_t nlptk_collector_encode(const nlptk_collector *c, const nlptk_template *m, const int64_t *starts, int64_t n_sentences,
                               const uint32_t *masks, const uint32_t *firsts, int64_t *indptr, uint32_t *indices)
{
    int64_t written = 0;
    size_t at = 0;
    size_t *const macro_at = malloc(((size_t)m->n_macros + 1) * sizeof *macro_at);
    if (!macro_at) return NLPTK_FEATURES_MEMORY;
    for (int64_t i = 0; i < n_sentences; i++) {
        const int64_t n = starts[i + 1] - starts[i];
        if (!n) continue;
        locate_macros(m, n, macro_at);
        for (int64_t t = 0; t < n; t++) {
            for (int32_t k = 0; k < m->n_macros; k++) {
                const uint32_t record = c->found[at + macro_at[k] + (size_t)t];
                if (record == NLPTK_NO_RECORD) continue;
                const int32_t slot = m->macros[k].slot;
                if (masks[record] >> slot & 1) indices[written++] = firsts[record] + bits_below(masks[record], slot);
            }
            *indptr++ = written;
        }
        for (int32_t p = 0; p < m->n_patterns; p++) at += (size_t)(n + m->patterns[p].high - m->patterns[p].low);
    }
    free(macro_at);
    return written;
}
