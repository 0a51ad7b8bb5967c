/* SPDX-License-Identifier: Apache-2.0
 *
 * shape: the extents of the input as a list, or of a range of its axes; or their product.
 */
#include "op/move/cast.h"

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_shape_attr, dtype, DTYPE, .fallback = TERN_DTYPE_I64,
              .summary = "element type of the result: i32 or i64"),
    TERN_ATTR(tern_shape_attr, start, I64, .onnx = "start",
              .summary = "first axis; negative counts from the back"),
    TERN_ATTR(tern_shape_attr, end, I64, .onnx = "end", .fallback = TERN_MAX_RANK,
              .summary = "axis behind the last; negative counts from the back"),
    TERN_ATTR(tern_shape_attr, product, BOOL, .summary = "the extents' product, a scalar"),
    TERN_ATTR_END,
};

static int64_t clamp_axis(int64_t axis, int32_t rank)
{
    axis += axis < 0 ? rank : 0;
    return axis < 0 ? 0 : axis > rank ? rank : axis;
}

static int32_t axes_of(const tern_shape_attr *a, int32_t rank, int32_t *out_first)
{
    const int64_t first = clamp_axis(a->start, rank), end = clamp_axis(a->end, rank);
    *out_first = (int32_t)first;
    return end > first ? (int32_t)(end - first) : 0;
}

static tern_status infer(tern_infer *in)
{
    const tern_shape_attr *const a = in->attr;
    if (a->dtype != TERN_DTYPE_I32 && a->dtype != TERN_DTYPE_I64) {
        return tern_fail(TERN_UNSUPPORTED, "%s: a shape cannot be %s; allowed: i32 i64", in->who,
                         tern_dtype_name((tern_dtype)a->dtype));
    }
    int32_t first;
    const tern_dim count = axes_of(a, in->x[0].rank, &first);
    const tern_dim *const extents = &in->x[0].dims[first];
    in->y[0] = tern_type_make((tern_dtype)a->dtype, a->product != 0 ? 0 : 1, &count);
    if (in->y_content_known == NULL) {
        return TERN_OK;
    }
    for (int32_t i = 0; i < count; i++) {
        in->y_content[0][i] = extents[i];
    }
    if (a->product != 0) {
        in->y_content[0][0] = tern_dim_product(in->dims, extents, (int32_t)count);
    }
    in->y_content_known[0] = true;
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_shape_attr *const a = m->ref.attr;
    const tern_type *const x = &m->ref.xt[0];
    int32_t first;
    int32_t count = axes_of(a, x->rank, &first);
    const int64_t *extents = &x->dims[first];
    int64_t product = 1;
    for (int32_t i = 0; a->product != 0 && i < count; i++) {
        product *= extents[i];
    }
    extents = a->product != 0 ? &product : extents;
    count = a->product != 0 ? 1 : count;
    tern_convert(TERN_DTYPE_I64, extents, (tern_dtype)m->ref.yt[0].dtype, m->ref.y[0], count);
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED,
                     "%s: shapes are not known with an implicit batch; use an explicit one", who);
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_shape = {
    .name = "shape",
    .summary = "the extents of the input, or of a range of its axes, as a list; or their product",
    .types = "T -> *; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_shape_attr),
    .onnx = {{"Shape", 1}},
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
