/* SPDX-License-Identifier: Apache-2.0
 *
 * Elementwise operators that are no plain row of scalar.def: other attributes, other operand types,
 * any number of operands.
 */
#include "import/onnx/import.h"

#include <float.h>
#include <math.h>

static tern_dtype dtype_of(const tern_onnx_call *c, tern_value_id x)
{
    return (tern_dtype)tern_onnx_type_of(c, x)->dtype;
}

static bool is_float(const tern_onnx_call *c, tern_value_id x)
{
    const tern_dtype_info *info = tern_dtype_find(tern_onnx_type_of(c, x)->dtype);
    return info != NULL && info->class_ == TERN_CLASS_F;
}

/* BAD_MODEL unless the first `count` inputs are there. */
static bool needs(tern_onnx_call *c, int32_t count)
{
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        if (c->x[i] == TERN_NO_ID) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is missing", (int)i);
        }
    }
    return c->status == TERN_OK;
}

/* --- activations --- */

tern_status tern_onnx_do_selu(tern_onnx_call *c)
{
    if (needs(c, 1)) {
        const bool is_first = c->opset < 6;
        c->y[0] = tern_onnx_emit(
            c, "selu",
            tern_onnx_text(
                c, "{alpha=%.17g, beta=%.17g}",
                tern_onnx_float(c, "alpha", is_first ? 1.6732 : 1.67326319217681884765625),
                tern_onnx_float(c, "gamma", is_first ? 1.0507 : 1.05070102214813232421875)),
            c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_gelu(tern_onnx_call *c)
{
    const tern_str how = tern_onnx_string(c, "approximate", "none");
    if (!tern_str_is(how, "none") && !tern_str_is(how, "tanh")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "approximate is \"%.*s\", not none or tanh",
                                how.len < 40 ? (int)how.len : 40, how.at);
    }
    if (needs(c, 1)) {
        c->y[0] =
            tern_onnx_emit(c, tern_str_is(how, "tanh") ? "gelu_tanh" : "gelu_erf", NULL, c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_shrink(tern_onnx_call *c)
{
    if (needs(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "shrink",
                                 tern_onnx_text(c, "{alpha=%.17g, beta=%.17g}",
                                                tern_onnx_float(c, "lambd", 0.5),
                                                tern_onnx_float(c, "bias", 0.0)),
                                 c->x[0]);
    }
    return c->status;
}

/* A slope per channel (axis 1) when there is one, else broadcast as NumPy does. */
tern_status tern_onnx_do_prelu(tern_onnx_call *c)
{
    if (!needs(c, 2)) {
        return c->status;
    }
    const tern_type *x = tern_onnx_type_of(c, c->x[0]), *slope = tern_onnx_type_of(c, c->x[1]);
    tern_value_id s = c->x[1];
    if (c->opset < 7 && slope->rank == 1 && x->rank > 2 && slope->dims[0] != 1) {
        int64_t axes[TERN_MAX_RANK];
        for (int32_t i = 0; i < x->rank - 2; i++) {
            axes[i] = i + 1;
        }
        s = tern_onnx_unsqueeze(c, s, axes, x->rank - 2);
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const char *op = is_float(c, c->x[0]) && tern_onnx_rank(c, s) <= rank ? "prelu" : NULL;
    if (op != NULL) {
        c->y[0] = tern_onnx_emit(c, op, NULL, c->x[0], tern_onnx_rank_up(c, s, rank));
    } else {
        const tern_value_id zero = tern_onnx_scalar(c, dtype_of(c, c->x[0]), 0.0);
        const tern_value_id is_less = tern_onnx_binary(c, "less", c->x[0], zero);
        const tern_value_id scaled = tern_onnx_binary(c, "mul", c->x[0], s);
        c->y[0] =
            tern_onnx_emit(c, "select", NULL, tern_onnx_rank_up(c, is_less, rank), scaled, c->x[0]);
    }
    return c->status;
}

/* --- clip, of all opsets --- */

static tern_value_id bound(tern_onnx_call *c, const char *op, tern_value_id x, tern_value_id limit)
{
    return limit == TERN_NO_ID ? x : tern_onnx_binary(c, op, x, limit);
}

tern_status tern_onnx_do_clip(tern_onnx_call *c)
{
    if (!needs(c, 1)) {
        return c->status;
    }
    double low = -INFINITY, high = INFINITY;
    const bool by_attribute = c->opset < 11;
    if (by_attribute) {
        low = tern_onnx_float(c, "min", -FLT_MAX);
        high = tern_onnx_float(c, "max", FLT_MAX);
    }
    const bool low_known =
        by_attribute || c->x[1] == TERN_NO_ID || tern_onnx_constant_number(c, c->x[1], &low);
    const bool high_known =
        by_attribute || c->x[2] == TERN_NO_ID || tern_onnx_constant_number(c, c->x[2], &high);
    if (low_known && high_known && is_float(c, c->x[0])) {
        c->y[0] = tern_onnx_emit(
            c, "clip", tern_onnx_text(c, "{alpha=%.17g, beta=%.17g}", low, high), c->x[0]);
    } else {
        c->y[0] = bound(c, "min", bound(c, "max", c->x[0], c->x[1]), c->x[2]);
        if (c->y[0] == c->x[0]) {
            c->y[0] = tern_onnx_emit(c, "identity", NULL, c->x[0]);
        }
    }
    return c->status;
}

/* --- arithmetic --- */

/* The exponent may have another type: the result has the base's. */
tern_status tern_onnx_do_pow(tern_onnx_call *c)
{
    if (!needs(c, 2)) {
        return c->status;
    }
    tern_value_id x = c->x[0], y = c->x[1];
    const tern_dtype to = dtype_of(c, x);
    if (is_float(c, x) == is_float(c, y) || is_float(c, x)) {
        y = tern_onnx_cast(c, y, to);
    } else {
        x = tern_onnx_cast(c, x, TERN_DTYPE_F64);
        y = tern_onnx_cast(c, y, TERN_DTYPE_F64);
    }
    if (c->opset < 7 && tern_onnx_int(c, "broadcast", 0) != 0 && tern_onnx_has(c, "axis")) {
        const tern_value_id operands[] = {x, y};
        const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), tern_onnx_rank(c, x));
        int64_t axes[TERN_MAX_RANK];
        int32_t count = 0;
        for (int64_t i = axis + tern_onnx_rank(c, operands[1]); i < tern_onnx_rank(c, x); i++) {
            axes[count] = tern_onnx_rank(c, y) + count;
            count++;
        }
        y = tern_onnx_unsqueeze(c, y, axes, count);
    }
    c->y[0] = tern_onnx_cast(c, tern_onnx_binary(c, "pow", x, y), to);
    return c->status;
}

tern_status tern_onnx_do_mod(tern_onnx_call *c)
{
    if (needs(c, 2)) {
        c->y[0] = tern_onnx_binary(c, tern_onnx_int(c, "fmod", 0) != 0 ? "fmod" : "mod", c->x[0],
                                   c->x[1]);
    }
    return c->status;
}

tern_status tern_onnx_do_bit_shift(tern_onnx_call *c)
{
    const tern_str direction = tern_onnx_string(c, "direction", "");
    if (!tern_str_is(direction, "LEFT") && !tern_str_is(direction, "RIGHT")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "direction is \"%.*s\", not LEFT or RIGHT",
                                direction.len < 40 ? (int)direction.len : 40, direction.at);
    }
    if (needs(c, 2)) {
        c->y[0] = tern_onnx_binary(c, tern_str_is(direction, "LEFT") ? "shift_left" : "shift_right",
                                   c->x[0], c->x[1]);
    }
    return c->status;
}

/* Any number of operands, one after the other. */
static tern_status fold(tern_onnx_call *c, const char *op)
{
    if (c->x_count < 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no inputs");
    }
    if (!needs(c, c->x_count)) {
        return c->status;
    }
    tern_value_id y = c->x[0];
    for (int32_t i = 1; i < c->x_count; i++) {
        y = tern_onnx_binary(c, op, y, c->x[i]);
    }
    c->y[0] = c->x_count == 1 ? tern_onnx_emit(c, "identity", NULL, y) : y;
    return c->status;
}

tern_status tern_onnx_do_sum(tern_onnx_call *c)
{
    return fold(c, "add");
}

tern_status tern_onnx_do_max(tern_onnx_call *c)
{
    return fold(c, "max");
}

tern_status tern_onnx_do_min(tern_onnx_call *c)
{
    return fold(c, "min");
}

tern_status tern_onnx_do_mean(tern_onnx_call *c)
{
    (void)fold(c, "add");
    if (c->status == TERN_OK) {
        const tern_value_id count = tern_onnx_scalar(c, dtype_of(c, c->y[0]), c->x_count);
        c->y[0] = tern_onnx_binary(c, "div", c->y[0], count);
    }
    return c->status;
}

/* --- tests --- */

tern_status tern_onnx_do_is_inf(tern_onnx_call *c)
{
    const bool negative = tern_onnx_int(c, "detect_negative", 1) != 0;
    const bool positive = tern_onnx_int(c, "detect_positive", 1) != 0;
    if (!needs(c, 1)) {
        return c->status;
    }
    const tern_value_id zero = tern_onnx_scalar(c, dtype_of(c, c->x[0]), 0.0);
    c->y[0] = tern_onnx_emit(c, "isinf", NULL, c->x[0]);
    if (!positive) {
        c->y[0] = tern_onnx_binary(c, "and", c->y[0], tern_onnx_binary(c, "less", c->x[0], zero));
    }
    if (!negative) {
        c->y[0] =
            tern_onnx_binary(c, "and", c->y[0], tern_onnx_binary(c, "greater", c->x[0], zero));
    }
    return c->status;
}

/* --- types --- */

/* Floats beyond an integer type's range: their low bits, as ONNX Runtime and NumPy give them. */
static const char *cast_text(tern_onnx_call *c, tern_dtype to)
{
    const tern_str mode = tern_onnx_string(c, "round_mode", "up");
    const char *const modes[] = {"up", "down", "nearest"};
    const char *round = NULL;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        round = tern_str_is(mode, modes[i]) ? modes[i] : round;
    }
    if (round == NULL) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                               "attribute \"round_mode\" is none of up, down, "
                               "nearest");
        return NULL;
    }
    return tern_onnx_text(c, "{to=%s, overflow=wrap, round_mode=%s, saturate=%s}",
                          tern_dtype_name(to), round,
                          tern_onnx_int(c, "saturate", 1) != 0 ? "true" : "false");
}

/* Before opset 6 the type is a name: "FLOAT". */
static int64_t cast_target(tern_onnx_call *c)
{
    static const char *const names[] = {"UNDEFINED", "FLOAT",  "UINT8",  "INT8",   "UINT16",
                                        "INT16",     "INT32",  "INT64",  "STRING", "BOOL",
                                        "FLOAT16",   "DOUBLE", "UINT32", "UINT64"};
    const tern_onnx_attr *a = tern_onnx_attribute(c, "to");
    if (a != NULL && a->kind == TERN_ONNX_ATTR_STRING) {
        for (int64_t i = 0; i < (int64_t)(sizeof names / sizeof names[0]); i++) {
            if (tern_str_is(a->s, names[i])) {
                return i;
            }
        }
        return 0;
    }
    return tern_onnx_int(c, "to", 0);
}

tern_status tern_onnx_do_cast(tern_onnx_call *c)
{
    const tern_dtype to = tern_onnx_dtype(c, cast_target(c));
    if (needs(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "cast", cast_text(c, to), c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_cast_like(tern_onnx_call *c)
{
    if (needs(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "cast", cast_text(c, dtype_of(c, c->x[1])), c->x[0]);
    }
    return c->status;
}
