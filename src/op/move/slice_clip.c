/* SPDX-License-Identifier: Apache-2.0
 *
 * slice with `clip`: the extents of Python's x[start:end:stride], also where starts, ends and the
 * input's extents are expressions.  Clamping that cannot change the count is left out, so that
 * x[1:] of N elements is N - 1, not N - min(1, N).
 */
#include "op/message.h"
#include "op/move/slice.h"

/* An end at least this far away is the end, whatever the extent. */
enum { FAR_AWAY = INT32_MAX };

/* Counted from the front. */
static tern_dim from_front(tern_infer *in, tern_dim at, tern_dim extent)
{
    tern_dim_table *const t = in->dims;
    if (tern_dim_known(at)) {
        return at < 0 ? tern_dim_make(t, TERN_DIM_ADD, extent, at) : at;
    }
    const tern_dim is_negative = tern_dim_make(t, TERN_DIM_LESS, at, 0);
    return tern_dim_make(t, TERN_DIM_ADD, at, tern_dim_make(t, TERN_DIM_MUL, extent, is_negative));
}

static tern_dim count_forward(tern_infer *in, tern_dim start, tern_dim end, tern_dim extent,
                              int64_t stride)
{
    tern_dim_table *const t = in->dims;
    start = tern_dim_make(t, TERN_DIM_MAX, from_front(in, start, extent), 0);
    end = tern_dim_known(end) && end >= FAR_AWAY && !tern_dim_known(extent)
              ? extent
              : tern_dim_make(t, TERN_DIM_MIN, from_front(in, end, extent), extent);
    return tern_dim_make(t, TERN_DIM_CEIL_DIV, tern_dim_make(t, TERN_DIM_SUB, end, start), stride);
}

static tern_dim count_backward(tern_infer *in, tern_dim start, tern_dim end, tern_dim extent,
                               int64_t step)
{
    tern_dim_table *const t = in->dims;
    const tern_dim last = tern_dim_make(t, TERN_DIM_SUB, extent, 1);
    start = tern_dim_known(start) && start >= FAR_AWAY && !tern_dim_known(extent)
                ? last
                : tern_dim_make(t, TERN_DIM_MIN, from_front(in, start, extent), last);
    end = tern_dim_known(end) && end <= -FAR_AWAY && !tern_dim_known(extent)
              ? -1
              : tern_dim_make(t, TERN_DIM_MAX, from_front(in, end, extent), -1);
    return tern_dim_make(t, TERN_DIM_CEIL_DIV, tern_dim_make(t, TERN_DIM_SUB, start, end), step);
}

tern_status tern_slice_clip_size(tern_infer *in, const tern_slice_lists *l, int32_t i, int32_t axis,
                                 tern_dim *out_size)
{
    const tern_dim extent = in->x[0].dims[axis];
    const tern_dim stride = l->stride_count > 0 ? l->stride[i] : 1;
    if (!tern_dim_known(stride)) {
        if (tern_infer_data_extent(in, 0, axis, extent, out_size)) {
            return TERN_OK;
        }
        return tern_fail(TERN_UNSUPPORTED, "%s: the stride on axis %d is not known while building",
                         in->who, (int)axis);
    }
    if (stride == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: the stride on axis %d is 0", in->who,
                         (int)axis);
    }
    const bool is_forward = stride > 0;
    const tern_dim start = l->start_count > 0 ? l->start[i] : is_forward ? 0 : FAR_AWAY;
    const tern_dim end = l->size_count > 0 ? l->size[i] : is_forward ? FAR_AWAY : -FAR_AWAY;
    const tern_dim count = is_forward
                               ? count_forward(in, start, end, extent, stride)
                               : count_backward(in, start, end, extent,
                                                stride < INT64_MIN / 4 ? INT64_MAX / 4 : -stride);
    *out_size = tern_dim_make(in->dims, TERN_DIM_MAX, count, 0);
    return TERN_OK;
}

static bool is_known(const tern_infer *in, int32_t x)
{
    return !tern_infer_has(in, x) || tern_content_of(in, x) != NULL;
}

/* The axes that are cut, as a bit set; all where `axes` is not known. */
static uint32_t cut_axes(const tern_infer *in, bool *out_known)
{
    const tern_slice_attr *const a = in->attr;
    const bool has_operand = tern_infer_has(in, TERN_SLICE_X_AXES);
    const tern_dim *const axes = has_operand ? tern_content_of(in, TERN_SLICE_X_AXES) : a->axes.v;
    const int32_t count =
        has_operand ? tern_content_count(&in->x[TERN_SLICE_X_AXES]) : a->axes.count;
    uint32_t set = 0;
    *out_known = axes != NULL;
    for (int32_t i = 0; axes != NULL && i < count; i++) {
        const tern_dim axis =
            tern_dim_known(axes[i]) && axes[i] < 0 ? axes[i] + in->x[0].rank : axes[i];
        *out_known = *out_known && tern_dim_known(axis);
        set |= axis >= 0 && axis < TERN_MAX_RANK ? UINT32_C(1) << axis : 0;
    }
    return *out_known && set != 0 ? set : UINT32_MAX;
}

bool tern_slice_clip_unknown(tern_infer *in)
{
    bool axes_known = true;
    const uint32_t axes = cut_axes(in, &axes_known);
    if (axes_known && is_known(in, TERN_SLICE_X_START) && is_known(in, TERN_SLICE_X_SIZE) &&
        is_known(in, TERN_SLICE_X_STRIDE)) {
        return false;
    }
    for (int32_t d = 0; d < in->x[0].rank; d++) {
        if ((axes >> d & 1) != 0 &&
            !tern_infer_data_extent(in, 0, d, in->x[0].dims[d], &in->y[0].dims[d])) {
            return false;
        }
    }
    return true;
}
