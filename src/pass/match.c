/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns: text to tables, and tables against a graph.  A pattern is small (four nodes at most),
 * so matching is plain recursion from the root with both orders of commutative operators tried.
 */
#include "ir/lex.h"
#include "pass/rewrite.h"

static tern_status bad(const char *text, const tern_lexer *l, const char *what)
{
    return tern_fail(TERN_INTERNAL, "pattern \"%s\": %s at column %d", text, what,
                     (int)(l->at - text) + 1);
}

static int8_t name_index(tern_pattern *p, tern_str name)
{
    for (int32_t i = 0; i < p->name_count; i++) {
        if (tern_str_equal(p->names[i], name)) {
            return (int8_t)i;
        }
    }
    if (p->name_count == TERN_PATTERN_NAMES) {
        return -1;
    }
    p->names[p->name_count] = name;
    return (int8_t)p->name_count++;
}

static tern_status parse_operand(const char *text, tern_lexer *l, tern_pattern *p,
                                 tern_pattern_operand *out)
{
    tern_str word;
    out->is_const = tern_lex_take_word(l, "const");
    TERN_TRY(tern_lex_word(l, "a name", &word));
    out->name = tern_str_is(word, "_") ? -1 : name_index(p, word);
    if (out->name < 0 && !tern_str_is(word, "_")) {
        return bad(text, l, "too many names");
    }
    out->is_optional = tern_lex_take(l, "?");
    return TERN_OK;
}

static tern_status parse_ops(const char *text, tern_lexer *l, tern_pattern_node *n)
{
    do {
        tern_str word;
        TERN_TRY(tern_lex_word(l, "an operator", &word));
        const tern_op *op = tern_op_by_name(word.at, word.len);
        if (op == NULL || n->choice_count == TERN_PATTERN_CHOICES) {
            return bad(text, l, op == NULL ? "no such operator" : "too many operators");
        }
        n->ops[n->choice_count++] = tern_op_id_of(op);
    } while (tern_lex_take(l, "|"));
    return TERN_OK;
}

static tern_status parse_statement(const char *text, tern_lexer *l, tern_pattern *p)
{
    tern_pattern_node *n = &p->nodes[p->node_count];
    tern_str word;
    TERN_TRY(tern_lex_word(l, "a name", &word));
    n->result = name_index(p, word);
    if (n->result < 0) {
        return bad(text, l, "too many names");
    }
    TERN_TRY(tern_lex_expect(l, "="));
    TERN_TRY(parse_ops(text, l, n));
    TERN_TRY(tern_lex_expect(l, "("));
    while (!tern_lex_take(l, ")")) {
        if (n->operand_count > 0) {
            TERN_TRY(tern_lex_expect(l, ","));
        }
        if (n->operand_count == TERN_PATTERN_OPERANDS) {
            return bad(text, l, "too many operands");
        }
        TERN_TRY(parse_operand(text, l, p, &n->operands[n->operand_count++]));
    }
    p->node_count++;
    return TERN_OK;
}

tern_status tern_pattern_parse(const char *text, tern_pattern *out_pattern)
{
    memset(out_pattern, 0, sizeof *out_pattern);
    tern_lexer l = {text, text, text + strlen(text)};
    for (;;) {
        do {
            tern_lex_lines(&l);
        } while (tern_lex_take(&l, ";"));
        if (l.at >= l.end) {
            return out_pattern->node_count > 0 ? TERN_OK : bad(text, &l, "no statement");
        }
        if (out_pattern->node_count == TERN_PATTERN_NODES) {
            return bad(text, &l, "too many statements");
        }
        TERN_TRY(parse_statement(text, &l, out_pattern));
    }
}

static bool is_commutative(uint32_t op)
{
    switch (op - TERN_OP_SCALAR_BASE) {
    case TERN_SCALAR_add:
    case TERN_SCALAR_mul:
    case TERN_SCALAR_max:
    case TERN_SCALAR_min:
    case TERN_SCALAR_and:
    case TERN_SCALAR_or:
    case TERN_SCALAR_xor:
    case TERN_SCALAR_equal: return op > TERN_OP_SCALAR_BASE;
    default: return false;
    }
}

static bool match_node(int32_t statement, tern_node_id id, tern_match *m);

/* The statement that defines a name; -1: none. */
static int32_t defined_by(const tern_pattern *p, int8_t name, int32_t before)
{
    for (int32_t i = 0; i < before; i++) {
        if (p->nodes[i].result == name) {
            return i;
        }
    }
    return -1;
}

static bool match_operand(int32_t statement, const tern_pattern_operand *o, tern_value_id id,
                          tern_match *m)
{
    if (id == TERN_NO_ID) {
        return o->is_optional;
    }
    const tern_value *v = tern_graph_value(m->graph, id);
    if (o->is_const && !v->is_constant) {
        return false;
    }
    if (o->name < 0) {
        return true;
    }
    if (m->values[o->name] != TERN_NO_ID) {
        return m->values[o->name] == id;
    }
    m->values[o->name] = id;
    const int32_t definition = defined_by(m->pattern, o->name, statement);
    if (definition < 0) {
        return true;
    }
    /* Nothing is fused across the border of a branch or a loop's body. */
    return v->producer != TERN_NO_ID &&
           m->graph->nodes[v->producer].region ==
               m->graph->nodes[m->nodes[m->pattern->node_count - 1]].region &&
           match_node(definition, v->producer, m);
}

static bool match_operands(int32_t statement, const tern_node *n, bool swapped, tern_match *m)
{
    const tern_pattern_node *want = &m->pattern->nodes[statement];
    for (int32_t i = 0; i < want->operand_count; i++) {
        const int32_t at = swapped ? 1 - i : i;
        const tern_value_id id = at < n->own_count ? tern_graph_x(m->graph, n, at) : TERN_NO_ID;
        if (!match_operand(statement, &want->operands[i], id, m)) {
            return false;
        }
    }
    return true;
}

static bool match_node(int32_t statement, tern_node_id id, tern_match *m)
{
    const tern_pattern_node *want = &m->pattern->nodes[statement];
    const tern_node *n = tern_graph_node(m->graph, id);
    bool is_op = false;
    for (int32_t i = 0; i < want->choice_count; i++) {
        is_op = is_op || n->op == want->ops[i];
    }
    if (!is_op || n->own_count > want->operand_count || n->epilogue != NULL) {
        return false;
    }
    m->nodes[statement] = id;
    const tern_match before = *m;
    if (match_operands(statement, n, false, m)) {
        return true;
    }
    *m = before;
    if (n->own_count == 2 && is_commutative(n->op) && match_operands(statement, n, true, m)) {
        return true;
    }
    *m = before;
    return false;
}

bool tern_pattern_match(const tern_pattern *p, tern_node_id root, tern_match *m)
{
    m->pattern = p;
    memset(m->values, 0, sizeof m->values);
    memset(m->nodes, 0, sizeof m->nodes);
    const int32_t last = p->node_count - 1;
    const tern_node *n = tern_graph_node(m->graph, root);
    if (n->op == TERN_OP_NONE || n->y_count == 0) {
        return false;
    }
    m->values[p->nodes[last].result] = tern_graph_y(m->graph, n, 0);
    m->nodes[last] = root;
    return match_node(last, root, m);
}

tern_value_id tern_match_value(const tern_match *m, const char *name)
{
    for (int32_t i = 0; i < m->pattern->name_count; i++) {
        if (tern_str_is(m->pattern->names[i], name)) {
            return m->values[i];
        }
    }
    return TERN_NO_ID;
}

const tern_type *tern_match_type(const tern_match *m, const char *name)
{
    return &tern_graph_value(m->graph, tern_match_value(m, name))->type;
}

const tern_node *tern_match_node(const tern_match *m, const char *name)
{
    const tern_node_id id = tern_graph_value(m->graph, tern_match_value(m, name))->producer;
    return id != TERN_NO_ID ? tern_graph_node(m->graph, id) : NULL;
}

uint32_t tern_use_count(const tern_match *m, const char *name)
{
    const tern_value_id id = tern_match_value(m, name);
    return m->uses->first[id + 1] - m->uses->first[id] + tern_graph_value(m->graph, id)->is_output;
}
