/* SPDX-License-Identifier: Apache-2.0
 *
 * The importer's own state: scopes of names, frames of functions, problems.  Translations see
 * import.h only.
 */
#ifndef TERN_IMPORT_ONNX_IMPORTER_H
#define TERN_IMPORT_ONNX_IMPORTER_H

#include "import/onnx/import.h"
#include "ir/lex.h"

/* Names of one graph, body or function; a body sees those of its parents. */
typedef struct tern_onnx_scope {
    struct tern_onnx_scope *parent; /* NULL: the main graph, or a function's body */
    tern_name_map names;            /* to slots + 1 */
    tern_onnx_slot *slots;
    size_t slot_count, slot_capacity;
} tern_onnx_scope;

/* A function being inlined. */
typedef struct tern_onnx_frame {
    struct tern_onnx_frame *caller;
    const tern_onnx_function *function; /* NULL: text of tern_onnx_lower */
    const tern_onnx_node *node;         /* the call, whose attributes the body may refer to */
    const tern_onnx_opset *opsets;
    int32_t opset_count;
    bool is_newest; /* operators of text: the newest opset */
} tern_onnx_frame;

struct tern_onnx_importer {
    tern_graph *graph;
    const tern_onnx_model *model;
    tern_onnx_files *files;
    tern_logger logger;
    tern_arena *arena;   /* the result's and the model's: names, slots of sequences */
    tern_arena scratch;  /* of the node being translated */
    tern_name_map edges; /* names of the graph's inputs and outputs, cut at their first NUL */
    tern_onnx_scope *scope;
    tern_onnx_frame *frame;
    const tern_onnx_given *given; /* data that the caller has for initializers */
    int32_t given_count;
    int32_t described_count;
    const tern_onnx_input *described; /* what is given at inputs */
    bool is_undecided;                /* the failure that is under way depends on that */
    const char *where;     /* functions and bodies being inside of, for problems: "" or "f > g" */
    int32_t depth;         /* functions, bodies and texts inside one another */
    int32_t node_index;    /* in its graph or body */
    int32_t main_index;    /* in the main graph */
    const char *outer_who; /* inside a text: whose translation it is */
    tern_str outer_name;
    tern_onnx_problem *problems;
    size_t problem_count, problem_capacity;
    uint32_t body_rounds; /* bodies of loops that were translated again */
    uint32_t
        node_budget; /* nodes that may still be translated: bounds what nested functions make */
    tern_value_id last_weight; /* values up to this one are initializers of the main graph */
    tern_status fatal;         /* memory ran out: stop */
};

/* At most this deep: functions, bodies. */
enum {
    TERN_ONNX_MAX_NESTING = 128,
    TERN_ONNX_MAX_NODES = 4 * 1000 * 1000,
    TERN_ONNX_NEWEST = 1000
};

/* --- scope.c --- */

void tern_onnx_scope_open(tern_onnx_importer *m, tern_onnx_scope *scope, tern_onnx_scope *parent);
void tern_onnx_scope_close(tern_onnx_importer *m, tern_onnx_scope *scope);
/* BAD_MODEL when the name has a value in this scope already. */
tern_status tern_onnx_define(tern_onnx_importer *m, tern_str name, const tern_onnx_slot *slot);
/* A name for an input or output of the graph; BAD_MODEL when another one has it. */
tern_status tern_onnx_claim_edge(tern_onnx_importer *m, tern_str name);
/* NULL when no scope in sight has it. */
const tern_onnx_slot *tern_onnx_find(const tern_onnx_importer *m, tern_str name);

/* --- values.c --- */

/* Initializers of a graph into the current scope. */
tern_status tern_onnx_add_initializers(tern_onnx_importer *m, const tern_onnx_graph *g);
/* Notes what the caller gives data for without there being such an initializer. */
tern_status tern_onnx_check_given(tern_onnx_importer *m);
/* The main graph's inputs; those with an initializer have a default, which is taken. */
tern_status tern_onnx_add_inputs(tern_onnx_importer *m, const tern_onnx_graph *g);
/* A constant from a tensor of the file. */
tern_status tern_onnx_tensor_slot(tern_onnx_importer *m, const tern_onnx_tensor *tensor,
                                  tern_str name, tern_onnx_slot *out_slot);
/* The same of a sparse one, made dense. */
tern_status tern_onnx_sparse_slot(tern_onnx_importer *m, const tern_onnx_sparse *sparse,
                                  tern_onnx_slot *out_slot);

/* --- ports.c --- */

/* What is given at an input, or NULL. */
const tern_onnx_input *tern_onnx_find_described(const tern_onnx_importer *m, tern_str name);
/* Notes descriptions of what is no input. */
tern_status tern_onnx_check_described(tern_onnx_importer *m, const tern_onnx_graph *g);
/* An input with what is given at it: the tensors that it is made of. */
tern_status tern_onnx_add_described(tern_onnx_importer *m, const tern_onnx_graph *g,
                                    const tern_onnx_value_info *info, const tern_onnx_input *given);
/* The model's inputs and outputs for the report; the latter become the graph's. */
tern_status tern_onnx_list_inputs(tern_onnx_importer *m, const tern_onnx_graph *g,
                                  tern_onnx_result *result);
tern_status tern_onnx_add_outputs(tern_onnx_importer *m, const tern_onnx_graph *g,
                                  tern_onnx_result *result);

/* How much of a name a message shows. */
static inline int tern_onnx_shown(tern_str name)
{
    return name.len < 120 ? (int)name.len : 120;
}

/* --- import.c --- */

/* The nodes in order; problems are noted, the rest goes on.  Fails when memory ran out. */
tern_status tern_onnx_run_nodes(tern_onnx_importer *m, const tern_onnx_node *nodes, int32_t count);
/* One node in the current scope. */
tern_status tern_onnx_run_node(tern_onnx_importer *m, const tern_onnx_node *node);
/* The same of a text; its problems are the outer node's. */
tern_status tern_onnx_run_text_node(tern_onnx_importer *m, const tern_onnx_node *node);
void tern_onnx_note_problem(tern_onnx_importer *m, tern_status status, const tern_onnx_node *node);

/* --- call.c --- */

TERN_PRINTF(3, 0)
tern_status tern_onnx_refuse_va(tern_onnx_call *c, tern_status status, const char *format,
                                va_list values);

/* --- nodes.c --- */

/* Its function, or NULL. */
tern_onnx_translate *tern_onnx_find_row(tern_str domain, tern_str op, int64_t opset);

#endif
