/* SPDX-License-Identifier: Apache-2.0
 *
 * cast: every element as another type, by the rules of tern_convert_by.
 */
#include "op/move/cast.h"

static const tern_attr_name overflows[] = {
    {"saturate", TERN_CAST_OVERFLOW_SATURATE},
    {"wrap", TERN_CAST_OVERFLOW_WRAP},
    {NULL, 0},
};

static const tern_attr_name round_modes[] = {
    {"up", TERN_E8M0_ROUND_UP},
    {"down", TERN_E8M0_ROUND_DOWN},
    {"nearest", TERN_E8M0_ROUND_NEAREST},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_cast_attr, to, DTYPE, .fallback = TERN_DTYPE_F32, .onnx = "to",
              .summary = "element type of the result"),
    TERN_ATTR(tern_cast_attr, saturate, BOOL, .fallback = 1, .onnx = "saturate",
              .summary = "8-bit floats: the largest number, not infinity or NaN, beyond the range"),
    TERN_ATTR(tern_cast_attr, overflow, ENUM, .names = overflows,
              .summary = "floats beyond an integer's range: the nearest integer, or the low bits"),
    TERN_ATTR(tern_cast_attr, round_mode, ENUM, .names = round_modes, .onnx = "round_mode",
              .summary = "to f8e8m0: which power of two"),
    TERN_ATTR_END,
};

/* Integers and truth values keep their elements; to bool is != 0. */
static void infer_content(tern_infer *in)
{
    const tern_dim *const content = tern_content_of(in, 0);
    const int32_t count = tern_content_count(&in->y[0]);
    if (content == NULL || count < 0) {
        return;
    }
    const bool to_bool = in->y[0].dtype == TERN_DTYPE_BOOL;
    for (int32_t i = 0; i < count; i++) {
        tern_dim x = content[i];
        if (to_bool) {
            x = tern_dim_make(in->dims, TERN_DIM_SUB, 1,
                              tern_dim_make(in->dims, TERN_DIM_EQUAL, x, 0));
        } else if (tern_dim_known(x)) { /* wraps around in the type's width */
            uint64_t bytes = 0;
            tern_convert(TERN_DTYPE_I64, &x, (tern_dtype)in->y[0].dtype, &bytes, 1);
            tern_convert((tern_dtype)in->y[0].dtype, &bytes, TERN_DTYPE_I64, &x, 1);
            if (!tern_dim_known(x)) {
                return;
            }
        }
        in->y_content[0][i] = x;
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    const tern_cast_attr *const a = in->attr;
    if (a->to == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"to\" must name an element type",
                         in->who);
    }
    in->y[0] = in->x[0];
    in->y[0].dtype = (uint8_t)a->to;
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_cast_attr *const a = m->ref.attr;
    const tern_convert_rules rules = {.saturate = a->saturate != 0,
                                      .wrap = a->overflow == TERN_CAST_OVERFLOW_WRAP,
                                      .e8m0_round = (tern_e8m0_round)a->round_mode};
    int64_t count = 0;
    (void)tern_type_volume(&m->ref.yt[0], &count);
    tern_convert_by(&rules, (tern_dtype)m->ref.xt[0].dtype, m->ref.x[0],
                    (tern_dtype)m->ref.yt[0].dtype, m->ref.y[0], count);
}

static bool is_view(const void *attr, const tern_type *x, const tern_type *y)
{
    (void)attr;
    return tern_type_equal(x, y);
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_cast = {
    .name = "cast",
    .summary = "every element as another type; floats are cut towards zero and saturate",
    .types = "T -> *; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_cast_attr),
    .onnx = {{"Cast", 1}},
    .infer = infer,
    .move = move,
    .moves_packed = true,
    .is_view = is_view,
};
