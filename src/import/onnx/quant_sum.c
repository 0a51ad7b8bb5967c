/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of integer products, exact.  f32 has every integer up to 2^24: where the magnitudes of the
 * terms of each sum add up to less, f32 products are the integer ones, and much faster.
 */
#include "import/onnx/quant.h"
#include "import/onnx/window.h"

#include <math.h>

#define F32_INTEGERS 16777216.0

/* ---- bounds ---- */

/* Element i of constant bytes of 8 bits. */
static double byte_at(const tern_type *t, const void *data, int64_t i)
{
    return t->dtype == TERN_DTYPE_I8 ? (double)((const int8_t *)data)[i]
                                     : (double)((const uint8_t *)data)[i];
}

static bool is_byte_type(const tern_type *t)
{
    return t->dtype == TERN_DTYPE_I8 || t->dtype == TERN_DTYPE_U8;
}

/* The zero points' range: 0 when absent, all that the type has when not known. */
static void zero_range(const tern_onnx_call *c, const tern_onnx_quantized *q, double *out_low,
                       double *out_high)
{
    const tern_type *const t = tern_onnx_type_of(c, q->zero);
    const void *const data =
        q->zero != TERN_NO_ID ? tern_graph_constant_data(c->graph, q->zero) : NULL;
    int64_t count = 0;
    *out_low = *out_high = 0.0;
    if (q->zero == TERN_NO_ID) {
        return;
    }
    if (data == NULL || !is_byte_type(t) || !tern_type_volume(t, &count)) {
        *out_low = t->dtype == TERN_DTYPE_I8 ? -128.0 : 0.0;
        *out_high = *out_low + 255.0;
        return;
    }
    *out_low = 255.0;
    *out_high = -128.0;
    for (int64_t i = 0; i < count; i++) {
        *out_low = fmin(*out_low, byte_at(t, data, i));
        *out_high = fmax(*out_high, byte_at(t, data, i));
    }
}

/* The largest |x - zero|. */
static double magnitude(const tern_onnx_call *c, const tern_onnx_quantized *q)
{
    const double low = tern_onnx_type_of(c, q->x)->dtype == TERN_DTYPE_I8 ? -128.0 : 0.0;
    double zero_low, zero_high;
    zero_range(c, q, &zero_low, &zero_high);
    return fmax(low + 255.0 - zero_low, zero_high - low);
}

/*
 * The largest sum of |w - zero| over the terms of one result, of w as `sums` x `terms` elements
 * with these strides; the zero points as their whole range.
 */
static double largest_sum(const tern_onnx_call *c, const tern_onnx_quantized *w, int64_t sums,
                          int64_t terms, int64_t sum_stride, int64_t term_stride)
{
    const tern_type *const t = tern_onnx_type_of(c, w->x);
    const void *const data = tern_graph_constant_data(c->graph, w->x);
    double zero_low, zero_high, largest = 0.0;
    if (data == NULL) {
        return (double)terms * magnitude(c, w);
    }
    zero_range(c, w, &zero_low, &zero_high);
    for (int64_t s = 0; s < sums; s++) {
        double sum = 0.0;
        for (int64_t k = 0; k < terms; k++) {
            const double x = byte_at(t, data, s * sum_stride + k * term_stride);
            sum += fmax(fabs(x - zero_low), fabs(x - zero_high));
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

static double largest_bias(const tern_onnx_call *c, tern_value_id bias)
{
    const tern_type *const t = tern_onnx_type_of(c, bias);
    const void *const data = tern_graph_constant_data(c->graph, bias);
    int64_t count = 0;
    double largest = 0.0;
    if (bias == TERN_NO_ID) {
        return 0.0;
    }
    if (data == NULL || t->dtype != TERN_DTYPE_I32 || !tern_type_volume(t, &count)) {
        return F32_INTEGERS;
    }
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)((const int32_t *)data)[i]));
    }
    return largest;
}

/* ---- products ---- */

/* x - zero in another type; `zero` is shaped for it. */
static tern_value_id centered(tern_onnx_call *c, tern_value_id x, tern_value_id zero, tern_dtype to)
{
    const tern_value_id wide = tern_onnx_cast(c, x, to);
    return zero == TERN_NO_ID ? wide
                              : tern_onnx_binary(c, "sub", wide, tern_onnx_cast(c, zero, to));
}

tern_value_id tern_onnx_per_row(tern_onnx_call *c, tern_value_id scale)
{
    static const int64_t last[] = {1};
    const tern_type *const t = tern_onnx_type_of(c, scale);
    return scale != TERN_NO_ID && t->rank == 1 && t->dims[0] != 1
               ? tern_onnx_unsqueeze(c, scale, last, 1)
               : scale;
}

static bool are_bytes(tern_onnx_call *c, const tern_onnx_quantized *a, const tern_onnx_quantized *b)
{
    if (is_byte_type(tern_onnx_type_of(c, a->x)) && is_byte_type(tern_onnx_type_of(c, b->x))) {
        return true;
    }
    (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "operands are %s and %s; both must be i8 or u8",
                           tern_dtype_name(tern_onnx_dtype_of(c, a->x)),
                           tern_dtype_name(tern_onnx_dtype_of(c, b->x)));
    return false;
}

static bool matmul_fits_f32(const tern_onnx_call *c, const tern_onnx_quantized *a,
                            const tern_onnx_quantized *b)
{
    const tern_type *const at = tern_onnx_type_of(c, a->x), *const bt = tern_onnx_type_of(c, b->x);
    const tern_dim k = at->rank > 0 ? at->dims[at->rank - 1] : 0;
    if (!tern_dim_known(k) || k < 1) {
        return false;
    }
    double sum = (double)k * magnitude(c, b);
    if (bt->rank == 2 && bt->dims[0] == k && tern_dim_known(bt->dims[1])) {
        sum = largest_sum(c, b, bt->dims[1], k, 1, bt->dims[1]);
    }
    return magnitude(c, a) * sum < F32_INTEGERS;
}

tern_value_id tern_onnx_integer_matmul(tern_onnx_call *c, const tern_onnx_quantized *a,
                                       const tern_onnx_quantized *b)
{
    if (!are_bytes(c, a, b)) {
        return TERN_NO_ID;
    }
    const tern_dtype type = matmul_fits_f32(c, a, b) ? TERN_DTYPE_F32 : TERN_DTYPE_I32;
    const tern_value_id x[2] = {centered(c, a->x, tern_onnx_per_row(c, a->zero), type),
                                centered(c, b->x, b->zero, type)};
    return tern_onnx_op(c, "MatMul", NULL, x, 2);
}

static bool conv_fits_f32(const tern_onnx_call *c, const tern_onnx_quantized *x,
                          const tern_onnx_quantized *w, tern_value_id bias)
{
    const tern_type *const t = tern_onnx_type_of(c, w->x);
    int64_t count = 0;
    if (t->rank < 1 || !tern_type_is_static(t) || !tern_type_volume(t, &count) || count < 1) {
        return false;
    }
    const int64_t terms = count / t->dims[0];
    const double sum = largest_sum(c, w, t->dims[0], terms, terms, 1);
    return magnitude(c, x) * sum + largest_bias(c, bias) < F32_INTEGERS;
}

/* A zero point per output channel ([M]) as [M,1,1 ...]. */
static tern_value_id per_filter(tern_onnx_call *c, tern_value_id zero, int32_t rank)
{
    int64_t axes[TERN_MAX_RANK];
    const tern_type *const t = tern_onnx_type_of(c, zero);
    if (zero == TERN_NO_ID || t->rank != 1 || t->dims[0] == 1) {
        return zero;
    }
    for (int32_t i = 0; i + 1 < rank; i++) {
        axes[i] = i + 1;
    }
    return tern_onnx_unsqueeze(c, zero, axes, rank - 1);
}

tern_value_id tern_onnx_integer_conv(tern_onnx_call *c, const tern_onnx_quantized *x,
                                     const tern_onnx_quantized *w, tern_value_id bias)
{
    tern_onnx_window window;
    const int64_t groups = tern_onnx_int(c, "group", 1);
    if (groups < 1 || groups > INT32_MAX) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "group is %lld; it must be positive",
                               (long long)groups);
    }
    if (!are_bytes(c, x, w) || !tern_onnx_window_read(c, x->x, w->x, &window)) {
        return TERN_NO_ID;
    }
    const tern_dtype type = conv_fits_f32(c, x, w, bias) ? TERN_DTYPE_F32 : TERN_DTYPE_I32;
    const tern_value_id zero = per_filter(c, w->zero, tern_onnx_rank(c, w->x));
    const char *const text = tern_onnx_text(
        c, "{%s, groups=%lld}", tern_onnx_window_text(c, &window, false), (long long)groups);
    const tern_value_id centered_x = centered(c, x->x, x->zero, type);
    return tern_onnx_emit(c, "conv", text, tern_onnx_window_crop(c, &window, centered_x),
                          centered(c, w->x, zero, type),
                          bias != TERN_NO_ID ? tern_onnx_cast(c, bias, type) : TERN_NO_ID);
}

tern_value_id tern_onnx_scaled_sums(tern_onnx_call *c, tern_value_id sums, tern_value_id factor)
{
    /* Rounding integers changes nothing; but a factor behind it stays out of the product's weights,
     * which are integers only without it. */
    const tern_value_id whole =
        tern_onnx_emit(c, "round", NULL, tern_onnx_cast(c, sums, TERN_DTYPE_F32));
    return tern_onnx_binary(c, "mul", whole, tern_onnx_cast(c, factor, TERN_DTYPE_F32));
}
