/* SPDX-License-Identifier: Apache-2.0
 *
 * reverse_sequence: the first lengths[b] elements along the sequence axis in reverse order, for
 * each entry b of the batch axis; the others stay.  Lengths are clamped to the axis.
 */
#include "op/index/index.h"
#include "op/message.h"

#include <string.h>

enum { X_INPUT, X_LENGTHS };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_reverse_sequence_attr, batch_axis, I64, .onnx = "batch_axis", .fallback = 1,
              .batch = TERN_BATCH_SHIFT, .summary = "the axis that has the lengths"),
    TERN_ATTR(tern_reverse_sequence_attr, sequence_axis, I64, .onnx = "time_axis",
              .batch = TERN_BATCH_SHIFT, .summary = "the axis that is reversed"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_reverse_sequence_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_INPUT], *const lengths = &in->x[X_LENGTHS];
    char p[TERN_OPERAND_TEXT_BYTES], q[TERN_OPERAND_TEXT_BYTES];
    TERN_TRY(tern_axis_normalize(&a->batch_axis, x->rank, in->who));
    TERN_TRY(tern_axis_normalize(&a->sequence_axis, x->rank, in->who));
    if (a->batch_axis == a->sequence_axis) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: batch and sequence are both axis %d", in->who,
                         (int)a->batch_axis);
    }
    if (lengths->rank != 1 || !tern_dim_may_equal(lengths->dims[0], x->dims[a->batch_axis])) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s: axis %d needs one length per entry",
                         in->who, tern_operand_text(in, X_INPUT, p),
                         tern_operand_text(in, X_LENGTHS, q), (int)a->batch_axis);
    }
    in->y[0] = *x;
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_reverse_sequence_attr *const a = m->ref.attr;
    const tern_type *const t = &m->ref.xt[X_INPUT];
    const int64_t *const lengths = m->ref.x[X_LENGTHS];
    const int32_t sequence = (int32_t)a->sequence_axis, batch = (int32_t)a->batch_axis;
    int64_t strides[TERN_MAX_RANK], count = 0, inner = 1;
    /* Axes behind both are moved at once. */
    for (int32_t d = (sequence > batch ? sequence : batch) + 1; d < t->rank; d++) {
        inner *= t->dims[d];
    }
    tern_type_strides(t, strides);
    (void)tern_type_volume(t, &count);
    const size_t bytes = (size_t)inner * m->elem;
    for (int64_t i = 0; inner > 0 && i < count; i += inner) {
        const int64_t b = i / strides[batch] % t->dims[batch];
        const int64_t s = i / strides[sequence] % t->dims[sequence];
        const int64_t length = lengths[b] < t->dims[sequence] ? lengths[b] : t->dims[sequence];
        const int64_t from = s < length ? i + (length - 1 - 2 * s) * strides[sequence] : i;
        memcpy((unsigned char *)m->ref.y[0] + (size_t)i * m->elem,
               (const unsigned char *)m->ref.x[X_INPUT] + (size_t)from * m->elem, bytes);
    }
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const names[] = {"input", "lengths", NULL};

const tern_op tern_op_reverse_sequence = {
    .name = "reverse_sequence",
    .summary = "the first elements of each sequence in reverse order",
    .types = "T, int -> T; T: any",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_reverse_sequence_attr),
    .onnx = {{"ReverseSequence", 10}},
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
