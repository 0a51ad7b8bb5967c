/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk: inputs and initializers have values (values.c), nodes are translated in order, outputs
 * are named.
 *
 *     run_nodes -> run_node -> translation   -> emit
 *                           -> function body -> run_nodes (a scope of its own)
 *
 * A node that fails leaves bad results; what depends on them is passed over, all else goes on.
 */
#include "import/onnx/import.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/log.h"
#include "import/onnx/importer.h"

/* "Conv", "com.microsoft:Gelu" as text that ends in NUL; NULL when memory ran out. */
static const char *keep(const tern_onnx_importer *m, tern_str s)
{
    return tern_arena_strndup(m->arena, s.len > 0 ? s.at : "", s.len);
}

/* --- problems --- */

void tern_onnx_note_problem(tern_onnx_importer *m, tern_status status, const tern_onnx_node *node)
{
    if (status == TERN_OUT_OF_MEMORY) {
        m->fatal = status;
        return;
    }
    const tern_error *error = tern_error_last();
    const tern_onnx_problem p = {
        .status = status,
        .node = node != NULL ? m->node_index : -1,
        .main_node = m->main_index,
        .message = tern_arena_strdup(m->arena, error->text),
        .node_name = keep(m, node != NULL ? node->name : tern_str_of("")),
        .op = keep(m, node != NULL ? node->op : tern_str_of("")),
        .domain = keep(m, node != NULL ? node->domain : tern_str_of("")),
        .stack = m->where,
        .file = error->file,
        .line = error->line,
        .is_undecided = m->is_undecided,
    };
    m->is_undecided = false;
    if (p.message == NULL || p.node_name == NULL || p.op == NULL || p.domain == NULL ||
        tern_array_grow(m->graph->allocator, &m->problems, &m->problem_capacity,
                        m->problem_count + 1, sizeof *m->problems) != TERN_OK) {
        m->fatal = TERN_OUT_OF_MEMORY;
        return;
    }
    m->problems[m->problem_count++] = p;
}

/* --- nodes --- */

static int64_t opset_of(const tern_onnx_importer *m, tern_str domain)
{
    const tern_onnx_frame *f = m->frame;
    if (f != NULL && f->is_newest) {
        return TERN_ONNX_NEWEST;
    }
    const tern_onnx_opset *opsets = f != NULL ? f->opsets : m->model->opsets;
    const int32_t count = f != NULL ? f->opset_count : m->model->opset_count;
    for (int32_t i = 0; i < count; i++) {
        const bool is_main = domain.len == 0 && tern_str_is(opsets[i].domain, "ai.onnx");
        if (is_main || tern_str_equal(opsets[i].domain, domain)) {
            return opsets[i].version;
        }
    }
    return domain.len == 0 ? 1 : TERN_ONNX_NEWEST; /* custom domains are often not declared */
}

static tern_str plain_domain(tern_str domain)
{
    return tern_str_is(domain, "ai.onnx") ? tern_str_of("") : domain;
}

static const tern_onnx_function *find_function(const tern_onnx_importer *m,
                                               const tern_onnx_node *node)
{
    for (int32_t i = 0; i < m->model->function_count; i++) {
        const tern_onnx_function *f = &m->model->functions[i];
        if (tern_str_equal(f->name, node->op) &&
            tern_str_equal(plain_domain(f->domain), plain_domain(node->domain)) &&
            tern_str_equal(f->overload, node->overload)) {
            return f;
        }
    }
    return NULL;
}

/* Everything one call needs, in the importer's arena for as long as it takes. */
typedef struct call_room {
    tern_onnx_call call;
    tern_onnx_slot *x_slots, *y_slots;
    tern_value_id *x, *y;
    char who[256];
} call_room;

/* BAD in one of the inputs: *out_bad. */
static tern_status collect_inputs(tern_onnx_importer *m, const tern_onnx_node *node, call_room *r,
                                  bool *out_bad)
{
    for (int32_t i = 0; i < node->x_count; i++) {
        if (node->x[i].len == 0) {
            continue;
        }
        const tern_onnx_slot *slot = tern_onnx_find(m, node->x[i]);
        if (slot == NULL) {
            return tern_fail(TERN_BAD_MODEL,
                             "%s: input %d is \"%.*s\", which no input, initializer or node before "
                             "it gives",
                             r->who, (int)i, tern_onnx_shown(node->x[i]), node->x[i].at);
        }
        r->x_slots[i] = *slot;
        r->x[i] = slot->kind == TERN_ONNX_SLOT_TENSOR ? slot->value : TERN_NO_ID;
        *out_bad = *out_bad || slot->kind == TERN_ONNX_SLOT_BAD;
        if (slot->kind != TERN_ONNX_SLOT_ABSENT || slot->is_optional) {
            r->call.x_count = i + 1;
        }
    }
    return TERN_OK;
}

static tern_status make_call(tern_onnx_importer *m, const tern_onnx_node *node, call_room *r)
{
    const size_t x_room = (size_t)node->x_count + 16, y_room = (size_t)node->y_count + 1;
    memset(r, 0, sizeof *r);
    r->x_slots = tern_arena_items(&m->scratch, x_room, sizeof *r->x_slots, 8);
    r->y_slots = tern_arena_items(&m->scratch, y_room, sizeof *r->y_slots, 8);
    r->x = tern_arena_items(&m->scratch, x_room, sizeof *r->x, 8);
    r->y = tern_arena_items(&m->scratch, y_room, sizeof *r->y, 8);
    const char *op =
        tern_arena_strndup(&m->scratch, node->op.len > 0 ? node->op.at : "", node->op.len);
    if (r->x_slots == NULL || r->y_slots == NULL || r->x == NULL || r->y == NULL || op == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_text who;
    tern_text_init_fixed(&who, r->who, sizeof r->who);
    if (m->outer_who != NULL) {
        tern_text_add(&who, "%s", m->outer_who);
    } else if (node->name.len > 0) {
        tern_text_add(&who, "%.60s \"%.*s\"", op, tern_onnx_shown(node->name), node->name.at);
    } else {
        tern_text_add(&who, "%.60s (node %d)", op, (int)m->node_index);
    }
    r->call = (tern_onnx_call){
        .importer = m,
        .graph = m->graph,
        .node = node,
        .op = op,
        .who = r->who,
        .opset = opset_of(m, plain_domain(node->domain)),
        .y_count = node->y_count,
        .x = r->x,
        .x_slots = r->x_slots,
        .y = r->y,
        .y_slots = r->y_slots,
    };
    return TERN_OK;
}

/* Names the results; those that a translation left out are absent. */
static tern_status define_results(tern_onnx_importer *m, const tern_onnx_node *node, call_room *r,
                                  bool is_bad)
{
    for (int32_t i = 0; i < node->y_count; i++) {
        if (node->y[i].len == 0) {
            continue;
        }
        tern_onnx_slot slot = r->y_slots[i];
        if (is_bad) {
            slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_BAD};
        } else if (r->y[i] != TERN_NO_ID) {
            slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR, .value = r->y[i]};
            tern_value *v = tern_graph_value(m->graph, r->y[i]);
            if (v->name.len == 0 && m->outer_who == NULL) {
                tern_str name;
                TERN_TRY(tern_graph_keep_str(m->graph, node->y[i], &name));
                tern_graph_value(m->graph, r->y[i])->name = name;
            }
        } else if (slot.kind == TERN_ONNX_SLOT_ABSENT && !slot.is_optional) {
            return tern_fail(TERN_UNSUPPORTED, "%s: its output %d \"%.*s\" is not made", r->who,
                             (int)i, tern_onnx_shown(node->y[i]), node->y[i].at);
        }
        TERN_TRY(tern_onnx_define(m, node->y[i], &slot));
    }
    return TERN_OK;
}

/* The body's nodes in a scope of their own, with the formal names bound. */
static tern_status bind_and_run(tern_onnx_importer *m, const tern_onnx_function *f, call_room *r)
{
    const tern_onnx_slot absent = {.kind = TERN_ONNX_SLOT_ABSENT};
    for (int32_t i = 0; i < f->x_count; i++) {
        const tern_onnx_slot *slot = i < r->call.node->x_count ? &r->x_slots[i] : &absent;
        if (f->x[i].len > 0) {
            TERN_TRY(tern_onnx_define(m, f->x[i], slot));
        }
    }
    const size_t before = m->problem_count;
    TERN_TRY(tern_onnx_run_nodes(m, f->nodes, f->node_count));
    for (int32_t i = 0; i < f->y_count && i < r->call.y_count; i++) {
        const tern_onnx_slot *slot = tern_onnx_find(m, f->y[i]);
        if (slot == NULL) {
            return tern_fail(TERN_BAD_MODEL, "%s: the function's output \"%.*s\" is never made",
                             r->who, tern_onnx_shown(f->y[i]), f->y[i].at);
        }
        r->y_slots[i] = *slot;
        r->y[i] = slot->kind == TERN_ONNX_SLOT_TENSOR ? slot->value : TERN_NO_ID;
        if (slot->kind == TERN_ONNX_SLOT_BAD && m->problem_count == before) {
            return tern_fail(TERN_BAD_MODEL, "%s: the function fails", r->who);
        }
    }
    return TERN_OK;
}

static tern_status run_function(tern_onnx_importer *m, const tern_onnx_function *f, call_room *r)
{
    if (m->depth >= TERN_ONNX_MAX_NESTING) {
        return tern_fail(TERN_UNSUPPORTED, "%s: functions call one another deeper than %d", r->who,
                         TERN_ONNX_MAX_NESTING);
    }
    const char *where =
        tern_arena_printf(m->arena, "%.400s%s%.*s", m->where, m->where[0] != '\0' ? " > " : "",
                          tern_onnx_shown(f->name), f->name.at);
    if (where == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_onnx_scope scope, *const outer = m->scope;
    tern_onnx_frame frame = {.caller = m->frame,
                             .function = f,
                             .node = r->call.node,
                             .opsets = f->opsets,
                             .opset_count = f->opset_count};
    const char *const was = m->where;
    const int32_t index = m->node_index;
    tern_onnx_scope_open(m, &scope, NULL);
    m->scope = &scope;
    m->frame = &frame;
    m->where = where;
    m->depth++;
    const tern_status status = bind_and_run(m, f, r);
    m->depth--;
    m->where = was;
    m->frame = frame.caller;
    m->scope = outer;
    m->node_index = index;
    tern_onnx_scope_close(m, &scope);
    return status;
}

static tern_status bind_body(tern_onnx_importer *m, const tern_onnx_call *c,
                             const tern_onnx_graph *body, const tern_onnx_slot *params,
                             int32_t count, tern_onnx_slot *out_results)
{
    if (count != body->input_count) {
        return tern_fail(TERN_BAD_MODEL, "%s: its body has %d inputs, %d are given", c->who,
                         (int)body->input_count, (int)count);
    }
    for (int32_t i = 0; i < count; i++) {
        TERN_TRY(tern_onnx_define(m, body->inputs[i].name, &params[i]));
    }
    TERN_TRY(tern_onnx_add_initializers(m, body));
    TERN_TRY(tern_onnx_run_nodes(m, body->nodes, body->node_count));
    for (int32_t i = 0; i < body->output_count; i++) {
        const tern_onnx_slot *slot = tern_onnx_find(m, body->outputs[i].name);
        if (slot == NULL) {
            return tern_fail(TERN_BAD_MODEL, "%s: its body never makes its output \"%.*s\"", c->who,
                             tern_onnx_shown(body->outputs[i].name), body->outputs[i].name.at);
        }
        out_results[i] = *slot;
    }
    return TERN_OK;
}

void tern_onnx_run_body(tern_onnx_call *c, const tern_onnx_graph *body,
                        const tern_onnx_slot *params, int32_t count, tern_onnx_slot *out_results)
{
    tern_onnx_importer *m = c->importer;
    if (c->status != TERN_OK) {
        return;
    }
    if (m->depth >= TERN_ONNX_MAX_NESTING) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "bodies are nested deeper than %d",
                               TERN_ONNX_MAX_NESTING);
        return;
    }
    const char *where = tern_arena_printf(m->arena, "%.400s%s%s", m->where,
                                          m->where[0] != '\0' ? " > " : "", c->op);
    if (where == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return;
    }
    tern_onnx_scope scope, *const outer = m->scope;
    const char *const was = m->where;
    const int32_t index = m->node_index;
    const size_t before = m->problem_count;
    tern_onnx_scope_open(m, &scope, outer);
    m->scope = &scope;
    m->where = where;
    m->depth++;
    c->status = bind_body(m, c, body, params, count, out_results);
    m->depth--;
    m->where = was;
    m->node_index = index;
    m->scope = outer;
    tern_onnx_scope_close(m, &scope);
    if (c->status == TERN_OK && m->problem_count > before) {
        c->is_failed_inside = true;
        c->status = TERN_BAD_MODEL;
    }
}

const tern_onnx_graph *tern_onnx_graph_attribute(tern_onnx_call *c, const char *name)
{
    const tern_onnx_attr *a = tern_onnx_attribute(c, name);
    if (a == NULL || a->kind != TERN_ONNX_ATTR_GRAPH || a->graphs == NULL) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" must be a graph", name);
        return NULL;
    }
    return a->graphs;
}

static tern_status translate(tern_onnx_importer *m, const tern_onnx_node *node, call_room *r)
{
    if (m->node_budget == 0) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the model has more than %d nodes", r->who,
                         TERN_ONNX_MAX_NODES);
    }
    m->node_budget--;
    const tern_onnx_function *f = m->outer_who == NULL ? find_function(m, node) : NULL;
    if (f != NULL) {
        return run_function(m, f, r);
    }
    const tern_str domain = plain_domain(node->domain);
    tern_onnx_translate *function = tern_onnx_find_row(domain, node->op, r->call.opset);
    if (function == NULL) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: operator \"%.*s%s%.*s\" of opset %lld has no translation", r->who,
                         tern_onnx_shown(domain), domain.len > 0 ? domain.at : "",
                         domain.len > 0 ? ":" : "", tern_onnx_shown(node->op), node->op.at,
                         (long long)r->call.opset);
    }
    TERN_TRY(function(&r->call));
    return r->call.status;
}

/* Translates and names the results, also those of a node that fails. */
static tern_status run_node(tern_onnx_importer *m, const tern_onnx_node *node)
{
    call_room room;
    bool is_bad = false;
    TERN_TRY(make_call(m, node, &room));
    tern_status status = collect_inputs(m, node, &room, &is_bad);
    const size_t before = m->problem_count;
    if (status == TERN_OK && !is_bad) {
        status = translate(m, node, &room);
    }
    if (status != TERN_OK && !room.call.is_failed_inside) {
        tern_onnx_note_problem(m, status, node);
        TERN_TRY(m->fatal);
    }
    is_bad = is_bad || room.call.is_failed_inside || m->problem_count > before;
    status = define_results(m, node, &room, is_bad);
    if (status != TERN_OK) {
        tern_onnx_note_problem(m, status, node);
    }
    return m->fatal;
}

tern_status tern_onnx_run_text_node(tern_onnx_importer *m, const tern_onnx_node *node)
{
    call_room room;
    bool is_bad = false;
    TERN_TRY(make_call(m, node, &room));
    TERN_TRY(collect_inputs(m, node, &room, &is_bad));
    TERN_TRY(translate(m, node, &room));
    return define_results(m, node, &room, is_bad);
}

tern_status tern_onnx_run_node(tern_onnx_importer *m, const tern_onnx_node *node)
{
    const tern_arena_mark mark = tern_arena_mark_now(&m->scratch);
    const tern_status status = run_node(m, node);
    tern_arena_reset(&m->scratch, mark);
    return status;
}

tern_status tern_onnx_run_nodes(tern_onnx_importer *m, const tern_onnx_node *nodes, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        m->node_index = i;
        m->main_index = m->depth == 0 ? i : m->main_index;
        TERN_TRY(tern_onnx_run_node(m, &nodes[i]));
    }
    return m->fatal;
}

/* --- the whole --- */

static void note_taken(const tern_onnx_importer *m, const tern_onnx_graph *g, uint8_t *taken)
{
    memset(taken, 1, (size_t)g->node_count);
    for (size_t i = 0; i < m->problem_count; i++) {
        if (m->problems[i].main_node >= 0 && m->problems[i].main_node < g->node_count) {
            taken[m->problems[i].main_node] = 0;
        }
    }
}

/* The nodes that have names, with what their outputs became. */
static tern_status note_names(const tern_onnx_importer *m, const tern_onnx_graph *g,
                              tern_onnx_result *result)
{
    size_t node_count = 0, value_count = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        node_count += g->nodes[i].name.len > 0;
        value_count += g->nodes[i].name.len > 0 ? (size_t)g->nodes[i].y_count : 0;
    }
    tern_onnx_named_node *named =
        tern_arena_items(m->arena, node_count + 1, sizeof *named, _Alignof(tern_onnx_named_node));
    tern_value_id *values =
        tern_arena_items(m->arena, value_count + 1, sizeof *values, _Alignof(tern_value_id));
    if (named == NULL || values == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    int32_t n = 0, v = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const tern_onnx_node *node = &g->nodes[i];
        if (node->name.len == 0) {
            continue;
        }
        named[n] = (tern_onnx_named_node){keep(m, node->name), v, node->y_count};
        if (named[n++].name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        for (int32_t k = 0; k < node->y_count; k++) {
            const tern_onnx_slot *slot = node->y[k].len > 0 ? tern_onnx_find(m, node->y[k]) : NULL;
            values[v++] =
                slot != NULL && slot->kind == TERN_ONNX_SLOT_TENSOR ? slot->value : TERN_NO_ID;
        }
    }
    result->named = named;
    result->values = values;
    result->named_count = n;
    return TERN_OK;
}

static tern_status import_graph(tern_onnx_importer *m, const tern_onnx_graph *g,
                                tern_onnx_result *result)
{
    TERN_TRY(tern_onnx_add_initializers(m, g));
    m->last_weight = m->graph->value_count - 1;
    TERN_TRY(tern_onnx_check_given(m));
    TERN_TRY(tern_onnx_list_inputs(m, g, result));
    TERN_TRY(tern_onnx_check_described(m, g));
    TERN_TRY(tern_onnx_add_inputs(m, g));
    TERN_TRY(tern_onnx_run_nodes(m, g->nodes, g->node_count));
    m->main_index = -1;
    TERN_TRY(tern_onnx_add_outputs(m, g, result));
    return note_names(m, g, result);
}

static tern_status import_model(tern_onnx_importer *m, const tern_onnx_source *source,
                                tern_onnx_result *result)
{
    TERN_TRY(tern_onnx_read(source->bytes, source->who, m->arena, &m->model));
    const tern_onnx_graph *g = m->model->graph;
    if (g == NULL) {
        return tern_fail(TERN_BAD_MODEL, "%s: the model has no graph", source->who);
    }
    uint8_t *taken = tern_arena_items(m->arena, (size_t)g->node_count + 1, 1, 1);
    if (taken == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(tern_graph_keep_str(m->graph, g->name, &m->graph->name));
    tern_onnx_scope scope;
    tern_onnx_scope_open(m, &scope, NULL);
    m->scope = &scope;
    const tern_status status = import_graph(m, g, result);
    tern_onnx_scope_close(m, &scope);
    TERN_TRY(status);
    note_taken(m, g, taken);
    result->node_count = g->node_count;
    result->node_is_taken = taken;
    tern_log(&m->logger, TERN_SEVERITY_INFO, "import",
             "\"%s\" ir=%lld opset=%lld nodes=%d functions=%d problems=%zu", source->who,
             (long long)m->model->ir_version, (long long)opset_of(m, tern_str_of("")),
             (int)g->node_count, (int)m->model->function_count, m->problem_count);
    return TERN_OK;
}

static void release_files(void *files)
{
    tern_onnx_files_destroy(files);
}

/* The result, also of a file that could not be read: then its one problem is that. */
static tern_status finish(tern_onnx_importer *m, tern_status status, tern_onnx_result *result)
{
    if (status != TERN_OK && status != TERN_OUT_OF_MEMORY && m->problem_count == 0) {
        m->where = "";
        tern_onnx_note_problem(m, status, NULL);
        status = m->fatal;
    }
    if (status == TERN_OK && m->problem_count > 0) {
        result->problems =
            tern_arena_copy(m->arena, m->problems, m->problem_count * sizeof *m->problems, 8);
        if (result->problems == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        result->problem_count = (int32_t)m->problem_count;
        const tern_onnx_problem *first = &result->problems[0];
        return m->problem_count == 1 ? tern_fail(first->status, "%s", first->message)
                                     : tern_fail(first->status, "%s (and %zu more)", first->message,
                                                 m->problem_count - 1);
    }
    return status;
}

tern_status tern_onnx_import(tern_graph *graph, const tern_onnx_source *source, tern_logger logger,
                             tern_arena *arena, const tern_onnx_result **out_result)
{
    *out_result = NULL;
    tern_onnx_result *result = tern_arena_zero(arena, sizeof *result, 8);
    if (result == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_onnx_importer m = {.graph = graph,
                            .logger = logger,
                            .arena = arena,
                            .where = "",
                            .given = source->given,
                            .given_count = source->given_count,
                            .described = source->inputs,
                            .described_count = source->input_count,
                            .main_index = -1,
                            .node_budget = TERN_ONNX_MAX_NODES};
    graph->batch = TERN_BATCH_IS_EXPLICIT;
    tern_arena_init(&m.scratch, graph->allocator);
    m.edges.arena = arena;
    tern_status status = tern_onnx_files_create(graph->allocator, source->folder, &m.files);
    if (status == TERN_OK) {
        status = tern_graph_keep(graph, release_files, m.files);
        if (status != TERN_OK) {
            tern_onnx_files_destroy(m.files);
        }
    }
    if (status == TERN_OK) {
        status = import_model(&m, source, result);
        status = finish(&m, status, result);
    }
    tern_arena_destroy(&m.scratch);
    tern_array_free(graph->allocator, &m.problems, &m.problem_capacity, sizeof *m.problems);
    *out_result = result;
    return status;
}
