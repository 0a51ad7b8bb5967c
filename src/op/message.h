/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of error messages that every operator's infer needs: an operand with its role, name and
 * shape as one text, so that a message stays one tern_fail call.
 */
#ifndef TERN_OP_MESSAGE_H
#define TERN_OP_MESSAGE_H

#include "op/op.h"

#define TERN_OPERAND_TEXT_BYTES 288

static inline bool tern_infer_has(const tern_infer *in, int32_t operand)
{
    return operand < in->x_count && in->x[operand].dtype != 0;
}

/* `kernel "w" [64,3,7,7]`; returns the buffer. */
static inline const char *tern_operand_text(const tern_infer *in, int32_t operand,
                                            char buffer[TERN_OPERAND_TEXT_BYTES])
{
    tern_text text;
    tern_text_init_fixed(&text, buffer, TERN_OPERAND_TEXT_BYTES);
    (void)tern_infer_fail_dims(in, operand, &text);
    return tern_text_get(&text);
}

/* One extent as text: a number or an expression. */
#define TERN_EXTENT_TEXT_BYTES 96
static inline const char *tern_extent_text(const tern_infer *in, tern_dim extent,
                                           char buffer[TERN_EXTENT_TEXT_BYTES])
{
    tern_text text;
    tern_text_init_fixed(&text, buffer, TERN_EXTENT_TEXT_BYTES);
    tern_dim_print(&text, in->dims, extent);
    return tern_text_get(&text);
}

#endif
