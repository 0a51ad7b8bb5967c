/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantized operators of com.microsoft: what ONNX Runtime's quantizer and optimizer write.
 * Operators without a product dequantize, compute in f32 and quantize, as they are defined.
 */
#include "base/alloc.h"
#include "import/onnx/quant.h"

#include <string.h>

/* ---- one or two operands and an ONNX operator between ---- */

/* x = (X, scale, zero), then the result's scale and zero. */
static tern_status unary(tern_onnx_call *c, const char *op, const char *attributes)
{
    if (tern_onnx_need(c, 2)) {
        const tern_onnx_quantized x = tern_onnx_quantized_at(c, 0);
        const tern_value_id wide = tern_onnx_dequantized(c, &x);
        c->y[0] = tern_onnx_requantized(c, tern_onnx_op(c, op, attributes, &wide, 1), c->x[3],
                                        c->x[4], tern_onnx_dtype_of(c, x.x));
    }
    return c->status;
}

static tern_status binary(tern_onnx_call *c, const char *op)
{
    if (tern_onnx_need(c, 2)) {
        const tern_onnx_quantized a = tern_onnx_quantized_at(c, 0);
        const tern_onnx_quantized b = tern_onnx_quantized_at(c, 3);
        const tern_value_id y =
            tern_onnx_binary(c, op, tern_onnx_dequantized(c, &a), tern_onnx_dequantized(c, &b));
        c->y[0] = tern_onnx_requantized(c, y, c->x[6], c->x[7], tern_onnx_dtype_of(c, a.x));
    }
    return c->status;
}

tern_status tern_onnx_do_qlinear_add(tern_onnx_call *c)
{
    return binary(c, "add");
}

tern_status tern_onnx_do_qlinear_mul(tern_onnx_call *c)
{
    return binary(c, "mul");
}

tern_status tern_onnx_do_qlinear_sigmoid(tern_onnx_call *c)
{
    return unary(c, "Sigmoid", NULL);
}

tern_status tern_onnx_do_qlinear_leaky_relu(tern_onnx_call *c)
{
    const double alpha = tern_onnx_float(c, "alpha", 0.01);
    return unary(c, "LeakyRelu", tern_onnx_text(c, "{alpha=%.9g}", alpha));
}

tern_status tern_onnx_do_qlinear_softmax(tern_onnx_call *c)
{
    const int64_t axis = tern_onnx_int(c, "axis", -1), opset = tern_onnx_int(c, "opset", 13);
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    if (opset < 13 && axis != -1 && axis != rank - 1) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                "opset %lld with axis %lld; before opset 13 only the last axis is "
                                "taken",
                                (long long)opset, (long long)axis);
    }
    return unary(c, "Softmax", tern_onnx_text(c, "{axis=%lld}", (long long)axis));
}

static bool refuse_channels_last(tern_onnx_call *c)
{
    if (tern_onnx_int(c, "channels_last", 0) != 0) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "channels_last is not taken");
        return true;
    }
    return false;
}

tern_status tern_onnx_do_qlinear_global_average_pool(tern_onnx_call *c)
{
    return refuse_channels_last(c) ? c->status : unary(c, "GlobalAveragePool", NULL);
}

/* "kernel_shape=[2,2], " when the attribute is there. */
static const char *list_attribute(tern_onnx_call *c, const char *name)
{
    int32_t count = 0;
    const int64_t *const v = tern_onnx_ints(c, name, &count);
    return v != NULL && count <= TERN_MAX_RANK * 2
               ? tern_onnx_text(c, "%s=%s, ", name, tern_onnx_list_text(c, v, count))
               : "";
}

tern_status tern_onnx_do_qlinear_average_pool(tern_onnx_call *c)
{
    static const char *const pads[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    const tern_str pad = tern_onnx_string(c, "auto_pad", "NOTSET");
    const char *known = pads[0];
    for (size_t i = 0; i < sizeof pads / sizeof pads[0]; i++) {
        known = tern_str_is(pad, pads[i]) ? pads[i] : known;
    }
    if (refuse_channels_last(c)) {
        return c->status;
    }
    return unary(c, "AveragePool",
                 tern_onnx_text(
                     c, "{%s%s%sauto_pad=\"%s\", ceil_mode=%lld, count_include_pad=%lld}",
                     list_attribute(c, "kernel_shape"), list_attribute(c, "strides"),
                     list_attribute(c, "pads"), known, (long long)tern_onnx_int(c, "ceil_mode", 0),
                     (long long)tern_onnx_int(c, "count_include_pad", 0)));
}

/* Y_scale, Y_zero, then three inputs for each part. */
tern_status tern_onnx_do_qlinear_concat(tern_onnx_call *c)
{
    enum { MAX_PARTS = 64 };
    tern_value_id parts[MAX_PARTS];
    const int32_t count = (c->x_count - 2) / 3;
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    if (c->x_count < 5 || (c->x_count - 2) % 3 != 0 || count > MAX_PARTS) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "%d inputs; it takes 2 and then 3 for each of at most %d tensors",
                                (int)c->x_count, MAX_PARTS);
    }
    for (int32_t i = 0; i < count; i++) {
        const tern_onnx_quantized q = tern_onnx_quantized_at(c, 2 + 3 * i);
        parts[i] = tern_onnx_dequantized(c, &q);
    }
    const char *const text =
        tern_onnx_text(c, "{axis=%lld}", (long long)tern_onnx_int(c, "axis", 0));
    c->y[0] = tern_onnx_requantized(c, tern_onnx_emit_x(c, "concat", text, parts, count), c->x[0],
                                    c->x[1], tern_onnx_dtype_of(c, c->x[2]));
    return c->status;
}

/* condition, X and its two, Y and its two, the result's two. */
tern_status tern_onnx_do_qlinear_where(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 3)) {
        const tern_onnx_quantized a = tern_onnx_quantized_at(c, 1);
        const tern_onnx_quantized b = tern_onnx_quantized_at(c, 4);
        const tern_value_id x[3] = {c->x[0], tern_onnx_dequantized(c, &a),
                                    tern_onnx_dequantized(c, &b)};
        c->y[0] = tern_onnx_requantized(c, tern_onnx_op(c, "Where", NULL, x, 3), c->x[7], c->x[8],
                                        tern_onnx_dtype_of(c, a.x));
    }
    return c->status;
}

/* ---- products ---- */

/* Sums times the scales of both, in f32, plus a bias. */
static tern_value_id to_float(tern_onnx_call *c, const tern_onnx_quantized *a,
                              const tern_onnx_quantized *b, tern_value_id bias)
{
    const tern_value_id factor =
        tern_onnx_binary(c, "mul", tern_onnx_per_row(c, a->scale), b->scale);
    const tern_value_id y = tern_onnx_scaled_sums(c, tern_onnx_integer_matmul(c, a, b), factor);
    return bias != TERN_NO_ID ? tern_onnx_binary(c, "add", y, bias) : y;
}

/* A, B, their scales, their zero points, bias. */
tern_status tern_onnx_do_matmul_integer_to_float(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 4)) {
        const tern_onnx_quantized a = {c->x[0], c->x[2], c->x[4]};
        const tern_onnx_quantized b = {c->x[1], c->x[3], c->x[5]};
        c->y[0] = to_float(c, &a, &b, c->x[6]);
    }
    return c->status;
}

/* A in f32, B, its scale and zero point, bias. */
tern_status tern_onnx_do_dynamic_quantize_matmul(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    tern_value_id parts[3] = {TERN_NO_ID, TERN_NO_ID, TERN_NO_ID};
    tern_onnx_dynamic_quantize(c, c->x[0], parts);
    const tern_onnx_quantized a = {parts[0], parts[1], parts[2]};
    const tern_onnx_quantized b = {c->x[1], c->x[2], c->x[3]};
    c->y[0] = to_float(c, &a, &b, c->x[4]);
    return c->status;
}

/* A and its two, B and its two, C in i32, the result's two or none for f32. */
tern_status tern_onnx_do_qgemm(tern_onnx_call *c)
{
    static const int64_t swap[] = {1, 0};
    if (!tern_onnx_need(c, 2)) {
        return c->status;
    }
    tern_onnx_quantized a = tern_onnx_quantized_at(c, 0), b = tern_onnx_quantized_at(c, 3);
    const double alpha = tern_onnx_float(c, "alpha", 1.0);
    if (tern_onnx_int(c, "transA", 0) != 0) {
        a.x = tern_onnx_transpose(c, a.x, swap, 2);
    }
    if (tern_onnx_int(c, "transB", 0) != 0) {
        b.x = tern_onnx_transpose(c, b.x, swap, 2);
    }
    tern_value_id sums = tern_onnx_integer_matmul(c, &a, &b);
    if (c->x[6] != TERN_NO_ID) {
        sums = tern_onnx_binary(c, "add", tern_onnx_cast(c, sums, TERN_DTYPE_I32), c->x[6]);
    }
    tern_value_id factor = tern_onnx_binary(c, "mul", a.scale, b.scale);
    factor = alpha != 1.0 ? tern_onnx_with_number(c, "mul", factor, alpha) : factor;
    const tern_value_id y_scale = c->x[7];
    if (y_scale == TERN_NO_ID) {
        c->y[0] = tern_onnx_scaled_sums(c, sums, factor);
        return c->status;
    }
    factor = tern_onnx_binary(c, "div", factor, y_scale);
    c->y[0] = tern_onnx_requantized(c, tern_onnx_scaled_sums(c, sums, factor),
                                    tern_onnx_scalar(c, TERN_DTYPE_F32, 1.0), c->x[8],
                                    tern_onnx_dtype_of(c, a.x));
    return c->status;
}

/* ---- MatMulNBits ---- */

/* Attributes, and extents that follow from them. */
typedef struct nbits {
    int64_t k, n, bits, block, blocks; /* blocks per column */
    tern_dtype type;                   /* u2, u4 or u8 */
} nbits;

static bool read_nbits(tern_onnx_call *c, nbits *w)
{
    w->k = tern_onnx_int(c, "K", 0);
    w->n = tern_onnx_int(c, "N", 0);
    w->bits = tern_onnx_int(c, "bits", 4);
    w->block = tern_onnx_int(c, "block_size", 0);
    w->type = w->bits == 2 ? TERN_DTYPE_U2 : w->bits == 4 ? TERN_DTYPE_U4 : TERN_DTYPE_U8;
    if (w->k < 1 || w->n < 1 || w->k > INT32_MAX || w->n > INT32_MAX || w->block < 8 ||
        w->block > 1 << 20 || w->block % 8 != 0) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                               "K %lld, N %lld, block_size %lld; all must be positive, and "
                               "block_size a multiple of 8",
                               (long long)w->k, (long long)w->n, (long long)w->block);
        return false;
    }
    if (w->bits != 2 && w->bits != 4 && w->bits != 8) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "%lld bits; 2, 4 and 8 are taken",
                               (long long)w->bits);
        return false;
    }
    w->blocks = (w->k + w->block - 1) / w->block;
    return true;
}

/* The constant bytes of input i, or NULL and the call fails; `bytes`: how many there must be. */
static const uint8_t *constant_bytes(tern_onnx_call *c, int32_t i, int64_t bytes)
{
    const tern_type *const t = tern_onnx_type_of(c, c->x[i]);
    int64_t count = 0;
    const uint8_t *const data =
        t->dtype == TERN_DTYPE_U8 ? tern_graph_constant_data(c->graph, c->x[i]) : NULL;
    if (data == NULL) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "input %d must be a constant of type u8",
                               (int)i);
        return NULL;
    }
    if (!tern_type_volume(t, &count) || count != bytes) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "input %d has %lld bytes, it needs %lld", (int)i,
                               (long long)count, (long long)bytes);
        return NULL;
    }
    return data;
}

/* Zero points of u8: rows of `blocks` codes, each row ending at a byte.  As [n, blocks]. */
static tern_value_id unpack_zeros(tern_onnx_call *c, const nbits *w)
{
    const int64_t row_bytes = (w->blocks * w->bits + 7) / 8;
    const uint8_t *const data = constant_bytes(c, 3, w->n * row_bytes);
    size_t bytes = 0;
    const int64_t dims[2] = {w->n, w->blocks};
    if (data == NULL || !tern_dtype_bytes(TERN_DTYPE_U8, w->n * w->blocks, &bytes)) {
        return TERN_NO_ID;
    }
    const tern_allocator heap = tern_allocator_default();
    uint8_t *const codes = tern_alloc(heap, bytes + 1, 1);
    if (codes == NULL) {
        (void)tern_onnx_refuse(c, TERN_OUT_OF_MEMORY, "no memory for its zero points");
        return TERN_NO_ID;
    }
    for (int64_t row = 0; row < w->n; row++) {
        tern_unpack(w->type, data + row * row_bytes, w->blocks, codes + row * w->blocks);
    }
    const tern_value_id value = tern_onnx_constant(c, TERN_DTYPE_U8, 2, dims, codes);
    tern_free(heap, codes, bytes + 1);
    return value;
}

/* The zero points as floats of type `to`, [n, blocks, 1]. */
static tern_value_id zeros_of(tern_onnx_call *c, const nbits *w, tern_dtype to)
{
    const tern_value_id given = c->x[3];
    if (given == TERN_NO_ID) {
        return tern_onnx_scalar(c, to, (double)(INT64_C(1) << (w->bits - 1)));
    }
    const tern_value_id wide =
        tern_onnx_dtype_of(c, given) == TERN_DTYPE_U8 ? unpack_zeros(c, w) : given;
    const int64_t shape[3] = {w->n, w->blocks, 1};
    const tern_value_id x[2] = {tern_onnx_cast(c, wide, to), tern_onnx_i64s(c, shape, 3)};
    return tern_onnx_op(c, "Reshape", NULL, x, 2);
}

/* [n, k] in the type of the scales. */
static tern_value_id dequantized_weights(tern_onnx_call *c, const nbits *w)
{
    const int64_t padded = w->blocks * w->block;
    const int64_t codes_shape[3] = {w->n, w->blocks, w->block}, rows[2] = {w->n, padded};
    const int64_t scale_shape[3] = {w->n, w->blocks, 1};
    const tern_dtype type = tern_onnx_dtype_of(c, c->x[2]);
    const uint8_t *const data = constant_bytes(c, 1, w->n * w->blocks * (w->block * w->bits / 8));
    if (data == NULL) {
        return TERN_NO_ID;
    }
    /* Blocks end at bytes, and codes lie as packed types do: the same bytes as another type. */
    const tern_value_id codes = tern_onnx_constant(c, w->type, 3, codes_shape, data);
    const tern_value_id scale[2] = {c->x[2], tern_onnx_i64s(c, scale_shape, 3)};
    const tern_value_id zero = zeros_of(c, w, type);
    tern_value_id y = tern_onnx_binary(c, "sub", tern_onnx_cast(c, codes, type), zero);
    y = tern_onnx_binary(c, "mul", y, tern_onnx_op(c, "Reshape", NULL, scale, 2));
    const tern_value_id flat[2] = {y, tern_onnx_i64s(c, rows, 2)};
    y = tern_onnx_op(c, "Reshape", NULL, flat, 2);
    if (padded != w->k) {
        y = tern_onnx_emit(
            c, "slice",
            tern_onnx_text(c, "{start=[0,0], size=[%lld,%lld]}", (long long)w->n, (long long)w->k),
            y);
    }
    return y;
}

/* A [..., K], B of u8 [N, blocks, bytes], scales, zero points, g_idx, bias. */
tern_status tern_onnx_do_matmul_nbits(tern_onnx_call *c)
{
    static const int64_t swap[] = {1, 0};
    nbits w;
    if (!tern_onnx_need(c, 3) || !read_nbits(c, &w)) {
        return c->status;
    }
    if (c->x[4] != TERN_NO_ID) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "g_idx is not taken");
    }
    const tern_value_id weights = dequantized_weights(c, &w);
    const tern_value_id x[2] = {
        c->x[0], tern_onnx_transpose(c, tern_onnx_cast(c, weights, tern_onnx_dtype_of(c, c->x[0])),
                                     swap, 2)};
    tern_value_id y = tern_onnx_op(c, "MatMul", NULL, x, 2);
    if (c->x[5] != TERN_NO_ID) {
        y = tern_onnx_binary(c, "add", y, c->x[5]);
    }
    c->y[0] = y;
    return c->status;
}
