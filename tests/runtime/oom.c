/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation failing in turn while an engine is loaded, a context made, run and inspected. */
#include "harness/oom.h"

#include <stdio.h>

#include "base/os.h"
#include "harness/alloc.h"
#include "rig.h"
#include "tern/inspect.h"

static plan_maker maker;

static void swallow(void *self, const char *text, size_t size)
{
    (void)text;
    *(size_t *)self += size;
}

static tern_status use(tern_engine *engine)
{
    tern_context *context = NULL;
    float x[12] = {0}, y[8];
    const int64_t shape[2] = {2, 3};
    size_t size = 0;
    const tern_sink sink = {&size, swallow};
    tern_status status = tern_context_create(engine, &context);
    for (int32_t i = 0; status == TERN_OK && i < 2; i++) {
        status = tern_context_bind(context, i, i == 0 ? x : y);
    }
    if (status == TERN_OK) {
        status = tern_context_set_shape(context, 0, 2, shape);
    }
    if (status == TERN_OK) {
        status = tern_context_enqueue(context, 0);
    }
    tern_context_destroy(context);
    for (int format = TERN_FORMAT_TEXT; status == TERN_OK && format <= TERN_FORMAT_JSON; format++) {
        status = tern_inspect_engine(engine, (tern_format)format, &sink);
    }
    return status;
}

static tern_status from_memory(tern_allocator allocator, void *arg)
{
    tern_engine *engine = NULL;
    (void)arg;
    tern_status status = rig_load(&maker, allocator, &engine);
    if (status == TERN_OK) {
        status = use(engine);
    }
    tern_engine_destroy(engine);
    return status;
}

static const struct {
    const char *name;
} plans[] = {{"static"}, {"dynamic"}};

TERN_TEST_ROWS(running_out_of_memory_anywhere_is_clean, plans)
{
    if (row == 0) {
        maker_relu_add(&maker);
    } else {
        maker_dynamic(&maker, 4);
    }
    CHECK(oom_sweep(from_memory, NULL) > 3);
}

static tern_status from_file(tern_allocator allocator, void *arg)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    options.logger.write = rig_quiet;
    options.allocator = allocator;
    tern_status status = tern_runtime_create(&options, &runtime);
    if (status == TERN_OK) {
        status = tern_engine_load_file(runtime, arg, &engine);
    }
    if (status == TERN_OK) {
        status = use(engine);
    }
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return status;
}

TERN_TEST(running_out_of_memory_with_a_file_is_clean)
{
    static char path[256];
    size_t size = 0;
    maker_relu_add(&maker);
    void *bytes = maker_write(&maker, &size);
    snprintf(path, sizeof path, "%s", tern_test_temporary("oom.tern"));
    REQUIRE_OK(tern_file_write(path, bytes, size));
    maker_free(bytes);
    CHECK(oom_sweep(from_file, path) > 3);
}
