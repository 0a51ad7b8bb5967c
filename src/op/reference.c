/* SPDX-License-Identifier: Apache-2.0
 *
 * The generic driver of references.  Operands are widened to the wide type of their own class
 * (double, int64_t, uint64_t, bool), the operator's body for the class of its rule's first letter
 * runs, the epilogue follows on the unrounded result, and everything is narrowed once.  Movers get
 * their elements as they lie; only other operands are widened.  Packed elements are unpacked to
 * bytes around a mover, which sees the type u8 then: no mover knows of bits.
 *
 *     scratch = pointers | types | widened or unpacked operands | epilogue operands | wide or
 *               unpacked results | the operator's own
 */
#include "base/alloc.h"
#include "op/tactic.h"
#include "op/type_rule.h"
#include "op/walk.h"

#include <string.h>

/* Memory handed out front to back; with base NULL it only counts. */
typedef struct carver {
    unsigned char *base;
    size_t used_bytes; /* SIZE_MAX: does not fit into memory */
} carver;

static void *carve(carver *c, size_t bytes)
{
    size_t end;
    if (c->used_bytes == SIZE_MAX || !tern_size_align(bytes, TERN_TENSOR_ALIGN, &bytes) ||
        !tern_size_add(c->used_bytes, bytes, &end)) {
        c->used_bytes = SIZE_MAX;
        return NULL;
    }
    void *const at = c->base != NULL ? c->base + c->used_bytes : NULL;
    c->used_bytes = end;
    return at;
}

static void *carve_elements(carver *c, const tern_type *t, size_t element_bytes)
{
    int64_t count;
    size_t bytes;
    if (!tern_type_volume(t, &count) || !tern_size_mul((size_t)count, element_bytes, &bytes)) {
        c->used_bytes = SIZE_MAX;
        return NULL;
    }
    return carve(c, bytes);
}

static int64_t volume(const tern_type *t)
{
    int64_t count = 0;
    (void)tern_type_volume(t, &count); /* checked when the scratch was sized */
    return count;
}

static tern_class class_of(const tern_type *t)
{
    const tern_dtype_info *const info = tern_dtype_find(t->dtype);
    return info != NULL ? info->class_ : TERN_CLASS_F;
}

/* What the type rule says about a problem: the first letter, and the class it is bound to. */
typedef struct rule_view {
    tern_type_rule rule;
    char letter;
    tern_class class_;
} rule_view;

static void read_rule(const tern_problem *p, rule_view *out)
{
    (void)tern_type_rule_parse(p->op->types, &out->rule); /* a test reads all rules */
    out->letter = 0;
    out->class_ = class_of(p->own_count > 0 ? &p->x[0] : &p->y[0]);
    for (int32_t i = 0; i < p->own_count + p->y_count; i++) {
        const bool is_operand = i < p->own_count;
        const tern_type *const t = is_operand ? &p->x[i] : &p->y[i - p->own_count];
        const tern_type_slot *const slot =
            is_operand ? tern_type_rule_operand(&out->rule, i) : &out->rule.y[i - p->own_count];
        if (slot != NULL && slot->letter != 0 && t->dtype != 0) {
            out->letter = slot->letter;
            out->class_ = class_of(t);
            return;
        }
    }
}

/* Moved as it lies: what is of the first letter's type, and results whose type infer set ("*"). */
static bool is_raw(const tern_problem *p, const tern_type_slot *slot, char letter)
{
    return p->op->move != NULL && slot != NULL &&
           (slot->letter == letter || (slot->letter == 0 && slot->types == 0));
}

/* Elements of fewer than 8 bits of a mover that wants bytes. */
static bool is_unpacked(const tern_problem *p, const tern_type *t)
{
    const tern_dtype_info *const info = tern_dtype_find(t->dtype);
    return info != NULL && info->bits < 8 && !p->op->moves_packed;
}

/* Elements in a tensor's bytes, those of blocked lanes and of the last byte's end too. */
static int64_t packed_count(const tern_type *t)
{
    size_t bytes = 0;
    (void)tern_type_bytes(t, &bytes);
    return (int64_t)(bytes * 8 / tern_dtype_find(t->dtype)->bits);
}

/* Everything a run needs, carved from its scratch. */
typedef struct views {
    const void **x; /* as the reference sees them */
    void **y;
    tern_type *xt, *yt;
    void **wide_x; /* where to widen or unpack to; NULL: raw or absent */
    void **epilogue_x;
    void *own_scratch;
} views;

static void *carve_unpacked(carver *c, const tern_type *t)
{
    const int64_t count = packed_count(t);
    return carve(c, (size_t)count);
}

/* `wide_y` given: results that are not raw go there instead of into scratch. */
static void lay_out(const tern_problem *p, const rule_view *r, void *const *wide_y, carver *c,
                    views *v)
{
    const size_t slots = (size_t)p->x_count + (size_t)p->y_count + (size_t)p->own_count;
    void **const pointers = carve(c, slots * sizeof *pointers);
    const void **const x = carve(c, (size_t)p->own_count * sizeof *x);
    tern_type *const types = carve(c, (size_t)(p->own_count + p->y_count) * sizeof *types);
    const bool is_dry = c->base == NULL;
    *v = (views){.x = x, .xt = types};
    if (!is_dry) {
        v->yt = types + p->own_count;
        v->wide_x = pointers;
        v->epilogue_x = pointers + p->own_count;
        v->y = v->epilogue_x + (p->x_count - p->own_count);
    }
    for (int32_t i = 0; i < p->own_count; i++) {
        void *at = NULL;
        const bool raw = is_raw(p, tern_type_rule_operand(&r->rule, i), r->letter);
        if (p->x[i].dtype != 0 && !raw) {
            at = carve_elements(c, &p->x[i], tern_class_bytes(class_of(&p->x[i])));
        } else if (raw && is_unpacked(p, &p->x[i])) {
            at = carve_unpacked(c, &p->x[i]);
        }
        if (!is_dry) {
            v->wide_x[i] = at;
        }
    }
    for (int32_t i = p->own_count; i < p->x_count; i++) {
        void *const at = carve_elements(c, &p->x[i], sizeof(double));
        if (!is_dry) {
            v->epilogue_x[i - p->own_count] = at;
        }
    }
    for (int32_t i = 0; i < p->y_count; i++) {
        void *at = NULL;
        if (!is_raw(p, &r->rule.y[i], r->letter)) {
            at = wide_y != NULL ? wide_y[i]
                                : carve_elements(c, &p->y[i], tern_class_bytes(class_of(&p->y[i])));
        } else if (is_unpacked(p, &p->y[i])) {
            at = carve_unpacked(c, &p->y[i]);
        }
        if (!is_dry) {
            v->y[i] = at;
        }
    }
    if (p->op->reference_scratch != NULL) {
        size_t bytes = p->op->reference_scratch(p->attr, p->x, p->own_count, p->y);
        if (p->op->move != NULL && is_unpacked(p, &p->y[0]) &&
            !tern_size_mul(bytes, 8 / tern_dtype_find(p->y[0].dtype)->bits, &bytes)) {
            bytes = SIZE_MAX;
        }
        v->own_scratch = carve(c, bytes);
    }
}

size_t tern_reference_scratch(const tern_problem *p)
{
    rule_view r;
    views v;
    carver c = {0};
    read_rule(p, &r);
    lay_out(p, &r, NULL, &c, &v);
    return c.used_bytes;
}

/* ---- epilogue ---- */

/* The type in which an expression on results of class `c` computes. */
static tern_dtype expression_dtype(tern_class c)
{
    return c == TERN_CLASS_F ? TERN_DTYPE_F64 : c == TERN_CLASS_I ? TERN_DTYPE_I64 : TERN_DTYPE_U64;
}

static void evaluate(const tern_expr *e, tern_class c, void *y, int64_t at, void *const *x,
                     const tern_walk *w)
{
    double f[TERN_WALK_MAX] = {0};
    int64_t i[TERN_WALK_MAX] = {0};
    uint64_t u[TERN_WALK_MAX] = {0};
    for (int32_t k = 0; k < w->count; k++) {
        if (c == TERN_CLASS_F) {
            f[k] = ((const double *)x[k])[w->at[k]];
        } else if (c == TERN_CLASS_I) {
            i[k] = ((const int64_t *)x[k])[w->at[k]];
        } else {
            u[k] = ((const uint64_t *)x[k])[w->at[k]];
        }
    }
    switch (c) {
    case TERN_CLASS_F: ((double *)y)[at] = tern_expr_eval_f64(e, ((const double *)y)[at], f); break;
    case TERN_CLASS_I:
        ((int64_t *)y)[at] = tern_expr_eval_i64(e, ((const int64_t *)y)[at], i);
        break;
    case TERN_CLASS_U:
        ((uint64_t *)y)[at] = tern_expr_eval_u64(e, ((const uint64_t *)y)[at], u);
        break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT:
        ((uint8_t *)y)[at] = tern_expr_eval_u64(e, ((const uint8_t *)y)[at], u) != 0;
        break;
    }
}

static void run_epilogue(const tern_problem *p, const void *const *x, const views *v)
{
    const tern_class c = class_of(&p->y[0]);
    const int64_t count = volume(&p->y[0]);
    tern_walk w;
    tern_walk_start(&w, &p->y[0]);
    for (int32_t i = p->own_count; i < p->x_count; i++) {
        tern_convert((tern_dtype)p->x[i].dtype, x[i], expression_dtype(c),
                     v->epilogue_x[i - p->own_count], volume(&p->x[i]));
        tern_walk_follow(&w, &p->x[i]);
    }
    for (int64_t at = 0; at < count; at++) {
        evaluate(p->epilogue, c, v->y[0], at, v->epilogue_x, &w);
        tern_walk_next(&w);
    }
}

tern_status tern_problem_check_epilogue(const tern_problem *p, const char *who)
{
    if (p->epilogue == NULL) {
        return p->x_count == p->own_count
                   ? TERN_OK
                   : tern_fail(TERN_BAD_MODEL, "%s: operands of an epilogue, but no epilogue", who);
    }
    if (!p->op->epilogue || p->y_count != 1 ||
        !tern_expr_is_valid(p->epilogue, (tern_scalar_class)(1 << class_of(&p->y[0]))) ||
        p->epilogue->operand_count != p->x_count - p->own_count) {
        return tern_fail(TERN_BAD_MODEL, "%s: the epilogue's expression does not fit", who);
    }
    for (int32_t i = p->own_count; i < p->x_count; i++) {
        const tern_type *const x = &p->x[i], *const y = &p->y[0];
        bool fits = x->rank <= y->rank && class_of(x) == class_of(y) && x->dtype != 0;
        for (int32_t d = 0; fits && d < x->rank; d++) {
            fits = x->dims[d] == 1 || x->dims[d] == y->dims[y->rank - x->rank + d];
        }
        if (!fits) {
            char a[TERN_DIMS_TEXT_BYTES], b[TERN_DIMS_TEXT_BYTES];
            return tern_fail(TERN_BAD_MODEL, "%s: epilogue operand %d %s does not broadcast to %s",
                             who, (int)i, tern_dims_text(a, x->rank, x->dims),
                             tern_dims_text(b, y->rank, y->dims));
        }
    }
    return TERN_OK;
}

/* ---- running ---- */

static void call(const tern_problem *p, const rule_view *r, const views *v,
                 int64_t (*extents)[TERN_MAX_RANK])
{
    tern_move m = {.ref = {.op = p->op,
                           .attr = p->attr,
                           .x_count = p->own_count,
                           .y_count = p->y_count,
                           .x = v->x,
                           .y = v->y,
                           .xt = v->xt,
                           .yt = v->yt,
                           .scratch = v->own_scratch,
                           .extents = extents}};
    for (int32_t i = 0; i < p->y_count; i++) {
        memcpy(extents[i], p->y[i].dims, sizeof extents[i]);
    }
    if (p->op->move == NULL) {
        p->op->reference[r->class_](&m.ref);
        return;
    }
    (void)tern_dtype_bytes((tern_dtype)p->y[0].dtype, 1, &m.elem); /* packed: 1 */
    p->op->move(&m);
}

/* Operands as the body sees them: as they lie, widened or unpacked. */
static void bring_operands(const tern_problem *p, const rule_view *r, const void *const *x,
                           views *v)
{
    for (int32_t i = 0; i < p->own_count; i++) {
        const tern_dtype dtype = (tern_dtype)p->x[i].dtype;
        v->x[i] = dtype == 0 ? NULL : x[i];
        v->xt[i] = p->x[i];
        if (v->wide_x[i] == NULL) { /* an empty operand may have no address; it is there all the
                                     * same */
            continue;
        }
        if (is_raw(p, tern_type_rule_operand(&r->rule, i), r->letter)) {
            tern_unpack(dtype, x[i], packed_count(&p->x[i]), v->wide_x[i]);
            v->xt[i].dtype = TERN_DTYPE_U8;
        } else {
            tern_widen(dtype, x[i], volume(&p->x[i]), v->wide_x[i]);
        }
        v->x[i] = v->wide_x[i];
    }
}

static void bring_results(const tern_problem *p, const rule_view *r, void *const *y, views *v)
{
    for (int32_t i = 0; i < p->y_count; i++) {
        v->yt[i] = p->y[i];
        if (!is_raw(p, &r->rule.y[i], r->letter)) {
            continue;
        }
        if (!is_unpacked(p, &p->y[i])) {
            v->y[i] = y[i];
            continue;
        }
        v->yt[i].dtype = TERN_DTYPE_U8;
        if (packed_count(&p->y[i]) > 0) { /* places that no element goes to are zero */
            memset(v->y[i], 0, (size_t)packed_count(&p->y[i]));
        }
    }
}

/* Elements of result i, as many as were found. */
static int64_t found(const tern_problem *p, int32_t i, int64_t (*extents)[TERN_MAX_RANK])
{
    tern_type t = p->y[i];
    memcpy(t.dims, extents[i], sizeof t.dims);
    return volume(&t);
}

static tern_status run(const tern_problem *p, const void *const *x, void *const *y, void *scratch,
                       bool stay_wide, int64_t (*extents)[TERN_MAX_RANK])
{
    int64_t own_extents[TERN_OP_MAX_OUTPUTS][TERN_MAX_RANK];
    extents = extents != NULL ? extents : own_extents;
    rule_view r;
    views v;
    carver c = {.base = scratch};
    read_rule(p, &r);
    if (p->op->move == NULL && p->op->reference[r.class_] == NULL) {
        return tern_fail(TERN_UNSUPPORTED, "operator \"%s\" does not take %s", p->op->name,
                         tern_dtype_name((tern_dtype)(p->own_count > 0 ? p->x : p->y)[0].dtype));
    }
    lay_out(p, &r, stay_wide ? y : NULL, &c, &v);
    bring_operands(p, &r, x, &v);
    bring_results(p, &r, y, &v);
    call(p, &r, &v, extents);
    if (p->epilogue != NULL) {
        run_epilogue(p, x, &v);
    }
    for (int32_t i = 0; i < p->y_count; i++) {
        const bool raw = is_raw(p, &r.rule.y[i], r.letter);
        if (raw && is_unpacked(p, &p->y[i])) {
            tern_pack((tern_dtype)p->y[i].dtype, v.y[i], packed_count(&p->y[i]), y[i]);
        } else if (!stay_wide && !raw) {
            tern_narrow((tern_dtype)p->y[i].dtype, v.y[i], found(p, i, extents), y[i]);
        }
    }
    return TERN_OK;
}

tern_status tern_reference_run(const tern_problem *p, const void *const *x, void *const *y,
                               void *scratch, int64_t (*out_extents)[TERN_MAX_RANK])
{
    return run(p, x, y, scratch, false, out_extents);
}

tern_status tern_reference_run_wide(const tern_problem *p, const void *const *x, void *const *y,
                                    void *scratch, int64_t (*out_extents)[TERN_MAX_RANK])
{
    return run(p, x, y, scratch, true, out_extents);
}

static tern_status launch(const tern_launch *l)
{
    return run(l->problem, l->x, l->y, l->scratch, false, l->extents);
}

static bool has_body(const tern_problem *p, const char **why_not)
{
    rule_view r;
    read_rule(p, &r);
    if (p->op->move == NULL && p->op->reference[r.class_] == NULL) {
        return tern_decline(why_not, "the operator does not take this element type");
    }
    return true;
}

const tern_tactic tern_tactic_reference = {
    .name = "reference",
    .isa = TERN_ISA_REF,
    .accepts = has_body,
    .scratch = tern_reference_scratch,
    .run = launch,
};
