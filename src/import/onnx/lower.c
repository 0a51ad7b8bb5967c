/* SPDX-License-Identifier: Apache-2.0
 *
 * Compositions written as text: ONNX nodes of the newest opset that stand for the node being
 * translated.
 *
 *     "m = ReduceMean(x0, [1]){keepdims=1}; y0 = Sub(x0, m)"
 *
 * The texts are ours: a mistake in one is found by the tests of its operator.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"

enum { MAX_OPERANDS = 16, MAX_RESULTS = 8, MAX_ATTRS = 12, MAX_LIST = 32 };

typedef struct reader {
    tern_onnx_call *c;
    tern_lexer lex;
    tern_arena *arena;
    int32_t constant_count;
} reader;

static tern_status bad_text(reader *r, const char *what)
{
    return tern_fail(TERN_INTERNAL, "%s: its lowering should have %s at \"%.40s\"", r->c->who, what,
                     r->lex.at);
}

static bool next_is_number(reader *r)
{
    tern_lex_blanks(&r->lex);
    const char ch = r->lex.at < r->lex.end ? *r->lex.at : '\0';
    return (ch >= '0' && ch <= '9') || ch == '-' || ch == '+';
}

/* A number; *out_is_float when it is written like one. */
static tern_status read_number(reader *r, double *out_value, bool *out_is_float)
{
    tern_str text;
    int64_t i = 0;
    TERN_TRY(tern_lex_number(&r->lex, "a number", &text));
    *out_is_float = !tern_parse_int64(text, INT64_MIN, INT64_MAX, &i);
    *out_value = (double)i;
    return !*out_is_float || tern_parse_double(text, out_value) ? TERN_OK : bad_text(r, "a number");
}

/* "[1,2,3]" behind its bracket. */
static tern_status read_list(reader *r, double *values, int32_t *out_count, bool *out_is_float)
{
    *out_count = 0;
    *out_is_float = false;
    while (!tern_lex_take(&r->lex, "]")) {
        bool is_float;
        if (*out_count == MAX_LIST) {
            return bad_text(r, "a shorter list");
        }
        TERN_TRY(read_number(r, &values[(*out_count)++], &is_float));
        *out_is_float = *out_is_float || is_float;
        (void)tern_lex_take(&r->lex, ",");
    }
    return TERN_OK;
}

/* --- operands --- */

static tern_status define_constant(reader *r, tern_value_id value, tern_str *out_name)
{
    TERN_TRY(r->c->status);
    const tern_onnx_slot slot = {.kind = TERN_ONNX_SLOT_TENSOR, .value = value};
    const char *name = tern_arena_printf(r->arena, "#%d", (int)r->constant_count++);
    if (name == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *out_name = tern_str_of(name);
    return tern_onnx_define(r->c->importer, *out_name, &slot);
}

static tern_status read_operand(reader *r, tern_str *out_name)
{
    *out_name = tern_str_of("");
    if (tern_lex_take(&r->lex, "[")) {
        double values[MAX_LIST];
        int64_t ints[MAX_LIST];
        int32_t count;
        bool is_float;
        TERN_TRY(read_list(r, values, &count, &is_float));
        for (int32_t i = 0; i < count; i++) {
            ints[i] = (int64_t)values[i];
        }
        return define_constant(r, tern_onnx_i64s(r->c, ints, count), out_name);
    }
    if (next_is_number(r)) {
        double value;
        bool is_float;
        TERN_TRY(read_number(r, &value, &is_float));
        const int dtype = is_float ? tern_onnx_type_of(r->c, r->c->x[0])->dtype : TERN_DTYPE_I64;
        return define_constant(r, tern_onnx_scalar(r->c, (tern_dtype)dtype, value), out_name);
    }
    if (tern_lex_next_is(&r->lex, ',') || tern_lex_next_is(&r->lex, ')')) {
        return TERN_OK;
    }
    return tern_lex_word(&r->lex, "an operand", out_name);
}

/* --- attributes --- */

static tern_status read_attr_list(reader *r, tern_onnx_attr *a)
{
    double values[MAX_LIST];
    bool is_float;
    TERN_TRY(read_list(r, values, &a->count, &is_float));
    int64_t *ints = tern_arena_items(r->arena, (size_t)a->count + 1, sizeof *ints, 8);
    float *floats = tern_arena_items(r->arena, (size_t)a->count + 1, sizeof *floats, 8);
    if (ints == NULL || floats == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < a->count; i++) {
        ints[i] = (int64_t)values[i];
        floats[i] = (float)values[i];
    }
    a->kind = is_float ? TERN_ONNX_ATTR_FLOATS : TERN_ONNX_ATTR_INTS;
    a->ints = ints;
    a->floats = floats;
    return TERN_OK;
}

static tern_status read_attr(reader *r, tern_onnx_attr *a)
{
    *a = (tern_onnx_attr){.count = 1};
    TERN_TRY(tern_lex_word(&r->lex, "an attribute", &a->name));
    TERN_TRY(tern_lex_expect(&r->lex, "="));
    if (tern_lex_take(&r->lex, "[")) {
        return read_attr_list(r, a);
    }
    if (next_is_number(r)) {
        double value;
        bool is_float;
        TERN_TRY(read_number(r, &value, &is_float));
        a->kind = is_float ? TERN_ONNX_ATTR_FLOAT : TERN_ONNX_ATTR_INT;
        a->i = is_float ? 0 : (int64_t)value;
        a->f = (float)value;
        return TERN_OK;
    }
    a->kind = TERN_ONNX_ATTR_STRING;
    return tern_lex_string(&r->lex, r->arena, "a text", &a->s);
}

static tern_status read_attrs(reader *r, tern_onnx_node *node)
{
    if (!tern_lex_take(&r->lex, "{")) {
        return TERN_OK;
    }
    tern_onnx_attr *attrs = tern_arena_items(r->arena, MAX_ATTRS, sizeof *attrs, 8);
    if (attrs == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    while (!tern_lex_take(&r->lex, "}")) {
        if (node->attr_count == MAX_ATTRS) {
            return bad_text(r, "fewer attributes");
        }
        TERN_TRY(read_attr(r, &attrs[node->attr_count++]));
        (void)tern_lex_take(&r->lex, ",");
    }
    node->attrs = attrs;
    return TERN_OK;
}

/* --- statements --- */

static void split_domain(tern_str full, tern_onnx_node *node)
{
    node->op = full;
    for (size_t i = full.len; i > 0; i--) {
        if (full.at[i - 1] == '.') {
            node->domain = (tern_str){full.at, i - 1};
            node->op = (tern_str){full.at + i, full.len - i};
            return;
        }
    }
}

static tern_status read_statement(reader *r, tern_onnx_node *node)
{
    tern_str *y = tern_arena_items(r->arena, MAX_RESULTS, sizeof *y, 8);
    tern_str *x = tern_arena_items(r->arena, MAX_OPERANDS, sizeof *x, 8);
    tern_str op;
    if (y == NULL || x == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *node = (tern_onnx_node){.x = x, .y = y};
    do {
        TERN_TRY(node->y_count < MAX_RESULTS ? TERN_OK : bad_text(r, "fewer results"));
        TERN_TRY(tern_lex_word(&r->lex, "a result", &y[node->y_count++]));
    } while (tern_lex_take(&r->lex, ","));
    TERN_TRY(tern_lex_expect(&r->lex, "="));
    TERN_TRY(tern_lex_word(&r->lex, "an operator", &op));
    split_domain(op, node);
    TERN_TRY(tern_lex_expect(&r->lex, "("));
    while (!tern_lex_take(&r->lex, ")")) {
        TERN_TRY(node->x_count < MAX_OPERANDS ? TERN_OK : bad_text(r, "fewer operands"));
        TERN_TRY(read_operand(r, &x[node->x_count++]));
        (void)tern_lex_take(&r->lex, ",");
    }
    return read_attrs(r, node);
}

static tern_status bind_inputs(reader *r)
{
    for (int32_t i = 0; i < MAX_OPERANDS; i++) {
        const tern_onnx_slot absent = {.kind = TERN_ONNX_SLOT_ABSENT};
        const bool is_given = i < r->c->node->x_count;
        const char *name = tern_arena_printf(r->arena, "x%d", (int)i);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        TERN_TRY(tern_onnx_define(r->c->importer, tern_str_of(name),
                                  is_given ? &r->c->x_slots[i] : &absent));
    }
    return TERN_OK;
}

static tern_status take_outputs(reader *r)
{
    for (int32_t i = 0; i < r->c->y_count; i++) {
        const char *name = tern_arena_printf(r->arena, "y%d", (int)i);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        const tern_onnx_slot *slot = tern_onnx_find(r->c->importer, tern_str_of(name));
        if (slot != NULL && slot->kind == TERN_ONNX_SLOT_TENSOR) {
            r->c->y[i] = slot->value;
        } else if (slot != NULL) {
            r->c->y_slots[i] = *slot;
        }
    }
    return TERN_OK;
}

static tern_status run_text(reader *r)
{
    TERN_TRY(bind_inputs(r));
    for (tern_lex_lines(&r->lex); r->lex.at < r->lex.end; tern_lex_lines(&r->lex)) {
        tern_onnx_node node;
        TERN_TRY(read_statement(r, &node));
        TERN_TRY(tern_onnx_run_text_node(r->c->importer, &node));
        if (!tern_lex_take(&r->lex, ";") && r->lex.at < r->lex.end) {
            return bad_text(r, "a semicolon");
        }
    }
    return take_outputs(r);
}

/* Runs it in a scope and a frame of its own, as part of the call's node. */
static tern_status run_inside(tern_onnx_call *c, const char *text, size_t size)
{
    tern_onnx_importer *m = c->importer;
    if (m->depth >= TERN_ONNX_MAX_NESTING) {
        return tern_fail(TERN_UNSUPPORTED, "%s: nested deeper than %d", c->who,
                         TERN_ONNX_MAX_NESTING);
    }
    tern_onnx_scope scope, *const outer = m->scope;
    tern_onnx_frame frame = {.caller = m->frame, .node = c->node, .is_newest = true};
    const char *const outer_who = m->outer_who;
    const tern_str outer_name = m->outer_name;
    reader r = {.c = c, .lex = {text, text, text + size}, .arena = &m->scratch};
    tern_onnx_scope_open(m, &scope, NULL);
    m->scope = &scope;
    m->frame = &frame;
    m->outer_who = c->who;
    m->outer_name = outer_name.len > 0 ? outer_name : c->node->name;
    m->depth++;
    const tern_status status = run_text(&r);
    m->depth--;
    m->outer_who = outer_who;
    m->outer_name = outer_name;
    m->frame = frame.caller;
    m->scope = outer;
    tern_onnx_scope_close(m, &scope);
    return status;
}

void tern_onnx_lower(tern_onnx_call *c, const char *format, ...)
{
    if (c->status != TERN_OK) {
        return;
    }
    tern_text text;
    tern_text_init(&text, c->graph->allocator);
    va_list values;
    va_start(values, format);
    tern_text_add_va(&text, format, values);
    va_end(values);
    const char *copy =
        text.is_cut ? NULL
                    : tern_arena_strndup(&c->importer->scratch, tern_text_get(&text), text.len);
    const size_t size = text.len;
    tern_text_destroy(&text);
    c->status = copy != NULL ? run_inside(c, copy, size) : TERN_OUT_OF_MEMORY;
}

tern_value_id tern_onnx_op(tern_onnx_call *c, const char *op, const char *attributes,
                           const tern_value_id *x, int32_t x_count)
{
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    tern_onnx_slot slots[MAX_OPERANDS] = {0};
    tern_str names[MAX_OPERANDS];
    tern_value_id ids[MAX_OPERANDS] = {0}, y[1] = {TERN_NO_ID};
    tern_onnx_slot y_slots[1] = {0};
    const char *text = "";
    for (int32_t i = 0; i < x_count && i < MAX_OPERANDS; i++) {
        ids[i] = x[i];
        names[i] = tern_str_of(x[i] != TERN_NO_ID ? "given" : "");
        slots[i] = (tern_onnx_slot){.kind = x[i] != TERN_NO_ID ? TERN_ONNX_SLOT_TENSOR
                                                               : TERN_ONNX_SLOT_ABSENT,
                                    .value = x[i]};
        text = tern_onnx_text(c, "%s%sx%d", text, i > 0 ? ", " : "", (int)i);
    }
    const tern_onnx_node node = {.name = c->node->name, .x = names, .x_count = x_count};
    tern_onnx_call inner = *c;
    inner.node = &node;
    inner.x = ids;
    inner.x_count = x_count;
    inner.x_slots = slots;
    inner.y = y;
    inner.y_slots = y_slots;
    inner.y_count = 1;
    tern_onnx_lower(&inner, "y0 = %s(%s)%s", op, text, attributes != NULL ? attributes : "");
    c->status = inner.status;
    return y[0];
}
