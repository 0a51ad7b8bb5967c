/* SPDX-License-Identifier: Apache-2.0 */
/* The leased pool.  Each worker has a mailbox: the slot (region) to serve, or none.  A team's
   region is opened and closed through one 64-bit word, so joining, numbering and leaving are one
   atomic each:

     word:   sequence (31 bits) | is_open (1) | joined so far (16) | inside now (16)

   Only an open word can be joined, and only by compare-and-swap, so a worker that comes late (still
   waking, or from an earlier lease) finds it closed or gets a number nobody else has.  The caller
   closes the word when all chunks are claimed, and waits only for those inside. */
#include "base/pool.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "base/os.h"
#include "base/str.h"
#include "base/thread.h"

enum {
    mask_words = TERN_POOL_MAX_THREADS / 64,
    mailbox_idle = 0, /* else slot + 1, or mailbox_stop */
    pauses_per_look = 64,
    yield_after_ns = 20000, /* spinning this long: let others run in between */
    linger_ns = 50000,      /* idle this long: sleep */
};

static const unsigned mailbox_stop = 0xffffffffu;

static const uint64_t one_inside = 1u;
static const uint64_t one_joined = (uint64_t)1 << 16;
static const uint64_t open_bit = (uint64_t)1 << 32;
static const uint64_t one_sequence = (uint64_t)1 << 33;
static const uint64_t inside_bits = 0xffffu;

/* A region.  `next` has its own line: it is written with every chunk. */
typedef struct slot {
    _Alignas(TERN_CACHE_LINE_BYTES) _Atomic uint64_t word;
    tern_chunk_fn *fn; /* these three are written only while nobody is inside */
    void *arg;
    int64_t chunk_count;
    atomic_int participants;
    _Alignas(TERN_CACHE_LINE_BYTES) _Atomic int64_t next;
} slot;

typedef struct worker {
    _Alignas(TERN_CACHE_LINE_BYTES) atomic_uint mailbox;
    tern_pool *pool;
    int index;
    tern_thread thread; /* touched only by whoever holds the worker's idle bit */
} worker;

/* Worker i also owns slot i; a team uses the slot of its first worker. */
struct tern_pool {
    _Alignas(TERN_CACHE_LINE_BYTES) _Atomic uint64_t idle[mask_words];
    _Alignas(TERN_CACHE_LINE_BYTES) _Atomic uint64_t sleeping[mask_words];
    _Alignas(TERN_CACHE_LINE_BYTES) atomic_uint wake; /* what sleepers wait on */
    atomic_uint generation;         /* of the process, when the workers were made */
    atomic_uint renewed_generation; /* who changed this first renews the pool */
    tern_allocator allocator;
    int worker_count;
    worker *workers;
    slot *slots;
};

/* The region this thread is inside of, if any; what it starts there runs inline. */
static TERN_THREAD_LOCAL struct {
    bool is_inside;
    const slot *slot;
    int participant;
} here;

static atomic_uint process_generation = 1;
static tern_once fork_once = TERN_ONCE_INIT;

static void in_child(void)
{
    atomic_fetch_add(&process_generation, 1u);
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, in_child);
}

unsigned tern_process_generation(void)
{
    tern_once_run(&fork_once, watch_forks);
    return atomic_load_explicit(&process_generation, memory_order_relaxed);
}

/* Spin with growing patience: pauses first, then yields once `yield_after_ns` have passed. */
typedef struct patience {
    int pauses;
    int64_t start_ns;
    int64_t spent_ns;
} patience;

static void spin(patience *p)
{
    if (p->spent_ns >= yield_after_ns) {
        tern_thread_yield();
    } else {
        tern_thread_pause();
        p->pauses++;
        if (p->pauses % pauses_per_look != 0) {
            return;
        }
    }
    const int64_t now_ns = tern_os_now_ns();
    if (p->start_ns == 0) {
        p->start_ns = now_ns;
    }
    p->spent_ns = now_ns - p->start_ns;
}

static void claim_chunks(slot *s, int participant)
{
    const int64_t chunk_count = s->chunk_count;
    tern_chunk_fn *const fn = s->fn;
    void *const arg = s->arg;
    here.is_inside = true;
    here.slot = s;
    here.participant = participant;
    for (;;) {
        const int64_t chunk = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (chunk >= chunk_count) {
            break;
        }
        fn(arg, chunk, participant);
    }
    here.is_inside = false;
}

/* Take part in the region open in `s`, unless it is the one already served. */
static bool join_region(slot *s, uint64_t *served_sequence)
{
    uint64_t word = atomic_load_explicit(&s->word, memory_order_acquire);
    if ((word & open_bit) == 0 || word / one_sequence == *served_sequence) {
        return false;
    }
    const int participant = (int)(word / one_joined & 0xffffu) + 1;
    if (participant >= atomic_load_explicit(&s->participants, memory_order_relaxed)) {
        return false;
    }
    if (!atomic_compare_exchange_strong_explicit(&s->word, &word, word + one_joined + one_inside,
                                                 memory_order_acq_rel, memory_order_relaxed)) {
        return false;
    }
    *served_sequence = word / one_sequence;
    claim_chunks(s, participant);
    atomic_fetch_sub_explicit(&s->word, one_inside, memory_order_release);
    return true;
}

/* Serve the regions of one slot until the mailbox says something else. */
static void serve(worker *w, unsigned mail)
{
    slot *s = &w->pool->slots[mail - 1];
    uint64_t served_sequence = UINT64_MAX;
    patience p = {0};
    while (atomic_load_explicit(&w->mailbox, memory_order_acquire) == mail) {
        if (join_region(s, &served_sequence)) {
            p = (patience){0};
        } else {
            spin(&p);
        }
    }
}

/* Wait for mail: a little while spinning, in case the next run comes at once, then asleep. */
static void rest(worker *w)
{
    patience p = {0};
    while (p.spent_ns < linger_ns) {
        if (atomic_load_explicit(&w->mailbox, memory_order_acquire) != mailbox_idle) {
            return;
        }
        spin(&p);
    }
    tern_pool *pool = w->pool;
    const uint64_t bit = (uint64_t)1 << (w->index % 64);
    const unsigned seen = atomic_load(&pool->wake);
    atomic_fetch_or(&pool->sleeping[w->index / 64], bit);
    if (atomic_load(&w->mailbox) == mailbox_idle) {
        tern_futex_wait(&pool->wake, seen, 1u << (w->index % 32), -1);
    }
    atomic_fetch_and(&pool->sleeping[w->index / 64], ~bit);
}

static void *worker_body(void *arg)
{
    worker *w = arg;
    tern_thread_set_name("tern-worker");
    for (;;) {
        const unsigned mail = atomic_load_explicit(&w->mailbox, memory_order_acquire);
        if (mail == mailbox_stop) {
            return NULL;
        }
        if (mail == mailbox_idle) {
            rest(w);
        } else {
            serve(w, mail);
        }
    }
}

/* All workers not started and idle: a new pool, or a child's copy of its parent's. */
static void make_all_idle(tern_pool *pool)
{
    for (int i = 0; i < pool->worker_count; i++) {
        atomic_init(&pool->workers[i].mailbox, mailbox_idle);
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        pool->workers[i].thread.is_started = false;
        atomic_init(&pool->slots[i].word, 0);
        atomic_init(&pool->slots[i].next, 0);
        atomic_init(&pool->slots[i].participants, 1);
    }
    for (int i = 0; i < mask_words; i++) {
        const int count = pool->worker_count - 64 * i;
        const uint64_t all =
            count >= 64 ? UINT64_MAX : ((uint64_t)1 << (count < 0 ? 0 : count)) - 1;
        atomic_store(&pool->sleeping[i], 0);
        atomic_store(&pool->idle[i], all);
    }
}

tern_status tern_pool_create(tern_allocator allocator, int max_threads, tern_pool **out_pool)
{
    *out_pool = NULL;
    if (max_threads < 1 || max_threads > TERN_POOL_MAX_THREADS) {
        return tern_fail(TERN_INVALID_ARGUMENT, "thread pool: %d threads; allowed 1..%d",
                         max_threads, TERN_POOL_MAX_THREADS);
    }
    const size_t count = (size_t)max_threads - 1;
    tern_pool *pool = tern_alloc_zero(allocator, sizeof *pool, _Alignof(tern_pool));
    if (pool == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    pool->allocator = allocator;
    pool->worker_count = (int)count;
    pool->workers = tern_alloc_items(allocator, count, sizeof(worker), _Alignof(worker));
    pool->slots = tern_alloc_items(allocator, count, sizeof(slot), _Alignof(slot));
    if (count > 0 && (pool->workers == NULL || pool->slots == NULL)) {
        tern_free(allocator, pool->workers, count * sizeof(worker));
        tern_free(allocator, pool->slots, count * sizeof(slot));
        tern_free(allocator, pool, sizeof *pool);
        return TERN_OUT_OF_MEMORY;
    }
    const unsigned generation = tern_process_generation();
    atomic_init(&pool->wake, 0);
    atomic_init(&pool->generation, generation);
    atomic_init(&pool->renewed_generation, generation);
    make_all_idle(pool);
    *out_pool = pool;
    return TERN_OK;
}

void tern_pool_destroy(tern_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    const size_t count = (size_t)pool->worker_count;
    if (atomic_load(&pool->generation) == tern_process_generation()) {
        for (size_t i = 0; i < count; i++) {
            atomic_store(&pool->workers[i].mailbox, mailbox_stop);
        }
        atomic_fetch_add(&pool->wake, 1u);
        tern_futex_wake(&pool->wake, 0xffffffffu);
        for (size_t i = 0; i < count; i++) {
            tern_thread_join(&pool->workers[i].thread);
        }
    }
    const tern_allocator allocator = pool->allocator;
    tern_free(allocator, pool->workers, count * sizeof(worker));
    tern_free(allocator, pool->slots, count * sizeof(slot));
    tern_free(allocator, pool, sizeof *pool);
}

int tern_pool_max_threads(const tern_pool *pool)
{
    return pool != NULL ? pool->worker_count + 1 : 1;
}

/* Take up to `want` bits of one word of the idle mask; the taken bits. */
static uint64_t take_idle(_Atomic uint64_t *idle, int want)
{
    uint64_t seen = atomic_load_explicit(idle, memory_order_relaxed);
    uint64_t taken;
    do {
        taken = 0;
        uint64_t left = seen;
        for (int i = 0; i < want && left != 0; i++) {
            taken |= left & (0 - left);
            left &= left - 1;
        }
        if (taken == 0) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak_explicit(idle, &seen, seen & ~taken,
                                                    memory_order_acquire, memory_order_relaxed));
    return taken;
}

/* In a forked child the workers do not exist: the first lease makes the pool new.  False for those
   who come while another thread does it. */
static bool is_current(tern_pool *pool)
{
    const unsigned now = tern_process_generation();
    if (TERN_LIKELY(atomic_load_explicit(&pool->generation, memory_order_acquire) == now)) {
        return true;
    }
    unsigned seen = atomic_load(&pool->renewed_generation);
    if (seen == now || !atomic_compare_exchange_strong(&pool->renewed_generation, &seen, now)) {
        return false;
    }
    make_all_idle(pool);
    atomic_store_explicit(&pool->generation, now, memory_order_release);
    return true;
}

/* Tell one leased worker which slot to serve, starting its thread the first time.  False when the
   system gives no thread; the worker is idle again then. */
static bool assign(tern_pool *pool, int index, int slot_index)
{
    worker *w = &pool->workers[index];
    atomic_store(&w->mailbox, (unsigned)slot_index + 1u);
    if (TERN_LIKELY(w->thread.is_started)) {
        return true;
    }
    if (tern_thread_start(&w->thread, worker_body, w) == TERN_OK) {
        return true;
    }
    atomic_store(&w->mailbox, mailbox_idle);
    atomic_fetch_or_explicit(&pool->idle[index / 64], (uint64_t)1 << (index % 64),
                             memory_order_release);
    return false;
}

/* One system call for all sleepers of the team, none when nobody sleeps. */
static void wake_team(tern_pool *pool, const tern_team *team)
{
    unsigned mask = 0;
    for (int i = 0; i < mask_words; i++) {
        if (team->workers[i] != 0) {
            const uint64_t sleepers = atomic_load(&pool->sleeping[i]) & team->workers[i];
            mask |= (unsigned)sleepers | (unsigned)(sleepers >> 32);
        }
    }
    if (mask != 0) {
        atomic_fetch_add(&pool->wake, 1u);
        tern_futex_wake(&pool->wake, mask);
    }
}

tern_team tern_pool_lease(tern_pool *pool, int want)
{
    tern_team team = {.participants = 1};
    if (pool == NULL || want <= 1 || pool->worker_count == 0 || here.is_inside ||
        !is_current(pool)) {
        return team;
    }
    team.generation = atomic_load_explicit(&pool->generation, memory_order_relaxed);
    team.slot = -1;
    int missing = want - 1;
    for (int i = 0; i < mask_words && missing > 0; i++) {
        uint64_t taken = take_idle(&pool->idle[i], missing);
        for (; taken != 0; taken &= taken - 1) {
            const int index = 64 * i + tern_bit_lowest(taken);
            const int slot_index = team.slot >= 0 ? team.slot : index;
            if (assign(pool, index, slot_index)) {
                team.slot = slot_index;
                team.workers[i] |= (uint64_t)1 << (index % 64);
                team.participants++;
                missing--;
            }
        }
    }
    if (team.participants > 1) {
        team.pool = pool;
        wake_team(pool, &team);
    }
    return team;
}

/* All chunks on this thread, under the number it already has when it is inside this very region. */
static void run_inline(const slot *s, int64_t chunk_count, tern_chunk_fn *fn, void *arg)
{
    const bool was_inside = here.is_inside;
    const int participant = was_inside && s != NULL && here.slot == s ? here.participant : 0;
    here.is_inside = true;
    if (!was_inside) {
        here.slot = s;
        here.participant = participant;
    }
    for (int64_t chunk = 0; chunk < chunk_count; chunk++) {
        fn(arg, chunk, participant);
    }
    here.is_inside = was_inside;
}

void tern_team_run(tern_team *team, int64_t chunk_count, tern_chunk_fn *fn, void *arg)
{
    slot *s = team->pool != NULL ? &team->pool->slots[team->slot] : NULL;
    if (s == NULL || chunk_count <= 1 || here.is_inside ||
        team->generation != tern_process_generation()) {
        run_inline(s, chunk_count, fn, arg);
        return;
    }
    s->fn = fn;
    s->arg = arg;
    s->chunk_count = chunk_count;
    atomic_store_explicit(&s->participants, team->participants, memory_order_relaxed);
    atomic_store_explicit(&s->next, 0, memory_order_relaxed);
    const uint64_t before = atomic_load_explicit(&s->word, memory_order_relaxed);
    TERN_ASSERT((before & (open_bit | inside_bits)) == 0);
    const uint64_t opened = (before / one_sequence + 1) * one_sequence + open_bit;
    atomic_store_explicit(&s->word, opened, memory_order_release);
    claim_chunks(s, 0);
    uint64_t word = atomic_fetch_and_explicit(&s->word, ~open_bit, memory_order_acq_rel);
    patience p = {0};
    while ((word & inside_bits) != 0) {
        spin(&p);
        word = atomic_load_explicit(&s->word, memory_order_acquire);
    }
}

void tern_team_release(tern_team *team)
{
    tern_pool *pool = team->pool;
    if (pool != NULL && team->generation == tern_process_generation()) {
        for (int i = 0; i < mask_words; i++) {
            for (uint64_t left = team->workers[i]; left != 0; left &= left - 1) {
                const int index = 64 * i + tern_bit_lowest(left);
                atomic_store_explicit(&pool->workers[index].mailbox, mailbox_idle,
                                      memory_order_release);
            }
            if (team->workers[i] != 0) {
                atomic_fetch_or_explicit(&pool->idle[i], team->workers[i], memory_order_release);
            }
        }
    }
    *team = (tern_team){.participants = 1};
}

/* TERN_THREADS, or the processors; a value out of range counts as unset. */
static int shared_threads(void)
{
    int64_t threads = 0;
    const char *text = tern_os_env("TERN_THREADS");
    if (text == NULL || !tern_parse_int64(tern_str_of(text), 1, TERN_POOL_MAX_THREADS, &threads)) {
        threads = tern_os_cpu_count();
    }
    return threads < TERN_POOL_MAX_THREADS ? (int)threads : TERN_POOL_MAX_THREADS;
}

tern_pool *tern_pool_shared(void)
{
    static _Atomic(tern_pool *) shared;
    tern_pool *pool = atomic_load_explicit(&shared, memory_order_acquire);
    if (pool != NULL) {
        return pool;
    }
    tern_pool *fresh = NULL;
    if (tern_pool_create(tern_allocator_default(), shared_threads(), &fresh) != TERN_OK) {
        return NULL;
    }
    if (!atomic_compare_exchange_strong(&shared, &pool, fresh)) {
        tern_pool_destroy(fresh); /* another thread was first */
        return pool;
    }
    return fresh;
}
