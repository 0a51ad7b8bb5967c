/* SPDX-License-Identifier: Apache-2.0 */
/* Out-of-memory sweeps over src/base. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/os.h"
#include "base/pool.h"
#include "harness/harness.h"
#include "harness/oom.h"

static tern_status use_arena(tern_arena *arena)
{
    for (int i = 0; i < 200; i++) {
        if (tern_arena_alloc(arena, 500, 64) == NULL || tern_arena_strdup(arena, "x") == NULL ||
            tern_arena_printf(arena, "%d", i) == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    return TERN_OK;
}

static tern_status arena_scenario(tern_allocator allocator, void *arg)
{
    (void)arg;
    tern_arena arena;
    tern_arena_init(&arena, allocator);
    const tern_status status = use_arena(&arena);
    tern_arena_destroy(&arena);
    return status;
}

TERN_TEST(oom_arena)
{
    CHECK(oom_sweep(arena_scenario, NULL) >= 3);
}

static tern_status array_scenario(tern_allocator allocator, void *arg)
{
    (void)arg;
    int *items = NULL;
    size_t capacity = 0;
    tern_status status = TERN_OK;
    for (size_t i = 0; i < 1000 && status == TERN_OK; i++) {
        status = tern_array_grow(allocator, &items, &capacity, i + 1, sizeof *items);
    }
    tern_array_free(allocator, &items, &capacity, sizeof *items);
    return status;
}

TERN_TEST(oom_array)
{
    CHECK(oom_sweep(array_scenario, NULL) >= 5);
}

static tern_status json_scenario(tern_allocator allocator, void *arg)
{
    (void)arg;
    tern_text text;
    tern_json json;
    tern_text_init(&text, allocator);
    tern_json_init(&json, &text, 2);
    tern_json_begin_array(&json);
    for (int i = 0; i < 100; i++) {
        tern_json_string(&json, "some words");
    }
    tern_json_end_array(&json);
    const tern_status status = tern_text_status(&text);
    tern_text_destroy(&text);
    return status;
}

TERN_TEST(oom_json)
{
    CHECK(oom_sweep(json_scenario, NULL) >= 5);
}

static tern_status pool_scenario(tern_allocator allocator, void *arg)
{
    (void)arg;
    tern_pool *pool = NULL;
    TERN_TRY(tern_pool_create(allocator, 3, &pool));
    tern_pool_destroy(pool);
    return TERN_OK;
}

TERN_TEST(oom_pool)
{
    CHECK_INT(oom_sweep(pool_scenario, NULL), 3);
}

static tern_status file_scenario(tern_allocator allocator, void *arg)
{
    void *at = NULL;
    size_t bytes = 0;
    TERN_TRY(tern_file_read(allocator, arg, &at, &bytes));
    tern_free(allocator, at, bytes);
    return TERN_OK;
}

TERN_TEST(oom_file)
{
    char path[512];
    (void)strcpy(path, tern_test_temporary("oom.bin"));
    REQUIRE_OK(tern_file_write(path, "12345", 5));
    CHECK_INT(oom_sweep(file_scenario, path), 1);
}
