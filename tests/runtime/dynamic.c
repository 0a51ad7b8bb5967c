/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes that vary: profiles, inference, shape inputs, implicit batches. */
#include "rig.h"

static plan_maker maker;

/* y[n,2] = relu(x[n,3] * w) of maker_dynamic. */
static void check_rows(const float *x, const float *y, int rows)
{
    static const float w[3][2] = {{1, 2}, {3, 4}, {5, -6}};
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < 2; c++) {
            const float sum = x[3 * r] * w[0][c] + x[3 * r + 1] * w[1][c] + x[3 * r + 2] * w[2][c];
            CHECK_NEAR(y[2 * r + c], sum > 0 ? sum : 0, 0);
        }
    }
}

static const float rows_in[12] = {1, 2, 3, -1, 0, 1, 9, 8, 7, 0.5f, 0.25f, -4};

TERN_TEST(shapes_are_needed_before_a_run)
{
    int32_t missing[2] = {9, 9}, count = 0, rank = 0;
    int64_t dims[TERN_MAX_RANK];
    float y[8];
    maker_dynamic(&maker, 4);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)rows_in));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_infer(context, 2, missing, &count));
    CHECK_INT(count, 1);
    CHECK_INT(missing[0], 0);
    REQUIRE_OK(tern_context_shape(context, 1, &rank, dims));
    CHECK_INT(dims[0], -1);
    CHECK_INT(dims[1], 2);
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "input \"x\": its shape is not known");
    for (int64_t n = 4; n >= 1; n--) {
        const int64_t shape[2] = {n, 3};
        REQUIRE_OK(tern_context_set_shape(context, 0, 2, shape));
        REQUIRE_OK(tern_context_infer(context, 2, missing, &count));
        CHECK_INT(count, 0);
        REQUIRE_OK(tern_context_shape(context, 1, &rank, dims));
        CHECK_INT(dims[0], n);
        for (int i = 0; i < 8; i++) {
            y[i] = -7;
        }
        REQUIRE_OK(tern_context_enqueue(context, 0));
        check_rows(rows_in, y, (int)n);
        for (int64_t i = 2 * n; i < 8; i++) {
            CHECK_NEAR(y[i], -7, 0);
        }
    }
    tern_context_destroy(context);
}

TERN_TEST(shapes_outside_the_profile_are_refused)
{
    const int64_t large[2] = {5, 3}, none[2] = {0, 3}, wide[2] = {2, 4}, negative[2] = {-1, 3};
    maker_dynamic(&maker, 4);
    tern_context *context = rig_context(&maker);
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, large), TERN_BAD_SHAPE);
    CHECK_TEXT(
        tern_error_last()->text,
        "input \"x\": shape [5,3] is outside profile 0, which allows [1,3] to [4,3] (axis 0)");
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, none), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, wide), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, negative), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_context_set_shape(context, 0, 3, large), TERN_BAD_SHAPE);
    tern_context_destroy(context);
}

TERN_TEST(shapes_may_change_behind_queued_runs)
{
    static float y[64][8];
    tern_stream stream = 0;
    maker_dynamic(&maker, 4);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)rows_in));
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 64; i++) {
            const int64_t shape[2] = {1 + i % 4, 3};
            for (int k = 0; k < 8; k++) {
                y[i][k] = -7;
            }
            REQUIRE_OK(tern_context_set_shape(context, 0, 2, shape));
            REQUIRE_OK(tern_context_bind(context, 1, y[i]));
            REQUIRE_OK(tern_context_enqueue(context, stream));
        }
        REQUIRE_OK(tern_stream_synchronize(stream));
        for (int i = 0; i < 64; i++) {
            check_rows(rows_in, y[i], 1 + i % 4);
            CHECK(i % 4 == 3 || y[i][7] == -7);
        }
    }
    tern_context_destroy(context);
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(room_is_checked_at_the_actual_shape)
{
    void *block = NULL;
    const int64_t small[2] = {2, 3}, large[2] = {3, 3};
    maker_dynamic(&maker, 4);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_device_alloc(16, &block));
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)rows_in));
    REQUIRE_OK(tern_context_bind(context, 1, block));
    REQUIRE_OK(tern_context_set_shape(context, 0, 2, small));
    CHECK_OK(tern_context_enqueue(context, 0));
    REQUIRE_OK(tern_context_set_shape(context, 0, 2, large));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "tensor \"y\": takes 24 bytes");
    tern_context_destroy(context);
    REQUIRE_OK(tern_device_free(block));
}

TERN_TEST(an_implicit_batch_is_set_per_run)
{
    const int64_t shape[1] = {3};
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    float y[8];
    maker_implicit(&maker, 4);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)rows_in));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_enqueue(context, 0));
    check_rows(rows_in, y, 1);
    for (int32_t n = 1; n <= 4; n++) {
        REQUIRE_OK(tern_context_set_batch(context, n));
        REQUIRE_OK(tern_context_set_shape(context, 0, 1, shape));
        REQUIRE_OK(tern_context_shape(context, 1, &rank, dims));
        CHECK_INT(rank, 1);
        CHECK_INT(dims[0], 2);
        REQUIRE_OK(tern_context_enqueue(context, 0));
        check_rows(rows_in, y, n);
    }
    CHECK_STATUS(tern_context_set_batch(context, 5), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_context_set_batch(context, 0), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text, "context: batch 0, the engine takes 1..4");
    tern_context_destroy(context);
}

/* Two inputs with one symbol: z = a + b over [N]. */
TERN_TEST(inputs_of_one_symbol_must_agree)
{
    float a[4] = {1, 2, 3, 4}, b[4] = {10, 20, 30, 40}, z[4] = {0};
    int32_t count = 0;
    maker_init(&maker, "sum");
    const int64_t n = maker_symbol(&maker, "N", 0, 0, false, 4);
    const uint32_t operands[2] = {maker_input(&maker, "a", TERN_DTYPE_F32, 1, &n),
                                  maker_input(&maker, "b", TERN_DTYPE_F32, 1, &n)};
    const uint32_t y = maker_output(&maker, "z", TERN_DTYPE_F32, 1, &n);
    maker_step(&maker, "add", NULL, operands, 2, &y);
    maker_profile(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, a));
    REQUIRE_OK(tern_context_bind(context, 1, b));
    REQUIRE_OK(tern_context_bind(context, 2, z));
    REQUIRE_OK(tern_context_set_shape(context, 0, 1, (const int64_t[]){2}));
    REQUIRE_OK(tern_context_set_shape(context, 1, 1, (const int64_t[]){3}));
    CHECK_STATUS(tern_context_infer(context, 0, NULL, &count), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text,
               "input \"b\": extent 3 at axis 0, the other inputs ask for 2");
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_BAD_SHAPE);
    REQUIRE_OK(tern_context_set_shape(context, 0, 1, (const int64_t[]){3}));
    REQUIRE_OK(tern_context_enqueue(context, 0));
    CHECK_NEAR(z[2], 33, 0);
    CHECK_NEAR(z[3], 0, 0);
    tern_context_destroy(context);
}

static const struct {
    const char *name;
    tern_dtype dtype;
} index_types[] = {{"i32", TERN_DTYPE_I32}, {"i64", TERN_DTYPE_I64}};

TERN_TEST_ROWS(shape_inputs_decide_shapes, index_types)
{
    float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {0};
    int32_t missing[2], count = 0, rank = 0;
    int64_t dims[TERN_MAX_RANK];
    const int64_t good[2] = {2, 3}, other[2] = {6, 1}, wrong[2] = {2, 2}, outside[2] = {1, 7};
    maker_reshape(&maker, index_types[row].dtype);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 2, y));
    REQUIRE_OK(tern_context_infer(context, 2, missing, &count));
    CHECK_INT(count, 1);
    CHECK_INT(missing[0], 1);
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "input \"s\": its values are not known");
    CHECK_STATUS(tern_context_set_values(context, 1, 3, good), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_set_values(context, 0, 2, good), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_set_values(context, 1, 2, outside), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text, "shape input \"s\": element 1 is 7; profile 0 allows 1..6");
    REQUIRE_OK(tern_context_set_values(context, 1, 2, good));
    REQUIRE_OK(tern_context_shape(context, 2, &rank, dims));
    CHECK_INT(dims[0], 2);
    CHECK_INT(dims[1], 3);
    REQUIRE_OK(tern_context_enqueue(context, 0));
    CHECK_BYTES(y, x, sizeof x);
    REQUIRE_OK(tern_context_set_values(context, 1, 2, other));
    REQUIRE_OK(tern_context_shape(context, 2, &rank, dims));
    CHECK_INT(dims[0], 6);
    REQUIRE_OK(tern_context_enqueue(context, 0));
    /* Four elements of six: nothing but the operator's own rule can tell. */
    REQUIRE_OK(tern_context_set_values(context, 1, 2, wrong));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_BAD_SHAPE);
    tern_context_destroy(context);
}

TERN_TEST(shape_inputs_are_read_when_the_run_is_queued)
{
    float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {0};
    int32_t s[2] = {3, 2}, rank = 0;
    int64_t dims[TERN_MAX_RANK];
    tern_stream stream = 0;
    maker_reshape(&maker, TERN_DTYPE_I32);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, s));
    REQUIRE_OK(tern_context_bind(context, 2, y));
    for (int i = 0; i < 50; i++) {
        s[0] = i % 2 == 0 ? 3 : 2;
        s[1] = 6 / s[0];
        REQUIRE_OK(tern_context_enqueue(context, stream));
        s[0] = s[1] = 77; /* read already */
    }
    REQUIRE_OK(tern_stream_synchronize(stream));
    REQUIRE_OK(tern_context_shape(context, 2, &rank, dims));
    CHECK_INT(dims[0], 2);
    CHECK_STATUS(tern_context_enqueue(context, stream), TERN_BAD_SHAPE);
    CHECK_CONTAINS(tern_error_last()->text, "element 0 is 77");
    tern_context_destroy(context);
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(another_profile_forgets_shapes)
{
    const int64_t one[2] = {1, 3}, four[2] = {4, 3};
    int32_t count = 0;
    maker_dynamic(&maker, 4);
    maker_profile(&maker);
    maker.ranges[1].min[0] = maker.ranges[1].opt[0] = 3;
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_set_shape(context, 0, 2, one));
    REQUIRE_OK(tern_context_set_profile(context, 1));
    CHECK_INT(tern_context_profile(context), 1);
    REQUIRE_OK(tern_context_infer(context, 0, NULL, &count));
    CHECK_INT(count, 1);
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, one), TERN_BAD_SHAPE);
    CHECK_CONTAINS(tern_error_last()->text, "profile 1, which allows [3,3] to [4,3]");
    CHECK_OK(tern_context_set_shape(context, 0, 2, four));
    tern_context_destroy(context);
}

TERN_TEST(shapes_larger_than_the_plan_was_made_for_are_refused)
{
    const int64_t shape[2] = {4, 3};
    int32_t count = 0;
    maker_dynamic(&maker, 2);
    maker.ranges[0].max[0] = 100; /* the profile lies */
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_set_shape(context, 0, 2, shape));
    CHECK_STATUS(tern_context_infer(context, 0, NULL, &count), TERN_BAD_SHAPE);
    CHECK_CONTAINS(tern_error_last()->text, "larger than the 24 bytes the plan was made for");
    tern_context_destroy(context);
}
