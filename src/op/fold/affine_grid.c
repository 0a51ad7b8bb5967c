/* SPDX-License-Identifier: Apache-2.0
 *
 * affine_grid: for each pixel of a result [N,C,H,W] (or [N,C,D,H,W]) where in the source to look,
 * an affine map of its own place; what grid sampling reads.  Places go from -1 to 1 over an axis:
 * from the outermost pixels' centres with align_corners, else from their outer edges.
 */
#include "op/fold/fold.h"
#include "op/message.h"

enum { X_THETA, X_SIZE };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_affine_grid_attr, align_corners, BOOL, .onnx = "align_corners",
              .summary = "-1 and 1 are the centres of the outermost pixels"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_type *const theta = &in->x[X_THETA];
    const tern_dim *size;
    int32_t count;
    TERN_TRY(tern_infer_shape_operand(in, X_SIZE, &size, &count));
    const int32_t axes = count - 2;
    if ((axes != 2 && axes != 3) || theta->rank != 3 ||
        !tern_dim_may_equal(theta->dims[0], size[0]) || !tern_dim_may_equal(theta->dims[1], axes) ||
        !tern_dim_may_equal(theta->dims[2], axes + 1)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %s must be [N,2,3] for a size of 4 entries, [N,3,4] for 5; there are "
                         "%d",
                         in->who, tern_operand_text(in, X_THETA, text), (int)count);
    }
    in->y[0].rank = (uint8_t)(axes + 2);
    in->y[0].dims[0] = size[0];
    for (int32_t d = 0; d < axes; d++) {
        in->y[0].dims[1 + d] = size[2 + d];
    }
    in->y[0].dims[1 + axes] = axes;
    return TERN_OK;
}

static double place(bool align_corners, int64_t i, int64_t extent)
{
    if (align_corners) {
        return extent > 1 ? 2.0 * (double)i / (double)(extent - 1) - 1.0 : 0.0;
    }
    return (2.0 * (double)i + 1.0) / (double)extent - 1.0;
}

static void run(const tern_ref *r)
{
    const tern_affine_grid_attr *const a = r->attr;
    const tern_type *const yt = &r->yt[0];
    const int32_t axes = yt->rank - 2;
    const double *const theta = r->x[X_THETA];
    double *y = r->y[0];
    int64_t pixels = 1;
    for (int32_t d = 0; d < axes; d++) {
        pixels *= yt->dims[1 + d];
    }
    for (int64_t n = 0; n < yt->dims[0]; n++) {
        for (int64_t i = 0; i < pixels; i++) {
            double at[4] = {0}; /* x, y (, z), 1 */
            int64_t rest = i;
            for (int32_t d = 0; d < axes; d++) {
                const int64_t extent = yt->dims[axes - d];
                at[d] = place(a->align_corners != 0, rest % extent, extent);
                rest /= extent;
            }
            at[axes] = 1.0;
            for (int32_t row = 0; row < axes; row++) {
                double sum = 0.0;
                for (int32_t k = 0; k <= axes; k++) {
                    sum += theta[(n * axes + row) * (axes + 1) + k] * at[k];
                }
                *y++ = sum;
            }
        }
    }
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const names[] = {"theta", "size", NULL};

const tern_op tern_op_affine_grid = {
    .name = "affine_grid",
    .summary = "where an affine map takes each pixel",
    .types = "T, int -> T; T: float",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_affine_grid_attr),
    .onnx = {{"AffineGrid", 20}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run},
    .shape_operands = 1u << X_SIZE,
    .batchless_operands = 1u << X_SIZE,
    .batchify = batchify,
};
