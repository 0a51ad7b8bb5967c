/* SPDX-License-Identifier: Apache-2.0
 *
 * einsum: the sum of products of operands' elements over all labels that the result does not have.
 * A label that one operand has twice takes its diagonal; an extent of 1 broadcasts.
 */
#include "op/einsum/equation.h"

#include "op/message.h"
#include "op/wrap.h"

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_einsum_attr, equation, TEXT, .onnx = "equation",
              .summary = "labels of the operands' axes and of the result's"),
    TERN_ATTR_END,
};

static tern_status parse(const tern_einsum_attr *a, const tern_type *x, int32_t count,
                         const char *who, tern_equation *out)
{
    int32_t ranks[TERN_EINSUM_TERMS];
    for (int32_t i = 0; i < count && i < TERN_EINSUM_TERMS; i++) {
        ranks[i] = x[i].rank;
    }
    return tern_equation_parse(a->equation.v, ranks, count, who, out);
}

static tern_status infer(tern_infer *in)
{
    tern_equation e;
    tern_dim extents[TERN_EINSUM_LABELS];
    TERN_TRY(parse(in->attr, in->x, in->x_count, in->who, &e));
    for (int32_t i = 0; i < TERN_EINSUM_LABELS; i++) {
        extents[i] = 1;
    }
    for (int32_t i = 0; i < e.count; i++) {
        for (int32_t d = 0; d < e.x[i].rank; d++) {
            tern_dim *const extent = &extents[e.x[i].labels[d]];
            const tern_dim both = tern_dim_broadcast(in->dims, *extent, in->x[i].dims[d]);
            if (both == TERN_DIM_NONE) {
                char operand[TERN_OPERAND_TEXT_BYTES], other[TERN_EXTENT_TEXT_BYTES];
                return tern_fail(TERN_BAD_SHAPE,
                                 "%s: equation \"%s\": axis %d of %s has a label that is %s long "
                                 "elsewhere",
                                 in->who, ((const tern_einsum_attr *)in->attr)->equation.v, (int)d,
                                 tern_operand_text(in, i, operand),
                                 tern_extent_text(in, *extent, other));
            }
            *extent = both;
        }
    }
    in->y[0].rank = (uint8_t)e.y.rank;
    for (int32_t d = 0; d < e.y.rank; d++) {
        in->y[0].dims[d] = extents[e.y.labels[d]];
    }
    return TERN_OK;
}

/* ---- reference ---- */

/* The loops: the result's labels in their order, then those that are summed over. */
typedef struct loops {
    int32_t count, kept; /* all; the result's */
    int64_t extent[TERN_EINSUM_LABELS];
    int64_t stride[TERN_EINSUM_LABELS][TERN_EINSUM_TERMS];
} loops;

static void add_loop(loops *l, const tern_equation *e, const tern_type *xt, int32_t label)
{
    const int32_t at = l->count;
    bool is_used = false;
    l->extent[at] = 1;
    for (int32_t i = 0; i < e->count; i++) {
        int64_t strides[TERN_MAX_RANK];
        tern_type_strides(&xt[i], strides);
        l->stride[at][i] = 0;
        for (int32_t d = 0; d < e->x[i].rank; d++) {
            if (e->x[i].labels[d] != label) {
                continue;
            }
            is_used = true;
            if (xt[i].dims[d] != 1) {
                l->extent[at] = xt[i].dims[d];
                l->stride[at][i] += strides[d];
            }
        }
    }
    l->count += is_used ? 1 : 0;
}

static void make_loops(const tern_equation *e, const tern_type *xt, loops *l)
{
    uint64_t done = 0; /* labels are fewer than 64 */
    l->count = 0;
    for (int32_t d = 0; d < e->y.rank; d++) {
        add_loop(l, e, xt, e->y.labels[d]);
        done |= UINT64_C(1) << e->y.labels[d];
    }
    l->kept = l->count;
    for (int32_t label = 0; label < TERN_EINSUM_LABELS; label++) {
        if ((done >> label & 1) == 0) {
            add_loop(l, e, xt, label);
        }
    }
}

/* Steps loops first..last, the last one fastest; false when they are through. */
static bool next(const loops *l, int32_t first, int32_t last, int32_t operands, int64_t *index,
                 int64_t *at)
{
    for (int32_t k = last; k >= first; k--) {
        const bool is_through = ++index[k] == l->extent[k];
        for (int32_t i = 0; i < operands; i++) {
            at[i] += is_through ? -(l->extent[k] - 1) * l->stride[k][i] : l->stride[k][i];
        }
        if (!is_through) {
            return true;
        }
        index[k] = 0;
    }
    return false;
}

#define TERN_BODY "op/einsum/einsum_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

/* A batch in front is one more axis of the ellipsis, where all operands and the result have one. */
static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)visible_rank;
    const tern_einsum_attr *const a = attr;
    const char *c = a->equation.v;
    bool has_dots = false, all = true;
    for (; *c != '\0'; c++) {
        has_dots = has_dots || *c == '.';
        if (*c == ',' || *c == '-') {
            all = all && has_dots;
            has_dots = false;
        }
    }
    return all && has_dots
               ? TERN_OK
               : tern_fail(TERN_UNSUPPORTED,
                           "%s: only equations with \"...\" everywhere take an implicit "
                           "batch; use explicit batch for this layer",
                           who);
}

const tern_op tern_op_einsum = {
    .name = "einsum",
    .summary = "sums of products by an equation of labels",
    .types = "T* -> T; T: number",
    .arity = {.in_min = 1, .in_max = -1, .out = 1},
    .attrs = fields,
    .attr_size = sizeof(tern_einsum_attr),
    .onnx = {{"Einsum", 12}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = einsum_F, [TERN_CLASS_I] = einsum_I, [TERN_CLASS_U] = einsum_U},
    .batchify = batchify,
    .epilogue = true,
};
