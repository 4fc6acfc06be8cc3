#ifndef NLPTK_SPOOL_H
#define NLPTK_SPOOL_H
#include <stddef.h>
#include <stdint.h>

/* Streams of fixed-size records in blocks of one size. As many blocks as the pool may keep stay in memory, the others lie in one
   temporary file, which the caller has opened; blocks that have been read are used again. So any number of streams together stay
   under one cap, and an algorithm on top of them gives the same result whatever the cap is. */

#define NLPTK_SPOOL_UNIT 48 /* block sizes are multiples of this: no record of 4, 8, 12, 16 or 24 bytes lies across two blocks */

typedef struct {
    size_t block_bytes;
    size_t limit, in_memory; /* full blocks in memory: at most, now */
    uint8_t **spare;         /* memory of blocks that were given back */
    size_t n_spare, cap_spare;
    int64_t *holes; /* places in the file that were given back */
    size_t n_holes, cap_holes;
    int64_t n_places; /* blocks that the file has, holes included */
    int file;         /* descriptor; -1 until the caller opens one */
    int error;        /* errno of what went wrong with the file */
} nlptk_pool;

typedef struct {
    uint8_t *memory; /* NULL: in the file */
    int64_t place;   /* there, counted in blocks */
} nlptk_block;

typedef struct {
    nlptk_pool *pool;
    nlptk_block *blocks; /* the full ones, in order */
    size_t n_blocks, cap_blocks;
    uint8_t *tail; /* the last one, always in memory */
    size_t fill;   /* its bytes */
} nlptk_spool;

/* Reads a spool from its start; several readers may be at work on one spool that nobody writes to. */
typedef struct {
    nlptk_spool *spool;
    size_t block;        /* the next one */
    const uint8_t *at, *end;
    uint8_t *room;       /* for blocks from the file */
    uint8_t *held;       /* memory of the block being read, to be given back (when consuming) */
    int consume;         /* give blocks back as they have been read; the spool is empty afterwards */
} nlptk_spool_reader;

enum { NLPTK_SPOOL_OK = 0, NLPTK_SPOOL_MEMORY = -1, NLPTK_SPOOL_NO_FILE = -2, NLPTK_SPOOL_IO = -3 };

void nlptk_pool_init(nlptk_pool *pool, size_t block_bytes, size_t limit);
void nlptk_pool_free(nlptk_pool *pool);

void nlptk_spool_init(nlptk_spool *spool, nlptk_pool *pool);
void nlptk_spool_free(nlptk_spool *spool);

/* Make room for one more record: to be called when the tail is missing or full. */
int nlptk_spool_grow(nlptk_spool *spool);

/* Where the next record of `size` bytes goes, or NULL (*status says why). */
static inline void *nlptk_spool_next(nlptk_spool *spool, size_t size, int *status)
{
    if (!spool->tail || spool->fill == spool->pool->block_bytes) {
        const int result = nlptk_spool_grow(spool);
        if (result) {
            *status = result;
            return NULL;
        }
    }
    void *to = spool->tail + spool->fill;
    spool->fill += size;
    return to;
}

static inline size_t nlptk_spool_bytes(const nlptk_spool *spool)
{
    return spool->n_blocks * spool->pool->block_bytes + spool->fill;
}

void nlptk_spool_open(nlptk_spool_reader *reader, nlptk_spool *spool, int consume);
void nlptk_spool_close(nlptk_spool_reader *reader);

/* The next block: 1, 0 at the end, or a negative status. */
int nlptk_spool_turn(nlptk_spool_reader *reader);

/* The next record of `size` bytes, or NULL at the end (*status 0) or on failure. */
static inline const void *nlptk_spool_read(nlptk_spool_reader *reader, size_t size, int *status)
{
    if (reader->at == reader->end) {
        const int result = nlptk_spool_turn(reader);
        if (result <= 0) {
            *status = result;
            return NULL;
        }
    }
    const void *record = reader->at;
    reader->at += size;
    return record;
}

#endif
