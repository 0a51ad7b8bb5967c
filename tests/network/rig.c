/* SPDX-License-Identifier: Apache-2.0 */
/* The rig of rig.h. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

static void take_line(void *self, tern_severity severity, const char *topic, const char *text)
{
    rig *r = self;
    if (severity <= TERN_SEVERITY_ERROR) {
        r->error_count++;
        (void)snprintf(r->last_error, sizeof r->last_error, "%s", text);
    } else if (severity == TERN_SEVERITY_INFO) {
        const size_t used = strlen(r->infos);
        (void)snprintf(r->infos + used, sizeof r->infos - used, "%s: %s\n", topic, text);
    }
}

void rig_open(rig *r, tern_batch batch)
{
    memset(r, 0, sizeof *r);
    tern_builder_options options = TERN_BUILDER_OPTIONS_INIT;
    options.logger.self = r;
    options.logger.write = take_line;
    options.allocator = tern_test_allocator(&r->heap);
    REQUIRE_OK(tern_builder_create(&options, &r->builder));
    REQUIRE_OK(tern_network_create(r->builder, batch, &r->network));
    REQUIRE_OK(tern_config_create(r->builder, &r->config));
}

void rig_unload(rig *r)
{
    tern_context_destroy(r->context);
    tern_engine_destroy(r->engine);
    tern_runtime_destroy(r->runtime);
    r->context = NULL;
    r->engine = NULL;
    r->runtime = NULL;
}

void rig_close(rig *r)
{
    rig_unload(r);
    tern_memory_destroy(r->plan);
    tern_config_destroy(r->config);
    tern_network_destroy(r->network);
    tern_builder_destroy(r->builder);
    tern_test_heap_check_empty(&r->heap);
}

static const struct {
    const char *name;
    tern_dtype dtype;
} dtypes[] = {
#define TERN_DTYPE(NAME, id, text, ...) {text, TERN_DTYPE_##NAME},
#include "tern/dtype.def"
#undef TERN_DTYPE
};

const char *rig_type(const char *text, tern_dtype *out_dtype, int32_t *out_rank,
                     int64_t dims[TERN_MAX_RANK])
{
    const char *bracket = strchr(text, '[');
    *out_rank = 0;
    for (size_t i = 0; bracket != NULL && i < TERN_COUNT_OF(dtypes); i++) {
        const size_t length = strlen(dtypes[i].name);
        if ((size_t)(bracket - text) != length || memcmp(text, dtypes[i].name, length) != 0) {
            continue;
        }
        *out_dtype = dtypes[i].dtype;
        const char *at = bracket + 1;
        while (*at != ']' && *out_rank < TERN_MAX_RANK) {
            char *end = NULL;
            dims[(*out_rank)++] = strtoll(at, &end, 10);
            at = *end == ',' ? end + 1 : end;
        }
        return at + 1;
    }
    return NULL;
}

tern_tensor *rig_input(rig *r, const char *name, const char *type)
{
    tern_dtype dtype = TERN_DTYPE_F32;
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK] = {0};
    tern_tensor *tensor = NULL;
    REQUIRE(rig_type(type, &dtype, &rank, dims) != NULL);
    REQUIRE_OK(tern_network_add_input(r->network, name, dtype, rank, dims, &tensor));
    return tensor;
}

tern_layer *rig_layer_of(rig *r, const char *op, const char *attributes, tern_tensor *const *inputs,
                         int32_t count)
{
    tern_layer *layer = NULL;
    REQUIRE_OK(tern_network_add_layer(r->network, op, attributes, inputs, count, &layer));
    return layer;
}

tern_layer *rig_layer(rig *r, const char *op, const char *attributes, tern_tensor *a,
                      tern_tensor *b)
{
    tern_tensor *const inputs[2] = {a, b};
    return rig_layer_of(r, op, attributes, inputs, b != NULL ? 2 : 1);
}

tern_tensor *rig_constant(rig *r, const char *type, const void *data)
{
    tern_dtype dtype = TERN_DTYPE_F32;
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK] = {0};
    tern_layer *layer = NULL;
    REQUIRE(rig_type(type, &dtype, &rank, dims) != NULL);
    int64_t count = 1;
    for (int32_t axis = 0; axis < rank; axis++) {
        count *= dims[axis];
    }
    const tern_weights weights = {dtype, data, count};
    REQUIRE_OK(tern_network_add_constant(r->network, rank, dims, &weights, &layer));
    return tern_layer_output(layer, 0);
}

void rig_weights(tern_layer *layer, const char *name, const float *data, int64_t count)
{
    const tern_weights weights = {TERN_DTYPE_F32, data, count};
    REQUIRE_OK(tern_layer_set_weights(layer, name, &weights));
}

void rig_output(rig *r, tern_tensor *tensor, const char *name)
{
    if (name != NULL) {
        REQUIRE_OK(tern_tensor_set_name(tensor, name));
    }
    REQUIRE_OK(tern_network_mark_output(r->network, tensor));
}

void rig_profile(rig *r, const rig_range *ranges, int32_t count)
{
    tern_profile *profile = NULL;
    int32_t index = -1;
    REQUIRE_OK(tern_profile_create(r->builder, &profile));
    for (int32_t i = 0; i < count; i++) {
        const char *const points[] = {ranges[i].min, ranges[i].opt, ranges[i].max};
        for (int k = 0; k < 3; k++) {
            tern_dtype dtype = TERN_DTYPE_F32;
            int32_t rank = 0;
            int64_t dims[TERN_MAX_RANK] = {0};
            REQUIRE(rig_type(points[k], &dtype, &rank, dims) != NULL);
            REQUIRE_OK(tern_profile_set_shape(profile, ranges[i].input, (tern_profile_point)k, rank,
                                              dims));
        }
    }
    REQUIRE_OK(tern_config_add_profile(r->config, profile, &index));
    tern_profile_destroy(profile);
}

tern_status rig_build(rig *r)
{
    tern_memory_destroy(r->plan);
    r->plan = NULL;
    return tern_build(r->builder, r->network, r->config, &r->plan);
}

void rig_load(rig *r)
{
    rig_unload(r);
    REQUIRE_OK(rig_build(r));
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.logger.self = r;
    options.logger.write = take_line;
    options.allocator = tern_test_allocator(&r->heap);
    REQUIRE_OK(tern_runtime_create(&options, &r->runtime));
    REQUIRE_OK(tern_engine_load_memory(r->runtime, tern_memory_data(r->plan),
                                       tern_memory_size(r->plan), TERN_LOAD_BORROW, &r->engine));
    REQUIRE_OK(tern_context_create(r->engine, &r->context));
}

void rig_run(rig *r, const void *const *inputs, void *const *outputs)
{
    if (r->context == NULL) {
        rig_load(r);
    }
    int32_t input_count = 0;
    for (int32_t i = 0; i < tern_engine_binding_count(r->engine); i++) {
        tern_binding binding;
        REQUIRE_OK(tern_engine_binding(r->engine, i, &binding));
        input_count += binding.is_input;
        /* bind takes a plain pointer, but never writes through an input's */
        void *at = NULL;
        if (binding.is_input) {
            memcpy(&at, &inputs[i], sizeof at);
        } else {
            at = outputs[i - input_count];
        }
        REQUIRE_OK(tern_context_bind(r->context, i, at));
    }
    REQUIRE_OK(tern_context_enqueue(r->context, 0));
}

void rig_check_error(const char *file, int line, tern_status got, tern_status want,
                     const char *part)
{
    if (!tern_test_status(file, line, "status", got, want)) {
        return;
    }
    const tern_error *error = tern_error_last();
    (void)tern_test_int(file, line, "the record's status", error->status, want);
    (void)tern_test_contains(file, line, "the sentence", error->text, part);
}

void rig_random(float *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        to[i] = (float)tern_test_random_double(-1.0, 1.0);
    }
}
