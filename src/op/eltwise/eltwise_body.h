/* SPDX-License-Identifier: Apache-2.0
 *
 * The reference of all scalar operators in one class (see for_each_class.h): operands, then
 * attributes, go to the row's oracle element by element.
 */
static void NAME(run)(const tern_ref *r)
{
    static const tern_eltwise_attr none;
    const tern_eltwise_attr *const attr = r->op->attr_size > 0 ? r->attr : &none;
    const uint32_t opcode = (uint32_t)r->op->scalar;
    const bool is_bool = r->yt[0].dtype == TERN_DTYPE_BOOL;
    int64_t count = 0;
    tern_walk w;
    (void)tern_type_volume(&r->yt[0], &count);
    tern_walk_start(&w, &r->yt[0]);
    for (int32_t i = 0; i < r->x_count; i++) {
        tern_walk_follow(&w, &r->xt[i]);
    }
    for (int64_t at = 0; at < count; at++) {
        NAME(operand) v[5] = {0};
        for (int32_t i = 0; i < r->x_count; i++) {
            v[i] = ((const T *)r->x[i])[w.at[i]];
        }
        v[r->x_count] = NAME(attr)(attr->alpha);
        v[r->x_count + 1] = NAME(attr)(attr->beta);
        const NAME(operand) result = NAME(eval)(opcode, v[0], v[1], v[2]);
        if (is_bool) {
            ((uint8_t *)r->y[0])[at] = result != 0;
        } else {
            ((T *)r->y[0])[at] = (T)result;
        }
        tern_walk_next(&w);
    }
}
