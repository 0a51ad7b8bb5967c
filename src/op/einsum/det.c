/* SPDX-License-Identifier: Apache-2.0
 *
 * det: determinants of square matrices, by elimination with the largest pivot of each column.
 */
#include "op/message.h"

#include <math.h>
#include <string.h>

static tern_status infer(tern_infer *in)
{
    const tern_type *const x = &in->x[0];
    if (x->rank < 2 || !tern_dim_may_equal(x->dims[x->rank - 1], x->dims[x->rank - 2])) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must end with a square matrix", in->who,
                         tern_operand_text(in, 0, input));
    }
    in->y[0].rank = (uint8_t)(x->rank - 2);
    memcpy(in->y[0].dims, x->dims, in->y[0].rank * sizeof x->dims[0]);
    return TERN_OK;
}

static size_t scratch_bytes(const void *attr, const tern_type *x, int32_t x_count,
                            const tern_type *y)
{
    (void)attr, (void)x_count, (void)y;
    const int64_t n = x[0].dims[x[0].rank - 1];
    return n < 0 || n > INT32_MAX / 2 ? SIZE_MAX : (size_t)n * (size_t)n * sizeof(double);
}

static void swap_rows(double *m, int64_t n, int64_t a, int64_t b)
{
    for (int64_t k = 0; k < n; k++) {
        const double kept = m[a * n + k];
        m[a * n + k] = m[b * n + k];
        m[b * n + k] = kept;
    }
}

static double determinant(double *m, int64_t n)
{
    double result = 1.0;
    for (int64_t c = 0; c < n; c++) {
        int64_t pivot = c;
        for (int64_t row = c + 1; row < n; row++) {
            pivot = fabs(m[row * n + c]) > fabs(m[pivot * n + c]) ? row : pivot;
        }
        if (pivot != c) {
            swap_rows(m, n, pivot, c);
            result = -result;
        }
        const double head = m[c * n + c];
        result *= head;
        if (head == 0.0) {
            return result;
        }
        for (int64_t row = c + 1; row < n; row++) {
            const double factor = m[row * n + c] / head;
            for (int64_t k = c; k < n; k++) {
                m[row * n + k] -= factor * m[c * n + k];
            }
        }
    }
    return result;
}

static void reference(const tern_ref *r)
{
    const double *const x = r->x[0];
    double *const y = r->y[0];
    const int64_t n = r->xt[0].dims[r->xt[0].rank - 1];
    int64_t count = 0;
    (void)tern_type_volume(&r->yt[0], &count);
    for (int64_t i = 0; i < count; i++) {
        if (n > 0) {
            memcpy(r->scratch, x + i * n * n, (size_t)(n * n) * sizeof *x);
        }
        y[i] = determinant(r->scratch, n);
    }
}

const tern_op tern_op_det = {
    .name = "det",
    .summary = "determinants of the matrices in the last two axes",
    .types = "T -> T; T: float",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .onnx = {{"Det", 11}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch_bytes,
    .epilogue = true,
};
