/* ext/newwords.c   Exact n-gram counts with neighbour entropies, by an external sort; newwords.h lists the parts. */
#include "nlptk/newwords.h"
#include "nlptk/utf8.h"
#include <math.h>
#include <string.h>

#define N_SEEN (NLPTK_NEWWORDS_CODES / 64 + 1)

/* ---- gather */

void nlptk_gather_start(nlptk_gather *g, int max_length)
{
    const int slots = max_length + 1; /* and the right neighbour */
    memset(g, 0, sizeof *g);
    g->head_mask = slots < 4 ? UINT64_MAX << (64 - 16 * slots) : UINT64_MAX;
    g->tail_mask = 0xFFFF | (slots > 4 ? UINT64_MAX << (128 - 16 * slots) : 0);
}

/* One code into the window of eight. The position in its middle is written, and counts if two characters begin there. */
static inline size_t push(nlptk_gather *g, uint64_t code, nlptk_position *out)
{
    g->old = g->old << 16 | g->young >> 48;
    g->young = g->young << 16 | code;
    const uint64_t head = g->old << 16 | g->young >> 48, tail = g->young << 16 | g->old >> 48;
    *out = (nlptk_position){head & g->head_mask, tail & g->tail_mask};
    return head >> 48 && (head >> 32 & 0xFFFF);
}

/* A border: what stands in the window moves out of it, and zeros take its place. */
static inline size_t push_border(nlptk_gather *g, nlptk_position *out)
{
    size_t n = 0;
    while (g->old | g->young) n += push(g, 0, out + n);
    return n;
}

/* Whether bytes that are no UTF-8 may become so when more come. */
static bool is_cut_short(const uint8_t *p, size_t left)
{
    const size_t width = p[0] >= 0xF5 ? 0 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
    for (size_t i = 1; i < left && i < width; i++)
        if ((p[i] & 0xC0) != 0x80) return false;
    return left < width;
}

int nlptk_gather_text(nlptk_gather *g, const uint8_t *text, size_t n, size_t *consumed, nlptk_position *out, size_t cap, size_t *written)
{
    const uint8_t *p = text + *consumed, *end = text + n;
    size_t k = *written;
    int status = 0;
    while (p < end) {
        if (cap - k < NLPTK_NEWWORDS_ROOM) {
            status = NLPTK_NEWWORDS_FULL;
            break;
        }
        uint32_t c = *p;
        int width = 1;
        if (c >= 0x80 && (c = nlptk_utf8_decode(p, end, &width)) == UINT32_MAX) {
            if (!is_cut_short(p, (size_t)(end - p))) status = NLPTK_NEWWORDS_UTF8;
            break;
        }
        p += width;
        if (c >= 0x4E00 && c <= 0x9FFF) {
            const uint32_t code = c - 0x4E00 + 1;
            g->count[code]++;
            g->total++;
            k += push(g, code, out + k);
        } else
            k += push_border(g, out + k);
    }
    *consumed = (size_t)(p - text);
    *written = k;
    return status;
}

void nlptk_gather_end(nlptk_gather *g, nlptk_position *out, size_t *written) { *written += push_border(g, out + *written); }

/* ---- sort: most significant byte first, in place ("American flag", McIlroy, Bostic and McIlroy 1993) */

static inline bool precedes(nlptk_position a, nlptk_position b, uint64_t tail_mask)
{
    return a.head < b.head || (a.head == b.head && (a.tail & tail_mask) < (b.tail & tail_mask));
}

static inline unsigned digit(nlptk_position a, int at) { return (at < 8 ? a.head >> (56 - 8 * at) : a.tail >> (120 - 8 * at)) & 0xFF; }

static void sort_few(nlptk_position *a, size_t n, uint64_t tail_mask)
{
    for (size_t i = 1; i < n; i++) {
        const nlptk_position x = a[i];
        size_t j = i;
        for (; j > 0 && precedes(x, a[j - 1], tail_mask); j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

static void sort_from(nlptk_position *a, size_t n, int at, int depth, uint64_t tail_mask)
{
    size_t next[256], end[256];
    for (;; at++) {
        if (at == depth) return;
        if (n <= 24) {
            sort_few(a, n, tail_mask);
            return;
        }
        memset(end, 0, sizeof end);
        for (size_t i = 0; i < n; i++) end[digit(a[i], at)]++;
        if (end[digit(a[0], at)] < n) break; /* else all have the same byte here */
    }
    size_t sum = 0;
    for (int d = 0; d < 256; d++) {
        next[d] = sum;
        sum += end[d];
        end[d] = sum;
    }
    for (unsigned d = 0; d < 256; d++)
        while (next[d] < end[d]) {
            nlptk_position x = a[next[d]];
            for (unsigned to; (to = digit(x, at)) != d;) { /* along the cycle, until something belongs here */
                const nlptk_position y = a[next[to]];
                a[next[to]++] = x;
                x = y;
            }
            a[next[d]++] = x;
        }
    for (size_t d = 0, start = 0; d < 256; start = end[d++])
        if (end[d] - start > 1) sort_from(a + start, end[d] - start, at + 1, depth, tail_mask);
}

void nlptk_sort_positions(nlptk_position *a, size_t n, int depth)
{
    if (n > 1) sort_from(a, n, 0, depth, depth <= 8 ? 0 : UINT64_MAX << (128 - 8 * depth));
}

/* ---- merge: a heap of runs, by what comes next in each */

static inline bool run_precedes(const nlptk_run *runs, uint32_t a, uint32_t b)
{
    const nlptk_position *x = runs[a].next, *y = runs[b].next;
    if (x->head != y->head) return x->head < y->head;
    return x->tail >> 16 < y->tail >> 16;
}

static void sift_down(const nlptk_run *runs, uint32_t *heap, size_t n, size_t at)
{
    const uint32_t run = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && run_precedes(runs, heap[child + 1], heap[child])) child++;
        if (!run_precedes(runs, heap[child], run)) break;
        heap[at] = heap[child];
    }
    heap[at] = run;
}

size_t nlptk_merge_start(const nlptk_run *runs, size_t n_runs, uint32_t *heap)
{
    size_t n = 0;
    for (size_t i = 0; i < n_runs; i++)
        if (runs[i].next < runs[i].end) heap[n++] = (uint32_t)i;
    for (size_t i = n / 2; i-- > 0;) sift_down(runs, heap, n, i);
    return n;
}

size_t nlptk_merge_refilled(const nlptk_run *runs, uint32_t *heap, size_t n_heap)
{
    if (runs[heap[0]].next == runs[heap[0]].end) heap[0] = heap[--n_heap];
    if (n_heap) sift_down(runs, heap, n_heap, 0);
    return n_heap;
}

size_t nlptk_merge(nlptk_run *runs, uint32_t *heap, size_t n_heap, nlptk_position *out, size_t cap)
{
    size_t n = 0;
    while (n < cap && n_heap) {
        nlptk_run *run = &runs[heap[0]];
        out[n++] = *run->next++;
        if (run->next == run->end) break; /* the caller reads on, then says so */
        sift_down(runs, heap, n_heap, 0);
    }
    return n;
}

/* ---- scan

   H = log N - 1/N sum over neighbours c of n_c log n_c,   N = sum over c of n_c + borders.
   A border is a neighbour unlike any other (Feng et al. 2004), so each adds 1 log 1 = 0 to the sum.
   The sum goes over ascending c: right neighbours come so out of the sort, left ones out of a histogram or a small sort. */

void nlptk_scan_start(nlptk_scan *s)
{
    for (int i = 1; i < NLPTK_NEWWORDS_SMALL; i++) s->n_log_n[i] = (double)i * log((double)i);
}

static inline double n_log_n(const nlptk_scan *s, uint64_t n)
{
    return n < NLPTK_NEWWORDS_SMALL ? s->n_log_n[n] : (double)n * log((double)n);
}

static inline double entropy(uint64_t n, double sum)
{
    const double h = log((double)n) - sum / (double)n;
    return h > 0 ? h : 0;
}

/* sum n_c log n_c over the left neighbours of a group small enough that all of them are still remembered. */
static double left_of_few(const nlptk_scan *s, size_t n)
{
    uint16_t c[NLPTK_NEWWORDS_RECENT];
    for (size_t i = 0; i < n; i++) {
        const uint16_t x = s->recent[(s->n - n + i) % NLPTK_NEWWORDS_RECENT];
        size_t j = i;
        for (; j > 0 && x < c[j - 1]; j--) c[j] = c[j - 1];
        c[j] = x;
    }
    double sum = 0;
    size_t i = 0;
    while (i < n && !c[i]) i++;
    for (size_t j; i < n; i = j) {
        for (j = i + 1; j < n && c[j] == c[i]; j++) {}
        sum += n_log_n(s, j - i);
    }
    return sum;
}

/* The same for a group that has a histogram, which is left empty. */
static double left_of_many(nlptk_scan *s, int m)
{
    uint64_t *left = s->left + (size_t)m * NLPTK_NEWWORDS_CODES, *seen = s->seen + (size_t)m * N_SEEN;
    double sum = 0;
    for (size_t word = 0; word < N_SEEN; word++)
        for (size_t c = word * 64; seen[word]; c++, seen[word] >>= 1)
            if (seen[word] & 1) {
                if (c) sum += n_log_n(s, left[c]);
                left[c] = 0;
            }
    return sum;
}

static inline void add_left(nlptk_scan *s, int m, uint16_t c)
{
    s->left[(size_t)m * NLPTK_NEWWORDS_CODES + c]++;
    s->seen[(size_t)m * N_SEEN + c / 64] |= UINT64_C(1) << c % 64;
}

static inline uint64_t code_at(uint64_t head, uint64_t tail, int i) { return (i < 4 ? head >> (48 - 16 * i) : tail >> (112 - 16 * i)) & 0xFFFF; }

static inline uint64_t head_of(uint64_t head, int m) { return m < 4 ? head & UINT64_MAX << (64 - 16 * m) : head; }

static inline uint64_t tail_of(uint64_t tail, int m) { return m > 4 ? tail & UINT64_MAX << (128 - 16 * m) : 0; }

/* The open group of m characters ends before position s->n: an n-gram, and a right neighbour of the group of m - 1. */
static inline void close_group(nlptk_scan *s, int m)
{
    const uint64_t count = s->n - s->start[m];
    if (!code_at(s->head, s->tail, m - 1)) return; /* borders */
    if (m <= s->max_length) {
        double left = 0;
        if (count > NLPTK_NEWWORDS_RECENT)
            left = left_of_many(s, m);
        else if (count >= s->min_count)
            left = left_of_few(s, (size_t)count);
        if (count >= s->min_count)
            s->grams[m][s->n_grams[m]++] =
                (nlptk_gram){head_of(s->head, m), tail_of(s->tail, m), count, entropy(count, left), entropy(count, s->right[m])};
        s->right[m] = 0;
    }
    s->right[m - 1] += n_log_n(s, count);
}

static inline int common_prefix(uint64_t head, uint64_t tail, nlptk_position p)
{
    int m = 0;
    while (m < NLPTK_NEWWORDS_SLOTS && code_at(head, tail, m) == code_at(p.head, p.tail, m)) m++;
    return m;
}

size_t nlptk_scan_positions(nlptk_scan *s, const nlptk_position *a, size_t n)
{
    const int deepest = s->max_length + 1;
    for (size_t i = 0; i < n; i++) {
        for (int m = 2; m <= s->max_length; m++)
            if (s->n_grams[m] == s->cap) return i;
        const int common = common_prefix(s->head, s->tail, a[i]);
        for (int m = deepest; m > common && m >= 2; m--) {
            if (s->n) close_group(s, m);
            s->start[m] = s->n;
        }
        s->head = a[i].head, s->tail = a[i].tail;
        const uint16_t left = a[i].tail & 0xFFFF;
        for (int m = 2; m <= s->max_length && s->n - s->start[m] >= NLPTK_NEWWORDS_RECENT && code_at(s->head, s->tail, m - 1); m++) {
            if (s->n - s->start[m] == NLPTK_NEWWORDS_RECENT)
                for (int j = 0; j < NLPTK_NEWWORDS_RECENT; j++) add_left(s, m, s->recent[j]);
            add_left(s, m, left);
        }
        s->recent[s->n++ % NLPTK_NEWWORDS_RECENT] = left;
    }
    return n;
}

void nlptk_scan_end(nlptk_scan *s)
{
    if (s->n)
        for (int m = s->max_length + 1; m >= 2; m--) close_group(s, m);
    s->n = 0;
}

/* ---- cohesion */

size_t nlptk_select_grams(const nlptk_gram *a, size_t n, double min_entropy, nlptk_gram *out, size_t cap, size_t *taken)
{
    size_t k = 0, i = 0;
    for (; i < n && k < cap; i++)
        if (a[i].left >= min_entropy && a[i].right >= min_entropy) out[k++] = a[i];
    *taken = i;
    return k;
}

void nlptk_gram_keys(const nlptk_gram *a, size_t n, int from, int m, nlptk_position *keys)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t head = a[i].head, tail = a[i].tail;
        for (int j = 0; j < from; j++) {
            head = head << 16 | tail >> 48;
            tail <<= 16;
        }
        keys[i] = (nlptk_position){head_of(head, m), tail_of(tail, m) | i};
    }
}

int nlptk_join_counts(const nlptk_position *keys, size_t n, size_t *at, const nlptk_gram *table, size_t n_table, uint64_t *counts)
{
    size_t i = *at, t = 0;
    for (; i < n; i++) {
        const uint64_t head = keys[i].head, tail = keys[i].tail >> 32 << 32;
        while (t < n_table && (table[t].head < head || (table[t].head == head && table[t].tail < tail))) t++;
        if (t == n_table) break;
        if (table[t].head != head || table[t].tail != tail) return -1;
        counts[keys[i].tail & UINT32_MAX] = table[t].count;
    }
    *at = i;
    return 0;
}
