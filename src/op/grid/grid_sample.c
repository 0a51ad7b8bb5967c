/* SPDX-License-Identifier: Apache-2.0
 *
 * grid_sample: each result element is a sample of the input at a position of its own.  Along a
 * spatial axis of L elements coordinate -1..1 is the middle of the first to the middle of the last
 * element with align_corners, else the outer edge of the first to that of the last:
 *
 *     p = (g + 1) / 2 * (L - 1)          p = ((g + 1) * L - 1) / 2
 *
 * Coordinates of a position are in reverse order of the axes: x, y, z.  Elements beyond the edges
 * are 0, the edge, or mirrored; positions there are reflected, and clamped but in mode cubic.
 */
#include "op/grid/grid_sample.h"

#include "op/message.h"

#include <math.h>

static const tern_attr_name modes[] = {
    {"nearest", TERN_GRID_NEAREST},
    {"linear", TERN_GRID_LINEAR},
    {"cubic", TERN_GRID_CUBIC},
    {NULL, 0},
};

static const tern_attr_name outsides[] = {
    {"clamp", TERN_GRID_CLAMP},
    {"fill", TERN_GRID_FILL},
    {"reflect", TERN_GRID_REFLECT},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_grid_sample_attr, mode, ENUM, .names = modes, .fallback = TERN_GRID_LINEAR,
              .summary = "interpolation; nearest rounds ties to even"),
    TERN_ATTR(tern_grid_sample_attr, outside, ENUM, .names = outsides, .fallback = TERN_GRID_FILL,
              .summary = "what lies beyond the edges: the edge, 0, or the mirrored input"),
    TERN_ATTR(tern_grid_sample_attr, align_corners, BOOL, .onnx = "align_corners",
              .summary = "-1 and 1 are the middles of the outermost elements"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_GRID, FIRST_SPATIAL = 2, MOST_SPATIAL = TERN_MAX_RANK - FIRST_SPATIAL, TAPS = 4 };

static tern_status infer(tern_infer *in)
{
    const tern_type *const x = &in->x[X_INPUT], *const grid = &in->x[X_GRID];
    const int32_t rank = x->rank;
    char a[TERN_OPERAND_TEXT_BYTES], b[TERN_OPERAND_TEXT_BYTES];
    if (rank <= FIRST_SPATIAL || grid->rank != rank ||
        !tern_dim_may_equal(grid->dims[rank - 1], rank - FIRST_SPATIAL) ||
        !tern_dim_may_equal(grid->dims[0], x->dims[0])) {
        return tern_fail(
            TERN_BAD_SHAPE, "%s: %s and %s must be [N,C,...] and [N,...,number of spatial axes]",
            in->who, tern_operand_text(in, X_INPUT, a), tern_operand_text(in, X_GRID, b));
    }
    tern_type *const y = &in->y[0];
    y->rank = (uint8_t)rank;
    y->dims[0] = tern_dim_merge(x->dims[0], grid->dims[0]);
    y->dims[1] = x->dims[1];
    for (int32_t d = FIRST_SPATIAL; d < rank; d++) {
        y->dims[d] = grid->dims[d - 1];
        if (x->dims[d] == 0 && y->dims[d] != 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: axis %d has no elements to sample", in->who,
                             (int)d);
        }
    }
    return TERN_OK;
}

/* ---- reference ---- */

/* What a position takes from one axis; at -1: nothing. */
typedef struct taps {
    int32_t count;
    int64_t at[TAPS];
    double weight[TAPS];
} taps;

/* In the grid's own precision where that is single: positions halfway between elements stay so. */
static double denormalize(const tern_grid_sample_attr *a, double g, int64_t extent, bool is_double)
{
    if (is_double) {
        return a->align_corners != 0 ? (g + 1.0) / 2.0 * ((double)extent - 1.0)
                                     : ((g + 1.0) * (double)extent - 1.0) / 2.0;
    }
    const float f = (float)g, length = (float)extent;
    return (double)(a->align_corners != 0 ? (f + 1.0F) / 2.0F * (length - 1.0F)
                                          : ((f + 1.0F) * length - 1.0F) / 2.0F);
}

static double reflect(double v, double low, double high)
{
    const double range = high - low;
    if ((v >= low && v <= high) || !(range > 0.0)) {
        return range > 0.0 ? v : low;
    }
    const double beyond = v < low ? low - v : v - high;
    const double turns = floor(beyond / range), rest = beyond - turns * range;
    const bool is_even = fmod(turns, 2.0) == 0.0;
    return (v < low) == is_even ? low + rest : high - rest;
}

static double clamp(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* The element at a whole position, or -1. */
static int64_t element(const tern_grid_sample_attr *a, double at, int64_t extent, double low,
                       double high)
{
    switch ((tern_grid_outside)a->outside) {
    case TERN_GRID_CLAMP: at = clamp(at, 0.0, (double)extent - 1.0); break;
    case TERN_GRID_REFLECT:
        at = clamp(trunc(reflect(at, low, high)), 0.0, (double)extent - 1.0);
        break;
    case TERN_GRID_FILL: break;
    }
    return at >= 0.0 && at < (double)extent ? (int64_t)at : -1;
}

static void cubic_weights(double x, double *w)
{
    const double c = -0.75, near = x, far = 1.0 - x;
    w[0] = ((c * (near + 1.0) - 5.0 * c) * (near + 1.0) + 8.0 * c) * (near + 1.0) - 4.0 * c;
    w[1] = ((c + 2.0) * near - (c + 3.0)) * near * near + 1.0;
    w[2] = ((c + 2.0) * far - (c + 3.0)) * far * far + 1.0;
    w[3] = ((c * (far + 1.0) - 5.0 * c) * (far + 1.0) + 8.0 * c) * (far + 1.0) - 4.0 * c;
}

static void find_taps(const tern_grid_sample_attr *a, double p, int64_t extent, taps *t)
{
    const double low = a->align_corners != 0 ? 0.0 : -0.5;
    const double high = (double)extent - (a->align_corners != 0 ? 1.0 : 0.5);
    const double none = -4.0; /* a position that is no number has no elements around it */
    p = p != p ? none : clamp(p, -1e15, 1e15);
    p = a->mode == TERN_GRID_NEAREST ? rint(p) : p;
    /* Around a cubic sample beyond the edges there are edges only, but it stays where it is. */
    if (a->outside == TERN_GRID_REFLECT) {
        p = reflect(p, low, high);
    } else if (a->outside == TERN_GRID_CLAMP && a->mode != TERN_GRID_CUBIC) {
        p = clamp(p, 0.0, (double)extent - 1.0);
    }
    const double base = floor(p), part = p - base;
    double first = base;
    switch ((tern_grid_mode)a->mode) {
    case TERN_GRID_NEAREST:
        first = trunc(p);
        t->count = 1;
        t->weight[0] = 1.0;
        break;
    case TERN_GRID_LINEAR:
        t->count = 2;
        t->weight[0] = 1.0 - part;
        t->weight[1] = part;
        break;
    case TERN_GRID_CUBIC:
        first = base - 1.0;
        t->count = 4;
        cubic_weights(part, t->weight);
        break;
    }
    for (int32_t k = 0; k < t->count; k++) {
        t->at[k] = element(a, first + (double)k, extent, low, high);
    }
}

/* Sum over the taps of axes `axis`.. of one image. */
static double sample(const double *x, const tern_type *xt, const taps *t, int32_t axis, int64_t at)
{
    if (axis == xt->rank) {
        return x[at];
    }
    const taps *const own = &t[axis - FIRST_SPATIAL];
    double sum = 0.0;
    for (int32_t k = 0; k < own->count; k++) {
        if (own->at[k] >= 0) {
            sum += own->weight[k] * sample(x, xt, t, axis + 1, at * xt->dims[axis] + own->at[k]);
        }
    }
    return sum;
}

static void reference(const tern_ref *r)
{
    const tern_grid_sample_attr *const a = r->attr;
    const tern_type *const xt = &r->xt[X_INPUT], *const yt = &r->yt[0];
    const double *const x = r->x[X_INPUT], *grid = r->x[X_GRID];
    double *const y = r->y[0];
    const bool is_double = r->xt[X_GRID].dtype == TERN_DTYPE_F64;
    const int32_t spatial = xt->rank - FIRST_SPATIAL;
    int64_t places = 1, image = 1;
    for (int32_t d = FIRST_SPATIAL; d < xt->rank; d++) {
        places *= yt->dims[d];
        image *= xt->dims[d];
    }
    for (int64_t n = 0; n < yt->dims[0]; n++) {
        for (int64_t i = 0; i < places; i++, grid += spatial) {
            taps t[MOST_SPATIAL];
            for (int32_t d = 0; d < spatial; d++) {
                const int64_t extent = xt->dims[FIRST_SPATIAL + d];
                find_taps(a, denormalize(a, grid[spatial - 1 - d], extent, is_double), extent,
                          &t[d]);
            }
            for (int64_t c = 0; c < yt->dims[1]; c++) {
                const int64_t plane = n * yt->dims[1] + c;
                y[plane * places + i] = sample(x + plane * image, xt, t, FIRST_SPATIAL, 0);
            }
        }
    }
}

static const char *const names[] = {"input", "grid", NULL};

const tern_op tern_op_grid_sample = {
    .name = "grid_sample",
    .summary = "the input sampled at positions that a grid gives",
    .types = "T, G -> T; T: float; G: float",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_grid_sample_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .epilogue = true,
};
