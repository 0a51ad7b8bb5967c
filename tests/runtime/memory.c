/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts that work in memory of the user, and what is told of shape inputs. */
#include "rig.h"

static plan_maker maker;

enum { ROOM = 2048 };

/* y = relu(x + c) of maker_relu_add; the sum lies in the scratch memory. */
static const float x[6] = {1, 5, -9, 4.5f, 0, 100}, want[6] = {2, 3, 0, 0.5f, 5, 94};

static void check_run(tern_context *context, tern_stream stream)
{
    float y[6] = {0};
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_enqueue(context, stream));
    REQUIRE_OK(tern_stream_synchronize(stream));
    for (int i = 0; i < 6; i++) {
        CHECK_NEAR(y[i], want[i], 0);
    }
}

static tern_context *bare_context(tern_engine *engine)
{
    tern_context *context = NULL;
    REQUIRE_OK(tern_context_create_without_memory(engine, &context));
    return context;
}

TERN_TEST(a_context_without_memory_runs_in_the_users)
{
    static _Alignas(64) uint8_t first[ROOM], second[ROOM];
    tern_stream stream = 0;
    maker_relu_add(&maker);
    tern_engine *engine = rig_engine(&maker);
    tern_context *context = bare_context(engine);
    const size_t bytes = tern_engine_scratch_memory(engine);
    REQUIRE(bytes >= sizeof x && bytes <= ROOM);
    CHECK(bytes < tern_engine_device_memory(engine));
    CHECK_UINT(tern_engine_scratch_memory(NULL), 0);
    float y[6];
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "made without memory");
    REQUIRE_OK(tern_context_set_memory(context, first, bytes));
    check_run(context, 0);
    REQUIRE_OK(tern_stream_create(&stream));
    check_run(context, stream);
    memset(first, 0xee, sizeof first); /* between runs it is the user's */
    REQUIRE_OK(tern_context_set_memory(context, second, bytes));
    check_run(context, stream);
    for (int i = 0; i < ROOM; i++) {
        CHECK_UINT(first[i], 0xee);
    }
    for (size_t i = bytes; i < ROOM; i++) {
        CHECK_UINT(second[i], 0);
    }
    REQUIRE_OK(tern_context_set_memory(context, NULL, 0));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(contexts_that_take_turns_share_memory)
{
    static _Alignas(64) uint8_t memory[ROOM];
    maker_relu_add(&maker);
    tern_engine *engine = rig_engine(&maker);
    tern_context *one = bare_context(engine), *two = bare_context(engine);
    REQUIRE_OK(tern_context_set_memory(one, memory, ROOM));
    REQUIRE_OK(tern_context_set_memory(two, memory, ROOM));
    for (int i = 0; i < 3; i++) {
        check_run(one, 0);
        check_run(two, 0);
    }
    tern_context_destroy(one);
    tern_context_destroy(two);
    tern_engine_destroy(engine);
}

TERN_TEST(memory_that_cannot_be_is_refused)
{
    static _Alignas(64) uint8_t memory[2 * ROOM];
    void *block = NULL;
    maker_relu_add(&maker);
    tern_engine *engine = rig_engine(&maker);
    tern_context *context = bare_context(engine), *own = NULL;
    const size_t bytes = tern_engine_scratch_memory(engine);
    REQUIRE_OK(tern_context_create(engine, &own));
    CHECK_STATUS(tern_context_set_memory(own, memory, ROOM), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "memory of its own");
    CHECK_STATUS(tern_context_set_memory(context, memory + 32, ROOM), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "not aligned to 64 bytes");
    CHECK_STATUS(tern_context_set_memory(context, memory, bytes - 1), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_set_memory(NULL, memory, ROOM), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_create_without_memory(NULL, &own), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_create_without_memory(engine, NULL), TERN_INVALID_ARGUMENT);
    REQUIRE_OK(tern_device_alloc(bytes - 1, &block));
    CHECK_STATUS(tern_context_set_memory(context, block, ROOM), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "the block at");
    REQUIRE_OK(tern_device_free(block));
    REQUIRE_OK(tern_device_alloc(bytes, &block));
    REQUIRE_OK(tern_context_set_memory(context, block, bytes));
    check_run(context, 0);
    REQUIRE_OK(tern_device_free(block));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT); /* it was freed */
    tern_context_destroy(own);
    tern_context_destroy(context);
    tern_engine_destroy(engine);
}

TERN_TEST(values_of_a_shape_input_are_told)
{
    const int64_t set[2] = {3, 2};
    int64_t values[2] = {0}, bound[2] = {2, 3};
    int32_t count = 0;
    maker_reshape(&maker, TERN_DTYPE_I64);
    tern_context *context = rig_context(&maker);
    CHECK_STATUS(tern_context_values(context, 1, 2, values, &count), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "no values yet");
    REQUIRE_OK(tern_context_set_values(context, 1, 2, set));
    REQUIRE_OK(tern_context_values(context, 1, 2, values, &count));
    CHECK_INT(count, 2);
    CHECK_INT(values[0], 3);
    CHECK_INT(values[1], 2);
    REQUIRE_OK(tern_context_set_values(context, 1, 0, NULL));
    REQUIRE_OK(tern_context_bind(context, 1, bound));
    REQUIRE_OK(tern_context_values(context, 1, 1, values, &count));
    CHECK_INT(count, 2);
    CHECK_INT(values[0], 2);
    CHECK_INT(values[1], 2); /* past the capacity: untouched */
    for (int32_t binding = -1; binding < 4; binding++) {
        if (binding != 1) {
            CHECK_STATUS(tern_context_values(context, binding, 2, values, &count),
                         TERN_INVALID_ARGUMENT);
        }
    }
    CHECK_STATUS(tern_context_values(context, 1, 2, NULL, &count), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_values(NULL, 1, 2, values, &count), TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
}
