#ifndef NLPTK_ENCODE_H
#define NLPTK_ENCODE_H
#include <stddef.h>
#include <stdint.h>

#include "nlptk/vocabulary.h"

/* Leave only the words with keep[i] != 0; they are numbered anew in the same order and keep their counts. Returns a status of
   vocabulary.h; the vocabulary is as before where it is not 0. */
int nlptk_vocabulary_keep(nlptk_vocabulary *v, const uint8_t *keep);

/* Sentences of numbers, each with -1 at its end. */
typedef struct {
    uint64_t n_tokens, n_sentences;
    uint64_t open; /* tokens of the sentence that is not at its end yet */
} nlptk_sentences;

/* In place: number i becomes names[i], and is dropped where that is negative or i >= n_names; so are sentences of which nothing is
   left. Returns the new length. Call it with one block after the other. */
size_t nlptk_sentences_rename(nlptk_sentences *s, int32_t *ids, size_t n, const int32_t *names, size_t n_names);

#endif
