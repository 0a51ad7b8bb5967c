/* SPDX-License-Identifier: Apache-2.0
 *
 * max_unpool: puts elements back where a pooling took them from, zeros elsewhere; what is true of
 * it on every device.  Indices count in the tensor that pooling with this window would have had; a
 * given output shape may be larger, then that tensor lies in its corner.  Indices outside are
 * passed over.
 */
#include "base/alloc.h"
#include "op/conv/spatial.h"
#include "op/message.h"

#include <string.h>

typedef struct unpool_attr {
    tern_ints kernel, stride, pre_pad, post_pad;
} unpool_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(unpool_attr, kernel, INTS, .onnx = "kernel_shape", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "window extents"),
    TERN_ATTR(unpool_attr, stride, INTS, .fallback = 1, .onnx = "strides", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step of the window; empty: 1"),
    TERN_ATTR(unpool_attr, pre_pad, INTS, .onnx = "pads", .low = -TERN_SPATIAL_LIMIT,
              .high = TERN_SPATIAL_LIMIT, .summary = "padding in front of each axis; empty: 0"),
    TERN_ATTR(unpool_attr, post_pad, INTS, .onnx = "pads", .low = -TERN_SPATIAL_LIMIT,
              .high = TERN_SPATIAL_LIMIT, .summary = "padding behind each axis; empty: 0"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_INDICES, X_SHAPE };

static int64_t entry(const tern_ints *list, int32_t i, int64_t when_empty)
{
    return i < list->count ? list->v[i] : when_empty;
}

/* What pooling with this window had: one expression per axis, or numbers. */
static void unpooled(const unpool_attr *a, tern_dim_table *t, const tern_type *x, tern_dim *dims)
{
    const int32_t lead = x->rank - a->kernel.count;
    for (int32_t i = 0; i < x->rank; i++) {
        dims[i] = x->dims[i];
        const int32_t own = i - lead;
        if (own >= 0) {
            const int64_t stride = entry(&a->stride, own, 1);
            const int64_t more = a->kernel.v[own] - stride - entry(&a->pre_pad, own, 0) -
                                 entry(&a->post_pad, own, 0);
            if (t != NULL) {
                const tern_dim steps = tern_dim_make(t, TERN_DIM_MUL, dims[i], stride);
                dims[i] = tern_dim_make(t, TERN_DIM_ADD, steps, more);
            } else {
                dims[i] = tern_int64_mul(dims[i], stride, &dims[i]) ? dims[i] + more : 0;
            }
        }
    }
}

static tern_status check(const tern_infer *in)
{
    const unpool_attr *a = in->attr;
    const tern_type *x = &in->x[X_INPUT], *indices = &in->x[X_INDICES];
    char text[TERN_OPERAND_TEXT_BYTES];
    const int32_t n = a->kernel.count;
    const tern_ints *lists[] = {&a->stride, &a->pre_pad, &a->post_pad};
    bool fits = n >= 1 && n < x->rank;
    for (int32_t i = 0; i < 3; i++) {
        fits = fits && (lists[i]->count == 0 || lists[i]->count == n);
    }
    if (!fits) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: kernel, stride and pads must have one length, "
                         "less than the rank of %s",
                         in->who, tern_operand_text(in, X_INPUT, text));
    }
    fits = indices->rank == x->rank;
    for (int32_t i = 0; i < x->rank && fits; i++) {
        fits = tern_dim_may_equal(indices->dims[i], x->dims[i]);
    }
    return fits ? TERN_OK
                : tern_fail(TERN_BAD_SHAPE, "%s: %s must have the input's shape", in->who,
                            tern_operand_text(in, X_INDICES, text));
}

static tern_status infer(tern_infer *in)
{
    TERN_TRY(check(in));
    tern_type *y = &in->y[0];
    y->rank = in->x[X_INPUT].rank;
    unpooled(in->attr, in->dims, &in->x[X_INPUT], y->dims);
    if (tern_infer_has(in, X_SHAPE)) {
        const tern_dim *dims;
        int32_t count;
        TERN_TRY(tern_infer_shape_operand(in, X_SHAPE, &dims, &count));
        if (count != y->rank) {
            char text[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have %d entries", in->who,
                             tern_operand_text(in, X_SHAPE, text), (int)y->rank);
        }
        memcpy(y->dims, dims, (size_t)count * sizeof *dims);
    }
    for (int32_t i = 0; i < y->rank; i++) {
        if (tern_dim_known(y->dims[i]) && y->dims[i] < 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: pads leave nothing of the result (axis %d)",
                             in->who, (int)i);
        }
    }
    return TERN_OK;
}

/* Index of y for one of the unpooled tensor; -1 when it lies outside. */
static int64_t target(const int64_t *from, const tern_type *y, int64_t index)
{
    int64_t at = 0, step = 1, rest = index;
    for (int32_t i = y->rank - 1; i >= 0; i--) {
        const int64_t place = from[i] > 0 ? rest % from[i] : 0;
        rest = from[i] > 0 ? rest / from[i] : 0;
        if (place >= y->dims[i]) {
            return -1;
        }
        at += place * step;
        step *= y->dims[i];
    }
    return rest == 0 ? at : -1;
}

static void reference(const tern_ref *r)
{
    int64_t volume = 0, count = 0, from[TERN_MAX_RANK];
    const double *x = r->x[X_INPUT];
    const int64_t *indices = r->x[X_INDICES];
    double *y = r->y[0];
    (void)tern_type_volume(&r->yt[0], &volume);
    (void)tern_type_volume(&r->xt[X_INPUT], &count);
    unpooled(r->attr, NULL, &r->xt[X_INPUT], from);
    memset(y, 0, (size_t)volume * sizeof *y);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = indices[i] < 0 ? -1 : target(from, &r->yt[0], indices[i]);
        if (at >= 0) {
            y[at] = x[i];
        }
    }
}

static const char *const inputs[] = {"input", "indices", "shape", NULL};

const tern_op tern_op_max_unpool = {
    .name = "max_unpool",
    .summary = "puts elements back where a pooling took them from, zeros elsewhere",
    .types = "T, I, S? -> T; T: f32 f16 bf16 f64; I: i64; S: i64 i32",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(unpool_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .shape_operands = 1u << X_SHAPE,
    .batchless_operands = 1u << X_SHAPE,
};
