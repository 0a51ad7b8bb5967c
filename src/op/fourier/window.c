/* SPDX-License-Identifier: Apache-2.0
 *
 * signal_window: a[0] - a[1] cos(t) + a[2] cos(2t) - ... for t through one turn in as many steps as
 * asked for; periodic windows leave the last point to the next period.  mel_weights: triangles that
 * map the bins of a spectrum to bands of the mel scale.
 */
#include "op/fourier/fft.h"
#include "op/fourier/fourier.h"
#include "op/message.h"

#include <math.h>

static const tern_attr_field window_fields[] = {
    TERN_ATTR(tern_window_attr, terms, FLOATS, .fallback = 0.5, .fallback_count = 2,
              .summary = "weights of 1, -cos, +cos of twice the angle ..."),
    TERN_ATTR(tern_window_attr, periodic, BOOL, .fallback = 1, .onnx = "periodic",
              .summary = "without the point that begins the next period"),
    TERN_ATTR(tern_window_attr, dtype, DTYPE, .fallback = TERN_DTYPE_F32,
              .summary = "element type of the result, a float"),
    TERN_ATTR_END,
};

static const tern_attr_field mel_fields[] = {
    TERN_ATTR(tern_mel_attr, dtype, DTYPE, .fallback = TERN_DTYPE_F32,
              .summary = "element type of the result, a float"),
    TERN_ATTR_END,
};

enum { X_BINS, X_LENGTH, X_RATE, X_LOW, X_HIGH };

static tern_status one_extent(const tern_infer *in, int32_t operand, tern_dim *out)
{
    const tern_dim *v = NULL;
    int32_t count = 0;
    TERN_TRY(tern_infer_shape_operand(in, operand, &v, &count));
    if (count != 1 || (tern_dim_known(v[0]) && v[0] < 0)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number, not negative", in->who,
                         tern_operand_text(in, operand, text));
    }
    *out = v[0];
    return TERN_OK;
}

static tern_status set_dtype(tern_infer *in, int32_t dtype)
{
    const tern_dtype_info *const info = tern_dtype_find(dtype);
    if (info == NULL || info->class_ != TERN_CLASS_F || info->bits < 16) {
        return tern_fail(TERN_UNSUPPORTED, "%s: results are f16, bf16, f32 or f64, not %s", in->who,
                         tern_dtype_name((tern_dtype)dtype));
    }
    in->y[0].dtype = (uint8_t)dtype;
    return TERN_OK;
}

static tern_status infer_window(tern_infer *in)
{
    const tern_window_attr *const a = in->attr;
    TERN_TRY(set_dtype(in, a->dtype));
    in->y[0].rank = 1;
    return one_extent(in, 0, &in->y[0].dims[0]);
}

static void run_window(const tern_ref *r)
{
    const tern_window_attr *const a = r->attr;
    double *const y = r->y[0];
    const int64_t count = r->yt[0].dims[0], steps = a->periodic != 0 ? count : count - 1;
    for (int64_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (int32_t k = a->terms.count - 1; k >= 0; k--) { /* small terms first */
            const double c = steps > 0    ? tern_unit_root(i * k % steps, steps).re
                             : k % 2 != 0 ? -1.0
                                          : 1.0;
            sum += k % 2 != 0 ? -a->terms.v[k] * c : a->terms.v[k] * c;
        }
        y[i] = sum;
    }
}

/* ---- mel_weights ---- */

static tern_status infer_mel(tern_infer *in)
{
    const tern_mel_attr *const a = in->attr;
    tern_dim length;
    TERN_TRY(set_dtype(in, a->dtype));
    for (int32_t i = X_RATE; i <= X_HIGH; i++) {
        int64_t count = 0;
        if (!tern_type_volume(&in->x[i], &count) || count != 1) {
            char text[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number", in->who,
                             tern_operand_text(in, i, text));
        }
    }
    in->y[0].rank = 2;
    TERN_TRY(one_extent(in, X_LENGTH, &length));
    in->y[0].dims[0] = tern_dim_make(in->dims, TERN_DIM_ADD,
                                     tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, length, 2), 1);
    return one_extent(in, X_BINS, &in->y[0].dims[1]);
}

/* The spectrum's bin in which the edge `i` of the bands lies. */
static int64_t edge(const tern_ref *r, int64_t i)
{
    const double low = 2595.0 * log10(1.0 + *(const double *)r->x[X_LOW] / 700.0);
    const double high = 2595.0 * log10(1.0 + *(const double *)r->x[X_HIGH] / 700.0);
    const double mel = low + (double)i * (high - low) / (double)(r->yt[0].dims[1] + 2);
    const double hertz = 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
    const double bin = floor((double)(*(const int64_t *)r->x[X_LENGTH] + 1) * hertz /
                             (double)*(const int64_t *)r->x[X_RATE]);
    return bin >= 0.0 && bin < 1e15 ? (int64_t)bin : bin < 0.0 ? -1 : INT64_C(1) << 50;
}

static void run_mel(const tern_ref *r)
{
    double *const y = r->y[0];
    const int64_t rows = r->yt[0].dims[0], bands = r->yt[0].dims[1];
    for (int64_t i = 0; i < rows * bands; i++) {
        y[i] = 0.0;
    }
    for (int64_t b = 0; b < bands; b++) {
        const int64_t low = edge(r, b), middle = edge(r, b + 1), high = edge(r, b + 2);
        for (int64_t row = low > 0 ? low : 0; row <= middle && row < rows; row++) {
            y[row * bands + b] = middle == low ? 1.0 : (double)(row - low) / (double)(middle - low);
        }
        for (int64_t row = middle > 0 ? middle : 0; row < high && row < rows; row++) {
            y[row * bands + b] = (double)(high - row) / (double)(high - middle);
        }
    }
}

static const char *const window_names[] = {"size", NULL};
static const char *const mel_names[] = {"bins", "length", "rate", "low", "high", NULL};

const tern_op tern_op_signal_window = {
    .name = "signal_window",
    .summary = "a window of cosines for signals",
    .types = "int -> *",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = window_names,
    .attrs = window_fields,
    .attr_size = sizeof(tern_window_attr),
    .infer = infer_window,
    .reference = {[TERN_CLASS_I] = run_window, [TERN_CLASS_U] = run_window},
    .shape_operands = 1u << 0,
    .batchless_operands = 1u << 0,
};

const tern_op tern_op_mel_weights = {
    .name = "mel_weights",
    .summary = "weights that map a spectrum's bins to bands of the mel scale",
    .types = "int, int, int, float, float -> *",
    .arity = {.in_min = 5, .in_max = 5, .out = 1},
    .input_names = mel_names,
    .attrs = mel_fields,
    .attr_size = sizeof(tern_mel_attr),
    .infer = infer_mel,
    .reference = {[TERN_CLASS_I] = run_mel, [TERN_CLASS_U] = run_mel},
    .shape_operands = 1u << X_BINS | 1u << X_LENGTH,
    .batchless_operands = 0x1f,
};
