/* SPDX-License-Identifier: Apache-2.0
 *
 * tree_ensemble: decision trees over rows of features.  A row walks each tree from its root; the
 * leaves where it arrives add up, or the smallest or largest of them counts, target by target.
 *
 *     nodes [M,5]    feature, comparison, where to go when it holds, and when not, 1: NaN holds
 *     splits [M]     what to compare with; of `member`: where its set begins in the members
 *     leaves [L,2]   which entries of targets and weights are the leaf's: first, count
 *     roots          one per tree
 *     members        sets, each ended by NaN
 *
 * Places to go and roots are a node, or -1 - l for leaf l.  A target that no leaf speaks of is 0.
 */
#include "op/message.h"

#include <math.h>

typedef enum aggregate {
    AGGREGATE_AVERAGE = 0,
    AGGREGATE_SUM = 1,
    AGGREGATE_MIN = 2,
    AGGREGATE_MAX = 3
} aggregate;

typedef struct tree_ensemble_attr {
    int64_t targets;
    int32_t aggregate;
    int32_t reserved;
} tree_ensemble_attr;

static const tern_attr_name aggregates[] = {
    {"average", AGGREGATE_AVERAGE},
    {"sum", AGGREGATE_SUM},
    {"min", AGGREGATE_MIN},
    {"max", AGGREGATE_MAX},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tree_ensemble_attr, targets, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .summary = "results per row"),
    TERN_ATTR(tree_ensemble_attr, aggregate, ENUM, .names = aggregates, .fallback = AGGREGATE_SUM,
              .summary = "what becomes of the leaves of a target"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_SPLITS, X_NODES, X_LEAVES, X_TARGETS, X_WEIGHTS, X_ROOTS, X_MEMBERS };

/* Columns of nodes, and comparisons. */
enum { FEATURE, MODE, IF_TRUE, IF_FALSE, NAN_IS_TRUE, COLUMNS };
enum { LEQ, LT, GTE, GT, EQ, NEQ, MEMBER };

static tern_status infer(tern_infer *in)
{
    static const int8_t ranks[] = {2, 1, 2, 2, 1, 1, 1, 1};
    const tree_ensemble_attr *const a = in->attr;
    const tern_type *const x = in->x;
    char text[TERN_OPERAND_TEXT_BYTES];
    for (int32_t i = 0; i < in->x_count; i++) {
        if (x[i].dtype != 0 && x[i].rank != ranks[i]) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank %d", in->who,
                             tern_operand_text(in, i, text), ranks[i]);
        }
    }
    const bool fits = tern_dim_may_equal(x[X_NODES].dims[1], COLUMNS) &&
                      tern_dim_may_equal(x[X_LEAVES].dims[1], 2) &&
                      tern_dim_may_equal(x[X_NODES].dims[0], x[X_SPLITS].dims[0]) &&
                      tern_dim_may_equal(x[X_TARGETS].dims[0], x[X_WEIGHTS].dims[0]);
    if (!fits) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the tables of its nodes and leaves do not fit",
                         in->who);
    }
    in->y[0].rank = 2;
    in->y[0].dims[0] = x[X_INPUT].dims[0];
    in->y[0].dims[1] = a->targets;
    return TERN_OK;
}

/* ---- reference ---- */

static bool is_member(const tern_ref *r, double split, double v)
{
    if (r->x_count <= X_MEMBERS || r->xt[X_MEMBERS].dtype == 0 || !(split >= 0.0)) {
        return false;
    }
    const double *const members = r->x[X_MEMBERS];
    const double end = (double)r->xt[X_MEMBERS].dims[0];
    for (double at = split; at < end; at += 1.0) {
        const double member = members[(int64_t)at];
        if (member != member) {
            return false;
        }
        if (member == v) {
            return true;
        }
    }
    return false;
}

static bool holds(const tern_ref *r, int64_t mode, double v, double split)
{
    switch (mode) {
    case LEQ: return v <= split;
    case LT: return v < split;
    case GTE: return v >= split;
    case GT: return v > split;
    case EQ: return v == split;
    case NEQ: return v != split;
    default: return is_member(r, split, v);
    }
}

/* The leaf that a row arrives at; -1 when the tree leads nowhere. */
static int64_t walk(const tern_ref *r, const double *row, int64_t at)
{
    const int64_t count = r->xt[X_NODES].dims[0], features = r->xt[X_INPUT].dims[1];
    const int64_t *const nodes = r->x[X_NODES];
    const double *const splits = r->x[X_SPLITS];
    for (int64_t steps = 0; at >= 0 && at < count && steps <= count; steps++) {
        const int64_t *const node = nodes + at * COLUMNS;
        const bool is_there = node[FEATURE] >= 0 && node[FEATURE] < features;
        const double v = is_there ? row[node[FEATURE]] : 0.0;
        const bool is_true =
            (node[NAN_IS_TRUE] != 0 && v != v) || holds(r, node[MODE], v, splits[at]);
        at = node[is_true ? IF_TRUE : IF_FALSE];
    }
    return at < 0 && at >= -r->xt[X_LEAVES].dims[0] ? -1 - at : -1;
}

static double combine(int32_t how, double old, double v, bool is_first)
{
    if (how == AGGREGATE_MIN || how == AGGREGATE_MAX) {
        return is_first || (how == AGGREGATE_MIN ? v < old : v > old) ? v : old;
    }
    return old + v;
}

static void add_leaf(const tern_ref *r, int64_t leaf, double *y, uint8_t *seen)
{
    const tree_ensemble_attr *const a = r->attr;
    const int64_t *const entry = (const int64_t *)r->x[X_LEAVES] + 2 * leaf;
    const int64_t *const targets = r->x[X_TARGETS];
    const int64_t entries = r->xt[X_TARGETS].dims[0];
    for (int64_t i = 0; i < entry[1]; i++) {
        const int64_t at = entry[0] + i;
        if (at < 0 || at >= entries || targets[at] < 0 || targets[at] >= a->targets) {
            return;
        }
        const int64_t t = targets[at];
        y[t] = combine(a->aggregate, y[t], ((const double *)r->x[X_WEIGHTS])[at], seen[t] == 0);
        seen[t] = 1;
    }
}

static size_t scratch_bytes(const void *attr, const tern_type *x, int32_t x_count,
                            const tern_type *y)
{
    (void)x, (void)x_count, (void)y;
    return (size_t)((const tree_ensemble_attr *)attr)->targets;
}

static void reference(const tern_ref *r)
{
    const tree_ensemble_attr *const a = r->attr;
    const int64_t *const roots = r->x[X_ROOTS];
    const int64_t trees = r->xt[X_ROOTS].dims[0];
    uint8_t *const seen = r->scratch;
    for (int64_t n = 0; n < r->yt[0].dims[0]; n++) {
        double *const y = (double *)r->y[0] + n * a->targets;
        const double *const row = (const double *)r->x[X_INPUT] + n * r->xt[X_INPUT].dims[1];
        for (int64_t t = 0; t < a->targets; t++) {
            y[t] = 0.0;
            seen[t] = 0;
        }
        for (int64_t tree = 0; tree < trees; tree++) {
            const int64_t leaf = walk(r, row, roots[tree]);
            if (leaf >= 0) {
                add_leaf(r, leaf, y, seen);
            }
        }
        for (int64_t t = 0; a->aggregate == AGGREGATE_AVERAGE && t < a->targets; t++) {
            y[t] /= (double)(trees > 0 ? trees : 1);
        }
    }
}

static const char *const names[] = {"input",   "splits", "nodes",   "leaves", "targets",
                                    "weights", "roots",  "members", NULL};

const tern_op tern_op_tree_ensemble = {
    .name = "tree_ensemble",
    .summary = "decision trees over rows of features",
    .types = "T, float, i64, i64, i64, float, i64, float? -> T; T: float",
    .arity = {.in_min = 7, .in_max = 8, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tree_ensemble_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch_bytes,
    .batchless_operands = 0xfe,
    .epilogue = true,
};
