/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that put the same elements under other shapes: reshape, squeeze, transpose, tile,
 * expand.  Lists that are constants become attributes; others are passed on as shape operands.
 */
#include "import/onnx/index.h"

/* --- reshape --- */

tern_status tern_onnx_do_reshape(tern_onnx_call *c)
{
    int64_t shape[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const bool is_given =
        tern_onnx_list(c, c->opset < 5 ? "shape" : NULL, 1,
                       (tern_onnx_room){shape, TERN_CONTENT_MAX}, &count, &operand);
    if (!is_given) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no shape");
    }
    const char *zero = tern_onnx_int(c, "allowzero", 0) != 0 ? "false" : "true";
    if (operand != TERN_NO_ID) {
        c->y[0] = tern_onnx_emit(c, "shuffle", tern_onnx_text(c, "{zero_is_placeholder=%s}", zero),
                                 c->x[0], operand);
    } else if (count == 0) {
        c->y[0] = tern_onnx_emit(c, "shuffle", "{to_scalar=true}", c->x[0]);
    } else if (tern_onnx_fits_rank(c, "the shape", count)) {
        c->y[0] = tern_onnx_emit(c, "shuffle",
                                 tern_onnx_text(c, "{reshape=%s, zero_is_placeholder=%s}",
                                                tern_onnx_list_text(c, shape, count), zero),
                                 c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_flatten(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const int64_t axis = tern_onnx_int(c, "axis", 1);
    if (axis < -rank || axis > rank) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %lld is outside %d..%d", (long long)axis,
                                -(int)rank, (int)rank);
    }
    return tern_onnx_give(c, tern_onnx_flatten(c, c->x[0], axis < 0 ? axis + rank : axis));
}

/* Axes that are known extents of 1. */
static int32_t unit_axes(const tern_type *t, int64_t axes[TERN_MAX_RANK])
{
    int32_t count = 0;
    for (int32_t d = 0; d < t->rank; d++) {
        if (t->dims[d] == 1) {
            axes[count++] = d;
        }
    }
    return count;
}

tern_status tern_onnx_do_squeeze(tern_onnx_call *c)
{
    int64_t axes[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (!tern_onnx_list(c, c->opset < 13 ? "axes" : NULL, c->opset < 13 ? -1 : 1,
                        (tern_onnx_room){axes, TERN_CONTENT_MAX}, &count, &operand)) {
        count = unit_axes(tern_onnx_type_of(c, c->x[0]), axes);
    }
    if (operand != TERN_NO_ID) {
        return tern_onnx_give(c, tern_onnx_emit(c, "squeeze", NULL, c->x[0], operand));
    }
    return tern_onnx_fits_rank(c, "the list of axes", count)
               ? tern_onnx_give(c, tern_onnx_squeeze(c, c->x[0], axes, count))
               : c->status;
}

tern_status tern_onnx_do_unsqueeze(tern_onnx_call *c)
{
    int64_t axes[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (!tern_onnx_list(c, c->opset < 13 ? "axes" : NULL, c->opset < 13 ? -1 : 1,
                        (tern_onnx_room){axes, TERN_CONTENT_MAX}, &count, &operand)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no axes");
    }
    if (operand != TERN_NO_ID) {
        return tern_onnx_give(c, tern_onnx_emit(c, "unsqueeze", NULL, c->x[0], operand));
    }
    return tern_onnx_fits_rank(c, "the list of axes", count)
               ? tern_onnx_give(c, tern_onnx_unsqueeze(c, c->x[0], axes, count))
               : c->status;
}

tern_status tern_onnx_do_transpose(tern_onnx_call *c)
{
    int32_t count;
    const int64_t *permutation = tern_onnx_ints(c, "perm", &count);
    int64_t reversed[TERN_MAX_RANK];
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    for (int32_t d = 0; d < rank; d++) {
        reversed[d] = rank - 1 - d;
    }
    if (count != 0 && count != rank) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "perm has %d entries, the input has rank %d",
                                (int)count, (int)rank);
    }
    if (count == 1 && permutation[0] != 0) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "perm is no permutation");
    }
    return tern_onnx_give(
        c, tern_onnx_transpose(c, c->x[0], count > 0 ? permutation : reversed, rank));
}

/* --- tile, expand --- */

/* Opset 1: how often, and along which axis. */
static tern_status tile_axis(tern_onnx_call *c)
{
    int64_t axis, times, repeats[TERN_MAX_RANK];
    int32_t count;
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    if (!tern_onnx_has_operands(c, 3)) {
        return c->status;
    }
    if (!tern_onnx_constant_ints(c, c->x[1], &times, 1, &count) || count != 1 ||
        !tern_onnx_constant_ints(c, c->x[2], &axis, 1, &count) || count != 1) {
        double number[2];
        if (!tern_onnx_constant_number(c, c->x[1], &number[0]) ||
            !tern_onnx_constant_number(c, c->x[2], &number[1])) {
            return tern_onnx_refuse(c, TERN_UNSUPPORTED, "tiles and axis must be constants");
        }
        tern_convert(TERN_DTYPE_F64, &number[0], TERN_DTYPE_I64, &times, 1);
        tern_convert(TERN_DTYPE_F64, &number[1], TERN_DTYPE_I64, &axis, 1);
    }
    axis = tern_onnx_axis(c, axis, rank);
    for (int32_t d = 0; d < rank; d++) {
        repeats[d] = d == axis ? times : 1;
    }
    c->y[0] = tern_onnx_emit(
        c, "tile", tern_onnx_text(c, "{repeats=%s}", tern_onnx_list_text(c, repeats, rank)),
        c->x[0]);
    return c->status;
}

/* An operator of the input and one list, which is attribute `name` when it is known. */
static tern_status with_list(tern_onnx_call *c, const char *op, const char *name)
{
    int64_t list[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand;
    if (!tern_onnx_has_operands(c, 2)) {
        return c->status;
    }
    (void)tern_onnx_list(c, NULL, 1, (tern_onnx_room){list, TERN_CONTENT_MAX}, &count, &operand);
    if (operand != TERN_NO_ID) {
        c->y[0] = tern_onnx_emit(c, op, NULL, c->x[0], operand);
    } else if (tern_onnx_fits_rank(c, "its list", count)) {
        c->y[0] = tern_onnx_emit(
            c, op, tern_onnx_text(c, "{%s=%s}", name, tern_onnx_list_text(c, list, count)),
            c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_tile(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    return c->opset < 6 ? tile_axis(c) : with_list(c, "tile", "repeats");
}

tern_status tern_onnx_do_expand(tern_onnx_call *c)
{
    return with_list(c, "expand", "shape");
}
