/* SPDX-License-Identifier: Apache-2.0
 *
 * An elementwise chain while it grows.  Slot numbers of a tern_expr depend on how many constants
 * and operands it has in the end, so sources are kept by kind here and numbered by
 * tern_chain_finish.
 */
#ifndef TERN_PASS_CHAIN_H
#define TERN_PASS_CHAIN_H

#include "pass/pass.h"

typedef enum tern_chain_kind {
    TERN_CHAIN_ACC,
    TERN_CHAIN_CONST,
    TERN_CHAIN_OPERAND,
    TERN_CHAIN_TEMP
} tern_chain_kind;

typedef struct tern_chain_source {
    tern_chain_kind kind;
    int32_t index;
} tern_chain_source;

typedef struct tern_chain_instr {
    uint8_t opcode;
    tern_chain_source dst, source[3];
} tern_chain_instr;

typedef struct tern_chain {
    tern_class class_; /* of everything in it */
    int32_t instr_count, const_count, operand_count, temp_count;
    tern_expr_const constants[TERN_EXPR_SLOTS];
    tern_value_id operands[TERN_EXPR_SLOTS];
    tern_chain_instr instrs[TERN_EXPR_MAX_INSTRS];
} tern_chain;

/* What a node's fused expression does, behind what is there already.  False: no room. */
bool tern_chain_add_epilogue(tern_chain *c, const tern_graph *g, const tern_node *n);

/* What a scalar operator does; its operand `acc` is the accumulator.  `may_read`: constants of one
 * element may become constants of the expression.  False with a reason: no room, or nothing an
 * expression can hold. */
bool tern_chain_add_scalar(tern_chain *c, const tern_graph *g, const tern_node *n,
                           tern_value_id acc, bool may_read, const char **why_not);

/* Makes the chain the node's fused expression. */
tern_status tern_chain_finish(const tern_chain *c, tern_graph *g, tern_node_id node);

#endif
