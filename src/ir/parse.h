/* SPDX-License-Identifier: Apache-2.0
 *
 * State of one parse, shared by the files that read statements (parse.c) and nodes (parse_node.c).
 */
#ifndef TERN_IR_PARSE_H
#define TERN_IR_PARSE_H

#include "ir/graph.h"
#include "ir/lex.h"

/* An operand that named a label before its definition. */
typedef struct tern_parse_fixup {
    tern_node_id node;
    int32_t operand;
    tern_str label;
} tern_parse_fixup;

typedef struct tern_parse_result {
    tern_str label, name;
} tern_parse_result;

typedef struct tern_parser {
    tern_lexer lex;
    tern_graph *g;
    tern_arena *scratch;
    tern_name_map labels; /* label to value */
    tern_name_map blobs;  /* number in the text to blob + 1 */
    tern_value_id later;  /* stands for labels not defined yet; NO_ID until needed */
    tern_parse_fixup *fixups;
    size_t fixup_count, fixup_capacity;
    tern_node_id pending; /* a control node that may get another body; NO_ID: none */
    int32_t depth;        /* bodies being inside of */
    const char **node_at; /* by node id: where its line begins, for messages of inference */
    size_t node_at_capacity;
} tern_parser;

/* `f32[N,3]@nchw16c on host`; extents are checked to be possible. */
tern_status tern_parse_type(tern_parser *p, tern_type *out_type, uint8_t *out_place);
/* `%c`, without the percent sign. */
tern_status tern_parse_label(tern_parser *p, tern_str *out_label);
/* What `r` names is `value` from now on. */
tern_status tern_parse_define(tern_parser *p, const tern_parse_result *r, tern_value_id value);
/* `; name from origins` and the end of the line; names NULL: nothing but origins may come. */
tern_status tern_parse_names(tern_parser *p, tern_node_id node, bool with_name);
/* Remembers where node `id` was written. */
tern_status tern_parse_note(tern_parser *p, tern_node_id id, const char *at);

/* After `%c =`: an operator with all that follows it. */
tern_status tern_parse_node(tern_parser *p, const tern_op *op, const tern_parse_result *results,
                            int32_t count, const char *line);

#endif
