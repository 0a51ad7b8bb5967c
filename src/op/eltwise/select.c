/* SPDX-License-Identifier: Apache-2.0
 *
 * select: y = condition ? a : b, all three broadcast by 1 (an extent of 0 wins over 1).
 */
#include "op/eltwise/eltwise.h"
#include "op/walk.h"

/* Decidable where the condition's element is known: as an expression it is 0 or 1, and the result
 * c * then + (1 - c) * else. */
static void infer_content(tern_infer *in)
{
    const tern_dim *const c = tern_content_of(in, 0);
    const tern_dim *const a = tern_content_of(in, 1), *const b = tern_content_of(in, 2);
    const int32_t count = tern_content_count(&in->y[0]);
    if (a == NULL || b == NULL || count < 0) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        const tern_dim p = a[tern_content_index(&in->x[1], &in->y[0], i)];
        const tern_dim q = b[tern_content_index(&in->x[2], &in->y[0], i)];
        const tern_dim choice =
            c != NULL ? c[tern_content_index(&in->x[0], &in->y[0], i)] : TERN_DIM_NONE;
        if (tern_dim_same(p, q)) {
            in->y_content[0][i] = p;
        } else if (choice != TERN_DIM_NONE && tern_dim_known(choice)) {
            in->y_content[0][i] = choice != 0 ? p : q;
        } else if (choice != TERN_DIM_NONE) {
            const tern_dim other = tern_dim_make(in->dims, TERN_DIM_SUB, 1, choice);
            in->y_content[0][i] = tern_dim_make(in->dims, TERN_DIM_ADD,
                                                tern_dim_make(in->dims, TERN_DIM_MUL, choice, p),
                                                tern_dim_make(in->dims, TERN_DIM_MUL, other, q));
        } else {
            return;
        }
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    TERN_TRY(tern_infer_broadcast_all(in, 0, 3, &in->y[0]));
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

#define TERN_BODY "op/eltwise/select_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#define TERN_BODY_B
#include "op/for_each_class.h"

static const char *const names[] = {"condition", "then", "else", NULL};

const tern_op tern_op_select = {
    .name = "select",
    .summary = "condition ? then : else, element by element",
    .types = "bool, T, T -> T; T: any",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .onnx = {{"Where", 9}},
    .infer = infer,
    .reference = {select_F, select_I, select_U, select_B},
    .epilogue = true,
    .scalar = TERN_SCALAR_select,
};
