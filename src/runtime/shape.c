/* SPDX-License-Identifier: Apache-2.0
 *
 * Shapes: what the user sets, checked against the profile, and what follows from it.  Following
 * is one pass over the plan's dim expressions and one over its steps; it happens when shapes
 * change, not when a run is queued.
 */
#include "runtime/state.h"

#include "base/alloc.h"

#include <string.h>

/* --- what is known --- */

bool tern_context_is_missing(const tern_context *c, int32_t input)
{
    const tern_run_state *s = c->current;
    const tern_engine_tensor *t = &c->engine->bindings[input];
    return s->has_shape[input] == 0 || (t->value_count > 0 && s->has_values[input] == 0);
}

static bool anything_missing(const tern_context *c)
{
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        if (tern_context_is_missing(c, (int32_t)i)) {
            return true;
        }
    }
    return false;
}

void tern_context_get_shape(const tern_context *c, int32_t binding, int64_t dims[TERN_MAX_RANK])
{
    const tern_run_state *s = c->current;
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    const bool is_input = t->record->is_input != 0;
    for (uint32_t a = 0; a < t->value->rank; a++) {
        const tern_dim d = t->value->dims[a];
        if (tern_dim_known(d)) {
            dims[a] = d;
        } else if (is_input) {
            dims[a] = s->has_shape[binding] != 0 ? s->shapes[binding][a] : -1;
        } else if (c->engine->has_data && c->engine->dim_step[tern_dim_id(d)] != 0) {
            dims[a] = tern_data_is_known(c) ? tern_dim_value(d, c->data.dims) : -1;
        } else {
            dims[a] = s->is_resolved ? tern_dim_value(d, s->dim_values) : -1;
        }
    }
}

size_t tern_context_most_bytes(const tern_context *c, int32_t binding)
{
    const tern_run_state *s = c->current;
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    bool is_exact = s->is_resolved || !t->is_dynamic;
    for (uint32_t a = 0; t->known_at != 0 && a < t->value->rank; a++) {
        /* An extent itself is at most what dim_values has; arithmetic on extents could be anything.
           */
        const tern_dim d = t->value->dims[a];
        is_exact = is_exact && (tern_dim_known(d) || c->engine->dim_step[tern_dim_id(d)] == 0 ||
                                c->engine->plan.dims[tern_dim_id(d)].op == TERN_DIM_DATA);
    }
    const tern_type type = tern_value_type(t->value, is_exact ? s->dim_values : NULL);
    size_t bytes = 0;
    return is_exact && tern_type_bytes(&type, &bytes) ? bytes : (size_t)t->value->bytes_max;
}

/* Shapes changed.  When all are known now they are followed; an error (inputs that do not fit each
 * other yet) comes up again at infer and enqueue. */
static void shapes_changed(tern_context *c)
{
    c->current->is_resolved = false;
    c->current->is_ready = false;
    if (!anything_missing(c)) {
        (void)tern_context_resolve(c);
    }
}

/* --- setting --- */

/* The profile's range of an input; NULL when the plan has none. */
static const tern_plan_range *range_of(const tern_context *c, int32_t input)
{
    const tern_plan *p = &c->engine->plan;
    return (uint32_t)c->profile < p->header.profile_count
               ? tern_plan_range_at(p, (uint32_t)c->profile, (uint32_t)input)
               : NULL;
}

static tern_status check_shape(const tern_context *c, int32_t input, const int64_t *dims)
{
    const tern_engine_tensor *t = &c->engine->bindings[input];
    const int32_t rank = t->value->rank, hidden = tern_hidden_rank(c->engine, t);
    const tern_plan_range *r = range_of(c, input);
    int64_t low[TERN_MAX_RANK] = {0}, high[TERN_MAX_RANK] = {0};
    int32_t bad = -1;
    for (int32_t a = 0; a < rank; a++) {
        const tern_dim d = t->value->dims[a];
        const bool is_fixed = tern_dim_known(d);
        low[a] = is_fixed ? d : r != NULL ? r->min[a] : 0;
        high[a] = is_fixed ? d : r != NULL ? r->max[a] : INT64_MAX;
        if (a >= hidden && bad < 0 && (dims[a] < low[a] || dims[a] > high[a])) {
            bad = a;
        }
    }
    if (bad < 0) {
        return TERN_OK;
    }
    char is[TERN_DIMS_TEXT_BYTES], from[TERN_DIMS_TEXT_BYTES], to[TERN_DIMS_TEXT_BYTES];
    tern_dims_text(is, rank - hidden, dims + hidden);
    tern_dims_text(from, rank - hidden, low + hidden);
    if (!t->is_dynamic || hidden > 0) {
        return tern_fail(TERN_BAD_SHAPE,
                         "input \"%s\": shape %s, the engine takes %s only (axis %d)", t->name, is,
                         from, bad - hidden);
    }
    return tern_fail(
        TERN_BAD_SHAPE,
        "input \"%s\": shape %s is outside profile %d, which allows %s to %s (axis %d)", t->name,
        is, c->profile, from, tern_dims_text(to, rank - hidden, high + hidden), bad - hidden);
}

tern_status tern_context_put_shape(tern_context *c, int32_t input, const int64_t *dims)
{
    const tern_engine_tensor *t = &c->engine->bindings[input];
    const size_t bytes = t->value->rank * sizeof *dims;
    c->data.is_wanted = false;
    TERN_TRY(check_shape(c, input, dims));
    if (!t->is_dynamic || tern_engine_is_implicit(c->engine) ||
        (c->current->has_shape[input] != 0 &&
         memcmp(c->current->shapes[input], dims, bytes) == 0)) {
        return TERN_OK;
    }
    tern_run_state *s = tern_context_edit(c);
    memcpy(s->shapes[input], dims, bytes);
    s->has_shape[input] = 1;
    shapes_changed(c);
    return TERN_OK;
}

static tern_status check_values(const tern_context *c, int32_t input, const int64_t *values)
{
    const tern_engine_tensor *t = &c->engine->bindings[input];
    const tern_plan_range *r = range_of(c, input);
    for (int32_t i = 0; i < t->value_count; i++) {
        int64_t low = t->value->dtype == TERN_DTYPE_I32 ? INT32_MIN : INT64_MIN / 2 + 1;
        int64_t high = t->value->dtype == TERN_DTYPE_I32 ? INT32_MAX : INT64_MAX;
        if (r != NULL && r->value_count == (uint32_t)t->value_count) {
            const int64_t *limits = &c->engine->plan.range_values[r->value_first + (uint32_t)i];
            low = limits[0] > low ? limits[0] : low;
            high = limits[2 * r->value_count] < high ? limits[2 * r->value_count] : high;
        }
        if (values[i] < low || values[i] > high) {
            return tern_fail(TERN_BAD_SHAPE,
                             "shape input \"%s\": element %d is %lld; profile %d allows %lld..%lld",
                             t->name, i, (long long)values[i], c->profile, (long long)low,
                             (long long)high);
        }
    }
    return TERN_OK;
}

/* Stores checked values; `how` goes into has_values. */
static void store_values(tern_context *c, int32_t input, const int64_t *values, uint8_t how)
{
    const tern_engine_tensor *t = &c->engine->bindings[input];
    tern_run_state *s = tern_context_edit(c);
    tern_narrow((tern_dtype)t->value->dtype, values, t->value_count,
                s->shape_values + t->values_at);
    s->has_values[input] = how;
    shapes_changed(c);
}

tern_status tern_context_put_values(tern_context *c, int32_t input, int32_t count,
                                    const int64_t *values)
{
    const tern_engine_tensor *t = &c->engine->bindings[input];
    c->data.is_wanted = false;
    if (values == NULL) {
        tern_run_state *s = tern_context_edit(c);
        s->has_values[input] = 0;
        s->is_resolved = s->is_ready = false;
        return TERN_OK;
    }
    if (count != t->value_count) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "shape input \"%s\": %d values given, it has %d elements", t->name, count,
                         t->value_count);
    }
    TERN_TRY(check_values(c, input, values));
    store_values(c, input, values, 2);
    return TERN_OK;
}

tern_status tern_context_read_values(tern_context *c)
{
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        const tern_engine_tensor *t = &c->engine->bindings[i];
        const tern_run_state *s = c->current;
        if (t->value_count == 0 || s->has_values[i] == 2 || s->addresses[i] == NULL) {
            continue;
        }
        const size_t bytes = (size_t)t->value_count * (t->value->dtype == TERN_DTYPE_I32 ? 4u : 8u);
        if (s->room_bytes[i] < bytes) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "shape input \"%s\": takes %zu bytes, its block has %zu left", t->name,
                             bytes, s->room_bytes[i]);
        }
        if (s->has_values[i] == 1 &&
            memcmp(s->shape_values + t->values_at, s->addresses[i], bytes) == 0) {
            continue;
        }
        int64_t values[TERN_CONTENT_MAX];
        tern_widen((tern_dtype)t->value->dtype, s->addresses[i], t->value_count, values);
        TERN_TRY(check_values(c, (int32_t)i, values));
        store_values(c, (int32_t)i, values, 1);
    }
    return TERN_OK;
}

tern_status tern_context_put_batch(tern_context *c, int32_t batch)
{
    const tern_engine *e = c->engine;
    const int32_t most = tern_engine_is_implicit(e) ? e->plan.header.max_batch : 1;
    if (batch < 1 || batch > most) {
        return tern_fail(TERN_BAD_SHAPE, "context: batch %d, the engine takes 1..%d", batch, most);
    }
    c->data.is_wanted = false;
    if (batch == c->batch) {
        return TERN_OK;
    }
    tern_run_state *s = tern_context_edit(c);
    c->batch = batch;
    for (uint32_t i = 0; i < e->plan.header.input_count; i++) {
        if (!tern_dim_known(e->bindings[i].value->dims[0])) {
            s->shapes[i][0] = batch;
        }
    }
    s->is_resolved = s->is_ready = false;
    return tern_context_resolve(c);
}

tern_status tern_context_put_profile(tern_context *c, int32_t profile)
{
    if (profile == c->profile) {
        return TERN_OK;
    }
    tern_run_state *s = tern_context_edit(c);
    c->data.is_wanted = false;
    c->profile = profile;
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        if (c->engine->bindings[i].is_dynamic && !tern_engine_is_implicit(c->engine)) {
            s->has_shape[i] = 0;
        }
        s->has_values[i] = 0;
    }
    if (anything_missing(c)) {
        s->is_resolved = s->is_ready = false;
    }
    return TERN_OK;
}

/* --- following --- */

static void set_symbols(const tern_context *c, tern_run_state *s)
{
    const tern_engine *e = c->engine;
    for (uint32_t i = 0; i < e->plan.symbol_count; i++) {
        const tern_plan_symbol *symbol = &e->plan.symbols[i];
        const tern_engine_tensor *t = &e->bindings[symbol->binding];
        if (symbol->from_contents != 0) {
            int64_t values[TERN_CONTENT_MAX];
            tern_widen((tern_dtype)t->value->dtype, s->shape_values + t->values_at, t->value_count,
                       values);
            s->symbol_values[i] = values[symbol->axis];
        } else {
            s->symbol_values[i] = s->shapes[symbol->binding][symbol->axis];
        }
    }
    tern_dim_evaluate((const tern_dim_expr *)(const void *)e->plan.dims, e->plan.dim_count,
                      s->symbol_values, s->dim_values);
}

/* One symbol may be an extent of several inputs: they must agree.  Sizes of bindings fall off. */
static tern_status check_bindings(const tern_context *c, tern_run_state *s)
{
    const tern_engine *e = c->engine;
    for (uint32_t i = 0; i < e->plan.binding_count; i++) {
        const tern_engine_tensor *t = &e->bindings[i];
        if (t->known_at != 0) {
            s->tensor_bytes[i] = 0; /* its room is looked at when the run comes to it */
            continue;
        }
        const tern_type type = tern_value_type(t->value, s->dim_values);
        for (uint32_t a = 0; i < e->plan.header.input_count && a < t->value->rank; a++) {
            if (type.dims[a] != s->shapes[i][a]) {
                return tern_fail(
                    TERN_BAD_SHAPE,
                    "input \"%s\": extent %lld at axis %u, the other inputs ask for %lld", t->name,
                    (long long)s->shapes[i][a], a, (long long)type.dims[a]);
            }
        }
        if (!tern_type_bytes(&type, &s->tensor_bytes[i]) ||
            s->tensor_bytes[i] > t->value->bytes_max) {
            char dims[TERN_DIMS_TEXT_BYTES];
            return tern_fail(
                TERN_BAD_SHAPE,
                "tensor \"%s\": shape %s is larger than the %llu bytes the plan was made for",
                t->name, tern_dims_text(dims, type.rank, type.dims),
                (unsigned long long)t->value->bytes_max);
        }
    }
    return TERN_OK;
}

static tern_status set_type(const tern_context *c, tern_run_state *s, const tern_engine_step *step,
                            uint32_t at)
{
    const tern_plan *p = &c->engine->plan;
    memset(&s->types[at], 0, sizeof s->types[at]);
    if (p->indices[at] == TERN_PLAN_NONE) {
        return TERN_OK;
    }
    const tern_plan_value *v = &p->values[p->indices[at]];
    s->types[at] = tern_value_type(v, s->dim_values);
    return tern_value_check_bytes(step, v, &s->types[at],
                                  v->home == TERN_PLAN_HOME_BINDING ? s->tensor_bytes[v->at]
                                                                    : SIZE_MAX);
}

tern_status tern_context_resolve(tern_context *c)
{
    tern_run_state *s = c->current;
    set_symbols(c, s);
    TERN_TRY(check_bindings(c, s));
    for (uint32_t i = 0; i < c->engine->plan.step_count; i++) {
        const tern_engine_step *step = &c->engine->steps[i];
        const tern_plan_step *r = step->record;
        if (step->uses_data) {
            continue;
        }
        for (uint32_t k = 0; k < r->x_count; k++) {
            TERN_TRY(set_type(c, s, step, r->x_first + k));
        }
        for (uint32_t k = 0; k < r->y_count; k++) {
            TERN_TRY(set_type(c, s, step, r->y_first + k));
        }
        if (!step->is_static && !step->is_late && !step->is_control) {
            TERN_TRY(tern_step_check(c->engine, step, &s->problems[i], NULL, &c->room));
        }
    }
    s->is_resolved = true;
    return TERN_OK;
}
