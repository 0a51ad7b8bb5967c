/* SPDX-License-Identifier: Apache-2.0
 *
 * roi_pool: the largest element of each cell of a grid laid over regions of images; what is true of
 * it on every device.  Regions are rows [image, x1, y1, x2, y2]; scaled and rounded corners belong
 * to their region.  Cells overlap where the region does not divide; a cell outside the image is 0.
 */
#include "op/message.h"
#include "op/op.h"

#include <math.h>

typedef struct roi_attr {
    double spatial_scale;
    tern_ints pooled;
} roi_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(roi_attr, pooled, INTS, .onnx = "pooled_shape", .low = 1, .high = INT32_MAX,
              .summary = "rows and columns of the grid"),
    TERN_ATTR(roi_attr, spatial_scale, F64, .fallback = 1, .onnx = "spatial_scale",
              .summary = "elements of the input per unit of a region's corners"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const roi_attr *a = in->attr;
    const tern_type *x = &in->x[0], *rois = &in->x[1];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (x->rank != 4) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank 4", in->who,
                         tern_operand_text(in, 0, text));
    }
    if (rois->rank != 2 || !tern_dim_may_equal(rois->dims[1], 5)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [regions, 5]", in->who,
                         tern_operand_text(in, 1, text));
    }
    if (a->pooled.count != 2) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: pooled has %d entries, it needs 2", in->who,
                         (int)a->pooled.count);
    }
    const tern_dim dims[] = {rois->dims[0], x->dims[1], a->pooled.v[0], a->pooled.v[1]};
    in->y[0] = tern_type_make((tern_dtype)x->dtype, 4, dims);
    return TERN_OK;
}

/* Cells of one axis of a region: first and end within 0..extent. */
typedef struct cells {
    double start, size;
    int64_t extent;
} cells;

static cells cells_of(double low, double high, int64_t count, int64_t extent)
{
    const double first = round(low), length = fmax(round(high) - first + 1.0, 1.0);
    return (cells){first, length / (double)count, extent};
}

static int64_t bound(const cells *c, double v)
{
    return v > 0.0 ? v < (double)c->extent ? (int64_t)v : c->extent : 0;
}

static double cell_max(const double *plane, const cells *h, const cells *w, int64_t i, int64_t j)
{
    const int64_t top = bound(h, floor((double)i * h->size) + h->start);
    const int64_t bottom = bound(h, ceil((double)(i + 1) * h->size) + h->start);
    const int64_t left = bound(w, floor((double)j * w->size) + w->start);
    const int64_t right = bound(w, ceil((double)(j + 1) * w->size) + w->start);
    if (bottom <= top || right <= left) {
        return 0.0;
    }
    double best = -(double)INFINITY;
    for (int64_t y = top; y < bottom; y++) {
        for (int64_t x = left; x < right; x++) {
            best = fmax(best, plane[y * w->extent + x]);
        }
    }
    return best;
}

static void reference(const tern_ref *r)
{
    const roi_attr *a = r->attr;
    const tern_type *x = &r->xt[0];
    const int64_t channels = x->dims[1], height = x->dims[2], width = x->dims[3];
    const int64_t rows = a->pooled.v[0], columns = a->pooled.v[1];
    const double *roi = r->x[1];
    double *y = r->y[0];
    for (int64_t n = 0; n < r->xt[1].dims[0]; n++, roi += 5) {
        const bool is_inside = roi[0] >= 0.0 && roi[0] < (double)x->dims[0];
        const cells w =
            cells_of(roi[1] * a->spatial_scale, roi[3] * a->spatial_scale, columns, width);
        const cells h =
            cells_of(roi[2] * a->spatial_scale, roi[4] * a->spatial_scale, rows, height);
        for (int64_t c = 0; c < channels; c++) {
            const int64_t image = is_inside ? (int64_t)roi[0] : 0;
            const double *plane = (const double *)r->x[0] + (image * channels + c) * height * width;
            for (int64_t i = 0; i < rows * columns; i++) {
                *y++ = is_inside ? cell_max(plane, &h, &w, i / columns, i % columns) : 0.0;
            }
        }
    }
}

static const char *const inputs[] = {"input", "regions", NULL};

const tern_op tern_op_roi_pool = {
    .name = "roi_pool",
    .summary = "the largest element of each cell of a grid laid over regions of images",
    .types = "T, T -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(roi_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
};
