/* SPDX-License-Identifier: Apache-2.0
 *
 * GroupQueryAttention of com.microsoft, which exporters of language models write: rotary embedding,
 * caches that each sequence fills to a length of its own, causal attention over them.
 */
#include "import/onnx/nn.h"

enum {
    X_QUERY,
    X_KEY,
    X_VALUE,
    X_PAST_KEY,
    X_PAST_VALUE,
    X_LENGTHS, /* of each sequence with the new steps, less 1 */
    X_TOTAL,   /* the longest of them */
    X_COS,
    X_SIN,
    X_POSITIONS,
    X_BIAS,
    X_SINK
};

typedef struct group_form {
    int64_t heads, kv_heads, window;
    bool has_past, turns, is_interleaved;
} group_form;

static bool read_form(tern_onnx_call *c, group_form *f)
{
    if (!tern_onnx_need(c, 1)) {
        return false;
    }
    *f = (group_form){.heads = tern_onnx_int(c, "num_heads", 0),
                      .kv_heads = tern_onnx_int(c, "kv_num_heads", 0),
                      .window = tern_onnx_int(c, "local_window_size", -1),
                      .has_past = c->x[X_PAST_KEY] != TERN_NO_ID,
                      .turns = tern_onnx_int(c, "do_rotary", 0) != 0,
                      .is_interleaved = tern_onnx_int(c, "rotary_interleaved", 0) != 0};
    const char *const kept_as = "NONE";
    const bool is_quantized = !tern_str_is(tern_onnx_string(c, "k_quant_type", kept_as), kept_as) ||
                              !tern_str_is(tern_onnx_string(c, "v_quant_type", kept_as), kept_as);
    if (f->heads < 1 || f->kv_heads < 1 || f->heads > INT32_MAX || f->heads % f->kv_heads != 0 ||
        f->window > INT32_MAX) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%lld heads of queries, %lld of keys",
                               (long long)f->heads, (long long)f->kv_heads);
    } else if (tern_onnx_rank(c, c->x[X_QUERY]) != 3 || c->x[X_LENGTHS] == TERN_NO_ID ||
               c->x[X_TOTAL] == TERN_NO_ID ||
               (c->x[X_KEY] == TERN_NO_ID) != (c->x[X_VALUE] == TERN_NO_ID) ||
               f->has_past != (c->x[X_PAST_VALUE] != TERN_NO_ID) ||
               (f->turns && (c->x[X_COS] == TERN_NO_ID || c->x[X_SIN] == TERN_NO_ID))) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                               "query of rank 3, seqlens_k and total_sequence_length are needed, "
                               "and key with value, past_key with past_value, caches with "
                               "do_rotary");
    } else if (c->x[X_SINK] != TERN_NO_ID || tern_onnx_int(c, "smooth_softmax", 0) > 0 ||
               is_quantized || tern_onnx_wants(c, 3)) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                               "head_sink, smooth_softmax, quantized caches and the scores as an "
                               "output are not taken");
    }
    return c->status == TERN_OK;
}

/* Nodes that make q, k, v of rank 3 out of the operands. */
static const char *parts_text(tern_onnx_call *c, const group_form *f)
{
    if (c->x[X_KEY] != TERN_NO_ID) {
        return "q = Identity(x0); k = Identity(x1); v = Identity(x2)";
    }
    const tern_dim all = tern_onnx_type_of(c, c->x[X_QUERY])->dims[2];
    const int64_t heads = f->heads + 2 * f->kv_heads;
    if (!tern_dim_known(all) || all % heads != 0) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE,
                               "a query with keys and values in it must have a known extent that "
                               "divides into %lld heads",
                               (long long)heads);
        return "";
    }
    const int64_t head = all / heads, keys = f->heads * head, values = keys + f->kv_heads * head;
    return tern_onnx_text(c,
                          "q = Slice(x0, [0], [%lld], [2]); k = Slice(x0, [%lld], [%lld], [2]); "
                          "v = Slice(x0, [%lld], [%lld], [2])",
                          (long long)keys, (long long)keys, (long long)values, (long long)values,
                          (long long)all);
}

/* q4, k4, v4 of rank 4, turned, of q, k, v and the positions p [B,S]. */
static const char *heads_text(tern_onnx_call *c, const group_form *f)
{
    const char *positions = c->x[X_POSITIONS] != TERN_NO_ID ? "x9" : "p";
    const char *turn = "qr = Identity(q); kr = Identity(k)";
    if (f->turns) {
        const tern_type *cosines = tern_onnx_type_of(c, c->x[X_COS]);
        const bool is_told = cosines->rank == 2 && tern_dim_known(cosines->dims[1]);
        const char *how = tern_onnx_text(c, "interleaved=%d, rotary_embedding_dim=%lld",
                                         f->is_interleaved ? 1 : 0,
                                         is_told ? 2 * (long long)cosines->dims[1] : 0);
        turn = tern_onnx_text(c,
                              "qr = RotaryEmbedding(q, x7, x8, %s){num_heads=%lld, %s};"
                              "kr = RotaryEmbedding(k, x7, x8, %s){num_heads=%lld, %s}",
                              positions, (long long)f->heads, how, positions,
                              (long long)f->kv_heads, how);
    }
    return tern_onnx_text(c,
                          "%s; qs = Reshape(qr, [0,0,%lld,-1]); q4 = Transpose(qs){perm=[0,2,1,3]};"
                          "ks = Reshape(kr, [0,0,%lld,-1]); k4 = Transpose(ks){perm=[0,2,1,3]};"
                          "vs = Reshape(v, [0,0,%lld,-1]); v4 = Transpose(vs){perm=[0,2,1,3]}",
                          turn, (long long)f->heads, (long long)f->kv_heads,
                          (long long)f->kv_heads);
}

/* The new steps behind what each sequence has; caches too short for the total grow. */
static const char *caches_text(const group_form *f)
{
    return !f->has_past
               ? "pk = Identity(k4); pv = Identity(v4)"
               : "tt = Cast(x6){to=7}; t1 = Reshape(tt, [1]); t2 = Shape(x3){start=2, end=3};"
                 "t3 = Max(t1, t2); t4 = Sub(t3, t2);"
                 "t5 = Concat([0,0,0,0,0,0], t4, [0]){axis=0}; ok = Pad(x3, t5); ov = Pad(x4, t5);"
                 "pk = TensorScatter(ok, k4, b){axis=2}; pv = TensorScatter(ov, v4, b){axis=2}";
}

/* The mask m: a query sees its sequence's keys up to its own, of those the last `window`. */
static const char *mask_text(tern_onnx_call *c, const group_form *f)
{
    const char *window =
        f->window < 1
            ? "m0 = Identity(seen)"
            : tern_onnx_text(c, "w0 = Sub(pu, %lld); w1 = Greater(t, w0); m0 = And(seen, w1)",
                             (long long)f->window);
    return tern_onnx_text(
        c,
        "n = Shape(pk){start=2, end=3}; ns = Squeeze(n, [0]);"
        "t = Range(0, ns, 1); pu = Unsqueeze(p, [1,3]);"
        "lu = Unsqueeze(l1, [1,2,3]); own = Less(t, lu); past = LessOrEqual(t, pu);"
        "seen = And(past, own); %s; %s",
        window,
        c->x[X_BIAS] != TERN_NO_ID ? "z = Log(0.0); m = Where(m0, x10, z)" : "m = Identity(m0)");
}

/* query [B,S,H*D] or with keys and values behind it, key, value, past_key [B,G,P,D], past_value,
 * seqlens_k [B], total_sequence_length, cos_cache, sin_cache, position_ids, attention_bias */
tern_status tern_onnx_do_group_query_attention(tern_onnx_call *c)
{
    group_form f;
    if (!read_form(c, &f)) {
        return c->status;
    }
    const char *parts = parts_text(c, &f);
    if (c->status != TERN_OK) {
        return c->status;
    }
    tern_onnx_lower(c,
                    "%s; s = Shape(x0){start=1, end=2}; ss = Squeeze(s, [0]); l = Cast(x5){to=7};"
                    "l0 = Reshape(l, [-1]); l1 = Add(l0, 1); l2 = Sub(l1, ss); b = Max(l2, 0);"
                    "r = Range(0, ss, 1); bu = Unsqueeze(b, [1]); p = Add(bu, r);"
                    "%s; %s; %s; o = Attention(q4, pk, pv, m){scale=%#.9g, softcap=%#.9g};"
                    "ot = Transpose(o){perm=[0,2,1,3]}; y0 = Reshape(ot, [0,0,-1])%s%s",
                    parts, heads_text(c, &f), caches_text(&f), mask_text(c, &f),
                    tern_onnx_float(c, "scale", 0.0), tern_onnx_float(c, "softcap", 0.0),
                    tern_onnx_wants(c, 1) ? "; y1 = Identity(pk)" : "",
                    tern_onnx_wants(c, 2) ? "; y2 = Identity(pv)" : "");
    return c->status;
}
