/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators against results worked out by hand or from their published definition, never by the
 * code under test.  A row is text: operands, attributes, results.  The reference and every CPU
 * tactic that accepts the row have to give them.
 */
#ifndef TERN_TESTS_OP_HAND_H
#define TERN_TESTS_OP_HAND_H

#include "harness/harness.h"

enum { HAND_MOST_INPUTS = 8, HAND_MOST_OUTPUTS = 4 };

typedef struct hand_row {
    const char *name;
    const char *op, *attrs;          /* attrs NULL: none */
    const char *x[HAND_MOST_INPUTS]; /* "f32[2,2]: 1 2 3 4"; operands but the first are constants */
    const char *y[HAND_MOST_OUTPUTS];
    double by;         /* largest difference, relative to 1 + the larger of both; 0: equal */
    const char *error; /* instead of y: part of the message that inference gives */
} hand_row;

void hand_check(const hand_row *row);

#endif
