/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators about shapes and constants, and those that rearrange by shape arithmetic: Shape, Size,
 * Constant, ConstantOfShape, EyeLike, Identity, Where, DepthToSpace, SpaceToDepth, CenterCropPad.
 */
#include "import/onnx/importer.h"
#include "import/onnx/index.h"

#include <string.h>

/* --- shapes --- */

tern_status tern_onnx_do_shape(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "shape",
                                 tern_onnx_text(c, "{start=%lld, end=%lld}",
                                                (long long)tern_onnx_int(c, "start", 0),
                                                (long long)tern_onnx_int(c, "end", TERN_MAX_RANK)),
                                 c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_size(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "shape", "{product=true}", c->x[0]);
    }
    return c->status;
}

/* One element that fills a shape, which is input `index`. */
static tern_value_id fill_shape(tern_onnx_call *c, tern_value_id element, int32_t index)
{
    int64_t shape[TERN_CONTENT_MAX];
    int32_t count;
    tern_value_id operand;
    (void)tern_onnx_list(c, NULL, index, (tern_onnx_room){shape, TERN_CONTENT_MAX}, &count,
                         &operand);
    if (operand != TERN_NO_ID) {
        return tern_onnx_emit(c, "expand", NULL, element, operand);
    }
    if (count > TERN_MAX_RANK) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "rank %d is over %d", (int)count,
                               TERN_MAX_RANK);
        return TERN_NO_ID;
    }
    return tern_onnx_emit(c, "expand",
                          tern_onnx_text(c, "{shape=%s}", tern_onnx_list_text(c, shape, count)),
                          element);
}

tern_status tern_onnx_do_constant_of_shape(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    tern_value_id element = tern_onnx_tensor_attribute(c, "value");
    if (c->status != TERN_OK) {
        return c->status;
    }
    if (element == TERN_NO_ID) {
        element = tern_onnx_scalar(c, TERN_DTYPE_F32, 0.0);
    }
    const tern_type *t = tern_onnx_type_of(c, element);
    int64_t count = 0;
    if (!tern_type_volume(t, &count) || count != 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "its value has %lld elements, not 1",
                                (long long)count);
    }
    if (t->rank > 0) {
        element = tern_onnx_emit(c, "shuffle", "{to_scalar=true}", element);
    }
    c->y[0] = fill_shape(c, element, 0);
    return c->status;
}

tern_status tern_onnx_do_eye_like(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int64_t own = tern_onnx_type_of(c, c->x[0])->dtype;
    const tern_dtype dtype = tern_onnx_dtype(c, tern_onnx_int(c, "dtype", own));
    c->y[0] = tern_onnx_emit(c, "eye",
                             tern_onnx_text(c, "{dtype=%s, k=%lld}", tern_dtype_name(dtype),
                                            (long long)tern_onnx_int(c, "k", 0)),
                             tern_onnx_shape(c, c->x[0]));
    return c->status;
}

/* --- constants --- */

static tern_status constant_strings(tern_onnx_call *c, const tern_onnx_attr *a)
{
    int64_t *dims = tern_arena_items(tern_onnx_arena(c), 1, sizeof *dims, 8);
    tern_str *one = tern_arena_items(tern_onnx_arena(c), 1, sizeof *one, 8);
    if (dims == NULL || one == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    const bool is_list = a->kind == TERN_ONNX_ATTR_STRINGS;
    dims[0] = is_list ? a->count : 1;
    *one = a->s;
    c->y_slots[0] = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_STRINGS,
                                     .strings = is_list ? a->strings : one,
                                     .rank = is_list ? 1 : 0,
                                     .dims = dims};
    return TERN_OK;
}

static tern_status constant_string_tensor(tern_onnx_call *c, const tern_onnx_tensor *t)
{
    int64_t count = 0;
    c->y_slots[0] =
        (tern_onnx_slot){.kind = TERN_ONNX_SLOT_STRINGS, .rank = t->rank, .dims = t->dims};
    c->status =
        tern_onnx_tensor_strings(t, tern_onnx_arena(c), c->who, &c->y_slots[0].strings, &count);
    return c->status;
}

tern_status tern_onnx_do_constant(tern_onnx_call *c)
{
    static const char *const names[] = {"value",         "value_float", "value_floats",
                                        "value_int",     "value_ints",  "value_string",
                                        "value_strings", "sparse_value"};
    const tern_onnx_attr *a = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && a == NULL; i++) {
        a = tern_onnx_attribute(c, names[i]);
    }
    if (c->y_count < 1 || a == NULL) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no value");
    }
    const int64_t count = a->count;
    switch (a->kind) {
    case TERN_ONNX_ATTR_TENSOR:
        if (a->tensors != NULL && a->tensors->dtype == TERN_ONNX_STRING) {
            return constant_string_tensor(c, a->tensors);
        }
        c->y[0] = tern_onnx_tensor_attribute(c, "value");
        return c->status;
    case TERN_ONNX_ATTR_FLOAT:
        c->y[0] = tern_onnx_constant(c, TERN_DTYPE_F32, 0, NULL, &a->f);
        return c->status;
    case TERN_ONNX_ATTR_FLOATS:
        c->y[0] = tern_onnx_constant(c, TERN_DTYPE_F32, 1, &count, a->floats);
        return c->status;
    case TERN_ONNX_ATTR_INT:
        c->y[0] = tern_onnx_constant(c, TERN_DTYPE_I64, 0, NULL, &a->i);
        return c->status;
    case TERN_ONNX_ATTR_INTS: c->y[0] = tern_onnx_i64s(c, a->ints, a->count); return c->status;
    case TERN_ONNX_ATTR_STRING:
    case TERN_ONNX_ATTR_STRINGS: return constant_strings(c, a);
    case TERN_ONNX_ATTR_SPARSE:
        if (a->sparses != NULL) {
            c->status = tern_onnx_sparse_slot(c->importer, a->sparses, &c->y_slots[0]);
            c->y[0] = c->y_slots[0].value;
            return c->status;
        }
        break;
    case TERN_ONNX_ATTR_UNDEFINED:
    case TERN_ONNX_ATTR_GRAPH:
    case TERN_ONNX_ATTR_TENSORS:
    case TERN_ONNX_ATTR_GRAPHS:
    case TERN_ONNX_ATTR_SPARSES:
    case TERN_ONNX_ATTR_TYPE:
    case TERN_ONNX_ATTR_TYPES: break;
    }
    return tern_onnx_refuse(c, TERN_BAD_MODEL, "its value is no tensor, number or text");
}

/* Whatever it is: sequences and texts go through. */
tern_status tern_onnx_do_identity(tern_onnx_call *c)
{
    if (c->x_count < 1 || c->y_count < 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no input or no output");
    }
    if (c->x_slots[0].kind == TERN_ONNX_SLOT_TENSOR) {
        c->y[0] = tern_onnx_emit(c, "identity", NULL, c->x[0]);
    } else {
        c->y_slots[0] = c->x_slots[0];
    }
    return c->status;
}

/* --- where --- */

tern_status tern_onnx_do_where(tern_onnx_call *c)
{
    int32_t rank = 0;
    if (!tern_onnx_has_operands(c, 3)) {
        return c->status;
    }
    for (int32_t i = 0; i < 3; i++) {
        rank = tern_onnx_rank(c, c->x[i]) > rank ? tern_onnx_rank(c, c->x[i]) : rank;
    }
    c->y[0] =
        tern_onnx_emit(c, "select", NULL, tern_onnx_rank_up(c, c->x[0], rank),
                       tern_onnx_rank_up(c, c->x[1], rank), tern_onnx_rank_up(c, c->x[2], rank));
    return c->status;
}

/* --- blocks of pixels --- */

static bool image_blocks(tern_onnx_call *c, int64_t *out_block, int64_t *out_channels)
{
    *out_block = tern_onnx_int(c, "blocksize", 0);
    if (!tern_onnx_has_operands(c, 1)) {
        return false;
    }
    const tern_type *t = tern_onnx_type_of(c, c->x[0]);
    if (t->rank != 4 || !tern_dim_known(t->dims[1]) || *out_block < 1 || *out_block > 32768) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE,
                               "it needs an image [N,C,H,W] of known C and a block size; they are "
                               "rank %d and %lld",
                               t->rank, (long long)*out_block);
        return false;
    }
    *out_channels = t->dims[1];
    return true;
}

tern_status tern_onnx_do_depth_to_space(tern_onnx_call *c)
{
    int64_t b, channels;
    const tern_str mode = tern_onnx_string(c, "mode", "DCR");
    if (!tern_str_is(mode, "DCR") && !tern_str_is(mode, "CRD")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "mode is \"%.*s\", not DCR or CRD",
                                mode.len < 40 ? (int)mode.len : 40, mode.at);
    }
    if (!image_blocks(c, &b, &channels)) {
        return c->status;
    }
    if (channels % (b * b) != 0) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "%lld channels are no multiple of %lld",
                                (long long)channels, (long long)(b * b));
    }
    const bool is_dcr = tern_str_is(mode, "DCR");
    const long long depth = channels / (b * b), block = b;
    const char *middle = is_dcr ? tern_onnx_text(c, "[%lld,%lld,%lld]", block, block, depth)
                                : tern_onnx_text(c, "[%lld,%lld,%lld]", depth, block, block);
    tern_onnx_lower(c,
                    "n = Shape(x0){start=0, end=1}; s = Shape(x0){start=2, end=4}; "
                    "a = Concat(n, %s, s){axis=0}; r = Reshape(x0, a){allowzero=1}; "
                    "t = Transpose(r){perm=%s}; m = Mul(s, [%lld]); "
                    "e = Concat(n, [%lld], m){axis=0}; y0 = Reshape(t, e){allowzero=1}",
                    middle, is_dcr ? "[0,3,4,1,5,2]" : "[0,1,4,2,5,3]", block, depth);
    return c->status;
}

tern_status tern_onnx_do_space_to_depth(tern_onnx_call *c)
{
    int64_t b, channels;
    if (!image_blocks(c, &b, &channels)) {
        return c->status;
    }
    const tern_type *t = tern_onnx_type_of(c, c->x[0]);
    for (int32_t d = 2; d < 4; d++) {
        if (tern_dim_known(t->dims[d]) && t->dims[d] % b != 0) {
            return tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %d is %lld long, no multiple of %lld",
                                    (int)d, (long long)t->dims[d], (long long)b);
        }
    }
    const long long block = b, depth = channels;
    tern_onnx_lower(c,
                    "n = Shape(x0){start=0, end=1}; s = Shape(x0){start=2, end=4}; "
                    "q = Div(s, [%lld]); h = Gather(q, [0]); w = Gather(q, [1]); "
                    "a = Concat(n, [%lld], h, [%lld], w, [%lld]){axis=0}; "
                    "r = Reshape(x0, a){allowzero=1}; t = Transpose(r){perm=[0,3,5,1,2,4]}; "
                    "e = Concat(n, [%lld], q){axis=0}; y0 = Reshape(t, e){allowzero=1}",
                    block, depth, block, block, depth * block * block);
    return c->status;
}

/* --- CenterCropPad --- */

/* Starts at half the difference, rounded towards zero; what is outside is 0. */
tern_status tern_onnx_do_center_crop_pad(tern_onnx_call *c)
{
    int32_t count;
    const int64_t *given = tern_onnx_ints(c, "axes", &count);
    int64_t axes[TERN_MAX_RANK];
    if (!tern_onnx_has_operands(c, 2)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    if (count > rank) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has %d axes, the input %d", (int)count,
                                (int)rank);
    }
    for (int32_t i = 0; i < (given != NULL ? count : rank); i++) {
        axes[i] = given != NULL ? tern_onnx_axis(c, given[i], rank) : i;
    }
    count = given != NULL ? count : rank;
    const tern_value_id size = tern_onnx_cast(c, c->x[1], TERN_DTYPE_I64);
    const tern_value_id have = tern_onnx_emit(c, "gather", NULL, tern_onnx_shape(c, c->x[0]),
                                              tern_onnx_i64s(c, axes, count));
    const int64_t two = 2;
    const tern_value_id start = tern_onnx_emit(
        c, "div", NULL, tern_onnx_emit(c, "sub", NULL, have, size), tern_onnx_i64s(c, &two, 1));
    c->y[0] = tern_onnx_emit(
        c, "slice", tern_onnx_text(c, "{axes=%s, mode=fill}", tern_onnx_list_text(c, axes, count)),
        c->x[0], start, size);
    return c->status;
}
