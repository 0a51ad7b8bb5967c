/* SPDX-License-Identifier: Apache-2.0
 *
 * From a plan's numbers and names to operators, tactics and attributes.  plan/check.c has
 * checked every index; whatever depends on operators is checked here, so that a plan with right
 * checksums and wrong content is refused, not run.
 */
#include "runtime/state.h"

#include <string.h>

_Static_assert(TERN_PLAN_DIM_BASE == TERN_DIM_EXPR_BASE, "one encoding of dims");
_Static_assert((int)TERN_PLAN_DIM_OP_SYMBOL == (int)TERN_DIM_SYMBOL, "one encoding of dims");
_Static_assert((int)TERN_PLAN_DIM_OP_SCALE == (int)TERN_DIM_SCALE, "one encoding of dims");
_Static_assert((int)TERN_PLAN_DIM_OP_DATA == (int)TERN_DIM_DATA, "one encoding of dims");
_Static_assert((int)TERN_PLAN_DIM_OP_LAST == (int)TERN_DIM_DATA, "one encoding of dims");
_Static_assert(sizeof(tern_plan_dim) == sizeof(tern_dim_expr), "evaluated in place");
_Static_assert(offsetof(tern_plan_dim, a) == offsetof(tern_dim_expr, a), "evaluated in place");

/* --- programs --- */

/* What this machine or library lacks for a program; false when nothing. */
static bool lacks(const tern_plan *plan, tern_text *out)
{
    const tern_plan_header *h = &plan->header;
    const uint32_t cpu = 1u << TERN_DEVICE_KIND_CPU;
    const tern_isa have = tern_isa_detect();
    bool any = false;
    if (h->isa > (uint32_t)TERN_ISA_AVX512BF16) {
        tern_text_add(out, " needs instruction-set level %u, which this library does not know;",
                      h->isa);
        any = true;
    } else if (h->isa > (uint32_t)have) {
        tern_text_add(out, " needs %s, this machine has %s;", tern_isa_name((tern_isa)h->isa),
                      tern_isa_name(have));
        any = true;
    }
    if ((h->devices & ~cpu) != 0) {
        tern_text_add(out, " needs a CUDA device;");
        any = true;
    }
    if (plan->needs.size > 0) {
        tern_text_add(out, " needs \"%.*s\";", (int)plan->needs.size,
                      plan->strings + plan->needs.at);
        any = true;
    }
    return any;
}

tern_status tern_program_choose(tern_plan *plan, const char *who)
{
    char buffer[400];
    tern_text list;
    tern_text_init_fixed(&list, buffer, sizeof buffer);
    const tern_plan first = *plan;
    for (uint32_t i = 0; i < first.program_count; i++) {
        tern_plan_program(&first, i, plan);
        tern_text_add(&list, " program %u", i);
        if (!lacks(plan, &list)) {
            return TERN_OK;
        }
    }
    return tern_fail(TERN_VERSION,
                     "plan \"%s\": none of its programs runs here:%s build it for this machine",
                     who, tern_text_get(&list));
}

/* --- steps --- */

static tern_status check_types(const tern_plan *plan, const char *who)
{
    for (uint32_t i = 0; i < plan->value_count; i++) {
        const tern_plan_value *v = &plan->values[i];
        if (tern_dtype_find(v->dtype) == NULL || strcmp(tern_layout_name(v->layout), "?") == 0) {
            return tern_fail(
                TERN_VERSION,
                "plan \"%s\": value %u has type %u and layout %u, unknown to this library", who, i,
                v->dtype, v->layout);
        }
    }
    return TERN_OK;
}

static tern_str plan_text(const tern_plan *plan, tern_plan_str s)
{
    return (tern_str){plan->strings + s.at, s.size};
}

static tern_status find_tactic(tern_engine *e, tern_engine_step *step)
{
    const tern_plan_step *r = step->record;
    const tern_str name = plan_text(&e->plan, r->tactic);
    if (r->device != TERN_DEVICE_KIND_CPU) {
        return tern_fail(TERN_UNSUPPORTED, "%s: runs on device %u, this library has the CPU only",
                         step->who, r->device);
    }
    step->tactic = tern_tactic_find(step->op, TERN_DEVICE_KIND_CPU, name.at, name.len);
    if (step->tactic == NULL) {
        return tern_fail(TERN_VERSION,
                         "%s: tactic \"%.*s\" is not in this library; build the plan again",
                         step->who, (int)name.len, name.at);
    }
    if (step->tactic->isa > e->isa) {
        return tern_fail(TERN_BAD_MODEL, "%s: tactic \"%s\" needs %s, the plan says %s", step->who,
                         step->tactic->name, tern_isa_name(step->tactic->isa),
                         tern_isa_name(e->isa));
    }
    return TERN_OK;
}

static tern_status decode_attr(tern_engine *e, tern_engine_step *step)
{
    const tern_plan_step *r = step->record;
    const tern_op *op = step->op;
    if (op->attrs == NULL || op->attr_size == 0) {
        return r->attr_size == 0
                   ? TERN_OK
                   : tern_fail(TERN_BAD_MODEL, "%s: has attributes, the operator has none",
                               step->who);
    }
    void *attr = tern_arena_zero(&e->arena, op->attr_size, 16);
    if (attr == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(
        tern_attr_decode(op->attrs, attr, e->plan.attrs + r->attr_at, r->attr_size, step->who));
    step->attr = attr;
    e->attr_bytes_max = op->attr_size > e->attr_bytes_max ? op->attr_size : e->attr_bytes_max;
    return TERN_OK;
}

static bool value_is_static(const tern_plan_value *v)
{
    for (uint32_t a = 0; a < v->rank; a++) {
        if (!tern_dim_known(v->dims[a])) {
            return false;
        }
    }
    return true;
}

/* Constant operands, whether all types are numbers, whether shape operands are constants. */
static tern_status look_at_operands(tern_engine *e, tern_engine_step *step)
{
    const tern_plan *p = &e->plan;
    const tern_plan_step *r = step->record;
    step->is_static = true;
    for (uint32_t i = 0; i < r->x_count; i++) {
        const uint32_t at = r->x_first + i;
        if (p->indices[at] == TERN_PLAN_NONE) {
            continue;
        }
        const tern_plan_value *v = &p->values[p->indices[at]];
        const uint32_t bit = i < 32 ? 1u << i : 0;
        step->is_static = step->is_static && value_is_static(v);
        if (v->home == TERN_PLAN_HOME_BLOB) {
            e->x_data[at] = p->weights + p->blobs[v->at].at;
        } else if (v->home == TERN_PLAN_HOME_NONE) {
            if ((step->tactic->packs & bit) == 0) {
                return tern_fail(TERN_BAD_MODEL,
                                 "%s: operand %u has no bytes, and tactic \"%s\" does not pack it",
                                 step->who, i, step->tactic->name);
            }
            e->x_data[at] =
                step->packed; /* tells accepts() that the operand is constant; its bytes are gone */
        } else if (i < r->own_count && (step->op->shape_operands & bit) != 0) {
            step->is_late = true;
        }
    }
    for (uint32_t i = 0; i < r->y_count; i++) {
        step->is_static =
            step->is_static && value_is_static(&p->values[p->indices[r->y_first + i]]);
    }
    e->x_count_max = r->x_count > e->x_count_max ? r->x_count : e->x_count_max;
    return TERN_OK;
}

static tern_status resolve_step(tern_engine *e, uint32_t i, const char *who)
{
    const tern_plan *p = &e->plan;
    tern_engine_step *step = &e->steps[i];
    const tern_plan_step *r = &p->steps[i];
    const tern_str name = plan_text(p, r->name);
    step->record = r;
    step->op = tern_op_find(r->op);
    if (step->op == NULL) {
        return tern_fail(TERN_VERSION,
                         "plan \"%s\": step %u (\"%.*s\") has operator %u, unknown to this library",
                         who, i, (int)name.len, name.at, r->op);
    }
    step->name = tern_arena_strndup(&e->arena, name.at, name.len);
    step->who = tern_arena_printf(&e->arena, "%s \"%.*s\"", step->op->name, (int)name.len, name.at);
    if (step->name == NULL || step->who == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (r->y_count > TERN_OP_MAX_OUTPUTS) {
        return tern_fail(TERN_BAD_MODEL, "%s: %u results; allowed up to %d", step->who, r->y_count,
                         TERN_OP_MAX_OUTPUTS);
    }
    TERN_TRY(find_tactic(e, step));
    TERN_TRY(tern_step_check_control(e, step));
    step->is_control = r->control != TERN_PLAN_CONTROL_NONE;
    TERN_TRY(decode_attr(e, step));
    if (r->epilogue != TERN_PLAN_NONE) {
        step->epilogue = (const void *)(p->exprs + (size_t)r->epilogue * p->expr_size);
    }
    if (r->packed_blob != TERN_PLAN_NONE) {
        step->packed = p->weights + p->blobs[r->packed_blob].at;
    }
    return look_at_operands(e, step);
}

/* --- bindings --- */

static tern_status resolve_binding(tern_engine *e, uint32_t i)
{
    const tern_plan *p = &e->plan;
    tern_engine_tensor *b = &e->bindings[i];
    b->record = &p->bindings[i];
    b->value = &p->values[b->record->value];
    b->is_dynamic = !value_is_static(b->value);
    const tern_str name = plan_text(p, b->record->name);
    b->name = tern_arena_strndup(&e->arena, name.at, name.len);
    if (b->name == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (b->value->layout != TERN_LAYOUT_LINEAR) {
        return tern_fail(TERN_UNSUPPORTED,
                         "tensor \"%s\": bound tensors are linear in memory, this one is %s",
                         b->name, tern_layout_name(b->value->layout));
    }
    e->is_dynamic = e->is_dynamic || b->is_dynamic;
    if (b->record->is_input == 0 || b->record->is_shape == 0) {
        return TERN_OK;
    }
    const tern_type type = tern_value_type(b->value, NULL);
    int64_t count = 0;
    size_t bytes = 0;
    if (b->is_dynamic || !tern_type_volume(&type, &count) || count > TERN_CONTENT_MAX ||
        !tern_type_bytes(&type, &bytes) ||
        (type.dtype != TERN_DTYPE_I32 && type.dtype != TERN_DTYPE_I64)) {
        return tern_fail(
            TERN_UNSUPPORTED,
            "shape input \"%s\": must be i32 or i64 of up to %d elements, and of fixed shape",
            b->name, TERN_CONTENT_MAX);
    }
    e->has_shape_inputs = true;
    b->value_count = (int32_t)count;
    b->values_at = e->shape_values_bytes;
    e->shape_values_bytes += tern_align_up(bytes, TERN_TENSOR_ALIGN);
    return TERN_OK;
}

/* Which positions of the index list are which user's buffer: counted, then filled. */
static tern_status list_places(tern_engine *e)
{
    const tern_plan *p = &e->plan;
    uint32_t total = 0;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < p->index_count; i++) {
            const tern_plan_value *v =
                p->indices[i] < p->value_count ? &p->values[p->indices[i]] : NULL;
            if (v == NULL || v->home != TERN_PLAN_HOME_BINDING) {
                continue;
            }
            tern_engine_tensor *b = &e->bindings[v->at];
            if (round == 1) {
                e->places[b->place_first + b->place_count] = i;
            }
            b->place_count++;
        }
        for (uint32_t i = 0; round == 0 && i < p->binding_count; i++) {
            e->bindings[i].place_first = total;
            total += e->bindings[i].place_count;
            e->bindings[i].place_count = 0;
        }
        if (round == 0) {
            e->places = tern_arena_items(&e->arena, (size_t)total + 1, sizeof *e->places,
                                         sizeof *e->places);
            if (e->places == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
        }
    }
    return TERN_OK;
}

static tern_status check_symbols(const tern_engine *e, const char *who)
{
    for (uint32_t i = 0; i < e->plan.symbol_count; i++) {
        const tern_plan_symbol *s = &e->plan.symbols[i];
        if (s->from_contents != 0 && s->axis >= (uint32_t)e->bindings[s->binding].value_count) {
            return tern_fail(TERN_BAD_MODEL,
                             "plan \"%s\": symbol %u is element %u of a shape input that has %d",
                             who, i, s->axis, e->bindings[s->binding].value_count);
        }
    }
    return TERN_OK;
}

/* Messages call operands by the names their values have in the plan. */
static tern_status name_operands(tern_engine *e)
{
    const tern_plan *p = &e->plan;
    e->x_names = tern_arena_items(&e->arena, (size_t)p->index_count + 1, sizeof *e->x_names, 8);
    const char **names = tern_arena_items(&e->arena, (size_t)p->value_count + 1, sizeof *names, 8);
    if (e->x_names == NULL || names == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < p->value_count; i++) {
        const tern_str name = plan_text(p, p->values[i].name);
        names[i] = name.len > 0 ? tern_arena_strndup(&e->arena, name.at, name.len) : NULL;
        if (name.len > 0 && names[i] == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    for (uint32_t i = 0; i < p->index_count; i++) {
        e->x_names[i] = p->indices[i] != TERN_PLAN_NONE ? names[p->indices[i]] : NULL;
    }
    return TERN_OK;
}

tern_status tern_engine_resolve(tern_engine *e, const char *who)
{
    const tern_plan *p = &e->plan;
    const tern_str name = plan_text(p, p->name);
    TERN_TRY(check_types(p, who));
    /* At least what is needed, at most what is here; between them, what it was built on. */
    const uint32_t built =
        p->header.built_isa > p->header.isa ? p->header.built_isa : p->header.isa;
    const tern_isa have = tern_isa_detect();
    e->isa = built < (uint32_t)have ? (tern_isa)built : have;
    e->name = tern_arena_strndup(&e->arena, name.at, name.len);
    e->steps = tern_arena_items(&e->arena, (size_t)p->step_count + 1, sizeof *e->steps, 8);
    e->bindings = tern_arena_items(&e->arena, (size_t)p->binding_count + 1, sizeof *e->bindings, 8);
    e->x_data = tern_arena_items(&e->arena, (size_t)p->index_count + 1, sizeof *e->x_data, 8);
    if (e->name == NULL || e->steps == NULL || e->bindings == NULL || e->x_data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < p->binding_count; i++) {
        TERN_TRY(resolve_binding(e, i));
    }
    TERN_TRY(list_places(e));
    TERN_TRY(name_operands(e));
    TERN_TRY(check_symbols(e, who));
    for (uint32_t i = 0; i < p->step_count; i++) {
        TERN_TRY(resolve_step(e, i, who));
        e->is_dynamic = e->is_dynamic || !e->steps[i].is_static;
    }
    return tern_engine_find_data(e, who);
}
