/* ext/ngram_query.c   Scores of sentences under a back-off n-gram model; ngram_query.h says how it is stored.

   A look-up is a few cache misses one after the other, so sentences are scored in blocks: all words are looked up in the
   vocabulary, then all bigrams, then all trigrams ..., and what the next round reads is prefetched in this one.

   With m the length of the longest n-gram of the model that ends in word i, and l that of the one that ends in word i - 1:
   log p(w_i | ...) = log_prob(m words up to i) + sum for k = m .. min(l, order - 1) of log_backoff(k words up to i - 1)  */
#include "nlptk/ngram_query.h"
#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

enum { BLOCK = 48, HISTORY = NLPTK_LM_MAX_ORDER - 1, ROOM = HISTORY + BLOCK, AHEAD = 4 /* sentences */ };

/* ---- words */

static inline bool is_space(uint8_t c) { return c == ' ' || (uint8_t)(c - '\t') < 5 || c == 0; }

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint32_t load32(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* The hash of a word takes eight bytes at a time, the last ones filled up with zeros. */
#define HASH_START UINT64_C(0x243F6A8885A308D3)

static inline uint64_t hash_more(uint64_t hash, uint64_t bytes)
{
    hash = (hash ^ bytes) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static inline uint64_t hash_end(uint64_t hash, uint64_t bytes, size_t n)
{
    hash = (hash_more(hash, bytes) + n) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 32;
}

static uint64_t hash_word(const uint8_t *p, size_t n)
{
    uint64_t hash = HASH_START, rest = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) hash = hash_more(hash, load64(p + i));
    for (size_t k = i; k < n; k++) rest |= (uint64_t)p[k] << 8 * (k - i);
    return hash_end(hash, rest, n);
}

/* Where the word at p ends, and its hash. */
static inline const uint8_t *end_of_word(const uint8_t *p, const uint8_t *end, uint64_t *hash)
{
    const uint64_t ones = UINT64_MAX / 255;
    const uint8_t *start = p;
    uint64_t h = HASH_START;
    for (;;) {
        uint64_t x;
        if (end - p >= 8)
            x = load64(p);
        else {
            x = ones * ' ';
            memcpy(&x, p, (size_t)(end - p));
        }
        const uint64_t low = (x - ones * 33) & ~x & ones * 128; /* the lowest bit: the first byte up to ' ' */
        if (low) {
            const uint64_t upto = low ^ (low - 1); /* ... up to that bit */
            uint8_t c = 0;
            size_t k = 0;
#if defined(__GNUC__)
            k = (size_t)__builtin_ctzll(low) >> 3;
#else
            while (!(low >> (8 * k + 7) & 1)) k++;
#endif
            c = (uint8_t)(x >> 8 * k);
            if (is_space(c)) {
                p += k;
                *hash = hash_end(h, x & upto >> 8, (size_t)(p - start));
                return p;
            }
            while (p < end && !is_space(*p)) p++; /* control characters: a rare thing in a word */
            *hash = hash_word(start, (size_t)(p - start));
            return p;
        }
        h = hash_more(h, x);
        p += 8;
    }
}

size_t nlptk_lm_count_words(const uint8_t *text, size_t n)
{
    size_t words = 0;
    bool in_word = false;
    for (size_t i = 0; i < n; i++) {
        const bool inside = !is_space(text[i]);
        words += inside && !in_word;
        in_word = inside;
    }
    return words;
}

static inline bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (n >= 8) {
        for (size_t i = 0; i + 8 < n; i += 8)
            if (load64(a + i) != load64(b + i)) return false;
        return load64(a + n - 8) == load64(b + n - 8);
    }
    if (n >= 4) return load32(a) == load32(b) && load32(a + n - 4) == load32(b + n - 4);
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static inline uint32_t home_of_word(uint64_t hash, uint32_t n_slots) { return (uint32_t)((hash >> 32) * n_slots >> 32); }

/* The slot where a word stands or could: UINT32_MAX if there is none. */
static inline uint32_t slot_of_word(const nlptk_lm *lm, const uint32_t *slots, uint64_t hash, const uint8_t *word, size_t n)
{
    uint32_t at = home_of_word(hash, lm->n_slots);
    for (uint32_t left = lm->n_slots; left; left--) {
        const uint32_t id = slots[2 * (size_t)at + 1];
        if (id == NLPTK_LM_NONE) return at;
        if (slots[2 * (size_t)at] == (uint32_t)hash && id < lm->n_words) {
            const uint64_t from = (uint64_t)lm->offsets[id], to = (uint64_t)lm->offsets[id + 1];
            if (to - from == n && from <= lm->n_blob && n <= lm->n_blob - from && same(lm->blob + from, word, n)) return at;
        }
        if (++at == lm->n_slots) at = 0;
    }
    return UINT32_MAX;
}

static inline uint32_t word_of(const nlptk_lm *lm, uint64_t hash, const uint8_t *word, size_t n)
{
    const uint32_t at = slot_of_word(lm, lm->slots, hash, word, n);
    const uint32_t id = at == UINT32_MAX ? NLPTK_LM_NONE : lm->slots[2 * (size_t)at + 1];
    return id == NLPTK_LM_NONE ? NLPTK_LM_UNK : id;
}

uint32_t nlptk_lm_word(const nlptk_lm *lm, const uint8_t *word, size_t n) { return word_of(lm, hash_word(word, n), word, n); }

int nlptk_lm_index_words(const nlptk_lm *lm, uint32_t *slots, uint32_t *at)
{
    memset(slots, 0xFF, (size_t)lm->n_slots * 2 * sizeof *slots);
    for (uint32_t id = 0; id < lm->n_words; id++) {
        const uint64_t from = (uint64_t)lm->offsets[id], n = (uint64_t)lm->offsets[id + 1] - from;
        *at = id;
        if (from > lm->n_blob || n > lm->n_blob - from) return NLPTK_LM_RANGE;
        const uint64_t hash = hash_word(lm->blob + from, n);
        const uint32_t slot = slot_of_word(lm, slots, hash, lm->blob + from, n);
        if (slot == UINT32_MAX) return NLPTK_LM_FULL;
        if (slots[2 * (size_t)slot + 1] != NLPTK_LM_NONE) return NLPTK_LM_TWICE;
        slots[2 * (size_t)slot] = (uint32_t)hash;
        slots[2 * (size_t)slot + 1] = id;
    }
    return NLPTK_LM_OK;
}

/* ---- n-grams */

static inline uint64_t key_of(uint32_t suffix, uint32_t first) { return (uint64_t)first << 32 | suffix; }

static inline uint32_t home_of(uint64_t key, uint64_t capacity)
{
    key = (key ^ key >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    key = (key ^ key >> 29) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)((key >> 32) * capacity >> 32);
}

static inline const uint8_t *entry_at(const nlptk_ngram_table *table, uint32_t slot)
{
    return table->entries + (size_t)slot * (table->codebook ? NLPTK_LM_QUANTIZED : sizeof(nlptk_ngram));
}

static inline float log_prob_of(const nlptk_ngram_table *table, const uint8_t *entry)
{
    float x;
    if (table->codebook) return table->codebook[entry[8]];
    memcpy(&x, entry + offsetof(nlptk_ngram, log_prob), sizeof x);
    return x;
}

static inline float log_backoff_of(const nlptk_ngram_table *table, const uint8_t *entry)
{
    float x;
    if (table->codebook) return table->codebook[256 + entry[9]];
    memcpy(&x, entry + offsetof(nlptk_ngram, log_backoff), sizeof x);
    return x;
}

/* The entry with a key, searched from a slot on, or NULL. */
static inline const uint8_t *find_entry(const nlptk_ngram_table *table, uint64_t key, uint32_t *slot)
{
    const size_t size = table->codebook ? NLPTK_LM_QUANTIZED : sizeof(nlptk_ngram);
    const uint8_t *entry = entry_at(table, *slot);
    for (uint64_t left = table->capacity; left; left--) {
        const uint64_t found = load64(entry);
        if (found == key) return entry;
        if (found >> 32 == NLPTK_LM_NONE) return NULL;
        if (++*slot == table->capacity) {
            *slot = 0;
            entry = table->entries;
        } else
            entry += size;
    }
    return NULL;
}

/* ---- scores of sentences */

typedef struct {
    uint32_t id[ROOM];      /* [HISTORY ..) is the block; before it, the words of the last one */
    uint32_t slot[ROOM];    /* of the longest n-gram found so far; or where the search for the next begins */
    uint8_t length[ROOM];   /* its words */
    float log_prob[ROOM];   /* its probability */
    float backoff[ROOM][NLPTK_LM_MAX_ORDER]; /* [n - 1]: of the n-gram of length n */
    uint64_t key[ROOM];
    uint8_t head[ROOM];     /* the place before a sentence, and no word: 1 holds <s>, 2 nothing; 0: a word */
    nlptk_lm_text word[BLOCK];
    uint64_t hash[BLOCK];
    int active[BLOCK];      /* places whose n-gram may grow */
    int n;                  /* places in the block */
    const nlptk_lm *lm;
    nlptk_lm_scores *out;
    size_t sentence;        /* number of the one that is being added up, from 1 */
    float sum;
} scorer;

/* Look for the n-gram of length n at place i next time. */
static inline void aim(scorer *s, int n, int i)
{
    const nlptk_ngram_table *table = &s->lm->tables[n];
    s->key[i] = key_of(s->slot[i], s->id[i - n + 1]);
    s->slot[i] = home_of(s->key[i], table->capacity);
    PREFETCH(entry_at(table, s->slot[i]));
    PREFETCH(entry_at(table, s->slot[i]) + 48); /* where the search may go on */
}

/* A word is a slot, an offset and its bytes, each of which says where the next is. */
static void find_words(scorer *s)
{
    const nlptk_lm *lm = s->lm;
    for (int i = HISTORY; i < HISTORY + s->n; i++) {
        if (!s->word[i - HISTORY].start) continue;
        s->slot[i] = lm->slots[2 * (size_t)home_of_word(s->hash[i - HISTORY], lm->n_slots) + 1]; /* most likely the word */
        if (s->slot[i] >= lm->n_words) s->slot[i] = NLPTK_LM_UNK;
        PREFETCH(lm->offsets + s->slot[i]);
    }
    for (int i = HISTORY; i < HISTORY + s->n; i++) {
        if (!s->word[i - HISTORY].start) continue;
        const uint64_t from = (uint64_t)lm->offsets[s->slot[i]];
        if (from < lm->n_blob) PREFETCH(lm->blob + from);
    }
    for (int i = HISTORY; i < HISTORY + s->n; i++) {
        if (s->word[i - HISTORY].start)
            s->id[i] = word_of(lm, s->hash[i - HISTORY], s->word[i - HISTORY].start, s->word[i - HISTORY].n);
        PREFETCH(lm->unigrams + 2 * (size_t)s->id[i]);
    }
}

/* Score the block, and begin a new one. */
static void flush(scorer *s)
{
    const nlptk_lm *lm = s->lm;
    const int end = HISTORY + s->n;
    int n_active = 0;
    find_words(s);
    for (int i = HISTORY; i < end; i++) {
        const uint32_t id = s->id[i];
        s->slot[i] = id;
        s->length[i] = s->head[i] != 2;
        s->log_prob[i] = lm->unigrams[2 * (size_t)id];
        s->backoff[i][0] = lm->unigrams[2 * (size_t)id + 1];
        if (lm->order > 1 && !s->head[i] && s->length[i - 1]) {
            aim(s, 2, i);
            s->active[n_active++] = i;
        }
    }
    for (int n = 2; n_active; n++) {
        const nlptk_ngram_table *table = &lm->tables[n];
        int still = 0;
        for (int k = 0; k < n_active; k++) {
            const int i = s->active[k];
            const uint8_t *entry = find_entry(table, s->key[i], &s->slot[i]);
            if (!entry) continue;
            s->length[i] = (uint8_t)n;
            s->log_prob[i] = log_prob_of(table, entry);
            s->backoff[i][n - 1] = log_backoff_of(table, entry);
            /* n + 1 words up to here need n words up to the place before: it came first */
            if (n < lm->order && s->length[i - 1] >= n) {
                aim(s, n + 1, i);
                s->active[still++] = i;
            }
        }
        n_active = still;
    }
    nlptk_lm_scores *out = s->out;
    for (int i = HISTORY; i < end; i++) {
        if (s->head[i]) {
            if (s->sentence) out->sums[s->sentence - 1] = s->sum;
            s->sentence++;
            s->sum = 0;
            continue;
        }
        float score = s->log_prob[i];
        const int longest = s->length[i - 1] < lm->order ? s->length[i - 1] : lm->order - 1;
        for (int k = s->length[i]; k <= longest; k++) score += s->backoff[i - 1][k - 1];
        s->sum += score;
        if (out->scores) out->scores[out->n] = score;
        if (out->lengths) out->lengths[out->n] = s->length[i];
        if (out->unknown) out->unknown[out->n] = s->id[i] == NLPTK_LM_UNK;
        out->n++;
    }
    /* the last words of this block are the history of the next */
    memmove(s->id, s->id + s->n, HISTORY * sizeof *s->id);
    s->length[HISTORY - 1] = s->length[end - 1];
    memcpy(s->backoff[HISTORY - 1], s->backoff[end - 1], sizeof *s->backoff);
    s->n = 0;
}

static inline void push_id(scorer *s, uint32_t id, uint8_t head)
{
    if (s->n == BLOCK) flush(s);
    const int i = HISTORY + s->n;
    s->id[i] = id;
    s->head[i] = head;
    s->word[s->n++].start = NULL;
}

static inline void push_word(scorer *s, const uint8_t *word, size_t n, uint64_t hash)
{
    if (s->n == BLOCK) flush(s);
    PREFETCH(s->lm->slots + 2 * (size_t)home_of_word(hash, s->lm->n_slots));
    s->head[HISTORY + s->n] = 0;
    s->hash[s->n] = hash;
    s->word[s->n++] = (nlptk_lm_text){word, n};
}

void nlptk_lm_score(const nlptk_lm *lm, const nlptk_lm_text *texts, const size_t *ends, size_t n_sentences, bool bos, bool eos,
                    nlptk_lm_scores *out)
{
    scorer s;
    size_t k = 0;
    s.lm = lm;
    s.out = out;
    s.n = 0;
    s.sentence = 0;
    s.sum = 0;
    out->n = 0;
    for (size_t i = 0; i < n_sentences; i++) {
        if (!ends && i + AHEAD < n_sentences) {
            PREFETCH(texts[i + AHEAD].start);
            PREFETCH(texts[i + AHEAD].start + 64);
        }
        push_id(&s, NLPTK_LM_BOS, bos ? 1 : 2);
        if (ends)
            for (; k < ends[i]; k++) push_word(&s, texts[k].start, texts[k].n, hash_word(texts[k].start, texts[k].n));
        else
            for (const uint8_t *p = texts[i].start, *end = p + texts[i].n;;) {
                while (p < end && is_space(*p)) p++;
                if (p == end) break;
                const uint8_t *word = p;
                uint64_t hash;
                p = end_of_word(p, end, &hash);
                push_word(&s, word, (size_t)(p - word), hash);
            }
        if (eos) push_id(&s, NLPTK_LM_EOS, 0);
    }
    if (s.n) flush(&s);
    if (s.sentence) out->sums[s.sentence - 1] = s.sum;
}

/* ---- one word after a state */

void nlptk_lm_begin(const nlptk_lm *lm, nlptk_lm_state *state)
{
    memset(state, 0, sizeof *state);
    if (lm->order == 1) return;
    state->length = 1;
    state->words[0] = NLPTK_LM_BOS;
    state->backoff[0] = lm->unigrams[2 * NLPTK_LM_BOS + 1];
}

int nlptk_lm_step(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t word, nlptk_lm_state *next, float *score)
{
    nlptk_lm_state after;
    uint32_t slot = word;
    int length = 1;
    memset(&after, 0, sizeof after);
    *score = lm->unigrams[2 * (size_t)word];
    after.words[0] = word;
    after.backoff[0] = lm->unigrams[2 * (size_t)word + 1];
    for (; length <= state->length && length < lm->order; length++) {
        const nlptk_ngram_table *table = &lm->tables[length + 1];
        const uint64_t key = key_of(slot, state->words[length - 1]);
        slot = home_of(key, table->capacity);
        const uint8_t *entry = find_entry(table, key, &slot);
        if (!entry) break;
        *score = log_prob_of(table, entry);
        if (length < lm->order - 1) {
            after.words[length] = state->words[length - 1];
            after.backoff[length] = log_backoff_of(table, entry);
        }
    }
    for (int k = length; k <= state->length; k++) *score += state->backoff[k - 1];
    after.length = length < lm->order ? length : lm->order - 1;
    if (!after.length) memset(&after, 0, sizeof after); /* of order 1 */
    *next = after;
    return length;
}

void nlptk_lm_score_words(const nlptk_lm *lm, const nlptk_lm_state *state, uint32_t first, size_t n_words, float *scores)
{
    uint64_t key[BLOCK];
    uint32_t slot[BLOCK], active[BLOCK];
    uint8_t length[BLOCK];
    for (size_t start = 0; start < n_words; start += BLOCK) {
        const uint32_t n = (uint32_t)(n_words - start < BLOCK ? n_words - start : BLOCK);
        uint32_t n_active = 0;
        float *score = scores + start;
        for (uint32_t i = 0; i < n; i++) {
            score[i] = lm->unigrams[2 * (first + start + i)];
            slot[i] = first + (uint32_t)(start + i);
            length[i] = 1;
            active[n_active++] = i;
        }
        for (int m = 2; n_active && m <= lm->order && m - 1 <= state->length; m++) {
            const nlptk_ngram_table *table = &lm->tables[m];
            uint32_t still = 0;
            for (uint32_t k = 0; k < n_active; k++) {
                const uint32_t i = active[k];
                key[i] = key_of(slot[i], state->words[m - 2]);
                slot[i] = home_of(key[i], table->capacity);
                PREFETCH(entry_at(table, slot[i]));
            }
            for (uint32_t k = 0; k < n_active; k++) {
                const uint32_t i = active[k];
                const uint8_t *entry = find_entry(table, key[i], &slot[i]);
                if (!entry) continue;
                score[i] = log_prob_of(table, entry);
                length[i] = (uint8_t)m;
                active[still++] = i;
            }
            n_active = still;
        }
        for (uint32_t i = 0; i < n; i++)
            for (int k = length[i]; k <= state->length; k++) score[i] += state->backoff[k - 1];
    }
}

/* ---- building */

void nlptk_lm_find(const nlptk_lm *lm, const uint32_t *rows, ptrdiff_t stride, int n, size_t n_rows, uint32_t *slots)
{
    uint64_t key[BLOCK];
    for (size_t start = 0; start < n_rows; start += BLOCK) {
        const uint32_t *row = rows + (ptrdiff_t)start * stride;
        const uint32_t m = (uint32_t)(n_rows - start < BLOCK ? n_rows - start : BLOCK);
        uint32_t *slot = slots + start;
        for (uint32_t i = 0; i < m; i++) {
            const uint32_t word = row[i * stride + n - 1];
            slot[i] = word < lm->n_words ? word : NLPTK_LM_NONE;
        }
        for (int k = 2; k <= n; k++) {
            const nlptk_ngram_table *table = &lm->tables[k];
            for (uint32_t i = 0; i < m; i++) {
                if (slot[i] == NLPTK_LM_NONE) continue;
                key[i] = key_of(slot[i], row[i * stride + n - k]);
                slot[i] = home_of(key[i], table->capacity);
                PREFETCH(entry_at(table, slot[i]));
            }
            for (uint32_t i = 0; i < m; i++)
                if (slot[i] != NLPTK_LM_NONE && (key[i] >> 32 == NLPTK_LM_NONE || !find_entry(table, key[i], &slot[i])))
                    slot[i] = NLPTK_LM_NONE;
        }
    }
}

int nlptk_lm_insert(const nlptk_lm *lm, nlptk_ngram *table, uint64_t capacity, const uint32_t *suffix, const uint32_t *first,
                    const float *log_prob, const float *log_backoff, size_t n, uint32_t *slots, size_t *at)
{
    const uint64_t lower = lm->order == 1 ? lm->n_words : lm->tables[lm->order].capacity;
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t end = n - start < BLOCK ? n : start + BLOCK;
        for (size_t i = start; i < end; i++) {
            *at = i;
            if (suffix[i] >= lower || first[i] >= lm->n_words) return NLPTK_LM_RANGE;
            if (!isfinite(log_prob[i]) || log_prob[i] > 0 || !isfinite(log_backoff[i])) return NLPTK_LM_NUMBER;
            slots[i] = home_of(key_of(suffix[i], first[i]), capacity);
            PREFETCH(table + slots[i]);
        }
        for (size_t i = start; i < end; i++) {
            uint32_t slot = slots[i];
            uint64_t left = capacity;
            *at = i;
            for (; left && table[slot].first != NLPTK_LM_NONE; left--) {
                if (table[slot].first == first[i] && table[slot].suffix == suffix[i]) return NLPTK_LM_TWICE;
                if (++slot == capacity) slot = 0;
            }
            if (!left) return NLPTK_LM_FULL;
            table[slot] = (nlptk_ngram){suffix[i], first[i], log_prob[i], log_backoff[i]};
            slots[i] = slot;
        }
    }
    return NLPTK_LM_OK;
}

int nlptk_lm_check(const nlptk_lm *lm, int n, uint64_t count)
{
    uint64_t used = 0;
    if (n == 1) {
        for (uint32_t i = 0; i < lm->n_words; i++)
            if (!isfinite(lm->unigrams[2 * (size_t)i]) || lm->unigrams[2 * (size_t)i] > 0 ||
                !isfinite(lm->unigrams[2 * (size_t)i + 1]))
                return NLPTK_LM_NUMBER;
        return count == lm->n_words ? NLPTK_LM_OK : NLPTK_LM_COUNT;
    }
    const nlptk_ngram_table *table = &lm->tables[n], *lower = &lm->tables[n - 1];
    const uint64_t n_lower = n == 2 ? lm->n_words : lower->capacity;
    int outside = 0, wrong = 0; /* without branches: which slots are taken is anyone's guess */
    for (uint64_t i = 0; i < table->capacity; i++) {
        const uint8_t *entry = entry_at(table, (uint32_t)i);
        const uint32_t suffix = load32(entry), first = load32(entry + 4);
        const float log_prob = log_prob_of(table, entry), log_backoff = log_backoff_of(table, entry);
        const int is_used = first != NLPTK_LM_NONE;
        outside |= is_used & ((first >= lm->n_words) | (suffix >= n_lower));
        wrong |= is_used & !((log_prob >= -FLT_MAX) & (log_prob <= 0) & (fabsf(log_backoff) <= FLT_MAX));
        used += (uint64_t)is_used;
    }
    if (outside) return NLPTK_LM_RANGE;
    if (wrong) return NLPTK_LM_NUMBER;
    return used == count && used < table->capacity ? NLPTK_LM_OK : NLPTK_LM_COUNT;
}
