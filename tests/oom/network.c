/* SPDX-License-Identifier: Apache-2.0 */
/* Out-of-memory sweeps over the whole library: every allocation fails in turn while a network is
   made, printed, parsed, optimised, built, loaded and run. */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "harness/alloc.h"
#include "harness/harness.h"
#include "harness/oom.h"
#include "tern/tern.h"

static const float weights[512];
static int64_t points; /* allocations that failed, in all sweeps */

static void swallow(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

static tern_status make_builder(tern_allocator allocator, tern_builder **out_builder)
{
    tern_builder_options options = TERN_BUILDER_OPTIONS_INIT;
    options.allocator = allocator;
    options.logger.write = swallow;
    options.max_threads = 1;
    return tern_builder_create(&options, out_builder);
}

/* LeNet in small: every kind of layer it has. */
static const struct {
    const char *op, *attributes;
    int64_t kernel_count, bias_count;
} layers[] = {
    {"conv", "{out_channels=4, kernel=[3,3]}", 4 * 9, 4},
    {"pool", "{type=max, kernel=[2,2], stride=[2,2]}", 0, 0},
    {"fully_connected", "{out_channels=10}", 10 * 4 * 9, 10},
    {"relu", NULL, 0, 0},
    {"softmax", NULL, 0, 0},
};

/* The handle's NULL is a failure whose record says why. */
static tern_status first_output(const tern_layer *layer, tern_tensor **out_tensor)
{
    *out_tensor = tern_layer_output(layer, 0);
    return *out_tensor != NULL ? TERN_OK : tern_error_last()->status;
}

static tern_status add_layers(tern_network *network, tern_tensor *x)
{
    for (size_t i = 0; i < TERN_COUNT_OF(layers); i++) {
        tern_layer *layer = NULL;
        const tern_weights kernel = {TERN_DTYPE_F32, weights, layers[i].kernel_count};
        const tern_weights bias = {TERN_DTYPE_F32, weights, layers[i].bias_count};
        tern_status status =
            tern_network_add_layer(network, layers[i].op, layers[i].attributes, &x, 1, &layer);
        if (status == TERN_OK && kernel.count > 0) {
            status = tern_layer_set_weights(layer, "kernel", &kernel);
        }
        if (status == TERN_OK && kernel.count > 0) {
            status = tern_layer_set_weights(layer, "bias", &bias);
        }
        if (status == TERN_OK) {
            status = tern_layer_set_name(layer, "a name of its own");
        }
        if (status == TERN_OK) {
            status = first_output(layer, &x);
        }
        if (status != TERN_OK) {
            return status;
        }
    }
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    tern_status status = tern_tensor_set_name(x, "y");
    if (status == TERN_OK) {
        status = tern_tensor_shape(x, &rank, dims);
    }
    return status == TERN_OK ? tern_network_mark_output(network, x) : status;
}

static tern_status make_network(tern_builder *builder, bool varies, tern_network **out_network)
{
    tern_tensor *x = NULL;
    tern_status status = tern_network_create(builder, TERN_BATCH_IS_EXPLICIT, out_network);
    if (status == TERN_OK) {
        const int64_t dims[] = {varies ? -1 : 1, 1, 8, 8};
        status = tern_network_add_input(*out_network, "x", TERN_DTYPE_F32, 4, dims, &x);
    }
    if (status == TERN_OK) {
        status = tern_tensor_set_dim_name(x, 0, "n");
    }
    return status == TERN_OK ? add_layers(*out_network, x) : status;
}

static tern_status make_config(tern_builder *builder, bool varies, tern_config **out_config)
{
    tern_profile *profile = NULL;
    int32_t index = 0;
    tern_status status = tern_config_create(builder, out_config);
    if (status == TERN_OK && varies) {
        status = tern_profile_create(builder, &profile);
        for (int64_t point = 0; status == TERN_OK && point < 3; point++) {
            status = tern_profile_set_shape(profile, "x", (tern_profile_point)point, 4,
                                            (int64_t[]){1 + point, 1, 8, 8});
        }
        if (status == TERN_OK) {
            status = tern_config_add_profile(*out_config, profile, &index);
        }
        tern_profile_destroy(profile);
    }
    return status;
}

static tern_status run_plan(tern_allocator allocator, const tern_memory *plan, bool varies)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.allocator = allocator;
    options.logger.write = swallow;
    options.max_threads = 1;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    static float x[3 * 64], y[3 * 10];
    tern_status status = tern_runtime_create(&options, &runtime);
    if (status == TERN_OK) {
        status = tern_engine_load_memory(runtime, tern_memory_data(plan), tern_memory_size(plan),
                                         TERN_LOAD_COPY, &engine);
    }
    if (status == TERN_OK) {
        status = tern_context_create(engine, &context);
    }
    if (status == TERN_OK && varies) {
        status = tern_context_set_shape(context, 0, 4, (int64_t[]){2, 1, 8, 8});
    }
    if (status == TERN_OK) {
        status = tern_context_bind(context, 0, x);
    }
    if (status == TERN_OK) {
        status = tern_context_bind(context, 1, y);
    }
    if (status == TERN_OK) {
        status = tern_context_enqueue(context, 0);
    }
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return status;
}

static tern_status build_and_run(tern_allocator allocator, void *arg)
{
    const bool varies = *(const bool *)arg;
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    tern_config *config = NULL;
    tern_memory *plan = NULL;
    tern_status status = make_builder(allocator, &builder);
    if (status == TERN_OK) {
        status = make_network(builder, varies, &network);
    }
    if (status == TERN_OK) {
        status = make_config(builder, varies, &config);
    }
    if (status == TERN_OK) {
        status = tern_build(builder, network, config, &plan);
    }
    if (status == TERN_OK) {
        status = run_plan(allocator, plan, varies);
    }
    tern_memory_destroy(plan);
    tern_config_destroy(config);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
    return status;
}

static void sweep(const char *what, tern_oom_scenario *scenario, void *arg, int64_t least)
{
    const int64_t count = oom_sweep(scenario, arg);
    CHECK(count >= least);
    points += 2 * count; /* alone, and with all later ones */
    printf("    %s: %" PRId64 " points, %" PRId64 " so far\n", what, 2 * count, points);
}

TERN_TEST(oom_network_built_and_run)
{
    bool varies = false;
    sweep("network, build, load, run", build_and_run, &varies, 50);
    varies = true;
    sweep("the same with a profile", build_and_run, &varies, 50);
}

static const char text[] = "graph \"small\" explicit {\n"
                           "  %x = input \"x\" : f32[2,3]\n"
                           "  %n = input \"n\" shape : i32[2]\n"
                           "  %c = constant \"c\" : f32[1,3] [1,2,3]\n"
                           "  %d = constant \"d\" : f32[1,3] [4,5,6]\n"
                           "  %e = mul %c, %d\n"
                           "  %s = add %x, %e\n"
                           "  %r = relu %s\n"
                           "  %i = identity %r\n"
                           "  %y = shuffle %i, %n\n"
                           "  output \"y\" = %y\n"
                           "}\n";

/* Parse, print, optimise; the passes alone when `arg` names some. */
static tern_status texts(tern_allocator allocator, void *arg)
{
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    tern_memory *printed = NULL;
    tern_memory *optimized = NULL;
    tern_status status = make_builder(allocator, &builder);
    if (status == TERN_OK) {
        status = tern_network_parse(builder, text, sizeof text - 1, &network);
    }
    if (status == TERN_OK) {
        status = tern_network_print(network, &printed);
    }
    if (status == TERN_OK) {
        status = tern_network_optimize(network, arg, &optimized);
    }
    tern_memory_destroy(optimized);
    tern_memory_destroy(printed);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
    return status;
}

TERN_TEST(oom_text_parsed_printed_and_optimized)
{
    static char passes[] = "fold-constants,sweep";
    sweep("text and the pipeline", texts, NULL, 50);
    sweep("text and two passes", texts, passes, 30);
}

/* Edits of a network that lives on: what failed may be tried again. */
static tern_status edit(tern_allocator allocator, void *arg)
{
    (void)arg;
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    tern_memory *plan = NULL;
    tern_status status = make_builder(allocator, &builder);
    if (status == TERN_OK) {
        status = make_network(builder, false, &network);
    }
    if (status == TERN_OK) {
        tern_layer *relu = tern_network_layer(network, 3);
        const tern_status edits[] = {
            tern_layer_set_op(relu, "leaky_relu"),
            tern_layer_set_f64(relu, "alpha", 0.5),
            tern_layer_set_metadata(relu, "note"),
            tern_network_set_name(network, "edited"),
            tern_layer_set_output_dtype(relu, 0, TERN_DTYPE_F64),
        };
        for (size_t i = 0; status == TERN_OK && i < TERN_COUNT_OF(edits); i++) {
            status = edits[i];
        }
    }
    /* after a failure too: a network is whole at any time */
    const tern_error first = *tern_error_last();
    const tern_status built =
        network != NULL ? tern_build(builder, network, NULL, &plan) : TERN_OUT_OF_MEMORY;
    if (status == TERN_OK) {
        status = built;
    } else {
        tern_error_set(&first);
    }
    tern_memory_destroy(plan);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
    return status;
}

TERN_TEST(oom_network_edited)
{
    sweep("edits", edit, NULL, 30);
}
