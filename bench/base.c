/* SPDX-License-Identifier: Apache-2.0 */
/* What the base costs: fork and join of a team, a lease, waking a sleeping worker, the checksum.
   Minimum and median of many runs; run it on a quiet machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/thread.h"

enum { round_count = 2001, batch = 1000 };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *what, double times[round_count], int count, const char *unit)
{
    qsort(times, (size_t)count, sizeof times[0], by_value);
    printf("%-44s min %10.3f  median %10.3f %s\n", what, times[0], times[count / 2], unit);
}

/* Each of the two chunks ends only when the other has begun, so both threads really take part. */
static void meet(void *arg, int64_t chunk, int participant)
{
    atomic_int *begun = arg;
    (void)participant;
    atomic_fetch_add_explicit(&begun[0], 1, memory_order_acq_rel);
    while (atomic_load_explicit(&begun[0], memory_order_acquire) < 2) {
        tern_thread_pause();
    }
    (void)chunk;
}

static void nothing(void *arg, int64_t chunk, int participant)
{
    (void)arg;
    (void)chunk;
    (void)participant;
}

static void time_regions(tern_pool *pool, const char *what, tern_chunk_fn *fn)
{
    static double times[round_count];
    _Alignas(TERN_CACHE_LINE_BYTES) atomic_int begun[16];
    tern_team team = tern_pool_lease(pool, 2);
    for (int round = 0; round < round_count; round++) {
        const int64_t start_ns = tern_os_now_ns();
        for (int i = 0; i < batch; i++) {
            atomic_store_explicit(&begun[0], 0, memory_order_relaxed);
            tern_team_run(&team, 2, fn, begun);
        }
        times[round] = (double)(tern_os_now_ns() - start_ns) / batch / 1000.0;
    }
    tern_team_release(&team);
    print(what, times, round_count, "us");
}

static void time_lease(tern_pool *pool, const char *what, int64_t idle_ns, int rounds)
{
    static double times[round_count];
    atomic_int begun[1];
    for (int round = 0; round < rounds; round++) {
        const int64_t pause_end_ns = tern_os_now_ns() + idle_ns;
        while (tern_os_now_ns() < pause_end_ns) {
            tern_thread_pause();
        }
        atomic_store(&begun[0], 0);
        const int64_t start_ns = tern_os_now_ns();
        tern_team team = tern_pool_lease(pool, 2);
        if (team.participants == 2) {
            tern_team_run(&team, 2, meet, begun);
        }
        tern_team_release(&team);
        times[round] = (double)(tern_os_now_ns() - start_ns) / 1000.0;
    }
    print(what, times, rounds, "us");
}

static void time_hash(size_t bytes)
{
    static double times[round_count];
    char what[64];
    void *data = tern_alloc_zero(tern_allocator_default(), bytes, 64);
    volatile uint64_t sink = 0;
    const int rounds = bytes > 1 << 24 ? 11 : 201;
    for (int round = 0; data != NULL && round < rounds; round++) {
        const int64_t start_ns = tern_os_now_ns();
        sink = sink ^ tern_hash(data, bytes, 0);
        times[round] = (double)(tern_os_now_ns() - start_ns) / (double)bytes;
    }
    (void)snprintf(what, sizeof what, "checksum of %zu kB", bytes / 1024);
    print(what, times, rounds, "ns/byte");
    tern_free(tern_allocator_default(), data, bytes);
}

int main(void)
{
    tern_pool *pool = NULL;
    if (tern_pool_create(tern_allocator_default(), 2, &pool) != TERN_OK) {
        return 1;
    }
    time_regions(pool, "fork and join of two that meet", meet);
    time_regions(pool, "region of two empty chunks", nothing);
    time_lease(pool, "lease, meet, release; back to back", 0, round_count);
    time_lease(pool, "lease, meet, release; after 20 us", 20000, round_count);
    time_lease(pool, "lease, meet, release; worker asleep (1 ms)", 1000000, 301);
    time_hash(1 << 14);
    time_hash(1 << 21);
    time_hash((size_t)1 << 28);
    tern_pool_destroy(pool);
    return 0;
}
