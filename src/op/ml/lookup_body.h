/* SPDX-License-Identifier: Apache-2.0
 *
 * Places in a list of keys for one class.
 */

static bool NAME(same)(T a, T b)
{
    const T own_a = a, own_b = b; /* NaN is not its own copy */
    return a == b || (a != own_a && b != own_b);
}

static void NAME(lookup)(const tern_ref *r)
{
    const T *const x = r->x[X_INPUT], *const keys = r->x[X_KEYS];
    int64_t *const y = r->y[0];
    const int64_t key_count = r->xt[X_KEYS].dims[0];
    int64_t count = 0;
    (void)tern_type_volume(&r->yt[0], &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0;
        while (at < key_count && !NAME(same)(keys[at], x[i])) {
            at++;
        }
        y[i] = at;
    }
}
