/* SPDX-License-Identifier: Apache-2.0
 *
 * tensor_scatter: writes an update into a cache along its sequence axis, at a place of its own for
 * each entry of the batch (axis 0):
 *
 *     y[b, .., write_indices[b] + s, ..] = update[b, .., s, ..]
 *
 * What lies behind the end of the cache is dropped, or with mode circular goes on at its start.
 */
#include "op/index/index.h"
#include "op/message.h"

#include <string.h>

static const tern_attr_name modes[] = {
    {"linear", TERN_CACHE_LINEAR},
    {"circular", TERN_CACHE_CIRCULAR},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_tensor_scatter_attr, axis, I64, .onnx = "axis", .fallback = -2,
              .batch = TERN_BATCH_SHIFT, .summary = "sequence axis; not the first"),
    TERN_ATTR(tern_tensor_scatter_attr, mode, ENUM, .names = modes, .onnx = "mode",
              .summary = "what becomes of updates behind the end"),
    TERN_ATTR_END,
};

enum { X_CACHE, X_UPDATE, X_INDICES };

static tern_status misfit(const tern_infer *in, int32_t x, const char *what)
{
    char p[TERN_OPERAND_TEXT_BYTES], q[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s: %s", in->who,
                     tern_operand_text(in, X_CACHE, p), tern_operand_text(in, x, q), what);
}

static tern_status infer(tern_infer *in)
{
    tern_tensor_scatter_attr *const a = in->attr;
    const tern_type *const cache = &in->x[X_CACHE], *const update = &in->x[X_UPDATE];
    TERN_TRY(tern_axis_normalize(&a->axis, cache->rank, in->who));
    if (a->axis == 0) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis 0 is the batch, not the sequence", in->who);
    }
    TERN_TRY(tern_infer_same_rank(in, X_CACHE, X_UPDATE));
    for (int32_t d = 0; d < cache->rank; d++) {
        if (d != a->axis && !tern_dim_may_equal(cache->dims[d], update->dims[d])) {
            return misfit(in, X_UPDATE, "only the sequence axis may differ");
        }
    }
    if (tern_dim_known(cache->dims[a->axis]) && tern_dim_known(update->dims[a->axis]) &&
        update->dims[a->axis] > cache->dims[a->axis]) {
        return misfit(in, X_UPDATE, "the update is longer than the cache");
    }
    if (tern_infer_has(in, X_INDICES) &&
        (in->x[X_INDICES].rank != 1 ||
         !tern_dim_may_equal(in->x[X_INDICES].dims[0], cache->dims[0]))) {
        return misfit(in, X_INDICES, "there must be one index per entry of the batch");
    }
    in->y[0] = *cache;
    return TERN_OK;
}

/* The place in the cache of the update's row `s`; -1: dropped. */
static int64_t place(const tern_tensor_scatter_attr *a, int64_t first, int64_t s, int64_t extent)
{
    const int64_t at = (int64_t)((uint64_t)first + (uint64_t)s);
    if (a->mode == TERN_CACHE_CIRCULAR) {
        return at % extent < 0 ? at % extent + extent : at % extent;
    }
    return at < 0 || at >= extent ? -1 : at;
}

static void move(const tern_move *m)
{
    const tern_tensor_scatter_attr *const a = m->ref.attr;
    const tern_type *const cache = &m->ref.xt[X_CACHE], *const update = &m->ref.xt[X_UPDATE];
    const int64_t *const indices = m->ref.x_count > X_INDICES ? m->ref.x[X_INDICES] : NULL;
    int64_t outer, extent, inner, length, count = 0;
    (void)tern_type_volume(cache, &count);
    if (count == 0) {
        return;
    }
    memcpy(m->ref.y[0], m->ref.x[X_CACHE], (size_t)count * m->elem);
    tern_rows(cache, a->axis, &outer, &extent, &inner);
    length = update->dims[a->axis];
    const int64_t per_batch = outer / cache->dims[0];
    const size_t bytes = (size_t)inner * m->elem;
    for (int64_t o = 0; o < outer; o++) {
        const int64_t first = indices != NULL ? indices[o / per_batch] : 0;
        for (int64_t s = 0; s < length; s++) {
            const int64_t at = place(a, first, s, extent);
            if (at >= 0) {
                memcpy((unsigned char *)m->ref.y[0] + (size_t)(o * extent + at) * bytes,
                       (const unsigned char *)m->ref.x[X_UPDATE] + (size_t)(o * length + s) * bytes,
                       bytes);
            }
        }
    }
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const names[] = {"cache", "update", "write_indices", NULL};

const tern_op tern_op_tensor_scatter = {
    .name = "tensor_scatter",
    .summary = "a cache with an update written into it, at an own place per batch entry",
    .types = "T, T, int? -> T; T: any",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_tensor_scatter_attr),
    .onnx = {{"TensorScatter", 24}},
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
