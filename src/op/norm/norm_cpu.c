/* SPDX-License-Identifier: Apache-2.0
 *
 * norm on the CPU, where the elements normalized together lie side by side: a row.  Per row: the
 * mean, the differences from it (into the result), their mean square, then scale and bias over
 * pieces of the row on which scale and bias are either one number or one number per element.
 *
 *     layer      one piece, a number per element        instance   one piece, one number
 *     group      a piece per channel, one number each
 */
#include "base/bits.h"
#include "op/gemm/gemm_cpu.h"
#include "op/norm/norm.h"

#include <math.h>

/* How scale or bias lies against the rows. */
typedef enum factor_kind {
    FACTOR_NONE,
    FACTOR_ONE,     /* one number for everything */
    FACTOR_ELEMENT, /* one per element of a row, the same for all rows */
    FACTOR_PIECE    /* one per piece, in the order of pieces within an image */
} factor_kind;

/* The rows of a call. */
typedef struct norm_rows {
    int64_t rows, length;     /* length elements are normalized together */
    int64_t pieces;           /* per row */
    int64_t pieces_per_image; /* FACTOR_PIECE starts again after so many */
} norm_rows;

static int32_t lowest_axis(const tern_norm_attr *a)
{
    return tern_bit_lowest(a->axes);
}

/* Are the averaged axes the last ones? */
static bool rows_of(const tern_problem *p, norm_rows *out)
{
    const tern_norm_attr *a = p->attr;
    const tern_type *x = &p->x[0];
    const int32_t first = lowest_axis(a);
    *out = (norm_rows){.rows = 1, .length = 1, .pieces = 1, .pieces_per_image = 1};
    for (int32_t i = 0; i < x->rank; i++) {
        const bool is_averaged = (a->axes >> i & 1u) != 0;
        if (i >= first && !is_averaged) {
            return false;
        }
        *(is_averaged ? &out->length : &out->rows) *= x->dims[i];
    }
    if (first > 0) {
        out->pieces_per_image = x->dims[first - 1];
    }
    if (a->groups > 1) {
        out->pieces = x->dims[first - 1] / a->groups;
        out->rows /= out->pieces;
        out->length *= out->pieces;
    }
    return true;
}

/* FACTOR_NONE when absent; false: in a way that the rows do not have. */
static bool factor_of(const tern_problem *p, int32_t operand, factor_kind *out)
{
    *out = FACTOR_NONE;
    if (operand >= p->own_count || p->x[operand].dtype == 0) {
        return true;
    }
    const tern_norm_attr *a = p->attr;
    const tern_type *x = &p->x[0], *f = &p->x[operand];
    const int32_t first = lowest_axis(a);
    bool is_one = true, is_element = true, is_piece = true;
    for (int32_t i = 0; i < x->rank; i++) {
        const bool is_averaged = (a->axes >> i & 1u) != 0;
        is_one = is_one && f->dims[i] == 1;
        is_element = is_element && f->dims[i] == (is_averaged ? x->dims[i] : 1);
        is_piece = is_piece && f->dims[i] == (i == first - 1 ? x->dims[i] : 1);
    }
    is_element = is_element && a->groups <= 1;
    *out = is_one ? FACTOR_ONE : is_element ? FACTOR_ELEMENT : FACTOR_PIECE;
    return is_one || is_element || is_piece;
}

static bool accepts(const tern_problem *p, const char **why_not)
{
    norm_rows rows;
    factor_kind scale, bias;
    if (p->x[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "operands are not f32");
    }
    if (!rows_of(p, &rows)) {
        return tern_decline(why_not, "the averaged axes are not the last ones");
    }
    if (!factor_of(p, 1, &scale) || !factor_of(p, 2, &bias)) {
        return tern_decline(why_not, "scale or bias is neither per element nor per channel");
    }
    return true;
}

/* One call: what the chunks read. */
typedef struct norm_run {
    norm_rows rows;
    int64_t rows_per_chunk;
    double epsilon;
    bool is_rms;
    const float *x, *scale, *bias;
    float *y;
    factor_kind scale_kind, bias_kind;
    const tern_reduce_kernel *sum, *sum_squares;
    void (*eltwise)(const tern_expr *expr, const tern_expr_tile *tile);
    tern_expr center, finish;
} norm_run;

/* An absent factor is not computed with, but every operand has to have an address. */
static const float *factor_at(factor_kind kind, const float *factor, int64_t piece,
                              const float *none)
{
    return kind == FACTOR_NONE ? none : kind == FACTOR_PIECE ? factor + piece : factor;
}

static void run_row(const norm_run *r, int64_t row)
{
    const int64_t length = r->rows.length, piece_length = length / r->rows.pieces;
    const size_t row_bytes = (size_t)length * sizeof(float);
    const float *x = r->x + row * length;
    float *y = r->y + row * length, mean = 0.0f, variance = 0.0f;
    tern_reduce_f32 reduce = {.src = x,
                              .src_stride_bytes = row_bytes,
                              .dst = &mean,
                              .rows = 1,
                              .columns = length,
                              .scale = 1.0f};
    if (!r->is_rms) {
        r->sum->run(&reduce);
        mean /= (float)length; /* exact where the sum is: 1 / length would round first */
    }
    tern_expr_operand operands[3] = {{.data = &mean}};
    tern_expr_tile tile = {.rows = 1,
                           .columns = length,
                           .src = x,
                           .src_stride_bytes = row_bytes,
                           .dst = y,
                           .dst_stride_bytes = row_bytes,
                           .operands = operands};
    r->eltwise(&r->center, &tile);
    reduce.src = y;
    reduce.dst = &variance;
    r->sum_squares->run(&reduce);
    const float by = (float)(1.0 / sqrt((double)variance / (double)length + r->epsilon));
    operands[0].data = &by;
    tile.columns = piece_length;
    for (int64_t i = 0; i < r->rows.pieces; i++) {
        const int64_t piece = (row * r->rows.pieces + i) % r->rows.pieces_per_image;
        operands[1].data = factor_at(r->scale_kind, r->scale, piece, &by);
        operands[2].data = factor_at(r->bias_kind, r->bias, piece, &by);
        tile.src = y + i * piece_length;
        tile.dst = y + i * piece_length;
        r->eltwise(&r->finish, &tile);
    }
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    (void)participant;
    const norm_run *r = arg;
    const int64_t first = chunk * r->rows_per_chunk;
    const int64_t end =
        first + r->rows_per_chunk < r->rows.rows ? first + r->rows_per_chunk : r->rows.rows;
    for (int64_t i = first; i < end; i++) {
        run_row(r, i);
    }
}

/* acc = acc - operand 0;  acc = acc * operand 0 [* operand 1] [+ operand 2]. */
static void make_expressions(norm_run *r)
{
    const uint8_t scale_how =
        r->scale_kind == FACTOR_ELEMENT ? TERN_BROADCAST_ROW : TERN_BROADCAST_SCALAR;
    const uint8_t bias_how =
        r->bias_kind == FACTOR_ELEMENT ? TERN_BROADCAST_ROW : TERN_BROADCAST_SCALAR;
    r->center = (tern_expr){.instr_count = 1,
                            .operand_count = 1,
                            .broadcast = {TERN_BROADCAST_SCALAR},
                            .instrs = {{.opcode = TERN_SCALAR_sub, .b = 1}}};
    r->finish = (tern_expr){.instr_count = 1,
                            .operand_count = 3,
                            .broadcast = {TERN_BROADCAST_SCALAR, scale_how, bias_how},
                            .instrs = {{.opcode = TERN_SCALAR_mul, .b = 1}}};
    if (r->scale_kind != FACTOR_NONE) {
        r->finish.instrs[r->finish.instr_count++] =
            (tern_expr_instr){.opcode = TERN_SCALAR_mul, .b = 2};
    }
    if (r->bias_kind != FACTOR_NONE) {
        r->finish.instrs[r->finish.instr_count++] =
            (tern_expr_instr){.opcode = TERN_SCALAR_add, .b = 3};
    }
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    enum { CHUNK_ELEMENTS = 1 << 14 };
    const tern_problem *p = l->problem;
    const tern_norm_attr *a = p->attr;
    norm_run r = {
        .epsilon = a->epsilon,
        .is_rms = a->rms != 0,
        .x = l->x[0],
        .scale = p->own_count > 1 ? l->x[1] : NULL,
        .bias = p->own_count > 2 ? l->x[2] : NULL,
        .y = l->y[0],
        .sum = tern_reduce_find(TERN_REDUCE_sum, 1u << isa),
        .sum_squares = tern_reduce_find(TERN_REDUCE_sum_squares, 1u << isa),
        .eltwise = tern_eltwise_find(1u << isa)->run,
    };
    (void)rows_of(p, &r.rows);
    (void)factor_of(p, 1, &r.scale_kind);
    (void)factor_of(p, 2, &r.bias_kind);
    if (r.rows.rows == 0 || r.rows.length == 0) {
        return TERN_OK;
    }
    make_expressions(&r);
    r.rows_per_chunk = CHUNK_ELEMENTS / (r.rows.length + 1) + 1;
    tern_run_chunks(l->team, tern_ceil_div(r.rows.rows, r.rows_per_chunk), run_chunk, &r);
    return TERN_OK;
}

#include "op/for_each_isa.h"

/* clang-format off */
#define ROWS(token)                                                                               \
    TERN_BUILT_##token({.name = "norm_rows_" #token,                                              \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .run = run_##token},)

const tern_tactic tern_cpu_norm[] = {
    ROWS(avx512)
    ROWS(avx2)
    ROWS(ref)
    {.name = NULL},
};
/* clang-format on */
