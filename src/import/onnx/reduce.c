/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions over axes, ArgMax and ArgMin, TopK.
 */
#include "import/onnx/nn.h"

/* Reduce* by name. */
static const char *reduction(const tern_onnx_call *c)
{
    static const char *const rows[][2] = {
        {"ReduceSum", "sum"},        {"ReduceMean", "avg"},
        {"ReduceMax", "max"},        {"ReduceMin", "min"},
        {"ReduceProd", "prod"},      {"ReduceL1", "l1"},
        {"ReduceL2", "l2"},          {"ReduceSumSquare", "sum_square"},
        {"ReduceLogSum", "log_sum"}, {"ReduceLogSumExp", "log_sum_exp"},
    };
    const tern_str op = tern_str_of(c->op);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (tern_str_is(op, rows[i][0])) {
            return rows[i][1];
        }
    }
    return "sum";
}

static bool read_flag(tern_onnx_call *c, const char *name, bool fallback)
{
    return tern_onnx_int(c, name, fallback ? 1 : 0) != 0;
}

/* Axes that a list names. */
static uint32_t mask_of(tern_onnx_call *c, const int64_t *axes, int32_t count, int32_t rank)
{
    uint32_t mask = 0;
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        mask |= 1u << tern_onnx_axis(c, axes[i], rank);
    }
    return mask;
}

static tern_value_id reduce(tern_onnx_call *c, tern_value_id x)
{
    const int32_t rank = tern_onnx_rank(c, x);
    const char *keep = read_flag(c, "keepdims", true) ? "true" : "false";
    const bool empty_is_none = read_flag(c, "noop_with_empty_axes", false);
    int64_t axes[TERN_MAX_RANK];
    int32_t count = 0;
    tern_value_id list = TERN_NO_ID;
    (void)tern_onnx_list(c, "axes", 1, (tern_onnx_room){axes, TERN_MAX_RANK}, &count, &list);
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    if (list == TERN_NO_ID && count == 0 && empty_is_none) {
        list = tern_onnx_i64s(c, NULL, 0);
    }
    if (list != TERN_NO_ID) {
        return tern_onnx_emit(c, "reduce",
                              tern_onnx_text(c, "{op=%s, keep_dims=%s, empty_is_none=%s}",
                                             reduction(c), keep, empty_is_none ? "true" : "false"),
                              x, list);
    }
    const uint32_t mask = count > 0 ? mask_of(c, axes, count, rank) : tern_onnx_axes_from(0, rank);
    return tern_onnx_emit(
        c, "reduce",
        tern_onnx_text(c, "{op=%s, axes=%u, keep_dims=%s}", reduction(c), (unsigned)mask, keep), x);
}

tern_status tern_onnx_do_reduce(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    if (tern_onnx_class_of(c, c->x[0]) == TERN_CLASS_B) { /* largest and smallest of truth values */
        const tern_value_id y = reduce(c, tern_onnx_cast(c, c->x[0], TERN_DTYPE_U8));
        c->y[0] = tern_onnx_cast(c, y, TERN_DTYPE_BOOL);
        return c->status;
    }
    c->y[0] = reduce(c, c->x[0]);
    return c->status;
}

/* --- indices --- */

static tern_status arg(tern_onnx_call *c, const char *end)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), rank);
    const bool takes_last = read_flag(c, "select_last_index", false);
    if (c->status != TERN_OK) {
        return c->status;
    }
    tern_value_id y[2];
    const char *text = tern_onnx_text(c, "{op=%s, k=1, axes=%u, index_type=i64, last_first=%s}",
                                      end, 1u << axis, takes_last ? "true" : "false");
    tern_onnx_emit_all(c, &(tern_onnx_new){"topk", text, c->x, 1}, y, 2);
    c->y[0] = read_flag(c, "keepdims", true) ? y[1] : tern_onnx_squeeze(c, y[1], &axis, 1);
    return c->status;
}

tern_status tern_onnx_do_arg_max(tern_onnx_call *c)
{
    return arg(c, "max");
}

tern_status tern_onnx_do_arg_min(tern_onnx_call *c)
{
    return arg(c, "min");
}

tern_status tern_onnx_do_topk(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int64_t axis =
        tern_onnx_axis(c, tern_onnx_int(c, "axis", -1), tern_onnx_rank(c, c->x[0]));
    const char *end = read_flag(c, "largest", true) ? "max" : "min";
    int64_t k = 0;
    int32_t count = 0;
    tern_value_id operand = TERN_NO_ID;
    if (!tern_onnx_list(c, c->opset < 10 ? "k" : NULL, 1, (tern_onnx_room){&k, 1}, &count,
                        &operand)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "k is missing");
    }
    if (operand == TERN_NO_ID && (count != 1 || k < 0 || k > INT32_MAX)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "k is %lld, it must be one count", (long long)k);
    }
    if (c->status != TERN_OK) {
        return c->status;
    }
    const tern_value_id x[] = {c->x[0], operand};
    tern_value_id y[2];
    const char *text = tern_onnx_text(c, "{op=%s, k=%lld, axes=%u, index_type=i64}", end,
                                      (long long)k, 1u << axis);
    tern_onnx_emit_all(c, &(tern_onnx_new){"topk", text, x, 2}, y, 2);
    c->y[0] = y[0];
    if (c->y_count > 1) {
        c->y[1] = y[1];
    }
    return c->status;
}
