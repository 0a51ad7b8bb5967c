/* SPDX-License-Identifier: Apache-2.0
 *
 * rotary_embedding: turns pairs of elements of each head by an angle that depends on the position;
 * what is true of it on every device.
 *
 *     input [B,H,S,D], or [B,S,H*D] with heads = H
 *     cos, sin [P,R/2] with positions [B,S], or [B,S,R/2] without
 *
 *     (a, b) -> (cos * a - sin * b, sin * a + cos * b)
 *
 * for the first R elements of a head (R = rotary_dim, or D): pair i is the elements i and R/2 + i,
 * or 2i and 2i + 1 when interleaved.  The others stay.  A position outside the caches counts as the
 * nearer end.
 */
#include "op/attention/attention.h"
#include "op/message.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_rotary_attr, interleaved, BOOL, .onnx = "interleaved",
              .summary = "pairs are neighbours instead of half a head apart"),
    TERN_ATTR(tern_rotary_attr, rotary_dim, I64, .high = INT32_MAX, .onnx = "rotary_embedding_dim",
              .summary = "elements of a head that are turned; 0: all"),
    TERN_ATTR(tern_rotary_attr, heads, I64, .high = INT32_MAX, .onnx = "num_heads",
              .summary = "heads of an input of rank 3"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_COS, X_SIN, X_POSITIONS };

static tern_status check_cache(const tern_infer *in, int32_t i, tern_dim batch, tern_dim steps,
                               tern_dim half)
{
    const tern_type *t = &in->x[i];
    const bool has_positions = tern_infer_has(in, X_POSITIONS);
    const int32_t rank = has_positions ? 2 : 3;
    bool fits = t->rank == rank && tern_dim_may_equal(t->dims[rank - 1], half);
    if (fits && !has_positions) {
        fits = tern_dim_may_equal(t->dims[0], batch) && tern_dim_may_equal(t->dims[1], steps);
    }
    if (!fits || (has_positions && t->dims[0] == 0)) {
        char text[TERN_OPERAND_TEXT_BYTES], extent[TERN_EXTENT_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [%s, %s], half of what is turned", in->who,
                         tern_operand_text(in, i, text),
                         has_positions ? "positions" : "batch, steps",
                         tern_extent_text(in, half, extent));
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_rotary_attr *a = in->attr;
    const tern_type *x = &in->x[X_INPUT];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (x->rank != 4 && x->rank != 3) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank 3 or 4", in->who,
                         tern_operand_text(in, 0, text));
    }
    if (x->rank == 3 && a->heads < 1) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s has rank 3, so heads is needed", in->who,
                         tern_operand_text(in, 0, text));
    }
    const tern_dim steps = x->dims[x->rank == 4 ? 2 : 1];
    const tern_dim head = x->rank == 4
                              ? x->dims[3]
                              : tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, x->dims[2], a->heads);
    const tern_dim turned = a->rotary_dim > 0 ? a->rotary_dim : head;
    if ((tern_dim_known(turned) && turned % 2 != 0) ||
        (tern_dim_known(turned) && tern_dim_known(head) && turned > head)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %lld elements cannot be turned, heads have %lld",
                         in->who, (long long)turned, (long long)head);
    }
    const tern_dim half = tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, turned, 2);
    TERN_TRY(check_cache(in, X_COS, x->dims[0], steps, half));
    TERN_TRY(check_cache(in, X_SIN, x->dims[0], steps, half));
    if (tern_infer_has(in, X_POSITIONS)) {
        const tern_type *p = &in->x[X_POSITIONS];
        if (p->rank != 2 || (p->dims[0] != 1 && !tern_dim_may_equal(p->dims[0], x->dims[0])) ||
            !tern_dim_may_equal(p->dims[1], steps)) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [batch, steps]", in->who,
                             tern_operand_text(in, X_POSITIONS, text));
        }
    }
    in->y[0] = *x;
    return TERN_OK;
}

/* Row of the caches for step s of sequence b. */
static int64_t cache_row(const tern_ref *r, int64_t b, int64_t s, int64_t steps)
{
    if (r->x_count <= X_POSITIONS || r->x[X_POSITIONS] == NULL) {
        return b * steps + s;
    }
    const tern_type *t = &r->xt[X_POSITIONS];
    const int64_t *positions = r->x[X_POSITIONS];
    const int64_t last = r->xt[X_COS].dims[0] - 1;
    const int64_t at = positions[(t->dims[0] == 1 ? 0 : b) * steps + s];
    return at < 0 ? 0 : at > last ? last : at;
}

static void turn(const tern_rotary_attr *a, const double *cosines, const double *sines,
                 int64_t half, double *head)
{
    for (int64_t i = 0; i < half; i++) {
        double *first = a->interleaved != 0 ? &head[2 * i] : &head[i];
        double *second = a->interleaved != 0 ? first + 1 : &head[half + i];
        const double p = *first, q = *second;
        *first = cosines[i] * p - sines[i] * q;
        *second = sines[i] * p + cosines[i] * q;
    }
}

static void reference(const tern_ref *r)
{
    const tern_rotary_attr *a = r->attr;
    const tern_type *x = &r->xt[X_INPUT];
    const bool is_packed = x->rank == 3;
    const int64_t batch = x->dims[0], heads = is_packed ? a->heads : x->dims[1];
    const int64_t steps = x->dims[is_packed ? 1 : 2];
    const int64_t head = is_packed ? x->dims[2] / heads : x->dims[3];
    const int64_t half = r->xt[X_COS].dims[r->xt[X_COS].rank - 1];
    double *y = r->y[0];
    int64_t volume = 0;
    (void)tern_type_volume(x, &volume);
    memcpy(y, r->x[X_INPUT], (size_t)volume * sizeof *y);
    for (int64_t i = 0; i < batch * heads * steps; i++, y += head) {
        const int64_t b = i / (heads * steps);
        const int64_t s = is_packed ? i / heads % steps : i % steps;
        const int64_t row = cache_row(r, b, s, steps) * half;
        turn(a, (const double *)r->x[X_COS] + row, (const double *)r->x[X_SIN] + row, half, y);
    }
}

static const char *const inputs[] = {"input", "cos", "sin", "positions", NULL};

const tern_op tern_op_rotary_embedding = {
    .name = "rotary_embedding",
    .summary = "turns pairs of elements of each head by an angle of the position",
    .types = "T, T, T, P? -> T; T: f32 f16 bf16 f64; P: i32 i64",
    .arity = {.in_min = 3, .in_max = 4, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_rotary_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
};
