/* SPDX-License-Identifier: Apache-2.0
 *
 * Sequences and optionals.  Where the length and the positions are known while importing, a
 * sequence is a list of values and costs nothing at run time; anything else is refused here.
 */
#include "import/onnx/import.h"

static bool want_sequence(tern_onnx_call *c, int32_t index)
{
    if (c->status == TERN_OK &&
        (index >= c->x_count || c->x_slots[index].kind != TERN_ONNX_SLOT_SEQUENCE)) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                               "input %d must be a sequence of a length known while importing",
                               (int)index);
    }
    return c->status == TERN_OK;
}

static tern_onnx_slot *new_slots(tern_onnx_call *c, int32_t count)
{
    tern_onnx_slot *slots = tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *slots,
                                             _Alignof(tern_onnx_slot));
    if (slots == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
    }
    return slots;
}

static void set_sequence(tern_onnx_call *c, int32_t y, const tern_onnx_slot *elements,
                         int32_t count, int32_t dtype)
{
    c->y_slots[y] = (tern_onnx_slot){
        .kind = TERN_ONNX_SLOT_SEQUENCE, .count = count, .dtype = dtype, .elements = elements};
}

/* The position in input `index`; `fallback` when it is absent.  low..high after counting from the
 * back. */
static int64_t position(tern_onnx_call *c, int32_t index, int64_t fallback, int64_t low,
                        int64_t high)
{
    int64_t at = fallback;
    int32_t count = 0;
    if (index < c->x_count && c->x[index] != TERN_NO_ID) {
        if (!tern_onnx_decide_ints(c, c->x[index], &at, 1, &count) || count != 1) {
            (void)tern_onnx_undecided(c, "the position is known only when it runs");
            return 0;
        }
    }
    const int64_t counted = at < 0 ? at + (low == 0 ? high + 1 : high) : at;
    if (counted < low || counted > high) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "position %lld is outside %lld..%lld",
                               (long long)at, (long long)low, (long long)high);
        return 0;
    }
    return counted;
}

tern_status tern_onnx_do_sequence_construct(tern_onnx_call *c)
{
    tern_onnx_slot *slots = new_slots(c, c->x_count);
    if (slots == NULL || c->x_count == 0) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no inputs");
    }
    for (int32_t i = 0; i < c->x_count; i++) {
        slots[i] = c->x_slots[i];
    }
    set_sequence(c, 0, slots, c->x_count, tern_onnx_type_of(c, c->x[0])->dtype);
    return c->status;
}

tern_status tern_onnx_do_sequence_empty(tern_onnx_call *c)
{
    const int64_t dtype = tern_onnx_int(c, "dtype", TERN_DTYPE_F32);
    if (dtype != TERN_ONNX_STRING) {
        (void)tern_onnx_dtype(c, dtype);
    }
    set_sequence(c, 0, new_slots(c, 0), 0, (int32_t)dtype);
    return c->status;
}

tern_status tern_onnx_do_sequence_insert(tern_onnx_call *c)
{
    if (!want_sequence(c, 0)) {
        return c->status;
    }
    const tern_onnx_slot *s = &c->x_slots[0];
    int64_t at = s->count;
    if (c->x_count > 2) {
        int64_t given = 0;
        int32_t count = 0;
        if (!tern_onnx_decide_ints(c, c->x[2], &given, 1, &count) || count != 1) {
            return tern_onnx_undecided(c, "the position is known only when it runs");
        }
        at = given < 0 ? given + s->count : given;
    }
    if (at < 0 || at > s->count || c->x_count < 2) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "position %lld is outside the %d elements",
                                (long long)at, (int)s->count);
    }
    tern_onnx_slot *slots = new_slots(c, s->count + 1);
    for (int32_t i = 0; slots != NULL && i <= s->count; i++) {
        slots[i] = i < at ? s->elements[i] : i == at ? c->x_slots[1] : s->elements[i - 1];
    }
    set_sequence(c, 0, slots, s->count + 1, s->dtype);
    return c->status;
}

tern_status tern_onnx_do_sequence_erase(tern_onnx_call *c)
{
    if (!want_sequence(c, 0)) {
        return c->status;
    }
    const tern_onnx_slot *s = &c->x_slots[0];
    const int64_t at = position(c, 1, s->count - 1, 0, s->count - 1);
    tern_onnx_slot *slots = new_slots(c, s->count);
    for (int32_t i = 0, k = 0; c->status == TERN_OK && i < s->count; i++) {
        if (i != at) {
            slots[k++] = s->elements[i];
        }
    }
    set_sequence(c, 0, slots, s->count - 1, s->dtype);
    return c->status;
}

/* A slot as a result: tensors by their value. */
static void give(tern_onnx_call *c, int32_t y, const tern_onnx_slot *slot)
{
    c->y_slots[y] = *slot;
    c->y[y] = slot->kind == TERN_ONNX_SLOT_TENSOR ? slot->value : TERN_NO_ID;
}

tern_status tern_onnx_do_sequence_at(tern_onnx_call *c)
{
    if (want_sequence(c, 0)) {
        const tern_onnx_slot *s = &c->x_slots[0];
        const int64_t at = position(c, 1, 0, 0, s->count - 1);
        if (c->status == TERN_OK) {
            give(c, 0, &s->elements[at]);
        }
    }
    return c->status;
}

tern_status tern_onnx_do_sequence_length(tern_onnx_call *c)
{
    if (want_sequence(c, 0)) {
        c->y[0] = tern_onnx_scalar(c, TERN_DTYPE_I64, c->x_slots[0].count);
    }
    return c->status;
}

/* The body once per element. */
tern_status tern_onnx_do_sequence_map(tern_onnx_call *c)
{
    enum { MAX = 32 };
    const tern_onnx_graph *body = tern_onnx_graph_attribute(c, "body");
    if (body == NULL || !want_sequence(c, 0)) {
        return c->status;
    }
    if (c->x_count > MAX || body->output_count > MAX || body->output_count != c->y_count) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "%d inputs, %d outputs, its body gives %d",
                                (int)c->x_count, (int)c->y_count, (int)body->output_count);
    }
    const int32_t count = c->x_slots[0].count;
    tern_onnx_slot *results[MAX];
    for (int32_t k = 0; k < c->y_count; k++) {
        results[k] = new_slots(c, count);
    }
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        tern_onnx_slot params[MAX], out[MAX];
        for (int32_t k = 0; k < c->x_count; k++) {
            const tern_onnx_slot *s = &c->x_slots[k];
            const bool is_list = s->kind == TERN_ONNX_SLOT_SEQUENCE;
            if (is_list && s->count != count) {
                return tern_onnx_refuse(c, TERN_BAD_SHAPE, "sequences of %d and %d elements",
                                        (int)count, (int)s->count);
            }
            params[k] = is_list ? s->elements[i] : *s;
        }
        tern_onnx_run_body(c, body, params, c->x_count, out);
        for (int32_t k = 0; k < c->y_count && c->status == TERN_OK; k++) {
            results[k][i] = out[k];
            if (out[k].kind == TERN_ONNX_SLOT_BAD) {
                tern_onnx_pass_over(c);
            }
        }
    }
    for (int32_t k = 0; k < c->y_count && c->status == TERN_OK; k++) {
        const tern_value_id first = count > 0 ? results[k][0].value : TERN_NO_ID;
        set_sequence(c, k, results[k], count, tern_onnx_type_of(c, first)->dtype);
    }
    return c->status;
}

tern_status tern_onnx_do_concat_from_sequence(tern_onnx_call *c)
{
    if (!want_sequence(c, 0)) {
        return c->status;
    }
    const tern_onnx_slot *s = &c->x_slots[0];
    const bool is_new = tern_onnx_int(c, "new_axis", 0) != 0;
    tern_value_id *x = tern_arena_items(tern_onnx_arena(c), (size_t)s->count + 1, sizeof *x, 8);
    if (x == NULL || s->count == 0) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "the sequence is empty");
    }
    for (int32_t i = 0; i < s->count; i++) {
        x[i] = s->elements[i].value;
    }
    const int32_t rank = tern_onnx_rank(c, x[0]) + (is_new ? 1 : 0);
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), rank);
    for (int32_t i = 0; i < s->count && is_new; i++) {
        x[i] = tern_onnx_unsqueeze(c, x[i], &axis, 1);
    }
    c->y[0] = tern_onnx_emit_x(c, "concat", tern_onnx_text(c, "{axis=%lld}", (long long)axis), x,
                               s->count);
    return c->status;
}

/* Lengths of the pieces along an axis of `extent`; NULL and a failed call when they do not fit. */
static int64_t *piece_lengths(tern_onnx_call *c, int64_t extent, int32_t *out_count)
{
    enum { MAX = 65536 };
    int64_t given[1024], each = 1;
    int32_t count = 0;
    const bool has_split = c->x_count > 1 && c->x[1] != TERN_NO_ID;
    if (has_split && !tern_onnx_decide_ints(c, c->x[1], given, 1024, &count)) {
        (void)tern_onnx_undecided(c, "the pieces are known only when it runs");
        return NULL;
    }
    const bool is_list = has_split && tern_onnx_rank(c, c->x[1]) == 1;
    if (!is_list) {
        each = has_split ? given[0] : 1;
        if (each < 1 || extent / each > MAX) {
            (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "pieces of %lld of %lld", (long long)each,
                                   (long long)extent);
            return NULL;
        }
        count = (int32_t)((extent + each - 1) / each);
    }
    int64_t *lengths = tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *lengths, 8);
    int64_t left = extent;
    for (int32_t i = 0; lengths != NULL && i < count; i++) {
        lengths[i] = is_list ? given[i] : each < left ? each : left;
        left -= lengths[i];
        if (lengths[i] < 0 || left < 0) {
            (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "the pieces are more than the %lld there are",
                                   (long long)extent);
            return NULL;
        }
    }
    *out_count = count;
    return lengths;
}

tern_status tern_onnx_do_split_to_sequence(tern_onnx_call *c)
{
    const tern_type t = *tern_onnx_type_of(c, c->x[0]);
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), t.rank);
    if (c->status != TERN_OK || c->x[0] == TERN_NO_ID || t.rank == 0) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "input 0 is missing or a scalar");
    }
    if (!tern_dim_known(t.dims[axis])) {
        return tern_onnx_undecided(c, "the extent along axis %lld varies", (long long)axis);
    }
    const bool keep =
        tern_onnx_int(c, "keepdims", 1) != 0 || (c->x_count > 1 && c->x[1] != TERN_NO_ID);
    int32_t count = 0;
    const int64_t *lengths = piece_lengths(c, t.dims[axis], &count);
    tern_onnx_slot *slots = new_slots(c, count);
    int64_t from = 0;
    for (int32_t i = 0; c->status == TERN_OK && i < count; i++) {
        const int64_t to = from + lengths[i];
        const tern_value_id x[] = {c->x[0], tern_onnx_i64s(c, &from, 1), tern_onnx_i64s(c, &to, 1),
                                   tern_onnx_i64s(c, &axis, 1)};
        tern_value_id piece = tern_onnx_op(c, "Slice", NULL, x, 4);
        if (!keep) {
            piece = tern_onnx_squeeze(c, piece, &axis, 1);
        }
        slots[i] = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR, .value = piece};
        from = to;
    }
    set_sequence(c, 0, slots, count, t.dtype);
    return c->status;
}

/* --- optionals --- */

tern_status tern_onnx_do_optional(tern_onnx_call *c)
{
    c->y_slots[0] = c->x_count > 0 ? c->x_slots[0] : (tern_onnx_slot){0};
    c->y_slots[0].is_optional = true;
    return c->status;
}

tern_status tern_onnx_do_optional_has_element(tern_onnx_call *c)
{
    const bool has = c->x_count > 0 && c->x_slots[0].kind != TERN_ONNX_SLOT_ABSENT;
    c->y[0] = tern_onnx_scalar(c, TERN_DTYPE_BOOL, has ? 1.0 : 0.0);
    return c->status;
}

tern_status tern_onnx_do_optional_get_element(tern_onnx_call *c)
{
    if (c->x_count < 1 || c->x_slots[0].kind == TERN_ONNX_SLOT_ABSENT) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "the optional is empty");
    }
    tern_onnx_slot slot = c->x_slots[0];
    slot.is_optional = false;
    give(c, 0, &slot);
    return c->status;
}
