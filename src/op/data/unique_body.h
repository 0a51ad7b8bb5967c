/* SPDX-License-Identifier: Apache-2.0
 *
 * unique for one class: slices are put in order (heap sort: no memory, never quadratic), equal ones
 * stand side by side then and are groups.
 */
static int NAME(compare_slices)(const T *x, const unique_rows *s, int64_t i, int64_t j)
{
    for (int64_t o = 0; o < s->outer; o++) {
        for (int64_t k = 0; k < s->inner; k++) {
            const int64_t at = o * s->length * s->inner + k;
            const int order = NAME(compare)(x[at + i * s->inner], x[at + j * s->inner]);
            if (order != 0) {
                return order;
            }
        }
    }
    return 0;
}

/* Equal slices stay in order. */
static bool NAME(is_before)(const T *x, const unique_rows *s, int64_t i, int64_t j)
{
    const int order = NAME(compare_slices)(x, s, i, j);
    return order != 0 ? order < 0 : i < j;
}

static void NAME(sift)(const T *x, const unique_rows *s, int64_t *order, int64_t root,
                       int64_t count)
{
    for (int64_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        if (child + 1 < count && NAME(is_before)(x, s, order[child], order[child + 1])) {
            child++;
        }
        if (!NAME(is_before)(x, s, order[root], order[child])) {
            return;
        }
        const int64_t t = order[root];
        order[root] = order[child];
        order[child] = t;
    }
}

static void NAME(sort)(const T *x, const unique_rows *s, int64_t *order)
{
    for (int64_t i = 0; i < s->length; i++) {
        order[i] = i;
    }
    for (int64_t i = s->length / 2; i-- > 0;) {
        NAME(sift)(x, s, order, i, s->length);
    }
    for (int64_t i = s->length; i-- > 1;) {
        const int64_t t = order[0];
        order[0] = order[i];
        order[i] = t;
        NAME(sift)(x, s, order, 0, i);
    }
}

/* Places of groups in the result: as they are, or by their first slices. */
static void NAME(number)(const tern_unique_attr *a, const unique_rows *s, int64_t groups,
                         const int64_t *group, const int64_t *first, int64_t *place)
{
    int64_t next = 0;
    for (int64_t g = 0; a->sorted != 0 && g < groups; g++) {
        place[g] = g;
    }
    for (int64_t i = 0; a->sorted == 0 && i < s->length; i++) {
        if (first[group[i]] == i) {
            place[group[i]] = next++;
        }
    }
}

static void NAME(run)(const tern_ref *r)
{
    const tern_unique_attr *a = r->attr;
    const unique_rows s = rows_of(a, &r->xt[0]);
    const T *x = r->x[0];
    T *y = r->y[0];
    int64_t *indices = r->y[1], *inverse = r->y[2], *counts = r->y[3];
    int64_t *order = r->scratch, *group = order + s.length, *first = group + s.length,
            *place = first + s.length;
    int64_t groups = 0;
    NAME(sort)(x, &s, order);
    for (int64_t i = 0; i < s.length; i++) {
        if (i == 0 || NAME(compare_slices)(x, &s, order[i - 1], order[i]) != 0) {
            first[groups++] = order[i];
        }
        group[order[i]] = groups - 1;
    }
    NAME(number)(a, &s, groups, group, first, place);
    int64_t room = r->yt[0].dims[a->axis];
    room = r->yt[1].dims[0] < room ? r->yt[1].dims[0] : room;
    room = r->yt[3].dims[0] < room ? r->yt[3].dims[0] : room;
    const int64_t kept = groups < room ? groups : room;
    for (int64_t i = 0; i < kept; i++) {
        counts[i] = 0;
    }
    for (int64_t i = 0; i < s.length; i++) {
        const int64_t p = place[group[i]];
        inverse[i] = p;
        if (p < kept) {
            counts[p]++;
            indices[p] = first[group[i]];
        }
    }
    for (int64_t o = 0; o < s.outer; o++) {
        for (int64_t p = 0; p < kept; p++) {
            memcpy(&y[(o * kept + p) * s.inner], &x[(o * s.length + indices[p]) * s.inner],
                   (size_t)s.inner * sizeof(T));
        }
    }
    r->extents[0][a->axis] = r->extents[1][0] = r->extents[3][0] = kept;
}
