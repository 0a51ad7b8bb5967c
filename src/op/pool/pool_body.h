/* SPDX-License-Identifier: Apache-2.0
 *
 * Largest element of each window, for one class.  Padding takes no part; NaN wins; a window of
 * padding only gives the smallest value there is.
 */

static T NAME(window_max)(const tern_spatial *s, const T *plane, const int64_t *o, T lowest)
{
    const tern_spatial_axis *a = s->axis;
    const range z = taps_inside(&a[0], o[0]), y = taps_inside(&a[1], o[1]),
                x = taps_inside(&a[2], o[2]);
    T best = lowest;
    for (int64_t i = z.first; i < z.end; i += a[0].dilation) {
        for (int64_t j = y.first; j < y.end; j += a[1].dilation) {
            for (int64_t k = x.first; k < x.end; k += a[2].dilation) {
                best = NAME(wrap_max)(best, plane[(i * a[1].in + j) * a[2].in + k]);
            }
        }
    }
    return best;
}

static void NAME(max_planes)(const tern_spatial *s, const T *x, T *y, T lowest)
{
    const int64_t planes = s->batch * s->in_channels, in_volume = tern_spatial_in_volume(s);
    int64_t o[TERN_SPATIAL_MAX];
    for (int64_t p = 0; p < planes; p++) {
        for (o[0] = 0; o[0] < s->axis[0].out; o[0]++) {
            for (o[1] = 0; o[1] < s->axis[1].out; o[1]++) {
                for (o[2] = 0; o[2] < s->axis[2].out; o[2]++) {
                    *y++ = NAME(window_max)(s, x + p * in_volume, o, lowest);
                }
            }
        }
    }
}

static void NAME(run_max)(const tern_ref *r)
{
    const tern_pool_attr *a = r->attr;
    const tern_spatial_spec spec = tern_pool_spec(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, &r->xt[0], &r->yt[0], &s);
    NAME(max_planes)(&s, r->x[0], r->y[0], NAME(lowest)((tern_dtype)r->xt[0].dtype));
}
