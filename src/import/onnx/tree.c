/* SPDX-License-Identifier: Apache-2.0
 *
 * Decision trees: TreeEnsemble, and TreeEnsembleRegressor and TreeEnsembleClassifier, whose nodes
 * are named by (tree, node) and whose leaves are nodes.  All become the tables of tree_ensemble.
 */
#include "base/alloc.h"
#include "import/onnx/ml.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 5, MEMBER = 6 };

/* The operator's tables while they are being made. */
typedef struct tables {
    int64_t *nodes; /* [count, COLUMNS] */
    double *splits;
    int64_t count;
    int64_t *leaves; /* [leaf_count, 2] */
    int64_t leaf_count;
    int64_t *targets;
    double *weights;
    int64_t entry_count;
    int64_t *roots;
    int64_t root_count;
    tern_onnx_numbers members;
} tables;

static void *items(tern_onnx_call *c, int64_t count, size_t each)
{
    void *at = count < 0 ? NULL : tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, each, 8);
    if (at == NULL) {
        c->status = c->status != TERN_OK ? c->status : TERN_OUT_OF_MEMORY;
    }
    return at;
}

static tern_value_id i64_table(tern_onnx_call *c, const int64_t *v, int64_t rows, int64_t columns)
{
    const int64_t dims[2] = {rows, columns};
    return tern_onnx_constant(c, TERN_DTYPE_I64, columns > 0 ? 2 : 1, dims, v);
}

static tern_value_id emit_trees(tern_onnx_call *c, const tables *t, tern_value_id x,
                                int64_t targets, const char *aggregate)
{
    const tern_onnx_numbers splits = {t->splits, t->count}, weights = {t->weights, t->entry_count};
    const tern_value_id operands[] = {
        x,
        tern_onnx_doubles(c, splits, TERN_DTYPE_F64),
        i64_table(c, t->nodes, t->count, COLUMNS),
        i64_table(c, t->leaves, t->leaf_count, 2),
        i64_table(c, t->targets, t->entry_count, 0),
        tern_onnx_doubles(c, weights, TERN_DTYPE_F64),
        i64_table(c, t->roots, t->root_count, 0),
        t->members.count > 0 ? tern_onnx_doubles(c, t->members, TERN_DTYPE_F64) : TERN_NO_ID,
    };
    return tern_onnx_emit_x(
        c, "tree_ensemble",
        tern_onnx_text(c, "{targets=%lld, aggregate=%s}", (long long)targets, aggregate), operands,
        8);
}

/* A list of `count` integers; absent is allowed when `fallback` is given. */
static const int64_t *ints_of(tern_onnx_call *c, const char *name, int64_t count, bool is_optional)
{
    int32_t have = 0;
    const int64_t *v = tern_onnx_ints(c, name, &have);
    if (v == NULL && is_optional) {
        return NULL;
    }
    if (c->status == TERN_OK && (v == NULL || have != count)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" has %d entries, not %lld", name,
                               (int)have, (long long)count);
    }
    return v;
}

static const char *aggregate_of(tern_onnx_call *c)
{
    const tern_str name = tern_onnx_string(c, "aggregate_function", "SUM");
    const char *ours = tern_str_is(name, "SUM")       ? "sum"
                       : tern_str_is(name, "AVERAGE") ? "average"
                       : tern_str_is(name, "MIN")     ? "min"
                       : tern_str_is(name, "MAX")     ? "max"
                                                      : NULL;
    if (ours == NULL) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "aggregate_function \"%.*s\" is not known",
                               name.len < 40 ? (int)name.len : 40, name.at);
        return "sum";
    }
    return ours;
}

/* --- TreeEnsemble --- */

static bool is_index(int64_t at, int64_t count)
{
    return at >= 0 && at < count;
}

/* The node or leaf that one side of node i leads to. */
static int64_t side_of(tern_onnx_call *c, const tables *t, const int64_t *ids, const int64_t *leafs,
                       int64_t i)
{
    const bool is_leaf = leafs[i] != 0;
    if (!is_index(ids[i], is_leaf ? t->leaf_count : t->count)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "node %lld leads to %s %lld, which is not there",
                               (long long)i, is_leaf ? "leaf" : "node", (long long)ids[i]);
        return 0;
    }
    return is_leaf ? -1 - ids[i] : ids[i];
}

static void read_nodes(tern_onnx_call *c, tables *t)
{
    const tern_onnx_numbers modes = tern_onnx_numbers_of(c, NULL, "nodes_modes");
    const tern_onnx_numbers splits = tern_onnx_numbers_of(c, NULL, "nodes_splits");
    t->count = modes.count;
    const int64_t *features = ints_of(c, "nodes_featureids", t->count, false);
    const int64_t *ids[2] = {ints_of(c, "nodes_truenodeids", t->count, false),
                             ints_of(c, "nodes_falsenodeids", t->count, false)};
    const int64_t *leafs[2] = {ints_of(c, "nodes_trueleafs", t->count, false),
                               ints_of(c, "nodes_falseleafs", t->count, false)};
    const int64_t *nans = ints_of(c, "nodes_missing_value_tracks_true", t->count, true);
    t->nodes = items(c, t->count * COLUMNS, sizeof *t->nodes);
    t->splits = items(c, t->count, sizeof *t->splits);
    if (c->status == TERN_OK && splits.count != t->count) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%lld splits for %lld nodes",
                               (long long)splits.count, (long long)t->count);
    }
    int64_t member = 0; /* where the next set begins */
    for (int64_t i = 0; c->status == TERN_OK && i < t->count; i++) {
        int64_t *node = t->nodes + i * COLUMNS;
        node[0] = features[i];
        node[1] = (int64_t)modes.v[i];
        node[2] = side_of(c, t, ids[0], leafs[0], i);
        node[3] = side_of(c, t, ids[1], leafs[1], i);
        node[4] = nans != NULL && nans[i] != 0;
        t->splits[i] = splits.v[i];
        if (node[1] == MEMBER) {
            t->splits[i] = (double)member;
            while (member < t->members.count && t->members.v[member] == t->members.v[member]) {
                member++;
            }
            member++;
        }
    }
}

static void read_leaves(tern_onnx_call *c, tables *t)
{
    const tern_onnx_numbers weights = tern_onnx_numbers_of(c, NULL, "leaf_weights");
    const int64_t *targets = ints_of(c, "leaf_targetids", weights.count, false);
    t->leaf_count = t->entry_count = weights.count;
    t->leaves = items(c, 2 * t->leaf_count, sizeof *t->leaves);
    t->targets = items(c, t->entry_count, sizeof *t->targets);
    t->weights = items(c, t->entry_count, sizeof *t->weights);
    for (int64_t i = 0; c->status == TERN_OK && i < t->leaf_count; i++) {
        t->leaves[2 * i] = i;
        t->leaves[2 * i + 1] = 1;
        t->targets[i] = targets[i];
        t->weights[i] = weights.v[i];
    }
}

tern_status tern_onnx_do_tree_ensemble(tern_onnx_call *c)
{
    static const char *const aggregates[] = {"average", "sum", "min", "max"};
    static const char *const transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO",
                                             "PROBIT"};
    const int64_t aggregate = tern_onnx_int(c, "aggregate_function", 1);
    const int64_t transform = tern_onnx_int(c, "post_transform", 0);
    int32_t roots = 0;
    tables t = {.members = tern_onnx_numbers_of(c, NULL, "membership_values")};
    if (!is_index(aggregate, 4) || !is_index(transform, 5)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "aggregate_function %lld or post_transform %lld is not known",
                                (long long)aggregate, (long long)transform);
    }
    read_leaves(c, &t);
    read_nodes(c, &t);
    const int64_t *given = tern_onnx_ints(c, "tree_roots", &roots);
    t.roots = items(c, roots, sizeof *t.roots);
    for (int32_t i = 0; c->status == TERN_OK && given != NULL && i < roots; i++) {
        t.roots[i] = given[i];
        t.root_count = roots;
    }
    const int64_t targets = tern_onnx_int(c, "n_targets", 1);
    if (tern_onnx_has_operands(c, 1)) {
        const tern_dtype dtype = (tern_dtype)tern_onnx_type_of(c, c->x[0])->dtype;
        const tern_value_id y = emit_trees(c, &t, tern_onnx_features(c, c->x[0], dtype), targets,
                                           aggregates[aggregate]);
        return tern_onnx_give(c,
                              tern_onnx_post_transform(c, tern_str_of(transforms[transform]), y));
    }
    return c->status;
}

/* --- the older form: nodes by name --- */

typedef struct named {
    int64_t tree, node, index;
} named;

static int by_name(const void *a, const void *b)
{
    const named *p = a, *q = b;
    if (p->tree != q->tree) {
        return p->tree < q->tree ? -1 : 1;
    }
    return p->node != q->node ? (p->node < q->node ? -1 : 1) : 0;
}

/* The names sorted: an index of nodes. */
typedef struct directory {
    named *names;
    int64_t count;
} directory;

static int64_t find_node(const directory *d, int64_t tree, int64_t node)
{
    const named key = {tree, node, 0};
    const named *at = bsearch(&key, d->names, (size_t)d->count, sizeof key, by_name);
    return at != NULL ? at->index : -1;
}

static int64_t mode_of(tern_str name)
{
    static const char *const modes[] = {"BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE", "BRANCH_GT",
                                        "BRANCH_EQ",  "BRANCH_NEQ", "LEAF"};
    for (int64_t i = 0; i < 7; i++) {
        if (tern_str_is(name, modes[i])) {
            return i;
        }
    }
    return -1;
}

/* Nodes keep their places; leaves get numbers in order. */
static void read_named_nodes(tern_onnx_call *c, tables *t, directory *d)
{
    int32_t count = 0;
    const tern_str *modes = tern_onnx_strings(c, "nodes_modes", &count);
    t->count = d->count = modes != NULL ? count : 0;
    const int64_t *trees = ints_of(c, "nodes_treeids", t->count, false);
    const int64_t *ids = ints_of(c, "nodes_nodeids", t->count, false);
    const int64_t *features = ints_of(c, "nodes_featureids", t->count, false);
    const int64_t *sides[2] = {ints_of(c, "nodes_truenodeids", t->count, false),
                               ints_of(c, "nodes_falsenodeids", t->count, false)};
    const int64_t *nans = ints_of(c, "nodes_missing_value_tracks_true", t->count, true);
    const tern_onnx_numbers splits =
        tern_onnx_numbers_of(c, "nodes_values", "nodes_values_as_tensor");
    d->names = items(c, t->count, sizeof *d->names);
    t->nodes = items(c, t->count * COLUMNS, sizeof *t->nodes);
    t->splits = items(c, t->count, sizeof *t->splits);
    if (c->status == TERN_OK && (splits.count != t->count || t->count == 0)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%lld nodes_values for %lld nodes",
                               (long long)splits.count, (long long)t->count);
    }
    for (int64_t i = 0; c->status == TERN_OK && i < t->count; i++) {
        d->names[i] = (named){trees[i], ids[i], i};
    }
    if (c->status != TERN_OK) {
        return;
    }
    qsort(d->names, (size_t)d->count, sizeof *d->names, by_name);
    for (int64_t i = 0; i < t->count && c->status == TERN_OK; i++) {
        int64_t *node = t->nodes + i * COLUMNS;
        const int64_t mode = mode_of(modes[i]);
        memset(node, 0, COLUMNS * sizeof *node);
        t->splits[i] = splits.v[i];
        node[0] = features[i];
        node[1] = mode;
        node[4] = nans != NULL && nans[i] != 0;
        if (mode == MEMBER) { /* LEAF */
            node[2] = node[3] = -1 - t->leaf_count++;
            continue;
        }
        node[2] = find_node(d, trees[i], sides[0][i]);
        node[3] = find_node(d, trees[i], sides[1][i]);
        if (mode < 0 || node[2] < 0 || node[3] < 0) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                                   "node %lld of tree %lld has an unknown mode, or leads nowhere",
                                   (long long)ids[i], (long long)trees[i]);
        }
    }
}

/* The leaf that a node or a branch is; -1: none. */
static int64_t leaf_of(const tables *t, int64_t node)
{
    return node >= 0 && t->nodes[node * COLUMNS + 1] == MEMBER ? -1 - t->nodes[node * COLUMNS + 2]
                                                               : -1;
}

/* Branches lead to leaves themselves. */
static void join_leaves(tables *t)
{
    for (int64_t i = 0; i < t->count; i++) {
        int64_t *node = t->nodes + i * COLUMNS;
        for (int side = 2; side < 4 && node[1] != MEMBER; side++) {
            const int64_t leaf = leaf_of(t, node[side]);
            node[side] = leaf >= 0 ? -1 - leaf : node[side];
        }
    }
}

/* What the leaves say, sorted by leaf; `what` is "target" or "class". */
static void read_entries(tern_onnx_call *c, const char *what, tables *t, const directory *d)
{
    const tern_onnx_numbers weights = tern_onnx_numbers_of(
        c, tern_onnx_text(c, "%s_weights", what), tern_onnx_text(c, "%s_weights_as_tensor", what));
    const int64_t count = t->entry_count = weights.count;
    const int64_t *trees = ints_of(c, tern_onnx_text(c, "%s_treeids", what), count, false);
    const int64_t *nodes = ints_of(c, tern_onnx_text(c, "%s_nodeids", what), count, false);
    const int64_t *ids = ints_of(c, tern_onnx_text(c, "%s_ids", what), count, false);
    int64_t *own = items(c, count, sizeof *own);
    t->targets = items(c, count, sizeof *t->targets);
    t->weights = items(c, count, sizeof *t->weights);
    t->leaves = items(c, 2 * t->leaf_count, sizeof *t->leaves);
    if (c->status != TERN_OK) {
        return;
    }
    memset(t->leaves, 0, (size_t)(2 * t->leaf_count) * sizeof *t->leaves);
    for (int64_t i = 0; i < count; i++) {
        own[i] = leaf_of(t, find_node(d, trees[i], nodes[i]));
        if (own[i] >= 0) {
            t->leaves[2 * own[i] + 1]++;
        }
    }
    int64_t at = 0;
    for (int64_t leaf = 0; leaf < t->leaf_count; leaf++) {
        t->leaves[2 * leaf] = at;
        at += t->leaves[2 * leaf + 1];
        t->leaves[2 * leaf + 1] = 0;
    }
    t->entry_count = at;
    for (int64_t i = 0; i < count; i++) {
        if (own[i] >= 0) {
            int64_t *leaf = t->leaves + 2 * own[i];
            const int64_t place = leaf[0] + leaf[1]++;
            t->targets[place] = ids[i];
            t->weights[place] = weights.v[i];
        }
    }
}

/* The first node of each tree. */
static void find_roots(tern_onnx_call *c, tables *t, const directory *d)
{
    t->roots = items(c, t->count, sizeof *t->roots);
    for (int64_t i = 0; c->status == TERN_OK && i < d->count;) {
        const int64_t tree = d->names[i].tree;
        int64_t first = d->names[i].index;
        for (; i < d->count && d->names[i].tree == tree; i++) {
            first = d->names[i].index < first ? d->names[i].index : first;
        }
        const int64_t leaf = leaf_of(t, first);
        t->roots[t->root_count++] = leaf >= 0 ? -1 - leaf : first;
    }
}

static tables read_trees(tern_onnx_call *c, const char *what)
{
    tables t = {0};
    directory d = {0};
    read_named_nodes(c, &t, &d);
    if (c->status == TERN_OK) {
        read_entries(c, what, &t, &d);
        find_roots(c, &t, &d);
        join_leaves(&t);
    }
    return t;
}

static tern_value_id add_base(tern_onnx_call *c, tern_value_id y, int64_t targets)
{
    const tern_onnx_numbers base = tern_onnx_numbers_of(c, "base_values", "base_values_as_tensor");
    if (base.count != 0 && base.count != targets && base.count != 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%lld base values for %lld targets",
                               (long long)base.count, (long long)targets);
    }
    return base.count == 0
               ? y
               : tern_onnx_binary(
                     c, "add", y,
                     tern_onnx_doubles(c, base, (tern_dtype)tern_onnx_type_of(c, y)->dtype));
}

tern_status tern_onnx_do_tree_ensemble_regressor(tern_onnx_call *c)
{
    const char *aggregate = aggregate_of(c);
    const int64_t targets = tern_onnx_int(c, "n_targets", 1);
    const tables t = read_trees(c, "target");
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_value_id x = tern_onnx_features(c, c->x[0], TERN_DTYPE_F64);
    const tern_value_id y = add_base(c, emit_trees(c, &t, x, targets, aggregate), targets);
    const tern_str transform = tern_onnx_string(c, "post_transform", "NONE");
    const bool is_plain = targets == 1 && !tern_str_is(transform, "PROBIT"); /* as ONNX Runtime */
    c->y[0] =
        tern_onnx_cast(c, is_plain ? y : tern_onnx_post_transform(c, transform, y), TERN_DTYPE_F32);
    return c->status;
}

/* The one class that all weights speak of; -1: there are several. */
static int64_t only_class(const tables *t)
{
    for (int64_t i = 1; i < t->entry_count; i++) {
        if (t->targets[i] != t->targets[0]) {
            return -1;
        }
    }
    return t->entry_count > 0 ? t->targets[0] : 0;
}

static bool all_positive(const tables *t)
{
    for (int64_t i = 0; i < t->entry_count; i++) {
        if (!(t->weights[i] >= 0.0)) {
            return false;
        }
    }
    return true;
}

/* Weights of class 0 alone are the score of the second one. */
static void classify_by_one(tern_onnx_call *c, const tables *t, tern_onnx_labels labels,
                            tern_value_id x, tern_str transform)
{
    const bool is_share = all_positive(t);
    const tern_value_id y = add_base(c, emit_trees(c, t, x, 1, "sum"), 1);
    const char *text = tern_str_is(transform, "LOGISTIC")
                           ? "n = Neg(x0); b = Concat(n, x0){axis=1}; y0 = Sigmoid(b)"
                       : is_share ? "n = Sub(1.0, x0); y0 = Concat(n, x0){axis=1}"
                                  : "n = Neg(x0); y0 = Concat(n, x0){axis=1}";
    const tern_value_id scores = labels.count == 1 ? y : tern_onnx_through(c, text, y, TERN_NO_ID);
    tern_onnx_classify_two(
        c, labels, y, labels.count > 1 && is_share ? 0.5 : 0.0,
        tern_str_is(transform, "PROBIT") ? tern_onnx_post_transform(c, transform, scores) : scores);
}

/*
 * Two classes as ONNX Runtime has them: the second score decides alone, above 0, or 1/2 where all
 * weights are positive and of one class; when both classes have weights, labels are 0 and 1.
 */
static void classify_by_second(tern_onnx_call *c, const tables *t, tern_onnx_labels labels,
                               tern_value_id x, tern_str transform)
{
    const bool is_one = only_class(t) == 1;
    const tern_value_id y = emit_trees(c, t, x, 2, "sum");
    const tern_onnx_numbers base = tern_onnx_numbers_of(c, "base_values", "base_values_as_tensor");
    tern_value_id scores = y;
    if (base.count == 1 && !is_one) {
        const double both[2] = {base.v[0], 0.0};
        scores = tern_onnx_binary(
            c, "add", y, tern_onnx_doubles(c, (tern_onnx_numbers){both, 2}, TERN_DTYPE_F64));
    }
    const tern_value_id second =
        tern_onnx_through(c, "y0 = Slice(x0, [1], [2], [1])", scores, TERN_NO_ID);
    labels.count = is_one ? labels.count : 1;
    tern_onnx_classify_two(c, labels, second, is_one && all_positive(t) ? 0.5 : 0.0,
                           tern_onnx_post_transform(c, transform, scores));
}

tern_status tern_onnx_do_tree_ensemble_classifier(tern_onnx_call *c)
{
    const tern_onnx_labels labels =
        tern_onnx_read_labels(c, "classlabels_int64s", "classlabels_strings");
    const tern_str transform = tern_onnx_string(c, "post_transform", "NONE");
    const tables t = read_trees(c, "class");
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_value_id x = tern_onnx_features(c, c->x[0], TERN_DTYPE_F64);
    const tern_onnx_numbers base = tern_onnx_numbers_of(c, "base_values", "base_values_as_tensor");
    if (labels.count == 1 || (labels.count == 2 && base.count < 2 && only_class(&t) == 0)) {
        classify_by_one(c, &t, labels, x, transform);
        return c->status;
    }
    if (labels.count == 2 && base.count < 2) {
        classify_by_second(c, &t, labels, x, transform);
        return c->status;
    }
    const tern_value_id y = emit_trees(c, &t, x, labels.count, "sum");
    tern_onnx_classify(c, labels, add_base(c, y, labels.count), transform);
    return c->status;
}
