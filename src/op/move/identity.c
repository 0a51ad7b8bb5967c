/* SPDX-License-Identifier: Apache-2.0
 *
 * identity: y = x, the same bytes.
 */
#include "op/op.h"

#include <string.h>

static tern_status infer(tern_infer *in)
{
    const tern_dim *const content = tern_content_of(in, 0);
    in->y[0] = in->x[0];
    if (content != NULL && in->y_content_known != NULL) {
        memcpy(in->y_content[0], content,
               (size_t)tern_content_count(&in->y[0]) * sizeof content[0]);
        in->y_content_known[0] = true;
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    size_t bytes = 0;
    (void)tern_type_bytes(&m->ref.yt[0], &bytes);
    if (bytes > 0) {
        memcpy(m->ref.y[0], m->ref.x[0], bytes);
    }
}

static bool is_view(const void *attr, const tern_type *x, const tern_type *y)
{
    (void)attr;
    return tern_type_equal(x, y);
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_identity = {
    .name = "identity",
    .summary = "the input, unchanged",
    .types = "T -> T; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .onnx = {{"Identity", 1}},
    .infer = infer,
    .move = move,
    .is_view = is_view,
};
