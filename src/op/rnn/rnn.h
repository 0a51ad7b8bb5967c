/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of rnn, and one step of its cell.
 */
#ifndef TERN_OP_RNN_RNN_H
#define TERN_OP_RNN_RNN_H

#include "op/op.h"

/* All three pinned: plans store them. */
typedef enum tern_rnn_kind {
    TERN_RNN_PLAIN = 0,
    TERN_RNN_GRU = 1,
    TERN_RNN_LSTM = 2
} tern_rnn_kind;

typedef enum tern_rnn_direction {
    TERN_RNN_FORWARD = 0,
    TERN_RNN_REVERSE = 1,
    TERN_RNN_BIDIRECTIONAL = 2
} tern_rnn_direction;

typedef enum tern_rnn_activation {
    TERN_RNN_RELU = 0,
    TERN_RNN_TANH = 1,
    TERN_RNN_SIGMOID = 2,
    TERN_RNN_AFFINE = 3,
    TERN_RNN_LEAKY_RELU = 4,
    TERN_RNN_THRESHOLDED_RELU = 5,
    TERN_RNN_SCALED_TANH = 6,
    TERN_RNN_HARD_SIGMOID = 7,
    TERN_RNN_ELU = 8,
    TERN_RNN_SOFTSIGN = 9,
    TERN_RNN_SOFTPLUS = 10,
    TERN_RNN_ACTIVATION_COUNT = 11
} tern_rnn_activation;

typedef struct tern_rnn_attr {
    double clip;             /* 0: none */
    tern_ints activations;   /* tern_rnn_activation, per direction f, g, h; empty: the usual */
    tern_floats alpha, beta; /* of each activation */
    int32_t kind;            /* tern_rnn_kind */
    int32_t direction;       /* tern_rnn_direction */
    int32_t batch_major;     /* [batch, time, ...] instead of [time, batch, ...] */
    int32_t linear_before_reset, input_forget;
    int32_t reserved;
} tern_rnn_attr;

enum {
    TERN_RNN_X_INPUT,
    TERN_RNN_X_WEIGHT,
    TERN_RNN_X_RECURRENCE,
    TERN_RNN_X_BIAS,
    TERN_RNN_X_LENGTHS,
    TERN_RNN_X_HIDDEN,
    TERN_RNN_X_CELL,
    TERN_RNN_X_PEEPHOLE,
    TERN_RNN_X_COUNT
};

/* 1, 3 or 4; 1, 2 or 3 activations. */
int32_t tern_rnn_gates(int32_t kind);
int32_t tern_rnn_activations(int32_t kind);
int32_t tern_rnn_directions(int32_t direction);

/* Activation `which` (f 0, g 1, h 2) of a direction at v, which is clipped first; the cell state
 * that h is of is not. */
double tern_rnn_activate(const tern_rnn_attr *a, int32_t direction, int32_t which, double v);

/* One cell: weights of one direction, state of one sequence. */
typedef struct tern_rnn_cell {
    const tern_rnn_attr *attr;
    int32_t direction;                     /* 0 or 1: whose activations */
    int64_t input, hidden;                 /* extents */
    const double *w, *r, *bias, *peephole; /* the last two may be NULL */
    double *h, *c;                         /* state, `hidden` each; c of lstm only */
    double *gates;                         /* scratch, gates * hidden */
    double *next;                          /* scratch, hidden */
} tern_rnn_cell;

/* Reads x, `input` elements; changes h and c. */
void tern_rnn_step(const tern_rnn_cell *s, const double *x);

#endif
