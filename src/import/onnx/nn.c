/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things that the neural-network families share.
 */
#include "import/onnx/nn.h"

bool tern_onnx_need(tern_onnx_call *c, int32_t count)
{
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        if (c->x[i] == TERN_NO_ID) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is missing", (int)i);
        }
    }
    return c->status == TERN_OK;
}

bool tern_onnx_wants(const tern_onnx_call *c, int32_t i)
{
    return i < c->y_count && (c->node->y == NULL || c->node->y[i].len > 0);
}

tern_dtype tern_onnx_dtype_of(const tern_onnx_call *c, tern_value_id x)
{
    return (tern_dtype)tern_onnx_type_of(c, x)->dtype;
}

tern_class tern_onnx_class_of(const tern_onnx_call *c, tern_value_id x)
{
    const tern_dtype_info *info = tern_dtype_find(tern_onnx_type_of(c, x)->dtype);
    return info != NULL ? info->class_ : TERN_CLASS_F;
}

uint32_t tern_onnx_axes_from(int64_t first, int32_t rank)
{
    return ((1u << rank) - 1) & ~((1u << first) - 1);
}

tern_value_id tern_onnx_per_channel(tern_onnx_call *c, tern_value_id x, int32_t rank)
{
    int64_t axes[TERN_MAX_RANK];
    int32_t count = 0;
    if (x == TERN_NO_ID || tern_onnx_rank(c, x) != 1) {
        return x;
    }
    for (int32_t i = 0; i < rank && i < TERN_MAX_RANK; i++) {
        if (i != 1) {
            axes[count++] = i;
        }
    }
    return tern_onnx_unsqueeze(c, x, axes, rank > 1 ? count : 0);
}

tern_value_id tern_onnx_reshape_like(tern_onnx_call *c, tern_value_id x, tern_value_id like)
{
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    const tern_type t = *tern_onnx_type_of(c, like);
    if (t.rank == 0) {
        return tern_onnx_emit(c, "shuffle", "{to_scalar=true}", x);
    }
    if (tern_type_is_static(&t)) {
        return tern_onnx_emit(c, "shuffle",
                              tern_onnx_text(c, "{reshape=%s, zero_is_placeholder=false}",
                                             tern_onnx_list_text(c, t.dims, t.rank)),
                              x);
    }
    return tern_onnx_emit(c, "shuffle", "{zero_is_placeholder=false}", x, tern_onnx_shape(c, like));
}

tern_value_id tern_onnx_with_number(tern_onnx_call *c, const char *op, tern_value_id x,
                                    double number)
{
    return tern_onnx_binary(c, op, x, tern_onnx_scalar(c, tern_onnx_dtype_of(c, x), number));
}

tern_value_id tern_onnx_activation(tern_onnx_call *c, tern_value_id x)
{
    static const struct {
        const char *onnx, *op;
        double alpha, beta;
        int32_t params;
    } rows[] = {
        {"Relu", "relu", 0, 0, 0},
        {"Tanh", "tanh", 0, 0, 0},
        {"Sigmoid", "sigmoid", 0, 0, 0},
        {"LeakyRelu", "leaky_relu", 0.01, 0, 1},
        {"Clip", "clip", -3.4e38, 3.4e38, 2},
        {"HardSigmoid", "hard_sigmoid", 0.2, 0.5, 2},
        {"Elu", "elu", 1, 0, 1},
        {"Softplus", "softplus", 0, 0, 0},
        {"Softsign", "softsign", 0, 0, 0},
        {"Selu", "selu", 1.67326319217681884765625, 1.05070102214813232421875, 2},
        {"ThresholdedRelu", "thresholded_relu", 1, 0, 1},
    };
    const tern_str name = tern_onnx_string(c, "activation", "");
    if (name.len == 0) {
        return x;
    }
    int32_t count = 0;
    const float *list = tern_onnx_floats(c, "activation_params", &count);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!tern_str_is(name, rows[i].onnx)) {
            continue;
        }
        const double alpha = list != NULL && count > 0
                                 ? (double)list[0]
                                 : tern_onnx_float(c, "activation_alpha", rows[i].alpha);
        const double beta = list != NULL && count > 1
                                ? (double)list[1]
                                : tern_onnx_float(c, "activation_beta", rows[i].beta);
        const char *text = rows[i].params == 2
                               ? tern_onnx_text(c, "{alpha=%.17g, beta=%.17g}", alpha, beta)
                           : rows[i].params == 1 ? tern_onnx_text(c, "{alpha=%.17g}", alpha)
                                                 : NULL;
        return tern_onnx_emit(c, rows[i].op, text, x);
    }
    (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "activation \"%.*s\" is not taken",
                           (int)(name.len < 40 ? name.len : 40), name.at);
    return TERN_NO_ID;
}
