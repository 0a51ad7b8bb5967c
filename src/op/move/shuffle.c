/* SPDX-License-Identifier: Apache-2.0
 *
 * shuffle: transpose, reshape, transpose; each of the three may be left out.
 *
 *     reshape entries:  0   the extent of the same axis before (unless zero_is_placeholder is off)
 *                      -1   what the others leave over, once
 */
#include "op/move/shuffle.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_shuffle_attr, first_transpose, INTS, .batch = TERN_BATCH_PERMUTE,
              .summary = "permutation before the reshape: axis i of the result is axis p[i]"),
    TERN_ATTR(tern_shuffle_attr, reshape, INTS, .low = -1, .high = INT64_MAX,
              .summary = "extents after the reshape; empty: no reshape"),
    TERN_ATTR(tern_shuffle_attr, second_transpose, INTS, .batch = TERN_BATCH_PERMUTE,
              .onnx = "perm", .summary = "permutation after the reshape"),
    TERN_ATTR(tern_shuffle_attr, zero_is_placeholder, BOOL, .fallback = 1,
              .summary = "0 in reshape copies the input's extent"),
    TERN_ATTR(tern_shuffle_attr, to_scalar, BOOL, .summary = "reshape to rank 0"),
    TERN_ATTR_END,
};

/* ---- shapes ---- */

static tern_status permute(const tern_infer *in, const tern_ints *p, const char *which,
                           int32_t rank, tern_dim *dims)
{
    tern_dim old[TERN_MAX_RANK] = {0};
    uint32_t seen = 0;
    if (p->count == 0) {
        return TERN_OK;
    }
    bool fits = p->count == rank;
    for (int32_t i = 0; fits && i < rank; i++) {
        fits = p->v[i] >= 0 && p->v[i] < rank && (seen >> p->v[i] & 1) == 0;
        seen |= fits ? UINT32_C(1) << p->v[i] : 0;
    }
    if (!fits) {
        char list[TERN_DIMS_TEXT_BYTES];
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s %s is no permutation of %d axes", in->who,
                         which, tern_dims_text(list, p->count, p->v), (int)rank);
    }
    memcpy(old, dims, (size_t)rank * sizeof *dims);
    for (int32_t i = 0; i < rank; i++) {
        dims[i] = old[p->v[i]];
    }
    return TERN_OK;
}

static tern_status mismatch(const tern_infer *in, const tern_dim *wanted, int32_t count)
{
    char input[TERN_OPERAND_TEXT_BYTES], buffer[256];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_dims_print(&text, in->dims, wanted, count);
    return tern_fail(TERN_BAD_SHAPE,
                     "%s: %s cannot be reshaped to %s, the numbers of elements differ", in->who,
                     tern_operand_text(in, 0, input), buffer);
}

/* `wanted` as extents: zeros filled in, -1 computed. */
static tern_status reshape(const tern_infer *in, const tern_dim *wanted, int32_t count,
                           const tern_dim *before, int32_t rank, tern_dim *dims)
{
    const tern_shuffle_attr *const a = in->attr;
    const tern_dim volume = tern_dim_product(in->dims, before, rank);
    int32_t open = -1;
    tern_dim others = 1;
    for (int32_t i = 0; i < count; i++) {
        dims[i] = wanted[i];
        if (wanted[i] == 0 && a->zero_is_placeholder != 0) {
            if (i >= rank) {
                return tern_fail(TERN_BAD_SHAPE,
                                 "%s: reshape entry %d is 0, but the input has no axis %d", in->who,
                                 (int)i, (int)i);
            }
            dims[i] = before[i];
        }
        if (dims[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (tern_dim_known(dims[i]) && dims[i] < 0) {
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: reshape entry %d is %lld; allowed are one -1 and extents",
                             in->who, (int)i, (long long)dims[i]);
        }
        others = tern_dim_make(in->dims, TERN_DIM_MUL, others, dims[i]);
    }
    if (open < 0) {
        const bool both_known = tern_dim_known(volume) && tern_dim_known(others);
        return both_known && volume != others ? mismatch(in, dims, count) : TERN_OK;
    }
    if (others == 0) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: -1 in reshape is not determined, the other extents hold 0 elements",
                         in->who);
    }
    dims[open] = tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, volume, others);
    const tern_dim product = tern_dim_make(in->dims, TERN_DIM_MUL, dims[open], others);
    return tern_dim_known(volume) && tern_dim_known(others) && product != volume
               ? mismatch(in, wanted, count)
               : TERN_OK;
}

static bool is_small(const tern_type *t)
{
    return tern_content_count(t) >= 0;
}

static void infer_content(tern_infer *in)
{
    const tern_dim *const x = tern_content_of(in, 0);
    tern_dim between[TERN_CONTENT_MAX];
    tern_transpose first, second;
    if (x == NULL || !is_small(&in->y[0])) {
        return;
    }
    tern_shuffle_transposes(in->attr, &in->x[0], &in->y[0], &first, &second);
    if (first.count != second.count) {
        return;
    }
    tern_transpose_run(&first, x, between, sizeof between[0]);
    tern_transpose_run(&second, between, in->y_content[0], sizeof between[0]);
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    const tern_shuffle_attr *const a = in->attr;
    tern_dim before[TERN_MAX_RANK] = {0}, after[TERN_MAX_RANK] = {0};
    const tern_dim *wanted = a->reshape.v;
    int32_t rank = in->x[0].rank, count = a->reshape.count;
    memcpy(before, in->x[0].dims, sizeof before);
    TERN_TRY(permute(in, &a->first_transpose, "first_transpose", rank, before));
    if (tern_infer_has(in, 1)) {
        TERN_TRY(tern_infer_shape_operand(in, 1, &wanted, &count));
        TERN_TRY(reshape(in, wanted, count, before, rank, after));
        rank = count;
    } else if (count > 0 || a->to_scalar != 0) {
        TERN_TRY(reshape(in, wanted, count, before, rank, after));
        rank = count;
    } else {
        memcpy(after, before, sizeof after);
    }
    TERN_TRY(permute(in, &a->second_transpose, "second_transpose", rank, after));
    in->y[0] = tern_type_make((tern_dtype)in->x[0].dtype, rank, after);
    if (in->y_content_known != NULL && in->dims->status == TERN_OK) {
        infer_content(in);
    }
    return TERN_OK;
}

/* ---- running ---- */

void tern_shuffle_transposes(const tern_shuffle_attr *a, const tern_type *x, const tern_type *y,
                             tern_transpose *out_first, tern_transpose *out_second)
{
    int64_t between[TERN_MAX_RANK] = {0}; /* y's extents before the second transpose */
    for (int32_t i = 0; i < y->rank; i++) {
        between[a->second_transpose.count > 0 ? a->second_transpose.v[i] : i] = y->dims[i];
    }
    tern_transpose_make(x->rank, x->dims, a->first_transpose.v, a->first_transpose.count,
                        out_first);
    tern_transpose_make(y->rank, between, a->second_transpose.v, a->second_transpose.count,
                        out_second);
}

static void move(const tern_move *m)
{
    tern_transpose first, second;
    tern_shuffle_transposes(m->ref.attr, &m->ref.xt[0], &m->ref.yt[0], &first, &second);
    if (first.count !=
        second.count) { /* a shape operand that does not fit; the runtime refuses it before */
        if (second.count > 0) {
            memset(m->ref.y[0], 0, (size_t)second.count * m->elem);
        }
    } else if (tern_transpose_is_copy(&second)) {
        tern_transpose_run(&first, m->ref.x[0], m->ref.y[0], m->elem);
    } else if (tern_transpose_is_copy(&first)) {
        tern_transpose_run(&second, m->ref.x[0], m->ref.y[0], m->elem);
    } else {
        tern_transpose_run(&first, m->ref.x[0], m->ref.scratch, m->elem);
        tern_transpose_run(&second, m->ref.scratch, m->ref.y[0], m->elem);
    }
}

/* Between the transposes.  Depends on the attributes alone, so that it never shrinks. */
static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    const tern_shuffle_attr *const a = attr;
    size_t bytes = 0;
    (void)x_count;
    (void)y;
    if (a->first_transpose.count > 0 && a->second_transpose.count > 0) {
        (void)tern_type_bytes(&x[0], &bytes);
    }
    return bytes;
}

static bool is_view(const void *attr, const tern_type *x, const tern_type *y)
{
    const tern_shuffle_attr *const a = attr;
    if (a->first_transpose.count == 0 && a->second_transpose.count == 0) {
        return true;
    }
    if (!tern_type_is_static(x) || !tern_type_is_static(y)) {
        return false;
    }
    tern_transpose first, second;
    tern_shuffle_transposes(a, x, y, &first, &second);
    return tern_transpose_is_copy(&first) && tern_transpose_is_copy(&second);
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    tern_shuffle_attr *const a = attr;
    (void)visible_rank;
    TERN_TRY(tern_attr_batchify(fields, attr, who));
    if (a->reshape.count == 0 && a->to_scalar == 0) {
        return TERN_OK;
    }
    for (int32_t i = 0; a->zero_is_placeholder == 0 && i < a->reshape.count; i++) {
        if (a->reshape.v[i] == 0) {
            return tern_fail(TERN_UNSUPPORTED, "%s: a reshape to extent 0 needs an explicit batch",
                             who);
        }
    }
    if (a->reshape.count == TERN_MAX_RANK) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: reshape has %d entries, a batch axis makes it one too many", who,
                         TERN_MAX_RANK);
    }
    /* entry 0 is the batch; the placeholders behind still mean the axis of their own place */
    memmove(&a->reshape.v[1], &a->reshape.v[0], (size_t)a->reshape.count * sizeof a->reshape.v[0]);
    a->reshape.v[0] = 0;
    a->reshape.count++;
    a->zero_is_placeholder = 1;
    a->to_scalar = 0;
    return TERN_OK;
}

static const char *const names[] = {"input", "shape", NULL};

const tern_op tern_op_shuffle = {
    .name = "shuffle",
    .summary = "transpose, reshape, transpose",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_shuffle_attr),
    .onnx = {{"Reshape", 5}, {"Transpose", 1}},
    .infer = infer,
    .move = move,
    .reference_scratch = scratch,
    .shape_operands = 1u << 1,
    .batchless_operands = 1u << 1,
    .batchify = batchify,
    .is_view = is_view,
};
