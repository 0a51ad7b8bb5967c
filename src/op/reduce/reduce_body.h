/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions over a set of axes, for one class.  A result that no element reaches keeps the
 * operation's neutral value: 0, 1, the smallest or the largest value there is; an average of
 * nothing is NaN, or 0 for integers.
 */

static T NAME(neutral)(tern_reduce_op op, tern_dtype dtype)
{
    switch (op) {
    case TERN_REDUCE_OP_PROD: return 1;
    case TERN_REDUCE_OP_MAX: return NAME(lowest)(dtype);
    case TERN_REDUCE_OP_MIN: return NAME(highest)(dtype);
    case TERN_REDUCE_OP_SUM:
    case TERN_REDUCE_OP_AVG: break;
    }
    return 0;
}

static T NAME(combine)(tern_reduce_op op, T a, T b)
{
    switch (op) {
    case TERN_REDUCE_OP_PROD: return NAME(wrap_mul)(a, b);
    case TERN_REDUCE_OP_MAX: return NAME(wrap_max)(a, b);
    case TERN_REDUCE_OP_MIN: return NAME(wrap_min)(a, b);
    case TERN_REDUCE_OP_SUM:
    case TERN_REDUCE_OP_AVG: break;
    }
    return NAME(wrap_add)(a, b);
}

static void NAME(run)(const tern_ref *r)
{
    const tern_reduce_attr *a = r->attr;
    const tern_type *t = &r->xt[0];
    const tern_reduce_op op = (tern_reduce_op)a->op;
    const T *x = r->x[0];
    T *y = r->y[0];
    int64_t volume = 0, results = 0, place[TERN_MAX_RANK] = {0};
    if (!tern_type_volume(t, &volume) || !tern_type_volume(&r->yt[0], &results)) {
        return;
    }
    for (int64_t i = 0; i < results; i++) {
        y[i] = NAME(neutral)(op, (tern_dtype)t->dtype);
    }
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        T *result = &y[result_of(a, t, place)];
        *result = NAME(combine)(op, *result, x[i]);
    }
    if (op == TERN_REDUCE_OP_AVG) {
        const int64_t count = reduced_count(a, t);
        for (int64_t i = 0; i < results; i++) {
            y[i] = count > 0 || CLASS == TERN_CLASS_F ? NAME(wrap_div)(y[i], count) : 0;
        }
    }
}
