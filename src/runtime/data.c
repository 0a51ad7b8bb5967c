/* SPDX-License-Identifier: Apache-2.0
 *
 * Extents that depend on data.  Each is written by one step: just before it runs, when the
 * operator's own rule tells it from the contents of shape operands, or when it has run, by an
 * operator that counts.  All is done in a copy of what a run reads, which belongs to the context,
 * as its runs are one behind the other.
 *
 *     engine   dim_step: by dim, 0 known before the run, else 1 + the step that makes it known
 *     run      dims, types, pointers, bytes of outputs: begin() copies the state's, steps go on in
 *     them
 *
 * An output's memory is asked for when the step that writes it begins: all its extents are known
 * then, also when the step makes some of them known.  What an operator counts is never written
 * into a user's memory directly, as its size is not known in time.
 */
#include "base/alloc.h"
#include "runtime/state.h"

#include <string.h>

/* --- when the engine is loaded --- */

static const tern_dim_expr *exprs_of(const tern_engine *e)
{
    return (const tern_dim_expr *)(const void *)e->plan.dims;
}

static uint32_t latest(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t step_of_dim(const tern_engine *e, tern_dim d)
{
    return tern_dim_known(d) ? 0 : e->dim_step[tern_dim_id(d)];
}

static uint32_t step_of_value(const tern_engine *e, const tern_plan_value *v)
{
    uint32_t step = 0;
    for (uint32_t a = 0; a < v->rank; a++) {
        step = latest(step, step_of_dim(e, v->dims[a]));
    }
    return step;
}

/* Does it write places that other steps have written, with the extents of what it writes? */
static bool is_rewriting(const tern_engine_step *step)
{
    return step->op->control == TERN_CONTROL_CARRY || step->op->control == TERN_CONTROL_STORE;
}

/* An extent that depends on data belongs to the first step with a result that is so long. */
static void find_writers(tern_engine *e, uint32_t i)
{
    const tern_plan *p = &e->plan;
    const tern_plan_step *r = &p->steps[i];
    for (uint32_t k = 0; k < r->y_count; k++) {
        const tern_plan_value *v = &p->values[p->indices[r->y_first + k]];
        for (uint32_t a = 0; a < v->rank; a++) {
            const tern_dim d = v->dims[a];
            if (!tern_dim_known(d) && p->dims[tern_dim_id(d)].op == TERN_DIM_DATA &&
                e->dim_step[tern_dim_id(d)] == UINT32_MAX) {
                e->dim_step[tern_dim_id(d)] = i + 1;
                e->steps[i].counts = e->steps[i].op->counts;
                e->steps[i].makes_extents = !e->steps[i].op->counts;
            }
            if (!tern_dim_known(d) && p->dims[tern_dim_id(d)].op == TERN_DIM_DATA &&
                is_rewriting(&e->steps[i])) {
                e->steps[i].makes_extents = true;
            }
        }
    }
}

/* The others follow from their operands, which come before them. */
static tern_status follow_dims(tern_engine *e, const char *who)
{
    for (uint32_t i = 0; i < e->plan.dim_count; i++) {
        const tern_dim_expr *d = &exprs_of(e)[i];
        if (d->op == TERN_DIM_SYMBOL) {
            continue;
        }
        const uint32_t a = step_of_dim(e, d->a);
        if (d->op != TERN_DIM_DATA) {
            e->dim_step[i] = latest(a, d->op == TERN_DIM_SCALE ? 0 : step_of_dim(e, d->b));
        } else if (a > e->dim_step[i]) {
            return tern_fail(TERN_BAD_MODEL,
                             "plan \"%s\": dim expression %u is known before its bound is", who, i);
        }
    }
    return TERN_OK;
}

/* Operands must be known before a step, results when it begins; so must the user's buffers be. */
static tern_status check_place(tern_engine *e, uint32_t i, uint32_t at, uint32_t limit)
{
    const tern_plan *p = &e->plan;
    if (p->indices[at] == TERN_PLAN_NONE) {
        return TERN_OK;
    }
    const tern_plan_value *v = &p->values[p->indices[at]];
    uint32_t step = step_of_value(e, v);
    if (v->home == TERN_PLAN_HOME_BINDING) {
        step = latest(step, e->bindings[v->at].known_at);
    }
    if (step > limit) {
        return tern_fail(TERN_BAD_MODEL, "%s: has a tensor whose shape is not known when it runs",
                         e->steps[i].who);
    }
    e->steps[i].uses_data = e->steps[i].uses_data || step > 0 || v->home == TERN_PLAN_HOME_HEAP;
    return TERN_OK;
}

static tern_status check_step(tern_engine *e, uint32_t i)
{
    const tern_plan_step *r = &e->plan.steps[i];
    e->steps[i].uses_data = r->scratch_bytes == TERN_PLAN_SCRATCH_HEAP;
    for (uint32_t k = 0; k < r->x_count; k++) {
        TERN_TRY(check_place(e, i, r->x_first + k, i));
    }
    for (uint32_t k = 0; k < r->y_count; k++) {
        const tern_plan_value *v = &e->plan.values[e->plan.indices[r->y_first + k]];
        TERN_TRY(check_place(e, i, r->y_first + k, i + 1));
        if (e->steps[i].counts && v->home == TERN_PLAN_HOME_BINDING &&
            e->bindings[v->at].known_at > i) {
            return tern_fail(TERN_BAD_MODEL,
                             "%s: counts elements of output \"%s\", whose memory is not known yet",
                             e->steps[i].who, e->bindings[v->at].name);
        }
    }
    return TERN_OK;
}

static tern_status check_bindings(tern_engine *e)
{
    for (uint32_t i = 0; i < e->plan.binding_count; i++) {
        tern_engine_tensor *t = &e->bindings[i];
        t->known_at = step_of_value(e, t->value);
        if (t->known_at == UINT32_MAX || (t->known_at > 0 && t->record->is_input != 0)) {
            return tern_fail(
                TERN_BAD_MODEL,
                "tensor \"%s\": has an extent that depends on data, and no step to tell it",
                t->name);
        }
    }
    return TERN_OK;
}

tern_status tern_engine_find_data(tern_engine *e, const char *who)
{
    const tern_plan *p = &e->plan;
    e->has_data = (p->header.flags & TERN_PLAN_FLAG_MAY_ALLOCATE) != 0;
    for (uint32_t i = 0; i < p->dim_count; i++) {
        e->has_data = e->has_data || p->dims[i].op == TERN_DIM_DATA;
    }
    if (!e->has_data) {
        return TERN_OK;
    }
    e->dim_step = tern_arena_items(&e->arena, p->dim_count, sizeof *e->dim_step, 8);
    if (e->dim_step == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < p->dim_count; i++) {
        e->dim_step[i] = p->dims[i].op == TERN_DIM_DATA ? UINT32_MAX : 0;
    }
    for (uint32_t i = 0; i < p->step_count; i++) {
        find_writers(e, i);
    }
    TERN_TRY(follow_dims(e, who));
    TERN_TRY(check_bindings(e));
    for (uint32_t i = 0; i < p->step_count; i++) {
        TERN_TRY(check_step(e, i));
    }
    return TERN_OK;
}

/* --- before a step runs --- */

void tern_data_begin(tern_context *c, const tern_run_state *s)
{
    const tern_plan *p = &c->engine->plan;
    memcpy(c->data.dims, s->dim_values, p->dim_count * sizeof *s->dim_values);
    memcpy(c->data.pointers, s->pointers, p->index_count * sizeof *s->pointers);
    memcpy(c->data.bytes, s->tensor_bytes, p->binding_count * sizeof *s->tensor_bytes);
    memset(c->data.is_open, 0, p->binding_count);
}

/* The type at position `at` of the index list, and that it fits; a result's block on the heap is
 * made large enough. */
static tern_status set_type(tern_context *c, const tern_engine_step *step, uint32_t at,
                            bool is_result)
{
    const tern_plan *p = &c->engine->plan;
    memset(&c->data.types[at], 0, sizeof c->data.types[at]);
    if (p->indices[at] == TERN_PLAN_NONE) {
        return TERN_OK;
    }
    const tern_plan_value *v = &p->values[p->indices[at]];
    c->data.types[at] = tern_value_type(v, c->data.dims);
    if (v->home != TERN_PLAN_HOME_HEAP) {
        return tern_value_check_bytes(step, v, &c->data.types[at],
                                      v->home == TERN_PLAN_HOME_BINDING ? c->data.bytes[v->at]
                                                                        : SIZE_MAX);
    }
    size_t bytes = 0;
    TERN_TRY(tern_value_check_bytes(step, v, &c->data.types[at], SIZE_MAX));
    (void)tern_type_bytes(&c->data.types[at], &bytes);
    if (is_result) {
        const bool keep = step->op->control != TERN_CONTROL_NONE; /* it adds to what is there */
        TERN_TRY(tern_heap_grow(c, (uint32_t)v->at, bytes, keep, step->who));
    }
    return TERN_OK;
}

static bool is_written_by(const tern_engine *e, tern_dim d, uint32_t i)
{
    return !tern_dim_known(d) && e->plan.dims[tern_dim_id(d)].op == TERN_DIM_DATA &&
           (e->dim_step[tern_dim_id(d)] == i + 1 || is_rewriting(&e->steps[i]));
}

/* Writes the extents of result k that step i makes known. */
static tern_status write_extents(tern_context *c, uint32_t i, uint32_t k, int32_t rank,
                                 const int64_t *extents)
{
    const tern_engine *e = c->engine;
    const tern_plan_step *r = &e->plan.steps[i];
    const tern_plan_value *v = &e->plan.values[e->plan.indices[r->y_first + k]];
    for (uint32_t a = 0; a < v->rank; a++) {
        const tern_dim d = v->dims[a];
        if (!is_written_by(e, d, i)) {
            continue;
        }
        const int64_t most = tern_dim_evaluate_one(exprs_of(e), tern_dim_id(d), c->data.dims);
        const int64_t extent = (int32_t)a < rank ? extents[a] : -1;
        if (extent < 0 || extent > most) {
            return tern_fail(
                TERN_BAD_SHAPE,
                "%s: result %u would be %lld long along axis %u, the plan has room for %lld",
                e->steps[i].who, k, (long long)extent, a, (long long)most);
        }
        c->data.dims[tern_dim_id(d)] = extent;
    }
    return TERN_OK;
}

/* Evaluates again what depends on extents, those that are not known yet still at their bounds. */
static void follow_extents(tern_context *c, uint32_t i)
{
    const tern_engine *e = c->engine;
    for (uint32_t k = 0; k < e->plan.dim_count; k++) {
        const bool is_written = exprs_of(e)[k].op == TERN_DIM_DATA && e->dim_step[k] <= i + 1;
        if (e->dim_step[k] != 0 && !is_written) {
            c->data.dims[k] = tern_dim_evaluate_one(exprs_of(e), k, c->data.dims);
        }
    }
}

/* The user's memory for an output of `bytes`: asked for, or what was bound. */
static tern_status find_memory(tern_context *c, const tern_run_state *s, uint32_t binding,
                               size_t bytes, void **out_address)
{
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    const tern_output_allocator *a = &c->allocators[binding];
    *out_address = s->addresses[binding];
    if (a->reallocate == NULL) {
        if (*out_address == NULL && bytes > 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "output \"%s\": no address is bound to it",
                             t->name);
        }
        if (s->room_bytes[binding] < bytes) {
            return tern_fail(TERN_BAD_SHAPE,
                             "output \"%s\": takes %zu bytes, the block at %p has %zu left",
                             t->name, bytes, *out_address, s->room_bytes[binding]);
        }
        return TERN_OK;
    }
    void *const current = c->data.memory[binding] != NULL ? c->data.memory[binding] : *out_address;
    *out_address = a->reallocate(a->self, t->name, current, bytes, TERN_TENSOR_ALIGN);
    c->data.memory[binding] = *out_address;
    if (*out_address == NULL && bytes > 0) {
        return tern_fail(TERN_OUT_OF_MEMORY,
                         "output \"%s\": its allocator gave no memory for %zu bytes", t->name,
                         bytes);
    }
    return TERN_OK;
}

/* An output whose shape has become known: its memory is found, and its owner told the shape. */
static tern_status open_output(tern_context *c, const tern_run_state *s, uint32_t binding)
{
    const tern_engine *e = c->engine;
    const tern_engine_tensor *t = &e->bindings[binding];
    const tern_type type = tern_value_type(t->value, c->data.dims);
    size_t bytes = 0;
    if (!tern_type_bytes(&type, &bytes) || bytes > t->value->bytes_max) {
        char dims[TERN_DIMS_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE,
            "output \"%s\": shape %s is larger than the %llu bytes the plan was made for", t->name,
            tern_dims_text(dims, type.rank, type.dims), (unsigned long long)t->value->bytes_max);
    }
    void *address = NULL;
    TERN_TRY(find_memory(c, s, binding, bytes, &address));
    c->data.bytes[binding] = bytes;
    for (uint32_t i = 0; i < t->place_count; i++) {
        c->data.pointers[e->places[t->place_first + i]] = address;
    }
    const tern_output_allocator *a = &c->allocators[binding];
    if (a->reallocate != NULL && a->shape != NULL) {
        const int32_t hidden = tern_hidden_rank(e, t);
        a->shape(a->self, t->name, type.rank - hidden, type.dims + hidden);
    }
    return TERN_OK;
}

/* Extents that step i writes count as their bounds until it has written them, also when it runs
 * again. */
static void reset_extents(tern_context *c, uint32_t i)
{
    const tern_engine *e = c->engine;
    const tern_plan_step *r = &e->plan.steps[i];
    for (uint32_t k = 0; k < r->y_count; k++) {
        const tern_plan_value *v = &e->plan.values[e->plan.indices[r->y_first + k]];
        for (uint32_t a = 0; a < v->rank; a++) {
            if (is_written_by(e, v->dims[a], i)) {
                const uint32_t id = tern_dim_id(v->dims[a]);
                c->data.dims[id] = tern_dim_evaluate_one(exprs_of(e), id, c->data.dims);
            }
        }
        c->data.types[r->y_first + k] = tern_value_type(v, c->data.dims);
    }
}

static tern_status make_extents(tern_context *c, uint32_t i, const tern_problem *problem,
                                const void *const *x)
{
    tern_type y[TERN_OP_MAX_OUTPUTS];
    TERN_TRY(tern_step_infer(c->engine, &c->engine->steps[i], problem, x, &c->run_room, y));
    for (int32_t k = 0; k < problem->y_count; k++) {
        TERN_TRY(write_extents(c, i, (uint32_t)k, y[k].rank, y[k].dims));
    }
    follow_extents(c, i);
    return TERN_OK;
}

/* The result at position `at` of the index list: an output whose shape depends on data gets its
 * memory. */
static tern_status open_result(tern_context *c, const tern_run_state *s, uint32_t at)
{
    const tern_plan_value *v = &c->engine->plan.values[c->engine->plan.indices[at]];
    if (v->home != TERN_PLAN_HOME_BINDING || c->engine->bindings[v->at].known_at == 0 ||
        c->data.is_open[v->at] != 0) {
        return TERN_OK;
    }
    c->data.is_open[v->at] = 1;
    return open_output(c, s, (uint32_t)v->at);
}

/* A result may have moved the block that another tensor of the step is in too. */
static tern_status follow_blocks(tern_context *c, const tern_engine_step *step, uint32_t first,
                                 uint32_t count)
{
    const tern_plan *p = &c->engine->plan;
    for (uint32_t at = first; at < first + count; at++) {
        if (p->indices[at] == TERN_PLAN_NONE ||
            p->values[p->indices[at]].home != TERN_PLAN_HOME_HEAP) {
            continue;
        }
        size_t bytes = 0;
        const tern_heap_block *block = &c->heap[p->values[p->indices[at]].at];
        if (!tern_type_bytes(&c->data.types[at], &bytes) || block->data == NULL ||
            bytes > block->bytes) {
            return tern_fail(TERN_BAD_MODEL, "%s: reads a tensor that no step has written",
                             step->who);
        }
        c->data.pointers[at] = block->data;
    }
    return TERN_OK;
}

static tern_status find_scratch(tern_context *c, const tern_engine_step *step, tern_launch *launch)
{
    const uint32_t block = c->engine->plan.header.heap_count;
    const size_t bytes = step->tactic->scratch != NULL ? step->tactic->scratch(launch->problem) : 0;
    TERN_TRY(tern_heap_grow(c, block, bytes, false, step->who));
    launch->scratch = c->heap[block].data;
    return TERN_OK;
}

tern_status tern_data_prepare(tern_context *c, const tern_run_state *s, uint32_t i,
                              tern_problem *out_problem, tern_launch *launch)
{
    const tern_engine_step *step = &c->engine->steps[i];
    const tern_plan_step *r = step->record;
    const void *const *x = (const void *const *)(void *)(c->data.pointers + r->x_first);
    *out_problem =
        tern_step_problem(c->engine, step, c->data.types + r->x_first, c->data.types + r->y_first);
    for (uint32_t k = 0; k < r->x_count; k++) {
        TERN_TRY(set_type(c, step, r->x_first + k, false));
    }
    TERN_TRY(follow_blocks(c, step, r->x_first, r->x_count));
    if (step->makes_extents || step->counts) {
        reset_extents(c, i);
    }
    if (step->makes_extents) {
        TERN_TRY(make_extents(c, i, out_problem, x));
    }
    for (uint32_t k = 0; k < r->y_count; k++) {
        TERN_TRY(open_result(c, s, r->y_first + k));
        TERN_TRY(set_type(c, step, r->y_first + k, true));
    }
    TERN_TRY(follow_blocks(c, step, r->x_first, r->x_count));
    TERN_TRY(follow_blocks(c, step, r->y_first, r->y_count));
    launch->problem = out_problem;
    launch->x = x;
    launch->y = c->data.pointers + r->y_first;
    TERN_TRY(tern_step_check(c->engine, step, out_problem, x, &c->run_room));
    return r->scratch_bytes == TERN_PLAN_SCRATCH_HEAP ? find_scratch(c, step, launch) : TERN_OK;
}

/* --- after it --- */

tern_status tern_data_finish(tern_context *c, uint32_t i, int64_t (*extents)[TERN_MAX_RANK])
{
    const tern_plan_step *r = &c->engine->plan.steps[i];
    for (uint32_t k = 0; k < r->y_count; k++) {
        TERN_TRY(write_extents(c, i, k, c->data.types[r->y_first + k].rank, extents[k]));
    }
    follow_extents(c, i);
    return TERN_OK;
}

bool tern_data_is_known(const tern_context *c)
{
    return c->data.is_wanted && (atomic_load(&c->done) & ~1u) == c->next && c->data.end == c->next;
}
