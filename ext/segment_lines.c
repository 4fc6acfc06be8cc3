/* ext/segment_lines.c   From UTF-8 lines to segmented lines, without an object per token. */
#include "nlptk/segment_lines.h"
#include "nlptk/utf8.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for n more bytes (and a little slack, for copies of fixed size). */
static inline int reserve(nlptk_bytes *out, size_t n)
{
    if (out->cap - out->n >= n + 32) return 0;
    size_t cap = out->cap + out->cap / 2 + n + 4096;
    uint8_t *data = realloc(out->data, cap);
    if (!data) return NLPTK_SEGMENT_MEMORY;
    out->data = data, out->cap = cap;
    return 0;
}

static inline void append(nlptk_bytes *out, const void *bytes, size_t n)
{
    memcpy(out->data + out->n, bytes, n);
    out->n += n;
}

/* A word is mostly 3 to 12 bytes: where both sides have room, copy 16 and keep what counts. */
static inline void append_word(nlptk_bytes *out, const uint8_t *word, size_t n, const uint8_t *end)
{
    uint8_t *to = out->data + out->n;
    if (n <= 16 && end - word >= 16)
        memcpy(to, word, 16);
    else
        memcpy(to, word, n);
    out->n += n;
}

/* Decode a line into the workspace; returns where it fails, or NULL. */
static const uint8_t *read_line(const nlptk_trie *trie, nlptk_workspace *w, const uint8_t *line, const uint8_t *end)
{
    uint32_t *restrict chars = w->chars, *restrict offsets = w->offsets;
    int32_t *restrict codes = w->codes;
    const int32_t *code_of = trie->code_of_bmp;
    ptrdiff_t n = 0;
    for (const uint8_t *p = line; p < end; n++) {
        uint32_t c = *p;
        int width = 1;
        if (c >= 0x80 && (c = nlptk_utf8_decode(p, end, &width)) == UINT32_MAX) return p;
        offsets[n] = (uint32_t)(p - line);
        chars[n] = c;
        codes[n] = c < NLPTK_N_BMP ? code_of[c] : nlptk_trie_code(trie, c);
        p += width;
    }
    offsets[n] = (uint32_t)(end - line);
    w->n = n;
    return NULL;
}

static int write_text(const nlptk_workspace *w, const uint8_t *line, const uint8_t *limit, const uint8_t *sep, size_t n_sep, nlptk_bytes *out)
{
    const bool blank = n_sep == 1 && *sep == ' ';
    bool first = true;
    for (ptrdiff_t i = 0; i < w->n_tokens; i++) {
        const nlptk_token token = w->tokens[i];
        const uint32_t from = w->offsets[token.start], n = w->offsets[token.end] - from;
        if (!n || (blank && n == 1 && line[from] == ' ')) continue;
        if (reserve(out, n + n_sep)) return NLPTK_SEGMENT_MEMORY;
        if (!first && token.state != NLPTK_CONTINUES) {
            if (n_sep == 1)
                out->data[out->n++] = *sep;
            else
                append(out, sep, n_sep);
        }
        append_word(out, line + from, n, limit);
        first = false;
    }
    return 0;
}

static int write_jsonl(const nlptk_workspace *w, const uint8_t *line, nlptk_bytes *out)
{
    static const char begin[] = "{\"words\": [";
    if (reserve(out, sizeof begin)) return NLPTK_SEGMENT_MEMORY;
    append(out, begin, sizeof begin - 1);
    for (ptrdiff_t i = 0; i < w->n_tokens; i++) {
        const nlptk_token token = w->tokens[i];
        const uint32_t from = w->offsets[token.start], n = w->offsets[token.end] - from;
        if (reserve(out, (size_t)n * 6 + 4)) return NLPTK_SEGMENT_MEMORY; /* \u001f at worst */
        if (token.state == NLPTK_CONTINUES)
            out->n--; /* goes on inside the token before: take its quote back */
        else
            append(out, i ? ", \"" : "\"", i ? 3 : 1);
        for (uint32_t b = 0; b < n; b++) {
            const uint8_t byte = line[from + b];
            if (byte == '"' || byte == '\\') {
                out->data[out->n++] = '\\';
                out->data[out->n++] = byte;
            } else if (byte < 0x20)
                out->n += (size_t)sprintf((char *)out->data + out->n, "\\u%04x", byte);
            else
                out->data[out->n++] = byte;
        }
        out->data[out->n++] = '"';
    }
    append(out, "]}\n", 3);
    return 0;
}

static int write_tsv(const nlptk_workspace *w, const uint8_t *line, nlptk_bytes *out)
{
    for (ptrdiff_t i = 0; i < w->n_tokens; i++) {
        nlptk_token token = w->tokens[i];
        const int32_t start = token.start;
        for (;;) {
            const uint32_t from = w->offsets[token.start], n = w->offsets[token.end] - from;
            if (reserve(out, (size_t)n * 2 + 40)) return NLPTK_SEGMENT_MEMORY;
            for (uint32_t b = 0; b < n; b++) { /* a tab or line end inside a token would break the table */
                const uint8_t byte = line[from + b];
                const char escape = byte == '\t' ? 't' : byte == '\r' ? 'r' : byte == '\\' ? '\\' : 0;
                if (escape) out->data[out->n++] = '\\';
                out->data[out->n++] = escape ? (uint8_t)escape : byte;
            }
            if (i + 1 == w->n_tokens || w->tokens[i + 1].state != NLPTK_CONTINUES) break;
            token = w->tokens[++i];
        }
        out->n += (size_t)sprintf((char *)out->data + out->n, "\t%d\t%d\n", start, token.end);
    }
    if (reserve(out, 1)) return NLPTK_SEGMENT_MEMORY;
    out->data[out->n++] = '\n';
    return 0;
}

int nlptk_segment_lines(const nlptk_cutter *cutter, nlptk_workspace *w, const uint8_t *text, size_t n, nlptk_format format, const uint8_t *sep,
                        size_t n_sep, nlptk_bytes *out, size_t *where)
{
    const uint8_t *limit = text + n;
    w->with_offsets = true;
    for (const uint8_t *line = text; line < limit;) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(limit - line));
        const uint8_t *next = newline ? newline + 1 : limit, *end = newline ? newline : limit;
        if (newline && end > line && end[-1] == '\r') end--;
        int status = nlptk_workspace_reserve(w, end - line);
        if (status) return status;
        const uint8_t *bad = read_line(cutter->trie, w, line, end);
        if (bad) {
            *where = (size_t)(bad - text);
            return NLPTK_LINES_UTF8;
        }
        if ((status = cutter->cut(cutter->self, w))) return status;
        if (format == NLPTK_FORMAT_TEXT) {
            if ((status = write_text(w, line, limit, sep, n_sep, out)) || (status = reserve(out, 2))) return status;
            append(out, end, (size_t)(next - end));
        } else if ((status = format == NLPTK_FORMAT_JSONL ? write_jsonl(w, line, out) : write_tsv(w, line, out)))
            return status;
        line = next;
    }
    return 0;
}
