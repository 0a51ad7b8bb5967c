/* SPDX-License-Identifier: Apache-2.0 */
/* eltwise_test.c: every scalar expression through every tile interpreter, and random chains,
   against the oracle. */
#include "check.h"

#include <math.h>

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #variant "_" #isa}, )
static const struct {
    const char *name;
} tile_rows[] = {
#include "kernel/eltwise.def"
};

/* Where arguments are worth trying: the middle, the edges of the domain, and what is special. */
static float argument(uint32_t i)
{
    const float specials[] = {0.0f,        -0.0f,        1.0f,   -1.0f,  INFINITY,    -INFINITY,
                              NAN,         0.5f,         2.5f,   -3.5f,  88.7f,       -87.0f,
                              1e-38f,      -1e-38f,      1e-40f, 1e38f,  16777216.0f, 1.25e38f,
                              3.14159274f, -1.57079637f, 355.0f, 710.0f, 8191.0f,     9000.0f,
                              1e-4f,       0.75f,        1.5f,   0.625f, 4.0f};
    const double random = tern_test_random_double(-1, 1);
    if (i < TERN_COUNT_OF(specials)) {
        return specials[i];
    }
    switch (i % 5) {
    case 0: return (float)random;
    case 1: return (float)(random * 10);
    case 2: return (float)(random * 100);
    case 3: return (float)pick(-9, 9);
    default: return (float)ldexp(random, (int)pick(-40, 40));
    }
}

/* A bool where the row takes bools. */
static float operand(const tern_scalar_info *info, uint32_t which, uint32_t i)
{
    const bool is_bool =
        info->classes == TERN_SCALAR_CLASS_B || (info->id == TERN_SCALAR_select && which == 0);
    return is_bool ? (float)(tern_test_random() & 1u)
                   : argument(which == 0 ? i : (i * 7 + which) % 4096);
}

enum { COUNT = 4096 };
static float in[3][COUNT], out[COUNT];

static tern_expr one_instr(const tern_scalar_info *info)
{
    tern_expr e = {.instr_count = 1};
    const uint32_t inputs = (uint32_t)info->operand_count + info->attr_count;
    const float attrs[2] = {0.75f, 2.0f}; /* b * x is exact */
    e.const_count = info->attr_count;
    e.operand_count = (uint8_t)(info->operand_count - 1);
    uint8_t slots[3] = {0, 0, 0};
    for (uint32_t i = 1; i < inputs; i++) {
        slots[i] = (uint8_t)i; /* there are attributes or further operands, never both */
        if (info->attr_count > 0) {
            e.constants[i - 1].f = (double)attrs[i - 1];
        }
    }
    e.instrs[0] = (tern_expr_instr){info->id, 0, slots[0], slots[1], slots[2]};
    return e;
}

static void check_rows(const tern_eltwise_kernel *kernel, const tern_scalar_info *info)
{
    const tern_expr e = one_instr(info);
    CHECK(tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    for (uint32_t i = 0; i < COUNT; i++) {
        for (uint32_t which = 0; which < 3; which++) {
            in[which][i] = operand(info, which, i);
        }
    }
    const tern_expr_operand operands[2] = {{in[1], 0}, {in[2], 0}};
    const tern_expr_tile tile = {1, COUNT, in[0], 0, out, 0, operands};
    kernel->run(&e, &tile);
    double worst = 0.0;
    for (uint32_t i = 0; i < COUNT; i++) {
        const double values[2] = {(double)in[1][i], (double)in[2][i]};
        const double want = (double)(float)tern_expr_eval_f64(&e, (double)in[0][i], values);
        double size = 0.0;
        if (info->ulp_of_inputs) {
            size = fabs((double)in[0][i]);
            size = info->operand_count > 1 ? fmax(size, fabs(values[0])) : size;
            size = isfinite(size) ? size : 0.0;
        }
        if (!is_near((double)out[i], want, info->max_ulp, size)) {
            const double off = fabs((double)out[i] - want);
            if (!(off <= worst)) {
                worst = off;
                FAIL("%s(%.9g, %.9g, %.9g) is %.9g, not %.9g", info->name, (double)in[0][i],
                     values[0], values[1], (double)out[i], want);
            }
        }
    }
}

TERN_TEST_ROWS(eltwise_every_scalar, tile_rows)
{
    const tern_eltwise_kernel *kernel = &tern_eltwise_kernels[row];
    CHECK_TEXT(kernel->name, tile_rows[row].name);
    need_isa(kernel->isa);
    for (uint32_t id = 1; id < 256; id++) {
        const tern_scalar_info *info = tern_scalar_find(id);
        if (info != NULL && (info->classes & (TERN_SCALAR_CLASS_F | TERN_SCALAR_CLASS_B)) != 0) {
            check_rows(kernel, info);
        }
    }
}

/* Chains of operations that double and float agree on closely, whatever their order. */
static tern_expr random_chain(void)
{
    static const uint8_t opcodes[] = {TERN_SCALAR_add,     TERN_SCALAR_mul,  TERN_SCALAR_max,
                                      TERN_SCALAR_min,     TERN_SCALAR_sub,  TERN_SCALAR_mul_add,
                                      TERN_SCALAR_relu,    TERN_SCALAR_abs,  TERN_SCALAR_neg,
                                      TERN_SCALAR_square,  TERN_SCALAR_tanh, TERN_SCALAR_clip,
                                      TERN_SCALAR_sigmoid, TERN_SCALAR_sin};
    tern_expr e = {.instr_count = (uint8_t)pick(0, 12), .const_count = (uint8_t)pick(0, 3)};
    e.operand_count = (uint8_t)pick(0, 4);
    for (uint32_t i = 0; i < e.const_count; i++) {
        e.constants[i].f = (double)(float)tern_test_random_double(-1, 1);
    }
    for (uint32_t i = 0; i < e.operand_count; i++) {
        e.broadcast[i] = (uint8_t)pick(0, 3);
    }
    const uint8_t first_free = (uint8_t)(1 + e.const_count + e.operand_count);
    uint8_t readable = first_free;
    for (uint32_t i = 0; i < e.instr_count; i++) {
        tern_expr_instr *instr = &e.instrs[i];
        instr->opcode = opcodes[pick(0, (int64_t)TERN_COUNT_OF(opcodes) - 1)];
        const tern_scalar_info *info = tern_scalar_find(instr->opcode);
        const uint32_t inputs = (uint32_t)info->operand_count + info->attr_count;
        uint8_t *slots[3] = {&instr->a, &instr->b, &instr->c};
        for (uint32_t k = 0; k < inputs; k++) {
            *slots[k] = (uint8_t)pick(0, readable - 1);
        }
        const bool is_temporary = pick(0, 1) == 0 && readable < TERN_EXPR_SLOTS;
        instr->dst = is_temporary ? readable++ : 0;
    }
    return e;
}

typedef struct chain {
    tern_expr expr;
    matrix src, dst, operand[4];
    tern_expr_operand operands[4];
} chain;

static chain chain_new(void)
{
    chain c = {.expr = random_chain()};
    const int64_t rows = pick(0, 4), columns = pick(0, 2) == 0 ? pick(0, 1500) : pick(0, 70);
    c.src = matrix_random(rows, columns, columns + pick(0, 2), -1, 1);
    for (uint32_t i = 0; i < c.expr.operand_count; i++) {
        matrix *m = &c.operand[i];
        switch ((tern_broadcast)c.expr.broadcast[i]) {
        case TERN_BROADCAST_FULL:
            *m = matrix_random(rows, columns, columns + pick(0, 2), -1, 1);
            break;
        case TERN_BROADCAST_ROW: *m = matrix_random(1, columns, columns, -1, 1); break;
        case TERN_BROADCAST_COLUMN: *m = matrix_random(rows, 1, pick(1, 3), -1, 1); break;
        case TERN_BROADCAST_SCALAR: *m = matrix_random(1, 1, 1, -1, 1); break;
        }
        c.operands[i] = (tern_expr_operand){m->data, matrix_stride_bytes(m)};
    }
    return c;
}

static double operand_at(const chain *c, uint32_t i, int64_t row, int64_t column)
{
    const matrix *m = &c->operand[i];
    switch ((tern_broadcast)c->expr.broadcast[i]) {
    case TERN_BROADCAST_FULL: return (double)matrix_at(m, row)[column];
    case TERN_BROADCAST_ROW: return (double)m->data[column];
    case TERN_BROADCAST_COLUMN: return (double)matrix_at(m, row)[0];
    case TERN_BROADCAST_SCALAR: break;
    }
    return (double)m->data[0];
}

static void check_chain(const chain *c)
{
    for (int64_t i = 0; i < c->src.rows; i++) {
        for (int64_t j = 0; j < c->src.columns; j++) {
            double values[4] = {0};
            for (uint32_t k = 0; k < c->expr.operand_count; k++) {
                values[k] = operand_at(c, k, i, j);
            }
            const double want =
                tern_expr_eval_f64(&c->expr, (double)matrix_at(&c->src, i)[j], values);
            const double got = (double)matrix_at(&c->dst, i)[j];
            if (fabs(want) < 1e6 && !is_near(got, want, 2000.0, 1.0)) {
                FAIL("[%lld][%lld] is %.9g, not %.9g", (long long)i, (long long)j, got, want);
                return;
            }
        }
    }
}

TERN_TEST_ROWS(eltwise_chains, tile_rows)
{
    const tern_eltwise_kernel *kernel = &tern_eltwise_kernels[row];
    need_isa(kernel->isa);
    for (int round = 0; round < 400; round++) {
        chain c = chain_new();
        CHECK(tern_expr_is_valid(&c.expr, TERN_SCALAR_CLASS_F));
        /* to fresh memory, over the accumulator, or over a full operand of the same stride */
        const int64_t where = pick(0, 2);
        const bool is_over_operand =
            where == 2 && c.expr.operand_count > 0 && c.expr.broadcast[0] == TERN_BROADCAST_FULL;
        c.dst = where == 1        ? matrix_copy(&c.src)
                : is_over_operand ? matrix_copy(&c.operand[0])
                                  : matrix_new(c.src.rows, c.src.columns, c.src.columns + 1);
        if (is_over_operand) {
            c.operands[0].data = c.dst.data;
        }
        const tern_expr_tile tile = {c.src.rows,
                                     c.src.columns,
                                     where == 1 ? c.dst.data : c.src.data,
                                     matrix_stride_bytes(&c.src),
                                     c.dst.data,
                                     matrix_stride_bytes(&c.dst),
                                     c.operands};
        kernel->run(&c.expr, &tile);
        check_chain(&c);
        matrix_delete(&c.src);
        matrix_delete(&c.dst);
        for (uint32_t i = 0; i < c.expr.operand_count; i++) {
            matrix_delete(&c.operand[i]);
        }
    }
}
