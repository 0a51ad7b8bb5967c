/* SPDX-License-Identifier: Apache-2.0
 *
 * Elementwise operators and fused expressions on the CPU: the eltwise kernel, tile by tile.  A
 * scalar operator becomes an expression of one instruction over its operands; its epilogue is a
 * second pass over the tile while that is in L1.
 */
#include "op/eltwise/eltwise.h"
#include "op/registry.h"
#include "op/tile_cpu.h"

#include <string.h>

typedef struct job {
    const tern_launch *launch;
    const tern_eltwise_kernel *kernel;
    const tern_expr *expr; /* NULL: the epilogue alone, on operand 0 */
    tern_tiles tiles;
} job;

static bool is_f32(const tern_problem *p, const char **why_not)
{
    for (int32_t i = 0; i < p->x_count; i++) {
        if (p->x[i].dtype != TERN_DTYPE_F32) {
            return tern_decline(why_not, "an operand is not f32");
        }
    }
    if (p->y[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "the result is not f32");
    }
    if (p->x_count > TERN_TILES_MAX_OPERANDS) {
        return tern_decline(why_not, "too many operands");
    }
    if (tern_eltwise_find(tern_isa_mask(p->isa)) == NULL) {
        return tern_decline(why_not, "no kernel for this instruction set");
    }
    return true;
}

/* y = opcode(operands..., attributes...): constants in slots 1.., operands behind them. */
static void write_expr(const tern_problem *p, tern_expr *e)
{
    const tern_scalar_info *const info = tern_scalar_find((uint32_t)p->op->scalar);
    const tern_eltwise_attr *const attr = p->attr;
    memset(e, 0, sizeof *e);
    e->const_count = info->attr_count;
    e->operand_count = info->operand_count;
    if (info->attr_count > 0) {
        e->constants[0].f = attr->alpha;
    }
    if (info->attr_count > 1) {
        e->constants[1].f = attr->beta;
    }
    uint8_t slots[3] = {0};
    uint8_t used = 0;
    for (uint8_t i = 0; i < info->operand_count; i++) {
        slots[used++] = (uint8_t)(1 + info->attr_count + i);
    }
    for (uint8_t i = 0; i < info->attr_count; i++) {
        slots[used++] = (uint8_t)(1 + i);
    }
    e->instr_count = 1;
    e->instrs[0] = (tern_expr_instr){
        .opcode = info->id, .dst = 0, .a = slots[0], .b = slots[1], .c = slots[2]};
}

static void run_expr(const job *j, const tern_tile *tile)
{
    const tern_launch *const l = j->launch;
    tern_expr expr = *j->expr;
    tern_expr_operand operands[TERN_EXPR_SLOTS];
    for (int32_t i = 0; i < expr.operand_count; i++) {
        expr.broadcast[i] = tile->broadcast[i];
        operands[i] =
            (tern_expr_operand){.data = (const float *)l->x[i] + tile->at[i],
                                .row_stride_bytes = (size_t)tile->row_stride[i] * sizeof(float)};
    }
    float *const y = (float *)l->y[0] + tile->y_at;
    const tern_expr_tile call = {.rows = tile->rows,
                                 .columns = tile->columns,
                                 .src = y, /* never read: the instruction takes operands only */
                                 .src_stride_bytes = (size_t)tile->y_row_stride * sizeof(float),
                                 .dst = y,
                                 .dst_stride_bytes = (size_t)tile->y_row_stride * sizeof(float),
                                 .operands = operands};
    j->kernel->run(&expr, &call);
}

/* The epilogue with operand 0 as what comes in. */
static void run_fused(const job *j, const tern_tile *tile)
{
    const tern_launch *const l = j->launch;
    tern_expr expr = *l->problem->epilogue;
    tern_expr_operand operands[TERN_EXPR_SLOTS];
    for (int32_t i = 0; i < expr.operand_count; i++) {
        expr.broadcast[i] = tile->broadcast[1 + i];
        operands[i] = (tern_expr_operand){.data = (const float *)l->x[1 + i] + tile->at[1 + i],
                                          .row_stride_bytes =
                                              (size_t)tile->row_stride[1 + i] * sizeof(float)};
    }
    const size_t stride_bytes = (size_t)tile->y_row_stride * sizeof(float);
    const tern_expr_tile call = {.rows = tile->rows,
                                 .columns = tile->columns,
                                 .src = (const float *)l->x[0] + tile->y_at,
                                 .src_stride_bytes = stride_bytes,
                                 .dst = (float *)l->y[0] + tile->y_at,
                                 .dst_stride_bytes = stride_bytes,
                                 .operands = operands};
    j->kernel->run(&expr, &call);
}

static void run_tile(void *arg, int64_t chunk, int participant)
{
    const job *const j = arg;
    const tern_problem *const p = j->launch->problem;
    tern_tile tile;
    (void)participant;
    tern_tiles_at(&j->tiles, chunk, &tile);
    if (j->expr == NULL) {
        run_fused(j, &tile);
        return;
    }
    run_expr(j, &tile);
    if (p->epilogue != NULL) {
        tern_tile_epilogue(p, &tile, p->own_count, j->launch->x + p->own_count, j->launch->y[0]);
    }
}

static tern_status run_job(job *j)
{
    const tern_problem *const p = j->launch->problem;
    j->kernel = tern_eltwise_find(tern_isa_mask(p->isa));
    if (!tern_tiles_make(&p->y[0], p->x, p->x_count, &j->tiles)) {
        return tern_fail(TERN_INTERNAL, "%s: %d operands do not fit", p->op->name, (int)p->x_count);
    }
    tern_team_each(j->launch->team, j->tiles.count, run_tile, j);
    return TERN_OK;
}

static tern_status run_scalar(const tern_launch *l)
{
    tern_expr expr;
    write_expr(l->problem, &expr);
    job j = {.launch = l, .expr = &expr};
    return run_job(&j);
}

const tern_tactic tern_cpu_scalar[] = {
    {.name = "eltwise_f32_tile", .isa = TERN_ISA_REF, .accepts = is_f32, .run = run_scalar},
    {.name = NULL},
};

/* ---- fused ---- */

static bool has_epilogue(const tern_problem *p, const char **why_not)
{
    if (p->epilogue == NULL) {
        return tern_decline(why_not, "there is no expression");
    }
    return is_f32(p, why_not);
}

static tern_status run_fused_op(const tern_launch *l)
{
    job j = {.launch = l};
    return run_job(&j);
}

const tern_tactic tern_cpu_fused[] = {
    {.name = "eltwise_f32_tile", .isa = TERN_ISA_REF, .accepts = has_epilogue, .run = run_fused_op},
    {.name = NULL},
};
