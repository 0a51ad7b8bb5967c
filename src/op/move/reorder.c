/* SPDX-License-Identifier: Apache-2.0
 *
 * reorder: the same tensor in another memory layout.  Lanes of a blocked layout beyond the last
 * channel are zero.
 */
#include "op/move/cast.h"

#include <string.h>

static const tern_attr_name layouts[] = {
#define TERN_LAYOUT(name, id, text, rank, axis, block) {text, id},
#include "op/layouts.def"
#undef TERN_LAYOUT
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_reorder_attr, layout, ENUM, .names = layouts, .summary = "layout of the result"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_reorder_attr *const a = in->attr;
    in->y[0] = in->x[0];
    if (a->layout != TERN_LAYOUT_LINEAR && in->x[0].rank < 3) {
        return tern_fail(TERN_BAD_SHAPE, "%s: layout %s needs rank 3 or more, the input has %d",
                         in->who, tern_layout_name(a->layout), (int)in->x[0].rank);
    }
    in->y[0].layout = (uint8_t)a->layout;
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_type *const xt = &m->ref.xt[0], *const yt = &m->ref.yt[0];
    const unsigned char *const x = m->ref.x[0];
    unsigned char *const y = m->ref.y[0];
    int64_t index[TERN_MAX_RANK] = {0}, from[TERN_MAX_RANK], to[TERN_MAX_RANK];
    int64_t count = 0;
    size_t bytes = 0;
    (void)tern_type_bytes(yt, &bytes);
    (void)tern_type_volume(yt, &count);
    if (bytes > 0) {
        memset(y, 0, bytes);
    }
    tern_type_strides(xt, from);
    tern_type_strides(yt, to);
    for (int64_t i = 0; i < count; i++) {
        memcpy(y + (size_t)tern_type_offset(yt, to, index) * m->elem,
               x + (size_t)tern_type_offset(xt, from, index) * m->elem, m->elem);
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_reorder = {
    .name = "reorder",
    .summary = "the same tensor in another memory layout",
    .types = "T -> T; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_reorder_attr),
    .infer = infer,
    .move = move,
};
