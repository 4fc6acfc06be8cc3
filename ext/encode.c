#include "nlptk/encode.h"

int nlptk_vocabulary_keep(nlptk_vocabulary *v, const uint8_t *keep)
{
    nlptk_vocabulary kept;
    int status = nlptk_vocabulary_init(&kept);
    for (uint32_t i = 0; i < v->n && !status; i++) {
        if (!keep[i]) continue;
        const int64_t id = nlptk_vocabulary_add(&kept, v->text + v->offsets[i], v->offsets[i + 1] - v->offsets[i]);
        if (id < 0) status = (int)id;
        else kept.counts[id] = v->counts[i];
    }
    nlptk_vocabulary_free(status ? &kept : v);
    if (!status) *v = kept;
    return status;
}

size_t nlptk_sentences_rename(nlptk_sentences *s, int32_t *ids, size_t n, const int32_t *names, size_t n_names)
{
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t id = (uint32_t)ids[i];
        if (id == NLPTK_LINE_END) {
            if (!s->open) continue;
            s->n_sentences++;
            s->n_tokens += s->open;
            s->open = 0;
            ids[done++] = -1;
        } else if (id < n_names && names[id] >= 0) {
            s->open++;
            ids[done++] = names[id];
        }
    }
    return done;
}
