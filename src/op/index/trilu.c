/* SPDX-License-Identifier: Apache-2.0
 *
 * trilu: the upper or lower triangle of each matrix, the rest 0.  eye: a matrix with ones on one
 * diagonal.  Diagonal k lies k columns to the right of the main one.
 */
#include "op/index/index.h"
#include "op/message.h"

#include <string.h>

enum { X_INPUT, X_K };

/* ---- trilu ---- */

static const tern_attr_field trilu_fields[] = {
    TERN_ATTR(tern_trilu_attr, upper, BOOL, .onnx = "upper", .fallback = 1,
              .summary = "keep what is on and above diagonal k, else on and below"),
    TERN_ATTR_END,
};

static tern_status infer_trilu(tern_infer *in)
{
    int64_t count = 1;
    if (in->x[X_INPUT].rank < 2) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s is no matrix", in->who,
                         tern_operand_text(in, X_INPUT, input));
    }
    if (tern_infer_has(in, X_K) && (!tern_type_volume(&in->x[X_K], &count) || count != 1)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: k must be one number", in->who);
    }
    in->y[0] = in->x[X_INPUT];
    return TERN_OK;
}

static void move_trilu(const tern_move *m)
{
    const tern_trilu_attr *const a = m->ref.attr;
    const tern_type *const t = &m->ref.xt[X_INPUT];
    const bool has_k = m->ref.x_count > X_K && m->ref.x[X_K] != NULL;
    int64_t k = has_k ? *(const int64_t *)m->ref.x[X_K] : 0, count = 0;
    const int64_t rows = t->dims[t->rank - 2], columns = t->dims[t->rank - 1];
    k = k < -rows ? -rows : k > columns ? columns : k;
    (void)tern_type_volume(t, &count);
    for (int64_t row = 0; columns > 0 && row < count / columns; row++) {
        const int64_t at = row % rows + k; /* the diagonal's column */
        const int64_t from = a->upper != 0 ? at : 0, end = a->upper != 0 ? columns : at + 1;
        const int64_t first = from < 0 ? 0 : from > columns ? columns : from;
        const int64_t last = end < first ? first : end > columns ? columns : end;
        const size_t begin = (size_t)(row * columns) * m->elem;
        unsigned char *const y = (unsigned char *)m->ref.y[0] + begin;
        memset(y, 0, (size_t)columns * m->elem);
        memcpy(y + (size_t)first * m->elem,
               (const unsigned char *)m->ref.x[X_INPUT] + begin + (size_t)first * m->elem,
               (size_t)(last - first) * m->elem);
    }
}

static const char *const trilu_names[] = {"input", "k", NULL};

const tern_op tern_op_trilu = {
    .name = "trilu",
    .summary = "the upper or lower triangle of each matrix, the rest 0",
    .types = "T, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = trilu_names,
    .attrs = trilu_fields,
    .attr_size = sizeof(tern_trilu_attr),
    .onnx = {{"Trilu", 14}},
    .infer = infer_trilu,
    .move = move_trilu,
    .batchless_operands = 1u << X_K,
};

/* ---- eye ---- */

static const tern_attr_field eye_fields[] = {
    TERN_ATTR(tern_eye_attr, dtype, DTYPE, .fallback = TERN_DTYPE_F32,
              .summary = "element type of the result"),
    TERN_ATTR(tern_eye_attr, k, I64, .summary = "the diagonal"),
    TERN_ATTR_END,
};

static tern_status infer_eye(tern_infer *in)
{
    const tern_eye_attr *const a = in->attr;
    const tern_dim *shape;
    int32_t count;
    TERN_TRY(tern_infer_shape_operand(in, 0, &shape, &count));
    if (count != 2) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the shape has %d entries, a matrix has 2", in->who,
                         (int)count);
    }
    if (a->dtype == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: \"dtype\" must name an element type", in->who);
    }
    in->y[0] = tern_type_make((tern_dtype)a->dtype, 2, shape);
    return TERN_OK;
}

static void move_eye(const tern_move *m)
{
    const tern_eye_attr *const a = m->ref.attr;
    const tern_type *const t = &m->ref.yt[0];
    const int64_t one = 1, rows = t->dims[0], columns = t->dims[1];
    uint64_t element[2] = {0};
    tern_convert(TERN_DTYPE_I64, &one, (tern_dtype)t->dtype, element, 1);
    if (rows == 0 || columns == 0) {
        return;
    }
    memset(m->ref.y[0], 0, (size_t)(rows * columns) * m->elem);
    for (int64_t row = 0; row < rows; row++) {
        if (a->k >= -row && a->k < columns - row) {
            memcpy((unsigned char *)m->ref.y[0] + (size_t)(row * columns + row + a->k) * m->elem,
                   element, m->elem);
        }
    }
}

static tern_status batchify_eye(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const eye_names[] = {"shape", NULL};

const tern_op tern_op_eye = {
    .name = "eye",
    .summary = "a matrix with ones on a diagonal",
    .types = "int -> *",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = eye_names,
    .attrs = eye_fields,
    .attr_size = sizeof(tern_eye_attr),
    .infer = infer_eye,
    .move = move_eye,
    .shape_operands = 1u << 0,
    .batchless_operands = 1u << 0,
    .batchify = batchify_eye,
};
