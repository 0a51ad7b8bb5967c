/* SPDX-License-Identifier: Apache-2.0
 *
 * carry: a value into a place that other steps write too: what a loop carries, what comes out of a
 * branch.  store: row `index` into a stack of rows, which is one longer when it had as many.
 *
 * Both write where their result lies already: carry when that is the operand's place, store always
 * (the stack is the same memory before and after).
 */
#include "op/message.h"
#include "op/op.h"

#include <string.h>

static tern_status infer_carry(tern_infer *in)
{
    in->y[0].rank = in->x[0].rank;
    memcpy(in->y[0].dims, in->x[0].dims, sizeof in->x[0].dims);
    return TERN_OK;
}

static size_t bytes_of(const tern_move *m, const tern_type *t)
{
    int64_t count = 0;
    (void)tern_type_volume(t, &count);
    return (size_t)count * m->elem;
}

static void move_carry(const tern_move *m)
{
    const size_t bytes = bytes_of(m, &m->ref.yt[0]);
    if (m->ref.x[0] != m->ref.y[0] && bytes > 0) {
        memmove(m->ref.y[0], m->ref.x[0], bytes);
    }
}

const tern_op tern_op_carry = {
    .name = "carry",
    .summary = "a copy into a place that several steps write",
    .types = "T -> T; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .infer = infer_carry,
    .move = move_carry,
    .control = TERN_CONTROL_CARRY,
};

enum { STACK, INDEX, ROW };

/* Without the index the stack may have any length: only the step that runs knows it. */
static tern_status infer_store(tern_infer *in)
{
    char stack[TERN_OPERAND_TEXT_BYTES], row[TERN_OPERAND_TEXT_BYTES];
    const tern_type *s = &in->x[STACK], *r = &in->x[ROW];
    const tern_dim *index = tern_content_of(in, INDEX);
    if (s->rank != r->rank + 1 || in->x[INDEX].rank != 0) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s is no row of %s, or the index no scalar", in->who,
                         tern_operand_text(in, ROW, row), tern_operand_text(in, STACK, stack));
    }
    tern_type *y = &in->y[0];
    *y = (tern_type){.dtype = y->dtype, .rank = s->rank};
    y->dims[0] = s->dims[0];
    if (index != NULL && tern_dim_known(*index) && tern_dim_known(s->dims[0])) {
        if (*index < 0 || *index > s->dims[0]) {
            return tern_fail(TERN_BAD_SHAPE, "%s: row %lld of a stack of %lld", in->who,
                             (long long)*index, (long long)s->dims[0]);
        }
        y->dims[0] = *index == s->dims[0] ? *index + 1 : s->dims[0];
    }
    for (int32_t d = 0; d < r->rank; d++) {
        y->dims[d + 1] = r->dims[d];
        if (y->dims[0] != 1 && !tern_dim_may_equal(s->dims[d + 1], r->dims[d])) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s is no row of %s: axis %d differs", in->who,
                             tern_operand_text(in, ROW, row), tern_operand_text(in, STACK, stack),
                             (int)d);
        }
    }
    return TERN_OK;
}

static void move_store(const tern_move *m)
{
    const int64_t index = *(const int64_t *)m->ref.x[INDEX];
    const size_t bytes = bytes_of(m, &m->ref.xt[ROW]);
    const size_t before = bytes_of(m, &m->ref.xt[STACK]), after = bytes_of(m, &m->ref.yt[0]);
    if (m->ref.x[STACK] != m->ref.y[0] && before > 0) {
        memcpy(m->ref.y[0], m->ref.x[STACK], before < after ? before : after);
    }
    if (bytes > 0 && index >= 0 && index < m->ref.yt[0].dims[0]) {
        memcpy((unsigned char *)m->ref.y[0] + (size_t)index * bytes, m->ref.x[ROW], bytes);
    }
}

static const char *const names[] = {"stack", "index", "row", NULL};

const tern_op tern_op_store = {
    .name = "store",
    .summary = "a stack with row `index` in it, one longer when that is behind its end",
    .types = "T, i64, T -> T; T: any",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .infer = infer_store,
    .move = move_store,
    .shape_operands = 1u << INDEX,
    .control = TERN_CONTROL_STORE,
};
