/* SPDX-License-Identifier: Apache-2.0
 *
 * quantize: numbers as multiples of a scale, in a type of few bits.
 *
 *     y = saturate(round(x / scale) + zero_point)        integers; ties to even
 *     y = saturate(x / scale + zero_point)               floats of 8 and 4 bits, rounded once
 *
 * The quotient is rounded to `precision` first, which is by default the type of scale and x.
 */
#include "op/message.h"
#include "op/quant/quant.h"

#include <math.h>

enum { X, X_SCALE, X_ZERO };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_quantize_attr, axis, I64, .fallback = 1, .onnx = "axis",
              .batch = TERN_BATCH_SHIFT, .summary = "axis that a scale of rank 1 goes along"),
    TERN_ATTR(tern_quantize_attr, block, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = 1,
              .summary = "elements per scale along each axis; -1: all; empty: from the scale"),
    TERN_ATTR(tern_quantize_attr, to, DTYPE, .onnx = "output_dtype",
              .summary = "type of the result; none: that of the zero point, else i8"),
    TERN_ATTR(tern_quantize_attr, precision, DTYPE, .onnx = "precision",
              .summary = "type of the division; none: that of the scale"),
    TERN_ATTR(tern_quantize_attr, saturate, BOOL, .fallback = 1, .onnx = "saturate",
              .summary = "8-bit floats: the largest number, not infinity or NaN, beyond the range"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_quantize_attr *const a = in->attr;
    const int zero_type = tern_quant_zero_type(in);
    const int to = a->to != 0 ? a->to : zero_type != 0 ? zero_type : TERN_DTYPE_I8;
    double low, high;
    if (!tern_quant_range(to, &low, &high)) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: %s is no type to quantize to; take integers of 16 bits and fewer, or "
                         "floats of 8 bits and fewer",
                         in->who, tern_dtype_name((tern_dtype)to));
    }
    if (zero_type != 0 && zero_type != to) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the zero point is %s, the result %s", in->who,
                         tern_dtype_name((tern_dtype)zero_type), tern_dtype_name((tern_dtype)to));
    }
    TERN_TRY(tern_quant_infer_grid(in, &a->axis, &a->block));
    in->y[0] = in->x[X];
    in->y[0].dtype = (uint8_t)to;
    return TERN_OK;
}

/* What the quotient is rounded to. */
static int division_type(const tern_quantize_attr *a, int x, int scale)
{
    if (a->precision != 0) {
        return a->precision;
    }
    if (x == TERN_DTYPE_F64 || scale == TERN_DTYPE_F64) {
        return TERN_DTYPE_F64;
    }
    return x == scale && x != TERN_DTYPE_I32 ? x : TERN_DTYPE_F32;
}

/* NaN is the lowest integer, as it is to ONNX Runtime. */
static double to_integer(double x, double zero, double low, double high)
{
    const double y = nearbyint(x) + zero;
    return y > low ? (y < high ? y : high) : low;
}

static void reference(const tern_ref *r)
{
    const tern_quantize_attr *const a = r->attr;
    const int32_t zero_at = r->x_count > X_ZERO && r->x[X_ZERO] != NULL ? X_ZERO : -1;
    const int type = division_type(a, r->xt[X].dtype, r->xt[X_SCALE].dtype);
    const bool is_float = tern_dtype_find(r->yt[0].dtype)->class_ == TERN_CLASS_F;
    int64_t index[TERN_MAX_RANK] = {0}, count = 0;
    double low, high;
    tern_quant_grid grid;
    (void)tern_quant_range(r->yt[0].dtype, &low, &high);
    (void)tern_type_volume(&r->xt[X], &count);
    tern_quant_grid_make(&r->xt[X], &r->xt[X_SCALE], a->axis, &a->block, &grid);
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = tern_quant_grid_next(&grid, index);
        const double zero =
            zero_at >= 0 ? tern_quant_number(&r->xt[zero_at], r->x[zero_at], k) : 0.0;
        double x = tern_quant_number(&r->xt[X], r->x[X], i);
        double scale = tern_quant_number(&r->xt[X_SCALE], r->x[X_SCALE], k);
        if (a->precision != 0) {
            x = tern_quant_round(type, x);
            scale = tern_quant_round(type, scale);
        }
        double y = tern_quant_round(type, x / scale);
        if (!is_float) {
            y = to_integer(y, zero, low, high);
        } else {
            y += zero;
            y = a->saturate != 0 && y > high ? high : a->saturate != 0 && y < low ? low : y;
        }
        tern_quant_store(&r->yt[0], r->y[0], i, y);
    }
}

static const char *const names[] = {"input", "scale", "zero_point", NULL};

const tern_op tern_op_quantize = {
    .name = "quantize",
    .summary = "x / scale + zero point, rounded and saturated to a type of few bits",
    .types = "T, S, Z? -> *; T: f32 f16 bf16 f64 i32; S: f32 f16 bf16 f64 i32 f8e8m0; "
             "Z: i8 u8 i16 u16 f32 f16 bf16 small",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_quantize_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference, [TERN_CLASS_I] = reference},
    .batchless_operands = 1u << X_SCALE | 1u << X_ZERO,
};
