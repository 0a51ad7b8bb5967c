/* SPDX-License-Identifier: Apache-2.0
 *
 * fully_connected: the last three axes flattened, times a matrix, plus bias; what is true of it on
 * every device.
 *
 *     y[..., k, 0, 0] = bias[k] + sum over v of  x[..., v] * kernel[k, v]
 *
 * with v counting the last three axes of x.
 *
 * The kernel is [K, V], or flat with the same elements in the same order.
 */
#include "op/gemm/gemm.h"

#include "base/alloc.h"
#include "op/message.h"

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_fully_connected_attr, out_channels, I64, .high = INT32_MAX,
              .summary = "0: as the kernel has"),
    TERN_ATTR_END,
};

/* Product of the last three extents, which must be known. */
static tern_status flattened(const tern_infer *in, int64_t *out_count)
{
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (x->rank < 3) {
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s needs rank 3 or more (its last three axes are flattened), it has %d", in->who,
            tern_operand_text(in, 0, text), (int)x->rank);
    }
    int64_t count = 1;
    for (int32_t i = x->rank - 3; i < x->rank; i++) {
        if (!tern_dim_known(x->dims[i])) {
            return tern_fail(TERN_UNSUPPORTED,
                             "%s: the last three extents of %s must be known when building "
                             "(axis %d)",
                             in->who, tern_operand_text(in, 0, text), (int)i);
        }
        if (!tern_int64_mul(count, x->dims[i], &count)) {
            return tern_fail(TERN_BAD_SHAPE, "%s: the last three extents of %s overflow", in->who,
                             tern_operand_text(in, 0, text));
        }
    }
    *out_count = count;
    return TERN_OK;
}

static tern_status check_kernel(const tern_infer *in, int64_t v, int64_t *out_channels)
{
    const tern_fully_connected_attr *a = in->attr;
    const tern_type *w = &in->x[1];
    char kernel[TERN_OPERAND_TEXT_BYTES], input[TERN_OPERAND_TEXT_BYTES];
    const int64_t k = a->out_channels != 0 ? a->out_channels : w->rank == 2 ? w->dims[0] : 0;
    if (k < 1) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: number of outputs is not known; set out_channels, %s does not "
                         "tell",
                         in->who, tern_operand_text(in, 1, kernel));
    }
    *out_channels = k;
    int64_t count = 0;
    const bool fits = tern_int64_mul(k, v, &count);
    if (w->rank == 1 && fits && w->dims[0] == count) {
        return TERN_OK;
    }
    if (w->rank == 2 && w->dims[0] == k && w->dims[1] == v) {
        return TERN_OK;
    }
    return tern_fail(
        TERN_BAD_SHAPE,
        "%s: %s must have %lld x %lld elements, %lld outputs of the last three axes of "
        "%s",
        in->who, tern_operand_text(in, 1, kernel), (long long)k, (long long)v, (long long)k,
        tern_operand_text(in, 0, input));
}

static tern_status infer(tern_infer *in)
{
    int64_t v = 0, k = 0;
    TERN_TRY(flattened(in, &v));
    TERN_TRY(check_kernel(in, v, &k));
    if (tern_infer_has(in, 2) && (in->x[2].rank != 1 || in->x[2].dims[0] != k)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [%lld], one element per output", in->who,
                         tern_operand_text(in, 2, text), (long long)k);
    }
    tern_type *y = &in->y[0];
    y->rank = in->x[0].rank;
    for (int32_t i = 0; i < y->rank - 3; i++) {
        y->dims[i] = in->x[0].dims[i];
    }
    y->dims[y->rank - 3] = k;
    y->dims[y->rank - 2] = 1;
    y->dims[y->rank - 1] = 1;
    return TERN_OK;
}

/* Rows (batch), flattened input and outputs of a call. */
static void extents(const tern_type *x, const tern_type *y, int64_t *out_m, int64_t *out_v,
                    int64_t *out_k)
{
    *out_m = 1;
    for (int32_t i = 0; i < x->rank - 3; i++) {
        *out_m *= x->dims[i];
    }
    *out_v = x->dims[x->rank - 3] * x->dims[x->rank - 2] * x->dims[x->rank - 1];
    *out_k = y->dims[y->rank - 3];
}

static void reference(const tern_ref *r)
{
    const double *x = r->x[0], *w = r->x[1], *bias = r->x_count > 2 ? r->x[2] : NULL;
    double *y = r->y[0];
    int64_t rows, v, outputs;
    extents(&r->xt[0], &r->yt[0], &rows, &v, &outputs);
    for (int64_t m = 0; m < rows; m++) {
        for (int64_t k = 0; k < outputs; k++) {
            double sum = bias != NULL ? bias[k] : 0.0;
            for (int64_t i = 0; i < v; i++) {
                sum += x[m * v + i] * w[k * v + i];
            }
            y[m * outputs + k] = sum;
        }
    }
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    int64_t rows, v, outputs;
    extents(&x[0], &y[0], &rows, &v, &outputs);
    return 2.0 * (double)rows * (double)v * (double)outputs;
}

static const char *const inputs[] = {"input", "kernel", "bias", NULL};

const tern_op tern_op_fully_connected = {
    .name = "fully_connected",
    .summary = "last three axes flattened, times the transposed kernel, plus bias",
    .types = "T, T, T? -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_fully_connected_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << 1 | 1u << 2,
    .epilogue = true,
    .cost = cost,
};
