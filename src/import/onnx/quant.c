/* SPDX-License-Identifier: Apache-2.0
 *
 * BitCast and the quantized operators of ai.onnx: QuantizeLinear, DequantizeLinear,
 * DynamicQuantizeLinear, MatMulInteger, ConvInteger, QLinearMatMul, QLinearConv.
 */
#include "import/onnx/quant.h"

/* ---- QuantizeLinear, DequantizeLinear ---- */

/* "axis=1, block=[1,32], " */
static const char *grid_text(tern_onnx_call *c)
{
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const int64_t axis = tern_onnx_int(c, "axis", 1), size = tern_onnx_int(c, "block_size", 0);
    int64_t block[TERN_MAX_RANK];
    if (size < 0) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "block_size is %lld; it must be positive",
                               (long long)size);
    }
    if (size <= 0) {
        return tern_onnx_text(c, "axis=%lld, ", (long long)axis);
    }
    const int64_t blocked = tern_onnx_axis(c, axis, rank);
    for (int32_t i = 0; i < rank; i++) {
        block[i] = i == blocked ? size : 1;
    }
    return tern_onnx_text(c, "axis=%lld, block=%s, ", (long long)axis,
                          tern_onnx_list_text(c, block, rank));
}

/* The name of the type in attribute `name`, or "none". */
static const char *type_text(tern_onnx_call *c, const char *name)
{
    const int64_t number = tern_onnx_int(c, name, 0);
    return number != 0 ? tern_dtype_name(tern_onnx_dtype(c, number)) : "none";
}

tern_status tern_onnx_do_quantize_linear(tern_onnx_call *c)
{
    const bool is_u8 = c->x[2] == TERN_NO_ID && tern_onnx_int(c, "output_dtype", 0) == 0;
    if (tern_onnx_need(c, 2)) {
        const char *const text =
            tern_onnx_text(c, "{%sto=%s, precision=%s, saturate=%s}", grid_text(c),
                           is_u8 ? "u8" : type_text(c, "output_dtype"), type_text(c, "precision"),
                           tern_onnx_int(c, "saturate", 1) != 0 ? "true" : "false");
        c->y[0] = tern_onnx_emit(c, "quantize", text, c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

tern_status tern_onnx_do_dequantize_linear(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        const char *const text =
            tern_onnx_text(c, "{%sto=%s}", grid_text(c), type_text(c, "output_dtype"));
        c->y[0] = tern_onnx_emit(c, "dequantize", text, c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

void tern_onnx_dynamic_quantize(tern_onnx_call *c, tern_value_id x, tern_value_id out_parts[3])
{
    const tern_value_id least = tern_onnx_op(c, "ReduceMin", "{keepdims=0}", &x, 1);
    const tern_value_id most = tern_onnx_op(c, "ReduceMax", "{keepdims=0}", &x, 1);
    const tern_dtype type = tern_onnx_dtype_of(c, x);
    const tern_value_id zero = tern_onnx_scalar(c, type, 0.0);
    const tern_value_id low = tern_onnx_binary(c, "min", least, zero);
    const tern_value_id high = tern_onnx_binary(c, "max", most, zero);
    const tern_value_id range = tern_onnx_binary(c, "sub", high, low);
    const tern_value_id choice[3] = {tern_onnx_binary(c, "equal", range, zero),
                                     tern_onnx_scalar(c, type, 1.0),
                                     tern_onnx_with_number(c, "div", range, 255.0)};
    const tern_value_id scale = tern_onnx_op(c, "Where", NULL, choice, 3);
    /* 0 - low / scale lies in 0..255, as low is not positive and the range not smaller */
    const tern_value_id place =
        tern_onnx_binary(c, "sub", zero, tern_onnx_binary(c, "div", low, scale));
    out_parts[1] = scale;
    out_parts[2] = tern_onnx_emit(c, "quantize", "{to=u8}", place, tern_onnx_scalar(c, type, 1.0));
    out_parts[0] = tern_onnx_emit(c, "quantize", "{to=u8}", x, scale, out_parts[2]);
}

tern_status tern_onnx_do_dynamic_quantize_linear(tern_onnx_call *c)
{
    tern_value_id parts[3] = {TERN_NO_ID, TERN_NO_ID, TERN_NO_ID};
    if (tern_onnx_need(c, 1)) {
        tern_onnx_dynamic_quantize(c, c->x[0], parts);
        for (int32_t i = 0; i < 3 && i < c->y_count; i++) {
            c->y[i] = parts[i];
        }
    }
    return c->status;
}

tern_status tern_onnx_do_bit_cast(tern_onnx_call *c)
{
    const tern_dtype to = tern_onnx_dtype(c, tern_onnx_int(c, "to", 0));
    if (tern_onnx_need(c, 1)) {
        const char *const text = tern_onnx_text(c, "{to=%s}", tern_dtype_name(to));
        c->y[0] = tern_onnx_emit(c, "bitcast", text, c->x[0]);
    }
    return c->status;
}

/* ---- shared ---- */

tern_onnx_quantized tern_onnx_quantized_at(const tern_onnx_call *c, int32_t i)
{
    return (tern_onnx_quantized){c->x[i], c->x[i + 1], c->x[i + 2]};
}

tern_value_id tern_onnx_dequantized(tern_onnx_call *c, const tern_onnx_quantized *q)
{
    return tern_onnx_emit(c, "dequantize", NULL, q->x, q->scale, q->zero);
}

tern_value_id tern_onnx_requantized(tern_onnx_call *c, tern_value_id x, tern_value_id scale,
                                    tern_value_id zero, tern_dtype to)
{
    const tern_dtype type = zero != TERN_NO_ID ? tern_onnx_dtype_of(c, zero) : to;
    return tern_onnx_emit(c, "quantize", tern_onnx_text(c, "{to=%s}", tern_dtype_name(type)), x,
                          scale, zero);
}

/* round(x * factor) + zero, saturated: x / scale with the scales multiplied out. */
static tern_value_id finish(tern_onnx_call *c, tern_value_id sums, tern_value_id factor,
                            tern_value_id zero, tern_dtype to)
{
    const tern_value_id scaled = tern_onnx_scaled_sums(c, sums, factor);
    return tern_onnx_requantized(c, scaled, tern_onnx_scalar(c, TERN_DTYPE_F32, 1.0), zero, to);
}

/* ---- integers out ---- */

tern_status tern_onnx_do_matmul_integer(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        const tern_onnx_quantized a = {c->x[0], TERN_NO_ID, c->x[2]};
        const tern_onnx_quantized b = {c->x[1], TERN_NO_ID, c->x[3]};
        c->y[0] = tern_onnx_cast(c, tern_onnx_integer_matmul(c, &a, &b), TERN_DTYPE_I32);
    }
    return c->status;
}

tern_status tern_onnx_do_conv_integer(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        const tern_onnx_quantized x = {c->x[0], TERN_NO_ID, c->x[2]};
        const tern_onnx_quantized w = {c->x[1], TERN_NO_ID, c->x[3]};
        c->y[0] = tern_onnx_cast(c, tern_onnx_integer_conv(c, &x, &w, TERN_NO_ID), TERN_DTYPE_I32);
    }
    return c->status;
}

/* ---- quantized out ---- */

/* Products of floats of 8 bits: in f32. */
static tern_value_id float_matmul(tern_onnx_call *c, const tern_onnx_quantized *a,
                                  const tern_onnx_quantized *b)
{
    tern_value_id x[2] = {tern_onnx_cast(c, a->x, TERN_DTYPE_F32),
                          tern_onnx_cast(c, b->x, TERN_DTYPE_F32)};
    const tern_value_id zeros[2] = {tern_onnx_per_row(c, a->zero), b->zero};
    for (int i = 0; i < 2; i++) {
        if (zeros[i] != TERN_NO_ID) {
            x[i] = tern_onnx_binary(c, "sub", x[i], tern_onnx_cast(c, zeros[i], TERN_DTYPE_F32));
        }
    }
    return tern_onnx_op(c, "MatMul", NULL, x, 2);
}

tern_status tern_onnx_do_qlinear_matmul(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 7)) {
        return c->status;
    }
    const tern_onnx_quantized a = tern_onnx_quantized_at(c, 0), b = tern_onnx_quantized_at(c, 3);
    const tern_value_id y_scale = c->x[6], y_zero = c->x[7];
    const bool is_float = tern_onnx_class_of(c, a.x) == TERN_CLASS_F;
    const tern_value_id both = tern_onnx_binary(c, "mul", tern_onnx_per_row(c, a.scale), b.scale);
    const tern_value_id factor = tern_onnx_binary(c, "div", both, y_scale);
    const tern_dtype to = tern_onnx_dtype_of(c, a.x);
    if (is_float) {
        const tern_value_id y = tern_onnx_binary(c, "mul", float_matmul(c, &a, &b),
                                                 tern_onnx_cast(c, factor, TERN_DTYPE_F32));
        c->y[0] = tern_onnx_requantized(c, y, tern_onnx_scalar(c, TERN_DTYPE_F32, 1.0), y_zero, to);
    } else {
        c->y[0] = finish(c, tern_onnx_integer_matmul(c, &a, &b), factor, y_zero, to);
    }
    return c->status;
}

tern_status tern_onnx_do_qlinear_conv(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 7)) {
        return c->status;
    }
    if (tern_onnx_int(c, "channels_last", 0) != 0) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "channels_last is not taken");
    }
    const tern_onnx_quantized x = tern_onnx_quantized_at(c, 0), w = tern_onnx_quantized_at(c, 3);
    const int32_t rank = tern_onnx_rank(c, x.x);
    const tern_value_id w_scale = tern_onnx_per_channel(c, w.scale, rank);
    const tern_value_id both = tern_onnx_binary(c, "mul", x.scale, w_scale);
    const tern_value_id factor = tern_onnx_binary(c, "div", both, c->x[6]);
    c->y[0] = finish(c, tern_onnx_integer_conv(c, &x, &w, c->x[8]), factor, c->x[7],
                     tern_onnx_dtype_of(c, x.x));
    return c->status;
}
