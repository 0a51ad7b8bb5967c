/* SPDX-License-Identifier: Apache-2.0
 *
 * The k first elements of each row in the order of topk, for one class: repeated search of the best
 * element that comes after the last one found.
 */

/* Does element i come before element j? */
static bool NAME(is_before)(bool is_max, T x_i, int64_t i, T x_j, int64_t j)
{
    const int order = NAME(compare)(x_i, x_j);
    if (order != 0) {
        return is_max ? order > 0 : order < 0;
    }
    return i < j;
}

static void NAME(row)(bool is_max, int64_t k, const T *x, int64_t length, int64_t step, T *values,
                      int64_t *indices)
{
    int64_t last = -1;
    for (int64_t n = 0; n < k; n++) {
        int64_t best = -1;
        for (int64_t i = 0; i < length; i++) {
            const bool is_left =
                last < 0 || NAME(is_before)(is_max, x[last * step], last, x[i * step], i);
            if (is_left &&
                (best < 0 || NAME(is_before)(is_max, x[i * step], i, x[best * step], best))) {
                best = i;
            }
        }
        values[n * step] = best < 0 ? 0 : x[best * step]; /* k beyond the row: value 0, index -1 */
        indices[n * step] = best;
        last = best < 0 ? last : best;
    }
}

static void NAME(run)(const tern_ref *r)
{
    const tern_topk_attr *a = r->attr;
    const int32_t axis = tern_bit_lowest(a->axes);
    const int64_t k = r->yt[0].dims[axis];
    int64_t outer, length, inner;
    tern_rows(&r->xt[0], axis, &outer, &length, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            const int64_t to = o * k * inner + i;
            NAME(row)
            (a->op == TERN_TOPK_OP_MAX, k, (const T *)r->x[0] + o * length * inner + i, length,
             inner, (T *)r->y[0] + to, (int64_t *)r->y[1] + to);
        }
    }
}
