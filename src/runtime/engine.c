/* SPDX-License-Identifier: Apache-2.0
 *
 * Runtimes and engines: who owns a plan's bytes, and counting.  A file is mapped and nothing of
 * it is copied; memory is copied once into pages, or borrowed when it is aligned like pages are
 * used (64 bytes).
 */
#include "runtime/runtime.h"

#include "base/alloc.h"

#include <string.h>

/* --- runtimes --- */

void tern_runtime_hold(tern_runtime *runtime)
{
    atomic_fetch_add(&runtime->references, 1);
}

void tern_runtime_drop(tern_runtime *runtime)
{
    if (runtime != NULL && atomic_fetch_sub(&runtime->references, 1) == 1) {
        tern_free(runtime->allocator, runtime, sizeof *runtime);
    }
}

/* --- bytes --- */

static void release_bytes(tern_engine *e)
{
    switch (e->bytes_kind) {
    case TERN_ENGINE_BYTES_MAPPED: {
        tern_file_map map = {e->bytes, e->bytes_size};
        tern_file_map_close(&map);
        break;
    }
    case TERN_ENGINE_BYTES_OWNED:
        tern_free(e->allocator, (void *)(uintptr_t)e->bytes, e->bytes_size);
        break;
    case TERN_ENGINE_BYTES_BORROWED:
    case TERN_ENGINE_BYTES_NONE: break;
    }
}

static tern_status take_bytes(tern_engine *e, const void *data, size_t size, tern_load load)
{
    if (load == TERN_LOAD_BORROW && (uintptr_t)data % TERN_TENSOR_ALIGN == 0) {
        e->bytes = data;
        e->bytes_size = size;
        e->bytes_kind = TERN_ENGINE_BYTES_BORROWED;
        return TERN_OK;
    }
    if (size == 0) {
        return TERN_OK; /* the reader has a message for that */
    }
    void *copy = tern_alloc(e->allocator, size, TERN_PLAN_PAGE);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    memcpy(copy, data, size);
    e->bytes = copy;
    e->bytes_size = size;
    e->bytes_kind = TERN_ENGINE_BYTES_OWNED;
    return TERN_OK;
}

/* --- engines --- */

static void destroy(tern_engine *e)
{
    const tern_allocator allocator = e->allocator;
    tern_runtime *runtime = e->runtime;
    tern_pool_destroy(e->own_pool);
    tern_arena_destroy(&e->arena);
    release_bytes(e);
    tern_free(allocator, e, sizeof *e);
    tern_runtime_drop(runtime);
}

void tern_engine_hold(tern_engine *engine)
{
    atomic_fetch_add(&engine->references, 1);
}

void tern_engine_drop(tern_engine *engine)
{
    if (engine != NULL && atomic_fetch_sub(&engine->references, 1) == 1) {
        destroy(engine);
    }
}

static tern_status make_engine(tern_runtime *runtime, tern_engine **out_engine)
{
    tern_engine *e = tern_alloc_zero(runtime->allocator, sizeof *e, 64);
    *out_engine = e;
    if (e == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    atomic_init(&e->references, 1);
    e->allocator = runtime->allocator;
    e->logger = runtime->logger;
    e->runtime = runtime;
    tern_runtime_hold(runtime);
    tern_arena_init(&e->arena, e->allocator);
    return TERN_OK;
}

/* Participants of a run: what the user or the machine allows, and no more than the plan's splits
 * and scratch are for. */
static tern_status choose_pool(tern_engine *e)
{
    const int32_t asked = e->runtime->max_threads;
    const int32_t planned = e->plan.header.threads > 0 ? e->plan.header.threads : 1;
    e->pool = NULL;
    e->threads = 1;
    if (planned == 1 || asked == 1) {
        return TERN_OK;
    }
    e->pool = tern_pool_shared();
    const int32_t shared = tern_pool_max_threads(e->pool);
    const int32_t allowed = asked > 0 ? asked : shared;
    e->threads = allowed < planned ? allowed : planned;
    if (e->threads > shared) {
        e->threads = e->threads < TERN_POOL_MAX_THREADS ? e->threads : TERN_POOL_MAX_THREADS;
        TERN_TRY(tern_pool_create(e->allocator, e->threads, &e->own_pool));
        e->pool = e->own_pool;
    }
    return TERN_OK;
}

static tern_status load(tern_engine *e, const char *who)
{
    TERN_TRY(tern_plan_read(e->bytes, e->bytes_size, TERN_PLAN_VERIFY_ALL, who, &e->plan));
    TERN_TRY(tern_program_choose(&e->plan, who));
    TERN_TRY(tern_engine_resolve(e, who));
    TERN_TRY(tern_engine_check_static(e));
    TERN_TRY(choose_pool(e));
    tern_log(&e->logger, TERN_SEVERITY_DETAIL, "run",
             "loaded \"%s\" bytes=%zu steps=%u arena=%llu weights=%zu isa=%s threads=%d", who,
             e->bytes_size, e->plan.step_count, (unsigned long long)e->plan.header.arena_bytes,
             e->plan.weights_size, tern_isa_name(e->isa), (int)e->threads);
    return TERN_OK;
}

static tern_status finish(tern_engine *e, tern_status status, const char *who,
                          tern_engine **out_engine)
{
    if (status == TERN_OK) {
        status = load(e, who);
        if (status != TERN_OK) {
            tern_error_note("while loading plan \"%s\"", who);
        }
    }
    if (status == TERN_OK) {
        *out_engine = e;
    } else {
        destroy(e);
    }
    return status;
}

tern_status tern_engine_open_file(tern_runtime *runtime, const char *path, tern_engine **out_engine)
{
    *out_engine = NULL;
    tern_engine *e = NULL;
    TERN_TRY(make_engine(runtime, &e));
    tern_file_map map = {NULL, 0};
    const tern_status status = tern_file_map_open(path, &map);
    if (status == TERN_OK) {
        e->bytes = map.at;
        e->bytes_size = map.bytes;
        e->bytes_kind = TERN_ENGINE_BYTES_MAPPED;
    }
    return finish(e, status, path, out_engine);
}

tern_status tern_engine_open_memory(tern_runtime *runtime, const void *data, size_t size,
                                    tern_load how, tern_engine **out_engine)
{
    *out_engine = NULL;
    tern_engine *e = NULL;
    TERN_TRY(make_engine(runtime, &e));
    return finish(e, take_bytes(e, data, size, how), "memory", out_engine);
}
