/* SPDX-License-Identifier: Apache-2.0
 *
 * scale: y = (x * scale + shift) ^ power.  An absent operand is 0 (shift) or 1 (scale, power).
 * `mode` says what one element of an operand is for: uniform, everything; channel, one index of
 * channel_axis; elementwise, one index of channel_axis and all axes behind it.  Operands may have
 * any shape with that many elements.
 */
#include "op/eltwise/scale.h"

#include "op/message.h"

#include <math.h>

static const tern_attr_name modes[] = {
    {"uniform", TERN_SCALE_UNIFORM},
    {"channel", TERN_SCALE_CHANNEL},
    {"elementwise", TERN_SCALE_ELEMENTWISE},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_scale_attr, mode, ENUM, .names = modes,
              .summary = "what one element of an operand is for"),
    TERN_ATTR(tern_scale_attr, channel_axis, I64, .fallback = 1, .batch = TERN_BATCH_SHIFT,
              .summary = "axis of the channels; negative counts from the back"),
    TERN_ATTR_END,
};

/* Elements an operand must have. */
static tern_dim wanted(const tern_infer *in)
{
    const tern_scale_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    switch ((tern_scale_mode)a->mode) {
    case TERN_SCALE_UNIFORM: break;
    case TERN_SCALE_CHANNEL: return x->dims[a->channel_axis];
    case TERN_SCALE_ELEMENTWISE:
        return tern_dim_product(in->dims, &x->dims[a->channel_axis],
                                x->rank - (int32_t)a->channel_axis);
    }
    return 1;
}

static tern_status infer(tern_infer *in)
{
    tern_scale_attr *const a = in->attr;
    if (a->mode != TERN_SCALE_UNIFORM) {
        TERN_TRY(tern_axis_normalize(&a->channel_axis, in->x[0].rank, in->who));
    }
    const tern_dim count = wanted(in);
    for (int32_t i = 1; i < in->x_count; i++) {
        const tern_type *const w = &in->x[i];
        if (w->dtype == 0 || tern_dim_same(tern_dim_product(in->dims, w->dims, w->rank), count)) {
            continue;
        }
        char operand[TERN_OPERAND_TEXT_BYTES], input[TERN_OPERAND_TEXT_BYTES];
        char extent[TERN_EXTENT_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have %s elements in mode %s for %s", in->who,
                         tern_operand_text(in, i, operand), tern_extent_text(in, count, extent),
                         modes[a->mode].name, tern_operand_text(in, 0, input));
    }
    in->y[0] = in->x[0];
    return TERN_OK;
}

static void reference(const tern_ref *r)
{
    const tern_scale_attr *const a = r->attr;
    const double *const x = r->x[0];
    const double *const shift = r->x_count > 1 ? r->x[1] : NULL;
    const double *const scale = r->x_count > 2 ? r->x[2] : NULL;
    const double *const power = r->x_count > 3 ? r->x[3] : NULL;
    double *const y = r->y[0];
    int64_t count = 0, outer, length, inner;
    (void)tern_type_volume(&r->yt[0], &count);
    tern_rows(&r->xt[0], a->mode == TERN_SCALE_UNIFORM ? 0 : a->channel_axis, &outer, &length,
              &inner);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = a->mode == TERN_SCALE_UNIFORM   ? 0
                           : a->mode == TERN_SCALE_CHANNEL ? i / inner % length
                                                           : i % (length * inner);
        double v = x[i] * (scale != NULL ? scale[at] : 1.0) + (shift != NULL ? shift[at] : 0.0);
        if (power != NULL) {
            v = pow(v, power[at]);
        }
        y[i] = v;
    }
}

static const char *const names[] = {"input", "shift", "scale", "power", NULL};

const tern_op tern_op_scale = {
    .name = "scale",
    .summary = "(x * scale + shift) ^ power, with weights for all, per channel or per element",
    .types = "T, T?, T?, T? -> T; T: float",
    .arity = {.in_min = 1, .in_max = 4, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_scale_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << 1 | 1u << 2 | 1u << 3,
    .epilogue = true,
};
