/* SPDX-License-Identifier: Apache-2.0
 *
 * unique: the different elements of x, or slices along an axis, ascending or in the order of their
 * first places; where each is found first, which of them every element is, and how often each
 * occurs.  NaN equals NaN and comes last; slices compare element by element.
 */
#include "op/data/data.h"

#include <math.h>
#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_unique_attr, axis, I64, .batch = TERN_BATCH_SHIFT, .summary = "of slices"),
    TERN_ATTR(tern_unique_attr, flat, BOOL, .fallback = 1, .summary = "of elements, no axis"),
    TERN_ATTR(tern_unique_attr, sorted, BOOL, .fallback = 1,
              .summary = "ascending; else by first place"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_unique_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    if (a->flat != 0) {
        a->axis = 0;
    } else {
        TERN_TRY(tern_axis_normalize(&a->axis, x->rank, in->who));
    }
    const tern_dim length =
        a->flat != 0 ? tern_dim_product(in->dims, x->dims, x->rank) : x->dims[a->axis];
    const tern_dim count = tern_counted(in, 0, (int32_t)a->axis, length);
    in->y[0].rank = a->flat != 0 ? 1 : x->rank;
    memcpy(in->y[0].dims, x->dims, (size_t)in->y[0].rank * sizeof x->dims[0]);
    in->y[0].dims[a->axis] = count;
    for (int32_t i = 1; i < 4; i++) {
        in->y[i].rank = 1;
        in->y[i].dims[0] = i == 2 ? length : count;
    }
    return TERN_OK;
}

/* x as slices: element j of slice i at x[(o * length + i) * inner + k]. */
typedef struct unique_rows {
    int64_t outer, length, inner;
} unique_rows;

static unique_rows rows_of(const tern_unique_attr *a, const tern_type *x)
{
    unique_rows s = {1, 0, 1};
    if (a->flat != 0) {
        (void)tern_type_volume(x, &s.length);
    } else {
        tern_rows(x, a->axis, &s.outer, &s.length, &s.inner);
    }
    return s;
}

/* By slice: the order, then its group, then by group its first slice and its place in the result.
   */
static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count, (void)y;
    const int64_t length = rows_of(attr, &x[0]).length;
    return length > INT64_MAX / 64 ? SIZE_MAX : (size_t)length * 4 * sizeof(int64_t);
}

static int compare_F(double a, double b)
{
    return isnan(a) || isnan(b) ? (isnan(a) != 0) - (isnan(b) != 0) : (a > b) - (a < b);
}

static int compare_I(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_U(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_B(uint8_t a, uint8_t b)
{
    return (a > b) - (a < b);
}

#define TERN_BODY "op/data/unique_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#define TERN_BODY_B
#include "op/for_each_class.h"

const tern_op tern_op_unique = {
    .name = "unique",
    .summary = "the different elements or slices, their first places, which is which, how often",
    .types = "T -> T, i64, i64, i64; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 4},
    .attrs = fields,
    .attr_size = sizeof(tern_unique_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F,
                  [TERN_CLASS_I] = run_I,
                  [TERN_CLASS_U] = run_U,
                  [TERN_CLASS_B] = run_B},
    .reference_scratch = scratch,
    .counts = true,
};
