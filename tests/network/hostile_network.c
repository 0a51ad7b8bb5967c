/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong arguments and wrong wholes: NULL, names, inputs, outputs, cycles, other networks' tensors,
   profiles, options, objects destroyed in any order. */
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

/* Every one of them failed, with a sentence that is not empty. */
static void check_refused(const tern_status *statuses, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (statuses[k] != TERN_INVALID_ARGUMENT && statuses[k] != TERN_BAD_SHAPE) {
            FAIL("call %zu returned \"%s\"", k, tern_status_text(statuses[k]));
        }
    }
    CHECK(tern_error_last()->text[0] != '\0');
}

TERN_TEST(networks_refuse_wrong_arguments)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    tern_tensor *tensor = NULL;
    tern_layer *made = NULL;
    tern_network *network = NULL;
    const int64_t dims[] = {2};
    const tern_weights weights = {TERN_DTYPE_F32, NULL, 2};
    const tern_status refused[] = {
        tern_builder_create(NULL, NULL),
        tern_network_create(NULL, TERN_BATCH_IS_EXPLICIT, &network),
        tern_network_create(r.builder, TERN_BATCH_IS_EXPLICIT, NULL),
        tern_network_create(r.builder, (tern_batch)7, &network),
        tern_network_add_input(NULL, "a", TERN_DTYPE_F32, 1, dims, &tensor),
        tern_network_add_input(r.network, NULL, TERN_DTYPE_F32, 1, dims, &tensor),
        tern_network_add_input(r.network, "", TERN_DTYPE_F32, 1, dims, &tensor),
        tern_network_add_input(r.network, "a", TERN_DTYPE_F32, 1, NULL, &tensor),
        tern_network_add_input(r.network, "a", TERN_DTYPE_F32, 1, dims, NULL),
        tern_network_add_input(r.network, "a", (tern_dtype)0, 1, dims, &tensor),
        tern_network_add_input(r.network, "a", (tern_dtype)99, 1, dims, &tensor),
        tern_network_add_layer(NULL, "relu", NULL, &x, 1, &made),
        tern_network_add_layer(r.network, NULL, NULL, &x, 1, &made),
        tern_network_add_layer(r.network, "relu", NULL, NULL, 1, &made),
        tern_network_add_layer(r.network, "relu", NULL, &x, -1, &made),
        tern_network_add_layer(r.network, "relu", NULL, &x, 2, &made),
        tern_network_add_layer(r.network, "relu", NULL, &x, 1, NULL),
        tern_network_add_layer(r.network, "relu", "{a=1}", &x, 1, &made),
        tern_network_add_layer(r.network, "conv", "{a=1}", &x, 1, &made),
        tern_network_add_layer(r.network, "conv", "{groups=", &x, 1, &made),
        tern_network_add_layer(r.network, "conv", "groups", &x, 1, &made),
        tern_network_add_constant(r.network, 1, dims, NULL, &made),
        tern_network_add_constant(r.network, 1, NULL, &weights, &made),
        tern_network_add_constant(r.network, 1, dims, &weights, &made),
        tern_network_add_constant(r.network, 1, dims, &weights, NULL),
        tern_network_mark_output(NULL, x),
        tern_network_mark_output(r.network, NULL),
        tern_network_mark_shape_output(r.network, NULL),
        tern_network_unmark_output(r.network, NULL),
        tern_network_set_name(r.network, NULL),
        tern_network_set_name(NULL, "a"),
        tern_network_decide_batch(r.network, TERN_BATCH_IS_EXPLICIT, NULL),
    };
    check_refused(refused, TERN_COUNT_OF(refused));
    CHECK(tensor == NULL && made == NULL && network == NULL);
    CHECK_INT(tern_network_layer_count(r.network), 1);
    rig_output(&r, tern_layer_output(layer, 0), "y");
    CHECK_OK(rig_build(&r));
    rig_close(&r);
}

TERN_TEST(layers_and_tensors_refuse_wrong_arguments)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    const int64_t dims[] = {2};
    const tern_weights weights = {TERN_DTYPE_F32, NULL, 2};
    int32_t n = 0;
    int64_t i[TERN_MAX_RANK];
    double f[TERN_MAX_RANK];
    const tern_status refused[] = {
        tern_layer_set_op(layer, NULL),
        tern_layer_set_op(NULL, "relu"),
        tern_layer_set_name(layer, NULL),
        tern_layer_set_metadata(layer, NULL),
        tern_layer_set_input(NULL, 0, x),
        tern_layer_set_input(layer, -1, x),
        tern_layer_set_input(layer, 1, x),
        tern_layer_set_i64(layer, NULL, 1),
        tern_layer_set_i64(NULL, "a", 1),
        tern_layer_set_i64s(layer, "a", NULL, 1),
        tern_layer_set_i64s(layer, "a", dims, 9),
        tern_layer_set_i64s(layer, "a", dims, -1),
        tern_layer_set_f64s(layer, "a", NULL, 1),
        tern_layer_set_text(layer, "a", NULL),
        tern_layer_get_i64(layer, "a", NULL),
        tern_layer_get_i64s(layer, "a", NULL, &n),
        tern_layer_get_i64s(layer, "a", i, NULL),
        tern_layer_get_f64s(layer, "a", f, NULL),
        tern_layer_get_text(layer, "a", NULL),
        tern_layer_set_weights(layer, "kernel", NULL),
        tern_layer_set_weights(layer, NULL, &weights),
        tern_layer_set_weights(layer, "kernel", &weights),
        tern_layer_get_weights(layer, "kernel", NULL),
        tern_layer_set_output_dtype(layer, 1, TERN_DTYPE_F32),
        tern_layer_set_output_dtype(layer, -1, TERN_DTYPE_F32),
        tern_layer_set_output_dtype(layer, 0, (tern_dtype)99),
        tern_layer_set_precision(layer, (tern_dtype)99),
        tern_tensor_set_name(x, NULL),
        tern_tensor_set_name(NULL, "a"),
        tern_tensor_set_dtype(x, (tern_dtype)99),
        tern_tensor_set_dtype(NULL, TERN_DTYPE_F32),
        tern_tensor_shape(x, NULL, i),
        tern_tensor_shape(x, &n, NULL),
        tern_tensor_shape(NULL, &n, i),
        tern_tensor_set_shape(x, 1, NULL),
        tern_tensor_set_shape(tern_layer_output(layer, 0), 1, dims),
        tern_tensor_set_dim_name(x, 0, NULL),
        tern_tensor_set_dim_name(x, 1, "a"),
        tern_tensor_set_dim_name(x, -1, "a"),
        tern_tensor_set_formats(NULL, 1),
    };
    check_refused(refused, TERN_COUNT_OF(refused));
    rig_output(&r, tern_layer_output(layer, 0), "y");
    CHECK_OK(rig_build(&r));
    rig_close(&r);
}

TERN_TEST(builders_refuse_wrong_arguments)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_network *network = NULL;
    tern_profile *profile = NULL;
    tern_config *config = NULL;
    tern_memory *memory = NULL;
    const int64_t dims[] = {2};
    int32_t n = 0;
    int64_t i[TERN_MAX_RANK];
    REQUIRE_OK(tern_profile_create(r.builder, &profile));
    const tern_status refused[] = {
        tern_builder_set_max_threads(NULL, 1),
        tern_builder_set_max_batch(NULL, 1),
        tern_config_create(NULL, &config),
        tern_config_create(r.builder, NULL),
        tern_config_set(NULL, TERN_CONFIG_LEVEL, 1),
        tern_config_set_progress(NULL, NULL),
        tern_config_add_profile(r.config, NULL, &n),
        tern_config_add_profile(NULL, profile, &n),
        tern_profile_create(r.builder, NULL),
        tern_profile_create(NULL, &profile),
        tern_profile_set_shape(NULL, "x", TERN_PROFILE_MIN, 1, dims),
        tern_profile_set_shape(profile, NULL, TERN_PROFILE_MIN, 1, dims),
        tern_profile_set_shape(profile, "x", TERN_PROFILE_MIN, 1, NULL),
        tern_profile_set_shape(profile, "x", (tern_profile_point)3, 1, dims),
        tern_profile_set_shape(profile, "x", TERN_PROFILE_MIN, 9, dims),
        tern_profile_set_shape(profile, "x", TERN_PROFILE_MIN, -1, dims),
        tern_profile_get_shape(profile, "x", TERN_PROFILE_MIN, &n, i),
        tern_profile_get_shape(profile, "x", TERN_PROFILE_MIN, NULL, i),
        tern_profile_set_values(profile, "x", TERN_PROFILE_MIN, 1, NULL),
        tern_profile_set_values(profile, "x", TERN_PROFILE_MIN, 65, dims),
        tern_profile_get_values(profile, "x", TERN_PROFILE_MIN, 1, NULL, &n),
        tern_build(NULL, r.network, NULL, &memory),
        tern_build(r.builder, NULL, NULL, &memory),
        tern_build(r.builder, r.network, NULL, NULL),
        tern_network_print(NULL, &memory),
        tern_network_print(r.network, NULL),
        tern_network_parse(r.builder, NULL, 1, &network),
        tern_network_parse(NULL, "", 0, &network),
        tern_network_optimize(r.network, NULL, NULL),
        tern_network_optimize(NULL, NULL, &memory),
        tern_memory_save(NULL, "a"),
    };
    check_refused(refused, TERN_COUNT_OF(refused));
    CHECK(network == NULL && memory == NULL && config == NULL);
    tern_profile_destroy(profile);
    rig_close(&r);
}

TERN_TEST(getters_of_nothing_give_nothing)
{
    CHECK_INT(tern_network_input_count(NULL), 0);
    CHECK_INT(tern_network_output_count(NULL), 0);
    CHECK_INT(tern_network_layer_count(NULL), 0);
    CHECK(tern_network_input(NULL, 0) == NULL);
    CHECK(tern_network_output(NULL, 0) == NULL);
    CHECK(tern_network_layer(NULL, 0) == NULL);
    CHECK_TEXT(tern_network_name(NULL), "");
    CHECK_INT(tern_network_has_implicit_batch(NULL), 0);
    CHECK_TEXT(tern_layer_op(NULL), "");
    CHECK_TEXT(tern_layer_name(NULL), "");
    CHECK_TEXT(tern_layer_metadata(NULL), "");
    CHECK_INT(tern_layer_input_count(NULL), 0);
    CHECK_INT(tern_layer_output_count(NULL), 0);
    CHECK(tern_layer_input(NULL, 0) == NULL);
    CHECK(tern_layer_output(NULL, 0) == NULL);
    CHECK_INT(tern_layer_output_dtype(NULL, 0), 0);
    CHECK_INT(tern_layer_precision(NULL), 0);
    CHECK_TEXT(tern_tensor_name(NULL), "");
    CHECK_INT(tern_tensor_dtype(NULL), 0);
    CHECK_TEXT(tern_tensor_dim_name(NULL, 0), "");
    CHECK_INT(tern_tensor_is_input(NULL), 0);
    CHECK_INT(tern_tensor_is_output(NULL), 0);
    CHECK_INT(tern_tensor_is_shape(NULL), 0);
    CHECK_INT(tern_builder_max_threads(NULL), 0);
    CHECK_INT(tern_builder_max_batch(NULL), 0);
    CHECK_INT(tern_config_get(NULL, TERN_CONFIG_LEVEL), 0);
    CHECK_INT(tern_config_profile_count(NULL), 0);
    CHECK_INT(tern_profile_is_valid(NULL), 0);
    CHECK(tern_memory_data(NULL) == NULL);
    CHECK_UINT(tern_memory_size(NULL), 0);
    tern_builder_destroy(NULL);
    tern_network_destroy(NULL);
    tern_config_destroy(NULL);
    tern_profile_destroy(NULL);
    tern_memory_destroy(NULL);
}

TERN_TEST(shapes_that_no_input_can_have)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = NULL;
    const int64_t negative[] = {2, -2};
    const int64_t large[] = {INT64_MAX, 2};
    const int64_t many[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    CHECK_ERROR(tern_network_add_input(r.network, "x", TERN_DTYPE_F32, 2, negative, &x),
                TERN_BAD_SHAPE, "input \"x\": extent -2 along axis 1");
    CHECK_ERROR(tern_network_add_input(r.network, "x", TERN_DTYPE_F32, 2, large, &x),
                TERN_BAD_SHAPE, "input \"x\"");
    CHECK_ERROR(tern_network_add_input(r.network, "x", TERN_DTYPE_F32, 9, many, &x), TERN_BAD_SHAPE,
                "rank 9");
    CHECK_ERROR(tern_network_add_input(r.network, "x", TERN_DTYPE_F32, -1, many, &x),
                TERN_BAD_SHAPE, "rank -1");
    CHECK(x == NULL);
    CHECK_INT(tern_network_input_count(r.network), 0);
    x = rig_input(&r, "x", "f32[2,2]");
    CHECK_ERROR(tern_tensor_set_shape(x, 2, negative), TERN_BAD_SHAPE, "\"x\"");
    CHECK_ERROR(tern_tensor_set_shape(x, 2, large), TERN_BAD_SHAPE, "\"x\"");
    CHECK_ERROR(tern_tensor_set_shape(x, 9, many), TERN_BAD_SHAPE, "\"x\"");
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    CHECK_OK(tern_tensor_shape(x, &rank, dims));
    CHECK_INT(rank, 2);
    rig_close(&r);
}

TERN_TEST(names_that_are_taken_or_too_long)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_tensor *again = NULL;
    CHECK_ERROR(tern_network_add_input(r.network, "x", TERN_DTYPE_F32, 0, NULL, &again),
                TERN_INVALID_ARGUMENT, "\"x\"");
    char *name = calloc(1, 4098);
    REQUIRE(name != NULL);
    memset(name, 'n', 4096);
    CHECK_OK(tern_tensor_set_name(x, name));
    CHECK_OK(tern_network_set_name(r.network, name));
    name[4096] = 'n';
    CHECK_ERROR(tern_tensor_set_name(x, name), TERN_INVALID_ARGUMENT, "4097 bytes");
    CHECK_ERROR(tern_network_set_name(r.network, name), TERN_INVALID_ARGUMENT, "4097 bytes");
    CHECK_ERROR(tern_tensor_set_dim_name(x, 0, name), TERN_INVALID_ARGUMENT, "4097 bytes");
    CHECK_ERROR(tern_network_add_input(r.network, name, TERN_DTYPE_F32, 0, NULL, &again),
                TERN_INVALID_ARGUMENT, "4097 bytes");
    CHECK_INT(strlen(tern_tensor_name(x)), 4096);
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    rig_output(&r, tern_layer_output(layer, 0), NULL);
    CHECK_OK(tern_layer_set_name(layer, "relu"));
    rig_run(&r, (const void *[]){(const float[]){-1, 2}}, (void *[]){(float[2]){0}});
    tern_binding binding;
    REQUIRE_OK(tern_engine_binding(r.engine, 0, &binding));
    CHECK_INT(strlen(binding.name), 4096);
    free(name);
    /* two outputs of one name, an output named as an input: the build says it */
    REQUIRE_OK(tern_tensor_set_name(x, "x"));
    tern_layer *other = rig_layer(&r, "abs", NULL, x, NULL);
    rig_output(&r, tern_layer_output(other, 0), "relu_output");
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "\"relu_output\"");
    REQUIRE_OK(tern_tensor_set_name(tern_layer_output(other, 0), "x"));
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "\"x\"");
    REQUIRE_OK(tern_tensor_set_name(tern_layer_output(other, 0), ""));
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "no name");
    REQUIRE_OK(tern_tensor_set_name(tern_layer_output(other, 0), "z"));
    CHECK_OK(rig_build(&r));
    rig_close(&r);
}

TERN_TEST(outputs_that_are_none)
{
    rig r;
    rig r2;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    rig_open(&r2, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_tensor *foreign = rig_input(&r2, "foreign", "f32[2]");
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "no outputs");
    CHECK_ERROR(tern_network_mark_output(r.network, x), TERN_INVALID_ARGUMENT, "\"x\"");
    CHECK_ERROR(tern_network_mark_output(r.network, foreign), TERN_INVALID_ARGUMENT,
                "another network");
    CHECK_ERROR(tern_network_unmark_output(r.network, x), TERN_INVALID_ARGUMENT, "\"x\"");
    tern_layer *layer = NULL;
    CHECK_ERROR(tern_network_add_layer(r.network, "relu", NULL, &foreign, 1, &layer),
                TERN_INVALID_ARGUMENT, "another network");
    layer = rig_layer(&r, "relu", NULL, x, NULL);
    CHECK_ERROR(tern_layer_set_input(layer, 0, foreign), TERN_INVALID_ARGUMENT, "another network");
    tern_tensor *y = tern_layer_output(layer, 0);
    CHECK_ERROR(tern_network_unmark_output(r.network, y), TERN_INVALID_ARGUMENT, "no output");
    CHECK_ERROR(tern_network_unmark_output(r2.network, y), TERN_INVALID_ARGUMENT, "");
    CHECK(tern_layer_output(layer, 1) == NULL);
    CHECK(tern_layer_output(layer, -1) == NULL);
    CHECK(tern_network_output(r.network, 0) == NULL);
    CHECK(tern_network_layer(r.network, 1) == NULL);
    rig_output(&r, y, "y");
    CHECK_OK(tern_network_mark_output(r.network, y)); /* twice is once */
    CHECK_INT(tern_network_output_count(r.network), 1);
    CHECK_OK(rig_build(&r));
    CHECK_OK(tern_network_unmark_output(r.network, y));
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "no outputs");
    rig_close(&r2);
    rig_close(&r);
}

TERN_TEST(a_cycle_names_a_layer_and_can_be_cut)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_layer *first = rig_layer(&r, "relu", NULL, x, NULL);
    tern_layer *second = rig_layer(&r, "abs", NULL, tern_layer_output(first, 0), NULL);
    REQUIRE_OK(tern_layer_set_name(first, "first"));
    REQUIRE_OK(tern_layer_set_name(second, "second"));
    rig_output(&r, tern_layer_output(second, 0), "y");
    REQUIRE_OK(tern_layer_set_input(first, 0, tern_layer_output(second, 0)));
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    CHECK_ERROR(tern_tensor_shape(tern_layer_output(second, 0), &rank, dims), TERN_BAD_MODEL,
                "\"first\"");
    CHECK_ERROR(rig_build(&r), TERN_BAD_MODEL, "\"first\"");
    REQUIRE_OK(tern_layer_set_input(first, 0, tern_layer_output(first, 0)));
    CHECK_ERROR(rig_build(&r), TERN_BAD_MODEL, "\"first\"");
    REQUIRE_OK(tern_layer_set_input(first, 0, NULL));
    CHECK(rig_build(&r) != TERN_OK);
    CHECK_CONTAINS(tern_error_last()->text, "\"first\"");
    REQUIRE_OK(tern_layer_set_input(first, 0, x));
    CHECK_OK(rig_build(&r));
    rig_close(&r);
}

static tern_status profile_point(tern_profile *profile, const char *input, int point, int64_t a,
                                 int64_t b)
{
    const int64_t dims[] = {a, b};
    return tern_profile_set_shape(profile, input, (tern_profile_point)point, 2, dims);
}

TERN_TEST(profiles_that_do_not_fit)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[-1,3]");
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    rig_output(&r, tern_layer_output(layer, 0), "y");
    CHECK_ERROR(rig_build(&r), TERN_INVALID_ARGUMENT, "\"x\"");
    CHECK_CONTAINS(tern_error_last()->text, "profile");
    tern_profile *profile = NULL;
    int32_t index = 0;
    REQUIRE_OK(tern_profile_create(r.builder, &profile));
    CHECK_ERROR(profile_point(profile, "x", 0, -1, 3), TERN_BAD_SHAPE, "\"x\"");
    REQUIRE_OK(profile_point(profile, "x", 0, 4, 3));
    CHECK_INT(tern_profile_is_valid(profile), 0);
    CHECK_ERROR(tern_config_add_profile(r.config, profile, &index), TERN_INVALID_ARGUMENT, "\"x\"");
    CHECK_INT(index, -1);
    REQUIRE_OK(profile_point(profile, "x", 1, 2, 3));
    REQUIRE_OK(profile_point(profile, "x", 2, 8, 3));
    CHECK_ERROR(tern_config_add_profile(r.config, profile, &index), TERN_INVALID_ARGUMENT, "order");
    tern_profile_destroy(profile);

    static const struct {
        const char *input;
        int64_t low, high, other;
        tern_status status;
        const char *says;
    } rows[] = {{"nobody", 1, 2, 3, TERN_INVALID_ARGUMENT, "\"nobody\""},
                {"x", 1, 2, 4, TERN_BAD_SHAPE, "axis 1"},
                {"x", 1, INT64_MAX / 2, 3, TERN_BAD_SHAPE, ""}};
    for (size_t i = 0; i < TERN_COUNT_OF(rows); i++) {
        tern_config_destroy(r.config);
        REQUIRE_OK(tern_config_create(r.builder, &r.config));
        REQUIRE_OK(tern_profile_create(r.builder, &profile));
        REQUIRE_OK(profile_point(profile, rows[i].input, 0, rows[i].low, rows[i].other));
        REQUIRE_OK(profile_point(profile, rows[i].input, 1, rows[i].low, rows[i].other));
        REQUIRE_OK(profile_point(profile, rows[i].input, 2, rows[i].high, rows[i].other));
        REQUIRE_OK(tern_config_add_profile(r.config, profile, &index));
        tern_profile_destroy(profile);
        CHECK_ERROR(rig_build(&r), rows[i].status, rows[i].says);
        CHECK(r.plan == NULL);
    }
    tern_config_destroy(r.config);
    REQUIRE_OK(tern_config_create(r.builder, &r.config));
    rig_profile(&r, &(rig_range){"x", "f32[3]", "f32[3]", "f32[3]"}, 1);
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "rank");
    tern_config_destroy(r.config);
    REQUIRE_OK(tern_config_create(r.builder, &r.config));
    rig_profile(&r, &(rig_range){"x", "f32[1,3]", "f32[2,3]", "f32[4,3]"}, 1);
    CHECK_OK(rig_build(&r));
    rig_close(&r);
}

TERN_TEST(an_implicit_batch_has_no_varying_extents)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_IMPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[-1,3]");
    rig_output(&r, tern_layer_output(rig_layer(&r, "relu", NULL, x, NULL), 0), "y");
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "\"x\"");
    CHECK_CONTAINS(tern_error_last()->text, "explicit batch");
    REQUIRE_OK(tern_tensor_set_shape(x, 2, (int64_t[]){2, 3}));
    CHECK_OK(rig_build(&r));
    CHECK_ERROR(tern_network_decide_batch(r.network, TERN_BATCH_IS_EXPLICIT, "test"),
                TERN_INVALID_ARGUMENT, "test");
    rig_close(&r);
}

TERN_TEST(options_out_of_range)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    static const struct {
        int key;
        int64_t value;
    } rows[] = {{0, 0},
                {99, 0},
                {-1, 0},
                {TERN_CONFIG_WORKSPACE, -1},
                {TERN_CONFIG_LEVEL, -1},
                {TERN_CONFIG_LEVEL, 6},
                {TERN_CONFIG_VERBOSITY, 3},
                {TERN_CONFIG_TIMING, 2},
                {TERN_CONFIG_REFITTABLE, -1},
                {TERN_CONFIG_ISA, 99},
                {TERN_CONFIG_AVERAGE, 0}};
    for (size_t i = 0; i < TERN_COUNT_OF(rows); i++) {
        CHECK_STATUS(tern_config_set(r.config, (tern_config_key)rows[i].key, rows[i].value),
                     TERN_INVALID_ARGUMENT);
    }
    CHECK_INT(tern_config_get(r.config, TERN_CONFIG_LEVEL), 3);
    CHECK_INT(tern_config_get(r.config, (tern_config_key)99), 0);
    CHECK_ERROR(tern_builder_set_max_batch(r.builder, 0), TERN_INVALID_ARGUMENT, "0");
    CHECK_ERROR(tern_builder_set_max_batch(r.builder, -1), TERN_INVALID_ARGUMENT, "-1");
    CHECK_ERROR(tern_builder_set_max_threads(r.builder, 0), TERN_INVALID_ARGUMENT, "0");
    CHECK_ERROR(tern_builder_set_max_threads(r.builder, 257), TERN_INVALID_ARGUMENT, "257");
    tern_builder *builder = NULL;
    tern_builder_options options = TERN_BUILDER_OPTIONS_INIT;
    options.logger.self = &r;
    options.logger.write = NULL;
    options.max_threads = -1;
    options.struct_size = 0;
    CHECK_STATUS(tern_builder_create(&options, &builder), TERN_VERSION);
    options.struct_size = 4096;
    CHECK_STATUS(tern_builder_create(&options, &builder), TERN_VERSION);
    CHECK(builder == NULL);
    rig_close(&r);
}

TERN_TEST(changing_to_another_family_is_refused)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
    REQUIRE_OK(tern_layer_set_name(layer, "a"));
    CHECK_ERROR(tern_layer_set_op(layer, "add"), TERN_INVALID_ARGUMENT, "\"a\"");
    CHECK_ERROR(tern_layer_set_op(layer, "conv"), TERN_INVALID_ARGUMENT, "\"a\"");
    CHECK_ERROR(tern_layer_set_op(layer, "nothing"), TERN_UNSUPPORTED, "\"nothing\"");
    CHECK_TEXT(tern_layer_op(layer), "relu");
    CHECK_ERROR(tern_tensor_set_formats(x, 2), TERN_UNSUPPORTED, "\"x\"");
    CHECK_OK(tern_tensor_set_formats(x, 1));
    rig_close(&r);
}

/* Everything made with a builder lives as long as it likes. */
TERN_TEST(objects_are_destroyed_in_any_order)
{
    for (int order = 0; order < 6; order++) {
        rig r;
        rig_open(&r, TERN_BATCH_IS_EXPLICIT);
        tern_tensor *x = rig_input(&r, "x", "f32[2]");
        rig_output(&r, tern_layer_output(rig_layer(&r, "relu", NULL, x, NULL), 0), "y");
        rig_load(&r);
        rig_load(&r);
        static const char orders[6][7] = {"bncrep", "pbrecn", "crebnp",
                                          "ecrpnb", "repbcn", "nbpcer"};
        float y[2] = {0};
        REQUIRE_OK(tern_context_bind(r.context, 0, (float[2]){-1, 2}));
        REQUIRE_OK(tern_context_bind(r.context, 1, y));
        for (const char *c = orders[order]; *c != '\0'; c++) {
            switch (*c) {
            case 'b':
                tern_builder_destroy(r.builder);
                r.builder = NULL;
                break;
            case 'n':
                tern_network_destroy(r.network);
                r.network = NULL;
                break;
            case 'c':
                tern_config_destroy(r.config);
                r.config = NULL;
                break;
            case 'r':
                tern_runtime_destroy(r.runtime);
                r.runtime = NULL;
                break;
            case 'e':
                tern_engine_destroy(r.engine);
                r.engine = NULL;
                break;
            default: break; /* the plan is borrowed by the engine */
            }
        }
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_NEAR((double)y[1], 2.0, 0.0);
        rig_close(&r);
    }
}

TERN_TEST(texts_that_are_no_networks)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    static const char *const texts[] = {
        "",
        "graph",
        "graph \"a\" {",
        "graph \"a\" { %x = input \"x\" : f32[2",
        "{}",
        "graph \"a\" {\n %y = relu %x : f32[2]\n}",
        "graph \"a\" {\n %x = nothing\n}",
        "graph \"a\" explicit {\n  %x = input \"x\" : f32[99999999999999999999]\n}"};
    for (size_t i = 0; i < TERN_COUNT_OF(texts); i++) {
        tern_network *network = NULL;
        const tern_status status =
            tern_network_parse(r.builder, texts[i], strlen(texts[i]), &network);
        CHECK(status != TERN_OK);
        CHECK(tern_error_last()->text[0] != '\0');
        CHECK(network == NULL);
    }
    rig_close(&r);
}

static int32_t stop_at(void *self, const char *phase, int32_t done, int32_t total)
{
    int32_t *left = self;
    CHECK(phase != NULL && done <= total);
    return --*left > 0;
}

TERN_TEST(a_build_can_be_cancelled_at_every_step)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[2]");
    rig_output(&r, tern_layer_output(rig_layer(&r, "relu", NULL, x, NULL), 0), "y");
    int steps = 0;
    for (tern_status status = TERN_CANCELLED; status != TERN_OK && steps < 100; steps++) {
        int32_t left = steps + 1;
        const tern_progress progress = {&left, stop_at};
        REQUIRE_OK(tern_config_set_progress(r.config, &progress));
        status = rig_build(&r);
        if (status != TERN_OK) {
            CHECK_STATUS(status, TERN_CANCELLED);
            CHECK(r.plan == NULL);
        }
    }
    CHECK_INT(steps, 8);
    rig_close(&r);
}
