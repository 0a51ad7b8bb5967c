/* SPDX-License-Identifier: Apache-2.0
 *
 * Attention, RotaryEmbedding and LinearAttention of ai.onnx, Attention and MultiHeadAttention of
 * com.microsoft.
 */
#include "import/onnx/nn.h"

#include <math.h>

static int64_t read_heads(tern_onnx_call *c, const char *name)
{
    const int64_t heads = tern_onnx_int(c, name, 0);
    if (heads < 0 || heads > INT32_MAX) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s is %lld; it must be positive", name,
                               (long long)heads);
        return 0;
    }
    return heads;
}

/* [B,S,H*D] as [B,H,S,D]. */
static tern_value_id split_heads(tern_onnx_call *c, tern_value_id x, int64_t heads)
{
    if (tern_onnx_rank(c, x) != 3) {
        return x;
    }
    if (heads < 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "operands of rank 3 need the numbers of heads");
        return TERN_NO_ID;
    }
    return tern_onnx_emit(
        c, "shuffle",
        tern_onnx_text(c, "{reshape=[0,0,%lld,-1], second_transpose=[0,2,1,3]}", (long long)heads),
        x);
}

/* And back. */
static tern_value_id join_heads(tern_onnx_call *c, tern_value_id x)
{
    return tern_onnx_emit(c, "shuffle", "{first_transpose=[0,2,1,3], reshape=[0,0,-1]}", x);
}

/* What was kept before, then x, along the axis of steps of [B,H,S,D]. */
static tern_value_id append(tern_onnx_call *c, tern_value_id past, tern_value_id x)
{
    return past == TERN_NO_ID ? x : tern_onnx_emit(c, "concat", "{axis=2}", past, x);
}

static void set(tern_onnx_call *c, int32_t i, tern_value_id value)
{
    if (tern_onnx_wants(c, i)) {
        c->y[i] = value;
    }
}

/* --- Attention of ai.onnx --- */

enum { X_Q, X_K, X_V, X_MASK, X_PAST_K, X_PAST_V, X_LENGTHS };

/* ", causal=..." for queries that begin behind `past` steps. */
static const char *causal_text(tern_onnx_call *c, tern_value_id q, tern_value_id k,
                               tern_value_id past)
{
    if (past == TERN_NO_ID) {
        return ", causal=upper_left";
    }
    const tern_dim steps = tern_onnx_type_of(c, past)->dims[2];
    if (tern_dim_known(steps)) {
        return tern_onnx_text(c, ", causal=upper_left, offset=%lld", (long long)steps);
    }
    /* As many new keys as queries: the last query sees everything. */
    const tern_dim queries = tern_onnx_type_of(c, q)->dims[2];
    if (!tern_dim_same(queries, tern_onnx_type_of(c, k)->dims[2])) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                               "causal, with a past of unknown length and other numbers of keys "
                               "and queries");
    }
    return ", causal=lower_right";
}

/* An integer mask is added like any other number. */
static tern_value_id usable_mask(tern_onnx_call *c, tern_value_id mask)
{
    const tern_class class_ = tern_onnx_class_of(c, mask);
    return mask == TERN_NO_ID || class_ == TERN_CLASS_F || class_ == TERN_CLASS_B
               ? mask
               : tern_onnx_cast(c, mask, tern_onnx_dtype_of(c, c->x[X_Q]));
}

static const char *scores_name(tern_onnx_call *c)
{
    static const char *const names[] = {"product", "capped", "masked", "softmax"};
    const int64_t mode = tern_onnx_int(c, "qk_matmul_output_mode", 0);
    if (mode < 0 || mode > 3) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "qk_matmul_output_mode is %lld; allowed 0..3",
                               (long long)mode);
        return "none";
    }
    return tern_onnx_wants(c, 3) ? names[mode] : "none";
}

tern_status tern_onnx_do_attention(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    const int64_t heads = read_heads(c, "q_num_heads"), kv_heads = read_heads(c, "kv_num_heads");
    const int32_t rank = tern_onnx_rank(c, c->x[X_Q]);
    const bool has_past = c->x[X_PAST_K] != TERN_NO_ID || c->x[X_PAST_V] != TERN_NO_ID;
    if (has_past &&
        (tern_onnx_rank(c, c->x[X_PAST_K]) != 4 || tern_onnx_rank(c, c->x[X_PAST_V]) != 4)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "past_key and past_value must both be there, of rank 4");
    }
    tern_value_id q = c->x[X_Q], k = c->x[X_K], v = c->x[X_V];
    const bool splits = rank == 3 && (has_past || tern_onnx_wants(c, 1) || tern_onnx_wants(c, 2));
    if (splits) {
        q = split_heads(c, q, heads);
        k = split_heads(c, k, kv_heads);
        v = split_heads(c, v, kv_heads);
    }
    const char *causal =
        tern_onnx_int(c, "is_causal", 0) != 0 ? causal_text(c, q, k, c->x[X_PAST_K]) : "";
    k = append(c, c->x[X_PAST_K], k);
    v = append(c, c->x[X_PAST_V], v);
    const char *text =
        tern_onnx_text(c, "{heads=%lld, kv_heads=%lld, scale=%.17g, softcap=%.17g, scores=%s%s}",
                       (long long)heads, (long long)kv_heads, tern_onnx_float(c, "scale", 0.0),
                       tern_onnx_float(c, "softcap", 0.0), scores_name(c), causal);
    const tern_value_id x[] = {q, k, v, usable_mask(c, c->x[X_MASK]), c->x[X_LENGTHS]};
    tern_value_id y[2];
    tern_onnx_emit_all(c, &(tern_onnx_new){"attention", text, x, 5}, y, 2);
    c->y[0] = splits ? join_heads(c, y[0]) : y[0];
    set(c, 1, k);
    set(c, 2, v);
    set(c, 3, y[1]);
    return c->status;
}

/* --- others of ai.onnx --- */

tern_status tern_onnx_do_rotary_embedding(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 3)) {
        c->y[0] = tern_onnx_emit(
            c, "rotary_embedding",
            tern_onnx_text(c, "{interleaved=%s, rotary_dim=%lld, heads=%lld}",
                           tern_onnx_int(c, "interleaved", 0) != 0 ? "true" : "false",
                           (long long)read_heads(c, "rotary_embedding_dim"),
                           (long long)read_heads(c, "num_heads")),
            c->x[0], c->x[1], c->x[2], c->x[3]);
    }
    return c->status;
}

/* Positions first, first + 1 ... of the steps of x, as [1,S]. */
static tern_value_id count_positions(tern_onnx_call *c)
{
    const tern_type *x = tern_onnx_type_of(c, c->x[0]);
    tern_onnx_lower(c,
                    "n = Shape(x0){start=%d, end=%d}; s = Squeeze(n, [0]); r = Range(0, s, 1);"
                    "p = Add(r, x1); y0 = Unsqueeze(p, [0])",
                    x->rank == 4 ? 2 : 1, x->rank == 4 ? 3 : 2);
    return c->y[0];
}

/* com.microsoft: X, position_ids [B,S] or the first position [1], cos, sin. */
tern_status tern_onnx_do_rotary_embedding_ms(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 4)) {
        return c->status;
    }
    int64_t heads = read_heads(c, "num_heads");
    const int64_t turned = read_heads(c, "rotary_embedding_dim");
    const tern_value_id positions = tern_onnx_rank(c, c->x[1]) == 2 ? c->x[1] : count_positions(c);
    const tern_type *x = tern_onnx_type_of(c, c->x[0]), *cosines = tern_onnx_type_of(c, c->x[2]);
    if (heads == 0 && x->rank == 3 && cosines->rank == 2 && tern_dim_known(x->dims[2]) &&
        tern_dim_known(cosines->dims[1]) && cosines->dims[1] > 0) {
        heads = x->dims[2] / (2 * cosines->dims[1]);
    }
    c->y[0] =
        tern_onnx_emit(c, "rotary_embedding",
                       tern_onnx_text(c, "{interleaved=%s, rotary_dim=%lld, heads=%lld}",
                                      tern_onnx_int(c, "interleaved", 0) != 0 ? "true" : "false",
                                      (long long)turned, (long long)heads),
                       c->x[0], c->x[2], c->x[3], positions);
    return c->status;
}

tern_status tern_onnx_do_linear_attention(tern_onnx_call *c)
{
    const tern_str rule = tern_onnx_string(c, "update_rule", "gated_delta");
    static const char *const rules[] = {"linear", "gated", "delta", "gated_delta"};
    const char *known = NULL;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        known = tern_str_is(rule, rules[i]) ? rules[i] : known;
    }
    if (known == NULL) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "update_rule is \"%.*s\"; allowed: linear gated delta gated_delta",
                                (int)(rule.len < 40 ? rule.len : 40), rule.at);
    }
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    tern_value_id y[2];
    const int32_t x_count = c->x_count < 6 ? c->x_count : 6;
    const char *text =
        tern_onnx_text(c, "{rule=%s, heads=%lld, kv_heads=%lld, scale=%.17g}", known,
                       (long long)read_heads(c, "q_num_heads"),
                       (long long)read_heads(c, "kv_num_heads"), tern_onnx_float(c, "scale", 0.0));
    tern_onnx_emit_all(c, &(tern_onnx_new){"linear_attention", text, c->x, x_count}, y, 2);
    c->y[0] = y[0];
    set(c, 1, y[1]);
    return c->status;
}

/* --- com.microsoft --- */

/* What a padding mask means to the operator. */
typedef struct padding {
    tern_value_id mask, lengths;
} padding;

/* Lengths [B]; keys that count [B,T] or [B,S,T]; or a mask of rank 4. */
static padding read_padding(tern_onnx_call *c, tern_value_id given, tern_dim batch, double filter)
{
    static const int64_t ends[] = {1, 2}, heads[] = {1};
    padding p = {TERN_NO_ID, TERN_NO_ID};
    const tern_type *t = tern_onnx_type_of(c, given);
    if (given == TERN_NO_ID) {
        return p;
    }
    if (t->rank == 1 && tern_dim_may_equal(t->dims[0], batch)) {
        p.lengths = given;
        return p;
    }
    if (t->rank < 2 || t->rank > 4) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                               "a mask of rank %d is not taken; allowed: [batch], [batch, keys], "
                               "[batch, queries, keys], rank 4",
                               (int)t->rank);
        return p;
    }
    const int32_t rank = t->rank;
    const tern_value_id numbers = tern_onnx_cast(c, given, TERN_DTYPE_F32);
    const tern_value_id off =
        tern_onnx_binary(c, "sub", tern_onnx_scalar(c, TERN_DTYPE_F32, 1.0), numbers);
    const tern_value_id added = tern_onnx_with_number(c, "mul", off, filter);
    p.mask = rank == 2   ? tern_onnx_unsqueeze(c, added, ends, 2)
             : rank == 3 ? tern_onnx_unsqueeze(c, added, heads, 1)
                         : added;
    return p;
}

/* Both masks, added. */
static tern_value_id with_bias(tern_onnx_call *c, tern_value_id mask, tern_value_id bias)
{
    return mask == TERN_NO_ID ? bias
           : bias == TERN_NO_ID
               ? mask
               : tern_onnx_binary(c, "add", tern_onnx_cast(c, mask, tern_onnx_dtype_of(c, bias)),
                                  bias);
}

/* q, k, v of rank 4 that are the operator's, with the mask and the attributes of the node. */
static tern_value_id attend(tern_onnx_call *c, const tern_value_id *qkv, tern_value_id past,
                            const padding *p, tern_value_id bias)
{
    const bool is_causal = tern_onnx_int(c, "unidirectional", 0) != 0;
    const char *text = tern_onnx_text(c, "{scale=%.17g%s}", tern_onnx_float(c, "scale", 0.0),
                                      !is_causal           ? ""
                                      : past == TERN_NO_ID ? ", causal=upper_left"
                                                           : ", causal=lower_right");
    const tern_value_id x[] = {qkv[0], qkv[1], qkv[2], with_bias(c, p->mask, bias), p->lengths};
    return join_heads(c, tern_onnx_emit_x(c, "attention", text, x, 5));
}

/* Part i of three of the last axis, with the extents in `sizes`. */
static tern_value_id part(tern_onnx_call *c, tern_value_id x, const int64_t *sizes, int32_t i)
{
    const int64_t start = (i > 0 ? sizes[0] : 0) + (i > 1 ? sizes[1] : 0), end = start + sizes[i];
    const int64_t axis = tern_onnx_rank(c, x) - 1;
    const tern_value_id operands[] = {x, tern_onnx_i64s(c, &start, 1), tern_onnx_i64s(c, &end, 1),
                                      tern_onnx_i64s(c, &axis, 1)};
    return tern_onnx_op(c, "Slice", NULL, operands, 4);
}

/* input [B,S,I], weights [I,Q+K+V], bias, mask_index, past [2,B,H,P,D], attention_bias. */
tern_status tern_onnx_do_attention_ms(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 2)) {
        return c->status;
    }
    const int64_t heads = read_heads(c, "num_heads");
    int32_t count = 0;
    const int64_t *sizes = tern_onnx_ints(c, "qkv_hidden_sizes", &count);
    const tern_type *w = tern_onnx_type_of(c, c->x[1]);
    if (heads < 1 || w->rank != 2 || !tern_dim_known(w->dims[1]) || (sizes != NULL && count != 3)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "num_heads and weights of rank 2 are needed");
    }
    if (tern_onnx_int(c, "do_rotary", 0) != 0) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "do_rotary is not taken");
    }
    const int64_t third = w->dims[1] / 3, thirds[] = {third, third, third};
    const tern_dim batch = tern_onnx_type_of(c, c->x[0])->dims[0];
    tern_onnx_lower(c, c->x[2] != TERN_NO_ID ? "p = MatMul(x0, x1); y0 = Add(p, x2)"
                                             : "y0 = MatMul(x0, x1)");
    const tern_value_id all = c->y[0];
    tern_value_id qkv[3], kept[3] = {0};
    for (int32_t i = 0; i < 3; i++) {
        const tern_value_id one = part(c, all, sizes != NULL ? sizes : thirds, i);
        qkv[i] = split_heads(c, one, heads);
        if (i > 0 && c->x[4] != TERN_NO_ID) {
            const int64_t which = i - 1;
            const tern_value_id index = tern_onnx_constant(c, TERN_DTYPE_I64, 0, NULL, &which);
            kept[i] = tern_onnx_emit(c, "gather", "{axis=0}", c->x[4], index);
            qkv[i] = append(c, kept[i], qkv[i]);
        }
    }
    if (tern_onnx_wants(c, 1)) {
        const int64_t front = 0;
        c->y[1] = tern_onnx_emit(c, "concat", "{axis=0}", tern_onnx_unsqueeze(c, qkv[1], &front, 1),
                                 tern_onnx_unsqueeze(c, qkv[2], &front, 1));
    }
    const padding p =
        read_padding(c, c->x[3], batch, tern_onnx_float(c, "mask_filter_value", -10000.0));
    c->y[0] = attend(c, qkv, c->x[4], &p, c->x[5]);
    return c->status;
}

/* query, key, value, bias [Q+K+V], key_padding_mask, attention_bias, past_key, past_value. */
tern_status tern_onnx_do_multi_head_attention(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int64_t heads = read_heads(c, "num_heads");
    if (heads < 1 || c->x[1] == TERN_NO_ID || c->x[2] == TERN_NO_ID ||
        tern_onnx_rank(c, c->x[0]) != 3) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                "only query [batch, queries, hidden] with key and value is taken");
    }
    const tern_type *q = tern_onnx_type_of(c, c->x[0]), *v = tern_onnx_type_of(c, c->x[2]);
    const tern_dim batch = q->dims[0];
    int64_t sizes[] = {q->dims[2], q->dims[2], v->rank == 3 ? v->dims[2] : q->dims[2]};
    if (c->x[3] != TERN_NO_ID && (!tern_dim_known(sizes[0]) || !tern_dim_known(sizes[2]))) {
        const tern_type *bias = tern_onnx_type_of(c, c->x[3]);
        if (bias->rank != 1 || !tern_dim_known(bias->dims[0])) {
            return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                    "a bias must have an extent known when importing");
        }
        for (int32_t i = 0; i < 3; i++) {
            sizes[i] = bias->dims[0] / 3;
        }
    }
    tern_value_id qkv[3];
    for (int32_t i = 0; i < 3; i++) {
        tern_value_id x = c->x[i];
        if (c->x[3] != TERN_NO_ID && tern_onnx_rank(c, x) == 3) {
            x = tern_onnx_binary(c, "add", x, part(c, c->x[3], sizes, i));
        }
        qkv[i] = split_heads(c, x, heads);
    }
    qkv[1] = append(c, c->x[6], qkv[1]);
    qkv[2] = append(c, c->x[7], qkv[2]);
    const padding p =
        read_padding(c, c->x[4], batch, tern_onnx_float(c, "mask_filter_value", -10000.0));
    c->y[0] = attend(c, qkv, c->x[6], &p, c->x[5]);
    set(c, 1, qkv[1]);
    set(c, 2, qkv[2]);
    if (tern_onnx_wants(c, 3)) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "output 3, the scores, is not taken");
    }
    return c->status;
}

/* --- FlexAttention of ai.onnx.preview: a graph between the steps --- */

/* x through the body of an attribute, where there is one. */
static tern_value_id modified(tern_onnx_call *c, const char *name, tern_value_id x)
{
    if (!tern_onnx_has(c, name) || c->status != TERN_OK) {
        return x;
    }
    const tern_onnx_graph *body = tern_onnx_graph_attribute(c, name);
    if (body == NULL || body->input_count != 1 || body->output_count != 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s must have one input and one output", name);
        return TERN_NO_ID;
    }
    const tern_onnx_slot param = {.kind = TERN_ONNX_SLOT_TENSOR, .value = x};
    tern_onnx_slot result = {0};
    tern_onnx_run_body(c, body, &param, 1, &result);
    if (c->status == TERN_OK && result.kind != TERN_ONNX_SLOT_TENSOR) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s must give a tensor", name);
    }
    return result.value;
}

/* [B,G,T,D] with every head `times` times. */
static tern_value_id repeat_heads(tern_onnx_call *c, tern_value_id x, int64_t heads, int64_t times)
{
    static const int64_t behind = 2;
    if (times == 1) {
        return x;
    }
    const int64_t counts[] = {1, 1, times, 1, 1};
    const tern_value_id operands[] = {tern_onnx_unsqueeze(c, x, &behind, 1),
                                      tern_onnx_i64s(c, counts, 5)};
    const tern_value_id all = tern_onnx_op(c, "Tile", NULL, operands, 2);
    /* [B,G,times,T,D] as [B,G*times,T,D]: the first and the last two extents stay */
    const int64_t shape[] = {0, heads * times, -1};
    const tern_dim last = tern_onnx_type_of(c, x)->dims[3];
    if (!tern_dim_known(last)) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "heads must have a known extent");
        return TERN_NO_ID;
    }
    return tern_onnx_emit(c, "shuffle",
                          tern_onnx_text(c, "{reshape=[%lld,%lld,%lld,%lld]}", (long long)shape[0],
                                         (long long)shape[1], (long long)shape[2], (long long)last),
                          all);
}

tern_status tern_onnx_do_flex_attention(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    const tern_type *q = tern_onnx_type_of(c, c->x[0]), *k = tern_onnx_type_of(c, c->x[1]);
    if (q->rank != 4 || k->rank != 4 || tern_onnx_rank(c, c->x[2]) != 4 ||
        !tern_dim_known(q->dims[1]) || !tern_dim_known(k->dims[1]) || !tern_dim_known(q->dims[3]) ||
        k->dims[1] < 1 || q->dims[1] % k->dims[1] != 0) {
        return tern_onnx_refuse(
            c, TERN_BAD_SHAPE,
            "operands must have rank 4, heads known and of the query a multiple "
            "of the key's");
    }
    const tern_dtype dtype = (tern_dtype)q->dtype;
    const int64_t heads = k->dims[1], times = q->dims[1] / heads, head = q->dims[3];
    const int64_t precision =
        tern_onnx_int(c, "softmax_precision",
                      dtype == TERN_DTYPE_F64 ? (int64_t)TERN_DTYPE_F64 : (int64_t)TERN_DTYPE_F32);
    const tern_dtype wide = tern_onnx_dtype(c, precision);
    if (!tern_onnx_has(c, "score_mod") && !tern_onnx_has(c, "prob_mod")) {
        c->y[0] = tern_onnx_emit(
            c, "attention", tern_onnx_text(c, "{scale=%.17g}", tern_onnx_float(c, "scale", 0.0)),
            c->x[0], c->x[1], c->x[2]);
        return c->status;
    }
    const tern_value_id keys = repeat_heads(c, c->x[1], heads, times);
    const tern_value_id values = repeat_heads(c, c->x[2], heads, times);
    tern_value_id s =
        tern_onnx_emit(c, "matmul", "{op1=transpose}", tern_onnx_cast(c, c->x[0], wide),
                       tern_onnx_cast(c, keys, wide));
    s = tern_onnx_with_number(
        c, "mul", s, tern_onnx_float(c, "scale", head > 0 ? 1.0 / sqrt((double)head) : 1.0));
    s = modified(c, "score_mod", s);
    s = tern_onnx_emit(c, "softmax", "{axes=8}", tern_onnx_cast(c, s, wide));
    s = modified(c, "prob_mod", s);
    const tern_value_id y = tern_onnx_emit(c, "matmul", NULL, tern_onnx_cast(c, s, wide),
                                           tern_onnx_cast(c, values, wide));
    c->y[0] = tern_onnx_cast(c, y, dtype);
    return c->status;
}
