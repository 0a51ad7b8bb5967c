/* SPDX-License-Identifier: Apache-2.0
 *
 * col2im: sliding blocks added back into an image.  Column l of the input [N, C * block volume, L]
 * holds the blocks at the l-th place; places go over the padded image in row-major order.
 */
#include "op/fold/fold.h"
#include "op/message.h"
#include "op/wrap.h"

#include <string.h>

enum { X_INPUT, X_IMAGE, X_BLOCK, MOST_AXES = TERN_MAX_RANK - 2 };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_col2im_attr, stride, INTS, .low = 1, .high = INT32_MAX,
              .summary = "step from place to place"),
    TERN_ATTR(tern_col2im_attr, dilation, INTS, .low = 1, .high = INT32_MAX,
              .summary = "distance of a block's elements"),
    TERN_ATTR(tern_col2im_attr, pre_pad, INTS, .high = INT32_MAX,
              .summary = "what the image was padded by in front"),
    TERN_ATTR(tern_col2im_attr, post_pad, INTS, .high = INT32_MAX,
              .summary = "what the image was padded by behind"),
    TERN_ATTR_END,
};

static int64_t entry(const tern_ints *list, int32_t d, int64_t fallback)
{
    return d < list->count ? list->v[d] : fallback;
}

/* Places of a block along axis d of the image. */
static tern_dim places(const tern_infer *in, int32_t d, tern_dim image, tern_dim block)
{
    const tern_col2im_attr *const a = in->attr;
    tern_dim_table *const t = in->dims;
    const tern_dim reach = tern_dim_make(t, TERN_DIM_MUL, tern_dim_make(t, TERN_DIM_SUB, block, 1),
                                         entry(&a->dilation, d, 1));
    const tern_dim padded = tern_dim_make(t, TERN_DIM_ADD, image,
                                          entry(&a->pre_pad, d, 0) + entry(&a->post_pad, d, 0) - 1);
    const tern_dim last =
        tern_dim_make(t, TERN_DIM_FLOOR_DIV, tern_dim_make(t, TERN_DIM_SUB, padded, reach),
                      entry(&a->stride, d, 1));
    return tern_dim_make(t, TERN_DIM_ADD, last, 1);
}

static tern_status misfit(const tern_infer *in, const char *what)
{
    char input[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(TERN_BAD_SHAPE, "%s: %s %s", in->who, tern_operand_text(in, X_INPUT, input),
                     what);
}

static tern_status infer(tern_infer *in)
{
    const tern_col2im_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_INPUT];
    const tern_ints *const lists[] = {&a->stride, &a->dilation, &a->pre_pad, &a->post_pad};
    const tern_dim *image, *block;
    int32_t count, block_count;
    TERN_TRY(tern_infer_shape_operand(in, X_IMAGE, &image, &count));
    TERN_TRY(tern_infer_shape_operand(in, X_BLOCK, &block, &block_count));
    if (x->rank != 3 || count < 1 || count > MOST_AXES || block_count != count) {
        return misfit(in, "must be [N, C * block, L], image and block of equal rank 1 to 6");
    }
    tern_dim volume = 1, columns = 1;
    for (int32_t i = 0; i < 4; i++) {
        if (lists[i]->count != 0 && lists[i]->count != count) {
            return misfit(in, "has attributes for another number of image axes");
        }
    }
    for (int32_t d = 0; d < count; d++) {
        if ((tern_dim_known(image[d]) && image[d] < 0) ||
            (tern_dim_known(block[d]) && (block[d] < 1 || block[d] > INT32_MAX))) {
            return misfit(in, "has an image or a block of an extent that is none");
        }
        volume = tern_dim_make(in->dims, TERN_DIM_MUL, volume, block[d]);
        columns = tern_dim_make(in->dims, TERN_DIM_MUL, columns, places(in, d, image[d], block[d]));
        in->y[0].dims[2 + d] = image[d];
    }
    if ((tern_dim_known(x->dims[1]) && tern_dim_known(volume) && x->dims[1] % volume != 0) ||
        !tern_dim_may_equal(columns, x->dims[2])) {
        return misfit(in, "does not hold the blocks of such an image");
    }
    in->y[0].rank = (uint8_t)(2 + count);
    in->y[0].dims[0] = x->dims[0];
    in->y[0].dims[1] = tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, x->dims[1], volume);
    return TERN_OK;
}

/* Where element `k` of the block at place `l` lies in the image; -1: in the padding. */
static int64_t locate(const tern_ref *r, const int64_t *block, int64_t k, int64_t l)
{
    const tern_col2im_attr *const a = r->attr;
    const int64_t *const image = &r->yt[0].dims[2];
    int64_t at = 0, stride = 1;
    for (int32_t d = r->yt[0].rank - 3; d >= 0; d--) {
        const int64_t step = entry(&a->stride, d, 1), dilation = entry(&a->dilation, d, 1);
        const int64_t pre = entry(&a->pre_pad, d, 0);
        const int64_t room = image[d] + pre + entry(&a->post_pad, d, 0) - dilation * (block[d] - 1);
        const int64_t count = room > 0 ? (room - 1) / step + 1 : 1;
        const int64_t i = l % count * step + k % block[d] * dilation - pre;
        l /= count;
        k /= block[d];
        if (i < 0 || i >= image[d] || at < 0) {
            return -1;
        }
        at += i * stride;
        stride *= image[d];
    }
    return at;
}

#define TERN_BODY "op/fold/col2im_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const names[] = {"input", "image", "block", NULL};

const tern_op tern_op_col2im = {
    .name = "col2im",
    .summary = "sliding blocks added back into an image",
    .types = "T, int, int -> T; T: number",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_col2im_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .shape_operands = 1u << X_IMAGE | 1u << X_BLOCK,
    .batchless_operands = 1u << X_IMAGE | 1u << X_BLOCK,
    .batchify = batchify,
};
