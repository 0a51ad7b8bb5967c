/* SPDX-License-Identifier: Apache-2.0
 *
 * Optimization profiles: what a user says of the extents that vary, and what that means for the
 * symbols of a graph.
 */
#include "build/build.h"

#include "base/alloc.h"
#include "base/array.h"

tern_profile_entry *tern_profile_find(const tern_profile *profile, tern_str input)
{
    for (size_t i = 0; i < profile->entry_count; i++) {
        if (tern_str_is(input, profile->entries[i].input)) {
            return &profile->entries[i];
        }
    }
    return NULL;
}

tern_status tern_profile_entry_get(tern_profile *profile, const char *input,
                                   tern_profile_entry **out_entry)
{
    *out_entry = tern_profile_find(profile, tern_str_of(input));
    if (*out_entry != NULL) {
        return TERN_OK;
    }
    TERN_TRY(tern_array_grow(profile->allocator, &profile->entries, &profile->entry_capacity,
                             profile->entry_count + 1, sizeof *profile->entries));
    const char *copy = tern_arena_strdup(&profile->arena, input);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *out_entry = &profile->entries[profile->entry_count++];
    **out_entry = (tern_profile_entry){.input = copy};
    return TERN_OK;
}

static bool ordered(const int64_t *low, const int64_t *mid, const int64_t *high, int32_t count,
                    int64_t least)
{
    for (int32_t i = 0; i < count; i++) {
        if (low[i] < least || low[i] > mid[i] || mid[i] > high[i]) {
            return false;
        }
    }
    return true;
}

static bool entry_consistent(const tern_profile_entry *e)
{
    if (e->has_shape[0] || e->has_shape[1] || e->has_shape[2]) {
        const bool complete = e->has_shape[0] && e->has_shape[1] && e->has_shape[2];
        if (!complete || e->shape[0].count != e->shape[1].count ||
            e->shape[0].count != e->shape[2].count ||
            !ordered(e->shape[0].v, e->shape[1].v, e->shape[2].v, e->shape[0].count, 0)) {
            return false;
        }
    }
    if (e->has_values[0] || e->has_values[1] || e->has_values[2]) {
        const bool complete = e->has_values[0] && e->has_values[1] && e->has_values[2];
        if (!complete || e->value_count[0] != e->value_count[1] ||
            e->value_count[0] != e->value_count[2] ||
            !ordered(e->values[0], e->values[1], e->values[2], e->value_count[0], INT64_MIN)) {
            return false;
        }
    }
    return true;
}

bool tern_profile_consistent(const tern_profile *profile, const char **out_input)
{
    for (size_t i = 0; i < profile->entry_count; i++) {
        if (!entry_consistent(&profile->entries[i])) {
            *out_input = profile->entries[i].input;
            return false;
        }
    }
    return true;
}

void tern_profile_free(tern_profile *profile)
{
    if (profile == NULL) {
        return;
    }
    tern_array_free(profile->allocator, &profile->entries, &profile->entry_capacity,
                    sizeof *profile->entries);
    tern_arena_destroy(&profile->arena);
    tern_free(profile->allocator, profile, sizeof *profile);
}

static tern_status copy_entry(tern_profile *dst, const tern_profile_entry *e)
{
    tern_profile_entry *copy = NULL;
    TERN_TRY(tern_profile_entry_get(dst, e->input, &copy));
    const char *name = copy->input;
    *copy = *e;
    copy->input = name;
    for (int k = 0; k < 3; k++) {
        if (e->value_count[k] > 0) {
            copy->values[k] =
                tern_arena_copy(&dst->arena, e->values[k],
                                (size_t)e->value_count[k] * sizeof(int64_t), _Alignof(int64_t));
            if (copy->values[k] == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
        }
    }
    return TERN_OK;
}

tern_status tern_profile_copy(const tern_profile *src, tern_allocator allocator,
                              tern_profile **out_profile)
{
    *out_profile = NULL;
    tern_profile *profile = tern_alloc_zero(allocator, sizeof *profile, _Alignof(tern_profile));
    if (profile == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    profile->allocator = allocator;
    profile->logger = src->logger;
    tern_arena_init(&profile->arena, allocator);
    for (size_t i = 0; i < src->entry_count; i++) {
        const tern_status status = copy_entry(profile, &src->entries[i]);
        if (status != TERN_OK) {
            tern_profile_free(profile);
            return status;
        }
    }
    *out_profile = profile;
    return TERN_OK;
}

/* --- what profiles mean for a graph --- */

static tern_status check_shape_entry(const tern_value *input, const tern_profile_entry *e,
                                     size_t profile)
{
    const int length = (int)input->name.len;
    if (e->shape[0].count != input->type.rank) {
        return tern_fail(TERN_BAD_SHAPE,
                         "profile %zu: input \"%.*s\" has rank %d, its range has rank %d", profile,
                         length, input->name.at, (int)input->type.rank, (int)e->shape[0].count);
    }
    for (int32_t axis = 0; axis < input->type.rank; axis++) {
        const tern_dim d = input->type.dims[axis];
        if (tern_dim_known(d) && (e->shape[0].v[axis] != d || e->shape[2].v[axis] != d)) {
            return tern_fail(
                TERN_BAD_SHAPE,
                "profile %zu: input \"%.*s\" is %lld along axis %d, its range there is %lld..%lld",
                profile, length, input->name.at, (long long)d, (int)axis,
                (long long)e->shape[0].v[axis], (long long)e->shape[2].v[axis]);
        }
    }
    return TERN_OK;
}

/* The symbol's bounds cover every profile's range. */
static void widen_symbol(tern_build_state *b, tern_dim d, int64_t low, int64_t high, bool is_first)
{
    if (tern_dim_known(d)) {
        return;
    }
    const tern_dim_expr *e = &b->graph->dims.exprs[tern_dim_id(d)];
    if (e->op != TERN_DIM_SYMBOL) {
        return;
    }
    tern_dim_symbol *s = &b->graph->dims.symbols[e->a];
    s->low = is_first || low < s->low ? low : s->low;
    s->high = is_first || high > s->high ? high : s->high;
}

static tern_status apply_entry(tern_build_state *b, const tern_value *input,
                               const tern_profile_entry *e, size_t profile)
{
    if (!tern_type_is_static(&input->type)) {
        if (e == NULL || !e->has_shape[0]) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "input \"%.*s\": its shape varies but profile %zu gives no range for "
                             "it; call set_shape "
                             "with minimum, optimum and maximum",
                             (int)input->name.len, input->name.at, profile);
        }
        for (int32_t axis = 0; axis < input->type.rank && axis < e->shape[0].count; axis++) {
            widen_symbol(b, input->type.dims[axis], e->shape[0].v[axis], e->shape[2].v[axis],
                         profile == 0);
        }
    }
    if (e != NULL && e->has_shape[0]) {
        TERN_TRY(check_shape_entry(input, e, profile));
    }
    if (!input->is_shape_input) {
        return TERN_OK;
    }
    if (e == NULL || !e->has_values[0] || e->value_count[0] != input->content_count) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "input \"%.*s\": its %d values set shapes but profile %zu gives no range "
                         "of as many values; call "
                         "set_shape_input with minimum, optimum and maximum",
                         (int)input->name.len, input->name.at, (int)input->content_count, profile);
    }
    for (int32_t i = 0; i < input->content_count; i++) {
        widen_symbol(b, input->content[i], e->values[0][i], e->values[2][i], profile == 0);
    }
    return TERN_OK;
}

static tern_status check_names(const tern_build_state *b, const tern_profile *profile, size_t index)
{
    for (size_t i = 0; i < profile->entry_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < b->graph->input_count && !found; k++) {
            found =
                tern_str_is(b->graph->values[b->graph->inputs[k]].name, profile->entries[i].input);
        }
        if (!found) {
            return tern_fail(TERN_INVALID_ARGUMENT, "profile %zu: the network has no input \"%s\"",
                             index, profile->entries[i].input);
        }
    }
    return TERN_OK;
}

tern_status tern_build_profiles(tern_build_state *b)
{
    tern_graph *g = b->graph;
    bool varies = false;
    for (uint32_t i = 0; i < g->input_count; i++) {
        const tern_value *input = tern_graph_value(g, g->inputs[i]);
        if (!tern_type_is_static(&input->type) || input->is_shape_input) {
            varies = true;
            if (b->config->profile_count == 0) {
                return tern_fail(TERN_INVALID_ARGUMENT,
                                 "input \"%.*s\": its %s but the config has no optimization "
                                 "profile; add one with "
                                 "add_optimization_profile",
                                 (int)input->name.len, input->name.at,
                                 input->is_shape_input ? "values set shapes" : "shape varies");
            }
        }
    }
    for (size_t p = 0; p < b->config->profile_count; p++) {
        TERN_TRY(check_names(b, b->config->profiles[p], p));
        for (uint32_t i = 0; varies && i < g->input_count; i++) {
            const tern_value *input = tern_graph_value(g, g->inputs[i]);
            TERN_TRY(
                apply_entry(b, input, tern_profile_find(b->config->profiles[p], input->name), p));
        }
    }
    /* narrower ranges make simpler expressions */
    return varies ? tern_graph_infer(g) : TERN_OK;
}
