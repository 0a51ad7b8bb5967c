/* SPDX-License-Identifier: Apache-2.0
 *
 * The reference of select in one class (see for_each_class.h).
 */
static void NAME(select)(const tern_ref *r)
{
    const uint8_t *const condition = r->x[0];
    const T *const a = r->x[1];
    const T *const b = r->x[2];
    T *const y = r->y[0];
    int64_t count = 0;
    tern_walk w;
    (void)tern_type_volume(&r->yt[0], &count);
    tern_walk_start(&w, &r->yt[0]);
    for (int32_t i = 0; i < 3; i++) {
        tern_walk_follow(&w, &r->xt[i]);
    }
    for (int64_t i = 0; i < count; i++) {
        y[i] = condition[w.at[0]] != 0 ? a[w.at[1]] : b[w.at[2]];
        tern_walk_next(&w);
    }
}
