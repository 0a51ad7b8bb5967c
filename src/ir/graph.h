/* SPDX-License-Identifier: Apache-2.0
 *
 * The graph: dense arrays of nodes and values in SSA form, addressed by 32-bit ids; id 0 means
 * none.  Deleting leaves holes (op NONE), tern_graph_compact closes them.  Use lists, topological
 * order and liveness are derived on demand and never maintained.  Printable and parseable as text
 * (print.c, parse.c): the format of tests, dumps and bug reports.
 *
 * Control flow is flat: the nodes of a branch or a loop's body lie in the same arrays, in a region
 * of their own, and use values of the regions around it like any other.  Region 0 is the graph.
 *
 *     graph "lenet" explicit {
 *       %x = input "x" : f32[N,1,28,28]
 *       %w = constant "conv1.kernel" : f32[500] @blob 0
 *       %c = conv %x, %w {out_channels=20, kernel=[5,5]} : f32[N,20,24,24] ; conv1
 *       output "prob" = %c
 *     }
 *
 *     %y = loop %trips, none, %x                     x: trip count or none, condition or none,
 *     body %i : i64[], %go : bool[], %v : f32[2] {      what is carried
 *       %w = add %v, %v                              parameters: the iteration's number, the
 *       yield %go, %w, %v                              condition, what is carried
 *     }                                              results: the condition, what is carried on,
 *     %z = if %c                                       then rows that are stacked
 *     body {
 *       yield %x
 *     }
 *     body {
 *       yield %y
 *     }
 *
 * Not thread-safe; one thread at a time per graph.
 */
#ifndef TERN_IR_GRAPH_H
#define TERN_IR_GRAPH_H

#include "op/op.h"
#include "tern/network.h" /* tern_batch */

typedef uint32_t tern_node_id;
typedef uint32_t tern_value_id;
#define TERN_NO_ID 0u

/* Where a value lives; set by place-values. */
typedef enum tern_place { TERN_PLACE_DEVICE = 0, TERN_PLACE_HOST = 1 } tern_place;

/* Constant data, borrowed (from the user, a mapped file) or owned by the graph's arena. */
typedef struct tern_blob {
    const void *data;
    size_t bytes;
} tern_blob;

typedef struct tern_value {
    tern_str name;           /* "" when nobody named it; unique among inputs and outputs */
    tern_type type;          /* dtype 0 until inferred */
    tern_node_id producer;   /* NO_ID: graph input, or unused slot */
    uint16_t producer_index; /* which result of the producer */
    uint8_t place;           /* tern_place */
    uint8_t is_input;
    uint8_t is_output;      /* 1; 2: read on the host (marked for shapes) */
    uint8_t is_shape_input; /* contents are symbols, read on the host at enqueue */
    uint8_t content_known;
    uint8_t content_count;     /* elements of `content` */
    uint8_t is_constant;       /* depends on constants alone: has no batch axis; set by inference */
    uint32_t blob;             /* index + 1 into blobs for constants, else 0 */
    const tern_dim *content;   /* the elements of a shape tensor, when known (arena) */
    const tern_str *dim_names; /* rank names given by the user, or NULL */
    uint32_t formats;  /* allowed formats of an input or output as a TensorRT bit mask; 0: linear */
    uint32_t param_of; /* the region that this is a parameter of; 0: it is none */
} tern_value;

/* A branch, or the body of a loop. */
typedef struct tern_region {
    tern_node_id owner;                  /* NO_ID: the owner is gone */
    uint32_t param_first, param_count;   /* in operands[] */
    uint32_t result_first, result_count; /* in operands[] */
} tern_region;

typedef struct tern_node {
    uint32_t op; /* tern_op_id or TERN_OP_SCALAR_BASE + scalar id; NONE: a hole */
    /* Operands: graph->operands[x_first .. x_first + x_count); NO_ID: absent optional. */
    uint32_t x_first;
    uint16_t x_count;   /* the operator's own plus the epilogue's */
    uint16_t own_count; /* the operator's own */
    uint16_t y_count;
    uint16_t body_count;       /* bodies of control flow */
    uint32_t y_first;          /* results, also in operands[] */
    void *attr;                /* the operator's struct (arena), or NULL */
    const tern_expr *epilogue; /* fused elementwise expression (arena), or NULL */
    tern_str name;
    tern_str
        origins;   /* names of the user's layers this came from, joined by "+"; at least `name` */
    uint8_t place; /* tern_place: where it runs */
    /* Set by place-values: results are known as expressions and nobody reads them as data, so the
     * node needs no step at run time. */
    uint8_t is_elided;
    uint8_t reserved2[6];
    uint32_t region; /* that it lies in */
    uint32_t body;   /* region of its first body; the others follow */
} tern_node;

/* What a graph's borrowed data lies in, released with the graph. */
typedef struct tern_graph_keeper {
    void (*release)(void *self);
    void *self;
} tern_graph_keeper;

typedef struct tern_graph {
    tern_allocator allocator;
    tern_arena arena; /* names, attributes, contents, owned blobs: all gone with the graph */
    tern_dim_table dims;
    tern_str name;
    tern_batch batch;      /* read by the batchify pass alone once the network is built */
    int32_t max_batch;     /* of an implicit batch; 1 unless set */
    uint32_t was_implicit; /* 1: batchify has put N in front; bindings hide dim 0 */
    /* The batch symbol of an implicit batch; 0 until tern_graph_batch_dim is called. */
    tern_dim batch_dim;
    tern_node *nodes; /* [0] is unused; so in the other arrays */
    tern_value *values;
    tern_value_id *operands;
    tern_blob *blobs;
    tern_value_id *inputs, *outputs; /* in the order of the user's calls */
    tern_region *regions;            /* [0]: the graph itself */
    uint32_t region_count;
    size_t region_capacity;
    uint32_t region; /* where new nodes go; constants always go to 0 */
    uint32_t node_count, value_count, operand_count, blob_count, input_count,
        output_count; /* slots in use, holes too */
    size_t node_capacity, value_capacity, operand_capacity, blob_capacity, input_capacity,
        output_capacity;
    tern_graph_keeper *keepers; /* a clone has none: it borrows from the original */
    size_t keeper_count, keeper_capacity;
    uint64_t changes; /* moves with every edit; derived data compares it */
} tern_graph;

tern_status tern_graph_create(tern_allocator allocator, tern_graph **out_graph);
void tern_graph_destroy(tern_graph *g);

/* A deep copy in the same ids; blobs' bytes stay borrowed. */
tern_status tern_graph_clone(const tern_graph *g, tern_graph **out_graph);

/* Calls release(self) when the graph is destroyed, in reverse order. */
tern_status tern_graph_keep(tern_graph *g, void (*release)(void *self), void *self);

/* A copy of `s` (up to its first NUL, and ended by one) that lives as long as the graph. */
tern_status tern_graph_keep_str(tern_graph *g, tern_str s, tern_str *out_copy);

/* The symbol of an implicit batch, made at the first call: "N", or "N_2" ... when the user has a
 * symbol N. */
tern_status tern_graph_batch_dim(tern_graph *g, tern_dim *out_dim);

/* --- making --- */

tern_status tern_graph_add_input(tern_graph *g, tern_str name, const tern_type *type,
                                 tern_value_id *out_value);

/* `own`: copy the bytes into the graph; else they are borrowed until the graph goes. */
tern_status tern_graph_add_blob(tern_graph *g, const void *data, size_t bytes, bool own,
                                uint32_t *out_blob);

/* A constant node with its value; `type` static. */
tern_status tern_graph_add_constant(tern_graph *g, tern_str name, const tern_type *type,
                                    uint32_t blob, tern_value_id *out_value);

/* A node to be made. */
typedef struct tern_new_node {
    uint32_t op;
    tern_str name;
    const void *attr;       /* copied; NULL: the defaults */
    const tern_value_id *x; /* x_count operands */
    int32_t x_count;
    int32_t y_count; /* of control flow; otherwise the operator says it */
} tern_new_node;

/*
 * Appends a node with its results (types empty, call tern_graph_infer_node).  attr: copied, or
 * NULL for the defaults. The operand count must fit the operator; the ids must exist.
 */
tern_status tern_graph_add_node(tern_graph *g, const tern_new_node *spec, tern_node_id *out_node);

/* --- control flow (region.c) --- */

/* Most regions inside one another. */
enum { TERN_REGION_DEPTH = 64 };

/*
 * Opens the next body of a control node: parameters of the given types are made, and new nodes go
 * to it from now on.  close: its results; new nodes go to where the owner is.
 */
tern_status tern_graph_open_body(tern_graph *g, tern_node_id owner, const tern_type *params,
                                 int32_t count, uint32_t *out_region);
tern_status tern_graph_close_body(tern_graph *g, const tern_value_id *results, int32_t count);

/* Gives up a body's nodes and parameters, and those of bodies inside. */
void tern_graph_drop_bodies(tern_graph *g, tern_node_id owner);

static inline bool tern_node_is_control(const tern_node *n)
{
    const tern_op *op = tern_op_find(n->op);
    return op != NULL && (op->control == TERN_CONTROL_IF || op->control == TERN_CONTROL_LOOP);
}

/* The region around region r. */
uint32_t tern_region_parent(const tern_graph *g, uint32_t r);
/* Is region r region `outer`, or inside of it? */
bool tern_region_is_inside(const tern_graph *g, uint32_t r, uint32_t outer);
/* Where a value is defined. */
uint32_t tern_value_region(const tern_graph *g, tern_value_id value);
/* The node that stands for `node` in region r around it; NO_ID: r is not around it. */
tern_node_id tern_node_in_region(const tern_graph *g, tern_node_id node, uint32_t r);

/* Is the value a constant `true`? */
bool tern_value_is_true(const tern_graph *g, tern_value_id value);
/* Without identities in between. */
tern_value_id tern_value_source(const tern_graph *g, tern_value_id value);
/* Does a loop ever stop but by its count? */
bool tern_loop_has_condition(const tern_graph *g, const tern_node *n);

/* Makes an input's elements symbols "name#0", "name#1" ...; BAD_SHAPE unless it is a static i32 or
 * i64 tensor of rank 0 or 1 and at most TERN_CONTENT_MAX elements.  Once is enough; again does
 * nothing. */
tern_status tern_graph_mark_shape_input(tern_graph *g, tern_value_id value);

/* The same where the input can be one, and nothing where it cannot: then whoever needs the contents
 * says that they are not known.  The elements may be anything sensible until a profile says
 * more. */
tern_status tern_graph_offer_shape_input(tern_graph *g, tern_value_id value);

tern_status tern_graph_add_output(tern_graph *g, tern_value_id value);
void tern_graph_remove_output(tern_graph *g, tern_value_id value);

/* --- reading --- */

static inline tern_node *tern_graph_node(const tern_graph *g, tern_node_id id)
{
    return &g->nodes[id];
}

static inline tern_value *tern_graph_value(const tern_graph *g, tern_value_id id)
{
    return &g->values[id];
}

static inline tern_value_id tern_graph_x(const tern_graph *g, const tern_node *n, int32_t i)
{
    return g->operands[n->x_first + (uint32_t)i];
}

static inline tern_value_id tern_graph_y(const tern_graph *g, const tern_node *n, int32_t i)
{
    return g->operands[n->y_first + (uint32_t)i];
}

static inline tern_value_id tern_region_param(const tern_graph *g, uint32_t r, int32_t i)
{
    return g->operands[g->regions[r].param_first + (uint32_t)i];
}

static inline tern_value_id tern_region_result(const tern_graph *g, uint32_t r, int32_t i)
{
    return g->operands[g->regions[r].result_first + (uint32_t)i];
}

/* Is the slot used by a value? */
static inline bool tern_value_exists(const tern_value *v)
{
    return v->is_input || v->producer != TERN_NO_ID || v->param_of != 0;
}

const tern_op *tern_node_op(const tern_node *n);

/* A constant's bytes, or NULL when the value is none. */
const void *tern_graph_constant_data(const tern_graph *g, tern_value_id value);

/* `conv "layer1.0.conv1"`, how messages begin; written into buffer, which is returned. */
const char *tern_node_who(const tern_node *n, char *buffer, size_t size);

/* --- editing: emit (add_node), replace, sweep; passes may do nothing else to the structure --- */

/* Every use of `from`, and its place among the outputs, becomes `to`; its name moves along. */
tern_status tern_graph_replace(tern_graph *g, tern_value_id from, tern_value_id to);
tern_status tern_graph_set_operand(tern_graph *g, tern_node_id node, int32_t i,
                                   tern_value_id value);
/* Appends operands for an epilogue (moves the operand range). */
tern_status tern_graph_add_operands(tern_graph *g, tern_node_id node, const tern_value_id *x,
                                    int32_t count);
/* The node's fused expression (copied) and its operands, in place of those it had; NULL and 0:
 * none. */
tern_status tern_graph_set_epilogue(tern_graph *g, tern_node_id node, const tern_expr *epilogue,
                                    const tern_value_id *x, int32_t count);
/* Turns nodes that no output needs into holes; returns how many. */
tern_status tern_graph_sweep(tern_graph *g, uint32_t *out_removed);
tern_status tern_graph_compact(tern_graph *g);

/* --- derived --- */

/* Ids in topological order, lowest id first among the ready (deterministic); behind a control node
 * stand the nodes of its bodies, body by body.  BAD_MODEL names a node on a cycle. */
tern_status tern_graph_order(const tern_graph *g, tern_arena *scratch, tern_node_id **out_order,
                             uint32_t *out_count);

/* Users of each value as ranges: users[first[v] .. first[v + 1]). */
typedef struct tern_uses {
    const uint32_t *first;
    const tern_node_id *users;
    uint64_t at_change;
} tern_uses;

tern_status tern_graph_uses(const tern_graph *g, tern_arena *scratch, tern_uses *out_uses);

/* --- inference and checks --- */

/* Types and contents of one node's results; the message names the node.  Also works on visible
 * dims of an implicit-batch graph: there operands get a batch symbol in front, attributes are
 * batchified on a copy, and the results lose it. */
tern_status tern_graph_infer_node(tern_graph *g, tern_node_id node);
tern_status tern_graph_infer(tern_graph *g); /* all, in order */

/* Structure, type rules, shapes (by inferring again); after every pass in tests. */
tern_status tern_graph_verify(tern_graph *g);

/* --- text --- */

/* Constants over 64 elements print as `@blob k`; print_data adds their bytes at the end.  A text
 * without them parses to blobs whose data is NULL, which verify accepts and a build refuses. */
tern_status tern_graph_print(const tern_graph *g, tern_text *out);
tern_status tern_graph_print_data(const tern_graph *g, tern_text *out);
tern_status tern_graph_parse(tern_allocator allocator, const char *text, size_t size,
                             tern_graph **out_graph);

#endif
