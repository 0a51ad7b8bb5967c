/* SPDX-License-Identifier: Apache-2.0
 *
 * A graph as text; parse.c reads it back and printing that gives the same text.  One statement per
 * line:
 *
 *     graph "lenet" explicit max_batch=8 was_implicit {   options at their default are left out
 *       dim N = 0..8 batch                                symbols in table order, known bounds
 *       %x = input "x" formats=1 names=["n","",""] : f32[N,4,8]
 *       %s = input "s" : i64[2] = ["s#0","s#1"]              a shape input and its elements
 *       %w = constant "k" : f32[2] [1,0.5]                   up to 64 elements, else `@blob 0`
 *       %3 "odd name" = conv %x, %w, none {pad=[1,1]} | (%r) add(acc, p0) : f32[N,4,8]@nhwc ; c1
 *       %v, %i = topk %x on host : f32[N,2] on host, i32[N,2]   where a node runs, a value lives
 *       %y = loop %n, none, %v : f32[2]                 bodies follow their node
 *       body %4 : i64[], %5 : bool[], %6 : f32[2] {     parameters, `body {` without
 *         %7 = add %6, %6 : f32[2]
 *         yield %5, %7                                  results
 *       }
 *       output "prob" = %v
 *     }
 *     blob 0 = 2000                             only when asked for: base64 in the next lines
 *
 * A label that is a word is the value's name; a number says that it has none, or one that is no
 * word or is taken. After `;`: the node's name, and `from a+b` when its origins are others.  Fused
 * expressions: acc is slot 0, p0.. the operands in parentheses (`%r:row` with a broadcast kind
 * other than full), t0.. temporaries, numbers are constants.
 */
#include "ir/graph.h"
#include "ir/literal.h"

#include "base/alloc.h"

#define INLINE_ELEMENTS 64
#define DEFAULT_HIGH (INT64_MAX / 4)

typedef struct printer {
    const tern_graph *g;
    tern_text *out;
    uint32_t *number; /* by value: 0 when its name is its label */
    uint32_t *blob;   /* by blob: 1 + its number in the text */
    uint32_t blob_count;
    int32_t depth; /* bodies being inside of */
} printer;

static const char *const broadcast_names[] = {"full", "row", "column", "scalar"};

static void indent(const printer *p)
{
    for (int32_t i = 0; i <= p->depth; i++) {
        tern_text_add(p->out, "  ");
    }
}

static void label(const printer *p, tern_value_id id)
{
    if (id == TERN_NO_ID) {
        tern_text_add(p->out, "none");
    } else if (p->number[id] == 0) {
        tern_text_add(p->out, "%%%.*s", (int)p->g->values[id].name.len, p->g->values[id].name.at);
    } else {
        tern_text_add(p->out, "%%%u", (unsigned)p->number[id]);
    }
}

static void type(const printer *p, const tern_value *v)
{
    tern_type_print(p->out, &p->g->dims, &v->type);
    if (v->place == TERN_PLACE_HOST) {
        tern_text_add(p->out, " on host");
    }
}

static void header(const printer *p)
{
    static const char *const modes[] = {"undecided", "implicit", "explicit"};
    tern_text_add(p->out, "graph ");
    tern_print_quoted(p->out, p->g->name);
    tern_text_add(p->out, " %s", modes[(uint32_t)p->g->batch % 3]);
    if (p->g->max_batch != 1) {
        tern_text_add(p->out, " max_batch=%d", (int)p->g->max_batch);
    }
    if (p->g->was_implicit) {
        tern_text_add(p->out, " was_implicit");
    }
    tern_text_add(p->out, " {\n");
}

/* Every symbol unless there is but one and nothing to say of it: their order decides how sums are
 * written. */
static void symbols(const printer *p)
{
    const tern_dim_table *t = &p->g->dims;
    for (size_t i = 0; i < t->expr_count; i++) {
        if (t->exprs[i].op != TERN_DIM_SYMBOL) {
            continue;
        }
        const tern_dim d = TERN_DIM_EXPR_BASE + (tern_dim)i;
        const tern_dim_symbol *s = &t->symbols[t->exprs[i].a];
        const bool bounded = s->low != 0 || s->high != DEFAULT_HIGH;
        const bool batch = p->g->batch_dim == d;
        if (t->symbol_count == 1 && !bounded && !batch) {
            continue;
        }
        tern_text_add(p->out, "  dim ");
        tern_dim_print(p->out, t, d);
        if (bounded) {
            tern_text_add(p->out, " = %lld..%lld", (long long)s->low, (long long)s->high);
        }
        tern_text_add(p->out, batch ? " batch\n" : "\n");
    }
}

static void input(const printer *p, tern_value_id id)
{
    const tern_value *v = &p->g->values[id];
    tern_text_add(p->out, "  ");
    label(p, id);
    tern_text_add(p->out, " = input ");
    tern_print_quoted(p->out, v->name);
    if (v->formats != 0) {
        tern_text_add(p->out, " formats=%u", (unsigned)v->formats);
    }
    if (v->dim_names != NULL) {
        tern_text_add(p->out, " names=[");
        for (int32_t d = 0; d < v->type.rank; d++) {
            tern_text_add(p->out, d > 0 ? "," : "");
            tern_print_quoted(p->out, v->dim_names[d]);
        }
        tern_text_add_char(p->out, ']');
    }
    tern_text_add(p->out, " : ");
    type(p, v);
    if (v->is_shape_input) {
        tern_text_add(p->out, " = ");
        tern_dims_print(p->out, &p->g->dims, v->content, v->content_count);
    }
    tern_text_add_char(p->out, '\n');
}

/* `%c, %3 "odd name" = ` */
static void results(const printer *p, const tern_node *n)
{
    indent(p);
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value_id y = tern_graph_y(p->g, n, i);
        tern_text_add(p->out, i > 0 ? ", " : "");
        label(p, y);
        if (p->number[y] != 0 && p->g->values[y].name.len != 0) {
            tern_text_add_char(p->out, ' ');
            tern_print_quoted(p->out, p->g->values[y].name);
        }
    }
    tern_text_add(p->out, " = ");
}

static void names(const printer *p, const tern_node *n, bool with_name)
{
    const bool other_origins = !tern_str_equal(n->name, n->origins);
    if ((with_name && n->name.len != 0) || other_origins) {
        tern_text_add(p->out, " ;");
    }
    if (with_name && (n->name.len != 0 || (other_origins && n->origins.len == 0))) {
        tern_text_add_char(p->out, ' ');
        tern_print_string(p->out, n->name);
    }
    if (other_origins) {
        tern_text_add(p->out, " from ");
        tern_print_string(p->out, n->origins);
    }
    tern_text_add_char(p->out, '\n');
}

static void constant(printer *p, const tern_node *n)
{
    const tern_value *v = &p->g->values[tern_graph_y(p->g, n, 0)];
    results(p, n);
    tern_text_add(p->out, "constant ");
    if (n->name.len != 0) {
        tern_print_quoted(p->out, n->name);
        tern_text_add_char(p->out, ' ');
    }
    tern_text_add(p->out, n->place == TERN_PLACE_HOST ? "on host : " : ": ");
    type(p, v);
    int64_t count = 0;
    size_t bytes = 0;
    const void *data = tern_graph_constant_data(p->g, tern_graph_y(p->g, n, 0));
    const bool sized = tern_type_volume(&v->type, &count) && tern_type_bytes(&v->type, &bytes);
    if (sized && count <= INLINE_ELEMENTS && (data != NULL || count == 0) && v->blob != 0 &&
        p->g->blobs[v->blob - 1].bytes == bytes) {
        tern_text_add_char(p->out, ' ');
        tern_print_elements(p->out, (tern_dtype)v->type.dtype, data, count);
    } else if (v->blob != 0) {
        uint32_t *number = &p->blob[v->blob - 1];
        *number = *number != 0 ? *number : ++p->blob_count;
        tern_text_add(p->out, " @blob %u", (unsigned)(*number - 1));
    }
    names(p, n, false);
}

static void slot(const printer *p, const tern_expr *e, tern_class c, uint32_t s)
{
    if (s == 0) {
        tern_text_add(p->out, "acc");
    } else if (s <= e->const_count) {
        tern_print_constant(p->out, c, &e->constants[s - 1]);
    } else if (s <= (uint32_t)e->const_count + e->operand_count) {
        tern_text_add(p->out, "p%u", (unsigned)(s - e->const_count - 1));
    } else {
        tern_text_add(p->out, "t%u", (unsigned)(s - e->const_count - e->operand_count - 1));
    }
}

static void expression(const printer *p, const tern_node *n)
{
    const tern_expr *e = n->epilogue;
    const tern_dtype_info *info =
        tern_dtype_find(p->g->values[tern_graph_y(p->g, n, 0)].type.dtype);
    const tern_class c = info != NULL ? info->class_ : TERN_CLASS_F;
    tern_text_add(p->out, " |");
    if (e->operand_count > 0) {
        tern_text_add(p->out, " (");
        for (int32_t i = n->own_count; i < n->x_count; i++) {
            const uint8_t kind = e->broadcast[i - n->own_count];
            tern_text_add(p->out, i > n->own_count ? ", " : "");
            label(p, tern_graph_x(p->g, n, i));
            if (kind != TERN_BROADCAST_FULL) {
                tern_text_add(p->out, ":%s", broadcast_names[kind & 3]);
            }
        }
        tern_text_add_char(p->out, ')');
    }
    for (uint32_t i = 0; i < e->instr_count; i++) {
        const tern_expr_instr *k = &e->instrs[i];
        const tern_scalar_info *s = tern_scalar_find(k->opcode);
        const uint32_t sources = s != NULL ? (uint32_t)s->operand_count + s->attr_count : 0;
        const uint8_t from[3] = {k->a, k->b, k->c};
        tern_text_add(p->out, i > 0 ? " | " : " ");
        if (k->dst != 0) {
            slot(p, e, c, k->dst);
            tern_text_add(p->out, " = ");
        }
        tern_text_add(p->out, "%s(", s != NULL ? s->name : "?");
        for (uint32_t a = 0; a < sources && a < 3; a++) {
            tern_text_add(p->out, a > 0 ? ", " : "");
            slot(p, e, c, from[a]);
        }
        tern_text_add_char(p->out, ')');
    }
}

static void node(printer *p, const tern_node *n)
{
    const tern_op *op = tern_node_op(n);
    if (n->op == TERN_OP_constant) {
        constant(p, n);
        return;
    }
    results(p, n);
    tern_text_add(p->out, "%s", op->name);
    for (int32_t i = 0; i < n->own_count; i++) {
        tern_text_add(p->out, i > 0 ? ", " : " ");
        label(p, tern_graph_x(p->g, n, i));
    }
    if (op->attrs != NULL && n->attr != NULL) {
        const size_t before = p->out->len;
        tern_text_add_char(p->out, ' ');
        tern_attr_print(p->out, op->attrs, n->attr);
        if (p->out->len == before + 1 && !p->out->is_cut) { /* all defaults: nothing was printed */
            p->out->len = before;
            p->out->at[before] = '\0';
        }
    }
    if (n->epilogue != NULL) {
        expression(p, n);
    }
    if (n->place == TERN_PLACE_HOST) {
        tern_text_add(p->out, " on host");
    }
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value *v = &p->g->values[tern_graph_y(p->g, n, i)];
        if (v->type.dtype != 0) {
            tern_text_add(p->out, i > 0 ? ", " : " : ");
            type(p, v);
        }
    }
    names(p, n, true);
}

static void list(const printer *p, uint32_t r)
{
    for (uint32_t i = 0; i < p->g->regions[r].result_count; i++) {
        tern_text_add(p->out, i > 0 ? ", " : " ");
        label(p, tern_region_result(p->g, r, (int32_t)i));
    }
}

static void open_body(printer *p, uint32_t r)
{
    indent(p);
    tern_text_add(p->out, "body");
    for (uint32_t i = 0; i < p->g->regions[r].param_count; i++) {
        const tern_value_id id = tern_region_param(p->g, r, (int32_t)i);
        tern_text_add(p->out, i > 0 ? ", " : " ");
        label(p, id);
        if (p->number[id] != 0 && p->g->values[id].name.len != 0) {
            tern_text_add_char(p->out, ' ');
            tern_print_quoted(p->out, p->g->values[id].name);
        }
        tern_text_add(p->out, " : ");
        type(p, &p->g->values[id]);
    }
    tern_text_add(p->out, " {\n");
    p->depth++;
}

static void close_body(printer *p, uint32_t r)
{
    indent(p);
    tern_text_add(p->out, "yield");
    list(p, r);
    p->depth--;
    tern_text_add_char(p->out, '\n');
    indent(p);
    tern_text_add(p->out, "}\n");
}

/* Nodes in order; bodies open behind their owners and close when the next node is not in them. */
static void nodes(printer *p, const tern_node_id *order, uint32_t count)
{
    uint32_t open[TERN_REGION_DEPTH + 2], end[TERN_REGION_DEPTH + 2];
    int32_t depth = 0;
    for (uint32_t i = 0; i <= count; i++) {
        while (depth > 0) {
            const uint32_t r = open[depth - 1];
            if (i < count && tern_region_is_inside(p->g, p->g->nodes[order[i]].region, r)) {
                break;
            }
            close_body(p, r);
            depth--;
            if (r + 1 < end[depth]) {
                open[depth++] = r + 1;
                open_body(p, r + 1);
            }
        }
        if (i == count) {
            return;
        }
        const tern_node *n = &p->g->nodes[order[i]];
        node(p, n);
        if (n->body_count > 0 && depth < TERN_REGION_DEPTH + 1) {
            open[depth] = n->body;
            end[depth++] = n->body + n->body_count;
            open_body(p, n->body);
        }
    }
}

static void output(const printer *p, tern_value_id id)
{
    const tern_value *v = &p->g->values[id];
    tern_text_add(p->out, "  output ");
    if (v->name.len != 0) {
        tern_print_quoted(p->out, v->name);
        tern_text_add(p->out, " = ");
    }
    label(p, id);
    if (v->formats != 0 && !v->is_input) {
        tern_text_add(p->out, " formats=%u", (unsigned)v->formats);
    }
    tern_text_add_char(p->out, '\n');
}

static void blobs(const printer *p)
{
    for (uint32_t k = 0; k < p->blob_count; k++) {
        for (uint32_t b = 0; b < p->g->blob_count; b++) {
            if (p->blob[b] == k + 1 && p->g->blobs[b].data != NULL) {
                tern_text_add(p->out, "blob %u = %zu", (unsigned)k, p->g->blobs[b].bytes);
                tern_print_base64(p->out, p->g->blobs[b].data, p->g->blobs[b].bytes);
            }
        }
    }
}

/* Words that no earlier value has stay labels; the others are numbered in the order of printing. */
static tern_status number_value(printer *p, tern_name_map *taken, tern_value_id id, uint32_t *next)
{
    const tern_str name = p->g->values[id].name;
    p->number[id] = ++*next;
    if (!tern_is_label(name)) {
        return TERN_OK;
    }
    uint32_t *used = tern_name_map_put(taken, name);
    if (used == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    p->number[id] = *used != 0 ? p->number[id] : 0;
    *used = 1;
    return TERN_OK;
}

/* Topological order; of a graph with a cycle (a dump of something wrong) the order of ids. */
static tern_status print_order(const tern_graph *g, tern_arena *scratch, tern_node_id **out_order,
                               uint32_t *out_count)
{
    const tern_status status = tern_graph_order(g, scratch, out_order, out_count);
    if (status != TERN_BAD_MODEL) {
        return status;
    }
    *out_count = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE) {
            (*out_order)[(*out_count)++] = id;
        }
    }
    return TERN_OK;
}

static tern_status print(const tern_graph *g, tern_text *out, bool with_data, tern_arena *scratch)
{
    printer p = {.g = g, .out = out};
    p.number = tern_arena_items(scratch, g->value_count, sizeof *p.number, _Alignof(uint32_t));
    p.blob =
        tern_arena_items(scratch, (size_t)g->blob_count + 1, sizeof *p.blob, _Alignof(uint32_t));
    if (p.number == NULL || p.blob == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_node_id *order;
    uint32_t count, next = 0;
    TERN_TRY(print_order(g, scratch, &order, &count));
    tern_name_map taken = {.arena = scratch};
    for (uint32_t i = 0; i < g->input_count; i++) {
        TERN_TRY(number_value(&p, &taken, g->inputs[i], &next));
    }
    for (uint32_t i = 0; i < count; i++) {
        const tern_node *n = &g->nodes[order[i]];
        for (int32_t k = 0; k < n->y_count; k++) {
            TERN_TRY(number_value(&p, &taken, tern_graph_y(g, n, k), &next));
        }
        for (uint32_t r = n->body; r < n->body + n->body_count; r++) {
            for (uint32_t k = 0; k < g->regions[r].param_count; k++) {
                TERN_TRY(number_value(&p, &taken, tern_region_param(g, r, (int32_t)k), &next));
            }
        }
    }
    header(&p);
    symbols(&p);
    for (uint32_t i = 0; i < g->input_count; i++) {
        input(&p, g->inputs[i]);
    }
    nodes(&p, order, count);
    for (uint32_t i = 0; i < g->output_count; i++) {
        output(&p, g->outputs[i]);
    }
    tern_text_add(out, "}\n");
    if (with_data) {
        blobs(&p);
    }
    return tern_text_status(out);
}

static tern_status print_in_scratch(const tern_graph *g, tern_text *out, bool with_data)
{
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    const tern_status status = print(g, out, with_data, &scratch);
    tern_arena_destroy(&scratch);
    return status;
}

tern_status tern_graph_print(const tern_graph *g, tern_text *out)
{
    return print_in_scratch(g, out, false);
}

tern_status tern_graph_print_data(const tern_graph *g, tern_text *out)
{
    return print_in_scratch(g, out, true);
}
