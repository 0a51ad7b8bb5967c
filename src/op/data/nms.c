/* SPDX-License-Identifier: Apache-2.0
 *
 * nms: greedy non-maximum suppression, per batch and class: best score first, a box is selected
 * unless its overlap with a selected one is above the threshold, until there are max_output.
 *
 *     boxes [B,N,4], or [B,N,C,4] with boxes of each class;  scores [B,N,C] or [B,C,N]
 *     y [n,3] rows (batch, class, box), and n
 *
 * Corners are any two on a diagonal; overlap is intersection over union, none for boxes without
 * area.  Of equal scores the lower class, then the lower box, comes first.  Without max_output
 * nothing is selected; without a score threshold nothing is too low, unless `positive`.
 */
#include "op/data/data.h"
#include "op/message.h"

#include <math.h>

static const tern_attr_name formats[] = {
    {"corners", TERN_NMS_CORNERS}, {"center", TERN_NMS_CENTER}, {NULL, 0}};
static const tern_attr_name layouts[] = {
    {"box_class", TERN_NMS_BOX_CLASS}, {"class_box", TERN_NMS_CLASS_BOX}, {NULL, 0}};
static const tern_attr_name orders[] = {
    {"score", TERN_NMS_BY_SCORE}, {"class", TERN_NMS_BY_CLASS}, {NULL, 0}};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_nms_attr, format, ENUM, .names = formats, .summary = "what a box's numbers are"),
    TERN_ATTR(tern_nms_attr, scores, ENUM, .names = layouts, .summary = "last axes of the scores"),
    TERN_ATTR(tern_nms_attr, order, ENUM, .names = orders, .summary = "of rows of a batch"),
    TERN_ATTR(tern_nms_attr, index_type, DTYPE, .fallback = TERN_DTYPE_I32,
              .summary = "type of the rows"),
    TERN_ATTR(tern_nms_attr, top_k_limit, I64, .high = INT32_MAX,
              .summary = "most candidates of a batch, best first; 0: all"),
    TERN_ATTR(tern_nms_attr, positive, BOOL,
              .summary = "without a score threshold, scores must be above 0"),
    TERN_ATTR_END,
};

enum { BOXES, SCORES, MAX_OUTPUT, IOU, SCORE };

static tern_status misfit(const tern_infer *in)
{
    char boxes[TERN_OPERAND_TEXT_BYTES], scores[TERN_OPERAND_TEXT_BYTES];
    return tern_fail(
        TERN_BAD_SHAPE, "%s: %s must be [B,N,4] or [B,N,C,4], and %s must have the same B, N and C",
        in->who, tern_operand_text(in, BOXES, boxes), tern_operand_text(in, SCORES, scores));
}

static tern_status check_scalars(const tern_infer *in)
{
    for (int32_t i = MAX_OUTPUT; i <= SCORE; i++) {
        char text[TERN_OPERAND_TEXT_BYTES];
        if (tern_infer_has(in, i) &&
            !(in->x[i].rank == 0 || (in->x[i].rank == 1 && in->x[i].dims[0] == 1))) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number, shape [] or [1]", in->who,
                             tern_operand_text(in, i, text));
        }
    }
    return TERN_OK;
}

/* Most that can be selected. */
static tern_dim bound_of(const tern_infer *in, tern_dim batches, tern_dim boxes, tern_dim classes)
{
    int64_t most = 0;
    tern_dim each = boxes;
    if (!tern_infer_has(in, MAX_OUTPUT)) {
        each = 0;
    } else if (tern_infer_constant_int(in, MAX_OUTPUT, &most)) {
        each = tern_dim_make(in->dims, TERN_DIM_MIN, boxes, most > 0 ? most : 0);
    }
    return tern_dim_product(in->dims, (const tern_dim[]){batches, classes, each}, 3);
}

static tern_status infer(tern_infer *in)
{
    const tern_nms_attr *a = in->attr;
    const tern_type *b = &in->x[BOXES], *s = &in->x[SCORES];
    TERN_TRY(tern_check_index_type(in, a->index_type));
    TERN_TRY(check_scalars(in));
    if (b->rank < 3 || b->rank > 4 || s->rank != 3 ||
        !tern_dim_may_equal(b->dims[b->rank - 1], 4)) {
        return misfit(in);
    }
    const bool class_first = a->scores == TERN_NMS_CLASS_BOX;
    const tern_dim classes = s->dims[class_first ? 1 : 2], boxes = s->dims[class_first ? 2 : 1];
    if (!tern_dim_may_equal(b->dims[0], s->dims[0]) || !tern_dim_may_equal(b->dims[1], boxes) ||
        (b->rank == 4 && !tern_dim_may_equal(b->dims[2], classes))) {
        return misfit(in);
    }
    in->y[0].dtype = (uint8_t)a->index_type;
    in->y[0].rank = 2;
    in->y[0].dims[0] = tern_counted(in, 0, 0, bound_of(in, s->dims[0], boxes, classes));
    in->y[0].dims[1] = 3;
    in->y[1].rank = 0;
    return TERN_OK;
}

/* One call, unpacked. */
typedef struct nms_call {
    const tern_nms_attr *attr;
    const double *boxes, *scores; /* of one batch */
    int64_t box_count, class_count;
    bool class_boxes; /* each class has its own */
    double iou, least;
    bool has_least;
    int64_t most;
} nms_call;

static double score_of(const nms_call *c, int64_t pair)
{
    const int64_t class_ = pair / c->box_count, box = pair % c->box_count;
    return c->attr->scores == TERN_NMS_CLASS_BOX ? c->scores[pair]
                                                 : c->scores[box * c->class_count + class_];
}

/* Low and high ends along both axes. */
static void box_of(const nms_call *c, int64_t pair, double low[2], double high[2])
{
    const int64_t class_ = pair / c->box_count, box = pair % c->box_count;
    const double *v = c->boxes + (c->class_boxes ? box * c->class_count + class_ : box) * 4;
    for (int d = 0; d < 2; d++) {
        const bool is_center = c->attr->format == TERN_NMS_CENTER;
        const double p = is_center ? v[d] - v[d + 2] / 2 : v[d];
        const double q = is_center ? v[d] + v[d + 2] / 2 : v[d + 2];
        low[d] = p < q ? p : q;
        high[d] = p < q ? q : p;
    }
}

static bool overlaps(const nms_call *c, int64_t p, int64_t q)
{
    double p_low[2], p_high[2], q_low[2], q_high[2], shared = 1;
    box_of(c, p, p_low, p_high);
    box_of(c, q, q_low, q_high);
    for (int d = 0; d < 2; d++) {
        const double low = p_low[d] > q_low[d] ? p_low[d] : q_low[d];
        const double high = p_high[d] < q_high[d] ? p_high[d] : q_high[d];
        shared *= high > low ? high - low : 0;
    }
    const double p_area = (p_high[0] - p_low[0]) * (p_high[1] - p_low[1]);
    const double q_area = (q_high[0] - q_low[0]) * (q_high[1] - q_low[1]);
    return p_area > 0 && q_area > 0 && shared / (p_area + q_area - shared) > c->iou;
}

/* Is p a better candidate than q?  NaN is worse than everything. */
static bool is_better(const nms_call *c, int64_t p, int64_t q)
{
    const double a = score_of(c, p), b = score_of(c, q);
    if (isnan(a) || isnan(b)) {
        return isnan(a) && isnan(b) ? p < q : isnan(b);
    }
    return a != b ? a > b : p < q;
}

static void sift(const nms_call *c, int64_t *order, int64_t root, int64_t count)
{
    for (int64_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        if (child + 1 < count && is_better(c, order[child], order[child + 1])) {
            child++;
        }
        if (!is_better(c, order[root], order[child])) {
            return;
        }
        const int64_t t = order[root];
        order[root] = order[child];
        order[child] = t;
    }
}

/* Candidates of a batch, best first; how many. */
static int64_t find_candidates(const nms_call *c, int64_t *order)
{
    int64_t count = 0;
    for (int64_t p = 0; p < c->box_count * c->class_count; p++) {
        if (!c->has_least || score_of(c, p) > c->least) {
            order[count++] = p;
        }
    }
    for (int64_t i = count / 2; i-- > 0;) {
        sift(c, order, i, count);
    }
    for (int64_t i = count; i-- > 1;) {
        const int64_t t = order[0];
        order[0] = order[i];
        order[i] = t;
        sift(c, order, 0, i);
    }
    const int64_t limit = c->attr->top_k_limit;
    return limit > 0 && limit < count ? limit : count;
}

/* Is the pair far enough from what its class has, and its class not full? */
static bool is_kept(const nms_call *c, const int64_t *kept, int64_t count, int64_t pair)
{
    int64_t of_class = 0;
    for (int64_t i = 0; i < count; i++) {
        if (kept[i] / c->box_count == pair / c->box_count) {
            of_class++;
            if (overlaps(c, pair, kept[i])) {
                return false;
            }
        }
    }
    return of_class < c->most;
}

static int64_t select_boxes(const nms_call *c, const int64_t *order, int64_t count, int64_t *kept)
{
    int64_t found = 0;
    const bool by_class = c->attr->order == TERN_NMS_BY_CLASS;
    for (int64_t k = 0; k < (by_class ? c->class_count : 1); k++) {
        for (int64_t i = 0; i < count; i++) {
            if ((!by_class || order[i] / c->box_count == k) && is_kept(c, kept, found, order[i])) {
                kept[found++] = order[i];
            }
        }
    }
    return found;
}

static double number(const tern_ref *r, int32_t i)
{
    return i < r->x_count && r->x[i] != NULL ? ((const double *)r->x[i])[0] : 0.0;
}

static void run(const tern_ref *r)
{
    const tern_type *b = &r->xt[BOXES], *s = &r->xt[SCORES];
    const tern_nms_attr *a = r->attr;
    const bool class_first = a->scores == TERN_NMS_CLASS_BOX;
    nms_call c = {
        .attr = a,
        .box_count = s->dims[class_first ? 2 : 1],
        .class_count = s->dims[class_first ? 1 : 2],
        .class_boxes = b->rank == 4,
        .iou = number(r, IOU),
        .least = number(r, SCORE),
        .has_least = a->positive != 0 || (r->x_count > SCORE && r->x[SCORE] != NULL),
    };
    if (r->x_count > MAX_OUTPUT && r->x[MAX_OUTPUT] != NULL) {
        c.most = ((const int64_t *)r->x[MAX_OUTPUT])[0];
    }
    const int64_t pairs = c.box_count * c.class_count, room = r->yt[0].dims[0];
    int64_t *order = r->scratch, *kept = order + pairs, *y = r->y[0], rows = 0;
    for (int64_t n = 0; n < s->dims[0]; n++) {
        c.boxes =
            (const double *)r->x[BOXES] + n * c.box_count * (c.class_boxes ? c.class_count : 1) * 4;
        c.scores = (const double *)r->x[SCORES] + n * pairs;
        const int64_t found = select_boxes(&c, order, find_candidates(&c, order), kept);
        for (int64_t i = 0; i < found && rows < room; i++, rows++) {
            y[rows * 3] = n;
            y[rows * 3 + 1] = kept[i] / c.box_count;
            y[rows * 3 + 2] = kept[i] % c.box_count;
        }
    }
    r->extents[0][0] = rows;
    ((int64_t *)r->y[1])[0] = rows;
}

static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr, (void)x_count, (void)y;
    int64_t pairs = 0;
    tern_type one = x[SCORES];
    one.dims[0] = 1;
    return !tern_type_volume(&one, &pairs) || pairs > INT64_MAX / 64
               ? SIZE_MAX
               : (size_t)pairs * 2 * sizeof(int64_t);
}

static const char *const names[] = {"boxes",         "scores",          "max_output",
                                    "iou_threshold", "score_threshold", NULL};

const tern_op tern_op_nms = {
    .name = "nms",
    .summary = "boxes left by non-maximum suppression as rows (batch, class, box), best first",
    .types = "T, T, K?, S?, S? -> *, i32; T: float; K: i32 i64; S: float",
    .arity = {.in_min = 2, .in_max = 5, .out = 2},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_nms_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run},
    .reference_scratch = scratch,
    .batchless_operands = 7u << 2,
    .counts = true,
};
