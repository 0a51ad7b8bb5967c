/* SPDX-License-Identifier: Apache-2.0 */
#include "pass/evaluate.h"

#include "base/alloc.h"
#include "op/tactic.h"

typedef struct state {
    const tern_graph *g;
    const int64_t *dims; /* values of all expressions */
    tern_type *types;    /* by value, numbers only */
    const void **data;
    tern_arena *arena;
} state;

static tern_status run_node(state *s, tern_node_id id)
{
    const tern_node *n = &s->g->nodes[id];
    const tern_type none = {0};
    tern_type *x =
        tern_arena_items(s->arena, (size_t)n->x_count + 1, sizeof *x, _Alignof(tern_type));
    const void **data =
        tern_arena_items(s->arena, (size_t)n->x_count + 1, sizeof *data, _Alignof(void *));
    tern_type y[TERN_OP_MAX_OUTPUTS];
    void *results[TERN_OP_MAX_OUTPUTS];
    if (x == NULL || data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < n->x_count; i++) {
        const tern_value_id v = tern_graph_x(s->g, n, i);
        x[i] = v == TERN_NO_ID ? none : s->types[v];
        data[i] = v == TERN_NO_ID ? NULL : s->data[v];
    }
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value_id v = tern_graph_y(s->g, n, i);
        size_t bytes;
        y[i] = s->types[v];
        if (!tern_type_bytes(&y[i], &bytes)) {
            return tern_fail(TERN_BAD_SHAPE, "a result is too large to evaluate");
        }
        results[i] = tern_arena_zero(s->arena, bytes, TERN_TENSOR_ALIGN);
        if (results[i] == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        s->data[v] = results[i];
    }
    const tern_problem p = {.op = tern_node_op(n),
                            .attr = n->attr,
                            .epilogue = n->epilogue,
                            .x_count = n->x_count,
                            .y_count = n->y_count,
                            .own_count = n->own_count,
                            .x = x,
                            .y = y,
                            .x_data = data,
                            .threads = 1,
                            .device = TERN_DEVICE_KIND_CPU};
    void *scratch = tern_arena_zero(s->arena, tern_reference_scratch(&p), TERN_TENSOR_ALIGN);
    return scratch != NULL ? tern_reference_run(&p, data, results, scratch, NULL)
                           : TERN_OUT_OF_MEMORY;
}

static tern_status resolve_types(state *s, const int64_t *symbols)
{
    int64_t *dims =
        tern_arena_items(s->arena, s->g->dims.expr_count + 1, sizeof *dims, _Alignof(int64_t));
    if (dims == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_dim_evaluate(s->g->dims.exprs, s->g->dims.expr_count, symbols, dims);
    for (tern_value_id v = 1; v < s->g->value_count; v++) {
        s->types[v] = tern_type_resolve(&s->g->values[v].type, dims);
        s->data[v] = tern_graph_constant_data(s->g, v);
    }
    return TERN_OK;
}

tern_status graph_evaluate(const tern_graph *g, const int64_t *symbols, const void *const *inputs,
                           tern_arena *arena, const void **out_data, tern_type *out_types)
{
    state s = {.g = g, .arena = arena};
    s.types = tern_arena_items(arena, g->value_count, sizeof *s.types, _Alignof(tern_type));
    s.data = tern_arena_items(arena, g->value_count, sizeof *s.data, _Alignof(void *));
    if (s.types == NULL || s.data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(resolve_types(&s, symbols));
    for (uint32_t i = 0; i < g->input_count; i++) {
        s.data[g->inputs[i]] = inputs[i];
    }
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, arena, &order, &count));
    for (uint32_t i = 0; i < count; i++) {
        TERN_TRY(g->nodes[order[i]].op == TERN_OP_constant ? TERN_OK : run_node(&s, order[i]));
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        out_data[i] = s.data[g->outputs[i]];
        out_types[i] = s.types[g->outputs[i]];
    }
    return TERN_OK;
}
