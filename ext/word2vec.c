/* Skip-gram and CBOW; see word2vec.h. */
#include "nlptk/word2vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nlptk/rows.h"
#include "nlptk/simd.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#endif

#define AHEAD 4        /* examples that are made before they are needed, so that their rows are on the way */
#define BUFFER 4096    /* words, besides those of the windows around them */
#define LINE 64        /* bytes, of the cache */
#define PREFETCH nlptk_prefetch_row

/* ---- words of a part, without those that subsampling drops: -1 between sentences and at both ends */

typedef struct {
    int32_t *ids;
    int64_t *places;
    int64_t n, next, at; /* words in the buffer, the next centre, the next place of the corpus */
    int64_t gone;        /* words that were in front of those in the buffer */
    int64_t begin, end;  /* of the centre's sentence; as far as its window may reach */
    int finished;
} stream;

static void stream_begin(stream *s, int64_t begin)
{
    s->ids[0] = -1;
    s->n = s->next = 1;
    s->at = begin;
    s->gone = s->begin = s->end = 0;
    s->finished = 0;
}

/* More words, keeping the window to the left of the next centre. */
static void stream_fill(stream *s, const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_part *part)
{
    int64_t from = s->next - m->window > 0 ? s->next - m->window : 0, words = 0;
    s->n -= from;
    s->next -= from;
    s->gone += from;
    s->begin -= from;
    s->end -= from;
    memmove(s->ids, s->ids + from, (size_t)s->n * sizeof *s->ids);
    memmove(s->places, s->places + from, (size_t)s->n * sizeof *s->places);
    int64_t at = s->at, n = s->n, full = BUFFER + 2 * (int64_t)m->window;
    for (; at < part->end && n < full; at++) {
        int32_t id = ids[at];
        if (id < 0 || id >= m->n_words) {
            s->ids[n] = -1;
            n += s->ids[n - 1] >= 0; /* empty sentences leave nothing */
            continue;
        }
        words++;
        s->ids[n] = id;
        s->places[n] = at;
        n += !m->keep || (uint32_t)(nlptk_draw(part->stream, (uint64_t)at) >> 32) <= m->keep[id];
    }
    if (at == part->end) {
        s->finished = 1;
        s->ids[n++] = -1;
    }
    s->at = at;
    s->n = n;
    part->words += words;
}

/* Whether there is another centre; its whole window is in the buffer. */
static int stream_next(stream *s, const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_part *part, int64_t *centre)
{
    for (;;) {
        int64_t end = s->finished ? s->n : s->n - m->window;
        while (s->next < end && s->ids[s->next] < 0)
            s->next++;
        if (s->next < end) {
            const int64_t at = *centre = s->next++;
            if (s->ids[at - 1] < 0)
                s->begin = s->end = at;
            while (s->end <= at + m->window && s->ids[s->end] >= 0)
                s->end++;
            return 1;
        }
        if (s->finished)
            return 0;
        stream_fill(s, m, ids, part);
    }
}

/* ---- examples */

/* Skip-gram of words that have parts: the word predicts its window, as in fastText; in word2vec the window predicts the word,
   each of its words by itself. */
static int is_forward(const nlptk_word2vec *m)
{
    return m->part_starts && !m->cbow;
}

/* Whether each input of an example is trained by itself, and not their sum. */
static int is_of_pairs(const nlptk_word2vec *m)
{
    return !m->cbow && !m->part_starts;
}

/* Places that the targets of a word take. */
static int targets_of(const nlptk_word2vec *m)
{
    int n = m->longest_path + (m->negative ? 1 + m->negative : 0);
    return (n + NLPTK_TARGETS - 1) / NLPTK_TARGETS * NLPTK_TARGETS;
}

static int64_t round64(int64_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* The next place where a vector lies in one line of the cache. */
static char *whole_line(void *memory)
{
    return (char *)round64((int64_t)(intptr_t)memory);
}

/* Bytes of the pieces of an example. */
typedef struct {
    int64_t inputs, targets, signs, steps, whole;
} layout;

static layout layout_of(const nlptk_word2vec *m)
{
    int64_t n_targets = targets_of(m) * (is_forward(m) ? 2 * (int64_t)m->window : 1), groups = n_targets / NLPTK_TARGETS;
    int64_t pairs = is_of_pairs(m) ? m->window : 1;
    int64_t n_inputs = (is_forward(m) ? 1 : 2 * (int64_t)m->window) * (m->part_starts ? m->most_parts : 1);
    layout l;
    l.inputs = round64((n_inputs + 1) * (int64_t)sizeof(float *));
    l.targets = round64((n_targets + 1) * (int64_t)sizeof(float *));
    l.signs = round64(groups * NLPTK_SLOTS * 4);
    l.steps = round64(groups * pairs * NLPTK_SLOTS * 4);
    l.whole = l.inputs + l.targets + l.signs + l.steps;
    return l;
}

/* Cut n examples out of memory; gives what comes after. */
static char *examples_begin(const nlptk_word2vec *m, nlptk_example *x, int n, char *memory)
{
    layout l = layout_of(m);
    for (int i = 0; i < n; i++) {
        x[i].inputs = (float **)memory;
        x[i].targets = (float **)(memory + l.inputs);
        x[i].signs = (float *)(memory + l.inputs + l.targets);
        x[i].steps = (float *)(memory + l.inputs + l.targets + l.signs);
        memset(x[i].signs, 0, (size_t)l.signs); /* of the slots that stand for nothing, too */
        memory += l.whole;
    }
    return memory;
}

/* The full softmax is what is left when neither of the others is asked for. */
static int is_full_softmax(const nlptk_word2vec *m)
{
    return !m->negative && !m->path_starts;
}

/* ---- windows of words that have parts */

/* CBOW adds up the parts of all words of a window, and each word stands in many windows: so its sum is made when it comes into
   reach, moved along with the steps, and these are handed to its parts when it goes out of reach. */
typedef struct {
    float *rows;  /* of each slot: sum of the parts, then the steps that they have coming */
    int32_t *ids; /* word of a slot; -1: none */
    int64_t slots, next; /* the next word to come in, counted from the beginning */
} reach;

static int64_t reach_slots(const nlptk_word2vec *m)
{
    return 2 * (int64_t)m->window + AHEAD + 1;
}

static int64_t reach_bytes(const nlptk_word2vec *m)
{
    return m->cbow && m->part_starts ? reach_slots(m) * 2 * m->stride * 4 + round64(reach_slots(m) * 4) : 0;
}

static void reach_begin(const nlptk_word2vec *m, reach *r, char *memory)
{
    r->slots = reach_slots(m);
    r->next = 0;
    r->rows = (float *)memory;
    r->ids = (int32_t *)(memory + r->slots * 2 * m->stride * 4);
    for (int64_t i = 0; i < r->slots; i++)
        r->ids[i] = -1;
}

static float *reach_row(const nlptk_word2vec *m, const reach *r, int64_t slot)
{
    return r->rows + slot * 2 * m->stride;
}

NLPTK_CLONES
static void reach_empty(const nlptk_word2vec *m, reach *r, int64_t slot)
{
    const int32_t word = r->ids[slot];
    const float *step = reach_row(m, r, slot) + m->stride;
    if (word < 0)
        return;
    for (int64_t k = m->part_starts[word]; k < m->part_starts[word + 1]; k++) {
        float *row = m->input + m->parts[k] * m->stride;
        for (int64_t c = 0; c < m->stride; c++)
            row[c] += step[c];
    }
    r->ids[slot] = -1;
}

NLPTK_CLONES
static void reach_fill(const nlptk_word2vec *m, reach *r, int64_t slot, int32_t word)
{
    float *sum = reach_row(m, r, slot);
    r->ids[slot] = word;
    memset(sum, 0, (size_t)m->stride * 2 * sizeof *sum);
    for (int64_t k = m->part_starts[word]; k < m->part_starts[word + 1]; k++) {
        const float *row = m->input + m->parts[k] * m->stride;
        for (int64_t c = 0; c < m->stride; c++)
            sum[c] += row[c];
    }
}

/* Let in all words that the window of a centre may have. */
static void reach_move(const nlptk_word2vec *m, reach *r, const stream *s, int64_t centre)
{
    for (int64_t k = r->next - s->gone; k <= centre + m->window && k < s->n; k++, r->next++) {
        const int64_t slot = r->next % r->slots, soon = k + AHEAD;
        reach_empty(m, r, slot);
        if (s->ids[k] >= 0)
            reach_fill(m, r, slot, s->ids[k]);
        if (soon < s->n && s->ids[soon] >= 0)
            for (int64_t p = m->part_starts[s->ids[soon]]; p < m->part_starts[s->ids[soon] + 1]; p++)
                PREFETCH(m->input + m->parts[p] * m->stride, m->stride);
    }
}

static int64_t n_parts(const nlptk_word2vec *m, int32_t word)
{
    return m->part_starts[word + 1] - m->part_starts[word];
}

/* h = scale * sum of the inputs, trained as if it were the only input; then all inputs follow. work: 4 rows */
NLPTK_CLONES
static void reach_train(const nlptk_word2vec *m, const reach *r, const nlptk_row_kernels *rows, nlptk_example *x, float *work)
{
    const int64_t stride = m->stride;
    float *h = work + 2 * stride, *step = h + stride, *input[2] = {h, x->inputs[x->n_inputs]};
    nlptk_example sum = *x;
    memset(h, 0, (size_t)stride * sizeof *h);
    for (int i = 0; i < x->n_inputs; i++)
        for (int64_t c = 0; c < stride; c++)
            h[c] += x->inputs[i][c];
    for (int64_t c = 0; c < stride; c++)
        step[c] = h[c] *= x->scale;
    sum.inputs = input;
    sum.n_inputs = 1;
    sum.scale = sum.back = 1;
    rows->sum_train(&sum, stride, work);
    x->loss = sum.loss;
    for (int64_t c = 0; c < stride; c++)
        step[c] = (h[c] - step[c]) * x->back;
    for (int i = 0; i < x->n_inputs; i++) {
        float *row = x->inputs[i];
        const float n = (float)n_parts(m, r->ids[(row - r->rows) / (2 * stride)]);
        for (int64_t c = 0; c < stride; c++) {
            row[c] += n * step[c];
            row[stride + c] += step[c];
        }
    }
}

/* ---- examples */

/* Rows of a word; gives how many inputs there are now. */
static int add_inputs(const nlptk_word2vec *m, nlptk_example *x, int n, int32_t word)
{
    if (!m->part_starts) {
        x->inputs[n] = m->input + word * m->stride;
        return n + 1;
    }
    for (int64_t k = m->part_starts[word]; k < m->part_starts[word + 1]; k++)
        x->inputs[n++] = m->input + m->parts[k] * m->stride;
    return n;
}

/* What tells a word from others; gives how many targets there are now, a multiple of NLPTK_TARGETS. */
static int add_targets(const nlptk_word2vec *m, nlptk_example *x, int t, int32_t word, uint64_t random, float *zeros)
{
    const int64_t stride = m->stride;
    const float of_pairs = is_of_pairs(m);
    nlptk_target_place place = nlptk_target_place_of(x, t);
    float *inner = m->output;
    if (m->negative) {
        float *right = m->output + word * stride;
        PREFETCH(right, stride);
        nlptk_add_target(&place, right, 1, of_pairs);
        for (int k = 0; k < m->negative; k++) {
            int32_t noise = nlptk_alias_draw(m->noise, (uint32_t)m->n_words, nlptk_draw(random, (uint64_t)k));
            float *row = m->output + noise * stride;
            PREFETCH(row, stride);
            nlptk_add_target(&place, row, -(float)(noise != word), of_pairs);
        }
        inner += m->n_words * stride;
    }
    if (m->path_starts)
        for (int64_t k = m->path_starts[word]; k < m->path_starts[word + 1]; k++) {
            float *row = inner + m->paths[k] * stride;
            PREFETCH(row, stride);
            nlptk_add_target(&place, row, (float)(1 - 2 * m->codes[k]), of_pairs);
        }
    while (place.k)
        nlptk_add_target(&place, zeros, 0, 0);
    return (int)(place.row - x->targets);
}

static void prefetch_word(const nlptk_word2vec *m, const stream *s, int64_t k)
{
    if (k >= s->n || s->ids[k] < 0)
        return;
    if (m->path_starts) {
        PREFETCH((const float *)(m->paths + m->path_starts[s->ids[k]]), 16);
        PREFETCH((const float *)(m->codes + m->path_starts[s->ids[k]]), 16);
    }
    if (!m->part_starts) {
        PREFETCH(m->input + s->ids[k] * m->stride, m->stride);
        return;
    }
    for (int64_t p = m->part_starts[s->ids[k]]; p < m->part_starts[s->ids[k] + 1]; p++)
        PREFETCH(m->input + m->parts[p] * m->stride, m->stride);
}

/* The window of a centre and what it shall predict; whether there is anything to learn. `zeros` is a row; `r`: NULL, or where the
   sums of the window's words are. */
static int example_make(const nlptk_word2vec *m, const stream *s, int64_t centre, const nlptk_word2vec_part *part, float *zeros,
                        const reach *r, nlptk_example *x, int32_t *word)
{
    uint64_t random = nlptk_draw(part->stream, (uint64_t)s->places[centre]);
    const int32_t w = *word = s->ids[centre];
    const int reach = m->shrink ? 1 + (int)((random & 0xFFFFFFFFu) * (uint64_t)m->window >> 32) : m->window;
    const int forward = is_forward(m);
    const int64_t first = centre - reach > s->begin ? centre - reach : s->begin;
    const int64_t last = centre + reach < s->end ? centre + reach : s->end - 1;
    int n = 0, t = 0;
    if (!r)
        prefetch_word(m, s, forward ? centre : centre + m->window); /* before any window reaches it */
    x->n_inputs = 0;
    if (first == last)
        return 0;
    int64_t n_rows = 0;
    if (forward)
        n = add_inputs(m, x, 0, w);
    else if (r)
        for (int64_t k = first; k <= last; k++) {
            if (k != centre) {
                x->inputs[n++] = reach_row(m, r, (s->gone + k) % r->slots);
                n_rows += n_parts(m, s->ids[k]);
            }
        }
    else if (m->part_starts) {
        for (int64_t k = first; k <= last; k++)
            if (k != centre)
                n = add_inputs(m, x, n, s->ids[k]);
    } else
        for (int64_t k = first; k <= last; k++) {
            x->inputs[n] = m->input + s->ids[k] * m->stride;
            n += k != centre;
        }
    x->inputs[n] = zeros;
    x->n_inputs = n;
    x->joint = m->cbow;
    x->n_pairs = m->cbow ? 1 : (int)(last - first);
    x->alpha = (float)(part->alpha + (part->last - part->alpha) * (double)(s->places[centre] - part->begin) /
                                         (double)(part->end - part->begin));
    n_rows = r ? n_rows : n;
    x->scale = m->mean || forward ? 1.0f / (float)n_rows : 1;
    x->back = m->mean || forward ? 1 : 1.0f / (float)n_rows;
    if (is_full_softmax(m))
        return 1;
    if (!forward)
        t = add_targets(m, x, 0, w, random, zeros);
    else
        for (int64_t k = first, i = 0; k <= last; k++)
            if (k != centre)
                t = add_targets(m, x, t, s->ids[k], nlptk_draw(random, (uint64_t)i++), zeros);
    x->n_groups = t / NLPTK_TARGETS;
    return 1;
}

/* -log softmax of h.u over all words, and its step; plain, for small vocabularies. work: n_words floats. */
static double softmax_step(const nlptk_word2vec *m, const float *h, float *e, int32_t word, float alpha, float *work)
{
    float highest = -INFINITY;
    double total = 0;
    for (int64_t w = 0; w < m->n_words; w++) {
        const float *u = m->output + w * m->stride;
        float score = 0;
        for (int64_t c = 0; c < m->stride; c++)
            score += h[c] * u[c];
        work[w] = score;
        highest = score > highest ? score : highest;
    }
    const double right = work[word] - highest;
    for (int64_t w = 0; w < m->n_words; w++)
        total += work[w] = expf(work[w] - highest);
    for (int64_t w = 0; w < m->n_words; w++) {
        float *u = m->output + w * m->stride, g = alpha * ((float)(w == word) - (float)(work[w] / total));
        for (int64_t c = 0; c < m->stride; c++) {
            e[c] += g * u[c];
            u[c] += g * h[c];
        }
    }
    return log(total) - right;
}

static void softmax_train(const nlptk_word2vec *m, nlptk_example *x, int32_t word, float *work)
{
    float *h = work, *e = work + m->stride, *scores = work + 2 * m->stride;
    double loss = 0;
    for (int i = 0; i < (m->cbow ? 1 : x->n_inputs); i++) {
        if (!m->cbow)
            memcpy(h, x->inputs[i], (size_t)m->stride * 4);
        else
            for (int64_t c = 0; c < m->stride; c++) {
                float sum = 0;
                for (int k = 0; k < x->n_inputs; k++)
                    sum += x->inputs[k][c];
                h[c] = x->scale * sum;
            }
        memset(e, 0, (size_t)m->stride * 4);
        loss += softmax_step(m, h, e, word, x->alpha, scores);
        for (int k = m->cbow ? 0 : i; k < (m->cbow ? x->n_inputs : i + 1); k++)
            for (int64_t c = 0; c < m->stride; c++)
                x->inputs[k][c] += (m->cbow ? x->back : 1) * e[c];
    }
    x->loss = (float)loss;
}

/* ---- training */

static int64_t stream_bytes(const nlptk_word2vec *m)
{
    int64_t n = BUFFER + 3 * (int64_t)m->window + 2;
    return round64(n * 4) + round64(n * 8);
}

static char *stream_place(const nlptk_word2vec *m, stream *s, char *memory)
{
    int64_t n = BUFFER + 3 * (int64_t)m->window + 2;
    memory = whole_line(memory);
    s->ids = (int32_t *)memory;
    s->places = (int64_t *)(memory + round64(n * 4));
    return memory + stream_bytes(m);
}

int64_t nlptk_word2vec_workspace(const nlptk_word2vec *m)
{
    int64_t scores = is_full_softmax(m) ? round64(m->n_words * 4) : 0;
    return LINE + stream_bytes(m) + AHEAD * layout_of(m).whole + reach_bytes(m) + 5 * m->stride * 4 + scores;
}

void nlptk_word2vec_train(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_part *part, void *workspace)
{
    const nlptk_row_kernels *rows = nlptk_rows_here();
    nlptk_example examples[AHEAD];
    int32_t words[AHEAD];
    stream s;
    reach sums, *r = m->cbow && m->part_starts ? &sums : NULL;
    char *memory = examples_begin(m, examples, AHEAD, stream_place(m, &s, workspace));
    float *zeros = (float *)(memory + reach_bytes(m)), *work = zeros + m->stride;
    if (r)
        reach_begin(m, r, memory);
    memset(zeros, 0, (size_t)m->stride * 4);
    stream_begin(&s, part->begin);
    part->loss = 0;
    part->examples = part->words = 0;

    int64_t made = 0, done = 0, centre = 0, first = 0, centres[AHEAD] = {0};
    int more = 1, held = 0;
    for (;;) {
        while (more && made - done < AHEAD) {
            if (!held && !(more = stream_next(&s, m, ids, part, &centre)))
                break;
            held = r && made > done && s.gone + centre - first > AHEAD;
            if (held) /* to let its window in would put out that of the first example */
                break;
            if (r)
                reach_move(m, r, &s, centre);
            if (example_make(m, &s, centre, part, zeros, r, &examples[made % AHEAD], &words[made % AHEAD])) {
                centres[made % AHEAD] = s.gone + centre;
                first = centres[done % AHEAD];
                made++;
            }
        }
        if (done == made)
            break;
        nlptk_example *x = &examples[done % AHEAD];
        if (is_full_softmax(m))
            softmax_train(m, x, words[done % AHEAD], work);
        else if (r)
            reach_train(m, r, rows, x, work);
        else if (is_of_pairs(m))
            rows->pairs_train(x, m->stride);
        else
            rows->sum_train(x, m->stride, work);
        part->loss += x->loss;
        part->examples += x->n_pairs;
        first = centres[++done % AHEAD];
    }
    for (int64_t i = 0; r && i < r->slots; i++)
        reach_empty(m, r, i);
}

/* ---- by a team */

#if defined(_WIN32)
typedef struct {
    SRWLOCK lock;
    CONDITION_VARIABLE open;
} gate;
#define ARRIVE(p) InterlockedIncrement64(p)
#define ARRIVED(p) InterlockedAdd64(p, 0)
#define GATE_BEGIN(g) (InitializeSRWLock(&(g)->lock), InitializeConditionVariable(&(g)->open))
#define GATE_LOCK(g) AcquireSRWLockExclusive(&(g)->lock)
#define GATE_UNLOCK(g) ReleaseSRWLockExclusive(&(g)->lock)
#define GATE_WAIT(g) SleepConditionVariableSRW(&(g)->open, &(g)->lock, INFINITE, 0)
#define GATE_OPEN(g) WakeAllConditionVariable(&(g)->open)
#define GATE_END(g) ((void)(g))
#else
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t open;
} gate;
#define ARRIVE(p) __atomic_add_fetch(p, 1, __ATOMIC_ACQ_REL)
#define ARRIVED(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define GATE_BEGIN(g) (pthread_mutex_init(&(g)->lock, NULL), pthread_cond_init(&(g)->open, NULL))
#define GATE_LOCK(g) pthread_mutex_lock(&(g)->lock)
#define GATE_UNLOCK(g) pthread_mutex_unlock(&(g)->lock)
#define GATE_WAIT(g) pthread_cond_wait(&(g)->open, &(g)->lock)
#define GATE_OPEN(g) pthread_cond_broadcast(&(g)->open)
#define GATE_END(g) (pthread_cond_destroy(&(g)->open), pthread_mutex_destroy(&(g)->lock))
#endif

void *nlptk_word2vec_gate(void)
{
    gate *g = malloc(sizeof *g);
    if (g)
        GATE_BEGIN(g);
    return g;
}

void nlptk_word2vec_gate_free(void *g)
{
    if (g)
        GATE_END((gate *)g);
    free(g);
}

/* Wait for all, awake for a while, then asleep, for on a busy machine the others may come late; `round` counts the barriers that a
   thread has passed. */
static void barrier(nlptk_word2vec_team *team, int64_t *round)
{
    gate *g = team->gate;
    const int64_t all = ++*round * team->threads;
    if (team->threads == 1)
        return;
    if (ARRIVE(&team->arrived) == all) {
        GATE_LOCK(g); /* nobody is between looking and falling asleep */
        GATE_OPEN(g);
        GATE_UNLOCK(g);
        return;
    }
    for (int spins = 0; spins < 3000; spins++) {
        if (ARRIVED(&team->arrived) >= all)
            return;
#if defined(__x86_64__) && defined(__GNUC__)
        __builtin_ia32_pause();
#endif
    }
    GATE_LOCK(g);
    while (ARRIVED(&team->arrived) < all)
        GATE_WAIT(g);
    GATE_UNLOCK(g);
}

int64_t nlptk_word2vec_shared(const nlptk_word2vec *m, int block)
{
    return LINE + block * (round64(sizeof(nlptk_example)) + layout_of(m).whole) + m->stride * 4;
}

void nlptk_word2vec_train_together(const nlptk_word2vec *m, const int32_t *ids, nlptk_word2vec_team *team, int thread,
                                   void *workspace)
{
    const nlptk_row_kernels *rows = nlptk_rows_here();
    const int block = team->block, threads = team->threads;
    char *shared = whole_line(team->examples);
    nlptk_example *examples = (nlptk_example *)shared;
    float *zeros = (float *)(shared + block * (round64(sizeof(nlptk_example)) + layout_of(m).whole));
    nlptk_word2vec_part part = team->part;
    stream s;
    /* every thread reads all words, which takes little, so that all know where a block ends */
    float *work = (float *)stream_place(m, &s, workspace);
    const int64_t lines = m->stride / 16, from = lines * thread / threads * 16, to = lines * (thread + 1) / threads * 16;
    const int first = (int)((int64_t)block * thread / threads), last = (int)((int64_t)block * (thread + 1) / threads);
    int64_t round = 0;

    if (thread == 0) {
        memset(zeros, 0, (size_t)m->stride * 4);
        examples_begin(m, examples, block, shared + block * round64(sizeof(nlptk_example)));
    }
    stream_begin(&s, part.begin);
    part.loss = 0;
    part.examples = part.words = 0;
    barrier(team, &round);
    for (int more = 1; more;) {
        int n = 0, measured = first;
        while (n < block) {
            int64_t centre;
            if (!(more = stream_next(&s, m, ids, &part, &centre)))
                break;
            if (n >= first && n < last) {
                int32_t word;
                if (!example_make(m, &s, centre, &part, zeros, NULL, &examples[n], &word))
                    examples[n].n_inputs = examples[n].n_groups = examples[n].n_pairs = 0, examples[n].loss = 0;
                for (; measured < n - 2; measured++) {
                    if (is_of_pairs(m))
                        rows->pairs_respond(&examples[measured], m->stride);
                    else
                        rows->sum_respond(&examples[measured], m->stride, work);
                }
            }
            n++;
        }
        for (; measured < (n < last ? n : last); measured++) {
            if (is_of_pairs(m))
                rows->pairs_respond(&examples[measured], m->stride);
            else
                rows->sum_respond(&examples[measured], m->stride, work);
        }
        barrier(team, &round);
        for (int i = 0; i < n; i++) {
            if (is_of_pairs(m))
                rows->pairs_apply(&examples[i], from, to);
            else
                rows->sum_apply(&examples[i], from, to, m->stride, work);
        }
        if (thread == 0)
            for (int i = 0; i < n; i++) {
                part.loss += examples[i].loss;
                part.examples += examples[i].n_pairs;
            }
        barrier(team, &round);
    }
    if (thread == 0)
        team->part = part;
}

/* ---- Huffman codes */

int nlptk_huffman_lengths(const int64_t *counts, int64_t n, int32_t *parents, int64_t *work, int64_t *path_starts)
{
    /* leaves rise from the last word to the first, inner nodes in the order they are made: two queues, no heap */
    int64_t leaf = n - 1, inner = 0;
    int longest = 0;
    for (int64_t made = 0; made < n - 1; made++) {
        int64_t sum = 0;
        for (int side = 0; side < 2; side++) {
            int take_leaf = leaf >= 0 && (inner == made || counts[leaf] <= work[inner]);
            int64_t node = take_leaf ? leaf-- : n + inner++;
            sum += node < n ? counts[node] : work[node - n];
            parents[node] = (int32_t)((made << 1) | side);
        }
        work[made] = sum;
    }
    path_starts[0] = 0;
    for (int64_t w = 0; w < n; w++) {
        int length = 0;
        if (n > 1)
            for (int64_t node = w; node != 2 * n - 2; node = n + (parents[node] >> 1))
                length++;
        path_starts[w + 1] = path_starts[w] + length;
        longest = length > longest ? length : longest;
    }
    return longest;
}

void nlptk_huffman_paths(const int32_t *parents, int64_t n, const int64_t *path_starts, int32_t *paths, uint8_t *codes)
{
    for (int64_t w = 0; w < n && n > 1; w++) {
        int64_t at = path_starts[w + 1];
        for (int64_t node = w; node != 2 * n - 2; node = n + (parents[node] >> 1)) {
            paths[--at] = parents[node] >> 1;
            codes[at] = parents[node] & 1;
        }
    }
}
