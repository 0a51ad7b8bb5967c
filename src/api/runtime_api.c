/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/runtime.h, first half: runtimes, and loading engines.
 */
#include "api/deliver.h"
#include "base/alloc.h"
#include "runtime/runtime.h"

#include <string.h>

tern_status tern_runtime_create(const tern_runtime_options *options, tern_runtime **out_runtime)
{
    tern_runtime_options o = TERN_RUNTIME_OPTIONS_INIT;
    if (out_runtime == NULL) {
        return tern_deliver_null(options != NULL ? &options->logger : NULL, "runtime create",
                                 "out_runtime");
    }
    *out_runtime = NULL;
    if (options != NULL) {
        /* A program built against an older header has a shorter struct, one built against a
         * newer header a longer one. */
        const size_t known = options->struct_size < sizeof o ? options->struct_size : sizeof o;
        memcpy(&o, options, known);
    }
    if (o.max_threads < 0) {
        return tern_deliver(&o.logger, tern_fail(TERN_INVALID_ARGUMENT,
                                                 "runtime: max_threads is %d; 0 lets Tern choose",
                                                 o.max_threads));
    }
    const tern_allocator allocator =
        o.allocator.resize != NULL ? o.allocator : tern_allocator_default();
    tern_runtime *r = tern_alloc_zero(allocator, sizeof *r, 16);
    if (r == NULL) {
        return tern_deliver(&o.logger, TERN_OUT_OF_MEMORY);
    }
    r->allocator = allocator;
    r->logger = o.logger;
    r->max_threads = o.max_threads;
    atomic_init(&r->references, 1);
    *out_runtime = r;
    return TERN_OK;
}

void tern_runtime_destroy(tern_runtime *runtime)
{
    tern_runtime_drop(runtime);
}

tern_status tern_runtime_set_max_threads(tern_runtime *runtime, int32_t threads)
{
    if (runtime == NULL) {
        return tern_deliver_null(NULL, "runtime set_max_threads", "runtime");
    }
    if (threads < 0) {
        return tern_deliver(&runtime->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "runtime: max_threads is %d; 0 lets Tern choose", threads));
    }
    runtime->max_threads = threads;
    return TERN_OK;
}

int32_t tern_runtime_max_threads(const tern_runtime *runtime)
{
    if (runtime == NULL || runtime->max_threads == 0) {
        return tern_pool_max_threads(tern_pool_shared());
    }
    return runtime->max_threads;
}

tern_status tern_engine_load_file(tern_runtime *runtime, const char *path, tern_engine **out_engine)
{
    if (runtime == NULL || path == NULL || out_engine == NULL) {
        return tern_deliver_null(runtime != NULL ? &runtime->logger : NULL, "engine load_file",
                                 runtime == NULL ? "runtime"
                                 : path == NULL  ? "path"
                                                 : "out_engine");
    }
    return tern_deliver(&runtime->logger, tern_engine_open_file(runtime, path, out_engine));
}

tern_status tern_engine_load_memory(tern_runtime *runtime, const void *data, size_t size,
                                    tern_load load, tern_engine **out_engine)
{
    if (runtime == NULL || data == NULL || out_engine == NULL) {
        return tern_deliver_null(runtime != NULL ? &runtime->logger : NULL, "engine load_memory",
                                 runtime == NULL ? "runtime"
                                 : data == NULL  ? "data"
                                                 : "out_engine");
    }
    return tern_deliver(&runtime->logger,
                        tern_engine_open_memory(runtime, data, size, load, out_engine));
}

void tern_engine_destroy(tern_engine *engine)
{
    tern_engine_drop(engine);
}
