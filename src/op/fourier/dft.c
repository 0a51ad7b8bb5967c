/* SPDX-License-Identifier: Apache-2.0
 *
 * dft: the discrete Fourier transform along an axis.  The last axis holds real and imaginary part,
 * or the real part only.  The signal is cut or filled up with zeros to the length; with onesided
 * the half that tells all of a real signal is given, or taken by the inverse, whose result is real.
 */
#include "op/fourier/fft.h"
#include "op/fourier/fourier.h"
#include "op/message.h"

enum { X_INPUT, X_LENGTH, X_AXIS };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_dft_attr, axis, I64, .fallback = -2, .batch = TERN_BATCH_SHIFT,
              .summary = "the signal's axis, not the last one"),
    TERN_ATTR(tern_dft_attr, length, I64, .high = INT64_MAX,
              .summary = "of the signal; 0: as the input has it"),
    TERN_ATTR(tern_dft_attr, inverse, BOOL, .onnx = "inverse", .summary = "from frequencies back"),
    TERN_ATTR(tern_dft_attr, onesided, BOOL, .onnx = "onesided",
              .summary = "only frequencies up to half the length"),
    TERN_ATTR_END,
};

/* Elements of the signal and of the result when `axis` is the one. */
static tern_dim result_extent(tern_infer *in, int32_t axis, tern_dim length)
{
    const tern_dft_attr *const a = in->attr;
    tern_dim_table *const t = in->dims;
    tern_dim n = length;
    if (n == 0) {
        n = in->x[X_INPUT].dims[axis];
        n = a->inverse != 0 && a->onesided != 0
                ? tern_dim_make(t, TERN_DIM_MUL, tern_dim_make(t, TERN_DIM_SUB, n, 1), 2)
                : n;
    }
    return a->inverse == 0 && a->onesided != 0
               ? tern_dim_make(t, TERN_DIM_ADD, tern_dim_make(t, TERN_DIM_FLOOR_DIV, n, 2), 1)
               : n;
}

/* The axis is an unknown: it chooses by arithmetic. */
static tern_dim chosen_extent(tern_infer *in, int32_t d, tern_dim axis, tern_dim length)
{
    tern_dim_table *const t = in->dims;
    const tern_dim own = in->x[X_INPUT].dims[d], changed = result_extent(in, d, length);
    if (tern_dim_same(own, changed)) {
        return own;
    }
    const tern_dim is_axis =
        tern_dim_make(t, TERN_DIM_ADD, tern_dim_make(t, TERN_DIM_EQUAL, axis, d),
                      tern_dim_make(t, TERN_DIM_EQUAL, axis, d - (int64_t)in->x[X_INPUT].rank));
    return tern_dim_make(
        t, TERN_DIM_ADD, own,
        tern_dim_make(t, TERN_DIM_MUL, is_axis, tern_dim_make(t, TERN_DIM_SUB, changed, own)));
}

static tern_status one_number(const tern_infer *in, int32_t operand, tern_dim *out)
{
    const tern_dim *v = NULL;
    int32_t count = 0;
    TERN_TRY(tern_infer_shape_operand(in, operand, &v, &count));
    if (count != 1) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number", in->who,
                         tern_operand_text(in, operand, text));
    }
    *out = v[0];
    return TERN_OK;
}

static tern_status check_length(const tern_infer *in, tern_dim extent)
{
    return tern_dim_known(extent) && extent <= 0
               ? tern_fail(TERN_BAD_SHAPE, "%s: the signal has length %lld", in->who,
                           (long long)extent)
               : TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    tern_dft_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_INPUT];
    tern_dim axis = a->axis, length = a->length;
    if (x->rank < 2 || (tern_dim_known(x->dims[x->rank - 1]) && x->dims[x->rank - 1] != 1 &&
                        x->dims[x->rank - 1] != 2)) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s must end with an axis of 1 (real) or 2 (complex), and have another", in->who,
            tern_operand_text(in, X_INPUT, input));
    }
    if (tern_infer_has(in, X_LENGTH)) {
        TERN_TRY(one_number(in, X_LENGTH, &length));
        TERN_TRY(check_length(in, length));
    }
    if (tern_infer_has(in, X_AXIS)) {
        TERN_TRY(one_number(in, X_AXIS, &axis));
    }
    in->y[0] = *x;
    in->y[0].dims[x->rank - 1] = a->inverse != 0 && a->onesided != 0 ? 1 : 2;
    if (tern_infer_has(in, X_AXIS) && !tern_dim_known(axis)) {
        for (int32_t d = 0; d < x->rank - 1; d++) {
            in->y[0].dims[d] = chosen_extent(in, d, axis, length);
        }
        return TERN_OK;
    }
    TERN_TRY(tern_axis_normalize(&axis, x->rank, in->who));
    if (axis == x->rank - 1) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %lld holds real and imaginary parts", in->who,
                         (long long)axis);
    }
    a->axis = tern_infer_has(in, X_AXIS) ? a->axis : axis;
    in->y[0].dims[axis] = result_extent(in, (int32_t)axis, length);
    return check_length(in, in->y[0].dims[axis]);
}

/* ---- reference ---- */

static int64_t number_of(const tern_ref *r, int32_t operand, int64_t fallback)
{
    return operand < r->x_count && r->xt[operand].dtype != 0 ? *(const int64_t *)r->x[operand]
                                                             : fallback;
}

/* The longest signal that the types allow, whatever the axis is. */
static size_t scratch_bytes(const void *attr, const tern_type *x, int32_t x_count,
                            const tern_type *y)
{
    (void)attr, (void)x_count;
    int64_t most = 1;
    for (int32_t d = 0; d < x[0].rank; d++) {
        most = x[0].dims[d] > most ? x[0].dims[d] : most;
        most = y[0].dims[d] > most ? y[0].dims[d] : most;
    }
    /* a one-sided result is half of its signal */
    return most > INT64_MAX / 1024 ? SIZE_MAX : (size_t)(2 * most + 2) * 4 * sizeof(tern_complex);
}

/* Where one signal lies: elements `step` apart, `count` there. */
typedef struct line {
    int64_t at, step, count;
    bool has_imaginary;
} line;

static tern_complex element(const double *x, const line *l, int64_t i)
{
    const int64_t at = l->at + i * l->step;
    return (tern_complex){x[at], l->has_imaginary ? x[at + 1] : 0.0};
}

/* The signal, or the frequencies with imaginary parts turned around: the inverse is the transform
 * of those, turned around again. */
static void load(const tern_dft_attr *a, const double *x, const line *l, int64_t n,
                 tern_complex *out)
{
    const bool is_half = a->inverse != 0 && a->onesided != 0;
    const int64_t taken = is_half ? n / 2 + 1 : n;
    for (int64_t i = 0; i < n; i++) {
        out[i] = (tern_complex){0.0, 0.0};
    }
    for (int64_t i = 0; i < taken && i < l->count; i++) {
        tern_complex v = element(x, l, i);
        if (is_half && (i == 0 || 2 * i == n)) {
            v.im = 0.0;
        }
        out[i] = (tern_complex){v.re, a->inverse != 0 ? -v.im : v.im};
        if (is_half && i > 0) {
            out[n - i] = (tern_complex){v.re, 2 * i == n ? 0.0 : v.im};
        }
    }
}

static void store(const tern_dft_attr *a, double *y, const line *l, int64_t n,
                  const tern_complex *v)
{
    const double scale = a->inverse != 0 ? (double)n : 1.0;
    for (int64_t i = 0; i < l->count; i++) {
        double *const at = y + l->at + i * l->step;
        at[0] = v[i].re / scale;
        if (l->has_imaginary) {
            at[1] = (a->inverse != 0 ? -v[i].im : v[i].im) / scale;
        }
    }
}

static void reference(const tern_ref *r)
{
    const tern_dft_attr *const a = r->attr;
    const tern_type *const xt = &r->xt[X_INPUT], *const yt = &r->yt[0];
    int64_t axis = number_of(r, X_AXIS, a->axis);
    axis += axis < 0 ? xt->rank : 0;
    if (axis < 0 || axis >= xt->rank - 1) {
        return; /* infer has refused it */
    }
    const bool is_half = a->onesided != 0 && a->inverse == 0;
    int64_t n = number_of(r, X_LENGTH, a->length);
    n = n > 0 ? n : is_half ? xt->dims[axis] : yt->dims[axis];
    tern_complex *const roots = r->scratch, *const in = roots + n, *const out = in + n;
    int64_t outer, inner, x_length, y_length, y_inner;
    tern_rows(xt, axis, &outer, &x_length, &inner);
    tern_rows(yt, axis, &outer, &y_length, &y_inner);
    const int64_t x_parts = xt->dims[xt->rank - 1], y_parts = yt->dims[yt->rank - 1];
    if (x_parts < 1 || n < 1) {
        return;
    }
    tern_fft_roots(n, roots);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner / x_parts; i++) {
            const line from = {o * x_length * inner + i * x_parts, inner, x_length, x_parts > 1};
            const line to = {o * y_length * y_inner + i * y_parts, y_inner, y_length, y_parts > 1};
            load(a, r->x[X_INPUT], &from, n, in);
            tern_fft(n, roots, in, out, out + n);
            store(a, r->y[0], &to, n, out);
        }
    }
}

static const char *const names[] = {"input", "length", "axis", NULL};

const tern_op tern_op_dft = {
    .name = "dft",
    .summary = "discrete Fourier transform along an axis",
    .types = "T, int?, int? -> T; T: float",
    .arity = {.in_min = 1, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_dft_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch_bytes,
    .shape_operands = 1u << X_LENGTH | 1u << X_AXIS,
    .batchless_operands = 1u << X_LENGTH | 1u << X_AXIS,
};
