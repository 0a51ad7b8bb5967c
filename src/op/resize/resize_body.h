/* SPDX-License-Identifier: Apache-2.0
 *
 * Samples of one class by the tables of their axes.  Integers lose their fraction, or with
 * antialias are rounded to the nearest, ties to even; an element taken alone stays as it is.
 */

/* Sum over the tables of axes `axis`.., from element `at` of the axes before. */
static double NAME(sample)(const T *x, const tern_type *xt, const tern_resize_taps *t,
                           const int64_t *index, int32_t axis, int64_t at)
{
    if (axis == xt->rank) {
        return (double)x[at];
    }
    const tern_resize_taps *const own = &t[axis];
    const int64_t o = index[axis], count = own->count[o];
    const double *const w = own->weights + o * own->room;
    double sum = 0.0;
    at = at * xt->dims[axis] + own->first[o];
    for (int64_t k = 0; k < count; k++) {
        const double value = NAME(sample)(x, xt, t, index, axis + 1, at + k);
        sum += count == 1 && w[k] == 1.0 ? value : w[k] * value;
    }
    return sum;
}

/* True with the element that is taken alone; its axes have one tap each. */
static bool NAME(is_copy)(const tern_type *xt, const tern_resize_taps *t, const int64_t *index,
                          int64_t *out_at)
{
    int64_t at = 0;
    for (int32_t d = 0; d < xt->rank; d++) {
        const tern_resize_taps *const own = &t[d];
        const int64_t o = index[d];
        if (own->count[o] != 1 || own->weights[o * own->room] != 1.0) {
            return false;
        }
        at = at * xt->dims[d] + own->first[o];
    }
    *out_at = at;
    return true;
}

static T NAME(from_double)(const tern_resize_attr *a, double v)
{
    if (CLASS == TERN_CLASS_F) {
        return (T)v;
    }
    const double low = CLASS == TERN_CLASS_U ? 0.0 : -9223372036854775808.0;
    const double high = CLASS == TERN_CLASS_U ? 18446744073709549568.0 : 9223372036854774784.0;
    const double kept = v < low ? low : v > high ? high : v;
    return v != v ? 0 : (T)(a->antialias != 0 ? rint(kept) : trunc(kept));
}

/* Into the range of a type: cubic weights overshoot. */
static double NAME(clamp)(double v, const tern_type *t)
{
    const double bits = (double)tern_dtype_find(t->dtype)->bits;
    if (CLASS == TERN_CLASS_F) {
        return v;
    }
    const double high = (CLASS == TERN_CLASS_U ? exp2(bits) : exp2(bits - 1.0)) - 1.0;
    const double low = CLASS == TERN_CLASS_U ? 0.0 : -high - 1.0;
    return v < low ? low : v > high ? high : v;
}

static void NAME(resize)(const tern_ref *r)
{
    const tern_resize_attr *const a = r->attr;
    const tern_type *const xt = &r->xt[0], *const yt = &r->yt[0];
    const T *const x = r->x[0];
    T *const y = r->y[0];
    int64_t index[TERN_MAX_RANK] = {0};
    tern_resize_taps t[TERN_MAX_RANK];
    int64_t count = 0;
    (void)tern_type_volume(yt, &count);
    if (count == 0) {
        return;
    }
    (void)lay_out(a, xt, yt, r->scratch, t);
    for (int32_t d = 0; d < yt->rank; d++) {
        const tern_resize_axis axis = axis_of(r, d);
        tern_resize_make_taps(a, &axis, &t[d]);
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t at;
        bool is_outside = false;
        for (int32_t d = 0; d < yt->rank; d++) {
            is_outside = is_outside || t[d].count[index[d]] == 0;
        }
        if (is_outside) {
            y[i] = NAME(from_double)(a, NAME(clamp)(a->extrapolation, yt));
        } else if (NAME(is_copy)(xt, t, index, &at)) {
            y[i] = x[at];
        } else {
            y[i] = NAME(from_double)(a, NAME(clamp)(NAME(sample)(x, xt, t, index, 0, 0), yt));
        }
        for (int32_t d = yt->rank - 1; d >= 0 && ++index[d] == yt->dims[d]; d--) {
            index[d] = 0;
        }
    }
}
