/* SPDX-License-Identifier: Apache-2.0
 *
 * Inference of a node in its graph: gathers what tern_op_infer wants to know, and keeps what it
 * answers.  A graph with an implicit batch is inferred as the operator sees it after batchify, on
 * copies, and the results lose the batch again:
 *
 *     [20,24,24] --(N in front)--> [N,20,24,24] --op--> [N,20,12,12] --(N off)--> [20,12,12]
 */
#include "ir/infer.h"

#include "base/alloc.h"

/* Everything tern_op_infer reads or writes of one node; lives in a scratch arena. */
typedef struct infer_room {
    tern_infer in;
    char who[192];
    const char **names;
    tern_type *x;
    const tern_dim **x_content;
    const void **x_data;
    tern_type y[TERN_OP_MAX_OUTPUTS], y_before[TERN_OP_MAX_OUTPUTS];
    tern_dim y_content[TERN_OP_MAX_OUTPUTS][TERN_CONTENT_MAX];
    bool y_content_known[TERN_OP_MAX_OUTPUTS];
    bool all_constant; /* operands that are there are constants, and there is one */
} infer_room;

/* How messages call an operand. */
static const char *operand_name(const tern_graph *g, tern_value_id id)
{
    const tern_value *v = &g->values[id];
    if (v->name.len != 0) {
        return v->name.at;
    }
    return v->producer != TERN_NO_ID && g->nodes[v->producer].name.len != 0
               ? g->nodes[v->producer].name.at
               : "";
}

static tern_status make_room(tern_graph *g, const tern_node *n, tern_arena *scratch, infer_room *r)
{
    const size_t count = n->own_count;
    r->names = tern_arena_items(scratch, count + 1, sizeof *r->names, _Alignof(char *));
    r->x = tern_arena_items(scratch, count + 1, sizeof *r->x, _Alignof(tern_type));
    r->x_content = tern_arena_items(scratch, count + 1, sizeof *r->x_content, _Alignof(tern_dim *));
    r->x_data = tern_arena_items(scratch, count + 1, sizeof *r->x_data, _Alignof(void *));
    if (r->names == NULL || r->x == NULL || r->x_content == NULL || r->x_data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    r->all_constant = count > 0;
    for (int32_t i = 0; i < n->own_count; i++) {
        const tern_value_id id = tern_graph_x(g, n, i);
        if (id == TERN_NO_ID) {
            r->names[i] = "";
            continue;
        }
        const tern_value *v = &g->values[id];
        if (v->type.dtype == 0) {
            return tern_fail(TERN_BAD_MODEL, "%s: the type of operand %d is not known yet", r->who,
                             (int)i);
        }
        r->names[i] = operand_name(g, id);
        r->x[i] = v->type;
        r->x[i].layout = TERN_LAYOUT_LINEAR;
        r->x_content[i] = v->content_known ? v->content : NULL;
        r->x_data[i] = tern_graph_constant_data(g, id);
        r->all_constant = r->all_constant && v->is_constant;
    }
    return TERN_OK;
}

static tern_status put_in_front(const infer_room *r, int32_t i, tern_type *t, tern_dim front)
{
    if (t->rank >= TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: operand %d \"%s\" has rank %d and gets an implicit batch in front, "
                         "at most %d are possible",
                         r->who, (int)i, r->names[i], t->rank, TERN_MAX_RANK);
    }
    memmove(&t->dims[1], &t->dims[0], (size_t)t->rank * sizeof t->dims[0]);
    t->dims[0] = front;
    t->rank++;
    return TERN_OK;
}

tern_status tern_node_batchify_attr(const tern_op *op, void *attr, int32_t visible_rank,
                                    const char *who)
{
    if (op->batchify != NULL) {
        return op->batchify(attr, visible_rank, who);
    }
    return op->attrs != NULL && attr != NULL ? tern_attr_batchify(op->attrs, attr, who) : TERN_OK;
}

bool tern_op_wants_batch(const tern_op *op, int32_t i)
{
    return i >= 32 || ((op->batchless_operands >> i) & 1u) == 0;
}

static tern_status add_batch(tern_graph *g, const tern_node *n, infer_room *r)
{
    tern_dim batch;
    TERN_TRY(tern_graph_batch_dim(g, &batch));
    const int32_t visible_rank = n->own_count > 0 ? r->x[0].rank : 0;
    for (int32_t i = 0; i < n->own_count; i++) {
        const tern_value_id id = tern_graph_x(g, n, i);
        if (id == TERN_NO_ID || !tern_op_wants_batch(r->in.op, i)) {
            continue;
        }
        TERN_TRY(put_in_front(r, i, &r->x[i], g->values[id].is_constant ? 1 : batch));
    }
    return tern_node_batchify_attr(r->in.op, r->in.attr, visible_rank, r->who);
}

static tern_status take_batch(const tern_graph *g, infer_room *r)
{
    for (int32_t i = 0; i < r->in.y_count; i++) {
        tern_type *y = &r->y[i];
        if (y->rank == 0 || y->dims[0] != g->batch_dim) {
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: result %d would lose or change the implicit batch; use explicit "
                             "batch for this layer",
                             r->who, (int)i);
        }
        y->rank--;
        memmove(&y->dims[0], &y->dims[1], (size_t)y->rank * sizeof y->dims[0]);
        y->dims[y->rank] = 0;
        r->y_content_known[i] = false;
    }
    return TERN_OK;
}

/* A fused expression changes no shape: its operands broadcast to the result (last axes aligned),
 * in its class.  What may be true is checked again with numbers, when shapes are set. */
static bool broadcasts_to(const tern_type *t, const tern_type *y)
{
    const tern_dtype_info *a = tern_dtype_find(t->dtype), *b = tern_dtype_find(y->dtype);
    bool fits = a != NULL && b != NULL && a->class_ == b->class_ && t->rank <= y->rank;
    for (int32_t d = 0; fits && d < t->rank; d++) {
        fits = t->dims[d] == 1 || tern_dim_may_equal(t->dims[d], y->dims[y->rank - t->rank + d]);
    }
    return fits;
}

static tern_status check_epilogue(const tern_graph *g, const tern_node *n, const infer_room *r)
{
    if (n->epilogue == NULL && n->x_count == n->own_count) {
        return TERN_OK;
    }
    if (n->epilogue == NULL || n->epilogue->operand_count != n->x_count - n->own_count ||
        n->y_count != 1) {
        return tern_fail(
            TERN_BAD_MODEL,
            "%s: the fused expression takes %d operands, the node has %d and %d results", r->who,
            n->epilogue != NULL ? n->epilogue->operand_count : 0, n->x_count - n->own_count,
            n->y_count);
    }
    for (int32_t i = n->own_count; i < n->x_count; i++) {
        if (!broadcasts_to(&g->values[tern_graph_x(g, n, i)].type, &r->y[0])) {
            return tern_fail(
                TERN_BAD_SHAPE,
                "%s: operand %d of the fused expression does not broadcast to the result", r->who,
                (int)(i - n->own_count));
        }
    }
    return TERN_OK;
}

/* Runs the inference of `n` into `r`; r->in.attr is the struct that is normalised. */
static tern_status infer_into(tern_graph *g, const tern_node *n, void *attr, tern_arena *scratch,
                              infer_room *r)
{
    (void)tern_node_who(n, r->who, sizeof r->who);
    const tern_op *op = tern_node_op(n);
    TERN_TRY(make_room(g, n, scratch, r));
    r->in = (tern_infer){.op = op,
                         .who = r->who,
                         .x_names = r->names,
                         .dims = &g->dims,
                         .attr = attr,
                         .x_count = n->own_count,
                         .y_count = n->y_count,
                         .x = r->x,
                         .x_content = r->x_content,
                         .x_data = r->x_data,
                         .y = r->y,
                         .y_content = r->y_content,
                         .y_content_known = r->y_content_known,
                         .y_before = r->y_before};
    for (int32_t i = 0; i < n->y_count; i++) {
        r->y_before[i] = g->values[tern_graph_y(g, n, i)].type;
    }
    const bool batched = g->batch == TERN_BATCH_IS_IMPLICIT && !r->all_constant;
    if (batched) {
        TERN_TRY(add_batch(g, n, r));
    }
    TERN_TRY(tern_op_infer(&r->in));
    TERN_TRY(g->dims.status);
    if (batched) {
        TERN_TRY(take_batch(g, r));
    }
    return check_epilogue(g, n, r);
}

/* A copy of the node's attributes to infer on. */
static tern_status scratch_attr(const tern_node *n, tern_arena *scratch, void **out_attr)
{
    *out_attr = NULL;
    const size_t bytes = tern_node_op(n)->attr_size;
    if (bytes == 0 || n->attr == NULL) {
        return TERN_OK;
    }
    *out_attr = tern_arena_copy(scratch, n->attr, bytes, 16);
    return *out_attr != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

static tern_status keep_content(tern_graph *g, tern_value *v, const tern_dim *content, bool known)
{
    int64_t count = 0;
    v->content_known = 0;
    v->content_count = 0;
    v->content = NULL;
    if (!known || !tern_type_volume(&v->type, &count) || count > TERN_CONTENT_MAX) {
        return TERN_OK;
    }
    tern_dim *copy =
        tern_arena_copy(&g->arena, content, (size_t)count * sizeof *copy, _Alignof(tern_dim));
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    v->content = copy;
    v->content_count = (uint8_t)count;
    v->content_known = 1;
    return TERN_OK;
}

static bool same_content(const tern_value *v, const tern_dim *content, bool known)
{
    int64_t count = 0;
    if (!known || !v->content_known || !tern_type_volume(&v->type, &count) ||
        count != v->content_count) {
        return false;
    }
    return count == 0 || memcmp(v->content, content, (size_t)count * sizeof *content) == 0;
}

/* Operators know nothing of layouts but reorder: what assign-layouts decided stays. */
static void keep_layout(const tern_node *n, const tern_type *stored, tern_type *y)
{
    if (n->op != TERN_OP_reorder) {
        y->layout = stored->layout;
    }
}

static tern_status keep_results(tern_graph *g, const tern_node *n, infer_room *r)
{
    for (int32_t i = 0; i < n->y_count; i++) {
        tern_value *v = &g->values[tern_graph_y(g, n, i)];
        keep_layout(n, &v->type, &r->y[i]);
        v->type = r->y[i];
        v->is_constant = r->all_constant;
        if (!same_content(v, r->y_content[i],
                          r->y_content_known[i])) { /* else nothing to allocate again */
            TERN_TRY(keep_content(g, v, r->y_content[i], r->y_content_known[i]));
        }
    }
    return TERN_OK;
}

/* A constant's type is its own; small integer ones are known element by element. */
static tern_status infer_constant(tern_graph *g, const tern_node *n)
{
    tern_value *v = &g->values[tern_graph_y(g, n, 0)];
    v->is_constant = 1;
    int64_t count;
    const void *data = tern_graph_constant_data(g, tern_graph_y(g, n, 0));
    const tern_dtype_info *info = tern_dtype_find(v->type.dtype);
    const bool small = data != NULL && info != NULL && info->class_ != TERN_CLASS_F &&
                       tern_type_volume(&v->type, &count) && count <= TERN_CONTENT_MAX;
    if (!small || v->content_known) {
        return TERN_OK;
    }
    tern_dim content[TERN_CONTENT_MAX];
    tern_convert((tern_dtype)v->type.dtype, data, TERN_DTYPE_I64, content, count);
    for (int64_t i = 0; i < count; i++) {
        if (!tern_dim_known(content[i])) {
            return TERN_OK; /* too negative to be told from an expression */
        }
    }
    return keep_content(g, v, content, true);
}

static tern_status infer_node(tern_graph *g, tern_node *n, tern_arena *scratch)
{
    if (n->op == TERN_OP_constant) {
        return infer_constant(g, n);
    }
    TERN_ASSERT(!tern_node_is_control(n));
    infer_room *r = tern_arena_zero(scratch, sizeof *r, 16);
    void *attr;
    if (r == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(scratch_attr(n, scratch, &attr));
    TERN_TRY(infer_into(g, n, attr, scratch, r));
    if (g->batch == TERN_BATCH_IS_EXPLICIT && attr != NULL) {
        memcpy(n->attr, attr, r->in.op->attr_size);
    }
    return keep_results(g, n, r);
}

tern_status tern_infer_list(tern_graph *g, const tern_node_id *order, uint32_t count,
                            tern_arena *scratch)
{
    const tern_arena_mark mark = tern_arena_mark_now(scratch);
    for (uint32_t i = 0; i < count;) {
        tern_node *n = &g->nodes[order[i]];
        uint32_t end = i + 1;
        if (!tern_node_is_control(n)) {
            TERN_TRY(infer_node(g, n, scratch));
        } else { /* its bodies follow it */
            while (end < count && tern_node_in_region(g, order[end], n->region) == order[i]) {
                end++;
            }
            TERN_TRY(tern_control_infer(g, order[i], order + i + 1, end - i - 1, scratch));
        }
        i = end;
        tern_arena_reset(scratch, mark);
    }
    return TERN_OK;
}

/* A control node with the nodes of its bodies. */
static tern_status infer_control(tern_graph *g, tern_node_id node, tern_arena *scratch)
{
    tern_node_id *order;
    uint32_t count, at = 0;
    TERN_TRY(tern_graph_order(g, scratch, &order, &count));
    while (at < count && order[at] != node) {
        at++;
    }
    uint32_t end = at + 1;
    while (end < count && tern_node_in_region(g, order[end], g->nodes[node].region) == node) {
        end++;
    }
    return at < count ? tern_infer_list(g, order + at, end - at, scratch) : TERN_OK;
}

tern_status tern_graph_infer_node(tern_graph *g, tern_node_id node)
{
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    const tern_status status = tern_node_is_control(&g->nodes[node])
                                   ? infer_control(g, node, &scratch)
                                   : infer_node(g, &g->nodes[node], &scratch);
    tern_arena_destroy(&scratch);
    g->changes++;
    return status;
}

tern_status tern_graph_infer(tern_graph *g)
{
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    tern_node_id *order;
    uint32_t count;
    tern_status status = tern_graph_order(g, &scratch, &order, &count);
    if (status == TERN_OK) {
        status = tern_infer_list(g, order, count, &scratch);
    }
    tern_arena_destroy(&scratch);
    g->changes++;
    return status;
}

tern_status tern_node_check_types(tern_graph *g, const tern_node *n, tern_arena *scratch)
{
    if (tern_node_is_control(n)) {
        return tern_control_check(g, n);
    }
    infer_room *r = tern_arena_zero(scratch, sizeof *r, 16);
    void *attr;
    if (r == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(scratch_attr(n, scratch, &attr));
    TERN_TRY(infer_into(g, n, attr, scratch, r));
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_type *stored = &g->values[tern_graph_y(g, n, i)].type;
        keep_layout(n, stored, &r->y[i]);
        if (!tern_type_equal(stored, &r->y[i])) {
            char buffer[256];
            tern_text text;
            tern_text_init_fixed(&text, buffer, sizeof buffer);
            tern_type_print(&text, &g->dims, stored);
            tern_text_add(&text, ", inference says ");
            tern_type_print(&text, &g->dims, &r->y[i]);
            return tern_fail(TERN_BAD_SHAPE, "%s: result %d is written as %s", r->who, (int)i,
                             buffer);
        }
    }
    return TERN_OK;
}
