#include "nlptk/ngram_estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nlptk/vocabulary.h"

#define NONE UINT32_MAX
#define SPLIT_BITS 6 /* a part that does not fit into memory is split by so many bits of its keys */
#define LOG10_OF_2 0.30102999566398119521

typedef struct {
    uint64_t key; /* suffix << word_bits | first word */
    uint32_t context, position;
} record;

typedef struct {
    uint32_t position, id;
} placed;

typedef struct {
    uint32_t context, id, count; /* the sign bit of id: pruned; that of context: it begins with <s> */
} in_context;

typedef struct {
    uint32_t id;
    float discounted, weight; /* (c - D) / S of an n-gram and the share of the lower order in its context */
} smoothed;

#define PRUNED 0x80000000u
#define STARTS 0x80000000u

/* Append a record of a type to a spool; `return`s the status on failure. */
#define APPEND(spool, type, ...)                                                  \
    do {                                                                          \
        int append_status_ = 0;                                                   \
        type *to_ = nlptk_spool_next((spool), sizeof(type), &append_status_);     \
        if (!to_) return append_status_;                                          \
        *to_ = (type)__VA_ARGS__;                                                 \
    } while (0)

void nlptk_ngrams_init(nlptk_ngrams *m, int order, size_t block_bytes, size_t limit)
{
    memset(m, 0, sizeof *m);
    m->order = order;
    nlptk_pool_init(&m->pool, block_bytes, limit);
    nlptk_spool_init(&m->words, &m->pool);
    nlptk_spool_init(&m->ids, &m->pool);
    for (int i = 0; i < NLPTK_NGRAM_MAX_PARTS; i++) {
        nlptk_spool_init(&m->parts[i], &m->pool);
        nlptk_spool_init(&m->by_position[i], &m->pool);
    }
    for (int n = 0; n <= order; n++) {
        nlptk_ngram_level *level = &m->levels[n];
        nlptk_spool *all[] = {&level->suffix,     &level->first,    &level->context,     &level->count,
                              &level->extensions, &level->adjusted, &level->probability, &level->backoff};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) nlptk_spool_init(all[i], &m->pool);
    }
}

void nlptk_ngrams_free(nlptk_ngrams *m)
{
    nlptk_ngrams_interpolate_end(m);
    nlptk_spool_free(&m->words);
    nlptk_spool_free(&m->ids);
    for (int i = 0; i < NLPTK_NGRAM_MAX_PARTS; i++) {
        nlptk_spool_free(&m->parts[i]);
        nlptk_spool_free(&m->by_position[i]);
    }
    for (int n = 0; n <= m->order; n++) {
        nlptk_ngram_level *level = &m->levels[n];
        nlptk_spool *all[] = {&level->suffix,     &level->first,    &level->context,     &level->count,
                              &level->extensions, &level->adjusted, &level->probability, &level->backoff};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) nlptk_spool_free(all[i]);
    }
    free(m->workspace);
    m->workspace = NULL;
    nlptk_pool_free(&m->pool);
}

static void *workspace(nlptk_ngrams *m, size_t bytes)
{
    if (m->workspace_bytes < bytes) {
        free(m->workspace);
        m->workspace = malloc(bytes);
        m->workspace_bytes = m->workspace ? bytes : 0;
    }
    return m->workspace;
}

/* ---- text */

static int put_word(nlptk_ngrams *m, uint32_t word)
{
    if (m->n_positions + 1 >= NLPTK_NGRAM_MAX_POSITIONS) return NLPTK_NGRAMS_TOO_LONG;
    APPEND(&m->words, uint32_t, word);
    m->n_positions++;
    return 0;
}

int nlptk_ngrams_feed(nlptk_ngrams *m, const uint32_t *tokens, size_t n, size_t *done)
{
    for (*done = 0; *done < n; ++*done) {
        const uint32_t token = tokens[*done];
        int status = 0;
        if (token == NLPTK_SENTENCE_START || token == NLPTK_SENTENCE_END) return NLPTK_NGRAMS_MARK;
        if (!m->in_sentence) status = put_word(m, NLPTK_SENTENCE_START);
        if (!status) status = put_word(m, token == NLPTK_LINE_END ? NLPTK_SENTENCE_END : token);
        if (status) return status;
        m->in_sentence = token != NLPTK_LINE_END;
        m->n_sentences += !m->in_sentence;
    }
    return 0;
}

int nlptk_ngrams_feed_end(nlptk_ngrams *m)
{
    if (!m->in_sentence) return 0;
    m->in_sentence = 0;
    m->n_sentences++;
    return put_word(m, NLPTK_SENTENCE_END);
}

int nlptk_ngrams_rename(nlptk_ngrams *m, const uint32_t *names)
{
    nlptk_spool renamed;
    nlptk_spool_reader in;
    nlptk_spool_init(&renamed, &m->pool);
    nlptk_spool_open(&in, &m->words, 1);
    int status = 0;
    for (const uint32_t *word; !status && (word = nlptk_spool_read(&in, sizeof *word, &status));) {
        uint32_t *to = nlptk_spool_next(&renamed, sizeof *to, &status);
        if (to) *to = names[*word];
    }
    nlptk_spool_close(&in);
    m->words = renamed;
    return status;
}

/* ---- counting */

static uint32_t part_begin(uint64_t n, uint32_t n_parts, uint64_t part)
{
    const uint64_t size = (n + n_parts - 1) / n_parts, begin = size * part;
    return (uint32_t)(begin < n ? begin : n);
}

/* Note that n-gram `id` has `count` positions; the ids that parts of the next order begin with balance the positions. */
static inline void cover(nlptk_ngrams *m, uint32_t id, uint64_t count)
{
    const uint64_t target = m->n_positions / m->n_parts + 1;
    if (m->covered >= target * m->n_next_bounds && m->n_next_bounds < m->n_parts && id > m->next_bounds[m->n_next_bounds - 1]) {
        m->next_bounds[m->n_next_bounds++] = id;
        if (m->covered > target * m->n_next_bounds) m->covered = target * (m->n_next_bounds - 1); /* a part of its own was full */
    }
    m->covered += count;
}

int nlptk_ngrams_begin(nlptk_ngrams *m, uint32_t n_words, const uint64_t *word_counts, size_t most, uint32_t n_parts)
{
    m->n_words = n_words;
    m->word_counts = word_counts;
    m->most = most;
    m->n_parts = n_parts;
    m->word_bits = 1;
    while ((uint64_t)1 << m->word_bits < n_words) m->word_bits++;
    m->next_bounds[0] = 0;
    m->n_next_bounds = 1;
    m->levels[1].n = n_words;
    for (uint32_t word = 0; word < n_words; word++) {
        cover(m, word, word_counts[word]);
        APPEND(&m->levels[1].first, uint32_t, word);
    }
    return 0;
}

int nlptk_ngrams_distribute(nlptk_ngrams *m, int n)
{
    uint32_t history[NLPTK_NGRAM_MAX_ORDER + 1], *guide = NULL;
    nlptk_spool_reader words, ids;
    int status = 0, shift = 0;
    memcpy(m->bounds, m->next_bounds, sizeof m->bounds);
    m->n_bounds = m->n_next_bounds;
    const uint64_t lower = m->levels[n - 1].n;
    m->bounds[m->n_bounds] = (uint32_t)lower;
    /* guide[id >> shift]: the part of the first of these ids */
    while (lower >> shift > 1 << 14) shift++;
    if (!(guide = malloc(((lower >> shift) + 1) * sizeof *guide))) return NLPTK_SPOOL_MEMORY;
    for (uint64_t i = 0, part = 0; i <= lower >> shift; i++) {
        while (part + 1 < m->n_bounds && m->bounds[part + 1] <= i << shift) part++;
        guide[i] = (uint32_t)part;
    }
    nlptk_spool_open(&words, &m->words, 0);
    nlptk_spool_open(&ids, n > 2 ? &m->ids : &m->words, n > 2);
    uint32_t position = 0, depth = 0, before = NONE, slot = 0;
    for (const uint32_t *word, *id; (word = nlptk_spool_read(&words, sizeof *word, &status)); position++) {
        if (!(id = nlptk_spool_read(&ids, sizeof *id, &status))) break;
        depth = *word == NLPTK_SENTENCE_START ? 1 : depth + 1;
        slot = slot + 1 == (uint32_t)n ? 0 : slot + 1;
        history[slot] = *word;
        if (depth >= (uint32_t)n) {
            const uint32_t first = history[slot + 1 == (uint32_t)n ? 0 : slot + 1];
            uint32_t part = guide[*id >> shift];
            while (part + 1 < m->n_bounds && m->bounds[part + 1] <= *id) part++;
            record *to = nlptk_spool_next(&m->parts[part], sizeof *to, &status);
            if (!to) break;
            *to = (record){(uint64_t)*id << m->word_bits | first, before, position};
        }
        before = *id;
    }
    nlptk_spool_close(&words);
    nlptk_spool_close(&ids);
    free(guide);
    m->covered = 0;
    m->next_bounds[0] = 0;
    m->n_next_bounds = 1;
    m->is_open = 0;
    m->suffix = 0;
    m->extensions = 0;
    return status;
}

static int close_group(nlptk_ngrams *m, int n)
{
    if (!m->is_open) return 0;
    m->is_open = 0;
    cover(m, (uint32_t)m->levels[n].n - 1, m->group_count);
    m->levels[n].kept += m->group_count > m->levels[n].threshold;
    APPEND(&m->levels[n].count, uint32_t, m->group_count);
    return 0;
}

/* One position of an n-gram; those of the same n-gram follow one another. */
static inline int add_position(nlptk_ngrams *m, int n, const record *r)
{
    nlptk_ngram_level *level = &m->levels[n];
    if (!m->is_open || r->key != m->key) {
        const int status = close_group(m, n);
        if (status) return status;
        const uint32_t suffix = (uint32_t)(r->key >> m->word_bits);
        for (; m->suffix < suffix; m->suffix++) {
            APPEND(&m->levels[n - 1].extensions, uint32_t, m->extensions);
            m->extensions = 0;
        }
        m->extensions++;
        m->key = r->key;
        m->group_count = 0;
        m->is_open = 1;
        level->n++;
        APPEND(&level->suffix, uint32_t, suffix);
        APPEND(&level->first, uint32_t, (uint32_t)(r->key & (((uint64_t)1 << m->word_bits) - 1)));
        APPEND(&level->context, uint32_t, r->context);
    }
    m->group_count++;
    if (n < m->order) {
        const uint64_t size = (m->n_positions + m->n_parts - 1) / m->n_parts;
        APPEND(&m->by_position[r->position / size], placed, {r->position, (uint32_t)level->n - 1});
    }
    return 0;
}

/* Sort by `bits` bits of key - low, the least significant digit first; the result is in the returned one of the two arrays. */
static record *radix_sort(record *a, record *b, size_t n, uint64_t low, int bits)
{
    const int passes = (bits + 9) / 10, digit_bits = passes ? (bits + passes - 1) / passes : 0;
    size_t starts[1 << 10];
    for (int shift = 0; shift < bits; shift += digit_bits) {
        const uint64_t mask = ((uint64_t)1 << digit_bits) - 1;
        memset(starts, 0, ((size_t)mask + 1) * sizeof *starts);
        for (size_t i = 0; i < n; i++) starts[(a[i].key - low) >> shift & mask]++;
        size_t total = 0;
        for (size_t d = 0; d <= mask; d++) {
            const size_t count = starts[d];
            starts[d] = total;
            total += count;
        }
        for (size_t i = 0; i < n; i++) b[starts[(a[i].key - low) >> shift & mask]++] = a[i];
        record *swap = a;
        a = b;
        b = swap;
    }
    return a;
}

/* The positions of a spool, whose keys are in [low, low + 2^bits), in order. Empties it. */
static int sort_spool(nlptk_ngrams *m, int n, nlptk_spool *spool, uint64_t low, int bits)
{
    const size_t count = nlptk_spool_bytes(spool) / sizeof(record);
    nlptk_spool_reader in;
    int status = 0;
    if (!count) return 0;
    nlptk_spool_open(&in, spool, 1);
    if (!bits) { /* all the same */
        for (const record *r; !status && (r = nlptk_spool_read(&in, sizeof *r, &status));) status = add_position(m, n, r);
        nlptk_spool_close(&in);
        return status;
    }
    if (count <= m->most) {
        record *a = workspace(m, 2 * count * sizeof *a);
        if (!a) status = NLPTK_SPOOL_MEMORY;
        for (size_t i = 0; !status && (status = nlptk_spool_turn(&in)) > 0; status = 0) {
            memcpy(a + i, in.at, (size_t)(in.end - in.at));
            i += (size_t)(in.end - in.at) / sizeof *a;
        }
        nlptk_spool_close(&in);
        if (status) return status;
        a = radix_sort(a, a + count, count, low, bits);
        for (size_t i = 0; i < count && !status; i++) status = add_position(m, n, &a[i]);
        return status;
    }
    nlptk_spool split[1 << SPLIT_BITS];
    const int rest = bits > SPLIT_BITS ? bits - SPLIT_BITS : 0;
    for (int i = 0; i < 1 << SPLIT_BITS; i++) nlptk_spool_init(&split[i], &m->pool);
    for (const record *r; !status && (r = nlptk_spool_read(&in, sizeof *r, &status));) {
        record *to = nlptk_spool_next(&split[(r->key - low) >> rest], sizeof *to, &status);
        if (to) *to = *r;
    }
    nlptk_spool_close(&in);
    for (int i = 0; i < 1 << SPLIT_BITS; i++) {
        if (!status) status = sort_spool(m, n, &split[i], low + ((uint64_t)i << rest), rest);
        nlptk_spool_free(&split[i]);
    }
    return status;
}

int nlptk_ngrams_sort_part(nlptk_ngrams *m, int n, uint32_t part)
{
    if (part >= m->n_bounds) return 0;
    const uint64_t low = (uint64_t)m->bounds[part] << m->word_bits, high = (uint64_t)m->bounds[part + 1] << m->word_bits;
    int bits = 0;
    while ((uint64_t)1 << bits < high - low) bits++;
    return sort_spool(m, n, &m->parts[part], low, bits);
}

int nlptk_ngrams_sort_end(nlptk_ngrams *m, int n)
{
    int status = close_group(m, n);
    m->levels[1].ends_last = 1;
    m->levels[n].ends_last = m->levels[n].n && m->levels[n - 1].ends_last && m->suffix + (uint64_t)1 == m->levels[n - 1].n;
    for (; !status && m->suffix < m->levels[n - 1].n; m->suffix++) {
        APPEND(&m->levels[n - 1].extensions, uint32_t, m->extensions);
        m->extensions = 0;
    }
    if (n == m->order) {
        nlptk_spool_free(&m->words);
        return status;
    }
    const uint64_t size = (m->n_positions + m->n_parts - 1) / m->n_parts;
    uint32_t *ids = workspace(m, size * sizeof *ids);
    if (!ids) return NLPTK_SPOOL_MEMORY;
    for (uint32_t part = 0; part < m->n_parts && !status; part++) {
        const uint64_t begin = size * part, end = begin + size < m->n_positions ? begin + size : m->n_positions;
        if (begin >= end) break;
        nlptk_spool_reader in;
        memset(ids, 0xFF, size * sizeof *ids);
        nlptk_spool_open(&in, &m->by_position[part], 1);
        for (const placed *p; (p = nlptk_spool_read(&in, sizeof *p, &status));) ids[p->position - begin] = p->id;
        nlptk_spool_close(&in);
        for (uint64_t i = 0; i < end - begin && !status; i++) APPEND(&m->ids, uint32_t, ids[i]);
    }
    return status;
}

/* Adjusted counts (Kneser-Ney): how many different words stand before an n-gram of a lower order; nothing can stand before <s>. */
int nlptk_ngrams_adjust(nlptk_ngrams *m, int n)
{
    nlptk_ngram_level *level = &m->levels[n];
    const int continuation = n < m->order && m->smoothing == NLPTK_KNESER_NEY;
    nlptk_spool_reader first, count, extensions;
    int status = 0;
    if (n == 1) {
        for (uint32_t word = 0; word < m->n_words; word++) APPEND(&level->count, uint32_t, (uint32_t)m->word_counts[word]);
    }
    /* lmplz enters the last n-gram of each order, as far as it is the suffix of the last n-gram of the order above, into the counts
       of counts with the count that is not adjusted; with the same exception the discounts are the same. */
    nlptk_spool_open(&first, &level->first, 0);
    nlptk_spool_open(&count, &level->count, 0);
    nlptk_spool_open(&extensions, &level->extensions, 0);
    for (uint64_t i = 0; i < level->n && !status; i++) {
        const uint32_t *f = nlptk_spool_read(&first, 4, &status), *c = nlptk_spool_read(&count, 4, &status);
        const uint32_t *e = continuation ? nlptk_spool_read(&extensions, 4, &status) : c;
        if (!f || !c || !e) break;
        uint32_t adjusted = n > 1 && *f == NLPTK_SENTENCE_START ? *c : *e;
        if (n == 1 && *f == NLPTK_SENTENCE_START) adjusted = 0;
        const uint32_t counted = i + 1 == level->n && level->ends_last && n < m->order ? *c : adjusted;
        if (counted >= 1 && counted <= 4) level->count_of_counts[counted]++;
        uint32_t *to = nlptk_spool_next(&level->adjusted, sizeof *to, &status);
        if (to) *to = adjusted;
    }
    nlptk_spool_close(&first);
    nlptk_spool_close(&count);
    nlptk_spool_close(&extensions);
    nlptk_spool_free(&level->extensions);
    return status;
}

/* ---- estimation */

/* What is known of a context h, over the words w that follow it. */
typedef struct {
    uint64_t sum;        /* S = sum of c(h w) */
    uint64_t pruned_sum; /* the same of those pruned */
    uint32_t types;      /* T: how many */
    uint32_t kept[4];    /* [k]: how many that are kept have count k; [3]: 3 or more */
    int is_whole;        /* no longer context is possible: it has order - 1 words or begins with <s> */
} context;

static inline void add_count(context *h, uint32_t count, int is_pruned)
{
    h->sum += count;
    h->types += count > 0;
    if (is_pruned) h->pruned_sum += count;
    else h->kept[count < 3 ? count : 3]++;
}

/* The share of the lower order in a context, gamma(h); what was taken from pruned n-grams goes there whole.

       Kneser-Ney       (D1 N1 + D2 N2 + D3 N3+) / S      Chen and Goodman 1998, modified and interpolated
       Witten-Bell      T / (S + T)
       Jelinek-Mercer   1 - lambda
       add-k            k V / (S + k V)                   over the uniform distribution: (c + k) / (S + k V)
       stupid backoff   alpha                             Brants et al. 2007; a factor, not a share                                */
static double lower_share(const nlptk_ngrams *m, int n, const context *h, double vocabulary)
{
    const double *d = m->levels[n].discount, sum = (double)h->sum, pruned = (double)h->pruned_sum, kv = m->k * vocabulary;
    if (m->smoothing == NLPTK_ADD_K && !h->is_whole) return 1;
    if (!h->sum) return 1;
    switch (m->smoothing) {
    case NLPTK_KNESER_NEY: return (d[1] * h->kept[1] + d[2] * h->kept[2] + d[3] * h->kept[3] + pruned) / sum;
    case NLPTK_WITTEN_BELL: return (h->types + pruned) / (sum + h->types);
    case NLPTK_JELINEK_MERCER: return 1 - m->weight + m->weight * pruned / sum;
    case NLPTK_ADD_K: return (kv + pruned) / (sum + kv);
    default: return m->alpha;
    }
}

/* What an n-gram has of its own, without the lower order. */
static double own_share(const nlptk_ngrams *m, int n, const context *h, uint32_t count, double vocabulary)
{
    const double c = count, sum = (double)h->sum;
    if (!count || (m->smoothing == NLPTK_ADD_K && !h->is_whole)) return 0;
    switch (m->smoothing) {
    case NLPTK_KNESER_NEY: return (c - m->levels[n].discount[count < 3 ? count : 3]) / sum;
    case NLPTK_WITTEN_BELL: return c / (sum + h->types);
    case NLPTK_JELINEK_MERCER: return m->weight * c / sum;
    case NLPTK_ADD_K: return c / (sum + m->k * vocabulary);
    default: return c / sum;
    }
}

static double vocabulary_size(const nlptk_ngrams *m)
{
    return (double)m->levels[1].kept - 1; /* <s> is never predicted */
}

static int is_kept_word(const nlptk_ngrams *m, uint32_t word)
{
    return word <= NLPTK_SENTENCE_END || !m->levels[1].threshold || m->word_counts[word] > m->levels[1].threshold;
}

int nlptk_ngrams_unigrams(nlptk_ngrams *m)
{
    nlptk_ngram_level *level = &m->levels[1];
    context all = {.is_whole = m->order == 1};
    nlptk_spool_reader counts;
    int status = 0;
    level->kept = 0;
    for (uint32_t word = 0; word < m->n_words; word++) level->kept += (uint64_t)is_kept_word(m, word);
    nlptk_spool_open(&counts, &level->adjusted, 0);
    for (uint32_t word = 0; word < m->n_words; word++) {
        const uint32_t *c = nlptk_spool_read(&counts, sizeof *c, &status);
        if (!c) break;
        add_count(&all, *c, !is_kept_word(m, word));
    }
    nlptk_spool_close(&counts);
    if (status) return status;
    const double v = vocabulary_size(m), share = lower_share(m, 1, &all, v);
    nlptk_spool_open(&counts, &level->adjusted, 1);
    for (uint32_t word = 0; word < m->n_words && !status; word++) {
        const uint32_t *c = nlptk_spool_read(&counts, sizeof *c, &status);
        if (!c) break;
        double p = own_share(m, 1, &all, *c, v);
        if (m->smoothing != NLPTK_STUPID_BACKOFF) p += share / v;
        else if (!*c) p = m->alpha / (double)all.sum; /* an unknown word: as if seen once, and backed off to */
        if (word == NLPTK_SENTENCE_START) p = 1;
        float *to = nlptk_spool_next(&level->probability, sizeof *to, &status);
        if (to) *to = (float)p;
    }
    nlptk_spool_close(&counts);
    return status;
}

int nlptk_ngrams_contexts_begin(nlptk_ngrams *m, int n)
{
    nlptk_ngram_level *level = &m->levels[n];
    const uint64_t size = (m->levels[n - 1].n + m->n_parts - 1) / m->n_parts;
    nlptk_spool_reader first, contexts, adjusted, counts;
    int status = 0;
    nlptk_spool_open(&first, &level->first, 0);
    nlptk_spool_open(&contexts, &level->context, 1);
    nlptk_spool_open(&adjusted, &level->adjusted, 1);
    nlptk_spool_open(&counts, &level->count, !level->threshold);
    for (uint64_t i = 0; i < level->n; i++) {
        const uint32_t *h = nlptk_spool_read(&contexts, 4, &status), *c = nlptk_spool_read(&adjusted, 4, &status);
        const uint32_t *raw = nlptk_spool_read(&counts, 4, &status), *f = nlptk_spool_read(&first, 4, &status);
        if (!h || !c || !raw || !f) break;
        in_context *to = nlptk_spool_next(&m->parts[*h / size], sizeof *to, &status);
        if (!to) break;
        *to = (in_context){*h | (*f == NLPTK_SENTENCE_START ? STARTS : 0), (uint32_t)i | (*raw > level->threshold ? 0 : PRUNED), *c};
    }
    nlptk_spool_close(&first);
    nlptk_spool_close(&contexts);
    nlptk_spool_close(&adjusted);
    nlptk_spool_close(&counts);
    return status;
}

int nlptk_ngrams_contexts_part(nlptk_ngrams *m, int n, uint32_t part)
{
    const uint64_t lower = m->levels[n - 1].n, lower_size = (lower + m->n_parts - 1) / m->n_parts;
    const uint64_t size = (m->levels[n].n + m->n_parts - 1) / m->n_parts;
    const uint32_t begin = part_begin(lower, m->n_parts, part), end = part_begin(lower, m->n_parts, part + 1);
    const double v = vocabulary_size(m);
    nlptk_spool_reader in;
    int status = 0;
    context *contexts = workspace(m, lower_size * sizeof *contexts);
    if (!contexts) return NLPTK_SPOOL_MEMORY;
    memset(contexts, 0, lower_size * sizeof *contexts);
    nlptk_spool_open(&in, &m->parts[part], 0);
    for (const in_context *r; (r = nlptk_spool_read(&in, sizeof *r, &status));) {
        context *h = &contexts[(r->context & ~STARTS) - begin];
        add_count(h, r->count, (r->id & PRUNED) != 0);
        h->is_whole = n == m->order || (r->context & STARTS) != 0;
    }
    nlptk_spool_close(&in);
    for (uint32_t i = begin; i < end && !status; i++) {
        const context *h = &contexts[i - begin];
        APPEND(&m->levels[n - 1].backoff, float, h->sum ? (float)lower_share(m, n, h, v) : 1.0f);
    }
    nlptk_spool_open(&in, &m->parts[part], 1);
    for (const in_context *r; !status && (r = nlptk_spool_read(&in, sizeof *r, &status));) {
        if (r->id & PRUNED) continue;
        const context *h = &contexts[(r->context & ~STARTS) - begin];
        smoothed *to = nlptk_spool_next(&m->by_position[r->id / size], sizeof *to, &status);
        if (to) *to = (smoothed){r->id, (float)own_share(m, n, h, r->count, v), (float)lower_share(m, n, h, v)};
    }
    nlptk_spool_close(&in);
    return status;
}

int nlptk_ngrams_interpolate_begin(nlptk_ngrams *m, int n)
{
    nlptk_spool_open(&m->read_suffix, &m->levels[n].suffix, 0);
    nlptk_spool_open(&m->read_lower, &m->levels[n - 1].probability, 0);
    m->lower = 0;
    return 0;
}

/* p(w|h) = own share + gamma(h) p(w|h'), with the probability of the suffix, whose number only grows. */
int nlptk_ngrams_interpolate_part(nlptk_ngrams *m, int n, uint32_t part)
{
    const uint64_t size = (m->levels[n].n + m->n_parts - 1) / m->n_parts;
    const uint32_t begin = part_begin(m->levels[n].n, m->n_parts, part), end = part_begin(m->levels[n].n, m->n_parts, part + 1);
    nlptk_spool_reader in;
    int status = 0;
    struct {
        float discounted, weight;
    } *own = workspace(m, size * sizeof *own);
    if (!own) return NLPTK_SPOOL_MEMORY;
    memset(own, 0, size * sizeof *own);
    nlptk_spool_open(&in, &m->by_position[part], 1);
    for (const smoothed *r; (r = nlptk_spool_read(&in, sizeof *r, &status));) {
        own[r->id - begin].discounted = r->discounted;
        own[r->id - begin].weight = r->weight;
    }
    nlptk_spool_close(&in);
    const float interpolated = m->smoothing != NLPTK_STUPID_BACKOFF;
    for (uint32_t i = begin; i < end && !status; i++) {
        const uint32_t *suffix = nlptk_spool_read(&m->read_suffix, sizeof *suffix, &status);
        if (!suffix) break;
        for (; m->lower <= *suffix; m->lower++) {
            const float *p = nlptk_spool_read(&m->read_lower, sizeof *p, &status);
            if (!p) return status;
            m->lower_probability = *p;
        }
        APPEND(&m->levels[n].probability, float,
               own[i - begin].discounted + interpolated * own[i - begin].weight * m->lower_probability);
    }
    return status;
}

void nlptk_ngrams_interpolate_end(nlptk_ngrams *m)
{
    nlptk_spool_close(&m->read_suffix);
    nlptk_spool_close(&m->read_lower);
}

/* ---- the result */

int nlptk_ngram_reader_open(nlptk_ngram_reader *r, nlptk_ngrams *m, int n)
{
    memset(r, 0, sizeof *r);
    r->m = m;
    r->n = n;
    for (int k = 1; k <= n; k++) {
        r->levels[k].at = -1;
        nlptk_spool_open(&r->levels[k].suffix, &m->levels[k].suffix, 0);
        nlptk_spool_open(&r->levels[k].first, &m->levels[k].first, 0);
        nlptk_spool_open(&r->levels[k].count, &m->levels[k].count, 0);
    }
    nlptk_spool_open(&r->probability, &m->levels[n].probability, 0);
    nlptk_spool_open(&r->backoff, &m->levels[n].backoff, 0);
    nlptk_spool_open(&r->count, &m->levels[n].count, 0);
    if (m->levels[1].kept == m->n_words) return 0;
    if (!(r->word_ranks = malloc(m->n_words * sizeof *r->word_ranks))) return NLPTK_SPOOL_MEMORY;
    for (uint32_t word = 0, rank = 0; word < m->n_words; word++) {
        r->word_ranks[word] = rank;
        rank += (uint32_t)is_kept_word(m, word);
    }
    return 0;
}

void nlptk_ngram_reader_close(nlptk_ngram_reader *r)
{
    for (int k = 1; k <= r->n; k++) {
        nlptk_spool_close(&r->levels[k].suffix);
        nlptk_spool_close(&r->levels[k].first);
        nlptk_spool_close(&r->levels[k].count);
    }
    nlptk_spool_close(&r->probability);
    nlptk_spool_close(&r->backoff);
    nlptk_spool_close(&r->count);
    free(r->word_ranks);
    r->word_ranks = NULL;
    r->n = 0;
}

/* Go on to n-gram `target` of order k, and to its suffix in the orders below. */
static int seek(nlptk_ngram_reader *r, int k, int64_t target)
{
    int status = 0;
    uint32_t first = (uint32_t)target;
    if (k == 1) {
        r->levels[1].at = target;
        r->levels[1].is_kept = is_kept_word(r->m, first);
        r->levels[1].words[0] = r->levels[1].rank = r->word_ranks ? r->word_ranks[first] : first;
        return 0;
    }
    const nlptk_ngram_level *level = &r->m->levels[k];
    while (r->levels[k].at < target) {
        const uint32_t *s = nlptk_spool_read(&r->levels[k].suffix, sizeof *s, &status);
        const uint32_t *f = nlptk_spool_read(&r->levels[k].first, sizeof *f, &status);
        if (!s || !f) return status ? status : NLPTK_SPOOL_IO;
        r->levels[k].rank += r->levels[k].at >= 0 && r->levels[k].is_kept;
        r->levels[k].is_kept = 1;
        if (level->threshold) {
            const uint32_t *c = nlptk_spool_read(&r->levels[k].count, sizeof *c, &status);
            if (!c) return status ? status : NLPTK_SPOOL_IO;
            r->levels[k].is_kept = *c > level->threshold;
        }
        r->levels[k].at++;
        r->levels[k].of = *s;
        first = *f;
    }
    if (r->levels[k - 1].at != r->levels[k].of && (status = seek(r, k - 1, r->levels[k].of))) return status;
    r->levels[k].words[0] = r->word_ranks ? r->word_ranks[first] : first;
    memcpy(r->levels[k].words + 1, r->levels[k - 1].words, (size_t)(k - 1) * sizeof(uint32_t));
    return 0;
}

/* log10, to seven decimals: what an ARPA file holds, and the same number everywhere; of nothing, what such files say for it */
static float rounded_log10(float p)
{
    if (!(p > 0)) return -99;
    const double x = log2(p) * LOG10_OF_2;
    return x >= 0 ? 0 : (float)(nearbyint(x * 1e7) / 1e7);
}

int64_t nlptk_ngram_reader_next(nlptk_ngram_reader *r, size_t max, uint32_t *words, uint32_t *suffixes, float *probabilities,
                                float *backoffs, uint32_t *counts)
{
    const int n = r->n;
    const uint64_t total = r->m->levels[n].n;
    int status = 0;
    size_t done = 0;
    while (done < max && r->levels[n].at + 1 < (int64_t)total) {
        if ((status = seek(r, n, r->levels[n].at + 1))) return status;
        const float *p = probabilities ? nlptk_spool_read(&r->probability, sizeof *p, &status) : NULL;
        const float *b = backoffs ? nlptk_spool_read(&r->backoff, sizeof *b, &status) : NULL;
        const uint32_t *c = counts ? nlptk_spool_read(&r->count, sizeof *c, &status) : NULL;
        if ((probabilities && !p) || (backoffs && !b) || (counts && !c)) return status ? status : NLPTK_SPOOL_IO;
        if (!r->levels[n].is_kept) continue;
        if (words) memcpy(words + done * (size_t)n, r->levels[n].words, (size_t)n * sizeof *words);
        if (suffixes) suffixes[done] = n > 1 ? r->levels[n - 1].rank : 0;
        if (probabilities) probabilities[done] = rounded_log10(*p);
        if (backoffs) backoffs[done] = rounded_log10(*b);
        if (counts) counts[done] = *c;
        done++;
    }
    return (int64_t)done;
}
