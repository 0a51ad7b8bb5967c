/* SPDX-License-Identifier: Apache-2.0 */
/* pack_f32_body.h: strips of a matrix, after a vec_<isa>.h. Rows are copied; columns are gathered
   in blocks of STEPS steps, so that each source line is used whole while it is in L1. */

static const float *line(const tern_pack_f32 *p, int64_t i)
{
    return (const float *)(const void *)((const char *)p->src + (size_t)i * p->src_stride_bytes);
}

static void pack_rows(const tern_pack_f32 *p)
{
    for (int64_t i = 0; i < p->k; i++) {
        const float *src = line(p, i);
        float *dst = p->dst + i * p->width;
        for (int64_t j = 0; j < p->width; j += V_LANES) {
            const VF x = v_load_tail(src + j, v_tail(p->count - j));
            v_store_tail(dst + j, v_tail(p->width - j), x);
        }
    }
}

static void pack_columns(const tern_pack_f32 *p)
{
    enum { STEPS = 16 };
    for (int64_t i = 0; i < p->k; i += STEPS) {
        const int64_t end = i + STEPS < p->k ? i + STEPS : p->k;
        for (int64_t j = 0; j < p->count; j++) {
            const float *src = line(p, j);
            for (int64_t k = i; k < end; k++) {
                p->dst[k * p->width + j] = src[k];
            }
        }
        for (int64_t k = i; k < end; k++) {
            for (int64_t j = p->count; j < p->width; j++) {
                p->dst[k * p->width + j] = 0.0f;
            }
        }
    }
}
