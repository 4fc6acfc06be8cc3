/* ext/wordlist.c   Word lists, `word [frequency] [tag]` a line, straight into a trie.

   Fields are parted by tabs, or else by blanks; then the line is read from its end, as jieba does
   (^(.+?)( [0-9]+)?( [a-z]+)?$), so that a word may hold blanks itself. `# ...` is a comment. */
#include "nlptk/wordlist.h"
#include "nlptk/utf8.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int nlptk_wordlist_init(nlptk_wordlist *list)
{
    memset(list, 0, sizeof *list);
    list->missing = 1;
    return nlptk_words_init(&list->tag_ids, 256);
}

void nlptk_wordlist_free(nlptk_wordlist *list)
{
    nlptk_words_free(&list->tag_ids);
    nlptk_workspace_free(&list->work);
}

int32_t nlptk_wordlist_tag(nlptk_wordlist *list, const uint8_t *tag, size_t n)
{
    uint32_t chars[256];
    if (n > 255) return NLPTK_TRIE_FULL;
    for (size_t i = 0; i < n; i++) chars[i] = tag[i];
    const int32_t node = nlptk_words_insert(&list->tag_ids, chars, (ptrdiff_t)n);
    if (node < 0) return node;
    nlptk_node *known = &list->tag_ids.nodes[node];
    if (!isnan(known->logf)) return (int32_t)known->logf;
    if (list->n_tags == NLPTK_MAX_TAGS) return NLPTK_TRIE_FULL;
    known->logf = list->n_tags;
    return (int32_t)list->n_tags++;
}

static bool is_wide(const uint32_t *word, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (nlptk_class(word[i]) < NLPTK_HAN) return true;
    return false;
}

/* Insert a word with its log frequency; a negative tag leaves the one it has. */
static int set_word(nlptk_words *words, const uint32_t *word, ptrdiff_t n, double logf, int32_t tag)
{
    const int32_t i = nlptk_words_insert(words, word, n);
    if (i < 0) return i;
    nlptk_node *node = &words->nodes[i];
    const bool was = !isnan(node->logf) && node->logf != -INFINITY, is = logf != -INFINITY;
    words->n_words += is - was;
    node->logf = logf;
    if (tag >= 0) node->key = (node->key & NLPTK_CHAR_MASK) | (uint32_t)tag << NLPTK_CHAR_BITS;
    return NLPTK_TRIE_OK;
}

int nlptk_wordlist_add(nlptk_wordlist *list, const uint32_t *word, ptrdiff_t n, double freq, int32_t tag)
{
    if (freq < 0) {
        freq = list->missing;
        if (list->suggest && list->total > 0) {
            const nlptk_segmenter plain = {.algorithm = NLPTK_UNIGRAM, .lexicon = list->lexicon, .log_total = log(list->total)};
            int status = nlptk_workspace_read(&list->work, list->lexicon.trie, word, 4, n);
            if (!status) status = nlptk_suggest(&plain, &list->work, list->total, &freq);
            if (status) return status;
        }
    }
    list->total += freq;
    const int status = set_word(list->words, word, n, freq > 0 ? log(freq) : -INFINITY, tag);
    if (status || !list->special || !(freq > 0) || (list->wide_only && !is_wide(word, n))) return status;
    return set_word(list->special, word, n, 0, -1);
}

static inline bool is_blank(uint32_t c) { return c == ' ' || (c != '\t' && nlptk_class(c) == NLPTK_SPACE); }
static inline bool is_digit(uint32_t c) { return c - '0' < 10u; }

/* A frequency, or -1 if the field is none. */
static double read_freq(const uint32_t *field, ptrdiff_t n)
{
    double freq = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!is_digit(field[i])) return -1;
        freq = freq * 10 + (field[i] - '0');
    }
    return n ? freq : -1;
}

/* -5, +3, 2.75: looks like a frequency, is none */
static bool is_malformed_freq(const uint32_t *field, ptrdiff_t n)
{
    ptrdiff_t i = field[0] == '-' || field[0] == '+';
    ptrdiff_t digits = 0, points = 0;
    for (; i < n; i++) {
        if (field[i] == '.')
            points++;
        else if (is_digit(field[i]))
            digits++;
        else
            return false;
    }
    return digits && points <= 1 && (points || field[0] == '-' || field[0] == '+');
}

typedef struct {
    const uint32_t *start;
    ptrdiff_t n;
} span;

static span trim(span s)
{
    while (s.n && nlptk_class(s.start[0]) == NLPTK_SPACE) s.start++, s.n--;
    while (s.n && nlptk_class(s.start[s.n - 1]) == NLPTK_SPACE) s.n--;
    return s;
}

/* `#`, alone or with a blank behind it; a line with tabs is an entry, whatever its word is. */
static bool is_comment(span line)
{
    if (line.start[0] != '#' || (line.n > 1 && !is_blank(line.start[1]))) return false;
    for (ptrdiff_t i = 1; i < line.n; i++)
        if (line.start[i] == '\t') return false;
    return true;
}

/* A tab at the start is kept: the word before it is missing. */
static span trim_line(span s)
{
    while (s.n && is_blank(s.start[0])) s.start++, s.n--;
    while (s.n && nlptk_class(s.start[s.n - 1]) == NLPTK_SPACE) s.n--;
    return s;
}

/* Cut the last blank-separated field off, if something is left before it. */
static bool last_field(span line, span *rest, span *field)
{
    ptrdiff_t i = line.n;
    while (i > 0 && !is_blank(line.start[i - 1])) i--;
    if (i <= 1 || i == line.n) return false;
    *field = (span){line.start + i, line.n - i};
    *rest = trim((span){line.start, i});
    return rest->n > 0;
}

static const char *const BAD_FREQ = "expected a frequency that is a whole number from 0 to 2^44 (17592186044416)";

/* The fields of a line, or what is wrong with it. */
static const char *parse(span line, span *word, double *freq, span *tag)
{
    *freq = -1;
    *tag = (span){NULL, 0};
    ptrdiff_t tab = 0;
    while (tab < line.n && line.start[tab] != '\t') tab++;
    if (tab < line.n) {
        span fields[3] = {{line.start, tab}};
        int k = 1;
        for (ptrdiff_t i = tab; i < line.n; k++) {
            ptrdiff_t j = i + 1;
            while (j < line.n && line.start[j] != '\t') j++;
            if (k == 3) return "expected at most 3 fields (word, frequency, tag) between tabs";
            fields[k] = trim((span){line.start + i + 1, j - i - 1});
            i = j;
        }
        *word = trim(fields[0]);
        if (k == 3) {
            *tag = fields[2];
            if (fields[1].n && (*freq = read_freq(fields[1].start, fields[1].n)) < 0) return BAD_FREQ;
        } else if (fields[1].n && (*freq = read_freq(fields[1].start, fields[1].n)) < 0) {
            if (is_malformed_freq(fields[1].start, fields[1].n)) return BAD_FREQ;
            *tag = fields[1];
        }
    } else {
        span rest, field;
        *word = line;
        if (last_field(line, &rest, &field)) {
            bool letters = true;
            for (ptrdiff_t i = 0; i < field.n; i++) letters &= field.start[i] - 'a' < 26u;
            if (letters) *tag = field, *word = rest;
        }
        if (last_field(*word, &rest, &field)) {
            if (is_malformed_freq(field.start, field.n)) return BAD_FREQ;
            if ((*freq = read_freq(field.start, field.n)) >= 0) *word = rest;
        }
    }
    if (!word->n) return "expected a word before the first tab";
    if (word->n > 65535) return "expected a word of at most 65535 characters";
    if (*freq > NLPTK_MAX_FREQ) return BAD_FREQ;
    if (tag->n > 255) return "expected a tag of at most 255 characters";
    return NULL;
}

int nlptk_wordlist_read(nlptk_wordlist *list, const uint8_t *text, size_t n, size_t *at, nlptk_wordlist_error *error)
{
    uint32_t *chars = NULL;
    size_t cap = 0;
    int status = 0;
    list->n_tag = 0;
    error->problem = NULL;
    while (*at < n && !status && !error->problem && !list->n_tag) {
        const uint8_t *p = text + *at, *newline = memchr(p, '\n', n - *at), *end = newline ? newline : text + n;
        const size_t bytes = (size_t)(end - p);
        error->line++;
        error->where = *at;
        *at += bytes + (newline ? 1 : 0);
        if (bytes > cap) {
            uint32_t *bigger = realloc(chars, (bytes + 256) * sizeof *chars);
            if (!bigger) {
                status = NLPTK_TRIE_MEMORY;
                break;
            }
            chars = bigger, cap = bytes + 256;
        }
        span line = {chars, 0};
        while (p < end) {
            int width = 1;
            uint32_t c = *p;
            if (c >= 0x80 && (c = nlptk_utf8_decode(p, end, &width)) == UINT32_MAX) break;
            chars[line.n++] = c;
            p += width;
        }
        if (p < end) {
            error->problem = "expected UTF-8 text";
            error->where = (size_t)(p - text);
            break;
        }
        line = trim_line(line);
        if (error->line == 1 && line.n && line.start[0] == 0xFEFF) line = trim_line((span){line.start + 1, line.n - 1});
        if (!line.n || is_comment(line)) continue;
        span word, tag_field;
        double freq;
        if ((error->problem = parse(line, &word, &freq, &tag_field))) break;
        int32_t id = -1;
        if (tag_field.n) {
            for (ptrdiff_t i = 0; i < tag_field.n && !error->problem; i++) {
                if (tag_field.start[i] >= 0x80) error->problem = "expected a tag of ASCII letters and signs";
                list->tag[i] = (uint8_t)tag_field.start[i];
            }
            if (error->problem) break;
            const uint32_t before = list->n_tags;
            id = nlptk_wordlist_tag(list, list->tag, (size_t)tag_field.n);
            if (id < 0) status = id;
            if (list->n_tags > before) list->n_tag = (size_t)tag_field.n;
        }
        if (!status) status = nlptk_wordlist_add(list, word.start, word.n, freq, id);
    }
    free(chars);
    return status;
}
