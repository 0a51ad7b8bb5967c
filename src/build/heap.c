/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that get no place in the arena: their size depends on data and has no bound, or one that
 * nobody would want to set aside.  They lie in blocks that grow while a context runs; values whose
 * lifetimes do not meet share one.
 */
#include "build/build.h"

/* Beyond it a tensor whose size depends on data gets what it needs when it is known. */
enum { MOST_BYTES = 16 << 20 };

bool tern_build_depends_on_data(const tern_graph *g, tern_value_id id)
{
    const tern_type *type = &tern_graph_value(g, id)->type;
    bool depends = false;
    for (int32_t axis = 0; axis < type->rank; axis++) {
        depends = depends || tern_dim_depends_on_data(&g->dims, type->dims[axis]);
    }
    return depends;
}

/* Roots in the arena that must grow. */
static void mark(tern_build_state *b)
{
    for (uint32_t id = 1; id < b->graph->value_count; id++) {
        tern_slot *root = &b->slots[b->slots[id].root];
        if (root->home == TERN_PLAN_HOME_ARENA && root->bytes > MOST_BYTES &&
            (root->bytes == UINT64_MAX || tern_build_depends_on_data(b->graph, id))) {
            root->home = TERN_PLAN_HOME_HEAP;
        }
    }
}

/* The lowest block that is free from step `first` on; in the order of the values' ids. */
static tern_status assign(tern_build_state *b)
{
    const uint32_t count = b->graph->value_count;
    uint32_t *order = tern_arena_items(&b->arena, count, sizeof *order, sizeof *order);
    uint32_t *free_at = tern_arena_items(&b->arena, count, sizeof *free_at, sizeof *free_at);
    if (order == NULL || free_at == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    uint32_t found = 0;
    for (uint32_t id = 1; id < count; id++) {
        const tern_slot *s = &b->slots[id];
        if (s->root != id || s->home != TERN_PLAN_HOME_HEAP || s->first == UINT32_MAX) {
            continue;
        }
        uint32_t at = found++;
        for (; at > 0 && b->slots[order[at - 1]].first > s->first; at--) {
            order[at] = order[at - 1];
        }
        order[at] = id;
    }
    for (uint32_t i = 0; i < found; i++) {
        tern_slot *s = &b->slots[order[i]];
        uint32_t block = 0;
        while (block < b->heap_count && free_at[block] > s->first) {
            block++;
        }
        b->heap_count = block < b->heap_count ? b->heap_count : block + 1;
        free_at[block] = s->last + 1;
        s->at = block;
    }
    return TERN_OK;
}

/* A step with a tensor of no known size needs scratch of no known size. */
static bool grows(const tern_build_state *b, const tern_node *node)
{
    bool grows = false;
    for (int32_t i = 0; i < node->x_count + node->y_count; i++) {
        const tern_value_id id = i < node->x_count
                                     ? tern_graph_x(b->graph, node, i)
                                     : tern_graph_y(b->graph, node, i - node->x_count);
        const tern_slot *s = &b->slots[id];
        grows = grows || (id != TERN_NO_ID && (s->bytes == UINT64_MAX ||
                                               b->slots[s->root].home == TERN_PLAN_HOME_HEAP));
    }
    return grows;
}

tern_status tern_build_heap(tern_build_state *b)
{
    mark(b);
    TERN_TRY(assign(b));
    b->may_allocate = b->heap_count > 0;
    for (uint32_t i = 0; i < b->step_count; i++) {
        const tern_node *node = tern_graph_node(b->graph, b->steps[i].node);
        if (b->steps[i].tactic->scratch != NULL && grows(b, node)) {
            b->steps[i].scratch_bytes = TERN_PLAN_SCRATCH_HEAP;
            b->may_allocate = true;
        }
    }
    return TERN_OK;
}
