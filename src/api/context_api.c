/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/context.h: arguments are checked, the context is entered (one call at a time), errors are
 * delivered.
 */
#include "api/deliver.h"
#include "runtime/state.h"

#include <string.h>

static tern_status no_context(const char *call)
{
    return tern_deliver_null(NULL, call, "context");
}

/* The end of every call that entered. */
static tern_status leave(tern_context *c, tern_status status)
{
    tern_context_leave(c);
    return tern_deliver(&c->engine->logger, status);
}

static tern_status enter(tern_context *c)
{
    return tern_deliver(&c->engine->logger, tern_context_enter(c));
}

static tern_status check_binding(const tern_context *c, int32_t binding, const char *call)
{
    if (binding < 0 || (uint32_t)binding >= c->engine->plan.binding_count) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: binding %d, the engine has 0..%d", call,
                         binding, (int)c->engine->plan.binding_count - 1);
    }
    return TERN_OK;
}

static tern_status check_input(const tern_context *c, int32_t binding, const char *call)
{
    TERN_TRY(check_binding(c, binding, call));
    if (c->engine->bindings[binding].record->is_input == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: \"%s\" is an output", call,
                         c->engine->bindings[binding].name);
    }
    return TERN_OK;
}

static tern_status create(tern_engine *engine, bool is_bare, tern_context **out_context)
{
    if (engine == NULL || out_context == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "context create",
                                 engine == NULL ? "engine" : "out_context");
    }
    return tern_deliver(&engine->logger, tern_context_make(engine, is_bare, out_context));
}

tern_status tern_context_create(tern_engine *engine, tern_context **out_context)
{
    return create(engine, false, out_context);
}

tern_status tern_context_create_without_memory(tern_engine *engine, tern_context **out_context)
{
    return create(engine, true, out_context);
}

tern_status tern_context_set_memory(tern_context *context, void *memory, size_t size)
{
    if (context == NULL) {
        return no_context("context set_memory");
    }
    TERN_TRY(enter(context));
    return leave(context, tern_context_put_memory(context, memory, size));
}

void tern_context_destroy(tern_context *context)
{
    tern_context_unmake(context);
}

static tern_status set_shape(tern_context *c, int32_t binding, int32_t rank, const int64_t *dims)
{
    TERN_TRY(check_input(c, binding, "context set_shape"));
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    const int32_t hidden = tern_hidden_rank(c->engine, t);
    if (rank != t->value->rank - hidden) {
        return tern_fail(TERN_BAD_SHAPE, "input \"%s\": a shape of rank %d, it has rank %d",
                         t->name, rank, t->value->rank - hidden);
    }
    int64_t full[TERN_MAX_RANK] = {hidden > 0 ? c->batch : 0};
    memcpy(full + hidden, dims, (size_t)rank * sizeof *dims);
    return tern_context_put_shape(c, binding, full);
}

tern_status tern_context_set_shape(tern_context *context, int32_t binding, int32_t rank,
                                   const int64_t *dims)
{
    if (context == NULL) {
        return no_context("context set_shape");
    }
    if ((dims == NULL && rank != 0) || rank < 0) {
        return tern_deliver_null(&context->engine->logger, "context set_shape", "dims");
    }
    const int64_t none = 0;
    TERN_TRY(enter(context));
    return leave(context, set_shape(context, binding, rank, dims != NULL ? dims : &none));
}

tern_status tern_context_shape(const tern_context *context, int32_t binding, int32_t *out_rank,
                               int64_t dims[TERN_MAX_RANK])
{
    if (context == NULL || out_rank == NULL || dims == NULL) {
        return tern_deliver_null(context != NULL ? &context->engine->logger : NULL, "context shape",
                                 context == NULL    ? "context"
                                 : out_rank == NULL ? "out_rank"
                                                    : "dims");
    }
    const tern_status status = check_binding(context, binding, "context shape");
    if (status != TERN_OK) {
        return tern_deliver(&context->engine->logger, status);
    }
    const tern_engine_tensor *t = &context->engine->bindings[binding];
    const int32_t hidden = tern_hidden_rank(context->engine, t);
    int64_t full[TERN_MAX_RANK] = {0};
    tern_context_get_shape(context, binding, full);
    *out_rank = t->value->rank - hidden;
    memcpy(dims, full + hidden, (size_t)*out_rank * sizeof *dims);
    return TERN_OK;
}

tern_status tern_context_max_bytes(const tern_context *context, int32_t binding, size_t *out_bytes)
{
    if (context == NULL || out_bytes == NULL) {
        return tern_deliver_null(context != NULL ? &context->engine->logger : NULL,
                                 "context max_bytes", context == NULL ? "context" : "out_bytes");
    }
    *out_bytes = 0;
    const tern_status status = check_binding(context, binding, "context max_bytes");
    if (status == TERN_OK) {
        *out_bytes = tern_context_most_bytes(context, binding);
    }
    return tern_deliver(&context->engine->logger, status);
}

static tern_status set_values(tern_context *c, int32_t binding, int32_t count,
                              const int64_t *values)
{
    TERN_TRY(check_input(c, binding, "context set_values"));
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    if (t->record->is_shape == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "context set_values: \"%s\" is not a shape input; bind its address",
                         t->name);
    }
    return tern_context_put_values(c, binding, count, values);
}

tern_status tern_context_set_values(tern_context *context, int32_t binding, int32_t count,
                                    const int64_t *values)
{
    if (context == NULL) {
        return no_context("context set_values");
    }
    TERN_TRY(enter(context));
    return leave(context, set_values(context, binding, count, values));
}

static tern_status get_values(tern_context *c, int32_t binding, int32_t capacity, int64_t *values,
                              int32_t *out_count)
{
    TERN_TRY(check_input(c, binding, "context values"));
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    TERN_TRY(tern_context_read_values(c));
    if (t->value_count == 0 || c->current->has_values[binding] == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "context values: \"%s\" %s", t->name,
                         t->value_count == 0 ? "is not a shape input" : "has no values yet");
    }
    int64_t all[TERN_CONTENT_MAX];
    tern_widen((tern_dtype)t->value->dtype, c->current->shape_values + t->values_at, t->value_count,
               all);
    for (int32_t i = 0; i < t->value_count && i < capacity; i++) {
        values[i] = all[i];
    }
    *out_count = t->value_count;
    return TERN_OK;
}

tern_status tern_context_values(tern_context *context, int32_t binding, int32_t capacity,
                                int64_t *values, int32_t *out_count)
{
    if (context == NULL || out_count == NULL || (values == NULL && capacity > 0)) {
        return tern_deliver_null(context != NULL ? &context->engine->logger : NULL,
                                 "context values",
                                 context == NULL     ? "context"
                                 : out_count == NULL ? "out_count"
                                                     : "values");
    }
    *out_count = 0;
    TERN_TRY(enter(context));
    return leave(context, get_values(context, binding, capacity, values, out_count));
}

tern_status tern_context_set_batch(tern_context *context, int32_t batch)
{
    if (context == NULL) {
        return no_context("context set_batch");
    }
    TERN_TRY(enter(context));
    return leave(context, tern_context_put_batch(context, batch));
}

tern_status tern_context_bind(tern_context *context, int32_t binding, void *address)
{
    if (context == NULL) {
        return no_context("context bind");
    }
    TERN_TRY(enter(context));
    tern_status status = check_binding(context, binding, "context bind");
    if (status == TERN_OK) {
        status = tern_context_put_address(context, binding, address);
    }
    return leave(context, status);
}

void *tern_context_address(const tern_context *context, int32_t binding)
{
    if (context == NULL || binding < 0 ||
        (uint32_t)binding >= context->engine->plan.binding_count) {
        return NULL;
    }
    return context->current->addresses[binding];
}

static tern_status set_profile(tern_context *c, int32_t profile)
{
    const int32_t count = tern_engine_profile_count(c->engine);
    if (profile < 0 || profile >= count) {
        return tern_fail(TERN_INVALID_ARGUMENT, "context: profile %d, the engine has 0..%d",
                         profile, count - 1);
    }
    return tern_context_put_profile(c, profile);
}

tern_status tern_context_set_profile(tern_context *context, int32_t profile)
{
    if (context == NULL) {
        return no_context("context set_profile");
    }
    TERN_TRY(enter(context));
    return leave(context, set_profile(context, profile));
}

int32_t tern_context_profile(const tern_context *context)
{
    return context != NULL ? context->profile : -1;
}

static tern_status infer(tern_context *c, int32_t capacity, int32_t *missing,
                         int32_t *out_missing_count)
{
    TERN_TRY(tern_context_read_values(c));
    int32_t count = 0;
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        if (tern_context_is_missing(c, (int32_t)i)) {
            if (count < capacity) {
                missing[count] = (int32_t)i;
            }
            count++;
        }
    }
    *out_missing_count = count;
    if (count > 0 || c->current->is_resolved) {
        return TERN_OK;
    }
    (void)tern_context_edit(c);
    return tern_context_resolve(c);
}

tern_status tern_context_infer(tern_context *context, int32_t capacity, int32_t *missing,
                               int32_t *out_missing_count)
{
    if (context == NULL || out_missing_count == NULL || (missing == NULL && capacity > 0)) {
        return tern_deliver_null(context != NULL ? &context->engine->logger : NULL, "context infer",
                                 context == NULL             ? "context"
                                 : out_missing_count == NULL ? "out_missing_count"
                                                             : "missing");
    }
    *out_missing_count = 0;
    TERN_TRY(enter(context));
    return leave(context, infer(context, capacity, missing, out_missing_count));
}

tern_status tern_context_enqueue(tern_context *context, tern_stream stream)
{
    if (TERN_UNLIKELY(context == NULL)) {
        return no_context("context enqueue");
    }
    tern_status status = tern_context_enter(context);
    if (TERN_LIKELY(status == TERN_OK)) {
        status = tern_context_run(context, stream);
        tern_context_leave(context);
    }
    return TERN_LIKELY(status == TERN_OK) ? TERN_OK
                                          : tern_deliver(&context->engine->logger, status);
}

tern_status tern_context_set_profiler(tern_context *context, const tern_profiler *profiler)
{
    if (context == NULL) {
        return no_context("context set_profiler");
    }
    TERN_TRY(enter(context));
    tern_context_wait_idle(context); /* queued runs report to the profiler they were queued with */
    const tern_profiler none = {NULL, NULL};
    context->profiler = profiler != NULL ? *profiler : none;
    return leave(context, TERN_OK);
}

static tern_status set_allocator(tern_context *c, int32_t binding,
                                 const tern_output_allocator *allocator)
{
    TERN_TRY(check_binding(c, binding, "context set_output_allocator"));
    if (c->engine->bindings[binding].record->is_input != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "context set_output_allocator: \"%s\" is an input",
                         c->engine->bindings[binding].name);
    }
    const tern_output_allocator none = {NULL, NULL, NULL};
    if (c->engine->has_data) {
        tern_context_wait_idle(c); /* queued runs ask the allocator they were queued with */
        c->current->is_ready = false;
        c->data.memory[binding] = NULL;
    }
    c->allocators[binding] = allocator != NULL ? *allocator : none;
    c->has_allocators = false;
    for (uint32_t i = 0; i < c->engine->plan.binding_count; i++) {
        c->has_allocators = c->has_allocators || c->allocators[i].reallocate != NULL;
    }
    return TERN_OK;
}

tern_status tern_context_set_output_allocator(tern_context *context, int32_t binding,
                                              const tern_output_allocator *allocator)
{
    if (context == NULL) {
        return no_context("context set_output_allocator");
    }
    TERN_TRY(enter(context));
    return leave(context, set_allocator(context, binding, allocator));
}
