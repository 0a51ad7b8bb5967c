/* SPDX-License-Identifier: Apache-2.0
 *
 * One step of a recurrent cell, plain loops.  With x the input, h and c the state, and for each
 * gate its rows of w and r and its two biases:
 *
 *     plain  h = f(w x + r h + b)
 *     gru    z = f(...), u = f(...);  n = g(w x + r (u * h) + b), or g(w x + bw + u * (r h + br))
 *            when linear_before_reset;  h = (1 - z) * n + z * h
 *     lstm   i = f(... + pi * c), f = f(... + pf * c) or 1 - i, n = g(...);  c = f * c + i * n
 *            o = f(... + po * c);  h = o * h(c)
 *
 * The order of gates in the weights: gru z, u, n;  lstm i, o, f, n;  peepholes i, o, f.
 */
#include "op/rnn/rnn.h"

#include <string.h>

static double dot(const double *a, const double *b, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Element k of a gate: its input's part, and its state's part for the state h. */
static double from_input(const tern_rnn_cell *s, int64_t gate, int64_t k, const double *x)
{
    const int64_t row = gate * s->hidden + k;
    return dot(s->w + row * s->input, x, s->input) + (s->bias != NULL ? s->bias[row] : 0.0);
}

static double from_state(const tern_rnn_cell *s, int64_t gate, int64_t k, const double *h)
{
    const int64_t row = gate * s->hidden + k;
    const int64_t gates = tern_rnn_gates(s->attr->kind);
    return dot(s->r + row * s->hidden, h, s->hidden) +
           (s->bias != NULL ? s->bias[gates * s->hidden + row] : 0.0);
}

static double activate(const tern_rnn_cell *s, int32_t which, double v)
{
    return tern_rnn_activate(s->attr, s->direction, which, v);
}

static void step_plain(const tern_rnn_cell *s, const double *x)
{
    for (int64_t k = 0; k < s->hidden; k++) {
        s->next[k] = activate(s, 0, from_input(s, 0, k, x) + from_state(s, 0, k, s->h));
    }
    memcpy(s->h, s->next, (size_t)s->hidden * sizeof *s->h);
}

static void step_gru(const tern_rnn_cell *s, const double *x)
{
    const int64_t n = s->hidden;
    double *z = s->gates, *reset = z + n, *scaled = reset + n;
    for (int64_t k = 0; k < n; k++) {
        z[k] = activate(s, 0, from_input(s, 0, k, x) + from_state(s, 0, k, s->h));
        reset[k] = activate(s, 0, from_input(s, 1, k, x) + from_state(s, 1, k, s->h));
        scaled[k] = reset[k] * s->h[k];
    }
    for (int64_t k = 0; k < n; k++) {
        const double state = s->attr->linear_before_reset != 0
                                 ? reset[k] * from_state(s, 2, k, s->h)
                                 : from_state(s, 2, k, scaled);
        const double candidate = activate(s, 1, from_input(s, 2, k, x) + state);
        s->next[k] = (1.0 - z[k]) * candidate + z[k] * s->h[k];
    }
    memcpy(s->h, s->next, (size_t)n * sizeof *s->h);
}

static double peephole(const tern_rnn_cell *s, int64_t which, int64_t k)
{
    return s->peephole != NULL ? s->peephole[which * s->hidden + k] * s->c[k] : 0.0;
}

static void step_lstm(const tern_rnn_cell *s, const double *x)
{
    enum { INPUT, OUTPUT, FORGET, CANDIDATE };
    for (int64_t k = 0; k < s->hidden; k++) {
        double g[4];
        for (int64_t gate = 0; gate < 4; gate++) {
            g[gate] = from_input(s, gate, k, x) + from_state(s, gate, k, s->h);
        }
        const double in = activate(s, 0, g[INPUT] + peephole(s, INPUT, k));
        const double keep = s->attr->input_forget != 0
                                ? 1.0 - in
                                : activate(s, 0, g[FORGET] + peephole(s, FORGET, k));
        s->c[k] = keep * s->c[k] + in * activate(s, 1, g[CANDIDATE]);
        const double out = activate(s, 0, g[OUTPUT] + peephole(s, OUTPUT, k));
        s->next[k] = out * activate(s, 2, s->c[k]);
    }
    memcpy(s->h, s->next, (size_t)s->hidden * sizeof *s->h);
}

void tern_rnn_step(const tern_rnn_cell *s, const double *x)
{
    if (s->attr->kind == TERN_RNN_LSTM) {
        step_lstm(s, x);
    } else if (s->attr->kind == TERN_RNN_GRU) {
        step_gru(s, x);
    } else {
        step_plain(s, x);
    }
}
