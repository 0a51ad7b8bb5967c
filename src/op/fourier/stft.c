/* SPDX-License-Identifier: Apache-2.0
 *
 * stft: Fourier transforms of short frames of a signal [batch, length, 1 or 2], a step apart, each
 * weighed by a window.  The frames are as long as frame_length says, else as the window.
 */
#include "op/fourier/fft.h"
#include "op/fourier/fourier.h"
#include "op/message.h"

enum { X_SIGNAL, X_STEP, X_WINDOW, X_LENGTH };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_stft_attr, onesided, BOOL, .fallback = 1, .onnx = "onesided",
              .summary = "only frequencies up to half the frame"),
    TERN_ATTR_END,
};

static tern_status one_number(const tern_infer *in, int32_t operand, tern_dim *out)
{
    const tern_dim *v = NULL;
    int32_t count = 0;
    TERN_TRY(tern_infer_shape_operand(in, operand, &v, &count));
    if (count != 1 || (tern_dim_known(v[0]) && v[0] < 1)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number, at least 1", in->who,
                         tern_operand_text(in, operand, text));
    }
    *out = v[0];
    return TERN_OK;
}

static tern_status frame_length(const tern_infer *in, tern_dim *out)
{
    const tern_type *const window = &in->x[X_WINDOW], *const signal = &in->x[X_SIGNAL];
    const bool has_window = tern_infer_has(in, X_WINDOW);
    if (has_window && window->rank != 1) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be a list", in->who,
                         tern_operand_text(in, X_WINDOW, text));
    }
    *out = has_window ? window->dims[0] : signal->dims[1];
    if (tern_infer_has(in, X_LENGTH)) {
        TERN_TRY(one_number(in, X_LENGTH, out));
    }
    if (has_window && tern_dim_known(*out) && tern_dim_known(window->dims[0]) &&
        window->dims[0] > *out) {
        return tern_fail(TERN_BAD_SHAPE, "%s: a window of %lld for frames of %lld", in->who,
                         (long long)window->dims[0], (long long)*out);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_stft_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_SIGNAL];
    tern_dim_table *const t = in->dims;
    tern_dim step = 1, n = 1;
    if (x->rank < 2 || x->rank > 3 ||
        (x->rank == 3 && tern_dim_known(x->dims[2]) && x->dims[2] != 1 && x->dims[2] != 2)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [batch, length, 1 or 2]", in->who,
                         tern_operand_text(in, X_SIGNAL, text));
    }
    TERN_TRY(one_number(in, X_STEP, &step));
    TERN_TRY(frame_length(in, &n));
    if (tern_dim_known(n) && (n < 1 || (tern_dim_known(x->dims[1]) && x->dims[1] < n))) {
        return tern_fail(TERN_BAD_SHAPE, "%s: frames of %lld in a signal of %lld", in->who,
                         (long long)n, (long long)x->dims[1]);
    }
    tern_type *const y = &in->y[0];
    y->rank = 4;
    y->dims[0] = x->dims[0];
    y->dims[1] = tern_dim_make(
        t, TERN_DIM_ADD,
        tern_dim_make(t, TERN_DIM_FLOOR_DIV, tern_dim_make(t, TERN_DIM_SUB, x->dims[1], n), step),
        1);
    y->dims[2] = a->onesided != 0
                     ? tern_dim_make(t, TERN_DIM_ADD, tern_dim_make(t, TERN_DIM_FLOOR_DIV, n, 2), 1)
                     : n;
    y->dims[3] = 2;
    return TERN_OK;
}

/* ---- reference ---- */

static size_t scratch_bytes(const void *attr, const tern_type *x, int32_t x_count,
                            const tern_type *y)
{
    (void)attr, (void)x_count, (void)x;
    return y[0].dims[2] > INT64_MAX / 1024
               ? SIZE_MAX
               : (size_t)(2 * y[0].dims[2] + 2) * 4 * sizeof(tern_complex);
}

static bool has(const tern_ref *r, int32_t operand)
{
    return operand < r->x_count && r->xt[operand].dtype != 0;
}

static void reference(const tern_ref *r)
{
    const tern_type *const xt = &r->xt[X_SIGNAL], *const yt = &r->yt[0];
    const double *const x = r->x[X_SIGNAL], *const window =
                                                has(r, X_WINDOW) ? r->x[X_WINDOW] : NULL;
    double *y = r->y[0];
    const int64_t step = *(const int64_t *)r->x[X_STEP], parts = xt->rank == 3 ? xt->dims[2] : 1;
    const int64_t covered = window != NULL ? r->xt[X_WINDOW].dims[0] : INT64_MAX;
    const int64_t n = has(r, X_LENGTH) ? *(const int64_t *)r->x[X_LENGTH]
                      : window != NULL ? covered
                                       : xt->dims[1];
    tern_complex *const roots = r->scratch, *const in = roots + n, *const out = in + n;
    tern_fft_roots(n, roots);
    for (int64_t b = 0; b < yt->dims[0]; b++) {
        for (int64_t f = 0; f < yt->dims[1]; f++) {
            for (int64_t i = 0; i < n; i++) {
                const double *const at = x + (b * xt->dims[1] + f * step + i) * parts;
                const bool is_there = i < covered && f * step + i < xt->dims[1];
                const double w = !is_there ? 0.0 : window != NULL ? window[i] : 1.0;
                in[i] = is_there ? (tern_complex){w * at[0], parts > 1 ? w * at[1] : 0.0}
                                 : (tern_complex){0.0, 0.0};
            }
            tern_fft(n, roots, in, out, out + n);
            for (int64_t i = 0; i < yt->dims[2]; i++) {
                *y++ = out[i].re;
                *y++ = out[i].im;
            }
        }
    }
}

static const char *const names[] = {"signal", "frame_step", "window", "frame_length", NULL};

const tern_op tern_op_stft = {
    .name = "stft",
    .summary = "Fourier transforms of short frames of a signal",
    .types = "T, int, T?, int? -> T; T: float",
    .arity = {.in_min = 2, .in_max = 4, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_stft_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch_bytes,
    .shape_operands = 1u << X_STEP | 1u << X_LENGTH,
    .batchless_operands = 1u << X_STEP | 1u << X_WINDOW | 1u << X_LENGTH,
};
