/* SPDX-License-Identifier: Apache-2.0
 *
 * Normalization over batches, images, groups of channels, last axes and neighbouring channels.
 */
#include "import/onnx/nn.h"

/* --- BatchNormalization --- */

enum { BN_X, BN_SCALE, BN_BIAS, BN_MEAN, BN_VARIANCE, BN_INPUTS };

static bool is_half(tern_dtype dtype)
{
    return dtype == TERN_DTYPE_F16 || dtype == TERN_DTYPE_BF16;
}

/* Of one element per channel, or before opset 9 with spatial = 0 per element of an image. */
static tern_value_id spread(tern_onnx_call *c, tern_value_id x, int32_t rank, bool per_channel)
{
    if (per_channel) {
        return tern_onnx_per_channel(c, x, rank);
    }
    const int64_t front = 0;
    return tern_onnx_unsqueeze(c, x, &front, 1);
}

static tern_value_id deviation(tern_onnx_call *c, tern_value_id variance, double epsilon)
{
    return tern_onnx_emit(c, "sqrt", NULL, tern_onnx_with_number(c, "add", variance, epsilon));
}

/* x * k + s with k = scale / deviation and s = bias - mean * k, which vanish into a product before
 * them. */
static tern_value_id by_statistics(tern_onnx_call *c, const tern_value_id *x, double epsilon,
                                   bool per_channel)
{
    const int32_t rank = tern_onnx_rank(c, x[BN_X]);
    const tern_value_id k =
        tern_onnx_binary(c, "div", x[BN_SCALE], deviation(c, x[BN_VARIANCE], epsilon));
    const tern_value_id s =
        tern_onnx_binary(c, "sub", x[BN_BIAS], tern_onnx_binary(c, "mul", x[BN_MEAN], k));
    const tern_value_id y = tern_onnx_binary(c, "mul", x[BN_X], spread(c, k, rank, per_channel));
    return tern_onnx_binary(c, "add", y, spread(c, s, rank, per_channel));
}

/* kept * momentum + now * (1 - momentum) */
static tern_value_id moving(tern_onnx_call *c, tern_value_id kept, tern_value_id now,
                            double momentum)
{
    return tern_onnx_binary(c, "add", tern_onnx_with_number(c, "mul", kept, momentum),
                            tern_onnx_with_number(c, "mul", now, 1.0 - momentum));
}

static void set(tern_onnx_call *c, int32_t i, tern_value_id value, tern_dtype dtype)
{
    if (tern_onnx_wants(c, i)) {
        c->y[i] = tern_onnx_cast(c, value, dtype);
    }
}

/* Mean and variance of the batch, per channel. */
static void train(tern_onnx_call *c, tern_value_id *x, double epsilon, tern_dtype dtype)
{
    const double momentum = tern_onnx_float(c, "momentum", 0.9);
    const int32_t rank = tern_onnx_rank(c, x[BN_X]);
    const unsigned axes = (unsigned)(tern_onnx_axes_from(0, rank) & ~2u);
    const char *average = tern_onnx_text(c, "{op=avg, axes=%u}", axes);
    const tern_dtype stat = tern_onnx_dtype_of(c, c->x[BN_MEAN]);
    const tern_value_id kept_mean = x[BN_MEAN], kept_variance = x[BN_VARIANCE];
    const tern_value_id mean = tern_onnx_emit(c, "reduce", average, x[BN_X]);
    const tern_value_id off =
        tern_onnx_binary(c, "sub", x[BN_X], tern_onnx_per_channel(c, mean, rank));
    const tern_value_id variance =
        tern_onnx_emit(c, "reduce", average, tern_onnx_emit(c, "square", NULL, off));
    x[BN_MEAN] = mean;
    x[BN_VARIANCE] = variance;
    c->y[0] = tern_onnx_cast(c, by_statistics(c, x, epsilon, true), dtype);
    set(c, 1, moving(c, kept_mean, mean, momentum), stat);
    set(c, 2, moving(c, kept_variance, variance, momentum), stat);
    set(c, 3, mean, stat);
    set(c, 4, variance, stat);
}

tern_status tern_onnx_do_batch_norm(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, BN_INPUTS)) {
        return c->status;
    }
    const double epsilon = tern_onnx_float(c, "epsilon", 1e-5);
    const bool per_channel = tern_onnx_int(c, "spatial", 1) != 0;
    const bool is_training =
        c->opset >= 14 ? tern_onnx_int(c, "training_mode", 0) != 0 : tern_onnx_wants(c, 1);
    const tern_dtype dtype = tern_onnx_dtype_of(c, c->x[BN_X]);
    if (tern_onnx_rank(c, c->x[BN_X]) < 2 || tern_onnx_class_of(c, c->x[BN_X]) != TERN_CLASS_F) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE,
                                "the input must be floating-point and have rank 2 or more");
    }
    if (is_training && !per_channel) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "training with spatial = 0 is not taken");
    }
    tern_value_id x[BN_INPUTS];
    for (int32_t i = 0; i < BN_INPUTS; i++) {
        x[i] = tern_onnx_cast(c, c->x[i], is_half(dtype) ? TERN_DTYPE_F32 : dtype);
    }
    if (is_training) {
        train(c, x, epsilon, dtype);
    } else {
        c->y[0] = tern_onnx_cast(c, by_statistics(c, x, epsilon, per_channel), dtype);
    }
    return c->status;
}

/* --- tern's norm --- */

/* x, scale and bias. */
static tern_value_id norm(tern_onnx_call *c, uint32_t axes, double epsilon, const char *more,
                          const tern_value_id *x)
{
    return tern_onnx_emit_x(
        c, "norm", tern_onnx_text(c, "{axes=%u, epsilon=%.17g%s}", (unsigned)axes, epsilon, more),
        x, 3);
}

tern_status tern_onnx_do_instance_norm(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    if (rank < 3) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "the input has rank %d, it needs 3 or more",
                                (int)rank);
    }
    const tern_value_id x[] = {c->x[0], tern_onnx_per_channel(c, c->x[1], rank),
                               tern_onnx_per_channel(c, c->x[2], rank)};
    c->y[0] = norm(c, tern_onnx_axes_from(2, rank), tern_onnx_float(c, "epsilon", 1e-5), "", x);
    return c->status;
}

tern_status tern_onnx_do_group_norm(tern_onnx_call *c)
{
    const int64_t groups = tern_onnx_int(c, "num_groups", 0), last = 2;
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    if (groups < 1 || groups > INT32_MAX) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "num_groups is %lld; it must be positive",
                                (long long)groups);
    }
    const int32_t given = tern_onnx_rank(c, c->x[0]);
    if (given < 2) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE, "the input has rank %d, it needs 2 or more",
                                (int)given);
    }
    /* There have to be axes behind the channel. */
    const tern_value_id x = given == 2 ? tern_onnx_unsqueeze(c, c->x[0], &last, 1) : c->x[0];
    const int32_t rank = tern_onnx_rank(c, x);
    const char *more = groups == 1 ? ""
                                   : tern_onnx_text(c, ", groups=%lld, v2=%s", (long long)groups,
                                                    c->opset >= 21 ? "true" : "false");
    const tern_value_id operands[] = {x, tern_onnx_per_channel(c, c->x[1], rank),
                                      tern_onnx_per_channel(c, c->x[2], rank)};
    const tern_value_id y = norm(c, tern_onnx_axes_from(groups == 1 ? 1 : 2, rank),
                                 tern_onnx_float(c, "epsilon", 1e-5), more, operands);
    c->y[0] = given == 2 ? tern_onnx_squeeze(c, y, &last, 1) : y;
    return c->status;
}

/* --- layers --- */

/* Mean and 1 / deviation of what was normalized, in f32 or better; outputs `at`. */
static void statistics(tern_onnx_call *c, tern_value_id x, uint32_t axes, double epsilon,
                       int32_t mean_at, int32_t inverse_at)
{
    if (!tern_onnx_wants(c, mean_at) && !tern_onnx_wants(c, inverse_at)) {
        return;
    }
    const tern_dtype dtype = tern_onnx_dtype_of(c, x);
    const char *average = tern_onnx_text(c, "{op=avg, axes=%u, keep_dims=true}", (unsigned)axes);
    x = tern_onnx_cast(c, x, is_half(dtype) ? TERN_DTYPE_F32 : dtype);
    tern_value_id off = x;
    if (mean_at >= 0) {
        const tern_value_id mean = tern_onnx_emit(c, "reduce", average, x);
        if (tern_onnx_wants(c, mean_at)) {
            c->y[mean_at] = mean;
        }
        off = tern_onnx_binary(c, "sub", x, mean);
    }
    if (tern_onnx_wants(c, inverse_at)) {
        const tern_value_id variance =
            tern_onnx_emit(c, "reduce", average, tern_onnx_emit(c, "square", NULL, off));
        c->y[inverse_at] = tern_onnx_emit(c, "recip", NULL, deviation(c, variance, epsilon));
    }
}

/* x, scale, bias along the axes from `axis` on; the inputs' types are x's. */
static tern_value_id layer(tern_onnx_call *c, tern_value_id x, tern_value_id scale,
                           tern_value_id bias, bool is_rms)
{
    const int32_t rank = tern_onnx_rank(c, x);
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", -1), rank);
    const double epsilon = tern_onnx_float(c, "epsilon", 1e-5);
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    const tern_dtype dtype = tern_onnx_dtype_of(c, x);
    const uint32_t axes = tern_onnx_axes_from(axis, rank);
    if (scale != TERN_NO_ID) {
        scale = tern_onnx_rank_up(c, tern_onnx_cast(c, scale, dtype), rank);
    }
    if (bias != TERN_NO_ID) {
        bias = tern_onnx_rank_up(c, tern_onnx_cast(c, bias, dtype), rank);
    }
    statistics(c, x, axes, epsilon, is_rms ? -1 : 1, is_rms ? 1 : 2);
    return norm(c, axes, epsilon, is_rms ? ", rms=true" : "",
                (const tern_value_id[]){x, scale, bias});
}

tern_status tern_onnx_do_layer_norm(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 1)) {
        c->y[0] = layer(c, c->x[0], c->x[1], c->x[2], false);
    }
    return c->status;
}

tern_status tern_onnx_do_rms_norm(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const tern_dtype scale = tern_onnx_dtype_of(c, c->x[1]);
    const tern_value_id y = layer(c, c->x[0], c->x[1], TERN_NO_ID, true);
    /* X and scale may have different types; the result has scale's. */
    c->y[0] = c->x[1] != TERN_NO_ID ? tern_onnx_cast(c, y, scale) : y;
    return c->status;
}

/* --- others --- */

tern_status tern_onnx_do_lrn(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const char *text =
        tern_onnx_text(c, "{window=%lld, alpha=%.17g, beta=%.17g, k=%.17g}",
                       (long long)tern_onnx_int(c, "size", 1), tern_onnx_float(c, "alpha", 1e-4),
                       tern_onnx_float(c, "beta", 0.75), tern_onnx_float(c, "bias", 1.0));
    if (rank == 4) {
        c->y[0] = tern_onnx_emit(c, "lrn", text, c->x[0]);
        return c->status;
    }
    if (rank < 2 || rank == 8) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "rank %d is not taken; allowed 2..7",
                                (int)rank);
    }
    /* The operator's channel is the third axis from the end. */
    int64_t order[TERN_MAX_RANK], back[TERN_MAX_RANK];
    const int64_t ends[2] = {rank, rank + 1};
    if (rank == 3 || rank == 2) {
        const tern_value_id x = tern_onnx_unsqueeze(c, c->x[0], ends, 4 - rank);
        c->y[0] = tern_onnx_squeeze(c, tern_onnx_emit(c, "lrn", text, x), ends, 4 - rank);
        return c->status;
    }
    int32_t at = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (i == rank - 3) {
            order[i] = 1;
        } else {
            at += at == 1 ? 1 : 0;
            order[i] = at++;
        }
        back[order[i]] = i;
    }
    const tern_value_id x = tern_onnx_transpose(c, c->x[0], order, rank);
    c->y[0] = tern_onnx_transpose(c, tern_onnx_emit(c, "lrn", text, x), back, rank);
    return c->status;
}

tern_status tern_onnx_do_mean_variance_norm(tern_onnx_call *c)
{
    static const int64_t usual[] = {0, 2, 3};
    int32_t count = 0;
    const int64_t *axes = tern_onnx_ints(c, "axes", &count);
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    uint32_t mask = 0;
    if (axes == NULL) {
        axes = usual;
        count = 3;
    }
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        mask |= 1u << tern_onnx_axis(c, axes[i], rank);
    }
    if (c->status == TERN_OK) {
        c->y[0] =
            norm(c, mask, 1e-18, "", (const tern_value_id[]){c->x[0], TERN_NO_ID, TERN_NO_ID});
    }
    return c->status;
}

/* x over the norm of its row; rows of norm 0 stay 0. */
tern_status tern_onnx_do_lp_norm(tern_onnx_call *c)
{
    const int64_t p = tern_onnx_int(c, "p", 2);
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    if (p != 1 && p != 2) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "p is %lld; allowed 1, 2", (long long)p);
    }
    const int64_t axis =
        tern_onnx_axis(c, tern_onnx_int(c, "axis", -1), tern_onnx_rank(c, c->x[0]));
    if (c->status == TERN_OK) {
        tern_onnx_lower(c,
                        "n = ReduceL%d(x0, [%d]){keepdims=1}; e = Equal(n, 0.0); q = Div(x0, n);"
                        "y0 = Where(e, 0.0, q)",
                        (int)p, (int)axis);
    }
    return c->status;
}
