/* SPDX-License-Identifier: Apache-2.0
 *
 * nonzero: the places of all elements that are not 0, one column each, in row-major order.
 *
 *     x [A,B]   y [2,n]: y[0][i], y[1][i] are the place of the i-th
 *
 * NaN is not 0.  A scalar has no axes: its y is [0,n] with n 0 or 1.
 */
#include "op/data/data.h"

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_nonzero_attr, index_type, DTYPE, .fallback = TERN_DTYPE_I32,
              .summary = "type of the places"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_nonzero_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    TERN_TRY(tern_check_index_type(in, a->index_type));
    in->y[0].dtype = (uint8_t)a->index_type;
    in->y[0].rank = 2;
    in->y[0].dims[0] = x->rank;
    in->y[0].dims[1] = tern_counted(in, 0, 1, tern_dim_product(in->dims, x->dims, x->rank));
    return TERN_OK;
}

#define TERN_BODY "op/data/nonzero_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#define TERN_BODY_B
#include "op/for_each_class.h"

const tern_op tern_op_nonzero = {
    .name = "nonzero",
    .summary = "the places of all elements that are not 0, one column each",
    .types = "T -> *; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .attrs = fields,
    .attr_size = sizeof(tern_nonzero_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F,
                  [TERN_CLASS_I] = run_I,
                  [TERN_CLASS_U] = run_U,
                  [TERN_CLASS_B] = run_B},
    .counts = true,
};
