/* SPDX-License-Identifier: Apache-2.0
 *
 * Inference of one node: arity and type rule for every operator alike, then the operator's own
 * infer, then checks that hold for every result; and the helpers that infer functions share.
 */
#include "base/alloc.h"
#include "op/op.h"
#include "op/type_rule.h"

#include <string.h>

enum { TEXT_BYTES = 256 };

/* ---- messages ---- */

const char *tern_infer_operand_name(const tern_infer *in, int32_t operand, char *buffer,
                                    size_t size)
{
    tern_text out;
    const char *role = "input";
    const char *const *const names = in->op->input_names;
    for (int32_t i = 0; names != NULL && names[i] != NULL && i <= operand; i++) {
        role = i == operand ? names[i] : role;
    }
    tern_text_init_fixed(&out, buffer, size);
    tern_text_add(&out, "%s", role);
    if (in->x_names != NULL && in->x_names[operand] != NULL && in->x_names[operand][0] != '\0') {
        tern_text_add(&out, " \"%s\"", in->x_names[operand]);
    } else {
        tern_text_add(&out, " %d", (int)operand);
    }
    return tern_text_get(&out);
}

bool tern_infer_fail_dims(const tern_infer *in, int32_t operand, tern_text *out)
{
    char name[TEXT_BYTES];
    tern_text_add(out, "%s ", tern_infer_operand_name(in, operand, name, sizeof name));
    tern_dims_print(out, in->dims, in->x[operand].dims, in->x[operand].rank);
    return true;
}

/* ---- arity and types ---- */

static tern_status check_arity(const tern_infer *in)
{
    const tern_op *const op = in->op;
    if (in->x_count < op->arity.in_min ||
        (op->arity.in_max >= 0 && in->x_count > op->arity.in_max)) {
        if (op->arity.in_max < 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: %d inputs given, at least %d are needed",
                             in->who, (int)in->x_count, op->arity.in_min);
        }
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %d inputs given, %d..%d are allowed", in->who,
                         (int)in->x_count, op->arity.in_min, op->arity.in_max);
    }
    if (in->y_count != op->arity.out) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %d results asked for, there are %d", in->who,
                         (int)in->y_count, op->arity.out);
    }
    return TERN_OK;
}

static tern_status check_operand(const tern_infer *in, const tern_type_slot *slot, int32_t i,
                                 const int32_t first[26])
{
    char name[TEXT_BYTES], other[TEXT_BYTES], types[TEXT_BYTES];
    const uint8_t dtype = in->x[i].dtype;
    tern_infer_operand_name(in, i, name, sizeof name);
    if (dtype == 0) {
        if (slot->is_optional) {
            return TERN_OK;
        }
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s is missing", in->who, name);
    }
    if (dtype > 31 || (slot->types >> dtype & 1) == 0) {
        return tern_fail(TERN_UNSUPPORTED, "%s: %s is %s, allowed: %s", in->who, name,
                         tern_dtype_name((tern_dtype)dtype),
                         tern_types_text(slot->types, types, sizeof types));
    }
    const int32_t same = slot->letter != 0 ? first[slot->letter - 'A'] : -1;
    if (same >= 0 && in->x[same].dtype != dtype) {
        return tern_fail(TERN_UNSUPPORTED, "%s: %s is %s but %s is %s; put a cast in front of one",
                         in->who, tern_infer_operand_name(in, same, other, sizeof other),
                         tern_dtype_name((tern_dtype)in->x[same].dtype), name,
                         tern_dtype_name((tern_dtype)dtype));
    }
    return TERN_OK;
}

/* Checks the operands and fills the results' element types. */
static tern_status apply_types(tern_infer *in)
{
    tern_type_rule rule;
    int32_t first[26]; /* first present operand of each letter, or -1 */
    if (!tern_type_rule_parse(in->op->types, &rule)) {
        return tern_fail(TERN_INTERNAL, "operator \"%s\": cannot read its type rule \"%s\"",
                         in->op->name, in->op->types);
    }
    for (int i = 0; i < 26; i++) {
        first[i] = -1;
    }
    for (int32_t i = 0; i < in->x_count; i++) {
        const tern_type_slot *const slot = tern_type_rule_operand(&rule, i);
        if (slot == NULL) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: no input %d", in->who, (int)i);
        }
        TERN_TRY(check_operand(in, slot, i, first));
        if (slot->letter != 0 && first[slot->letter - 'A'] < 0 && in->x[i].dtype != 0) {
            first[slot->letter - 'A'] = i;
        }
    }
    for (int32_t i = 0; i < in->y_count; i++) {
        const tern_type_slot *const slot = &rule.y[i];
        if (in->op->arity.in_max != 0) { /* a constant brings its type along */
            memset(&in->y[i], 0, sizeof in->y[i]);
        }
        if (slot->letter != 0 && first[slot->letter - 'A'] >= 0) {
            in->y[i].dtype = in->x[first[slot->letter - 'A']].dtype;
        } else if (slot->letter == 0 && slot->types != 0) {
            uint8_t dtype = 0;
            while ((slot->types >> dtype & 1) == 0) {
                dtype++;
            }
            in->y[i].dtype = dtype;
        }
    }
    return TERN_OK;
}

/* What must hold for every result. */
static tern_status check_result(const tern_infer *in, int32_t i)
{
    const tern_type *const y = &in->y[i];
    bool is_static = true;
    int64_t count;
    size_t bytes;
    if (tern_dtype_find(y->dtype) == NULL || y->rank > TERN_MAX_RANK) {
        return tern_fail(TERN_INTERNAL, "%s: result %d has no type", in->who, (int)i);
    }
    for (int32_t d = 0; d < y->rank; d++) {
        if (!tern_dim_known(y->dims[d])) {
            is_static = false;
        } else if (y->dims[d] < 0) {
            char shape[TEXT_BYTES];
            tern_text text;
            tern_text_init_fixed(&text, shape, sizeof shape);
            tern_dims_print(&text, in->dims, y->dims, y->rank);
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: the result would have the shape %s; axis %d is negative", in->who,
                             shape, (int)d);
        }
    }
    if (is_static && (!tern_type_volume(y, &count) || !tern_type_bytes(y, &bytes))) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the result has more elements than memory can hold",
                         in->who);
    }
    return TERN_OK;
}

tern_status tern_op_infer(tern_infer *in)
{
    TERN_TRY(check_arity(in));
    TERN_TRY(apply_types(in));
    for (int32_t i = 0; in->y_content_known != NULL && i < in->y_count; i++) {
        in->y_content_known[i] = false;
    }
    TERN_TRY(in->op->infer(in));
    TERN_TRY(in->dims->status);
    for (int32_t i = 0; i < in->y_count; i++) {
        TERN_TRY(check_result(in, i));
        if (in->y_content_known != NULL && tern_content_count(&in->y[i]) < 0) {
            in->y_content_known[i] = false;
        }
    }
    return TERN_OK;
}

/* ---- helpers ---- */

tern_status tern_axis_normalize(int64_t *axis, int32_t rank, const char *who)
{
    if (*axis < -(int64_t)rank || *axis >= rank) {
        if (rank == 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: axis %lld given, but the input has rank 0", who,
                             (long long)*axis);
        }
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %lld is outside rank %d; allowed %d..%d", who,
                         (long long)*axis, (int)rank, -(int)rank, (int)rank - 1);
    }
    *axis += *axis < 0 ? rank : 0;
    return TERN_OK;
}

/* `who: input "a" [2,3] ..., input "b" [2,4]: what` */
static tern_status mismatch(const tern_infer *in, int32_t a, int32_t b, const char *what, int axis)
{
    char text_a[TEXT_BYTES], text_b[TEXT_BYTES], where[32];
    tern_text out;
    tern_text_init_fixed(&out, text_a, sizeof text_a);
    (void)tern_infer_fail_dims(in, a, &out);
    tern_text_init_fixed(&out, text_b, sizeof text_b);
    (void)tern_infer_fail_dims(in, b, &out);
    tern_text_init_fixed(&out, where, sizeof where);
    if (axis >= 0) {
        tern_text_add(&out, " (axis %d)", axis);
    }
    return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s %s%s", in->who, text_a, text_b, what,
                     tern_text_get(&out));
}

tern_status tern_infer_same_rank(const tern_infer *in, int32_t a, int32_t b)
{
    if (in->x[a].rank != in->x[b].rank) {
        return mismatch(in, a, b, "must have the same rank", -1);
    }
    return TERN_OK;
}

tern_status tern_infer_broadcast(const tern_infer *in, int32_t a, int32_t b, tern_type *y)
{
    const tern_type *const x = in->x;
    TERN_TRY(tern_infer_same_rank(in, a, b));
    y->rank = x[a].rank;
    for (int32_t i = 0; i < y->rank; i++) {
        y->dims[i] = tern_dim_broadcast(in->dims, x[a].dims[i], x[b].dims[i]);
        if (y->dims[i] == TERN_DIM_NONE) {
            return mismatch(in, a, b, "must have equal extents, or 1", (int)i);
        }
    }
    return TERN_OK;
}

int32_t tern_content_count(const tern_type *t)
{
    int64_t count;
    const tern_dtype_info *const info = tern_dtype_find(t->dtype);
    if (info == NULL || info->class_ == TERN_CLASS_F || !tern_type_is_static(t) ||
        !tern_type_volume(t, &count) || count > TERN_CONTENT_MAX) {
        return -1;
    }
    return (int32_t)count;
}

const tern_dim *tern_content_of(const tern_infer *in, int32_t operand)
{
    if (operand >= in->x_count || in->x[operand].dtype == 0 || in->x_content == NULL ||
        tern_content_count(&in->x[operand]) < 0) {
        return NULL;
    }
    return in->x_content[operand];
}

bool tern_infer_constant_int(const tern_infer *in, int32_t operand, int64_t *out_value)
{
    const tern_dim *const content = tern_content_of(in, operand);
    int64_t count;
    if (content != NULL && tern_content_count(&in->x[operand]) == 1 && tern_dim_known(content[0])) {
        *out_value = content[0];
        return true;
    }
    if (operand >= in->x_count || in->x_data == NULL || in->x_data[operand] == NULL ||
        !tern_type_volume(&in->x[operand], &count) || count != 1) {
        return false;
    }
    const tern_dtype_info *const info = tern_dtype_find(in->x[operand].dtype);
    if (info->class_ == TERN_CLASS_F) {
        return false;
    }
    tern_convert((tern_dtype)in->x[operand].dtype, in->x_data[operand], TERN_DTYPE_I64, out_value,
                 1);
    return true;
}

bool tern_infer_data_extent(const tern_infer *in, int32_t y, int32_t axis, tern_dim bound,
                            tern_dim *out_extent)
{
    if (in->y_before == NULL) {
        return false;
    }
    if (in->y_is_room) {
        *out_extent = axis < in->y_before[y].rank ? in->y_before[y].dims[axis] : 0;
        return true;
    }
    const tern_type *const before = &in->y_before[y];
    const tern_dim d = axis < before->rank ? before->dims[axis] : 0;
    if (!tern_dim_known(d) && d != TERN_DIM_NONE && tern_dim_id(d) < in->dims->expr_count) {
        const tern_dim_expr *const e = &in->dims->exprs[tern_dim_id(d)];
        if (e->op == TERN_DIM_DATA && tern_dim_same(e->a, bound)) {
            *out_extent = d;
            return true;
        }
    }
    *out_extent = tern_dim_make_data(in->dims, bound);
    return true;
}

tern_status tern_infer_shape_operand(const tern_infer *in, int32_t operand,
                                     const tern_dim **out_dims, int32_t *out_count)
{
    char name[TEXT_BYTES];
    tern_infer_operand_name(in, operand, name, sizeof name);
    const tern_type *const t = &in->x[operand];
    if (t->rank > 1 || (t->rank == 1 && tern_dim_known(t->dims[0]) && t->dims[0] > TERN_MAX_RANK)) {
        char shape[TEXT_BYTES];
        tern_text text;
        tern_text_init_fixed(&text, shape, sizeof shape);
        tern_dims_print(&text, in->dims, t->dims, t->rank);
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %s has the shape %s, it must be a list of at most %d numbers",
                         in->who, name, shape, TERN_MAX_RANK);
    }
    *out_dims = tern_content_of(in, operand);
    if (*out_dims == NULL) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: the values of %s are not known while building; make it a constant, a "
                         "shape input, or compute it from shapes",
                         in->who, name);
    }
    *out_count = tern_content_count(t);
    return TERN_OK;
}

void tern_rows(const tern_type *t, int64_t axis, int64_t *out_outer, int64_t *out_length,
               int64_t *out_inner)
{
    int64_t outer = 1, inner = 1;
    for (int32_t i = 0; i < t->rank; i++) {
        outer *= i < axis ? t->dims[i] : 1;
        inner *= i > axis ? t->dims[i] : 1;
    }
    *out_outer = outer;
    *out_length = t->rank > 0 ? t->dims[axis] : 1;
    *out_inner = inner;
}
