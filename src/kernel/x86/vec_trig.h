/* SPDX-License-Identifier: Apache-2.0 */
/* vec_trig.h: sine and cosine over any vec_<isa>.h, after vec_math.h and vec_lane.h. x is brought
   into -pi/4 .. pi/4 with pi/2 in three parts; arguments too large for that go to ref one by one.
   Polynomials are Chebyshev fits of what is written beside them. */

/* x = q pi/2 + r; quarter adds that many right angles to x. */
TERN_KERNEL_INLINE VF v_sine(VF x, float quarter, uint32_t opcode)
{
    static const float near[] = {-0.16666666664f, 0.0083333317857f, -0.00019840039113f,
                                 2.7243811975e-6f}; /* (sin r - r) / r^3 of r^2 */
    static const float top[] = {0.041666664537f, -0.001388827945f,
                                2.4542896337e-5f}; /* (cos r - 1 + r^2 / 2) / r^4 of r^2 */
    const VF q = v_round(v_mul(x, v_set1(0.63661977236758134308f)));
    VF r = v_fma(q, v_set1(-1.5707963705062866f), x);
    r = v_fma(q, v_set1(4.3711388286737929e-8f), r);
    r = v_fma(q, v_set1(1.7151245100058819e-15f), r);
    const VF r2 = v_mul(r, r);
    const VF sine = v_fma(v_mul(r, r2), v_poly(r2, near, 4), r);
    const VF half = v_fma(r2, v_set1(-0.5f), v_set1(1.0f));
    const VF cosine = v_fma(v_mul(r2, r2), v_poly(r2, top, 3), half);
    const VF turn = v_add(q, v_set1(quarter)), two = v_set1(2.0f);
    const VF halves = v_floor(v_mul(turn, v_set1(0.5f)));
    const VM is_odd = v_ne(turn, v_mul(halves, two));
    const VM is_negative = v_ne(halves, v_mul(v_floor(v_mul(halves, v_set1(0.5f))), two));
    const VF size = v_if(is_odd, cosine, sine);
    const VF y = v_if(is_negative, v_neg(size), size);
    const VM is_far = v_lt(v_set1(8192.0f), v_abs(x));
    return v_any(is_far) ? v_if(is_far, v_by_lane(opcode, x, x), y) : y;
}

TERN_KERNEL_INLINE VF v_sin(VF x)
{
    return v_sine(x, 0.0f, TERN_SCALAR_sin);
}

TERN_KERNEL_INLINE VF v_cos(VF x)
{
    return v_sine(x, 1.0f, TERN_SCALAR_cos);
}
