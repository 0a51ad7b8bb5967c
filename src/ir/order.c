/* SPDX-License-Identifier: Apache-2.0
 *
 * Derived data: use lists and topological order, computed from the operand arrays whenever
 * somebody asks.  O(edges) is nothing at our sizes, and what is never stored is never stale.
 */
#include "ir/graph.h"

tern_status tern_graph_uses(const tern_graph *g, tern_arena *scratch, tern_uses *out_uses)
{
    uint32_t *first =
        tern_arena_items(scratch, (size_t)g->value_count + 2, sizeof *first, _Alignof(uint32_t));
    if (first == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    uint32_t total = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const tern_node *n = &g->nodes[id];
        for (int32_t i = 0; i < n->x_count; i++) {
            first[tern_graph_x(g, n, i) + 2]++;
            total++;
        }
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        for (uint32_t i = 0; i < g->regions[r].result_count; i++) {
            first[tern_region_result(g, r, (int32_t)i) + 2]++;
            total++;
        }
    }
    tern_node_id *users =
        tern_arena_items(scratch, (size_t)total + 1, sizeof *users, _Alignof(tern_node_id));
    if (users == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t v = 2; v < g->value_count + 2; v++) {
        first[v] += first[v - 1];
    }
    for (tern_node_id id = 1; id < g->node_count;
         id++) { /* first[v + 1] moves from v's begin to its end */
        const tern_node *n = &g->nodes[id];
        for (int32_t i = 0; i < n->x_count; i++) {
            users[first[tern_graph_x(g, n, i) + 1]++] = id;
        }
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        for (uint32_t i = 0; i < g->regions[r].result_count; i++) {
            users[first[tern_region_result(g, r, (int32_t)i) + 1]++] = g->regions[r].owner;
        }
    }
    *out_uses = (tern_uses){.first = first, .users = users, .at_change = g->changes};
    return TERN_OK;
}

/* A min-heap of node ids. */
typedef struct heap {
    tern_node_id *at;
    uint32_t count;
} heap;

static void push(heap *h, tern_node_id id)
{
    uint32_t i = h->count++;
    while (i > 0 && h->at[(i - 1) / 2] > id) {
        h->at[i] = h->at[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->at[i] = id;
}

static tern_node_id pop(heap *h)
{
    const tern_node_id top = h->at[0];
    const tern_node_id last = h->at[--h->count];
    uint32_t i = 0;
    for (uint32_t child = 1; child < h->count; child = 2 * i + 1) {
        if (child + 1 < h->count && h->at[child + 1] < h->at[child]) {
            child++;
        }
        if (h->at[child] >= last) {
            break;
        }
        h->at[i] = h->at[child];
        i = child;
    }
    h->at[i] = last;
    return top;
}

/* --- order --- */

/*
 * A node waits for the producers of its operands and of what its bodies use; those inside of a body
 * are the body's own business.  So each use counts between the producer and the node of its region
 * that the user is, or is inside of.
 */
static void wait_for(const tern_graph *g, tern_node_id user, tern_value_id x, uint32_t *waiting)
{
    const tern_value *v = &g->values[x];
    if (x == TERN_NO_ID || v->producer == TERN_NO_ID) {
        return;
    }
    const tern_node_id waits = tern_node_in_region(g, user, g->nodes[v->producer].region);
    waiting[waits]++; /* [0]: nobody, when the use is not where the value is to be seen */
}

static uint32_t count_waiting(const tern_graph *g, uint32_t *waiting, heap *ready)
{
    uint32_t live = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const tern_node *n = &g->nodes[id];
        if (n->op == TERN_OP_NONE) {
            continue;
        }
        live++;
        for (int32_t i = 0; i < n->x_count; i++) {
            wait_for(g, id, tern_graph_x(g, n, i), waiting);
        }
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        const tern_region *region = &g->regions[r];
        for (uint32_t i = 0; region->owner != TERN_NO_ID && i < region->result_count; i++) {
            const tern_value_id x = tern_region_result(g, r, (int32_t)i);
            if (tern_value_region(g, x) != r) {
                wait_for(g, region->owner, x, waiting);
            }
        }
    }
    for (tern_node_id id = 1; id < g->node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE && waiting[id] == 0) {
            push(ready, id);
        }
    }
    return live;
}

/* A user of y, which a node of region r has made, has one reason less to wait. */
static void release(const tern_graph *g, tern_node_id user, tern_value_id y, uint32_t *waiting,
                    heap *ready)
{
    const tern_node_id waits = tern_node_in_region(g, user, g->nodes[g->values[y].producer].region);
    if (waits != TERN_NO_ID && --waiting[waits] == 0) {
        push(ready, waits);
    }
}

/* Bodies' nodes behind their owners: `order` is right for each region by itself. */
static tern_status nest(const tern_graph *g, tern_arena *scratch, tern_node_id *order,
                        uint32_t count)
{
    /* By region the nodes in order; first[r] .. first[r + 1]. */
    uint32_t *first =
        tern_arena_items(scratch, (size_t)g->region_count + 2, sizeof *first, sizeof *first);
    tern_node_id *by_region = tern_arena_items(scratch, (size_t)count + 1, sizeof *by_region, 4);
    if (first == NULL || by_region == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        first[g->nodes[order[i]].region + 2]++;
    }
    for (uint32_t r = 2; r < g->region_count + 2; r++) {
        first[r] += first[r - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        by_region[first[g->nodes[order[i]].region + 1]++] = order[i];
    }
    /* Now first[r] is where r begins again, as first[r + 1] was moved to its end. */
    struct {
        uint32_t at, end, body, body_end;
    } open[TERN_REGION_DEPTH + 2] = {{first[0], first[1], 0, 0}};
    uint32_t made = 0;
    for (int32_t depth = 0; depth >= 0;) {
        if (open[depth].body < open[depth].body_end) { /* the next body of the last node */
            const uint32_t r = open[depth].body++;
            if (depth > TERN_REGION_DEPTH || r >= g->region_count) {
                return tern_fail(TERN_BAD_MODEL, "bodies of control flow lie too deep");
            }
            depth++;
            open[depth].at = first[r];
            open[depth].end = first[r + 1];
            open[depth].body = open[depth].body_end = 0;
            continue;
        }
        if (open[depth].at == open[depth].end) {
            depth--;
            continue;
        }
        const tern_node *n = &g->nodes[by_region[open[depth].at]];
        if (made == count) {
            return tern_fail(TERN_BAD_MODEL, "a body belongs to two nodes");
        }
        order[made++] = by_region[open[depth].at++];
        open[depth].body = n->body;
        open[depth].body_end = n->body + n->body_count;
    }
    return made == count ? TERN_OK
                         : tern_fail(TERN_BAD_MODEL, "nodes lie in a body that belongs to none");
}

tern_status tern_graph_order(const tern_graph *g, tern_arena *scratch, tern_node_id **out_order,
                             uint32_t *out_count)
{
    tern_uses uses;
    TERN_TRY(tern_graph_uses(g, scratch, &uses));
    uint32_t *waiting =
        tern_arena_items(scratch, g->node_count, sizeof *waiting, _Alignof(uint32_t));
    tern_node_id *order =
        tern_arena_items(scratch, g->node_count, sizeof *order, _Alignof(tern_node_id));
    heap ready = {tern_arena_items(scratch, g->node_count, sizeof *order, _Alignof(tern_node_id)),
                  0};
    if (waiting == NULL || order == NULL || ready.at == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    const uint32_t live = count_waiting(g, waiting, &ready);
    uint32_t count = 0;
    while (ready.count > 0) {
        const tern_node_id id = pop(&ready);
        order[count++] = id;
        const tern_node *n = &g->nodes[id];
        for (int32_t i = 0; i < n->y_count; i++) {
            const tern_value_id y = tern_graph_y(g, n, i);
            for (uint32_t u = uses.first[y]; u < uses.first[y + 1]; u++) {
                release(g, uses.users[u], y, waiting, &ready);
            }
        }
    }
    *out_order = order;
    *out_count = count;
    for (tern_node_id id = 1; count < live && id < g->node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE && waiting[id] != 0) {
            char who[160];
            return tern_fail(TERN_BAD_MODEL,
                             "%s: lies on or behind a cycle, so it would need its own result",
                             tern_node_who(&g->nodes[id], who, sizeof who));
        }
    }
    return g->region_count > 1 ? nest(g, scratch, order, count) : TERN_OK;
}
