/* SPDX-License-Identifier: Apache-2.0
 *
 * merge-shuffles: two shuffles in a row become one.  A shuffle is transpose, reshape, transpose (t
 * r u); two of them
 *
 *     t r u | t' r' u'      without r:    (t u t') r' u'
 *                           without r':   t r (u t' u')
 *                           u t' nothing: t r' u'     r' written out: its placeholders meant
 *                                                     the value between
 */
#include "base/alloc.h"
#include "pass/list.h"
#include "pass/rewrite.h"

typedef struct permutation {
    int32_t count;
    int64_t v[TERN_MAX_RANK];
} permutation;

/* The attributes of one shuffle; absent transposes are written out. */
typedef struct steps {
    permutation first, second;
    bool has_reshape;
} steps;

static void read_permutation(const tern_node *n, const char *name, int32_t rank, permutation *out)
{
    tern_attr_value v = {0};
    (void)tern_node_attr(n, name, &v);
    out->count = rank;
    for (int32_t i = 0; i < rank; i++) {
        out->v[i] = v.count == rank ? v.i[i] : i;
    }
}

static void read_steps(const tern_graph *g, const tern_node *n, steps *out)
{
    tern_attr_value reshape = {0}, to_scalar = {0};
    (void)tern_node_attr(n, "reshape", &reshape);
    (void)tern_node_attr(n, "to_scalar", &to_scalar);
    read_permutation(n, "first_transpose", g->values[tern_graph_x(g, n, 0)].type.rank, &out->first);
    read_permutation(n, "second_transpose", g->values[tern_graph_y(g, n, 0)].type.rank,
                     &out->second);
    out->has_reshape = reshape.count > 0 || to_scalar.i[0] != 0;
}

/* Transpose by a, then by b. */
static permutation compose(const permutation *a, const permutation *b)
{
    permutation c = {.count = a->count};
    for (int32_t i = 0; i < c.count; i++) {
        c.v[i] = a->v[b->v[i]];
    }
    return c;
}

static bool is_nothing(const permutation *p)
{
    for (int32_t i = 0; i < p->count; i++) {
        if (p->v[i] != i) {
            return false;
        }
    }
    return true;
}

static int32_t open_extents(const tern_type *t)
{
    int32_t count = 0;
    for (int32_t d = 0; d < t->rank; d++) {
        count += tern_dim_known(t->dims[d]) ? 0 : 1;
    }
    return count;
}

static bool mergeable(const tern_match *m, const char **why_not)
{
    const tern_node *inner = tern_match_node(m, "s"), *outer = tern_match_node(m, "y");
    steps a, b;
    if (tern_use_count(m, "s") != 1) {
        return tern_refuse(why_not, "the value between has another user");
    }
    read_steps(m->graph, inner, &a);
    read_steps(m->graph, outer, &b);
    if (!a.has_reshape || !b.has_reshape) {
        return true;
    }
    const permutation between = compose(&a.second, &b.first);
    int64_t volume = 1;
    const tern_type *y = tern_match_type(m, "y");
    for (int32_t d = 0; d < y->rank; d++) {
        volume *= y->dims[d] == 0 ? 0 : 1;
    }
    if (!is_nothing(&between)) {
        return tern_refuse(why_not, "a transpose lies between two reshapes");
    }
    if (open_extents(y) > 1 || (open_extents(y) == 1 && volume == 0)) {
        return tern_refuse(why_not, "two extents of the result are not known while building");
    }
    return true;
}

static void print_list(tern_text *text, const char *name, const permutation *p)
{
    if (!is_nothing(p)) {
        tern_text_add(text, "%s%s=", text->len > 1 ? ", " : "", name);
        tern_text_add_extents(text, p->v, p->count);
    }
}

/* The extents a reshape gives, before the transpose behind it; one that is not known is -1. */
static void print_reshape(tern_text *text, const tern_type *y, const permutation *behind)
{
    tern_dim dims[TERN_MAX_RANK] = {0};
    for (int32_t d = 0; d < y->rank; d++) {
        dims[behind->v[d]] = tern_dim_known(y->dims[d]) ? y->dims[d] : -1;
    }
    tern_text_add(text, "%s", text->len > 1 ? ", " : "");
    if (y->rank == 0) {
        tern_text_add(text, "to_scalar=true");
        return;
    }
    tern_text_add(text, "reshape=");
    tern_text_add_extents(text, dims, y->rank);
    tern_text_add(text, ", zero_is_placeholder=false");
}

/* The reshape of a node as the user wrote it. */
static void copy_reshape(tern_text *text, const tern_node *n)
{
    tern_attr_value reshape = {0}, placeholder = {0}, to_scalar = {0};
    (void)tern_node_attr(n, "reshape", &reshape);
    (void)tern_node_attr(n, "zero_is_placeholder", &placeholder);
    (void)tern_node_attr(n, "to_scalar", &to_scalar);
    if (reshape.count > 0) {
        tern_text_add(text, "%sreshape=", text->len > 1 ? ", " : "");
        tern_text_add_extents(text, reshape.i, reshape.count);
        tern_text_add(text, ", zero_is_placeholder=%s", placeholder.i[0] != 0 ? "true" : "false");
    } else if (to_scalar.i[0] != 0) {
        tern_text_add(text, "%sto_scalar=true", text->len > 1 ? ", " : "");
    }
}

static void print_merged(const tern_match *m, tern_text *text)
{
    const tern_node *inner = tern_match_node(m, "s"), *outer = tern_match_node(m, "y");
    steps a, b;
    read_steps(m->graph, inner, &a);
    read_steps(m->graph, outer, &b);
    tern_text_add_char(text, '{');
    if (!a.has_reshape) {
        const permutation inside = compose(&a.first, &a.second), first = compose(&inside, &b.first);
        print_list(text, "first_transpose", &first);
        copy_reshape(text, outer);
        print_list(text, "second_transpose", &b.second);
    } else if (!b.has_reshape) {
        const permutation outside = compose(&b.first, &b.second),
                          second = compose(&a.second, &outside);
        print_list(text, "first_transpose", &a.first);
        copy_reshape(text, inner);
        print_list(text, "second_transpose", &second);
    } else {
        print_list(text, "first_transpose", &a.first);
        print_reshape(text, tern_match_type(m, "y"), &b.second);
        print_list(text, "second_transpose", &b.second);
    }
    tern_text_add_char(text, '}');
}

static tern_status merge(tern_rewrite *rw, const tern_match *m)
{
    char buffer[1024];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    print_merged(m, &text);
    return tern_rewrite_replace(rw, "y", tern_emit(rw, "shuffle(x) %s", buffer));
}

static const tern_rule rules[] = {
    {.match = "s = shuffle(x); y = shuffle(s)", .when = mergeable, .rewrite = merge},
    {.match = NULL},
};

const tern_pass tern_pass_merge_shuffles = {
    .name = "merge-shuffles",
    .summary = "make one of two shuffles in a row",
    .after = TERN_IR_EXPLICIT,
    .rules = rules,
};
