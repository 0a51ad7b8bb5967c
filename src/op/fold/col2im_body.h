/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks added into an image, for one class.
 */

static void NAME(run)(const tern_ref *r)
{
    const tern_type *const xt = &r->xt[X_INPUT], *const yt = &r->yt[0];
    const T *const x = r->x[X_INPUT];
    const int64_t *const block = r->x[X_BLOCK];
    T *const y = r->y[0];
    int64_t image = 1, volume = 1;
    for (int32_t d = 2; d < yt->rank; d++) {
        image *= yt->dims[d];
        volume *= block[d - 2];
    }
    const int64_t planes = yt->dims[0] * yt->dims[1], columns = xt->dims[2];
    for (int64_t i = 0; i < planes * image; i++) {
        y[i] = 0;
    }
    for (int64_t k = 0; planes > 0 && k < volume; k++) {
        for (int64_t l = 0; l < columns; l++) {
            const int64_t at = locate(r, block, k, l);
            for (int64_t p = 0; at >= 0 && p < planes; p++) {
                T *const sum = &y[p * image + at];
                *sum = NAME(wrap_add)(*sum, x[(p * volume + k) * columns + l]);
            }
        }
    }
}
