/* SPDX-License-Identifier: Apache-2.0
 *
 * One node of a text: operands, attributes, fused expression, place, types, names.  An
 * expression's slots depend on how many constants and operands it has in all, so its sources are
 * collected first and numbered at the end.
 */
#include "base/alloc.h"
#include "base/array.h"
#include "ir/literal.h"
#include "ir/parse.h"

/* Operands of the node being read; `later` in place of labels that come further down. */
typedef struct operand_list {
    tern_value_id *ids;
    tern_str *labels; /* at NULL: resolved */
    int32_t count;
    size_t id_capacity, label_capacity;
} operand_list;

typedef enum source_kind { SOURCE_ACC, SOURCE_CONST, SOURCE_OPERAND, SOURCE_TEMP } source_kind;

typedef struct source {
    source_kind kind;
    int32_t index;
} source;

typedef struct expression {
    int32_t instr_count, const_count, operand_count, temp_count;
    uint8_t broadcast[TERN_EXPR_SLOTS];
    tern_str constants[TERN_EXPR_SLOTS];
    uint8_t opcodes[TERN_EXPR_MAX_INSTRS];
    source slots[TERN_EXPR_MAX_INSTRS][4]; /* dst, a, b, c */
} expression;

static tern_status later_value(tern_parser *p, tern_value_id *out_value)
{
    if (p->later == TERN_NO_ID) { /* an input that no list knows */
        const tern_type none = {0};
        TERN_TRY(tern_graph_add_input(p->g, (tern_str){"", 0}, &none, &p->later));
        p->g->input_count--;
    }
    *out_value = p->later;
    return TERN_OK;
}

static tern_status add_operand(tern_parser *p, operand_list *list, tern_value_id id, tern_str label)
{
    const size_t want = (size_t)list->count + 1;
    if (want > UINT16_MAX) {
        return tern_lex_fail(&p->lex, "expected at most %d operands", UINT16_MAX);
    }
    TERN_TRY(
        tern_array_grow(p->g->allocator, &list->ids, &list->id_capacity, want, sizeof *list->ids));
    TERN_TRY(tern_array_grow(p->g->allocator, &list->labels, &list->label_capacity, want,
                             sizeof *list->labels));
    list->ids[list->count] = id;
    list->labels[list->count++] = label;
    return TERN_OK;
}

static tern_status parse_operand(tern_parser *p, operand_list *list)
{
    tern_str label = {NULL, 0};
    tern_value_id id = TERN_NO_ID;
    if (tern_lex_take_word(&p->lex, "none")) {
        return add_operand(p, list, id, label);
    }
    TERN_TRY(tern_parse_label(p, &label));
    const uint32_t *known = tern_name_map_find(&p->labels, label);
    if (known != NULL) {
        return add_operand(p, list, *known, (tern_str){NULL, 0});
    }
    TERN_TRY(later_value(p, &id));
    return add_operand(p, list, id, label);
}

static tern_status parse_operands(tern_parser *p, operand_list *list)
{
    tern_lex_blanks(&p->lex);
    const char *start = p->lex.at;
    const bool any = tern_lex_next_is(&p->lex, '%') || tern_lex_take_word(&p->lex, "none");
    if (!any) {
        return TERN_OK;
    }
    p->lex.at = start;
    do {
        TERN_TRY(parse_operand(p, list));
    } while (tern_lex_take(&p->lex, ","));
    return TERN_OK;
}

static tern_status note_fixups(tern_parser *p, const operand_list *list, int32_t first,
                               tern_node_id node)
{
    for (int32_t i = first; i < list->count; i++) {
        if (list->labels[i].at == NULL) {
            continue;
        }
        TERN_TRY(tern_array_grow(p->g->allocator, &p->fixups, &p->fixup_capacity,
                                 p->fixup_count + 1, sizeof *p->fixups));
        p->fixups[p->fixup_count++] =
            (tern_parse_fixup){.node = node, .operand = i, .label = list->labels[i]};
    }
    return TERN_OK;
}

static uint32_t opcode_by_name(tern_str name)
{
    for (uint32_t id = 1; id <= UINT8_MAX; id++) {
        const tern_scalar_info *s = tern_scalar_find(id);
        if (s != NULL && tern_str_is(name, s->name)) {
            return id;
        }
    }
    return 0;
}

/* `(%r, %b:row)` */
static tern_status parse_extra_operands(tern_parser *p, expression *e, operand_list *list)
{
    static const char *const kinds[] = {"full", "row", "column", "scalar"};
    if (!tern_lex_take(&p->lex, "(")) {
        return TERN_OK;
    }
    do {
        if (e->operand_count == TERN_EXPR_SLOTS - 1) {
            return tern_lex_fail(&p->lex, "expected at most %d operands of an expression",
                                 TERN_EXPR_SLOTS - 1);
        }
        TERN_TRY(parse_operand(p, list));
        uint8_t kind = TERN_BROADCAST_FULL;
        if (tern_lex_take(&p->lex, ":")) {
            while (kind < TERN_COUNT_OF(kinds) && !tern_lex_take_word(&p->lex, kinds[kind])) {
                kind++;
            }
            if (kind == TERN_COUNT_OF(kinds)) {
                return tern_lex_fail(&p->lex, "expected full, row, column or scalar");
            }
        }
        e->broadcast[e->operand_count++] = kind;
    } while (tern_lex_take(&p->lex, ","));
    return tern_lex_expect(&p->lex, ")");
}

/* `t3` or `p0`: the letter, then a number below the slots there are. */
static bool indexed(tern_str word, char letter, int64_t *out_index)
{
    return word.len > 1 && word.at[0] == letter && word.at[1] >= '0' && word.at[1] <= '9' &&
           tern_parse_int64((tern_str){word.at + 1, word.len - 1}, 0, TERN_EXPR_SLOTS - 1,
                            out_index);
}

static bool writable(expression *e, tern_str word, source *out)
{
    int64_t index = 0;
    if (tern_str_is(word, "acc")) {
        *out = (source){SOURCE_ACC, 0};
        return true;
    }
    if (!indexed(word, 't', &index)) {
        return false;
    }
    *out = (source){SOURCE_TEMP, (int32_t)index};
    e->temp_count = index + 1 > e->temp_count ? (int32_t)index + 1 : e->temp_count;
    return true;
}

static tern_status parse_source(tern_parser *p, expression *e, source *out)
{
    tern_str word;
    int64_t index = 0;
    TERN_TRY(tern_lex_number(&p->lex, "acc, p0, t0 or a number", &word));
    if (writable(e, word, out)) {
        return TERN_OK;
    }
    if (indexed(word, 'p', &index)) {
        *out = (source){SOURCE_OPERAND, (int32_t)index};
        return index < e->operand_count
                   ? TERN_OK
                   : tern_lex_fail_at(&p->lex, word.at, "there are %d operands",
                                      (int)e->operand_count);
    }
    int32_t k = 0;
    while (k < e->const_count && !tern_str_equal(e->constants[k], word)) {
        k++;
    }
    if (k == TERN_EXPR_SLOTS - 1) {
        return tern_lex_fail_at(&p->lex, word.at, "expected at most %d constants",
                                TERN_EXPR_SLOTS - 1);
    }
    e->constants[k] = word;
    e->const_count = k + 1 > e->const_count ? k + 1 : e->const_count;
    *out = (source){SOURCE_CONST, k};
    return TERN_OK;
}

/* `t0 = mul(acc, 0.5)` */
static tern_status parse_instr(tern_parser *p, expression *e)
{
    if (e->instr_count == TERN_EXPR_MAX_INSTRS) {
        return tern_lex_fail(&p->lex, "expected at most %d instructions", TERN_EXPR_MAX_INSTRS);
    }
    source *slots = e->slots[e->instr_count];
    tern_str word;
    TERN_TRY(tern_lex_word(&p->lex, "an elementwise operation", &word));
    if (tern_lex_take(&p->lex, "=")) {
        if (!writable(e, word, &slots[0])) {
            return tern_lex_fail_at(&p->lex, word.at, "expected acc or t0, t1 ...");
        }
        TERN_TRY(tern_lex_word(&p->lex, "an elementwise operation", &word));
    }
    const uint32_t opcode = opcode_by_name(word);
    if (opcode == 0) {
        return tern_lex_fail_at(&p->lex, word.at, "expected an elementwise operation");
    }
    const tern_scalar_info *s = tern_scalar_find(opcode);
    const int32_t sources = s->operand_count + s->attr_count;
    TERN_TRY(tern_lex_expect(&p->lex, "("));
    for (int32_t i = 0; i < sources && i < 3; i++) {
        if (i > 0) {
            TERN_TRY(tern_lex_expect(&p->lex, ","));
        }
        TERN_TRY(parse_source(p, e, &slots[1 + i]));
    }
    e->opcodes[e->instr_count++] = (uint8_t)opcode;
    return tern_lex_expect(&p->lex, ")");
}

static uint8_t slot_number(const expression *e, source s)
{
    switch (s.kind) {
    case SOURCE_ACC: return 0;
    case SOURCE_CONST: return (uint8_t)(1 + s.index);
    case SOURCE_OPERAND: return (uint8_t)(1 + e->const_count + s.index);
    case SOURCE_TEMP: return (uint8_t)(1 + e->const_count + e->operand_count + s.index);
    }
    return 0;
}

static tern_status build_expression(tern_parser *p, const expression *e, tern_class c,
                                    const char *start, tern_expr **out_expr)
{
    tern_expr *x = tern_arena_zero(&p->g->arena, sizeof *x, _Alignof(tern_expr));
    if (x == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (1 + e->const_count + e->operand_count + e->temp_count > TERN_EXPR_SLOTS) {
        return tern_lex_fail_at(&p->lex, start, "the expression needs more than %d slots",
                                TERN_EXPR_SLOTS);
    }
    x->instr_count = (uint8_t)e->instr_count;
    x->const_count = (uint8_t)e->const_count;
    x->operand_count = (uint8_t)e->operand_count;
    memcpy(x->broadcast, e->broadcast, sizeof x->broadcast);
    for (int32_t i = 0; i < e->const_count; i++) {
        if (!tern_parse_constant(e->constants[i], c, &x->constants[i])) {
            return tern_lex_fail_at(&p->lex, e->constants[i].at,
                                    "expected acc, p0, t0 or a number of the result's type");
        }
    }
    for (int32_t i = 0; i < e->instr_count; i++) {
        x->instrs[i] = (tern_expr_instr){.opcode = e->opcodes[i],
                                         .dst = slot_number(e, e->slots[i][0]),
                                         .a = slot_number(e, e->slots[i][1]),
                                         .b = slot_number(e, e->slots[i][2]),
                                         .c = slot_number(e, e->slots[i][3])};
    }
    if (!tern_expr_is_valid(x, (tern_scalar_class)(1u << (uint32_t)c))) {
        return tern_lex_fail_at(
            &p->lex, start,
            "the expression reads a slot before writing it, or has an operation its type lacks");
    }
    *out_expr = x;
    return TERN_OK;
}

static tern_status parse_expression(tern_parser *p, expression *e, operand_list *list)
{
    TERN_TRY(parse_extra_operands(p, e, list));
    do {
        TERN_TRY(parse_instr(p, e));
    } while (tern_lex_take(&p->lex, "|"));
    return TERN_OK;
}

static tern_status parse_attr(tern_parser *p, const tern_op *op, void **out_attr)
{
    *out_attr = NULL;
    if (!tern_lex_next_is(&p->lex, '{')) {
        return TERN_OK;
    }
    if (op->attrs == NULL || op->attr_size == 0) {
        return tern_lex_fail(&p->lex, "%s has no attributes", op->name);
    }
    void *attr = tern_arena_zero(p->scratch, op->attr_size, 16);
    if (attr == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    const char *start = p->lex.at;
    const tern_status status = tern_attr_parse(op->attrs, attr, &p->lex.at, p->lex.end, op->name);
    *out_attr = attr;
    return status == TERN_OK ? status : tern_lex_locate(&p->lex, start, status);
}

static tern_status parse_result_types(tern_parser *p, tern_node_id node)
{
    if (!tern_lex_take(&p->lex, ":")) {
        return TERN_OK;
    }
    for (int32_t i = 0; i < p->g->nodes[node].y_count; i++) {
        if (i > 0) {
            TERN_TRY(tern_lex_expect(&p->lex, ","));
        }
        tern_type type;
        uint8_t place;
        TERN_TRY(tern_parse_type(p, &type, &place));
        tern_value *v = &p->g->values[tern_graph_y(p->g, &p->g->nodes[node], i)];
        v->type = type;
        v->place = place;
    }
    return TERN_OK;
}

static tern_status parse_rest(tern_parser *p, const tern_op *op, operand_list *list,
                              const tern_parse_result *results, int32_t count, const char *line)
{
    void *attr;
    TERN_TRY(parse_operands(p, list));
    TERN_TRY(parse_attr(p, op, &attr));
    tern_node_id id;
    const tern_status status = tern_graph_add_node(p->g,
                                                   &(tern_new_node){.op = tern_op_id_of(op),
                                                                    .name = (tern_str){"", 0},
                                                                    .attr = attr,
                                                                    .x = list->ids,
                                                                    .x_count = list->count,
                                                                    .y_count = count},
                                                   &id);
    if (status != TERN_OK) {
        return tern_lex_locate(&p->lex, line, status);
    }
    const int32_t own = list->count;
    expression e = {0};
    const char *start = p->lex.at;
    if (tern_lex_take(&p->lex, "|")) {
        TERN_TRY(parse_expression(p, &e, list));
        if (list->count > own) {
            TERN_TRY(tern_graph_add_operands(p->g, id, list->ids + own, list->count - own));
        }
    }
    TERN_TRY(note_fixups(p, list, 0, id));
    TERN_TRY(tern_parse_note(p, id, line));
    if (tern_lex_take_word(&p->lex, "on")) {
        TERN_TRY(tern_lex_expect(&p->lex, "host"));
        p->g->nodes[id].place = TERN_PLACE_HOST;
    }
    if (tern_node_is_control(&p->g->nodes[id])) {
        p->pending = id;
    }
    for (int32_t i = 0; i < count; i++) {
        TERN_TRY(tern_parse_define(p, &results[i], tern_graph_y(p->g, &p->g->nodes[id], i)));
    }
    TERN_TRY(parse_result_types(p, id));
    if (e.instr_count > 0) {
        const tern_type *y = &p->g->values[tern_graph_y(p->g, &p->g->nodes[id], 0)].type;
        const tern_dtype_info *info = tern_dtype_find(y->dtype);
        tern_expr *expr = NULL;
        TERN_TRY(build_expression(p, &e, info != NULL ? info->class_ : TERN_CLASS_F, start, &expr));
        p->g->nodes[id].epilogue = expr;
    }
    return tern_parse_names(p, id, true);
}

tern_status tern_parse_node(tern_parser *p, const tern_op *op, const tern_parse_result *results,
                            int32_t count, const char *line)
{
    TERN_ASSERT(count == op->arity.out || op->arity.out < 0);
    operand_list list = {0};
    const tern_status status = parse_rest(p, op, &list, results, count, line);
    tern_array_free(p->g->allocator, &list.ids, &list.id_capacity, sizeof *list.ids);
    tern_array_free(p->g->allocator, &list.labels, &list.label_capacity, sizeof *list.labels);
    return status;
}
