/* SPDX-License-Identifier: Apache-2.0
 *
 * lrn: local response normalization over neighbouring channels; what is true of it on every device.
 *
 *     y[c] = x[c] / (k + alpha / window * sum over c' of x[c']^2)^beta
 *
 * c' runs over the `window` channels around c that exist: (window - 1) / 2 before it, window / 2
 * behind it.  The channel is the third axis from the end.
 */
#include "op/message.h"
#include "op/op.h"

#include <math.h>

typedef struct lrn_attr {
    int64_t window;
    double alpha, beta, k;
} lrn_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(lrn_attr, window, I64, .fallback = 5, .onnx = "size", .low = 1, .high = INT32_MAX,
              .summary = "channels that a sum takes in"),
    TERN_ATTR(lrn_attr, alpha, F64, .fallback = 1e-4, .onnx = "alpha",
              .summary = "weight of the mean square"),
    TERN_ATTR(lrn_attr, beta, F64, .fallback = 0.75, .onnx = "beta", .summary = "exponent"),
    TERN_ATTR(lrn_attr, k, F64, .fallback = 1, .onnx = "bias", .summary = "offset"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_type *x = &in->x[0];
    if (x->rank < 3) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s needs rank 3 or more (its third axis from the end is the channel), "
            "it has %d",
            in->who, tern_operand_text(in, 0, text), (int)x->rank);
    }
    in->y[0].rank = x->rank;
    for (int32_t i = 0; i < x->rank; i++) {
        in->y[0].dims[i] = x->dims[i];
    }
    return TERN_OK;
}

/* One column of channels, `step` apart. */
static void column(const lrn_attr *a, const double *x, double *y, int64_t channels, int64_t step)
{
    for (int64_t c = 0; c < channels; c++) {
        const int64_t first = c - (a->window - 1) / 2, last = c + a->window / 2;
        double sum = 0.0;
        for (int64_t i = first < 0 ? 0 : first; i <= last && i < channels; i++) {
            sum += x[i * step] * x[i * step];
        }
        y[c * step] = x[c * step] / pow(a->k + a->alpha / (double)a->window * sum, a->beta);
    }
}

static void reference(const tern_ref *r)
{
    const double *x = r->x[0];
    double *y = r->y[0];
    int64_t outer, channels, inner;
    tern_rows(&r->xt[0], r->xt[0].rank - 3, &outer, &channels, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            const int64_t at = o * channels * inner + i;
            column(r->attr, x + at, y + at, channels, inner);
        }
    }
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    (void)y;
    const lrn_attr *a = attr;
    int64_t volume = 0;
    (void)tern_type_volume(&x[0], &volume);
    return (double)volume * (2.0 * (double)a->window + 20.0);
}

static const char *const inputs[] = {"input", NULL};

const tern_op tern_op_lrn = {
    .name = "lrn",
    .summary = "x / (k + alpha / window * sum of squares of neighbouring channels)^beta",
    .types = "T -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(lrn_attr),
    .onnx = {{"LRN", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .cost = cost,
};
