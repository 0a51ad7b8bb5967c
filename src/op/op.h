/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator descriptor: all that is true of an operator on every device.  A new operator is one
 * row of ops.def and one folder whose first file defines `const tern_op tern_op_<name>`; a new
 * elementwise operator is one row of kernel/scalar.def.  Knows no graph: shape rules and
 * references work on plain types and pointers.
 */
#ifndef TERN_OP_OP_H
#define TERN_OP_OP_H

#include "base/error.h"
#include "kernel/kernel.h"
#include "op/attr.h"
#include "op/type.h"

#define TERN_OP_SCALAR_BASE 256

typedef enum tern_op_id {
    TERN_OP_NONE = 0,
#define TERN_OP(id, name, cpu, cuda) TERN_OP_##name = id,
#include "op/ops.def"
#undef TERN_OP
    /* Elementwise operators: TERN_OP_SCALAR_BASE + scalar.def's id. */
} tern_op_id;

/* At most this many operands and results of one node (concat takes any number: see op.arity). */
#define TERN_OP_MAX_FIXED_INPUTS 16
#define TERN_OP_MAX_OUTPUTS 8

typedef struct tern_op tern_op;

/*
 * Shape and type inference of one node.  Types come in resolved as far as known; extents may be
 * expressions of `dims`. The type rule (op.types) has been checked before `infer` is called, and
 * y[i].dtype filled where the rule says it. infer fills y[i].rank and dims (and dtype where the
 * rule says `*`), and may normalise *attr (axis -1 becomes rank-1).
 *
 * Contents: for small integer tensors that compute shapes, x_content[i] is the tensor's elements
 * as dims, row-major, or NULL when not known.  An operator that can compute its result's elements
 * stores them at y_content[i] (room for TERN_CONTENT_MAX) and sets y_content_known[i].
 */
#define TERN_CONTENT_MAX TERN_MAX_SHAPE_VALUES

typedef struct tern_infer {
    const tern_op *op;
    const char *who;            /* `conv "layer1.0.conv1"`: how messages begin */
    const char *const *x_names; /* of the operands, for messages */
    tern_dim_table *dims;
    void *attr; /* the node's struct; normalised in place */
    int32_t x_count, y_count;
    const tern_type *x; /* dtype 0: an optional operand that is absent */
    const tern_dim *const *x_content;
    const void *const *
        x_data; /* a constant operand's bytes, else NULL: K of top-k, axes, ...; may be NULL itself.
                                  * The operator `constant` has no operands: x_data[0] is its own
                                  * bytes. */
    tern_type *y; /* `constant` finds its type here; others' are cleared before infer */
    tern_dim (*y_content)[TERN_CONTENT_MAX];
    bool *y_content_known;
    /* The results as they were inferred before (rank 0: never), so that extents that depend on data
     * stay the same ones.  NULL: all operands' contents are there, and no extent depends on data.
     * */
    const tern_type *y_before;
    /* The step is about to run: y_before are numbers, and for results that it counts (op.counts)
     * they are the room that there is. */
    bool y_is_room;
} tern_infer;

/* The reference's view of one call: operands in the wide type of their class, dense, row-major. */
typedef struct tern_ref {
    const tern_op *op;
    const void *attr;
    int32_t x_count, y_count;
    const void *const
        *x; /* double, int64_t, uint64_t or uint8_t arrays, by the operand's class; NULL: absent */
    void *const *y;
    const tern_type *xt, *yt; /* numbers only; xt[i].dtype is the true element type */
    void *scratch;            /* op.reference_scratch() bytes, or NULL */
    /* By result: its extents, yt's to begin with.  An operator that counts writes what it found,
     * never more than yt says, and lays the result out densely in them. */
    int64_t (*extents)[TERN_MAX_RANK];
} tern_ref;

typedef void tern_reference_fn(const tern_ref *r);

/*
 * Movers (concat, slice, gather, shuffle ...) do not look at values: their one reference runs on
 * the elements as they lie, `elem` bytes each.  Raw are the operands and results of the type
 * rule's first letter, and results written `*`; other operands (indices) come widened as in
 * tern_ref.
 */
typedef struct tern_move {
    tern_ref ref;
    size_t elem; /* bytes per element of y[0] */
} tern_move;

typedef void tern_move_fn(const tern_move *m);

/*
 * Control flow.  IF and LOOP have bodies and are nodes of graphs only; a build turns them into the
 * others, which are steps.  Operators of a kind other than NONE are never made by users.
 *
 *     if       jump +1, then's steps, carry ..., jump, else's steps, carry ...
 *     loop     carry ..., loop_begin, body's steps, store ..., carry ..., loop_next, carry ...
 */
typedef enum tern_control {
    TERN_CONTROL_NONE = 0,
    TERN_CONTROL_JUMP = 1,       /* to the target unless its operand is true, or in any case */
    TERN_CONTROL_LOOP_BEGIN = 2, /* to behind the target, a LOOP_NEXT, when there is no iteration */
    TERN_CONTROL_LOOP_NEXT = 3,  /* to behind the target, a LOOP_BEGIN, for another iteration */
    TERN_CONTROL_CARRY = 4,      /* the operand into a place that other steps write too */
    TERN_CONTROL_STORE = 5,      /* one more row into a stack */
    TERN_CONTROL_IF = 6,
    TERN_CONTROL_LOOP = 7,
    TERN_CONTROL_CHECK = 8 /* may fail the run; stays, read or not.  A node of any graph */
} tern_control;

struct tern_op {
    const char *name;
    const char *summary; /* one line: formula or sentence */

    /*
     * Type rule: operands -> results; letters bound to sets.  Examples:
     *   "T, T, T? -> T; T: f32 f16 bf16 f64"   optional third operand
     *   "T, I -> T; T: any; I: i32 i64"
     *   "T* -> T; T: any"                      any number of operands
     *   "T -> *"                               infer sets the result's type
     * Sets: names of types, `any`, `float`, `signed` and `unsigned` (integers), `int` (both),
     * `number` (float and int), `small` (floats of 8 bits and fewer, integers of fewer: types that
     * are stored and moved; of the sets only `any` has them too). A type or set may stand in place
     * of a letter: "T, T -> bool", "T, int? -> T".
     */
    const char *types;

    struct {
        int8_t in_min, in_max; /* in_max -1: any number */
        int8_t out;            /* -1: as many as the bodies give */
    } arity;

    /* Names of the operands that are weights when set by name (layer weights of the network API);
     * NULL-terminated. */
    const char *const *input_names;

    const tern_attr_field *attrs; /* NULL: none */
    size_t attr_size;

    struct {
        const char *name; /* ONNX operator, or NULL */
        int32_t since;    /* first opset in which this form holds */
    } onnx[4];

    tern_status (*infer)(tern_infer *in);

    /* By the class of the type rule's first letter; NULL where the operator does not take that
     * class. */
    tern_reference_fn *reference[TERN_CLASS_COUNT];
    tern_move_fn *move; /* instead of `reference` */
    /* Elements of fewer than 8 bits reach `move` as bytes, of type u8; true: packed as they are. */
    bool moves_packed;
    /* Extra bytes a reference needs, given numbers-only types; NULL: none. */
    size_t (*reference_scratch)(const void *attr, const tern_type *x, int32_t x_count,
                                const tern_type *y);

    /* Bit i: operand i is read as values by infer (a shape operand) and lives on the host. */
    uint32_t shape_operands;
    /* Bit i: operand i gets no batch axis when a network's batch is implicit (weights, shape
     * operands). */
    uint32_t batchless_operands;
    /* When the plain rule does not do (shuffle, matmul ...): rewrites attr and may refuse.  NULL:
     * attribute schema. */
    tern_status (*batchify)(void *attr, int32_t visible_rank, const char *who);

    /* True when y is operand 0's bytes under other dims (reshape, identity): the two may share
     * memory.  NULL: never. */
    bool (*is_view)(const void *attr, const tern_type *x, const tern_type *y);
    bool epilogue; /* takes a fused elementwise expression on its (single) result */
    /* Extents that depend on data (tern_infer_data_extent) are found by computing: yt has their
     * bounds, and the reference or tactic writes the extents.  False: infer gives them when it sees
     * the contents of the shape operands. */
    bool counts;
    double (*cost)(const void *attr, const tern_type *x, int32_t x_count,
                   const tern_type *y); /* flops; NULL: volume */

    tern_control control;
    int32_t scalar; /* kernel/scalar.def id of an elementwise operator, else 0 */
};

/* NULL when there is none (ids come from files). */
const tern_op *tern_op_find(uint32_t id);
const tern_op *tern_op_by_name(const char *name, size_t length);
uint32_t tern_op_id_of(const tern_op *op);

/* All operators in id order: i from 0 until NULL. */
const tern_op *tern_op_at(size_t i);

/*
 * Full inference of one node: arity, type rule, then op->infer.  Returns BAD_SHAPE, UNSUPPORTED
 * (type) or INVALID_ARGUMENT with a message that begins with in->who.
 */
tern_status tern_op_infer(tern_infer *in);

/* Helpers for infer functions; messages name who, operand, axis and both sides. */
tern_status tern_axis_normalize(int64_t *axis, int32_t rank, const char *who);
tern_status tern_infer_same_rank(const tern_infer *in, int32_t a, int32_t b);
/* Broadcast by 1 of equal ranks; symbolic extents must be the same expression, or one of them 1. */
tern_status tern_infer_broadcast(const tern_infer *in, int32_t a, int32_t b, tern_type *y);
bool tern_infer_fail_dims(const tern_infer *in, int32_t operand,
                          tern_text *out); /* prints name and shape; true */

/* The constant operand's element (0-d or one element) as a number; false when absent, not constant
 * or no integer. */
bool tern_infer_constant_int(const tern_infer *in, int32_t operand, int64_t *out_value);

/*
 * Contents of shape tensors.  count: elements of a type that may have contents (integers or bool,
 * static, at most TERN_CONTENT_MAX), else -1.  of: operand i's elements, or NULL when not known.
 */
int32_t tern_content_count(const tern_type *t);
const tern_dim *tern_content_of(const tern_infer *in, int32_t operand);

/*
 * The extent of result y along `axis` when only the contents of tensors tell it: 0..bound, the same
 * expression each time the node is inferred.  False where no extent may depend on data (y_before).
 */
bool tern_infer_data_extent(const tern_infer *in, int32_t y, int32_t axis, tern_dim bound,
                            tern_dim *out_extent);

/*
 * A shape operand's elements (1-d integers); UNSUPPORTED with a sentence when they are not known,
 * BAD_SHAPE when there are more than TERN_MAX_RANK.
 */
tern_status tern_infer_shape_operand(const tern_infer *in, int32_t operand,
                                     const tern_dim **out_dims, int32_t *out_count);

/* Name of operand i for messages: `input "x"`, `kernel "w"`. */
const char *tern_infer_operand_name(const tern_infer *in, int32_t operand, char *buffer,
                                    size_t size);

/* outer x extent x inner around `axis` of a numbers-only type. */
void tern_rows(const tern_type *t, int64_t axis, int64_t *out_outer, int64_t *out_length,
               int64_t *out_inner);

#endif
