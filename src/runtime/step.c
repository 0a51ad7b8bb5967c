/* SPDX-License-Identifier: Apache-2.0
 *
 * One step with actual numbers: its types are inferred again by the operator's own rule and
 * compared, the tactic is asked, and packed weights and scratch must suffice.  Static steps are
 * checked when the engine is loaded, dynamic ones whenever shapes change, late ones (shape
 * operands computed by other steps) when they run.  Nothing here allocates.
 */
#include "runtime/runtime.h"

#include <string.h>

enum { MAX_CONTENTS = 8 }; /* shape operands of one operator */

tern_type tern_value_type(const tern_plan_value *value, const int64_t *dim_values)
{
    tern_type t;
    memset(&t, 0, sizeof t);
    t.dtype = value->dtype;
    t.layout = value->layout;
    t.rank = value->rank;
    for (uint32_t a = 0; a < value->rank; a++) {
        t.dims[a] =
            dim_values != NULL ? tern_dim_value(value->dims[a], dim_values) : value->dims[a];
    }
    return t;
}

tern_status tern_value_check_bytes(const tern_engine_step *step, const tern_plan_value *v,
                                   const tern_type *t, size_t room)
{
    size_t bytes = 0;
    if (!tern_type_bytes(t, &bytes) || bytes > v->bytes_max || bytes > room) {
        char dims[TERN_DIMS_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE, "%s: a tensor %s is larger than the %llu bytes the plan was made for",
            step->who, tern_dims_text(dims, t->rank, t->dims), (unsigned long long)v->bytes_max);
    }
    return TERN_OK;
}

tern_problem tern_step_problem(const tern_engine *engine, const tern_engine_step *step,
                               const tern_type *x, const tern_type *y)
{
    const tern_plan_step *r = step->record;
    return (tern_problem){
        .op = step->op,
        .attr = step->attr,
        .epilogue = step->epilogue,
        .x_count = (int32_t)r->x_count,
        .y_count = (int32_t)r->y_count,
        .own_count = (int32_t)r->own_count,
        .x = x,
        .y = y,
        .x_data = engine->x_data + r->x_first,
        .isa = engine->isa,
        .threads = engine->plan.header.threads > 0 ? engine->plan.header.threads : 1,
        .device = TERN_DEVICE_KIND_CPU,
        .dynamic = !step->is_static,
    };
}

/* The elements of a small integer operand as dims; false when it has none. */
static bool read_content(const tern_type *t, const void *data, int64_t out[TERN_CONTENT_MAX])
{
    const tern_dtype_info *info = tern_dtype_find(t->dtype);
    int64_t count = 0;
    if (data == NULL || info == NULL || info->class_ != TERN_CLASS_I ||
        !tern_type_volume(t, &count) || count > TERN_CONTENT_MAX) {
        return false;
    }
    tern_widen((tern_dtype)t->dtype, data, count, out);
    for (int64_t i = 0; i < count; i++) {
        out[i] = out[i] > INT64_MIN / 2 ? out[i] : INT64_MIN / 2 + 1;
    }
    return true;
}

/* Memory in which an infer call works. */
typedef struct infer_room {
    int64_t contents[MAX_CONTENTS][TERN_CONTENT_MAX];
    tern_dim y_content[TERN_OP_MAX_OUTPUTS][TERN_CONTENT_MAX];
    bool y_known[TERN_OP_MAX_OUTPUTS];
    tern_type y[TERN_OP_MAX_OUTPUTS];
} infer_room;

/* Numbers fold without memory; whoever asks for some has made an expression, and there are none
 * here. */
static void *no_memory(void *self, void *block, size_t old_size, size_t new_size, size_t align)
{
    (void)self, (void)block, (void)old_size, (void)new_size, (void)align;
    return NULL;
}

static tern_status infer(const tern_engine *e, const tern_engine_step *step, const tern_problem *p,
                         const void *const *x, const tern_step_room *room, infer_room *r)
{
    int contents = 0;
    for (int32_t i = 0; i < p->own_count; i++) {
        room->x_content[i] = NULL;
        const bool is_shape = i < 32 && (step->op->shape_operands >> i & 1) != 0;
        const void *data = p->x_data[i] != NULL ? p->x_data[i] : x != NULL ? x[i] : NULL;
        room->x_data[i] = is_shape ? data : p->x_data[i];
        if (is_shape && contents < MAX_CONTENTS &&
            read_content(&p->x[i], data, r->contents[contents])) {
            room->x_content[i] = r->contents[contents++];
        }
    }
    if (step->attr != NULL) {
        memcpy(room->attr, step->attr, step->op->attr_size);
    }
    memcpy(r->y, p->y, (size_t)p->y_count * sizeof *p->y);
    tern_dim_table dims;
    const tern_allocator allocator = {NULL, no_memory};
    tern_dim_table_init(&dims, allocator, NULL);
    tern_infer in = {
        .op = step->op,
        .who = step->who,
        .x_names = e->x_names + step->record->x_first,
        .dims = &dims,
        .attr = step->attr != NULL ? room->attr : NULL,
        .x_count = p->own_count,
        .y_count = p->y_count,
        .x = p->x,
        .x_content = room->x_content,
        .x_data = room->x_data,
        .y = r->y,
        .y_content = r->y_content,
        .y_content_known = r->y_known,
        .y_before = step->op->counts ? p->y : NULL,
        .y_is_room = step->op->counts,
    };
    return tern_op_infer(&in);
}

tern_status tern_step_infer(const tern_engine *engine, const tern_engine_step *step,
                            const tern_problem *problem, const void *const *x,
                            const tern_step_room *room, tern_type *out_y)
{
    infer_room r;
    TERN_TRY(infer(engine, step, problem, x, room, &r));
    memcpy(out_y, r.y, (size_t)problem->y_count * sizeof *out_y);
    return TERN_OK;
}

/* Are the plan's result types the ones that were inferred?  An epilogue may change the element
 * type, not the shape. */
static tern_status compare_results(const tern_engine_step *step, const tern_problem *p,
                                   const tern_type *y)
{
    for (int32_t i = 0; i < p->y_count; i++) {
        const bool same = y[i].rank == p->y[i].rank &&
                          memcmp(y[i].dims, p->y[i].dims, y[i].rank * sizeof y[i].dims[0]) == 0 &&
                          (y[i].dtype == p->y[i].dtype || p->epilogue != NULL);
        if (!same) {
            char has[TERN_DIMS_TEXT_BYTES], gives[TERN_DIMS_TEXT_BYTES];
            return tern_fail(TERN_BAD_MODEL,
                             "%s: result %d is %s%s in the plan, the operator gives %s%s",
                             step->who, i, tern_dtype_name((tern_dtype)p->y[i].dtype),
                             tern_dims_text(has, p->y[i].rank, p->y[i].dims),
                             tern_dtype_name((tern_dtype)y[i].dtype),
                             tern_dims_text(gives, y[i].rank, y[i].dims));
        }
    }
    return TERN_OK;
}

static tern_status check_layouts(const tern_engine_step *step, const tern_problem *p)
{
    const tern_tactic *t = step->tactic;
    bool ok = p->y[0].layout == t->y_layout && (p->x_count == 0 || p->x[0].layout == t->x_layout);
    for (int32_t i = 1; i < p->x_count; i++) {
        ok = ok && p->x[i].layout == TERN_LAYOUT_LINEAR;
    }
    for (int32_t i = 1; i < p->y_count; i++) {
        ok = ok && p->y[i].layout == TERN_LAYOUT_LINEAR;
    }
    return ok ? TERN_OK
              : tern_fail(TERN_BAD_MODEL, "%s: tactic \"%s\" does not work on these memory layouts",
                          step->who, t->name);
}

static tern_status check_sizes(const tern_engine *e, const tern_engine_step *step,
                               const tern_problem *p)
{
    const tern_tactic *t = step->tactic;
    const tern_plan_step *r = step->record;
    const uint64_t packed =
        r->packed_blob != TERN_PLAN_NONE ? e->plan.blobs[r->packed_blob].size : 0;
    const uint64_t needs_packed = t->packed_bytes != NULL ? t->packed_bytes(p) : 0;
    if (needs_packed > packed) {
        return tern_fail(TERN_BAD_MODEL,
                         "%s: tactic \"%s\" needs %llu bytes of packed weights, the plan has %llu",
                         step->who, t->name, (unsigned long long)needs_packed,
                         (unsigned long long)packed);
    }
    const uint64_t scratch = t->scratch != NULL ? t->scratch(p) : 0;
    if (scratch > r->scratch_bytes) {
        return tern_fail(
            TERN_BAD_MODEL, "%s: tactic \"%s\" needs %llu bytes of scratch, the plan has %llu",
            step->who, t->name, (unsigned long long)scratch, (unsigned long long)r->scratch_bytes);
    }
    return TERN_OK;
}

tern_status tern_step_check(const tern_engine *engine, const tern_engine_step *step,
                            const tern_problem *problem, const void *const *x,
                            const tern_step_room *room)
{
    infer_room r;
    TERN_TRY(infer(engine, step, problem, x, room, &r));
    TERN_TRY(compare_results(step, problem, r.y));
    /* Infer normalises attributes; a tactic may rely on that (an axis that is not negative). */
    if (step->attr != NULL && !tern_attr_equal(step->op->attrs, step->attr, room->attr)) {
        return tern_fail(TERN_BAD_MODEL, "%s: its attributes are not in normal form", step->who);
    }
    TERN_TRY(check_layouts(step, problem));
    TERN_TRY(tern_problem_check_epilogue(problem, step->who));
    const char *why_not = NULL;
    if (step->tactic->accepts != NULL && !step->tactic->accepts(problem, &why_not)) {
        return tern_fail(TERN_BAD_MODEL, "%s: tactic \"%s\" does not take it: %s", step->who,
                         step->tactic->name, why_not != NULL ? why_not : "no reason given");
    }
    return check_sizes(engine, step, problem);
}

/* --- static steps --- */

static tern_status check_value_bytes(const tern_engine_step *step, const tern_plan_value *v,
                                     const tern_type *t)
{
    size_t bytes = 0;
    if (!tern_type_bytes(t, &bytes) || bytes > v->bytes_max) {
        char dims[TERN_DIMS_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_MODEL, "%s: a tensor %s needs more than the %llu bytes that the plan gives it",
            step->who, tern_dims_text(dims, t->rank, t->dims), (unsigned long long)v->bytes_max);
    }
    return TERN_OK;
}

static tern_status check_one(const tern_engine *e, const tern_engine_step *step, tern_type *types,
                             const tern_step_room *room)
{
    const tern_plan *p = &e->plan;
    const tern_plan_step *r = step->record;
    for (uint32_t i = 0; i < r->x_count + r->y_count; i++) {
        const uint32_t index =
            p->indices[i < r->x_count ? r->x_first + i : r->y_first + (i - r->x_count)];
        memset(&types[i], 0, sizeof types[i]);
        if (index != TERN_PLAN_NONE) {
            types[i] = tern_value_type(&p->values[index], NULL);
            TERN_TRY(check_value_bytes(step, &p->values[index], &types[i]));
        }
    }
    const tern_problem problem = tern_step_problem(e, step, types, types + r->x_count);
    return tern_step_check(e, step, &problem, NULL, room);
}

tern_status tern_engine_check_static(tern_engine *e)
{
    const size_t slots = e->x_count_max + TERN_OP_MAX_OUTPUTS;
    const tern_arena_mark mark = tern_arena_mark_now(&e->arena);
    tern_type *types = tern_arena_items(&e->arena, slots, sizeof *types, 8);
    const tern_step_room room = {
        .attr = tern_arena_zero(&e->arena, e->attr_bytes_max + 16, 16),
        .x_content = tern_arena_items(&e->arena, slots, sizeof *room.x_content, 8),
        .x_data = tern_arena_items(&e->arena, slots, sizeof *room.x_data, 8),
    };
    const bool has_room =
        types != NULL && room.attr != NULL && room.x_content != NULL && room.x_data != NULL;
    tern_status status = has_room ? TERN_OK : TERN_OUT_OF_MEMORY;
    for (uint32_t i = 0; status == TERN_OK && i < e->plan.step_count; i++) {
        if (e->steps[i].is_static && !e->steps[i].is_late && !e->steps[i].is_control) {
            status = check_one(e, &e->steps[i], types, &room);
        }
    }
    tern_arena_reset(&e->arena, mark);
    return status;
}
