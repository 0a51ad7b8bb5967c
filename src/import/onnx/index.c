/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that pick, place, mark and order elements by index.
 */
#include "import/onnx/index.h"

static int shown(tern_str s)
{
    return s.len < 40 ? (int)s.len : 40;
}

/* --- gather --- */

static const char *axis_text(tern_onnx_call *c, const char *rest, int64_t fallback)
{
    return tern_onnx_text(c, "{axis=%lld%s}", (long long)tern_onnx_int(c, "axis", fallback), rest);
}

tern_status tern_onnx_do_gather(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "gather", axis_text(c, "", 0), c->x[0], c->x[1]);
    }
    return c->status;
}

tern_status tern_onnx_do_gather_elements(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "gather", axis_text(c, ", mode=element", 0), c->x[0], c->x[1]);
    }
    return c->status;
}

tern_status tern_onnx_do_gather_nd(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "gather",
                                 tern_onnx_text(c, "{mode=nd, elementwise_dims=%lld}",
                                                (long long)tern_onnx_int(c, "batch_dims", 0)),
                                 c->x[0], c->x[1]);
    }
    return c->status;
}

/* ai.onnx.ml: columns; a vector counts as one row. */
tern_status tern_onnx_do_array_feature_extractor(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 2)) {
        return c->status;
    }
    const tern_value_id flat = tern_onnx_emit(c, "shuffle", "{reshape=[-1]}", c->x[1]);
    const tern_value_id x =
        tern_onnx_rank(c, c->x[0]) == 1 ? tern_onnx_rank_up(c, c->x[0], 2) : c->x[0];
    c->y[0] = tern_onnx_emit(c, "gather", "{axis=-1}", x, flat);
    return c->status;
}

/* --- scatter --- */

static const char *reduction(tern_onnx_call *c)
{
    static const char *const names[] = {"none", "add", "mul", "min", "max"};
    const tern_str name = tern_onnx_string(c, "reduction", "none");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (tern_str_is(name, names[i])) {
            return names[i];
        }
    }
    (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                           "reduction is \"%.*s\"; known: none, add, mul, min, max", shown(name),
                           name.at);
    return names[0];
}

tern_status tern_onnx_do_scatter_elements(tern_onnx_call *c)
{
    const char *rest = tern_onnx_text(c, ", reduction=%s", reduction(c));
    if (tern_onnx_has_operands(c, 3)) {
        c->y[0] = tern_onnx_emit(c, "scatter", axis_text(c, rest, 0), c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

tern_status tern_onnx_do_scatter_nd(tern_onnx_call *c)
{
    const char *text = tern_onnx_text(c, "{mode=nd, reduction=%s}", reduction(c));
    if (tern_onnx_has_operands(c, 3)) {
        c->y[0] = tern_onnx_emit(c, "scatter", text, c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

tern_status tern_onnx_do_tensor_scatter(tern_onnx_call *c)
{
    const tern_str mode = tern_onnx_string(c, "mode", "linear");
    if (!tern_str_is(mode, "linear") && !tern_str_is(mode, "circular")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "mode is \"%.*s\", not linear or circular",
                                shown(mode), mode.at);
    }
    if (tern_onnx_has_operands(c, 2)) {
        const char *rest = tern_str_is(mode, "linear") ? ", mode=linear" : ", mode=circular";
        c->y[0] =
            tern_onnx_emit(c, "tensor_scatter", axis_text(c, rest, -2), c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

/* --- marks --- */

/* Indices and depth may be floats. */
static tern_value_id as_i64(tern_onnx_call *c, tern_value_id x)
{
    double number;
    const tern_dtype_info *info = tern_dtype_find(tern_onnx_type_of(c, x)->dtype);
    if (info != NULL && info->class_ == TERN_CLASS_F && tern_onnx_constant_number(c, x, &number)) {
        return tern_onnx_scalar(c, TERN_DTYPE_I64, number);
    }
    return info != NULL && (info->class_ == TERN_CLASS_I || info->class_ == TERN_CLASS_U)
               ? x
               : tern_onnx_cast(c, x, TERN_DTYPE_I64);
}

tern_status tern_onnx_do_one_hot(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 3)) {
        c->y[0] =
            tern_onnx_emit(c, "one_hot", axis_text(c, "", -1),
                           tern_onnx_cast(c, c->x[0], TERN_DTYPE_I64), c->x[2], as_i64(c, c->x[1]));
    }
    return c->status;
}

tern_status tern_onnx_do_trilu(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 1)) {
        c->y[0] = tern_onnx_emit(
            c, "trilu", tern_onnx_int(c, "upper", 1) != 0 ? "{upper=true}" : "{upper=false}",
            c->x[0], c->x[1]);
    }
    return c->status;
}

/* --- order --- */

tern_status tern_onnx_do_reverse_sequence(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "reverse_sequence",
                                 tern_onnx_text(c, "{batch_axis=%lld, sequence_axis=%lld}",
                                                (long long)tern_onnx_int(c, "batch_axis", 1),
                                                (long long)tern_onnx_int(c, "time_axis", 0)),
                                 c->x[0], c->x[1]);
    }
    return c->status;
}

static tern_status cumulative(tern_onnx_call *c, const char *op)
{
    if (!tern_onnx_has_operands(c, 2)) {
        return c->status;
    }
    const char *flags = tern_onnx_text(c, "op=%s, exclusive=%s, reverse=%s", op,
                                       tern_onnx_int(c, "exclusive", 0) != 0 ? "true" : "false",
                                       tern_onnx_int(c, "reverse", 0) != 0 ? "true" : "false");
    int64_t axis;
    int32_t count;
    if (tern_onnx_constant_ints(c, c->x[1], &axis, 1, &count) && count == 1) {
        c->y[0] = tern_onnx_emit(
            c, "cumulative", tern_onnx_text(c, "{%s, axis=%lld}", flags, (long long)axis), c->x[0]);
    } else {
        c->y[0] =
            tern_onnx_emit(c, "cumulative", tern_onnx_text(c, "{%s}", flags), c->x[0], c->x[1]);
    }
    return c->status;
}

tern_status tern_onnx_do_cum_sum(tern_onnx_call *c)
{
    return cumulative(c, "sum");
}

tern_status tern_onnx_do_cum_prod(tern_onnx_call *c)
{
    return cumulative(c, "prod");
}

/* --- blocks and grids --- */

tern_status tern_onnx_do_col2im(tern_onnx_call *c)
{
    static const char *const names[] = {"strides", "dilations"};
    const char *lists[2] = {"[]", "[]"};
    int32_t count;
    if (!tern_onnx_has_operands(c, 3)) {
        return c->status;
    }
    for (int32_t i = 0; i < 2; i++) {
        const int64_t *v = tern_onnx_ints(c, names[i], &count);
        if (v != NULL && count <= TERN_MAX_RANK) {
            lists[i] = tern_onnx_list_text(c, v, count);
        }
    }
    const int64_t *pads = tern_onnx_ints(c, "pads", &count);
    if (count % 2 != 0 || count > 2 * TERN_MAX_RANK) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has %d pads", (int)count);
    }
    const int32_t half = pads != NULL ? count / 2 : 0;
    c->y[0] =
        tern_onnx_emit(c, "col2im",
                       tern_onnx_text(c, "{stride=%s, dilation=%s, pre_pad=%s, post_pad=%s}",
                                      lists[0], lists[1], tern_onnx_list_text(c, pads, half),
                                      tern_onnx_list_text(c, half > 0 ? pads + half : pads, half)),
                       c->x[0], c->x[1], c->x[2]);
    return c->status;
}

tern_status tern_onnx_do_affine_grid(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] =
            tern_onnx_emit(c, "affine_grid",
                           tern_onnx_int(c, "align_corners", 0) != 0 ? "{align_corners=true}"
                                                                     : "{align_corners=false}",
                           c->x[0], c->x[1]);
    }
    return c->status;
}
