/* SPDX-License-Identifier: Apache-2.0
 *
 * dynamic_quantize: blocks of a tensor, each with a scale made from its own largest magnitude.
 *
 *     scale[block] = (largest magnitude of the block / largest number of the type) / double_scale
 *     y            = saturate(x / (scale[block] * double_scale))
 *
 * with the scale rounded to its own type (to f8e8m0 upwards) before it divides.  double_scale is
 * operand 1, or 1.
 */
#include "op/message.h"
#include "op/quant/quant.h"

#include <math.h>

enum { X, X_DOUBLE };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_dynamic_quantize_attr, axis, I64, .fallback = -1, .batch = TERN_BATCH_SHIFT,
              .summary = "axis that is blocked, when there is no block"),
    TERN_ATTR(tern_dynamic_quantize_attr, block_size, I64, .fallback = 16, .low = 1,
              .high = INT64_MAX, .summary = "elements per scale along the axis"),
    TERN_ATTR(tern_dynamic_quantize_attr, block, INTS, .batch = TERN_BATCH_PREPEND,
              .batch_value = 1, .summary = "elements per scale along each axis; -1: all"),
    TERN_ATTR(tern_dynamic_quantize_attr, to, DTYPE, .fallback = TERN_DTYPE_F4E2M1,
              .summary = "type of the result"),
    TERN_ATTR(tern_dynamic_quantize_attr, scale_type, DTYPE, .fallback = TERN_DTYPE_F8E4M3FN,
              .summary = "type of the scales"),
    TERN_ATTR_END,
};

static int64_t block_of(const tern_dynamic_quantize_attr *a, int32_t d, int64_t extent)
{
    if (a->block.count > 0) {
        return a->block.v[d] < 0 ? extent : a->block.v[d];
    }
    return d == a->axis ? a->block_size : 1;
}

static tern_status check_types(const tern_infer *in, const tern_dynamic_quantize_attr *a)
{
    double low, high;
    const tern_dtype_info *const scale = tern_dtype_find(a->scale_type);
    if (!tern_quant_range(a->to, &low, &high)) {
        return tern_fail(TERN_UNSUPPORTED, "%s: %s is no type to quantize to", in->who,
                         tern_dtype_name((tern_dtype)a->to));
    }
    if (scale == NULL || scale->class_ != TERN_CLASS_F || a->scale_type == TERN_DTYPE_F4E2M1) {
        return tern_fail(TERN_UNSUPPORTED, "%s: scales cannot be %s", in->who,
                         tern_dtype_name((tern_dtype)a->scale_type));
    }
    return TERN_OK;
}

static tern_status check_shapes(const tern_infer *in, tern_dynamic_quantize_attr *a)
{
    const tern_type *const x = &in->x[X];
    int64_t count = 1;
    if (a->block.count == 0) {
        TERN_TRY(tern_axis_normalize(&a->axis, x->rank, in->who));
    } else if (a->block.count != x->rank) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: attribute \"block\" has %d entries, the input %d axes", in->who,
                         (int)a->block.count, (int)x->rank);
    }
    if (tern_infer_has(in, X_DOUBLE) && tern_type_is_static(&in->x[X_DOUBLE]) &&
        (!tern_type_volume(&in->x[X_DOUBLE], &count) || count != 1)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have one element", in->who,
                         tern_operand_text(in, X_DOUBLE, text));
    }
    return TERN_OK;
}

/* Blocks along axis d. */
static tern_status infer_axis(const tern_infer *in, const tern_dynamic_quantize_attr *a, int32_t d,
                              tern_dim *out_blocks)
{
    const tern_dim extent = in->x[X].dims[d];
    const int64_t given = a->block.count > 0 ? a->block.v[d] : d == a->axis ? a->block_size : 1;
    if (given == 0 || given < -1) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: block extent %lld of axis %d; allowed are 1 and more, and -1 for the "
                         "whole axis",
                         in->who, (long long)given, (int)d);
    }
    if (given > 1 && (!tern_dim_known(extent) || extent % given != 0)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: axis %d of %s must be a known multiple of the block, %lld", in->who,
                         (int)d, tern_operand_text(in, X, text), (long long)given);
    }
    *out_blocks = given == -1 ? 1 : given > 1 ? extent / given : extent;
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    tern_dynamic_quantize_attr *const a = in->attr;
    TERN_TRY(check_types(in, a));
    TERN_TRY(check_shapes(in, a));
    in->y[0] = in->y[1] = in->x[X];
    in->y[0].dtype = (uint8_t)a->to;
    in->y[1].dtype = (uint8_t)a->scale_type;
    for (int32_t d = 0; d < in->x[X].rank; d++) {
        TERN_TRY(infer_axis(in, a, d, &in->y[1].dims[d]));
    }
    return TERN_OK;
}

/* A scale as its type holds it. */
static double rounded_scale(int dtype, double scale)
{
    uint64_t bits = 0;
    tern_convert(TERN_DTYPE_F64, &scale, (tern_dtype)dtype, &bits, 1);
    tern_convert((tern_dtype)dtype, &bits, TERN_DTYPE_F64, &scale, 1);
    return scale;
}

static void reference(const tern_ref *r)
{
    const tern_dynamic_quantize_attr *const a = r->attr;
    const double *const x = r->x[X];
    const double *const second = r->x_count > X_DOUBLE ? r->x[X_DOUBLE] : NULL;
    const double factor = second != NULL ? second[0] : 1.0;
    double *const scales = r->y[1];
    int64_t index[TERN_MAX_RANK] = {0}, count = 0, scale_count = 0;
    double low, high;
    tern_ints block = {.count = r->xt[X].rank};
    tern_quant_grid grid;
    for (int32_t d = 0; d < r->xt[X].rank; d++) {
        block.v[d] = block_of(a, d, r->xt[X].dims[d]);
    }
    (void)tern_quant_range(r->yt[0].dtype, &low, &high);
    (void)tern_type_volume(&r->xt[X], &count);
    (void)tern_type_volume(&r->yt[1], &scale_count);
    tern_quant_grid_make(&r->xt[X], &r->yt[1], 0, &block, &grid);
    for (int64_t k = 0; k < scale_count; k++) {
        scales[k] = 0.0;
    }
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = tern_quant_grid_next(&grid, index);
        scales[k] = fmax(scales[k], fabs(x[i]));
    }
    for (int64_t k = 0; k < scale_count; k++) {
        scales[k] = rounded_scale(r->yt[1].dtype, scales[k] / high / factor);
    }
    for (int64_t i = 0; i < count; i++) {
        const double scale = scales[tern_quant_grid_next(&grid, index)] * factor;
        double y = scale != 0.0 ? x[i] / scale : 0.0;
        const bool is_float = tern_dtype_find(r->yt[0].dtype)->class_ == TERN_CLASS_F;
        y = is_float ? y : nearbyint(y);
        y = y > high ? high : y < low ? low : y;
        tern_quant_store(&r->yt[0], r->y[0], i, !is_float && isnan(y) ? 0.0 : y);
    }
}

static const char *const names[] = {"input", "double_scale", NULL};

const tern_op tern_op_dynamic_quantize = {
    .name = "dynamic_quantize",
    .summary = "each block divided by its own scale, which is the second result",
    .types = "T, S? -> *, *; T: f32 f16 bf16 f64; S: f32 f16 bf16 f64",
    .arity = {.in_min = 1, .in_max = 2, .out = 2},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_dynamic_quantize_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << X_DOUBLE,
};
