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
            waiting[id] += g->values[tern_graph_x(g, n, i)].producer != TERN_NO_ID ? 1 : 0;
        }
        if (waiting[id] == 0) {
            push(ready, id);
        }
    }
    return live;
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
                if (--waiting[uses.users[u]] == 0) {
                    push(&ready, uses.users[u]);
                }
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
    return TERN_OK;
}
