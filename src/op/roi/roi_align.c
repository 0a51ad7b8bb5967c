/* SPDX-License-Identifier: Apache-2.0
 *
 * roi_align: regions of images sampled on a grid of cells, without rounding of corners.  A region
 * [x1, y1, x2, y2] times the scale is cut into rows x columns cells; in each cell, bilinear samples
 * at evenly spaced points are averaged, or their largest weighted neighbour is taken.  Points more
 * than one element outside count as 0.
 */
#include "op/message.h"
#include "op/op.h"

#include <math.h>

typedef enum roi_mode { ROI_AVERAGE = 0, ROI_MAX = 1 } roi_mode;

typedef struct roi_align_attr {
    tern_ints pooled;
    double spatial_scale;
    int64_t samples;
    int32_t mode;
    int32_t half_pixel;
} roi_align_attr;

static const tern_attr_name modes[] = {{"avg", ROI_AVERAGE}, {"max", ROI_MAX}, {NULL, 0}};

static const tern_attr_field fields[] = {
    TERN_ATTR(roi_align_attr, pooled, INTS, .fallback = 1, .fallback_count = 2, .low = 1,
              .high = INT32_MAX, .summary = "rows and columns of cells"),
    TERN_ATTR(roi_align_attr, spatial_scale, F64, .fallback = 1,
              .summary = "from the regions' coordinates to the input's"),
    TERN_ATTR(roi_align_attr, samples, I64, .low = 0, .high = 1 << 20,
              .summary = "points along each axis of a cell; 0: as many as it has elements"),
    TERN_ATTR(roi_align_attr, mode, ENUM, .names = modes, .summary = "what becomes of the samples"),
    TERN_ATTR(roi_align_attr, half_pixel, BOOL, .fallback = 1,
              .summary = "coordinates are of elements' middles; regions may be of any size"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_ROIS, X_BATCH };

static tern_status infer(tern_infer *in)
{
    const roi_align_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_INPUT], *const rois = &in->x[X_ROIS],
                           *const batch = &in->x[X_BATCH];
    char p[TERN_OPERAND_TEXT_BYTES], q[TERN_OPERAND_TEXT_BYTES], s[TERN_OPERAND_TEXT_BYTES];
    if (x->rank != 4 || rois->rank != 2 || batch->rank != 1 ||
        !tern_dim_may_equal(rois->dims[1], 4) ||
        !tern_dim_may_equal(rois->dims[0], batch->dims[0])) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s, %s and %s must be [N,C,H,W], [R,4] and [R]",
                         in->who, tern_operand_text(in, X_INPUT, p),
                         tern_operand_text(in, X_ROIS, q), tern_operand_text(in, X_BATCH, s));
    }
    if (a->pooled.count != 2) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: pooled has %d entries, not 2", in->who,
                         (int)a->pooled.count);
    }
    tern_type *const y = &in->y[0];
    y->rank = 4;
    y->dims[0] = tern_dim_merge(rois->dims[0], batch->dims[0]);
    y->dims[1] = x->dims[1];
    y->dims[2] = a->pooled.v[0];
    y->dims[3] = a->pooled.v[1];
    return TERN_OK;
}

/* ---- reference ---- */

/* Two neighbours along an axis and the part of the way to the second; false: nothing there. */
typedef struct pair {
    int64_t low, high;
    double part;
} pair;

static bool neighbours(double at, int64_t extent, pair *out)
{
    if (!(at >= -1.0 && at <= (double)extent)) {
        return false;
    }
    at = at < 0.0 ? 0.0 : at;
    out->low = (int64_t)at;
    if (out->low >= extent - 1) {
        *out = (pair){.low = extent - 1, .high = extent - 1};
        return true;
    }
    out->high = out->low + 1;
    out->part = at - (double)out->low;
    return true;
}

/* One axis of a region. */
typedef struct side {
    double start, cell;
    int64_t samples, extent;
} side;

static side make_side(const roi_align_attr *a, double from, double to, int64_t cells,
                      int64_t extent)
{
    const double offset = a->half_pixel != 0 ? 0.5 : 0.0;
    side s = {.start = from * a->spatial_scale - offset, .samples = a->samples, .extent = extent};
    double length = to * a->spatial_scale - offset - s.start;
    length = a->half_pixel == 0 && !(length >= 1.0) ? 1.0 : length;
    s.cell = length / (double)cells;
    if (a->samples == 0) {
        const double count = ceil(s.cell);
        const double most = (double)(extent < 1 ? 1 : extent) * 16.0 + 64.0; /* absurd regions */
        s.samples = !(count > 0.0) ? 0 : (int64_t)(count < most ? count : most);
    }
    return s;
}

static double point(const side *s, int64_t cell, int64_t i)
{
    return s->start + (double)cell * s->cell + ((double)i + 0.5) * s->cell / (double)s->samples;
}

static double cell_value(const roi_align_attr *a, const double *x, const side *rows,
                         const side *columns, const int64_t cell[2])
{
    const int64_t points = rows->samples * columns->samples, width = columns->extent;
    double sum = 0.0, most = 0.0;
    bool is_first = true;
    for (int64_t i = 0; i < points; i++) {
        pair v = {0}, h = {0};
        double w[4] = {0.0}, e[4] = {0.0};
        if (neighbours(point(rows, cell[0], i / columns->samples), rows->extent, &v) &&
            neighbours(point(columns, cell[1], i % columns->samples), width, &h)) {
            w[0] = (1.0 - v.part) * (1.0 - h.part);
            w[1] = (1.0 - v.part) * h.part;
            w[2] = v.part * (1.0 - h.part);
            w[3] = v.part * h.part;
            e[0] = x[v.low * width + h.low];
            e[1] = x[v.low * width + h.high];
            e[2] = x[v.high * width + h.low];
            e[3] = x[v.high * width + h.high];
        }
        for (int k = 0; k < 4; k++) {
            const double value = w[k] * e[k];
            sum += value;
            most = is_first || value > most ? value : most;
            is_first = false;
        }
    }
    return a->mode == ROI_MAX ? most : sum / (double)(points > 1 ? points : 1);
}

static void reference(const tern_ref *r)
{
    const roi_align_attr *const a = r->attr;
    const tern_type *const xt = &r->xt[X_INPUT];
    const double *const rois = r->x[X_ROIS];
    const int64_t *const batch = r->x[X_BATCH];
    double *y = r->y[0];
    const int64_t height = xt->dims[2], width = xt->dims[3], channels = xt->dims[1];
    for (int64_t n = 0; n < r->yt[0].dims[0]; n++) {
        const double *const roi = rois + 4 * n;
        const side rows = make_side(a, roi[1], roi[3], a->pooled.v[0], height);
        const side columns = make_side(a, roi[0], roi[2], a->pooled.v[1], width);
        const int64_t image = batch[n] < 0 ? batch[n] + xt->dims[0] : batch[n];
        const bool is_there = image >= 0 && image < xt->dims[0] && height > 0 && width > 0;
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t i = 0; i < a->pooled.v[0] * a->pooled.v[1]; i++) {
                const int64_t cell[2] = {i / a->pooled.v[1], i % a->pooled.v[1]};
                *y++ = !is_there ? 0.0
                                 : cell_value(a,
                                              (const double *)r->x[X_INPUT] +
                                                  (image * channels + c) * height * width,
                                              &rows, &columns, cell);
            }
        }
    }
}

static const char *const names[] = {"input", "rois", "batch_indices", NULL};

const tern_op tern_op_roi_align = {
    .name = "roi_align",
    .summary = "regions of images sampled on grids of cells",
    .types = "T, T, int -> T; T: float",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(roi_align_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .epilogue = true,
};
