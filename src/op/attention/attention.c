/* SPDX-License-Identifier: Apache-2.0
 *
 * attention: softmax(scale * query key^T + mask) value; what is true of it on every device.
 *
 *     query [B,H,S,D]   key [B,G,T,D]   value [B,G,T,E]   mask: broadcasts to [B,H,S,T]
 *     lengths [B]: keys of each sequence that count          results [B,H,S,E], scores [B,H,S,T]
 *
 * or of rank 3, heads side by side: query [B,S,H*D], key [B,T,G*D], value [B,T,G*E], result
 * [B,S,H*E].  H is a multiple of G: so many neighbouring heads share a key.  A mask of truth values
 * says which keys count, another is added; keys behind its end do not count.  softcap c bends
 * scores to c * tanh(score / c) before the mask.
 *
 * norm none leaves out the softmax.  quantize_to rounds the weights to multiples of quantize_scale
 * that this type has.
 */
#include "op/attention/attention.h"

#include "op/message.h"
#include "op/quant/quant.h"

#include <math.h>

static const tern_attr_name causals[] = {
    {"none", TERN_CAUSAL_NONE},
    {"upper_left", TERN_CAUSAL_UPPER_LEFT},
    {"lower_right", TERN_CAUSAL_LOWER_RIGHT},
    {NULL, 0},
};

static const tern_attr_name scores_kinds[] = {
    {"none", TERN_ATTENTION_SCORES_NONE},       {"product", TERN_ATTENTION_SCORES_PRODUCT},
    {"capped", TERN_ATTENTION_SCORES_CAPPED},   {"masked", TERN_ATTENTION_SCORES_MASKED},
    {"softmax", TERN_ATTENTION_SCORES_SOFTMAX}, {NULL, 0},
};

static const tern_attr_name norms[] = {
    {"softmax", TERN_ATTENTION_NORM_SOFTMAX},
    {"none", TERN_ATTENTION_NORM_NONE},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_attention_attr, heads, I64, .high = INT32_MAX, .onnx = "q_num_heads",
              .summary = "heads of a query of rank 3"),
    TERN_ATTR(tern_attention_attr, kv_heads, I64, .high = INT32_MAX, .onnx = "kv_num_heads",
              .summary = "heads of key and value of rank 3"),
    TERN_ATTR(tern_attention_attr, scale, F64, .onnx = "scale",
              .summary = "factor of the scores; 0: 1 / sqrt(extent of a head)"),
    TERN_ATTR(tern_attention_attr, softcap, F64, .onnx = "softcap",
              .summary = "bends scores into -softcap..softcap; 0: it does not"),
    TERN_ATTR(tern_attention_attr, causal, ENUM, .names = causals,
              .summary = "keys that a query may see"),
    TERN_ATTR(tern_attention_attr, offset, I64, .low = INT32_MIN, .high = INT32_MAX,
              .summary = "upper_left: query i sees keys up to i + offset"),
    TERN_ATTR(tern_attention_attr, window, I64, .high = INT32_MAX,
              .summary =
                  "keys that a query sees at most, up to the last that causal allows; 0: all"),
    TERN_ATTR(tern_attention_attr, zero_empty, BOOL,
              .summary = "a query that sees no key gives 0 instead of NaN"),
    TERN_ATTR(tern_attention_attr, scores, ENUM, .names = scores_kinds,
              .summary = "what the second result holds"),
    TERN_ATTR(tern_attention_attr, norm, ENUM, .names = norms,
              .summary = "what makes weights of scores"),
    TERN_ATTR(tern_attention_attr, quantize_to, DTYPE,
              .summary = "type of few bits that weights are rounded to; none: they are not"),
    TERN_ATTR_END,
};

/* The extents of a call, of either form. */
typedef struct extents {
    tern_dim batch, heads, kv_heads, queries, keys, head, value_head;
} extents;

static tern_status read_extents(const tern_infer *in, extents *e)
{
    const tern_attention_attr *a = in->attr;
    const tern_type *q = &in->x[0], *k = &in->x[1], *v = &in->x[2];
    char text[TERN_OPERAND_TEXT_BYTES];
    if ((q->rank != 3 && q->rank != 4) || k->rank != q->rank || v->rank != q->rank) {
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: query, key and value must have one rank, 3 or 4; they have %d, %d, %d", in->who,
            (int)q->rank, (int)k->rank, (int)v->rank);
    }
    if (q->rank == 4) {
        *e = (extents){q->dims[0], q->dims[1], k->dims[1], q->dims[2],
                       k->dims[2], q->dims[3], v->dims[3]};
        return TERN_OK;
    }
    if (a->heads < 1 || a->kv_heads < 1) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: %s has rank 3, so heads and kv_heads are needed", in->who,
                         tern_operand_text(in, 0, text));
    }
    const int64_t by[] = {a->heads, a->kv_heads, a->kv_heads};
    tern_dim head[3];
    for (int32_t i = 0; i < 3; i++) {
        const tern_dim all = in->x[i].dims[2];
        if (tern_dim_known(all) && all % by[i] != 0) {
            return tern_fail(TERN_BAD_SHAPE, "%s: axis 2 of %s does not divide into %lld heads",
                             in->who, tern_operand_text(in, i, text), (long long)by[i]);
        }
        head[i] = tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, all, by[i]);
    }
    if (!tern_dim_may_equal(head[0], head[1])) {
        return tern_fail(TERN_BAD_SHAPE, "%s: heads of query and key have %lld and %lld elements",
                         in->who, (long long)head[0], (long long)head[1]);
    }
    *e = (extents){q->dims[0], a->heads, a->kv_heads, q->dims[1], k->dims[1], head[0], head[2]};
    return TERN_OK;
}

static tern_status check_operand(const tern_infer *in, int32_t i, const tern_dim *want)
{
    for (int32_t d = 0; d < in->x[i].rank; d++) {
        if (!tern_dim_may_equal(in->x[i].dims[d], want[d])) {
            char text[TERN_OPERAND_TEXT_BYTES], extent[TERN_EXTENT_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have %s on axis %d", in->who,
                             tern_operand_text(in, i, text), tern_extent_text(in, want[d], extent),
                             (int)d);
        }
    }
    return TERN_OK;
}

static tern_status check_mask(const tern_infer *in, const extents *e)
{
    if (!tern_infer_has(in, TERN_ATTENTION_X_MASK)) {
        return TERN_OK;
    }
    const tern_type *m = &in->x[TERN_ATTENTION_X_MASK];
    const tern_dim want[] = {e->batch, e->heads, e->queries, e->keys};
    bool fits = m->rank >= 1 && m->rank <= 4;
    for (int32_t d = 0; d < m->rank && fits; d++) {
        const tern_dim limit = want[4 - m->rank + d];
        fits = d == m->rank - 1
                   ? !tern_dim_known(m->dims[d]) || !tern_dim_known(limit) || m->dims[d] <= limit
                   : m->dims[d] == 1 || tern_dim_may_equal(m->dims[d], limit);
    }
    if (!fits) {
        char text[TERN_OPERAND_TEXT_BYTES], buffer[160];
        tern_text dims;
        tern_text_init_fixed(&dims, buffer, sizeof buffer);
        tern_dims_print(&dims, in->dims, want, 4);
        return tern_fail(TERN_BAD_SHAPE, "%s: %s does not broadcast to %s", in->who,
                         tern_operand_text(in, TERN_ATTENTION_X_MASK, text), tern_text_get(&dims));
    }
    return TERN_OK;
}

static tern_status check_heads(const tern_infer *in, const extents *e)
{
    if (!tern_dim_known(e->heads) || !tern_dim_known(e->kv_heads)) {
        return TERN_OK;
    }
    if (e->kv_heads < 1 || e->heads % e->kv_heads != 0) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %lld heads of the query are no multiple of %lld",
                         in->who, (long long)e->heads, (long long)e->kv_heads);
    }
    return TERN_OK;
}

static tern_status check_quantize(const tern_infer *in)
{
    const tern_attention_attr *a = in->attr;
    const bool has_scale = tern_infer_has(in, TERN_ATTENTION_X_QUANTIZE_SCALE);
    int64_t count = 1;
    double low, high;
    if (has_scale && tern_type_is_static(&in->x[TERN_ATTENTION_X_QUANTIZE_SCALE]) &&
        (!tern_type_volume(&in->x[TERN_ATTENTION_X_QUANTIZE_SCALE], &count) || count != 1)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have one element", in->who,
                         tern_operand_text(in, TERN_ATTENTION_X_QUANTIZE_SCALE, text));
    }
    if (a->quantize_to == 0) {
        return TERN_OK;
    }
    if (!has_scale || !tern_quant_range(a->quantize_to, &low, &high)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: weights are quantized to %s; that needs a type of few bits and the "
                         "operand quantize_scale",
                         in->who, tern_dtype_name((tern_dtype)a->quantize_to));
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_attention_attr *a = in->attr;
    extents e = {0};
    TERN_TRY(check_quantize(in));
    TERN_TRY(read_extents(in, &e));
    TERN_TRY(check_heads(in, &e));
    const bool is_packed = in->x[0].rank == 3;
    const tern_dim key[] = {e.batch, is_packed ? e.keys : e.kv_heads,
                            is_packed ? in->x[1].dims[2] : e.keys, e.head};
    const tern_dim value[] = {e.batch, is_packed ? e.keys : e.kv_heads,
                              is_packed ? in->x[2].dims[2] : e.keys, e.value_head};
    TERN_TRY(check_operand(in, TERN_ATTENTION_X_KEY, key));
    TERN_TRY(check_operand(in, TERN_ATTENTION_X_VALUE, value));
    TERN_TRY(check_mask(in, &e));
    if (tern_infer_has(in, TERN_ATTENTION_X_LENGTHS)) {
        if (in->x[TERN_ATTENTION_X_LENGTHS].rank != 1) {
            char text[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank 1", in->who,
                             tern_operand_text(in, TERN_ATTENTION_X_LENGTHS, text));
        }
        TERN_TRY(check_operand(in, TERN_ATTENTION_X_LENGTHS, &e.batch));
    }
    const tern_dim packed[] = {e.batch, e.queries,
                               tern_dim_make(in->dims, TERN_DIM_MUL, e.value_head, e.heads)};
    const tern_dim apart[] = {e.batch, e.heads, e.queries, e.value_head};
    const tern_dim scores[] = {e.batch, e.heads, e.queries, e.keys}, none[] = {0};
    const tern_dtype dtype = (tern_dtype)in->x[0].dtype;
    in->y[0] = is_packed ? tern_type_make(dtype, 3, packed) : tern_type_make(dtype, 4, apart);
    in->y[1] = a->scores == TERN_ATTENTION_SCORES_NONE ? tern_type_make(dtype, 1, none)
                                                       : tern_type_make(dtype, 4, scores);
    return TERN_OK;
}

/* ---- reference ---- */

/* A call as numbers; strides in elements. */
typedef struct shape {
    int64_t batch, heads, kv_heads, queries, keys, head, value_head;
    int64_t q_head, q_step, k_head, k_step, v_head, v_step, y_head, y_step;
    int64_t q_batch, k_batch, v_batch, y_batch;
    double scale;
} shape;

static shape shape_of(const tern_ref *r)
{
    const tern_attention_attr *a = r->attr;
    const tern_type *q = &r->xt[0], *k = &r->xt[1], *v = &r->xt[2];
    const bool is_packed = q->rank == 3;
    shape s = {
        .batch = q->dims[0],
        .heads = is_packed ? a->heads : q->dims[1],
        .kv_heads = is_packed ? a->kv_heads : k->dims[1],
        .queries = q->dims[is_packed ? 1 : 2],
        .keys = k->dims[is_packed ? 1 : 2],
    };
    s.head = is_packed ? q->dims[2] / s.heads : q->dims[3];
    s.value_head = is_packed ? v->dims[2] / s.kv_heads : v->dims[3];
    s.q_head = is_packed ? s.head : s.queries * s.head;
    s.q_step = is_packed ? s.heads * s.head : s.head;
    s.k_head = is_packed ? s.head : s.keys * s.head;
    s.k_step = is_packed ? s.kv_heads * s.head : s.head;
    s.v_head = is_packed ? s.value_head : s.keys * s.value_head;
    s.v_step = is_packed ? s.kv_heads * s.value_head : s.value_head;
    s.y_head = is_packed ? s.value_head : s.queries * s.value_head;
    s.y_step = is_packed ? s.heads * s.value_head : s.value_head;
    s.q_batch = s.heads * s.queries * s.head;
    s.k_batch = s.kv_heads * s.keys * s.head;
    s.v_batch = s.kv_heads * s.keys * s.value_head;
    s.y_batch = s.heads * s.queries * s.value_head;
    s.scale = a->scale != 0.0 ? a->scale : 1.0 / sqrt((double)s.head);
    return s;
}

/* What the mask adds for one place. */
static double masked(const tern_ref *r, const int64_t *place)
{
    if (r->x_count <= TERN_ATTENTION_X_MASK || r->x[TERN_ATTENTION_X_MASK] == NULL) {
        return 0.0;
    }
    const tern_type *m = &r->xt[TERN_ATTENTION_X_MASK];
    int64_t at = 0;
    for (int32_t d = 0; d < m->rank; d++) {
        const int64_t own = place[4 - m->rank + d];
        if (d == m->rank - 1 && own >= m->dims[d]) {
            return -(double)INFINITY;
        }
        at = at * m->dims[d] + (m->dims[d] == 1 ? 0 : own);
    }
    if (m->dtype == TERN_DTYPE_BOOL) {
        return ((const uint8_t *)r->x[TERN_ATTENTION_X_MASK])[at] != 0 ? 0.0 : -(double)INFINITY;
    }
    return ((const double *)r->x[TERN_ATTENTION_X_MASK])[at];
}

/* May query i of sequence b see key j? */
static bool sees(const tern_ref *r, const shape *s, int64_t b, int64_t i, int64_t j)
{
    const tern_attention_attr *a = r->attr;
    const int64_t *lengths =
        r->x_count > TERN_ATTENTION_X_LENGTHS ? r->x[TERN_ATTENTION_X_LENGTHS] : NULL;
    if (lengths != NULL && j >= lengths[b]) {
        return false;
    }
    const int64_t offset = a->causal == TERN_CAUSAL_LOWER_RIGHT ? s->keys - s->queries : a->offset;
    return a->causal == TERN_CAUSAL_NONE ||
           (j <= i + offset && (a->window == 0 || j > i + offset - a->window));
}

static void softmax(double *row, int64_t count, bool zero_empty)
{
    double top = -(double)INFINITY, sum = 0.0;
    for (int64_t j = 0; j < count; j++) {
        top = row[j] > top || isnan(row[j]) ? row[j] : top;
    }
    const bool is_empty = zero_empty && isinf(top) && top < 0.0;
    for (int64_t j = 0; j < count; j++) {
        row[j] = is_empty ? 0.0 : exp(row[j] - top);
        sum += row[j];
    }
    for (int64_t j = 0; j < count && !is_empty; j++) {
        row[j] /= sum;
    }
}

/* Keys that are not seen weigh nothing. */
static void clear_unseen(double *row, int64_t count)
{
    for (int64_t j = 0; j < count; j++) {
        row[j] = isinf(row[j]) && row[j] < 0.0 ? 0.0 : row[j];
    }
}

/* To the nearest multiple of the scale that the type has, and back. */
static void quantize(const tern_ref *r, double *row, int64_t count)
{
    const tern_attention_attr *a = r->attr;
    const tern_dtype to = (tern_dtype)a->quantize_to;
    const bool is_float = tern_dtype_find(to)->class_ == TERN_CLASS_F;
    const double scale = ((const double *)r->x[TERN_ATTENTION_X_QUANTIZE_SCALE])[0];
    double low = 0.0, high = 0.0;
    (void)tern_quant_range(to, &low, &high);
    for (int64_t j = 0; j < count; j++) {
        unsigned char bits[8] = {0};
        double q = row[j] / scale;
        q = q > high ? high : q < low ? low : q;
        if (is_float) {
            tern_narrow(to, &q, 1, bits);
            tern_widen(to, bits, 1, &q);
        } else {
            q = nearbyint(q);
        }
        row[j] = q * scale;
    }
}

static void keep(const tern_ref *r, const double *row, int64_t at, int64_t count, int32_t stage)
{
    const tern_attention_attr *a = r->attr;
    double *to = r->y[1];
    for (int64_t j = 0; j < count && a->scores == stage; j++) {
        to[at + j] = row[j];
    }
}

/* One query of one head. */
static void attend(const tern_ref *r, const shape *s, int64_t b, int64_t h, int64_t i)
{
    const tern_attention_attr *a = r->attr;
    const int64_t group = h / (s->heads / s->kv_heads);
    const double *q = (const double *)r->x[0] + b * s->q_batch + h * s->q_head + i * s->q_step;
    const double *k = (const double *)r->x[1] + b * s->k_batch + group * s->k_head;
    const double *v = (const double *)r->x[2] + b * s->v_batch + group * s->v_head;
    double *y = (double *)r->y[0] + b * s->y_batch + h * s->y_head + i * s->y_step;
    double *row = r->scratch;
    const int64_t at = ((b * s->heads + h) * s->queries + i) * s->keys;
    for (int64_t j = 0; j < s->keys; j++) {
        row[j] = 0.0;
        for (int64_t d = 0; d < s->head; d++) {
            row[j] += q[d] * k[j * s->k_step + d];
        }
        row[j] *= s->scale;
    }
    keep(r, row, at, s->keys, TERN_ATTENTION_SCORES_PRODUCT);
    for (int64_t j = 0; j < s->keys && a->softcap > 0.0; j++) {
        row[j] = a->softcap * tanh(row[j] / a->softcap);
    }
    keep(r, row, at, s->keys, TERN_ATTENTION_SCORES_CAPPED);
    for (int64_t j = 0; j < s->keys; j++) {
        row[j] += masked(r, (const int64_t[]){b, h, i, j});
        row[j] = sees(r, s, b, i, j) ? row[j] : -(double)INFINITY;
    }
    keep(r, row, at, s->keys, TERN_ATTENTION_SCORES_MASKED);
    if (a->norm == TERN_ATTENTION_NORM_SOFTMAX) {
        softmax(row, s->keys, a->zero_empty != 0);
    } else {
        clear_unseen(row, s->keys);
    }
    keep(r, row, at, s->keys, TERN_ATTENTION_SCORES_SOFTMAX);
    if (a->quantize_to != 0) {
        quantize(r, row, s->keys);
    }
    for (int64_t d = 0; d < s->value_head; d++) {
        y[d] = 0.0;
        for (int64_t j = 0; j < s->keys; j++) {
            y[d] += row[j] * v[j * s->v_step + d];
        }
    }
}

static void reference(const tern_ref *r)
{
    const shape s = shape_of(r);
    for (int64_t b = 0; b < s.batch; b++) {
        for (int64_t h = 0; h < s.heads; h++) {
            for (int64_t i = 0; i < s.queries; i++) {
                attend(r, &s, b, h, i);
            }
        }
    }
}

static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    (void)y;
    return sizeof(double) * (size_t)x[TERN_ATTENTION_X_KEY].dims[x[0].rank == 3 ? 1 : 2];
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    int64_t q = 0, result = 0;
    (void)tern_type_volume(&x[0], &q);
    (void)tern_type_volume(&y[0], &result);
    const int64_t keys = x[TERN_ATTENTION_X_KEY].dims[x[0].rank == 3 ? 1 : 2];
    return 2.0 * (double)keys * (double)(q + result);
}

static const char *const inputs[] = {"query",          "key", "value", "mask", "lengths",
                                     "quantize_scale", NULL};

const tern_op tern_op_attention = {
    .name = "attention",
    .summary =
        "softmax(scale * query key^T + mask) value, per head; keys shared by groups of heads",
    .types = "T, T, V, M?, L?, S? -> T, T; T: f32 f16 bf16 f64; V: f32 f16 bf16 f64; "
             "M: f32 f16 bf16 f64 bool; L: i32 i64; S: f32 f16 bf16 f64",
    .arity = {.in_min = 3, .in_max = 6, .out = 2},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_attention_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch,
    .cost = cost,
};
