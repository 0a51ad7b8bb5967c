/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions over a set of axes, for one class.  A result that no element reaches keeps the
 * operation's neutral value: 0, 1, the smallest or the largest value there is; an average of
 * nothing is NaN, or 0 for integers.
 */

static T NAME(neutral)(tern_reduce_op op, tern_dtype dtype)
{
    if (op == TERN_REDUCE_OP_MAX) {
        return NAME(lowest)(dtype);
    }
    if (op == TERN_REDUCE_OP_MIN) {
        return NAME(highest)(dtype);
    }
    return op == TERN_REDUCE_OP_PROD ? 1 : 0;
}

static T NAME(combine)(tern_reduce_op op, T a, T x)
{
    switch (op) {
    case TERN_REDUCE_OP_PROD: return NAME(wrap_mul)(a, x);
    case TERN_REDUCE_OP_MAX: return NAME(wrap_max)(a, x);
    case TERN_REDUCE_OP_MIN: return NAME(wrap_min)(a, x);
    case TERN_REDUCE_OP_L1: return NAME(wrap_add)(a, NAME(magnitude)(x));
    case TERN_REDUCE_OP_L2:
    case TERN_REDUCE_OP_SUM_SQUARE: return NAME(wrap_add)(a, NAME(wrap_mul)(x, x));
    case TERN_REDUCE_OP_SUM:
    case TERN_REDUCE_OP_AVG:
    case TERN_REDUCE_OP_LOG_SUM:
    case TERN_REDUCE_OP_LOG_SUM_EXP: break;
    }
    return NAME(wrap_add)(a, x);
}

/* What a result becomes after its last element; `count` went into it. */
static T NAME(finish)(tern_reduce_op op, T y, int64_t count)
{
    if (op == TERN_REDUCE_OP_AVG) {
        return count > 0 || CLASS == TERN_CLASS_F ? NAME(wrap_div)(y, count) : 0;
    }
    if (op == TERN_REDUCE_OP_L2) {
        return NAME(number)(sqrt((double)y));
    }
    return op == TERN_REDUCE_OP_LOG_SUM ? NAME(number)(log((double)y)) : y;
}

/* Around the largest element, so that nothing overflows. */
static void NAME(run_log_sum_exp)(const tern_ref *r, const tern_reduce_attr *a, int64_t volume,
                                  int64_t results)
{
    const tern_type *t = &r->xt[0];
    const T *x = r->x[0];
    T *y = r->y[0];
    double *top = r->scratch, *sum = top + results;
    int64_t place[TERN_MAX_RANK] = {0};
    for (int64_t i = 0; i < results; i++) {
        top[i] = -(double)INFINITY;
        sum[i] = 0.0;
    }
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        double *best = &top[result_of(a, t, place)];
        *best = wrap_max_F(*best, (double)x[i]);
    }
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        const int64_t at = result_of(a, t, place);
        sum[at] += exp((double)x[i] - (isinf(top[at]) ? 0.0 : top[at]));
    }
    for (int64_t i = 0; i < results; i++) {
        y[i] = NAME(number)(log(sum[i]) + (isinf(top[i]) ? 0.0 : top[i]));
    }
}

static void NAME(run)(const tern_ref *r)
{
    const tern_reduce_attr a = resolve(r);
    const tern_type *t = &r->xt[0];
    const tern_reduce_op op = (tern_reduce_op)a.op;
    const T *x = r->x[0];
    T *y = r->y[0];
    int64_t volume = 0, results = 0, place[TERN_MAX_RANK] = {0};
    if (!tern_type_volume(t, &volume) || !tern_type_volume(&r->yt[0], &results)) {
        return;
    }
    if (op == TERN_REDUCE_OP_LOG_SUM_EXP) {
        NAME(run_log_sum_exp)(r, &a, volume, results);
        return;
    }
    for (int64_t i = 0; i < results; i++) {
        y[i] = NAME(neutral)(op, (tern_dtype)t->dtype);
    }
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        T *result = &y[result_of(&a, t, place)];
        *result = NAME(combine)(op, *result, x[i]);
    }
    const int64_t count = reduced_count(&a, t);
    for (int64_t i = 0; i < results; i++) {
        y[i] = NAME(finish)(op, y[i], count);
    }
}
