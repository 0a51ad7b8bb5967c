/* SPDX-License-Identifier: Apache-2.0
 *
 * fold-scale: scale layers (batch norms, as importers write them) become plain arithmetic, and
 * arithmetic by constants per channel disappears into the weights of the product that feeds it.
 * With k and s of one element per channel:
 *
 *     k * (conv(x, w) + b) == conv(x, k * w) + k * b
 *     (conv(x, w) + b) + s == conv(x, w) + (b + s)
 *
 * The new weights are ordinary nodes that fold-constants evaluates.
 */
#include "base/alloc.h"
#include "pass/list.h"
#include "pass/rewrite.h"

/* ---- scale -> mul, add, pow ---- */

/* What a parameter of scale looks like as an operand that broadcasts to x; false: not known while
 * building. */
static bool parameter_dims(const tern_match *m, tern_dim *dims)
{
    const tern_node *n = tern_match_node(m, "y");
    const tern_type *x = tern_match_type(m, "x");
    tern_attr_value mode, axis;
    if (!tern_node_attr(n, "mode", &mode) || !tern_node_attr(n, "channel_axis", &axis) ||
        mode.text == NULL) {
        return false;
    }
    const bool uniform = strcmp(mode.text, "uniform") == 0,
               channel = strcmp(mode.text, "channel") == 0;
    for (int32_t d = 0; d < x->rank; d++) {
        const bool covered = !uniform && (channel ? d == axis.i[0] : d >= axis.i[0]);
        dims[d] = covered ? x->dims[d] : 1;
        if (!tern_dim_known(dims[d])) {
            return false;
        }
    }
    return true;
}

static bool can_lower(const tern_match *m, const char **why_not)
{
    tern_dim dims[TERN_MAX_RANK];
    if (tern_match_type(m, "x")->rank == 0 || !parameter_dims(m, dims)) {
        return tern_refuse(why_not, "the extents its weights are for are not known while building");
    }
    const char *const names[] = {"shift", "scale", "power"};
    for (size_t i = 0; i < TERN_COUNT_OF(names); i++) {
        if (tern_match_value(m, names[i]) != TERN_NO_ID) {
            return true;
        }
    }
    return tern_refuse(why_not, "it has no weights");
}

static tern_status lower(tern_rewrite *rw, const tern_match *m)
{
    static const struct {
        const char *name, *op;
    } stages[] = {{"scale", "mul"}, {"shift", "add"}, {"power", "pow"}};
    tern_dim dims[TERN_MAX_RANK];
    char buffer[256];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    (void)parameter_dims(m, dims);
    tern_text_add_extents(&text, dims, tern_match_type(m, "x")->rank);
    tern_value_id v = tern_match_value(m, "x");
    for (size_t i = 0; i < TERN_COUNT_OF(stages); i++) {
        if (tern_match_value(m, stages[i].name) == TERN_NO_ID) {
            continue;
        }
        tern_rewrite_let(rw, "v", v);
        v = tern_emit(rw, "%s(v, shuffle(%s) {reshape=%s, zero_is_placeholder=false})",
                      stages[i].op, stages[i].name, buffer);
    }
    return tern_rewrite_replace(rw, "y", v);
}

/* ---- into weights ---- */

/* Elements of k: `channels` (one per channel of c), 1, or 0 when it is neither. */
static int64_t per_channel(const tern_match *m)
{
    const tern_type *c = tern_match_type(m, "c"), *k = tern_match_type(m, "k");
    const int32_t axis = tern_channel_axis(m->graph, tern_match_node(m, "c"));
    if (k->rank != c->rank || axis < 0 || !tern_dim_known(c->dims[axis])) {
        return 0;
    }
    int64_t count = 1;
    for (int32_t d = 0; d < k->rank; d++) {
        if (k->dims[d] != 1 && d != axis) {
            return 0;
        }
        count = d == axis ? k->dims[d] : count;
    }
    return count == 1 || count == c->dims[axis] ? count : 0;
}

static int64_t channels_of(const tern_match *m)
{
    const tern_type *c = tern_match_type(m, "c");
    return c->dims[tern_channel_axis(m->graph, tern_match_node(m, "c"))];
}

static bool fits(const tern_match *m, const char **why_not)
{
    if (tern_use_count(m, "c") != 1) {
        return tern_refuse(why_not, "the product has another user");
    }
    if (!tern_type_equal(tern_match_type(m, "c"), tern_match_type(m, "y"))) {
        return tern_refuse(why_not, "the result is larger than the product's");
    }
    if (per_channel(m) == 0) {
        return tern_refuse(why_not, "the constant is neither one number nor one per channel");
    }
    return true;
}

static bool can_multiply(const tern_match *m, const char **why_not)
{
    if (m->context->options->strict_weights) {
        return tern_refuse(why_not, "weights may change later");
    }
    return fits(m, why_not);
}

static bool can_add(const tern_match *m, const char **why_not)
{
    const bool has_bias = tern_match_value(m, "b") != TERN_NO_ID;
    if (has_bias && m->context->options->strict_weights) {
        return tern_refuse(why_not, "weights may change later");
    }
    if (!fits(m, why_not)) {
        return false;
    }
    if (!has_bias && per_channel(m) != channels_of(m)) {
        return tern_refuse(why_not, "there is no bias to add one number to");
    }
    return true;
}

/* Kernels are flat or [K, ...]: as a matrix of one row per output channel they take k from the
 * side. */
static tern_status multiply(tern_rewrite *rw, const tern_match *m)
{
    const char *op = tern_node_op(tern_match_node(m, "y"))->name;
    const long long rows = (long long)channels_of(m), count = (long long)per_channel(m);
    const tern_type *w = tern_match_type(m, "w");
    char dims[256];
    tern_text text;
    tern_text_init_fixed(&text, dims, sizeof dims);
    tern_text_add_extents(&text, w->dims, w->rank);
    (void)tern_emit(rw, "rows = shuffle(w) {reshape=[%lld,-1]}", rows);
    (void)tern_emit(rw, "factor = shuffle(k) {reshape=[%lld,1]}", count);
    (void)tern_emit(rw, "w2 = shuffle(%s(rows, factor)) {reshape=%s}", op, dims);
    tern_rewrite_let(rw, "b2", TERN_NO_ID);
    if (tern_match_value(m, "b") != TERN_NO_ID) {
        (void)tern_emit(rw, "b2 = %s(b, shuffle(k) {reshape=[%lld]})", op, count);
    }
    const char *product = tern_node_op(tern_match_node(m, "c"))->name;
    return tern_rewrite_replace(rw, "y", tern_emit(rw, "%s(x, w2, b2) like c", product));
}

static tern_status add(tern_rewrite *rw, const tern_match *m)
{
    const bool is_sub = strcmp(tern_node_op(tern_match_node(m, "y"))->name, "sub") == 0;
    (void)tern_emit(rw, "flat = shuffle(k) {reshape=[%lld]}", (long long)per_channel(m));
    if (tern_match_value(m, "b") != TERN_NO_ID) {
        (void)tern_emit(rw, "b2 = %s(b, flat)", is_sub ? "sub" : "add");
    } else {
        (void)tern_emit(rw, is_sub ? "b2 = neg(flat)" : "b2 = flat");
    }
    const char *product = tern_node_op(tern_match_node(m, "c"))->name;
    return tern_rewrite_replace(rw, "y", tern_emit(rw, "%s(x, w, b2) like c", product));
}

static const tern_rule rules[] = {
    {.match = "y = scale(x, shift?, scale?, power?)", .when = can_lower, .rewrite = lower},
    {.match = "c = conv|fully_connected(x, const w, const b?); y = mul|div(c, const k)",
     .when = can_multiply,
     .rewrite = multiply},
    {.match = "c = conv|deconv|fully_connected(x, w, const b?); y = add|sub(c, const k)",
     .when = can_add,
     .rewrite = add},
    {.match = NULL},
};

const tern_pass tern_pass_fold_scale = {
    .name = "fold-scale",
    .summary = "merge scales, factors and addends per channel into the weights in front",
    .after = TERN_IR_EXPLICIT,
    .rules = rules,
};
