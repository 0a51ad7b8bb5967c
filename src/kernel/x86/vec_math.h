/* SPDX-License-Identifier: Apache-2.0 */
/* vec_math.h: elementary functions over any vec_<isa>.h. Polynomials are Chebyshev fits of the
   function named beside them, made for these intervals; largest errors are the ulp column of
   scalar.def, checked against double. */
#ifndef TERN_KERNEL_VEC_MATH_H
#define TERN_KERNEL_VEC_MATH_H

#define V_INF_BITS 0x7f800000
#define V_NAN_BITS 0x7fc00000
#define V_LN2_HI 0.693147182464599609375f /* ln 2 rounded to float, and what that leaves */
#define V_LN2_LO (-1.904654323148236e-9f)

/* NaN wins in both. */
TERN_KERNEL_INLINE VF v_max(VF x, VF y)
{
    return v_if(v_ne(x, x), x, v_max_or_y(x, y));
}

TERN_KERNEL_INLINE VF v_min(VF x, VF y)
{
    return v_if(v_ne(x, x), x, v_min_or_y(x, y));
}

/* c[0] + c[1] x + ... + c[n-1] x^(n-1) */
TERN_KERNEL_INLINE VF v_poly(VF x, const float *c, int n)
{
    VF y = v_set1(c[n - 1]);
    TERN_KERNEL_UNROLL
    for (int i = n - 2; i >= 0; i--) {
        y = v_fma(y, x, v_set1(c[i]));
    }
    return y;
}

/* x = n ln2 + r, |r| <= ln2 / 2. Returns e^r - 1; x is cut to where e^x is 0 or infinite, NaN
   stays. */
TERN_KERNEL_INLINE VF v_exp_parts(VF x, VF *out_n)
{
    static const float c[] = {0.50000000167f, 0.16666573382f, 0.041666495701f, 0.0083637738744f,
                              0.0013930479092f}; /* (e^r - 1 - r) / r^2 */
    const VF y = v_max_or_y(v_set1(-105.0f), v_min_or_y(v_set1(90.0f), x));
    const VF n = v_round(v_mul(y, v_set1(1.44269504088896341f)));
    const VF r = v_fma(n, v_set1(-V_LN2_LO), v_fma(n, v_set1(-V_LN2_HI), y));
    *out_n = n;
    return v_fma(v_mul(r, r), v_poly(r, c, 5), r);
}

TERN_KERNEL_INLINE VF v_exp(VF x)
{
    VF n;
    const VF part = v_exp_parts(x, &n);
    return v_scale(v_add(part, v_set1(1.0f)), n);
}

/* 2^n (e^r - 1) + (2^n - 1), halved on the way because 2^128 is not a float. */
TERN_KERNEL_INLINE VF v_expm1(VF x)
{
    VF n;
    const VF part = v_exp_parts(x, &n);
    const VF half = v_scale(v_set1(0.5f), n);
    return v_mul(v_set1(2.0f), v_fma(half, part, v_sub(half, v_set1(0.5f))));
}

TERN_KERNEL_INLINE VF v_log(VF x)
{
    static const float c[] = {0.33333333145f,  -0.25000056835f,  0.20000141783f,
                              -0.16660809636f, 0.14268255241f,   -0.12639361161f,
                              0.11681360864f,  -0.095625062068f, 0.042877249018f};
    VF e; /* c: (log(1 + f) - f + f^2 / 2) / f^3 */
    const VF f = v_sub(v_split(x, &e), v_set1(1.0f));
    const VF f2 = v_mul(f, f);
    VF y = v_fma(e, v_set1(V_LN2_LO), v_mul(v_mul(f2, f), v_poly(f, c, 9)));
    y = v_fma(f2, v_set1(-0.5f), y);
    y = v_fma(e, v_set1(V_LN2_HI), v_add(f, y));
    const VF inf = v_bits(V_INF_BITS);
    const VF edge = v_if(v_eq(x, v_zero()), v_neg(inf), v_bits(V_NAN_BITS));
    return v_if(v_lt(v_zero(), x), v_if(v_eq(x, inf), inf, y), edge);
}

/* log of the rounded 1 + x, plus what the rounding took away. */
TERN_KERNEL_INLINE VF v_log1p(VF x)
{
    const VF one = v_set1(1.0f);
    const VF u = v_add(x, one);
    const VF lost = v_div(v_sub(x, v_sub(u, one)), u);
    const VF y = v_if(v_eq(u, v_bits(V_INF_BITS)), u, v_add(v_log(u), lost));
    return v_if(v_eq(u, one), x, v_if(v_eq(u, v_zero()), v_log(u), y));
}

TERN_KERNEL_INLINE VF v_tanh(VF x)
{
    static const float c[] = {-0.33333328944f, 0.13332769737f, -0.053850909579f, 0.020997178999f,
                              -0.0060967141659f}; /* (tanh(x) / x - 1) / x^2 of x^2 */
    const VF size = v_abs(x), x2 = v_mul(x, x), one = v_set1(1.0f);
    const VF inner = v_fma(v_mul(x, x2), v_poly(x2, c, 5), x);
    const VF power = v_exp(v_add(size, size));
    const VF outer = v_sub(one, v_div(v_set1(2.0f), v_add(power, one)));
    const VF signed_outer = v_if(v_lt(x, v_zero()), v_neg(outer), outer);
    return v_if(v_lt(size, v_set1(0.625f)), inner, signed_outer);
}

TERN_KERNEL_INLINE VF v_erf(VF x)
{
    static const float near[] = {1.1283791658f,    -0.37612626667f,  0.11283594715f,
                                 -0.026854212011f, 0.0051890874234f, -0.00080168642872f,
                                 7.8758750627e-5f};
    static const float far[] = {-0.00032013804968f, 1.1302334348f,    0.63182605156f,
                                0.11008008295f,     -0.026421136006f, 0.0047595962933f,
                                -0.00059680562566f, 4.6058042689e-5f, -1.6371514146e-6f};
    /* near: erf(x) / x of x^2 up to 1;  far: -log(1 - erf(x)) from 1 to 4, where erf is 1 in float
       */
    const VF size = v_abs(x), one = v_set1(1.0f);
    const VF inner = v_mul(x, v_poly(v_mul(x, x), near, 7));
    const VF cut = v_min_or_y(v_set1(4.0f), size);
    const VF outer = v_sub(one, v_exp(v_neg(v_poly(cut, far, 9))));
    const VF signed_outer = v_if(v_lt(x, v_zero()), v_neg(outer), outer);
    return v_if(v_lt(size, one), inner, signed_outer);
}

/* The quotient may have been rounded up to a whole number: the remainder then has the wrong sign.
   */
TERN_KERNEL_INLINE VF v_floor_div(VF x, VF y)
{
    const VF whole = v_floor(v_div(x, y));
    const VF rest = v_fma(v_neg(whole), y, x);
    const VF below = v_sub(whole, v_set1(1.0f));
    const VF if_y_positive = v_if(v_lt(rest, v_zero()), below, whole);
    const VF if_y_negative = v_if(v_lt(v_zero(), rest), below, whole);
    return v_if(v_lt(y, v_zero()), if_y_negative, if_y_positive);
}

#endif
