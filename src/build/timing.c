/* SPDX-License-Identifier: Apache-2.0
 *
 * Timing one tactic on one problem: minimum of a few runs on made-up operands, after a warm-up.
 * Operands that are constants have their own data; the rest is small numbers, so that nothing is
 * denormal or infinite.
 */
#include "build/build.h"

#include "base/alloc.h"
#include "base/os.h"
#include "build/timing_cache.h"

enum { WARM_UP_RUNS = 1, LEAST_RUNS = 3, MOST_RUNS = 20 };
#define BUDGET_NS 2000000 /* per candidate, once LEAST_RUNS are done */

static void *make_operand(tern_arena *arena, const tern_type *type)
{
    size_t bytes = 0;
    int64_t count = 0;
    if (!tern_type_bytes(type, &bytes) || !tern_type_volume(type, &count)) {
        return NULL;
    }
    uint8_t *data = tern_arena_zero(arena, bytes + TERN_TENSOR_ALIGN, TERN_TENSOR_ALIGN);
    if (data == NULL || type->dtype != TERN_DTYPE_F32) {
        return data; /* integers, halves: zeros are as fast as anything */
    }
    float *f = (float *)(void *)data;
    for (size_t i = 0; i < bytes / sizeof *f; i++) {
        f[i] = (float)((i * 7) % 31) / 31.0f - 0.5f;
    }
    return data;
}

/* Everything run() gets, allocated in `arena`. */
static bool prepare(tern_arena *arena, const tern_problem *p, const tern_tactic *tactic,
                    tern_launch *out)
{
    const void **x = tern_arena_items(arena, (size_t)p->x_count + 1, sizeof *x, _Alignof(void *));
    void **y = tern_arena_items(arena, (size_t)p->y_count + 1, sizeof *y, _Alignof(void *));
    if (x == NULL || y == NULL) {
        return false;
    }
    for (int32_t i = 0; i < p->x_count; i++) {
        if (p->x[i].dtype == 0) {
            continue;
        }
        x[i] = p->x_data[i] != NULL ? p->x_data[i] : make_operand(arena, &p->x[i]);
        if (x[i] == NULL) {
            return false;
        }
    }
    for (int32_t i = 0; i < p->y_count; i++) {
        y[i] = make_operand(arena, &p->y[i]);
        if (y[i] == NULL) {
            return false;
        }
    }
    *out = (tern_launch){.problem = p, .x = x, .y = y};
    const size_t scratch = tactic->scratch != NULL ? tactic->scratch(p) : 0;
    if (scratch > 0 &&
        (out->scratch = tern_arena_zero(arena, scratch, TERN_TENSOR_ALIGN)) == NULL) {
        return false;
    }
    if (tactic->pack != NULL) {
        void *packed = tern_arena_zero(arena, tactic->packed_bytes(p), TERN_TENSOR_ALIGN);
        if (packed == NULL) {
            return false;
        }
        tactic->pack(p, packed);
        out->packed = packed;
    }
    return true;
}

static int64_t measure(tern_launch *launch, const tern_tactic *tactic)
{
    tern_team team = tern_pool_lease(tern_pool_shared(), launch->problem->threads);
    launch->team = &team;
    int64_t best = INT64_MAX;
    int64_t spent = 0;
    for (int run = -WARM_UP_RUNS; run < MOST_RUNS && (run < LEAST_RUNS || spent < BUDGET_NS);
         run++) {
        const int64_t start = tern_os_now_ns();
        if (tactic->run(launch) != TERN_OK) {
            best = -1;
            break;
        }
        const int64_t time = tern_os_now_ns() - start;
        spent += time;
        if (run >= 0 && time < best) {
            best = time;
        }
    }
    tern_team_release(&team);
    return best;
}

static int64_t run_alone(const tern_build_state *b, const tern_problem *problem,
                         const tern_tactic *tactic)
{
    tern_arena arena;
    tern_arena_init(&arena, b->allocator);
    tern_launch launch;
    const int64_t time = prepare(&arena, problem, tactic, &launch) ? measure(&launch, tactic) : -1;
    tern_arena_destroy(&arena);
    return time;
}

int64_t tern_build_time(tern_build_state *b, const tern_problem *problem, const tern_tactic *tactic)
{
    tern_timing_cache *cache = b->config->timing_cache;
    uint64_t key[2];
    if (cache == NULL || tern_timing_key(b->allocator, problem, key) != TERN_OK) {
        return run_alone(b, problem, tactic);
    }
    int64_t time = tern_timing_find(cache, key, tactic->name);
    if (time < 0) {
        time = run_alone(b, problem, tactic);
        if (time >= 0 && tern_timing_add(cache, key, tactic->name, time) != TERN_OK) {
            tern_log(b->logger, TERN_SEVERITY_WARNING, "tactic",
                     "the timing cache has no memory for more entries");
        }
    }
    return time;
}
