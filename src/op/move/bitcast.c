/* SPDX-License-Identifier: Apache-2.0
 *
 * bitcast: the same bytes under another element type of equal width.
 */
#include "op/message.h"
#include "op/move/cast.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_bitcast_attr, to, DTYPE, .fallback = TERN_DTYPE_F32, .onnx = "to",
              .summary = "element type of the result, as wide as the input's"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_bitcast_attr *const a = in->attr;
    const tern_dtype_info *const from = tern_dtype_find(in->x[0].dtype);
    const tern_dtype_info *const to = tern_dtype_find(a->to);
    if (to == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"to\" must name an element type",
                         in->who);
    }
    if (from->bits != to->bits) {
        char x[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_UNSUPPORTED, "%s: %s has elements of %u bits, %s has %u", in->who,
                         tern_operand_text(in, 0, x), (unsigned)from->bits, to->name,
                         (unsigned)to->bits);
    }
    in->y[0] = in->x[0];
    in->y[0].dtype = (uint8_t)a->to;
    return TERN_OK;
}

static void move(const tern_move *m)
{
    size_t bytes = 0;
    (void)tern_type_bytes(&m->ref.yt[0], &bytes);
    if (bytes > 0) {
        memcpy(m->ref.y[0], m->ref.x[0], bytes);
    }
}

static bool is_view(const void *attr, const tern_type *x, const tern_type *y)
{
    (void)attr;
    (void)x;
    (void)y;
    return true;
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_bitcast = {
    .name = "bitcast",
    .summary = "the same bits as another type of equal width",
    .types = "T -> *; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_bitcast_attr),
    .onnx = {{"BitCast", 26}},
    .infer = infer,
    .move = move,
    .moves_packed = true,
    .is_view = is_view,
};
