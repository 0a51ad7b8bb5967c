/* SPDX-License-Identifier: Apache-2.0
 *
 * Batched matrix product, for one class: plain sums, matrices addressed by strides.
 */

static void NAME(run)(const tern_ref *r)
{
    tern_matmul_shape s;
    tern_matmul_resolve(r->attr, r->xt, &s);
    T *y = r->y[0];
    for (int64_t batch = 0; batch < s.batch; batch++) {
        int64_t a_offset, b_offset;
        tern_matmul_offsets(&s, batch, &a_offset, &b_offset);
        const T *a = (const T *)r->x[0] + a_offset, *b = (const T *)r->x[1] + b_offset;
        for (int64_t m = 0; m < s.m; m++) {
            for (int64_t n = 0; n < s.n; n++) {
                T sum = 0;
                for (int64_t k = 0; k < s.k; k++) {
                    const T product = NAME(wrap_mul)(a[m * s.a_row_stride + k * s.a_column_stride],
                                                     b[k * s.b_row_stride + n * s.b_column_stride]);
                    sum = NAME(wrap_add)(sum, product);
                }
                *y++ = sum;
            }
        }
    }
}
