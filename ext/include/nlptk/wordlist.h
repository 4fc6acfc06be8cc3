#ifndef NLPTK_WORDLIST_H
#define NLPTK_WORDLIST_H
#include "nlptk/segment.h"

/* Where words go, and what is known of them. */
typedef struct {
    nlptk_lexicon lexicon; /* what is known so far; its .words is where new words go, the same as `words` */
    nlptk_words *words;
    nlptk_words *special;  /* a second set that gets the words too, or NULL */
    bool wide_only;        /* ... but only those with a character that jieba's blocks do not have */
    bool suggest;          /* a word without frequency gets one that makes it win; otherwise `missing` */
    double missing;        /* 1 unless told otherwise */
    double total;          /* sum of frequencies, a word that is given twice counting twice */
    nlptk_words tag_ids;   /* tag (as bytes) -> its number, in logf */
    uint32_t n_tags;
    uint8_t tag[256];      /* the tag met last */
    size_t n_tag;          /* its length if it is new, 0 otherwise */
    nlptk_workspace work;
} nlptk_wordlist;

typedef struct {
    const char *problem; /* what is wrong; NULL: nothing */
    int64_t line;        /* from 1 */
    size_t where;        /* offset of the line in the text */
} nlptk_wordlist_error;

int nlptk_wordlist_init(nlptk_wordlist *list);
void nlptk_wordlist_free(nlptk_wordlist *list);
/* The number of a tag; new tags are numbered on. Negative status on failure. */
int32_t nlptk_wordlist_tag(nlptk_wordlist *list, const uint8_t *tag, size_t n);
/* Add what is in list->work.chars[0..n). freq < 0: none given. tag < 0: none given. */
int nlptk_wordlist_add(nlptk_wordlist *list, const uint32_t *word, ptrdiff_t n, double freq, int32_t tag);
/* Read lines `word [freq] [tag]` from text + *at on; stops at the end, at a problem (error->problem), or after a line with
   a new tag, so that the caller can note its name: tag[0..n_tag). Lines are counted on in error->line. */
int nlptk_wordlist_read(nlptk_wordlist *list, const uint8_t *text, size_t n, size_t *at, nlptk_wordlist_error *error);

#endif
