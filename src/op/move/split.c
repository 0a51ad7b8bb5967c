/* SPDX-License-Identifier: Apache-2.0
 *
 * split: one part of the input along an axis.  The parts are as long as operand 1 says, or, without
 * it, `parts` pieces of equal length, the last ones shorter or empty where that does not come out.
 */
#include "op/message.h"
#include "op/move/squeeze.h"

#include <string.h>

enum { X_SIZES = 1 };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_split_attr, axis, I64, .batch = TERN_BATCH_SHIFT,
              .summary = "axis to cut; negative counts from the back"),
    TERN_ATTR(tern_split_attr, index, I64, .high = INT32_MAX, .summary = "which part, from 0"),
    TERN_ATTR(tern_split_attr, parts, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .summary = "how many parts there are, without sizes"),
    TERN_ATTR_END,
};

/* Parts that operand 1 gives. */
static tern_status infer_sized(tern_infer *in, const tern_split_attr *a, tern_dim extent,
                               tern_dim *out_size)
{
    const tern_dim *const sizes = tern_content_of(in, X_SIZES);
    if (sizes == NULL) {
        if (in->x[X_SIZES].rank == 1 &&
            tern_infer_data_extent(in, 0, (int32_t)a->axis, extent, out_size)) {
            return TERN_OK;
        }
        return tern_fail(TERN_UNSUPPORTED, "%s: the sizes of the parts are not known", in->who);
    }
    const int32_t count = tern_content_count(&in->x[X_SIZES]);
    tern_dim sum = 0;
    if (a->index >= count) {
        return tern_fail(TERN_BAD_SHAPE, "%s: part %lld of %d", in->who, (long long)a->index,
                         (int)count);
    }
    for (int32_t i = 0; i < count; i++) {
        if (tern_dim_known(sizes[i]) && sizes[i] < 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: part %d would be %lld long", in->who, (int)i,
                             (long long)sizes[i]);
        }
        sum = tern_dim_make(in->dims, TERN_DIM_ADD, sum, sizes[i]);
    }
    if (!tern_dim_may_equal(sum, extent)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the parts are %lld long, axis %d has %lld elements",
                         in->who, (long long)sum, (int)a->axis, (long long)extent);
    }
    *out_size = sizes[a->index];
    return TERN_OK;
}

/* Where a part of equal pieces begins, as far as the input reaches. */
static tern_dim equal_start(tern_dim_table *t, const tern_split_attr *a, tern_dim extent,
                            int64_t index)
{
    const tern_dim length = tern_dim_make(t, TERN_DIM_CEIL_DIV, extent, a->parts);
    return tern_dim_make(t, TERN_DIM_MIN, tern_dim_make(t, TERN_DIM_MUL, length, index), extent);
}

/* A piece of a list of extents. */
static void infer_content(tern_infer *in, const tern_split_attr *a, tern_dim extent)
{
    const tern_dim *const x = tern_content_of(in, 0);
    const tern_dim *const sizes = tern_infer_has(in, X_SIZES) ? tern_content_of(in, X_SIZES) : NULL;
    const int32_t count = tern_content_count(&in->y[0]);
    tern_dim start = sizes != NULL ? 0 : equal_start(in->dims, a, extent, a->index);
    for (int64_t i = 0; sizes != NULL && i < a->index; i++) {
        start = tern_dim_make(in->dims, TERN_DIM_ADD, start, sizes[i]);
    }
    if (x == NULL || count < 0 || (sizes == NULL && tern_infer_has(in, X_SIZES)) ||
        !tern_dim_known(start) || start + count > tern_content_count(&in->x[0])) {
        return;
    }
    memcpy(in->y_content[0], x + start, (size_t)count * sizeof *x);
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_split_attr *const a = in->attr;
    TERN_TRY(tern_axis_normalize(&a->axis, in->x[0].rank, in->who));
    const tern_dim extent = in->x[0].dims[a->axis];
    tern_dim size = 0;
    in->y[0] = in->x[0];
    if (tern_infer_has(in, X_SIZES)) {
        TERN_TRY(infer_sized(in, a, extent, &size));
    } else if (a->index >= a->parts) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: part %lld of %lld", in->who,
                         (long long)a->index, (long long)a->parts);
    } else if (a->index + 1 < a->parts || tern_dim_known(extent)) {
        size = tern_dim_make(in->dims, TERN_DIM_SUB, equal_start(in->dims, a, extent, a->index + 1),
                             equal_start(in->dims, a, extent, a->index));
    } else { /* the last part ends where the input does */
        size = tern_dim_make(in->dims, TERN_DIM_SUB, extent,
                             equal_start(in->dims, a, extent, a->index));
    }
    in->y[0].dims[a->axis] = size;
    if (in->y_content_known != NULL && in->x[0].rank == 1) {
        infer_content(in, a, extent);
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_split_attr *const a = m->ref.attr;
    const bool has_sizes = m->ref.x_count > X_SIZES && m->ref.xt[X_SIZES].dtype != 0;
    const int64_t *const sizes = has_sizes ? m->ref.x[X_SIZES] : NULL;
    int64_t outer, length, inner, start = 0;
    tern_rows(&m->ref.xt[0], a->axis, &outer, &length, &inner);
    for (int64_t i = 0; sizes != NULL && i < a->index; i++) {
        start += sizes[i] > 0 && start < length ? sizes[i] : 0;
    }
    if (sizes == NULL) {
        start = (length + a->parts - 1) / a->parts * a->index;
    }
    const int64_t size = m->ref.yt[0].dims[a->axis];
    start = start > length - size ? length - size : start;
    const size_t bytes = (size_t)(size * inner) * m->elem;
    for (int64_t o = 0; o < outer && bytes > 0 && start >= 0; o++) {
        memcpy((unsigned char *)m->ref.y[0] + (size_t)o * bytes,
               (const unsigned char *)m->ref.x[0] +
                   (size_t)((o * length + start) * inner) * m->elem,
               bytes);
    }
}

static const char *const names[] = {"input", "sizes", NULL};

const tern_op tern_op_split = {
    .name = "split",
    .summary = "one of the parts into which an axis is cut",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_split_attr),
    .infer = infer,
    .move = move,
    .shape_operands = 1u << X_SIZES,
    .batchless_operands = 1u << X_SIZES,
};
