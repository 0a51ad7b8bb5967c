/* SPDX-License-Identifier: Apache-2.0
 *
 * conv: cross-correlation with zero padding, in groups; what is true of it on every device.  A
 * kernel of n sliding axes works on the last n axes of its input, the channel before them; all axes
 * before the channel are batch.
 *
 *     y[b, k, o] = bias[k] + sum over c, t of  w[k, c, t] * x[b, g * C/groups + c, i]
 *     i          = o * stride - pre_pad + t * dilation
 *
 * with o and t places and taps of all n axes, and g the group of output channel k.
 */
#include "op/conv/conv.h"

static tern_status infer(tern_infer *in)
{
    return tern_conv_infer(in, TERN_SPATIAL_CONV);
}

/* The padded input: zero outside the image. */
static double pixel(const tern_spatial *s, const double *plane, int64_t z, int64_t y, int64_t x)
{
    const tern_spatial_axis *a = s->axis;
    if (z < 0 || z >= a[0].in || y < 0 || y >= a[1].in || x < 0 || x >= a[2].in) {
        return 0.0;
    }
    return plane[(z * a[1].in + y) * a[2].in + x];
}

/* One window of one channel. */
static double window_sum(const tern_spatial *s, const double *plane, const double *w,
                         const int64_t *o)
{
    const tern_spatial_axis *a = s->axis;
    double sum = 0.0;
    for (int64_t i = 0; i < a[0].kernel; i++) {
        for (int64_t j = 0; j < a[1].kernel; j++) {
            for (int64_t k = 0; k < a[2].kernel; k++) {
                sum += *w++ * pixel(s, plane, tern_spatial_tap(&a[0], o[0], i),
                                    tern_spatial_tap(&a[1], o[1], j),
                                    tern_spatial_tap(&a[2], o[2], k));
            }
        }
    }
    return sum;
}

/* One output channel of one image: `x` and `w` begin at the group's first input channel. */
static void channel_plane(const tern_spatial *s, int64_t channels, const double *x, const double *w,
                          double *y)
{
    const int64_t in_volume = tern_spatial_in_volume(s), taps = tern_spatial_kernel_volume(s);
    int64_t o[TERN_SPATIAL_MAX];
    for (o[0] = 0; o[0] < s->axis[0].out; o[0]++) {
        for (o[1] = 0; o[1] < s->axis[1].out; o[1]++) {
            for (o[2] = 0; o[2] < s->axis[2].out; o[2]++, y++) {
                for (int64_t c = 0; c < channels; c++) {
                    *y += window_sum(s, x + c * in_volume, w + c * taps, o);
                }
            }
        }
    }
}

static void reference(const tern_ref *r)
{
    const tern_conv_attr *a = r->attr;
    tern_spatial s;
    tern_conv_resolve(a, TERN_SPATIAL_CONV, r->xt, r->yt, &s);
    const double *x = r->x[0], *w = r->x[1], *bias = r->x_count > 2 ? r->x[2] : NULL;
    double *y = r->y[0];
    const int64_t in_volume = tern_spatial_in_volume(&s), out_volume = tern_spatial_out_volume(&s);
    const int64_t c_per_group = s.in_channels / a->groups, k_per_group = s.out_channels / a->groups;
    const int64_t filter = c_per_group * tern_spatial_kernel_volume(&s);
    for (int64_t b = 0; b < s.batch; b++) {
        for (int64_t k = 0; k < s.out_channels; k++) {
            double *plane = y + (b * s.out_channels + k) * out_volume;
            for (int64_t i = 0; i < out_volume; i++) {
                plane[i] = bias != NULL ? bias[k] : 0.0;
            }
            const int64_t first = k / k_per_group * c_per_group;
            channel_plane(&s, c_per_group, x + (b * s.in_channels + first) * in_volume,
                          w + k * filter, plane);
        }
    }
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    const tern_conv_attr *a = attr;
    tern_spatial s;
    tern_conv_resolve(a, TERN_SPATIAL_CONV, x, y, &s);
    const double macs_per_place =
        (double)(s.in_channels / a->groups * tern_spatial_kernel_volume(&s));
    return 2.0 * macs_per_place * (double)(s.batch * s.out_channels * tern_spatial_out_volume(&s));
}

const tern_op tern_op_conv = {
    .name = "conv",
    .summary = "sum of a sliding window times a kernel, plus bias; zero padding, groups, dilation",
    .types = "T, T, T? -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = tern_conv_inputs,
    .attrs = tern_conv_fields,
    .attr_size = sizeof(tern_conv_attr),
    .onnx = {{"Conv", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << 1 | 1u << 2,
    .epilogue = true,
    .cost = cost,
};
