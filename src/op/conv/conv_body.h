/* SPDX-License-Identifier: Apache-2.0
 *
 * Cross-correlation, for one class: plain sums over the window, in the order of the weights.
 */

/* The padded input: zero outside the image. */
static T NAME(pixel)(const tern_spatial *s, const T *plane, int64_t z, int64_t y, int64_t x)
{
    const tern_spatial_axis *a = s->axis;
    if (z < 0 || z >= a[0].in || y < 0 || y >= a[1].in || x < 0 || x >= a[2].in) {
        return 0;
    }
    return plane[(z * a[1].in + y) * a[2].in + x];
}

/* One window of one channel. */
static T NAME(window_sum)(const tern_spatial *s, const T *plane, const T *w, const int64_t *o)
{
    const tern_spatial_axis *a = s->axis;
    T sum = 0;
    for (int64_t i = 0; i < a[0].kernel; i++) {
        for (int64_t j = 0; j < a[1].kernel; j++) {
            for (int64_t k = 0; k < a[2].kernel; k++) {
                const T x =
                    NAME(pixel)(s, plane, tern_spatial_tap(&a[0], o[0], i),
                                tern_spatial_tap(&a[1], o[1], j), tern_spatial_tap(&a[2], o[2], k));
                sum = NAME(wrap_add)(sum, NAME(wrap_mul)(*w++, x));
            }
        }
    }
    return sum;
}

/* One output channel of one image: `x` and `w` begin at the group's first input channel. */
static void NAME(channel_plane)(const tern_spatial *s, int64_t channels, const T *x, const T *w,
                                T *y)
{
    const int64_t in_volume = tern_spatial_in_volume(s), taps = tern_spatial_kernel_volume(s);
    int64_t o[TERN_SPATIAL_MAX];
    for (o[0] = 0; o[0] < s->axis[0].out; o[0]++) {
        for (o[1] = 0; o[1] < s->axis[1].out; o[1]++) {
            for (o[2] = 0; o[2] < s->axis[2].out; o[2]++, y++) {
                for (int64_t c = 0; c < channels; c++) {
                    *y =
                        NAME(wrap_add)(*y, NAME(window_sum)(s, x + c * in_volume, w + c * taps, o));
                }
            }
        }
    }
}

static void NAME(run)(const tern_ref *r)
{
    const tern_conv_attr *a = r->attr;
    tern_spatial s;
    tern_conv_resolve(a, TERN_SPATIAL_CONV, r->xt, r->yt, &s);
    const T *x = r->x[0], *w = r->x[1], *bias = r->x_count > 2 ? r->x[2] : NULL;
    T *y = r->y[0];
    const int64_t in_volume = tern_spatial_in_volume(&s), out_volume = tern_spatial_out_volume(&s);
    const int64_t c_per_group = s.in_channels / a->groups, k_per_group = s.out_channels / a->groups;
    const int64_t filter = c_per_group * tern_spatial_kernel_volume(&s);
    for (int64_t b = 0; b < s.batch; b++) {
        for (int64_t k = 0; k < s.out_channels; k++) {
            T *plane = y + (b * s.out_channels + k) * out_volume;
            for (int64_t i = 0; i < out_volume; i++) {
                plane[i] = bias != NULL ? bias[k] : 0;
            }
            const int64_t first = k / k_per_group * c_per_group;
            NAME(channel_plane)
            (&s, c_per_group, x + (b * s.in_channels + first) * in_volume, w + k * filter, plane);
        }
    }
}
