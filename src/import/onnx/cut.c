/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that take pieces out of tensors and put them together: slice, split, concat, pad.
 * Lists that are constants become attributes; others are passed on as shape operands.
 */
#include "import/onnx/index.h"

#include <string.h>

enum { MOST_PARTS = 1024 };

/* --- slice --- */

/* starts, ends, axes, steps: attributes of opset 1 to 9, inputs 1 to 4 from then on. */
typedef struct slice_lists {
    int64_t v[4][TERN_CONTENT_MAX];
    int32_t count[4];
    bool is_given[4], is_known;
} slice_lists;

static void read_slice(tern_onnx_call *c, slice_lists *l)
{
    static const char *const names[] = {"starts", "ends", "axes", NULL};
    const bool by_attribute = c->opset < 10;
    l->is_known = true;
    for (int32_t i = 0; i < 4; i++) {
        tern_value_id operand;
        l->is_given[i] =
            tern_onnx_list(c, by_attribute ? names[i] : NULL, by_attribute ? -1 : i + 1,
                           (tern_onnx_room){l->v[i], TERN_CONTENT_MAX}, &l->count[i], &operand);
        l->is_known = l->is_known && operand == TERN_NO_ID;
        for (int32_t k = 0; k < l->count[i]; k++) { /* far outside is outside */
            const int64_t limit = INT64_MAX / 4 - 1;
            l->v[i][k] = l->v[i][k] > limit ? limit : l->v[i][k] < -limit ? -limit : l->v[i][k];
        }
    }
}

tern_status tern_onnx_do_slice(tern_onnx_call *c)
{
    slice_lists l;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    read_slice(c, &l);
    if (!l.is_given[0] || !l.is_given[1]) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no starts or no ends");
    }
    if (!l.is_known) {
        tern_value_id axes = c->x[3];
        const tern_type *starts = tern_onnx_type_of(c, c->x[1]);
        if (axes == TERN_NO_ID && starts->rank == 1 && tern_dim_known(starts->dims[0]) &&
            starts->dims[0] < tern_onnx_rank(c, c->x[0])) { /* the first ones */
            static const int64_t first[] = {0, 1, 2, 3, 4, 5, 6, 7};
            axes = tern_onnx_i64s(c, first, (int32_t)starts->dims[0]);
        }
        c->y[0] = tern_onnx_emit(c, "slice", "{clip=true}", c->x[0], c->x[1], c->x[2], c->x[4],
                                 TERN_NO_ID, axes);
        return c->status;
    }
    const int32_t count = l.count[0];
    for (int32_t i = 1; i < 4; i++) {
        if (l.is_given[i] && l.count[i] != count) {
            return tern_onnx_refuse(c, TERN_BAD_MODEL, "its lists have %d and %d entries",
                                    (int)count, (int)l.count[i]);
        }
        for (int32_t k = 0; !l.is_given[i] && k < count; k++) {
            l.v[i][k] = i == 2 ? k : 1;
        }
    }
    if (count == 0) {
        return tern_onnx_give(c, c->x[0]);
    }
    if (!tern_onnx_fits_rank(c, "the list of starts", count)) {
        return c->status;
    }
    c->y[0] = tern_onnx_emit(c, "slice",
                             tern_onnx_text(c, "{clip=true, axes=%s, start=%s, size=%s, stride=%s}",
                                            tern_onnx_list_text(c, l.v[2], count),
                                            tern_onnx_list_text(c, l.v[0], count),
                                            tern_onnx_list_text(c, l.v[1], count),
                                            tern_onnx_list_text(c, l.v[3], count)),
                             c->x[0]);
    return c->status;
}

/* --- split, concat --- */

static tern_status split_known(tern_onnx_call *c, int64_t axis, const int64_t *sizes)
{
    int64_t start = 0, sum = 0;
    const tern_dim extent = tern_onnx_type_of(c, c->x[0])->dims[axis];
    for (int32_t i = 0; i < c->y_count; i++) {
        if (sizes[i] < 0 || sizes[i] > INT64_MAX / 4 - sum) {
            return tern_onnx_refuse(c, TERN_BAD_SHAPE, "part %d is %lld long", (int)i,
                                    (long long)sizes[i]);
        }
        sum += sizes[i];
    }
    if (tern_dim_known(extent) && sum != extent) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "its parts are %lld long, axis %lld is %lld",
                                (long long)sum, (long long)axis, (long long)extent);
    }
    for (int32_t i = 0; i < c->y_count; i++) {
        c->y[i] =
            tern_onnx_emit(c, "slice",
                           tern_onnx_text(c, "{axes=[%lld], start=[%lld], size=[%lld]}",
                                          (long long)axis, (long long)start, (long long)sizes[i]),
                           c->x[0]);
        start += sizes[i];
    }
    return c->status;
}

static tern_status split_equal(tern_onnx_call *c, int64_t axis)
{
    const tern_dim extent = tern_onnx_type_of(c, c->x[0])->dims[axis];
    const int64_t parts = tern_onnx_int(c, "num_outputs", c->y_count);
    if (parts != c->y_count) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "num_outputs is %lld, it has %d outputs",
                                (long long)parts, (int)c->y_count);
    }
    if (c->opset < 18 && tern_dim_known(extent) && extent % parts != 0) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %lld is %lld long, no multiple of %lld",
                                (long long)axis, (long long)extent, (long long)parts);
    }
    for (int32_t i = 0; i < c->y_count; i++) {
        c->y[i] = tern_onnx_emit(c, "split",
                                 tern_onnx_text(c, "{axis=%lld, parts=%lld, index=%d}",
                                                (long long)axis, (long long)parts, (int)i),
                                 c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_split(tern_onnx_call *c)
{
    int64_t sizes[MOST_PARTS];
    int32_t count;
    tern_value_id operand;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), tern_onnx_rank(c, c->x[0]));
    const bool is_given =
        tern_onnx_list(c, c->opset < 13 ? "split" : NULL, c->opset == 1 || c->opset >= 13 ? 1 : -1,
                       (tern_onnx_room){sizes, MOST_PARTS}, &count, &operand);
    if (c->status != TERN_OK) {
        return c->status;
    }
    if (!is_given || (count == 0 && operand == TERN_NO_ID)) {
        return split_equal(c, axis);
    }
    if (operand == TERN_NO_ID && count != c->y_count) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has %d sizes and %d outputs", (int)count,
                                (int)c->y_count);
    }
    if (operand == TERN_NO_ID) {
        return split_known(c, axis, sizes);
    }
    const tern_dtype_info *info = tern_dtype_find(tern_onnx_type_of(c, operand)->dtype);
    if (info != NULL && info->class_ == TERN_CLASS_F) { /* opset 1: of the input's type */
        operand = tern_onnx_cast(c, operand, TERN_DTYPE_I64);
    }
    for (int32_t i = 0; i < c->y_count; i++) {
        c->y[i] = tern_onnx_emit(
            c, "split", tern_onnx_text(c, "{axis=%lld, index=%d}", (long long)axis, (int)i),
            c->x[0], operand);
    }
    return c->status;
}

tern_status tern_onnx_do_concat(tern_onnx_call *c)
{
    if (c->opset >= 4 && !tern_onnx_has(c, "axis")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"axis\" is missing");
    }
    const int64_t axis = tern_onnx_int(c, "axis", 1);
    if (tern_onnx_has_operands(c, c->x_count > 0 ? c->x_count : 1)) {
        c->y[0] = tern_onnx_emit_x(c, "concat", tern_onnx_text(c, "{axis=%lld}", (long long)axis),
                                   c->x, c->x_count);
    }
    return c->status;
}

/* --- pad --- */

typedef struct pad_lists {
    int64_t pre[TERN_MAX_RANK], post[TERN_MAX_RANK];
} pad_lists;

/* pads and axes spread over all axes of the input. */
static tern_status spread_pads(tern_onnx_call *c, const int64_t *pads, int32_t count,
                               const int64_t *axes, int32_t axis_count, pad_lists *out)
{
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    *out = (pad_lists){{0}, {0}};
    if (count != 2 * axis_count || axis_count > rank) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has %d pads for %d axes of rank %d",
                                (int)count, (int)axis_count, (int)rank);
    }
    for (int32_t i = 0; i < axis_count; i++) {
        const int64_t axis = tern_onnx_axis(c, axes[i], rank);
        if (c->status != TERN_OK) {
            return c->status;
        }
        const int64_t limit = INT32_MAX;
        if (pads[i] < -limit || pads[i] > limit || pads[i + axis_count] < -limit ||
            pads[i + axis_count] > limit) {
            return tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %lld is padded by more than 2^31",
                                    (long long)axis);
        }
        out->pre[axis] = pads[i];
        out->post[axis] = pads[i + axis_count];
    }
    return c->status;
}

/* A constant border of known extents is a slice that reaches beyond the input. */
static bool pad_by_slice(tern_onnx_call *c, const pad_lists *p, tern_value_id value)
{
    const tern_type *t = tern_onnx_type_of(c, c->x[0]);
    int64_t axes[TERN_MAX_RANK], start[TERN_MAX_RANK], size[TERN_MAX_RANK];
    int32_t count = 0;
    for (int32_t d = 0; d < t->rank; d++) {
        if (p->pre[d] == 0 && p->post[d] == 0) {
            continue;
        }
        if (!tern_dim_known(t->dims[d]) || t->dims[d] + p->pre[d] + p->post[d] < 0) {
            return false;
        }
        axes[count] = d;
        start[count] = -p->pre[d];
        size[count++] = t->dims[d] + p->pre[d] + p->post[d];
    }
    if (count == 0) {
        (void)tern_onnx_give(c, c->x[0]);
        return true;
    }
    c->y[0] = tern_onnx_emit(c, "slice",
                             tern_onnx_text(c, "{axes=%s, start=%s, size=%s, mode=fill}",
                                            tern_onnx_list_text(c, axes, count),
                                            tern_onnx_list_text(c, start, count),
                                            tern_onnx_list_text(c, size, count)),
                             c->x[0], TERN_NO_ID, TERN_NO_ID, TERN_NO_ID, value);
    return true;
}

static tern_status pad_known(tern_onnx_call *c, const char *border, tern_value_id value,
                             const int64_t *pads, int32_t count)
{
    int64_t axes[TERN_CONTENT_MAX];
    int32_t axis_count;
    tern_value_id operand = TERN_NO_ID;
    pad_lists p;
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    if (!tern_onnx_list(c, NULL, c->opset < 18 ? -1 : 3, (tern_onnx_room){axes, TERN_CONTENT_MAX},
                        &axis_count, &operand)) {
        axis_count = rank;
        for (int32_t d = 0; d < rank; d++) {
            axes[d] = d;
        }
    }
    if (operand != TERN_NO_ID) {
        c->y[0] = tern_onnx_emit(c, "pad", tern_onnx_text(c, "{border=%s}", border), c->x[0],
                                 tern_onnx_i64s(c, pads, count), value, operand);
        return c->status;
    }
    if (spread_pads(c, pads, count, axes, axis_count, &p) != TERN_OK ||
        (strcmp(border, "constant") == 0 && pad_by_slice(c, &p, value))) {
        return c->status;
    }
    c->y[0] = tern_onnx_emit(c, "pad",
                             tern_onnx_text(c, "{border=%s, pre=%s, post=%s}", border,
                                            tern_onnx_list_text(c, p.pre, rank),
                                            tern_onnx_list_text(c, p.post, rank)),
                             c->x[0], TERN_NO_ID, value);
    return c->status;
}

static const char *pad_border(tern_onnx_call *c)
{
    static const char *const names[] = {"constant", "reflect", "edge", "wrap"};
    const tern_str mode = tern_onnx_string(c, "mode", "constant");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (tern_str_is(mode, names[i])) {
            return names[i];
        }
    }
    (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                           "mode is \"%.*s\"; known: constant, reflect, edge, wrap",
                           mode.len < 40 ? (int)mode.len : 40, mode.at);
    return names[0];
}

tern_status tern_onnx_do_pad(tern_onnx_call *c)
{
    int64_t pads[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand, value = c->x[2];
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const char *border = pad_border(c);
    const bool by_attribute = c->opset < 11;
    if (by_attribute) {
        const double number = tern_onnx_float(c, "value", 0.0);
        value = tern_onnx_scalar(c, (tern_dtype)tern_onnx_type_of(c, c->x[0])->dtype, number);
    }
    const char *name = c->opset == 1 && tern_onnx_has(c, "paddings") ? "paddings" : "pads";
    if (!tern_onnx_list(c, by_attribute ? name : NULL, by_attribute ? -1 : 1,
                        (tern_onnx_room){pads, TERN_CONTENT_MAX}, &count, &operand)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no pads");
    }
    if (operand == TERN_NO_ID) {
        return pad_known(c, border, value, pads, count);
    }
    c->y[0] = tern_onnx_emit(c, "pad", tern_onnx_text(c, "{border=%s}", border), c->x[0], operand,
                             value, c->opset < 18 ? TERN_NO_ID : c->x[3]);
    return c->status;
}
