/* SPDX-License-Identifier: Apache-2.0
 *
 * The passes that are one call: verify, infer-shapes, sweep, compact.
 */
#include "pass/list.h"
#include "pass/rewrite.h"

static tern_status verify(tern_graph *g, tern_pass_context *c)
{
    (void)c;
    return tern_graph_verify(g);
}

static tern_status infer_shapes(tern_graph *g, tern_pass_context *c)
{
    (void)c;
    return tern_graph_infer(g);
}

static tern_status sweep(tern_graph *g, tern_pass_context *c)
{
    uint32_t removed;
    TERN_TRY(tern_graph_sweep(g, &removed));
    c->changes += removed;
    return TERN_OK;
}

static tern_status compact(tern_graph *g, tern_pass_context *c)
{
    (void)c;
    return tern_graph_compact(g);
}

const tern_pass tern_pass_verify = {
    .name = "verify",
    .summary = "check structure, names, types and shapes",
    .run = verify,
};

const tern_pass tern_pass_infer_shapes = {
    .name = "infer-shapes",
    .summary = "compute types, shapes and the contents of shape tensors",
    .run = infer_shapes,
};

const tern_pass tern_pass_sweep = {
    .name = "sweep",
    .summary = "remove nodes that no output needs",
    .run = sweep,
};

const tern_pass tern_pass_compact = {
    .name = "compact",
    .summary = "close the holes that removed nodes left",
    .run = compact,
};
