/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that nobody decided, implicit batches that run, shapes that vary, tensors that compute
   shapes. */
#include <stdio.h>

#include "rig.h"

static const float ones[64] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* What a layer on an input means for the batch; asking or building decides. */
static const struct {
    const char *name, *op, *attributes, *type, *weights;
    int64_t count;
    bool is_implicit;
} decisions[] = {
    {"legacy_conv_on_rank_3", "conv", "{out_channels=1, kernel=[1,1]}", "f32[4,2,2]", "kernel", 4,
     true},
    {"conv_on_rank_4", "conv", "{out_channels=1, kernel=[1,1]}", "f32[1,4,2,2]", "kernel", 4,
     false},
    {"3d_conv_on_rank_4", "conv", "{out_channels=1, kernel=[1,1,1]}", "f32[4,2,2,2]", "kernel", 4,
     true},
    {"pool_on_rank_3", "pool", "{kernel=[2,2]}", "f32[1,4,4]", NULL, 0, true},
    {"deconv_on_rank_3", "deconv", "{out_channels=1, kernel=[1,1]}", "f32[4,2,2]", "kernel", 4,
     true},
    {"fully_connected_on_rank_3", "fully_connected", "{out_channels=1}", "f32[4,2,2]", "kernel", 16,
     true},
    {"fully_connected_on_rank_4", "fully_connected", "{out_channels=1}", "f32[1,4,2,2]", "kernel",
     16, false},
    {"relu_on_rank_3", "relu", NULL, "f32[4,2,2]", NULL, 0, false},
};

TERN_TEST_ROWS(an_open_batch_is_decided_by, decisions)
{
    for (int asks = 0; asks < 2; asks++) {
        rig r;
        rig_open(&r, TERN_BATCH_DECIDE_LATER);
        tern_tensor *x = rig_input(&r, "x", decisions[row].type);
        tern_layer *layer = rig_layer(&r, decisions[row].op, decisions[row].attributes, x, NULL);
        if (decisions[row].weights != NULL) {
            rig_weights(layer, decisions[row].weights, ones, decisions[row].count);
        }
        rig_output(&r, tern_layer_output(layer, 0), "y");
        if (asks) {
            CHECK_INT(tern_network_has_implicit_batch(r.network), decisions[row].is_implicit);
        }
        rig_load(&r);
        CHECK_INT(tern_engine_has_implicit_batch(r.engine), decisions[row].is_implicit);
        const char *told = strstr(r.infos, "the batch is");
        REQUIRE(told != NULL); /* with its cause, and once */
        CHECK(strstr(told + 1, "the batch is") == NULL);
        CHECK_CONTAINS(told, decisions[row].is_implicit ? "implicit: " : "explicit: ");
        rig_close(&r);
    }
}

TERN_TEST(an_implicit_batch_runs_any_batch_up_to_its_maximum)
{
    enum { MOST = 5, IN = 3 * 4 * 4, OUT = 2 };
    rig r;
    rig_open(&r, TERN_BATCH_IS_IMPLICIT);
    REQUIRE_OK(tern_builder_set_max_batch(r.builder, MOST));
    static float kernel[2 * IN], bias[2], offset[48], x[MOST * IN], y[(MOST + 1) * OUT];
    rig_random(kernel, 2 * IN);
    rig_random(bias, 2);
    rig_random(offset, 48);
    rig_random(x, MOST * IN);
    tern_tensor *input = rig_input(&r, "x", "f32[3,4,4]");
    tern_tensor *constant = rig_constant(&r, "f32[3,4,4]", offset);
    tern_layer *sum = rig_layer(&r, "add", NULL, input, constant);
    tern_layer *full =
        rig_layer(&r, "fully_connected", "{out_channels=2}", tern_layer_output(sum, 0), NULL);
    rig_weights(full, "kernel", kernel, 2 * IN);
    rig_weights(full, "bias", bias, 2);
    rig_output(&r, tern_layer_output(full, 0), "y");
    rig_load(&r);
    CHECK_INT(tern_engine_max_batch(r.engine), MOST);
    for (int batch = MOST; batch >= 1; batch--) {
        for (int i = 0; i < (MOST + 1) * OUT; i++) {
            y[i] = 777;
        }
        REQUIRE_OK(tern_context_set_batch(r.context, batch));
        rig_run(&r, (const void *[]){x}, (void *[]){y});
        for (int n = 0; n < batch; n++) {
            for (int m = 0; m < OUT; m++) {
                double want = (double)bias[m];
                for (int k = 0; k < IN; k++) {
                    want +=
                        ((double)x[n * IN + k] + (double)offset[k]) * (double)kernel[m * IN + k];
                }
                CHECK_NEAR((double)y[n * OUT + m], want, 1e-5);
            }
        }
        CHECK_NEAR((double)y[batch * OUT], 777.0, 0.0); /* nothing behind the batch */
    }
    CHECK_ERROR(tern_context_set_batch(r.context, MOST + 1), TERN_BAD_SHAPE, "5");
    CHECK(tern_context_set_batch(r.context, 0) != TERN_OK);
    rig_close(&r);
}

typedef struct product_data {
    const float *x, *w, *y, *sums;
    int64_t m, n;
} product_data;

/* y[m,n] = x[m,3] * w[3,n], and the sums of its rows */
static void check_product(const product_data *d)
{
    for (int64_t i = 0; i < d->m; i++) {
        double sum = 0;
        for (int64_t j = 0; j < d->n; j++) {
            double want = 0;
            for (int64_t k = 0; k < 3; k++) {
                want += (double)d->x[i * 3 + k] * (double)d->w[k * d->n + j];
            }
            CHECK_NEAR((double)d->y[i * d->n + j], want, 1e-6);
            sum += want;
        }
        CHECK_NEAR((double)d->sums[i], sum, 1e-5);
    }
}

TERN_TEST(shapes_vary_within_their_profile)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *a = rig_input(&r, "a", "f32[-1,3]");
    tern_tensor *b = rig_input(&r, "b", "f32[3,-1]");
    tern_layer *product = rig_layer(&r, "matmul", NULL, a, b);
    tern_layer *mean =
        rig_layer(&r, "reduce", "{op=sum, axes=2}", tern_layer_output(product, 0), NULL);
    rig_output(&r, tern_layer_output(product, 0), "product");
    rig_output(&r, tern_layer_output(mean, 0), "sum");
    rig_profile(&r,
                (const rig_range[]){{"a", "f32[1,3]", "f32[4,3]", "f32[8,3]"},
                                    {"b", "f32[3,2]", "f32[3,2]", "f32[3,9]"}},
                2);
    rig_load(&r);
    static float x[24], w[27], y[72], s[8];
    rig_random(x, 24);
    rig_random(w, 27);
    for (int64_t m = 1; m <= 8; m += 3) {
        for (int64_t n = 2; n <= 9; n += 7) {
            REQUIRE_OK(tern_context_set_shape(r.context, 0, 2, (int64_t[]){m, 3}));
            REQUIRE_OK(tern_context_set_shape(r.context, 1, 2, (int64_t[]){3, n}));
            rig_run(&r, (const void *[]){x, w}, (void *[]){y, s});
            int32_t rank = 0;
            int64_t dims[TERN_MAX_RANK];
            REQUIRE_OK(tern_context_shape(r.context, 2, &rank, dims));
            CHECK_INT(dims[0], m);
            CHECK_INT(dims[1], n);
            check_product(&(product_data){x, w, y, s, m, n});
        }
    }
    CHECK_ERROR(tern_context_set_shape(r.context, 0, 2, (int64_t[]){9, 3}), TERN_BAD_SHAPE,
                "\"a\"");
    CHECK_ERROR(tern_context_set_shape(r.context, 0, 2, (int64_t[]){0, 3}), TERN_BAD_SHAPE,
                "\"a\"");
    CHECK_ERROR(tern_context_set_shape(r.context, 0, 1, (int64_t[]){3}), TERN_BAD_SHAPE, "rank");
    CHECK_ERROR(tern_context_set_shape(r.context, 0, 2, (int64_t[]){4, 4}), TERN_BAD_SHAPE,
                "\"a\"");
    rig_close(&r);
}

/* Axes of one name have one extent, and profiles say so. */
TERN_TEST(axes_of_one_name_are_equal)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *a = rig_input(&r, "a", "f32[-1]");
    tern_tensor *b = rig_input(&r, "b", "f32[-1]");
    REQUIRE_OK(tern_tensor_set_dim_name(a, 0, "n"));
    REQUIRE_OK(tern_tensor_set_dim_name(b, 0, "n"));
    CHECK_TEXT(tern_tensor_dim_name(b, 0), "n");
    rig_output(&r, tern_layer_output(rig_layer(&r, "add", NULL, a, b), 0), "y");
    rig_profile(&r,
                (const rig_range[]){{"a", "f32[1]", "f32[2]", "f32[4]"},
                                    {"b", "f32[1]", "f32[2]", "f32[4]"}},
                2);
    rig_load(&r);
    REQUIRE_OK(tern_context_set_shape(r.context, 0, 1, (int64_t[]){2}));
    const tern_status other = tern_context_set_shape(r.context, 1, 1, (int64_t[]){3});
    int32_t missing = 0;
    int32_t count = 0;
    CHECK(other != TERN_OK || tern_context_infer(r.context, 1, &missing, &count) != TERN_OK);
    REQUIRE_OK(tern_context_set_shape(r.context, 1, 1, (int64_t[]){2}));
    float y[2] = {0};
    rig_run(&r, (const void *[]){(const float[]){1, 2}, (const float[]){10, 20}}, (void *[]){y});
    CHECK_NEAR((double)y[1], 22.0, 0.0);
    rig_close(&r);
}

/* y = reshape(x, [shape(x)[0] * 2 ... by concat(gather(shape(x), 0), -1]) */
TERN_TEST(shapes_computed_by_layers)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[-1,2,3]");
    tern_tensor *shape = tern_layer_output(rig_layer(&r, "shape", NULL, x, NULL), 0);
    CHECK(tern_tensor_is_shape(shape));
    const tern_dtype dtype = tern_tensor_dtype(shape);
    const bool is_wide = dtype == TERN_DTYPE_I64;
    tern_tensor *zero = rig_constant(&r, "i32[1]", (const int32_t[]){0});
    tern_tensor *rest = is_wide ? rig_constant(&r, "i64[1]", (const int64_t[]){-1})
                                : rig_constant(&r, "i32[1]", (const int32_t[]){-1});
    tern_tensor *rows = tern_layer_output(rig_layer(&r, "gather", "{axis=0}", shape, zero), 0);
    tern_tensor *target = tern_layer_output(rig_layer(&r, "concat", "{axis=0}", rows, rest), 0);
    tern_layer *flat = rig_layer(&r, "shuffle", NULL, x, target);
    rig_output(&r, tern_layer_output(flat, 0), "y");
    REQUIRE_OK(tern_network_mark_shape_output(r.network, shape));
    REQUIRE_OK(tern_tensor_set_name(shape, "shape"));
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    REQUIRE_OK(tern_tensor_shape(tern_layer_output(flat, 0), &rank, dims));
    CHECK_INT(rank, 2);
    CHECK_INT(dims[0], -1);
    CHECK_INT(dims[1], 6);
    rig_profile(&r, &(rig_range){"x", "f32[1,2,3]", "f32[2,2,3]", "f32[4,2,3]"}, 1);
    rig_load(&r);
    REQUIRE_OK(tern_context_set_shape(r.context, 0, 3, (int64_t[]){3, 2, 3}));
    float data[18], y[18] = {0};
    int64_t seen[3] = {0};
    rig_random(data, 18);
    rig_run(&r, (const void *[]){data}, (void *[]){y, seen});
    CHECK_BYTES(y, data, sizeof data);
    int32_t narrow[3];
    memcpy(narrow, seen, sizeof narrow);
    CHECK_INT(is_wide ? seen[0] : narrow[0], 3);
    CHECK_INT(is_wide ? seen[2] : narrow[2], 3);
    rig_close(&r);
}

TERN_TEST(a_shape_input_has_values)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[4,3]");
    tern_tensor *to = rig_input(&r, "to", "i32[2]");
    rig_output(&r, tern_layer_output(rig_layer(&r, "shuffle", NULL, x, to), 0), "y");
    CHECK(tern_tensor_is_shape(to));
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "\"to\"");
    tern_profile *profile = NULL;
    int32_t index = 0;
    REQUIRE_OK(tern_profile_create(r.builder, &profile));
    static const int64_t points[3][2] = {{1, 1}, {4, 3}, {12, 12}};
    for (int k = 0; k < 3; k++) {
        REQUIRE_OK(tern_profile_set_values(profile, "to", (tern_profile_point)k, 2, points[k]));
    }
    int64_t values[2] = {0};
    int32_t count = 0;
    REQUIRE_OK(tern_profile_get_values(profile, "to", TERN_PROFILE_MAX, 2, values, &count));
    CHECK_INT(count, 2);
    CHECK_INT(values[1], 12);
    CHECK_STATUS(tern_profile_get_values(profile, "to", TERN_PROFILE_MAX, 1, values, &count),
                 TERN_INVALID_ARGUMENT);
    REQUIRE_OK(tern_config_add_profile(r.config, profile, &index));
    tern_profile_destroy(profile);
    rig_load(&r);
    float data[12], y[12] = {0};
    rig_random(data, 12);
    REQUIRE_OK(tern_context_bind(r.context, 0, data));
    REQUIRE_OK(tern_context_bind(r.context, 2, y));
    CHECK(tern_context_enqueue(r.context, 0) != TERN_OK); /* no values yet */
    CHECK_CONTAINS(tern_error_last()->text, "\"to\"");
    REQUIRE_OK(tern_context_set_values(r.context, 1, 2, (int64_t[]){2, 6}));
    REQUIRE_OK(tern_context_enqueue(r.context, 0));
    CHECK_BYTES(y, data, sizeof data);
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    REQUIRE_OK(tern_context_shape(r.context, 2, &rank, dims));
    CHECK_INT(dims[0], 2);
    CHECK_INT(dims[1], 6);
    CHECK_ERROR(tern_context_set_values(r.context, 1, 3, (int64_t[]){2, 6, 1}),
                TERN_INVALID_ARGUMENT, "\"to\": 3 values");
    CHECK_ERROR(tern_context_set_values(r.context, 1, 2, (int64_t[]){13, 1}), TERN_BAD_SHAPE,
                "\"to\"");
    /* in range, but not the volume of x */
    const tern_status set = tern_context_set_values(r.context, 1, 2, (int64_t[]){2, 5});
    CHECK(set != TERN_OK || tern_context_enqueue(r.context, 0) != TERN_OK);
    REQUIRE_OK(tern_context_set_values(r.context, 1, 2, (int64_t[]){12, 1}));
    REQUIRE_OK(tern_context_enqueue(r.context, 0));
    rig_close(&r);
}

/* y = reshape(-x, [rows of x, 24]); with -x an output too the reshape copies, else it is a view. */
static void run_flattened(bool is_view, int32_t want_layers)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[-1,4,6]");
    tern_tensor *shape = tern_layer_output(rig_layer(&r, "shape", NULL, x, NULL), 0);
    tern_tensor *first = rig_constant(&r, "i64[1]", (const int64_t[]){0});
    tern_tensor *rows = tern_layer_output(rig_layer(&r, "gather", "{axis=0}", shape, first), 0);
    tern_tensor *rest = rig_constant(&r, "i64[1]", (const int64_t[]){24});
    tern_tensor *to = tern_layer_output(rig_layer(&r, "concat", "{axis=0}", rows, rest), 0);
    tern_tensor *neg = tern_layer_output(rig_layer(&r, "neg", NULL, x, NULL), 0);
    rig_output(&r, tern_layer_output(rig_layer(&r, "shuffle", NULL, neg, to), 0), "y");
    if (!is_view) {
        rig_output(&r, neg, "n");
    }
    rig_profile(&r, &(rig_range){"x", "f32[1,4,6]", "f32[2,4,6]", "f32[3,4,6]"}, 1);
    rig_load(&r);
    CHECK_INT(tern_engine_layer_count(r.engine), want_layers);
    static float data[72], y[72], n[72];
    rig_random(data, 72);
    for (int64_t count = 1; count <= 3; count += 2) {
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        REQUIRE_OK(tern_context_set_shape(r.context, 0, 3, (int64_t[]){count, 4, 6}));
        rig_run(&r, (const void *[]){data}, (void *[]){y, n});
        REQUIRE_OK(tern_context_shape(r.context, 1, &rank, dims));
        CHECK_INT(rank, 2);
        CHECK_INT(dims[0], count);
        CHECK_INT(dims[1], 24);
        for (int64_t i = 0; i < count * 24; i++) {
            CHECK_NEAR((double)y[i], -(double)data[i], 0.0);
        }
    }
    rig_close(&r);
}

TERN_TEST(shape_arithmetic_that_only_a_view_needed_is_no_step)
{
    run_flattened(true, 1);
}

TERN_TEST(shape_arithmetic_that_a_step_reads_stays)
{
    run_flattened(false, 5);
}

TERN_TEST(shapes_that_do_not_fit_when_run_are_told_with_the_tensors_names)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "left", "f32[-1,3]");
    tern_tensor *y = rig_input(&r, "right", "f32[-1,3]");
    tern_layer *sum = rig_layer(&r, "add", NULL, x, y);
    REQUIRE_OK(tern_layer_set_name(sum, "sum"));
    tern_layer *rows = rig_layer(&r, "concat", "{axis=0}", tern_layer_output(sum, 0), x);
    rig_output(&r, tern_layer_output(rows, 0), "z");
    const rig_range ranges[] = {{"left", "f32[1,3]", "f32[2,3]", "f32[4,3]"},
                                {"right", "f32[1,3]", "f32[2,3]", "f32[4,3]"}};
    rig_profile(&r, ranges, 2);
    rig_load(&r);
    static float data[12], z[24];
    REQUIRE_OK(tern_context_bind(r.context, 0, data));
    REQUIRE_OK(tern_context_bind(r.context, 1, data));
    REQUIRE_OK(tern_context_bind(r.context, 2, z));
    REQUIRE_OK(tern_context_set_shape(r.context, 0, 2, (int64_t[]){2, 3}));
    rig_may_fail(tern_context_set_shape(r.context, 1, 2, (int64_t[]){3, 3}));
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_BAD_SHAPE,
                "add \"sum\": x \"left\" [2,3] and y \"right\" [3,3] must have equal extents");
    REQUIRE_OK(tern_context_set_shape(r.context, 1, 2, (int64_t[]){2, 3}));
    REQUIRE_OK(tern_context_enqueue(r.context, 0));
    rig_close(&r);
}

TERN_TEST(several_profiles)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[-1]");
    rig_output(&r, tern_layer_output(rig_layer(&r, "neg", NULL, x, NULL), 0), "y");
    rig_profile(&r, &(rig_range){"x", "f32[1]", "f32[2]", "f32[4]"}, 1);
    rig_profile(&r, &(rig_range){"x", "f32[8]", "f32[8]", "f32[16]"}, 1);
    CHECK_INT(tern_config_profile_count(r.config), 2);
    rig_load(&r);
    CHECK_INT(tern_engine_profile_count(r.engine), 2);
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    REQUIRE_OK(tern_engine_profile_shape(r.engine, 1, 0, 2, &rank, dims));
    CHECK_INT(dims[0], 16);
    CHECK_ERROR(tern_context_set_shape(r.context, 0, 1, (int64_t[]){8}), TERN_BAD_SHAPE, "\"x\"");
    REQUIRE_OK(tern_context_set_profile(r.context, 1));
    REQUIRE_OK(tern_context_set_shape(r.context, 0, 1, (int64_t[]){16}));
    float data[16], y[16] = {0};
    rig_random(data, 16);
    rig_run(&r, (const void *[]){data}, (void *[]){y});
    CHECK_NEAR((double)y[15], -(double)data[15], 0.0);
    CHECK(tern_context_set_profile(r.context, 2) != TERN_OK);
    rig_close(&r);
}
