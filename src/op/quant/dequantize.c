/* SPDX-License-Identifier: Apache-2.0
 *
 * dequantize: y = (x - zero_point) * scale.  The difference is rounded to f32, the product to the
 * type of the result.
 */
#include "op/message.h"
#include "op/quant/quant.h"

enum { X, X_SCALE, X_ZERO };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_dequantize_attr, axis, I64, .fallback = 1, .onnx = "axis",
              .batch = TERN_BATCH_SHIFT, .summary = "axis that a scale of rank 1 goes along"),
    TERN_ATTR(tern_dequantize_attr, block, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = 1,
              .summary = "elements per scale along each axis; -1: all; empty: from the scale"),
    TERN_ATTR(tern_dequantize_attr, to, DTYPE, .onnx = "output_dtype",
              .summary = "type of the result; none: that of the scale"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_dequantize_attr *const a = in->attr;
    const int scale_type = in->x[X_SCALE].dtype;
    const int to = a->to != 0                        ? a->to
                   : scale_type == TERN_DTYPE_F8E8M0 ? TERN_DTYPE_F32
                                                     : scale_type;
    const tern_dtype_info *const info = tern_dtype_find(to);
    if (info->class_ != TERN_CLASS_F || info->bits < 16) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the result would be %s, allowed: f32 f16 bf16 f64",
                         in->who, info->name);
    }
    const int zero_type = tern_quant_zero_type(in);
    if (zero_type != 0 && zero_type != in->x[X].dtype) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the zero point is %s, the input %s", in->who,
                         tern_dtype_name((tern_dtype)zero_type),
                         tern_dtype_name((tern_dtype)in->x[X].dtype));
    }
    TERN_TRY(tern_quant_infer_grid(in, &a->axis, &a->block));
    in->y[0] = in->x[X];
    in->y[0].dtype = (uint8_t)to;
    return TERN_OK;
}

static void reference(const tern_ref *r)
{
    const tern_dequantize_attr *const a = r->attr;
    const int32_t zero_at = r->x_count > X_ZERO && r->x[X_ZERO] != NULL ? X_ZERO : -1;
    const int type = r->yt[0].dtype == TERN_DTYPE_F64 ? TERN_DTYPE_F64 : TERN_DTYPE_F32;
    int64_t index[TERN_MAX_RANK] = {0}, count = 0;
    double *const y = r->y[0];
    tern_quant_grid grid;
    (void)tern_type_volume(&r->xt[X], &count);
    tern_quant_grid_make(&r->xt[X], &r->xt[X_SCALE], a->axis, &a->block, &grid);
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = tern_quant_grid_next(&grid, index);
        const double zero =
            zero_at >= 0 ? tern_quant_number(&r->xt[zero_at], r->x[zero_at], k) : 0.0;
        const double x = tern_quant_number(&r->xt[X], r->x[X], i) - zero;
        y[i] = tern_quant_round(type, x) * tern_quant_number(&r->xt[X_SCALE], r->x[X_SCALE], k);
    }
}

static const char *const names[] = {"input", "scale", "zero_point", NULL};

const tern_op tern_op_dequantize = {
    .name = "dequantize",
    .summary = "(x - zero point) * scale",
    .types = "T, S, Z? -> *; T: i8 u8 i16 u16 i32 small; S: f32 f16 bf16 f64 f8e8m0; "
             "Z: i8 u8 i16 u16 i32 f32 f16 bf16 small",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_dequantize_attr),
    .infer = infer,
    .reference =
        {[TERN_CLASS_F] = reference, [TERN_CLASS_I] = reference, [TERN_CLASS_U] = reference},
    .batchless_operands = 1u << X_SCALE | 1u << X_ZERO,
};
