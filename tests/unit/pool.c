/* SPDX-License-Identifier: Apache-2.0 */
/* base/pool: every chunk once, whoever takes part; nested runs, many leases, forks. */
#include "base/pool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "base/thread.h"
#include "harness/alloc.h"
#include "harness/harness.h"

enum { most_chunks = 2000, most_threads = 8 };

typedef struct tally {
    atomic_int seen[most_chunks];
    atomic_int inside[TERN_POOL_MAX_THREADS]; /* per participant number */
    atomic_int clashes;                       /* two at a time with one number */
    atomic_int strangers;                     /* numbers not below the team's count */
    int participants;
    int spins; /* work per chunk */
} tally;

static void work(int spins)
{
    for (int i = 0; i < spins; i++) {
        tern_thread_pause();
    }
}

static void count_chunk(void *arg, int64_t chunk, int participant)
{
    tally *t = arg;
    if (participant < 0 || participant >= t->participants) {
        atomic_fetch_add(&t->strangers, 1);
        return;
    }
    if (atomic_fetch_add(&t->inside[participant], 1) != 0) {
        atomic_fetch_add(&t->clashes, 1);
    }
    atomic_fetch_add(&t->seen[chunk], 1);
    work(t->spins);
    atomic_fetch_sub(&t->inside[participant], 1);
}

static void check_run(tern_team *team, int64_t chunk_count, int spins)
{
    static TERN_THREAD_LOCAL tally t;
    memset(&t, 0, sizeof t);
    t.participants = team->participants;
    t.spins = spins;
    tern_team_run(team, chunk_count, count_chunk, &t);
    for (int64_t i = 0; i < most_chunks; i++) {
        const int want = i < chunk_count ? 1 : 0;
        if (atomic_load(&t.seen[i]) != want) {
            FAIL("chunk %d of %d ran %d times", (int)i, (int)chunk_count, atomic_load(&t.seen[i]));
        }
    }
    CHECK_INT(atomic_load(&t.clashes), 0);
    CHECK_INT(atomic_load(&t.strangers), 0);
}

static const struct {
    const char *name;
    int threads;
} sizes[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"8", 8}, {"100", 100}};

TERN_TEST_ROWS(pool_runs_every_chunk_once, sizes)
{
    tern_test_heap heap = {0};
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_test_allocator(&heap), sizes[row].threads, &pool));
    CHECK_INT(tern_pool_max_threads(pool), sizes[row].threads);
    const int64_t requests = heap.request_count;
    for (int round = 0; round < 50; round++) {
        tern_team team = tern_pool_lease(pool, sizes[row].threads);
        CHECK(team.participants >= 1 && team.participants <= sizes[row].threads);
        check_run(&team, 0, 0);
        check_run(&team, 1, 0);
        for (int region = 0; region < 10; region++) {
            check_run(&team, tern_test_random_int(0, most_chunks),
                      (int)tern_test_random_int(0, 10));
        }
        tern_team_release(&team);
        CHECK_INT(team.participants, 1);
        check_run(&team, 10, 0); /* a released team is the caller alone */
        tern_team_release(&team);
    }
    CHECK_INT(heap.request_count, requests);
    tern_pool_destroy(pool);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(pool_lease_gives_what_is_idle)
{
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), 4, &pool));
    tern_team a = tern_pool_lease(pool, 3);
    tern_team b = tern_pool_lease(pool, 3);
    tern_team c = tern_pool_lease(pool, 3);
    CHECK_INT(a.participants, 3);
    CHECK_INT(b.participants, 2);
    CHECK_INT(c.participants, 1);
    check_run(&a, 100, 1);
    check_run(&b, 100, 1);
    check_run(&c, 100, 1);
    tern_team_release(&a);
    tern_team d = tern_pool_lease(pool, 100);
    CHECK_INT(d.participants, 3);
    tern_team one = tern_pool_lease(pool, 1);
    CHECK_INT(one.participants, 1);
    tern_team none = tern_pool_lease(NULL, 5);
    CHECK_INT(none.participants, 1);
    check_run(&none, 10, 0);
    tern_team_release(&b);
    tern_team_release(&c);
    tern_team_release(&d);
    tern_pool_destroy(pool);
    tern_pool_destroy(NULL);
}

static void note_helper(void *arg, int64_t chunk, int participant)
{
    (void)chunk;
    if (participant == 1) {
        atomic_store((atomic_int *)arg, 1);
    }
    work(200);
}

TERN_TEST(pool_really_uses_its_workers)
{
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), 2, &pool));
    tern_team team = tern_pool_lease(pool, 2);
    REQUIRE_INT(team.participants, 2);
    atomic_int is_helped = 0;
    const int64_t start_ns = tern_os_now_ns();
    while (atomic_load(&is_helped) == 0 && tern_os_now_ns() - start_ns < 20000000000) {
        tern_team_run(&team, 500, note_helper, &is_helped);
    }
    CHECK_INT(atomic_load(&is_helped), 1);
    tern_team_release(&team);
    tern_pool_destroy(pool);
}

typedef struct outer {
    tern_pool *pool;
    tern_team *team;
    atomic_int inner_chunks;
    atomic_int wrong;
} outer;

typedef struct inner {
    outer *o;
    int participant; /* expected */
    pthread_t thread;
} inner;

static void inner_chunk(void *arg, int64_t chunk, int participant)
{
    inner *i = arg;
    (void)chunk;
    if (participant != i->participant || !pthread_equal(pthread_self(), i->thread)) {
        atomic_fetch_add(&i->o->wrong, 1);
    }
    atomic_fetch_add(&i->o->inner_chunks, 1);
}

static void outer_chunk(void *arg, int64_t chunk, int participant)
{
    outer *o = arg;
    (void)chunk;
    /* on the same team: inline, under the same number */
    inner i = {o, participant, pthread_self()};
    tern_team_run(o->team, 5, inner_chunk, &i);
    /* a lease inside gives the caller alone, which is its own participant 0 */
    tern_team own = tern_pool_lease(o->pool, 4);
    if (own.participants != 1) {
        atomic_fetch_add(&o->wrong, 1);
    }
    i.participant = 0;
    tern_team_run(&own, 5, inner_chunk, &i);
    tern_team_release(&own);
}

TERN_TEST(pool_nested_runs_are_inline)
{
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), 4, &pool));
    tern_team team =
        tern_pool_lease(pool, 3); /* one worker stays idle: a nested lease could get it */
    outer o = {.pool = pool, .team = &team};
    for (int i = 0; i < 20; i++) {
        tern_team_run(&team, 50, outer_chunk, &o);
    }
    CHECK_INT(atomic_load(&o.inner_chunks), 20 * 50 * 10);
    CHECK_INT(atomic_load(&o.wrong), 0);
    tern_team_release(&team);
    tern_pool_destroy(pool);
}

static void *lease_often(void *arg)
{
    tern_pool *pool = arg;
    for (int i = 0; i < 200; i++) {
        tern_team team = tern_pool_lease(pool, 1 + i % 5);
        for (int region = 0; region < 3; region++) {
            check_run(&team, (i * 7 + region) % 60, i % 3);
        }
        tern_team_release(&team);
    }
    return NULL;
}

TERN_TEST(pool_serves_many_threads_at_once)
{
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), most_threads, &pool));
    tern_thread threads[6];
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], lease_often, pool));
    }
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        tern_thread_join(&threads[i]);
    }
    tern_team all = tern_pool_lease(pool, most_threads);
    CHECK_INT(all.participants, most_threads); /* none was lost on the way */
    tern_team_release(&all);
    tern_pool_destroy(pool);
}

/* Workers fall asleep between runs and are woken by the next lease. */
TERN_TEST(pool_wakes_sleeping_workers)
{
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), 4, &pool));
    for (int i = 0; i < 20; i++) {
        tern_team team = tern_pool_lease(pool, 4);
        check_run(&team, 200, 20);
        tern_team_release(&team);
        (void)usleep(1000);
    }
    tern_pool_destroy(pool);
}

TERN_TEST(pool_destroy_right_after_a_lease)
{
    for (int i = 0; i < 50; i++) {
        tern_pool *pool = NULL;
        REQUIRE_OK(tern_pool_create(tern_allocator_default(), 3, &pool));
        tern_team team = tern_pool_lease(pool, 3);
        if (i % 2 == 0) {
            check_run(&team, 3, 0);
        }
        tern_team_release(&team);
        tern_pool_destroy(pool);
    }
}

TERN_TEST(pool_refuses_absurd_sizes)
{
    tern_pool *pool = (tern_pool *)(void *)&pool;
    CHECK_STATUS(tern_pool_create(tern_allocator_default(), 0, &pool), TERN_INVALID_ARGUMENT);
    CHECK(pool == NULL);
    CHECK_STATUS(tern_pool_create(tern_allocator_default(), TERN_POOL_MAX_THREADS + 1, &pool),
                 TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "allowed 1..256");
}

/* In the child: the leased team goes on alone, a new lease has workers of its own. */
static int child_life(tern_pool *pool, tern_team *team, unsigned generation)
{
    static tally t;
    t.participants = team->participants;
    tern_team_run(team, 100, count_chunk, &t);
    tern_team_release(team);
    if (tern_process_generation() == generation) {
        return 1;
    }
    tern_team own = tern_pool_lease(pool, 3);
    if (own.participants != 3) {
        return 2;
    }
    for (int i = 0; i < 100; i++) {
        memset(&t, 0, sizeof t);
        t.participants = own.participants;
        tern_team_run(&own, 100, count_chunk, &t);
        for (int k = 0; k < 100; k++) {
            if (atomic_load(&t.seen[k]) != 1) {
                return 3;
            }
        }
    }
    tern_team_release(&own);
    tern_pool_destroy(pool);
    return 0;
}

TERN_TEST(pool_works_in_a_forked_child)
{
#if defined(__SANITIZE_THREAD__)
    SKIP("the thread sanitizer starts no threads after a fork");
#endif
    tern_pool *pool = NULL;
    REQUIRE_OK(tern_pool_create(tern_allocator_default(), 3, &pool));
    for (int i = 0; i < 10; i++) {
        tern_team team = tern_pool_lease(pool, 3);
        check_run(&team, 50, 1);
        const unsigned generation = tern_process_generation();
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            (void)alarm(60); /* a hang fails instead of lasting */
            _exit(child_life(pool, &team, generation));
        }
        int result = 0;
        REQUIRE(waitpid(child, &result, 0) == child);
        CHECK(WIFEXITED(result));
        CHECK_INT(WEXITSTATUS(result), 0);
        check_run(&team, 50, 1); /* the parent's workers are still there */
        tern_team_release(&team);
    }
    tern_pool_destroy(pool);
}

TERN_TEST(pool_shared_is_one)
{
    tern_pool *pool = tern_pool_shared();
    REQUIRE(pool != NULL);
    CHECK(tern_pool_shared() == pool);
    tern_team team = tern_pool_lease(pool, 1000);
    check_run(&team, 100, 1);
    tern_team_release(&team);
}
