#ifndef NLPTK_SEGMENT_LINES_H
#define NLPTK_SEGMENT_LINES_H
#include "nlptk/segment.h"

typedef enum { NLPTK_FORMAT_TEXT, NLPTK_FORMAT_JSONL, NLPTK_FORMAT_TSV } nlptk_format;

typedef struct {
    uint8_t *data;
    size_t n, cap;
} nlptk_bytes;

enum { NLPTK_LINES_UTF8 = -3 };

/* Whatever finds the tokens of what was read into a workspace. */
typedef struct {
    const nlptk_trie *trie; /* numbers the characters */
    int (*cut)(const void *self, nlptk_workspace *w);
    const void *self;
} nlptk_cutter;

/* Segment UTF-8 lines and append them to out:
     text   words joined by sep; the line ends stay as they are. Where sep is one blank, blanks of the text are separators too
     jsonl  {"words": [...]} a line
     tsv    word, start, end a token; an empty line after each line of the text
   On invalid UTF-8 returns NLPTK_LINES_UTF8 with its offset in *where; otherwise 0 or a NLPTK_SEGMENT_ status. */
int nlptk_segment_lines(const nlptk_cutter *cutter, nlptk_workspace *w, const uint8_t *text, size_t n, nlptk_format format, const uint8_t *sep,
                        size_t n_sep, nlptk_bytes *out, size_t *where);

#endif
