/* SPDX-License-Identifier: Apache-2.0
 *
 * Running sums and products along an axis, for one class.
 */

static void NAME(run)(const tern_ref *r)
{
    const tern_cumulative_attr *const a = r->attr;
    const T *const x = r->x[0];
    T *const y = r->y[0];
    int64_t outer, length, inner;
    tern_rows(&r->xt[0], axis_of(r), &outer, &length, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            T total = a->op == TERN_CUMULATIVE_SUM ? 0 : 1;
            for (int64_t k = 0; k < length; k++) {
                const int64_t at =
                    (o * length + (a->reverse != 0 ? length - 1 - k : k)) * inner + i;
                const T next = a->op == TERN_CUMULATIVE_SUM ? NAME(wrap_add)(total, x[at])
                                                            : NAME(wrap_mul)(total, x[at]);
                y[at] = a->exclusive != 0 ? total : next;
                total = next;
            }
        }
    }
}
