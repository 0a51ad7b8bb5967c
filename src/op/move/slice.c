/* SPDX-License-Identifier: Apache-2.0
 *
 * slice: y[i] = x[start + i * stride], axis by axis.  Strides may be negative or 0; what lies
 * outside x depends on the mode.  start, size and stride come as attributes or as operands 1 to 3
 * and have one entry per axis, or per entry of `axes`; an axis that is not listed is taken whole.
 *
 *     start   default 0; never counts from the back
 *     size    -1 (also the default): as many elements as there are inside x
 *     stride  default 1
 *
 * With `clip` it is Python's x[start:end:stride] instead: `size` holds the ends, starts and ends
 * count from the back when negative, and what lies outside is cut off.
 */
#include "op/move/slice.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_name modes[] = {
    {"strict", TERN_SLICE_STRICT}, {"wrap", TERN_SLICE_WRAP},       {"clamp", TERN_SLICE_CLAMP},
    {"fill", TERN_SLICE_FILL},     {"reflect", TERN_SLICE_REFLECT}, {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_slice_attr, start, INTS, .batch = TERN_BATCH_PREPEND, .low = INT64_MIN / 4,
              .high = INT64_MAX / 4, .summary = "first index per axis"),
    TERN_ATTR(tern_slice_attr, size, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = -1,
              .low = INT64_MIN / 4, .high = INT64_MAX / 4,
              .summary = "extents of the result; -1: whole from start; ends with clip"),
    TERN_ATTR(tern_slice_attr, stride, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = 1,
              .low = INT64_MIN / 4, .high = INT64_MAX / 4,
              .summary = "step per axis; may be negative or 0"),
    TERN_ATTR(tern_slice_attr, axes, INTS, .batch = TERN_BATCH_SHIFT,
              .summary = "axes that start, size and stride speak of; empty: all"),
    TERN_ATTR(tern_slice_attr, mode, ENUM, .names = modes,
              .summary = "what lies outside the input"),
    TERN_ATTR(tern_slice_attr, clip, BOOL,
              .summary =
                  "size holds ends; both count from the back when negative, and are clamped"),
    TERN_ATTR_END,
};

/* ---- shapes ---- */

/* A list from operand `x` when it is there, else from the attribute. */
static tern_status pick(const tern_infer *in, int32_t x, const tern_ints *attr,
                        const tern_dim **out_list, int32_t *out_count)
{
    *out_list = attr->v;
    *out_count = attr->count;
    return tern_infer_has(in, x) ? tern_infer_shape_operand(in, x, out_list, out_count) : TERN_OK;
}

static tern_status check_count(const tern_infer *in, const char *name, int32_t count,
                               int32_t wanted)
{
    if (count != 0 && count != wanted) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s has %d entries, %d are needed", in->who, name,
                         (int)count, (int)wanted);
    }
    return TERN_OK;
}

/* All lists, counts checked and axes known and normalised into `axes`. */
static tern_status pick_all(const tern_infer *in, tern_slice_lists *l, int64_t axes[TERN_MAX_RANK])
{
    const tern_slice_attr *const a = in->attr;
    const int32_t rank = in->x[0].rank;
    uint32_t seen = 0;
    TERN_TRY(pick(in, TERN_SLICE_X_START, &a->start, &l->start, &l->start_count));
    TERN_TRY(pick(in, TERN_SLICE_X_SIZE, &a->size, &l->size, &l->size_count));
    TERN_TRY(pick(in, TERN_SLICE_X_STRIDE, &a->stride, &l->stride, &l->stride_count));
    TERN_TRY(pick(in, TERN_SLICE_X_AXES, &a->axes, &l->axes, &l->axes_count));
    for (int32_t i = 0; i < l->axes_count; i++) {
        axes[i] = l->axes[i];
        if (!tern_dim_known(axes[i])) {
            return tern_fail(TERN_UNSUPPORTED, "%s: axes must be numbers known while building",
                             in->who);
        }
        TERN_TRY(tern_axis_normalize(&axes[i], rank, in->who));
        if ((seen >> axes[i] & 1) != 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: axis %d is listed twice", in->who,
                             (int)axes[i]);
        }
        seen |= UINT32_C(1) << axes[i];
    }
    l->axes = axes;
    const int32_t wanted = l->axes_count > 0 ? l->axes_count : rank;
    TERN_TRY(check_count(in, "start", l->start_count, wanted));
    TERN_TRY(check_count(in, "size", l->size_count, wanted));
    return check_count(in, "stride", l->stride_count, wanted);
}

/* Elements from `start` on that lie inside. */
static tern_status whole(const tern_infer *in, int32_t axis, tern_dim start, tern_dim stride,
                         tern_dim *out)
{
    tern_dim_table *const t = in->dims;
    const tern_dim extent = in->x[0].dims[axis];
    if (!tern_dim_known(stride) || stride == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: size -1 on axis %d needs a stride that is a number, not 0", in->who,
                         (int)axis);
    }
    tern_dim count;
    if (stride > 0) {
        count = tern_dim_make(t, TERN_DIM_CEIL_DIV, tern_dim_make(t, TERN_DIM_SUB, extent, start),
                              stride);
    } else {
        count = tern_dim_make(t, TERN_DIM_FLOOR_DIV, start, -stride);
        count = tern_dim_make(t, TERN_DIM_ADD, count, 1);
    }
    *out = start == 0 && stride == 1 ? extent : tern_dim_make(t, TERN_DIM_MAX, count, 0);
    return TERN_OK;
}

/* Strict bounds, as far as numbers say. */
static tern_status check_bounds(const tern_infer *in, int32_t axis, tern_dim start, tern_dim size,
                                tern_dim stride)
{
    const tern_slice_attr *const a = in->attr;
    const tern_dim extent = in->x[0].dims[axis];
    if (a->mode != TERN_SLICE_STRICT || !tern_dim_known(start) || !tern_dim_known(size) ||
        !tern_dim_known(stride) || !tern_dim_known(extent) || size <= 0) {
        return TERN_OK;
    }
    const tern_dim span = tern_dim_make(in->dims, TERN_DIM_MUL, size - 1, stride);
    const tern_dim last = tern_dim_make(in->dims, TERN_DIM_ADD, start, span);
    if (start < 0 || start >= extent || last < 0 || last >= extent) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: indices %lld..%lld of axis %d lie outside %s; another mode allows that", in->who,
            (long long)start, (long long)last, (int)axis, tern_operand_text(in, 0, input));
    }
    return TERN_OK;
}

static tern_status infer_axis(tern_infer *in, const tern_slice_lists *l, int32_t i, int32_t axis)
{
    const tern_dim start = l->start_count > 0 ? l->start[i] : 0;
    const tern_dim stride = l->stride_count > 0 ? l->stride[i] : 1;
    tern_dim size = l->size_count > 0 ? l->size[i] : -1;
    if (((const tern_slice_attr *)in->attr)->clip != 0) {
        return tern_slice_clip_size(in, l, i, axis, &in->y[0].dims[axis]);
    }
    if (size == -1) {
        TERN_TRY(whole(in, axis, start, stride, &size));
    }
    if (tern_dim_known(size) && size < 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: size %lld on axis %d; allowed are -1 and extents", in->who,
                         (long long)size, (int)axis);
    }
    in->y[0].dims[axis] = size;
    return check_bounds(in, axis, start, size, stride);
}

int64_t tern_slice_source(int32_t mode, int64_t at, int64_t extent)
{
    if (extent <= 0) {
        return -1;
    }
    switch ((tern_slice_mode)mode) {
    case TERN_SLICE_STRICT:
    case TERN_SLICE_FILL: return at < 0 || at >= extent ? -1 : at;
    case TERN_SLICE_WRAP: return at % extent < 0 ? at % extent + extent : at % extent;
    case TERN_SLICE_CLAMP: return at < 0 ? 0 : at >= extent ? extent - 1 : at;
    case TERN_SLICE_REFLECT: break;
    }
    if (extent == 1) {
        return 0;
    }
    const int64_t period = 2 * (extent - 1); /* 0 1 2 1 0 1 2 ...: the edge is not repeated */
    const int64_t phase = at % period < 0 ? at % period + period : at % period;
    return phase < extent ? phase : period - phase;
}

static void infer_content(tern_infer *in, const tern_slice_lists *l)
{
    const tern_slice_attr *const a = in->attr;
    const tern_dim *const x = tern_content_of(in, 0), *const fill =
                                                          tern_content_of(in, TERN_SLICE_X_FILL);
    const tern_type *const xt = &in->x[0], *const yt = &in->y[0];
    const int32_t count = tern_content_count(yt);
    if (x == NULL || count < 0 || (tern_infer_has(in, TERN_SLICE_X_FILL) && fill == NULL)) {
        return;
    }
    const int32_t wanted = l->axes_count > 0 ? l->axes_count : xt->rank;
    for (int32_t i = 0; i < wanted; i++) {
        if ((l->start_count > 0 && !tern_dim_known(l->start[i])) ||
            (l->stride_count > 0 && !tern_dim_known(l->stride[i]))) {
            return;
        }
    }
    tern_slice_window w;
    tern_slice_window_make(l, xt, a->clip != 0, &w);
    for (int32_t i = 0; i < count; i++) {
        int64_t rest = i, at = 0, step = 1;
        bool is_outside = false;
        for (int32_t d = yt->rank - 1; d >= 0; d--) {
            const int64_t index =
                tern_slice_source(a->mode, tern_slice_at(&w, d, rest % yt->dims[d]), xt->dims[d]);
            rest /= yt->dims[d];
            is_outside = is_outside || index < 0;
            at += index * step;
            step *= xt->dims[d];
        }
        in->y_content[0][i] = is_outside ? (fill != NULL ? fill[0] : 0) : x[at];
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_slice_lists l;
    int64_t axes[TERN_MAX_RANK] = {0};
    int64_t count = 1;
    in->y[0] = in->x[0];
    if (((const tern_slice_attr *)in->attr)->clip != 0 && tern_slice_clip_unknown(in)) {
        return TERN_OK;
    }
    TERN_TRY(pick_all(in, &l, axes));
    const int32_t wanted = l.axes_count > 0 ? l.axes_count : in->x[0].rank;
    for (int32_t i = 0; i < wanted; i++) {
        TERN_TRY(infer_axis(in, &l, i, l.axes_count > 0 ? (int32_t)axes[i] : i));
    }
    if (tern_infer_has(in, TERN_SLICE_X_FILL) &&
        (!tern_type_volume(&in->x[TERN_SLICE_X_FILL], &count) || count != 1)) {
        char fill[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have one element", in->who,
                         tern_operand_text(in, TERN_SLICE_X_FILL, fill));
    }
    if (in->y_content_known != NULL && in->dims->status == TERN_OK) {
        infer_content(in, &l);
    }
    return TERN_OK;
}

/* ---- running ---- */

/* Operands are anybody's: far enough outside is outside. */
static int64_t clamped(int64_t x)
{
    return x < INT64_MIN / 4 ? INT64_MIN / 4 : x > INT64_MAX / 4 ? INT64_MAX / 4 : x;
}

/* Python's start on an axis of `extent` elements. */
static int64_t clipped(int64_t start, int64_t stride, int64_t extent)
{
    const int64_t low = stride < 0 ? -1 : 0, high = stride < 0 ? extent - 1 : extent;
    start += start < 0 ? extent : 0;
    return start < low ? low : start > high ? high : start;
}

void tern_slice_window_make(const tern_slice_lists *lists, const tern_type *x, bool clip,
                            tern_slice_window *out_window)
{
    const int32_t rank = x->rank;
    for (int32_t d = 0; d < rank; d++) {
        out_window->start[d] = 0;
        out_window->stride[d] = 1;
    }
    const int32_t count = lists->axes_count > 0 ? lists->axes_count : rank;
    for (int32_t i = 0; i < count; i++) {
        int64_t axis = lists->axes_count > 0 ? lists->axes[i] : i;
        axis += axis < 0 ? rank : 0;
        if (axis < 0 || axis >= rank) {
            continue;
        }
        out_window->start[axis] = lists->start_count > 0 ? clamped(lists->start[i]) : 0;
        out_window->stride[axis] = lists->stride_count > 0 ? clamped(lists->stride[i]) : 1;
        if (clip) {
            out_window->start[axis] =
                clipped(out_window->start[axis], out_window->stride[axis], x->dims[axis]);
        }
    }
}

static void lists_of(const tern_ref *r, tern_slice_lists *l)
{
    const tern_slice_attr *const a = r->attr;
    const tern_ints *const attrs[] = {&a->start, &a->size, &a->stride, &a->axes};
    const int32_t operands[] = {TERN_SLICE_X_START, TERN_SLICE_X_SIZE, TERN_SLICE_X_STRIDE,
                                TERN_SLICE_X_AXES};
    const int64_t **const lists[] = {&l->start, &l->size, &l->stride, &l->axes};
    int32_t *const counts[] = {&l->start_count, &l->size_count, &l->stride_count, &l->axes_count};
    for (int i = 0; i < 4; i++) {
        const int32_t x = operands[i];
        const bool is_given = x < r->x_count && r->xt[x].dtype != 0;
        *lists[i] = is_given ? r->x[x] : attrs[i]->v;
        *counts[i] =
            is_given ? (r->xt[x].rank > 0 ? (int32_t)r->xt[x].dims[0] : 1) : attrs[i]->count;
    }
}

static void move(const tern_move *m)
{
    static const uint64_t zero;
    const tern_slice_attr *const a = m->ref.attr;
    const tern_type *const xt = &m->ref.xt[0], *const yt = &m->ref.yt[0];
    const unsigned char *const x = m->ref.x[0];
    unsigned char *const y = m->ref.y[0];
    const void *fill = m->ref.x_count > TERN_SLICE_X_FILL ? m->ref.x[TERN_SLICE_X_FILL] : NULL;
    fill = fill != NULL ? fill : &zero;
    int64_t index[TERN_MAX_RANK] = {0};
    int64_t strides[TERN_MAX_RANK], count = 0;
    tern_slice_lists lists;
    tern_slice_window w;
    lists_of(&m->ref, &lists);
    tern_slice_window_make(&lists, xt, a->clip != 0, &w);
    tern_type_strides(xt, strides);
    (void)tern_type_volume(yt, &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0;
        for (int32_t d = 0; d < yt->rank && at >= 0; d++) {
            const int64_t k =
                tern_slice_source(a->mode, tern_slice_at(&w, d, index[d]), xt->dims[d]);
            at = k < 0 ? -1 : at + k * strides[d];
        }
        memcpy(y + (size_t)i * m->elem, at < 0 ? fill : x + (size_t)at * m->elem, m->elem);
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    tern_slice_attr *const a = attr;
    (void)visible_rank;
    if (a->axes.count == 0 && a->clip != 0) { /* there is no end that takes the batch whole */
        a->axes.count = a->start.count > a->size.count ? a->start.count : a->size.count;
        for (int32_t i = 0; i < a->axes.count; i++) {
            a->axes.v[i] = i;
        }
    }
    if (a->axes.count == 0) {
        return tern_attr_batchify(fields, attr, who);
    }
    for (int32_t i = 0; i < a->axes.count; i++) { /* the lists speak of these axes only */
        a->axes.v[i] += a->axes.v[i] >= 0 ? 1 : 0;
    }
    return TERN_OK;
}

static const char *const names[] = {"input", "start", "size", "stride", "fill", "axes", NULL};

const tern_op tern_op_slice = {
    .name = "slice",
    .summary = "x[start + i * stride] along every axis; outside the input by mode",
    .types = "T, int?, int?, int?, T?, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 6, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_slice_attr),
    .infer = infer,
    .move = move,
    .shape_operands = 1u << TERN_SLICE_X_START | 1u << TERN_SLICE_X_SIZE |
                      1u << TERN_SLICE_X_STRIDE | 1u << TERN_SLICE_X_AXES,
    .batchless_operands = 1u << TERN_SLICE_X_START | 1u << TERN_SLICE_X_SIZE |
                          1u << TERN_SLICE_X_STRIDE | 1u << TERN_SLICE_X_FILL |
                          1u << TERN_SLICE_X_AXES,
    .batchify = batchify,
};
