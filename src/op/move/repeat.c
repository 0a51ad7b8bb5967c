/* SPDX-License-Identifier: Apache-2.0
 *
 * expand: extents of 1 repeated until the input has a shape, both broadcasting to each other with
 * their last axes aligned.  tile: the input several times along each axis.
 */
#include "op/message.h"
#include "op/move/squeeze.h"

#include <string.h>

enum { X_LIST = 1 };

static const tern_attr_field expand_fields[] = {
    {.name = "shape",
     .kind = TERN_ATTR_KIND_INTS,
     .offset = offsetof(tern_list_attr, list),
     .high = INT64_MAX,
     .summary = "extents to broadcast with"},
    TERN_ATTR_END,
};

static const tern_attr_field tile_fields[] = {
    {.name = "repeats",
     .kind = TERN_ATTR_KIND_INTS,
     .offset = offsetof(tern_list_attr, list),
     .batch = TERN_BATCH_PREPEND,
     .batch_value = 1,
     .high = INT64_MAX,
     .summary = "how often, per axis"},
    TERN_ATTR_END,
};

static tern_status list_of(const tern_infer *in, const tern_dim **out_list, int32_t *out_count)
{
    const tern_list_attr *const a = in->attr;
    *out_list = a->list.v;
    *out_count = a->list.count;
    if (tern_infer_has(in, X_LIST)) {
        TERN_TRY(tern_infer_shape_operand(in, X_LIST, out_list, out_count));
    }
    for (int32_t i = 0; i < *out_count; i++) {
        if (tern_dim_known((*out_list)[i]) && (*out_list)[i] < 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: entry %d of the list is %lld, negative", in->who,
                             (int)i, (long long)(*out_list)[i]);
        }
    }
    return TERN_OK;
}

/* Both repeat the input: element i of the result is the one at its index modulo the extents. */
static void infer_content(tern_infer *in)
{
    const tern_type *const xt = &in->x[0], *const yt = &in->y[0];
    const tern_dim *const x = tern_content_of(in, 0);
    const int32_t count = tern_content_count(yt);
    if (in->y_content_known == NULL || in->dims->status != TERN_OK || x == NULL || count < 0) {
        return;
    }
    for (int32_t d = 0; d < yt->rank; d++) {
        if (yt->dims[d] < 0) {
            return; /* refused by the checks behind */
        }
    }
    for (int32_t i = 0; i < count; i++) {
        int64_t rest = i, at = 0, step = 1;
        for (int32_t d = yt->rank - 1; d >= yt->rank - xt->rank; d--) {
            const int64_t extent = xt->dims[d - yt->rank + xt->rank];
            at += rest % yt->dims[d] % extent * step;
            rest /= yt->dims[d];
            step *= extent;
        }
        in->y_content[0][i] = x[at];
    }
    in->y_content_known[0] = true;
}

static tern_status infer_expand(tern_infer *in)
{
    const tern_type *const x = &in->x[0];
    tern_type *const y = &in->y[0];
    const tern_dim *shape;
    int32_t count;
    TERN_TRY(list_of(in, &shape, &count));
    y->rank = (uint8_t)(count > x->rank ? count : x->rank);
    for (int32_t d = 0; d < y->rank; d++) {
        const int32_t from_x = d - y->rank + x->rank, from_shape = d - y->rank + count;
        const tern_dim a = from_x >= 0 ? x->dims[from_x] : 1;
        const tern_dim b = from_shape >= 0 ? shape[from_shape] : 1;
        y->dims[d] = tern_dim_broadcast(in->dims, a, b);
        if (y->dims[d] == TERN_DIM_NONE) {
            char input[TERN_OPERAND_TEXT_BYTES], buffer[256];
            tern_text text;
            tern_text_init_fixed(&text, buffer, sizeof buffer);
            tern_dims_print(&text, in->dims, shape, count);
            return tern_fail(TERN_BAD_SHAPE, "%s: %s and the shape %s do not broadcast", in->who,
                             tern_operand_text(in, 0, input), buffer);
        }
    }
    infer_content(in);
    return TERN_OK;
}

static tern_status infer_tile(tern_infer *in)
{
    const tern_dim *repeats;
    int32_t count;
    TERN_TRY(list_of(in, &repeats, &count));
    if (count != in->x[0].rank) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %d repeats for %s", in->who, (int)count,
                         tern_operand_text(in, 0, input));
    }
    in->y[0] = in->x[0];
    for (int32_t d = 0; d < count; d++) {
        in->y[0].dims[d] = tern_dim_make(in->dims, TERN_DIM_MUL, in->x[0].dims[d], repeats[d]);
    }
    infer_content(in);
    return TERN_OK;
}

/* Row by row along the last axis, which is a copy, or one element repeated. */
static void move(const tern_move *m)
{
    const tern_type *const xt = &m->ref.xt[0], *const yt = &m->ref.yt[0];
    const unsigned char *const x = m->ref.x[0];
    unsigned char *y = m->ref.y[0];
    int64_t index[TERN_MAX_RANK] = {0}, strides[TERN_MAX_RANK], count = 0;
    const int32_t skipped = yt->rank - xt->rank;
    (void)tern_type_volume(yt, &count);
    if (count == 0) {
        return;
    }
    tern_type_strides(xt, strides);
    const int64_t length = yt->rank > 0 ? yt->dims[yt->rank - 1] : 1;
    const int64_t own = xt->rank > 0 ? xt->dims[xt->rank - 1] : 1;
    for (int64_t row = 0; row < count / length; row++) {
        int64_t at = 0;
        for (int32_t d = skipped; d < yt->rank - 1; d++) {
            at += index[d] % xt->dims[d - skipped] * strides[d - skipped];
        }
        for (int64_t i = 0; i < length; i += own, y += (size_t)own * m->elem) {
            memcpy(y, x + (size_t)at * m->elem, (size_t)own * m->elem);
        }
        for (int32_t d = yt->rank - 2; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

/* The shape speaks of the axes behind the batch. */
static tern_status batchify_expand(void *attr, int32_t visible_rank, const char *who)
{
    const tern_list_attr *const a = attr;
    if (a->list.count > visible_rank) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the shape has more axes than the input", who);
    }
    return TERN_OK;
}

static const char *const expand_names[] = {"input", "shape", NULL};
static const char *const tile_names[] = {"input", "repeats", NULL};

const tern_op tern_op_expand = {
    .name = "expand",
    .summary = "broadcast with a shape",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = expand_names,
    .attrs = expand_fields,
    .attr_size = sizeof(tern_list_attr),
    .infer = infer_expand,
    .move = move,
    .shape_operands = 1u << X_LIST,
    .batchless_operands = 1u << X_LIST,
    .batchify = batchify_expand,
};

const tern_op tern_op_tile = {
    .name = "tile",
    .summary = "the input several times along each axis",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = tile_names,
    .attrs = tile_fields,
    .attr_size = sizeof(tern_list_attr),
    .infer = infer_tile,
    .move = move,
    .shape_operands = 1u << X_LIST,
    .batchless_operands = 1u << X_LIST,
};
