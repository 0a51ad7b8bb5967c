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

#include "op/wrap.h"

static tern_status infer(tern_infer *in)
{
    return tern_conv_infer(in, TERN_SPATIAL_CONV);
}

#define TERN_BODY "op/conv/conv_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#include "op/for_each_class.h"

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
    .types = "T, T, T? -> T; T: f32 f16 bf16 f64 i32 i64",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = tern_conv_inputs,
    .attrs = tern_conv_fields,
    .attr_size = sizeof(tern_conv_attr),
    .onnx = {{"Conv", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I},
    .batchless_operands = 1u << 1 | 1u << 2,
    .epilogue = true,
    .cost = cost,
};
