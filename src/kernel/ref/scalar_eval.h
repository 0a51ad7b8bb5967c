/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_eval.h: the oracle of scalar expressions, one element at a time; included after a prelude
   with
     T             the type it computes in
     SUFFIX        f64, i64 or u64
     FIELD         the member of tern_expr_const that holds a T */
#define JOIN_(stem, suffix) stem##_##suffix
#define JOIN(stem, suffix) JOIN_(stem, suffix)

T JOIN(tern_scalar_eval, SUFFIX)(uint32_t opcode, T x, T y, T z)
{
    const T s[3] = {x, y, z};
#define TERN_SCALAR(id, name, operands, attrs, result, classes, ulp, lanes, defaults, onnx, trt,   \
                    ...)                                                                           \
    K_ROW_##classes(case (id)                                                                      \
                    : {                                                                            \
                        const T a = s[(operands) % 3], b = s[((operands) + 1) % 3];                \
                        (void)a;                                                                   \
                        (void)b;                                                                   \
                        return __VA_ARGS__;                                                        \
                    })
    switch (opcode) {
#include "../scalar.def"
    }
    return (T)0;
}

T JOIN(tern_expr_eval, SUFFIX)(const tern_expr *expr, T acc, const T *operands)
{
    T slot[TERN_EXPR_SLOTS] = {0};
    slot[0] = acc;
    for (uint32_t i = 0; i < expr->const_count; i++) {
        slot[1 + i] = expr->constants[i].FIELD;
    }
    for (uint32_t i = 0; i < expr->operand_count; i++) {
        slot[1 + expr->const_count + i] = operands[i];
    }
    for (uint32_t i = 0; i < expr->instr_count; i++) {
        const tern_expr_instr *in = &expr->instrs[i];
        slot[in->dst] =
            JOIN(tern_scalar_eval, SUFFIX)(in->opcode, slot[in->a], slot[in->b], slot[in->c]);
    }
    return slot[0];
}

#undef JOIN
#undef JOIN_
