/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance run: one call of an operator with random operands, made from a case (op/cases.h)
 * and an element type.
 */
#ifndef TERN_TESTS_OP_CONFORM_H
#define TERN_TESTS_OP_CONFORM_H

#include "op/cases.h"
#include "op/tactic.h"

enum { CALL_MAX_X = 24, CALL_MAX_Y = 4 };

typedef struct call {
    const tern_op *op;
    const tern_op_case *spec;
    tern_dtype dtype; /* of the type rule's first letter; 0: it has none */
    tern_arena arena;
    tern_dim_table dims;
    void *attr;
    int32_t own_count, x_count, y_count; /* x_count: the epilogue's operands too */
    tern_type x[CALL_MAX_X], y[CALL_MAX_Y];
    void *data[CALL_MAX_X];
    const void *constant[CALL_MAX_X]; /* bytes known while building */
    const tern_dim *content[CALL_MAX_X];
    tern_expr expr;
    bool has_epilogue;
    double *magnitude; /* TERN_CASE_SUMS: result 0 for the operands' absolute values, else NULL */
    void *want[CALL_MAX_Y]; /* the reference's results before rounding; movers': elements */
    int64_t extents[CALL_MAX_Y][TERN_MAX_RANK]; /* of an operator that counts: what it found */
} call;

/* The types a case is run with: bits 1 << tern_dtype; 1 when the rule has no letter. */
uint32_t call_types(const tern_op *op, const tern_op_case *spec);

/* Operands, inference.  False: the case is refused, as it should be or with a failure noted. */
bool call_begin(call *c, const tern_op *op, const tern_op_case *spec, tern_dtype dtype);
void call_end(call *c);

/* Number of fused expressions this call can take, 0 being none; then computes `want` with the
 * given one. */
int call_epilogues(const call *c);
void call_expect(call *c, int epilogue);

/* The result's type with the extents that were found. */
tern_type call_found(const call *c, int32_t result);

tern_problem call_problem(const call *c, tern_isa isa, bool with_constants);

/* Notes a failure where `got` differs from `want` by more than the type's tolerance (exactly: not
 * at all). */
bool call_compare(const call *c, const tern_tactic *t, tern_isa isa, int32_t result,
                  const void *got, bool is_exact);

#endif
