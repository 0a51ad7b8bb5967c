/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a result index of resize looks along one axis, and how much the elements around weigh.
 * Neighbours outside are the edge element: their weights are added to the edge's, so that the
 * elements of one index are always a run of the axis.
 */
#include "op/resize/resize.h"

#include <math.h>

/* Elements that one index may weigh before those outside are folded onto the edges. */
static int64_t support(const tern_resize_attr *a, double scale)
{
    if (a->mode == TERN_RESIZE_NEAREST) {
        return 1;
    }
    const int64_t reach = a->mode == TERN_RESIZE_CUBIC ? 2 : 1;
    if (a->antialias == 0 || !(scale < 1.0)) {
        return 2 * reach;
    }
    const double half = ceil((double)reach / scale);
    return half < 1e9 ? 2 * (int64_t)half : INT64_C(2000000000);
}

int64_t tern_resize_room(const tern_resize_attr *a, int64_t li, int64_t lo)
{
    /* The scale that made lo of li may be up to half an element smaller than their ratio. */
    const double least = lo > 0 && li > 0 ? ((double)lo - 0.5) / (double)li : 1.0;
    const int64_t most = support(a, least);
    return most < li ? most : li > 0 ? li : 1;
}

/* The first position is rounded to single precision, as regions are given: a corner on an element
 * is on it. */
static double crop_position(const tern_resize_axis *x, double at, double length)
{
    const double most = (double)x->li - 1.0, size = (x->end - x->start) * most;
    const double first = (double)((float)x->start * (float)most);
    return first + (length == 1.0 ? size / 2.0 : at * size / (length - 1.0));
}

static double position(const tern_resize_attr *a, int64_t o, const tern_resize_axis *x)
{
    const double at = (double)o, li = (double)x->li, lo = (double)x->lo;
    const double length = x->is_given ? x->scale * li : lo; /* may have a fraction */
    if (x->lo == 1 && a->selector == TERN_RESIZE_UPPER) {
        return 0.0;
    }
    switch ((tern_resize_coordinates)a->coordinates) {
    case TERN_RESIZE_ALIGN_CORNERS: return length == 1.0 ? 0.0 : at * (li - 1.0) / (length - 1.0);
    case TERN_RESIZE_ASYMMETRIC: return x->is_given ? at / x->scale : at * li / lo;
    case TERN_RESIZE_HALF_PIXEL: break;
    case TERN_RESIZE_HALF_PIXEL_SYMMETRIC:
        return li / 2.0 * (1.0 - lo / length) + (at + 0.5) * li / length - 0.5;
    case TERN_RESIZE_PYTORCH_HALF_PIXEL:
        if (x->lo == 1) {
            return 0.0;
        }
        break;
    case TERN_RESIZE_HALF_PIXEL_LEFT: return (at + 0.5) * li / length;
    case TERN_RESIZE_CROP: return crop_position(x, at, length);
    }
    return x->is_given ? (at + 0.5) / x->scale - 0.5 : (at + 0.5) * li / lo - 0.5;
}

static double round_position(const tern_resize_attr *a, double p, bool shrinks)
{
    switch ((tern_resize_rounding)a->rounding) {
    case TERN_RESIZE_HALF_UP: return floor(p + 0.5);
    case TERN_RESIZE_HALF_DOWN: return ceil(p - 0.5);
    case TERN_RESIZE_FLOOR: return floor(p);
    case TERN_RESIZE_CEIL: break;
    case TERN_RESIZE_SIMPLE: return shrinks ? ceil(p) : floor(p);
    }
    return ceil(p);
}

static double cubic_weight(double c, double distance)
{
    const double d = fabs(distance);
    if (d <= 1.0) {
        return (c + 2.0) * d * d * d - (c + 3.0) * d * d + 1.0;
    }
    return d < 2.0 ? c * d * d * d - 5.0 * c * d * d + 8.0 * c * d - 4.0 * c : 0.0;
}

static double weight_of(const tern_resize_attr *a, double distance)
{
    if (a->mode == TERN_RESIZE_CUBIC) {
        return cubic_weight(a->cubic_coeff, distance);
    }
    const double d = 1.0 - fabs(distance);
    return d > 0.0 ? d : 0.0;
}

static int64_t inside(double at, int64_t extent)
{
    return !(at >= 0.0) ? 0 : at >= (double)extent ? extent - 1 : (int64_t)at;
}

/* Weights of the neighbours of position p, which become a run of elements that exist. */
static void weigh(const tern_resize_attr *a, const tern_resize_axis *x, double p, int64_t o,
                  tern_resize_taps *t)
{
    const double shrink = a->antialias != 0 && x->scale < 1.0 ? x->scale : 1.0;
    const int64_t count = support(a, x->scale);
    const double first = floor(p) - (double)(count / 2) + 1.0;
    double *const w = t->weights + o * t->room;
    double sum = 0.0, kept = 0.0;
    const int64_t low = inside(first, x->li);
    int64_t high = low;
    for (int64_t k = 0; k < t->room; k++) {
        w[k] = 0.0;
    }
    for (int64_t k = 0; k < count; k++) {
        const double at = first + (double)k;
        const bool is_outside = at < 0.0 || at >= (double)x->li;
        const double weight = weight_of(a, (at - p) * shrink);
        const int64_t to = inside(at, x->li);
        sum += weight;
        if ((is_outside && a->exclude_outside != 0) || to - low >= t->room) {
            continue;
        }
        kept += weight;
        w[to - low] += weight;
        high = weight != 0.0 ? to : high;
    }
    const bool is_normed = shrink < 1.0 || a->exclude_outside != 0;
    const double total = a->exclude_outside != 0 ? kept : sum;
    for (int64_t k = 0; is_normed && total != 0.0 && k < t->room; k++) {
        w[k] /= total;
    }
    t->first[o] = low;
    t->count[o] = high - low + 1;
}

static void take_one(const tern_resize_axis *x, double at, int64_t o, tern_resize_taps *t)
{
    t->first[o] = inside(at, x->li);
    t->count[o] = 1;
    t->weights[o * t->room] = 1.0;
}

void tern_resize_make_taps(const tern_resize_attr *a, const tern_resize_axis *x,
                           tern_resize_taps *t)
{
    const bool is_crop = a->coordinates == TERN_RESIZE_CROP;
    const bool same =
        x->li == x->lo && x->scale == 1.0 && (!is_crop || (x->start == 0.0 && x->end == 1.0));
    for (int64_t o = 0; o < x->lo; o++) {
        const double p = position(a, o, x);
        if (same) {
            take_one(x, (double)o, o, t);
        } else if (is_crop && !(p >= 0.0 && p <= (double)(x->li - 1))) {
            t->first[o] = 0;
            t->count[o] = 0;
        } else if (a->mode == TERN_RESIZE_NEAREST) {
            take_one(x, round_position(a, p, x->scale < 1.0), o, t);
        } else {
            weigh(a, x, p, o, t);
        }
    }
}
