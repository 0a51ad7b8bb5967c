/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes become steps and values get their homes.
 *
 *     constants      blobs of the plan (or nothing, when a tactic packed them)
 *     inputs         the user's buffers
 *     outputs        the user's buffers, written directly
 *     views          their operand's memory, when nothing forbids it
 *     the rest       offsets in the arena, planned from lifetimes
 */
#include "build/build.h"

#include "base/alloc.h"
#include "base/array.h"

/* --- order --- */

/* Outputs nobody computes (a constant marked as output) need a step that writes them; what is
 * counted while it is computed is copied to the user when its size is known. */
static tern_status give_outputs_producers(tern_graph *g)
{
    for (uint32_t i = 0; i < g->output_count; i++) {
        const tern_value_id old = g->outputs[i];
        const tern_value *value = tern_graph_value(g, old);
        const tern_node *producer = tern_graph_node(g, value->producer);
        if (value->producer != TERN_NO_ID && producer->op != TERN_OP_constant &&
            !(tern_node_op(producer)->counts && tern_build_depends_on_data(g, old))) {
            continue;
        }
        tern_node_id node = TERN_NO_ID;
        TERN_TRY(tern_graph_add_node(
            g,
            &(tern_new_node){.op = TERN_OP_identity, .name = value->name, .x = &old, .x_count = 1},
            &node));
        const tern_value_id made = tern_graph_y(g, tern_graph_node(g, node), 0);
        TERN_TRY(tern_graph_replace(g, old, made));
        TERN_TRY(tern_graph_set_operand(g, node, 0, old));
        TERN_TRY(tern_graph_infer_node(g, node));
    }
    return TERN_OK;
}

static bool is_step(const tern_graph *g, tern_node_id id)
{
    const uint32_t op = tern_graph_node(g, id)->op;
    return op != TERN_OP_NONE && op != TERN_OP_constant;
}

/* What lies at the root of a value: user memory, plan memory or arena. */
static tern_plan_home root_home(const tern_build_state *b, tern_value_id value)
{
    return b->slots[b->slots[value].root].home;
}

/* May this node's result share its operand's memory?  Sets the slot when it may. */
static bool make_view(tern_build_state *b, const tern_node *node)
{
    const tern_graph *g = b->graph;
    const tern_op *op = tern_node_op(node);
    if (op->is_view == NULL || node->epilogue != NULL || node->y_count != 1) {
        return false;
    }
    const tern_value_id x = tern_graph_x(g, node, 0);
    const tern_value_id y = tern_graph_y(g, node, 0);
    const tern_value *xv = tern_graph_value(g, x);
    const tern_value *yv = tern_graph_value(g, y);
    if (xv->type.layout != yv->type.layout || !op->is_view(node->attr, &xv->type, &yv->type)) {
        return false;
    }
    tern_slot *root = &b->slots[b->slots[x].root];
    if (yv->is_output) {
        if (root->home != TERN_PLAN_HOME_ARENA) {
            /* inputs, constants and other outputs are copied into an output, never shared */
            return false;
        }
        if (tern_build_depends_on_data(g, y)) {
            return false; /* its buffer may become known only after the operand is computed */
        }
        root->home = TERN_PLAN_HOME_BINDING; /* the whole chain is computed in the user's buffer */
        root->at = b->slots[y].at;
    }
    b->slots[y].root = b->slots[x].root;
    return true;
}

/* First homes: bindings and constants as they are, everything else in the arena. */
static tern_status init_slots(tern_build_state *b)
{
    const tern_graph *g = b->graph;
    b->slots = tern_arena_items(&b->arena, (size_t)g->value_count + 1 + tern_flow_room(g),
                                sizeof *b->slots, _Alignof(tern_slot));
    if (b->slots == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t id = 1; id < g->value_count; id++) {
        const tern_value *value = tern_graph_value(g, id);
        const bool is_constant = value->producer != TERN_NO_ID &&
                                 tern_graph_node(g, value->producer)->op == TERN_OP_constant;
        b->slots[id] = (tern_slot){
            .root = id,
            .home = is_constant ? TERN_PLAN_HOME_NONE : TERN_PLAN_HOME_ARENA,
            .plan_index = TERN_PLAN_NONE,
            .first = UINT32_MAX,
        };
    }
    for (uint32_t i = 0; i < g->input_count + g->output_count; i++) {
        tern_slot *slot =
            &b->slots[i < g->input_count ? g->inputs[i] : g->outputs[i - g->input_count]];
        slot->home = TERN_PLAN_HOME_BINDING;
        slot->at = i;
    }
    return TERN_OK;
}

/*
 * Host steps go first, as what they compute is needed to know the shapes of the rest.  Those that
 * need something of the rest (the shape of a result whose extents depend on data) stay among it.
 */
static tern_status place_late_hosts(tern_build_state *b, const tern_node_id *order, uint32_t count)
{
    tern_graph *g = b->graph;
    uint8_t *is_late = tern_arena_items(&b->arena, (size_t)g->node_count + 1, 1, 1);
    if (is_late == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        tern_node *node = tern_graph_node(g, order[i]);
        /* Control flow and what is in it stays in order. */
        bool late = node->region != 0 || node->body_count > 0;
        for (int32_t k = 0; k < node->x_count; k++) {
            const tern_value_id x = tern_graph_x(g, node, k);
            if (x != TERN_NO_ID) {
                late = late || is_late[tern_graph_value(g, x)->producer] != 0 ||
                       tern_build_depends_on_data(g, x);
            }
        }
        if (late) {
            is_late[order[i]] = 1;
            node->place = TERN_PLACE_DEVICE;
        }
    }
    return TERN_OK;
}

/* Does somebody need this step?  Steps that make extents known stay, read or not. */
static bool is_needed(const tern_build_state *b, const tern_node *node, const uint8_t *is_read)
{
    bool needed = node->y_count == 0 || tern_node_op(node)->control != TERN_CONTROL_NONE;
    for (int32_t i = 0; i < node->y_count; i++) {
        const tern_value_id y = tern_graph_y(b->graph, node, i);
        needed =
            needed || is_read[b->slots[y].root] != 0 || tern_build_depends_on_data(b->graph, y);
    }
    return needed;
}

/*
 * Shape arithmetic that inference has followed is read by nobody when the reshape it was for became
 * a view: those steps go.  Only steps count as readers, and outputs.
 */
static tern_status drop_unread(tern_build_state *b)
{
    const tern_graph *g = b->graph;
    uint8_t *is_read = tern_arena_items(&b->arena, (size_t)g->value_count + 1, 1, 1);
    uint8_t *stays = tern_arena_items(&b->arena, (size_t)b->step_count + 1, 1, 1);
    if (is_read == NULL || stays == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        is_read[b->slots[g->outputs[i]].root] = 1;
    }
    bool again = true;
    while (again) { /* twice where a host step has the dims of something computed behind it */
        again = false;
        for (uint32_t i = b->step_count; i-- > 0;) {
            const tern_node *node = tern_graph_node(g, b->steps[i].node);
            if (stays[i] != 0 || !is_needed(b, node, is_read)) {
                continue;
            }
            stays[i] = 1;
            again = true;
            for (int32_t k = 0; k < node->x_count; k++) {
                const tern_value_id x = tern_graph_x(g, node, k);
                if (x != TERN_NO_ID) {
                    is_read[b->slots[x].root] = 1;
                }
            }
        }
    }
    uint32_t count = 0;
    uint32_t *place = tern_arena_items(&b->arena, (size_t)b->step_count + 1, sizeof *place, 4);
    if (place == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < b->step_count; i++) {
        place[i] = count;
        if (stays[i] != 0) {
            b->steps[count++] = b->steps[i];
        }
    }
    place[b->step_count] = count;
    for (uint32_t i = 0; i < count; i++) {
        if (b->steps[i].target != TERN_PLAN_NONE) {
            b->steps[i].target = place[b->steps[i].target];
        }
    }
    b->step_count = count;
    return TERN_OK;
}

tern_status tern_build_order(tern_build_state *b)
{
    tern_graph *g = b->graph;
    TERN_TRY(give_outputs_producers(g));
    TERN_TRY(init_slots(b));
    tern_node_id *order = NULL;
    uint32_t count = 0;
    TERN_TRY(tern_graph_order(g, &b->arena, &order, &count));
    TERN_TRY(place_late_hosts(b, order, count));
    b->steps = tern_arena_items(&b->arena, (size_t)count + 1 + tern_flow_room(g), sizeof *b->steps,
                                _Alignof(tern_build_step));
    tern_flow *flow = tern_arena_zero(&b->arena, sizeof *flow, _Alignof(tern_flow));
    if (b->steps == NULL || flow == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int place = TERN_PLACE_HOST; place >= TERN_PLACE_DEVICE; place--) {
        for (uint32_t i = 0; i < count; i++) {
            const tern_node *node = tern_graph_node(g, order[i]);
            if (!is_step(g, order[i]) || node->place != place) {
                continue;
            }
            TERN_TRY(tern_flow_reach(b, flow, node->region));
            node = tern_graph_node(g, order[i]); /* the array may have moved */
            if (node->body_count > 0) {
                TERN_TRY(tern_flow_open(b, flow, order[i]));
            } else if (!make_view(b, node)) {
                b->steps[b->step_count++] = (tern_build_step){
                    .node = order[i], .packed_blob = TERN_PLAN_NONE, .target = TERN_PLAN_NONE};
            }
        }
        TERN_TRY(tern_flow_reach(b, flow, 0));
    }
    return drop_unread(b);
}

/* --- types and blobs --- */

/* What has no bound is looked at as if it were this long: tactics are asked again when it runs. */
enum { SAMPLE_EXTENT = 1024 };

tern_type tern_build_type(const tern_build_state *b, tern_value_id value, tern_point point)
{
    tern_type type = tern_graph_value(b->graph, value)->type;
    for (int32_t axis = 0; axis < type.rank; axis++) {
        const tern_dim d = type.dims[axis];
        if (tern_dim_known(d)) {
            continue;
        }
        if (point == TERN_POINT_MAX) {
            int64_t low = 0;
            tern_dim_bounds(&b->graph->dims, d, &low, &type.dims[axis]);
        } else {
            type.dims[axis] = tern_dim_value(d, b->dim_values[point]);
        }
        if (type.dims[axis] >= TERN_DIM_UNBOUNDED / 1024 &&
            tern_dim_depends_on_data(&b->graph->dims, d)) {
            type.dims[axis] = SAMPLE_EXTENT;
        }
    }
    return type;
}

tern_status tern_build_add_blob(tern_build_state *b, const void *data, size_t bytes,
                                uint32_t *out_index)
{
    TERN_TRY(tern_array_grow(b->allocator, &b->blobs, &b->blob_capacity, b->blob_count + 1,
                             sizeof *b->blobs));
    *out_index = (uint32_t)b->blob_count;
    b->blobs[b->blob_count++] = (tern_blob){data, bytes};
    return TERN_OK;
}

/* --- memory --- */

/* UINT64_MAX when data decides and sets no bound. */
static tern_status value_bytes(const tern_build_state *b, tern_value_id id, uint64_t *out_bytes)
{
    const tern_value *value = tern_graph_value(b->graph, id);
    tern_type type = value->type;
    bool has_bound = true;
    for (int32_t axis = 0; axis < type.rank; axis++) {
        int64_t low = 0;
        tern_dim_bounds(&b->graph->dims, value->type.dims[axis], &low, &type.dims[axis]);
        has_bound = has_bound && type.dims[axis] < TERN_DIM_UNBOUNDED / 1024;
    }
    size_t bytes = 0;
    const bool fits = tern_type_bytes(&type, &bytes);
    *out_bytes = fits ? bytes : UINT64_MAX;
    if ((!fits || !has_bound) && tern_build_depends_on_data(b->graph, id)) {
        *out_bytes = UINT64_MAX;
        return TERN_OK;
    }
    return fits ? TERN_OK
                : tern_fail(TERN_BAD_SHAPE,
                            "tensor \"%.*s\": its largest shape under the profiles has more bytes "
                            "than fit an address space",
                            (int)value->name.len, value->name.at);
}

static void use(tern_build_state *b, tern_value_id value, uint32_t step)
{
    tern_slot *root = &b->slots[b->slots[value].root];
    root->first = step < root->first ? step : root->first;
    root->last = step > root->last ? step : root->last;
}

/* A constant that a step reads as it is becomes a blob; one that was packed needs no bytes. */
static tern_status use_operands(tern_build_state *b, uint32_t step)
{
    const tern_graph *g = b->graph;
    const tern_node *node = tern_graph_node(g, b->steps[step].node);
    const uint32_t packed =
        b->steps[step].packed_blob != TERN_PLAN_NONE ? b->steps[step].tactic->packs : 0;
    for (int32_t i = 0; i < node->x_count; i++) {
        const tern_value_id x = tern_graph_x(g, node, i);
        if (x == TERN_NO_ID) {
            continue;
        }
        use(b, x, step);
        tern_slot *root = &b->slots[b->slots[x].root];
        if (root->home != TERN_PLAN_HOME_NONE || (i < 32 && (packed & (1u << i)) != 0)) {
            continue;
        }
        const tern_value_id constant = b->slots[x].root;
        const tern_value *value = tern_graph_value(g, constant);
        size_t bytes = 0;
        const void *data = tern_graph_constant_data(g, constant);
        if (!tern_type_bytes(&value->type, &bytes) || (data == NULL && bytes > 0)) {
            return tern_fail(
                TERN_BAD_MODEL,
                "constant \"%.*s\": has no data; a graph whose text has `@blob` without "
                "its bytes can be optimised, not built",
                (int)value->name.len, value->name.at);
        }
        uint32_t blob = 0;
        TERN_TRY(tern_build_add_blob(b, data, bytes, &blob));
        root->home = TERN_PLAN_HOME_BLOB;
        root->at = blob;
    }
    for (int32_t i = 0; i < node->y_count; i++) {
        use(b, tern_graph_y(g, node, i), step);
    }
    return TERN_OK;
}

/* What was there before a loop and is used in it is used until its end; inner loops end first. */
static void extend_over_loops(tern_build_state *b)
{
    for (uint32_t end = 0; end < b->step_count; end++) {
        const tern_op *op = tern_node_op(tern_graph_node(b->graph, b->steps[end].node));
        const uint32_t begin = b->steps[end].target;
        for (uint32_t id = 1; op->control == TERN_CONTROL_LOOP_NEXT && id < b->graph->value_count;
             id++) {
            tern_slot *s = &b->slots[id];
            if (s->first != UINT32_MAX && s->first <= begin && s->last > begin && s->last < end) {
                s->last = end;
            }
        }
    }
}

static tern_status plan_arena(tern_build_state *b)
{
    const uint32_t values = b->graph->value_count;
    const size_t room = (size_t)values + b->step_count + 1;
    tern_memory_item *items =
        tern_arena_items(&b->arena, room, sizeof *items, _Alignof(tern_memory_item));
    if (items == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    size_t count = 0;
    for (uint32_t id = 1; id < values; id++) {
        const tern_slot *s = &b->slots[id];
        if (s->root == id && s->home == TERN_PLAN_HOME_ARENA && s->first != UINT32_MAX) {
            items[count++] =
                (tern_memory_item){.bytes = s->bytes, .first = s->first, .last = s->last};
        }
    }
    for (uint32_t i = 0; i < b->step_count; i++) {
        const uint64_t scratch = b->steps[i].scratch_bytes;
        items[count++] = (tern_memory_item){
            .bytes = scratch != TERN_PLAN_SCRATCH_HEAP ? scratch : 0, .first = i, .last = i};
    }
    TERN_TRY(tern_memory_plan(items, count, b->allocator, &b->arena_bytes, &b->arena_lower_bound));
    count = 0;
    for (uint32_t id = 1; id < values; id++) {
        tern_slot *s = &b->slots[id];
        if (s->root == id && s->home == TERN_PLAN_HOME_ARENA && s->first != UINT32_MAX) {
            s->at = items[count++].at;
        }
    }
    for (uint32_t i = 0; i < b->step_count; i++) {
        b->steps[i].scratch_at = items[count++].at;
    }
    return TERN_OK;
}

tern_status tern_build_memory(tern_build_state *b)
{
    for (uint32_t i = 0; i < b->step_count; i++) {
        TERN_TRY(use_operands(b, i));
    }
    extend_over_loops(b);
    for (uint32_t id = 1; id < b->graph->value_count; id++) {
        tern_slot *slot = &b->slots[id];
        if (tern_graph_value(b->graph, id)->type.dtype == 0) {
            continue;
        }
        TERN_TRY(value_bytes(b, id, &slot->bytes));
        tern_slot *root = &b->slots[slot->root];
        root->bytes = root->bytes > slot->bytes ? root->bytes : slot->bytes;
    }
    TERN_TRY(tern_build_heap(b));
    TERN_TRY(plan_arena(b));
    for (uint32_t id = 1; id < b->graph->value_count; id++) {
        tern_slot *slot = &b->slots[id];
        slot->home = root_home(b, id);
        slot->at = b->slots[slot->root].at;
    }
    tern_log(b->logger, TERN_SEVERITY_INFO, "memory", "arena bytes=%llu lower_bound=%llu steps=%u",
             (unsigned long long)b->arena_bytes, (unsigned long long)b->arena_lower_bound,
             b->step_count);
    return TERN_OK;
}
