/* SPDX-License-Identifier: Apache-2.0 */
/* What editing a network means, and what a plan has of it.  Expected values are worked out by hand.
   */
#include <stdio.h>

#include "rig.h"

static void check_shape(const char *file, int line, const tern_tensor *tensor, const char *type)
{
    tern_dtype dtype = TERN_DTYPE_F32;
    int32_t want_rank = 0;
    int64_t want[TERN_MAX_RANK] = {0};
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK] = {0};
    REQUIRE(rig_type(type, &dtype, &want_rank, want) != NULL);
    (void)tern_test_status(file, line, "tern_tensor_shape", tern_tensor_shape(tensor, &rank, dims),
                           TERN_OK);
    (void)tern_test_int(file, line, "dtype", tern_tensor_dtype(tensor), dtype);
    (void)tern_test_int(file, line, "rank", rank, want_rank);
    for (int32_t axis = 0; axis < want_rank; axis++) {
        (void)tern_test_int(file, line, "extent", dims[axis], want[axis]);
    }
}
#define CHECK_SHAPE(tensor, type) check_shape(TERN_HERE, (tensor), (type))

TERN_TEST(attributes_change_shapes_until_the_build)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    static float ones[18];
    tern_tensor *x = rig_input(&r, "x", "f32[1,1,8,8]");
    tern_layer *conv = rig_layer(&r, "conv", "{out_channels=2, kernel=[3,3]}", x, NULL);
    rig_weights(conv, "kernel", ones, 18);
    tern_tensor *y = tern_layer_output(conv, 0);
    rig_output(&r, y, "y");
    CHECK_SHAPE(y, "f32[1,2,6,6]");
    int64_t ints[TERN_MAX_RANK];
    int32_t count = 0;
    REQUIRE_OK(tern_layer_get_i64s(conv, "stride", ints, &count));
    CHECK_INT(count, 0); /* as it was set: 1 along every axis */
    REQUIRE_OK(tern_layer_set_i64s(conv, "stride", (int64_t[]){2, 1}, 2));
    CHECK_SHAPE(y, "f32[1,2,3,6]");
    REQUIRE_OK(tern_layer_set_text(conv, "pad_mode", "same_upper"));
    CHECK_SHAPE(y, "f32[1,2,4,8]");
    REQUIRE_OK(tern_tensor_set_shape(x, 4, (int64_t[]){3, 1, 5, 5}));
    CHECK_SHAPE(y, "f32[3,2,3,5]");
    rig_load(&r);
    /* the plan is a snapshot: later edits do not reach it */
    REQUIRE_OK(tern_tensor_set_shape(x, 4, (int64_t[]){1, 1, 9, 9}));
    tern_binding binding;
    REQUIRE_OK(tern_engine_binding(r.engine, 1, &binding));
    CHECK_INT(binding.dims[0], 3);
    CHECK_INT(binding.dims[3], 5);
    rig_close(&r);
}

/* An axis counted from the back stays one when shapes change. */
TERN_TEST(negative_axes_follow_the_rank)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2,3]");
    tern_layer *concat = rig_layer(&r, "concat", "{axis=-1}", x, x);
    tern_tensor *y = tern_layer_output(concat, 0);
    rig_output(&r, y, "y");
    CHECK_SHAPE(y, "f32[2,6]");
    int64_t axis = 0;
    REQUIRE_OK(tern_layer_get_i64(concat, "axis", &axis)); /* reads as what it came to */
    CHECK_INT(axis, 1);
    REQUIRE_OK(tern_tensor_set_shape(x, 3, (int64_t[]){2, 3, 5}));
    CHECK_SHAPE(y, "f32[2,3,10]");
    REQUIRE_OK(tern_layer_get_i64(concat, "axis", &axis));
    CHECK_INT(axis, 2);
    REQUIRE_OK(tern_tensor_set_shape(x, 1, (int64_t[]){4}));
    CHECK_SHAPE(y, "f32[8]");
    REQUIRE_OK(tern_layer_set_i64(concat, "axis", 3));
    CHECK(rig_build(&r) != TERN_OK);
    REQUIRE_OK(tern_layer_get_i64(concat, "axis", &axis));
    CHECK_INT(axis, 3);
    rig_close(&r);
}

TERN_TEST(weights_are_replaced_and_read_back)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    static const float first[2] = {1, 2};
    static const float second[2] = {3, -4};
    tern_tensor *x = rig_input(&r, "x", "f32[1,2,1,1]");
    tern_layer *layer = rig_layer(&r, "conv", "{out_channels=1, kernel=[1,1]}", x, NULL);
    rig_weights(layer, "kernel", first, 2);
    rig_output(&r, tern_layer_output(layer, 0), "y");
    tern_weights got;
    REQUIRE_OK(tern_layer_get_weights(layer, "bias", &got));
    CHECK(got.data == NULL && got.count == 0);
    REQUIRE_OK(tern_layer_get_weights(layer, "kernel", &got));
    CHECK(got.data == first && got.count == 2);
    CHECK_INT(tern_layer_input_count(layer), 1);
    float y = 0;
    const float data[2] = {10, 100};
    rig_run(&r, (const void *[]){data}, (void *[]){&y});
    CHECK_NEAR((double)y, 210.0, 0.0);
    rig_weights(layer, "kernel", second, 2);
    rig_weights(layer, "bias", first, 1);
    rig_load(&r);
    rig_run(&r, (const void *[]){data}, (void *[]){&y});
    CHECK_NEAR((double)y, 30.0 - 400.0 + 1.0, 0.0);
    const tern_weights none = {TERN_DTYPE_F32, NULL, 0};
    REQUIRE_OK(tern_layer_set_weights(layer, "bias", &none));
    rig_load(&r);
    rig_run(&r, (const void *[]){data}, (void *[]){&y});
    CHECK_NEAR((double)y, -370.0, 0.0);
    /* a tensor takes the weights' place */
    tern_tensor *kernel = rig_input(&r, "k", "f32[1,2,1,1]");
    REQUIRE_OK(tern_layer_set_input(layer, 1, kernel));
    CHECK_INT(tern_layer_input_count(layer), 2);
    rig_load(&r);
    rig_run(&r, (const void *[]){data, first}, (void *[]){&y});
    CHECK_NEAR((double)y, 210.0, 0.0);
    rig_close(&r);
}

static const struct {
    const char *name, *op, *attributes, *kind;
} kinds[] = {
    {"conv", "conv", "{out_channels=1, kernel=[1,1]}", "Convolution"},
    {"fully_connected", "fully_connected", "{out_channels=1}", "Fully Connected"},
    {"matmul", "matmul", NULL, "Matrix Multiply"},
    {"shuffle", "shuffle", NULL, "Shuffle"},
    {"concat", "concat", NULL, "Concatenation"},
    {"softmax", "softmax", NULL, "Softmax"},
    {"prelu", "prelu", NULL, "Parametric ReLU"},
    {"norm", "norm", NULL, "Normalization"},
    {"norm_v2", "norm", "{v2=true}", "NormalizationV2"},
    {"activation", "relu", NULL, "Activation"},
    {"activation_with_attributes", "clip", "{alpha=0, beta=6}", "Activation"},
    {"unary", "exp", NULL, "Unary"},
    {"elementwise", "add", NULL, "ElementWise"},
    {"elementwise_of_bools", "less", NULL, "ElementWise"},
    {"none_of_tensorrt", "silu", NULL, "silu"},
};

TERN_TEST_ROWS(a_layer_without_a_name_says_its_kind, kinds)
{
    rig r;
    char want[64];
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    (void)rig_constant(&r, "f32[1]", &(float){1});
    CHECK_TEXT(tern_layer_name(tern_network_layer(r.network, 0)), "(Unnamed Layer* 0) [Constant]");
    tern_tensor *x = rig_input(&r, "x", "f32[1,1,2,2]");
    tern_layer *layer = rig_layer(&r, kinds[row].op, kinds[row].attributes, x, NULL);
    (void)snprintf(want, sizeof want, "(Unnamed Layer* 1) [%s]", kinds[row].kind);
    CHECK_TEXT(tern_layer_name(layer), want);
    REQUIRE_OK(tern_layer_set_name(layer, "mine"));
    CHECK_TEXT(tern_layer_name(layer), "mine");
    rig_close(&r);
}

TERN_TEST(a_constant_gets_another_shape_and_other_weights)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    const float four[4] = {1, 2, 3, 4}, six[6] = {1, 2, 3, 4, 5, 6};
    tern_tensor *c = rig_constant(&r, "f32[2,2]", four);
    tern_layer *layer = tern_network_layer(r.network, 0);
    REQUIRE_OK(tern_layer_set_name(layer, "c"));
    tern_layer *neg = rig_layer(&r, "neg", NULL, c, NULL);
    rig_output(&r, tern_layer_output(neg, 0), "y");
    REQUIRE_OK(tern_layer_set_shape(layer, 1, (int64_t[]){4}));
    CHECK_SHAPE(tern_layer_output(neg, 0), "f32[4]");
    REQUIRE_OK(tern_layer_set_shape(layer, 2, (int64_t[]){2, 3}));
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE,
                "constant \"c\": 4 weights given for the shape [2,3]");
    tern_weights weights;
    REQUIRE_OK(tern_layer_get_weights(layer, "weights", &weights));
    CHECK_INT(weights.count, 4);
    CHECK(weights.data == four);
    rig_weights(layer, "weights", six, 6);
    CHECK_SHAPE(tern_layer_output(neg, 0), "f32[2,3]");
    float y[6] = {0};
    rig_run(&r, NULL, (void *[]){y});
    CHECK_NEAR((double)y[5], -6.0, 0.0);
    /* weights first, and of another type */
    rig_unload(&r);
    const double one = 7;
    REQUIRE_OK(tern_layer_set_weights(layer, "weights", &(tern_weights){TERN_DTYPE_F64, &one, 1}));
    CHECK_STATUS(rig_build(&r), TERN_BAD_SHAPE);
    REQUIRE_OK(tern_layer_set_shape(layer, 0, NULL));
    CHECK_SHAPE(tern_layer_output(neg, 0), "f64[]");
    double z = 0;
    rig_load(&r);
    rig_run(&r, NULL, (void *[]){&z});
    CHECK_NEAR(z, -7.0, 0.0);
    CHECK_STATUS(tern_layer_set_shape(neg, 0, NULL), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_layer_set_shape(layer, 9, (int64_t[9]){0}), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_layer_set_shape(layer, 1, NULL), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_layer_set_shape(layer, 1, (int64_t[]){-1}), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_layer_set_shape(layer, 2, (int64_t[]){INT64_MAX, INT64_MAX}), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_layer_set_shape(NULL, 0, NULL), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_layer_set_weights(layer, "kernel", &weights), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_layer_set_weights(layer, "weights", &(tern_weights){(tern_dtype)99, NULL, 0}),
                 TERN_INVALID_ARGUMENT);
    CHECK_SHAPE(tern_layer_output(neg, 0), "f64[]");
    rig_close(&r);
}

TERN_TEST(an_output_type_of_a_constant_converts_its_weights)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *c = rig_constant(&r, "f32[3]", (const float[]){1.5f, -2, 3});
    tern_layer *layer = tern_network_layer(r.network, 0);
    REQUIRE_OK(tern_layer_set_output_dtype(layer, 0, TERN_DTYPE_F64));
    CHECK_SHAPE(c, "f64[3]");
    tern_weights weights;
    REQUIRE_OK(tern_layer_get_weights(layer, "weights", &weights));
    CHECK_INT(weights.dtype, TERN_DTYPE_F32);
    rig_output(&r, tern_layer_output(rig_layer(&r, "neg", NULL, c, NULL), 0), "y");
    double y[3] = {0};
    rig_run(&r, NULL, (void *[]){y});
    CHECK_NEAR(y[0], -1.5, 0.0);
    CHECK_NEAR(y[2], -3.0, 0.0);
    rig_unload(&r);
    REQUIRE_OK(tern_layer_set_output_dtype(layer, 0, (tern_dtype)0));
    CHECK_SHAPE(c, "f32[3]");
    float z[3] = {0};
    rig_load(&r);
    rig_run(&r, NULL, (void *[]){z});
    CHECK_NEAR((double)z[1], 2.0, 0.0);
    rig_close(&r);
}

TERN_TEST(names_follow_a_renamed_layer)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[4]");
    tern_layer *layer = rig_layer(&r, "topk", "{k=2, axes=1}", x, NULL);
    CHECK_TEXT(tern_layer_name(layer), "(Unnamed Layer* 0) [TopK]");
    CHECK_TEXT(tern_tensor_name(tern_layer_output(layer, 1)), "(Unnamed Layer* 0) [TopK]_output_2");
    REQUIRE_OK(tern_layer_set_name(layer, "best"));
    CHECK_TEXT(tern_tensor_name(tern_layer_output(layer, 1)), "best_output_2");
    REQUIRE_OK(tern_tensor_set_name(tern_layer_output(layer, 0), "values"));
    REQUIRE_OK(tern_layer_set_name(layer, "top"));
    CHECK_TEXT(tern_tensor_name(tern_layer_output(layer, 0)), "values");
    CHECK_TEXT(tern_tensor_name(tern_layer_output(layer, 1)), "top_output_2");
    REQUIRE_OK(tern_layer_set_metadata(layer, "note"));
    CHECK_TEXT(tern_layer_metadata(layer), "note");
    rig_output(&r, tern_layer_output(layer, 1), NULL);
    rig_output(&r, tern_layer_output(layer, 0), NULL);
    int32_t index[2] = {0};
    float value[2] = {0};
    rig_run(&r, (const void *[]){(const float[]){3, 9, 1, 7}}, (void *[]){index, value});
    CHECK_INT(index[0], 1);
    CHECK_INT(index[1], 3);
    CHECK_NEAR((double)value[1], 7.0, 0.0);
    CHECK_INT(tern_engine_find_binding(r.engine, "top_output_2"), 1);
    CHECK_INT(tern_engine_find_binding(r.engine, "values"), 2);
    CHECK_INT(tern_engine_find_binding(r.engine, "nobody"), -1);
    rig_close(&r);
}

TERN_TEST(an_operator_becomes_another_of_its_family)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    rig_output(&r, tern_layer_output(layer, 0), "y");
    REQUIRE_OK(tern_layer_set_op(layer, "neg"));
    CHECK_TEXT(tern_layer_op(layer), "neg");
    float y[2] = {0};
    rig_run(&r, (const void *[]){(const float[]){1, -2}}, (void *[]){y});
    CHECK_NEAR((double)y[0], -1.0, 0.0);
    CHECK_NEAR((double)y[1], 2.0, 0.0);
    rig_close(&r);
}

TERN_TEST(an_output_type_puts_a_cast_in)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[3]");
    tern_layer *relu = rig_layer(&r, "relu", NULL, x, NULL);
    REQUIRE_OK(tern_layer_set_output_dtype(relu, 0, TERN_DTYPE_I32));
    CHECK_SHAPE(tern_layer_output(relu, 0), "i32[3]");
    tern_tensor *offset = rig_constant(&r, "i32[1]", (const int32_t[]){5});
    tern_layer *add = rig_layer(&r, "add", NULL, tern_layer_output(relu, 0), offset);
    rig_output(&r, tern_layer_output(add, 0), "y");
    REQUIRE_OK(tern_layer_set_precision(add, TERN_DTYPE_F16));
    CHECK_INT(tern_layer_precision(add), TERN_DTYPE_F16);
    int32_t y[3] = {0};
    rig_run(&r, (const void *[]){(const float[]){-3, 2.75f, 100}}, (void *[]){y});
    CHECK_INT(y[0], 5);
    CHECK_INT(y[1], 7);
    CHECK_INT(y[2], 105);
    REQUIRE_OK(tern_tensor_set_dtype(tern_layer_output(add, 0), TERN_DTYPE_I64));
    int64_t wide[3] = {0};
    rig_load(&r);
    rig_run(&r, (const void *[]){(const float[]){-3, 2.75f, 100}}, (void *[]){wide});
    CHECK_INT(wide[1], 7);
    rig_close(&r);
}

/* One network with everything that outputs can be. */
TERN_TEST(outputs_of_every_kind)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2,3]");
    (void)rig_input(&r, "unused", "f32[5]");
    tern_tensor *relu = tern_layer_output(rig_layer(&r, "relu", NULL, x, NULL), 0);
    tern_tensor *flat = tern_layer_output(rig_layer(&r, "shuffle", "{reshape=[6]}", relu, NULL), 0);
    tern_tensor *tall =
        tern_layer_output(rig_layer(&r, "shuffle", "{reshape=[3,2]}", flat, NULL), 0);
    tern_tensor *same = tern_layer_output(rig_layer(&r, "identity", NULL, x, NULL), 0);
    tern_tensor *constant = rig_constant(&r, "f32[2]", (const float[]){8, 9});
    (void)rig_layer(&r, "exp", NULL, x, NULL); /* nobody reads it */
    rig_output(&r, relu, "relu");
    rig_output(&r, flat, "flat");
    rig_output(&r, tall, "tall");
    rig_output(&r, same, "same");
    rig_output(&r, constant, "constant");
    const float data[6] = {-1, 2, -3, 4, -5, 6};
    static const float want[6] = {0, 2, 0, 4, 0, 6};
    float a[6], b[6], c[6], d[6], e[2], unused[5] = {0};
    rig_run(&r, (const void *[]){data, unused}, (void *[]){a, b, c, d, e});
    CHECK_BYTES(a, want, sizeof want);
    CHECK_BYTES(b, want, sizeof want);
    CHECK_BYTES(c, want, sizeof want);
    CHECK_BYTES(d, data, sizeof data);
    CHECK_NEAR((double)e[0], 8.0, 0.0);
    CHECK_NEAR((double)e[1], 9.0, 0.0);
    CHECK_INT(tern_engine_binding_count(r.engine), 7);
    rig_close(&r);
}

static void make_small_lenet(rig *r)
{
    static float kernel1[4 * 9], bias1[4], kernel2[10 * 4 * 9], bias2[10];
    tern_tensor *x = rig_input(r, "x", "f32[1,1,8,8]");
    tern_layer *conv = rig_layer(r, "conv", "{out_channels=4, kernel=[3,3]}", x, NULL);
    rig_weights(conv, "kernel", kernel1, 36);
    rig_weights(conv, "bias", bias1, 4);
    tern_layer *pool = rig_layer(r, "pool", "{type=max, kernel=[2,2], stride=[2,2]}",
                                 tern_layer_output(conv, 0), NULL);
    tern_layer *relu = rig_layer(r, "relu", NULL, tern_layer_output(pool, 0), NULL);
    tern_layer *full =
        rig_layer(r, "fully_connected", "{out_channels=10}", tern_layer_output(relu, 0), NULL);
    rig_weights(full, "kernel", kernel2, 360);
    rig_weights(full, "bias", bias2, 10);
    tern_layer *soft = rig_layer(r, "softmax", "{axes=2}", tern_layer_output(full, 0), NULL);
    rig_output(r, tern_layer_output(soft, 0), "y");
}

TERN_TEST(the_same_network_gives_the_same_bytes)
{
    rig a;
    rig b;
    rig_open(&a, TERN_BATCH_IS_EXPLICIT);
    rig_open(&b, TERN_BATCH_IS_EXPLICIT);
    make_small_lenet(&a);
    make_small_lenet(&b);
    (void)tern_network_has_implicit_batch(b.network); /* questions change nothing */
    REQUIRE_OK(rig_build(&a));
    REQUIRE_OK(rig_build(&b));
    REQUIRE_INT(tern_memory_size(a.plan), tern_memory_size(b.plan));
    CHECK_BYTES(tern_memory_data(a.plan), tern_memory_data(b.plan), tern_memory_size(a.plan));
    REQUIRE_OK(rig_build(&b)); /* and so does building again */
    REQUIRE_INT(tern_memory_size(a.plan), tern_memory_size(b.plan));
    CHECK_BYTES(tern_memory_data(a.plan), tern_memory_data(b.plan), tern_memory_size(a.plan));
    rig_close(&a);
    rig_close(&b);
}

TERN_TEST(a_printed_network_is_the_network)
{
    rig a;
    rig b;
    rig_open(&a, TERN_BATCH_IS_EXPLICIT);
    rig_open(&b, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&a, "x", "f32[-1,2,3]");
    tern_tensor *n = rig_input(&a, "n", "i32[2]");
    tern_layer *sum =
        rig_layer(&a, "add", NULL, x, rig_constant(&a, "f32[1,1,3]", (const float[]){1, 2, 3}));
    REQUIRE_OK(tern_layer_set_name(sum, "a \"sum\" of\\ two\n"));
    tern_layer *shuffle = rig_layer(&a, "shuffle", NULL, tern_layer_output(sum, 0), n);
    rig_output(&a, tern_layer_output(shuffle, 0), "y");
    REQUIRE_OK(tern_network_set_name(a.network, "printed"));
    tern_memory *text = NULL;
    REQUIRE_OK(tern_network_print(a.network, &text));
    tern_network_destroy(b.network);
    b.network = NULL;
    REQUIRE_OK(
        tern_network_parse(b.builder, tern_memory_data(text), tern_memory_size(text), &b.network));
    tern_memory *again = NULL;
    REQUIRE_OK(tern_network_print(b.network, &again));
    CHECK_INT(tern_memory_size(again), tern_memory_size(text));
    CHECK_BYTES(tern_memory_data(again), tern_memory_data(text), tern_memory_size(text));
    rig *const both[2] = {&a, &b};
    for (int i = 0; i < 2; i++) {
        tern_profile *profile = NULL;
        int32_t index = 0;
        REQUIRE_OK(tern_profile_create(both[i]->builder, &profile));
        for (int64_t k = 0; k < 3; k++) {
            REQUIRE_OK(tern_profile_set_shape(profile, "x", (tern_profile_point)k, 3,
                                              (int64_t[]){k + 1, 2, 3}));
            REQUIRE_OK(tern_profile_set_values(profile, "n", (tern_profile_point)k, 2,
                                               (int64_t[]){k + 1, 6}));
        }
        REQUIRE_OK(tern_config_add_profile(both[i]->config, profile, &index));
        tern_profile_destroy(profile);
        REQUIRE_OK(rig_build(both[i]));
    }
    REQUIRE_INT(tern_memory_size(a.plan), tern_memory_size(b.plan));
    CHECK_BYTES(tern_memory_data(a.plan), tern_memory_data(b.plan), tern_memory_size(a.plan));
    tern_memory_destroy(text);
    tern_memory_destroy(again);
    rig_close(&a);
    rig_close(&b);
}

/* Refusals: each candidate that was not taken has a reason or stands behind the one that was. */
static void collect(void *self, const char *text, size_t size)
{
    char *to = self;
    const size_t used = strlen(to);
    if (used + size < 65536) {
        memcpy(to + used, text, size);
        to[used + size] = '\0';
    }
}

static char report[65536];

static const char *inspect(rig *r)
{
    memset(report, 0, sizeof report);
    rig_load(r);
    REQUIRE_OK(tern_inspect_engine(r->engine, TERN_FORMAT_JSON, &(tern_sink){report, collect}));
    return report;
}

TERN_TEST(the_report_says_why_a_tactic_was_refused)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    make_small_lenet(&r);
    REQUIRE_OK(tern_config_set(r.config, TERN_CONFIG_ISA, 0));
    const char *text = inspect(&r);
    CHECK_CONTAINS(text, "building for ref");
    int candidates = 0;
    for (const char *at = text; (at = strstr(at, "\"refused\"")) != NULL; at++) {
        candidates++;
        CHECK(strncmp(at, "\"refused\": \"\"", 13) != 0 &&
              strncmp(at, "\"refused\":\"\"", 12) != 0);
    }
    CHECK(candidates >= 8);
    REQUIRE_OK(tern_config_set(r.config, TERN_CONFIG_WORKSPACE, 1));
    REQUIRE_OK(tern_config_set(r.config, TERN_CONFIG_ISA, -1));
    text = inspect(&r);
    CHECK_CONTAINS(text, "bytes of workspace, the limit is 1");
    static float x[64];
    float y[10] = {0};
    rig_run(&r, (const void *[]){x}, (void *[]){y});
    for (int i = 0; i < 10; i++) {
        CHECK_NEAR((double)y[i], 0.1, 1e-6);
    }
    REQUIRE_OK(tern_config_set(r.config, TERN_CONFIG_VERBOSITY, 1));
    REQUIRE_OK(rig_build(&r));
    rig_close(&r);
}
