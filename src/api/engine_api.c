/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/runtime.h, second half: what an engine tells of itself.
 */
#include "api/deliver.h"
#include "runtime/state.h"

#include <string.h>

const void *tern_engine_plan(const tern_engine *engine, size_t *out_size)
{
    if (out_size != NULL) {
        *out_size = engine != NULL ? engine->bytes_size : 0;
    }
    return engine != NULL ? engine->bytes : NULL;
}

const char *tern_engine_name(const tern_engine *engine)
{
    return engine != NULL ? engine->name : "";
}

int32_t tern_engine_layer_count(const tern_engine *engine)
{
    return engine != NULL ? (int32_t)engine->plan.step_count : 0;
}

int32_t tern_engine_profile_count(const tern_engine *engine)
{
    if (engine == NULL) {
        return 0;
    }
    return engine->plan.header.profile_count > 0 ? (int32_t)engine->plan.header.profile_count : 1;
}

int32_t tern_engine_has_implicit_batch(const tern_engine *engine)
{
    return engine != NULL && tern_engine_is_implicit(engine);
}

int32_t tern_engine_max_batch(const tern_engine *engine)
{
    return engine != NULL && tern_engine_is_implicit(engine) ? engine->plan.header.max_batch : 1;
}

size_t tern_engine_device_memory(const tern_engine *engine)
{
    return engine != NULL ? tern_context_bytes_of(engine) : 0;
}

size_t tern_engine_scratch_memory(const tern_engine *engine)
{
    return engine != NULL ? (size_t)engine->plan.header.arena_bytes : 0;
}

int32_t tern_engine_verbosity(const tern_engine *engine)
{
    return engine != NULL ? (int32_t)engine->plan.header.verbosity : 0;
}

int32_t tern_engine_is_refittable(const tern_engine *engine)
{
    return engine != NULL && (engine->plan.header.flags & TERN_PLAN_FLAG_REFITTABLE) != 0;
}

int32_t tern_engine_binding_count(const tern_engine *engine)
{
    return engine != NULL ? (int32_t)engine->plan.binding_count : 0;
}

/* The tensor with that number, or an error that names the call. */
static tern_status find_tensor(const tern_engine *engine, int32_t index, const char *call,
                               const tern_engine_tensor **out_tensor)
{
    if (index < 0 || (uint32_t)index >= engine->plan.binding_count) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: binding %d, the engine has 0..%d", call, index,
                         (int)engine->plan.binding_count - 1);
    }
    *out_tensor = &engine->bindings[index];
    return TERN_OK;
}

tern_status tern_engine_binding(const tern_engine *engine, int32_t index, tern_binding *out_binding)
{
    if (engine == NULL || out_binding == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "engine binding",
                                 engine == NULL ? "engine" : "out_binding");
    }
    const tern_engine_tensor *t = NULL;
    memset(out_binding, 0, sizeof *out_binding);
    const tern_status status = find_tensor(engine, index, "engine binding", &t);
    if (status != TERN_OK) {
        return tern_deliver(&engine->logger, status);
    }
    const int32_t hidden = tern_hidden_rank(engine, t);
    out_binding->name = t->name;
    out_binding->dtype = (tern_dtype)t->value->dtype;
    out_binding->rank = t->value->rank - hidden;
    out_binding->is_input = (int32_t)t->record->is_input;
    out_binding->is_shape = (int32_t)t->record->is_shape;
    out_binding->format = t->record->format;
    for (int32_t a = 0; a < out_binding->rank; a++) {
        const tern_dim d = t->value->dims[a + hidden];
        out_binding->dims[a] = tern_dim_known(d) ? d : -1;
    }
    return TERN_OK;
}

int32_t tern_engine_find_binding(const tern_engine *engine, const char *name)
{
    for (uint32_t i = 0; engine != NULL && name != NULL && i < engine->plan.binding_count; i++) {
        if (strcmp(engine->bindings[i].name, name) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* The range of an input in a profile; NULL when the plan has none (an engine of fixed shapes). */
static tern_status find_range(const tern_engine *engine, int32_t profile, int32_t binding,
                              int32_t point, const tern_plan_range **out_range)
{
    const tern_engine_tensor *t = NULL;
    *out_range = NULL;
    TERN_TRY(find_tensor(engine, binding, "engine profile", &t));
    if (t->record->is_input == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "engine profile: \"%s\" is an output; profiles speak of inputs", t->name);
    }
    if (profile < 0 || profile >= tern_engine_profile_count(engine)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "engine profile: profile %d, the engine has 0..%d",
                         profile, tern_engine_profile_count(engine) - 1);
    }
    if (point < 0 || point > 2) {
        return tern_fail(TERN_INVALID_ARGUMENT, "engine profile: point %d; 0 is min, 1 opt, 2 max",
                         point);
    }
    if ((uint32_t)profile < engine->plan.header.profile_count) {
        *out_range = tern_plan_range_at(&engine->plan, (uint32_t)profile, (uint32_t)binding);
    }
    return TERN_OK;
}

tern_status tern_engine_profile_shape(const tern_engine *engine, int32_t profile, int32_t binding,
                                      int32_t point, int32_t *out_rank, int64_t dims[TERN_MAX_RANK])
{
    if (engine == NULL || out_rank == NULL || dims == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "engine profile_shape",
                                 engine == NULL     ? "engine"
                                 : out_rank == NULL ? "out_rank"
                                                    : "dims");
    }
    const tern_plan_range *r = NULL;
    const tern_status status = find_range(engine, profile, binding, point, &r);
    if (status != TERN_OK) {
        return tern_deliver(&engine->logger, status);
    }
    const tern_engine_tensor *t = &engine->bindings[binding];
    const int32_t hidden = tern_hidden_rank(engine, t);
    const int64_t *extents = r == NULL ? NULL : point == 0 ? r->min : point == 1 ? r->opt : r->max;
    *out_rank = t->value->rank - hidden;
    for (int32_t a = 0; a < *out_rank; a++) {
        const tern_dim d = t->value->dims[a + hidden];
        dims[a] = tern_dim_known(d) ? d : extents != NULL ? extents[a + hidden] : -1;
    }
    return TERN_OK;
}

tern_status tern_engine_profile_values(const tern_engine *engine, int32_t profile, int32_t binding,
                                       int32_t point, int64_t values[TERN_MAX_SHAPE_VALUES],
                                       int32_t *out_count)
{
    if (engine == NULL || out_count == NULL || values == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "engine profile_values",
                                 engine == NULL      ? "engine"
                                 : out_count == NULL ? "out_count"
                                                     : "values");
    }
    const tern_plan_range *r = NULL;
    *out_count = 0;
    const tern_status status = find_range(engine, profile, binding, point, &r);
    if (status != TERN_OK) {
        return tern_deliver(&engine->logger, status);
    }
    const uint32_t count = r != NULL ? r->value_count : 0;
    for (uint32_t i = 0; i < count && i < TERN_MAX_SHAPE_VALUES; i++) {
        values[i] = engine->plan.range_values[r->value_first + (uint32_t)point * count + i];
    }
    *out_count = (int32_t)count;
    return TERN_OK;
}
