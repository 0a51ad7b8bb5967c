/* SPDX-License-Identifier: Apache-2.0 */
/* LeNet runs without allocating: the user's allocator fails once the context is made, and every
   call of the heap from the library's objects is counted (the linker sends them here: --wrap). */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/os.h"
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

static void add(rig *r, tern_tensor **tip, const char *op, const char *attributes, int64_t kernel,
                int64_t bias)
{
    static float weights[500 * 800];
    tern_layer *layer = rig_layer(r, op, attributes, *tip, NULL);
    if (kernel > 0) {
        rig_weights(layer, "kernel", weights, kernel);
        rig_weights(layer, "bias", weights, bias);
    }
    *tip = tern_layer_output(layer, 0);
}

static void make_lenet(rig *r)
{
    tern_tensor *tip = rig_input(r, "image", "f32[1,28,28]");
    add(r, &tip, "conv", "{out_channels=20, kernel=[5,5]}", 500, 20);
    add(r, &tip, "pool", "{type=max, kernel=[2,2], stride=[2,2]}", 0, 0);
    add(r, &tip, "conv", "{out_channels=50, kernel=[5,5]}", 25000, 50);
    add(r, &tip, "pool", "{type=max, kernel=[2,2], stride=[2,2]}", 0, 0);
    add(r, &tip, "fully_connected", "{out_channels=500}", 400000, 500);
    add(r, &tip, "relu", NULL, 0, 0);
    add(r, &tip, "fully_connected", "{out_channels=10}", 5000, 10);
    rig_output(r, tip, "logits");
}

enum { BATCHES = 4, RUNS = 10000 };

/* Fewer where they would take long: under a sanitizer, or with plain C. */
static int affordable_runs(rig *r, int wanted)
{
    const int64_t start = tern_os_now_ns();
    REQUIRE_OK(tern_context_enqueue(r->context, 0));
    const int64_t most = 10000000000 / (BATCHES * (tern_os_now_ns() - start + 1));
    return most < wanted ? (int)most + BATCHES : wanted;
}

static const struct {
    const char *name;
    bool has_stream, is_reference;
    int32_t threads, runs;
} ways[] = {{"caller", false, false, 1, RUNS},
            {"caller_two_threads", false, false, 2, RUNS},
            {"stream", true, false, 1, RUNS},
            {"caller_reference", false, true, 1, 20}};

TERN_TEST_ROWS(lenet_runs_without_allocating, ways)
{
    static float x[BATCHES * 784], y[BATCHES * 10];
    rig r;
    tern_stream stream = 0;
    rig_open(&r, TERN_BATCH_IS_IMPLICIT);
    REQUIRE_OK(tern_builder_set_max_batch(r.builder, BATCHES));
    REQUIRE_OK(tern_builder_set_max_threads(r.builder, ways[row].threads));
    REQUIRE_OK(tern_config_set(r.config, TERN_CONFIG_ISA, ways[row].is_reference ? 0 : -1));
    make_lenet(&r);
    rig_load(&r);
    REQUIRE_OK(tern_context_bind(r.context, 0, x));
    REQUIRE_OK(tern_context_bind(r.context, 1, y));
    if (ways[row].has_stream) {
        REQUIRE_OK(tern_stream_create(&stream));
        REQUIRE_OK(tern_device_fill(x, 0, sizeof x, stream)); /* starts the stream's worker */
        REQUIRE_OK(tern_stream_synchronize(stream));
    }
    REQUIRE_OK(tern_context_enqueue(r.context, 0)); /* starts the pool's workers */
    const int runs = affordable_runs(&r, ways[row].runs);
    r.heap.limit_bytes = 1;
    const int64_t requests = atomic_load(&r.heap.request_count);
    const int before = atomic_load(&calls);
    for (int i = 0; i < runs; i++) {
        if (i % 16 == 0) {
            REQUIRE_OK(tern_context_set_batch(r.context, 1 + i / 16 % BATCHES));
        }
        REQUIRE_OK(tern_context_bind(r.context, 1, y));
        REQUIRE_OK(tern_context_enqueue(r.context, stream));
    }
    REQUIRE_OK(tern_stream_synchronize(stream));
    if (runs < ways[row].runs) {
        printf("    %s: %d runs of %d, this build is slow\n", ways[row].name, runs,
               (int)ways[row].runs);
    }
    CHECK_INT(atomic_load(&calls) - before, 0);
    CHECK_INT(atomic_load(&r.heap.request_count) - requests, 0);
    r.heap.limit_bytes = 0;
    if (ways[row].has_stream) {
        REQUIRE_OK(tern_stream_destroy(stream));
    }
    rig_close(&r);
}
