/* SPDX-License-Identifier: Apache-2.0
 *
 * norm: normalization to mean 0 and variance 1; what is true of it on every device.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 *
 * Mean and (population) variance are taken over `axes`, for every place of the other axes: layer
 * normalization with the last axes, root-mean-square normalization the same with a mean of 0,
 * instance normalization with all axes behind the channel.  With groups > 1, `axes` must be all
 * axes behind the channel, and each group of neighbouring channels is normalized as one.  scale and
 * bias have the input's rank and extent 1 or the input's on every axis; before v2, with groups,
 * their channel axis has one element per group.
 */
#include "op/norm/norm.h"

#include "base/bits.h"
#include "op/message.h"

#include <math.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_norm_attr, axes, MASK, .batch = TERN_BATCH_SHIFT,
              .summary = "axes that are averaged over"),
    TERN_ATTR(tern_norm_attr, epsilon, F64, .fallback = 1e-5, .onnx = "epsilon",
              .summary = "added to the variance"),
    TERN_ATTR(tern_norm_attr, groups, I64, .fallback = 1, .onnx = "num_groups", .low = 1,
              .high = INT32_MAX, .summary = "groups of channels normalized together"),
    TERN_ATTR(tern_norm_attr, v2, BOOL,
              .summary = "with groups: scale and bias per channel instead of per group"),
    TERN_ATTR(tern_norm_attr, compute, DTYPE, .fallback = TERN_DTYPE_F32,
              .summary = "least precision of the computation"),
    TERN_ATTR(tern_norm_attr, rms, BOOL,
              .summary = "by the root mean square: no mean is subtracted"),
    TERN_ATTR_END,
};

/* The axis before the first averaged one. */
static int32_t channel_axis(const tern_norm_attr *a)
{
    return tern_bit_lowest(a->axes) - 1;
}

static tern_status check_axes(const tern_infer *in)
{
    const tern_norm_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (a->axes == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: axes is empty, it must name an axis of %s",
                         in->who, tern_operand_text(in, 0, text));
    }
    if (tern_bit_highest(a->axes) >= x->rank) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %d is outside %s of rank %d; allowed 0..%d",
                         in->who, tern_bit_highest(a->axes), tern_operand_text(in, 0, text),
                         (int)x->rank, (int)x->rank - 1);
    }
    if (a->groups <= 1) {
        return TERN_OK;
    }
    const int32_t channel = channel_axis(a);
    const uint32_t behind = ((1u << x->rank) - 1) & ~((2u << (channel < 0 ? 0 : channel)) - 1);
    if (channel < 0 || a->axes != behind) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: with groups, axes must be all axes behind the channel of %s, "
                         "they are the set 0x%x",
                         in->who, tern_operand_text(in, 0, text), (unsigned)a->axes);
    }
    const tern_dim channels = x->dims[channel];
    if (!tern_dim_known(channels)) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: the channels of %s must be known when building (axis %d)", in->who,
                         tern_operand_text(in, 0, text), (int)channel);
    }
    if (channels % a->groups != 0) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %lld channels of %s do not divide into %lld groups (axis %d)",
                         in->who, (long long)channels, tern_operand_text(in, 0, text),
                         (long long)a->groups, (int)channel);
    }
    return TERN_OK;
}

static tern_status check_factor(const tern_infer *in, int32_t operand)
{
    if (!tern_infer_has(in, operand)) {
        return TERN_OK;
    }
    const tern_norm_attr *a = in->attr;
    const tern_type *x = &in->x[0], *f = &in->x[operand];
    char factor[TERN_OPERAND_TEXT_BYTES], input[TERN_OPERAND_TEXT_BYTES];
    if (f->rank != x->rank) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have the rank of %s, %d", in->who,
                         tern_operand_text(in, operand, factor), tern_operand_text(in, 0, input),
                         (int)x->rank);
    }
    for (int32_t i = 0; i < x->rank; i++) {
        const bool per_group = a->groups > 1 && a->v2 == 0 && i == channel_axis(a);
        const tern_dim want = per_group ? a->groups : x->dims[i];
        if (f->dims[i] != 1 && !tern_dim_may_equal(f->dims[i], want)) {
            char text[TERN_EXTENT_TEXT_BYTES];
            return tern_fail(
                TERN_BAD_SHAPE, "%s: %s does not fit %s, extent must be 1 or %s (axis %d)", in->who,
                tern_operand_text(in, operand, factor), tern_operand_text(in, 0, input),
                tern_extent_text(in, want, text), (int)i);
        }
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    TERN_TRY(check_axes(in));
    TERN_TRY(check_factor(in, 1));
    TERN_TRY(check_factor(in, 2));
    in->y[0].rank = in->x[0].rank;
    for (int32_t i = 0; i < in->x[0].rank; i++) {
        in->y[0].dims[i] = in->x[0].dims[i];
    }
    return TERN_OK;
}

/* Which statistics an element belongs to: its place on the axes that are not averaged over,
   channels by group. */
static int64_t cell_of(const tern_norm_attr *a, const tern_type *t, const int64_t *place)
{
    int64_t cell = 0;
    for (int32_t i = 0; i < t->rank; i++) {
        if ((a->axes >> i & 1u) != 0) {
            continue;
        }
        const bool is_grouped = a->groups > 1 && i == channel_axis(a);
        const int64_t size = is_grouped ? t->dims[i] / a->groups : 1;
        cell = cell * (t->dims[i] / size) + place[i] / size;
    }
    return cell;
}

/* Number of cells. */
static int64_t cell_count(const tern_norm_attr *a, const tern_type *t)
{
    int64_t count = 1;
    for (int32_t i = 0; i < t->rank; i++) {
        const bool is_grouped = a->groups > 1 && i == channel_axis(a);
        if ((a->axes >> i & 1u) == 0) {
            count *= is_grouped ? a->groups : t->dims[i];
        }
    }
    return count;
}

/* Element of scale or bias for a place of x; `none` when the operand is absent. */
static double factor_at(const tern_ref *r, int32_t operand, const int64_t *place, double none)
{
    if (operand >= r->x_count || r->x[operand] == NULL) {
        return none;
    }
    const tern_norm_attr *a = r->attr;
    const tern_type *t = &r->xt[0], *f = &r->xt[operand];
    int64_t at = 0;
    for (int32_t i = 0; i < t->rank; i++) {
        const bool per_group = a->groups > 1 && a->v2 == 0 && i == channel_axis(a);
        const int64_t own = per_group ? place[i] / (t->dims[i] / a->groups) : place[i];
        at = at * f->dims[i] + (f->dims[i] == 1 ? 0 : own);
    }
    return ((const double *)r->x[operand])[at];
}

static void next_place(const tern_type *t, int64_t *place)
{
    for (int32_t i = t->rank - 1; i >= 0 && ++place[i] == t->dims[i]; i--) {
        place[i] = 0;
    }
}

/* Mean and variance per cell; the sums of squares are taken around the mean, in a second pass. */
static void statistics(const tern_ref *r, int64_t volume, int64_t cells, double *mean,
                       double *variance)
{
    const tern_norm_attr *a = r->attr;
    const tern_type *t = &r->xt[0];
    const double *x = r->x[0];
    const double count = (double)(volume / cells);
    int64_t place[TERN_MAX_RANK] = {0};
    for (int64_t i = 0; i < cells; i++) {
        mean[i] = 0.0;
        variance[i] = 0.0;
    }
    for (int64_t i = 0; i < volume && a->rms == 0; i++, next_place(t, place)) {
        mean[cell_of(a, t, place)] += x[i] / count;
    }
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        const int64_t cell = cell_of(a, t, place);
        variance[cell] += (x[i] - mean[cell]) * (x[i] - mean[cell]) / count;
    }
}

static void reference(const tern_ref *r)
{
    const tern_norm_attr *a = r->attr;
    const tern_type *t = &r->xt[0];
    int64_t volume = 0;
    if (!tern_type_volume(t, &volume) || volume == 0) {
        return;
    }
    const int64_t cells = cell_count(a, t);
    double *mean = r->scratch, *variance = mean + cells;
    statistics(r, volume, cells, mean, variance);
    const double *x = r->x[0];
    double *y = r->y[0];
    int64_t place[TERN_MAX_RANK] = {0};
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        const int64_t cell = cell_of(a, t, place);
        const double z = (x[i] - mean[cell]) / sqrt(variance[cell] + a->epsilon);
        y[i] = z * factor_at(r, 1, place, 1.0) + factor_at(r, 2, place, 0.0);
    }
}

static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    (void)y;
    return 2 * sizeof(double) * (size_t)cell_count(attr, &x[0]);
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    (void)y;
    int64_t volume = 0;
    (void)tern_type_volume(&x[0], &volume);
    return 8.0 * (double)volume;
}

static const char *const inputs[] = {"input", "scale", "bias", NULL};

const tern_op tern_op_norm = {
    .name = "norm",
    .summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias, statistics over axes, "
               "channels in groups",
    .types = "T, T?, T? -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 1, .in_max = 3, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_norm_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch,
    .cost = cost,
};
