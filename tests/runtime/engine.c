/* SPDX-License-Identifier: Apache-2.0 */
/* Runtimes and engines: loading, what they tell, who keeps whom. */
#include <stdio.h>

#include "base/os.h"
#include "harness/alloc.h"
#include "rig.h"

static plan_maker maker;

TERN_TEST(a_file_is_mapped_and_not_copied)
{
    tern_test_heap heap = {0};
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    options.logger.write = rig_quiet;
    options.allocator = tern_test_allocator(&heap);
    static float large[8192];
    static const int64_t dims[1] = {8192};
    maker_relu_add(&maker);
    maker_constant(&maker, "large", TERN_DTYPE_F32, 1, dims, large);
    size_t size = 0, plan_size = 0;
    void *bytes = maker_write(&maker, &size);
    const char *path = tern_test_temporary("a.tern");
    REQUIRE_OK(tern_file_write(path, bytes, size));
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    REQUIRE_OK(tern_engine_load_file(runtime, path, &engine));
    CHECK(atomic_load(&heap.peak_bytes) < (int64_t)size);
    const void *mapped = tern_engine_plan(engine, &plan_size);
    REQUIRE_INT(plan_size, size);
    CHECK_BYTES(mapped, bytes, size);
    tern_runtime_destroy(runtime);
    tern_engine_destroy(engine);
    tern_test_heap_check_empty(&heap);
    maker_free(bytes);
}

TERN_TEST(a_missing_file_is_named)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = (tern_engine *)&options;
    options.logger.write = rig_quiet;
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    CHECK_STATUS(tern_engine_load_file(runtime, "/nowhere/x.tern", &engine), TERN_IO);
    CHECK_CONTAINS(tern_error_last()->text, "/nowhere/x.tern");
    CHECK(engine == NULL);
    tern_runtime_destroy(runtime);
}

TERN_TEST(unaligned_memory_is_copied_also_when_it_is_lent)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    options.logger.write = rig_quiet;
    maker_relu_add(&maker);
    size_t size = 0;
    void *bytes = maker_write(&maker, &size);
    static uint8_t room[1 << 16];
    REQUIRE(size + 3 <= sizeof room);
    memcpy(room + 3, bytes, size);
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    REQUIRE_OK(tern_engine_load_memory(runtime, room + 3, size, TERN_LOAD_BORROW, &engine));
    CHECK(tern_engine_plan(engine, NULL) != room + 3);
    tern_engine_destroy(engine);
    REQUIRE_OK(tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_BORROW, &engine));
    CHECK(tern_engine_plan(engine, NULL) == bytes);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    maker_free(bytes);
}

TERN_TEST(engines_tell_their_tensors)
{
    maker_dynamic(&maker, 4);
    tern_engine *engine = rig_engine(&maker);
    tern_binding b;
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    CHECK_TEXT(tern_engine_name(engine), "dynamic");
    CHECK_INT(tern_engine_layer_count(engine), 2);
    CHECK_INT(tern_engine_binding_count(engine), 2);
    CHECK_INT(tern_engine_has_implicit_batch(engine), 0);
    CHECK_INT(tern_engine_max_batch(engine), 1);
    CHECK_INT(tern_engine_profile_count(engine), 1);
    CHECK(tern_engine_device_memory(engine) > 0);
    REQUIRE_OK(tern_engine_binding(engine, 0, &b));
    CHECK_TEXT(b.name, "x");
    CHECK_INT(b.dtype, TERN_DTYPE_F32);
    CHECK_INT(b.rank, 2);
    CHECK_INT(b.dims[0], -1);
    CHECK_INT(b.dims[1], 3);
    CHECK_INT(b.is_input, 1);
    CHECK_INT(tern_engine_find_binding(engine, "y"), 1);
    CHECK_INT(tern_engine_find_binding(engine, "z"), -1);
    REQUIRE_OK(tern_engine_profile_shape(engine, 0, 0, 2, &rank, dims));
    CHECK_INT(rank, 2);
    CHECK_INT(dims[0], 4);
    CHECK_INT(dims[1], 3);
    CHECK_STATUS(tern_engine_profile_shape(engine, 1, 0, 2, &rank, dims), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_profile_shape(engine, 0, 1, 2, &rank, dims), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_profile_shape(engine, 0, 0, 3, &rank, dims), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_binding(engine, 2, &b), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_binding(engine, -1, &b), TERN_INVALID_ARGUMENT);
    tern_engine_destroy(engine);
}

TERN_TEST(implicit_batch_is_hidden)
{
    maker_implicit(&maker, 8);
    tern_engine *engine = rig_engine(&maker);
    tern_binding b;
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    CHECK_INT(tern_engine_has_implicit_batch(engine), 1);
    CHECK_INT(tern_engine_max_batch(engine), 8);
    REQUIRE_OK(tern_engine_binding(engine, 0, &b));
    CHECK_INT(b.rank, 1);
    CHECK_INT(b.dims[0], 3);
    REQUIRE_OK(tern_engine_profile_shape(engine, 0, 0, 2, &rank, dims));
    CHECK_INT(rank, 1);
    CHECK_INT(dims[0], 3);
    tern_engine_destroy(engine);
}

TERN_TEST(null_arguments_are_refused)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    options.logger.write = rig_quiet;
    options.max_threads = -1;
    CHECK_STATUS(tern_runtime_create(&options, &runtime), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_runtime_create(&options, NULL), TERN_INVALID_ARGUMENT);
    options.max_threads = 2;
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    CHECK_INT(tern_runtime_max_threads(runtime), 2);
    CHECK_STATUS(tern_runtime_set_max_threads(runtime, -3), TERN_INVALID_ARGUMENT);
    CHECK_OK(tern_runtime_set_max_threads(runtime, 1));
    CHECK_STATUS(tern_engine_load_file(runtime, NULL, &engine), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_load_memory(runtime, NULL, 5, TERN_LOAD_COPY, &engine),
                 TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_engine_load_memory(runtime, &options, 0, TERN_LOAD_COPY, &engine),
                 TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "empty");
    tern_runtime_destroy(runtime);
    tern_runtime_destroy(NULL);
    tern_engine_destroy(NULL);
    tern_context_destroy(NULL);
    CHECK_INT(tern_engine_binding_count(NULL), 0);
}

TERN_TEST(parents_may_go_first)
{
    tern_test_heap heap = {0};
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    float x[6] = {0}, y[6] = {0};
    maker_relu_add(&maker);
    REQUIRE_OK(
        rig_load(&maker, tern_test_allocator(&heap), &engine)); /* its runtime is gone already */
    REQUIRE_OK(tern_context_create(engine, &context));
    tern_engine_destroy(engine);
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    CHECK_OK(tern_context_enqueue(context, 0));
    CHECK_NEAR(y[4], 5, 0);
    tern_context_destroy(context);
    tern_test_heap_check_empty(&heap);
}

/* The first program that runs here is taken; when none does, each one's lack is listed. */
static tern_status load_programs(uint32_t first_isa, uint32_t second_isa, tern_engine **out_engine)
{
    static plan_maker other;
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    options.logger.write = rig_quiet;
    maker_relu_add(&maker);
    maker_relu_add(&other);
    maker.plan.header.isa = first_isa;
    other.plan.header.isa = second_isa;
    other.plan.name = maker_string(&other, "second");
    const tern_plan images[2] = {maker.plan, other.plan};
    size_t size = 0;
    REQUIRE_OK(tern_plan_write_all(images, 2, NULL, 0, &size));
    void *bytes = maker_copy(&maker, size);
    REQUIRE_OK(tern_plan_write_all(images, 2, bytes, size, &size));
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    const tern_status status =
        tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_COPY, out_engine);
    tern_runtime_destroy(runtime);
    maker_free(bytes);
    return status;
}

TERN_TEST(the_first_program_that_runs_here_is_taken)
{
    tern_engine *engine = NULL;
    REQUIRE_OK(load_programs(0, 0, &engine));
    CHECK_TEXT(tern_engine_name(engine), "relu_add");
    tern_engine_destroy(engine);
    REQUIRE_OK(load_programs(77, 0, &engine));
    CHECK_TEXT(tern_engine_name(engine), "second");
    tern_engine_destroy(engine);
    CHECK_STATUS(load_programs(77, 78, &engine), TERN_VERSION);
    CHECK_CONTAINS(tern_error_last()->text, "program 0 needs instruction-set level 77");
    CHECK_CONTAINS(tern_error_last()->text, "program 1 needs instruction-set level 78");
}
