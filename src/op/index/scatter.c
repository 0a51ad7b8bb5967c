/* SPDX-License-Identifier: Apache-2.0
 *
 * scatter: the data with some elements replaced by, or combined with, updates.
 *
 *     element   y[c with c[axis] = index[c]] op= updates[c]               for all c of the indices
 *     nd        y[index[c, 0..k-1], ..]      op= updates[c, ..]
 *
 * A negative index counts from the end; an update outside the data is dropped.  Updates of one
 * element are applied in row-major order, each rounded to the element type.
 */
#include "op/index/index.h"
#include "op/message.h"
#include "op/wrap.h"

#include <string.h>

static const tern_attr_name modes[] = {
    {"element", TERN_SCATTER_ELEMENT},
    {"nd", TERN_SCATTER_ND},
    {NULL, 0},
};

static const tern_attr_name reductions[] = {
    {"none", TERN_SCATTER_SET}, {"add", TERN_SCATTER_ADD}, {"mul", TERN_SCATTER_MUL},
    {"min", TERN_SCATTER_MIN},  {"max", TERN_SCATTER_MAX}, {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_scatter_attr, mode, ENUM, .names = modes, .summary = "how indices are used"),
    TERN_ATTR(tern_scatter_attr, axis, I64, .onnx = "axis", .batch = TERN_BATCH_SHIFT,
              .summary = "axis of the data (not in mode nd)"),
    TERN_ATTR(tern_scatter_attr, reduction, ENUM, .names = reductions, .onnx = "reduction",
              .summary = "what becomes of the old element"),
    TERN_ATTR_END,
};

enum { X_DATA, X_INDICES, X_UPDATES };

/* ---- shapes ---- */

static tern_status misfit(const tern_infer *in, int32_t a, int32_t b, const char *what)
{
    char p[TERN_OPERAND_TEXT_BYTES], q[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s: %s", in->who, tern_operand_text(in, a, p),
                     tern_operand_text(in, b, q), what);
}

static tern_status infer_element(tern_infer *in, tern_scatter_attr *a)
{
    const tern_type *const x = in->x;
    TERN_TRY(tern_axis_normalize(&a->axis, x[X_DATA].rank, in->who));
    TERN_TRY(tern_infer_same_rank(in, X_DATA, X_INDICES));
    TERN_TRY(tern_infer_same_rank(in, X_INDICES, X_UPDATES));
    for (int32_t d = 0; d < x[X_DATA].rank; d++) {
        if (!tern_dim_may_equal(x[X_INDICES].dims[d], x[X_UPDATES].dims[d])) {
            return misfit(in, X_INDICES, X_UPDATES, "each update needs an index");
        }
        if (d != a->axis && tern_dim_known(x[X_INDICES].dims[d]) &&
            tern_dim_known(x[X_DATA].dims[d]) && x[X_INDICES].dims[d] > x[X_DATA].dims[d]) {
            return misfit(in, X_DATA, X_INDICES,
                          "only along the scattered axis may there be more indices than elements");
        }
    }
    return TERN_OK;
}

static tern_status infer_nd(tern_infer *in)
{
    const tern_type *const data = &in->x[X_DATA], *const indices = &in->x[X_INDICES],
                           *const updates = &in->x[X_UPDATES];
    const tern_dim depth = indices->rank > 0 ? indices->dims[indices->rank - 1] : 0;
    if (indices->rank < 1 || !tern_dim_known(depth) || depth < 0 || depth > data->rank) {
        return misfit(in, X_DATA, X_INDICES,
                      "the last axis of the indices must be known and address 0 to all axes");
    }
    const int32_t outer = indices->rank - 1, inner = data->rank - (int32_t)depth;
    bool fits = updates->rank == outer + inner;
    for (int32_t d = 0; fits && d < updates->rank; d++) {
        fits = tern_dim_may_equal(updates->dims[d], d < outer
                                                        ? indices->dims[d]
                                                        : data->dims[d - outer + (int32_t)depth]);
    }
    return fits ? TERN_OK
                : misfit(in, X_INDICES, X_UPDATES, "the updates must be one slice per index");
}

/* Lists of extents in which single entries are set; the usual way to build a shape. */
static void infer_content(tern_infer *in)
{
    const tern_scatter_attr *const a = in->attr;
    const tern_dim *const data = tern_content_of(in, X_DATA);
    const tern_dim *const indices = tern_content_of(in, X_INDICES);
    const tern_dim *const updates = tern_content_of(in, X_UPDATES);
    const int32_t count = tern_content_count(&in->x[X_UPDATES]);
    if (data == NULL || indices == NULL || updates == NULL || in->x[X_DATA].rank != 1 ||
        a->reduction != TERN_SCATTER_SET || count != tern_content_count(&in->x[X_INDICES])) {
        return;
    }
    const int64_t extent = in->x[X_DATA].dims[0];
    memcpy(in->y_content[0], data, (size_t)extent * sizeof *data);
    for (int32_t i = 0; i < count; i++) {
        if (!tern_dim_known(indices[i])) {
            return;
        }
        const int64_t at = indices[i] < 0 ? indices[i] + extent : indices[i];
        if (at >= 0 && at < extent) {
            in->y_content[0][at] = updates[i];
        }
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_scatter_attr *const a = in->attr;
    if (a->reduction != TERN_SCATTER_SET && in->x[X_DATA].dtype == TERN_DTYPE_BOOL &&
        a->reduction != TERN_SCATTER_MIN && a->reduction != TERN_SCATTER_MAX) {
        return tern_fail(TERN_UNSUPPORTED, "%s: bool can be set, and reduced by min and max only",
                         in->who);
    }
    TERN_TRY(a->mode == TERN_SCATTER_ELEMENT ? infer_element(in, a) : infer_nd(in));
    in->y[0] = in->x[X_DATA];
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

/* ---- running ---- */

#define TERN_BODY "op/index/scatter_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

/* y op= x for one element as it lies. */
static void apply(int32_t reduction, tern_dtype dtype, size_t elem, const void *x, void *y)
{
    const uint8_t *const p = x;
    uint8_t *const q = y;
    if (reduction == TERN_SCATTER_SET) {
        memcpy(y, x, elem);
        return;
    }
    switch (tern_dtype_find((int)dtype)->class_) {
    case TERN_CLASS_F: apply_F(reduction, dtype, x, y); break;
    case TERN_CLASS_I: apply_I(reduction, dtype, x, y); break;
    case TERN_CLASS_U: apply_U(reduction, dtype, x, y); break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT:
        *q = reduction == TERN_SCATTER_MIN ? *p != 0 && *q != 0 : *p != 0 || *q != 0;
        break;
    }
}

/* Adds position `at` of an axis; false outside. */
static bool step(int64_t at, int64_t extent, int64_t stride, int64_t *offset)
{
    at += at < 0 ? extent : 0;
    if (at < 0 || at >= extent) {
        return false;
    }
    *offset += at * stride;
    return true;
}

static void scatter_elements(const tern_move *m)
{
    const tern_scatter_attr *const a = m->ref.attr;
    const tern_type *const data = &m->ref.xt[X_DATA], *const it = &m->ref.xt[X_INDICES];
    const int64_t *const indices = m->ref.x[X_INDICES];
    const unsigned char *const updates = m->ref.x[X_UPDATES];
    int64_t strides[TERN_MAX_RANK], index[TERN_MAX_RANK] = {0}, count = 0;
    tern_type_strides(data, strides);
    (void)tern_type_volume(it, &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0;
        bool is_inside = true;
        for (int32_t d = 0; d < data->rank; d++) {
            is_inside =
                step(d == a->axis ? indices[i] : index[d], data->dims[d], strides[d], &at) &&
                is_inside;
        }
        if (is_inside) {
            apply(a->reduction, (tern_dtype)data->dtype, m->elem, updates + (size_t)i * m->elem,
                  (unsigned char *)m->ref.y[0] + (size_t)at * m->elem);
        }
        for (int32_t d = it->rank - 1; d >= 0 && ++index[d] == it->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

static void scatter_slices(const tern_move *m)
{
    const tern_scatter_attr *const a = m->ref.attr;
    const tern_type *const data = &m->ref.xt[X_DATA], *const it = &m->ref.xt[X_INDICES];
    const int64_t *const indices = m->ref.x[X_INDICES];
    const int32_t depth = (int32_t)it->dims[it->rank - 1];
    int64_t strides[TERN_MAX_RANK], rows = 1, slice = 1;
    tern_type_strides(data, strides);
    for (int32_t d = 0; d < it->rank - 1; d++) {
        rows *= it->dims[d];
    }
    for (int32_t d = depth; d < data->rank; d++) {
        slice *= data->dims[d];
    }
    const size_t bytes = (size_t)slice * m->elem;
    for (int64_t row = 0; row < rows && bytes > 0; row++) {
        int64_t at = 0;
        bool is_inside = true;
        for (int32_t k = 0; k < depth; k++) {
            is_inside = step(indices[row * depth + k], data->dims[k], strides[k], &at) && is_inside;
        }
        const unsigned char *const x =
            (const unsigned char *)m->ref.x[X_UPDATES] + (size_t)row * bytes;
        unsigned char *const y = (unsigned char *)m->ref.y[0] + (size_t)at * m->elem;
        if (is_inside && a->reduction == TERN_SCATTER_SET) {
            memcpy(y, x, bytes);
        }
        for (int64_t i = 0; is_inside && a->reduction != TERN_SCATTER_SET && i < slice; i++) {
            apply(a->reduction, (tern_dtype)data->dtype, m->elem, x + (size_t)i * m->elem,
                  y + (size_t)i * m->elem);
        }
    }
}

static void move(const tern_move *m)
{
    const tern_scatter_attr *const a = m->ref.attr;
    int64_t count = 0;
    (void)tern_type_volume(&m->ref.yt[0], &count);
    if (count == 0) {
        return;
    }
    memcpy(m->ref.y[0], m->ref.x[X_DATA], (size_t)count * m->elem);
    if (a->mode == TERN_SCATTER_ELEMENT) {
        scatter_elements(m);
    } else {
        scatter_slices(m);
    }
}

/* Indices of mode nd would need the batch's own number in front. */
static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    const tern_scatter_attr *const a = attr;
    (void)visible_rank;
    if (a->mode == TERN_SCATTER_ND) {
        return tern_fail(TERN_UNSUPPORTED, "%s: mode nd needs an explicit batch", who);
    }
    return tern_attr_batchify(fields, attr, who);
}

static const char *const names[] = {"data", "indices", "updates", NULL};

const tern_op tern_op_scatter = {
    .name = "scatter",
    .summary = "the data with updates at indices, set or combined; outside they are dropped",
    .types = "T, int, T -> T; T: any",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_scatter_attr),
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
