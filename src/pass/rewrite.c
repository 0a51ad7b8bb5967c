/* SPDX-License-Identifier: Apache-2.0
 *
 * Rewriting: emits nodes from text and drives rules over a graph.  Errors are sticky in the
 * rewrite, so that the body of a rule stays straight; every emitted node is inferred at once, so
 * that `when` of the next rule sees types.
 */
#include "pass/rewrite.h"

#include "ir/lex.h"

enum { MAX_LETS = 16, MAX_DEPTH = 16, MAX_ROUNDS = 1000 };

struct tern_rewrite {
    tern_graph *graph;
    const tern_match *match;
    tern_arena *scratch;
    tern_str name, origins; /* of the nodes emitted */
    tern_status status;
    int32_t let_count;
    tern_str let_names[MAX_LETS];
    tern_value_id let_values[MAX_LETS];
};

bool tern_pass_may_change(tern_pass_context *c)
{
    if (c->rewrites_left != NULL && *c->rewrites_left >= 0) {
        if (*c->rewrites_left == 0) {
            return false;
        }
        (*c->rewrites_left)--;
    }
    c->changes++;
    return true;
}

bool tern_node_attr(const tern_node *n, const char *name, tern_attr_value *out_value)
{
    const tern_op *op = tern_node_op(n);
    const tern_attr_field *f =
        op->attrs != NULL ? tern_attr_find(op->attrs, name, strlen(name)) : NULL;
    if (f == NULL || n->attr == NULL) {
        return false;
    }
    tern_attr_get(f, n->attr, out_value);
    return true;
}

int32_t tern_channel_axis(const tern_graph *g, const tern_node *n)
{
    const int32_t rank = g->values[tern_graph_y(g, n, 0)].type.rank;
    tern_attr_value kernel;
    switch (n->op) {
    case TERN_OP_conv:
    case TERN_OP_deconv:
    case TERN_OP_pool:
        if (tern_node_attr(n, "kernel", &kernel) && kernel.count > 0) {
            return rank - 1 - kernel.count;
        }
        return n->own_count > 1 ? rank - 1 - (g->values[tern_graph_x(g, n, 1)].type.rank - 2) : -1;
    case TERN_OP_fully_connected: return rank - 3;
    case TERN_OP_matmul: return rank - 1;
    default: return -1;
    }
}

void tern_text_add_extents(tern_text *text, const tern_dim *dims, int32_t count)
{
    for (int32_t d = 0; d < count; d++) {
        tern_text_add(text, "%s%lld", d > 0 ? "," : "[", (long long)dims[d]);
    }
    tern_text_add(text, count > 0 ? "]" : "[]");
}

/* Is `name` one of the names joined in `all`? */
static bool has_origin(tern_str all, tern_str name)
{
    tern_str part;
    while (tern_str_next(&all, '+', &part)) {
        if (tern_str_equal(part, name)) {
            return true;
        }
    }
    return false;
}

static tern_status join(tern_text *text, tern_graph *g, tern_str a, tern_str b,
                        tern_str *out_joined)
{
    tern_str part;
    tern_text_add_str(text, a);
    while (b.len != 0 && tern_str_next(&b, '+', &part)) {
        const tern_str so_far = {tern_text_get(text), text->len};
        if (part.len != 0 && !has_origin(so_far, part)) {
            tern_text_add(text, "%s%.*s", text->len != 0 ? "+" : "", (int)part.len, part.at);
        }
    }
    TERN_TRY(tern_text_status(text));
    return tern_graph_keep_str(g, (tern_str){tern_text_get(text), text->len}, out_joined);
}

tern_status tern_origins_join(tern_graph *g, tern_str a, tern_str b, tern_str *out_joined)
{
    tern_text text;
    tern_text_init(&text, g->allocator);
    const tern_status status = join(&text, g, a, b, out_joined);
    tern_text_destroy(&text);
    return status;
}

void tern_rewrite_let(tern_rewrite *rw, const char *name, tern_value_id value)
{
    if (rw->let_count == MAX_LETS) {
        rw->status = tern_fail(TERN_INTERNAL, "a rule names more than %d values", MAX_LETS);
        return;
    }
    rw->let_names[rw->let_count] = tern_str_of(name);
    rw->let_values[rw->let_count++] = value;
}

static bool find_name(const tern_rewrite *rw, tern_str name, tern_value_id *out_value)
{
    for (int32_t i = rw->let_count; i-- > 0;) {
        if (tern_str_equal(rw->let_names[i], name)) {
            *out_value = rw->let_values[i];
            return true;
        }
    }
    const tern_pattern *p = rw->match->pattern;
    for (int32_t i = 0; i < p->name_count; i++) {
        if (tern_str_equal(p->names[i], name)) {
            *out_value = rw->match->values[i];
            return true;
        }
    }
    return false;
}

/* Attributes behind the operands: `{...}` or `like c`. */
static tern_status emit_attr(tern_rewrite *rw, tern_lexer *l, const tern_op *op,
                             const void **out_attr)
{
    *out_attr = NULL;
    if (tern_lex_take_word(l, "like")) {
        tern_str name;
        tern_value_id value = TERN_NO_ID;
        TERN_TRY(tern_lex_word(l, "a name", &name));
        const bool known = find_name(rw, name, &value) && value != TERN_NO_ID;
        const tern_node *n = &rw->graph->nodes[rw->graph->values[value].producer];
        if (!known || tern_node_op(n) != op) {
            return tern_fail(TERN_INTERNAL, "\"%s\": no %s to be like", l->begin, op->name);
        }
        *out_attr = n->attr;
        return TERN_OK;
    }
    if (!tern_lex_next_is(l, '{')) {
        return TERN_OK;
    }
    void *attr = tern_arena_zero(rw->scratch, op->attr_size + 1, 16);
    if (attr == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *out_attr = attr;
    return tern_attr_parse(op->attrs, attr, &l->at, l->end, op->name);
}

static tern_status emit_expression(tern_rewrite *rw, tern_lexer *l, int32_t depth,
                                   tern_value_id *out_value);

static tern_status emit_node(tern_rewrite *rw, tern_lexer *l, const tern_op *op, int32_t depth,
                             tern_value_id *out_value)
{
    tern_value_id x[TERN_OP_MAX_FIXED_INPUTS];
    int32_t count = 0;
    while (!tern_lex_take(l, ")")) {
        if (count > 0) {
            TERN_TRY(tern_lex_expect(l, ","));
        }
        if (count == TERN_OP_MAX_FIXED_INPUTS) {
            return tern_fail(TERN_INTERNAL, "\"%s\": too many operands", l->begin);
        }
        TERN_TRY(emit_expression(rw, l, depth + 1, &x[count++]));
    }
    while (count > op->arity.in_min && x[count - 1] == TERN_NO_ID) {
        count--;
    }
    const void *attr;
    tern_node_id id;
    TERN_TRY(emit_attr(rw, l, op, &attr));
    TERN_TRY(tern_graph_add_node(
        rw->graph,
        &(tern_new_node){
            .op = tern_op_id_of(op), .name = rw->name, .attr = attr, .x = x, .x_count = count},
        &id));
    rw->graph->nodes[id].origins = rw->origins;
    TERN_TRY(tern_graph_infer_node(rw->graph, id));
    *out_value = tern_graph_y(rw->graph, &rw->graph->nodes[id], 0);
    return TERN_OK;
}

/* A name, or an operator with its operands. */
static tern_status emit_expression(tern_rewrite *rw, tern_lexer *l, int32_t depth,
                                   tern_value_id *out_value)
{
    tern_str word;
    TERN_TRY(tern_lex_word(l, "a name or an operator", &word));
    if (tern_lex_take(l, "(")) {
        const tern_op *op = tern_op_by_name(word.at, word.len);
        if (op == NULL || depth > MAX_DEPTH) {
            return tern_fail(TERN_INTERNAL, "\"%s\": no operator \"%.*s\"", l->begin, (int)word.len,
                             word.at);
        }
        return emit_node(rw, l, op, depth, out_value);
    }
    if (!find_name(rw, word, out_value)) {
        return tern_fail(TERN_INTERNAL, "\"%s\": nothing is called \"%.*s\"", l->begin,
                         (int)word.len, word.at);
    }
    return TERN_OK;
}

static tern_status emit_text(tern_rewrite *rw, const char *text, tern_value_id *out_value)
{
    tern_lexer l = {text, text, text + strlen(text)};
    tern_str name = {NULL, 0};
    const char *start = l.at;
    if (tern_lex_word(&l, "a name", &name) != TERN_OK || !tern_lex_take(&l, "=")) {
        l.at = start;
        name.at = NULL;
    }
    TERN_TRY(emit_expression(rw, &l, 0, out_value));
    tern_lex_blanks(&l);
    if (l.at < l.end || (name.at != NULL && rw->let_count == MAX_LETS)) {
        return tern_fail(TERN_INTERNAL, "\"%s\": cannot read \"%s\", or too many names", text,
                         l.at);
    }
    if (name.at != NULL) {
        rw->let_names[rw->let_count] = name;
        rw->let_values[rw->let_count++] = *out_value;
    }
    return TERN_OK;
}

tern_value_id tern_emit(tern_rewrite *rw, const char *format, ...)
{
    if (rw->status != TERN_OK) {
        return TERN_NO_ID;
    }
    tern_text text;
    tern_text_init(&text, rw->graph->allocator);
    va_list values;
    va_start(values, format);
    tern_text_add_va(&text, format, values);
    va_end(values);
    tern_value_id value = TERN_NO_ID;
    rw->status = tern_text_status(&text);
    char *copy = NULL; /* names point into it until the rewrite ends */
    if (rw->status == TERN_OK) {
        copy = tern_arena_strdup(rw->scratch, tern_text_get(&text));
        rw->status = copy != NULL ? emit_text(rw, copy, &value) : TERN_OUT_OF_MEMORY;
    }
    tern_text_destroy(&text);
    return rw->status == TERN_OK ? value : TERN_NO_ID;
}

tern_status tern_rewrite_replace(tern_rewrite *rw, const char *name, tern_value_id value)
{
    TERN_TRY(rw->status);
    if (value == TERN_NO_ID) {
        return tern_fail(TERN_INTERNAL, "a rule replaces \"%s\" by nothing", name);
    }
    rw->status = tern_graph_replace(rw->graph, tern_match_value(rw->match, name), value);
    return rw->status;
}

static tern_status apply(const tern_rule *rule, tern_match *m)
{
    tern_graph *g = m->graph;
    const int32_t root = m->pattern->node_count - 1;
    tern_rewrite rw = {.graph = g, .match = m, .scratch = m->context->scratch};
    rw.name = g->nodes[m->nodes[root]].name;
    for (int32_t i = 0; i <= root; i++) {
        TERN_TRY(tern_origins_join(g, rw.origins, g->nodes[m->nodes[i]].origins, &rw.origins));
    }
    g->region = g->nodes[m->nodes[root]].region;
    const tern_status status = rule->rewrite(&rw, m);
    g->region = 0;
    TERN_TRY(status);
    TERN_TRY(rw.status);
    uint32_t removed;
    return tern_graph_sweep(g, &removed);
}

static void log_refusal(const tern_match *m, const tern_rule *rule, const char *why_not)
{
    char who[160];
    const tern_node *n = &m->graph->nodes[m->nodes[m->pattern->node_count - 1]];
    const tern_logger *logger = m->context->options->logger;
    if (tern_log_wants(logger, TERN_SEVERITY_DETAIL, "pass")) {
        tern_log(logger, TERN_SEVERITY_DETAIL, "pass", "%s: not rewritten (%s): %s",
                 tern_node_who(n, who, sizeof who), rule->match, why_not);
    }
}

/* One walk over the nodes; *out_changed tells whether another one is worth it. */
static tern_status walk(const tern_rule *rules, const tern_pattern *patterns, tern_graph *g,
                        tern_pass_context *c, bool *out_changed)
{
    tern_uses uses;
    const tern_arena_mark mark = tern_arena_mark_now(c->scratch);
    TERN_TRY(tern_graph_uses(g, c->scratch, &uses));
    tern_match m = {.graph = g, .context = c, .uses = &uses};
    for (tern_node_id id = 1; id < g->node_count; id++) {
        for (int32_t r = 0; g->nodes[id].op != TERN_OP_NONE && rules[r].match != NULL; r++) {
            const char *why_not = "";
            if (!tern_pattern_match(&patterns[r], id, &m)) {
                continue;
            }
            if (rules[r].when != NULL && !rules[r].when(&m, &why_not)) {
                log_refusal(&m, &rules[r], why_not);
                continue;
            }
            if (!tern_pass_may_change(c)) {
                *out_changed = false;
                return TERN_OK;
            }
            TERN_TRY(apply(&rules[r], &m));
            tern_arena_reset(c->scratch, mark);
            TERN_TRY(tern_graph_uses(g, c->scratch, &uses));
            *out_changed = true;
        }
    }
    return TERN_OK;
}

tern_status tern_rules_run(const tern_rule *rules, tern_graph *g, tern_pass_context *c)
{
    size_t count = 0;
    while (rules[count].match != NULL) {
        count++;
    }
    tern_pattern *patterns =
        tern_arena_items(c->scratch, count + 1, sizeof *patterns, _Alignof(tern_pattern));
    if (patterns == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (size_t r = 0; r < count; r++) {
        TERN_TRY(tern_pattern_parse(rules[r].match, &patterns[r]));
    }
    bool changed = true;
    const tern_arena_mark mark = tern_arena_mark_now(c->scratch);
    for (int32_t round = 0; changed && round < MAX_ROUNDS; round++) {
        changed = false;
        TERN_TRY(walk(rules, patterns, g, c, &changed));
        tern_arena_reset(c->scratch, mark);
    }
    return TERN_OK;
}
