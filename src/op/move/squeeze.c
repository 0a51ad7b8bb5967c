/* SPDX-License-Identifier: Apache-2.0
 *
 * squeeze and unsqueeze: axes of extent 1 taken out, or put in.  The axes of unsqueeze are those of
 * the result.  The elements stay where they are.
 */
#include "op/move/squeeze.h"

#include "op/message.h"

#include <string.h>

enum { X_AXES = 1 };

static const tern_attr_field fields[] = {
    {.name = "axes",
     .kind = TERN_ATTR_KIND_INTS,
     .offset = offsetof(tern_list_attr, list),
     .onnx = "axes",
     .batch = TERN_BATCH_SHIFT,
     .summary = "axes of extent 1; negative ones count from the back"},
    TERN_ATTR_END,
};

/* ---- shapes ---- */

/* The axes as a bit set of `rank` axes; *out_known is false when some are not known yet. */
static tern_status find_axes(const tern_infer *in, int32_t rank, const tern_dim *axes,
                             int32_t count, uint32_t *out_set, bool *out_known)
{
    *out_set = 0;
    *out_known = true;
    for (int32_t i = 0; i < count; i++) {
        int64_t axis = axes[i];
        if (!tern_dim_known(axis)) {
            *out_known = false;
            continue;
        }
        TERN_TRY(tern_axis_normalize(&axis, rank, in->who));
        if ((*out_set >> axis & 1) != 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: axis %d is listed twice", in->who,
                             (int)axis);
        }
        *out_set |= UINT32_C(1) << axis;
    }
    return TERN_OK;
}

static tern_status list_of(const tern_infer *in, const tern_dim **out_axes, int32_t *out_count)
{
    const tern_list_attr *const a = in->attr;
    *out_axes = a->list.v;
    *out_count = a->list.count;
    return tern_infer_has(in, X_AXES) ? tern_infer_shape_operand(in, X_AXES, out_axes, out_count)
                                      : TERN_OK;
}

/* Axes that are an input of the network: the rank is known, each extent is one of the input's. */
static tern_status infer_unknown(tern_infer *in, int32_t rank)
{
    tern_dim most = 1;
    for (int32_t d = 0; d < in->x[0].rank; d++) {
        most = tern_dim_make(in->dims, TERN_DIM_MAX, most, in->x[0].dims[d]);
    }
    in->y[0].rank = (uint8_t)rank;
    for (int32_t d = 0; d < rank; d++) {
        if (!tern_infer_data_extent(in, 0, d, most, &in->y[0].dims[d])) {
            return tern_fail(TERN_UNSUPPORTED, "%s: the axes are not known while building",
                             in->who);
        }
    }
    return TERN_OK;
}

static void copy_content(tern_infer *in)
{
    const int32_t count = tern_content_count(&in->y[0]);
    const tern_dim *const x = tern_content_of(in, 0);
    if (in->y_content_known != NULL && x != NULL && count == tern_content_count(&in->x[0])) {
        memcpy(in->y_content[0], x, (size_t)count * sizeof *x);
        in->y_content_known[0] = true;
    }
}

static tern_status infer_squeeze(tern_infer *in)
{
    const tern_type *const x = &in->x[0];
    const tern_dim *axes;
    int32_t count;
    uint32_t set;
    bool is_known;
    TERN_TRY(list_of(in, &axes, &count));
    TERN_TRY(find_axes(in, x->rank, axes, count, &set, &is_known));
    if (!is_known) {
        return infer_unknown(in, x->rank > count ? x->rank - count : 0);
    }
    in->y[0].rank = 0;
    for (int32_t d = 0; d < x->rank; d++) {
        if ((set >> d & 1) == 0) {
            in->y[0].dims[in->y[0].rank++] = x->dims[d];
        } else if (tern_dim_known(x->dims[d]) && x->dims[d] != 1) {
            char input[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: axis %d of %s is not 1 long", in->who, (int)d,
                             tern_operand_text(in, 0, input));
        }
    }
    copy_content(in);
    return TERN_OK;
}

static tern_status infer_unsqueeze(tern_infer *in)
{
    const tern_type *const x = &in->x[0];
    const tern_dim *axes;
    int32_t count, from = 0;
    uint32_t set;
    bool is_known;
    TERN_TRY(list_of(in, &axes, &count));
    const int32_t rank = x->rank + count;
    if (rank > TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: the result would have %d axes, at most %d are possible", in->who,
                         (int)rank, TERN_MAX_RANK);
    }
    TERN_TRY(find_axes(in, rank, axes, count, &set, &is_known));
    if (!is_known) {
        return infer_unknown(in, rank);
    }
    in->y[0].rank = (uint8_t)rank;
    for (int32_t d = 0; d < rank; d++) {
        in->y[0].dims[d] = (set >> d & 1) != 0 ? 1 : x->dims[from++];
    }
    copy_content(in);
    return TERN_OK;
}

/* ---- running ---- */

/* An input with more than one element on an axis that goes cannot be refused here any more. */
static void move(const tern_move *m)
{
    size_t have = 0, want = 0;
    (void)tern_type_bytes(&m->ref.xt[0], &have);
    (void)tern_type_bytes(&m->ref.yt[0], &want);
    if (want > 0) {
        memcpy(m->ref.y[0], m->ref.x[0], want < have ? want : have);
    }
}

static bool is_view(const void *attr, const tern_type *x, const tern_type *y)
{
    (void)attr;
    (void)x;
    (void)y;
    return true;
}

static const char *const names[] = {"input", "axes", NULL};

const tern_op tern_op_squeeze = {
    .name = "squeeze",
    .summary = "without some axes of extent 1",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_list_attr),
    .infer = infer_squeeze,
    .move = move,
    .shape_operands = 1u << X_AXES,
    .batchless_operands = 1u << X_AXES,
    .is_view = is_view,
};

const tern_op tern_op_unsqueeze = {
    .name = "unsqueeze",
    .summary = "with axes of extent 1 put in; they are numbered in the result",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_list_attr),
    .infer = infer_unsqueeze,
    .move = move,
    .shape_operands = 1u << X_AXES,
    .batchless_operands = 1u << X_AXES,
    .is_view = is_view,
};
