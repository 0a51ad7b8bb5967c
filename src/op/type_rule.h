/* SPDX-License-Identifier: Apache-2.0
 *
 * Type rules, parsed: "T, T, T? -> T; T: f32 f16" (the language is described at tern_op.types).
 */
#ifndef TERN_OP_TYPE_RULE_H
#define TERN_OP_TYPE_RULE_H

#include "op/op.h"

/* One operand or result. */
typedef struct tern_type_slot {
    char letter;      /* 'T', or 0: fixed (or, a result with no types, set by infer) */
    bool is_optional; /* "T?" */
    bool repeats;     /* "T*": any number from here on, the last operand only */
    uint32_t types;   /* allowed element types: bit 1 << tern_dtype */
} tern_type_slot;

typedef struct tern_type_rule {
    int32_t x_count, y_count;
    tern_type_slot x[TERN_OP_MAX_FIXED_INPUTS];
    tern_type_slot y[TERN_OP_MAX_OUTPUTS];
} tern_type_rule;

/* False when the text is no rule: a bug of the descriptor, which a test looks for. */
bool tern_type_rule_parse(const char *text, tern_type_rule *out_rule);

/* The slot of operand i; a repeating last slot serves all that follow.  NULL: there is none. */
const tern_type_slot *tern_type_rule_operand(const tern_type_rule *rule, int32_t i);

/* "f32 f16" into buffer, which is returned. */
const char *tern_types_text(uint32_t types, char *buffer, size_t size);

#endif
