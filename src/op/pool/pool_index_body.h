/* SPDX-License-Identifier: Apache-2.0
 *
 * Largest element of each window and its place in the plane, for one class.
 */

static void NAME(window)(const tern_spatial *s, bool column_major, const T *plane, const int64_t *o,
                         T *best, int64_t *index)
{
    const tern_spatial_axis *a = s->axis;
    for (int64_t t = 0; t < tern_spatial_kernel_volume(s); t++) {
        const int64_t z = tern_spatial_tap(&a[0], o[0], t / (a[1].kernel * a[2].kernel));
        const int64_t y = tern_spatial_tap(&a[1], o[1], t / a[2].kernel % a[1].kernel);
        const int64_t x = tern_spatial_tap(&a[2], o[2], t % a[2].kernel);
        if (z < 0 || z >= a[0].in || y < 0 || y >= a[1].in || x < 0 || x >= a[2].in) {
            continue;
        }
        const T v = plane[(z * a[1].in + y) * a[2].in + x];
        if (*index < 0 || v > *best || (NAME(is_nan)(v) && !NAME(is_nan)(*best))) {
            *best = v;
            *index =
                column_major ? (x * a[1].in + y) * a[0].in + z : (z * a[1].in + y) * a[2].in + x;
        }
    }
}

static void NAME(run)(const tern_ref *r)
{
    const pool_index_attr *a = r->attr;
    const tern_spatial_spec spec = spec_of(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, &r->xt[0], &r->yt[0], &s);
    const int64_t planes = s.batch * s.in_channels, volume = tern_spatial_in_volume(&s);
    T *best = r->y[0];
    int64_t *index = r->y[1], o[TERN_SPATIAL_MAX];
    for (int64_t p = 0; p < planes; p++) {
        const T *plane = (const T *)r->x[0] + p * volume;
        for (o[0] = 0; o[0] < s.axis[0].out; o[0]++) {
            for (o[1] = 0; o[1] < s.axis[1].out; o[1]++) {
                for (o[2] = 0; o[2] < s.axis[2].out; o[2]++, best++, index++) {
                    *best = NAME(lowest)((tern_dtype)r->xt[0].dtype);
                    *index = -1;
                    NAME(window)(&s, a->column_major != 0, plane, o, best, index);
                    *index = *index < 0 ? -1 : *index + p * volume;
                }
            }
        }
    }
}
