/* ext/vector_text.c   Word vectors as word2vec writes them, in text and in binary. */
#include "nlptk/vector_text.h"
#include "nlptk/arpa.h"
#include "nlptk/utf8.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static inline bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_utf8(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        int width = 1;
        if (*p >= 0x80 && nlptk_utf8_decode(p, end, &width) == UINT32_MAX) return false;
        p += width;
    }
    return true;
}

/* Read one number that ends where the field ends; the end of the field, or NULL. */
static inline const uint8_t *read_field(const uint8_t *p, const uint8_t *end, float *value)
{
    const char *stop;
    *value = nlptk_arpa_read_number((const char *)p, (const char *)end, &stop);
    const uint8_t *at = (const uint8_t *)stop;
    return at > p && (at == end || is_blank(*at)) ? at : NULL;
}

/* The last field before `at`: where it begins; *stop: where it ends. NULL: none. */
static const uint8_t *field_before(const uint8_t *start, const uint8_t *at, const uint8_t **stop)
{
    while (at > start && is_blank(at[-1])) at--;
    *stop = at;
    while (at > start && !is_blank(at[-1])) at--;
    return at < *stop ? at : NULL;
}

size_t nlptk_vectors_count(const uint8_t *line, const uint8_t *end)
{
    size_t numbers = 0;
    const uint8_t *stop, *at = end;
    float value;
    for (const uint8_t *field; (field = field_before(line, at, &stop)) && read_field(field, stop, &value); at = field) numbers++;
    while (at > line && is_blank(at[-1])) at--;
    return at == line && numbers && !is_blank(*line) ? numbers - 1 : numbers; /* a word may look like a number */
}

/* A line whose word holds blanks, or one that is wrong. */
static int read_from_the_end(nlptk_vectors_text *t, const uint8_t *line, const uint8_t *end, size_t dim, float *values,
                             const uint8_t **word_end)
{
    const uint8_t *at = end, *stop = end;
    for (size_t d = dim; d-- > 0;) {
        const uint8_t *field = field_before(line, at, &stop);
        if (!field || (field == line && !is_blank(*line))) { /* that is the word */
            t->found = dim - 1 - d;
            return NLPTK_VECTORS_FEW;
        }
        if (!read_field(field, stop, &values[d])) {
            t->field = field, t->field_size = (size_t)(stop - field);
            t->found = nlptk_vectors_count(line, end);

            return NLPTK_VECTORS_NUMBER;
        }
        at = field;
    }
    float one_more;
    const uint8_t *before = field_before(line, at, &stop);
    if (before && before > line && read_field(before, stop, &one_more)) {
        t->found = nlptk_vectors_count(line, end);
        return NLPTK_VECTORS_MANY;
    }
    *word_end = stop;
    return NLPTK_VECTORS_OK;
}

int nlptk_vectors_read_text(nlptk_vectors_text *t, const uint8_t *base, int last, int any_bytes, size_t dim, size_t limit,
                            float *values, int64_t *spans)
{
    while (t->rows < limit && t->text < t->end) {
        const uint8_t *line = t->text, *feed = memchr(line, '\n', (size_t)(t->end - line)), *end = feed ? feed : t->end;
        if (!feed && !last) break;
        while (end > line && is_blank(end[-1])) end--;
        if (end > line) {
            const uint8_t *at = line, *word_end;
            size_t d = 0;
            while (at < end && !is_blank(*at)) at++;
            word_end = at;
            for (; d < dim; d++) {
                while (at < end && is_blank(*at)) at++;
                at = at < end ? read_field(at, end, &values[t->rows * dim + d]) : NULL;
                if (!at) break;
            }
            if (d < dim || at < end) {
                const int status = read_from_the_end(t, line, end, dim, values + t->rows * dim, &word_end);
                if (status) return status;
            }
            if (!any_bytes && !is_utf8(line, word_end)) {
                t->field = line, t->field_size = (size_t)(word_end - line);
                return NLPTK_VECTORS_UTF8;
            }
            spans[2 * t->rows] = line - base;
            spans[2 * t->rows + 1] = word_end - base;
            t->rows++;
        }
        t->lines++;
        t->text = feed ? feed + 1 : t->end;
    }
    return NLPTK_VECTORS_OK;
}

int nlptk_vectors_read_binary(nlptk_vectors_text *t, const uint8_t *base, int any_bytes, size_t dim, size_t limit, float *values,
                              int64_t *spans)
{
    while (t->rows < limit) {
        const uint8_t *word = t->text;
        while (word < t->end && *word == '\n') word++;
        const size_t left = (size_t)(t->end - word);
        const uint8_t *blank = left ? memchr(word, ' ', left < NLPTK_VECTORS_WORD ? left : NLPTK_VECTORS_WORD) : NULL;
        t->field = word;
        if (!blank && left >= NLPTK_VECTORS_WORD) {
            t->field_size = 40;
            return NLPTK_VECTORS_LONG;
        }
        if (!blank || (size_t)(t->end - blank - 1) < dim * sizeof(float)) break;
        t->field_size = (size_t)(blank - word);
        float *row = values + t->rows * dim;
        memcpy(row, blank + 1, dim * sizeof(float));
        float zero = 0;
        for (size_t d = 0; d < dim; d++) zero += row[d] * 0.0f; /* not 0 if any of them is not finite */
        if (zero != 0) return NLPTK_VECTORS_NUMBER;
        if (!any_bytes && !is_utf8(word, blank)) return NLPTK_VECTORS_UTF8;
        spans[2 * t->rows] = word - base;
        spans[2 * t->rows + 1] = blank - base;
        t->rows++;
        t->text = blank + 1 + dim * sizeof(float);
    }
    return NLPTK_VECTORS_OK;
}

size_t nlptk_vectors_write_text(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets, const float *values,
                                size_t rows, size_t dim, size_t *done)
{
    uint8_t *at = out;
    size_t i = 0;
    for (; i < rows; i++, values += dim) {
        const size_t n = (size_t)(offsets[i + 1] - offsets[i]);
        if (capacity - (size_t)(at - out) < n + 1 + dim * (NLPTK_ARPA_NUMBER + 1)) break;
        memcpy(at, blob + offsets[i], n);
        at += n;
        for (size_t d = 0; d < dim; d++) {
            *at++ = ' ';
            at = (uint8_t *)nlptk_arpa_write_number((char *)at, values[d]);
        }
        *at++ = '\n';
    }
    *done = i;
    return (size_t)(at - out);
}

size_t nlptk_vectors_write_binary(uint8_t *out, size_t capacity, const uint8_t *blob, const int64_t *offsets, const float *values,
                                  size_t rows, size_t dim, size_t *done)
{
    uint8_t *at = out;
    size_t i = 0;
    for (; i < rows; i++, values += dim) {
        const size_t n = (size_t)(offsets[i + 1] - offsets[i]);
        if (capacity - (size_t)(at - out) < n + 2 + dim * sizeof(float)) break;
        memcpy(at, blob + offsets[i], n);
        at[n] = ' ';
        memcpy(at + n + 1, values, dim * sizeof(float));
        at += n + 1 + dim * sizeof(float);
        *at++ = '\n';
    }
    *done = i;
    return (size_t)(at - out);
}
