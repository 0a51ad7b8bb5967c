/* SPDX-License-Identifier: Apache-2.0
 *
 * What training needs: losses, dropout, and the optimizers of ai.onnx.preview.training.
 */
#include "import/onnx/nn.h"

/* --- losses --- */

/* The loss y0 of logarithms of probabilities, target x1, weights x2, as text after `p`. */
static void negative_log_likelihood(tern_onnx_call *c, const char *before)
{
    const tern_str reduction = tern_onnx_string(c, "reduction", "mean");
    const bool is_mean = tern_str_is(reduction, "mean"), is_sum = tern_str_is(reduction, "sum");
    const bool has_weights = c->x[2] != TERN_NO_ID;
    const bool ignores = tern_onnx_has(c, "ignore_index");
    if (!is_mean && !is_sum && !tern_str_is(reduction, "none")) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "reduction is \"%.*s\"; allowed: none mean sum",
                               (int)(reduction.len < 40 ? reduction.len : 40), reduction.at);
        return;
    }
    const char *target = "t = Identity(x1);";
    if (ignores) { /* an ignored target may lie outside the classes */
        target = tern_onnx_text(c,
                                "i = Cast(%lld){to=%d}; g = Equal(x1, i); z = Cast(0){to=%d};"
                                "t = Where(g, z, x1);",
                                (long long)tern_onnx_int(c, "ignore_index", 0),
                                (int)tern_onnx_dtype_of(c, c->x[1]),
                                (int)tern_onnx_dtype_of(c, c->x[1]));
    }
    const char *weights = has_weights && ignores ? "a = Gather(x2, t); w = Where(g, 0.0, a);"
                          : has_weights          ? "w = Gather(x2, t);"
                          : ignores              ? "w = Where(g, 0.0, 1.0);"
                                                 : "";
    const char *weighted = has_weights || ignores ? "l = Mul(n, w);" : "l = Identity(n);";
    const char *last = is_sum                   ? "y0 = ReduceSum(l){keepdims=0}"
                       : !is_mean               ? "y0 = Identity(l)"
                       : has_weights || ignores ? "s = ReduceSum(l){keepdims=0};"
                                                  "o = ReduceSum(w){keepdims=0}; y0 = Div(s, o)"
                                                : "y0 = ReduceMean(l){keepdims=0}";
    tern_onnx_lower(c,
                    "%s %s u = Unsqueeze(t, [1]); e = GatherElements(p, u){axis=1};"
                    "f = Squeeze(e, [1]); n = Neg(f); %s %s %s",
                    before, target, weights, weighted, last);
}

tern_status tern_onnx_do_nll_loss(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        negative_log_likelihood(c, "p = Identity(x0);");
    }
    return c->status;
}

tern_status tern_onnx_do_cross_entropy_loss(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        negative_log_likelihood(c, tern_onnx_wants(c, 1)
                                       ? "p = LogSoftmax(x0){axis=1}; y1 = Identity(p);"
                                       : "p = LogSoftmax(x0){axis=1};");
    }
    return c->status;
}

/* --- dropout --- */

/* Nothing is dropped: x, and a mask of ones. */
static void keep_all(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_emit(c, "identity", NULL, c->x[0]);
    if (!tern_onnx_wants(c, 1)) {
        return;
    }
    /* Before opset 10 the mask has the input's type. */
    const tern_value_id ones = tern_onnx_op(
        c, "ConstantOfShape", NULL, (const tern_value_id[]){tern_onnx_shape(c, c->x[0])}, 1);
    const tern_value_id mask = tern_onnx_with_number(c, "equal", ones, 0.0);
    c->y[1] =
        tern_onnx_cast(c, mask, c->opset < 10 ? tern_onnx_dtype_of(c, c->x[0]) : TERN_DTYPE_BOOL);
}

tern_status tern_onnx_do_dropout(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    double ratio = tern_onnx_float(c, "ratio", 0.5), is_training = 0.0;
    if (c->opset < 12) {
        /* Opsets 1 and 6 train unless is_test says otherwise, and keep what they keep unscaled;
         * nobody runs them to train. */
        keep_all(c);
        return c->status;
    }
    if (c->x[1] != TERN_NO_ID && !tern_onnx_constant_number(c, c->x[1], &ratio)) {
        ratio = -1.0;
    }
    if (c->x[2] != TERN_NO_ID && !tern_onnx_constant_number(c, c->x[2], &is_training)) {
        is_training = -1.0;
    }
    if (is_training == 0.0 || ratio == 0.0) {
        keep_all(c);
        return c->status;
    }
    const tern_value_id wide = c->x[1] != TERN_NO_ID ? tern_onnx_cast(c, c->x[1], TERN_DTYPE_F64)
                                                     : tern_onnx_scalar(c, TERN_DTYPE_F64, 0.5);
    const tern_value_id x[] = {c->x[0], wide, c->x[2]};
    tern_value_id y[2];
    const char *text = tern_onnx_text(c, "{seed=%lld}", (long long)tern_onnx_int(c, "seed", 0));
    tern_onnx_emit_all(c, &(tern_onnx_new){"dropout", text, x, 3}, y, 2);
    c->y[0] = y[0];
    if (tern_onnx_wants(c, 1)) {
        c->y[1] = y[1];
    }
    return c->status;
}

/* --- optimizers: R, T, then for each tensor one of every kind: all X, all G, ... --- */

/* One tensor as the operands x0.. of a text, and its results; `kinds` inputs per tensor. */
static void each_tensor(tern_onnx_call *c, int32_t kinds, const char *text)
{
    const int32_t count = (c->x_count - 2) / kinds, results = kinds - 1;
    if (c->x_count < 2 + kinds || (c->x_count - 2) % kinds != 0 || c->y_count != count * results) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                               "%d inputs and %d outputs; a tensor needs %d and %d, after R and T",
                               (int)c->x_count, (int)c->y_count, (int)kinds, (int)results);
        return;
    }
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        tern_value_id x[16] = {0}, y[4] = {0};
        tern_onnx_slot x_slots[16] = {{0}}, y_slots[4] = {{0}};
        tern_onnx_call one = *c;
        /* The tensor first: numbers in the text get its type. */
        for (int32_t k = 0; k < kinds; k++) {
            x[k] = c->x[2 + k * count + i];
            x_slots[k] = c->x_slots[2 + k * count + i];
        }
        x[kinds] = c->x[0];
        x[kinds + 1] = c->x[1];
        x_slots[kinds] = c->x_slots[0];
        x_slots[kinds + 1] = c->x_slots[1];
        one.x = x;
        one.x_slots = x_slots;
        one.x_count = kinds + 2;
        one.y = y;
        one.y_slots = y_slots;
        one.y_count = results;
        tern_onnx_lower(&one, "%s", text);
        c->status = one.status;
        for (int32_t k = 0; k < results; k++) {
            c->y[k * count + i] = y[k];
        }
    }
}

tern_status tern_onnx_do_adagrad(tern_onnx_call *c)
{
    const double decay = tern_onnx_float(c, "decay_factor", 0.0);
    const double epsilon = tern_onnx_float(c, "epsilon", 0.0);
    const double norm = tern_onnx_float(c, "norm_coefficient", 0.0);
    if (tern_onnx_need(c, 5)) {
        each_tensor(c, 3,
                    tern_onnx_text(c,
                                   "t = CastLike(x4, x0); a = Mul(t, %#.9g); b = Add(a, 1.0);"
                                   "r = Div(x3, b); n = Mul(x0, %#.9g); g = Add(n, x1);"
                                   "s = Mul(g, g); y1 = Add(x2, s); q = Sqrt(y1);"
                                   "d = Add(q, %#.9g); u = Mul(r, g); v = Div(u, d);"
                                   "y0 = Sub(x0, v)",
                                   decay, norm, epsilon));
    }
    return c->status;
}

tern_status tern_onnx_do_adam(tern_onnx_call *c)
{
    const double alpha = tern_onnx_float(c, "alpha", 0.9), beta = tern_onnx_float(c, "beta", 0.999);
    const double epsilon = tern_onnx_float(c, "epsilon", 0.0);
    const double norm = tern_onnx_float(c, "norm_coefficient", 0.0);
    const double post = tern_onnx_float(c, "norm_coefficient_post", 0.0);
    if (tern_onnx_need(c, 6)) {
        each_tensor(
            c, 4,
            tern_onnx_text(
                c,
                "n = Mul(x0, %#.9g); g = Add(n, x1); v0 = Mul(x2, %#.9g); v1 = Mul(g, %#.9g);"
                "y1 = Add(v0, v1); s = Mul(g, g); h0 = Mul(x3, %#.9g); h1 = Mul(s, %#.9g);"
                "y2 = Add(h0, h1); q = Sqrt(y2); d = Add(q, %#.9g);"
                "t = CastLike(x5, x0); c0 = Identity(%#.9g); c1 = Identity(%#.9g);"
                "p0 = Pow(c1, t); p1 = Sub(1.0, p0); p2 = Sqrt(p1); p3 = Pow(c0, t);"
                "p4 = Sub(1.0, p3); p5 = Div(p2, p4); f = Greater(t, 0.0);"
                "p6 = Where(f, p5, 1.0); r = Mul(x4, p6); w = Div(y1, d); m = Mul(r, w);"
                "k = Sub(x0, m); y0 = Mul(k, %#.9g)",
                norm, alpha, 1.0 - alpha, beta, 1.0 - beta, epsilon, alpha, beta, 1.0 - post));
    }
    return c->status;
}

tern_status tern_onnx_do_momentum(tern_onnx_call *c)
{
    const double alpha = tern_onnx_float(c, "alpha", 0.0), beta = tern_onnx_float(c, "beta", 0.0);
    const double norm = tern_onnx_float(c, "norm_coefficient", 0.0);
    const tern_str mode = tern_onnx_string(c, "mode", "standard");
    const bool is_nesterov = tern_str_is(mode, "nesterov");
    if (!is_nesterov && !tern_str_is(mode, "standard")) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "mode is \"%.*s\"; allowed: standard nesterov",
                                (int)(mode.len < 40 ? mode.len : 40), mode.at);
    }
    const char *step = is_nesterov ? tern_onnx_text(c, "e = Mul(y1, %#.9g); w = Add(g, e);", alpha)
                                   : "w = Identity(y1);";
    if (tern_onnx_need(c, 5)) {
        each_tensor(c, 3,
                    tern_onnx_text(c,
                                   "n = Mul(x0, %#.9g); g = Add(n, x1); t = CastLike(x4, x0);"
                                   "f = Greater(t, 0.0); b = Where(f, %#.9g, 1.0);"
                                   "k = Mul(g, b); v = Mul(x2, %#.9g); y1 = Add(v, k); %s"
                                   "m = Mul(x3, w); y0 = Sub(x0, m)",
                                   norm, beta, alpha, step));
    }
    return c->status;
}
