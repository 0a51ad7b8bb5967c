/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan image: records of plan/plan.h filled from a finished build, then written in one go.
 * Only dim expressions that a value needs are kept, in their old order, so that equal networks give
 * equal bytes however they were optimised.
 */
#include "build/build.h"

#include "base/alloc.h"
#include "kernel/kernel.h"

typedef struct image {
    tern_build_state *b;
    tern_plan plan;
    tern_text strings, attrs, report;
    tern_plan_value *values;
    tern_plan_step *steps;
    uint32_t *indices;
    tern_plan_dim *dims;
    tern_plan_symbol *symbols;
    tern_plan_binding *bindings;
    tern_plan_range *ranges;
    int64_t *range_values;
    tern_expr *exprs;
    tern_plan_blob *blobs;
    uint32_t *dim_map, *symbol_map; /* old id -> new id + 1; 0: not needed */
    uint32_t range_value_room;
} image;

static tern_plan_str add_string(image *m, tern_str s)
{
    const tern_plan_str at = {(uint32_t)m->strings.len, (uint32_t)s.len};
    tern_text_add_bytes(&m->strings, s.at != NULL ? s.at : "", s.len);
    return at;
}

/* --- dims --- */

static void need_dim(image *m, tern_dim d)
{
    if (tern_dim_known(d) || m->dim_map[tern_dim_id(d)] != 0) {
        return;
    }
    const tern_dim_expr *e = &m->b->graph->dims.exprs[tern_dim_id(d)];
    m->dim_map[tern_dim_id(d)] = 1; /* numbered later */
    if (e->op == TERN_DIM_SYMBOL) {
        m->symbol_map[e->a] = 1;
        return;
    }
    need_dim(m, e->a); /* as deep as one expression nests: what a model's shape arithmetic does */
    need_dim(m, e->op == TERN_DIM_SCALE ? 0 : e->b);
}

static tern_dim map_dim(const image *m, tern_dim d)
{
    return tern_dim_known(d) ? d : TERN_DIM_EXPR_BASE + (int64_t)m->dim_map[tern_dim_id(d)] - 1;
}

/* The input whose extent, or whose element, a symbol is. */
static tern_status define_symbol(image *m, uint32_t old, tern_plan_symbol *out)
{
    const tern_graph *g = m->b->graph;
    for (uint32_t i = 0; i < g->input_count; i++) {
        const tern_value *input = tern_graph_value(g, g->inputs[i]);
        const int32_t contents = input->is_shape_input ? input->content_count : 0;
        for (int32_t k = 0; k < input->type.rank + contents; k++) {
            const bool is_element = k >= input->type.rank;
            const tern_dim d =
                is_element ? input->content[k - input->type.rank] : input->type.dims[k];
            const tern_dim_expr *e = tern_dim_known(d) ? NULL : &g->dims.exprs[tern_dim_id(d)];
            if (e != NULL && e->op == TERN_DIM_SYMBOL && e->a == (tern_dim)old) {
                *out = (tern_plan_symbol){
                    .name = add_string(m, g->dims.symbols[old].name),
                    .binding = i,
                    .axis = (uint32_t)(is_element ? k - input->type.rank : k),
                    .from_contents = is_element,
                };
                return TERN_OK;
            }
        }
    }
    return tern_fail(TERN_INTERNAL, "extent \"%.*s\" is used but no input defines it",
                     (int)g->dims.symbols[old].name.len, g->dims.symbols[old].name.at);
}

static tern_status fill_dims(image *m)
{
    const tern_dim_table *t = &m->b->graph->dims;
    for (size_t i = 0; i < t->symbol_count; i++) {
        if (m->symbol_map[i] != 0) {
            TERN_TRY(define_symbol(m, (uint32_t)i, &m->symbols[m->plan.symbol_count]));
            m->symbol_map[i] = ++m->plan.symbol_count;
        }
    }
    int64_t data_count = 0;
    for (size_t i = 0; i < t->expr_count; i++) {
        if (m->dim_map[i] == 0) {
            continue;
        }
        const tern_dim_expr *e = &t->exprs[i];
        tern_plan_dim *d = &m->dims[m->plan.dim_count];
        const bool is_symbol = e->op == TERN_DIM_SYMBOL;
        d->op = e->op;
        d->a = is_symbol ? (int64_t)m->symbol_map[e->a] - 1 : map_dim(m, e->a);
        d->b = is_symbol ? 0 : e->op == TERN_DIM_SCALE ? e->b : map_dim(m, e->b);
        if (e->op == TERN_DIM_DATA) { /* numbered anew, as the networks of equal plans may differ */
            d->b = data_count++;
        }
        m->dim_map[i] = ++m->plan.dim_count;
    }
    return TERN_OK;
}

/* --- values --- */

/* The value's index in the plan; made when new. */
static uint32_t value_index(image *m, tern_value_id id)
{
    tern_slot *slot = &m->b->slots[id];
    if (slot->plan_index == TERN_PLAN_NONE) {
        slot->plan_index = m->plan.value_count++;
        const tern_type *type = &tern_graph_value(m->b->graph, id)->type;
        for (int32_t axis = 0; axis < type->rank; axis++) {
            need_dim(m, type->dims[axis]);
        }
    }
    return slot->plan_index;
}

/* Numbers all values that bindings and steps speak of, in that order. */
static void number_values(image *m)
{
    const tern_graph *g = m->b->graph;
    for (uint32_t i = 0; i < g->input_count; i++) {
        (void)value_index(m, g->inputs[i]);
        const tern_value *input = tern_graph_value(g, g->inputs[i]);
        for (int32_t k = 0; input->is_shape_input && k < input->content_count; k++) {
            need_dim(m, input->content[k]);
        }
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        (void)value_index(m, g->outputs[i]);
    }
    for (uint32_t s = 0; s < m->b->step_count; s++) {
        const tern_node *node = tern_graph_node(g, m->b->steps[s].node);
        for (int32_t i = 0; i < node->x_count; i++) {
            const tern_value_id x = tern_graph_x(g, node, i);
            m->indices[m->plan.index_count++] =
                x != TERN_NO_ID ? value_index(m, x) : TERN_PLAN_NONE;
        }
        for (int32_t i = 0; i < node->y_count; i++) {
            m->indices[m->plan.index_count++] = value_index(m, tern_graph_y(g, node, i));
        }
    }
}

static void fill_values(image *m)
{
    const tern_graph *g = m->b->graph;
    for (uint32_t id = 1; id < g->value_count; id++) {
        const tern_slot *slot = &m->b->slots[id];
        if (slot->plan_index == TERN_PLAN_NONE) {
            continue;
        }
        const tern_value *value = tern_graph_value(g, id);
        tern_plan_value *v = &m->values[slot->plan_index];
        *v = (tern_plan_value){
            .dtype = value->type.dtype,
            .layout = value->type.layout,
            .rank = value->type.rank,
            .home = (uint8_t)slot->home,
            .at = slot->home == TERN_PLAN_HOME_NONE ? 0 : slot->at,
            .bytes_max = slot->bytes,
            .name = add_string(m, value->name),
        };
        for (int32_t axis = 0; axis < value->type.rank; axis++) {
            v->dims[axis] = map_dim(m, value->type.dims[axis]);
        }
    }
}

/* --- steps, bindings, profiles, blobs --- */

static tern_status fill_steps(image *m)
{
    uint32_t index = 0;
    for (uint32_t i = 0; i < m->b->step_count; i++) {
        const tern_build_step *step = &m->b->steps[i];
        const tern_node *node = tern_graph_node(m->b->graph, step->node);
        const tern_op *op = tern_node_op(node);
        tern_plan_step *s = &m->steps[i];
        *s = (tern_plan_step){
            .op = node->op,
            .device = TERN_DEVICE_KIND_CPU,
            .tactic = add_string(m, tern_str_of(step->tactic->name)),
            .name = add_string(m, node->name),
            .x_first = index,
            .x_count = node->x_count,
            .own_count = node->own_count,
            .y_first = index + node->x_count,
            .y_count = node->y_count,
            .packed_blob = step->packed_blob,
            .epilogue = TERN_PLAN_NONE,
            .place = node->place,
            .attr_at = (uint32_t)m->attrs.len,
            .scratch_at = step->scratch_bytes > 0 ? step->scratch_at : 0, /* heap: 0 */
            .scratch_bytes = step->scratch_bytes,
            .control = (uint32_t)op->control <= TERN_PLAN_CONTROL_LAST ? (uint32_t)op->control : 0,
            .target = step->target,
        };
        s->origins =
            tern_str_equal(node->name, node->origins) ? s->name : add_string(m, node->origins);
        index += (uint32_t)node->x_count + node->y_count;
        if (op->attrs != NULL) {
            TERN_TRY(tern_attr_encode(&m->attrs, op->attrs, node->attr));
        }
        s->attr_size = (uint32_t)m->attrs.len - s->attr_at;
        if (node->epilogue != NULL) {
            s->epilogue = m->plan.expr_count;
            m->exprs[m->plan.expr_count++] = *node->epilogue;
        }
    }
    return TERN_OK;
}

static void fill_bindings(image *m)
{
    const tern_graph *g = m->b->graph;
    for (uint32_t i = 0; i < m->plan.binding_count; i++) {
        const tern_value_id id = i < g->input_count ? g->inputs[i] : g->outputs[i - g->input_count];
        const tern_value *value = tern_graph_value(g, id);
        tern_plan_binding *binding = &m->bindings[i];
        *binding = (tern_plan_binding){
            .name = add_string(m, value->name),
            .value = m->b->slots[id].plan_index,
            .is_input = i < g->input_count,
            .is_shape = value->is_shape_input || value->is_output == 2,
        };
        for (int32_t axis = 0; value->dim_names != NULL && axis < value->type.rank; axis++) {
            binding->dim_names[axis] = add_string(m, value->dim_names[axis]);
        }
    }
}

static void fill_range(image *m, const tern_value *input, const tern_profile_entry *e,
                       tern_plan_range *r)
{
    for (int32_t axis = 0; axis < input->type.rank; axis++) {
        const tern_dim d = input->type.dims[axis];
        if (tern_dim_known(d)) {
            r->min[axis] = r->opt[axis] = r->max[axis] = d;
        } else if (e != NULL && e->has_shape[0]) {
            r->min[axis] = e->shape[0].v[axis];
            r->opt[axis] = e->shape[1].v[axis];
            r->max[axis] = e->shape[2].v[axis];
        } else { /* the batch of an implicit-batch network */
            tern_dim_bounds(&m->b->graph->dims, d, &r->min[axis], &r->max[axis]);
            r->opt[axis] = r->max[axis];
        }
    }
    r->value_first = m->plan.range_value_count;
    if (input->is_shape_input && e != NULL) {
        for (int k = 0; k < 3; k++) {
            for (int32_t i = 0; i < input->content_count; i++) {
                m->range_values[m->plan.range_value_count++] = e->values[k][i];
            }
        }
        r->value_count = input->content_count;
    }
}

static void fill_ranges(image *m)
{
    const tern_graph *g = m->b->graph;
    const tern_config *config = m->b->config;
    for (uint32_t p = 0; p < m->plan.header.profile_count; p++) {
        const tern_profile *profile = p < config->profile_count ? config->profiles[p] : NULL;
        for (uint32_t i = 0; i < g->input_count; i++) {
            const tern_value *input = tern_graph_value(g, g->inputs[i]);
            const tern_profile_entry *e =
                profile != NULL ? tern_profile_find(profile, input->name) : NULL;
            fill_range(m, input, e, &m->ranges[m->plan.range_count++]);
        }
    }
}

static tern_status fill_blobs(image *m)
{
    uint64_t at = 0;
    for (size_t i = 0; i < m->b->blob_count; i++) {
        m->blobs[i] = (tern_plan_blob){.at = at, .size = m->b->blobs[i].bytes};
        at += tern_align_up(m->b->blobs[i].bytes, TERN_TENSOR_ALIGN);
    }
    uint8_t *weights = tern_arena_zero(&m->b->arena, (size_t)at + 1, TERN_TENSOR_ALIGN);
    if (weights == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < m->b->blob_count; i++) {
        if (m->b->blobs[i].bytes > 0) {
            memcpy(weights + m->blobs[i].at, m->b->blobs[i].data, m->b->blobs[i].bytes);
        }
    }
    m->plan.weights = weights;
    m->plan.weights_size = (size_t)at;
    m->plan.blob_count = (uint32_t)m->b->blob_count;
    return TERN_OK;
}

/* --- all of it --- */

static tern_status make_room(image *m)
{
    const tern_graph *g = m->b->graph;
    tern_arena *arena = &m->b->arena;
    const size_t profiles = m->plan.header.profile_count;
    size_t indices = 0;
    for (uint32_t s = 0; s < m->b->step_count; s++) {
        const tern_node *node = tern_graph_node(g, m->b->steps[s].node);
        indices += (size_t)node->x_count + node->y_count;
    }
    const struct {
        void **to;
        size_t count, size;
    } rooms[] = {
        {(void **)&m->values, g->value_count, sizeof *m->values},
        {(void **)&m->steps, m->b->step_count, sizeof *m->steps},
        {(void **)&m->indices, indices, sizeof *m->indices},
        {(void **)&m->dims, g->dims.expr_count, sizeof *m->dims},
        {(void **)&m->symbols, g->dims.symbol_count, sizeof *m->symbols},
        {(void **)&m->bindings, (size_t)g->input_count + g->output_count, sizeof *m->bindings},
        {(void **)&m->ranges, profiles * g->input_count, sizeof *m->ranges},
        {(void **)&m->range_values, profiles * g->input_count * 3 * TERN_CONTENT_MAX,
         sizeof *m->range_values},
        {(void **)&m->exprs, m->b->step_count, sizeof *m->exprs},
        {(void **)&m->blobs, m->b->blob_count, sizeof *m->blobs},
        {(void **)&m->dim_map, g->dims.expr_count, sizeof *m->dim_map},
        {(void **)&m->symbol_map, g->dims.symbol_count, sizeof *m->symbol_map},
    };
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        *rooms[i].to =
            tern_arena_items(arena, rooms[i].count + 1, rooms[i].size, _Alignof(max_align_t));
        if (*rooms[i].to == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    return TERN_OK;
}

static void fill_header(image *m)
{
    const tern_build_state *b = m->b;
    tern_isa isa = TERN_ISA_REF;
    for (uint32_t i = 0; i < b->step_count; i++) {
        isa = b->steps[i].tactic->isa > isa ? b->steps[i].tactic->isa : isa;
    }
    m->plan.header = (tern_plan_header){
        .flags = b->graph->was_implicit ? TERN_PLAN_FLAG_IMPLICIT_BATCH : 0u,
        .isa = (uint32_t)isa,
        .built_isa = (uint32_t)b->isa,
        .max_batch = b->graph->was_implicit ? b->graph->max_batch : 1,
        .threads = b->threads,
        .input_count = b->graph->input_count,
        .profile_count = b->config->profile_count > 0 ? (uint32_t)b->config->profile_count : 1u,
        .arena_bytes = b->arena_bytes,
        .library_version = TERN_VERSION_MAJOR << 16 | TERN_VERSION_MINOR << 8 | TERN_VERSION_PATCH,
        .verbosity = (uint32_t)b->config->values[TERN_CONFIG_VERBOSITY],
        .heap_count = b->heap_count,
    };
    if (b->may_allocate) {
        m->plan.header.flags |= TERN_PLAN_FLAG_MAY_ALLOCATE;
    }
    if (b->config->values[TERN_CONFIG_REFITTABLE] != 0) {
        m->plan.header.flags |= TERN_PLAN_FLAG_REFITTABLE;
    }
}

static void point_plan(image *m)
{
    tern_plan *p = &m->plan;
    p->strings = tern_text_get(&m->strings);
    p->strings_size = m->strings.len;
    p->attrs = (const uint8_t *)tern_text_get(&m->attrs);
    p->attrs_size = m->attrs.len;
    p->values = m->values;
    p->steps = m->steps;
    p->step_count = m->b->step_count;
    p->indices = m->indices;
    p->dims = m->dims;
    p->symbols = m->symbols;
    p->bindings = m->bindings;
    p->ranges = m->ranges;
    p->range_values = m->range_values;
    p->exprs = (const uint8_t *)m->exprs;
    p->expr_size = sizeof(tern_expr);
    p->blobs = m->blobs;
    p->report = tern_text_get(&m->report);
    p->report_size = m->report.len;
}

static tern_status fill_image(image *m)
{
    fill_header(m);
    m->plan.binding_count = m->b->graph->input_count + m->b->graph->output_count;
    TERN_TRY(make_room(m));
    number_values(m);
    TERN_TRY(fill_dims(m));
    fill_values(m);
    TERN_TRY(fill_steps(m));
    fill_bindings(m);
    fill_ranges(m);
    TERN_TRY(fill_blobs(m));
    m->plan.name = add_string(m, m->b->graph->name);
    TERN_TRY(tern_build_report(m->b, &m->report));
    TERN_TRY(tern_text_status(&m->strings));
    TERN_TRY(tern_text_status(&m->attrs));
    return tern_text_status(&m->report);
}

tern_status tern_memory_make(tern_allocator allocator, size_t size, tern_memory **out_memory)
{
    *out_memory = NULL;
    tern_memory *memory = tern_alloc_zero(allocator, sizeof *memory, _Alignof(tern_memory));
    if (memory == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    memory->allocator = allocator;
    memory->size = size;
    memory->data = tern_alloc_zero(allocator, size, TERN_PLAN_PAGE);
    if (memory->data == NULL && size > 0) {
        tern_free(allocator, memory, sizeof *memory);
        return TERN_OUT_OF_MEMORY;
    }
    *out_memory = memory;
    return TERN_OK;
}

static tern_status write_image(image *m, tern_memory **out_plan)
{
    TERN_TRY(fill_image(m));
    point_plan(m);
    size_t size = 0;
    TERN_TRY(tern_plan_write(&m->plan, NULL, 0, &size));
    TERN_TRY(tern_memory_make(m->b->allocator, size, out_plan));
    return tern_plan_write(&m->plan, (*out_plan)->data, size, &size);
}

tern_status tern_build_write(tern_build_state *b, tern_memory **out_plan)
{
    image m = {.b = b};
    tern_text_init(&m.strings, b->allocator);
    tern_text_init(&m.attrs, b->allocator);
    tern_text_init(&m.report, b->allocator);
    const tern_status status = write_image(&m, out_plan);
    tern_text_destroy(&m.strings);
    tern_text_destroy(&m.attrs);
    tern_text_destroy(&m.report);
    return status;
}
