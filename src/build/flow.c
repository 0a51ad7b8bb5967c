/* SPDX-License-Identifier: Apache-2.0
 *
 * Control flow becomes jumps.  Nodes come in order, bodies behind their owners; this opens bodies
 * when it meets an owner and closes them when the next node is not inside any more.
 *
 *     if      jump(c) >else | then's steps | carry r -> y ... | jump >end
 *             else: else's steps | carry r -> y ... | end:
 *     loop    carry init -> p ... | loop_begin >next | body's steps | store row -> stack ...
 *             carry r -> p ... | next: loop_next >begin | carry p -> y ...
 *
 * Parameters and results of control flow are places that several steps write: what those steps make
 * are values of their own whose root is the place.
 */
#include "build/build.h"

#include "base/alloc.h"

/* Steps, and values, that control flow adds at most. */
size_t tern_flow_room(const tern_graph *g)
{
    size_t room = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const tern_node *n = tern_graph_node(g, id);
        if (n->op != TERN_OP_NONE && n->body_count > 0) {
            room += 16 + 8 * ((size_t)n->y_count + n->own_count);
        }
    }
    return room;
}

static void push_step(tern_build_state *b, tern_node_id node, uint32_t target)
{
    b->steps[b->step_count++] =
        (tern_build_step){.node = node, .packed_blob = TERN_PLAN_NONE, .target = target};
}

static void init_slot(tern_build_state *b, tern_value_id id, tern_value_id root, bool is_constant)
{
    b->slots[id] = (tern_slot){
        .root = root,
        .home = is_constant ? TERN_PLAN_HOME_NONE : TERN_PLAN_HOME_ARENA,
        .plan_index = TERN_PLAN_NONE,
        .first = UINT32_MAX,
    };
}

/* A node of `owner`'s, in its region, with slots for what it makes. */
static tern_status add_node(tern_build_state *b, tern_node_id owner, uint32_t op,
                            const tern_value_id *x, int32_t count, tern_node_id *out_node)
{
    tern_graph *g = b->graph;
    const tern_node *o = tern_graph_node(g, owner);
    const tern_str name = o->name, origins = o->origins;
    TERN_TRY(tern_graph_add_node(
        g, &(tern_new_node){.op = op, .name = name, .x = x, .x_count = count}, out_node));
    tern_node *n = tern_graph_node(g, *out_node);
    n->origins = origins;
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value_id y = tern_graph_y(g, n, i);
        init_slot(b, y, y, false);
    }
    return TERN_OK;
}

/* A step that computes into the place of `to`, with its type. */
static tern_status add_step_into(tern_build_state *b, tern_node_id owner, uint32_t op,
                                 const tern_value_id *x, int32_t count, tern_value_id to)
{
    tern_node_id id = TERN_NO_ID;
    TERN_TRY(add_node(b, owner, op, x, count, &id));
    const tern_value_id y = tern_graph_y(b->graph, tern_graph_node(b->graph, id), 0);
    tern_graph_value(b->graph, y)->type = tern_graph_value(b->graph, to)->type;
    b->slots[y].root = b->slots[to].root;
    push_step(b, id, TERN_PLAN_NONE);
    return TERN_OK;
}

static bool has_data(const tern_build_state *b, tern_value_id value)
{
    return tern_build_depends_on_data(b->graph, value);
}

/* Copies a value into the place of another; nothing when it lies there, but for its extents. */
static tern_status carry(tern_build_state *b, tern_node_id owner, tern_value_id from,
                         tern_value_id to)
{
    if (from == to || (b->slots[from].root == b->slots[to].root && !has_data(b, to))) {
        return TERN_OK;
    }
    return add_step_into(b, owner, TERN_OP_carry, &from, 1, to);
}

/* --- branches --- */

/* A branch's result is computed where it has to go, if it is the branch's own and nobody's view. */
static void place_result(tern_build_state *b, uint32_t region, tern_value_id from, tern_value_id to)
{
    const tern_graph *g = b->graph;
    const tern_value *v = tern_graph_value(g, from);
    const tern_node *producer = tern_graph_node(g, v->producer);
    if (v->producer == TERN_NO_ID || producer->region != region || producer->body_count > 0 ||
        producer->op == TERN_OP_constant || tern_node_op(producer)->is_view != NULL ||
        b->slots[from].root != from || has_data(b, from) || has_data(b, to) ||
        !tern_type_equal(&v->type, &tern_graph_value(g, to)->type)) {
        return;
    }
    b->slots[from].root = b->slots[to].root;
}

static tern_status open_if(tern_build_state *b, tern_flow *f, tern_node_id owner)
{
    const tern_graph *g = b->graph;
    const tern_node n = *tern_graph_node(g, owner); /* the array may move */
    for (uint32_t r = n.body; r < n.body + 2; r++) {
        for (int32_t i = 0; i < n.y_count; i++) {
            place_result(b, r, tern_region_result(g, r, i), tern_graph_y(g, &n, i));
        }
    }
    const tern_value_id condition = tern_graph_x(g, &n, 0);
    tern_node_id jump = TERN_NO_ID;
    TERN_TRY(add_node(b, owner, TERN_OP_jump, &condition, 1, &jump));
    f->open[f->depth++] = (tern_flow_body){.owner = owner, .region = n.body, .step = b->step_count};
    push_step(b, jump, TERN_PLAN_NONE);
    return TERN_OK;
}

/* The end of a branch; *out_open: the other one begins. */
static tern_status close_branch(tern_build_state *b, tern_flow *f, bool *out_open)
{
    tern_flow_body *body = &f->open[f->depth - 1];
    const tern_node_id owner = body->owner;
    const uint32_t r = body->region;
    for (int32_t i = 0; i < tern_graph_node(b->graph, owner)->y_count; i++) {
        TERN_TRY(carry(b, owner, tern_region_result(b->graph, r, i),
                       tern_graph_y(b->graph, tern_graph_node(b->graph, owner), i)));
    }
    *out_open = r == tern_graph_node(b->graph, owner)->body;
    if (!*out_open) {
        b->steps[body->step].target = b->step_count;
        f->depth--;
        return TERN_OK;
    }
    tern_node_id jump = TERN_NO_ID;
    TERN_TRY(add_node(b, owner, TERN_OP_jump, NULL, 0, &jump));
    b->steps[body->step].target = b->step_count + 1;
    body->region = r + 1;
    body->step = b->step_count;
    push_step(b, jump, TERN_PLAN_NONE);
    return TERN_OK;
}

/* --- loops --- */

static int32_t carried_count(const tern_node *n)
{
    return n->own_count > 2 ? n->own_count - 2 : 0;
}

static tern_value_id param(const tern_build_state *b, const tern_flow_body *body, int32_t i)
{
    return tern_region_param(b->graph, body->region, i);
}

static tern_value_id result(const tern_build_state *b, tern_node_id owner, int32_t i)
{
    return tern_graph_y(b->graph, tern_graph_node(b->graph, owner), i);
}

/* A stack whose length is known is the result itself; another one begins empty. */
static tern_status open_stack(tern_build_state *b, tern_node_id owner, tern_value_id y,
                              tern_value_id *out_stack)
{
    tern_graph *g = b->graph;
    *out_stack = y;
    if (!has_data(b, y)) {
        return TERN_OK;
    }
    tern_type grows = tern_graph_value(g, y)->type, empty = grows;
    for (int32_t d = 0; d < grows.rank; d++) {
        if (!tern_dim_depends_on_data(&g->dims, grows.dims[d])) {
            empty.dims[d] = d == 0 || !tern_dim_known(grows.dims[d]) ? 0 : grows.dims[d];
            continue;
        }
        int64_t low = 0, high = 0;
        tern_dim_bounds(&g->dims, grows.dims[d], &low, &high);
        grows.dims[d] = tern_dim_make_data(&g->dims, high);
        empty.dims[d] = 0;
    }
    for (int32_t d = 1; d < grows.rank; d++) {
        /* Rows of a symbolic extent: it is checked when the first one comes. */
        if (!tern_dim_known(grows.dims[d]) && !tern_dim_depends_on_data(&g->dims, grows.dims[d])) {
            int64_t low = 0, high = 0;
            tern_dim_bounds(&g->dims, grows.dims[d], &low, &high);
            grows.dims[d] = tern_dim_make_data(&g->dims, high);
        }
    }
    TERN_TRY(g->dims.status);
    uint32_t blob = 0;
    tern_value_id none = TERN_NO_ID;
    TERN_TRY(tern_graph_add_blob(g, NULL, 0, false, &blob));
    TERN_TRY(tern_graph_add_constant(g, (tern_str){"", 0}, &empty, blob, &none));
    init_slot(b, none, none, true);
    tern_node_id id = TERN_NO_ID;
    TERN_TRY(add_node(b, owner, TERN_OP_carry, &none, 1, &id));
    *out_stack = tern_graph_y(g, tern_graph_node(g, id), 0);
    tern_graph_value(g, *out_stack)->type = grows;
    push_step(b, id, TERN_PLAN_NONE);
    return TERN_OK;
}

static tern_status open_loop(tern_build_state *b, tern_flow *f, tern_node_id owner)
{
    tern_graph *g = b->graph;
    const tern_node loop = *tern_graph_node(g, owner);
    const int32_t carried = carried_count(&loop), stacks = loop.y_count - carried;
    tern_flow_body body = {.owner = owner, .region = loop.body};
    tern_value_id *x = tern_arena_items(&b->arena, (size_t)stacks + 2, sizeof *x, sizeof *x);
    if (x == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < carried; i++) {
        TERN_TRY(carry(b, owner, tern_graph_x(g, tern_graph_node(g, owner), 2 + i),
                       param(b, &body, 2 + i)));
    }
    for (int32_t i = 0; i < stacks; i++) {
        TERN_TRY(open_stack(b, owner, result(b, owner, carried + i), &x[2 + i]));
    }
    body.stacks = x + 2;
    body.has_condition = tern_loop_has_condition(g, tern_graph_node(g, owner));
    x[0] = loop.own_count > 0 ? tern_graph_x(g, tern_graph_node(g, owner), 0) : TERN_NO_ID;
    x[1] = loop.own_count > 1 && body.has_condition ? tern_graph_x(g, tern_graph_node(g, owner), 1)
                                                    : TERN_NO_ID;
    if (x[0] == TERN_NO_ID && !body.has_condition) {
        char who[160];
        return tern_fail(TERN_BAD_MODEL,
                         "%s: would never end: it has no trip count and its condition is always "
                         "true",
                         tern_node_who(tern_graph_node(g, owner), who, sizeof who));
    }
    tern_node_id begin = TERN_NO_ID;
    TERN_TRY(add_node(b, owner, TERN_OP_loop_begin, x, stacks + 2, &begin));
    for (int32_t i = 0; i < 2; i++) {
        const tern_value_id y = tern_graph_y(g, tern_graph_node(g, begin), i);
        tern_graph_value(g, y)->type = tern_graph_value(g, param(b, &body, i))->type;
        b->slots[y].root = param(b, &body, i);
    }
    body.step = b->step_count;
    push_step(b, begin, TERN_PLAN_NONE);
    f->open[f->depth++] = body;
    return TERN_OK;
}

/* Is the source where another parameter is, which may be written first? */
static bool is_overwritten(const tern_build_state *b, const tern_flow_body *body,
                           tern_value_id from, int32_t to)
{
    bool is = false;
    const int32_t count = (int32_t)b->graph->regions[body->region].param_count;
    for (int32_t i = 1; i < count; i++) {
        is = is || (i != to && b->slots[from].root == b->slots[param(b, body, i)].root);
    }
    return is;
}

/* What goes round, all at once: sources that would be overwritten are put aside. */
static tern_status carry_round(tern_build_state *b, const tern_flow_body *body, int32_t carried)
{
    tern_graph *g = b->graph;
    tern_value_id *from =
        tern_arena_items(&b->arena, (size_t)carried + 2, sizeof *from, sizeof *from);
    if (from == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 1; i < carried + 2; i++) { /* parameter i is given by result i - 1 */
        from[i] = tern_region_result(g, body->region, i - 1);
        if ((i == 1 && !body->has_condition) || !is_overwritten(b, body, from[i], i)) {
            continue;
        }
        tern_node_id aside = TERN_NO_ID;
        TERN_TRY(add_node(b, body->owner, TERN_OP_identity, &from[i], 1, &aside));
        const tern_value_id y = tern_graph_y(g, tern_graph_node(g, aside), 0);
        tern_graph_value(g, y)->type = tern_graph_value(g, from[i])->type;
        push_step(b, aside, TERN_PLAN_NONE);
        from[i] = y;
    }
    for (int32_t i = body->has_condition ? 1 : 2; i < carried + 2; i++) {
        TERN_TRY(carry(b, body->owner, from[i], param(b, body, i)));
    }
    return TERN_OK;
}

/* Results are where the parameters and stacks are, but for those that have a place of their own. */
static tern_status give_result(tern_build_state *b, tern_node_id owner, tern_value_id from,
                               tern_value_id y)
{
    if (!tern_graph_value(b->graph, y)->is_output) {
        b->slots[y].root = b->slots[from].root;
    }
    return carry(b, owner, from, y);
}

static tern_status close_loop(tern_build_state *b, tern_flow *f)
{
    tern_graph *g = b->graph;
    const tern_flow_body body = f->open[--f->depth];
    const tern_node loop = *tern_graph_node(g, body.owner);
    const int32_t carried = carried_count(&loop), stacks = loop.y_count - carried;
    for (int32_t i = 0; i < stacks; i++) {
        const tern_value_id x[3] = {body.stacks[i], param(b, &body, 0),
                                    tern_region_result(g, body.region, 1 + carried + i)};
        TERN_TRY(add_step_into(b, body.owner, TERN_OP_store, x, 3, body.stacks[i]));
    }
    TERN_TRY(carry_round(b, &body, carried));
    const tern_value_id condition = param(b, &body, 1);
    tern_node_id next = TERN_NO_ID;
    TERN_TRY(
        add_node(b, body.owner, TERN_OP_loop_next, &condition, body.has_condition ? 1 : 0, &next));
    const tern_value_id number = tern_graph_y(g, tern_graph_node(g, next), 0);
    tern_graph_value(g, number)->type = tern_graph_value(g, param(b, &body, 0))->type;
    b->slots[number].root = param(b, &body, 0);
    b->steps[body.step].target = b->step_count;
    push_step(b, next, body.step);
    for (int32_t i = 0; i < loop.y_count; i++) {
        TERN_TRY(give_result(b, body.owner,
                             i < carried ? param(b, &body, 2 + i) : body.stacks[i - carried],
                             result(b, body.owner, i)));
    }
    return TERN_OK;
}

/* --- both --- */

tern_status tern_flow_reach(tern_build_state *b, tern_flow *f, uint32_t region)
{
    while (f->depth > 0) {
        const tern_flow_body *body = &f->open[f->depth - 1];
        if (tern_region_is_inside(b->graph, region, body->region)) {
            return TERN_OK;
        }
        if (tern_graph_node(b->graph, body->owner)->op == TERN_OP_loop) {
            TERN_TRY(close_loop(b, f));
            continue;
        }
        bool is_open = false;
        TERN_TRY(close_branch(b, f, &is_open));
    }
    return TERN_OK;
}

tern_status tern_flow_open(tern_build_state *b, tern_flow *f, tern_node_id owner)
{
    TERN_ASSERT(f->depth <= TERN_REGION_DEPTH);
    return tern_graph_node(b->graph, owner)->op == TERN_OP_loop ? open_loop(b, f, owner)
                                                                : open_if(b, f, owner);
}
