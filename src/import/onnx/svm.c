/* SPDX-License-Identifier: Apache-2.0
 *
 * SVMRegressor: kernels of the rows with the support vectors, weighed and added up.
 */
#include "import/onnx/ml.h"

/* [N,S]: every row of x with every support vector [S,F]. */
static tern_value_id kernels(tern_onnx_call *c, tern_str kind, tern_value_id x,
                             tern_value_id vectors)
{
    const tern_onnx_numbers p = tern_onnx_numbers_of(c, "kernel_params", NULL);
    const double gamma = p.count > 0 ? p.v[0] : 0.0, coef0 = p.count > 1 ? p.v[1] : 0.0;
    const double degree = p.count > 2 ? p.v[2] : 0.0;
    if (tern_str_is(kind, "RBF")) {
        return tern_onnx_through(
            c,
            tern_onnx_text(c,
                           "a = Unsqueeze(x0, [1]); d = Sub(a, x1); q = Mul(d, d);"
                           "s = ReduceSum(q, [2]){keepdims=0}; g = Mul(s, %#.9g); y0 = Exp(g)",
                           -gamma),
            x, vectors);
    }
    const char *rest =
        tern_str_is(kind, "LINEAR") ? "y0 = Identity(k)"
        : tern_str_is(kind, "POLY")
            ? tern_onnx_text(c, "g = Mul(k, %#.9g); o = Add(g, %#.9g); y0 = Pow(o, %#.9g)", gamma,
                             coef0, degree)
        : tern_str_is(kind, "SIGMOID")
            ? tern_onnx_text(c, "g = Mul(k, %#.9g); o = Add(g, %#.9g); y0 = Tanh(o)", gamma, coef0)
            : NULL;
    if (rest == NULL) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "kernel_type \"%.*s\" is not known",
                               kind.len < 40 ? (int)kind.len : 40, kind.at);
        return TERN_NO_ID;
    }
    return tern_onnx_through(
        c, tern_onnx_text(c, "t = Transpose(x1){perm=[1,0]}; k = MatMul(x0, t); %s", rest), x,
        vectors);
}

/* A list as [rows, the rest]. */
static tern_value_id matrix(tern_onnx_call *c, tern_onnx_numbers v, int64_t rows)
{
    if (c->status == TERN_OK && (rows < 1 || v.count < 1 || v.count % rows != 0)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%lld numbers do not make %lld rows",
                               (long long)v.count, (long long)rows);
        return TERN_NO_ID;
    }
    return c->status != TERN_OK
               ? TERN_NO_ID
               : tern_onnx_emit(c, "shuffle",
                                tern_onnx_text(c, "{reshape=[%lld,%lld]}", (long long)rows,
                                               (long long)(v.count / rows)),
                                tern_onnx_doubles(c, v, TERN_DTYPE_F32));
}

tern_status tern_onnx_do_svm_regressor(tern_onnx_call *c)
{
    const tern_onnx_numbers weights = tern_onnx_numbers_of(c, "coefficients", NULL);
    const tern_onnx_numbers vectors = tern_onnx_numbers_of(c, "support_vectors", NULL);
    const tern_onnx_numbers rho = tern_onnx_numbers_of(c, "rho", NULL);
    const int64_t supports = tern_onnx_int(c, "n_supports", 0);
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (rho.count < 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no rho");
    }
    const tern_value_id x =
        tern_onnx_cast(c, tern_onnx_features(c, c->x[0], TERN_DTYPE_F32), TERN_DTYPE_F32);
    const tern_value_id k = supports > 0 ? kernels(c, tern_onnx_string(c, "kernel_type", "LINEAR"),
                                                   x, matrix(c, vectors, supports))
                                         : x;
    const tern_value_id y = tern_onnx_through(
        c,
        tern_onnx_text(c, "t = Transpose(x1){perm=[1,0]}; s = MatMul(x0, t); y0 = Add(s, %#.9g)",
                       rho.v[0]),
        k, matrix(c, weights, 1));
    if (tern_onnx_int(c, "one_class", 0) != 0) {
        c->y[0] =
            tern_onnx_through(c, "p = Greater(x0, 0.0); y0 = Where(p, 1.0, -1.0)", y, TERN_NO_ID);
    } else { /* one target: ONNX Runtime transforms it no further */
        c->y[0] = y;
    }
    return c->status;
}
