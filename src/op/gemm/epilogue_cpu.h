/* SPDX-License-Identifier: Apache-2.0
 *
 * A node's fused expression as a CPU tactic applies it: the few hot forms go into the registers of
 * a product tile, every other one runs over the finished tile while it is in L1.
 *
 * An operand of the expression is one number, one number per channel, or a tensor like the result.
 */
#ifndef TERN_OP_GEMM_EPILOGUE_CPU_H
#define TERN_OP_GEMM_EPILOGUE_CPU_H

#include "kernel/table.h"
#include "op/tactic.h"

typedef enum tern_epilogue_kind {
    TERN_EPILOGUE_NONE,
    TERN_EPILOGUE_REGISTERS, /* bias and residual (or NULL) added, then clamped when is_clamped */
    TERN_EPILOGUE_TILE       /* the interpreter */
} tern_epilogue_kind;

typedef struct tern_epilogue {
    tern_epilogue_kind kind;
    bool is_clamped;
    float lo, hi;
    const float *bias;     /* per channel */
    const float *residual; /* laid out as the result */
    void (*run)(const tern_expr *expr, const tern_expr_tile *tile);
    const float *operands[TERN_EXPR_SLOTS];
    tern_expr expr; /* broadcasts as tiles see them; TILE only */
} tern_epilogue;

/* How an operator computes its tiles. */
enum {
    TERN_EPILOGUE_CHANNEL_IS_ROW = 1, /* channels are the rows of tiles; else their columns */
    TERN_EPILOGUE_TAKES_BIAS = 2,     /* it has no bias of its own, and its kernels can add one */
};

/* Can an epilogue of this problem be applied?  `channel_axis` is that of the
   result, or -1. */
bool tern_epilogue_accepts(const tern_problem *p, int32_t channel_axis, const char **why_not);

/* For one run; `how` are flags from above. */
void tern_epilogue_prepare(const tern_launch *l, int32_t channel_axis, uint32_t how, tern_isa isa,
                           tern_epilogue *out);

/* A rectangle of the result, in place. */
typedef struct tern_epilogue_area {
    float *c;
    size_t c_stride_bytes;
    int64_t rows, columns;
    int64_t channel; /* of its first row or column */
    int64_t offset;  /* of its first element in the result, in elements */
} tern_epilogue_area;

/* Applies a TILE epilogue; with other kinds does nothing. */
void tern_epilogue_run(const tern_epilogue *e, const tern_epilogue_area *area);

/* Applies any kind; for operators whose kernels have no register epilogue. */
void tern_epilogue_run_any(const tern_epilogue *e, const tern_epilogue_area *area);

/* The flags and fields of a product tile whose first element is `offset` in the result; 0 when
   there is nothing. */
static inline uint32_t tern_epilogue_tile_flags(const tern_epilogue *e)
{
    if (e->kind != TERN_EPILOGUE_REGISTERS) {
        return 0;
    }
    return (e->residual != NULL ? TERN_GEMM_RESIDUAL : 0u) | (e->is_clamped ? TERN_GEMM_CLAMP : 0u);
}

#endif
