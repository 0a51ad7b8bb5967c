/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of control flow.  A loop's parameters begin with the types of what is carried in; while the
 * body gives something else back, the extents that differ become extents that depend on data, and
 * the body is inferred again.  What comes out of bodies is seen from outside: an extent that
 * depends on data in there is another one out here, which is written when the bodies are left.
 */
#include "ir/infer.h"

#include "base/alloc.h"

/* Operands of a loop. */
enum { TRIPS, GO, CARRIED };
/* Parameters of its body; then what is carried. */
enum { NUMBER_PARAM, GO_PARAM, CARRIED_PARAM };

static int32_t carried_count(const tern_node *n)
{
    return n->own_count > CARRIED ? n->own_count - CARRIED : 0;
}

static tern_value_id operand(const tern_graph *g, const tern_node *n, int32_t i)
{
    return i < n->own_count ? tern_graph_x(g, n, i) : TERN_NO_ID;
}

/* --- checks --- */

static bool is_one(const tern_graph *g, tern_value_id value, bool is_count)
{
    const tern_type *t = &g->values[value].type;
    bool one = is_count ? t->dtype == TERN_DTYPE_I64 || t->dtype == TERN_DTYPE_I32
                        : t->dtype == TERN_DTYPE_BOOL;
    for (int32_t d = 0; d < t->rank; d++) {
        one = one && t->dims[d] == 1;
    }
    return one;
}

static tern_status bad_scalar(const tern_node *n, const char *what, const char *type)
{
    char who[160];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one %s", tern_node_who(n, who, sizeof who),
                     what, type);
}

static tern_status bad_bodies(const tern_node *n)
{
    char who[160];
    return tern_fail(TERN_BAD_MODEL,
                     "%s: its bodies, their parameters and results do not fit its operands and "
                     "results",
                     tern_node_who(n, who, sizeof who));
}

static tern_status check_loop(const tern_graph *g, const tern_node *n)
{
    const int32_t carried = carried_count(n);
    const tern_region *r = &g->regions[n->body];
    if (n->body_count != 1 || r->param_count != (uint32_t)carried + CARRIED_PARAM ||
        r->result_count < (uint32_t)carried + 1 || n->y_count + 1u != r->result_count) {
        return bad_bodies(n);
    }
    const tern_value_id trips = operand(g, n, TRIPS), go = operand(g, n, GO);
    if (trips != TERN_NO_ID && !is_one(g, trips, true)) {
        return bad_scalar(n, "the trip count", "number of type i32 or i64");
    }
    if (go != TERN_NO_ID && !is_one(g, go, false)) {
        return bad_scalar(n, "the condition", "bool");
    }
    for (int32_t i = 0; i < carried; i++) {
        if (operand(g, n, CARRIED + i) == TERN_NO_ID) {
            return bad_bodies(n);
        }
    }
    return TERN_OK;
}

static tern_status check_if(const tern_graph *g, const tern_node *n)
{
    bool fits = n->own_count == 1 && n->body_count == 2;
    for (uint32_t r = n->body; fits && r < n->body + 2; r++) {
        fits = g->regions[r].param_count == 0 && g->regions[r].result_count == n->y_count;
    }
    if (!fits) {
        return bad_bodies(n);
    }
    return is_one(g, operand(g, n, 0), false) ? TERN_OK : bad_scalar(n, "the condition", "bool");
}

/* --- extents --- */

/* An extent of a value that data decides, up to a number; the one that it had before, if it had
 * such a one. */
static tern_dim own_extent(tern_graph *g, const tern_type *before, int32_t axis, int64_t bound)
{
    const tern_dim d = axis < before->rank ? before->dims[axis] : 0;
    if (!tern_dim_known(d) && d != TERN_DIM_NONE) {
        const tern_dim_expr *e = &g->dims.exprs[tern_dim_id(d)];
        if (e->op == TERN_DIM_DATA && e->a == bound) {
            return d;
        }
    }
    return tern_dim_make_data(&g->dims, bound);
}

/* Was the parameter's extent found to vary before? */
static bool varies(const tern_graph *g, tern_dim d)
{
    return !tern_dim_known(d) && g->dims.exprs[tern_dim_id(d)].op == TERN_DIM_DATA &&
           g->dims.exprs[tern_dim_id(d)].a == TERN_DIM_UNBOUNDED;
}

static int64_t bound_of(const tern_graph *g, tern_dim d)
{
    int64_t low = 0, high = 0;
    tern_dim_bounds(&g->dims, d, &low, &high);
    return high < 0 ? 0 : high > TERN_DIM_UNBOUNDED ? TERN_DIM_UNBOUNDED : high;
}

/* An extent as it is seen from outside of the body that made it. */
static tern_dim outside(tern_graph *g, tern_dim d, const tern_type *before, int32_t axis)
{
    return tern_dim_depends_on_data(&g->dims, d) ? own_extent(g, before, axis, bound_of(g, d)) : d;
}

/* --- loops --- */

static tern_status unlike(const tern_graph *g, const tern_node *n, int32_t i, tern_value_id in,
                          tern_value_id out)
{
    char who[160], buffer[256];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_type_print(&text, &g->dims, &g->values[in].type);
    tern_text_add(&text, " goes in, ");
    tern_type_print(&text, &g->dims, &g->values[out].type);
    return tern_fail(TERN_UNSUPPORTED,
                     "%s: of carried value %d %s comes out: element type and rank must stay",
                     tern_node_who(n, who, sizeof who), (int)i, buffer);
}

/* Parameters from the operands; extents that were found to vary do so for good. */
static void set_params(tern_graph *g, const tern_node *n)
{
    const uint32_t r = n->body;
    g->values[tern_region_param(g, r, NUMBER_PARAM)].type = tern_type_make(TERN_DTYPE_I64, 0, NULL);
    g->values[tern_region_param(g, r, GO_PARAM)].type = tern_type_make(TERN_DTYPE_BOOL, 0, NULL);
    for (int32_t i = 0; i < carried_count(n); i++) {
        tern_type *p = &g->values[tern_region_param(g, r, CARRIED_PARAM + i)].type;
        tern_type t = g->values[operand(g, n, CARRIED + i)].type;
        t.layout = TERN_LAYOUT_LINEAR;
        for (int32_t d = 0; d < t.rank && p->rank == t.rank && p->dtype == t.dtype; d++) {
            t.dims[d] = varies(g, p->dims[d]) ? p->dims[d] : t.dims[d];
        }
        *p = t;
    }
}

/* Extents that the body changes vary from now on. */
static tern_status widen(tern_graph *g, const tern_node *n, bool *out_changed)
{
    for (int32_t i = 0; i < carried_count(n); i++) {
        const tern_value_id in = tern_region_param(g, n->body, CARRIED_PARAM + i);
        const tern_value_id out = tern_region_result(g, n->body, 1 + i);
        tern_type *p = &g->values[in].type;
        const tern_type *t = &g->values[out].type;
        const tern_type *init = &g->values[operand(g, n, CARRIED + i)].type;
        if (p->dtype != t->dtype || p->rank != t->rank) {
            return unlike(g, n, i, in, out);
        }
        for (int32_t d = 0; d < p->rank; d++) {
            /* One that varies outside already is not ours to write. */
            const bool is_own = varies(g, p->dims[d]) && p->dims[d] != init->dims[d];
            if (p->dims[d] != t->dims[d] && !is_own) {
                p->dims[d] = tern_dim_make_data(&g->dims, TERN_DIM_UNBOUNDED);
                *out_changed = true;
            }
        }
    }
    return g->dims.status;
}

/* Are the parameters what goes in, but for extents that vary? */
static bool params_fit(const tern_graph *g, const tern_node *n)
{
    bool fit = true;
    for (int32_t i = 0; i < carried_count(n); i++) {
        const tern_type *p = &g->values[tern_region_param(g, n->body, CARRIED_PARAM + i)].type;
        const tern_type *t = &g->values[operand(g, n, CARRIED + i)].type;
        fit = fit && p->dtype == t->dtype && p->rank == t->rank;
        for (int32_t d = 0; fit && d < p->rank; d++) {
            fit = p->dims[d] == t->dims[d] || varies(g, p->dims[d]);
        }
    }
    return fit;
}

/* Rows of a stack: as many as there are iterations, which only the count tells exactly. */
static tern_dim stack_length(tern_graph *g, const tern_node *n, const tern_type *before)
{
    const tern_value_id trips = operand(g, n, TRIPS);
    if (trips == TERN_NO_ID || !g->values[trips].content_known) {
        return own_extent(g, before, 0, TERN_DIM_UNBOUNDED);
    }
    const tern_dim count = tern_dim_make(&g->dims, TERN_DIM_MAX, g->values[trips].content[0], 0);
    if (tern_dim_depends_on_data(&g->dims, count) || tern_loop_has_condition(g, n)) {
        return own_extent(g, before, 0, bound_of(g, count));
    }
    return count;
}

static tern_status loop_result(tern_graph *g, const tern_node *n, int32_t i, tern_type *out)
{
    const tern_type *before = &g->values[tern_graph_y(g, n, i)].type;
    const bool is_stack = i >= carried_count(n);
    const tern_type *row = &g->values[tern_region_result(g, n->body, 1 + i)].type;
    *out = is_stack ? *row : g->values[tern_region_param(g, n->body, CARRIED_PARAM + i)].type;
    out->layout = TERN_LAYOUT_LINEAR;
    if (!is_stack) {
        for (int32_t d = 0; d < out->rank; d++) {
            out->dims[d] = outside(g, out->dims[d], before, d);
        }
        return g->dims.status;
    }
    if (row->rank >= TERN_MAX_RANK) {
        char who[160];
        return tern_fail(TERN_BAD_SHAPE, "%s: a stack of rows of rank %d would have more than %d",
                         tern_node_who(n, who, sizeof who), row->rank, TERN_MAX_RANK);
    }
    out->rank++;
    out->dims[0] = stack_length(g, n, before);
    for (int32_t d = 0; d < row->rank; d++) {
        out->dims[d + 1] = outside(g, row->dims[d], before, d + 1);
    }
    return g->dims.status;
}

/* --- branches --- */

static tern_status if_result(tern_graph *g, const tern_node *n, int32_t i, tern_type *out)
{
    const tern_value *go = &g->values[operand(g, n, 0)];
    const tern_type *before = &g->values[tern_graph_y(g, n, i)].type;
    const tern_value_id then_value = tern_region_result(g, n->body, i);
    const tern_value_id else_value = tern_region_result(g, n->body + 1, i);
    const tern_type *a = &g->values[then_value].type, *b = &g->values[else_value].type;
    if (go->content_known && tern_dim_known(go->content[0])) {
        a = go->content[0] != 0 ? a : b;
        b = a;
    }
    if (a->dtype != b->dtype || a->rank != b->rank) {
        char who[160], buffer[256];
        tern_text text;
        tern_text_init_fixed(&text, buffer, sizeof buffer);
        tern_type_print(&text, &g->dims, a);
        tern_text_add(&text, " and ");
        tern_type_print(&text, &g->dims, b);
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: result %d is %s: element type and rank of both branches must be "
                         "equal unless the condition is constant",
                         tern_node_who(n, who, sizeof who), (int)i, buffer);
    }
    *out = *a;
    out->layout = TERN_LAYOUT_LINEAR;
    for (int32_t d = 0; d < a->rank; d++) {
        const int64_t p = bound_of(g, a->dims[d]), q = bound_of(g, b->dims[d]);
        out->dims[d] = a->dims[d] == b->dims[d] ? outside(g, a->dims[d], before, d)
                                                : own_extent(g, before, d, p > q ? p : q);
    }
    return g->dims.status;
}

/* --- both --- */

static tern_status result_type(tern_graph *g, const tern_node *n, int32_t i, tern_type *out)
{
    return n->op == TERN_OP_if ? if_result(g, n, i, out) : loop_result(g, n, i, out);
}

static tern_status check(const tern_graph *g, const tern_node *n)
{
    if (g->batch == TERN_BATCH_IS_IMPLICIT) {
        char who[160];
        return tern_fail(TERN_UNSUPPORTED, "%s: control flow needs an explicit batch",
                         tern_node_who(n, who, sizeof who));
    }
    if (n->body_count == 0) {
        return bad_bodies(n);
    }
    return n->op == TERN_OP_if ? check_if(g, n) : check_loop(g, n);
}

tern_status tern_control_infer(tern_graph *g, tern_node_id id, const tern_node_id *inside,
                               uint32_t count, tern_arena *scratch)
{
    const tern_node *n = &g->nodes[id];
    const bool is_loop = n->op == TERN_OP_loop;
    TERN_TRY(check(g, n));
    if (is_loop) {
        set_params(g, n);
    }
    for (bool changed = true; changed;) {
        changed = false;
        TERN_TRY(tern_infer_list(g, inside, count, scratch));
        if (is_loop) {
            TERN_TRY(widen(g, n, &changed));
        }
    }
    if (is_loop && !is_one(g, tern_region_result(g, n->body, 0), false)) {
        return bad_scalar(n, "the condition that its body gives", "bool");
    }
    for (int32_t i = 0; i < n->y_count; i++) {
        tern_type type;
        TERN_TRY(result_type(g, n, i, &type));
        tern_value *v = &g->values[tern_graph_y(g, n, i)];
        v->type = type;
        v->content_known = 0;
        v->content_count = 0;
        v->is_constant = 0;
    }
    return TERN_OK;
}

tern_status tern_control_check(tern_graph *g, const tern_node *n)
{
    char who[160];
    bool changed = false;
    TERN_TRY(check(g, n));
    if (n->op == TERN_OP_loop) {
        TERN_TRY(widen(g, n, &changed));
        changed = changed || !params_fit(g, n);
    }
    for (int32_t i = 0; i < n->y_count && !changed; i++) {
        tern_type type;
        TERN_TRY(result_type(g, n, i, &type));
        changed = !tern_type_equal(&type, &g->values[tern_graph_y(g, n, i)].type);
    }
    return changed ? tern_fail(TERN_BAD_SHAPE,
                               "%s: its bodies give other types than it says; infer them again",
                               tern_node_who(n, who, sizeof who))
                   : TERN_OK;
}
