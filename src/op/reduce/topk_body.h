/* SPDX-License-Identifier: Apache-2.0
 *
 * The k first elements of each row in the order of topk, for one class: a heap of the row's
 * indices, whose top is taken k times.
 */

/* One row: `length` elements, `step` apart. */
typedef struct NAME(topk_row) {
    const tern_topk_attr *attr;
    const T *x;
    int64_t length, step;
    int64_t *heap; /* indices; no parent comes behind its children */
} NAME(topk_row);

/* Does element i come before element j? */
static bool NAME(is_before)(const NAME(topk_row) * r, int64_t i, int64_t j)
{
    const int order = NAME(compare)(r->x[i * r->step], r->x[j * r->step]);
    if (order != 0) {
        return r->attr->op == TERN_TOPK_OP_MAX ? order > 0 : order < 0;
    }
    return r->attr->last_first != 0 ? i > j : i < j;
}

/* Lets the index at `at` sink to its place among the first `count`. */
static void NAME(sink)(const NAME(topk_row) * r, int64_t at, int64_t count)
{
    const int64_t own = r->heap[at];
    for (int64_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && NAME(is_before)(r, r->heap[child + 1], r->heap[child])) {
            child++;
        }
        if (!NAME(is_before)(r, r->heap[child], own)) {
            break;
        }
        r->heap[at] = r->heap[child];
        at = child;
    }
    r->heap[at] = own;
}

static void NAME(row)(const NAME(topk_row) * r, int64_t k, T *values, int64_t *indices)
{
    int64_t left = r->length;
    for (int64_t i = 0; i < left; i++) {
        r->heap[i] = i;
    }
    for (int64_t i = left / 2 - 1; i >= 0; i--) {
        NAME(sink)(r, i, left);
    }
    for (int64_t n = 0; n < k; n++) {
        const int64_t best = left > 0 ? r->heap[0] : -1;
        /* k beyond the row: value 0, index -1 */
        values[n * r->step] = best < 0 ? 0 : r->x[best * r->step];
        indices[n * r->step] = best;
        if (left > 0) {
            r->heap[0] = r->heap[--left];
            NAME(sink)(r, 0, left);
        }
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
            const NAME(topk_row) row = {.attr = a,
                                        .x = (const T *)r->x[0] + o * length * inner + i,
                                        .length = length,
                                        .step = inner,
                                        .heap = r->scratch};
            NAME(row)(&row, k, (T *)r->y[0] + to, (int64_t *)r->y[1] + to);
        }
    }
}
