/* SPDX-License-Identifier: Apache-2.0
 *
 * From an ONNX model to a graph.  The importer walks the nodes in order, and a row of nodes.def
 * says which function translates an operator from which opset on; operators that are the same in
 * both worlds need no row (op->onnx and the attributes' ONNX names do it).  A translation emits
 * nodes through the calls below, each inferred at once, so types are always there to look at.
 *
 *     static tern_status gemm(tern_onnx_call *c)
 *     {
 *         tern_value_id a = c->x[0], b = c->x[1];
 *         ...
 *         c->y[0] = tern_onnx_emit(c, "matmul", "{transpose_b=true}", a, b);
 *         return TERN_OK;
 *     }
 *
 * Failing is sticky: after the first failure the calls below do nothing and return 0, and the
 * importer reports it with the node's name, operator, index and the functions it was reached
 * through.  Results of a node that failed are `bad`: nodes that use them are passed over, so that
 * every independent problem of a file is found.
 */
#ifndef TERN_IMPORT_ONNX_IMPORT_H
#define TERN_IMPORT_ONNX_IMPORT_H

#include "import/onnx/model.h"
#include "ir/graph.h"
#include "tern/log.h"
#include "tern/onnx.h"

typedef struct tern_onnx_importer tern_onnx_importer;

/* What a name stands for. */
typedef enum tern_onnx_slot_kind {
    TERN_ONNX_SLOT_ABSENT = 0, /* an optional input that is not there; an empty optional */
    TERN_ONNX_SLOT_TENSOR = 1,
    TERN_ONNX_SLOT_SEQUENCE = 2, /* of a length known while importing */
    TERN_ONNX_SLOT_STRINGS = 3,  /* constant strings */
    TERN_ONNX_SLOT_BAD = 4       /* result of a node that failed */
} tern_onnx_slot_kind;

typedef struct tern_onnx_slot {
    tern_onnx_slot_kind kind;
    bool is_optional;    /* wrapped by Optional */
    tern_value_id value; /* TENSOR */
    int32_t count;       /* SEQUENCE: elements */
    int32_t dtype;       /* SEQUENCE: element type, also of an empty one */
    const struct tern_onnx_slot *elements;
    const tern_str *strings; /* STRINGS: row-major */
    int32_t rank;
    const int64_t *dims;
} tern_onnx_slot;

/* One use of an operator: what a translation sees. */
typedef struct tern_onnx_call {
    tern_onnx_importer *importer;
    tern_graph *graph;
    const tern_onnx_node *node; /* the node; its attributes are read by tern_onnx_int ... */
    const char *op;             /* "Conv" */
    const char *who;            /* `Conv "backbone.conv1"`: how messages begin */
    int64_t opset;              /* of the operator's domain */
    int32_t x_count, y_count;   /* as the node has them; trailing absent inputs are cut */
    const tern_value_id *x; /* tensors; 0: absent.  16 entries at least, so x[2] is always safe */
    const tern_onnx_slot *x_slots;
    tern_value_id *y;        /* to be filled for tensors; an output that is 0 is not there */
    tern_onnx_slot *y_slots; /* to be filled instead for anything else */
    bool is_failed_inside;   /* the reason has been reported where it is: in a body */
    tern_status status;      /* sticky; the record of this thread says why */
} tern_onnx_call;

typedef tern_status tern_onnx_translate(tern_onnx_call *c);

/* --- attributes: the fallback when absent; a wrong kind fails the call --- */

bool tern_onnx_has(const tern_onnx_call *c, const char *name);
int64_t tern_onnx_int(tern_onnx_call *c, const char *name, int64_t fallback);
double tern_onnx_float(tern_onnx_call *c, const char *name, double fallback);
tern_str tern_onnx_string(tern_onnx_call *c, const char *name, const char *fallback);
/* The list, or NULL and *out_count 0. */
const int64_t *tern_onnx_ints(tern_onnx_call *c, const char *name, int32_t *out_count);
const float *tern_onnx_floats(tern_onnx_call *c, const char *name, int32_t *out_count);
const tern_str *tern_onnx_strings(tern_onnx_call *c, const char *name, int32_t *out_count);
const tern_onnx_attr *tern_onnx_attribute(const tern_onnx_call *c, const char *name); /* or NULL */
/* A tensor attribute as a constant; 0 when absent. */
tern_value_id tern_onnx_tensor_attribute(tern_onnx_call *c, const char *name);

/* An element type as ONNX numbers it; fails the call when tern has no such type. */
tern_dtype tern_onnx_dtype(tern_onnx_call *c, int64_t number);

/* --- looking at values --- */

/* Never NULL; of value 0 a type with dtype 0. */
const tern_type *tern_onnx_type_of(const tern_onnx_call *c, tern_value_id value);
int32_t tern_onnx_rank(const tern_onnx_call *c, tern_value_id value);
/* axis in -rank..rank-1 made non-negative; fails the call outside. */
int64_t tern_onnx_axis(tern_onnx_call *c, int64_t axis, int32_t rank);
/* A constant's integers (any integer type, at most `room`); false when it is none: no failure. */
bool tern_onnx_constant_ints(const tern_onnx_call *c, tern_value_id value, int64_t *out,
                             int32_t room, int32_t *out_count);
/* A constant's one element as a number. */
bool tern_onnx_constant_number(const tern_onnx_call *c, tern_value_id value, double *out);
/* Where numbers go, and how many fit. */
typedef struct tern_onnx_room {
    int64_t *v;
    int32_t count;
} tern_onnx_room;

/* The list that an operator takes as an attribute in old opsets and as input `index` in new ones;
 * out_value is set when the input is there but no constant (then *out_count is -1). */
bool tern_onnx_list(tern_onnx_call *c, const char *attribute, int32_t index, tern_onnx_room out,
                    int32_t *out_count, tern_value_id *out_value);

/* --- emitting tern's operators --- */

/*
 * One node of tern's operator `op` with its first result; 0 when it failed.  attributes: text as in
 * the text IR, or NULL; x: x_count operands, 0 for an absent one.
 */
tern_value_id tern_onnx_emit_x(tern_onnx_call *c, const char *op, const char *attributes,
                               const tern_value_id *x, int32_t x_count);
#define tern_onnx_emit(c, op, attributes, ...)                                                     \
    tern_onnx_emit_x(                                                                              \
        (c), (op), (attributes), (const tern_value_id[]){__VA_ARGS__},                             \
        (int32_t)(sizeof((const tern_value_id[]){__VA_ARGS__}) / sizeof(tern_value_id)))
/* The same, all results: y_count of them. */
typedef struct tern_onnx_new {
    const char *op, *attributes;
    const tern_value_id *x;
    int32_t x_count;
} tern_onnx_new;
void tern_onnx_emit_all(tern_onnx_call *c, const tern_onnx_new *node, tern_value_id *y,
                        int32_t y_count);

/* Text for attributes, made by printf; lives as long as the call.  Slots' elements need longer:
 * tern_onnx_arena. */
tern_arena *tern_onnx_arena(const tern_onnx_call *c);
TERN_PRINTF(2, 3) const char *tern_onnx_text(tern_onnx_call *c, const char *format, ...);
/* "[1,2,3]" for a list in such a text. */
const char *tern_onnx_list_text(tern_onnx_call *c, const int64_t *v, int32_t count);

/* --- small things every family needs --- */

tern_value_id tern_onnx_scalar(tern_onnx_call *c, tern_dtype dtype, double number);
tern_value_id tern_onnx_i64s(tern_onnx_call *c, const int64_t *v, int32_t count); /* rank 1 */
/* A constant of any type; the bytes are copied. */
tern_value_id tern_onnx_constant(tern_onnx_call *c, tern_dtype dtype, int32_t rank,
                                 const int64_t *dims, const void *data);
tern_value_id tern_onnx_cast(tern_onnx_call *c, tern_value_id x, tern_dtype to);
/* With extents of 1 in front until it has that rank (NumPy's broadcasting). */
tern_value_id tern_onnx_rank_up(tern_onnx_call *c, tern_value_id x, int32_t rank);
/* Extents of 1 put in / taken out at these axes of the result / of x. */
tern_value_id tern_onnx_unsqueeze(tern_onnx_call *c, tern_value_id x, const int64_t *axes,
                                  int32_t count);
tern_value_id tern_onnx_squeeze(tern_onnx_call *c, tern_value_id x, const int64_t *axes,
                                int32_t count);
tern_value_id tern_onnx_transpose(tern_onnx_call *c, tern_value_id x, const int64_t *permutation,
                                  int32_t count);
/* [product of the first `axis` extents, product of the rest]. */
tern_value_id tern_onnx_flatten(tern_onnx_call *c, tern_value_id x, int64_t axis);
/* x's shape as an i64 tensor of rank 1. */
tern_value_id tern_onnx_shape(tern_onnx_call *c, tern_value_id x);
/* An elementwise operator of tern with NumPy's broadcasting. */
tern_value_id tern_onnx_binary(tern_onnx_call *c, const char *op, tern_value_id a, tern_value_id b);

/* --- ONNX operators inside a translation --- */

/*
 * Nodes of ONNX itself, newest opset, written as text; results and operands by name.  x0, x1 ...
 * are the node's inputs and y0, y1 ... its outputs; other names are local.  Attributes as in the
 * text IR, made by printf:
 *
 *     tern_onnx_lower(c, "m = ReduceMean(x0, a){keepdims=1}; d = Sub(x0, m); y0 = Mul(d, d)");
 *
 * Numbers may stand as operands: 2.0 is a scalar of x0's type, 3 an i64 scalar, [0,2] an i64 list.
 * An operand that is absent in the node is absent there.
 */
TERN_PRINTF(2, 3) void tern_onnx_lower(tern_onnx_call *c, const char *format, ...);

/* One ONNX node, its first result. */
tern_value_id tern_onnx_op(tern_onnx_call *c, const char *op, const char *attributes,
                           const tern_value_id *x, int32_t x_count);

/* --- bodies: graphs in attributes --- */

/* The graph of an attribute; NULL and a failed call when it is missing. */
const tern_onnx_graph *tern_onnx_graph_attribute(tern_onnx_call *c, const char *name);

/*
 * Translates a body's nodes here and now, its inputs standing for `params` (as many as it has; a
 * missing one is an error), names of the graphs around it in sight.  Results: one slot for each of
 * the body's outputs.  Whoever wants a region opens it before.
 */
void tern_onnx_run_body(tern_onnx_call *c, const tern_onnx_graph *body,
                        const tern_onnx_slot *params, int32_t count, tern_onnx_slot *out_results);

/* Fails the call: UNSUPPORTED / BAD_MODEL with `who: ` in front. */
TERN_PRINTF(3, 4)
tern_status tern_onnx_refuse(tern_onnx_call *c, tern_status status, const char *format, ...);

/* --- what must be known while importing (unroll.c) --- */

/* A value's integers as tern_onnx_constant_ints, also of what is computed from constants. */
bool tern_onnx_decide_ints(tern_onnx_call *c, tern_value_id value, int64_t *out, int32_t room,
                           int32_t *out_count);
/* UNSUPPORTED because of something that what is given at the model's inputs would decide. */
TERN_PRINTF(2, 3) tern_status tern_onnx_undecided(tern_onnx_call *c, const char *format, ...);
/* Fails the call without a problem of its own: something in a body depends on what has been
 * reported. */
void tern_onnx_pass_over(tern_onnx_call *c);
/* Does a Loop carry what is no tensor?  Then it has to be unrolled. */
bool tern_onnx_carries_sequences(const tern_onnx_call *c);
/* A Loop of a known number of turns, its body once for each. */
tern_status tern_onnx_unroll(tern_onnx_call *c, const tern_onnx_graph *body, int32_t carried);

/* --- the import --- */

typedef struct tern_onnx_problem {
    tern_status status;
    int32_t node;        /* index in its graph; -1: the model itself */
    int32_t main_node;   /* of the main graph's node that led there; -1: none */
    const char *message; /* one sentence */
    const char *node_name, *op, *domain;
    const char *stack; /* functions and bodies it was reached through, outermost first; "" */
    const char *file;  /* of this library */
    int line;
    bool is_undecided; /* what is given at the inputs decides it */
} tern_onnx_problem;

/* What the outputs of a named node of the main graph became: values[first..first+count), 0 for
 * those that are no tensors. */
typedef struct tern_onnx_named_node {
    const char *name;
    int32_t first, count;
} tern_onnx_named_node;

typedef struct tern_onnx_result {
    const tern_onnx_problem *problems;
    int32_t problem_count;
    int32_t node_count;           /* of the main graph */
    const uint8_t *node_is_taken; /* by node of the main graph: nothing in it was refused */
    const tern_onnx_named_node *named;
    const tern_value_id *values;
    int32_t named_count;
    int32_t input_count, output_count;
    const tern_onnx_port *inputs, *outputs; /* of the model */
} tern_onnx_result;

typedef struct tern_onnx_source {
    tern_span bytes;              /* the model; stays as long as the graph */
    const char *who;              /* its path, or "memory" */
    const char *folder;           /* of external data; NULL: refused */
    const tern_onnx_given *given; /* instead of the file's data, by name; stays as long */
    int32_t given_count;
    int32_t input_count;
    const tern_onnx_input *inputs; /* what is given at some of the model's inputs */
} tern_onnx_source;

/*
 * Adds the model's inputs, nodes and outputs to a graph.  The result lies in `arena`.  BAD_MODEL or
 * UNSUPPORTED when there are problems; the first is also this thread's error record.  Maps of
 * external data are handed over to the graph.
 */
tern_status tern_onnx_import(tern_graph *graph, const tern_onnx_source *source, tern_logger logger,
                             tern_arena *arena, const tern_onnx_result **out_result);

/* Does nodes.def, an elementwise operator's own row or scalar.def take it?  Without looking at a
   node. */
bool tern_onnx_takes(tern_str domain, tern_str op, int64_t opset);

/* The translations. */
#define TERN_ONNX(domain, op, since, function)                                                     \
    tern_status tern_onnx_do_##function(tern_onnx_call *c);
#include "import/onnx/nodes.def"
#undef TERN_ONNX

#endif
