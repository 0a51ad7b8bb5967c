/* SPDX-License-Identifier: Apache-2.0
 *
 * The activations of recurrent cells.  They are not scalar.def's: a cell chooses one per gate while
 * it runs.
 */
#include "op/rnn/rnn.h"

#include <math.h>

int32_t tern_rnn_gates(int32_t kind)
{
    return kind == TERN_RNN_PLAIN ? 1 : kind == TERN_RNN_GRU ? 3 : 4;
}

int32_t tern_rnn_activations(int32_t kind)
{
    return kind == TERN_RNN_PLAIN ? 1 : kind == TERN_RNN_GRU ? 2 : 3;
}

int32_t tern_rnn_directions(int32_t direction)
{
    return direction == TERN_RNN_BIDIRECTIONAL ? 2 : 1;
}

/* f of gru and lstm is a sigmoid, all others are tanh. */
static tern_rnn_activation usual(int32_t kind, int32_t which)
{
    return kind != TERN_RNN_PLAIN && which == 0 ? TERN_RNN_SIGMOID : TERN_RNN_TANH;
}

static double apply(tern_rnn_activation activation, double alpha, double beta, double v)
{
    switch (activation) {
    case TERN_RNN_RELU: return v > 0.0 ? v : v < 0.0 ? 0.0 : v;
    case TERN_RNN_TANH: return tanh(v);
    case TERN_RNN_SIGMOID: return 1.0 / (1.0 + exp(-v));
    case TERN_RNN_AFFINE: return alpha * v + beta;
    case TERN_RNN_LEAKY_RELU: return v >= 0.0 ? v : alpha * v;
    case TERN_RNN_THRESHOLDED_RELU: return v > alpha ? v : 0.0;
    case TERN_RNN_SCALED_TANH: return alpha * tanh(beta * v);
    case TERN_RNN_HARD_SIGMOID: return fmax(0.0, fmin(1.0, alpha * v + beta));
    case TERN_RNN_ELU: return v >= 0.0 ? v : alpha * expm1(v);
    case TERN_RNN_SOFTSIGN: return v / (1.0 + fabs(v));
    case TERN_RNN_SOFTPLUS: return fmax(v, 0.0) + log1p(exp(-fabs(v)));
    case TERN_RNN_ACTIVATION_COUNT: break;
    }
    return v;
}

double tern_rnn_activate(const tern_rnn_attr *a, int32_t direction, int32_t which, double v)
{
    if (a->clip > 0.0 && which < 2) {
        v = v > a->clip ? a->clip : v < -a->clip ? -a->clip : v;
    }
    const int32_t i = direction * tern_rnn_activations(a->kind) + which;
    const tern_rnn_activation activation =
        i < a->activations.count ? (tern_rnn_activation)a->activations.v[i] : usual(a->kind, which);
    return apply(activation, i < a->alpha.count ? a->alpha.v[i] : 1.0,
                 i < a->beta.count ? a->beta.v[i] : 0.0, v);
}
