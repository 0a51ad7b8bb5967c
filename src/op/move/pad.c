/* SPDX-License-Identifier: Apache-2.0
 *
 * pad: zeros around the input; negative amounts crop.  The lists speak of the last axes, as many
 * as they have entries.
 */
#include "op/move/pad.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_pad_attr, pre, INTS, .low = INT32_MIN, .high = INT32_MAX,
              .summary = "elements in front, of the last axes; negative crops"),
    TERN_ATTR(tern_pad_attr, post, INTS, .low = INT32_MIN, .high = INT32_MAX,
              .summary = "elements behind, of the last axes; negative crops"),
    TERN_ATTR_END,
};

/* Amount for axis d of a rank; 0 where the list does not reach. */
static int64_t amount(const tern_ints *list, int32_t rank, int32_t d)
{
    const int32_t i = d - (rank - list->count);
    return i >= 0 ? list->v[i] : 0;
}

static void infer_content(tern_infer *in)
{
    const tern_pad_attr *const a = in->attr;
    const tern_dim *const x = tern_content_of(in, 0);
    const tern_type *const xt = &in->x[0], *const yt = &in->y[0];
    const int32_t count = tern_content_count(yt);
    for (int32_t i = 0; x != NULL && i < count; i++) {
        int64_t rest = i, at = 0, step = 1;
        bool is_outside = false;
        for (int32_t d = yt->rank - 1; d >= 0; d--) {
            const int64_t index = rest % yt->dims[d] - amount(&a->pre, xt->rank, d);
            rest /= yt->dims[d];
            is_outside = is_outside || index < 0 || index >= xt->dims[d];
            at += index * step;
            step *= xt->dims[d];
        }
        in->y_content[0][i] = is_outside ? 0 : x[at];
    }
    in->y_content_known[0] = x != NULL && count >= 0;
}

static tern_status infer(tern_infer *in)
{
    const tern_pad_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    if (a->pre.count > x->rank || a->post.count > x->rank) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %d entries of padding for %s", in->who,
                         (int)(a->pre.count > a->post.count ? a->pre.count : a->post.count),
                         tern_operand_text(in, 0, input));
    }
    in->y[0] = *x;
    for (int32_t d = 0; d < x->rank; d++) {
        tern_dim extent = x->dims[d];
        extent = tern_dim_make(in->dims, TERN_DIM_ADD, extent, amount(&a->pre, x->rank, d));
        extent = tern_dim_make(in->dims, TERN_DIM_ADD, extent, amount(&a->post, x->rank, d));
        in->y[0].dims[d] = extent;
    }
    if (in->y_content_known != NULL && in->dims->status == TERN_OK) {
        for (int32_t d = 0; d < x->rank; d++) {
            if (tern_dim_known(in->y[0].dims[d]) && in->y[0].dims[d] < 0) {
                return TERN_OK; /* refused by the checks behind */
            }
        }
        infer_content(in);
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_pad_attr *const a = m->ref.attr;
    const tern_type *const xt = &m->ref.xt[0], *const yt = &m->ref.yt[0];
    const unsigned char *const x = m->ref.x[0];
    unsigned char *const y = m->ref.y[0];
    int64_t index[TERN_MAX_RANK] = {0}, strides[TERN_MAX_RANK];
    int64_t count = 0;
    tern_type_strides(xt, strides);
    (void)tern_type_volume(yt, &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0;
        for (int32_t d = 0; d < yt->rank && at >= 0; d++) {
            const int64_t k = index[d] - amount(&a->pre, xt->rank, d);
            at = k < 0 || k >= xt->dims[d] ? -1 : at + k * strides[d];
        }
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

static const char *const names[] = {"input", NULL};

const tern_op tern_op_pad = {
    .name = "pad",
    .summary = "zeros in front of and behind the last axes; negative amounts crop",
    .types = "T -> T; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_pad_attr),
    .infer = infer,
    .move = move,
};
