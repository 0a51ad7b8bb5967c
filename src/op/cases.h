/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases: what op/<folder>/cases.c lists and tests/op runs for every element type,
 * tactic and instruction set. Linked into tests only.  Each row of ops.def needs a table `const
 * tern_op_case tern_cases_<name>[]`.
 *
 *     const tern_op_case tern_cases_softmax[] = {
 *         {"rows", "[3,17]", "{axis=1}"},
 *         {"specials", "[4,8]", NULL, .flags = TERN_CASE_SPECIALS},
 *         {NULL},
 *     };
 */
#ifndef TERN_OP_CASES_H
#define TERN_OP_CASES_H

#include <stdint.h>

/* Some elements of floating-point operands are NaN, infinite, -0 or subnormal. */
#define TERN_CASE_SPECIALS 1u
/* infer must refuse it (once, whatever the type). */
#define TERN_CASE_REFUSED 2u
/* Only the types of the rule's letters that are floating-point. */
#define TERN_CASE_FLOATS 4u
/* Results are sums of many terms: errors are relative to the sum of the terms' magnitudes, not to
 * the result. */
#define TERN_CASE_SUMS 8u

typedef struct tern_op_case {
    const char *name; /* unique in the operator; NULL ends the table */

    /*
     * Operands, separated by blanks:
     *   [2,3]                   the element type under test, or the usual one there
     *   i64[2]                  this type
     *   i64[2]=0,3              these elements
     *   [8,3,3,3]!              a constant while building (weights)
     *   -                       absent
     */
    const char *x;
    const char *attr; /* "{stride=[2,2]}", or NULL for the defaults */
    double low, high; /* range of the elements; both 0: -4..4 */
    double tolerance; /* factor on the type's tolerance; 0: 1 */
    uint32_t flags;
} tern_op_case;

#endif
