/* SPDX-License-Identifier: Apache-2.0
 *
 * Equations of einsum, parsed: `bij,bjk->bik`.  Labels are letters; "..." stands for the axes that
 * have none, which broadcast from the back.  Without an arrow the result has those, and then the
 * labels that occur once, in order.
 */
#ifndef TERN_OP_EINSUM_EQUATION_H
#define TERN_OP_EINSUM_EQUATION_H

#include "op/op.h"

enum { TERN_EINSUM_TERMS = 32, TERN_EINSUM_LETTERS = 52, TERN_EINSUM_LABELS = 52 + TERN_MAX_RANK };

typedef struct tern_einsum_attr {
    tern_chars equation;
} tern_einsum_attr;

/*
 * A label is a letter's place in A..Z a..z, or LETTERS + k for the k-th axis of an ellipsis
 * counted from the back.
 */
typedef struct tern_einsum_term {
    int32_t rank;
    uint8_t labels[TERN_MAX_RANK];
} tern_einsum_term;

typedef struct tern_equation {
    int32_t count; /* operands */
    tern_einsum_term x[TERN_EINSUM_TERMS];
    tern_einsum_term y;
} tern_equation;

/* `ranks`: the operands'. */
tern_status tern_equation_parse(const char *text, const int32_t *ranks, int32_t count,
                                const char *who, tern_equation *out);

#endif
