/* SPDX-License-Identifier: Apache-2.0
 *
 * What ONNX Runtime's optimizer writes for transformers: com.microsoft's activations with a bias,
 * and normalizations with a sum before them.
 */
#include "import/onnx/nn.h"

/* x + bias, where there is one. */
static tern_value_id biased(tern_onnx_call *c)
{
    return c->x[1] != TERN_NO_ID ? tern_onnx_binary(c, "add", c->x[0], c->x[1]) : c->x[0];
}

tern_status tern_onnx_do_gelu_ms(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "gelu_erf", NULL, c->x[0]);
    }
    return c->status;
}

tern_status tern_onnx_do_bias_gelu(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        c->y[0] = tern_onnx_emit(c, "gelu_erf", NULL, biased(c));
    }
    return c->status;
}

tern_status tern_onnx_do_fast_gelu(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "gelu_tanh", NULL, biased(c));
    }
    return c->status;
}

tern_status tern_onnx_do_quick_gelu(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 1)) {
        const double alpha = tern_onnx_float(c, "alpha", 1.702);
        c->y[0] = tern_onnx_emit(c, "swish", tern_onnx_text(c, "{alpha=%.17g}", alpha), c->x[0]);
    }
    return c->status;
}

/* y0 and the statistics that are wanted, of "s"; the last result is the sum itself. */
static void skip_norm(tern_onnx_call *c, const char *sum, const char *norm, double epsilon)
{
    const char *results = tern_onnx_wants(c, 1) || tern_onnx_wants(c, 2) ? "y0, y1, y2" : "y0";
    tern_onnx_lower(c, "%s; %s = %s{axis=-1, epsilon=%#.9g}%s", sum, results, norm, epsilon,
                    tern_onnx_wants(c, 3) ? "; y3 = Identity(s)" : "");
}

/* input, skip, gamma, beta, bias */
tern_status tern_onnx_do_skip_layer_norm(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 3)) {
        skip_norm(c, c->x[4] != TERN_NO_ID ? "a = Add(x0, x1); s = Add(a, x4)" : "s = Add(x0, x1)",
                  c->x[3] != TERN_NO_ID ? "LayerNormalization(s, x2, x3)"
                                        : "LayerNormalization(s, x2)",
                  tern_onnx_float(c, "epsilon", 1e-12));
    }
    return c->status;
}

/* input, skip, gamma, bias */
tern_status tern_onnx_do_skip_rms_norm(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    if (tern_onnx_wants(c, 1) || tern_onnx_wants(c, 2)) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "the statistics are not taken as outputs");
    }
    skip_norm(c, c->x[3] != TERN_NO_ID ? "a = Add(x0, x1); s = Add(a, x3)" : "s = Add(x0, x1)",
              "RMSNormalization(s, x2)", tern_onnx_float(c, "epsilon", 1e-12));
    return c->status;
}

/* input_ids, segment_ids, word, position and segment embeddings, gamma, beta, mask, position_ids */
tern_status tern_onnx_do_embed_layer_norm(tern_onnx_call *c)
{
    enum { IDS, SEGMENTS, WORD, POSITION, SEGMENT, GAMMA, BETA, MASK, POSITIONS };
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    if (c->x[WORD] == TERN_NO_ID || c->x[POSITION] == TERN_NO_ID || c->x[GAMMA] == TERN_NO_ID ||
        c->x[BETA] == TERN_NO_ID) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "word and position embeddings, gamma and beta are needed");
    }
    const char *position = c->x[POSITIONS] != TERN_NO_ID
                               ? "p = Gather(x3, x8)"
                               : "n = Shape(x0){start=1, end=2}; p = Slice(x3, [0], n, [0])";
    const char *sum = c->x[SEGMENTS] != TERN_NO_ID && c->x[SEGMENT] != TERN_NO_ID
                          ? "a = Add(w, p); g = Gather(x4, x1); s = Add(a, g)"
                          : "s = Add(w, p)";
    tern_onnx_lower(c,
                    "w = Gather(x2, x0); %s; %s; y0 = LayerNormalization(s, x5, x6)"
                    "{axis=-1, epsilon=%#.9g}%s",
                    position, sum, tern_onnx_float(c, "epsilon", 1e-12),
                    tern_onnx_wants(c, 2) ? "; y2 = Identity(s)" : "");
    if (tern_onnx_wants(c, 1)) { /* how many keys of each sequence count */
        tern_onnx_lower(c, c->x[MASK] != TERN_NO_ID
                               ? "y1 = ReduceSum(x7, [1]){keepdims=0}"
                               : "z = Sub(x0, x0); y1 = ReduceSum(z, [1]){keepdims=0}");
        c->y[1] = tern_onnx_cast(c, c->y[1], TERN_DTYPE_I32);
    }
    return c->status;
}
