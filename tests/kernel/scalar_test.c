/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_test.c: scalar.def itself, the oracles' own rules (they have no other oracle: expected
   values are written down), and what makes an expression valid. */
#include "check.h"

#include <math.h>

TERN_TEST(scalar_rows_have_their_pinned_ids)
{
    CHECK_INT(TERN_SCALAR_relu, 1);
    CHECK_INT(TERN_SCALAR_gelu_tanh, 14);
    CHECK_INT(TERN_SCALAR_exp, 20);
    CHECK_INT(TERN_SCALAR_isnan, 44);
    CHECK_INT(TERN_SCALAR_add, 50);
    CHECK_INT(TERN_SCALAR_less, 63);
    CHECK_INT(TERN_SCALAR_celu, 84);
    CHECK_INT(TERN_SCALAR_bit_and, 85);
    CHECK_INT(TERN_SCALAR_swish, 92);
    CHECK(tern_scalar_find(0) == NULL);
    CHECK(tern_scalar_find(255) == NULL);
    int count = 0;
    for (uint32_t id = 0; id < 256; id++) {
        const tern_scalar_info *info = tern_scalar_find(id);
        if (info != NULL) {
            count++;
            CHECK_INT(info->id, (int)id);
            CHECK(info->operand_count >= 1 && info->operand_count + info->attr_count <= 3);
        }
    }
    CHECK_INT(count, 14 + 25 + 14 + 23);
    CHECK_TEXT(tern_scalar_find(TERN_SCALAR_leaky_relu)->body,
               "K_IF(K_GE(x, K(0)), x, K_MUL(a, x))");
}

#define F(opcode, x, y, z) tern_scalar_eval_f64(TERN_SCALAR_##opcode, x, y, z)
#define I(opcode, x, y, z) tern_scalar_eval_i64(TERN_SCALAR_##opcode, x, y, z)
#define U(opcode, x, y, z) tern_scalar_eval_u64(TERN_SCALAR_##opcode, x, y, z)

/* TensorRT's formulas, written out. */
TERN_TEST(scalar_activations_follow_their_formulas)
{
    const double by = 1e-15;
    CHECK_NEAR(F(relu, -2, 0, 0), 0.0, 0.0);
    CHECK_NEAR(F(sigmoid, 1.5, 0, 0), 1 / (1 + exp(-1.5)), by);
    CHECK_NEAR(F(tanh, 0.5, 0, 0), tanh(0.5), by);
    CHECK_NEAR(F(leaky_relu, -2, 0.25, 0), -0.5, 0.0);
    CHECK_NEAR(F(elu, -1, 2, 0), 2 * (exp(-1.0) - 1), by);
    CHECK_NEAR(F(selu, -1, 1.5, 1.25), 1.25 * (1.5 * exp(-1.0) - 1.5), by);
    CHECK_NEAR(F(selu, 2, 1.5, 1.25), 2.5, 0.0);
    CHECK_NEAR(F(softsign, -3, 0, 0), -0.75, 0.0);
    CHECK_NEAR(F(softplus, 0.5, 2, 3), 2 * log(exp(1.5) + 1), 4 * by);
    CHECK_NEAR(F(clip, 5, -1, 3), 3.0, 0.0);
    CHECK_NEAR(F(clip, -5, -1, 3), -1.0, 0.0);
    CHECK_NEAR(F(hard_sigmoid, 1, 0.25, 0.5), 0.75, 0.0);
    CHECK_NEAR(F(hard_sigmoid, 9, 0.25, 0.5), 1.0, 0.0);
    CHECK_NEAR(F(scaled_tanh, 0.5, 2, 3), 2 * tanh(1.5), by);
    CHECK_NEAR(F(thresholded_relu, 0.5, 0.5, 0), 0.0, 0.0);
    CHECK_NEAR(F(thresholded_relu, 0.75, 0.5, 0), 0.75, 0.0);
    CHECK_NEAR(F(gelu_erf, 1, 0, 0), 0.84134474606854292578, by);
    CHECK_NEAR(F(gelu_tanh, 1, 0, 0), 0.5 * (1 + tanh(sqrt(2 / acos(-1.0)) * 1.044715)), by);
    CHECK_NEAR(F(hard_swish, 1, 0, 0), 4.0 / 6.0, by);
    CHECK_NEAR(F(celu, -1, 2, 0), 2 * (exp(-0.5) - 1), by);
    CHECK_NEAR(F(mish, 1, 0, 0), tanh(log(1 + exp(1.0))), by);
    CHECK_NEAR(F(swish, -1.5, 0.75, 0), -1.5 / (1 + exp(1.125)), by);
    CHECK_NEAR(F(swish, 1.5, 0.75, 0), 1.5 / (1 + exp(-1.125)), by);
    CHECK_NEAR(F(shrink, 2, 1, 0.5), 1.5, 0.0);
    CHECK_NEAR(F(shrink, -2, 1, 0.5), -1.5, 0.0);
    CHECK_NEAR(F(shrink, -1, 1, 0.5), 0.0, 0.0);
}

TERN_TEST(scalar_nan_stays_in_max_min_relu_and_clip)
{
    const double nan = (double)NAN;
    CHECK(isnan(F(max, nan, 1, 0)) && isnan(F(max, 1, nan, 0)));
    CHECK(isnan(F(min, nan, 1, 0)) && isnan(F(min, 1, nan, 0)));
    CHECK(isnan(F(relu, nan, 0, 0)) && isnan(F(clip, nan, -1, 1)));
    CHECK_NEAR(F(isnan, nan, 0, 0), 1.0, 0.0);
    CHECK_NEAR(F(isinf, -HUGE_VAL, 0, 0), 1.0, 0.0);
    CHECK_NEAR(F(equal, nan, nan, 0), 0.0, 0.0);
    CHECK_NEAR(F(not_equal, nan, nan, 0), 1.0, 0.0);
}

TERN_TEST(scalar_floats_round_and_divide_as_documented)
{
    CHECK_NEAR(F(round, 2.5, 0, 0), 2.0, 0.0);
    CHECK_NEAR(F(round, -3.5, 0, 0), -4.0, 0.0);
    CHECK_NEAR(F(floor_div, -7, 2, 0), -4.0, 0.0);
    CHECK_NEAR(F(mod, -7, 3, 0), 2.0, 0.0);
    CHECK_NEAR(F(fmod, -7, 3, 0), -1.0, 0.0);
    CHECK_NEAR(F(sign, -0.5, 0, 0), -1.0, 0.0);
    CHECK_NEAR(F(select, 1, 5, 6), 5.0, 0.0);
    CHECK_NEAR(F(mul_add, 2, 3, 4), 10.0, 0.0);
}

TERN_TEST(scalar_whole_numbers_wrap_and_never_trap)
{
    CHECK_INT(I(add, INT64_MAX, 1, 0), INT64_MIN);
    CHECK_INT(I(mul, INT64_MIN, -1, 0), INT64_MIN);
    CHECK_INT(I(neg, INT64_MIN, 0, 0), INT64_MIN);
    CHECK_INT(I(abs, INT64_MIN, 0, 0), INT64_MIN);
    CHECK_INT(I(div, INT64_MIN, -1, 0), INT64_MIN);
    CHECK_INT(I(div, 7, 0, 0), 0);
    CHECK_INT(I(div, -7, 2, 0), -3);
    CHECK_INT(I(floor_div, -7, 2, 0), -4);
    CHECK_INT(I(floor_div, 7, -2, 0), -4);
    CHECK_INT(I(floor_div, -8, 2, 0), -4);
    CHECK_INT(I(floor_div, 5, 0, 0), 0);
    CHECK_INT(I(mod, -7, 3, 0), 2);
    CHECK_INT(I(mod, 7, -3, 0), -2);
    CHECK_INT(I(mod, 7, 0, 0), 0);
    CHECK_INT(I(fmod, -7, 3, 0), -1);
    CHECK_INT(I(fmod, INT64_MIN, -1, 0), 0);
    CHECK_INT(I(pow, -3, 3, 0), -27);
    CHECK_INT(I(pow, 2, -1, 0), 0);
    CHECK_INT(I(pow, -1, -3, 0), -1);
    CHECK_INT(I(pow, 7, 0, 0), 1);
    CHECK_INT(I(relu, -7, 0, 0), 0);
    CHECK_INT(I(sign, -7, 0, 0), -1);
    CHECK_INT(I(less, -1, 0, 0), 1);
    CHECK_INT(I(bit_and, 12, -7, 0), 8);
    CHECK_INT(I(bit_or, 12, -7, 0), -3);
    CHECK_INT(I(bit_xor, 12, -7, 0), -11);
    CHECK_INT(I(bit_not, 12, 0, 0), -13);
    CHECK_INT(I(max, -1, 1, 0), 1);
    CHECK_UINT(U(sub, 0, 1, 0), UINT64_MAX);
    CHECK_UINT(U(max, UINT64_MAX, 1, 0), UINT64_MAX);
    CHECK_UINT(U(less, UINT64_MAX, 1, 0), 0);
    CHECK_UINT(U(shift_left, 5, 3, 0), 40);
    CHECK_UINT(U(shift_right, UINT64_MAX, 60, 0), 15);
    CHECK_UINT(U(div, UINT64_MAX, UINT64_MAX, 0), 1);
    CHECK_UINT(U(floor_div, UINT64_MAX, 2, 0), UINT64_MAX / 2);
    CHECK_UINT(U(sign, UINT64_MAX, 0, 0), 1);
}

TERN_TEST(scalar_bools_are_one_and_zero)
{
    for (uint64_t x = 0; x < 2; x++) {
        CHECK_UINT(U(not, x, 0, 0), !x);
        for (uint64_t y = 0; y < 2; y++) {
            CHECK_UINT(U(and, x, y, 0), x & y);
            CHECK_UINT(U(or, x, y, 0), x | y);
            CHECK_UINT(U(xor, x, y, 0), x ^ y);
            CHECK_UINT(U(equal, x, y, 0), x == y);
        }
    }
}

/* relu(x * 2 + p0), through a temporary. */
static tern_expr example(void)
{
    tern_expr e = {.instr_count = 2, .const_count = 1, .operand_count = 1};
    e.constants[0].f = 2.0;
    e.instrs[0] = (tern_expr_instr){TERN_SCALAR_mul_add, 3, 0, 1, 2};
    e.instrs[1] = (tern_expr_instr){TERN_SCALAR_relu, 0, 3, 0, 0};
    return e;
}

TERN_TEST(expr_evaluates_in_every_class)
{
    tern_expr e = example();
    CHECK(tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    CHECK_NEAR(tern_expr_eval_f64(&e, 3.0, (double[]){0.5}), 6.5, 0.0);
    CHECK_NEAR(tern_expr_eval_f64(&e, -3.0, (double[]){0.5}), 0.0, 0.0);
    e.constants[0].i = 2;
    CHECK(tern_expr_is_valid(&e, TERN_SCALAR_CLASS_I));
    CHECK_INT(tern_expr_eval_i64(&e, 3, (int64_t[]){-1}), 5);
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_U)); /* no relu there */
    e.instrs[1].opcode = TERN_SCALAR_square;
    CHECK(tern_expr_is_valid(&e, TERN_SCALAR_CLASS_U));
    CHECK_UINT(tern_expr_eval_u64(&e, 3, (uint64_t[]){1}), 49);
}

TERN_TEST(expr_with_a_fault_is_not_valid)
{
    tern_expr e = example();
    e.instrs[0].opcode = 0;
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.instrs[0].dst = 1; /* a constant */
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.instrs[0].a = 4; /* never written */
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.instrs[0].a = 16;
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.instrs[1].b = 3; /* relu takes one */
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.instr_count = 33;
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.const_count = 8;
    e.operand_count = 8;
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
    e = example();
    e.broadcast[0] = 4;
    CHECK(!tern_expr_is_valid(&e, TERN_SCALAR_CLASS_F));
}
