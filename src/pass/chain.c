/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing elementwise chains; equal constants and equal operands share one slot.
 */
#include "pass/chain.h"

#include "pass/rewrite.h"

static bool fits(const tern_chain *c)
{
    return 1 + c->const_count + c->operand_count + c->temp_count <= TERN_EXPR_SLOTS;
}

static bool add_const(tern_chain *c, tern_expr_const value, tern_chain_source *out)
{
    int32_t k = 0;
    while (k < c->const_count && memcmp(&c->constants[k], &value, sizeof value) != 0) {
        k++;
    }
    *out = (tern_chain_source){TERN_CHAIN_CONST, k};
    if (k < c->const_count) {
        return true;
    }
    if (k == TERN_EXPR_SLOTS - 1) {
        return false;
    }
    c->constants[c->const_count++] = value;
    return fits(c);
}

static bool add_operand(tern_chain *c, tern_value_id value, tern_chain_source *out)
{
    int32_t k = 0;
    while (k < c->operand_count && c->operands[k] != value) {
        k++;
    }
    *out = (tern_chain_source){TERN_CHAIN_OPERAND, k};
    if (k < c->operand_count) {
        return true;
    }
    if (k == TERN_EXPR_SLOTS - 1) {
        return false;
    }
    c->operands[c->operand_count++] = value;
    return fits(c);
}

static bool add_instr(tern_chain *c, const tern_chain_instr *i)
{
    if (c->instr_count == TERN_EXPR_MAX_INSTRS) {
        return false;
    }
    c->instrs[c->instr_count++] = *i;
    return true;
}

/* A slot of a finished expression as a source of the chain; temporaries are numbered from
 * `first_temp`. */
static bool import_slot(tern_chain *c, const tern_graph *g, const tern_node *n, uint8_t slot,
                        int32_t first_temp, tern_chain_source *out)
{
    const tern_expr *e = n->epilogue;
    const int32_t operand = slot - 1 - e->const_count, temp = operand - e->operand_count;
    if (slot == 0) {
        *out = (tern_chain_source){TERN_CHAIN_ACC, 0};
        return true;
    }
    if (operand < 0) {
        return add_const(c, e->constants[slot - 1], out);
    }
    if (temp < 0) {
        return add_operand(c, tern_graph_x(g, n, n->own_count + operand), out);
    }
    *out = (tern_chain_source){TERN_CHAIN_TEMP, first_temp + temp};
    if (c->temp_count <= first_temp + temp) {
        c->temp_count = first_temp + temp + 1;
    }
    return fits(c);
}

bool tern_chain_add_epilogue(tern_chain *c, const tern_graph *g, const tern_node *n)
{
    const tern_expr *e = n->epilogue;
    if (e == NULL) {
        return true;
    }
    /* Operands first and in order: then a chain that starts with an epilogue keeps the node's own
     * numbering. */
    for (int32_t i = n->own_count; i < n->x_count; i++) {
        tern_chain_source ignored;
        if (!add_operand(c, tern_graph_x(g, n, i), &ignored)) {
            return false;
        }
    }
    const int32_t first_temp = c->temp_count;
    for (int32_t i = 0; i < e->instr_count; i++) {
        const tern_expr_instr *k = &e->instrs[i];
        const tern_scalar_info *s = tern_scalar_find(k->opcode);
        const uint8_t from[3] = {k->a, k->b, k->c};
        tern_chain_instr instr = {.opcode = k->opcode};
        bool ok = s != NULL && import_slot(c, g, n, k->dst, first_temp, &instr.dst);
        for (int32_t a = 0; ok && a < s->operand_count + s->attr_count; a++) {
            ok = import_slot(c, g, n, from[a], first_temp, &instr.source[a]);
        }
        if (!ok || !add_instr(c, &instr)) {
            return false;
        }
    }
    return true;
}

/* A constant of one element, in the wide type of the chain's class. */
static bool scalar_constant(const tern_chain *c, const tern_graph *g, tern_value_id value,
                            tern_expr_const *out)
{
    const tern_value *v = tern_graph_value(g, value);
    const void *data = tern_graph_constant_data(g, value);
    const tern_dtype_info *info = tern_dtype_find(v->type.dtype);
    int64_t count;
    if (data == NULL || info == NULL || info->class_ != c->class_ || info->class_ == TERN_CLASS_B ||
        !tern_type_volume(&v->type, &count) || count != 1) {
        return false;
    }
    memset(out, 0, sizeof *out);
    tern_widen((tern_dtype)v->type.dtype, data, 1, out);
    return true;
}

static bool add_attrs(tern_chain *c, const tern_node *n, const tern_scalar_info *s,
                      tern_chain_instr *instr)
{
    static const char *const names[] = {"alpha", "beta"};
    for (int32_t a = 0; a < s->attr_count; a++) {
        tern_attr_value value;
        tern_expr_const k = {0};
        if (!tern_node_attr(n, names[a], &value)) {
            return false;
        }
        k.f = value.f[0];
        if (!add_const(c, k, &instr->source[s->operand_count + a])) {
            return false;
        }
    }
    return true;
}

/* Are the operands of the class that the chain computes in?  select's condition is not. */
static bool has_class(const tern_chain *c, const tern_graph *g, const tern_node *n)
{
    for (int32_t i = 0; i < n->own_count; i++) {
        const tern_dtype_info *info = tern_dtype_find(g->values[tern_graph_x(g, n, i)].type.dtype);
        if (info == NULL || info->class_ != c->class_) {
            return false;
        }
    }
    return true;
}

bool tern_chain_add_scalar(tern_chain *c, const tern_graph *g, const tern_node *n,
                           tern_value_id acc, bool may_read, const char **why_not)
{
    const tern_scalar_info *s = tern_scalar_find((uint32_t)tern_node_op(n)->scalar);
    if (s == NULL || n->own_count != s->operand_count) {
        return tern_refuse(why_not, "it is no elementwise operator");
    }
    if ((s->attr_count > 0 && c->class_ != TERN_CLASS_F) || c->class_ == TERN_CLASS_B ||
        s->is_bool || !has_class(c, g, n)) {
        return tern_refuse(why_not, "its element type is not one that expressions compute in");
    }
    const tern_chain before = *c;
    tern_chain_instr instr = {.opcode = s->id};
    bool ok = true;
    for (int32_t i = 0; ok && i < s->operand_count; i++) {
        const tern_value_id x = tern_graph_x(g, n, i);
        tern_expr_const value;
        if (x == acc) {
            instr.source[i] = (tern_chain_source){TERN_CHAIN_ACC, 0};
        } else if (may_read && scalar_constant(c, g, x, &value)) {
            ok = add_const(c, value, &instr.source[i]);
        } else {
            ok = add_operand(c, x, &instr.source[i]);
        }
    }
    if (!ok || !add_attrs(c, n, s, &instr) || !add_instr(c, &instr)) {
        *c = before;
        return tern_refuse(why_not, "the expression has no room left");
    }
    return true;
}

static uint8_t slot_number(const tern_chain *c, tern_chain_source s)
{
    switch (s.kind) {
    case TERN_CHAIN_ACC: return 0;
    case TERN_CHAIN_CONST: return (uint8_t)(1 + s.index);
    case TERN_CHAIN_OPERAND: return (uint8_t)(1 + c->const_count + s.index);
    case TERN_CHAIN_TEMP: return (uint8_t)(1 + c->const_count + c->operand_count + s.index);
    }
    return 0;
}

tern_status tern_chain_finish(const tern_chain *c, tern_graph *g, tern_node_id node)
{
    tern_expr e;
    memset(&e, 0, sizeof e);
    e.instr_count = (uint8_t)c->instr_count;
    e.const_count = (uint8_t)c->const_count;
    e.operand_count = (uint8_t)c->operand_count;
    memcpy(e.constants, c->constants, (size_t)c->const_count * sizeof c->constants[0]);
    for (int32_t i = 0; i < c->instr_count; i++) {
        const tern_chain_instr *k = &c->instrs[i];
        const tern_scalar_info *s = tern_scalar_find(k->opcode);
        const int32_t sources = s->operand_count + s->attr_count;
        e.instrs[i].opcode = k->opcode;
        e.instrs[i].dst = slot_number(c, k->dst);
        e.instrs[i].a = sources > 0 ? slot_number(c, k->source[0]) : 0;
        e.instrs[i].b = sources > 1 ? slot_number(c, k->source[1]) : 0;
        e.instrs[i].c = sources > 2 ? slot_number(c, k->source[2]) : 0;
    }
    if (!tern_expr_is_valid(&e, (tern_scalar_class)(1u << (uint32_t)c->class_))) {
        return tern_fail(TERN_INTERNAL, "a fused expression of %d instructions is not valid",
                         (int)c->instr_count);
    }
    return tern_graph_set_epilogue(g, node, &e, c->operands, c->operand_count);
}
