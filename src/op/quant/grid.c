/* SPDX-License-Identifier: Apache-2.0
 *
 * Granularity: one scale, one per place of an axis, or one per block.
 */
#include "op/message.h"
#include "op/quant/quant.h"

#include <math.h>

static int64_t blocks_in(int64_t extent, int64_t block)
{
    return extent / block + (extent % block != 0);
}

/* Block extent of axis d: as given (-1: the whole axis), else what spreads the scales evenly. */
static int64_t block_of(const tern_ints *block, int32_t d, int64_t extent, int64_t places)
{
    int64_t b = d < block->count ? block->v[d] : places > 0 ? blocks_in(extent, places) : 1;
    b = b < 0 ? extent : b;
    return b > 0 ? b : 1;
}

static bool is_one(const tern_type *t)
{
    for (int32_t i = 0; i < t->rank; i++) {
        if (t->dims[i] != 1) {
            return false;
        }
    }
    return true;
}

void tern_quant_grid_make(const tern_type *x, const tern_type *scale, int64_t axis,
                          const tern_ints *block, tern_quant_grid *out_grid)
{
    tern_quant_grid *const g = out_grid;
    const bool is_blocked = scale->rank == x->rank;
    int64_t step = 1;
    g->rank = x->rank;
    for (int32_t d = x->rank - 1; d >= 0; d--) {
        const int64_t places = is_blocked ? scale->dims[d] : d == axis ? scale->dims[0] : 1;
        g->extents[d] = x->dims[d];
        g->block[d] = is_blocked ? block_of(block, d, x->dims[d], places) : 1;
        g->places[d] = places;
        g->strides[d] = is_one(scale) || places == 1 ? 0 : step;
        step *= places;
    }
}

int64_t tern_quant_grid_next(const tern_quant_grid *g, int64_t index[TERN_MAX_RANK])
{
    int64_t number = 0;
    for (int32_t d = 0; d < g->rank; d++) {
        const int64_t place = index[d] / g->block[d];
        number += (place < g->places[d] ? place : g->places[d] - 1) * g->strides[d];
    }
    for (int32_t d = g->rank - 1; d >= 0 && ++index[d] == g->extents[d]; d--) {
        index[d] = 0;
    }
    return number;
}

static tern_status bad_scale(const tern_infer *in, const char *what, int32_t axis)
{
    char x[TERN_OPERAND_TEXT_BYTES], scale[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s does not fit %s: %s (axis %d)", in->who,
                     tern_operand_text(in, 1, scale), tern_operand_text(in, 0, x), what, (int)axis);
}

static tern_status check_blocks(const tern_infer *in, const tern_ints *block)
{
    const tern_type *const x = &in->x[0], *const scale = &in->x[1];
    if (block->count != 0 && block->count != x->rank) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: attribute \"block\" has %d entries, the input %d axes", in->who,
                         (int)block->count, (int)x->rank);
    }
    for (int32_t d = 0; d < x->rank; d++) {
        if (d < block->count && (block->v[d] < -1 || block->v[d] == 0)) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s: block extent %lld of axis %d; allowed are 1 and more, and -1 for "
                             "the whole axis",
                             in->who, (long long)block->v[d], (int)d);
        }
        const tern_dim extent = x->dims[d], places = scale->dims[d];
        if (!tern_dim_known(extent) || !tern_dim_known(places)) {
            continue;
        }
        if (extent != 0 && blocks_in(extent, block_of(block, d, extent, places)) != places) {
            return bad_scale(in, "it must have one scale per block", d);
        }
    }
    return TERN_OK;
}

static tern_status check_zero_point(const tern_infer *in)
{
    const tern_type *const scale = &in->x[1], *const zero = &in->x[2];
    bool fits = zero->rank == scale->rank || (is_one(zero) && is_one(scale));
    for (int32_t d = 0; fits && zero->rank == scale->rank && d < scale->rank; d++) {
        fits = tern_dim_may_equal(zero->dims[d], scale->dims[d]);
    }
    if (!fits) {
        char a[TERN_OPERAND_TEXT_BYTES], b[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s must have the same shape", in->who,
                         tern_operand_text(in, 1, a), tern_operand_text(in, 2, b));
    }
    return TERN_OK;
}

int tern_quant_zero_type(const tern_infer *in)
{
    const int dtype = tern_infer_has(in, 2) ? in->x[2].dtype : 0;
    return dtype == TERN_DTYPE_F32 || dtype == TERN_DTYPE_F16 || dtype == TERN_DTYPE_BF16 ? 0
                                                                                          : dtype;
}

tern_status tern_quant_infer_grid(const tern_infer *in, int64_t *axis, const tern_ints *block)
{
    const tern_type *const x = &in->x[0], *const scale = &in->x[1];
    if (tern_infer_has(in, 2)) {
        TERN_TRY(check_zero_point(in));
    }
    if (is_one(scale)) {
        return TERN_OK;
    }
    if (scale->rank == x->rank) {
        return check_blocks(in, block);
    }
    if (scale->rank != 1) {
        return bad_scale(in, "it must have one element, one axis, or as many axes", -1);
    }
    TERN_TRY(tern_axis_normalize(axis, x->rank, in->who));
    if (!tern_dim_may_equal(scale->dims[0], x->dims[*axis])) {
        return bad_scale(in, "it must have one scale per place", (int32_t)*axis);
    }
    return TERN_OK;
}

/* ---- numbers ---- */

bool tern_quant_range(int dtype, double *out_low, double *out_high)
{
    static const double largest[32] = {
        [TERN_DTYPE_F8E4M3FN] = 448,     [TERN_DTYPE_F8E4M3FNUZ] = 240, [TERN_DTYPE_F8E5M2] = 57344,
        [TERN_DTYPE_F8E5M2FNUZ] = 57344, [TERN_DTYPE_F4E2M1] = 6,
    };
    const tern_dtype_info *const info = tern_dtype_find(dtype);
    *out_low = *out_high = 0;
    if (info == NULL || info->class_ == TERN_CLASS_B || info->bits > 16) {
        return false;
    }
    if (info->class_ == TERN_CLASS_F) {
        *out_high = largest[dtype];
        *out_low = -*out_high;
        return *out_high > 0;
    }
    const bool is_signed = info->class_ == TERN_CLASS_I;
    *out_high = ldexp(1.0, (int)info->bits - (is_signed ? 1 : 0)) - 1;
    *out_low = is_signed ? -*out_high - 1 : 0;
    return true;
}

double tern_quant_number(const tern_type *t, const void *wide, int64_t i)
{
    const tern_dtype_info *const info = tern_dtype_find(t->dtype);
    if (wide == NULL || info == NULL) {
        return 0.0;
    }
    switch (info->class_) {
    case TERN_CLASS_F: return ((const double *)wide)[i];
    case TERN_CLASS_I: return (double)((const int64_t *)wide)[i];
    case TERN_CLASS_U: return (double)((const uint64_t *)wide)[i];
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: break;
    }
    return ((const uint8_t *)wide)[i];
}

void tern_quant_store(const tern_type *t, void *wide, int64_t i, double x)
{
    switch (tern_dtype_find(t->dtype)->class_) {
    case TERN_CLASS_F: ((double *)wide)[i] = x; break;
    case TERN_CLASS_I: ((int64_t *)wide)[i] = (int64_t)x; break;
    case TERN_CLASS_U: ((uint64_t *)wide)[i] = (uint64_t)x; break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: ((uint8_t *)wide)[i] = x != 0.0; break;
    }
}

double tern_quant_round(int dtype, double x)
{
    const bool is_narrow =
        dtype == TERN_DTYPE_F32 || dtype == TERN_DTYPE_F16 || dtype == TERN_DTYPE_BF16;
    uint32_t bits = 0;
    if (is_narrow) {
        tern_narrow((tern_dtype)dtype, &x, 1, &bits);
        tern_widen((tern_dtype)dtype, &bits, 1, &x);
    }
    return x;
}
