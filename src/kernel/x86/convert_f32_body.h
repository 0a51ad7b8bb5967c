/* SPDX-License-Identifier: Apache-2.0 */
/* convert_f32_body.h: a row of 16-bit floats to float and back, after a vec_<isa>.h. The last few
   elements pass through a small buffer, because not every level masks 16-bit memory. */

TERN_KERNEL_INLINE void widen(const void *src, void *dst, int64_t count, bool is_bf16)
{
    const uint16_t *x = src;
    float *y = dst;
    int64_t i = 0;
    for (; i + V_LANES <= count; i += V_LANES) {
        v_store(y + i, is_bf16 ? v_load_bf16(x + i) : v_load_f16(x + i));
    }
    uint16_t last[V_LANES] = {0};
    for (int64_t j = i; j < count; j++) {
        last[j - i] = x[j];
    }
    v_store_tail(y + i, v_tail(count - i), is_bf16 ? v_load_bf16(last) : v_load_f16(last));
}

TERN_KERNEL_INLINE void narrow(const void *src, void *dst, int64_t count, bool is_bf16)
{
    const float *x = src;
    uint16_t *y = dst;
    uint16_t last[V_LANES];
    for (int64_t i = 0; i < count; i += V_LANES) {
        const bool is_whole = i + V_LANES <= count;
        const VF v = is_whole ? v_load(x + i) : v_load_tail(x + i, v_tail(count - i));
        uint16_t *out = is_whole ? y + i : last;
        if (is_bf16) {
            v_store_bf16(out, v);
        } else {
            v_store_f16(out, v);
        }
        for (int64_t j = i; !is_whole && j < count; j++) {
            y[j] = last[j - i];
        }
    }
}
