/* SPDX-License-Identifier: Apache-2.0
 *
 * pad: elements around the input; negative amounts crop, and what was cropped is not reflected or
 * repeated.  Amounts are the attributes `pre` and `post`, which speak of the last axes, as many as
 * they have entries; or operand 1, [pre.., post..], for the axes that operand 3 lists (without it
 * the last ones).
 */
#include "op/move/pad.h"

#include "op/message.h"
#include "op/move/slice.h"

#include <string.h>

static const tern_attr_name borders[] = {
    {"constant", TERN_PAD_BORDER_CONSTANT},
    {"reflect", TERN_PAD_BORDER_REFLECT},
    {"edge", TERN_PAD_BORDER_EDGE},
    {"wrap", TERN_PAD_BORDER_WRAP},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_pad_attr, pre, INTS, .low = INT32_MIN, .high = INT32_MAX,
              .summary = "elements in front, of the last axes; negative crops"),
    TERN_ATTR(tern_pad_attr, post, INTS, .low = INT32_MIN, .high = INT32_MAX,
              .summary = "elements behind, of the last axes; negative crops"),
    TERN_ATTR(tern_pad_attr, border, ENUM, .names = borders,
              .summary = "what the new elements are: a constant, or mirrored, nearest or repeated "
                         "ones"),
    TERN_ATTR_END,
};

/* Amounts per axis of the input. */
typedef struct amounts {
    int64_t pre[TERN_MAX_RANK], post[TERN_MAX_RANK];
} amounts;

/* Spreads lists over the axes.  axes NULL: the last `count` ones.  False when an axis is none. */
static bool spread(const int64_t *pre, const int64_t *post, const int64_t *axes, int32_t count,
                   int32_t rank, amounts *out)
{
    for (int32_t i = 0; i < count; i++) {
        int64_t axis = axes != NULL ? axes[i] : rank - count + i;
        axis += axis < 0 && axes != NULL ? rank : 0;
        if (axis < 0 || axis >= rank) {
            return false;
        }
        if (pre != NULL) {
            out->pre[axis] = pre[i];
        }
        if (post != NULL) {
            out->post[axis] = post[i];
        }
    }
    return true;
}

/* Where element i of a result's axis comes from: an index of the input, or -1: the constant. */
static int64_t source(const tern_pad_attr *a, int64_t i, int64_t pre, int64_t post, int64_t extent)
{
    static const int32_t modes[] = {TERN_SLICE_FILL, TERN_SLICE_REFLECT, TERN_SLICE_CLAMP,
                                    TERN_SLICE_WRAP};
    const int64_t first = pre < 0 ? -pre : 0; /* of what is not cropped */
    const int64_t kept = extent - first + (post < 0 ? post : 0);
    const int64_t at = tern_slice_source(modes[a->border], i - (pre > 0 ? pre : 0), kept);
    return at < 0 ? -1 : first + at;
}

/* ---- shapes ---- */

static void infer_content(tern_infer *in, const amounts *m)
{
    const tern_pad_attr *const a = in->attr;
    const tern_dim *const x = tern_content_of(in, 0);
    const tern_dim *const value = tern_content_of(in, TERN_PAD_X_VALUE);
    const tern_type *const xt = &in->x[0], *const yt = &in->y[0];
    const int32_t count = tern_content_count(yt);
    if (x == NULL || count < 0 || (tern_infer_has(in, TERN_PAD_X_VALUE) && value == NULL)) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        int64_t rest = i, at = 0, step = 1;
        bool is_outside = false;
        for (int32_t d = yt->rank - 1; d >= 0; d--) {
            const int64_t index = source(a, rest % yt->dims[d], m->pre[d], m->post[d], xt->dims[d]);
            rest /= yt->dims[d];
            is_outside = is_outside || index < 0;
            at += index * step;
            step *= xt->dims[d];
        }
        in->y_content[0][i] = !is_outside ? x[at] : value != NULL ? value[0] : 0;
    }
    in->y_content_known[0] = true;
}

static tern_status misfit(const tern_infer *in, const char *what)
{
    char input[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s %s", in->who, what, tern_operand_text(in, 0, input));
}

/* Axes that are not known yet: any axis may get all. */
static tern_status infer_unknown(tern_infer *in, const tern_dim *pads, int32_t count)
{
    tern_dim all = 0;
    for (int32_t i = 0; i < count; i++) {
        all = tern_dim_make(in->dims, TERN_DIM_ADD, all, pads[i]);
    }
    for (int32_t d = 0; d < in->x[0].rank; d++) {
        const tern_dim most = tern_dim_make(in->dims, TERN_DIM_ADD, in->x[0].dims[d], all);
        if (!tern_infer_data_extent(in, 0, d, most, &in->y[0].dims[d])) {
            return tern_fail(TERN_UNSUPPORTED, "%s: the axes are not known while building",
                             in->who);
        }
    }
    return TERN_OK;
}

/* Amounts from operands; *out_done: the result's shape has been told. */
static tern_status read_operands(tern_infer *in, amounts *m, bool *out_done)
{
    const tern_dim *const pads = tern_content_of(in, TERN_PAD_X_PADS), *axes = NULL;
    const int32_t count = tern_content_count(&in->x[TERN_PAD_X_PADS]), rank = in->x[0].rank;
    int32_t axis_count = count / 2;
    if (in->x[TERN_PAD_X_PADS].rank != 1 || (count >= 0 && (count % 2 != 0 || count > 2 * rank))) {
        return misfit(in, "the list of amounts must have 2 entries per padded axis of");
    }
    if (pads == NULL) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: the amounts are not known while building; make them a constant, a "
                         "shape input, or compute them from shapes",
                         in->who);
    }
    if (tern_infer_has(in, TERN_PAD_X_AXES)) {
        axes = tern_content_of(in, TERN_PAD_X_AXES);
        axis_count = tern_content_count(&in->x[TERN_PAD_X_AXES]);
        bool is_known = axes != NULL;
        for (int32_t i = 0; axes != NULL && i < axis_count; i++) {
            is_known = is_known && tern_dim_known(axes[i]);
        }
        if (!is_known) {
            *out_done = true;
            return infer_unknown(in, pads, count);
        }
    }
    if (axis_count != count / 2) {
        return misfit(in, "axes and amounts differ in number for");
    }
    return spread(pads, pads + count / 2, axes, count / 2, rank, m)
               ? TERN_OK
               : misfit(in, "an axis to pad is outside the rank of");
}

static tern_status infer(tern_infer *in)
{
    const tern_pad_attr *const a = in->attr;
    const tern_type *const x = &in->x[0];
    amounts m = {{0}, {0}};
    bool is_done = false, is_known = in->y_content_known != NULL;
    in->y[0] = *x;
    if (tern_infer_has(in, TERN_PAD_X_PADS)) {
        TERN_TRY(read_operands(in, &m, &is_done));
    } else if (!spread(a->pre.v, NULL, NULL, a->pre.count, x->rank, &m) ||
               !spread(NULL, a->post.v, NULL, a->post.count, x->rank, &m)) {
        char input[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %d entries of padding for %s", in->who,
                         (int)(a->pre.count > a->post.count ? a->pre.count : a->post.count),
                         tern_operand_text(in, 0, input));
    }
    for (int32_t d = 0; d < x->rank && !is_done; d++) {
        tern_dim extent = tern_dim_make(in->dims, TERN_DIM_ADD, x->dims[d], m.pre[d]);
        extent = tern_dim_make(in->dims, TERN_DIM_ADD, extent, m.post[d]);
        in->y[0].dims[d] = extent;
        is_known = is_known && tern_dim_known(m.pre[d]) && tern_dim_known(m.post[d]) &&
                   tern_dim_known(extent) && extent >= 0; /* negative: refused behind */
    }
    if (is_known && !is_done && in->dims->status == TERN_OK) {
        infer_content(in, &m);
    }
    return TERN_OK;
}

/* ---- running ---- */

/* Operands are anybody's: far enough outside is outside. */
static int64_t clamped(int64_t x)
{
    return x < INT64_MIN / 4 ? INT64_MIN / 4 : x > INT64_MAX / 4 ? INT64_MAX / 4 : x;
}

static void amounts_of(const tern_ref *r, amounts *m)
{
    const tern_pad_attr *const a = r->attr;
    const int32_t rank = r->xt[0].rank;
    *m = (amounts){{0}, {0}};
    if (r->x_count <= TERN_PAD_X_PADS || r->x[TERN_PAD_X_PADS] == NULL) {
        (void)spread(a->pre.v, NULL, NULL, a->pre.count, rank, m);
        (void)spread(NULL, a->post.v, NULL, a->post.count, rank, m);
        return;
    }
    const int64_t *const pads = r->x[TERN_PAD_X_PADS];
    const int64_t *const axes = r->x_count > TERN_PAD_X_AXES ? r->x[TERN_PAD_X_AXES] : NULL;
    const int64_t half = r->xt[TERN_PAD_X_PADS].dims[0] / 2;
    const int32_t count = half < rank ? (int32_t)half : rank;
    (void)spread(pads, pads + half, axes, count, rank, m);
    for (int32_t d = 0; d < rank; d++) {
        m->pre[d] = clamped(m->pre[d]);
        m->post[d] = clamped(m->post[d]);
    }
}

static void move(const tern_move *m)
{
    static const uint64_t zero[2];
    const tern_pad_attr *const a = m->ref.attr;
    const tern_type *const xt = &m->ref.xt[0], *const yt = &m->ref.yt[0];
    const unsigned char *const x = m->ref.x[0];
    const void *value = m->ref.x_count > TERN_PAD_X_VALUE ? m->ref.x[TERN_PAD_X_VALUE] : NULL;
    unsigned char *const y = m->ref.y[0];
    int64_t index[TERN_MAX_RANK] = {0}, strides[TERN_MAX_RANK], count = 0;
    amounts pads;
    value = value != NULL ? value : zero;
    amounts_of(&m->ref, &pads);
    tern_type_strides(xt, strides);
    (void)tern_type_volume(yt, &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0;
        for (int32_t d = 0; d < yt->rank && at >= 0; d++) {
            const int64_t k = source(a, index[d], pads.pre[d], pads.post[d], xt->dims[d]);
            at = k < 0 ? -1 : at + k * strides[d];
        }
        memcpy(y + (size_t)i * m->elem, at < 0 ? value : x + (size_t)at * m->elem, m->elem);
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}

static const char *const names[] = {"input", "pads", "value", "axes", NULL};

const tern_op tern_op_pad = {
    .name = "pad",
    .summary = "elements in front of and behind axes; negative amounts crop",
    .types = "T, int?, T?, int? -> T; T: any",
    .arity = {.in_min = 1, .in_max = 4, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_pad_attr),
    .infer = infer,
    .move = move,
    .shape_operands = 1u << TERN_PAD_X_PADS | 1u << TERN_PAD_X_AXES,
    .batchless_operands = 1u << TERN_PAD_X_PADS | 1u << TERN_PAD_X_VALUE | 1u << TERN_PAD_X_AXES,
};
