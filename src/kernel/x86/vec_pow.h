/* SPDX-License-Identifier: Apache-2.0 */
/* vec_pow.h: x^y over any vec_<isa>.h, after vec_math.h and vec_lane.h. 2^(y log2 x) needs the
   product to 2^-24 at sizes up to 128, more than float has, so logarithm and power are done in
   double. Polynomials are Chebyshev fits of what is written beside them. */

/* 2^(y (e + log2 m)), m in [0.75, 1.5) */
static VD power_of_parts(VD m, VD e, VD y)
{
    static const double log_c[] = {
        2.8853900817774259,  0.96179669482487825, 0.57707775548345797, 0.41222619661817808,
        0.31928393284313593, 0.29084674065255215}; /* 2 atanh(s) / s / ln 2 of s^2 */
    static const double exp_c[] = {0.99999999995890975,    0.69314718055678223,
                                   0.24022651219745797,    0.055504109068067352,
                                   0.0096180247818729238,  0.0013333477833756699,
                                   0.00015469994762702359, 1.5303905090584551e-5}; /* 2^g */
    const VD s = vd_div(vd_add(m, vd_set1(-1.0)), vd_add(m, vd_set1(1.0)));
    const VD s2 = vd_mul(s, s);
    VD log = vd_set1(log_c[5]);
    TERN_KERNEL_UNROLL
    for (int i = 4; i >= 0; i--) {
        log = vd_fma(log, s2, vd_set1(log_c[i]));
    }
    const VD t = vd_clamp(vd_mul(y, vd_fma(log, s, e)), -300.0, 300.0);
    const VD n = vd_round(t), g = vd_add(t, vd_mul(n, vd_set1(-1.0)));
    VD power = vd_set1(exp_c[7]);
    TERN_KERNEL_UNROLL
    for (int i = 6; i >= 0; i--) {
        power = vd_fma(power, g, vd_set1(exp_c[i]));
    }
    return vd_scale(power, n);
}

/* Zeros, infinities and NaN, which have rules of their own, are left to ref. */
TERN_KERNEL_INLINE VF v_pow(VF x, VF y)
{
    const VF inf = v_bits(V_INF_BITS), size = v_abs(x), one = v_set1(1.0f);
    VF e;
    const VF m = v_split(size, &e);
    const VD low = power_of_parts(vd_widen(m, false), vd_widen(e, false), vd_widen(y, false));
    const VD high = power_of_parts(vd_widen(m, true), vd_widen(e, true), vd_widen(y, true));
    const VF power = vd_narrow(low, high);
    const VF half = v_mul(y, v_set1(0.5f));
    const VF minus = v_if(v_ne(v_floor(half), half), v_neg(power), power); /* y odd, if whole */
    const VF below_0 = v_if(v_eq(v_floor(y), y), minus, v_bits(V_NAN_BITS));
    const VF result = v_if(v_lt(x, v_zero()), below_0, power);
    /* NaN in size or y: neither comparison is true */
    const VF regular = v_if(v_lt(size, inf), v_if(v_lt(v_abs(y), inf), one, v_zero()), v_zero());
    const VM is_special = v_ne(v_if(v_lt(v_zero(), size), regular, v_zero()), one);
    return v_any(is_special) ? v_if(is_special, v_by_lane(TERN_SCALAR_pow, x, y), result) : result;
}
