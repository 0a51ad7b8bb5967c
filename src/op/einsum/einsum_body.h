/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of products for one class.
 */

static void NAME(einsum)(const tern_ref *r)
{
    tern_equation e;
    loops l;
    int64_t index[TERN_EINSUM_LABELS] = {0}, at[TERN_EINSUM_TERMS] = {0}, count = 0;
    T *const y = r->y[0];
    if (parse(r->attr, r->xt, r->x_count, "einsum", &e) != TERN_OK) {
        return; /* infer has parsed it before */
    }
    (void)tern_type_volume(&r->yt[0], &count);
    make_loops(&e, r->xt, &l);
    bool is_empty = false;
    for (int32_t k = l.kept; k < l.count; k++) {
        is_empty = is_empty || l.extent[k] == 0;
    }
    for (int64_t o = 0; o < count; o++) {
        T sum = 0;
        bool goes_on = !is_empty;
        while (goes_on) {
            T product = 1;
            for (int32_t i = 0; i < e.count; i++) {
                product = NAME(wrap_mul)(product, ((const T *)r->x[i])[at[i]]);
            }
            sum = NAME(wrap_add)(sum, product);
            goes_on = next(&l, l.kept, l.count - 1, e.count, index, at);
        }
        y[o] = sum;
        (void)next(&l, 0, l.kept - 1, e.count, index, at);
    }
}
