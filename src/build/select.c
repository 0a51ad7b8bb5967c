/* SPDX-License-Identifier: Apache-2.0
 *
 * A tactic for every step.  Every candidate is looked at and either may run the step or says why
 * not; the report keeps all of them.  Tables are in best-guess order, so the first that may is
 * taken, unless timing is on.
 */
#include "build/build.h"

#include "base/alloc.h"

/* Problems of one node at the three points; the arrays belong to the build's arena. */
typedef struct node_problems {
    tern_problem at[TERN_POINT_COUNT];
} node_problems;

static tern_status fill_problem(tern_build_state *b, const tern_node *node, tern_point point,
                                const void *const *x_data, tern_problem *out)
{
    const tern_graph *g = b->graph;
    tern_type *x =
        tern_arena_items(&b->arena, (size_t)node->x_count + 1, sizeof *x, _Alignof(tern_type));
    tern_type *y =
        tern_arena_items(&b->arena, (size_t)node->y_count + 1, sizeof *y, _Alignof(tern_type));
    if (x == NULL || y == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    bool dynamic = false;
    for (int32_t i = 0; i < node->x_count; i++) {
        const tern_value_id id = tern_graph_x(g, node, i);
        if (id != TERN_NO_ID) {
            x[i] = tern_build_type(b, id, point);
            dynamic |= !tern_type_is_static(&tern_graph_value(g, id)->type);
        }
    }
    for (int32_t i = 0; i < node->y_count; i++) {
        const tern_value_id id = tern_graph_y(g, node, i);
        y[i] = tern_build_type(b, id, point);
        dynamic |= !tern_type_is_static(&tern_graph_value(g, id)->type);
    }
    *out = (tern_problem){
        .op = tern_node_op(node),
        .attr = node->attr,
        .epilogue = node->epilogue,
        .x_count = node->x_count,
        .y_count = node->y_count,
        .own_count = node->own_count,
        .x = x,
        .y = y,
        .x_data = x_data,
        .isa = b->isa,
        .threads = b->threads,
        .device = TERN_DEVICE_KIND_CPU,
        .dynamic = dynamic,
    };
    return TERN_OK;
}

static tern_status fill_problems(tern_build_state *b, const tern_node *node, node_problems *out)
{
    const void **data =
        tern_arena_items(&b->arena, (size_t)node->x_count + 1, sizeof *data, _Alignof(void *));
    if (data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < node->x_count; i++) {
        const tern_value_id id = tern_graph_x(b->graph, node, i);
        data[i] = id != TERN_NO_ID ? tern_graph_constant_data(b->graph, id) : NULL;
    }
    for (int point = 0; point < TERN_POINT_COUNT; point++) {
        TERN_TRY(fill_problem(b, node, (tern_point)point, data, &out->at[point]));
    }
    return TERN_OK;
}

/* Scratch at the largest shape, against the limit the user set.  The reference is let through:
   something must run. */
static tern_status check_scratch(tern_build_state *b, const tern_problem *largest,
                                 tern_candidate *c)
{
    c->scratch_bytes = c->tactic->scratch != NULL ? c->tactic->scratch(largest) : 0;
    const int64_t limit = b->config->values[TERN_CONFIG_WORKSPACE];
    if ((uint64_t)c->scratch_bytes <= (uint64_t)limit || c->tactic == &tern_tactic_reference) {
        return TERN_OK;
    }
    c->why_not = tern_arena_printf(&b->arena, "needs %zu bytes of workspace, the limit is %lld",
                                   c->scratch_bytes, (long long)limit);
    return c->why_not != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

static tern_status judge(tern_build_state *b, const node_problems *problems, tern_candidate *c)
{
    const tern_problem *p = &problems->at[TERN_POINT_MAX];
    if (c->tactic->isa > b->isa) {
        c->why_not = tern_arena_printf(&b->arena, "needs %s, building for %s",
                                       tern_isa_name(c->tactic->isa), tern_isa_name(b->isa));
        return c->why_not != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
    }
    if ((p->own_count > 0 && p->x[0].layout != c->tactic->x_layout) ||
        (p->y_count > 0 && p->y[0].layout != c->tactic->y_layout)) {
        c->why_not = "works on another memory layout";
        return TERN_OK;
    }
    for (int point = 0; point < TERN_POINT_COUNT; point++) {
        const char *why_not = NULL;
        if (c->tactic->accepts != NULL && !c->tactic->accepts(&problems->at[point], &why_not)) {
            c->why_not = why_not != NULL ? why_not : "refused without a reason";
            return TERN_OK;
        }
    }
    return check_scratch(b, p, c);
}

static tern_status collect_candidates(tern_build_state *b, const node_problems *problems,
                                      tern_build_step *step)
{
    const tern_op *op = problems->at[0].op;
    uint32_t count = 0;
    while (tern_tactic_at(op, TERN_DEVICE_KIND_CPU, count) != NULL) {
        count++;
    }
    step->candidates =
        tern_arena_items(&b->arena, count, sizeof *step->candidates, _Alignof(tern_candidate));
    if (step->candidates == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    step->candidate_count = count;
    for (uint32_t i = 0; i < count; i++) {
        tern_candidate *c = &step->candidates[i];
        c->tactic = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, i);
        c->time_ns = -1;
        TERN_TRY(judge(b, problems, c));
    }
    return TERN_OK;
}

/* The first that may run it, or the fastest when timing is on. */
static const tern_candidate *choose(tern_build_state *b, const node_problems *problems,
                                    tern_build_step *step)
{
    const bool timed =
        b->config->values[TERN_CONFIG_TIMING] != 0 || b->config->values[TERN_CONFIG_LEVEL] >= 4;
    const tern_candidate *best = NULL;
    for (uint32_t i = 0; i < step->candidate_count; i++) {
        tern_candidate *c = &step->candidates[i];
        if (c->why_not != NULL || (c->tactic == &tern_tactic_reference && best != NULL)) {
            continue;
        }
        if (timed) {
            c->time_ns = tern_build_time(b, &problems->at[TERN_POINT_OPT], c->tactic);
        }
        /* Two percent faster, or it does not displace an earlier row. */
        if (best == NULL ||
            (timed && c->time_ns >= 0 && c->time_ns < best->time_ns - best->time_ns / 50)) {
            best = c;
        }
    }
    return best;
}

static tern_status pack(tern_build_state *b, const tern_problem *problem, tern_build_step *step)
{
    if (step->tactic->pack == NULL) {
        return TERN_OK;
    }
    const size_t bytes = step->tactic->packed_bytes(problem);
    void *packed = tern_arena_zero(&b->arena, bytes, TERN_TENSOR_ALIGN);
    if (packed == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    step->tactic->pack(problem, packed);
    return tern_build_add_blob(b, packed, bytes, &step->packed_blob);
}

static tern_status select_step(tern_build_state *b, tern_build_step *step)
{
    const tern_node *node = tern_graph_node(b->graph, step->node);
    char who[160];
    node_problems problems;
    TERN_TRY(fill_problems(b, node, &problems));
    TERN_TRY(collect_candidates(b, &problems, step));
    const tern_candidate *chosen = choose(b, &problems, step);
    if (chosen == NULL) {
        return tern_fail(TERN_UNSUPPORTED, "%s: no tactic can run it; the reference %s",
                         tern_node_who(node, who, sizeof who),
                         step->candidates[step->candidate_count - 1].why_not);
    }
    step->tactic = chosen->tactic;
    step->scratch_bytes = chosen->scratch_bytes;
    if (tern_log_wants(b->logger, TERN_SEVERITY_DETAIL, "tactic")) {
        for (uint32_t i = 0; i < step->candidate_count; i++) {
            const tern_candidate *c = &step->candidates[i];
            tern_log(b->logger, TERN_SEVERITY_DETAIL, "tactic", "%s: %s %s%s",
                     tern_node_who(node, who, sizeof who), c->tactic->name,
                     c == chosen ? "taken" : "not taken: ",
                     c == chosen          ? ""
                     : c->why_not != NULL ? c->why_not
                                          : "an earlier one may run it");
        }
    }
    return pack(b, &problems.at[TERN_POINT_OPT], step);
}

/* Values of all dim expressions at the minimum and at the optimum. */
static tern_status evaluate_dims(tern_build_state *b)
{
    const tern_dim_table *dims = &b->graph->dims;
    int64_t *symbols =
        tern_arena_items(&b->arena, dims->symbol_count + 1, sizeof *symbols, _Alignof(int64_t));
    b->dim_values[0] =
        tern_arena_items(&b->arena, dims->expr_count + 1, sizeof(int64_t), _Alignof(int64_t));
    b->dim_values[1] =
        tern_arena_items(&b->arena, dims->expr_count + 1, sizeof(int64_t), _Alignof(int64_t));
    if (symbols == NULL || b->dim_values[0] == NULL || b->dim_values[1] == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < dims->symbol_count; i++) {
        symbols[i] = dims->symbols[i].low;
    }
    tern_dim_evaluate(dims->exprs, dims->expr_count, symbols, b->dim_values[0]);
    for (size_t i = 0; i < dims->symbol_count; i++) {
        symbols[i] =
            dims->symbols[i]
                .high; /* without a profile's optimum: the maximum, as for an implicit batch */
    }
    const tern_profile *profile = b->config->profile_count > 0 ? b->config->profiles[0] : NULL;
    for (uint32_t i = 0; profile != NULL && i < b->graph->input_count; i++) {
        const tern_value *input = tern_graph_value(b->graph, b->graph->inputs[i]);
        const tern_profile_entry *e = tern_profile_find(profile, input->name);
        for (int32_t axis = 0; e != NULL && e->has_shape[1] && axis < input->type.rank; axis++) {
            const tern_dim d = input->type.dims[axis];
            if (!tern_dim_known(d) && dims->exprs[tern_dim_id(d)].op == TERN_DIM_SYMBOL) {
                symbols[dims->exprs[tern_dim_id(d)].a] = e->shape[1].v[axis];
            }
        }
        for (int32_t k = 0;
             e != NULL && e->has_values[1] && k < input->content_count && k < e->value_count[1];
             k++) {
            const tern_dim d = input->content[k];
            if (!tern_dim_known(d) && dims->exprs[tern_dim_id(d)].op == TERN_DIM_SYMBOL) {
                symbols[dims->exprs[tern_dim_id(d)].a] = e->values[1][k];
            }
        }
    }
    tern_dim_evaluate(dims->exprs, dims->expr_count, symbols, b->dim_values[1]);
    return TERN_OK;
}

tern_status tern_build_select(tern_build_state *b)
{
    TERN_TRY(evaluate_dims(b));
    for (uint32_t i = 0; i < b->step_count; i++) {
        TERN_TRY(select_step(b, &b->steps[i]));
    }
    return TERN_OK;
}
