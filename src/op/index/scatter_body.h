/* SPDX-License-Identifier: Apache-2.0
 *
 * y op= x for one element as it lies: in the class's wide type, rounded once.
 */

static void NAME(apply)(int32_t reduction, tern_dtype dtype, const void *x, void *y)
{
    T a, b;
    tern_widen(dtype, y, 1, &a);
    tern_widen(dtype, x, 1, &b);
    switch ((tern_scatter_reduction)reduction) {
    case TERN_SCATTER_ADD: a = NAME(wrap_add)(a, b); break;
    case TERN_SCATTER_MUL: a = NAME(wrap_mul)(a, b); break;
    case TERN_SCATTER_MIN: a = NAME(wrap_min)(a, b); break;
    case TERN_SCATTER_MAX: a = NAME(wrap_max)(a, b); break;
    case TERN_SCATTER_SET: a = b; break;
    }
    tern_narrow(dtype, &a, 1, y);
}
