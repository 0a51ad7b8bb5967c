/* SPDX-License-Identifier: Apache-2.0 */
/* scalar.c: scalar.def at run time, and the check that makes a tern_expr safe to run. */
#include "kernel.h"

enum {
    CLASSES_F = TERN_SCALAR_CLASS_F,
    CLASSES_B = TERN_SCALAR_CLASS_B,
    CLASSES_FI = TERN_SCALAR_CLASS_F | TERN_SCALAR_CLASS_I,
    CLASSES_FIU = CLASSES_FI | TERN_SCALAR_CLASS_U,
    CLASSES_IU = TERN_SCALAR_CLASS_I | TERN_SCALAR_CLASS_U,
    CLASSES_FIUB = CLASSES_FIU | TERN_SCALAR_CLASS_B,
};

enum { IS_BOOL_same = false, IS_BOOL_bool = true };
enum { HAS_LANES_none = false, HAS_LANES_single = false, HAS_LANES_vector = true };
enum { OF_INPUTS_RESULT = false, OF_INPUTS_OPERANDS = true };
#define ULP_FIELDS(n, of) .max_ulp = (n), .ulp_of_inputs = OF_INPUTS_##of

#define TERN_SCALAR(id_, name_, operands, attrs, result, classes_, ulp, lanes, defaults, onnx,     \
                    trt, ...)                                                                      \
    {.name = #name_,                                                                               \
     .body = #__VA_ARGS__,                                                                         \
     .id = (id_),                                                                                  \
     .operand_count = (operands),                                                                  \
     .attr_count = (attrs),                                                                        \
     .classes = CLASSES_##classes_,                                                                \
     .is_bool = IS_BOOL_##result,                                                                  \
     .has_lanes = HAS_LANES_##lanes,                                                               \
     ULP_FIELDS ulp},
static const tern_scalar_info infos[] = {
#include "scalar.def"
};

const tern_scalar_info *tern_scalar_find(uint32_t id)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].id == id) {
            return &infos[i];
        }
    }
    return NULL;
}

/* One instruction against the slots already written (bit i: slot i may be read). */
static bool instr_is_valid(const tern_expr_instr *in, tern_scalar_class kind, uint32_t readable,
                           uint32_t writable)
{
    const tern_scalar_info *info = tern_scalar_find(in->opcode);
    if (info == NULL || (info->classes & (kind | TERN_SCALAR_CLASS_B)) == 0) {
        return false;
    }
    const uint8_t slots[3] = {in->a, in->b, in->c};
    const uint32_t taken = (uint32_t)info->operand_count + info->attr_count;
    for (uint32_t i = 0; i < 3; i++) {
        if (slots[i] >= TERN_EXPR_SLOTS || (i >= taken && slots[i] != 0)) {
            return false;
        }
        if (i < taken && (readable >> slots[i] & 1u) == 0) {
            return false;
        }
    }
    return in->dst < TERN_EXPR_SLOTS && (writable >> in->dst & 1u) != 0;
}

bool tern_expr_is_valid(const tern_expr *expr, tern_scalar_class kind)
{
    const uint32_t given = 1u + expr->const_count + expr->operand_count; /* slots with a value */
    if (given > TERN_EXPR_SLOTS || expr->instr_count > TERN_EXPR_MAX_INSTRS) {
        return false;
    }
    for (uint32_t i = 0; i < expr->operand_count; i++) {
        if (expr->broadcast[i] > TERN_BROADCAST_SCALAR) {
            return false;
        }
    }
    uint32_t readable = (1u << given) - 1u;
    const uint32_t writable = ~readable | 1u;
    for (uint32_t i = 0; i < expr->instr_count; i++) {
        if (!instr_is_valid(&expr->instrs[i], kind, readable, writable)) {
            return false;
        }
        readable |= 1u << expr->instrs[i].dst;
    }
    return true;
}
