/* SPDX-License-Identifier: Apache-2.0
 *
 * linear_attention: attention as a recurrence over a state of [D,E] per head; what is true of it on
 * every device.
 *
 *     query [B,T,H*D]  key [B,T,G*D]  value [B,T,G*E]  state [B,G,D,E]
 *     decay [B,T,G] or [B,T,G*D]  beta [B,T,G] or [B,T,1]       results [B,T,H*E], state
 *
 *     gated:  S = exp(decay) * S          delta:  v = beta * (v - S^T k)
 *     S = S + k v^T                       y = scale * S^T q
 *
 * H is a multiple of G: so many neighbouring heads of the query share a state.
 */
#include "op/attention/attention.h"
#include "op/message.h"

#include <math.h>
#include <string.h>

static const tern_attr_name rules[] = {
    {"linear", TERN_LINEAR_PLAIN},
    {"gated", TERN_LINEAR_GATED},
    {"delta", TERN_LINEAR_DELTA},
    {"gated_delta", TERN_LINEAR_GATED_DELTA},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_linear_attr, rule, ENUM, .names = rules, .fallback = TERN_LINEAR_GATED_DELTA,
              .onnx = "update_rule", .summary = "how the state changes"),
    TERN_ATTR(tern_linear_attr, heads, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .onnx = "q_num_heads", .summary = "heads of the query"),
    TERN_ATTR(tern_linear_attr, kv_heads, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .onnx = "kv_num_heads", .summary = "heads of key and value"),
    TERN_ATTR(tern_linear_attr, scale, F64, .onnx = "scale",
              .summary = "factor of the result; 0: 1 / sqrt(extent of a head)"),
    TERN_ATTR_END,
};

enum { X_QUERY, X_KEY, X_VALUE, X_STATE, X_DECAY, X_BETA, X_COUNT };

static bool is_gated(const tern_linear_attr *a)
{
    return a->rule == TERN_LINEAR_GATED || a->rule == TERN_LINEAR_GATED_DELTA;
}

static bool is_delta(const tern_linear_attr *a)
{
    return a->rule == TERN_LINEAR_DELTA || a->rule == TERN_LINEAR_GATED_DELTA;
}

static tern_status check_packed(const tern_infer *in, int32_t i, int64_t heads)
{
    const tern_type *t = &in->x[i], *q = &in->x[X_QUERY];
    const bool fits = t->rank == 3 && tern_dim_may_equal(t->dims[0], q->dims[0]) &&
                      tern_dim_may_equal(t->dims[1], q->dims[1]) &&
                      (!tern_dim_known(t->dims[2]) || t->dims[2] % heads == 0);
    if (!fits) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [batch, steps, a multiple of %lld]",
                         in->who, tern_operand_text(in, i, text), (long long)heads);
    }
    return TERN_OK;
}

static tern_status check_rule(const tern_infer *in)
{
    const tern_linear_attr *a = in->attr;
    if (tern_infer_has(in, X_DECAY) != is_gated(a) || tern_infer_has(in, X_BETA) != is_delta(a)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: decay is for the gated rules alone, beta for the delta rules, and "
                         "those need them",
                         in->who);
    }
    if (a->heads % a->kv_heads != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: %lld heads of the query are no multiple of %lld", in->who,
                         (long long)a->heads, (long long)a->kv_heads);
    }
    return TERN_OK;
}

static tern_status check_gates(const tern_infer *in, tern_dim head)
{
    const tern_linear_attr *a = in->attr;
    const tern_dim all = tern_dim_make(in->dims, TERN_DIM_MUL, head, a->kv_heads);
    char text[TERN_OPERAND_TEXT_BYTES];
    if (is_gated(a)) {
        TERN_TRY(check_packed(in, X_DECAY, a->kv_heads));
        const tern_dim own = in->x[X_DECAY].dims[2];
        if (own != a->kv_heads && !tern_dim_may_equal(own, all)) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have an element per head or per key's",
                             in->who, tern_operand_text(in, X_DECAY, text));
        }
    }
    if (is_delta(a)) {
        TERN_TRY(check_packed(in, X_BETA, 1));
        const tern_dim own = in->x[X_BETA].dims[2];
        if (own != 1 && !tern_dim_may_equal(own, a->kv_heads)) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must have one element, or one per head",
                             in->who, tern_operand_text(in, X_BETA, text));
        }
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_linear_attr *a = in->attr;
    TERN_TRY(check_rule(in));
    TERN_TRY(check_packed(in, X_QUERY, a->heads));
    TERN_TRY(check_packed(in, X_KEY, a->kv_heads));
    TERN_TRY(check_packed(in, X_VALUE, a->kv_heads));
    const tern_type *q = &in->x[X_QUERY];
    const tern_dim head = tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, q->dims[2], a->heads);
    const tern_dim key =
        tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, in->x[X_KEY].dims[2], a->kv_heads);
    const tern_dim value =
        tern_dim_make(in->dims, TERN_DIM_FLOOR_DIV, in->x[X_VALUE].dims[2], a->kv_heads);
    char text[TERN_OPERAND_TEXT_BYTES];
    if (!tern_dim_may_equal(head, key)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: heads of query and key have %lld and %lld elements",
                         in->who, (long long)head, (long long)key);
    }
    TERN_TRY(check_gates(in, head));
    const tern_dim state[] = {q->dims[0], a->kv_heads, head, value};
    const bool has_state = tern_infer_has(in, X_STATE);
    bool fits = !has_state || in->x[X_STATE].rank == 4;
    for (int32_t d = 0; d < 4 && has_state && fits; d++) {
        fits = tern_dim_may_equal(in->x[X_STATE].dims[d], state[d]);
    }
    if (!fits) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [batch, heads, key, value]", in->who,
                         tern_operand_text(in, X_STATE, text));
    }
    const tern_dim y[] = {q->dims[0], q->dims[1],
                          tern_dim_make(in->dims, TERN_DIM_MUL, value, a->heads)};
    in->y[0] = tern_type_make((tern_dtype)q->dtype, 3, y);
    in->y[1] = tern_type_make((tern_dtype)(has_state ? in->x[X_STATE].dtype : q->dtype), 4, state);
    return TERN_OK;
}

/* ---- reference ---- */

/* One call, and where one step of one sequence lies. */
typedef struct step {
    const tern_linear_attr *attr;
    int64_t head, value;
    const double *q, *k, *v, *decay, *beta;
    int64_t decay_count, beta_count; /* elements per step */
    double *y, *state, *change;      /* change: scratch, `value` */
    double scale;
} step;

static void update(const step *s, int64_t g)
{
    double *state = s->state + g * s->head * s->value;
    const double *k = s->k + g * s->head, *v = s->v + g * s->value;
    for (int64_t d = 0; d < s->head && is_gated(s->attr); d++) {
        const bool is_per_head = s->decay_count == s->attr->kv_heads;
        const double by = exp(s->decay[is_per_head ? g : g * s->head + d]);
        for (int64_t m = 0; m < s->value; m++) {
            state[d * s->value + m] *= by;
        }
    }
    for (int64_t m = 0; m < s->value; m++) {
        double old = 0.0;
        for (int64_t d = 0; d < s->head && is_delta(s->attr); d++) {
            old += state[d * s->value + m] * k[d];
        }
        s->change[m] =
            is_delta(s->attr) ? s->beta[s->beta_count == 1 ? 0 : g] * (v[m] - old) : v[m];
    }
    for (int64_t d = 0; d < s->head; d++) {
        for (int64_t m = 0; m < s->value; m++) {
            state[d * s->value + m] += k[d] * s->change[m];
        }
    }
}

static void read_out(const step *s, int64_t h)
{
    const int64_t g = h / (s->attr->heads / s->attr->kv_heads);
    const double *state = s->state + g * s->head * s->value, *q = s->q + h * s->head;
    for (int64_t m = 0; m < s->value; m++) {
        double sum = 0.0;
        for (int64_t d = 0; d < s->head; d++) {
            sum += q[d] * state[d * s->value + m];
        }
        s->y[h * s->value + m] = s->scale * sum;
    }
}

static const double *at(const tern_ref *r, int32_t i, int64_t row)
{
    return i < r->x_count && r->x[i] != NULL
               ? (const double *)r->x[i] + row * r->xt[i].dims[r->xt[i].rank - 1]
               : NULL;
}

static void reference(const tern_ref *r)
{
    const tern_linear_attr *a = r->attr;
    const tern_type *q = &r->xt[X_QUERY];
    const int64_t batch = q->dims[0], steps = q->dims[1];
    step s = {
        .attr = a,
        .head = q->dims[2] / a->heads,
        .value = r->xt[X_VALUE].dims[2] / a->kv_heads,
        .decay_count = is_gated(a) ? r->xt[X_DECAY].dims[2] : 0,
        .beta_count = is_delta(a) ? r->xt[X_BETA].dims[2] : 0,
        .change = r->scratch,
    };
    s.scale = a->scale != 0.0 ? a->scale : 1.0 / sqrt((double)s.head);
    const int64_t state = a->kv_heads * s.head * s.value;
    for (int64_t b = 0; b < batch; b++) {
        s.state = (double *)r->y[1] + b * state;
        if (r->x_count > X_STATE && r->x[X_STATE] != NULL) {
            memcpy(s.state, (const double *)r->x[X_STATE] + b * state,
                   (size_t)state * sizeof(double));
        } else {
            memset(s.state, 0, (size_t)state * sizeof(double));
        }
        for (int64_t t = b * steps; t < (b + 1) * steps; t++) {
            s.q = at(r, X_QUERY, t);
            s.k = at(r, X_KEY, t);
            s.v = at(r, X_VALUE, t);
            s.decay = at(r, X_DECAY, t);
            s.beta = at(r, X_BETA, t);
            s.y = (double *)r->y[0] + t * a->heads * s.value;
            for (int64_t g = 0; g < a->kv_heads; g++) {
                update(&s, g);
            }
            for (int64_t h = 0; h < a->heads; h++) {
                read_out(&s, h);
            }
        }
    }
}

static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    (void)y;
    const tern_linear_attr *a = attr;
    return sizeof(double) * (size_t)(x[X_VALUE].dims[2] / a->kv_heads + 1);
}

static const char *const inputs[] = {"query", "key", "value", "state", "decay", "beta", NULL};

const tern_op tern_op_linear_attention = {
    .name = "linear_attention",
    .summary = "attention as a recurrence: a state per head is decayed, corrected, added to, read",
    .types = "T, T, T, S?, T?, T? -> T, *; T: f32 f16 bf16 f64; S: f32 f16 bf16 f64",
    .arity = {.in_min = 3, .in_max = X_COUNT, .out = 2},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_linear_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .reference_scratch = scratch,
};
