/* SPDX-License-Identifier: Apache-2.0
 *
 * The verifier: structure first (so that the rest may trust ids), then order, names and types.
 * Runs after every pass in debug builds and tests, and on whatever was parsed from text.
 */
#include "base/alloc.h"
#include "ir/infer.h"

/* Smallest rank a layout is for. */
static int32_t layout_rank(uint8_t layout)
{
    static const uint8_t ranks[] = {
#define TERN_LAYOUT(NAME, id, text, rank, axis, block) [id] = (rank),
#include "op/layouts.def"
#undef TERN_LAYOUT
    };
    return layout < TERN_COUNT_OF(ranks) ? ranks[layout] : TERN_MAX_RANK + 1;
}

static tern_status check_range(const tern_graph *g, const tern_node *n, tern_node_id id)
{
    const uint64_t x_end = (uint64_t)n->x_first + n->x_count;
    const uint64_t y_end = (uint64_t)n->y_first + n->y_count;
    if (x_end > g->operand_count || y_end > g->operand_count || n->own_count > n->x_count) {
        return tern_fail(TERN_BAD_MODEL, "node %u: its operands lie outside the operand array",
                         (unsigned)id);
    }
    return TERN_OK;
}

static tern_status check_node(const tern_graph *g, tern_node_id id)
{
    const tern_node *n = &g->nodes[id];
    const tern_op *op = tern_node_op(n);
    if (op == NULL) {
        return tern_fail(TERN_BAD_MODEL, "node %u: %u is no operator", (unsigned)id,
                         (unsigned)n->op);
    }
    TERN_TRY(check_range(g, n, id));
    char who[160];
    (void)tern_node_who(n, who, sizeof who);
    if (op->control != TERN_CONTROL_NONE && op->control != TERN_CONTROL_CHECK &&
        !tern_node_is_control(n)) {
        return tern_fail(TERN_BAD_MODEL, "%s: is a step of a plan, not a node", who);
    }
    const bool fits = n->own_count >= op->arity.in_min &&
                      (op->arity.in_max < 0 || n->own_count <= op->arity.in_max);
    if (!fits || (op->arity.out >= 0 && n->y_count != op->arity.out)) {
        return tern_fail(TERN_BAD_MODEL, "%s: %d operands and %d results do not fit the operator",
                         who, n->own_count, n->y_count);
    }
    if ((n->attr == NULL) != (op->attr_size == 0)) {
        return tern_fail(TERN_BAD_MODEL, "%s: attributes are missing", who);
    }
    for (int32_t i = 0; i < n->x_count; i++) {
        const tern_value_id x = tern_graph_x(g, n, i);
        if (x == TERN_NO_ID && i >= op->arity.in_min && i < n->own_count) {
            continue;
        }
        if (x == TERN_NO_ID || x >= g->value_count || !tern_value_exists(&g->values[x])) {
            return tern_fail(TERN_BAD_MODEL, "%s: operand %d is no value", who, (int)i);
        }
        if (!tern_region_is_inside(g, n->region, tern_value_region(g, x))) {
            return tern_fail(TERN_BAD_MODEL,
                             "%s: operand %d is a value of a body that the node is not in", who,
                             (int)i);
        }
    }
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value_id y = tern_graph_y(g, n, i);
        if (y == TERN_NO_ID || y >= g->value_count || g->values[y].producer != id ||
            g->values[y].producer_index != i || g->values[y].is_input) {
            return tern_fail(TERN_BAD_MODEL, "%s: result %d belongs to another node", who, (int)i);
        }
    }
    if (n->epilogue != NULL && !op->epilogue) {
        return tern_fail(TERN_BAD_MODEL, "%s: the operator takes no fused expression", who);
    }
    return TERN_OK;
}

static tern_status check_value(const tern_graph *g, tern_value_id id)
{
    const tern_value *v = &g->values[id];
    if (!tern_value_exists(v)) {
        return TERN_OK; /* an unused slot */
    }
    const int name_len = (int)v->name.len;
    const char *name = v->name.len != 0 ? v->name.at : "";
    if (v->producer >= g->node_count ||
        (v->producer != TERN_NO_ID && g->nodes[v->producer].op == TERN_OP_NONE)) {
        return tern_fail(TERN_BAD_MODEL, "value %u \"%.*s\": its producer does not exist",
                         (unsigned)id, name_len, name);
    }
    if (tern_dtype_find(v->type.dtype) == NULL) {
        return tern_fail(TERN_BAD_MODEL, "value %u \"%.*s\": it has no element type", (unsigned)id,
                         name_len, name);
    }
    if (v->type.rank > TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE, "value %u \"%.*s\": rank %d, at most %d", (unsigned)id,
                         name_len, name, v->type.rank, TERN_MAX_RANK);
    }
    if (v->type.rank < layout_rank(v->type.layout)) {
        return tern_fail(TERN_BAD_SHAPE, "value %u \"%.*s\": rank %d cannot have the layout %s",
                         (unsigned)id, name_len, name, v->type.rank,
                         tern_layout_name(v->type.layout));
    }
    for (int32_t d = 0; d < v->type.rank; d++) {
        const tern_dim e = v->type.dims[d];
        if (tern_dim_known(e) ? e < 0
                              : e == TERN_DIM_NONE || tern_dim_id(e) >= g->dims.expr_count) {
            return tern_fail(TERN_BAD_SHAPE,
                             "value %u \"%.*s\": extent %d is negative or not known", (unsigned)id,
                             name_len, name, (int)d);
        }
    }
    return TERN_OK;
}

static tern_status check_constant(const tern_graph *g, const tern_node *n)
{
    char who[160];
    const tern_value *v = &g->values[tern_graph_y(g, n, 0)];
    size_t bytes;
    if (v->blob == 0 || v->blob > g->blob_count) {
        return tern_fail(TERN_BAD_MODEL, "%s: a constant without data",
                         tern_node_who(n, who, sizeof who));
    }
    if (!tern_type_is_static(&v->type) || !tern_type_bytes(&v->type, &bytes)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: a constant's extents must be numbers",
                         tern_node_who(n, who, sizeof who));
    }
    if (bytes != g->blobs[v->blob - 1].bytes) {
        return tern_fail(TERN_BAD_MODEL, "%s: its type needs %zu bytes, its data has %zu",
                         tern_node_who(n, who, sizeof who), bytes, g->blobs[v->blob - 1].bytes);
    }
    return TERN_OK;
}

static int compare_names(const tern_str *a, const tern_str *b)
{
    return tern_str_compare(*a, *b);
}

/* Heap sort: no allocation, no recursion, and never quadratic. */
static void sort_names(tern_str *a, size_t count)
{
    for (size_t end = count, start = count / 2; end > 1;) {
        if (start > 0) {
            start--;
        } else {
            end--;
            const tern_str top = a[0];
            a[0] = a[end];
            a[end] = top;
        }
        size_t root = start;
        for (size_t child = 2 * root + 1; child < end; child = 2 * root + 1) {
            if (child + 1 < end && compare_names(&a[child], &a[child + 1]) < 0) {
                child++;
            }
            if (compare_names(&a[root], &a[child]) >= 0) {
                break;
            }
            const tern_str swapped = a[root];
            a[root] = a[child];
            a[child] = swapped;
            root = child;
        }
    }
}

static tern_status check_names(const tern_graph *g, tern_arena *scratch)
{
    const size_t room = (size_t)g->input_count + g->output_count;
    tern_str *names = tern_arena_items(scratch, room + 1, sizeof *names, _Alignof(tern_str));
    if (names == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < g->input_count; i++) {
        names[count++] = g->values[g->inputs[i]].name;
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        if (!g->values[g->outputs[i]].is_input) {
            names[count++] = g->values[g->outputs[i]].name;
        }
    }
    sort_names(names, count);
    for (size_t i = 1; i < count; i++) {
        if (names[i].len != 0 && tern_str_equal(names[i], names[i - 1])) {
            return tern_fail(TERN_BAD_MODEL,
                             "two inputs or outputs are called \"%.*s\": names must be unique",
                             (int)names[i].len, names[i].at);
        }
    }
    return TERN_OK;
}

static tern_status check_ends(const tern_graph *g)
{
    for (uint32_t i = 0; i < g->input_count; i++) {
        if (g->inputs[i] == TERN_NO_ID || g->inputs[i] >= g->value_count ||
            !g->values[g->inputs[i]].is_input) {
            return tern_fail(TERN_BAD_MODEL, "input %u is no input value", (unsigned)i);
        }
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        const tern_value_id id = g->outputs[i];
        if (id == TERN_NO_ID || id >= g->value_count || !g->values[id].is_output ||
            !tern_value_exists(&g->values[id]) || tern_value_region(g, id) != 0) {
            return tern_fail(TERN_BAD_MODEL, "output %u is no value of the graph", (unsigned)i);
        }
    }
    return TERN_OK;
}

/* Owners and what is inside of what, before anything walks from body to body. */
static tern_status check_regions(const tern_graph *g)
{
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const tern_node *n = &g->nodes[id];
        if (n->op == TERN_OP_NONE) {
            continue;
        }
        bool fits = n->region < g->region_count &&
                    (n->region == 0 || g->regions[n->region].owner != TERN_NO_ID) &&
                    (n->body_count == 0 || tern_node_is_control(n)) &&
                    (uint64_t)n->body + n->body_count <= g->region_count &&
                    (n->body_count == 0 || n->body > 0);
        for (uint32_t r = n->body; fits && r < n->body + n->body_count; r++) {
            fits = g->regions[r].owner == id;
        }
        if (!fits) {
            return tern_fail(TERN_BAD_MODEL, "node %u: its region or bodies do not exist",
                             (unsigned)id);
        }
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        const tern_region *region = &g->regions[r];
        if (region->owner == TERN_NO_ID) {
            continue;
        }
        bool fits = region->owner < g->node_count &&
                    (uint64_t)region->param_first + region->param_count <= g->operand_count &&
                    (uint64_t)region->result_first + region->result_count <= g->operand_count;
        if (fits) {
            const tern_node *n = &g->nodes[region->owner];
            fits = n->op != TERN_OP_NONE && r >= n->body && r - n->body < n->body_count;
        }
        if (!fits) {
            return tern_fail(TERN_BAD_MODEL, "body %u: belongs to no node", (unsigned)r);
        }
    }
    return TERN_OK;
}

static tern_status check_body(const tern_graph *g, uint32_t r)
{
    const tern_region *region = &g->regions[r];
    char who[160];
    (void)tern_node_who(&g->nodes[region->owner], who, sizeof who);
    if (!tern_region_is_inside(g, r, 0)) {
        return tern_fail(TERN_BAD_MODEL, "%s: its body lies in itself, or more than %d deep", who,
                         TERN_REGION_DEPTH);
    }
    for (uint32_t i = 0; i < region->param_count; i++) {
        const tern_value_id p = tern_region_param(g, r, (int32_t)i);
        if (p == TERN_NO_ID || p >= g->value_count || g->values[p].param_of != r) {
            return tern_fail(TERN_BAD_MODEL, "%s: parameter %u of its body is another's", who, i);
        }
    }
    for (uint32_t i = 0; i < region->result_count; i++) {
        const tern_value_id v = tern_region_result(g, r, (int32_t)i);
        if (v == TERN_NO_ID || v >= g->value_count || !tern_value_exists(&g->values[v]) ||
            !tern_region_is_inside(g, r, tern_value_region(g, v))) {
            return tern_fail(TERN_BAD_MODEL, "%s: result %u of its body is no value in there", who,
                             i);
        }
    }
    return TERN_OK;
}

static tern_status verify(tern_graph *g, tern_arena *scratch)
{
    TERN_TRY(check_regions(g));
    for (uint32_t r = 1; r < g->region_count; r++) {
        TERN_TRY(g->regions[r].owner != TERN_NO_ID ? check_body(g, r) : TERN_OK);
    }
    for (tern_node_id id = 1; id < g->node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE) {
            TERN_TRY(check_node(g, id));
        }
    }
    for (tern_value_id id = 1; id < g->value_count; id++) {
        TERN_TRY(check_value(g, id));
    }
    TERN_TRY(check_ends(g));
    TERN_TRY(check_names(g, scratch));
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, scratch, &order, &count));
    const tern_arena_mark mark = tern_arena_mark_now(scratch);
    for (uint32_t i = 0; i < count; i++) {
        const tern_node *n = &g->nodes[order[i]];
        TERN_TRY(n->op == TERN_OP_constant ? check_constant(g, n)
                                           : tern_node_check_types(g, n, scratch));
        tern_arena_reset(scratch, mark);
    }
    return TERN_OK;
}

tern_status tern_graph_verify(tern_graph *g)
{
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    const tern_status status = verify(g, &scratch);
    tern_arena_destroy(&scratch);
    return status;
}
