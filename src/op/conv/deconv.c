/* SPDX-License-Identifier: Apache-2.0
 *
 * deconv: transposed convolution, the way back of conv; what is true of it on every device.  Every
 * input element adds its multiple of the kernel to the result; pads trim the result.
 *
 *     y[b, k, o] = bias[k] + sum over c, i, t of  x[b, c, i] * w[c, k within its group, t]
 *     where o == i * stride + t * dilation - pre_pad
 */
#include "op/conv/conv.h"

static tern_status infer(tern_infer *in)
{
    return tern_conv_infer(in, TERN_SPATIAL_DECONV);
}

/* One input element on one output plane. */
static void spread(const tern_spatial *s, double value, const int64_t *place, const double *w,
                   double *plane)
{
    const tern_spatial_axis *a = s->axis;
    for (int64_t i = 0; i < a[0].kernel; i++) {
        for (int64_t j = 0; j < a[1].kernel; j++) {
            for (int64_t k = 0; k < a[2].kernel; k++, w++) {
                /* input and output have changed places: a tap of input place p is an output
                   place */
                const int64_t z = tern_spatial_tap(&a[0], place[0], i);
                const int64_t y = tern_spatial_tap(&a[1], place[1], j);
                const int64_t x = tern_spatial_tap(&a[2], place[2], k);
                if (z >= 0 && z < a[0].out && y >= 0 && y < a[1].out && x >= 0 && x < a[2].out) {
                    plane[(z * a[1].out + y) * a[2].out + x] += value * *w;
                }
            }
        }
    }
}

static void spread_plane(const tern_spatial *s, const double *x, const double *w, double *plane)
{
    int64_t place[TERN_SPATIAL_MAX];
    for (place[0] = 0; place[0] < s->axis[0].in; place[0]++) {
        for (place[1] = 0; place[1] < s->axis[1].in; place[1]++) {
            for (place[2] = 0; place[2] < s->axis[2].in; place[2]++) {
                spread(s, *x++, place, w, plane);
            }
        }
    }
}

static void reference(const tern_ref *r)
{
    const tern_conv_attr *a = r->attr;
    tern_spatial s;
    tern_conv_resolve(a, TERN_SPATIAL_DECONV, r->xt, r->yt, &s);
    const double *x = r->x[0], *w = r->x[1], *bias = r->x_count > 2 ? r->x[2] : NULL;
    double *y = r->y[0];
    const int64_t in_volume = tern_spatial_in_volume(&s), out_volume = tern_spatial_out_volume(&s);
    const int64_t taps = tern_spatial_kernel_volume(&s);
    const int64_t c_per_group = s.in_channels / a->groups, k_per_group = s.out_channels / a->groups;
    for (int64_t b = 0; b < s.batch; b++) {
        for (int64_t k = 0; k < s.out_channels; k++) {
            double *plane = y + (b * s.out_channels + k) * out_volume;
            for (int64_t i = 0; i < out_volume; i++) {
                plane[i] = bias != NULL ? bias[k] : 0.0;
            }
            const int64_t group = k / k_per_group;
            for (int64_t c = group * c_per_group; c < (group + 1) * c_per_group; c++) {
                spread_plane(&s, x + (b * s.in_channels + c) * in_volume,
                             w + (c * k_per_group + k % k_per_group) * taps, plane);
            }
        }
    }
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    const tern_conv_attr *a = attr;
    tern_spatial s;
    tern_conv_resolve(a, TERN_SPATIAL_DECONV, x, y, &s);
    const double macs_per_place =
        (double)(s.out_channels / a->groups * tern_spatial_kernel_volume(&s));
    return 2.0 * macs_per_place * (double)(s.batch * s.in_channels * tern_spatial_in_volume(&s));
}

const tern_op tern_op_deconv = {
    .name = "deconv",
    .summary = "transposed convolution: every element adds its multiple of the kernel; pads trim "
               "the result",
    .types = "T, T, T? -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = tern_conv_inputs,
    .attrs = tern_conv_fields,
    .attr_size = sizeof(tern_conv_attr),
    .onnx = {{"ConvTranspose", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << 1 | 1u << 2,
    .epilogue = true,
    .cost = cost,
};
