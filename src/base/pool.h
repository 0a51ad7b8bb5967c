/* SPDX-License-Identifier: Apache-2.0 */
/* Thread pool, leased per run: a run takes whatever workers are idle, keeps them spinning to its
   end and gives them back.  Nobody ever waits for a worker; who gets none computes the same chunks
   alone.

     team = tern_pool_lease(pool, 4);          one atomic; 0..3 workers plus the caller
     tern_team_run(&team, n, fn, arg);         chunks 0..n-1, each once; returns when all are done
     tern_team_run(&team, m, other, arg);      workers spun meanwhile: no system call
     tern_team_release(&team);                 workers go idle, and to sleep a little later

   Chunks are claimed one by one, so a preempted worker delays by one chunk.  Results must not
   depend on who ran a chunk or on how many took part: split reductions by plan, never by
   participants. */
#ifndef TERN_BASE_POOL_H
#define TERN_BASE_POOL_H

#include "base/compiler.h"
#include "tern/alloc.h"

/* Most threads of one pool, the caller included. */
#define TERN_POOL_MAX_THREADS 256

typedef struct tern_pool tern_pool;

/* One run's share of a pool: a value on the caller's stack.  Fields are the pool's business, but
   `participants` may be read: chunk functions see participant numbers 0..participants-1. */
typedef struct tern_team {
    tern_pool *pool;     /* NULL: the caller alone */
    int participants;    /* the caller and the workers leased; at least 1 */
    int slot;            /* which region of the pool this team uses */
    unsigned generation; /* process generation at the lease; see fork below */
    uint64_t workers[TERN_POOL_MAX_THREADS / 64];
} tern_team;

/* One chunk of a region.  `participant` is unique among those inside the region at a time and below
   team.participants: index scratch with it.  It may not fail and may not log; leave a status in
   `arg` instead.  A run or lease inside it is done inline by the same thread. */
typedef void tern_chunk_fn(void *arg, int64_t chunk, int participant);

/* Make a pool of max_threads - 1 workers; max_threads in 1..TERN_POOL_MAX_THREADS, else
   INVALID_ARGUMENT.  Threads are started by the first lease that takes them.  All memory is taken
   here. */
TERN_NODISCARD tern_status tern_pool_create(tern_allocator allocator, int max_threads,
                                            tern_pool **out_pool);

/* Stop and join the workers.  No team may be leased.  NULL does nothing. */
void tern_pool_destroy(tern_pool *pool);

/* Threads a lease can get at most, the caller included; 1 for NULL. */
int tern_pool_max_threads(const tern_pool *pool);

/* Take up to want - 1 idle workers, or as many as there are, or none.  Never waits, never fails, at
   most one wake-up call to the system.  pool may be NULL.  Any thread. */
tern_team tern_pool_lease(tern_pool *pool, int want);

/* Run fn for every chunk 0..chunk_count-1 and return when all have finished; what chunks wrote is
   then visible to the caller.  Only the thread that leased the team, or code inside one of its
   chunks. */
void tern_team_run(tern_team *team, int64_t chunk_count, tern_chunk_fn *fn, void *arg);

/* Give the workers back.  The team becomes the caller alone. */
void tern_team_release(tern_team *team);

/* The pool of the process: TERN_THREADS threads, or as many as processors.  NULL when memory ran
   out, which every call here takes as "the caller alone".  Never destroyed. */
tern_pool *tern_pool_shared(void);

/* Fork: a child has none of its parent's workers.  The first lease in the child notices and starts
   the child's own; teams leased before the fork go on alone.  Other modules that own threads
   compare this number, which every fork raises in the child. */
unsigned tern_process_generation(void);

#endif
