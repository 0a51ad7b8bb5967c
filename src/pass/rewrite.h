/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules: a text pattern, a reason to refuse, and a rewrite that emits text.
 *
 *     c = conv(x, const w, const b?)
 *     y = mul|add(c, const k)
 *
 * One statement per line or `;`, the last one is the root.  A name stands for one value; a name
 * that an earlier statement defines is matched through its producer.  `const`: depends on
 * constants alone.  `?`: the operand may be absent, then the name is no value.  `_`: any value.
 * `|`: one of several operators.  Two operands of a commutative operator match in both orders.
 * Nodes that carry a fused expression match no pattern.  Emitted text is the same grammar as an
 * expression, with attributes:
 *
 *     tern_emit(rw, "k2 = shuffle(k) {reshape=[%lld,1]}", (long long)n);
 *     tern_emit(rw, "conv(x, mul(w, k2), b) like c");      attributes of the node that makes c
 */
#ifndef TERN_PASS_REWRITE_H
#define TERN_PASS_REWRITE_H

#include "pass/pass.h"

enum {
    TERN_PATTERN_NAMES = 16,
    TERN_PATTERN_NODES = 4,
    TERN_PATTERN_OPERANDS = 8,
    TERN_PATTERN_CHOICES = 4
};

typedef struct tern_pattern_operand {
    int8_t name; /* index into names; -1: any */
    bool is_const;
    bool is_optional;
} tern_pattern_operand;

typedef struct tern_pattern_node {
    int8_t result;
    int8_t operand_count;
    int8_t choice_count;
    uint32_t ops[TERN_PATTERN_CHOICES];
    tern_pattern_operand operands[TERN_PATTERN_OPERANDS];
} tern_pattern_node;

/* A pattern, parsed. */
typedef struct tern_pattern {
    int32_t name_count, node_count;
    tern_str names[TERN_PATTERN_NAMES];
    tern_pattern_node
        nodes[TERN_PATTERN_NODES]; /* in the order of the text: the root is the last */
} tern_pattern;

typedef struct tern_match {
    tern_graph *graph;
    tern_pass_context *context;
    const tern_uses *uses;
    const tern_pattern *pattern;
    tern_value_id values[TERN_PATTERN_NAMES]; /* by name; NO_ID: absent */
    tern_node_id nodes[TERN_PATTERN_NODES];   /* by statement */
} tern_match;

typedef struct tern_rewrite tern_rewrite;

struct tern_rule {
    const char *match;                                       /* NULL ends a table */
    bool (*when)(const tern_match *m, const char **why_not); /* NULL: always */
    tern_status (*rewrite)(tern_rewrite *rw, const tern_match *m);
};

/* INTERNAL with what is wrong in it: a typo of ours.  A unit test reads the patterns of all
 * passes. */
tern_status tern_pattern_parse(const char *text, tern_pattern *out_pattern);

/* Does the graph around `root` look like the pattern?  Fills values and nodes. */
bool tern_pattern_match(const tern_pattern *p, tern_node_id root, tern_match *m);

/* What a name stands for; NO_ID when it is absent, or no name of the pattern. */
tern_value_id tern_match_value(const tern_match *m, const char *name);
const tern_type *tern_match_type(const tern_match *m,
                                 const char *name); /* the value must be there */
/* The node that makes it; NULL for an input or an absent operand. */
const tern_node *tern_match_node(const tern_match *m, const char *name);
/* Nodes that use it, once per operand, and outputs. */
uint32_t tern_use_count(const tern_match *m, const char *name);

static inline bool tern_refuse(const char **why_not, const char *reason)
{
    *why_not = reason;
    return false;
}

/* Emits nodes for an expression and gives its value; `name = expression` also names it for later
 * texts.  After a failure the value is NO_ID and later calls do nothing: the status comes out of
 * tern_rewrite_end. */
TERN_PRINTF(2, 3) tern_value_id tern_emit(tern_rewrite *rw, const char *format, ...);
/* Names a value for later texts. */
void tern_rewrite_let(tern_rewrite *rw, const char *name, tern_value_id value);
/* The matched value gives way to the new one; returns the first failure of the rewrite. */
tern_status tern_rewrite_replace(tern_rewrite *rw, const char *name, tern_value_id value);

/* Applies rules until none fits, lowest node first; what the manager calls. */
tern_status tern_rules_run(const tern_rule *rules, tern_graph *g, tern_pass_context *c);

/* Each pass asks before every change: false when the limit on rewrites is reached.  Counts the
 * change. */
bool tern_pass_may_change(tern_pass_context *c);

/* A node's attribute by name; false when the operator has none of that name. */
bool tern_node_attr(const tern_node *n, const char *name, tern_attr_value *out_value);

/* Axis of the result that channels count: a product has a bias per index of it; -1: the operator
 * knows no channels. */
int32_t tern_channel_axis(const tern_graph *g, const tern_node *n);

/* Appends `[2,3]`, for emitted attributes. */
void tern_text_add_extents(tern_text *text, const tern_dim *dims, int32_t count);

/* Origins of two nodes as one text, in the graph's memory: "conv1+relu1", each name once. */
tern_status tern_origins_join(tern_graph *g, tern_str a, tern_str b, tern_str *out_joined);

#endif
