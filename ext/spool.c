#ifndef _WIN32
#define _FILE_OFFSET_BITS 64
#define _POSIX_C_SOURCE 200809L
#endif
#include "nlptk/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <io.h>
#define seek_to _lseeki64
#define read_some(file, to, n) _read(file, to, (unsigned)(n))
#define write_some(file, from, n) _write(file, from, (unsigned)(n))
#else
#include <unistd.h>
#define seek_to lseek
#define read_some read
#define write_some write
#endif

void nlptk_pool_init(nlptk_pool *pool, size_t block_bytes, size_t limit)
{
    memset(pool, 0, sizeof *pool);
    pool->block_bytes = block_bytes;
    pool->limit = limit;
    pool->file = -1;
}

void nlptk_pool_free(nlptk_pool *pool)
{
    for (size_t i = 0; i < pool->n_spare; i++) free(pool->spare[i]);
    free(pool->spare);
    free(pool->holes);
    pool->spare = NULL;
    pool->holes = NULL;
    pool->n_spare = pool->n_holes = 0;
}

static uint8_t *take_memory(nlptk_pool *pool)
{
    return pool->n_spare ? pool->spare[--pool->n_spare] : malloc(pool->block_bytes);
}

static void give_memory(nlptk_pool *pool, uint8_t *memory)
{
    if (!memory) return;
    if (pool->n_spare == pool->cap_spare) {
        const size_t cap = pool->cap_spare ? 2 * pool->cap_spare : 64;
        uint8_t **more = realloc(pool->spare, cap * sizeof *more);
        if (!more) {
            free(memory);
            return;
        }
        pool->spare = more;
        pool->cap_spare = cap;
    }
    pool->spare[pool->n_spare++] = memory;
}

static void give_place(nlptk_pool *pool, int64_t place)
{
    if (pool->n_holes == pool->cap_holes) {
        const size_t cap = pool->cap_holes ? 2 * pool->cap_holes : 64;
        int64_t *more = realloc(pool->holes, cap * sizeof *more);
        if (!more) return; /* the place is not used again: the file grows a little */
        pool->holes = more;
        pool->cap_holes = cap;
    }
    pool->holes[pool->n_holes++] = place;
}

static int at_place(nlptk_pool *pool, int64_t place)
{
    if (seek_to(pool->file, (int64_t)pool->block_bytes * place, SEEK_SET) >= 0) return 0;
    pool->error = errno;
    return NLPTK_SPOOL_IO;
}

static int write_block(nlptk_pool *pool, int64_t place, const uint8_t *from)
{
    if (at_place(pool, place)) return NLPTK_SPOOL_IO;
    for (size_t done = 0; done < pool->block_bytes;) {
        const int64_t n = write_some(pool->file, from + done, pool->block_bytes - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            pool->error = n < 0 ? errno : ENOSPC;
            return NLPTK_SPOOL_IO;
        }
        done += (size_t)n;
    }
    return 0;
}

static int read_block(nlptk_pool *pool, int64_t place, uint8_t *to)
{
    if (at_place(pool, place)) return NLPTK_SPOOL_IO;
    for (size_t done = 0; done < pool->block_bytes;) {
        const int64_t n = read_some(pool->file, to + done, pool->block_bytes - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) { /* 0: somebody cut the file short */
            pool->error = n < 0 ? errno : EIO;
            return NLPTK_SPOOL_IO;
        }
        done += (size_t)n;
    }
    return 0;
}

void nlptk_spool_init(nlptk_spool *spool, nlptk_pool *pool)
{
    memset(spool, 0, sizeof *spool);
    spool->pool = pool;
}

static void give_block(nlptk_pool *pool, nlptk_block *block)
{
    if (block->memory) {
        give_memory(pool, block->memory);
        pool->in_memory--;
    } else if (block->place >= 0) {
        give_place(pool, block->place);
    }
    block->memory = NULL;
    block->place = -1;
}

void nlptk_spool_free(nlptk_spool *spool)
{
    if (!spool->pool) return;
    for (size_t i = 0; i < spool->n_blocks; i++) give_block(spool->pool, &spool->blocks[i]);
    give_memory(spool->pool, spool->tail);
    free(spool->blocks);
    nlptk_spool_init(spool, spool->pool);
}

int nlptk_spool_grow(nlptk_spool *spool)
{
    nlptk_pool *pool = spool->pool;
    if (!spool->tail) {
        spool->tail = take_memory(pool);
        spool->fill = 0;
        return spool->tail ? 0 : NLPTK_SPOOL_MEMORY;
    }
    if (spool->n_blocks == spool->cap_blocks) {
        const size_t cap = spool->cap_blocks ? 2 * spool->cap_blocks : 4;
        nlptk_block *more = realloc(spool->blocks, cap * sizeof *more);
        if (!more) return NLPTK_SPOOL_MEMORY;
        spool->blocks = more;
        spool->cap_blocks = cap;
    }
    nlptk_block *block = &spool->blocks[spool->n_blocks];
    if (pool->in_memory < pool->limit) {
        uint8_t *tail = take_memory(pool);
        if (!tail) return NLPTK_SPOOL_MEMORY;
        *block = (nlptk_block){spool->tail, -1};
        pool->in_memory++;
        spool->tail = tail;
    } else {
        if (pool->file < 0) return NLPTK_SPOOL_NO_FILE;
        const int64_t place = pool->n_holes ? pool->holes[pool->n_holes - 1] : pool->n_places;
        if (write_block(pool, place, spool->tail)) return NLPTK_SPOOL_IO;
        if (pool->n_holes) pool->n_holes--;
        else pool->n_places++;
        *block = (nlptk_block){NULL, place};
    }
    spool->n_blocks++;
    spool->fill = 0;
    return 0;
}

void nlptk_spool_open(nlptk_spool_reader *reader, nlptk_spool *spool, int consume)
{
    memset(reader, 0, sizeof *reader);
    reader->spool = spool;
    reader->consume = consume;
}

void nlptk_spool_close(nlptk_spool_reader *reader)
{
    if (!reader->spool) return;
    nlptk_pool *pool = reader->spool->pool;
    give_memory(pool, reader->room);
    if (reader->consume) {
        give_memory(pool, reader->held);
        nlptk_spool_free(reader->spool);
    }
    memset(reader, 0, sizeof *reader);
}

int nlptk_spool_turn(nlptk_spool_reader *reader)
{
    nlptk_spool *spool = reader->spool;
    nlptk_pool *pool = spool->pool;
    if (reader->held) {
        give_memory(pool, reader->held);
        reader->held = NULL;
    }
    if (reader->block > spool->n_blocks) return 0;
    if (reader->block == spool->n_blocks) {
        reader->block++;
        reader->at = spool->tail;
        reader->end = spool->tail ? spool->tail + spool->fill : NULL;
        return reader->at != reader->end;
    }
    nlptk_block *block = &spool->blocks[reader->block++];
    if (block->memory) {
        reader->at = block->memory;
        if (reader->consume) {
            reader->held = block->memory;
            pool->in_memory--;
            *block = (nlptk_block){NULL, -1};
        }
    } else {
        if (!reader->room && !(reader->room = take_memory(pool))) return NLPTK_SPOOL_MEMORY;
        const int status = read_block(pool, block->place, reader->room);
        if (status) return status;
        if (reader->consume) give_block(pool, block);
        reader->at = reader->room;
    }
    reader->end = reader->at + pool->block_bytes;
    return 1;
}
