/* SPDX-License-Identifier: Apache-2.0
 *
 * resize: samples of the input on another grid, every axis on its own.  Along an axis of Li
 * elements that becomes Lo, result index o looks at position
 *
 *     align_corners         o * (Li - 1) / (Lo - 1)
 *     asymmetric            o * Li / Lo
 *     half_pixel            (o + 0.5) * Li / Lo - 0.5
 *     half_pixel_symmetric  the same around the middle of the axis, whatever scale * Li leaves over
 *     pytorch_half_pixel    half_pixel, but 0 where Lo is 1
 *     half_pixel_left       (o + 0.5) * Li / Lo
 *     crop                  start .. end of the region of interest, from corner to corner
 *
 * nearest takes the element there after `rounding`, linear and cubic weigh 2 or 4 neighbours, or
 * with antialias as many as one result element covers; what lies outside is the edge element, in
 * mode crop the extrapolation value.  With selector upper an axis of result extent 1 takes element
 * 0.  With by_scale positions follow the scale as it was given (Lo is Li * scale with a fraction).
 */
#include "op/resize/resize.h"

#include "op/message.h"

#include <math.h>
#include <string.h>

static const tern_attr_name modes[] = {
    {"nearest", TERN_RESIZE_NEAREST},
    {"linear", TERN_RESIZE_LINEAR},
    {"cubic", TERN_RESIZE_CUBIC},
    {NULL, 0},
};

static const tern_attr_name coordinates[] = {
    {"align_corners", TERN_RESIZE_ALIGN_CORNERS},
    {"asymmetric", TERN_RESIZE_ASYMMETRIC},
    {"half_pixel", TERN_RESIZE_HALF_PIXEL},
    {"half_pixel_symmetric", TERN_RESIZE_HALF_PIXEL_SYMMETRIC},
    {"pytorch_half_pixel", TERN_RESIZE_PYTORCH_HALF_PIXEL},
    {"half_pixel_left", TERN_RESIZE_HALF_PIXEL_LEFT},
    {"crop", TERN_RESIZE_CROP},
    {NULL, 0},
};

static const tern_attr_name selectors[] = {
    {"formula", TERN_RESIZE_FORMULA},
    {"upper", TERN_RESIZE_UPPER},
    {NULL, 0},
};

static const tern_attr_name roundings[] = {
    {"half_up", TERN_RESIZE_HALF_UP}, {"half_down", TERN_RESIZE_HALF_DOWN},
    {"floor", TERN_RESIZE_FLOOR},     {"ceil", TERN_RESIZE_CEIL},
    {"simple", TERN_RESIZE_SIMPLE},   {NULL, 0},
};

static const tern_attr_name aspects[] = {
    {"stretch", TERN_RESIZE_STRETCH},
    {"not_larger", TERN_RESIZE_NOT_LARGER},
    {"not_smaller", TERN_RESIZE_NOT_SMALLER},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_resize_attr, size, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = -1,
              .low = -1, .high = INT64_MAX, .summary = "extents of the result; -1: the input's"),
    TERN_ATTR(tern_resize_attr, scales, FLOATS, .batch = TERN_BATCH_PREPEND, .batch_value = 1,
              .summary = "extents of the result as floor(extent * scale), when there is no size"),
    TERN_ATTR(tern_resize_attr, mode, ENUM, .names = modes, .summary = "interpolation"),
    TERN_ATTR(tern_resize_attr, coordinates, ENUM, .names = coordinates,
              .fallback = TERN_RESIZE_ASYMMETRIC,
              .summary = "which position a result element looks at"),
    TERN_ATTR(tern_resize_attr, selector, ENUM, .names = selectors,
              .summary = "rule for a result extent of 1"),
    TERN_ATTR(tern_resize_attr, rounding, ENUM, .names = roundings, .fallback = TERN_RESIZE_FLOOR,
              .summary = "of positions in mode nearest"),
    TERN_ATTR(tern_resize_attr, cubic_coeff, F64, .fallback = -0.75, .onnx = "cubic_coeff_a",
              .summary = "A of the cubic kernel"),
    TERN_ATTR(tern_resize_attr, exclude_outside, BOOL, .onnx = "exclude_outside",
              .summary = "cubic: neighbours outside weigh nothing instead of being the edge"),
    TERN_ATTR(tern_resize_attr, antialias, BOOL, .onnx = "antialias",
              .summary = "shrinking weighs all that a result element covers"),
    TERN_ATTR(tern_resize_attr, extrapolation, F64, .onnx = "extrapolation_value",
              .summary = "what lies outside in coordinates crop"),
    TERN_ATTR(tern_resize_attr, axes, INTS, .batch = TERN_BATCH_SHIFT,
              .summary = "axes that size, scales and roi speak of; none: all"),
    TERN_ATTR(tern_resize_attr, aspect, ENUM, .names = aspects,
              .summary = "how the axes keep one scale when there is a size"),
    TERN_ATTR(tern_resize_attr, by_scale, BOOL,
              .summary = "positions follow the given scale, not the ratio of the extents"),
    TERN_ATTR(tern_resize_attr, most, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = INT32_MAX,
              .high = INT64_MAX,
              .summary = "no extent gets longer, where only a run tells the size or scales"),
    TERN_ATTR_END,
};

static tern_status bad_count(const tern_infer *in, const char *what, int32_t count)
{
    char input[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s has %d entries for %s", in->who, what, (int)count,
                     tern_operand_text(in, 0, input));
}

/* Which entry of a list speaks of an axis; -1: none. */
static int32_t entry_of(const tern_resize_attr *a, int32_t axis)
{
    for (int32_t k = 0; k < a->axes.count; k++) {
        if (a->axes.v[k] == axis) {
            return k;
        }
    }
    return a->axes.count == 0 ? axis : -1;
}

/* What is asked for: a size, scales, or neither, one entry per listed axis. */
typedef struct request {
    const tern_dim *size;
    int32_t size_count;
    double scales[TERN_MAX_RANK];
    int32_t scale_count;
    bool is_open; /* there are scales, or a size, that only a run knows */
} request;

static tern_status check_axes(tern_infer *in, tern_resize_attr *a)
{
    uint32_t seen = 0;
    for (int32_t k = 0; k < a->axes.count; k++) {
        TERN_TRY(tern_axis_normalize(&a->axes.v[k], in->x[0].rank, in->who));
        if ((seen >> a->axes.v[k] & 1) != 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: axis %lld is listed twice", in->who,
                             (long long)a->axes.v[k]);
        }
        seen |= 1u << a->axes.v[k];
    }
    return TERN_OK;
}

static tern_status scales_operand(const tern_infer *in, int32_t wanted, request *r)
{
    int64_t count = 0;
    const tern_type *const t = &in->x[TERN_RESIZE_X_SCALES];
    const void *const data = in->x_data != NULL ? in->x_data[TERN_RESIZE_X_SCALES] : NULL;
    if (!tern_type_volume(t, &count) || count != wanted) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be a list of %d numbers", in->who,
                         tern_operand_text(in, TERN_RESIZE_X_SCALES, input), (int)wanted);
    }
    r->is_open = data == NULL && count > 0;
    r->scale_count = (int32_t)count;
    if (data != NULL) {
        tern_convert((tern_dtype)t->dtype, data, TERN_DTYPE_F64, r->scales, count);
    }
    return TERN_OK;
}

/* A size that is not known yet is one of those that only a run tells, where there are bounds. */
static tern_status size_operand(const tern_infer *in, int32_t wanted, request *r)
{
    int64_t count = 0;
    const tern_resize_attr *const a = in->attr;
    if (tern_content_of(in, TERN_RESIZE_X_SIZE) == NULL && a->most.count > 0 &&
        in->y_before != NULL && tern_type_volume(&in->x[TERN_RESIZE_X_SIZE], &count) &&
        count == wanted) {
        r->is_open = true;
        return TERN_OK;
    }
    TERN_TRY(tern_infer_shape_operand(in, TERN_RESIZE_X_SIZE, &r->size, &r->size_count));
    return r->size_count == 0 && wanted > 0 ? bad_count(in, "the list of extents", r->size_count)
                                            : TERN_OK;
}

static tern_status read_request(tern_infer *in, request *r)
{
    const tern_resize_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    const int32_t wanted = a->axes.count > 0 ? a->axes.count : x->rank;
    *r = (request){.size = a->size.v, .size_count = a->size.count};
    if (tern_infer_has(in, TERN_RESIZE_X_SIZE)) {
        TERN_TRY(size_operand(in, wanted, r));
    }
    if (r->size_count > 0 && r->size_count != wanted) {
        return bad_count(in, "size", r->size_count);
    }
    if (tern_infer_has(in, TERN_RESIZE_X_SCALES)) {
        TERN_TRY(scales_operand(in, wanted, r));
    } else {
        r->scale_count = a->scales.count;
        memcpy(r->scales, a->scales.v, sizeof r->scales);
    }
    if (r->size_count == 0 && r->scale_count > 0 && r->scale_count != wanted) {
        return bad_count(in, "scales", r->scale_count);
    }
    if (r->scale_count > 0 && a->by_scale != 0 && a->aspect != TERN_RESIZE_STRETCH) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: a scale leaves no choice of aspect", in->who);
    }
    return TERN_OK;
}

/*
 * Of `axis` when all listed axes have the smallest (largest) of their scales: round(Li * size / L)
 * of the axis that has it is the smallest (largest) of them all, as rounding keeps the order.
 */
static tern_dim even_extent(tern_infer *in, const request *r, int32_t axis)
{
    const tern_resize_attr *const a = in->attr;
    const tern_dim *const l = in->x[0].dims;
    tern_dim_table *const t = in->dims;
    tern_dim best = TERN_DIM_NONE;
    for (int32_t d = 0; d < in->x[0].rank; d++) {
        const int32_t k = entry_of(a, d);
        if (k < 0) {
            continue;
        }
        const tern_dim size = r->size[k] == -1 ? l[d] : r->size[k];
        const tern_dim product =
            tern_dim_make(t, TERN_DIM_MUL, tern_dim_make(t, TERN_DIM_MUL, size, l[axis]), 2);
        const tern_dim extent =
            tern_dim_make(t, TERN_DIM_FLOOR_DIV, tern_dim_make(t, TERN_DIM_ADD, product, l[d]),
                          tern_dim_make(t, TERN_DIM_MUL, l[d], 2));
        best = best == TERN_DIM_NONE
                   ? extent
                   : tern_dim_make(
                         t, a->aspect == TERN_RESIZE_NOT_LARGER ? TERN_DIM_MIN : TERN_DIM_MAX, best,
                         extent);
    }
    return best;
}

/* An extent whose scale only a run tells, 0..most. */
static tern_status open_extent(tern_infer *in, int32_t axis)
{
    const tern_resize_attr *const a = in->attr;
    if (axis >= a->most.count) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: its scales are computed when it runs, and nothing says how long axis "
                         "%d may get; make them a constant, give a size, or set \"most\"",
                         in->who, (int)axis);
    }
    if (!tern_infer_data_extent(in, 0, axis, a->most.v[axis], &in->y[0].dims[axis])) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the scales are not known", in->who);
    }
    return TERN_OK;
}

static tern_status scaled_extent(tern_infer *in, const request *r, int32_t k, int32_t axis)
{
    const double scale = r->scales[k];
    int64_t bits;
    if (!(scale > 0.0) || !(scale <= 1e9)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: scale %g on axis %d; allowed are 0..1e9, not 0", in->who, scale,
                         (int)axis);
    }
    memcpy(&bits, &scale, sizeof bits);
    in->y[0].dims[axis] = tern_dim_make(in->dims, TERN_DIM_SCALE, in->x[0].dims[axis], bits);
    return TERN_OK;
}

static tern_status infer_extent(tern_infer *in, const request *r, int32_t axis)
{
    const tern_resize_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    const int32_t k = entry_of(a, axis);
    if (k >= 0 && r->size_count > 0 && a->aspect != TERN_RESIZE_STRETCH) {
        in->y[0].dims[axis] = even_extent(in, r, axis);
    } else if (k >= 0 && r->size_count > 0) {
        in->y[0].dims[axis] = r->size[k] == -1 ? x->dims[axis] : r->size[k];
    } else if (k >= 0 && r->is_open) {
        TERN_TRY(open_extent(in, axis));
    } else if (k >= 0 && r->scale_count > 0) {
        TERN_TRY(scaled_extent(in, r, k, axis));
    }
    if (x->dims[axis] == 0 && in->y[0].dims[axis] != 0) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %d has no elements to sample", in->who,
                         (int)axis);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    tern_resize_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    request r;
    TERN_TRY(check_axes(in, a));
    TERN_TRY(read_request(in, &r));
    in->y[0] = *x;
    for (int32_t d = 0; d < x->rank; d++) {
        TERN_TRY(infer_extent(in, &r, d));
    }
    int64_t count = 0;
    const int32_t wanted = a->axes.count > 0 ? a->axes.count : x->rank;
    if (tern_infer_has(in, TERN_RESIZE_X_ROI) &&
        (!tern_type_volume(&in->x[TERN_RESIZE_X_ROI], &count) || count != 2 * wanted)) {
        return bad_count(in, "the region of interest", (int32_t)count);
    }
    if (a->coordinates == TERN_RESIZE_CROP && !tern_infer_has(in, TERN_RESIZE_X_ROI)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: coordinates crop need a region of interest",
                         in->who);
    }
    return TERN_OK;
}

/* Lists with axes of their own stay; others get an entry for the batch. */
static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)visible_rank;
    tern_resize_attr *const a = attr;
    const tern_resize_attr before = *a;
    TERN_TRY(tern_attr_batchify(fields, attr, who));
    if (before.axes.count > 0) {
        a->size = before.size;
        a->scales = before.scales;
    }
    return TERN_OK;
}

/* ---- reference ---- */

/* Scratch: tables of all axes, one behind the other. */
static size_t lay_out(const void *attr, const tern_type *xt, const tern_type *yt,
                      unsigned char *base, tern_resize_taps *t)
{
    size_t used = 0;
    for (int32_t d = 0; d < yt->rank; d++) {
        const int64_t room = tern_resize_room(attr, xt->dims[d], yt->dims[d]);
        size_t weights, total;
        if (yt->dims[d] < 0 || room > INT64_MAX / 16 ||
            (room + 2 > 0 && yt->dims[d] > INT64_MAX / 16 / (room + 2))) {
            return SIZE_MAX;
        }
        weights = (size_t)yt->dims[d] * (size_t)room * sizeof(double);
        total = weights + (size_t)yt->dims[d] * 2 * sizeof(int64_t);
        if (total > SIZE_MAX / 16 - used) {
            return SIZE_MAX;
        }
        if (base != NULL) {
            t[d].room = room;
            t[d].weights = (double *)(void *)(base + used);
            t[d].first = (int64_t *)(void *)(base + used + weights);
            t[d].count = t[d].first + yt->dims[d];
        }
        used += total;
    }
    return used;
}

static size_t scratch_bytes(const void *attr, const tern_type *x, int32_t x_count,
                            const tern_type *y)
{
    (void)x_count;
    return lay_out(attr, &x[0], &y[0], NULL, NULL);
}

static bool ref_has(const tern_ref *r, int32_t operand)
{
    return operand < r->x_count && r->xt[operand].dtype != 0;
}

/* The one scale of all listed axes. */
static double even_scale(const tern_ref *r)
{
    const tern_resize_attr *const a = r->attr;
    const int64_t *const size =
        ref_has(r, TERN_RESIZE_X_SIZE) ? (const int64_t *)r->x[TERN_RESIZE_X_SIZE] : a->size.v;
    double best = 0.0;
    bool is_first = true;
    for (int32_t d = 0; d < r->xt[0].rank; d++) {
        const int32_t k = entry_of(a, d);
        if (k < 0) {
            continue;
        }
        const int64_t li = r->xt[0].dims[d];
        const double scale = size[k] == -1 ? 1.0 : (double)size[k] / (double)li;
        if (is_first || (a->aspect == TERN_RESIZE_NOT_LARGER ? scale < best : scale > best)) {
            best = scale;
        }
        is_first = false;
    }
    return best;
}

static tern_resize_axis axis_of(const tern_ref *r, int32_t d)
{
    const tern_resize_attr *const a = r->attr;
    const int32_t k = entry_of(a, d), wanted = a->axes.count > 0 ? a->axes.count : r->xt[0].rank;
    tern_resize_axis x = {.li = r->xt[0].dims[d], .lo = r->yt[0].dims[d], .end = 1.0};
    x.scale = x.li > 0 ? (double)x.lo / (double)x.li : 1.0;
    const bool has_size = ref_has(r, TERN_RESIZE_X_SIZE) || a->size.count > 0;
    if (k >= 0 && has_size && a->aspect != TERN_RESIZE_STRETCH) {
        x.scale = even_scale(r);
        x.is_given = true;
    } else if (k >= 0 && a->by_scale != 0 && ref_has(r, TERN_RESIZE_X_SCALES)) {
        x.scale = ((const double *)r->x[TERN_RESIZE_X_SCALES])[k];
        x.is_given = true;
    } else if (k >= 0 && a->by_scale != 0 && k < a->scales.count) {
        x.scale = a->scales.v[k];
        x.is_given = true;
    }
    if (k >= 0 && ref_has(r, TERN_RESIZE_X_ROI)) {
        const double *const roi = r->x[TERN_RESIZE_X_ROI];
        x.start = roi[k];
        x.end = roi[wanted + k];
    }
    return x;
}

#define TERN_BODY "op/resize/resize_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static const char *const names[] = {"input", "size", "scales", "roi", NULL};

const tern_op tern_op_resize = {
    .name = "resize",
    .summary = "the input sampled on another grid: nearest, linear or cubic",
    .types = "T, int?, float?, float? -> T; T: number",
    .arity = {.in_min = 1, .in_max = 4, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_resize_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = resize_F, [TERN_CLASS_I] = resize_I, [TERN_CLASS_U] = resize_U},
    .reference_scratch = scratch_bytes,
    .shape_operands = 1u << TERN_RESIZE_X_SIZE | 1u << TERN_RESIZE_X_SCALES,
    .batchless_operands =
        1u << TERN_RESIZE_X_SIZE | 1u << TERN_RESIZE_X_SCALES | 1u << TERN_RESIZE_X_ROI,
    .batchify = batchify,
    .epilogue = true,
};
