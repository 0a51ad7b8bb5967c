/* SPDX-License-Identifier: Apache-2.0
 *
 * topk: the k largest or smallest elements along an axis and their indices, best first; what is
 * true of it on every device.  Of equal elements the one with the lower index comes first, unless
 * last_first; NaN counts as larger than everything.
 */
#include "op/reduce/reduce.h"

#include "base/bits.h"
#include "op/message.h"

#include <math.h>

static const tern_attr_name ops[] = {
    {"max", TERN_TOPK_OP_MAX},
    {"min", TERN_TOPK_OP_MIN},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_topk_attr, op, ENUM, .names = ops, .summary = "which end of the order"),
    TERN_ATTR(tern_topk_attr, k, I64, .fallback = 1, .high = INT32_MAX,
              .summary = "how many; operand k takes its place"),
    TERN_ATTR(tern_topk_attr, axes, MASK, .batch = TERN_BATCH_SHIFT,
              .summary = "the axis, as a set of one"),
    TERN_ATTR(tern_topk_attr, index_type, DTYPE, .fallback = TERN_DTYPE_I32,
              .summary = "type of the indices"),
    TERN_ATTR(tern_topk_attr, last_first, BOOL,
              .summary = "of equal elements the one with the higher index comes first"),
    TERN_ATTR_END,
};

/* The operand when there is one, else the attribute.  An operand that is computed from tensors'
   contents gives an extent that depends on data. */
static tern_status count_of(const tern_infer *in, int32_t axis, tern_dim *out_k)
{
    const tern_topk_attr *a = in->attr;
    char text[TERN_OPERAND_TEXT_BYTES];
    *out_k = a->k;
    if (!tern_infer_has(in, 1)) {
        return TERN_OK;
    }
    const tern_type *k = &in->x[1];
    if (k->rank > 1 || (k->rank == 1 && !tern_dim_may_equal(k->dims[0], 1))) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number, shape [] or [1]", in->who,
                         tern_operand_text(in, 1, text));
    }
    const tern_dim *content = tern_content_of(in, 1);
    if (content != NULL) {
        *out_k = content[0];
        return TERN_OK;
    }
    if (tern_infer_constant_int(in, 1, out_k) ||
        tern_infer_data_extent(in, 0, axis, in->x[0].dims[axis], out_k)) {
        return TERN_OK;
    }
    return tern_fail(TERN_UNSUPPORTED,
                     "%s: %s must be a constant or computed from shapes and shape inputs", in->who,
                     tern_operand_text(in, 1, text));
}

static tern_status check_k(const tern_infer *in, tern_dim k, int32_t axis)
{
    int64_t k_low, k_high, low, high;
    tern_dim_bounds(in->dims, k, &k_low, &k_high);
    tern_dim_bounds(in->dims, in->x[0].dims[axis], &low, &high);
    if (k_high < 0 || k_low > high) {
        char input[TERN_OPERAND_TEXT_BYTES], text[TERN_EXTENT_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: k is %s, %s has %lld elements on axis %d", in->who,
                         tern_extent_text(in, k, text), tern_operand_text(in, 0, input),
                         (long long)high, (int)axis);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_topk_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (tern_bit_count(a->axes) != 1) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: axes is the set 0x%x of %d axes, it must be one axis", in->who,
                         (unsigned)a->axes, tern_bit_count(a->axes));
    }
    const int32_t axis = tern_bit_lowest(a->axes);
    if (axis >= x->rank) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %d is outside %s of rank %d; allowed 0..%d",
                         in->who, (int)axis, tern_operand_text(in, 0, text), (int)x->rank,
                         (int)x->rank - 1);
    }
    if (a->index_type != TERN_DTYPE_I32 && a->index_type != TERN_DTYPE_I64) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: index_type is %s; allowed i32, i64", in->who,
                         tern_dtype_name((tern_dtype)a->index_type));
    }
    tern_dim k = 0;
    TERN_TRY(count_of(in, axis, &k));
    TERN_TRY(check_k(in, k, axis));
    for (int32_t n = 0; n < 2; n++) {
        in->y[n].rank = x->rank;
        for (int32_t i = 0; i < x->rank; i++) {
            in->y[n].dims[i] = i == axis ? k : x->dims[i];
        }
    }
    in->y[1].dtype = (uint8_t)a->index_type;
    return TERN_OK;
}

/* Negative, 0 or positive; NaN equals NaN and is larger than everything else. */
static int compare_F(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return (isnan(a) != 0) - (isnan(b) != 0);
    }
    return (a > b) - (a < b);
}

static int compare_I(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_U(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

#define TERN_BODY "op/reduce/topk_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

/* The indices of a row. */
static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    (void)y;
    const tern_topk_attr *a = attr;
    return sizeof(int64_t) * (size_t)x[0].dims[tern_bit_lowest(a->axes)];
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    const tern_topk_attr *a = attr;
    int64_t volume = 0;
    (void)tern_type_volume(&x[0], &volume);
    return 2.0 * (double)volume + 20.0 * (double)y[0].dims[tern_bit_lowest(a->axes)];
}

static const char *const inputs[] = {"input", "k", NULL};

const tern_op tern_op_topk = {
    .name = "topk",
    .summary = "the k largest or smallest elements along an axis and their indices, best first",
    .types = "T, K? -> T, *; T: float int; K: i32 i64",
    .arity = {.in_min = 1, .in_max = 2, .out = 2},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_topk_attr),
    .onnx = {{"TopK", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .reference_scratch = scratch,
    .shape_operands = 1u << 1,
    .batchless_operands = 1u << 1,
    .cost = cost,
};
