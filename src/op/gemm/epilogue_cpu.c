/* SPDX-License-Identifier: Apache-2.0
 *
 * Epilogues of CPU tiles: which expressions are hot forms, and how an operand lies in a tile.
 */
#include "op/gemm/epilogue_cpu.h"

#include <math.h>

enum { SCALAR, CHANNEL, FULL, OTHER };

/* How an operand of the expression broadcasts onto the result; last axes are aligned. */
static int32_t broadcast_of(const tern_type *operand, const tern_type *y, int32_t channel_axis)
{
    const int32_t skipped = y->rank - operand->rank;
    bool is_scalar = true, is_channel = channel_axis >= skipped, is_full = true;
    for (int32_t i = 0; i < y->rank; i++) {
        const int64_t extent = i < skipped ? 1 : operand->dims[i - skipped];
        is_scalar = is_scalar && extent == 1;
        is_channel = is_channel && extent == (i == channel_axis ? y->dims[i] : 1);
        is_full = is_full && extent == y->dims[i];
    }
    return is_scalar ? SCALAR : is_channel ? CHANNEL : is_full ? FULL : OTHER;
}

bool tern_epilogue_accepts(const tern_problem *p, int32_t channel_axis, const char **why_not)
{
    if (p->epilogue == NULL) {
        return true;
    }
    if (!tern_expr_is_valid(p->epilogue, TERN_SCALAR_CLASS_F)) {
        return tern_decline(why_not, "the epilogue is not a float expression");
    }
    for (int32_t i = p->own_count; i < p->x_count; i++) {
        if (p->x[i].dtype != TERN_DTYPE_F32 || p->x[i].layout != TERN_LAYOUT_LINEAR) {
            return tern_decline(why_not, "an epilogue operand is not linear f32");
        }
        if (broadcast_of(&p->x[i], &p->y[0], channel_axis) == OTHER) {
            return tern_decline(why_not,
                                "an epilogue operand is neither scalar, per channel nor full");
        }
    }
    return true;
}

static bool is_constant(const tern_expr *e, uint8_t slot)
{
    return slot >= 1 && slot <= e->const_count;
}

/* acc = clamp of acc, as one instruction? */
static bool is_clamp(const tern_expr *e, const tern_expr_instr *i, tern_epilogue *out)
{
    if (i->dst != 0 || i->a != 0) {
        return false;
    }
    if (i->opcode == TERN_SCALAR_relu) {
        out->lo = 0.0f;
        out->hi = INFINITY;
        return true;
    }
    if (i->opcode != TERN_SCALAR_clip || !is_constant(e, i->b) || !is_constant(e, i->c)) {
        return false;
    }
    out->lo = (float)e->constants[i->b - 1].f;
    out->hi = (float)e->constants[i->c - 1].f;
    return out->lo <= out->hi;
}

/* acc = acc + an operand, as one instruction?  Its number, else -1. */
static int32_t added_operand(const tern_expr *e, const tern_expr_instr *i)
{
    if (i->opcode != TERN_SCALAR_add || i->dst != 0 || (i->a != 0 && i->b != 0) || i->a == i->b) {
        return -1;
    }
    const int32_t operand = (i->a == 0 ? i->b : i->a) - 1 - e->const_count;
    return operand >= 0 && operand < e->operand_count ? operand : -1;
}

static void forget(tern_epilogue *out)
{
    out->is_clamped = false;
    out->lo = out->hi = 0.0f;
    out->bias = NULL;
    out->residual = NULL;
}

/* The forms [add per channel] [add full operand] [relu | clip]. */
static bool fits_registers(const tern_launch *l, int32_t channel_axis, bool takes_bias,
                           tern_epilogue *out)
{
    const tern_problem *p = l->problem;
    const tern_expr *e = p->epilogue;
    int32_t at = 0, operand;
    while (at < e->instr_count && (operand = added_operand(e, &e->instrs[at])) >= 0) {
        const int32_t x = p->own_count + operand;
        const int32_t how = broadcast_of(&p->x[x], &p->y[0], channel_axis);
        if (how == CHANNEL && takes_bias && out->bias == NULL && out->residual == NULL) {
            out->bias = l->x[x];
        } else if (how == FULL && out->residual == NULL) {
            out->residual = l->x[x];
        } else {
            return false;
        }
        at++;
    }
    out->is_clamped = at < e->instr_count && is_clamp(e, &e->instrs[at], out);
    return at + (out->is_clamped ? 1 : 0) == e->instr_count;
}

void tern_epilogue_prepare(const tern_launch *l, int32_t channel_axis, uint32_t how, tern_isa isa,
                           tern_epilogue *out)
{
    const tern_problem *p = l->problem;
    out->kind = TERN_EPILOGUE_NONE;
    forget(out);
    if (p->epilogue == NULL || p->epilogue->instr_count == 0) {
        return;
    }
    if (fits_registers(l, channel_axis, (how & TERN_EPILOGUE_TAKES_BIAS) != 0, out)) {
        out->kind = TERN_EPILOGUE_REGISTERS;
        return;
    }
    forget(out);
    const bool channel_is_row = (how & TERN_EPILOGUE_CHANNEL_IS_ROW) != 0;
    out->kind = TERN_EPILOGUE_TILE;
    out->expr = *p->epilogue;
    out->run = tern_eltwise_find(1u << isa)->run;
    for (int32_t i = 0; i < p->epilogue->operand_count; i++) {
        const int32_t x = p->own_count + i;
        const int32_t kind = broadcast_of(&p->x[x], &p->y[0], channel_axis);
        const uint8_t per_channel = channel_is_row ? TERN_BROADCAST_COLUMN : TERN_BROADCAST_ROW;
        out->operands[i] = l->x[x];
        out->expr.broadcast[i] = kind == SCALAR    ? (uint8_t)TERN_BROADCAST_SCALAR
                                 : kind == CHANNEL ? per_channel
                                                   : (uint8_t)TERN_BROADCAST_FULL;
    }
}

void tern_epilogue_run(const tern_epilogue *e, const tern_epilogue_area *area)
{
    if (e->kind != TERN_EPILOGUE_TILE) {
        return;
    }
    tern_expr_operand operands[TERN_EXPR_SLOTS];
    for (int32_t i = 0; i < e->expr.operand_count; i++) {
        const int32_t how = e->expr.broadcast[i];
        const bool is_full = how == TERN_BROADCAST_FULL;
        const int64_t skip = is_full                        ? area->offset
                             : how == TERN_BROADCAST_SCALAR ? 0
                                                            : area->channel;
        operands[i].data = e->operands[i] + skip;
        operands[i].row_stride_bytes = is_full ? area->c_stride_bytes : sizeof(float);
    }
    const tern_expr_tile tile = {
        .rows = area->rows,
        .columns = area->columns,
        .src = area->c,
        .src_stride_bytes = area->c_stride_bytes,
        .dst = area->c,
        .dst_stride_bytes = area->c_stride_bytes,
        .operands = operands,
    };
    e->run(&e->expr, &tile);
}

void tern_epilogue_run_any(const tern_epilogue *e, const tern_epilogue_area *area)
{
    if (e->kind != TERN_EPILOGUE_REGISTERS) {
        tern_epilogue_run(e, area);
        return;
    }
    for (int64_t i = 0; i < area->rows; i++) {
        float *c = (float *)(void *)((char *)area->c + (size_t)i * area->c_stride_bytes);
        const char *residual =
            (const char *)(e->residual != NULL ? e->residual + area->offset : NULL);
        const float *r =
            residual != NULL
                ? (const float *)(const void *)(residual + (size_t)i * area->c_stride_bytes)
                : NULL;
        for (int64_t j = 0; j < area->columns; j++) {
            float v = r != NULL ? c[j] + r[j] : c[j];
            if (e->is_clamped) {
                v = v < e->lo ? e->lo : v > e->hi ? e->hi : v;
            }
            c[j] = v;
        }
    }
}
