/* SPDX-License-Identifier: Apache-2.0 */
/* Running allocates nothing: the user's allocator fails after the context was made, and every
   call of the heap from the library's objects is counted (the linker sends them here: --wrap). */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/alloc.h"
#include "rig.h"

static atomic_int calls;

#define WRAP(result, name, parameters, arguments)                                                  \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        atomic_fetch_add(&calls, 1);                                                               \
        return __real_##name arguments;                                                            \
    }

WRAP(void *, malloc, (size_t bytes), (bytes))
WRAP(void *, calloc, (size_t count, size_t bytes), (count, bytes))
WRAP(void *, realloc, (void *block, size_t bytes), (block, bytes))
WRAP(void *, aligned_alloc, (size_t align, size_t bytes), (align, bytes))
WRAP(int, posix_memalign, (void **out, size_t align, size_t bytes), (out, align, bytes))
WRAP(void *, mmap, (void *at, size_t bytes, int rights, int flags, int file, off_t offset),
     (at, bytes, rights, flags, file, offset))

static plan_maker maker;

static const struct {
    const char *name;
    tern_stream stream; /* 9: a real one */
    bool is_dynamic;
} runs[] = {{"static_caller", 0, false},
            {"static_stream", 9, false},
            {"dynamic_caller", 2, true},
            {"dynamic_stream", 9, true}};

TERN_TEST_ROWS(ten_thousand_runs_allocate_nothing, runs)
{
    tern_test_heap heap = {0};
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    tern_stream stream = runs[row].stream;
    float x[2][12] = {{0}}, y[2][8];
    if (runs[row].is_dynamic) {
        maker_dynamic(&maker, 4);
    } else {
        maker_relu_add(&maker);
    }
    REQUIRE_OK(rig_load(&maker, tern_test_allocator(&heap), &engine));
    REQUIRE_OK(tern_context_create(engine, &context));
    if (stream == 9) {
        REQUIRE_OK(tern_stream_create(&stream));
        REQUIRE_OK(tern_device_fill(x, 0, sizeof x, stream));
        REQUIRE_OK(tern_stream_synchronize(stream));
    }
    heap.limit_bytes = 1;
    const int64_t requests = atomic_load(&heap.request_count);
    const int before = atomic_load(&calls);
    for (int i = 0; i < 10000; i++) { /* other buffers every time, other shapes every few times */
        const int64_t shape[2] = {1 + i / 5 % 4, 3};
        if (runs[row].is_dynamic) {
            REQUIRE_OK(tern_context_set_shape(context, 0, 2, shape));
        }
        REQUIRE_OK(tern_context_bind(context, 0, x[i % 2]));
        REQUIRE_OK(tern_context_bind(context, 1, y[i % 2]));
        REQUIRE_OK(tern_context_enqueue(context, stream));
    }
    REQUIRE_OK(tern_stream_synchronize(stream));
    /* The first command starts the stream's worker; libc allocates for a thread, the library
     * does not. */
    CHECK_INT(atomic_load(&calls) - before, 0);
    CHECK_INT(atomic_load(&heap.request_count) - requests, 0);
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    if (stream > 2) {
        REQUIRE_OK(tern_stream_destroy(stream));
    }
    tern_test_heap_check_empty(&heap);
}

/* Extents that depend on data are others in every run. */
TERN_TEST(runs_that_find_extents_allocate_nothing)
{
    tern_test_heap heap = {0};
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float y[8];
    int32_t n[3] = {0}, indices[8];
    maker_topk(&maker);
    REQUIRE_OK(rig_load(&maker, tern_test_allocator(&heap), &engine));
    REQUIRE_OK(tern_context_create(engine, &context));
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)x));
    REQUIRE_OK(tern_context_bind(context, 1, n));
    REQUIRE_OK(tern_context_bind(context, 2, indices));
    REQUIRE_OK(tern_context_bind(context, 3, y));
    heap.limit_bytes = 1;
    const int64_t requests = atomic_load(&heap.request_count);
    const int before = atomic_load(&calls);
    for (int i = 0; i < 10000; i++) {
        const int64_t count = 1 + i / 5 % 3;
        REQUIRE_OK(tern_context_set_shape(context, 1, 1, &count));
        n[0] = i % 5;
        REQUIRE_OK(tern_context_enqueue(context, 0));
    }
    CHECK_INT(atomic_load(&calls) - before, 0);
    CHECK_INT(atomic_load(&heap.request_count) - requests, 0);
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    tern_test_heap_check_empty(&heap);
}
