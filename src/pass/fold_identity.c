/* SPDX-License-Identifier: Apache-2.0
 *
 * fold-identity: nodes that give back what they got disappear.
 */
#include "pass/list.h"
#include "pass/rewrite.h"

/* An output is a value of its own: it cannot become an input, another output, or a weight. */
static bool may_vanish(const tern_match *m, const char **why_not)
{
    const tern_value *y = tern_graph_value(m->graph, tern_match_value(m, "y"));
    const tern_value *x = tern_graph_value(m->graph, tern_match_value(m, "x"));
    if (!tern_type_equal(&x->type, &y->type)) {
        return tern_refuse(why_not, "the type changes");
    }
    if (y->is_output && (x->is_output || x->is_input || x->blob != 0)) {
        return tern_refuse(why_not, "the result is an output and needs a value of its own");
    }
    return true;
}

/* Equal types, and the bytes are the operand's. */
static bool is_view(const tern_match *m, const char **why_not)
{
    const tern_node *n = tern_match_node(m, "y");
    const tern_op *op = tern_node_op(n);
    if (op->is_view == NULL ||
        !op->is_view(n->attr, tern_match_type(m, "x"), tern_match_type(m, "y"))) {
        return tern_refuse(why_not, "it moves elements");
    }
    return may_vanish(m, why_not);
}

/* Every entry of a list attribute is `want`; an empty list is. */
static bool is_list_of(const tern_node *n, const char *name, int64_t want)
{
    tern_attr_value v;
    if (!tern_node_attr(n, name, &v)) {
        return false;
    }
    for (int32_t i = 0; i < v.count; i++) {
        if (v.i[i] != want) {
            return false;
        }
    }
    return true;
}

static bool pads_nothing(const tern_match *m, const char **why_not)
{
    const tern_node *n = tern_match_node(m, "y");
    if (!is_list_of(n, "pre", 0) || !is_list_of(n, "post", 0)) {
        return tern_refuse(why_not, "it pads or crops");
    }
    return may_vanish(m, why_not);
}

static bool takes_all(const tern_match *m, const char **why_not)
{
    const tern_node *n = tern_match_node(m, "y");
    if (!is_list_of(n, "start", 0) || !is_list_of(n, "stride", 1)) {
        return tern_refuse(why_not, "it does not take every element in order");
    }
    return may_vanish(m, why_not);
}

/* Is every element of constant k the number `neutral`? */
static bool is_all(const tern_match *m, double neutral)
{
    const tern_value_id id = tern_match_value(m, "k");
    const tern_type *t = tern_match_type(m, "k");
    const uint8_t *data = tern_graph_constant_data(m->graph, id);
    const tern_dtype_info *info = tern_dtype_find(t->dtype);
    int64_t count;
    if (data == NULL || m->context->options->strict_weights || info->bits < 8 ||
        !tern_type_volume(t, &count)) {
        return false; /* arithmetic takes no packed types */
    }
    for (int64_t i = 0; i < count; i++) {
        double x;
        tern_convert((tern_dtype)t->dtype, data + (size_t)i * (info->bits / 8), TERN_DTYPE_F64, &x,
                     1);
        if (x < neutral || x > neutral || x != x) {
            return false;
        }
    }
    return true;
}

static bool by_one(const tern_match *m, const char **why_not)
{
    return is_all(m, 1.0) ? may_vanish(m, why_not) : tern_refuse(why_not, "the factor is not one");
}

static bool by_zero(const tern_match *m, const char **why_not)
{
    return is_all(m, 0.0) ? may_vanish(m, why_not) : tern_refuse(why_not, "the addend is not zero");
}

static tern_status vanish(tern_rewrite *rw, const tern_match *m)
{
    return tern_rewrite_replace(rw, "y", tern_match_value(m, "x"));
}

static const tern_rule rules[] = {
    {.match = "y = identity|cast|shuffle(x, _?)", .when = is_view, .rewrite = vanish},
    {.match = "y = slice(x)", .when = takes_all, .rewrite = vanish},
    {.match = "y = resize(x, _?, _?)", .when = is_view, .rewrite = vanish},
    {.match = "y = pad(x)", .when = pads_nothing, .rewrite = vanish},
    {.match = "y = mul|div|pow(x, const k)", .when = by_one, .rewrite = vanish},
    {.match = "y = add|sub(x, const k)", .when = by_zero, .rewrite = vanish},
    {.match = NULL},
};

const tern_pass tern_pass_fold_identity = {
    .name = "fold-identity",
    .summary = "remove nodes that give back what they got",
    .after = TERN_IR_EXPLICIT,
    .rules = rules,
};
