/* SPDX-License-Identifier: Apache-2.0
 *
 * fix-extents: a symbol that the profiles allow one value only is that number.  What was a shape
 * with symbols becomes static, and shape arithmetic on the values of shape inputs folds away; the
 * inputs stay as they are, with a range of one value.
 */
#include "base/alloc.h"
#include "pass/list.h"
#include "pass/rewrite.h"

/* The number that `d`, a symbol, stands for; the smallest one as the runtime reads it. */
static bool only_value(const tern_graph *g, tern_dim d, tern_dim *out_number)
{
    if (tern_dim_known(d) || d == g->batch_dim) {
        return false;
    }
    const tern_dim_expr *e = &g->dims.exprs[tern_dim_id(d)];
    if (e->op != TERN_DIM_SYMBOL) {
        return false;
    }
    const tern_dim_symbol *s = &g->dims.symbols[e->a];
    *out_number = s->low > INT64_MIN / 2 ? s->low : INT64_MIN / 2 + 1;
    return s->low == s->high;
}

static tern_status fix_content(tern_graph *g, tern_value *v, tern_pass_context *c)
{
    tern_dim number;
    bool any = false;
    for (int32_t i = 0; i < v->content_count; i++) {
        any = any || only_value(g, v->content[i], &number);
    }
    if (!any) {
        return TERN_OK;
    }
    tern_dim *content = tern_arena_copy(&g->arena, v->content, v->content_count * sizeof *content,
                                        _Alignof(tern_dim));
    if (content == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < v->content_count; i++) {
        if (only_value(g, content[i], &number)) {
            content[i] = number;
            c->changes++;
        }
    }
    v->content = content;
    return TERN_OK;
}

static tern_status run(tern_graph *g, tern_pass_context *c)
{
    for (uint32_t i = 0; i < g->input_count; i++) {
        tern_value *v = tern_graph_value(g, g->inputs[i]);
        for (int32_t axis = 0; axis < v->type.rank; axis++) {
            tern_dim number;
            if (only_value(g, v->type.dims[axis], &number)) {
                v->type.dims[axis] = number;
                c->changes++;
            }
        }
        TERN_TRY(fix_content(g, v, c));
    }
    return c->changes > 0 ? tern_graph_infer(g) : TERN_OK;
}

const tern_pass tern_pass_fix_extents = {
    .name = "fix-extents",
    .summary = "make numbers of extents and shape values that can have one value only",
    .after = TERN_IR_EXPLICIT,
    .run = run,
};
