/* SPDX-License-Identifier: Apache-2.0
 *
 * Two passes for one class: how many there are, as that is the length of y's rows, then where.
 */
static void NAME(run)(const tern_ref *r)
{
    const T *x = r->x[0];
    int64_t *y = r->y[0];
    const tern_type *t = &r->xt[0];
    const int64_t room = r->yt[0].dims[1];
    int64_t count = 0, volume = 0, found = 0, index[TERN_MAX_RANK] = {0};
    (void)tern_type_volume(t, &volume);
    for (int64_t i = 0; i < volume; i++) {
        found += x[i] != 0 ? 1 : 0;
    }
    found = found < room ? found : room;
    r->extents[0][1] = found;
    for (int64_t i = 0; i < volume && count < found; i++) {
        for (int32_t d = 0; x[i] != 0 && d < t->rank; d++) {
            y[d * found + count] = index[d];
        }
        count += x[i] != 0 ? 1 : 0;
        for (int32_t d = t->rank - 1; d >= 0 && ++index[d] == t->dims[d]; d--) {
            index[d] = 0;
        }
    }
}
