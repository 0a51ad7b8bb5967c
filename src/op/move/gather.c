/* SPDX-License-Identifier: Apache-2.0
 *
 * gather: elements of the data picked by indices.  The first b = elementwise_dims axes of data and
 * indices go together, and broadcast by 1.  With data [D...], indices [I...], axis a:
 *
 *     default   y [D0..Da-1, Ib.., Da+1..]   y[.., i, ..] = data[.., index[i], ..]
 *     element   y [I...]                     y[c] = data[c with c[a] = index[c]]
 *     nd        y [I0..I(q-2), D(b+k)..]     k = I(q-1) indices at once, for axes b .. b+k-1
 *
 * A negative index counts from the end; one outside the data gives 0.
 */
#include "op/move/gather.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_name modes[] = {
    {"default", TERN_GATHER_DEFAULT},
    {"element", TERN_GATHER_ELEMENT},
    {"nd", TERN_GATHER_ND},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_gather_attr, mode, ENUM, .names = modes, .summary = "how indices are used"),
    TERN_ATTR(tern_gather_attr, axis, I64, .onnx = "axis", .batch = TERN_BATCH_SHIFT,
              .summary = "axis of the data (not in mode nd)"),
    TERN_ATTR(tern_gather_attr, elementwise_dims, I64, .onnx = "batch_dims", .high = TERN_MAX_RANK,
              .summary = "leading axes that data and indices share"),
    TERN_ATTR_END,
};

/* ---- shapes ---- */

static tern_status misfit(const tern_infer *in, const char *what)
{
    char data[TERN_OPERAND_TEXT_BYTES], indices[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s: %s", in->who, tern_operand_text(in, 0, data),
                     tern_operand_text(in, 1, indices), what);
}

/* The shared leading axes into y. */
static tern_status infer_shared(tern_infer *in, int32_t count)
{
    const tern_type *const x = in->x;
    if (count > x[0].rank || count > x[1].rank) {
        return misfit(in, "elementwise_dims is larger than a rank");
    }
    for (int32_t d = 0; d < count; d++) {
        in->y[0].dims[d] = tern_dim_broadcast(in->dims, x[0].dims[d], x[1].dims[d]);
        if (in->y[0].dims[d] == TERN_DIM_NONE) {
            return misfit(in, "elementwise axes must have equal extents, or 1");
        }
    }
    return TERN_OK;
}

static tern_status append(tern_infer *in, const tern_dim *dims, int32_t count)
{
    tern_type *const y = &in->y[0];
    if (y->rank + count > TERN_MAX_RANK) {
        return misfit(in, "the result would have more than 8 axes");
    }
    for (int32_t i = 0; i < count; i++) {
        y->dims[y->rank++] = dims[i];
    }
    return TERN_OK;
}

static tern_status infer_default(tern_infer *in, const tern_gather_attr *a)
{
    const tern_type *const data = &in->x[0], *const indices = &in->x[1];
    const int32_t shared = (int32_t)a->elementwise_dims, axis = (int32_t)a->axis;
    if (axis < shared) {
        return misfit(in, "the axis lies among the elementwise axes");
    }
    in->y[0].rank = (uint8_t)shared;
    TERN_TRY(append(in, &data->dims[shared], axis - shared));
    TERN_TRY(append(in, &indices->dims[shared], indices->rank - shared));
    return append(in, &data->dims[axis + 1], data->rank - axis - 1);
}

static tern_status infer_element(tern_infer *in, const tern_gather_attr *a)
{
    const tern_type *const data = &in->x[0], *const indices = &in->x[1];
    TERN_TRY(tern_infer_same_rank(in, 0, 1));
    for (int32_t d = 0; d < data->rank; d++) {
        if (d != a->axis && tern_dim_known(data->dims[d]) && tern_dim_known(indices->dims[d]) &&
            indices->dims[d] > data->dims[d]) {
            return misfit(
                in, "only along the gathered axis may indices have more elements than the data");
        }
    }
    in->y[0].rank = 0;
    return append(in, indices->dims, indices->rank);
}

static tern_status infer_nd(tern_infer *in, const tern_gather_attr *a)
{
    const tern_type *const data = &in->x[0], *const indices = &in->x[1];
    const int32_t shared = (int32_t)a->elementwise_dims;
    const tern_dim depth = indices->rank > 0 ? indices->dims[indices->rank - 1] : 0;
    if (indices->rank <= shared || !tern_dim_known(depth) || depth < 1 ||
        depth > data->rank - shared) {
        return misfit(
            in, "the last axis of the indices must be known and address 1 to all axes behind the "
                "elementwise ones");
    }
    in->y[0].rank = (uint8_t)shared;
    TERN_TRY(append(in, &indices->dims[shared], indices->rank - 1 - shared));
    return append(in, &data->dims[shared + depth], data->rank - shared - (int32_t)depth);
}

/* Rows of a list of extents, the usual way to read one extent. */
static void infer_content(tern_infer *in)
{
    const tern_gather_attr *const a = in->attr;
    const tern_dim *const data = tern_content_of(in, 0), *const indices = tern_content_of(in, 1);
    const int32_t count = tern_content_count(&in->y[0]);
    if (data == NULL || indices == NULL || count < 0 || in->x[0].rank != 1 ||
        a->elementwise_dims != 0 || a->mode == TERN_GATHER_ND) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        const int64_t extent = in->x[0].dims[0];
        if (!tern_dim_known(indices[i])) {
            return;
        }
        const int64_t at = indices[i] < 0 ? indices[i] + extent : indices[i];
        in->y_content[0][i] = at >= 0 && at < extent ? data[at] : 0;
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_gather_attr *const a = in->attr;
    if (a->mode == TERN_GATHER_ELEMENT) {
        a->elementwise_dims = 0; /* says nothing here */
    }
    if (a->mode != TERN_GATHER_ND) {
        TERN_TRY(tern_axis_normalize(&a->axis, in->x[0].rank, in->who));
    }
    TERN_TRY(infer_shared(in, (int32_t)a->elementwise_dims));
    switch ((tern_gather_mode)a->mode) {
    case TERN_GATHER_DEFAULT: TERN_TRY(infer_default(in, a)); break;
    case TERN_GATHER_ELEMENT: TERN_TRY(infer_element(in, a)); break;
    case TERN_GATHER_ND: TERN_TRY(infer_nd(in, a)); break;
    }
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

/* ---- running ---- */

typedef struct gather_call {
    const tern_gather_attr *attr;
    const tern_type *data, *indices;
    int64_t data_strides[TERN_MAX_RANK], index_strides[TERN_MAX_RANK];
    const int64_t *index; /* values of the indices */
} gather_call;

static int64_t product(const int64_t *extents, int32_t count)
{
    int64_t result = 1;
    for (int32_t i = 0; i < count; i++) {
        result *= extents[i];
    }
    return result;
}

/* Adds position `at` (0 where the extent is 1) of axis d of the data; false outside. */
static bool step(const gather_call *g, int32_t d, int64_t at, int64_t *offset)
{
    const int64_t extent = g->data->dims[d];
    at += at < 0 ? extent : 0;
    if (at < 0 || at >= extent) {
        return false;
    }
    *offset += at * g->data_strides[d];
    return true;
}

/* Offset in the data of the result's element at y; -1 outside. */
static int64_t locate(const gather_call *g, const int64_t *y)
{
    const int32_t mode = g->attr->mode, axis = (int32_t)g->attr->axis;
    const int32_t shared = (int32_t)g->attr->elementwise_dims;
    const int32_t index_rank = g->indices->rank - (mode == TERN_GATHER_ND ? 1 : 0);
    const int32_t first =
        mode == TERN_GATHER_DEFAULT ? axis : shared; /* where indices begin in y */
    int64_t at = 0, offset = 0;
    bool is_inside = true;
    for (int32_t d = 0; d < index_rank; d++) {
        const int32_t from = d < shared ? d : first + d - shared;
        at += g->indices->dims[d] == 1 && d < shared ? 0 : y[from] * g->index_strides[d];
    }
    if (mode == TERN_GATHER_ELEMENT) {
        for (int32_t d = 0; d < g->data->rank; d++) {
            is_inside = step(g, d, d == axis ? g->index[at] : y[d], &offset) && is_inside;
        }
        return is_inside ? offset : -1;
    }
    for (int32_t d = 0; d < shared; d++) {
        is_inside = step(g, d, g->data->dims[d] == 1 ? 0 : y[d], &offset) && is_inside;
    }
    const int32_t before = mode == TERN_GATHER_DEFAULT ? axis : shared;
    const int32_t depth = mode == TERN_GATHER_DEFAULT ? 1 : (int32_t)g->indices->dims[index_rank];
    for (int32_t d = shared; d < before; d++) {
        is_inside = step(g, d, y[d], &offset) && is_inside;
    }
    for (int32_t k = 0; k < depth; k++) {
        is_inside = step(g, before + k, g->index[at + k], &offset) && is_inside;
    }
    const int32_t behind = first + index_rank - shared; /* y's axis of data axis before + depth */
    for (int32_t d = before + depth; d < g->data->rank; d++) {
        is_inside = step(g, d, y[behind + d - before - depth], &offset) && is_inside;
    }
    return is_inside ? offset : -1;
}

static void move(const tern_move *m)
{
    const tern_type *const yt = &m->ref.yt[0];
    gather_call g = {
        .attr = m->ref.attr, .data = &m->ref.xt[0], .indices = &m->ref.xt[1], .index = m->ref.x[1]};
    const unsigned char *const x = m->ref.x[0];
    unsigned char *const y = m->ref.y[0];
    int64_t index[TERN_MAX_RANK] = {0};
    const int64_t count = product(yt->dims, yt->rank);
    tern_type_strides(g.data, g.data_strides);
    tern_type_strides(g.indices, g.index_strides);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = locate(&g, index);
        if (at < 0) {
            memset(y + (size_t)i * m->elem, 0, m->elem);
        } else {
            memcpy(y + (size_t)i * m->elem, x + (size_t)at * m->elem, m->elem);
        }
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

/* The batch is one more axis that data and indices share. */
static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    tern_gather_attr *const a = attr;
    (void)visible_rank;
    TERN_TRY(tern_attr_batchify(fields, attr, who));
    if (a->mode != TERN_GATHER_ELEMENT) {
        a->elementwise_dims++;
    }
    return TERN_OK;
}

static const char *const names[] = {"data", "indices", NULL};

const tern_op tern_op_gather = {
    .name = "gather",
    .summary = "elements of the data picked by indices; outside the data 0",
    .types = "T, int -> T; T: any",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_gather_attr),
    .onnx = {{"Gather", 1}, {"GatherElements", 11}, {"GatherND", 11}},
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
