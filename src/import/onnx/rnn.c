/* SPDX-License-Identifier: Apache-2.0
 *
 * RNN, GRU and LSTM, all opsets: one operator of tern's.
 */
#include "import/onnx/nn.h"

enum { MOST_ACTIVATIONS = 6 };

/* ONNX's names, in the order of the operator's codes, with the numbers that they have when none are
 * given; count: how many of alpha and beta the activation takes. */
static const struct {
    const char *name;
    double alpha, beta;
    int32_t count;
} activations[] = {
    {"relu", 1, 0, 0},         {"tanh", 1, 0, 0},
    {"sigmoid", 1, 0, 0},      {"affine", 1, 0, 2},
    {"leakyrelu", 0.01, 0, 1}, {"thresholdedrelu", 1, 0, 1},
    {"scaledtanh", 1, 1, 2},   {"hardsigmoid", 0.2, 0.5, 2},
    {"elu", 1, 0, 1},          {"softsign", 1, 0, 0},
    {"softplus", 1, 0, 0},
};

static bool equal_in_any_case(tern_str a, const char *lower)
{
    size_t i = 0;
    for (; i < a.len && lower[i] != '\0'; i++) {
        const char ch = a.at[i] >= 'A' && a.at[i] <= 'Z' ? (char)(a.at[i] - 'A' + 'a') : a.at[i];
        if (ch != lower[i]) {
            return false;
        }
    }
    return i == a.len && lower[i] == '\0';
}

static int64_t activation_code(tern_onnx_call *c, tern_str name)
{
    for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++) {
        if (equal_in_any_case(name, activations[i].name)) {
            return (int64_t)i;
        }
    }
    (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "activation \"%.*s\" is not known",
                           (int)(name.len < 40 ? name.len : 40), name.at);
    return 0;
}

/* Takes the next number of a list, which holds one per activation that wants one, or one per
 * activation. */
static double take(const float *list, int32_t count, int32_t total, int32_t *next, int32_t index,
                   double fallback)
{
    const int32_t at = count >= total ? index : (*next)++;
    return list != NULL && at < count ? (double)list[at] : fallback;
}

/* ", activations=[...], alpha=[...], beta=[...]"; "" for the usual ones. */
static const char *read_activations(tern_onnx_call *c, int32_t want)
{
    int32_t count = 0, alpha_count = 0, beta_count = 0, next_alpha = 0, next_beta = 0;
    const tern_str *names = tern_onnx_strings(c, "activations", &count);
    const float *alpha = tern_onnx_floats(c, "activation_alpha", &alpha_count);
    const float *beta = tern_onnx_floats(c, "activation_beta", &beta_count);
    if (names == NULL || count == 0 || c->status != TERN_OK) {
        return "";
    }
    if (count != want || want > MOST_ACTIVATIONS) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%d activations, it needs %d", (int)count,
                               (int)want);
        return "";
    }
    int64_t codes[MOST_ACTIVATIONS];
    const char *alphas = "", *betas = "";
    for (int32_t i = 0; i < want && c->status == TERN_OK; i++) {
        codes[i] = activation_code(c, names[i]);
        const int32_t takes = activations[codes[i]].count;
        const double a =
            takes < 1 ? 1.0
                      : take(alpha, alpha_count, want, &next_alpha, i, activations[codes[i]].alpha);
        const double b =
            takes < 2 ? 0.0
                      : take(beta, beta_count, want, &next_beta, i, activations[codes[i]].beta);
        alphas = tern_onnx_text(c, "%s%s%.17g", alphas, i > 0 ? "," : "", a);
        betas = tern_onnx_text(c, "%s%s%.17g", betas, i > 0 ? "," : "", b);
    }
    return c->status != TERN_OK
               ? ""
               : tern_onnx_text(c, ", activations=%s, alpha=[%s], beta=[%s]",
                                tern_onnx_list_text(c, codes, want), alphas, betas);
}

static const char *read_direction(tern_onnx_call *c)
{
    const tern_str direction = tern_onnx_string(c, "direction", "forward");
    static const char *const names[] = {"forward", "reverse", "bidirectional"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (equal_in_any_case(direction, names[i])) {
            return names[i];
        }
    }
    (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                           "direction is \"%.*s\"; allowed: forward reverse bidirectional",
                           (int)(direction.len < 40 ? direction.len : 40), direction.at);
    return "forward";
}

static const char *flag(tern_onnx_call *c, const char *attribute)
{
    return tern_onnx_int(c, attribute, 0) != 0 ? "true" : "false";
}

static tern_status recurrent(tern_onnx_call *c, const char *kind, int32_t per_direction,
                             const char *more)
{
    if (!tern_onnx_need(c, 3)) {
        return c->status;
    }
    const char *direction = read_direction(c);
    const int32_t count = direction[0] == 'b' ? 2 * per_direction : per_direction;
    const char *text = tern_onnx_text(
        c, "{kind=%s, direction=%s, batch_major=%s, clip=%.17g%s%s}", kind, direction,
        flag(c, "layout"), tern_onnx_float(c, "clip", 0.0), more, read_activations(c, count));
    tern_value_id y[3];
    const int32_t x_count = c->x_count < 8 ? c->x_count : 8;
    tern_onnx_emit_all(c, &(tern_onnx_new){"rnn", text, c->x, x_count}, y, 3);
    for (int32_t i = 0; i < 3; i++) {
        if (tern_onnx_wants(c, i)) {
            c->y[i] = y[i];
        }
    }
    return c->status;
}

tern_status tern_onnx_do_rnn(tern_onnx_call *c)
{
    return recurrent(c, "plain", 1, "");
}

tern_status tern_onnx_do_gru(tern_onnx_call *c)
{
    return recurrent(c, "gru", 2,
                     tern_onnx_text(c, ", linear_before_reset=%s", flag(c, "linear_before_reset")));
}

tern_status tern_onnx_do_lstm(tern_onnx_call *c)
{
    return recurrent(c, "lstm", 3, tern_onnx_text(c, ", input_forget=%s", flag(c, "input_forget")));
}
