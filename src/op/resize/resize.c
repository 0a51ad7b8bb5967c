/* SPDX-License-Identifier: Apache-2.0
 *
 * resize: samples of the input on another grid, every axis on its own.  Along an axis of Li
 * elements that becomes Lo, result index o looks at position
 *
 *     align_corners  o * (Li - 1) / (Lo - 1)
 *     asymmetric     o * Li / Lo
 *     half_pixel     (o + 0.5) * Li / Lo - 0.5
 *
 * nearest takes the element there after `rounding`, linear and cubic weigh 2 or 4 neighbours; what
 * lies outside is the edge element.  With selector upper an axis of result extent 1 takes element
 * 0.
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
    {NULL, 0},
};

static const tern_attr_name selectors[] = {
    {"formula", TERN_RESIZE_FORMULA},
    {"upper", TERN_RESIZE_UPPER},
    {NULL, 0},
};

static const tern_attr_name roundings[] = {
    {"half_up", TERN_RESIZE_HALF_UP},
    {"half_down", TERN_RESIZE_HALF_DOWN},
    {"floor", TERN_RESIZE_FLOOR},
    {"ceil", TERN_RESIZE_CEIL},
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
    TERN_ATTR_END,
};

static tern_status bad_count(const tern_infer *in, const char *what, int32_t count)
{
    char input[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s has %d entries for %s", in->who, what, (int)count,
                     tern_operand_text(in, 0, input));
}

static tern_status infer(tern_infer *in)
{
    const tern_resize_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    const tern_dim *size = a->size.v;
    int32_t count = a->size.count;
    if (tern_infer_has(in, 1)) {
        TERN_TRY(tern_infer_shape_operand(in, 1, &size, &count));
        if (count == 0 && x->rank > 0) {
            return bad_count(in, "the list of extents", count);
        }
    }
    if (count > 0 && count != x->rank) {
        return bad_count(in, "size", count);
    }
    if (count == 0 && a->scales.count > 0 && a->scales.count != x->rank) {
        return bad_count(in, "scales", a->scales.count);
    }
    in->y[0] = *x;
    for (int32_t d = 0; d < x->rank; d++) {
        if (count > 0) {
            in->y[0].dims[d] = size[d] == -1 ? x->dims[d] : size[d];
        } else if (a->scales.count > 0) {
            if (!(a->scales.v[d] > 0.0) || !(a->scales.v[d] <= 1e9)) {
                return tern_fail(TERN_INVALID_ARGUMENT,
                                 "%s: scale %g on axis %d; allowed are 0..1e9, not 0", in->who,
                                 a->scales.v[d], (int)d);
            }
            int64_t bits;
            memcpy(&bits, &a->scales.v[d], sizeof bits);
            in->y[0].dims[d] = tern_dim_make(in->dims, TERN_DIM_SCALE, x->dims[d], bits);
        }
        if (x->dims[d] == 0 && in->y[0].dims[d] != 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: axis %d has no elements to sample", in->who,
                             (int)d);
        }
    }
    return TERN_OK;
}

/* ---- reference ---- */

enum { TAPS_MAX = 4 };

/* What one result index takes from one axis. */
typedef struct taps {
    int32_t count;
    int64_t at[TAPS_MAX];
    double weight[TAPS_MAX];
} taps;

static double position(const tern_resize_attr *a, int64_t o, int64_t li, int64_t lo)
{
    if (lo == 1 && a->selector == TERN_RESIZE_UPPER) {
        return 0.0;
    }
    switch ((tern_resize_coordinates)a->coordinates) {
    case TERN_RESIZE_ALIGN_CORNERS:
        return lo == 1 ? 0.0 : (double)o * (double)(li - 1) / (double)(lo - 1);
    case TERN_RESIZE_ASYMMETRIC: return (double)o * (double)li / (double)lo;
    case TERN_RESIZE_HALF_PIXEL: break;
    }
    return ((double)o + 0.5) * (double)li / (double)lo - 0.5;
}

static int64_t round_position(int32_t rounding, double p)
{
    switch ((tern_resize_rounding)rounding) {
    case TERN_RESIZE_HALF_UP: return (int64_t)floor(p + 0.5);
    case TERN_RESIZE_HALF_DOWN: return (int64_t)ceil(p - 0.5);
    case TERN_RESIZE_FLOOR: return (int64_t)floor(p);
    case TERN_RESIZE_CEIL: break;
    }
    return (int64_t)ceil(p);
}

static int64_t inside(int64_t at, int64_t extent)
{
    return at < 0 ? 0 : at >= extent ? extent - 1 : at;
}

static double cubic_weight(double c, double distance)
{
    const double d = fabs(distance);
    if (d <= 1.0) {
        return (c + 2.0) * d * d * d - (c + 3.0) * d * d + 1.0;
    }
    return d < 2.0 ? c * d * d * d - 5.0 * c * d * d + 8.0 * c * d - 4.0 * c : 0.0;
}

static void cubic_taps(const tern_resize_attr *a, double p, int64_t li, taps *t)
{
    const double base = floor(p);
    double sum = 0.0;
    t->count = 4;
    for (int k = 0; k < 4; k++) {
        const int64_t at = (int64_t)base - 1 + k;
        const bool is_outside = at < 0 || at >= li;
        t->at[k] = inside(at, li);
        t->weight[k] = is_outside && a->exclude_outside != 0
                           ? 0.0
                           : cubic_weight(a->cubic_coeff, p - (double)at);
        sum += t->weight[k];
    }
    for (int k = 0; a->exclude_outside != 0 && k < 4; k++) {
        t->weight[k] /= sum;
    }
}

static void axis_taps(const tern_resize_attr *a, int64_t o, int64_t li, int64_t lo, taps *t)
{
    *t = (taps){.count = 1, .at = {o}, .weight = {1.0}};
    if (li == lo) {
        return;
    }
    const double p = position(a, o, li, lo);
    switch ((tern_resize_mode)a->mode) {
    case TERN_RESIZE_NEAREST: t->at[0] = inside(round_position(a->rounding, p), li); break;
    case TERN_RESIZE_LINEAR: {
        const double base = floor(p);
        t->count = 2;
        t->at[0] = inside((int64_t)base, li);
        t->at[1] = inside((int64_t)base + 1, li);
        t->weight[1] = p - base;
        t->weight[0] = 1.0 - t->weight[1];
        break;
    }
    case TERN_RESIZE_CUBIC: cubic_taps(a, p, li, t); break;
    }
}

/* Sum over the taps of axes `axis`.., from element `at` of the axes before. */
static double sample(const double *x, const tern_type *xt, const taps *t, int32_t axis, int64_t at)
{
    if (axis == xt->rank) {
        return x[at];
    }
    double sum = 0.0;
    for (int32_t k = 0; k < t[axis].count; k++) {
        const double value = sample(x, xt, t, axis + 1, at * xt->dims[axis] + t[axis].at[k]);
        sum += t[axis].count == 1 ? value : t[axis].weight[k] * value;
    }
    return sum;
}

static void reference(const tern_ref *r)
{
    const tern_type *const xt = &r->xt[0], *const yt = &r->yt[0];
    double *const y = r->y[0];
    int64_t index[TERN_MAX_RANK] = {0};
    taps t[TERN_MAX_RANK];
    int64_t count = 0;
    (void)tern_type_volume(yt, &count);
    for (int64_t i = 0; i < count; i++) {
        for (int32_t d = 0; d < yt->rank; d++) {
            axis_taps(r->attr, index[d], xt->dims[d], yt->dims[d], &t[d]);
        }
        y[i] = sample(r->x[0], xt, t, 0, 0);
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

static const char *const names[] = {"input", "size", NULL};

const tern_op tern_op_resize = {
    .name = "resize",
    .summary = "the input sampled on another grid: nearest, linear or cubic",
    .types = "T, int? -> T; T: float",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_resize_attr),
    .onnx = {{"Resize", 11}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .shape_operands = 1u << 1,
    .batchless_operands = 1u << 1,
    .epilogue = true,
};
