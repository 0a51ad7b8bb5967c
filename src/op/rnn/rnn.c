/* SPDX-License-Identifier: Apache-2.0
 *
 * rnn: a plain, GRU or LSTM layer over time, in one or two directions; what is true of it on every
 * device.  With T steps, batch B, D directions, input extent I, hidden extent H, G gates:
 *
 *     input [T,B,I]   weight [D,G*H,I]   recurrence [D,G*H,H]   bias [D,2*G*H]   lengths [B]
 *     hidden, cell [D,B,H]   peephole [D,3*H]          results [T,D,B,H], [D,B,H], [D,B,H]
 *
 * batch_major puts B in front: [B,T,I], [B,D,H]; [B,T,D,H], [B,D,H].  Steps behind a sequence's
 * length give 0 and leave the state alone; the reverse direction begins at the last step of each
 * sequence.  Only lstm has a cell state: the third result of the others is empty.
 */
#include "op/rnn/rnn.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_name kinds[] = {
    {"plain", TERN_RNN_PLAIN},
    {"gru", TERN_RNN_GRU},
    {"lstm", TERN_RNN_LSTM},
    {NULL, 0},
};

static const tern_attr_name directions[] = {
    {"forward", TERN_RNN_FORWARD},
    {"reverse", TERN_RNN_REVERSE},
    {"bidirectional", TERN_RNN_BIDIRECTIONAL},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_rnn_attr, kind, ENUM, .names = kinds, .summary = "the cell"),
    TERN_ATTR(tern_rnn_attr, direction, ENUM, .names = directions, .onnx = "direction",
              .summary = "from the first step, from the last, or both"),
    TERN_ATTR(tern_rnn_attr, activations, INTS, .high = TERN_RNN_ACTIVATION_COUNT - 1,
              .summary = "of f, g, h of each direction: 0 relu, 1 tanh, 2 sigmoid, 3 affine, "
                         "4 leaky relu, 5 thresholded relu, 6 scaled tanh, 7 hard sigmoid, 8 elu, "
                         "9 softsign, 10 softplus; empty: sigmoid for gates, else tanh"),
    TERN_ATTR(tern_rnn_attr, alpha, FLOATS, .fallback = 1, .onnx = "activation_alpha",
              .summary = "of each activation; empty: 1"),
    TERN_ATTR(tern_rnn_attr, beta, FLOATS, .onnx = "activation_beta",
              .summary = "of each activation; empty: 0"),
    TERN_ATTR(tern_rnn_attr, clip, F64, .onnx = "clip",
              .summary = "arguments of f and g are cut to -clip..clip; 0: they are not"),
    TERN_ATTR(tern_rnn_attr, batch_major, BOOL, .onnx = "layout",
              .summary = "the batch is the first axis instead of the second"),
    TERN_ATTR(tern_rnn_attr, linear_before_reset, BOOL, .onnx = "linear_before_reset",
              .summary = "gru: the reset gate scales what the recurrence gives"),
    TERN_ATTR(tern_rnn_attr, input_forget, BOOL, .onnx = "input_forget",
              .summary = "lstm: the forget gate is 1 - the input gate"),
    TERN_ATTR_END,
};

static const char *const inputs[] = {"input",  "weight", "recurrence", "bias", "lengths",
                                     "hidden", "cell",   "peephole",   NULL};

/* ---- shapes ---- */

/* The extents of a call. */
typedef struct extents {
    tern_dim steps, batch, input;
    int64_t directions, gates;
    tern_dim hidden;
} extents;

static tern_status check_operand(const tern_infer *in, int32_t i, int32_t rank,
                                 const tern_dim *want)
{
    if (!tern_infer_has(in, i)) {
        return TERN_OK;
    }
    bool fits = in->x[i].rank == rank;
    for (int32_t d = 0; d < rank && fits; d++) {
        fits = tern_dim_may_equal(in->x[i].dims[d], want[d]);
    }
    if (!fits) {
        char operand[TERN_OPERAND_TEXT_BYTES], buffer[160];
        tern_text text;
        tern_text_init_fixed(&text, buffer, sizeof buffer);
        tern_dims_print(&text, in->dims, want, rank);
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be %s", in->who,
                         tern_operand_text(in, i, operand), tern_text_get(&text));
    }
    return TERN_OK;
}

static tern_status check_operands(const tern_infer *in, const extents *e)
{
    const tern_rnn_attr *a = in->attr;
    tern_dim_table *t = in->dims;
    const tern_dim rows = tern_dim_make(t, TERN_DIM_MUL, e->hidden, e->gates);
    const tern_dim state[2][3] = {{e->directions, e->batch, e->hidden},
                                  {e->batch, e->directions, e->hidden}};
    const tern_dim w[] = {e->directions, rows, e->input}, r[] = {e->directions, rows, e->hidden};
    const tern_dim bias[] = {e->directions, tern_dim_make(t, TERN_DIM_MUL, rows, 2)};
    const tern_dim peephole[] = {e->directions, tern_dim_make(t, TERN_DIM_MUL, e->hidden, 3)};
    TERN_TRY(check_operand(in, TERN_RNN_X_WEIGHT, 3, w));
    TERN_TRY(check_operand(in, TERN_RNN_X_RECURRENCE, 3, r));
    TERN_TRY(check_operand(in, TERN_RNN_X_BIAS, 2, bias));
    TERN_TRY(check_operand(in, TERN_RNN_X_LENGTHS, 1, &e->batch));
    TERN_TRY(check_operand(in, TERN_RNN_X_HIDDEN, 3, state[a->batch_major != 0]));
    TERN_TRY(check_operand(in, TERN_RNN_X_CELL, 3, state[a->batch_major != 0]));
    TERN_TRY(check_operand(in, TERN_RNN_X_PEEPHOLE, 2, peephole));
    if (a->kind != TERN_RNN_LSTM &&
        (tern_infer_has(in, TERN_RNN_X_CELL) || tern_infer_has(in, TERN_RNN_X_PEEPHOLE))) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: only lstm has a cell state and peepholes",
                         in->who);
    }
    return TERN_OK;
}

static tern_status check_activations(const tern_infer *in, const extents *e)
{
    const tern_rnn_attr *a = in->attr;
    const int64_t want = e->directions * tern_rnn_activations(a->kind);
    const int32_t counts[] = {a->activations.count, a->alpha.count, a->beta.count};
    for (int32_t i = 0; i < 3; i++) {
        if (counts[i] != 0 && counts[i] != want) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s: %d entries for activations or their numbers, it has %lld",
                             in->who, (int)counts[i], (long long)want);
        }
    }
    if (!(a->clip >= 0.0)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: clip is %g; it must not be negative", in->who,
                         a->clip);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_rnn_attr *a = in->attr;
    const tern_type *x = &in->x[TERN_RNN_X_INPUT], *r = &in->x[TERN_RNN_X_RECURRENCE];
    char text[TERN_OPERAND_TEXT_BYTES];
    for (int32_t i = 0; i <= TERN_RNN_X_RECURRENCE; i++) {
        if (in->x[i].rank != 3) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank 3, it has %d", in->who,
                             tern_operand_text(in, i, text), (int)in->x[i].rank);
        }
    }
    const bool is_batch_major = a->batch_major != 0;
    const extents e = {
        .steps = x->dims[is_batch_major ? 1 : 0],
        .batch = x->dims[is_batch_major ? 0 : 1],
        .input = x->dims[2],
        .directions = tern_rnn_directions(a->direction),
        .gates = tern_rnn_gates(a->kind),
        .hidden = r->dims[2],
    };
    TERN_TRY(check_operands(in, &e));
    TERN_TRY(check_activations(in, &e));
    const tern_dim all[2][4] = {{e.steps, e.directions, e.batch, e.hidden},
                                {e.batch, e.steps, e.directions, e.hidden}};
    const tern_dim last[2][3] = {{e.directions, e.batch, e.hidden},
                                 {e.batch, e.directions, e.hidden}};
    in->y[0].rank = 4;
    memcpy(in->y[0].dims, all[is_batch_major], sizeof all[0]);
    in->y[1].rank = 3;
    memcpy(in->y[1].dims, last[is_batch_major], sizeof last[0]);
    in->y[2].rank = a->kind == TERN_RNN_LSTM ? 3 : 1;
    if (a->kind == TERN_RNN_LSTM) {
        memcpy(in->y[2].dims, last[is_batch_major], sizeof last[0]);
    }
    return TERN_OK;
}

/* ---- reference ---- */

/* Where things lie: strides in elements. */
typedef struct strides {
    int64_t x_step, x_batch;
    int64_t y_step, y_direction, y_batch;
    int64_t state_direction, state_batch;
} strides;

static strides strides_of(const tern_rnn_attr *a, int64_t steps, int64_t batch, int64_t input,
                          int64_t hidden)
{
    const int64_t directions_ = tern_rnn_directions(a->direction);
    if (a->batch_major != 0) {
        return (strides){.x_step = input,
                         .x_batch = steps * input,
                         .y_step = directions_ * hidden,
                         .y_direction = hidden,
                         .y_batch = steps * directions_ * hidden,
                         .state_direction = hidden,
                         .state_batch = directions_ * hidden};
    }
    return (strides){.x_step = batch * input,
                     .x_batch = input,
                     .y_step = directions_ * batch * hidden,
                     .y_direction = batch * hidden,
                     .y_batch = hidden,
                     .state_direction = batch * hidden,
                     .state_batch = hidden};
}

static const double *operand(const tern_ref *r, int32_t i)
{
    return i < r->x_count ? r->x[i] : NULL;
}

static void load_state(const tern_ref *r, int32_t i, int64_t at, int64_t count, double *state)
{
    const double *from = operand(r, i);
    for (int64_t k = 0; k < count; k++) {
        state[k] = from != NULL ? from[at + k] : 0.0;
    }
}

/* One sequence in one direction, from its state to the results. */
static void run_sequence(const tern_ref *r, const tern_rnn_cell *s, const strides *at,
                         int64_t direction, int64_t b, int64_t steps)
{
    const tern_rnn_attr *a = s->attr;
    const int64_t *lengths = TERN_RNN_X_LENGTHS < r->x_count ? r->x[TERN_RNN_X_LENGTHS] : NULL;
    int64_t length = lengths != NULL ? lengths[b] : steps;
    length = length < 0 ? 0 : length > steps ? steps : length;
    const bool is_back = a->direction == TERN_RNN_REVERSE || direction == 1;
    const double *x = (const double *)r->x[TERN_RNN_X_INPUT] + b * at->x_batch;
    double *y = (double *)r->y[0] + direction * at->y_direction + b * at->y_batch;
    const size_t bytes = (size_t)s->hidden * sizeof(double);
    const int64_t state = direction * at->state_direction + b * at->state_batch;
    load_state(r, TERN_RNN_X_HIDDEN, state, s->hidden, s->h);
    load_state(r, TERN_RNN_X_CELL, state, s->hidden, s->c);
    for (int64_t i = 0; i < length; i++) {
        const int64_t step = is_back ? length - 1 - i : i;
        tern_rnn_step(s, x + step * at->x_step);
        memcpy(y + step * at->y_step, s->h, bytes);
    }
    for (int64_t step = length; step < steps; step++) {
        memset(y + step * at->y_step, 0, bytes);
    }
    memcpy((double *)r->y[1] + state, s->h, bytes);
    if (a->kind == TERN_RNN_LSTM) {
        memcpy((double *)r->y[2] + state, s->c, bytes);
    }
}

static void reference(const tern_ref *r)
{
    const tern_rnn_attr *a = r->attr;
    const tern_type *x = &r->xt[TERN_RNN_X_INPUT];
    const int64_t steps = x->dims[a->batch_major != 0 ? 1 : 0];
    const int64_t batch = x->dims[a->batch_major != 0 ? 0 : 1], input = x->dims[2];
    const int64_t hidden = r->xt[TERN_RNN_X_RECURRENCE].dims[2];
    const int64_t rows = tern_rnn_gates(a->kind) * hidden;
    const strides at = strides_of(a, steps, batch, input, hidden);
    const double *bias = operand(r, TERN_RNN_X_BIAS), *peephole = operand(r, TERN_RNN_X_PEEPHOLE);
    double *scratch = r->scratch;
    for (int32_t d = 0; d < tern_rnn_directions(a->direction); d++) {
        const tern_rnn_cell cell = {
            .attr = a,
            .direction = d,
            .input = input,
            .hidden = hidden,
            .w = (const double *)r->x[TERN_RNN_X_WEIGHT] + d * rows * input,
            .r = (const double *)r->x[TERN_RNN_X_RECURRENCE] + d * rows * hidden,
            .bias = bias != NULL ? bias + d * 2 * rows : NULL,
            .peephole = peephole != NULL ? peephole + d * 3 * hidden : NULL,
            .h = scratch,
            .c = scratch + hidden,
            .next = scratch + 2 * hidden,
            .gates = scratch + 3 * hidden,
        };
        for (int64_t b = 0; b < batch; b++) {
            run_sequence(r, &cell, &at, d, b, steps);
        }
    }
}

static size_t reference_scratch(const void *attr, const tern_type *x, int32_t x_count,
                                const tern_type *y)
{
    (void)x_count;
    (void)y;
    const tern_rnn_attr *a = attr;
    const int64_t hidden = x[TERN_RNN_X_RECURRENCE].dims[2];
    return sizeof(double) * (size_t)(hidden * (3 + tern_rnn_gates(a->kind)));
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    (void)y;
    const tern_type *w = &x[TERN_RNN_X_WEIGHT], *r = &x[TERN_RNN_X_RECURRENCE];
    const double weights = (double)(w->dims[0] * w->dims[1]) * (double)(w->dims[2] + r->dims[2]);
    return 2.0 * weights * (double)(x[0].dims[0] * x[0].dims[1]);
}

const tern_op tern_op_rnn = {
    .name = "rnn",
    .summary = "a plain, GRU or LSTM layer over time: all hidden states, the last, the last cell",
    .types = "T, T, T, T?, L?, T?, T?, T? -> T, T, T; T: f32 f16 bf16 f64; L: i32 i64",
    .arity = {.in_min = 3, .in_max = TERN_RNN_X_COUNT, .out = 3},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_rnn_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = reference_scratch,
    .batchless_operands = 1u << TERN_RNN_X_WEIGHT | 1u << TERN_RNN_X_RECURRENCE |
                          1u << TERN_RNN_X_BIAS | 1u << TERN_RNN_X_PEEPHOLE,
    .cost = cost,
};
